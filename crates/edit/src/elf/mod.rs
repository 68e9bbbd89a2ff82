//! ELF: the edits, and what comes of them.

mod area;
mod codec;
mod draft;
mod dynamic;
mod notes;
mod sections;
mod segments;
mod strings;
mod verify;
mod versions;

use std::fmt;
use std::ops::Range;

use sayso_facts::elf::Image;

/// One thing to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// `DT_RUNPATH` with this text, and no `DT_RPATH`.
    SetRunpath(Vec<u8>),
    /// `DT_RPATH` with this text, and no `DT_RUNPATH`.
    SetRpath(Vec<u8>),
    /// These directories (with `:` between them) behind those of the run path that counts; a new `DT_RUNPATH` if there is none.
    AddRunPath(Vec<u8>),
    /// The same in front.
    PrependRunPath(Vec<u8>),
    /// Neither `DT_RUNPATH` nor `DT_RPATH`.
    RemoveRunPath,
    /// The `DT_RPATH` becomes a `DT_RUNPATH`.
    RpathToRunpath,
    /// The `DT_RUNPATH` becomes a `DT_RPATH`.
    RunpathToRpath,
    /// A `DT_NEEDED` behind the others, unless it is there.
    AddNeeded(Vec<u8>),
    /// A `DT_NEEDED` before the others, unless it is there.
    PrependNeeded(Vec<u8>),
    /// No `DT_NEEDED` of this name.
    RemoveNeeded(Vec<u8>),
    /// Another name in the place of a `DT_NEEDED`, and in the version needs that name the same file.
    ReplaceNeeded(Vec<u8>, Vec<u8>),
    /// `DT_SONAME`.
    SetSoname(Vec<u8>),
    /// No `DT_SONAME`.
    RemoveSoname,
    /// `PT_INTERP`.
    SetInterpreter(Vec<u8>),
    /// `PT_GNU_STACK` without `PF_X`; one is added where the file has none and its absence means an executable stack.
    ClearExecutableStack,
    /// Bits of `DT_FLAGS_1` to set ([`sayso_facts::elf::df_1`]).
    SetFlags1(u64),
    /// Bits of `DT_FLAGS_1` to clear.
    ClearFlags1(u64),
    /// Bits of `DT_FLAGS` to set ([`sayso_facts::elf::df`]).
    SetFlags(u64),
    /// Bits of `DT_FLAGS` to clear.
    ClearFlags(u64),
    /// The version is needed no more; references that asked for it take the default version.
    DropVersionNeed(Vec<u8>),
    /// `VER_FLG_WEAK` on a needed version: its absence is a warning, not an error.
    WeakenVersionNeed(Vec<u8>),
    /// Another name for a version, where it is needed and where it is defined.
    RenameVersion(Vec<u8>, Vec<u8>),
    /// A `.note.dlopen` with this JSON text.
    AddDlopenNote(Vec<u8>),
}

/// What came of the edits.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The whole new file.
    pub bytes: Vec<u8>,
    /// Every range of the new file that differs from the old one, in order, with what stands there now.
    pub changes: Vec<Change>,
    /// What the user should know, one sentence each.
    pub remarks: Vec<String>,
}

/// One range that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Offsets in the new file.
    pub range: Range<u64>,
    /// What stands there now.
    pub what: &'static str,
}

/// Why an edit was refused. Nothing has been written then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in words that fit after the file's name and a colon.
    pub why: String,
    /// What to do instead.
    pub instead: Option<String>,
}

impl Refusal {
    pub(crate) fn new(why: impl Into<String>) -> Refusal {
        Refusal {
            why: why.into(),
            instead: None,
        }
    }
    pub(crate) fn instead(mut self, what: impl Into<String>) -> Refusal {
        self.instead = Some(what.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        match &self.instead {
            Some(instead) => write!(f, "; {instead}"),
            None => Ok(()),
        }
    }
}
impl std::error::Error for Refusal {}

/// Carries out all edits in one pass, reads the result back, and compares its facts with those of the old file.
///
/// # Errors
///
/// A [`Refusal`] where the file cannot be changed so, or where the result is not exactly what was asked for.
pub fn apply(image: &Image, edits: &[Edit]) -> Result<Edited, Refusal> {
    let mut draft = draft::Draft::of(image)?;
    for edit in edits {
        draft.carry_out(edit)?;
    }
    let (edited, expected) = draft.finish()?;
    verify::verify(image, &edited, &expected)?;
    Ok(edited)
}
