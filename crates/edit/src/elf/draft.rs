//! What the file is to become: decided first, edit by edit, and written in one pass at the end.

use std::ops::Range;

use sayso_facts::elf::{Image, Segment, df_1, dt, et, pt};

use super::area::Area;
use super::codec::Codec;
use super::sections::Sections;
use super::strings::Strings;
use super::verify::Expected;
use super::{Change, Edit, Edited, Refusal};
use crate::limits::{SPARE_ENTRIES, STRING_BYTES_MAX};

/// The value of a dynamic entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// As it stands in the file.
    Number(u64),
    /// A new string.
    Text(Vec<u8>),
}

/// A name field of a version table that gets another string.
#[derive(Debug, Clone)]
pub(super) struct Renaming {
    /// Where the field stands in the file.
    pub(super) field: usize,
    /// The offset that stands there now.
    pub(super) old: u32,
    pub(super) text: Vec<u8>,
}

/// The work in progress on one file.
#[derive(Debug)]
pub(super) struct Draft<'i> {
    pub(super) image: &'i Image,
    pub(super) codec: Codec,
    /// The old bytes, with everything written over them that is decided, and the area behind them at the end.
    pub(super) bytes: Vec<u8>,
    pub(super) sections: Sections,
    pub(super) segments: Vec<Segment>,
    pub(super) entries: Vec<(i64, Value)>,
    /// The names of version tables to change.
    pub(super) renamings: Vec<Renaming>,
    pub(super) interpreter: Option<Vec<u8>>,
    /// Whole note records to add.
    pub(super) notes: Vec<Vec<u8>>,
    /// The index of the section header that was added for them.
    pub(super) note_section: Option<usize>,
    /// Files that are needed no more, though versions are.
    pub(super) forsaken: usize,
    /// `PT_GNU_STACK` is to be without `PF_X`.
    pub(super) clear_stack: bool,
    pub(super) changes: Vec<Change>,
    pub(super) remarks: Vec<String>,
}

/// Whether a tag's value is an offset in the string table.
pub(super) fn names_a_string(tag: i64) -> bool {
    matches!(
        tag,
        dt::NEEDED
            | dt::SONAME
            | dt::RPATH
            | dt::RUNPATH
            | dt::FILTER
            | dt::AUXILIARY
            | dt::AUDIT
            | dt::DEPAUDIT
            | dt::CONFIG
    )
}

impl<'i> Draft<'i> {
    pub(super) fn of(image: &'i Image) -> Result<Draft<'i>, Refusal> {
        let header = image.header();
        if !matches!(header.ident[4], 1 | 2) || !matches!(header.ident[5], 1 | 2) {
            return Err(Refusal::new("its class or byte order is none that exists"));
        }
        if !matches!(header.kind, et::EXEC | et::DYN) {
            return Err(Refusal::new("it is neither a program nor a shared library"));
        }
        if usize::from(header.phnum) != image.segments().len()
            || usize::from(header.phentsize) != image.class().segment_size()
        {
            return Err(Refusal::new(
                "its program headers do not lie in the file as a whole",
            ));
        }
        if !image.segments().iter().any(|s| s.kind == pt::LOAD) {
            return Err(Refusal::new("it has no loadable segment"));
        }
        if image
            .segment(pt::DYNAMIC)
            .is_some_and(|s| s.filesz == 0 && s.memsz > 0)
        {
            return Err(Refusal::new(
                "it holds debug information alone: the bytes of its dynamic section are not in it",
            )
            .instead("edit the file that the debug information belongs to"));
        }
        let codec = Codec::of(image);
        let entries = image.dynamic().map(|dynamic| dynamic.entries.as_slice());
        Ok(Draft {
            image,
            codec,
            bytes: image.bytes().to_vec(),
            sections: Sections::of(image, codec),
            segments: image.segments().to_vec(),
            entries: entries
                .unwrap_or_default()
                .iter()
                .map(|&(tag, value)| (tag, Value::Number(value)))
                .collect(),
            renamings: Vec::new(),
            interpreter: None,
            notes: Vec::new(),
            note_section: None,
            forsaken: 0,
            clear_stack: false,
            changes: Vec::new(),
            remarks: Vec::new(),
        })
    }

    pub(super) fn carry_out(&mut self, edit: &Edit) -> Result<(), Refusal> {
        if !matches!(
            edit,
            Edit::ClearExecutableStack | Edit::SetInterpreter(_) | Edit::AddDlopenNote(_)
        ) {
            self.must_be_dynamic()?;
        }
        match edit {
            Edit::SetRunpath(path) => self.set_run_path(dt::RUNPATH, path),
            Edit::SetRpath(path) => self.set_run_path(dt::RPATH, path),
            Edit::AddRunPath(path) => self.extend_run_path(path, false),
            Edit::PrependRunPath(path) => self.extend_run_path(path, true),
            Edit::RemoveRunPath => {
                self.remove(dt::RUNPATH);
                self.remove(dt::RPATH);
                Ok(())
            }
            Edit::RpathToRunpath => self.convert(dt::RPATH, dt::RUNPATH),
            Edit::RunpathToRpath => self.convert(dt::RUNPATH, dt::RPATH),
            Edit::AddNeeded(name) => self.add_needed(name, false),
            Edit::PrependNeeded(name) => self.add_needed(name, true),
            Edit::RemoveNeeded(name) => self.remove_needed(name),
            Edit::ReplaceNeeded(old, new) => self.replace_needed(old, new),
            Edit::SetSoname(name) => self.set_string(dt::SONAME, name),
            Edit::RemoveSoname => {
                self.remove(dt::SONAME);
                Ok(())
            }
            Edit::SetInterpreter(path) => self.set_interpreter(path),
            Edit::ClearExecutableStack => {
                self.clear_stack = true;
                Ok(())
            }
            Edit::SetFlags1(bits) => {
                self.change_bits(dt::FLAGS_1, *bits, 0);
                Ok(())
            }
            Edit::ClearFlags1(bits) => {
                self.change_bits(dt::FLAGS_1, 0, *bits);
                Ok(())
            }
            Edit::SetFlags(bits) => {
                self.change_bits(dt::FLAGS, *bits, 0);
                Ok(())
            }
            Edit::ClearFlags(bits) => {
                self.change_bits(dt::FLAGS, 0, *bits);
                Ok(())
            }
            Edit::DropVersionNeed(version) => self.drop_version_need(version),
            Edit::WeakenVersionNeed(version) => self.weaken_version_need(version),
            Edit::RenameVersion(old, new) => self.rename_version(old, new),
            Edit::AddDlopenNote(json) => self.add_dlopen_note(json),
        }
    }

    fn must_be_dynamic(&self) -> Result<(), Refusal> {
        let Some(dynamic) = self.image.dynamic() else {
            return Err(Refusal::new(
                "it is statically linked: it has no dynamic section, and no loader will look for libraries",
            ));
        };
        if dynamic.entries.is_empty() || dynamic.strtab.and_then(|at| self.image.at(at)).is_none() {
            return Err(Refusal::new(
                "its dynamic section or its string table cannot be read",
            ));
        }
        if dynamic.value(dt::GNU_PRELINKED).is_some() {
            return Err(Refusal::new(
                "it is prelinked, and what prelink noted in it would no longer hold",
            )
            .instead("undo that first: prelink -u FILE"));
        }
        let interpreter = self.image.first_segment(pt::INTERP).is_some();
        if !interpreter && dynamic.flags_1 & df_1::PIE != 0 {
            return Err(Refusal::new(
                "it is a static PIE: it relocates itself and no loader reads its dynamic section",
            ));
        }
        Ok(())
    }

    pub(super) fn checked_text(text: &[u8], what: &str) -> Result<(), Refusal> {
        if text.contains(&0) {
            return Err(Refusal::new(format!("{what} cannot hold a NUL byte")));
        }
        if text.len() > STRING_BYTES_MAX {
            return Err(Refusal::new(format!(
                "{what} of {} bytes is longer than any path",
                text.len()
            )));
        }
        Ok(())
    }

    /// Writes bytes that exist already, and remembers the range if they differ.
    pub(super) fn put(&mut self, at: usize, new: &[u8], what: &'static str) {
        let Some(old) = self.bytes.get_mut(at..at + new.len()) else {
            return;
        };
        for part in differing(old, new) {
            let range = (at + part.start) as u64..(at + part.end) as u64;
            self.changes.push(Change { range, what });
        }
        old.copy_from_slice(new);
    }

    /// The file offset of an address.
    pub(super) fn offset_of(&self, vaddr: u64) -> Option<u64> {
        let rest = self.image.at(vaddr)?;
        let start = rest.as_ptr() as usize - self.image.bytes().as_ptr() as usize;
        Some(start as u64)
    }

    /// Everything is decided: finds a place for it and writes it.
    pub(super) fn finish(mut self) -> Result<(Edited, Expected), Refusal> {
        let expected = Expected::of(&self);
        let is_dynamic_touched = self.entries_differ() || !self.renamings.is_empty();
        let mut strings = None;
        if is_dynamic_touched {
            strings = Some(Strings::settle(&mut self)?);
        }
        let plan = self.plan(strings.as_ref())?;
        if !plan.tail_is_open {
            self.announce_notes(None);
        }
        let mut area = Area::open(&self, &plan)?;
        // A table that only grows must come first, and one that is copied last: then the next edit finds it at the end.
        if let Some(strings) = strings.take_if(|_| plan.extend_strings) {
            self.place_strings(strings, &plan, &mut area);
        }
        if plan.tail_is_open {
            self.announce_notes(Some(&mut area));
        }
        self.place_interpreter(&plan, &mut area);
        self.place_notes(&mut area);
        self.place_displaced(&plan, &mut area);
        let dynamic = plan.move_dynamic.then(|| self.reserve_dynamic(&mut area));
        if let Some(strings) = strings {
            self.place_strings(strings, &plan, &mut area);
        }
        if is_dynamic_touched {
            self.place_dynamic(dynamic)?;
        }
        self.clear_executable_stack(&plan);
        self.place_segments(&plan, area)?;
        self.changes.sort_by_key(|change| change.range.start);
        let edited = Edited {
            bytes: self.bytes,
            changes: merged(self.changes),
            remarks: self.remarks,
        };
        Ok((edited, expected))
    }

    pub(super) fn entries_differ(&self) -> bool {
        let old = self
            .image
            .dynamic()
            .map(|dynamic| dynamic.entries.as_slice())
            .unwrap_or_default();
        self.entries.len() != old.len()
            || self
                .entries
                .iter()
                .zip(old)
                .any(|((tag, value), (old_tag, old_value))| {
                    tag != old_tag || *value != Value::Number(*old_value)
                })
    }

    /// Entries that the dynamic section has room for, the last `DT_NULL` included.
    pub(super) fn dynamic_slots(&self) -> usize {
        let size = self.codec.entry_size();
        let used = self
            .image
            .dynamic()
            .map_or(0, |dynamic| dynamic.entries.len());
        let Some(segment) = self.image.segment(pt::DYNAMIC) else {
            return 0;
        };
        let room = (segment.filesz as usize) / size;
        let raw = self.image.at(segment.vaddr).unwrap_or_default();
        let spare = raw
            .chunks_exact(size)
            .take(room)
            .skip(used)
            .take_while(|entry| entry.iter().all(|&b| b == 0))
            .count();
        used + spare
    }

    /// Bytes of the dynamic section, if it has to move.
    pub(super) fn moved_dynamic_size(&self) -> usize {
        (self.entries.len() + 1 + SPARE_ENTRIES) * self.codec.entry_size()
    }
}

/// The parts of two equally long texts that differ; equal parts of less than a word between them count as different.
fn differing(old: &[u8], new: &[u8]) -> Vec<Range<usize>> {
    const WORD: usize = 8;
    let mut parts: Vec<Range<usize>> = Vec::new();
    for at in (0..new.len()).filter(|&at| old[at] != new[at]) {
        match parts.last_mut() {
            Some(part) if at < part.end + WORD => part.end = at + 1,
            _ => parts.push(at..at + 1),
        }
    }
    parts
}

/// Adjacent ranges of one kind as one.
fn merged(changes: Vec<Change>) -> Vec<Change> {
    let mut merged: Vec<Change> = Vec::new();
    for change in changes {
        match merged.last_mut() {
            Some(last) if last.what == change.what && last.range.end >= change.range.start => {
                last.range.end = last.range.end.max(change.range.end);
            }
            _ => merged.push(change),
        }
    }
    merged
}
