//! Whole systems that are healthy: nothing in them may be called broken.

use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use sayso_advice::survey::{self, Checked};
use sayso_advice::{Asking, Outcome};
use sayso_loader::Session;
use sayso_world::root::Root;
use sayso_world::{Cpu, Machine};

/// Files that any of the systems has at least: fewer would mean that nobody looked.
const FEWEST: usize = 600;

/// The systems that were provisioned.
pub fn roots() -> Vec<PathBuf> {
    let home = crate::workspace().join("target/provision");
    ["bullseye", "bookworm", "trixie"]
        .iter()
        .map(|suite| home.join(format!("root-{suite}")))
        .filter(|root| root.join("package").exists())
        .collect()
}

/// Every program, library and extension of a system, on the least processor.
///
/// # Errors
/// What is called broken.
pub fn check_root(root: &std::path::Path) -> Result<()> {
    let machine = Machine {
        cpu: Cpu::of_level(1),
        ..Machine::default()
    };
    let world = Root::open(root.as_os_str().as_bytes(), machine)
        .map_err(|errno| anyhow::anyhow!("{}", errno.glibc_text()))
        .context("the root cannot be read")?;
    let session = Session::new(&world);
    let survey = survey::survey(&world, &session, &Asking::default(), |checked: Checked| {
        let fine = checked.answer.outcome() == Outcome::Loads;
        (!fine).then(|| sayso_advice::show(&checked.answer.named))
    });
    let count = survey.files.len();
    let broken: Vec<String> = survey.files.into_iter().flatten().collect();
    ensure!(count >= FEWEST, "only {count} files were looked at");
    ensure!(
        broken.is_empty(),
        "{} of {count} are called broken: {broken:?}",
        broken.len()
    );
    let remarks: Vec<&str> = survey
        .findings
        .iter()
        .map(|finding| finding.rule.name)
        .collect();
    ensure!(
        remarks.is_empty(),
        "remarks about a healthy system: {remarks:?}"
    );
    Ok(())
}
