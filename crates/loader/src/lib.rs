//! What a loader does: `(Request, World)` in, [`Trace`] out. No I/O of its own beyond the [`World`](sayso_world::World), and no way to fail: what is
//! unreadable or unknown becomes an event or a gap.
#![forbid(unsafe_code)]

pub mod limits;
pub mod messages;
pub mod request;
pub mod session;
pub mod trace;

pub use messages::{Failure, Message};
pub use request::{DlopenFlags, Request, Start, Step};
pub use session::Session;
pub use trace::{
    Event, EventId, Gap, Object, ObjectId, Probe, ProbeOutcome, SearchRule, StepOutcome, Trace,
    Verdict,
};

mod glibc;
mod identify;
mod kernel;
mod musl;
mod predict;
