//! Symbols, hash tables, versions and relocations against each other.

use std::collections::HashSet;

use super::super::hash::GnuTable;
use super::super::{Dynamic, Image, dt, gnu_hash, sysv_hash, ver};
use super::Remarks;
use crate::limits::NAME_READS_MAX;

pub(super) fn check(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    check_symbols(image, dynamic, remarks);
    check_hash_tables(image, dynamic, remarks);
    check_versions(image, dynamic, remarks);
    check_version_indexes(image, dynamic, remarks);
    check_relocations(image, remarks);
}

fn start_of(image: &Image, tag: i64) -> Option<u64> {
    let range = image.range_at(image.dynamic_value(tag)?)?;
    Some(range.start as u64)
}

fn check_symbols(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    let start = Some(image.symtab_start() as u64);
    let Some(address) = dynamic.symtab else {
        return;
    };
    if image.symtab().is_empty() {
        remarks.add(
            None,
            format!("DT_SYMTAB ({address:#x}) lies outside the file's segments"),
        );
        return;
    }
    let (told, held) = (image.told_symbol_count(), image.symbol_count());
    remarks.add_if(told > u64::from(held), start, || {
        format!("{told} dynamic symbols, of which {held} lie in the file")
    });
    let size = dynamic.strsz.min(image.strings().len() as u64);
    let outside = image
        .symbols()
        .filter(|(_, symbol)| u64::from(symbol.name) >= size.max(1));
    let outside = outside.count();
    remarks.add_if(outside != 0, start, || {
        format!("{outside} symbols have their names outside the string table")
    });
}

fn check_hash_tables(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    let gnu_at = start_of(image, dt::GNU_HASH);
    let sysv_at = start_of(image, dt::HASH);
    let gnu = image.gnu_table();
    if let (Some(address), None) = (dynamic.gnu_hash, gnu) {
        remarks.add(
            gnu_at,
            format!("DT_GNU_HASH ({address:#x}) does not lie in the file"),
        );
    }
    match (dynamic.hash, image.sysv_table()) {
        (Some(address), None) => {
            remarks.add(
                sysv_at,
                format!("DT_HASH ({address:#x}) does not lie in the file"),
            );
        }
        (Some(address), Some(table)) => {
            let held = image.at(address).map_or(0, <[u8]>::len) as u64;
            remarks.add_if(table.len() > held, sysv_at, || {
                format!(
                    "DT_HASH has {} bytes, of which {held} are in the file",
                    table.len()
                )
            });
            remarks.add_if(
                table.bucket_count() == 0 && table.chain_count() > 1,
                sysv_at,
                || "DT_HASH has symbols and no buckets".to_owned(),
            );
        }
        (None, _) => {}
    }
    if let Some(table) = gnu {
        check_gnu_table(image, table, gnu_at, remarks);
    }
}

fn check_gnu_table(image: &Image, table: &GnuTable, at: Option<u64>, remarks: &mut Remarks) {
    let words = table.bloom_words();
    remarks.add_if(!words.is_power_of_two(), at, || {
        format!("the bloom filter of DT_GNU_HASH has {words} words, which is no power of two")
    });
    remarks.add_if(table.bucket_count() == 0, at, || {
        "DT_GNU_HASH has no buckets".to_owned()
    });
    let end = table.symbol_end(image.codec(), image.bytes());
    if let (Some(sysv), Some(end)) = (image.sysv_table(), end) {
        let count = sysv.chain_count();
        remarks.add_if(count != u64::from(end), at, || {
            format!("DT_HASH counts {count} symbols, DT_GNU_HASH {end}")
        });
    }
    // From the first hashed symbol on, every name must be found where its hash leads.
    let end = end.unwrap_or(0).min(image.symbol_count());
    let (codec, bytes) = (image.codec(), image.bytes());
    let mut lost = 0u32;
    let mut run = table.symbol_offset;
    let mut budget = NameBudget::of(image);
    for index in table.symbol_offset..end {
        let symbol = image.symbol(index);
        let Some(name) = symbol.and_then(|symbol| budget.name(image, symbol.name)) else {
            break;
        };
        lost += u32::from(!table.reaches(codec, bytes, gnu_hash(name), run, index));
        if table.ends_run(codec, bytes, index) {
            run = index + 1;
        }
    }
    remarks.add_if(lost != 0, at, || {
        format!("{lost} symbols stand in DT_GNU_HASH where no look-up finds them")
    });
}

/// Bytes of names that may still be read. Names of a sound file can share their tails, but in a damaged one every name may
/// be the whole table, and reading them all would cost the square of its size.
struct NameBudget(usize);

impl NameBudget {
    fn of(image: &Image) -> NameBudget {
        NameBudget(image.file_size().saturating_mul(NAME_READS_MAX))
    }
    fn name<'a>(&mut self, image: &'a Image, offset: u32) -> Option<&'a [u8]> {
        let name = image.string(offset);
        self.0 = self.0.checked_sub(name.len())?;
        Some(name)
    }
}

fn check_versions(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    let needs = image.version_needs();
    let definitions = image.version_definitions();
    let (needs_at, definitions_at) = (start_of(image, dt::VERNEED), start_of(image, dt::VERDEF));
    let counts = [
        (
            "DT_VERNEED",
            dt::VERNEED,
            dt::VERNEEDNUM,
            needs.len(),
            needs_at,
        ),
        (
            "DT_VERDEF",
            dt::VERDEF,
            dt::VERDEFNUM,
            definitions.len(),
            definitions_at,
        ),
    ];
    for (tag, address, number, read, at) in counts {
        let Some(address) = dynamic.value(address) else {
            continue;
        };
        let told = dynamic.value(number).unwrap_or(0);
        remarks.add_if(image.at(address).is_none(), at, || {
            format!("{tag} ({address:#x}) lies outside the file's segments")
        });
        remarks.add_if(told != read as u64, at, || {
            format!("{tag} is told to have {told} records, and its links lead to {read}")
        });
    }
    let mut budget = NameBudget::of(image);
    let needed: HashSet<Option<&[u8]>> = dynamic
        .needed
        .iter()
        .map(|&offset| budget.name(image, offset))
        .collect();
    for need in needs {
        let Some(file) = budget.name(image, need.file) else {
            return;
        };
        // ld.so asserts that the file is one of the needed ones.
        remarks.add_if(!needed.contains(&Some(file)), needs_at, || {
            format!(
                "versions are needed from {}, which is not in DT_NEEDED",
                file.escape_ascii()
            )
        });
        remarks.add_if(need.revision != 1, needs_at, || {
            format!("a version need of revision {}", need.revision)
        });
        for version in &need.versions {
            let name = budget.name(image, version.name);
            check_hash(name, version.hash, needs_at, remarks);
        }
    }
    for definition in definitions {
        remarks.add_if(definition.revision != 1, definitions_at, || {
            format!("a version definition of revision {}", definition.revision)
        });
        let name = budget.name(image, definition.name);
        check_hash(name, definition.hash, definitions_at, remarks);
    }
}

/// Version names are compared after their hashes, so a wrong hash makes a name that matches nothing.
fn check_hash(name: Option<&[u8]>, hash: u32, at: Option<u64>, remarks: &mut Remarks) {
    let Some(name) = name else {
        return;
    };
    remarks.add_if(sysv_hash(name) != hash, at, || {
        format!(
            "version {} has the hash {hash:#x} in the file, and really {:#x}",
            name.escape_ascii(),
            sysv_hash(name)
        )
    });
}

fn check_version_indexes(image: &Image, dynamic: &Dynamic, remarks: &mut Remarks) {
    let at = start_of(image, dt::VERSYM);
    if let (Some(address), true) = (dynamic.versym, image.versyms().is_empty()) {
        remarks.add(
            at,
            format!("DT_VERSYM ({address:#x}) lies outside the file's segments"),
        );
        return;
    }
    if image.versyms().is_empty() {
        let tables = !image.version_needs().is_empty() || !image.version_definitions().is_empty();
        remarks.add_if(tables, None, || {
            "there are versions, but no DT_VERSYM".to_owned()
        });
        return;
    }
    let definitions = image.version_definitions().iter();
    let defined: HashSet<u16> = definitions.map(|d| d.index & !ver::HIDDEN).collect();
    let known = |index: u16| {
        let index = index & !ver::HIDDEN;
        index <= ver::GLOBAL || image.version_meaning(index).is_some() || defined.contains(&index)
    };
    let unknown = (0..image.symbol_count())
        .filter(|&i| image.versym(i).is_none_or(|v| !known(v)))
        .count();
    remarks.add_if(unknown != 0, at, || {
        format!("{unknown} symbols have a version index that no version record explains")
    });
}

fn check_relocations(image: &Image, remarks: &mut Remarks) {
    let held = image.symtab().len() / super::super::symbols::symbol_size(image.codec());
    let count = image.symbol_count();
    // Undefined symbols alone cannot be counted when no table counts them.
    let counted = image.sysv_table().is_some() || image.hashes_symbols();
    let limit = if counted { count as usize } else { held };
    let outside = image
        .relocations_after_relative()
        .filter(|r| r.symbol as usize >= limit.max(1))
        .count();
    remarks.add_if(outside != 0, None, || {
        format!("{outside} relocations name a symbol outside the symbol table of {limit}")
    });
}
