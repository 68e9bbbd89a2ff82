//! The file header and the program headers.

use super::super::{Image, Segment, pt};
use super::Remarks;
use crate::limits::PROGRAM_HEADERS_MAX;

pub(super) fn check(image: &Image, remarks: &mut Remarks) {
    let header = image.header();
    remarks.add_if(
        header.ident[4] != 1 && header.ident[4] != 2,
        Some(4),
        || {
            format!(
                "unknown word size in e_ident[EI_CLASS]: {}",
                header.ident[4]
            )
        },
    );
    remarks.add_if(
        header.ident[5] != 1 && header.ident[5] != 2,
        Some(5),
        || {
            format!(
                "unknown byte order in e_ident[EI_DATA]: {}",
                header.ident[5]
            )
        },
    );
    let size = header.class.segment_size();
    remarks.add_if(
        header.phnum != 0 && usize::from(header.phentsize) != size,
        None,
        || format!("e_phentsize is {}, not {size}", header.phentsize),
    );
    let (read, told) = (image.segments().len(), usize::from(header.phnum));
    remarks.add_if(
        read < told.min(PROGRAM_HEADERS_MAX),
        Some(header.phoff),
        || format!("only {read} of {told} program headers lie in the file"),
    );
    remarks.add_if(told > PROGRAM_HEADERS_MAX, Some(header.phoff), || {
        format!("{told} program headers, of which {PROGRAM_HEADERS_MAX} were read")
    });
    check_loads(image, remarks);
    check_interpreter(image, remarks);
    for kind in [pt::DYNAMIC, pt::INTERP, pt::TLS, pt::GNU_STACK] {
        let count = image.segments().iter().filter(|s| s.kind == kind).count();
        remarks.add_if(count > 1, Some(header.phoff), || {
            format!("{count} program headers of the kind {}", name(kind))
        });
    }
}

fn name(kind: u32) -> &'static str {
    match kind {
        pt::DYNAMIC => "PT_DYNAMIC",
        pt::INTERP => "PT_INTERP",
        pt::TLS => "PT_TLS",
        _ => "PT_GNU_STACK",
    }
}

fn check_loads(image: &Image, remarks: &mut Remarks) {
    let file_size = image.file_size() as u64;
    let mut last: Option<&Segment> = None;
    for segment in image.segments().iter().filter(|s| s.kind == pt::LOAD) {
        let at = Some(segment.offset);
        let end = segment.offset.checked_add(segment.filesz);
        remarks.add_if(segment.filesz != 0 && end.is_none_or(|end| end > file_size), at, || {
            format!(
                "the file ends at {file_size:#x}, before the end of the segment at {:#x} ({:#x} bytes from {:#x}): it is cut",
                segment.vaddr, segment.filesz, segment.offset
            )
        });
        remarks.add_if(segment.filesz > segment.memsz, at, || {
            format!(
                "the segment at {:#x} has more bytes in the file than in memory",
                segment.vaddr
            )
        });
        let align = segment.align.max(1);
        remarks.add_if(!align.is_power_of_two(), at, || {
            format!(
                "the alignment {align:#x} of the segment at {:#x} is no power of two",
                segment.vaddr
            )
        });
        let distance = segment.vaddr.wrapping_sub(segment.offset);
        remarks.add_if(
            align.is_power_of_two() && distance & (align - 1) != 0,
            at,
            || {
                format!(
                    "address {:#x} and offset {:#x} of a segment disagree modulo {align:#x}",
                    segment.vaddr, segment.offset
                )
            },
        );
        if let Some(last) = last {
            let wrong = segment.vaddr < last.vaddr.saturating_add(last.memsz);
            remarks.add_if(wrong, at, || {
                format!(
                    "the segment at {:#x} begins before the end of the one before it",
                    segment.vaddr
                )
            });
        }
        last = Some(segment);
    }
}

fn check_interpreter(image: &Image, remarks: &mut Remarks) {
    let Some(segment) = image.first_segment(pt::INTERP) else {
        return;
    };
    let at = Some(segment.offset);
    match image.interpreter() {
        None => remarks.add(at, "PT_INTERP lies outside the file"),
        Some(path) => {
            // Padding after the NUL is common and harmless; the kernel insists on a NUL at the very end.
            let start = usize::try_from(segment.offset).unwrap_or(usize::MAX);
            let size = usize::try_from(segment.filesz).unwrap_or(usize::MAX);
            let padding = image
                .bytes()
                .get(start.saturating_add(path.len())..start.saturating_add(size));
            let sound =
                padding.is_some_and(|rest| !rest.is_empty() && rest.iter().all(|&byte| byte == 0));
            remarks.add_if(!sound, at, || {
                "PT_INTERP is not one string with its terminating NUL".to_owned()
            });
        }
    }
}
