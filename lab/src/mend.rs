//! The cases that fail, mended: a plan that sayso offers is carried out in the folder, and the real loader is asked again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sayso_advice::mend::{Action, Mending, Step, edited, mend};
use sayso_world::TargetPath;

use crate::case::Case;
use crate::recorded;
use crate::release::Unpacked;
use crate::root::{Folder, Mounted};
use crate::told::{End, Told};

/// What came of one case.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing is wrong with it.
    Fine,
    /// The plan was carried out, and this is what the real loader did then.
    Mended(Told),
    /// No plan: rules that say what is left.
    Left(Vec<&'static str>),
}

/// Mends one case on one release.
///
/// # Errors
/// The folder cannot be filled or changed, or the program not be launched.
pub fn attempt(case: &Case, release: &Unpacked) -> Result<Outcome> {
    let mut fixture = case.fixture.clone();
    fixture.machine.release = Some(release.number);
    let folder = Folder::new(&fixture, release).context("cannot write the world")?;
    let world = Mounted::new(&folder, &fixture)
        .map_err(|errno| anyhow::anyhow!("{}", errno.glibc_text()))?;
    match mend(&world, &fixture.request()) {
        Mending::Loads => Ok(Outcome::Fine),
        Mending::Cannot { left, .. } => Ok(Outcome::Left(
            left.iter().map(|finding| finding.rule.name).collect(),
        )),
        Mending::Plan(steps) => {
            carry_out(&folder, &world, &steps)?;
            Ok(Outcome::Mended(recorded::record(&fixture, &folder)?))
        }
    }
}

/// Does what the plan says, by hand.
fn carry_out(folder: &Folder, world: &Mounted, steps: &[Step]) -> Result<()> {
    let place = |path: &TargetPath| -> PathBuf {
        folder.path().join(path.to_string().trim_start_matches('/'))
    };
    for (file, bytes) in edited(world, steps) {
        sayso_edit::write::replace(
            &place(&file),
            &bytes,
            &sayso_edit::write::Options::default(),
        )?;
    }
    for action in steps.iter().flat_map(|step| &step.actions) {
        match action {
            Action::Mode { path, mode } => {
                fs::set_permissions(place(path), fs::Permissions::from_mode(*mode))?;
            }
            Action::Refresh { .. } => {
                let done = Command::new("/sbin/ldconfig")
                    .arg("-r")
                    .arg(folder.path())
                    .output()?;
                ensure!(
                    done.status.success(),
                    "ldconfig: {}",
                    String::from_utf8_lossy(&done.stderr)
                );
            }
            Action::Edit { .. } => {}
        }
    }
    Ok(())
}

/// It ran to its end, and every step went well.
pub fn loads(told: &Told) -> bool {
    told.end == End::Exit(0) && told.steps.iter().all(|step| !step.contains(" error "))
}
