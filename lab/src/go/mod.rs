//! Go plugins on real toolchains: a case says how a host and its plugins are built and what the host then does; they are built,
//! the host is run, and what it told is compared with what was predicted. `docs/lab.md` says how to add a case.

pub mod bench;
pub mod build;
pub mod c_shared;
pub mod case;
pub mod check;
pub mod command;
pub mod confirmed;
pub mod facts;
pub mod files;
pub mod matrix;
pub mod predicted;
pub mod record;
pub mod repair;
pub mod skeleton;
pub mod toolchain;
mod vendor;

use std::path::PathBuf;

/// Sources of hosts, plugins and tools, and the cases.
pub fn sources() -> PathBuf {
    crate::workspace().join("lab/go")
}

/// What is built, Go's build cache, and the folders in which hosts run. Nothing in it is needed: it only saves time.
pub fn home() -> PathBuf {
    let provision = crate::workspace().join("target/provision");
    // Go hashes paths, so two working copies that share the folder must call it by one name.
    let provision = provision.canonicalize().unwrap_or(provision);
    provision.join("go-lab")
}

/// Why the lab of Go plugins cannot work here, if it cannot. With `CI=true` the caller makes this a failure.
pub fn cannot_work() -> Option<String> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Some("the lab's Go toolchains are x86-64 Linux".into());
    }
    if toolchain::provisioned().is_empty() {
        return Some("no Go toolchain is unpacked: cargo xtask provision".into());
    }
    None
}
