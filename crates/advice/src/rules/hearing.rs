//! What several rules ask of a pasted text.

use super::prelude::*;

/// A text that says that a library was not found.
pub(super) struct Missing {
    /// The name that was looked for.
    pub(super) name: String,
    /// Who needs it, if the text says so.
    pub(super) requirer: Option<String>,
    /// The program that was started, if the text is of a start.
    pub(super) program: Option<String>,
}

/// The text says that a library was not found, and gives no other reason than that; glibc's and musl's words for it.
pub(super) fn missing(heard: &Heard) -> Option<Missing> {
    let search = ["glibc/cannot-open", "musl/load-library", "musl/dlopen-library", "bionic/library-not-found", "bionic/needed-not-found", "rtld/not-found", "rtld/not-found-required"];
    if !search.contains(&heard.message.id) || is_denied(heard) || is_loop(heard) || is_exec_format(heard) {
        return None;
    }
    let text = |field: &str| Some(heard.text(field)).filter(|text| !text.is_empty());
    Some(Missing {
        name: text("object")?,
        requirer: text("requirer"),
        program: heard.program.as_ref().map(show),
    })
}

impl Missing {
    /// It was asked for by a path, so that nothing was searched.
    pub(super) fn is_path(&self) -> bool {
        self.name.contains('/')
    }
    /// "libssl" of "libssl.so.1.1".
    pub(super) fn stem(&self) -> &str {
        stem(&self.name)
    }
    /// Who needs it, in words; empty if the text does not say.
    pub(super) fn asker(&self) -> String {
        match (&self.requirer, &self.program) {
            (Some(asker), _) | (None, Some(asker)) => format!(", which {asker} needs"),
            (None, None) => String::new(),
        }
    }
    /// One of glibc's own libraries: every machine with glibc has them for its own kind of program.
    pub(super) fn is_of_glibc(&self) -> bool {
        const OWN: &[&str] = &["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2"];
        OWN.contains(&self.name.as_str())
    }
}

/// What stands before ".so" or the last dot of a file's name.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.find(".so") {
        Some(at) if at > 0 => &file[..at],
        _ => file.split('.').next().unwrap_or(file),
    }
}

/// Everything that the text gives as a reason.
fn reason(heard: &Heard) -> String {
    format!("{} {}", heard.text("reason"), heard.text("error"))
}

/// The reason is EACCES.
pub(super) fn is_denied(heard: &Heard) -> bool {
    reason(heard).contains("Permission denied")
}

/// The reason is ELOOP (musl's words and glibc's).
pub(super) fn is_loop(heard: &Heard) -> bool {
    let reason = reason(heard);
    reason.contains("Too many levels of symbolic links") || reason.contains("Symbolic link loop")
}

/// The reason is ENOEXEC.
pub(super) fn is_exec_format(heard: &Heard) -> bool {
    reason(heard).contains("Exec format error")
}

/// musl's or the kernel's world: the text comes from Alpine.
pub(super) fn is_alpine(heard: &Heard) -> bool {
    heard.speaker() == Speaker::Musl || matches!(heard.surroundings.distribution, Some("alpine" | "wolfi"))
}

/// A name of glibc's loader (`ld-linux-x86-64.so.2`).
pub(super) fn is_glibc_loader(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("ld-linux") || file == "ld64.so.2" || file == "ld64.so.1"
}

/// A name of musl's loader or C library.
pub(super) fn is_musl_libc(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("libc.musl-") || file.starts_with("ld-musl-")
}

/// "in the container", where the text is of one.
pub(super) fn inside(heard: &Heard) -> &'static str {
    if heard.surroundings.container { " (in the container, not on the host)" } else { "" }
}

/// A long list of releases as a sentence of those that are still looked after, oldest first: "Debian 12 (glibc 2.36), …".
pub(super) fn release_list(releases: &[packages::Release], number: impl Fn(&packages::Release) -> String) -> String {
    let mut names: Vec<String> = Vec::new();
    for release in releases {
        names.push(format!("{} ({})", release.name, number(release)));
    }
    enumerate(&names)
}

/// Numbers with dots between.
pub(super) fn dotted(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}
