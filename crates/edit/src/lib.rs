//! Changes a file so that it loads, and as little else as possible.
//!
//! [`elf::apply`] turns an image and a list of [`elf::Edit`]s into new bytes. It writes where the old value stood if the new
//! one fits, else into what the linker left free, else into one more `PT_LOAD` behind everything, and moves nothing that
//! did not grow. Then it reads its own output back and compares every fact: what was not asked for must not differ.
//! [`write::replace`] puts new bytes in the place of a file, whole or not at all.
#![forbid(unsafe_code)]

pub mod elf;
pub mod limits;
pub mod write;
