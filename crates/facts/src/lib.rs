//! What one file says about itself: bytes in, [`Binary`] out.
//!
//! Pure: no I/O, no loader rule. ELF is read as a loader reads it, through the program headers and `PT_DYNAMIC`;
//! section headers are only evidence to compare with. Malformed parts are facts ([`elf::Anomaly`]), not errors,
//! because the loader meets them too. Nothing here panics on any input, and nothing allocates more than a small
//! multiple of the input.
//!
//! ```
//! use sayso_facts::Binary;
//! use sayso_facts::elf::gnu_hash;
//!
//! # fn main() -> std::io::Result<()> {
//! let bytes = std::fs::read(std::env::current_exe()?)?;
//! if let Binary::Elf(image) = Binary::parse(bytes.into()) {
//!     for name in image.needed() {
//!         println!("needs {}", name.escape_ascii());
//!     }
//!     // Names are found as the loader finds them, through the file's own hash table.
//!     let name = b"no_such_symbol";
//!     assert_eq!(image.lookup(name, gnu_hash(name)).next(), None);
//! }
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod elf;
pub mod go;
pub mod limits;
mod magic;
pub mod rpm;
pub mod script;

pub use magic::Magic;

use bytes::Bytes;

/// What kind of file the bytes are, and what they say.
#[derive(Debug, Clone)]
pub enum Binary {
    /// An ELF file whose identification and file header could be read.
    Elf(Box<elf::Image>),
    /// A `#!` script.
    Script(script::Shebang),
    /// Anything else, with what its first bytes suggest it is.
    Other(Magic),
}

impl Binary {
    /// Reads what the bytes are. Never fails: what cannot be read is [`Binary::Other`].
    pub fn parse(bytes: Bytes) -> Binary {
        if let Ok(image) = elf::Image::parse(bytes.clone()) {
            return Binary::Elf(Box::new(image));
        }
        match script::Shebang::parse(&bytes) {
            Some(line) => Binary::Script(line),
            None => Binary::Other(Magic::detect(&bytes)),
        }
    }
}
