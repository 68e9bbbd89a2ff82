//! What `sbom --verify` answers.

use sayso_advice::integrity::bill::{Claims, Held};

/// A bill that was held against files.
pub struct HeldBill<'a> {
    /// Its name.
    pub bill: &'a str,
    /// What it says.
    pub claims: &'a Claims,
    /// Loadable files that were looked at.
    pub files: usize,
    /// What came of it.
    pub held: &'a Held,
    /// Package databases that are not read.
    pub unread: &'a [String],
}
