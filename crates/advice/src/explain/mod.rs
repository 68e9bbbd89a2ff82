//! From a pasted text to the rule that explains it.

mod heard;
pub mod wrappers;

pub use heard::{Heard, Hearing, Likelihood, Surroundings, certain, nothing, one_of_several};
