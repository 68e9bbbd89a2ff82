//! Every limit of this crate, by name.

/// Program headers beyond this many are not read (`e_phnum` itself allows 65,535).
pub const PROGRAM_HEADERS_MAX: usize = 4096;
