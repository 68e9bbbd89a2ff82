//! Tests of the facts through the public interface, one binary for quick builds.

mod corpus;
mod elf;
mod exercise;
mod go;
#[expect(
    clippy::disallowed_types,
    reason = "files of this machine, not of a target"
)]
mod real;
mod robust;
#[expect(
    clippy::disallowed_types,
    reason = "files of this machine, not of a target"
)]
mod rpm;
mod sample;
