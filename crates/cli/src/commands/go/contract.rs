//! What a host expects of its plugins: `--lookup`, and `--contract` with a `sayso.toml`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use anyhow::{Context, anyhow};
use sayso_advice::settings::contract;
pub(super) use sayso_advice::settings::contract::Expected;
use sayso_advice::show;

/// `NAME` or `NAME:TYPE`.
pub(super) fn of_option(text: &OsString) -> anyhow::Result<Expected> {
    let shown = show(text.as_bytes());
    let text = text
        .to_str()
        .with_context(|| format!("--lookup {shown} is not UTF-8, and Go names are"))?;
    Expected::of_option(text).map_err(|why| anyhow!("--lookup {shown}: {why}"))
}

/// The names of a contract, sorted.
pub(super) fn read(file: &OsString) -> anyhow::Result<Vec<Expected>> {
    let shown = show(file.as_bytes());
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the contract {shown}"))?;
    contract::read(&text).with_context(|| format!("the contract {shown}"))
}
