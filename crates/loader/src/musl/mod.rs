//! musl's `ldso/dynlink.c`, releases 1.2.3 to 1.2.6.
//!
//! musl's loader is one file, and simpler than glibc's in ways that users do not expect: every file that opens ends a search,
//! names are compared with the names that libraries were *found* under (never with a soname), run paths are inherited, versions
//! are not looked at (only hidden ones are passed over), everything is bound at start, nothing is ever unloaded, and where glibc
//! has a check and a sentence musl has neither and dies of a signal. The model keeps its functions:
//!
//! | here | there |
//! | --- | --- |
//! | [`search`] | `load_library`, `path_open`, `fixup_rpath` |
//! | [`map`] | `map_library`, `decode_dyn` |
//! | [`dependencies`] | `load_deps`, `extend_bfs_deps`, `load_preload` |
//! | [`symbols`] | `find_sym2`, `get_lfs64` |
//! | [`relocate`] | `reloc_all`, `do_relocs`, `redo_lazy_relocs` |
//! | [`start`], [`command`] | `__dls3` |
//! | [`steps`] | `dlopen`, `dlsym`, `dlclose` |
//!
//! At start the real loader complains of everything that is wrong before it ends with status 127, and so does the model. A failed
//! `dlopen` ends at its first error; the model goes on to the end of the phase (all needs, or all references) to show the rest.

mod architecture;
mod command;
mod dependencies;
mod map;
mod process;
mod release;
mod relocate;
mod search;
mod start;
mod steps;
mod symbols;

pub(crate) use process::Config;
pub(crate) use start::{Invocation, Purpose, run};
