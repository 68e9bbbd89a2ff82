//! What `diff` answers about one file in two worlds.

use sayso_advice::difference::Difference;
use sayso_world::TargetPath;

use crate::Answer;

/// One file in two worlds.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The file, as the user named it.
    pub named: TargetPath,
    /// The two answers.
    pub answers: [Answer; 2],
    /// In what they differ.
    pub difference: Difference,
}
