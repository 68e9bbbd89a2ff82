//! What is shown of an image.

use sayso_advice::survey::{Change, Group, Skipped, Start};
use sayso_advice::{Finding, Outcome};
use std::collections::BTreeMap;

pub use sayso_advice::survey::Role;

/// A whole image with its answer.
#[derive(Debug, Default)]
pub struct ImageAnswer {
    /// The file or folder as the user named it.
    pub named: String,
    /// `linux/amd64`; `None`: nothing says it.
    pub platform: Option<String>,
    /// Its layers, the lowest first; none of a folder.
    pub layers: Vec<LayerAnswer>,
    /// Why nothing was judged: a sentence.
    pub refused: Option<String>,
    /// What becomes of its command.
    pub start: Start,
    /// Which layers made its command fail.
    pub start_blame: Vec<Change>,
    /// How many files of each role ended how.
    pub tally: Tally,
    /// What does not load, grouped by reason.
    pub groups: Vec<Group>,
    /// Remarks about the image as a whole.
    pub findings: Vec<Finding>,
    /// Which layers each of them is about, in their order.
    pub findings_blame: Vec<Vec<Change>>,
    /// What was not judged.
    pub skipped: Skipped,
}

/// One layer.
#[derive(Debug, Clone, Default)]
pub struct LayerAnswer {
    /// Digest of the layer's blob, as the image names it.
    pub digest: String,
    /// Digest of the unpacked layer.
    pub diff_id: Option<String>,
    /// The line of the image's history that made it.
    pub created_by: Option<String>,
}

/// How many files of each role ended how.
pub type Tally = BTreeMap<(Role, Outcome), usize>;

impl ImageAnswer {
    /// Something would not load, or the command does not start.
    pub fn fails(&self) -> bool {
        self.start.starts == Some(false)
            || self
                .tally
                .iter()
                .any(|((_, outcome), count)| *outcome == Outcome::Fails && *count > 0)
    }
}
