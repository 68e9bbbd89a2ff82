//! glibc's `ld.so`.
//!
//! The model follows the real one function by function, because users see its seams: which directory is remembered as absent,
//! which `errno` is left over when the text is made, in which order objects are relocated. [`Process`] is the loader's memory
//! (`GL(dl_ns)`, `struct link_map`); [`search`] is `elf/dl-load.c`; [`dependencies`] is `elf/dl-deps.c`; [`versions`] is
//! `elf/dl-version.c`; [`symbols`] is `elf/dl-lookup.c`; [`relocate`] is `elf/dl-reloc.c`; [`dlopen`] is `elf/dl-open.c` and
//! `elf/dl-close.c`; [`start`] is `elf/rtld.c`.
//!
//! One deliberate difference: after the first failure the real loader is gone, and the model goes on as if that one thing were
//! mended, so that a user sees everything at once. What came first is [`crate::Verdict::Fails`].

mod audit;
mod cache;
mod command;
mod dependencies;
mod dlclose;
mod dlopen;
mod indirect;
mod paths;
mod process;
mod protected;
mod release;
mod relocate;
mod search;
mod sort;
mod start;
mod symbols;
mod tls;
mod tunables;
mod verify;
mod versions;

pub(crate) use cache::Cache;
pub(crate) use paths::suffixes;
pub(crate) use process::{Ahead, Config};
pub(crate) use release::Rules;
pub(crate) use start::{Invocation, Loaded, Purpose, run};
pub(crate) use tunables::Tunables;
