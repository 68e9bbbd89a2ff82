//! Random edits of arbitrary bytes. The corpus replay and the fuzz target share it: an edit is refused, or its result is a file that
//! is no worse than the old one.

use bytes::Bytes;
use sayso_edit::elf::{Edit, Edited, apply};
use sayso_edit::limits::HOLE_BYTES_MAX;
use sayso_facts::elf::{Image, Scope, df_1, pt};

/// Most edits of one input.
const EDITS_MAX: usize = 8;

/// What stands in front of the file: how many edits, and each as its kind, the length of its text, and the text.
fn recipe(data: &[u8]) -> Option<(Vec<Edit>, &[u8])> {
    let (&count, mut rest) = data.split_first()?;
    let mut edits = Vec::new();
    for _ in 0..usize::from(count) % (EDITS_MAX + 1) {
        let (&[kind, length], after) = rest.split_first_chunk::<2>()?;
        let text = after.get(..usize::from(length))?;
        rest = &after[usize::from(length)..];
        edits.push(edit(kind, text));
    }
    Some((edits, rest))
}

fn edit(kind: u8, text: &[u8]) -> Edit {
    let all = text.to_vec();
    let at = text.iter().position(|&b| b == b'=');
    let (old, new) = at.map_or((text, &b"new"[..]), |at| (&text[..at], &text[at + 1..]));
    let (old, new) = (old.to_vec(), new.to_vec());
    let bits = u64::from(text.first().copied().unwrap_or(0));
    match kind % 22 {
        0 => Edit::SetRunpath(all),
        1 => Edit::SetRpath(all),
        2 => Edit::AddRunPath(all),
        3 => Edit::PrependRunPath(all),
        4 => Edit::RemoveRunPath,
        5 => Edit::RpathToRunpath,
        6 => Edit::RunpathToRpath,
        7 => Edit::AddNeeded(all),
        8 => Edit::PrependNeeded(all),
        9 => Edit::RemoveNeeded(all),
        10 => Edit::ReplaceNeeded(old, new),
        11 => Edit::SetSoname(all),
        12 => Edit::RemoveSoname,
        13 => Edit::SetInterpreter(all),
        14 => Edit::ClearExecutableStack,
        15 => Edit::SetFlags1(bits | df_1::NODELETE),
        16 => Edit::ClearFlags1(bits),
        17 => Edit::SetFlags(bits),
        18 => Edit::DropVersionNeed(all),
        19 => Edit::WeakenVersionNeed(all),
        20 => Edit::RenameVersion(old, new),
        _ => Edit::AddDlopenNote([b"[", text, b"]"].concat()),
    }
}

fn damages(image: &Image) -> usize {
    let anomalies = image.anomalies();
    anomalies
        .iter()
        .filter(|a| a.scope == Scope::Loaders)
        .count()
}

/// Carries the edits out at once and one by one, and looks at what comes of it.
pub(crate) fn edits(data: &[u8]) {
    let Some((edits, file)) = recipe(data) else {
        return;
    };
    let Ok(image) = Image::parse(Bytes::copy_from_slice(file)) else {
        return;
    };
    if let Ok(edited) = apply(&image, &edits) {
        let new = no_worse(&image, &edited, &edits);
        let nothing = apply(&new, &[]).expect("what was edited can be edited");
        assert_eq!(nothing.bytes, edited.bytes, "no edit changes nothing");
    }
    let mut step = image;
    for edit in edits {
        let edit = [edit];
        if let Ok(edited) = apply(&step, &edit) {
            step = no_worse(&step, &edited, &edit);
        }
    }
}

/// Reads the result back, and holds it against the old file.
fn no_worse(old: &Image, edited: &Edited, edits: &[Edit]) -> Image {
    let new = Image::parse(Bytes::copy_from_slice(&edited.bytes)).expect("an ELF file");
    let asked: usize = edits.iter().map(|edit| format!("{edit:?}").len()).sum();
    let most = 4 * old.bytes().len() + 4 * asked + 0x2_0000 + HOLE_BYTES_MAX as usize;
    assert!(
        edited.bytes.len() <= most,
        "{} bytes became {}",
        old.bytes().len(),
        edited.bytes.len()
    );
    assert_eq!(
        old.symbols().count(),
        new.symbols().count().min(old.symbols().count())
    );
    let removes = edits
        .iter()
        .any(|edit| matches!(edit, Edit::RemoveNeeded(_)));
    assert!(
        removes || new.symbol_count() != old.symbol_count() || damages(&new) <= damages(old),
        "{:?} became {:?}",
        old.anomalies(),
        new.anomalies()
    );
    let loads = |image: &Image| {
        image
            .segments()
            .iter()
            .filter(|s| s.kind == pt::LOAD)
            .count()
    };
    assert!((loads(old)..=loads(old) + 1).contains(&loads(&new)));
    let named = |edit: &Edit| match edit {
        Edit::AddNeeded(name) | Edit::PrependNeeded(name) => Some(name.clone()),
        _ => None,
    };
    if let Some(name) = edits.last().and_then(named) {
        assert!(new.needed().any(|needed| needed == name));
    }
    if let Some(Edit::SetRunpath(path)) = edits.last() {
        assert_eq!((new.runpath(), new.rpath()), (Some(path.as_slice()), None));
    }
    if let Some(Edit::SetInterpreter(path)) = edits.last() {
        assert_eq!(new.interpreter(), Some(path.as_slice()));
    }
    for change in &edited.changes {
        assert!(change.range.end <= edited.bytes.len() as u64);
    }
    new
}
