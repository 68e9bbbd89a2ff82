//! Texts of the loaders themselves: what each release said in each case of the lab.

use std::collections::BTreeSet;

use anyhow::Result;
use sayso_fixture::Libc;
use sayso_loader::{Event, Failure, Session, Verdict};

use crate::case::{self, Case};
use crate::release::{self, Unpacked};
use crate::root::{Folder, Mounted};
use crate::told::SILENT;
use crate::{recorded, texts::Text};

/// The texts of one family's releases, each text once.
///
/// # Errors
/// A world that cannot be written or run.
pub fn make(libc: Libc) -> Result<Vec<Text>> {
    let group = match libc {
        Libc::Glibc => "glibc",
        Libc::Musl => "musl-loader",
    };
    let mut texts = Vec::new();
    let mut seen = BTreeSet::new();
    for case in case::all()? {
        for release in release::provisioned() {
            if release.libc != libc || !case.asks(&release) {
                continue;
            }
            for text in of_case(&case, &release)? {
                if seen.insert(text.bytes.clone()) {
                    let name = format!("{group}/{}-{}", text.name, release.name);
                    texts.push(Text { name, ..text });
                }
            }
        }
    }
    Ok(texts)
}

/// What one release says in one case: at start, and in each step that fails.
fn of_case(case: &Case, release: &Unpacked) -> Result<Vec<Text>> {
    let mut fixture = case.fixture.clone();
    fixture.machine.release = Some(release.number);
    let folder = Folder::new(&fixture, release)?;
    let Ok(real) = recorded::record(&fixture, &folder) else {
        return Ok(Vec::new());
    };
    let world = Mounted::new(&folder, &fixture).map_err(|error| anyhow::anyhow!("{}", error.0))?;
    // The prediction says which message it is, and what stands in its holes. The words are the real loader's.
    let trace = Session::new(&world).predict(&fixture.request());
    let stem = case.name.replace('/', "-");
    let made_by = format!("cargo xtask lab show {} {}", case.name, release.name);
    let tool = release.name.replace('-', " ");
    let text = |name: String, said: String, failure: &Failure, step: bool| -> Option<Text> {
        let (class, or) = class_of(failure, step)?;
        Some(Text {
            name,
            class: class.into(),
            or: or.iter().map(|&other| other.into()).collect(),
            tool: tool.clone(),
            made_by: vec![made_by.clone()],
            entities: entities(failure),
            bytes: format!("{said}\n").into_bytes(),
            ..Text::default()
        })
    };
    let mut texts = Vec::new();
    if !real.words.is_empty() {
        let said: Vec<&Failure> = trace
            .printed
            .iter()
            .filter_map(|&id| match trace.event(id) {
                Event::Problem(failure) | Event::Warning(failure) => Some(failure),
                _ => None,
            })
            .filter(|failure| !failure.text().starts_with(SILENT))
            .collect();
        let main = match &trace.verdict {
            Verdict::Fails { failure, .. } => {
                said.iter().find(|said| said.text() == failure.text())
            }
            _ => None,
        };
        let as_predicted = said.iter().all(|failure| {
            let text = String::from_utf8_lossy(&failure.text()).into_owned();
            text.lines()
                .all(|line| real.words.iter().any(|word| word == line))
        });
        if let Some(failure) = main.or(said.first()).filter(|_| as_predicted) {
            texts.extend(text(stem.clone(), real.words.join("\n"), failure, false));
        }
    }
    for (index, step) in trace.steps.iter().enumerate() {
        let number = index + 1;
        let told = real
            .steps
            .iter()
            .find_map(|line| line.strip_prefix(&format!("{number} error ")));
        if let (Some(failure), Some(told)) = (&step.failure, told)
            && failure.text() == told.as_bytes()
        {
            texts.extend(text(format!("{stem}-{number}"), told.into(), failure, true));
        }
    }
    Ok(texts)
}

/// A rule, and those that may stand first as well since the words do not decide.
type Class = (&'static str, &'static [&'static str]);

/// Rules of messages that have one, whatever stands in their holes: (the ids, the class).
const CLASSES: &[(&[&str], Class)] = &[
    (&["glibc/wrong-class"], ("elf-wrong-class", &[])),
    (&["glibc/file-too-short"], ("elf-file-too-short", &[])),
    (&["glibc/cannot-read"], ("elf-cannot-read", &[])),
    (&["glibc/invalid-header"], ("elf-invalid-header", &[])),
    (
        &[
            "glibc/wrong-endian",
            "glibc/wrong-ident-version",
            "glibc/wrong-version",
            "glibc/wrong-osabi",
            "glibc/wrong-abi-version",
            "glibc/nonzero-padding",
            "glibc/wrong-phentsize",
            "glibc/misaligned-load",
            "glibc/misaligned-load-old",
            "glibc/misaligned-align-old",
        ],
        ("elf-header-refused", &[]),
    ),
    (
        &[
            "glibc/wrong-type",
            "glibc/no-loadable-segments",
            "glibc/executable-as-library",
            "glibc/pie-as-library",
            "glibc/noopen",
            "glibc/no-dynamic-section",
        ],
        ("not-a-shared-library", &[]),
    ),
    (&["glibc/execstack-refused"], ("execstack-refused", &[])),
    (
        &["glibc/map-segment", "glibc/zero-fill"],
        ("map-segment-noexec", &[]),
    ),
    (
        &["glibc/token-in-secure-need", "glibc/empty-token"],
        ("token-in-secure-program", &[]),
    ),
    (
        &["glibc/weak-version-not-found"],
        ("version-not-found", &[]),
    ),
    (
        &["glibc/no-version-information"],
        ("version-information-missing", &[]),
    ),
    (
        &[
            "glibc/verdef-revision",
            "glibc/verneed-revision",
            "glibc/inconsistency",
        ],
        ("ldso-assertion", &[]),
    ),
    (&["glibc/relr-without-marker"], ("relr-without-marker", &[])),
    (
        &["glibc/link-time-reference"],
        ("symver-not-defined-in-file", &[]),
    ),
    (&["glibc/static-tls"], ("static-tls-exhausted", &[])),
    (
        &["glibc/textrel-writable", "glibc/textrel-restore"],
        ("text-relocation-refused", &[]),
    ),
    (
        &[
            "glibc/relocation-type",
            "glibc/plt-relocation-type",
            "musl/unsupported-relocation",
        ],
        ("elf-bad-reloc", &[]),
    ),
    (&["glibc/copy-size"], ("copy-size-differs", &[])),
    (
        &[
            "glibc/copy-of-protected",
            "glibc/direct-reference-to-protected",
            "glibc/indirect-access",
            "glibc/copy-of-protected-refused",
            "glibc/direct-reference-refused",
        ],
        ("protected-symbol-taken", &[]),
    ),
    (
        &["glibc/isa-level", "glibc/cpu-too-old"],
        ("isa-level", &[]),
    ),
    (
        &[
            "glibc/invalid-mode",
            "glibc/dlmopen-global",
            "glibc/dlmopen-null",
            "glibc/no-namespace",
            "glibc/not-open",
            "musl/not-loaded",
            "musl/invalid-handle",
        ],
        ("dlopen-misused", &[]),
    ),
    (
        &["glibc/next-from-nowhere", "musl/dlsym-symbol-not-found"],
        ("dlsym-symbol-missing", &[]),
    ),
    (
        &["glibc/preload-ignored", "glibc/audit-ignored"],
        ("preload-missing", &[]),
    ),
    (
        &[
            "glibc/loads-itself",
            "glibc/loads-itself-old",
            "glibc/cannot-execute",
            "glibc/missing-program",
            "glibc/unknown-option",
            "musl/command-cannot-load",
            "musl/command-not-dynamic",
            "musl/command-usage",
        ],
        ("ldso-misused", &[]),
    ),
    (&["glibc/ifunc-relink"], ("ifunc-relink", &[])),
    (&["musl/initial-exec-tls"], ("musl-initial-exec-tls", &[])),
];

/// The class of a message with these names in it.
fn class_of(failure: &Failure, step: bool) -> Option<Class> {
    let id = failure.message.id;
    if let Some((_, class)) = CLASSES.iter().find(|(ids, _)| ids.contains(&id)) {
        return Some(*class);
    }
    let field =
        |name| String::from_utf8_lossy(failure.field(name).unwrap_or_default()).into_owned();
    let (reason, version, symbol) = (field("reason"), field("version"), field("symbol"));
    let not_found: Class = match reason.as_str() {
        "Permission denied" => ("library-unreadable", &[]),
        "Too many levels of symbolic links" | "Symbolic link loop" => ("library-symlink-loop", &[]),
        "Exec format error" => ("elf-invalid-header", &["library-wrong-machine"]),
        _ if step => ("dlopen-file-not-found", &["library-not-found"]),
        // musl's own programs never ask for glibc's loader.
        _ if field("object").starts_with("ld-linux") => ("musl-glibc-loader-needed", &[]),
        _ => ("library-not-found", &["dlopen-file-not-found"]),
    };
    let is_libstdcxx = version.starts_with("GLIBCXX_") || version.starts_with("CXXABI_");
    Some(match id {
        "glibc/cannot-open" => not_found,
        "musl/load-library" | "musl/dlopen-library" => match reason.as_str() {
            // Nothing but the number of the error is said.
            "Permission denied" => ("library-unreadable", &["map-segment-noexec"]),
            "Exec format error" => (
                "elf-invalid-header",
                &["library-wrong-machine", "not-a-shared-library"],
            ),
            "Is a directory"
            | "No such device"
            | "Operation not permitted"
            | "Invalid argument" => return None,
            _ => not_found,
        },
        "glibc/version-not-found" | "glibc/undefined-symbol" if version == "GLIBC_PRIVATE" => {
            ("glibc-private-mix", &[])
        }
        "glibc/version-not-found" if is_libstdcxx => ("libstdcxx-version-missing", &[]),
        "glibc/version-not-found" if version.starts_with("GLIBC_") => {
            ("glibc-version-missing", &[])
        }
        "glibc/version-not-found" => ("version-not-found", &[]),
        // With a version they also say that the version is there and the symbol is not.
        "glibc/undefined-symbol" if version.is_empty() => {
            ("undefined-symbol", &["dlsym-symbol-missing"])
        }
        "glibc/undefined-symbol" => (
            "undefined-symbol",
            &["symver-not-defined-in-file", "dlsym-symbol-missing"],
        ),
        "glibc/dlsym-undefined" if version.is_empty() => {
            ("dlsym-symbol-missing", &["undefined-symbol"])
        }
        "glibc/dlsym-undefined" => (
            "dlsym-symbol-missing",
            &["symver-not-defined-in-file", "undefined-symbol"],
        ),
        "musl/symbol-not-found" if symbol.starts_with("__") => {
            ("musl-glibc-symbol-missing", &["undefined-symbol"])
        }
        "musl/symbol-not-found" => ("undefined-symbol", &[]),
        _ => return None,
    })
}

/// What `explain` calls the holes of a message.
fn entities(failure: &Failure) -> Vec<(String, String)> {
    let is_the_asker = matches!(
        failure.message.id,
        "glibc/undefined-symbol"
            | "glibc/link-time-reference"
            | "glibc/dlsym-undefined"
            | "musl/symbol-not-found"
            | "musl/initial-exec-tls"
    );
    [
        "object", "requirer", "symbol", "version", "reason", "bits", "file", "provider", "type",
        "program",
    ]
    .into_iter()
    .filter_map(|hole| {
        let value = failure.field(hole)?;
        // Names of the assertion's source file are of no use to anybody.
        if value.is_empty() || hole == "file" && failure.message.id == "glibc/inconsistency" {
            return None;
        }
        let value = String::from_utf8_lossy(value).into_owned();
        let (name, value) = match hole {
            "object" if is_the_asker => ("required_by", value),
            "object" => ("library", value),
            "requirer" => ("required_by", value),
            "bits" => ("have", format!("ELFCLASS{value}")),
            other => (other, value),
        };
        Some((name.to_owned(), value))
    })
    .collect()
}
