//! IFUNC symbols: a reference to one runs its resolver while the loader relocates (`sysdeps/x86_64/dl-machine.h: elf_machine_rela`,
//! and the same for i386; other machines call the resolver without a word).
//!
//! A resolver is code of the library that defines the symbol. If that library is not relocated yet, the code works with addresses
//! that nobody has filled in. Relocation goes from needs to those who need them, so it takes a library that uses another
//! without needing it, or a cycle.

use super::process::{Kind, Process};
use crate::messages::{Failure, Fields, Frame, glibc as message};
use crate::trace::{Gap, ObjectId};

/// `STT_GNU_IFUNC`
const IFUNC: u8 = 10;

impl Process<'_, '_> {
    /// Whether a reference could meet a resolver of an object that is not relocated yet. Almost always not, and then no
    /// relocation needs to be looked at for it.
    pub(crate) fn may_meet_early_resolvers(&self, id: ObjectId) -> bool {
        let asker = self.map(id);
        let list = &self.namespaces[asker.namespace as usize].list;
        list.iter().any(|&other| {
            let map = self.map(other);
            other != id
                && !map.relocated
                && !map.faked
                && map.image.has_indirect_functions()
                && self
                    .session
                    .mentions_indirect((asker.file, &asker.image), (map.file, &map.image))
        })
    }

    /// Puts libc at the head of what is to be relocated, where the release does so.
    pub(crate) fn libc_first(&self, namespace: u32, order: &mut [ObjectId]) {
        if !self.rules.libc_relocated_first() {
            return;
        }
        let is_libc = |id: &ObjectId| self.map(*id).namespace == namespace && self.is_libc(*id);
        if let Some(at) = order.iter().position(is_libc) {
            order[..=at].rotate_right(1);
        }
    }

    /// What comes of a reference of `id` that is bound, now, to a symbol of `definer`.
    pub(crate) fn call_resolver(
        &mut self,
        id: ObjectId,
        name: u32,
        definer: ObjectId,
        definition: u32,
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) {
        let provider = self.map(definer);
        let symbol = provider.image.symbol(definition);
        let is_indirect = symbol.is_some_and(|symbol| symbol.kind() == IFUNC && symbol.shndx != 0);
        if definer == id || provider.relocated || !is_indirect {
            return;
        }
        let harmless = provider.image.relocations().next().is_none()
            && !provider.image.dynamic().is_some_and(|dynamic| dynamic.relr);
        let by_program = provider.kind == Kind::Executable;
        let machine = self.map(id).image.header().machine;
        let image = &self.map(id).image;
        let fields = Fields::new()
            .with("program", &self.program)
            .with("object", &self.map(id).l_name)
            .with("symbol", image.string(name));
        if matches!(machine, 62 | 3) {
            let refused = self.rules.program_resolvers_refused()
                || self.config.ahead.refuses_program_resolvers;
            if by_program && refused {
                let mut failure = Failure::of(&message::IFUNC_IN_PROGRAM, b"");
                failure.fields = fields;
                failure.by = Some(id);
                failures(self, failure);
                return;
            }
            if !by_program && self.rules.early_resolvers_told() {
                let provider = self.map(definer).l_name.clone();
                self.warn(Failure {
                    message: &message::IFUNC_RELINK,
                    fields: fields.with("provider", provider),
                    frame: Frame::Plain,
                    exit_status: None,
                    by: Some(id),
                    search: None,
                });
            }
        }
        if harmless {
            return;
        }
        let gap = Gap {
            name: "resolver-before-relocation",
            what: format!(
                "the resolver of the IFUNC symbol {} in {} runs before its library is relocated: it may crash",
                String::from_utf8_lossy(self.map(id).image.string(name)),
                String::from_utf8_lossy(&self.display_name(definer)),
            ),
        };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }
}
