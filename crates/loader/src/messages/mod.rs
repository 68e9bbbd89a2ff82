//! What loaders say, written once and read both ways: [`Failure::text`] formats through a [`Message`], `parse` reads a text back through the same table.
//!
//! A template is literal text with `{field}` holes and `[optional groups]`; a group is printed when all of its fields are there.

pub mod bionic;
pub mod dyld;
pub mod glibc;
pub mod go;
pub mod kernel;
pub mod localised;
pub mod musl;
pub mod rtld;
pub mod runtimes;
pub mod shell;
mod template;
pub mod windows;

pub use template::{Fields, Part, shapes};

use crate::request::Release;
use crate::trace::{EventId, ObjectId};

/// One message of a loader.
#[derive(Debug)]
pub struct Message {
    /// `family/kebab-case-name`; never reused.
    pub id: &'static str,
    /// The words.
    pub template: &'static str,
    /// First and last release that says it so (`None`: unbounded as far as known).
    pub releases: (Option<Release>, Option<Release>),
    /// Exit status when it ends a start (`None`: it never ends one by itself).
    pub exit_status: Option<i32>,
    /// The source it models, e.g. `elf/dl-load.c: open_verify`.
    pub source: &'static str,
}

/// What stands around a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// As it is: `dlerror`, or a message that is a whole line by itself.
    Plain,
    /// glibc at start: `PROG: error while loading shared libraries: …`.
    GlibcStart {
        /// argv\[0\]
        program: Vec<u8>,
    },
    /// glibc at start, other occasions: `PROG: …` or `PROG: symbol lookup error: …` / `relocation error`.
    GlibcOccasion {
        /// argv\[0\]
        program: Vec<u8>,
        /// `symbol lookup error`; empty for none.
        occasion: &'static str,
    },
}

/// One thing that went wrong (or that the loader warns of), with the loader's own words.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which message.
    pub message: &'static Message,
    /// What fills its holes.
    pub fields: Fields,
    /// What stands around it.
    pub frame: Frame,
    /// Exit status, or 128 + signal for a crash without words; `None` for a `dlerror`.
    pub exit_status: Option<i32>,
    /// The object that required it.
    pub by: Option<ObjectId>,
    /// The search that failed.
    pub search: Option<EventId>,
}

impl Message {
    /// Fills the holes.
    pub fn format(&self, fields: &Fields) -> Vec<u8> {
        template::format(self.template, fields)
    }
    /// Reads a whole text back; `None` if it is not this message.
    pub fn parse(&self, text: &[u8]) -> Option<Fields> {
        template::parse(self.template, text)
    }
}

impl Failure {
    /// A failure about an object, not framed yet. Boxed, because it is large and rare.
    pub(crate) fn of(message: &'static Message, object: impl AsRef<[u8]>) -> Box<Failure> {
        Box::new(Failure {
            message,
            fields: Fields::new().with("object", object),
            frame: Frame::Plain,
            exit_status: message.exit_status,
            by: None,
            search: None,
        })
    }
    /// The loader's exact text, without a line end.
    pub fn text(&self) -> Vec<u8> {
        let core = self.message.format(&self.fields);
        let (frame, program) = match &self.frame {
            Frame::Plain => return core,
            Frame::GlibcStart { program } => (&glibc::frames::START, program),
            Frame::GlibcOccasion { program, occasion } => {
                let named = glibc::frames::TABLE
                    .iter()
                    .find(|frame| !occasion.is_empty() && frame.template.contains(occasion));
                (named.copied().unwrap_or(&glibc::frames::PLAIN), program)
            }
        };
        frame.format(&Fields::new().with("program", program).with("message", core))
    }
    /// Whether it is this message.
    pub fn is(&self, message: &'static Message) -> bool {
        self.message.id == message.id
    }
    /// One field.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.get(name)
    }
}

/// Declares messages as statics and collects them in `TABLE`.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident $id:literal $exit:expr, $source:literal, $template:literal $(since $since:expr)? $(, until $until:expr)?;)*) => {
        $($(#[$doc])* #[doc = concat!("`` ", $template, " ``")] pub static $name: crate::messages::Message = crate::messages::Message {
            id: $id, template: $template, exit_status: $exit, source: $source,
            releases: ({ #[allow(unused_mut, unused_assignments)] let mut since = None; $(since = Some($since);)? since }, { #[allow(unused_mut, unused_assignments)] let mut until = None; $(until = Some($until);)? until }),
        };)*
        /// Every message of this loader.
        pub static TABLE: &[&crate::messages::Message] = &[$(&$name),*];
    };
}
pub(crate) use messages;

/// Every table of whole sentences.
pub static TABLES: &[&[&Message]] = &[
    shell::TABLE,
    kernel::TABLE,
    glibc::TABLE,
    musl::TABLE,
    go::TABLE,
    dyld::TABLE,
    dyld::validity::TABLE,
    windows::TABLE,
    bionic::TABLE,
    rtld::TABLE,
    runtimes::TABLE,
];

/// What loaders print around a sentence: `{message}` is read on through [`TABLES`].
pub static FRAMES: &[&[&Message]] = &[
    glibc::frames::TABLE,
    dyld::frames::TABLE,
    shell::frames::TABLE,
    windows::frames::TABLE,
    bionic::frames::TABLE,
    rtld::frames::TABLE,
    runtimes::frames::TABLE,
];

/// What stands only inside a sentence, as its `{reason}` or in a list.
pub static PARTS: &[&[&Message]] = &[dyld::parts::TABLE];
