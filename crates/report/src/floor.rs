//! What `floor` found out.

use sayso_advice::floor::{Floor, Obstacle, Violation};

/// One artifact with its floors.
#[derive(Debug, Clone)]
pub struct Measured {
    /// As the user named it.
    pub named: String,
    /// One for each machine and C library in it.
    pub floors: Vec<Floor>,
    /// What breaks the limits, by place of the floor.
    pub violations: Vec<Vec<Violation>>,
    /// The tags that a wheel's own name claims, with what speaks against each.
    pub claims: Vec<Claim>,
    /// Files that look like programs or libraries and cannot be measured.
    pub unreadable: Vec<String>,
}

/// A tag in a wheel's name.
#[derive(Debug, Clone)]
pub struct Claim {
    /// `manylinux_2_17_x86_64`
    pub tag: String,
    /// What speaks against it; empty: it holds.
    pub obstacles: Vec<Obstacle>,
}

impl Measured {
    /// A limit is broken.
    pub fn is_violated(&self) -> bool {
        self.violations.iter().any(|found| !found.is_empty())
    }
}
