//! dyld's messages, macOS 10.14 to 26: read in the published sources (tags dyld-625.13 to dyld-1378), not run on a Mac.
//!
//! Releases are those of macOS: `Release(15, 4, 0)` is macOS 15.4. A text that only some releases say so dates the machine.
//! Rows stand from narrow to wide: the first that reads a text is the right one. `{object}` is the file or library the sentence is
//! about, `{requirer}` the file that needs it, `{provider}` the file in which a symbol was expected. Where the real text ends with a
//! line end (dyld2), the template does not.
//!
//! A text has up to four layers, each a table: [`frames`] (`dyld[PID]: `, `dlopen(PATH, MODE): `), [`TABLE`] (the sentence), its
//! `{reason}` (again a sentence of [`TABLE`], mostly [`TRIED`]), and [`parts`] (what is said of one candidate; [`candidates`] takes
//! the list apart).

pub mod frames;
pub mod parts;
pub mod validity;

use crate::request::Release;

const V10_15: Release = Release(10, 15, 0);
const V11_LAST: Release = Release(11, 7, 10);
const V10_14_LAST: Release = Release(10, 14, 6);
const V11: Release = Release(11, 0, 0);
const V12: Release = Release(12, 0, 0);
const V12_4: Release = Release(12, 4, 0);
const V12_5: Release = Release(12, 5, 0);
const V12_LAST: Release = Release(12, 7, 6);
const V13: Release = Release(13, 0, 0);
const V14: Release = Release(14, 0, 0);
const V14_3: Release = Release(14, 3, 1);
const V14_4: Release = Release(14, 4, 0);
const V14_LAST: Release = Release(14, 8, 3);
const V15: Release = Release(15, 0, 0);
const V15_3: Release = Release(15, 3, 2);
const V15_4: Release = Release(15, 4, 0);
const V15_LAST: Release = Release(15, 7, 3);
const V26: Release = Release(26, 0, 0);
const V26_5: Release = Release(26, 5, 0);

super::messages! {
    /// A library that the program or another library needs did not load; `reason` is a sentence of this table or of [`parts`].
    LIBRARY_NOT_LOADED "dyld/library-not-loaded" Some(134), "dyld/JustInTimeLoader.cpp: loadDependents", "Library not loaded: {object}\n  Referenced from: <{requirer_uuid}> {requirer}[ (built for {os} which is newer than running OS)]\n  Reason: {reason}" since V13;
    /// The same with the quotes of dyld-960.
    LIBRARY_NOT_LOADED_QUOTED "dyld/library-not-loaded-quoted" Some(134), "dyld/JustInTimeLoader.cpp: loadDependents (dyld-960)", "Library not loaded: '{object}'\n  Referenced from: '{requirer}'\n  Reason: {reason}" since V12_5, until V12_LAST;
    /// The same before UUIDs were printed.
    LIBRARY_NOT_LOADED_OLD "dyld/library-not-loaded-old" Some(134), "src/ImageLoader.cpp: recursiveLoadLibraries; dyld/JustInTimeLoader.cpp (dyld-940)", "Library not loaded: {object}\n  Referenced from: {requirer}\n  Reason: {reason}" , until V12_4;
    /// A driver or an exclave program whose library is not among those mapped before it.
    PREMAPPED_MISSING "dyld/premapped-missing" Some(134), "dyld/PremappedLoader.cpp", "'{object}' could not be found in Pre-Mapped files" since V14, until V15_3;
    /// The library in which a symbol is expected is there and does not export it (any more). `<no uuid> unknown` as the provider: that library itself is missing.
    SYMBOL_NOT_FOUND "dyld/symbol-not-found" Some(134), "dyld/Loader.cpp: resolveSymbol", "Symbol not found: {symbol}\n  Referenced from: <{requirer_uuid}> {requirer}[ (built for {os} which is newer than running OS)]\n  Expected in:     <{provider_uuid}> {provider}" since V13;
    /// The same with the quotes of dyld-960.
    SYMBOL_NOT_FOUND_QUOTED "dyld/symbol-not-found-quoted" Some(134), "dyld/Loader.cpp: resolveSymbol (dyld-960)", "Symbol not found: ({symbol})\n  Referenced from: '{requirer}'\n  Expected in: '{provider}'" since V12_5, until V12_LAST;
    /// The same up to 12.4; up to 11 with the release that the file was built for, and where it was bound at the end. The provider may be `flat namespace` or `dynamic lookup`.
    SYMBOL_NOT_FOUND_OLD "dyld/symbol-not-found-old" Some(134), "src/ImageLoaderMachO.cpp: throwSymbolNotFound; dyld/Loader.cpp (dyld-940)", "Symbol not found: {symbol}\n  Referenced from: {requirer}[ (which was built for Mac OS X {os})]\n  Expected in: {provider}[\n in {object}]" , until V12_4;
    /// A weak definition that nobody brought.
    WEAK_DEFINITION_EXPECTED "dyld/weak-definition-expected" Some(134), "dyld/Loader.cpp: resolveSymbol", "Symbol not found: {symbol}\n  Referenced from: <{requirer_uuid}> {requirer}\n  Expected as weak-def export from some loaded dylib" since V15;
    /// `-undefined dynamic_lookup`: nobody who is loaded exports it.
    FLAT_NAMESPACE "dyld/flat-namespace" Some(134), "dyld/Loader.cpp: resolveSymbol", "symbol not found in flat namespace '{symbol}'" since V12;
    /// The same with the quotes of dyld-960.
    FLAT_NAMESPACE_QUOTED "dyld/flat-namespace-quoted" Some(134), "dyld/Loader.cpp: resolveSymbol (dyld-960)", "symbol not found in flat namespace ({symbol})" since V12_5, until V12_LAST;
    /// A weak definition that nobody brought, before 15.
    WEAK_DEFINITION "dyld/weak-definition" Some(134), "dyld/Loader.cpp: resolveSymbol", "weak-def symbol not found '{symbol}'" since V12, until V14_LAST;
    /// The same with the quotes of dyld-960.
    WEAK_DEFINITION_QUOTED "dyld/weak-definition-quoted" Some(134), "dyld/Loader.cpp: resolveSymbol (dyld-960)", "weak-def symbol not found ({symbol})" since V12_5, until V12_LAST;
    /// A weak definition of the system that the shared cache does not have.
    WEAK_DEFINITION_IN_CACHE "dyld/weak-definition-in-cache" Some(134), "dyld/Loader.cpp: resolveSymbol", "weak-def symbol ({symbol}) not found in dyld cache" since V12;
    /// A bind names a library by a number that the file does not have: damage, or a careless tool removed a load command.
    UNKNOWN_ORDINAL "dyld/unknown-ordinal" Some(134), "dyld/Loader.cpp: resolveSymbol", "unknown library ordinal {ordinal} in {requirer} when binding '{symbol}'" since V12;
    /// The same with the quotes of dyld-960.
    UNKNOWN_ORDINAL_QUOTED "dyld/unknown-ordinal-quoted" Some(134), "dyld/Loader.cpp: resolveSymbol (dyld-960)", "unknown library ordinal {ordinal} in '{requirer}' when binding ({symbol})" since V12_5, until V12_LAST;
    /// The same up to 11.
    ORDINAL_TOO_BIG "dyld/ordinal-too-big" Some(134), "src/ImageLoaderMachOCompressed.cpp: resolve", "bad mach-o binary, library ordinal ({ordinal}) too big (max {count}) for symbol {symbol} in {requirer}" , until V11_LAST;
    /// A symbol of a library that could not be loaded and was weakly linked.
    WEAK_LIBRARY_SYMBOL "dyld/weak-library-symbol" Some(134), "src/ImageLoaderMachOCompressed.cpp: resolve", "can't resolve symbol {symbol} in {requirer} because dependent dylib {object} could not be loaded" , until V11_LAST;
    /// A re-export names a library by a number that the file does not have.
    REEXPORT_ORDINAL "dyld/reexport-ordinal" Some(134), "dyld/Loader.cpp: hasExportedSymbol", "re-export ordinal {ordinal} in {object} out of range for {symbol}" since V12;
    /// A function that was bound lazily and is missing was called: the program had started.
    LAZY_SYMBOL_CALLED "dyld/missing-lazy-symbol-called" Some(134), "dyld/DyldProcessConfig.cpp: missing_symbol_abort; dyld3 closures in 10.15 and 11", "missing lazy symbol called" since V10_15;
    /// The same from 12 to 15.3.
    SYMBOL_CALLED "dyld/missing-symbol-called" Some(134), "dyld/DyldAPIs.cpp: _dyld_missing_symbol_abort", "missing symbol called" since V12, until V15_3;
    /// An `@` path where the program's signature forbids to expand it.
    AT_PATH_DENIED "dyld/at-path-denied" None, "dyld/Loader.cpp: forEachPath", "[tried: {candidates}], (security policy does not allow @ path expansion)" since V12;
    /// Each place that was tried, with why not: see [`candidates`].
    TRIED "dyld/tried" None, "dyld/Loader.cpp: getLoader", "tried: {candidates}" since V12;
    /// The same up to 11: see [`candidates`].
    NO_SUITABLE_IMAGE "dyld/no-suitable-image" None, "src/dyld2.cpp: load", "no suitable image found.  Did find:\n\t{candidates}" , until V11_LAST;
    /// Nothing was found at all.
    IMAGE_NOT_FOUND "dyld/image-not-found" None, "src/dyld2.cpp: load; dyld/JustInTimeLoader.cpp", "image not found" , until V12_LAST;
    /// An `@rpath` name and no run path in the whole chain of files that loaded it.
    NO_RUN_PATHS "dyld/no-run-paths" None, "dyld/Loader.cpp: getLoader", "no LC_RPATH's found" since V14;
    /// There are run paths, and none can be used.
    NO_RUN_PATHS_USED "dyld/no-run-paths-used" None, "dyld/Loader.cpp: getLoader", "no LC_RPATH's used.  They may be invalid, eg, not start with '@loader_path' or '@executable_path'" since V15;
    /// Compatibility versions were checked up to 11 only.
    INCOMPATIBLE_VERSION "dyld/incompatible-version" None, "src/ImageLoader.cpp: recursiveLoadLibraries", "Incompatible library version: {requirer} requires version {need} or later, but {object} provides version {have}" , until V11_LAST;
    /// The same from dyld3's closure builder.
    CLOSURE_INCOMPATIBLE_VERSION "dyld/closure-incompatible-version" None, "dyld3/ClosureBuilder.cpp: recursiveLoadDependents", "found '{object}' which has compat version ({have}) which is less than required ({need}).  Needed by '{requirer}'" , until V11_LAST;
    /// dyld3's closure builder: what it needs is no library.
    CLOSURE_NOT_A_LIBRARY "dyld/closure-not-a-library" None, "dyld3/ClosureBuilder.cpp: recursiveLoadDependents", "found '{object}' which is not a dylib.  Needed by '{requirer}'" , until V11_LAST;
    /// dyld3's closure builder: files that were looked for and are not there.
    CLOSURE_TRIED "dyld/closure-tried" None, "dyld3/ClosureBuilder.cpp: recursiveLoadDependents", "dependent dylib '{object}' not found for '{requirer}', tried but didn't find: {candidates}" since V10_15, until V11_LAST;
    /// The same, and they are there and not usable.
    CLOSURE_TRIED_INVALID "dyld/closure-tried-invalid" None, "dyld3/ClosureBuilder.cpp: recursiveLoadDependents", "dependent dylib '{object}' not found for '{requirer}', tried but invalid: {candidates}" since V10_15, until V11_LAST;
    /// The same in 10.14.
    CLOSURE_TRIED_OLD "dyld/closure-tried-old" None, "dyld3/ClosureBuilder.cpp: recursiveLoadDependents", "dependent dylib '{object}' not found for '{requirer}', tried: {candidates}" , until V10_14_LAST;
    /// The same with another reason.
    CLOSURE_DEPENDENT "dyld/closure-dependent" None, "dyld3/ClosureBuilder.cpp: recursiveLoadDependents", "dependent dylib '{object}' not found for '{requirer}'[. {reason}]" , until V11_LAST;
    /// dyld3's `dlopen`.
    CLOSURE_FILE_NOT_FOUND "dyld/closure-file-not-found" None, "dyld3/AllImages.cpp: dlopen", "dlopen(): file not found: {object}" , until V11_LAST;
    /// `DYLD_INSERT_LIBRARIES` names something that does not load: the program ends. `reason` follows once more on a line of its own.
    INSERTED "dyld/inserted-library" Some(134), "dyld/dyldMain.cpp: prepare", "terminating because inserted dylib '{object}' could not be loaded: {reason}" since V12;
    /// The same up to 11.
    INSERTED_OLD "dyld/inserted-library-old" Some(134), "src/dyld2.cpp: loadInsertedDylib", "could not load inserted library '{object}' because {reason}" , until V11_LAST;
    /// The same where the program is hardened: a warning only.
    INSERTED_HARDENED "dyld/inserted-library-hardened" None, "src/dyld2.cpp: loadInsertedDylib", "warning: could not load inserted library '{object}' into hardened process because {reason}" , until V11_LAST;
    /// `dlsym`; `handle` is an address, `RTLD_DEFAULT`, `RTLD_NEXT`, `RTLD_SELF` or `RTLD_MAIN_ONLY`.
    DLSYM "dyld/dlsym-symbol-not-found" None, "dyld/DyldAPIs.cpp: dlsym", "dlsym({handle}, {symbol}): symbol not found";
    /// `dlsym` with something that is no handle.
    DLSYM_HANDLE "dyld/dlsym-invalid-handle" None, "dyld/DyldAPIs.cpp: dlsym", "dlsym({handle}, {symbol}): invalid handle";
    /// `RTLD_NEXT` or `RTLD_SELF` from memory that is no file's.
    DLSYM_CALLER "dyld/dlsym-unknown-caller" None, "dyld/DyldAPIs.cpp: dlsym", "dlsym({handle}, {symbol}): called by unknown image (caller={address})";
    /// `dlclose` with something that is no handle.
    DLCLOSE_HANDLE "dyld/dlclose-invalid-handle" None, "dyld/DyldAPIs.cpp: dlclose", "dlclose({handle}): invalid handle" since V12;
    /// The same up to 11.
    OLD_HANDLE "dyld/invalid-handle-old" None, "src/dyldAPIs.cpp: dlsym, dlclose", "invalid handle passed to {function}()" , until V11_LAST;
    /// A program that gave up `dlsym` called it.
    DLSYM_DISABLED "dyld/dlsym-disabled" Some(134), "dyld/DyldAPIs.cpp: dlsym", "symbol address lookup (dlsym) disabled in process" since V15;
    /// `RTLD_NOLOAD`.
    NOT_LOADED "dyld/not-already-loaded" None, "src/dyldAPIs.cpp: dlopen_internal", "image not already loaded" , until V11_LAST;
    /// A file that is a lazily loaded library's.
    LAZY_LOAD "dyld/lazy-load" Some(134), "dyld/DyldAPIs.cpp: _dyld_lazy_load", "lazy load of '{object}' failed: {reason}" since V26_5;
    /// A symbol of a lazily loaded library.
    LAZY_LOAD_SYMBOL "dyld/lazy-load-symbol" Some(134), "dyld/DyldAPIs.cpp: _dyld_lazy_load", "lazy load of '{object}' failed to find symbol '{symbol}'" since V26_5;
    /// A set-uid or otherwise restricted program, and a run path that it may not use: a warning.
    RUN_PATH_IGNORED "dyld/run-path-ignored" None, "src/ImageLoaderMachO.cpp: getRPaths", "LC_RPATH {path} in {object} being ignored in restricted program because it is a relative path" , until V11_LAST;
    /// The same for `@loader_path` and `@executable_path`.
    RUN_PATH_TOKEN_IGNORED "dyld/run-path-token-ignored" None, "src/ImageLoaderMachO.cpp: getRPaths", "LC_RPATH {path} in {object} being ignored in restricted program because of {token}[ ({advice})]" , until V11_LAST;
    /// The same for an install name.
    UNSAFE_TOKEN "dyld/unsafe-token" None, "src/dyld2.cpp: loadPhase3", "unsafe use of {token} in {requirer} with restricted binary[ ({advice})]" , until V11_LAST;
    /// The file was built for a newer macOS, with a load command that this one does not know.
    UNKNOWN_LOAD_COMMAND "dyld/unknown-load-command" None, "src/ImageLoaderMachO.cpp: sniffLoadCommands", "cannot load '{object}'[ because it was built for OS version {os}] (load command {command} is unknown)" , until V11_LAST;
    /// No `libSystem` in the program.
    NO_LIBSYSTEM "dyld/no-libsystem" Some(134), "dyld/dyldMain.cpp", "program does not link with libSystem.B.dylib" since V12;
    /// A machine without its system libraries.
    NO_LIBDYLD "dyld/no-libdyld" Some(134), "dyld/dyldMain.cpp", "libdyld.dylib not found" since V12;
    /// The machine's shared cache of system libraries could not be mapped.
    CACHE_LOAD "dyld/cache-load" Some(134), "dyld/DyldProcessConfig.cpp", "dyld cache load error: {reason}" since V10_15;
    /// No `LC_MAIN`.
    NO_MAIN "dyld/no-main" Some(134), "dyld/dyldMain.cpp", "main executable is missing LC_MAIN" since V12;
    /// Neither `LC_MAIN` nor a thread command.
    NO_ENTRY_POINT "dyld/no-entry-point" Some(134), "dyld/dyldMain.cpp", "main executable has no entry point" since V12;
    /// A program of the simulator was started outside it.
    SIMULATOR_ROOT "dyld/simulator-root" Some(134), "dyld/dyldMain.cpp", "DYLD_ROOT_PATH not set for simulator program" since V12;
    /// The same up to 11.
    SIMULATOR_ROOT_OLD "dyld/simulator-root-old" Some(134), "src/dyld2.cpp: _main", "attempt to run simulator program outside simulator (DYLD_ROOT_PATH not set)" since V10_15, until V11_LAST;
    /// `DYLD_ROOT_PATH` with an ordinary program.
    ROOT_PATH_SET "dyld/root-path-set" Some(134), "dyld/dyldMain.cpp", "DYLD_ROOT_PATH only allowed with simulator programs" since V12;
    /// The simulator's dyld is for another processor.
    SIMULATOR_MISMATCH "dyld/simulator-mismatch" Some(134), "dyld/dyldMain.cpp; src/dyld2.cpp", "dyld_sim is not compatible with the loaded process, likely due to architecture mismatch";
    /// A program of two platforms.
    TWO_PLATFORMS "dyld/two-platforms" Some(134), "src/dyld2.cpp: _main", "MH_EXECUTE binaries may only specify one platform" since V10_15, until V11_LAST;
    /// A program without a platform.
    NO_MINIMUM_OS "dyld/no-minimum-os" Some(134), "src/dyld2.cpp: _main", "MH_EXECUTE binaries must specify a minimum supported OS version" since V10_15, until V11_LAST;
    /// Two libraries define one Objective-C class; said by the Objective-C runtime, not by dyld.
    OBJC_DUPLICATE_CLASS "dyld/objc-duplicate-class" None, "objc4: runtime/objc-runtime-new.mm", "objc[[{pid}]]: Class {symbol} is implemented in both {first} ({first_address}) and {second} ({second_address}). One of the two will be used. Which one is undefined.";
}

/// The places of a [`TRIED`], [`NO_SUITABLE_IMAGE`] or closure list: each path with what was said of it, in the text's order.
///
/// Linear in the text. What cannot be taken apart (a cut text) ends the list.
pub fn candidates(list: &[u8]) -> Vec<(&[u8], &[u8])> {
    if list.first() == Some(&b'\'') {
        return quoted_candidates(list);
    }
    list.split(|&byte| byte == b'\n')
        .filter_map(|line| {
            let line = line.trim_ascii();
            let at = line.windows(2).position(|pair| pair == b": ")?;
            Some((&line[..at], &line[at + 2..]))
        })
        .collect()
}

/// `'P' (R), 'P' (R)` or `'P' 'P' `: a reason may hold quotes and brackets of its own, so it ends where the next entry starts.
fn quoted_candidates(mut list: &[u8]) -> Vec<(&[u8], &[u8])> {
    let find = |text: &[u8], what: &[u8]| text.windows(what.len()).position(|found| found == what);
    let mut found = Vec::new();
    while let Some(rest) = list.strip_prefix(b"'") {
        let Some(end) = rest.iter().position(|&byte| byte == b'\'') else {
            break;
        };
        let (path, rest) = (&rest[..end], &rest[end + 1..]);
        let Some(reason) = rest.strip_prefix(b" (") else {
            found.push((path, b"".as_slice()));
            list = rest.trim_ascii_start();
            continue;
        };
        let end =
            find(reason, b"), '").or_else(|| reason.ends_with(b")").then(|| reason.len() - 1));
        let Some(end) = end else {
            found.push((path, reason));
            break;
        };
        found.push((path, &reason[..end]));
        list = reason.get(end + 3..).unwrap_or_default();
    }
    found
}

/// What the `need` of [`parts::ARCHITECTURE`] or [`parts::MISSING_SLICE`] says of the release: it lists what this process takes, in words that changed.
pub fn releases_of_need(need: &[u8]) -> Option<(Release, Release)> {
    let row = NEEDS.iter().find(|(known, ..)| known.as_bytes() == need)?;
    Some((row.1, row.2))
}

/// `common/MachOFile.cpp: GradedArchs::name` (12), `getArchNames` (13 on). A lone `x86_64` is said by every release.
static NEEDS: &[(&str, Release, Release)] = &[
    ("arm64e", V12, V12_LAST),
    ("x86_64h", V12, V12_LAST),
    ("arm64", V13, V14_3),
    ("x86_64h' or 'x86_64", V13, V26_5),
    ("arm64e' or 'arm64", V14_4, V15_LAST),
    ("arm64e' or 'arm64e.v1' or 'arm64' or 'arm64", V26, V26_5),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_candidates_comes_apart() {
        let text = b"'/a/b.dylib' (code signature in <U> '/a/b.dylib' not valid for use in process: x (y)), '/c.dylib' (no such file), '/d' (mach-o file, but is an incompatible architecture (have (x86_64), need (arm64)))";
        let found = candidates(text);
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[0].1,
            b"code signature in <U> '/a/b.dylib' not valid for use in process: x (y)"
        );
        assert_eq!(
            found[1],
            (b"/c.dylib".as_slice(), b"no such file".as_slice())
        );
        let architecture = parts::ARCHITECTURE_QUOTED
            .parse(found[2].1)
            .expect("the last is about the architecture");
        assert_eq!(architecture.get("need"), Some(b"arm64".as_slice()));
        let old = candidates(b"/a/b: mach-o, but wrong architecture\n\t/c: file too short");
        assert_eq!(old[1], (b"/c".as_slice(), b"file too short".as_slice()));
        assert_eq!(candidates(b"'/a' '/b' ").len(), 2);
    }

    #[test]
    fn a_cut_list_ends_and_does_not_panic() {
        let text = b"'/a' (no such file), '/b' (fat file, but missing compatible architecture (have 'i386,x86_64', need 'arm64')), '/c";
        for end in 0..=text.len() {
            assert!(candidates(&text[..end]).len() <= 2, "{end}");
        }
    }

    #[test]
    fn the_architecture_dates_the_machine() {
        let text = b"mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64e' or 'arm64')";
        let fields = parts::ARCHITECTURE
            .parse(text)
            .expect("the text is the message");
        let (since, until) = releases_of_need(fields.get("need").unwrap_or_default())
            .expect("these words are known");
        assert_eq!((since, until), (Release(14, 4, 0), Release(15, 7, 3)));
    }

    #[test]
    fn real_texts_read_as_the_right_row() {
        let first = |text: &[u8]| {
            TABLE
                .iter()
                .find(|message| message.parse(text).is_some())
                .map(|message| message.id)
        };
        // structureio/OpenNI2#165, macOS 12.6; AmplitudeSwift#238, macOS 15; facebookarchive/xctool#779, macOS 10.15.
        assert_eq!(first(b"Library not loaded: 'libOpenNI2.dylib'\n  Referenced from: '/a/SimpleViewer'\n  Reason: tried: 'libOpenNI2.dylib' (no such file)"), Some("dyld/library-not-loaded-quoted"));
        assert_eq!(first(b"Library not loaded: @rpath/A.framework/A\n  Referenced from: <E96C2B42-790D-32F5-A0D3-7BF22202E531> /a/b\n  Reason: tried: '/x' (no such file)"), Some("dyld/library-not-loaded"));
        assert_eq!(first(b"Library not loaded: @rpath/libcrypto.3.dylib\n  Referenced from: /opt/bin/ldid\n  Reason: image not found"), Some("dyld/library-not-loaded-old"));
    }
}
