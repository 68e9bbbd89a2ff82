//! JSON for programs. Fields are added, never renamed or taken away; each command has its schema under `schemas/`.

mod base64;
mod bill;
mod bundle;
mod check;
mod diff;
mod explain;
mod fix;
mod floor;
mod gate;
mod go;
mod image;
mod rules;
mod snapshot;
mod sums;
mod tree;
mod why;

pub use bill::bill;
pub use bundle::bundle;
pub use check::{Part, check, result, result_in};
pub use diff::diff;
pub(crate) use explain::likelihood;
pub use explain::{FileRow, explain};
pub use fix::{fix, plans};
pub use floor::floor;
pub use gate::gate;
pub use go::go;
pub use image::image;
pub use rules::rules;
pub use snapshot::{read_snapshot, snapshot};
pub use sums::sums;
pub use tree::tree;
pub use why::why;

use serde::Serialize;

/// The value as one line. Our wire types are plain data, which always can be written.
pub(crate) fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
