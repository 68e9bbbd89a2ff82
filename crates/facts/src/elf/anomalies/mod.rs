//! What is wrong or inconsistent in a file.
//!
//! Nothing here is a loader's verdict: the loaders check few of these things, read past some of them and crash on others.
//! Each remark compares two places of the file that ought to agree. Section headers take part only here.

mod dynamic;
mod sections;
mod segments;
mod tables;

use super::{Anomaly, Image, Scope};
use crate::limits::ANOMALIES_MAX;

/// Collects remarks up to the limit.
#[derive(Debug)]
struct Remarks {
    found: Vec<Anomaly>,
    /// Of whom the remarks are that come now.
    scope: Scope,
}

impl Remarks {
    fn add(&mut self, offset: Option<u64>, what: impl Into<String>) {
        if self.found.len() < ANOMALIES_MAX {
            self.found.push(Anomaly {
                what: what.into(),
                offset,
                scope: self.scope,
            });
        }
    }
    fn add_if(&mut self, wrong: bool, offset: Option<u64>, what: impl FnOnce() -> String) {
        if wrong {
            self.add(offset, what());
        }
    }
}

impl Image {
    /// What is wrong or inconsistent in this file: tables that lie outside it, counts that disagree, section headers that
    /// contradict `PT_DYNAMIC`. Costs a full look at the tables; ask only when it is shown.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let mut remarks = Remarks {
            found: Vec::new(),
            scope: Scope::Loaders,
        };
        segments::check(self, &mut remarks);
        if let Some(dynamic) = self.dynamic() {
            dynamic::check(self, dynamic, &mut remarks);
            tables::check(self, dynamic, &mut remarks);
        }
        remarks.scope = Scope::Sections;
        sections::check(self, &mut remarks);
        remarks.found
    }
}
