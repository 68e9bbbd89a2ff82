//! The lab: worlds as text are put into a folder together with a real loader, the real loader is asked, and what it did is compared
//! with what was predicted: the words, the exit status, the objects in load order, every path tried, every step.
//!
//! No expected output is written down anywhere: the real loader is asked each time. `docs/lab.md` says how to add a case.

pub mod bench;
pub mod bindings;
pub mod case;
pub mod census;
pub mod compare;
pub mod edit;
pub mod go;
pub mod images;
pub mod mend;
pub mod predicted;
pub mod random;
pub mod recorded;
pub mod release;
pub mod root;
mod sandbox;
pub mod texts;
pub mod told;

use std::path::PathBuf;

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    let lab = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    lab.parent().map_or(lab.clone(), PathBuf::from)
}

/// Why the lab cannot work here, if it cannot. With `CI=true` the caller makes this a failure, otherwise a loud skip.
pub fn cannot_work() -> Option<String> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Some("the lab's loaders are x86-64 Linux".into());
    }
    if !sandbox::is_root() {
        return Some("the lab changes root directories and users: it must be run by root".into());
    }
    if release::provisioned().is_empty() {
        return Some("no loader release is unpacked: cargo xtask provision".into());
    }
    None
}

/// Whether something missing is a failure.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}
