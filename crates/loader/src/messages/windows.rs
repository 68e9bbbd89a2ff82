//! What Windows says when a program or a DLL does not load: the sentences of `FormatMessage`, the texts of its dialogues, exit codes, and
//! wine's words. Published by Microsoft ("System Error Codes", MS-ERREF) or quoted by many reports; wine 8.0 was run. Not run on Windows.
//!
//! A last part in brackets of its own (`[.]`, a second sentence) is often cut off by those who quote it.
//!
//! Windows words are localised by the system (see [`super::localised`]) and often come with nothing but a number: [`CODES`] has both,
//! [`code_of`] reads a number in any of the spellings in use. `{object}` is the DLL or program that the sentence names, which is *not* the
//! missing one for 126: that sentence names none. `%1` in its place is what programs print that do not fill it in.

use crate::request::Release;

const V7: Release = Release(6, 1, 0);
const V8: Release = Release(6, 2, 0);
const V8_1: Release = Release(6, 3, 0);
const V10: Release = Release(10, 0, 0);
const VXP: Release = Release(5, 2, 0);

super::messages! {
    /// 126: the named file or any DLL that it needs.
    MOD_NOT_FOUND "windows/mod-not-found" None, "System Error Codes: ERROR_MOD_NOT_FOUND", "The specified module could not be found[.]";
    /// 127: the DLL is there and does not export the function.
    PROC_NOT_FOUND "windows/proc-not-found" None, "System Error Codes: ERROR_PROC_NOT_FOUND", "The specified procedure could not be found[.]";
    /// 193: no PE file, one for other processors, or a damaged one; the file itself or a DLL that it needs.
    BAD_EXE_FORMAT "windows/bad-exe-format" None, "System Error Codes: ERROR_BAD_EXE_FORMAT", "{object} is not a valid Win32 application[.]";
    /// 216: a program for another processor or a newer Windows.
    MACHINE_TYPE "windows/machine-type-mismatch" None, "System Error Codes: ERROR_EXE_MACHINE_TYPE_MISMATCH", "This version of {object} is not compatible with the version of Windows you're running[. Check your computer's system information and then contact the software publisher.]";
    /// 1114: `DllMain` said no, or could not run.
    DLL_INIT_FAILED "windows/dll-init-failed" None, "System Error Codes: ERROR_DLL_INIT_FAILED", "A dynamic link library (DLL) initialization routine failed[.]";
    /// 998: `DllMain` crashed, or a damaged import table.
    NOACCESS "windows/noaccess" None, "System Error Codes: ERROR_NOACCESS", "Invalid access to memory location[.]";
    /// 182: an import by number that the DLL does not have. The sentence is shared with 192.
    CANNOT_RUN "windows/cannot-run" None, "System Error Codes: ERROR_INVALID_ORDINAL, ERROR_EXE_MARKED_INVALID", "The operating system cannot run {object}[.]";
    /// 191: a damaged or foreign program.
    EXE_SIGNATURE "windows/exe-signature" None, "System Error Codes: ERROR_INVALID_EXE_SIGNATURE", "Cannot run {object} in Win32 mode[.]";
    /// 11: a damaged or foreign program; .NET says it of a DLL for the other word size.
    BAD_FORMAT "windows/bad-format" None, "System Error Codes: ERROR_BAD_FORMAT", "An attempt was made to load a program with an incorrect format[.]";
    /// 577: a signature that must be good is not.
    INVALID_IMAGE_HASH "windows/invalid-image-hash" None, "System Error Codes: ERROR_INVALID_IMAGE_HASH", "Windows cannot verify the digital signature for this file. A recent hardware or software change might have installed a file that is signed incorrectly or damaged, or that might be malicious software from an unknown source[.]";
    /// 1157: a DLL that a program needs.
    DLL_NOT_FOUND "windows/dll-not-found" None, "System Error Codes: ERROR_DLL_NOT_FOUND", "One of the library files needed to run this application cannot be found[.]";
    /// 1154: a DLL that a program needs is damaged.
    INVALID_DLL "windows/invalid-dll" None, "System Error Codes: ERROR_INVALID_DLL", "One of the library files needed to run this application is damaged[.]";
    /// 1150: the file names a newer Windows.
    OLD_WIN_VERSION "windows/old-win-version" None, "System Error Codes: ERROR_OLD_WIN_VERSION", "The specified program requires a newer version of Windows[.]";
    /// 1151: a program of another system.
    APP_WRONG_OS "windows/app-wrong-os" None, "System Error Codes: ERROR_APP_WRONG_OS", "The specified program is not a Windows or MS-DOS program[.]";
    /// 14001: an assembly of the manifest is missing (often a VC++ 2005 or 2008 runtime), or the manifest is damaged.
    SIDE_BY_SIDE "windows/side-by-side" None, "System Error Codes: ERROR_SXS_CANT_GEN_ACTCTX", "The application has failed to start because its side-by-side configuration is incorrect[. Please see the application event log or use the command-line sxstrace.exe tool for more detail.]" since V7;
    /// The same before Windows 7.
    SIDE_BY_SIDE_OLD "windows/side-by-side-old" None, "System Error Codes: ERROR_SXS_CANT_GEN_ACTCTX", "This application has failed to start because the application configuration is incorrect. Reinstalling the application may fix this problem[.]" , until VXP;
    /// 14003.
    ASSEMBLY_NOT_FOUND "windows/assembly-not-found" None, "System Error Codes: ERROR_SXS_ASSEMBLY_NOT_FOUND", "The referenced assembly is not installed on your system[.]";
    /// The event log's line to 14001: which assembly.
    DEPENDENT_ASSEMBLY "windows/dependent-assembly" None, "event log: SideBySide 33", "Activation context generation failed for \"{object}\".[ Dependent Assembly {assembly} could not be found.] Please use sxstrace.exe for detailed diagnosis[.]";
    /// 5.
    ACCESS_DENIED "windows/access-denied" None, "System Error Codes: ERROR_ACCESS_DENIED", "Access is denied[.]";
    /// 2: the program itself, never a DLL of it.
    FILE_NOT_FOUND "windows/file-not-found" None, "System Error Codes: ERROR_FILE_NOT_FOUND", "The system cannot find the file specified[.]";
    /// 3.
    PATH_NOT_FOUND "windows/path-not-found" None, "System Error Codes: ERROR_PATH_NOT_FOUND", "The system cannot find the path specified[.]";
    /// 8, until Windows 8.
    NOT_ENOUGH_MEMORY_OLD "windows/not-enough-memory-old" None, "System Error Codes: ERROR_NOT_ENOUGH_MEMORY", "Not enough storage is available to process this command[.]";
    /// 8.
    NOT_ENOUGH_MEMORY "windows/not-enough-memory" None, "reports: Windows 10", "Not enough memory resources are available to process this command[.]" since V10;
    /// 87: flags of `LoadLibraryEx` that do not go together, or a relative path with one that wants an absolute.
    INVALID_PARAMETER "windows/invalid-parameter" None, "System Error Codes: ERROR_INVALID_PARAMETER", "The parameter is incorrect[.]";
    /// 206.
    NAME_TOO_LONG "windows/name-too-long" None, "System Error Codes: ERROR_FILENAME_EXCED_RANGE", "The filename or extension is too long[.]";
    /// 225: the virus scanner took it.
    VIRUS "windows/virus-infected" None, "System Error Codes: ERROR_VIRUS_INFECTED", "Operation did not complete successfully because the file contains a virus or potentially unwanted software[.]";
    /// 32.
    SHARING "windows/sharing-violation" None, "System Error Codes: ERROR_SHARING_VIOLATION", "The process cannot access the file because it is being used by another process[.]";
    /// 487.
    INVALID_ADDRESS "windows/invalid-address" None, "System Error Codes: ERROR_INVALID_ADDRESS", "Attempt to access invalid address[.]";
    /// 1260.
    GROUP_POLICY "windows/group-policy" None, "System Error Codes: ERROR_ACCESS_DISABLED_BY_POLICY", "This program is blocked by group policy. For more information, contact your system administrator[.]";
    /// 4551: Smart App Control or WDAC.
    APPLICATION_CONTROL "windows/application-control" None, "reports: os error 4551, 0x800711C7", "An Application Control policy has blocked this file[.]" since V10;
    /// 1392.
    FILE_CORRUPT "windows/file-corrupt" None, "System Error Codes: ERROR_FILE_CORRUPT", "The file or directory is corrupted and unreadable[.]";
    /// 1455: no room to map a large DLL (PyTorch, CUDA).
    PAGING_FILE "windows/paging-file" None, "System Error Codes: ERROR_COMMITMENT_LIMIT", "The paging file is too small for this operation to complete[.]";
    /// 740.
    ELEVATION "windows/elevation-required" None, "System Error Codes: ERROR_ELEVATION_REQUIRED", "The requested operation requires elevation[.]";
    /// Dialogue at a program's start: this DLL is missing. Names the first one only.
    DIALOGUE_DLL "windows/dialogue-dll-not-found" None, "dialogue, Windows 10 and 11", "The code execution cannot proceed because {object} was not found[. Reinstalling the program may fix this problem.]" since V8_1;
    /// The same of Windows 7.
    DIALOGUE_DLL_7 "windows/dialogue-dll-not-found-7" None, "dialogue, Windows Vista to 8", "The program can't start because {object} is missing from your computer[. Try reinstalling the program to fix this problem.]" , until V8;
    /// The same of Windows XP; MS-ERREF still words STATUS_DLL_NOT_FOUND so.
    DIALOGUE_DLL_XP "windows/dialogue-dll-not-found-xp" None, "MS-ERREF 0xC0000135", "This application has failed to start because {object} was not found. Re-installing the application may fix this problem[.]" , until VXP;
    /// Dialogue: an import that the DLL does not export. Which of the two files is named depends on the release of Windows.
    DIALOGUE_ENTRY_POINT "windows/dialogue-entry-point" None, "MS-ERREF 0xC0000139; dialogue, all releases", "The procedure entry point {symbol} could not be located in the dynamic link library {object}[.]";
    /// Dialogue: an import by number.
    DIALOGUE_ORDINAL "windows/dialogue-ordinal" None, "MS-ERREF 0xC0000138; dialogue, all releases", "The ordinal {ordinal:d} could not be located in the dynamic link library {object}[.]";
    /// Dialogue: any other status at a program's start; 0xc000007b is a DLL for the other word size.
    DIALOGUE_START "windows/dialogue-unable-to-start" None, "MS-ERREF 0xC0000145; dialogue, Windows Vista to 11", "The application was unable to start correctly (0x{status:x})[. Click OK to close the application.]";
    /// The same of Windows XP.
    DIALOGUE_START_XP "windows/dialogue-failed-to-initialize" None, "dialogue, Windows XP", "The application failed to initialize properly (0x{status:x}). Click on OK to terminate the application[.]" , until VXP;
    /// Dialogue "Bad Image": this file is no DLL for this process, or damaged.
    DIALOGUE_BAD_IMAGE "windows/dialogue-bad-image" None, "MS-ERREF 0xC000007B; dialogue, Windows 7 to 11", "{object} is either not designed to run on Windows or it contains an error. Try installing the program again using the original installation media or contact your system administrator or the software vendor for support.[ Error status 0x{status:x}.]";
    /// The same of Windows XP.
    DIALOGUE_BAD_IMAGE_XP "windows/dialogue-bad-image-xp" None, "dialogue, Windows XP", "The application or DLL {object} is not a valid Windows image. Please check this against your installation diskette[.]" , until VXP;
    /// Dialogue: `DllMain` said no.
    DIALOGUE_INIT "windows/dialogue-dll-init" None, "MS-ERREF 0xC0000142", "Initialization of the dynamic link library {object} failed. The process is terminating abnormally[.]";
    /// Dialogue: a damaged file.
    DIALOGUE_CHECKSUM "windows/dialogue-checksum" None, "MS-ERREF 0xC0000221", "The image {object} is possibly corrupt. The header checksum does not match the computed checksum[.]";
    /// Dialogue: a program for another processor.
    DIALOGUE_CANNOT_RUN "windows/dialogue-app-cannot-run" None, "dialogue, Windows 8 to 11", "This app can't run on your PC[. To find a version for your PC, check with the software publisher.]" since V8;
    /// Dialogue: a 16-bit program.
    DIALOGUE_16_BIT "windows/dialogue-16-bit" None, "dialogue, Windows Vista to 11", "The program or feature \"{object}\" cannot start or run due to incompatibility with 64-bit versions of Windows. Please contact the software vendor to ask if a 64-bit Windows compatible version is available[.]";
    /// Dialogue: a crash while DLLs are loaded, among others.
    DIALOGUE_MEMORY "windows/dialogue-memory" None, "MS-ERREF 0xC0000005", "The instruction at 0x{address:x} referenced memory at 0x{memory:x}. The memory could not be {access}[.]";
    /// `regsvr32`.
    REGSVR32 "windows/regsvr32-load" None, "regsvr32, Windows 7 to 11", "The module \"{object}\" failed to load.\n\nMake sure the binary is stored at the specified path or debug it to check for problems with the binary or dependent .DLL files.\n\n{reason}";
    /// `regsvr32`: a DLL that is no COM server.
    REGSVR32_ENTRY "windows/regsvr32-entry-point" None, "regsvr32, Windows 7 to 11", "The module \"{object}\" was loaded but the entry-point {symbol} was not found.[\n\nMake sure that \"{file}\" is a valid DLL or OCX file and then try again.]";
    /// `rundll32`.
    RUNDLL32 "windows/rundll32" None, "rundll32, Windows 7 to 11", "There was a problem starting {object}[\n\n{reason}]";
    /// cmd: a name that is nowhere in PATH.
    CMD_NOT_RECOGNIZED "windows/cmd-not-recognized" Some(1), "cmd.exe", "'{path}' is not recognized as an internal or external command,\noperable program or batch file[.]";
    /// PowerShell: the same.
    POWERSHELL_NOT_RECOGNIZED "windows/powershell-not-recognized" None, "PowerShell 5.1 and 7", "The term '{path}' is not recognized as {what}";
    /// PowerShell: `CreateProcess` refused.
    POWERSHELL_FAILED "windows/powershell-failed-to-run" None, "PowerShell 5.1 and 7", "Program '{path}' failed to run: {reason}";
    /// cmd: `CreateProcess` refused.
    CMD_CANNOT_EXECUTE "windows/cmd-cannot-execute" None, "cmd.exe", "The system cannot execute the specified program[.]";
    /// Delay-loaded DLL, unhandled: 0xC06D007E the DLL, 0xC06D007F the function.
    DELAY_LOAD "windows/delay-load" None, "delayimp.h: VcppException", "Unhandled exception at 0x{address:x}[ ({where})] in {object}: 0xC06D007{which:x}: {problem}";
    /// Exit code as Visual Studio shows it.
    EXIT_VISUAL_STUDIO "windows/exit-visual-studio" None, "Visual Studio's output window", "The program '{object}' has exited with code {code} (0x{status:x})[ '{problem}'][.]";
    /// Exit code as JetBrains' tools show it.
    EXIT_JETBRAINS "windows/exit-jetbrains" None, "CLion, PyCharm, Rider", "Process finished with exit code {code} (0x{status:x})";
    /// Exit code as cargo and Rust's `ExitStatus` show it.
    EXIT_RUST "windows/exit-rust" None, "Rust: std::process::ExitStatus; cargo", "(exit code: 0x{status:x}[, {name}])";
    /// Exit code of GitHub Actions.
    EXIT_ACTIONS "windows/exit-actions" None, "GitHub Actions runner", "Process completed with exit code {code}[.]";
    /// Exit code, in words that many tools share.
    EXIT_PLAIN "windows/exit-plain" None, "npm, Go's exec.ExitError, gtest …", "exited with code {code}";
    /// Go's `exec.ExitError` of a status with the high bit.
    EXIT_GO "windows/exit-go" None, "Go: os.ProcessState.String (windows)", "exit status 0x{status:x}";
    /// wine: a DLL that a file needs is nowhere.
    WINE_NOT_FOUND "wine/library-not-found" Some(53), "wine 8.0: dlls/ntdll/loader.c: import_dll", "Library {object} (which is needed by L\"{requirer}\") not found";
    /// wine: it is there and does not load; the status says why.
    WINE_LOADING_FAILED "wine/loading-library-failed" Some(53), "wine 8.0: dlls/ntdll/loader.c: import_dll", "Loading library {object} (which is needed by L\"{requirer}\") failed (error {status:x})[.]";
    /// wine: the end of a start that failed.
    WINE_IMPORTING "wine/importing-failed" Some(53), "wine 8.0: dlls/ntdll/loader.c: LdrInitializeThunk", "Importing dlls for L\"{object}\" failed, status {status:x}";
    /// wine: `DllMain` said no.
    WINE_INIT "wine/failed-to-initialize" Some(66), "wine 8.0: dlls/ntdll/loader.c: process_attach", "\"{object}\" failed to initialize, aborting";
    /// wine: the end of a start that an initialiser ended.
    WINE_INITIALIZING "wine/initializing-failed" Some(66), "wine 8.0: dlls/ntdll/loader.c: LdrInitializeThunk", "Initializing dlls for L\"{object}\" failed, status {status:x}";
    /// wine: an import that the DLL does not export ends the process only when it is called.
    WINE_UNIMPLEMENTED "wine/unimplemented-function" None, "wine 8.0: dlls/ntdll/loader.c: stub_entry_point", "Call from {address} to unimplemented function {object}, aborting";
    /// The same from the second handler; `object` is `DLL.FUNCTION`.
    WINE_UNIMPLEMENTED_CALLED "wine/unimplemented-function-called" None, "wine 8.0: dlls/kernelbase/debug.c", "Unimplemented function {object} called at address {address} (thread {thread:x}), starting debugger...";
    /// wine: an import that will be such a stub; `object` is `DLL.FUNCTION`.
    WINE_NO_IMPLEMENTATION "wine/no-implementation" None, "wine 8.0: dlls/ntdll/loader.c: import_dll", "No implementation for {object} imported from L\"{requirer}\", {action}";
    /// wine: a forward to a DLL that is nowhere.
    WINE_FORWARD_MODULE "wine/forward-module" None, "wine 8.0: dlls/ntdll/loader.c: find_forwarded_export", "module not found for forward '{symbol}' used by L\"{object}\"";
    /// wine: a forward to a function that is not there.
    WINE_FORWARD_FUNCTION "wine/forward-function" None, "wine 8.0: dlls/ntdll/loader.c: find_forwarded_export", "function not found for forward '{symbol}' used by L\"{object}\".[ If you are using builtin L\"{builtin}\", try using the native one instead.]";
    /// wine: the program itself.
    WINE_FAILED_TO_OPEN "wine/failed-to-open" Some(1), "wine 8.0: dlls/ntdll/unix/loader.c", "failed to open L\"{object}\": {status:x}";
    /// wine: its own prefix or installation is damaged, or the program is 32-bit and only the 64-bit wine is installed.
    WINE_KERNEL32 "wine/could-not-load-kernel32" Some(1), "wine 8.0: dlls/ntdll/loader.c", "could not load kernel32.dll, status {status:x}";
    /// wine: no program, or no file of this name.
    WINE_SHELL_EXECUTE "wine/shell-execute" Some(1), "wine 8.0: programs/start", "Application could not be started, or no application associated with the specified file.\nShellExecuteEx failed: {reason}";
    /// wine's words for 126, 127, 193, 1114 and 998.
    WINE_126 "wine/module-not-found" None, "wine 8.0: FormatMessage(126)", "Module not found[.]";
    /// 127.
    WINE_127 "wine/procedure-not-found" None, "wine 8.0: FormatMessage(127)", "Procedure not found[.]";
    /// 193.
    WINE_193 "wine/bad-exe-format" None, "wine 8.0: FormatMessage(193)", "Bad EXE format for {object}[.]";
    /// 1114.
    WINE_1114 "wine/dll-initialization-failed" None, "wine 8.0: FormatMessage(1114)", "DLL initialization failed[.]";
    /// 998.
    WINE_998 "wine/no-access" None, "wine 8.0: FormatMessage(998)", "No access to memory location[.]";
}

/// What Windows' callers and wine's log put around a sentence.
pub mod frames {
    crate::messages::messages! {
        /// wine's log line of the loader.
        WINE_ERR "wine/frame-err-module" None, "wine 8.0", "{thread:x}:err:module:{function} {message}";
        /// The same of old wine.
        WINE_ERR_OLD "wine/frame-err-module-old" None, "wine before 1.5", "err:module:{function} {message}";
        /// wine's plain lines.
        WINE "wine/frame-wine" None, "wine 8.0", "wine: {message}";
        /// CPython: `code` may be read in [`super::CODES`] whatever the language of the sentence.
        PYTHON "windows/frame-winerror" None, "CPython: OSError", "[[WinError {code:d}]] {message}";
        /// PyTorch and others behind CPython's sentence.
        PYTORCH "windows/frame-error-loading" None, "PyTorch: torch/__init__.py", "{message} Error loading \"{object}\" or one of its dependencies.";
        /// .NET behind the sentence.
        DOT_NET "windows/frame-hresult" None, ".NET", "{message} (0x{status:x})";
        /// .NET Framework behind the sentence.
        DOT_NET_OLD "windows/frame-hresult-old" None, ".NET Framework", "{message} (Exception from HRESULT: 0x{status:x})";
    }
}

/// Where a number belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// `GetLastError`.
    Win32,
    /// A kernel's status: an exit code, a dialogue, wine's log.
    NtStatus,
    /// COM and .NET.
    Hresult,
    /// A structured exception that nobody handled; the exit code then.
    Exception,
}

/// A number with its name and, where there is one, its sentence.
#[derive(Debug)]
pub struct Code {
    /// Whose number it is.
    pub space: Space,
    /// The number.
    pub value: u32,
    /// Its name in Microsoft's headers.
    pub name: &'static str,
    /// What `FormatMessage` or the dialogue says; `None`: only the number is shown.
    pub sentence: Option<&'static crate::messages::Message>,
    /// The Win32 code that it becomes (`RtlNtStatusToDosError`); itself for a Win32 code, 0 for none.
    pub win32: u32,
}

/// Declares [`CODES`].
macro_rules! codes {
    ($($space:ident $value:literal $name:literal $win32:literal $($sentence:ident)?;)*) => {
        /// Every number that a failed load is known to show as. Values and names: winerror.h, ntstatus.h, corerror.h, delayimp.h; the third column
        /// was measured with wine's `RtlNtStatusToDosError`, which its tests compare with Windows.
        pub static CODES: &[Code] = &[$(Code {
            space: Space::$space, value: $value, name: $name, win32: $win32,
            sentence: { #[allow(unused_mut, unused_assignments)] let mut sentence = None; $(sentence = Some(&$sentence);)? sentence },
        }),*];
    };
}

codes! {
    Win32 2 "ERROR_FILE_NOT_FOUND" 2 FILE_NOT_FOUND;
    Win32 3 "ERROR_PATH_NOT_FOUND" 3 PATH_NOT_FOUND;
    Win32 5 "ERROR_ACCESS_DENIED" 5 ACCESS_DENIED;
    Win32 8 "ERROR_NOT_ENOUGH_MEMORY" 8 NOT_ENOUGH_MEMORY;
    Win32 11 "ERROR_BAD_FORMAT" 11 BAD_FORMAT;
    Win32 32 "ERROR_SHARING_VIOLATION" 32 SHARING;
    Win32 87 "ERROR_INVALID_PARAMETER" 87 INVALID_PARAMETER;
    Win32 126 "ERROR_MOD_NOT_FOUND" 126 MOD_NOT_FOUND;
    Win32 127 "ERROR_PROC_NOT_FOUND" 127 PROC_NOT_FOUND;
    Win32 182 "ERROR_INVALID_ORDINAL" 182 CANNOT_RUN;
    Win32 191 "ERROR_INVALID_EXE_SIGNATURE" 191 EXE_SIGNATURE;
    Win32 192 "ERROR_EXE_MARKED_INVALID" 192 CANNOT_RUN;
    Win32 193 "ERROR_BAD_EXE_FORMAT" 193 BAD_EXE_FORMAT;
    Win32 206 "ERROR_FILENAME_EXCED_RANGE" 206 NAME_TOO_LONG;
    Win32 216 "ERROR_EXE_MACHINE_TYPE_MISMATCH" 216 MACHINE_TYPE;
    Win32 225 "ERROR_VIRUS_INFECTED" 225 VIRUS;
    Win32 487 "ERROR_INVALID_ADDRESS" 487 INVALID_ADDRESS;
    Win32 577 "ERROR_INVALID_IMAGE_HASH" 577 INVALID_IMAGE_HASH;
    Win32 740 "ERROR_ELEVATION_REQUIRED" 740 ELEVATION;
    Win32 998 "ERROR_NOACCESS" 998 NOACCESS;
    Win32 1114 "ERROR_DLL_INIT_FAILED" 1114 DLL_INIT_FAILED;
    Win32 1150 "ERROR_OLD_WIN_VERSION" 1150 OLD_WIN_VERSION;
    Win32 1151 "ERROR_APP_WRONG_OS" 1151 APP_WRONG_OS;
    Win32 1154 "ERROR_INVALID_DLL" 1154 INVALID_DLL;
    Win32 1157 "ERROR_DLL_NOT_FOUND" 1157 DLL_NOT_FOUND;
    Win32 1260 "ERROR_ACCESS_DISABLED_BY_POLICY" 1260 GROUP_POLICY;
    Win32 1392 "ERROR_FILE_CORRUPT" 1392 FILE_CORRUPT;
    Win32 1455 "ERROR_COMMITMENT_LIMIT" 1455 PAGING_FILE;
    Win32 4551 "ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION" 4551 APPLICATION_CONTROL;
    Win32 14001 "ERROR_SXS_CANT_GEN_ACTCTX" 14001 SIDE_BY_SIDE;
    Win32 14003 "ERROR_SXS_ASSEMBLY_NOT_FOUND" 14003 ASSEMBLY_NOT_FOUND;
    NtStatus 0xC000_0005 "STATUS_ACCESS_VIOLATION" 998 DIALOGUE_MEMORY;
    NtStatus 0xC000_0017 "STATUS_NO_MEMORY" 8;
    NtStatus 0xC000_0018 "STATUS_CONFLICTING_ADDRESSES" 487;
    NtStatus 0xC000_001D "STATUS_ILLEGAL_INSTRUCTION" 0;
    NtStatus 0xC000_0020 "STATUS_INVALID_FILE_FOR_SECTION" 193;
    NtStatus 0xC000_0022 "STATUS_ACCESS_DENIED" 5;
    NtStatus 0xC000_0034 "STATUS_OBJECT_NAME_NOT_FOUND" 2;
    NtStatus 0xC000_0043 "STATUS_SHARING_VIOLATION" 32;
    NtStatus 0xC000_007A "STATUS_PROCEDURE_NOT_FOUND" 127;
    NtStatus 0xC000_007B "STATUS_INVALID_IMAGE_FORMAT" 193 DIALOGUE_BAD_IMAGE;
    NtStatus 0xC000_00FD "STATUS_STACK_OVERFLOW" 0;
    NtStatus 0xC000_011E "STATUS_MAPPED_FILE_SIZE_ZERO" 1006;
    NtStatus 0xC000_012F "STATUS_INVALID_IMAGE_NOT_MZ" 193 DIALOGUE_BAD_IMAGE;
    NtStatus 0xC000_0130 "STATUS_INVALID_IMAGE_PROTECT" 193;
    NtStatus 0xC000_0131 "STATUS_INVALID_IMAGE_WIN_16" 193 DIALOGUE_16_BIT;
    NtStatus 0xC000_0135 "STATUS_DLL_NOT_FOUND" 126 DIALOGUE_DLL;
    NtStatus 0xC000_0138 "STATUS_ORDINAL_NOT_FOUND" 182 DIALOGUE_ORDINAL;
    NtStatus 0xC000_0139 "STATUS_ENTRYPOINT_NOT_FOUND" 127 DIALOGUE_ENTRY_POINT;
    NtStatus 0xC000_0142 "STATUS_DLL_INIT_FAILED" 1114 DIALOGUE_INIT;
    NtStatus 0xC000_0145 "STATUS_APP_INIT_FAILURE" 0 DIALOGUE_START;
    NtStatus 0xC000_0221 "STATUS_IMAGE_CHECKSUM_MISMATCH" 193 DIALOGUE_CHECKSUM;
    NtStatus 0xC000_0262 "STATUS_DRIVER_ORDINAL_NOT_FOUND" 182;
    NtStatus 0xC000_0263 "STATUS_DRIVER_ENTRYPOINT_NOT_FOUND" 127;
    NtStatus 0xC000_0269 "STATUS_ILLEGAL_DLL_RELOCATION" 0;
    NtStatus 0xC000_026B "STATUS_DLL_INIT_FAILED_LOGOFF" 0;
    NtStatus 0xC000_0359 "STATUS_INVALID_IMAGE_WIN_32" 193;
    NtStatus 0xC000_035A "STATUS_INVALID_IMAGE_WIN_64" 193;
    NtStatus 0xC000_0361 "STATUS_ACCESS_DISABLED_BY_POLICY_DEFAULT" 1260;
    NtStatus 0xC000_0374 "STATUS_HEAP_CORRUPTION" 0;
    NtStatus 0xC000_0409 "STATUS_STACK_BUFFER_OVERRUN" 0;
    NtStatus 0xC000_0428 "STATUS_INVALID_IMAGE_HASH" 577 INVALID_IMAGE_HASH;
    NtStatus 0xC000_0906 "STATUS_VIRUS_INFECTED" 225;
    NtStatus 0xC015_0002 "STATUS_SXS_CANT_GEN_ACTCTX" 14001 SIDE_BY_SIDE;
    NtStatus 0xC015_0004 "STATUS_SXS_ASSEMBLY_NOT_FOUND" 14003;
    NtStatus 0xC0E9_0002 "STATUS_SYSTEM_INTEGRITY_POLICY_VIOLATION" 4551;
    Exception 0xC06D_007E "VcppException(ERROR_SEVERITY_ERROR, ERROR_MOD_NOT_FOUND)" 126 MOD_NOT_FOUND;
    Exception 0xC06D_007F "VcppException(ERROR_SEVERITY_ERROR, ERROR_PROC_NOT_FOUND)" 127 PROC_NOT_FOUND;
    Exception 0xE043_4352 "EXCEPTION_COMPLUS" 0;
    Hresult 0x8007_000B "COR_E_BADIMAGEFORMAT" 11 BAD_FORMAT;
    Hresult 0x8013_1522 "COR_E_TYPELOAD" 0;
    Hresult 0x8013_1523 "COR_E_ENTRYPOINTNOTFOUND" 127;
    Hresult 0x8013_1524 "COR_E_DLLNOTFOUND" 126;
}

/// What a number in a text means: decimal or hexadecimal, signed or not, an HRESULT around a Win32 code. A small number is a Win32 code.
///
/// `3221225781`, `-1073741515`, `0xc0000135` and `C0000135` are the same.
pub fn code_of(text: &str) -> Option<&'static Code> {
    let text = text.trim();
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let value = match hexadecimal {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => match text.parse::<i64>() {
            Ok(number) => i32::try_from(number)
                .map(i32::cast_unsigned)
                .or_else(|_| u32::try_from(number))
                .ok()?,
            Err(_) if text.len() == 8 => u32::from_str_radix(text, 16).ok()?,
            Err(_) => return None,
        },
    };
    let known = |value: u32| CODES.iter().find(|code| code.value == value);
    // HRESULT_FROM_WIN32: facility 7.
    known(value).or_else(|| {
        (value >> 16 == 0x8007)
            .then(|| known(value & 0xFFFF))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_in_all_its_spellings() {
        for text in ["3221225781", "-1073741515", "0xC0000135", "c0000135"] {
            let code = code_of(text).expect("the status is known");
            assert_eq!(
                (code.name, code.win32),
                ("STATUS_DLL_NOT_FOUND", 126),
                "{text}"
            );
        }
        for text in ["126", "0x7e", "0x8007007E", "-2147024770"] {
            assert_eq!(
                code_of(text).map(|code| code.name),
                Some("ERROR_MOD_NOT_FOUND"),
                "{text}"
            );
        }
        assert_eq!(code_of("0x800736B1").map(|code| code.value), Some(14001));
        assert_eq!(
            code_of("0x8007000B").map(|code| code.space),
            Some(Space::Hresult)
        );
        for text in [
            "",
            "0x",
            "seven",
            "99999999999999999999",
            "0x8007FFFF",
            "-99999999999",
        ] {
            assert!(code_of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn every_win32_code_means_itself_and_has_a_sentence() {
        for code in CODES.iter().filter(|code| code.space == Space::Win32) {
            assert_eq!(code.win32, code.value, "{}", code.name);
            assert!(code.sentence.is_some(), "{}", code.name);
        }
    }
}
