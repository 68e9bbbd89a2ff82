//! Text for people: what, who, why, the fix, on one screen.

mod bill;
mod bundle;
mod check;
mod diff;
mod explain;
mod explain_markdown;
mod fix;
mod floor;
mod gate;
mod go;
mod image;
mod markdown;
mod plan;
mod rules;
mod sums;
mod tree;
mod why;

pub use bill::bill;
pub use bundle::bundle;
pub use check::{brief, check, summary};
pub use diff::{diff, diff_worlds};
pub use explain::explain;
pub use explain_markdown::explain_markdown;
pub use fix::fix;
pub use floor::{floor, floor_brief};
pub(crate) use floor::{lack, violation_sentence};
pub use gate::gate;
pub use go::{go, go_brief};
pub use image::image;
pub use markdown::markdown;
pub use plan::plan;
pub use rules::rules;
pub use sums::sums;
pub use tree::tree;
pub(crate) use tree::{provider, search};
pub use why::{Wanted, why};
