//! The oldest system that loads it: what an artifact asks of the system below it, and which symbol of which object does.
//!
//! An artifact is a program or library with everything that it brings along. Its objects are told apart by machine and by C
//! library (a release archive may hold four targets), and each such group has a [`Floor`]. What hand-made gates get wrong is
//! decided here: definitions are no needs, a weak need is no need (`elf/dl-version.c` only warns), a library that the artifact
//! brings satisfies its own needs, a `GLIBC_2.x` counts only where it is asked of one of glibc's own libraries, and 2.9 is
//! below 2.10.

mod gate;
mod libc;
mod lower;
mod measure;
mod number;
mod part;
mod systems;
mod tags;
mod trouble;

pub use gate::{Limits, Violation, violations};
pub use libc::Libc;
pub use lower::{Lowering, gcc_release};
pub use measure::measure;
pub use number::Number;
pub use part::Part;
pub use systems::{Fits, Lack, System, Target, systems, target};
pub use tags::{Obstacle, Tag, TagError, machine_tag, tag_holds, tags};

use sayso_facts::elf::Class;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// Releases of glibc, by `GLIBC_` versions of its libraries and by what only newer loaders understand.
    Glibc,
    /// Releases of musl, by the symbols that they brought.
    Musl,
    /// `GLIBCXX_` of libstdc++.
    Glibcxx,
    /// `CXXABI_` of libstdc++.
    Cxxabi,
    /// `GCC_` of libgcc_s.
    Libgcc,
    /// Linux, by the ABI note, which glibc up to 2.35 looks at.
    Kernel,
    /// The level of an x86-64 processor, 1 to 4, by the GNU property.
    Cpu,
}

impl Axis {
    /// Every axis, in the order in which they are shown.
    pub const ALL: [Axis; 7] = [
        Axis::Glibc,
        Axis::Musl,
        Axis::Glibcxx,
        Axis::Cxxabi,
        Axis::Libgcc,
        Axis::Kernel,
        Axis::Cpu,
    ];
    /// The word of options, policies and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Glibc => "glibc",
            Axis::Musl => "musl",
            Axis::Glibcxx => "glibcxx",
            Axis::Cxxabi => "cxxabi",
            Axis::Libgcc => "libgcc",
            Axis::Kernel => "kernel",
            Axis::Cpu => "cpu",
        }
    }
    /// The word before a number in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Axis::Glibc => "glibc",
            Axis::Musl => "musl",
            Axis::Glibcxx => "GLIBCXX",
            Axis::Cxxabi => "CXXABI",
            Axis::Libgcc => "libgcc GCC",
            Axis::Kernel => "Linux",
            Axis::Cpu => "x86-64 level",
        }
    }
    /// A number of it as it is written: `2.34`, and `x86-64-v3` of processors.
    pub fn show(self, number: &Number) -> String {
        match self {
            Axis::Cpu => format!("x86-64-v{}", number.part(0)),
            _ => number.to_string(),
        }
    }
    /// Reads what [`Axis::show`] writes; a processor level also as `v3` or `3`.
    pub fn parse(self, text: &str) -> Option<Number> {
        if self != Axis::Cpu {
            return Number::parse(text).filter(|number| number.part(0) > 0);
        }
        let level = text.strip_prefix("x86-64-").unwrap_or(text);
        let level: u32 = level.strip_prefix('v').unwrap_or(level).parse().ok()?;
        (1..=4).contains(&level).then(|| Number::of(&[level]))
    }
}

/// One height that something forces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// What is counted.
    pub axis: Axis,
    /// How high.
    pub number: Number,
    /// What forces it, in the order of the parts.
    pub because: Vec<Because>,
}

impl Demand {
    /// The symbols behind it, each once, in the order in which they were met.
    pub fn symbols(&self) -> Vec<&str> {
        let mut seen = std::collections::HashSet::new();
        self.because
            .iter()
            .flat_map(|because| &because.symbols)
            .map(String::as_str)
            .filter(|symbol| seen.insert(*symbol))
            .collect()
    }
}

/// Why one object forces a height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// Which part of the floor, by its place in [`Floor::parts`].
    pub part: usize,
    /// How it does.
    pub reason: Reason,
    /// The symbols that ask for it; none: the record or mark alone does.
    pub symbols: Vec<String>,
}

/// How an object forces a height.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A version needed from a library.
    Version {
        /// `GLIBC_2.34`
        version: String,
        /// `libc.so.6`
        library: String,
    },
    /// Symbols that musl did not always have.
    Symbol,
    /// Something in the file that only newer loaders understand.
    Feature(&'static Feature),
    /// `NT_GNU_ABI_TAG`.
    AbiNote,
    /// `GNU_PROPERTY_X86_ISA_1_NEEDED`.
    Property,
    /// Go's own check at the start (`GOAMD64`).
    Goamd64,
}

/// Something in a file that a loader understands from a release on, or up to one.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Feature {
    /// Kebab-case.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// How a build goes without it.
    pub avoid: &'static str,
}

/// A library that the system has to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The name asked for.
    pub soname: String,
    /// Who asks, by place in [`Floor::parts`].
    pub needed_by: Vec<usize>,
    /// Versions needed from it that no axis counts (`OPENSSL_3.0.0`), sorted.
    pub versions: Vec<String>,
}

/// Something that keeps it from loading anywhere, or on systems that cannot be named by a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It uses glibc's private interface: only the very glibc that it was built with fits.
    Private {
        /// Who.
        part: usize,
        /// The library of glibc.
        library: String,
        /// Which symbols.
        symbols: Vec<String>,
    },
    /// A library that the artifact brings does not define a version that another of its parts needs.
    Unsatisfied {
        /// Who needs it.
        part: usize,
        /// The version.
        version: String,
        /// The library that comes along.
        library: String,
    },
    /// A `GLIBC_ABI_…` marker that is not known here: no release is known to have it.
    UnknownMarker {
        /// Who.
        part: usize,
        /// The marker.
        version: String,
    },
    /// It needs the C libraries of two families at once.
    TwoLibcs {
        /// Who.
        part: usize,
    },
    /// `DT_RELR` without the marker, which glibc refuses where it understands `DT_RELR` at all.
    RelrWithoutMarker {
        /// Who.
        part: usize,
    },
    /// Resolver functions (`STT_GNU_IFUNC`), which musl does not have.
    IfuncOnMusl {
        /// Who.
        part: usize,
    },
    /// An executable stack: glibc 2.41 and later refuse to dlopen it.
    ExecutableStack {
        /// Who.
        part: usize,
    },
}

/// What the objects of one machine and one C library ask of the system.
#[derive(Debug, Clone)]
pub struct Floor {
    /// `e_machine`.
    pub machine: u16,
    /// 32 or 64 bit.
    pub class: Class,
    /// The C library that they need.
    pub libc: Libc,
    /// The objects, by their names in the artifact.
    pub parts: Vec<String>,
    /// Every height that is really needed, each axis from the highest down.
    pub strong: Vec<Demand>,
    /// Heights above the floor that only weak needs ask for: it loads without them, and the symbols are null then.
    pub weak: Vec<Demand>,
    /// Libraries that the artifact does not bring, by name.
    pub external: Vec<External>,
    /// Names under which the artifact brings libraries that one of its parts needs.
    pub bundled: Vec<String>,
    /// What no number says.
    pub troubles: Vec<Trouble>,
    /// `GLIBC_ABI_…` markers that are needed.
    pub markers: Vec<String>,
    /// Symbols that objects expect of libraries with private symbols of the manylinux policies: (library, symbol, part).
    pub(crate) kept_to_itself: Vec<(String, String, usize)>,
}

impl Floor {
    /// The height of an axis, with what forces it; `None`: nothing is asked.
    pub fn demand(&self, axis: Axis) -> Option<&Demand> {
        self.strong.iter().find(|demand| demand.axis == axis)
    }
    /// The height of an axis.
    pub fn height(&self, axis: Axis) -> Option<&Number> {
        self.demand(axis).map(|demand| &demand.number)
    }
    /// Where it would stand if what forces the highest demand were gone: the next lower one.
    pub fn next_lower(&self, axis: Axis) -> Option<&Number> {
        let mut demands = self.strong.iter().filter(|demand| demand.axis == axis);
        demands.next();
        demands.next().map(|demand| &demand.number)
    }
    /// "64-bit ARM (aarch64)", with "32-bit" where the class differs from the machine's usual one.
    pub fn machine_name(&self) -> String {
        const EM_X86_64: u16 = 62;
        match (self.machine, self.class) {
            (EM_X86_64, Class::Elf32) => "x32".into(),
            (machine, _) => crate::machine_name(machine),
        }
    }
}
