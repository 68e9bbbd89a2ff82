//! Container images and release archives as worlds: [`open`] turns a file into an [`Image`], whose [`ImageWorld`] is a
//! [`sayso_world::World`]. Nothing is unpacked to disk, nothing outside the named file is looked at, nothing is run.
//!
//! Layers are indexed while they stream by (`index.rs`), then put on one another as container engines do (`tree.rs`). Contents
//! are held only where somebody will look at them (`hold.rs`), as slices of the file itself where that is not compressed.
//!
//! **Hostile input is the normal case.** Every size, count, depth and ratio that a file can claim meets a limit of `limits.rs`
//! before it becomes memory or time; nothing recurses over input; digests are verified before what they cover is used. What
//! cannot be read, or what no container engine would unpack, is a [`Refusal`] that says where and what to do.
//!
//! ```no_run
//! use sayso_image::{Options, open};
//! use sayso_world::World;
//!
//! let image = open("app.tar".as_ref(), &Options::default())?;
//! let entrypoint = image.config.as_ref().and_then(|config| config.entrypoint.first());
//! println!("{entrypoint:?} of {} layers", image.layers.len());
//! println!("{:?}", image.tree.lookup(&"/bin/sh".into()));
//! # Ok::<(), sayso_image::Refusal>(())
//! ```
#![forbid(unsafe_code)]

mod ar;
mod archive;
mod container;
mod cpio;
mod decode;
mod digest;
mod feed;
mod hold;
mod image;
mod index;
pub mod limits;
mod oci;
mod open;
mod pieces;
mod platform;
mod refusal;
mod rpm;
mod source;
mod store;
mod streamed;
mod tar;
mod tree;
mod world;
mod zip;

pub use hold::{Head, Holding};
pub use image::{Config, Image, Kind, Layer, Note, Options, Package};
pub use limits::Limits;
pub use open::{open, open_bytes, sniff, sniff_bytes};
pub use platform::{Platform, PlatformFault};
pub use refusal::{Limit, Place, Refusal};
pub use tree::Change;
pub use world::{ImageWorld, LayerChange, ListedFile, ListedKind, NOT_HELD};
