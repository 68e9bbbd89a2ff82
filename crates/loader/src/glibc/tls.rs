//! The static TLS block (`elf/dl-tls.c: _dl_determine_tlsoffset`, `elf/dl-reloc.c: _dl_try_allocate_static_tls`).

use sayso_facts::elf::Image;

use super::process::Process;
use crate::trace::ObjectId;

/// How much static TLS is used, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StaticTls {
    used: u64,
    /// Without the thread control block.
    size: u64,
    alignment: u64,
}

const PT_TLS: u32 = 7;

/// Size and alignment of the area for restartable sequences, with every kernel so far (`AT_RSEQ_FEATURE_SIZE` 20 to 32 and
/// `AT_RSEQ_ALIGN` 32, rounded up).
const RSEQ_BYTES: u64 = 32;

/// Size, alignment and first-byte offset of a TLS segment that is not empty.
fn block(image: &Image) -> Option<(u64, u64, u64)> {
    let segment = image.segment(PT_TLS).filter(|segment| segment.memsz > 0)?;
    let alignment = segment.align.max(1);
    if !alignment.is_power_of_two() {
        return Some((segment.memsz, 1, 0));
    }
    Some((segment.memsz, alignment, segment.vaddr & (alignment - 1)))
}

fn round_up(value: u64, to: u64) -> u64 {
    value.div_ceil(to).saturating_mul(to)
}

impl Process<'_, '_> {
    /// Lays out the blocks of everything loaded at start (the variant with the control block on top: x86, s390x).
    pub(crate) fn lay_out_static_tls(&mut self) {
        let (mut offset, mut top, mut bottom, mut max_align) = (0u64, 0u64, 0u64, 64u64);
        let list = self.namespaces[0].list.clone();
        for id in list {
            let Some((size, alignment, first)) = block(&self.map(id).image) else {
                continue;
            };
            self.map_mut(id).static_tls = true;
            max_align = max_align.max(alignment);
            let first_byte = first.wrapping_neg() & (alignment - 1);
            let place = |from: u64| {
                round_up(
                    from.saturating_add(size).saturating_sub(first_byte),
                    alignment,
                )
                .saturating_add(first_byte)
            };
            if bottom - top >= size && place(top) <= bottom {
                top = place(top);
                continue;
            }
            let next = place(offset);
            if next > offset.saturating_add(size).saturating_add(bottom - top) {
                top = offset;
                bottom = next - size;
            }
            offset = next;
        }
        if self.rules.rseq_in_static_tls() {
            offset = round_up(offset, RSEQ_BYTES).saturating_add(RSEQ_BYTES);
        }
        let surplus = self.tunables.static_tls_surplus(self.audit_modules);
        self.tls = StaticTls {
            used: offset,
            size: round_up(offset.saturating_add(surplus), max_align),
            alignment: max_align,
        };
    }

    /// A reference to thread-local storage of an object that has none, on machines whose storage lies below the thread pointer:
    /// the loader divides by its alignment, which is 0.
    pub(crate) fn crashes_for_want_of_tls(&self, id: ObjectId) -> bool {
        let image = &self.map(id).image;
        matches!(image.header().machine, 62 | 3 | 22) && block(image).is_none()
    }

    /// `_dl_try_allocate_static_tls(map, optional = false)`.
    pub(crate) fn allocate_static_tls(&mut self, id: ObjectId) -> bool {
        let Some((size, alignment, first)) = block(&self.map(id).image) else {
            return true;
        };
        if self.map(id).static_tls {
            return true;
        }
        if alignment > self.tls.alignment {
            return false;
        }
        let free = self.tls.size - self.tls.used;
        let Some(left) = free.checked_sub(size + first) else {
            return false;
        };
        let steps = left / alignment;
        self.tls.used += free - steps * alignment - first;
        self.map_mut(id).static_tls = true;
        true
    }
}
