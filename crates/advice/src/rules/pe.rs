//! What the rules of Windows and wine ask of a pasted text.

use sayso_loader::messages::windows;

use super::prelude::*;

/// Everything that Windows and wine say of a file that does not load; which rule it is, the number decides.
pub(super) const MESSAGES: &[&str] = &[
    "windows/mod-not-found",
    "windows/proc-not-found",
    "windows/bad-exe-format",
    "windows/machine-type-mismatch",
    "windows/dll-init-failed",
    "windows/noaccess",
    "windows/cannot-run",
    "windows/exe-signature",
    "windows/bad-format",
    "windows/invalid-image-hash",
    "windows/dll-not-found",
    "windows/invalid-dll",
    "windows/old-win-version",
    "windows/app-wrong-os",
    "windows/side-by-side",
    "windows/side-by-side-old",
    "windows/assembly-not-found",
    "windows/dependent-assembly",
    "windows/access-denied",
    "windows/not-enough-memory-old",
    "windows/not-enough-memory",
    "windows/invalid-parameter",
    "windows/name-too-long",
    "windows/virus-infected",
    "windows/sharing-violation",
    "windows/invalid-address",
    "windows/group-policy",
    "windows/application-control",
    "windows/file-corrupt",
    "windows/paging-file",
    "windows/elevation-required",
    "windows/dialogue-dll-not-found",
    "windows/dialogue-dll-not-found-7",
    "windows/dialogue-dll-not-found-xp",
    "windows/dialogue-entry-point",
    "windows/dialogue-ordinal",
    "windows/dialogue-unable-to-start",
    "windows/dialogue-failed-to-initialize",
    "windows/dialogue-bad-image",
    "windows/dialogue-bad-image-xp",
    "windows/dialogue-dll-init",
    "windows/dialogue-checksum",
    "windows/dialogue-app-cannot-run",
    "windows/dialogue-16-bit",
    "windows/dialogue-memory",
    "windows/regsvr32-load",
    "windows/regsvr32-entry-point",
    "windows/rundll32",
    "windows/powershell-failed-to-run",
    "windows/delay-load",
    "windows/exit-visual-studio",
    "windows/exit-jetbrains",
    "windows/exit-rust",
    "windows/exit-actions",
    "windows/exit-plain",
    "windows/exit-go",
    "windows/file-not-found",
    "windows/path-not-found",
    "windows/cmd-cannot-execute",
    "wine/library-not-found",
    "wine/loading-library-failed",
    "wine/importing-failed",
    "wine/failed-to-initialize",
    "wine/initializing-failed",
    "wine/unimplemented-function",
    "wine/unimplemented-function-called",
    "wine/no-implementation",
    "wine/forward-module",
    "wine/forward-function",
    "wine/failed-to-open",
    "wine/could-not-load-kernel32",
    "wine/shell-execute",
    "wine/module-not-found",
    "wine/procedure-not-found",
    "wine/bad-exe-format",
    "wine/dll-initialization-failed",
    "wine/no-access",
    "java/dll-architecture",
    "java/dependent-libraries",
    "go-windows/load-dll",
    "go-windows/find-procedure",
];

/// The Win32 code that the text comes to; 0: none that is known.
pub(super) fn code(heard: &Heard) -> u32 {
    let id = heard.message.id;
    let own = match id {
        "wine/library-not-found"
        | "wine/module-not-found"
        | "java/dependent-libraries"
        | "windows/dialogue-dll-not-found"
        | "windows/dialogue-dll-not-found-7"
        | "windows/dialogue-dll-not-found-xp" => 126,
        "wine/procedure-not-found"
        | "go-windows/find-procedure"
        | "wine/unimplemented-function"
        | "wine/unimplemented-function-called"
        | "wine/no-implementation"
        | "wine/forward-module"
        | "wine/forward-function"
        | "windows/dialogue-entry-point"
        | "windows/regsvr32-entry-point" => 127,
        "windows/dialogue-ordinal" => 182,
        "wine/bad-exe-format"
        | "java/dll-architecture"
        | "windows/dialogue-bad-image"
        | "windows/dialogue-bad-image-xp"
        | "windows/dialogue-16-bit"
        | "windows/dialogue-app-cannot-run" => 193,
        "wine/dll-initialization-failed"
        | "wine/failed-to-initialize"
        | "windows/dialogue-dll-init" => 1114,
        "wine/no-access" | "windows/dialogue-memory" => 998,
        "windows/dependent-assembly" | "windows/side-by-side-old" => 14001,
        "windows/not-enough-memory-old" => 8,
        "windows/dialogue-checksum" => 1392,
        "windows/delay-load" => {
            return if heard.text("which").eq_ignore_ascii_case("F") {
                127
            } else {
                126
            };
        }
        _ => 0,
    };
    if own != 0 {
        return own;
    }
    // A number says more than a sentence: sentences are shared.
    let numbers = status(heard);
    if numbers != 0 {
        return numbers;
    }
    let of_sentence = |id: &str| {
        windows::CODES
            .iter()
            .find(|code| code.sentence.is_some_and(|sentence| sentence.id == id))
            .map(|code| code.win32)
    };
    let sentences = heard.ids().find_map(of_sentence);
    sentences.unwrap_or(0)
}

/// The Win32 code of a number in the message, its parts or its frames; 0: none.
fn status(heard: &Heard) -> u32 {
    let exit = heard.message.id.starts_with("windows/exit-");
    let around = heard
        .parts
        .iter()
        .chain(&heard.frames)
        .map(|said| &said.fields);
    for fields in std::iter::once(&heard.fields).chain(around) {
        for field in ["status", "code"] {
            let Some(text) = fields.get(field).map(show) else {
                continue;
            };
            let text = if field == "status" && !text.starts_with("0x") {
                format!("0x{text}")
            } else {
                text
            };
            // A small exit code is the program's own.
            if let Some(code) =
                windows::code_of(&text).filter(|code| !exit || code.value > 0x7fff_ffff)
            {
                return code.win32;
            }
        }
    }
    0
}

/// The raw number is that of a process that could not start for a file of the wrong kind (0xc000007b).
pub(super) fn is_bad_image_at_start(heard: &Heard) -> bool {
    let bad = |text: String| {
        text.to_ascii_lowercase().trim_start_matches("0x") == "c000007b"
            || text == "3221225595"
            || text == "-1073741701"
    };
    let around = heard
        .parts
        .iter()
        .chain(&heard.frames)
        .map(|said| &said.fields);
    let numbers = std::iter::once(&heard.fields).chain(around).any(|fields| {
        ["status", "code"]
            .iter()
            .any(|field| fields.get(field).map(show).is_some_and(bad))
    });
    numbers
        || matches!(heard.message.id, "windows/dialogue-bad-image" | "windows/dialogue-bad-image-xp" | "windows/dialogue-unable-to-start" if code(heard) == 193)
}

/// The DLL or file that the text names; empty where it names none (`%1` is none).
pub(super) fn file(heard: &Heard) -> String {
    let of_around = || {
        let around = heard.frames.iter().chain(&heard.parts);
        around
            .filter_map(|said| {
                said.fields
                    .get("object")
                    .or(said.fields.get("path"))
                    .map(show)
            })
            .find(|name| !name.is_empty())
    };
    let own = heard.text("object");
    let name = if own.is_empty() || own == "%1" {
        of_around().unwrap_or_default()
    } else {
        own
    };
    name.replace("\\\\", "\\")
        .trim_matches(['"', '\''])
        .to_owned()
}

/// The file of a path of Windows.
pub(super) fn base(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// In words: the file, or "the file or a DLL that it needs".
pub(super) fn the_file(heard: &Heard) -> String {
    match file(heard) {
        name if name.is_empty() => "the named file, or a DLL that it needs,".to_owned(),
        name => name,
    }
}

/// Where the text is of wine.
pub(super) fn is_wine(heard: &Heard) -> bool {
    heard.speaker() == Speaker::Wine
}

/// The command that lists what a file needs, where Visual Studio is not at hand.
pub(super) fn dependents(heard: &Heard) -> String {
    let name = match file(heard) {
        name if name.is_empty() => "FILE.dll".to_owned(),
        name => name,
    };
    if is_wine(heard) {
        format!(
            "WINEDEBUG=+loaddll,+module wine PROGRAM.exe 2>&1 | grep -i {}",
            quoted(base(&name))
        )
    } else {
        format!(
            "dumpbin /dependents \"{name}\" (or the Dependencies tool): the DLL that is in none of the searched folders is the one"
        )
    }
}

/// The DLL carries a debug build's runtime.
pub(super) fn is_debug_runtime(name: &str) -> bool {
    let lower = base(name).to_ascii_lowercase();
    let stem = lower.strip_suffix(".dll").unwrap_or(&lower);
    let families = [
        "vcruntime140",
        "msvcp1",
        "msvcr",
        "mfc1",
        "concrt140",
        "vccorlib140",
        "vcamp140",
        "vcomp140",
        "msvcp9",
        "msvcp8",
        "mfc9",
        "mfc8",
    ];
    stem == "ucrtbased"
        || families.iter().any(|family| stem.starts_with(family)) && stem.ends_with('d')
}
