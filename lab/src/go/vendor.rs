//! Third-party modules from Debian's packages of Go sources, as a vendor folder: links to what is unpacked, and the list that
//! `go build -mod=vendor` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::case::{Recipe, Shared};
use super::toolchain;

/// Modules by path, and the versions that Debian 12 has of them (`xtask/src/provision/go.rs` names the packages).
const MODULES: &[(&str, &str)] = &[
    ("github.com/beorn7/perks", "v1.0.1"),
    ("github.com/cespare/xxhash/v2", "v2.1.1"),
    ("github.com/golang/protobuf", "v1.5.2"),
    ("github.com/matttproud/golang_protobuf_extensions", "v1.0.1"),
    ("github.com/prometheus/client_golang", "v1.14.0"),
    ("github.com/prometheus/client_model", "v0.3.0"),
    ("github.com/prometheus/common", "v0.39.0"),
    ("github.com/prometheus/procfs", "v0.8.0"),
    ("golang.org/x/net", "v0.7.0"),
    ("golang.org/x/sys", "v0.3.0"),
    ("golang.org/x/text", "v0.7.0"),
    (
        "google.golang.org/genproto",
        "v0.0.0-20200413115906-b5235f65be36",
    ),
    ("google.golang.org/grpc", "v1.33.3"),
    ("google.golang.org/protobuf", "v1.28.1"),
];

fn folder() -> PathBuf {
    crate::workspace().join("target/provision/go/third-party/usr/share/gocode/src")
}

/// Whether Debian's third-party modules are unpacked.
pub(super) fn are_here() -> bool {
    crate::workspace()
        .join("target/provision/go/third-party/package")
        .exists()
}

/// What this recipe needs and is not here.
pub(super) fn missing(recipe: &Recipe) -> Option<String> {
    let release = recipe.release.as_ref();
    if let Some(release) = release.filter(|release| toolchain::find(release).is_none()) {
        return Some(format!("Go {release}"));
    }
    (recipe.shared == Shared::ThirdParty && !are_here()).then(|| "third-party Go modules".into())
}

/// Where a module lies. Debian keeps a second major version where the first would be.
fn unpacked(module: &str) -> PathBuf {
    folder().join(module.trim_end_matches("/v2"))
}

/// Lines of go.mod.
pub(super) fn requirements() -> String {
    MODULES
        .iter()
        .fold(String::new(), |mut text, (path, version)| {
            let _ = writeln!(text, "require {path} {version}");
            text
        })
}

/// Lines of vendor/modules.txt: every module with every package in it.
pub(super) fn list() -> Result<String> {
    let mut packages: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for &(module, _) in MODULES {
        let mut folders = vec![module.to_owned()];
        while let Some(at) = folders.pop() {
            let path = unpacked(module).join(at[module.len()..].trim_start_matches('/'));
            let entries =
                fs::read_dir(&path).with_context(|| format!("no {module} is unpacked"))?;
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type()?.is_dir() {
                    folders.push(format!("{at}/{name}"));
                } else if Path::new(&name)
                    .extension()
                    .is_some_and(|ending| ending == "go")
                {
                    packages.entry(module).or_default().insert(at.clone());
                }
            }
        }
    }
    let mut text = String::new();
    for (path, version) in MODULES {
        let _ = writeln!(text, "# {path} {version}\n## explicit; go 1.19");
        for package in packages.get(path).into_iter().flatten() {
            let _ = writeln!(text, "{package}");
        }
    }
    Ok(text)
}

/// Puts a link for each module into a vendor folder.
pub(super) fn link(vendor: &Path) -> Result<()> {
    for (module, _) in MODULES {
        let to = vendor.join(module);
        if to.symlink_metadata().is_err() {
            fs::create_dir_all(to.parent().unwrap_or(vendor))?;
            std::os::unix::fs::symlink(unpacked(module).canonicalize()?, to)?;
        }
    }
    Ok(())
}
