//! What the rules of dyld ask of a pasted text.

use super::prelude::*;

/// A library that was needed or opened did not load: the reason tells which rule it is.
pub(super) const LOADS: &[&str] = &[
    "dyld/library-not-loaded",
    "dyld/library-not-loaded-quoted",
    "dyld/library-not-loaded-old",
    "dyld/premapped-missing",
    "dyld/tried",
    "dyld/at-path-denied",
    "dyld/no-suitable-image",
    "dyld/image-not-found",
    "dyld/no-run-paths",
    "dyld/no-run-paths-used",
    "dyld/closure-tried",
    "dyld/closure-tried-invalid",
    "dyld/closure-tried-old",
    "dyld/closure-dependent",
    "dyld/closure-file-not-found",
    "dyld/inserted-library",
    "dyld/inserted-library-old",
    "dyld/inserted-library-hardened",
    "dyld/no-such-file",
    "dyld/not-a-file",
    "dyld/stat-errno",
    "dyld/dylib-not-found",
    "dyld/lazy-load",
    "dyld/not-already-loaded",
];

/// What dyld says of a file for another processor.
pub(super) const ARCHITECTURE: &[&str] = &[
    "dyld/architecture",
    "dyld/architecture-quoted",
    "dyld/architecture-old",
    "dyld/missing-slice",
    "dyld/missing-slice-quoted",
    "dyld/missing-slice-old",
    "dyld/missing-compatible-arch",
    "dyld/arm64-in-arm64e",
    "dyld/cpu-subtype",
];

/// Of a file for another platform.
pub(super) const PLATFORM: &[&str] = &[
    "dyld/platform",
    "dyld/platform-quoted",
    "dyld/platform-old",
    "dyld/platform-older",
    "dyld/simulator-library",
    "dyld/wrong-platform",
    "dyld/simulator-root",
    "dyld/simulator-root-old",
    "dyld/simulator-mismatch",
];

/// Of a signature.
pub(super) const SIGNATURE: &[&str] = &[
    "dyld/signature-not-valid",
    "dyld/signature-not-valid-old",
    "dyld/signature-invalid",
    "dyld/signature-invalid-old",
    "dyld/signature-invalid-older",
    "dyld/signature-fcntl",
    "dyld/signature-fcntl-old",
    "dyld/signature-short",
    "dyld/signature-short-old",
    "dyld/signature-segment",
    "dyld/signing-mmap",
    "dyld/different-team-ids",
    "dyld/no-team-id",
    "dyld/no-cdhash",
    "dyld/system-policy",
];

/// Of what the program may not do.
pub(super) const RESTRICTED: &[&str] = &[
    "dyld/sandbox",
    "dyld/sandbox-mmap",
    "dyld/sandbox-open",
    "dyld/sandbox-call",
    "dyld/protected-system-library",
    "dyld/relative-path-hardened",
    "dyld/relative-path-hardened-old",
    "dyld/relative-path-closure",
    "dyld/at-path-denied",
    "dyld/run-path-ignored",
    "dyld/run-path-token-ignored",
    "dyld/unsafe-token",
];

/// Of a file that is no Mach-O library.
pub(super) const NO_LIBRARY: &[&str] = &[
    "dyld/not-mach-o",
    "dyld/not-mach-o-slice",
    "dyld/not-mach-o-magic",
    "dyld/mach-o-magic",
    "dyld/not-mach-o-old",
    "dyld/static-library",
    "dyld/file-type-old",
    "dyld/link-bundle",
    "dyld/link-executable",
    "dyld/dlopen-executable",
    "dyld/executable-old",
    "dyld/file-type",
    "dyld/no-dynamic-access",
    "dyld/not-a-library",
    "dyld/closure-not-a-library",
];

/// Of the same load command twice.
pub(super) const DUPLICATE: &[&str] = &["dyld/duplicate-lc-rpath", "dyld/duplicate-linked-dylib"];

/// A message of one of these ids is it or stands in it.
pub(super) fn says(heard: &Heard, ids: &[&str]) -> bool {
    ids.iter().any(|id| heard.says(id))
}

/// The library or file that a sentence is about: the one that was wanted, else the one that was tried.
pub(super) fn library(heard: &Heard) -> String {
    let of_parts = || {
        heard
            .parts
            .iter()
            .find_map(|said| said.fields.get("object").map(show))
    };
    let of_frames = || {
        heard
            .frames
            .iter()
            .find_map(|said| said.fields.get("path").map(show))
    };
    Some(heard.text("object"))
        .filter(|name| !name.is_empty())
        .or_else(of_frames)
        .or_else(of_parts)
        .unwrap_or_else(|| "the library".to_owned())
}

/// Who needs it; empty if the text does not say.
pub(super) fn requirer(heard: &Heard) -> String {
    heard.text("requirer")
}

/// ", which X needs".
pub(super) fn asker(heard: &Heard) -> String {
    match requirer(heard) {
        requirer if requirer.is_empty() => String::new(),
        requirer => format!(", which {requirer} needs"),
    }
}

/// A field of the message or of a part.
pub(super) fn said(heard: &Heard, field: &str) -> String {
    let own = heard.text(field);
    if !own.is_empty() {
        return own;
    }
    heard
        .parts
        .iter()
        .find_map(|said| said.fields.get(field).map(show))
        .unwrap_or_default()
}

/// The file of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What dyld says of a library that is too old.
pub(super) const VERSION: &[&str] = &[
    "dyld/incompatible-version",
    "dyld/closure-incompatible-version",
];

/// It is one of the reasons that another rule is about.
pub(super) fn has_other_reason(heard: &Heard) -> bool {
    [
        ARCHITECTURE,
        PLATFORM,
        SIGNATURE,
        NO_LIBRARY,
        DUPLICATE,
        VERSION,
    ]
    .iter()
    .any(|ids| says(heard, ids))
        || says(heard, super::macho_damaged::DAMAGE)
}
