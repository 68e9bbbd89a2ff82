//! `PT_DYNAMIC` and its strings.

use super::super::{Dynamic, Image, Segment, dt, pt};
use super::Remarks;

pub(super) fn check(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    if let Some(segment) = image.segment(pt::DYNAMIC) {
        check_place(image, dynamic, segment, remarks);
    }
    check_strings(image, dynamic, remarks);
    check_sizes(image, dynamic, remarks);
}

fn check_place(image: &Image, dynamic: &Dynamic, segment: &Segment, remarks: &mut Remarks) {
    let at = Some(segment.offset);
    let Some(range) = image.range_at(segment.vaddr) else {
        remarks.add(at, "PT_DYNAMIC has no bytes in any PT_LOAD of the file");
        return;
    };
    remarks.add_if(range.start as u64 != segment.offset, at, || {
        format!(
            "PT_DYNAMIC says offset {:#x}, but its address is mapped from {:#x}",
            segment.offset, range.start
        )
    });
    let entry = 2 * image.codec().word_size();
    let read = dynamic.entries.len().saturating_mul(entry);
    remarks.add_if(range.len() - read < entry, at, || {
        "PT_DYNAMIC has no terminating DT_NULL".to_owned()
    });
    remarks.add_if(read as u64 >= segment.memsz.max(1), at, || {
        format!(
            "the entries of PT_DYNAMIC go on past its size of {:#x} bytes",
            segment.memsz
        )
    });
}

fn check_strings(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    let held = image.strings().len() as u64;
    let start = Some(image.strings_start() as u64);
    match dynamic.strtab {
        None => {
            remarks.add_if(!dynamic.entries.is_empty(), None, || {
                "PT_DYNAMIC has no DT_STRTAB".to_owned()
            });
        }
        Some(address) if held == 0 => {
            remarks.add(
                None,
                format!("DT_STRTAB ({address:#x}) lies outside the file's segments"),
            );
        }
        Some(_) => {
            remarks.add_if(dynamic.strsz > held, start, || {
                format!(
                    "DT_STRSZ is {}, but only {held} bytes of strings are in the file",
                    dynamic.strsz
                )
            });
            let last = usize::try_from(dynamic.strsz)
                .ok()
                .and_then(|size| size.checked_sub(1));
            let last = last.and_then(|last| image.strings().get(last));
            remarks.add_if(last.is_some_and(|&byte| byte != 0), start, || {
                "the string table does not end in a NUL".to_owned()
            });
        }
    }
    let size = dynamic.strsz.min(held);
    let single = [
        ("DT_SONAME", dynamic.soname),
        ("DT_RPATH", dynamic.rpath),
        ("DT_RUNPATH", dynamic.runpath),
        ("DT_AUDIT", dynamic.audit),
        ("DT_DEPAUDIT", dynamic.depaudit),
    ];
    let single = single
        .into_iter()
        .filter_map(|(tag, offset)| Some((tag, offset?)));
    let needed = dynamic.needed.iter().map(|&offset| ("DT_NEEDED", offset));
    let filters = dynamic.filters.iter().map(|&(auxiliary, offset)| {
        (
            if auxiliary {
                "DT_AUXILIARY"
            } else {
                "DT_FILTER"
            },
            offset,
        )
    });
    for (tag, offset) in single.chain(needed).chain(filters) {
        remarks.add_if(u64::from(offset) >= size, start, || {
            format!(
                "{tag} names the string at {offset:#x}, outside the string table of {size:#x} bytes"
            )
        });
    }
}

/// Tags that come in pairs of address and size, and sizes of entries.
fn check_sizes(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    let word = image.codec().word_size() as u64;
    let symbol = super::super::symbols::symbol_size(image.codec()) as u64;
    let entry_sizes = [
        ("DT_SYMENT", dt::SYMENT, symbol),
        ("DT_RELAENT", dt::RELAENT, 3 * word),
        ("DT_RELENT", dt::RELENT, 2 * word),
        ("DT_RELRENT", dt::RELRENT, word),
    ];
    for (tag, number, expected) in entry_sizes {
        if let Some(size) = dynamic.value(number) {
            remarks.add_if(size != expected, None, || {
                format!("{tag} is {size}, not {expected}")
            });
        }
    }
    let plt_entry = match dynamic.value(dt::PLTREL) {
        Some(kind) if kind == dt::REL as u64 => 2 * word,
        _ => 3 * word,
    };
    let tables = [
        ("DT_REL", dt::REL, dt::RELSZ, 2 * word),
        ("DT_RELA", dt::RELA, dt::RELASZ, 3 * word),
        ("DT_JMPREL", dt::JMPREL, dt::PLTRELSZ, plt_entry),
        ("DT_RELR", dt::RELR, dt::RELRSZ, word),
        ("DT_INIT_ARRAY", dt::INIT_ARRAY, dt::INIT_ARRAYSZ, word),
        ("DT_FINI_ARRAY", dt::FINI_ARRAY, dt::FINI_ARRAYSZ, word),
        (
            "DT_PREINIT_ARRAY",
            dt::PREINIT_ARRAY,
            dt::PREINIT_ARRAYSZ,
            word,
        ),
    ];
    for (tag, address, size, entry) in tables {
        let (address, size) = (dynamic.value(address), dynamic.value(size));
        match (address, size) {
            (None, None | Some(0)) => {}
            (None, Some(_)) => remarks.add(None, format!("the size of {tag} is there without it")),
            (Some(_), None) => remarks.add(None, format!("{tag} is there without its size")),
            (Some(address), Some(size)) => {
                remarks.add_if(size % entry != 0, None, || {
                    format!("the size of {tag}, {size}, is no multiple of {entry}")
                });
                let held = image.at(address).map_or(0, <[u8]>::len) as u64;
                remarks.add_if(
                    held < size,
                    image.range_at(address).map(|r| r.start as u64),
                    || format!("{tag} has {size} bytes, of which {held} are in the file"),
                );
            }
        }
    }
}
