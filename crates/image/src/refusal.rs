//! Why an image is not opened, in words that name the file, the place in it, and what to do.

use std::fmt;
use std::path::PathBuf;

use crate::Platform;

/// Where in an image something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file (or folder) that was to be opened.
    pub file: PathBuf,
    /// The layer, manifest or member of it: a digest or a name.
    pub part: Option<String>,
    /// The entry of the layer, escaped where it is not plain text.
    pub entry: Option<String>,
    /// Bytes from the start of the part, inflated.
    pub offset: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(part) = &self.part {
            write!(f, ": {part}")?;
        }
        if let Some(entry) = &self.entry {
            write!(f, ": entry `{entry}'")?;
        }
        match self.offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

/// A limit of [`crate::Limits`], by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// [`crate::Limits::layer_bytes`]
    LayerBytes,
    /// [`crate::Limits::ratio`]
    Ratio,
    /// [`crate::Limits::entries`]
    Entries,
    /// [`crate::Limits::name_bytes`]
    NameBytes,
    /// [`crate::Limits::held_bytes`]
    HeldBytes,
    /// [`crate::Limits::layers`]
    Layers,
    /// A limit that cannot be set, in words.
    Fixed(&'static str),
}

impl Limit {
    /// Its name, as a command line option would have it (`layer-bytes`).
    pub fn name(self) -> &'static str {
        match self {
            Limit::LayerBytes => "layer-bytes",
            Limit::Ratio => "ratio",
            Limit::Entries => "entries",
            Limit::NameBytes => "name-bytes",
            Limit::HeldBytes => "held-bytes",
            Limit::Layers => "layers",
            Limit::Fixed(what) => what,
        }
    }
}

/// Why an image is not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The operating system does not let us read it.
    Unreadable {
        /// Where.
        place: Box<Place>,
        /// What it says.
        why: String,
    },
    /// Nothing that this crate opens.
    NotAnImage {
        /// Where.
        place: Box<Place>,
        /// What it is instead, or looks like.
        what: String,
    },
    /// It is cut short, or breaks the rules of its format.
    Damaged {
        /// Where.
        place: Box<Place>,
        /// What is wrong.
        what: String,
    },
    /// Contents that do not have the digest by which they are called for.
    Digest {
        /// Where.
        place: Box<Place>,
        /// As `sha256:…`.
        stated: String,
        /// As `sha256:…`.
        found: String,
        /// The digest is that of the inflated layer (`diff_id`).
        inflated: bool,
    },
    /// Something is missing that the image itself calls for.
    Missing {
        /// Where.
        place: Box<Place>,
        /// What is missing.
        what: String,
    },
    /// More than a limit allows.
    Limit {
        /// Where.
        place: Box<Place>,
        /// Which one.
        limit: Limit,
        /// What it allows.
        allowed: u64,
    },
    /// No image for the platform, or several and none was chosen.
    Platform {
        /// Where.
        place: Box<Place>,
        /// What was asked for; `None`: nothing, and this machine's is not there either.
        wanted: Option<Platform>,
        /// What is there.
        there: Vec<Platform>,
    },
    /// Several images with different names, and none was chosen.
    Several {
        /// Where.
        place: Box<Place>,
        /// What was asked for.
        wanted: Option<String>,
        /// Their names.
        names: Vec<String>,
    },
    /// A format, algorithm or media type that is not read here.
    Unsupported {
        /// Where.
        place: Box<Place>,
        /// What, and what to do about it.
        what: String,
    },
    /// An entry that no container engine would unpack: it leaves the root, or what it needs is not there.
    Unusable {
        /// Where.
        place: Box<Place>,
        /// Why.
        what: String,
    },
}

impl Refusal {
    /// Where it is.
    pub fn place(&self) -> &Place {
        match self {
            Refusal::Unreadable { place, .. }
            | Refusal::NotAnImage { place, .. }
            | Refusal::Damaged { place, .. }
            | Refusal::Digest { place, .. }
            | Refusal::Missing { place, .. }
            | Refusal::Limit { place, .. }
            | Refusal::Platform { place, .. }
            | Refusal::Several { place, .. }
            | Refusal::Unsupported { place, .. }
            | Refusal::Unusable { place, .. } => place,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unreadable { place, why } => write!(f, "{place}: cannot be read: {why}"),
            Refusal::NotAnImage { place, what } => write!(f, "{place}: {what}"),
            Refusal::Damaged { place, what } => write!(
                f,
                "{place}: {what}; the file is damaged: fetch or save it again"
            ),
            Refusal::Digest {
                place,
                stated,
                found,
                inflated,
            } => {
                let what = if *inflated {
                    "the inflated layer"
                } else {
                    "the contents"
                };
                write!(
                    f,
                    "{place}: {what} should have the digest {stated}, but it is {found}; fetch or build the image again"
                )
            }
            Refusal::Missing { place, what } => write!(
                f,
                "{place}: {what} is missing; save the image again, with all its layers"
            ),
            Refusal::Limit {
                place,
                limit: Limit::Fixed(what),
                allowed,
            } => write!(f, "{place}: {what} exceeds the limit of {allowed}"),
            Refusal::Limit {
                place,
                limit,
                allowed,
            } => limit_text(f, place, *limit, *allowed),
            Refusal::Platform {
                place,
                wanted,
                there,
            } => {
                match wanted {
                    Some(wanted) => write!(f, "{place}: holds no image for {wanted}")?,
                    None => write!(f, "{place}: holds images for several platforms")?,
                }
                write!(f, "; choose one with --platform: {}", list(there))
            }
            Refusal::Several {
                place,
                wanted,
                names,
            } => {
                match wanted {
                    Some(wanted) => write!(f, "{place}: holds no image named `{wanted}'")?,
                    None => write!(f, "{place}: holds {} images", names.len())?,
                }
                write!(f, "; choose one by its name: {}", list(names))
            }
            Refusal::Unsupported { place, what } | Refusal::Unusable { place, what } => {
                write!(f, "{place}: {what}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

fn limit_text(
    f: &mut fmt::Formatter<'_>,
    place: &Place,
    limit: Limit,
    allowed: u64,
) -> fmt::Result {
    let what = match limit {
        Limit::LayerBytes => format!("inflates to more than {allowed} bytes"),
        Limit::Ratio => {
            format!("inflates to more than {allowed} times its size, as decompression bombs do")
        }
        Limit::Entries => format!("holds more than {allowed} entries"),
        Limit::NameBytes => format!("holds more than {allowed} bytes of names"),
        Limit::HeldBytes => format!("holds more than {allowed} bytes of programs and libraries"),
        Limit::Layers => format!("has more than {allowed} layers"),
        Limit::Fixed(what) => what.to_owned(),
    };
    write!(
        f,
        "{place}: {what}; if it is meant to, raise the limit `{}'",
        limit.name()
    )
}

fn list<T: fmt::Display>(things: &[T]) -> String {
    if things.is_empty() {
        return "there is none".into();
    }
    let words: Vec<String> = things.iter().map(ToString::to_string).collect();
    words.join(", ")
}

/// The same before it is known in which file and part of it: what the readers of the formats say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) entry: Option<Vec<u8>>,
    pub(crate) offset: Option<u64>,
}

/// What a [`Fault`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Unreadable(String),
    Damaged(String),
    Missing(String),
    Limit(Limit, u64),
    Unsupported(String),
    Unusable(String),
}

impl Fault {
    pub(crate) fn new(kind: FaultKind) -> Fault {
        Fault {
            kind,
            entry: None,
            offset: None,
        }
    }
    pub(crate) fn damaged(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Damaged(what.into()))
    }
    pub(crate) fn unsupported(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Unsupported(what.into()))
    }
    pub(crate) fn unusable(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Unusable(what.into()))
    }
    pub(crate) fn limit(limit: Limit, allowed: u64) -> Fault {
        Fault::new(FaultKind::Limit(limit, allowed))
    }
    /// Names the entry, unless a nearer one is named.
    pub(crate) fn of_entry(mut self, path: &[u8]) -> Fault {
        self.entry.get_or_insert_with(|| path.to_vec());
        self
    }
    pub(crate) fn at(mut self, offset: u64) -> Fault {
        self.offset.get_or_insert(offset);
        self
    }
    /// With the place put in front.
    pub(crate) fn in_part(self, file: &std::path::Path, part: Option<String>) -> Refusal {
        let place = Box::new(Place {
            file: file.to_owned(),
            part,
            entry: self.entry.map(|path| shown(&path)),
            offset: self.offset,
        });
        match self.kind {
            FaultKind::Unreadable(why) => Refusal::Unreadable { place, why },
            FaultKind::Damaged(what) => Refusal::Damaged { place, what },
            FaultKind::Missing(what) => Refusal::Missing { place, what },
            FaultKind::Limit(limit, allowed) => Refusal::Limit {
                place,
                limit,
                allowed,
            },
            FaultKind::Unsupported(what) => Refusal::Unsupported { place, what },
            FaultKind::Unusable(what) => Refusal::Unusable { place, what },
        }
    }
}

/// Names of entries are hostile: control characters are escaped, long ones cut.
pub(crate) fn shown(path: &[u8]) -> String {
    const SHOWN_BYTES: usize = 200;
    let text = String::from_utf8_lossy(&path[..path.len().min(SHOWN_BYTES)]);
    let mut shown: String = text
        .chars()
        .flat_map(|character| {
            let plain = !character.is_control() && character != '\\';
            let escaped = (!plain).then(|| character.escape_default());
            let kept = plain.then_some(character);
            kept.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect();
    if path.len() > SHOWN_BYTES {
        shown.push('…');
    }
    shown
}
