//! What dyld says of one file: behind a path in `tried: …`, as the whole `Reason:`, or alone.

use super::{V10_15, V11, V11_LAST, V12, V12_4, V12_5, V12_LAST, V13, V15, V15_3, V15_4, V26};
use crate::request::Release;

crate::messages::messages! {
    /// Nothing there; `note` is `not in dyld cache` or `no dyld cache` for a path of the system.
    NO_SUCH_FILE "dyld/no-such-file" None, "dyld/Loader.cpp: getLoader", "no such file[, {note}]" since V12;
    /// A folder.
    NOT_A_FILE "dyld/not-a-file" None, "dyld/Loader.cpp: getLoader", "not a file[, {note}]";
    /// Another error of `stat`.
    ERRNO "dyld/stat-errno" None, "dyld/Loader.cpp: getLoader", "errno={errno}[, {note}]" since V13;
    /// The sandbox refused to look.
    SANDBOX "dyld/sandbox" None, "dyld/Loader.cpp: getLoader", "blocked by sandbox" since V15;
    /// The sandbox refused to map it.
    SANDBOX_MMAP "dyld/sandbox-mmap" None, "dyld/Loader.cpp: mapSegments", "file system sandbox blocked mmap() of '{object}'";
    /// The sandbox refused to open it.
    SANDBOX_OPEN "dyld/sandbox-open" None, "src/dyld2.cpp: loadPhase5open; dyld/DyldDelegates.cpp: withReadOnlyMappedFile", "file system sandbox blocked {function}()[ of '{object}']";
    /// The same with the file inside.
    SANDBOX_CALL "dyld/sandbox-call" None, "dyld/Loader.cpp: mapImage", "file system sandbox blocked {function}({arguments})";
    /// `stat` or `open` failed.
    CALL_FAILED "dyld/call-failed" None, "src/dyld2.cpp: loadPhase5open; dyld/DyldDelegates.cpp", "{function}() failed with errno={errno}";
    /// The system's own library may not be replaced in this program.
    PROTECTED "dyld/protected-system-library" None, "dyld/Loader.cpp: getLoader", "cannot override a protected system dylib" since V15_4;
    /// A relative path in a program that does not take the environment's word.
    RELATIVE_HARDENED "dyld/relative-path-hardened" None, "dyld/Loader.cpp: getLoader", "relative path not allowed in hardened program" since V12;
    /// The same up to 11.
    RELATIVE_HARDENED_OLD "dyld/relative-path-hardened-old" None, "src/dyld2.cpp: loadPhase5", "file system relative paths not allowed in hardened programs" since V10_15, until V11_LAST;
    /// The same from closures.
    RELATIVE_CLOSURE "dyld/relative-path-closure" None, "dyld3/ClosureFileSystemPhysical.cpp", "relative file paths not allowed '{object}'" since V10_15;
    /// A file for one other processor. `need` dates the release: see [`super::releases_of_need`].
    ARCHITECTURE "dyld/architecture" None, "common/MachOFile.cpp: compatibleSlice", "mach-o file, but is an incompatible architecture (have '{have}', need '{need}')" since V12;
    /// The same with the quotes of dyld-960.
    ARCHITECTURE_QUOTED "dyld/architecture-quoted" None, "common/MachOFile.cpp: compatibleSlice (dyld-960)", "mach-o file, but is an incompatible architecture (have ({have}), need ({need}))" since V12_5, until V12_LAST;
    /// The same up to 11.
    ARCHITECTURE_OLD "dyld/architecture-old" None, "src/dyld2.cpp: loadPhase6", "mach-o, but wrong architecture" , until V11_LAST;
    /// A universal file without a slice for this processor.
    MISSING_SLICE "dyld/missing-slice" None, "common/MachOFile.cpp: compatibleSlice", "fat file, but missing compatible architecture (have '{have}', need '{need}')" since V12;
    /// The same with the quotes of dyld-960.
    MISSING_SLICE_QUOTED "dyld/missing-slice-quoted" None, "common/MachOFile.cpp: compatibleSlice (dyld-960)", "fat file, but missing compatible architecture (have ({have}), need ({need}))" since V12_5, until V12_LAST;
    /// The same up to 11.
    MISSING_SLICE_OLD "dyld/missing-slice-old" None, "src/dyld2.cpp: fatFindBest", "no matching architecture in universal wrapper" , until V11_LAST;
    /// The same in 11 and 12 from closures: of a signature that is not taken, too.
    MISSING_ARCH "dyld/missing-compatible-arch" None, "reports: johnboiles/coremediaio-dal-minimal-example#23", "missing compatible arch in {object}" since V11, until V12_LAST;
    /// An ordinary library in a process with pointer authentication.
    ARM64_IN_ARM64E "dyld/arm64-in-arm64e" None, "src/dyld2.cpp: loadPhase6", "arm64 dylibs cannot be loaded into arm64e processes" , until V11_LAST;
    /// A processor level that this processor does not have.
    CPU_SUBTYPE "dyld/cpu-subtype" None, "src/dyld2.cpp: isCompatibleMachO", "incompatible cpu-subtype: 0x{subtype} in {object}" , until V11_LAST;
    /// A library of iOS, of the simulator, of Catalyst …
    PLATFORM "dyld/platform" None, "common/MachOFile.cpp: compatibleSlice", "mach-o file ({object}), but incompatible platform (have '{have}', need '{need}')" since V12;
    /// The same with the quotes of dyld-960.
    PLATFORM_QUOTED "dyld/platform-quoted" None, "common/MachOFile.cpp: compatibleSlice (dyld-960)", "mach-o file ({object}), but incompatible platform (have ({have}), need ({need}))" since V12_5, until V12_LAST;
    /// The same in 11.
    PLATFORM_OLD "dyld/platform-old" None, "src/dyld2.cpp: loadPhase6", "mach-o, but not built for platform {need}" since V11, until V11_LAST;
    /// The same in 10.14 and 10.15; `need` is `iOS simulator`, `UIKitForMac`, `iOSMac` …
    PLATFORM_OLDER "dyld/platform-older" None, "src/dyld2.cpp: loadPhase6", "mach-o, but not built for {need}" , until Release(10, 15, 7);
    /// A library of the simulator in a process of macOS.
    SIMULATOR_LIBRARY "dyld/simulator-library" None, "src/ImageLoaderMachO.cpp: sniffLoadCommands", "mach-o, but built for simulator (not macOS)" , until V11_LAST;
    /// The same for a process that was made so.
    WRONG_PLATFORM "dyld/wrong-platform" None, "dyld/JustInTimeLoader.cpp: makeJustInTimeLoaderDisk", "wrong platform to load into process" since V12;
    /// No Mach-O file at all: a text, an ELF or PE file, a pointer of Git LFS.
    NOT_MACHO "dyld/not-mach-o" None, "common/MachOFile.cpp: compatibleSlice", "not a mach-o file" since V12, until V15_3;
    /// The same from 15.4 on.
    NOT_MACHO_SLICE "dyld/not-mach-o-slice" None, "common/MachOFile.cpp: compatibleSlice", "slice is not valid mach-o file" since V15_4;
    /// The same where the file is validated.
    NOT_MACHO_MAGIC "dyld/not-mach-o-magic" None, "mach_o/Header.cpp", "not a mach-o file (start is no MH_MAGIC[[_64]])";
    /// The same for a file of the other word size or byte order.
    MACHO_MAGIC "dyld/mach-o-magic" None, "common/MachOFile.cpp", "file does not start with MH_MAGIC[[_64]][: {bytes}]";
    /// The same up to 11.
    NOT_MACHO_OLD "dyld/not-mach-o-old" None, "src/dyld2.cpp: loadPhase6", "unknown file type, first eight bytes: {bytes}" , until V11_LAST;
    /// A static library.
    STATIC_LIBRARY "dyld/static-library" None, "common/MachOFile.cpp: validSlice", "file is static library";
    /// An object file or a core, up to 11.
    FILE_TYPE_OLD "dyld/file-type-old" None, "src/dyld2.cpp: loadPhase6", "mach-o, but wrong filetype" , until V11_LAST;
    /// A bundle as a library.
    LINK_BUNDLE "dyld/link-bundle" None, "dyld/JustInTimeLoader.cpp: makeJustInTimeLoaderDisk", "cannot link against bundle '{object}'" since V12;
    /// A program as a library.
    LINK_EXECUTABLE "dyld/link-executable" None, "dyld/JustInTimeLoader.cpp: makeJustInTimeLoaderDisk", "cannot link against a main executable '{object}'" since V12;
    /// `dlopen` of a program.
    DLOPEN_EXECUTABLE "dyld/dlopen-executable" None, "dyld/JustInTimeLoader.cpp: makeJustInTimeLoaderDisk", "cannot dlopen a main executable '{object}'" since V12;
    /// The same up to 11.
    EXECUTABLE_OLD "dyld/executable-old" None, "src/dyld2.cpp: loadPhase6", "can't load a main executable" , until V11_LAST;
    /// An object file or a core.
    FILE_TYPE "dyld/file-type" None, "dyld/JustInTimeLoader.cpp: makeJustInTimeLoaderDisk", "unloadable mach-o file type {type} '{object}'" since V12;
    /// A file that was linked so that it cannot be opened.
    NO_DYNAMIC_ACCESS "dyld/no-dynamic-access" None, "dyld/JustInTimeLoader.cpp: makeJustInTimeLoaderDisk", "cannot dlopen() image marked for no dynamic access '{object}'" since V26;
    /// `NSAddImage` and the like want a library.
    NOT_A_LIBRARY "dyld/not-a-library" None, "src/dyld2.cpp: loadPhase6", "not a {need}" , until V11_LAST;
    /// Shorter than a header.
    TOO_SHORT "dyld/file-too-short" None, "src/dyld2.cpp: loadPhase6", "file too short" , until V11_LAST;
    /// The signature is there and the process does not take it: library validation. `reason` comes from the kernel.
    SIGNATURE_NOT_VALID "dyld/signature-not-valid" None, "dyld/Loader.cpp: validateFile", "code signature in <{object_uuid}> '{object}' not valid for use in process: {reason}" since V12;
    /// The same up to 11.
    SIGNATURE_NOT_VALID_OLD "dyld/signature-not-valid-old" None, "src/ImageLoaderMachO.cpp: validateFirstPages", "code signature in ({object}) not valid for use in process using Library Validation: {reason}" , until V11_LAST;
    /// The kernel does not take the signature at all.
    SIGNATURE_INVALID "dyld/signature-invalid" None, "dyld/DyldDelegates.cpp: registerSignature", "code signature invalid in <{object_uuid}> '{object}' (errno={errno}) sliceOffset=0x{slice}, codeBlobOffset=0x{offset}, codeBlobSize=0x{size}" since V13;
    /// The same before 13.
    SIGNATURE_INVALID_OLD "dyld/signature-invalid-old" None, "dyld/Loader.cpp: mapSegments", "code signature invalid (errno={errno}) sliceOffset=0x{slice}, codeBlobOffset=0x{offset}, codeBlobSize=0x{size} for '{object}'" , until V12_LAST;
    /// The same up to 11.
    SIGNATURE_INVALID_OLDER "dyld/signature-invalid-older" None, "src/ImageLoaderMachO.cpp: loadCodeSignature", "code signature invalid for '{object}'" , until V11_LAST;
    /// Another error of `fcntl(F_ADDFILESIGS_RETURN)`.
    SIGNATURE_FCNTL "dyld/signature-fcntl" None, "dyld/DyldDelegates.cpp: registerSignature", "fcntl(fd, F_ADDFILESIGS_RETURN) failed with errno={errno} in <{object_uuid}> '{object}', sliceOffset=0x{slice}, codeBlobOffset=0x{offset}, codeBlobSize=0x{size}" since V13;
    /// The same before 13.
    SIGNATURE_FCNTL_OLD "dyld/signature-fcntl-old" None, "dyld/Loader.cpp: mapSegments", "fcntl(fd, F_ADDFILESIGS_RETURN) failed with errno={errno}, sliceOffset=0x{slice}, codeBlobOffset=0x{offset}, codeBlobSize=0x{size} for '{object}'" , until V12_LAST;
    /// The signature ends before what it should cover: the file was edited after it was signed.
    SIGNATURE_SHORT "dyld/signature-short" None, "dyld/DyldDelegates.cpp: registerSignature", "code signature does not cover entire file up to signature in <{object_uuid}> '{object}' (signed 0x{signed}, expected 0x{expected}) for '{path}'" since V13;
    /// The same before 13.
    SIGNATURE_SHORT_OLD "dyld/signature-short-old" None, "dyld/Loader.cpp: mapSegments", "code signature does not cover entire file up to signature" , until V12_LAST;
    /// A segment outside what is signed.
    SIGNATURE_SEGMENT "dyld/signature-segment" None, "src/ImageLoaderMachO.cpp: mapSegments", "cannot load '{object}' (segment outside of code signature)" , until V11_LAST;
    /// A page that must be signed is not.
    SIGNING_MMAP "dyld/signing-mmap" None, "dyld/Loader.cpp: mapSegments", "code signing blocked mmap() of '{object}'";
    /// Another error of `mmap`.
    MMAP "dyld/mmap" None, "dyld/Loader.cpp: mapSegments", "mmap(addr=0x{address}, size=0x{size}) failed with errno={errno} for {object}";
    /// No address space.
    VM_ALLOCATE "dyld/vm-allocate" None, "dyld/Loader.cpp: mapSegments", "vm_allocate(size=0x{size}) failed with result={result}";
    /// The file changed while dyld looked.
    FILE_CHANGED "dyld/file-changed" None, "dyld/Loader.cpp: validateFile", "file {property} changed from 0x{expected} to 0x{found} since {loader} was built for '{object}'" since V12;
    /// The file is cut.
    TRUNCATED "dyld/truncated" None, "src/ImageLoaderMachO.cpp: sniffLoadCommands", "truncated mach-o error: segment {segment} extends to {end} which is past end of file {size}" , until V11_LAST;
    /// The same for a universal file.
    TRUNCATED_FAT "dyld/truncated-fat" None, "src/dyld2.cpp: loadPhase6", "truncated fat file.  file length={size}, but needed slice goes to {end}" , until V11_LAST;
    /// The same from 12 on.
    SLICE_BEYOND_END "dyld/slice-beyond-end" None, "common/MachOFile.cpp: validSlice", "slice {index} extends beyond end of file";
    /// The same for the list of slices.
    FAT_BEYOND_END "dyld/fat-beyond-end" None, "common/MachOFile.cpp", "fat header malformed, architecture slices extend beyond end of file" since V13;
    /// Damage, up to 11.
    MALFORMED "dyld/malformed" None, "src/ImageLoaderMachO.cpp", "malformed mach-o image: {problem}" , until V11_LAST;
    /// Damage, up to 11.
    MALFORMED_HEADER "dyld/malformed-header" None, "src/dyld2.cpp", "malformed mach-o: {problem}" , until V11_LAST;
    /// Damage in a load command.
    MALFORMED_COMMAND "dyld/malformed-load-command" None, "common/MachOFile.cpp; mach_o/Header.cpp", "malformed load command {problem}";
    /// Damage in chained fixups.
    CHAINED_FIXUPS "dyld/chained-fixups" None, "mach_o/ChainedFixups.cpp", "chained fixups, {problem}" since V10_15;
    /// Damage, with the file's name (12 to 15.3).
    INVALID_IN "dyld/invalid-in" None, "common/MachOAnalyzer.cpp: validMachOForArchAndPlatform", "in '{object}' {problem}";
    /// A program of the time of garbage collection.
    GARBAGE_COLLECTION "dyld/garbage-collection" None, "src/ImageLoaderMachO.cpp", "cannot load '{object}' because Objective-C garbage collection is not supported" , until V11_LAST;
    /// `dlopen` of the dyld4 preview.
    NOT_FOUND_IN_12 "dyld/dylib-not-found" None, "dyld/JustInTimeLoader.cpp", "dylib not found" since V12, until V12_4;
    /// Library validation: two makers. `reason` of [`SIGNATURE_NOT_VALID`], from the kernel (as seen in reports; closed source).
    TEAM_IDS "dyld/different-team-ids" None, "reports: jhenin/qwrap#9, melanchall/drywetmidi#316", "mapping process and mapped file (non-platform) have different Team IDs";
    /// Library validation: signed ad hoc, by a program that wants a maker.
    NO_TEAM_ID "dyld/no-team-id" None, "reports: nabla-c0d3/ssl-kill-switch2#68, vincedev/MailCoreSPM#3", "mapped file has no Team ID and is not a platform binary (signed with custom identity or adhoc?)";
    /// Not signed at all.
    NO_CDHASH "dyld/no-cdhash" None, "report: UrielCh/opencv4nodejs#155", "mapped file has no cdhash, completely unsigned? Code has to be at least ad-hoc signed.";
    /// Gatekeeper: a downloaded library that was never allowed (quarantine).
    SYSTEM_POLICY "dyld/system-policy" None, "reports: structureio/OpenNI2#165, flet-dev/flet#4543", "library load disallowed by system policy";
}
