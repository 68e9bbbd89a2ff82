//! The policy that holds here: `--policy FILE`, or the nearest `sayso.toml` upwards with a table `[policy]`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sayso_advice::policy::Policy;
use sayso_advice::settings::has_policy;
use sayso_advice::show;

/// What the file is called.
pub(crate) const FILE: &str = "sayso.toml";
/// Folders that are looked into on the way up.
const UPWARDS_MAX: usize = 64;

/// A policy with the file that it was read from.
pub(crate) struct Named {
    pub(crate) file: String,
    pub(crate) policy: Policy,
}

/// The named file, which has to be a policy.
pub(crate) fn read(file: &OsString) -> anyhow::Result<Named> {
    of(Path::new(file))
}

/// The nearest one from the working directory upwards; a `sayso.toml` without a table `[policy]` is passed over.
pub(crate) fn find() -> anyhow::Result<Option<Named>> {
    let here = std::env::current_dir().context("cannot tell the working directory")?;
    for (up, folder) in here.ancestors().take(UPWARDS_MAX).enumerate() {
        let file = folder.join(FILE);
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        if has_policy(&text) == Some(false) {
            continue;
        }
        // Near files are shown as one would type them.
        let shown: PathBuf = if up < 3 {
            std::iter::repeat_n("..", up)
                .collect::<PathBuf>()
                .join(FILE)
        } else {
            file
        };
        return named(&shown, &text).map(Some);
    }
    Ok(None)
}

fn of(file: &Path) -> anyhow::Result<Named> {
    let shown = show(file.as_os_str().as_bytes());
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the policy {shown}"))?;
    ensure!(
        !text.trim().is_empty(),
        "the policy {shown} is empty: nothing would be checked"
    );
    named(file, &text)
}

fn named(file: &Path, text: &str) -> anyhow::Result<Named> {
    let file = show(file.as_os_str().as_bytes());
    let policy = Policy::read(text).with_context(|| format!("the policy {file}"))?;
    Ok(Named { file, policy })
}
