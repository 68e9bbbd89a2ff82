//! Other words for messages of the tables: launchers that put an errno behind a path in their own way, runtimes that keep the loader's
//! sentence to themselves, and Windows' numbers, which stand where the sentence should (`error 126`, `0xc000007b`, `-1073741701`).
//!
//! An alias is a row like any other, for the message that it stands for, with the fields that its number gives.

use std::borrow::Cow;
use std::sync::LazyLock;

use sayso_loader::Message;
use sayso_loader::messages::{glibc, kernel, localised, runtimes, shell, windows};

/// Other words.
#[derive(Debug)]
pub(super) struct Alias {
    pub(super) of: &'static Message,
    pub(super) template: Cow<'static, str>,
    /// Fields that the words stand for.
    pub(super) fields: Vec<(&'static str, Vec<u8>)>,
    /// It counts only where a word of Windows' loader stands near it.
    pub(super) windows: bool,
}

/// Words of launchers and runtimes.
static WORDS: &[(&str, &Message)] = &[
    ("{path}: cannot execute - {reason}", &kernel::OTHER),
    ("{path}: Permission denied.", &kernel::DENIED),
    (
        "Failed resolving C function '{symbol}'",
        &glibc::DLSYM_UNDEFINED,
    ),
    (
        "start-stop-daemon: unable to start {path} ({reason})",
        &kernel::OTHER,
    ),
    ("couldn't execute \"{path}\": {reason}", &kernel::OTHER),
    ("cannot start {path}: {reason}", &kernel::OTHER),
    ("execvp: {path}: {reason}", &kernel::OTHER),
    ("execve({path}): {reason}", &kernel::OTHER),
    ("exec of {path} failed: {reason}", &kernel::OTHER),
    ("failed to exec {path}: {reason}", &kernel::OTHER),
    (
        "unable to spawn process '{path}' ({reason})",
        &kernel::OTHER,
    ),
    (
        "code: {errno}, kind: {kind}, message: \"{reason}\"",
        &shell::RUST_IO,
    ),
    ("Failed loading '{object}'", &glibc::CANNOT_OPEN),
    (
        "file: \"{object}\", message: \"file not found\"",
        &glibc::CANNOT_OPEN,
    ),
    (
        "could not access file \"{object}\": {reason}",
        &glibc::CANNOT_OPEN,
    ),
    ("{object} => not found", &glibc::CANNOT_OPEN),
    (
        "undefined symbol: {symbol}\t({object})",
        &glibc::UNDEFINED_SYMBOL,
    ),
    (
        "{object}: error: symbol lookup error: undefined symbol: {symbol} (fatal)",
        &glibc::UNDEFINED_SYMBOL,
    ),
    (
        "Could not open '{interpreter}': {reason}",
        &shell::REQUIRED_FILE,
    ),
    ("missing '{jvm}' JVM at '{object}'", &glibc::CANNOT_OPEN),
    (
        "Function '{symbol}' not found in [[{object}]]",
        &glibc::DLSYM_UNDEFINED,
    ),
    (
        "Module {object} does not export {symbol}() symbol",
        &glibc::DLSYM_UNDEFINED,
    ),
    (
        "was compiled against a different Node.js version using\nNODE_MODULE_VERSION {have}. This version of Node.js requires\nNODE_MODULE_VERSION {need}.",
        &runtimes::NODE_ABI,
    ),
    (
        "could not find or load the Qt platform plugin \"{object}\"",
        &runtimes::QT_MISSING_DEFAULT,
    ),
    (
        "code execution cannot proceed because {object} was not found",
        &windows::DIALOGUE_DLL,
    ),
    (
        "{tool}: {path}: Invalid ELF image for this architecture",
        &kernel::EXEC_FORMAT,
    ),
];

/// Shells and launchers that put their name before a sentence, and are in no table.
pub(super) static FRAMES: &[&Message] = &[
    &Message {
        id: "shell/frame-posh",
        template: "posh: {message}",
        releases: (None, None),
        exit_status: None,
        source: "posh 0.14",
    },
    &Message {
        id: "shell/frame-bwrap",
        template: "bwrap: execvp {message}",
        releases: (None, None),
        exit_status: None,
        source: "bubblewrap 0.8",
    },
];

/// What a crash inside the loader looks like in others' reports; the signal.
static CRASHES: &[(&str, &str)] = &[
    ("SIGBUS (0x7) at pc={address}", "7"),
    ("SIGBUS: bus error", "7"),
    ("Bus error (core dumped)", "7"),
    ("Problematic frame:\n# C  [[ld-linux-{object}+", "11"),
    ("Problematic frame:\n# C  [[ld-{object}.so+", "11"),
];

/// Win32 codes that a failed load shows as, whatever else they may mean: with a DLL near by.
const LOADS: &[u32] = &[
    126, 127, 182, 191, 192, 193, 216, 577, 998, 1114, 1150, 1151, 1154, 1157, 14001, 14003,
];
/// Statuses that are the loader's own.
const STATUSES: &[u32] = &[
    0xC000_0020,
    0xC000_007A,
    0xC000_007B,
    0xC000_012F,
    0xC000_0130,
    0xC000_0131,
    0xC000_0135,
    0xC000_0138,
    0xC000_0139,
    0xC000_0142,
    0xC000_0145,
    0xC000_0221,
    0xC000_0262,
    0xC000_0263,
    0xC000_0359,
    0xC000_035A,
];

/// All of them, made once.
pub(super) fn aliases() -> &'static [Alias] {
    static ALL: LazyLock<Vec<Alias>> = LazyLock::new(all);
    &ALL
}

fn all() -> Vec<Alias> {
    let plain = WORDS.iter().map(|(template, of)| Alias {
        of,
        template: Cow::Borrowed(template),
        fields: Vec::new(),
        windows: false,
    });
    let crashes = CRASHES.iter().map(|(template, signal)| Alias {
        of: &glibc::CRASH,
        template: Cow::Borrowed(template),
        fields: vec![("signal", signal.as_bytes().to_vec())],
        windows: false,
    });
    plain
        .chain(crashes)
        .chain(translated())
        .chain(windows::CODES.iter().flat_map(numbers))
        .collect()
}

/// What the kernel answers, in other languages: shells put it behind a path, zsh before it and with a small letter.
fn translated() -> impl Iterator<Item = Alias> {
    let rows = |english: &str| -> Option<[&'static Message; 2]> {
        Some(match english {
            "No such file or directory" => [&kernel::NOT_FOUND, &shell::ZSH_NOT_FOUND],
            "Permission denied" => [&kernel::DENIED, &shell::ZSH_DENIED],
            "Exec format error" => [&kernel::EXEC_FORMAT, &shell::ZSH_FORMAT],
            _ => return None,
        })
    };
    let reasons = localised::reasons().iter();
    reasons
        .filter_map(move |reason| rows(reason.english).map(|rows| (reason, rows)))
        .flat_map(|(reason, [behind, before])| {
            // zsh makes the first byte small, so only that of Latin letters.
            let mut letters = reason.text.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            let small: String = first.into_iter().chain(letters).collect();
            let alias = |of, template: String| Alias {
                of,
                template: Cow::Owned(template),
                fields: vec![("reason", reason.english.as_bytes().to_vec())],
                windows: false,
            };
            [
                alias(behind, format!("{{path}}: {}", reason.text)),
                alias(before, format!("{small}: {{path}}")),
            ]
        })
}

/// The spellings of one of Windows' numbers.
fn numbers(code: &'static windows::Code) -> Vec<Alias> {
    let value = code.value;
    let alias = |template: String, of, field, text: String| Alias {
        of,
        template: Cow::Owned(template),
        fields: vec![(field, text.into_bytes())],
        windows: true,
    };
    match (code.space, code.sentence) {
        (windows::Space::Win32, Some(of)) if LOADS.contains(&value) => [
            "error {}",
            "Error {}",
            "error: {}",
            "Error: {}",
            "error code {}",
            "error code: {}",
            "Error code: {}",
            "WinError {}",
            "GetLastError={}",
            "err={}",
            "error={}",
        ]
        .iter()
        .map(|words| {
            alias(
                words.replace("{}", &value.to_string()),
                of,
                "code",
                value.to_string(),
            )
        })
        .collect(),
        (windows::Space::NtStatus, _) if STATUSES.contains(&value) => {
            let hex = format!("{value:x}");
            let signed = (value as i32).to_string();
            [
                format!("0x{hex}"),
                format!("0x{}", hex.to_uppercase()),
                format!("0X{}", hex.to_uppercase()),
                format!("error {hex}"),
                format!("status {hex}"),
                signed,
                value.to_string(),
            ]
            .into_iter()
            .map(|words| Alias {
                windows: false,
                ..alias(words, &windows::DIALOGUE_START, "status", hex.clone())
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

/// The words before an errno on its line speak of the start of a program, and not of a file that was opened.
pub(super) fn is_about_a_start(text: &[u8], start: usize) -> bool {
    const WORDS: &[&[u8]] = &[
        b"spawn", b"start", b"exec", b" run ", b"running", b"launch", b"command", b"child",
        b"process",
    ];
    let line = super::kinds::line_start(text, start);
    // What stands behind the last arrow or bracket of a log's prefix would do; the whole line is as good.
    let before = text[line..start].to_ascii_lowercase();
    WORDS
        .iter()
        .any(|word| super::rows::find(&before, word).is_some())
}

/// A word of Windows' loader stands within a line or two of this place.
pub(super) fn is_windows_near(text: &[u8], place: &std::ops::Range<usize>) -> bool {
    const NEAR: usize = 300;
    const WORDS: &[&[u8]] = &[
        b".dll",
        b".pyd",
        b".exe",
        b".node",
        b".ocx",
        b".drv",
        b"loadlibrary",
        b"getprocaddress",
        b"winerror",
        b"win32",
    ];
    let near = &text[place.start.saturating_sub(NEAR)..text.len().min(place.end + NEAR)];
    let near = near.to_ascii_lowercase();
    WORDS
        .iter()
        .any(|word| super::rows::find(&near, word).is_some())
}

/// The library that a Windows sentence without a name is about: the last one named before it on its line.
pub(super) fn library_before(text: &[u8], start: usize) -> Option<std::ops::Range<usize>> {
    const ENDINGS: &[&[u8]] = &[b".dll", b".pyd", b".node", b".ocx", b".drv"];
    let line = super::kinds::line_start(text, start);
    let lower = text[line..start].to_ascii_lowercase();
    let end = ENDINGS
        .iter()
        .filter_map(|ending| {
            lower
                .windows(ending.len())
                .enumerate()
                .rev()
                .map(|(at, found)| (found, at + ending.len()))
                // `System.DllNotFoundException` names no DLL.
                .find(|(found, end)| {
                    found == ending && !lower.get(*end).is_some_and(u8::is_ascii_alphanumeric)
                })
                .map(|(_, end)| end)
        })
        .max()?;
    let begin = super::kinds::Kind::Path.beginning(text, line + end)?;
    Some(begin..line + end)
}
