//! One file a command.

pub(crate) mod bundle;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod fix;
mod fix_auto;
pub(crate) mod floor;
pub(crate) mod gate;
pub(crate) mod go;
mod image;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod rules;
pub(crate) mod sbom;
pub(crate) mod snapshot;
pub(crate) mod sums;
pub(crate) mod tree;
pub(crate) mod why;
