//! How answers are shown: text for people, JSON for programs. Wire types live here only; the domain types know nothing of them.
//!
//! Everything is a pure function from a judged trace to text; printing is the caller's.
#![forbid(unsafe_code)]
#![expect(
    clippy::format_push_string,
    reason = "an answer is laid out once, for a person: clear lines matter more than one allocation"
)]

pub mod difference;
pub mod fix;
pub mod floor;
pub mod github;
pub mod go;
pub mod held;
pub mod image;
pub mod json;
pub mod junit;
mod names;
pub mod remark;
pub mod sarif;
pub mod sbom;
pub mod style;
pub mod sums;
pub mod table;
pub mod text;
pub mod words;

pub use names::{demangled, readable};
pub use style::Style;

pub use sayso_advice::{Answer, Format, Outcome};
