//! Whether files are what somebody wrote down of them: digests, and checksum lists.

pub mod bill;
pub mod digest;
pub mod held;
pub mod inventory;
pub mod keep;
pub mod sums;

pub use digest::{Algorithm, Digest};
pub use held::{Held, State};
