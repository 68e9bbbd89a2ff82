//! Who asked for whom.

use sayso_loader::{ObjectId, Trace};

use crate::limits::ASKERS_MAX;

/// The chain of askers from the program (or the library asked about) down to `object`, both included.
pub fn askers(trace: &Trace, object: ObjectId) -> Vec<ObjectId> {
    let mut chain = vec![object];
    let mut at = trace.object(object);
    while let Some(asker) = at.needed_by {
        if chain.contains(&asker) || chain.len() == ASKERS_MAX {
            break;
        }
        chain.push(asker);
        at = trace.object(asker);
    }
    chain.reverse();
    chain
}
