//! What a program takes from its libraries by itself: copies of their variables, and addresses of its own for their functions
//! (`sysdeps/generic/dl-protected.h`, `elf_machine_rela`).

use sayso_facts::elf::{Image, Relocation};

use super::process::Process;
use super::relocate::{Action, action};
use super::symbols::Class;
use crate::messages::{Failure, Fields, glibc as message};
use crate::trace::ObjectId;

/// `GNU_PROPERTY_1_NEEDED_INDIRECT_EXTERN_ACCESS`
const INDIRECT_EXTERN_ACCESS: u32 = 1;

/// A program's reference to a function whose address it has itself (its PLT entry's).
pub(super) fn is_direct(image: &Image, relocation: Relocation, class: Class) -> bool {
    let symbol = image.symbol(relocation.symbol);
    class.plt && symbol.is_some_and(|symbol| symbol.shndx == 0 && symbol.value != 0)
}

impl Process<'_, '_> {
    /// A reference of the program's, and the definition that it was bound to, each as an object and a symbol of it.
    pub(super) fn check_access(
        &mut self,
        class: Class,
        reference: (ObjectId, u32),
        definition: (ObjectId, u32),
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) {
        if let Some(failure) = self.check_protected(class, reference, definition) {
            failures(self, failure);
        }
        if class.copy {
            self.check_copy_size(reference, definition);
        }
    }

    fn check_copy_size(
        &mut self,
        (program, reference): (ObjectId, u32),
        (definer, index): (ObjectId, u32),
    ) {
        let image = self.map(program).image.clone();
        let (Some(reference), Some(definition)) = (
            image.symbol(reference),
            self.map(definer).image.symbol(index),
        ) else {
            return;
        };
        let name = image.string(reference.name);
        let differs =
            definition.size > reference.size || (definition.size < reference.size && self.verbose);
        if !differs {
            return;
        }
        let program = self.program.clone();
        let mut failure = Failure::of(&message::COPY_SIZE, b"");
        failure.fields = Fields::new().with("program", program).with("symbol", name);
        failure.by = Some(definer);
        self.warn(*failure);
    }

    /// `_dl_check_protected_symbol`: what a program copies, or takes the address of without asking, should not be protected in
    /// its library.
    fn check_protected(
        &mut self,
        class: Class,
        (program, reference): (ObjectId, u32),
        (definer, index): (ObjectId, u32),
    ) -> Option<Box<Failure>> {
        let (user, library) = (&self.map(program).image, &self.map(definer).image);
        let (reference, definition) = (user.symbol(reference)?, library.symbol(index)?);
        if definition.other & 3 != 3 || !self.rules.protected_checked() {
            return None;
        }
        let refuses = |image: &Image| image.properties().needed_1 & INDIRECT_EXTERN_ACCESS != 0;
        let refused = refuses(library);
        let told = |message| {
            let mut failure = Failure::of(message, self.map(definer).l_name.clone());
            failure.fields = failure.fields.with("symbol", user.string(reference.name));
            failure.by = Some(definer);
            failure
        };
        if !self.rules.protected_warned() {
            let message = if class.copy {
                &message::COPY_REFUSED
            } else {
                &message::DIRECT_REFUSED
            };
            return (refused && !refuses(user)).then(|| told(message));
        }
        let warning = told(if class.copy {
            &message::COPY_OF_PROTECTED
        } else {
            &message::DIRECT_TO_PROTECTED
        });
        let failure = refused.then(|| told(&message::INDIRECT_ACCESS));
        self.warn(*warning);
        failure
    }

    /// Whether the program holds a copy of a variable.
    pub(super) fn is_copied(&self, program: ObjectId, name: &[u8]) -> bool {
        let image = &self.map(program).image;
        let machine = image.header().machine;
        let mut relocations = image.relocations_after_relative();
        relocations.any(|relocation| {
            matches!(
                action(machine, relocation.kind),
                Action::Symbol(Class::COPY)
            ) && image
                .symbol(relocation.symbol)
                .is_some_and(|symbol| image.string(symbol.name) == name)
        })
    }
}
