//! Version tables: what is needed from which file, what is defined, and what a version index means.
//!
//! Records are linked by unsigned distances, so a walk only goes forward and ends with the mapped bytes. Records of a
//! damaged file can overlap, though; [`Budget`] keeps what is collected a small multiple of the table's size.

use super::read::Codec;
use super::{Image, NeededVersion, VersionDefinition, VersionNeed, dt};

/// Both tables and the meaning of every version index, worked out once.
#[derive(Debug, Clone, Default)]
pub(super) struct Versions {
    needs: Vec<VersionNeed>,
    definitions: Vec<VersionDefinition>,
    meanings: Vec<Option<VersionMeaning>>,
}

/// What an index of `DT_VERSYM` means in an object: an entry of `l_versions` (`elf/dl-version.c: _dl_check_map_versions`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionMeaning {
    /// Offset of the version's name in the string table.
    pub name: u32,
    /// The hash as the file tells it (the loader compares it before the name; 0 counts as "no version").
    pub hash: u32,
    /// `vna_other` has the hidden bit: the reference binds only to exactly this version.
    pub hidden: bool,
    /// Offset of the name of the file it is needed from; `None` for a version that this object defines.
    pub file: Option<u32>,
}

/// Records that may still be read. No sound record is smaller than the smallest (8 bytes, `Verdaux`).
struct Budget(usize);

impl Budget {
    fn of(table: &[u8]) -> Budget {
        Budget(table.len() / 8)
    }
    fn spend(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

/// The next record of a chain, `None` after the last (distance 0).
fn next(at: usize, distance: u32) -> Option<usize> {
    at.checked_add(distance as usize).filter(|&next| next != at)
}

/// `Verneed` records, following `vn_next` and `vna_next` and not the counts, as ld.so does.
fn read_needs(codec: Codec, table: &[u8]) -> Vec<VersionNeed> {
    let mut needs = Vec::new();
    let mut budget = Budget::of(table);
    let mut cursor = Some(0);
    while let Some(at) = cursor {
        let Some((need, distance)) = read_need(codec, table, at, &mut budget) else {
            break;
        };
        needs.push(need);
        cursor = next(at, distance);
    }
    needs
}

fn read_need(
    codec: Codec,
    table: &[u8],
    at: usize,
    budget: &mut Budget,
) -> Option<(VersionNeed, u32)> {
    budget.spend()?;
    let mut need = VersionNeed {
        revision: codec.u16(table, at)?,
        file: codec.u32(table, at + 4)?,
        versions: Vec::new(),
    };
    let distance = codec.u32(table, at + 12)?;
    let mut cursor = at.checked_add(codec.u32(table, at + 8)? as usize);
    while let Some(aux) = cursor {
        let Some((version, distance)) = read_needed_version(codec, table, aux) else {
            break;
        };
        if budget.spend().is_none() {
            break;
        }
        need.versions.push(version);
        cursor = next(aux, distance);
    }
    Some((need, distance))
}

fn read_needed_version(codec: Codec, table: &[u8], at: usize) -> Option<(NeededVersion, u32)> {
    let raw = table.get(at..)?.first_chunk::<16>()?;
    let version = NeededVersion {
        hash: codec.u32(raw, 0)?,
        flags: codec.u16(raw, 4)?,
        index: codec.u16(raw, 6)?,
        name: codec.u32(raw, 8)?,
    };
    Some((version, codec.u32(raw, 12)?))
}

/// `Verdef` records, following `vd_next`; of their names the first is the version's and the others its parents'.
fn read_definitions(codec: Codec, table: &[u8]) -> Vec<VersionDefinition> {
    let mut definitions = Vec::new();
    let mut budget = Budget::of(table);
    let mut cursor = Some(0);
    while let Some(at) = cursor {
        let Some((definition, distance)) = read_definition(codec, table, at, &mut budget) else {
            break;
        };
        definitions.push(definition);
        cursor = next(at, distance);
    }
    definitions
}

fn read_definition(
    codec: Codec,
    table: &[u8],
    at: usize,
    budget: &mut Budget,
) -> Option<(VersionDefinition, u32)> {
    budget.spend()?;
    let raw = table.get(at..)?.first_chunk::<20>()?;
    let mut definition = VersionDefinition {
        revision: codec.u16(raw, 0)?,
        flags: codec.u16(raw, 2)?,
        index: codec.u16(raw, 4)?,
        hash: codec.u32(raw, 8)?,
        name: 0,
        parents: Vec::new(),
    };
    let mut cursor = at.checked_add(codec.u32(raw, 12)? as usize);
    // The loader reads the first name even when vd_cnt is 0.
    for place in 0..codec.u16(raw, 6)?.max(1) {
        let Some((name, distance)) = cursor.and_then(|aux| {
            let raw = table.get(aux..)?.first_chunk::<8>()?;
            Some((codec.u32(raw, 0)?, codec.u32(raw, 4)?))
        }) else {
            break;
        };
        if budget.spend().is_none() {
            break;
        }
        if place == 0 {
            definition.name = name;
        } else {
            definition.parents.push(name);
        }
        cursor = cursor.and_then(|aux| next(aux, distance));
    }
    Some((definition, codec.u32(raw, 16)?))
}

const INDEX_MASK: u16 = 0x7fff;
const HIDDEN: u16 = 0x8000;
const FLAG_BASE: u16 = 1;

/// `l_versions`: needs first, then definitions over them, without the base version, whose name matches no symbol.
fn meanings(
    needs: &[VersionNeed],
    definitions: &[VersionDefinition],
) -> Vec<Option<VersionMeaning>> {
    let mut meanings = Vec::new();
    let mut put = |index: u16, meaning: VersionMeaning| {
        let index = usize::from(index & INDEX_MASK);
        if meanings.len() <= index {
            meanings.resize(index + 1, None);
        }
        meanings[index] = Some(meaning);
    };
    for need in needs {
        for version in &need.versions {
            put(
                version.index,
                VersionMeaning {
                    name: version.name,
                    hash: version.hash,
                    hidden: version.index & HIDDEN != 0,
                    file: Some(need.file),
                },
            );
        }
    }
    for definition in definitions.iter().filter(|d| d.flags & FLAG_BASE == 0) {
        put(
            definition.index,
            VersionMeaning {
                name: definition.name,
                hash: definition.hash,
                hidden: false,
                file: None,
            },
        );
    }
    meanings
}

impl Image {
    fn versions(&self) -> &Versions {
        self.lazy().versions.get_or_init(|| {
            let codec = self.codec();
            let needs = self
                .at_tag(dt::VERNEED)
                .map(|table| read_needs(codec, table));
            let definitions = self
                .at_tag(dt::VERDEF)
                .map(|table| read_definitions(codec, table));
            let (needs, definitions) = (needs.unwrap_or_default(), definitions.unwrap_or_default());
            Versions {
                meanings: meanings(&needs, &definitions),
                needs,
                definitions,
            }
        })
    }
    /// `DT_VERNEED`. `DT_VERNEEDNUM` is not looked at: ld.so follows the records' links.
    pub fn version_needs(&self) -> &[VersionNeed] {
        &self.versions().needs
    }
    /// `DT_VERDEF`, the base definition included.
    pub fn version_definitions(&self) -> &[VersionDefinition] {
        &self.versions().definitions
    }
    /// What an index of `DT_VERSYM` means here, as ld.so's `l_versions` has it; the hidden bit of `index` is ignored.
    /// `None` for 0 (local), 1 (global, unless a version is numbered so) and indexes that nothing names.
    #[inline]
    pub fn version_meaning(&self, index: u16) -> Option<&VersionMeaning> {
        self.versions()
            .meanings
            .get(usize::from(index & INDEX_MASK))?
            .as_ref()
    }
    /// The name of a version index, and the file it is needed from if this object does not define it.
    pub fn version_name(&self, index: u16) -> Option<(&[u8], Option<&[u8]>)> {
        let meaning = self.version_meaning(index)?;
        let file = meaning.file.map(|offset| self.string(offset));
        Some((self.string(meaning.name), file))
    }
}
