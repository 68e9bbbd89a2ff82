//! Section headers against `PT_DYNAMIC`. No loader looks at them, but people's tools do, and then answer differently.

use super::super::read::{Codec, part};
use super::super::{Dynamic, Image, dt, pt, sht};
use super::Remarks;

#[derive(Debug, Clone, Copy)]
struct Section {
    kind: u32,
    addr: u64,
    offset: u64,
    size: u64,
}

impl Section {
    fn decode(codec: Codec, raw: &[u8]) -> Option<Section> {
        let word = codec.word_size();
        Some(Section {
            kind: codec.u32(raw, 4)?,
            addr: codec.word(raw, 8 + word)?,
            offset: codec.word(raw, 8 + 2 * word)?,
            size: codec.word(raw, 8 + 3 * word)?,
        })
    }
}

pub(super) fn check(image: &Image, remarks: &mut Remarks) {
    let header = image.header();
    let at = Some(header.shoff);
    if header.shoff == 0 {
        remarks.add(None, "there are no section headers; the loader does not miss them, but linkers and debuggers do");
        return;
    }
    let codec = image.codec();
    let size = header.class.section_size();
    let Some(range) = part(image.file_size(), header.shoff, u64::MAX) else {
        remarks.add(at, "the section headers lie outside the file");
        return;
    };
    if usize::from(header.shentsize) != size {
        remarks.add(
            at,
            format!("e_shentsize is {}, not {size}", header.shentsize),
        );
        return;
    }
    let table = &image.bytes()[range];
    // With too many sections for e_shnum their number is the size of the first one.
    let told = match (header.shnum, Section::decode(codec, table)) {
        (0, Some(first)) => usize::try_from(first.size).unwrap_or(usize::MAX),
        (count, _) => usize::from(count),
    };
    let sections: Vec<Section> = table
        .chunks_exact(size)
        .take(told)
        .filter_map(|raw| Section::decode(codec, raw))
        .collect();
    remarks.add_if(sections.len() < told, at, || {
        format!(
            "only {} of {told} section headers lie in the file",
            sections.len()
        )
    });
    let outside = sections.iter().filter(|s| {
        s.kind != sht::NOBITS
            && s.kind != sht::NULL
            && s.offset
                .checked_add(s.size)
                .is_none_or(|end| end > image.file_size() as u64)
    });
    let outside = outside.count();
    remarks.add_if(outside != 0, at, || {
        format!("{outside} sections lie outside the file")
    });
    if let Some(dynamic) = image.dynamic() {
        compare(image, dynamic, &sections, remarks);
    }
}

fn compare(image: &Image, dynamic: &Dynamic, sections: &[Section], remarks: &mut Remarks) {
    let at = Some(image.header().shoff);
    let find = |kind| sections.iter().find(|s| s.kind == kind);
    let pairs = [
        (
            "the dynamic section",
            sht::DYNAMIC,
            image.segment(pt::DYNAMIC).map(|s| s.vaddr),
            "PT_DYNAMIC",
        ),
        (
            "the dynamic symbol section",
            sht::DYNSYM,
            dynamic.symtab,
            "DT_SYMTAB",
        ),
        ("the hash section", sht::HASH, dynamic.hash, "DT_HASH"),
        (
            "the GNU hash section",
            sht::GNU_HASH,
            dynamic.gnu_hash,
            "DT_GNU_HASH",
        ),
        (
            "the version index section",
            sht::GNU_VERSYM,
            dynamic.versym,
            "DT_VERSYM",
        ),
        (
            "the version need section",
            sht::GNU_VERNEED,
            dynamic.value(dt::VERNEED),
            "DT_VERNEED",
        ),
        (
            "the version definition section",
            sht::GNU_VERDEF,
            dynamic.value(dt::VERDEF),
            "DT_VERDEF",
        ),
    ];
    for (what, kind, address, tag) in pairs {
        match (find(kind), address) {
            (Some(section), Some(address)) => remarks.add_if(section.addr != address, at, || {
                format!("{what} is at {:#x}, {tag} at {address:#x}", section.addr)
            }),
            (Some(section), None) => remarks.add_if(section.size != 0, at, || {
                format!("{what} is there, but no {tag}")
            }),
            (None, Some(_)) => remarks.add(at, format!("{tag} is there, but not {what}")),
            (None, None) => {}
        }
    }
    // Without hashed symbols the section is the better witness of how many there are.
    if let Some(section) =
        find(sht::DYNSYM).filter(|_| image.sysv_table().is_some() || image.hashes_symbols())
    {
        let size = super::super::symbols::symbol_size(image.codec()) as u64;
        let (in_section, counted) = (section.size / size, u64::from(image.symbol_count()));
        remarks.add_if(in_section != counted, at, || {
            format!("the dynamic symbol section has {in_section} symbols, the hash table {counted}")
        });
    }
}
