//! Whether files are what somebody wrote down of them: digests, and checksum lists.

pub mod bill;
pub mod digest;
pub mod held;
pub mod inventory;
pub mod keep;
pub mod sums;

pub use digest::{Algorithm, Digest};
pub use held::{Held, State};

use crate::rule::Rule;

/// One thing that is not as somebody wrote it down.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The rule.
    pub rule: &'static Rule,
    /// The file or package.
    pub subject: String,
    /// What is wrong with it.
    pub why: String,
    /// What mends it.
    pub mend: &'static str,
}
