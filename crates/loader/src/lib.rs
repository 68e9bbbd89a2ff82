//! What a loader does: `(Request, World)` in, [`Trace`] out. No I/O of its own beyond the [`World`](sayso_world::World), and no way to fail: what is
//! unreadable or unknown becomes an event or a gap.
//!
//! ```
//! use sayso_loader::{Request, Session, Start, Verdict};
//! use sayso_world::live::Live;
//!
//! let world = Live::new();
//! let session = Session::new(&world);
//! let start = Start::Exec { path: "/bin/sh".into(), arguments: vec![b"/bin/sh".to_vec()] };
//! let trace = session.predict(&Request { start, steps: Vec::new(), loader: None, release: None });
//! match &trace.verdict {
//!     Verdict::Loads => println!("loads, with {} objects", trace.load_order.len()),
//!     Verdict::Fails { failure, .. } => println!("{}", String::from_utf8_lossy(&failure.text())),
//!     Verdict::Unknown { gaps } => println!("cannot be known: {gaps:?}"),
//! }
//! ```
//!
//! One session answers any number of requests, from any number of threads, and shares what it has read.
#![forbid(unsafe_code)]

pub mod limits;
pub mod messages;
pub mod request;
pub mod session;
pub mod trace;

pub use kernel::natively;
pub use messages::{Failure, Message};
pub use request::{DlopenFlags, Request, Start, Step};
pub use session::Session;
pub use trace::{
    DifferingPackage, Event, EventId, Gap, GoEnd, GoOutcome, Object, ObjectId, Probe, ProbeOutcome,
    SearchRule, StepOutcome, Trace, Verdict,
};

mod glibc;
mod goplugin;
mod identify;
mod kernel;
mod musl;
mod predict;
