//! What a Go answer means: why `plugin.Open` refuses, and what to type so that it does not.
//!
//! [`sides::Side`] is what one file tells of its build. [`causes::of_mismatch`] compares two sides where packages differ and names every
//! difference that is known to move a package's hash (measured, not guessed: `docs/go.md`), with what shows it. [`repair`] turns the
//! host's side into commands. [`judge()`] walks the steps of a trace and puts all of it together.

pub mod c_abi;
pub mod causes;
pub mod gomod;
pub mod imports;
pub mod judge;
pub mod libc;
mod lookups;
pub mod repair;
pub mod sides;
pub mod skeleton;
pub mod words;

pub use causes::Reason;
pub use judge::{Judgement, judge};
pub use lookups::lookup_hint;
pub use sides::Side;
