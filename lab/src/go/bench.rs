//! A large host and two plugins for the benchmark: one that fits, and one of which every package differs.

use anyhow::{Context as _, Result, ensure};

use super::record::Stage;
use super::{case, facts, toolchain, vendor};

/// Bytes that the host carries with it, beside its code.
const EMBEDDED: usize = 80 << 20;

/// The newest release stands for all.
const RELEASE: &str = "1.27.3";

/// A stage with `host`, `fits.so` and `differs.so`, and how large it is.
#[derive(Debug)]
pub struct Large {
    /// Where they are.
    pub stage: Stage,
    /// Bytes of the host's file.
    pub host_bytes: u64,
    /// Packages that the plugin shares with it.
    pub packages: usize,
}

/// What is not here, if it cannot be built.
pub fn missing() -> Option<&'static str> {
    let missing = toolchain::find(RELEASE).is_none() || !vendor::are_here();
    missing.then_some("Go and third-party modules: cargo xtask provision")
}

/// Builds them, or takes them from the cache.
///
/// # Errors
/// They cannot be built.
pub fn large() -> Result<Large> {
    let cases = case::all()?;
    let case = cases
        .iter()
        .find(|case| case.name == "third-party-trimpath");
    let case = case.context("no case third-party-trimpath")?;
    let (_, mut case) = case.on_release(RELEASE).pop().context("no question")?;
    // Text that does not repeat, so that nothing on the way can make it smaller.
    let mut state = 1_u64;
    let data: String = (0..EMBEDDED)
        .map(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            char::from(b' ' + ((state >> 33) % 95) as u8)
        })
        .collect();
    let code = "package main\n\nimport _ \"embed\"\n\n//go:embed data.txt\nvar Data string\n\nfunc init() {\n\tif Data[len(Data)/2] == 0 {\n\t\tpanic(Data)\n\t}\n}\n";
    for (name, text) in [("host/embed.go", code), ("host/data.txt", &data)] {
        case.host
            .edits
            .push((name.into(), String::new(), text.into()));
    }
    let plugin = case.plugins.first_mut().context("no plugin")?;
    plugin.name = "fits.so".into();
    let mut other = plugin.clone();
    other.name = "differs.so".into();
    other.flags.retain(|flag| flag != "-trimpath");
    case.plugins.push(other);
    let stage = Stage::set(&case, "bench")?;
    let offered = |name| -> Result<Vec<String>> {
        let program = facts::read(&stage.folder().join(name))?.context("no Go program")?;
        let packages = program.offered_hashes.into_iter();
        Ok(packages.map(|offered| offered.package).collect())
    };
    let (host, plugin) = (offered("host")?, offered("fits.so")?);
    let shared = plugin.iter().filter(|package| host.contains(package));
    let packages = shared.count();
    let host_bytes = stage.folder().join("host").metadata()?.len();
    ensure!(host_bytes > EMBEDDED as u64, "the data is not in the host");
    Ok(Large {
        stage,
        host_bytes,
        packages,
    })
}
