//! Relocation types by machine (`arch/*/reloc.h`).

use sayso_facts::elf::{Class, Endian, Header, em};

use super::release::Rules;

/// What `do_relocs` does for a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    None,
    /// `REL_SYMBOLIC`, `REL_OFFSET`, `REL_OFFSET32`, `REL_USYMBOLIC`, `REL_SYM_OR_REL`: a value, bound like data.
    Symbolic,
    /// `REL_GOT`: like data, but may wait under `RTLD_LAZY`.
    Got,
    /// `REL_PLT`: needs a definition (an undefined symbol with a value does not do); may wait.
    Plt,
    Relative,
    Copy,
    ModuleOfThreadVariable,
    OffsetOfThreadVariable,
    /// `REL_TPOFF`, `REL_TPOFF_NEG`: initial-exec.
    ThreadPointerOffset,
    ThreadDescriptor,
    Unsupported,
}

/// One machine's types. 0 stands for "has none".
struct Types {
    machine: u16,
    class: Class,
    symbolic: &'static [u32],
    got: u32,
    plt: u32,
    relative: u32,
    copy: u32,
    module: u32,
    offset: u32,
    thread_pointer: &'static [u32],
    descriptor: u32,
}

const TYPES: &[Types] = &[
    Types {
        machine: em::X86_64,
        class: Class::Elf64,
        symbolic: &[1, 2],
        got: 6,
        plt: 7,
        relative: 8,
        copy: 5,
        module: 16,
        offset: 17,
        thread_pointer: &[18],
        descriptor: 36,
    },
    // x32
    Types {
        machine: em::X86_64,
        class: Class::Elf32,
        symbolic: &[10, 2],
        got: 6,
        plt: 7,
        relative: 8,
        copy: 5,
        module: 16,
        offset: 17,
        thread_pointer: &[18],
        descriptor: 0,
    },
    Types {
        machine: em::I386,
        class: Class::Elf32,
        symbolic: &[1, 2],
        got: 6,
        plt: 7,
        relative: 8,
        copy: 5,
        module: 35,
        offset: 36,
        thread_pointer: &[14, 37],
        descriptor: 41,
    },
    Types {
        machine: em::AARCH64,
        class: Class::Elf64,
        symbolic: &[257],
        got: 1025,
        plt: 1026,
        relative: 1027,
        copy: 1024,
        module: 1028,
        offset: 1029,
        thread_pointer: &[1030],
        descriptor: 1031,
    },
    Types {
        machine: em::ARM,
        class: Class::Elf32,
        symbolic: &[2],
        got: 21,
        plt: 22,
        relative: 23,
        copy: 20,
        module: 17,
        offset: 18,
        thread_pointer: &[19],
        descriptor: 13,
    },
    Types {
        machine: em::RISCV,
        class: Class::Elf64,
        symbolic: &[2],
        got: 0,
        plt: 5,
        relative: 3,
        copy: 4,
        module: 7,
        offset: 9,
        thread_pointer: &[11],
        descriptor: 12,
    },
    Types {
        machine: em::RISCV,
        class: Class::Elf32,
        symbolic: &[1],
        got: 0,
        plt: 5,
        relative: 3,
        copy: 4,
        module: 6,
        offset: 8,
        thread_pointer: &[10],
        descriptor: 12,
    },
    Types {
        machine: em::PPC64,
        class: Class::Elf64,
        symbolic: &[38, 43],
        got: 20,
        plt: 21,
        relative: 22,
        copy: 19,
        module: 68,
        offset: 78,
        thread_pointer: &[73],
        descriptor: 0,
    },
    Types {
        machine: em::S390,
        class: Class::Elf64,
        symbolic: &[22],
        got: 10,
        plt: 11,
        relative: 12,
        copy: 9,
        module: 54,
        offset: 55,
        thread_pointer: &[56],
        descriptor: 0,
    },
    Types {
        machine: em::LOONGARCH,
        class: Class::Elf64,
        symbolic: &[2],
        got: 0,
        plt: 5,
        relative: 3,
        copy: 4,
        module: 7,
        offset: 9,
        thread_pointer: &[11],
        descriptor: 14,
    },
];

/// The meaning of relocation types to one build of musl.
#[derive(Clone, Copy)]
pub(crate) struct Relocations {
    types: Option<&'static Types>,
    rules: Rules,
}

impl Relocations {
    /// For the loader with this file header. A machine that is not in the table takes every type for a plain value.
    pub(crate) fn of(loader: &Header, rules: Rules) -> Relocations {
        Relocations {
            types: TYPES
                .iter()
                .find(|types| types.machine == loader.machine && types.class == loader.class),
            rules,
        }
    }
    /// What a type means.
    pub(crate) fn kind(self, number: u32) -> Kind {
        let Some(types) = self.types else {
            return Kind::Symbolic;
        };
        match number {
            0 => Kind::None,
            n if n == types.relative => Kind::Relative,
            n if n == types.plt => Kind::Plt,
            n if n == types.got => Kind::Got,
            n if types.symbolic.contains(&n) => Kind::Symbolic,
            n if n == types.copy => Kind::Copy,
            n if n == types.module => Kind::ModuleOfThreadVariable,
            n if n == types.offset => Kind::OffsetOfThreadVariable,
            n if types.thread_pointer.contains(&n) => Kind::ThreadPointerOffset,
            n if n == types.descriptor && self.rules.thread_descriptors(types.machine) => {
                Kind::ThreadDescriptor
            }
            _ => Kind::Unsupported,
        }
    }
}

/// `LDSO_ARCH`: the machine's name in `/etc/ld-musl-ARCH.path` and in the banner.
pub(crate) fn name(loader: &Header) -> &'static [u8] {
    let little = loader.endian == Endian::Little;
    match (loader.machine, loader.class) {
        (em::X86_64, Class::Elf64) => b"x86_64",
        (em::X86_64, Class::Elf32) => b"x32",
        (em::I386, _) => b"i386",
        (em::AARCH64, _) if little => b"aarch64",
        (em::AARCH64, _) => b"aarch64_be",
        // EF_ARM_ABI_FLOAT_HARD
        (em::ARM, _) => match (little, loader.flags & 0x400 != 0) {
            (true, true) => b"armhf",
            (true, false) => b"arm",
            (false, true) => b"armebhf",
            (false, false) => b"armeb",
        },
        // EF_RISCV_FLOAT_ABI
        (em::RISCV, class) => match (class, loader.flags & 6) {
            (Class::Elf64, 0) => b"riscv64-sf",
            (Class::Elf64, 2) => b"riscv64-sp",
            (Class::Elf64, _) => b"riscv64",
            (Class::Elf32, 0) => b"riscv32-sf",
            (Class::Elf32, 2) => b"riscv32-sp",
            (Class::Elf32, _) => b"riscv32",
        },
        (em::PPC64, _) if little => b"powerpc64le",
        (em::PPC64, _) => b"powerpc64",
        (em::S390, _) => b"s390x",
        (em::LOONGARCH, _) => b"loongarch64",
        _ => b"unknown",
    }
}
