//! A policy: what artifacts must keep to, written down once, with a reason for every exception.
//!
//! [`Policy::read`] takes the text of a `sayso.toml`; [`Policy::judge`] holds artifacts against it. Every violation is a
//! [`Finding`](crate::Finding) of a rule with a page, so every output format shows it.

mod found;
mod harden;
mod judge;
mod links;
mod look;
mod read;
mod write;

pub use judge::{Broken, Judged, Shipped};
pub use write::{Seen, starting_policy};

use crate::floor::{Axis, Number, Target};

/// The rule of floors, for limits that were given on the command line.
pub fn floor_rule() -> &'static crate::Rule {
    &crate::rules::policy::POLICY_FLOOR
}

/// The whole policy of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What every artifact has to keep to.
    pub base: Demands,
    /// What artifacts and objects of certain names have to keep to besides; a later one goes over an earlier one.
    pub sections: Vec<Section>,
    /// What is let through, each with its reason.
    pub exceptions: Vec<Exception>,
}

/// Demands on artifacts or objects of certain names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// A pattern of names: `*-linux-arm64*`, `lib/plugins/*.so`.
    pub pattern: String,
    /// The line it begins in.
    pub line: usize,
    /// What it asks.
    pub demands: Demands,
}

/// A violation that is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule, `policy-floor`; `None`: any.
    pub rule: Option<String>,
    /// A pattern of the object's or artifact's name; `None`: any.
    pub object: Option<String>,
    /// Patterns of the symbols, libraries or paths that it is about; none: any.
    pub names: Vec<String>,
    /// Why.
    pub reason: String,
    /// The line it begins in.
    pub line: usize,
}

/// What a run path may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPath {
    /// There must be none.
    None,
    /// Only folders that begin with `$ORIGIN`.
    Origin,
    /// No folder of a build machine: below `/home`, `/root`, `/tmp`, `/build` …
    NoBuildPath,
    /// Anything.
    Any,
}

/// How much of it is protected after relocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relro {
    /// Nothing is asked.
    None,
    /// `PT_GNU_RELRO`.
    Partial,
    /// `PT_GNU_RELRO`, and everything is bound at the start.
    Full,
}

/// How much larger than recorded something may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// Per cent of the recorded size.
    Percent(u64),
    /// Bytes.
    Bytes(u64),
}

/// What is asked. `None` asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// Highest numbers, by axis.
    pub highest: Vec<(Axis, Number)>,
    /// Weak needs count for them as well.
    pub count_weak: Option<bool>,
    /// Systems and tags that it has to load on.
    pub targets: Option<Vec<Target>>,
    /// Libraries that must not be needed.
    pub needed_forbidden: Option<Vec<String>>,
    /// Libraries that must be needed.
    pub needed_required: Option<Vec<String>>,
    /// The only libraries that may be asked of the system.
    pub needed_allowed: Option<Vec<String>>,
    /// Run paths.
    pub run_path: Option<RunPath>,
    /// Symbols that must not be asked for.
    pub undefined_forbidden: Option<Vec<String>>,
    /// The only symbols that may be expected of the host (those that none of its own libraries defines).
    pub undefined_allowed: Option<Vec<String>>,
    /// Symbols that must be exported.
    pub exports_required: Option<Vec<String>>,
    /// Symbols that must not be exported.
    pub exports_forbidden: Option<Vec<String>>,
    /// The only symbols that may be exported.
    pub exports_allowed: Option<Vec<String>>,
    /// Whether a library may use static thread-local storage.
    pub static_tls: Option<bool>,
    /// Whether the stack may be executable.
    pub executable_stack: Option<bool>,
    /// Whether code may be relocated.
    pub text_relocations: Option<bool>,
    /// Read-only relocations.
    pub relro: Option<Relro>,
    /// Everything is bound at the start.
    pub bind_now: Option<bool>,
    /// Programs are position-independent.
    pub pie: Option<bool>,
    /// The machine: `x86_64`, `aarch64` …
    pub machine: Option<String>,
    /// There is a build id.
    pub build_id: Option<bool>,
    /// No two artifacts have an object of the same build id but another machine or name.
    pub distinct_build_ids: Option<bool>,
    /// The recorded size in bytes.
    pub size: Option<u64>,
    /// How much larger it may have become.
    pub growth: Option<Growth>,
}

impl Demands {
    /// These, with what the other says over them.
    fn over(mut self, other: &Demands) -> Demands {
        for (axis, number) in &other.highest {
            self.highest.retain(|(known, _)| known != axis);
            self.highest.push((*axis, number.clone()));
        }
        macro_rules! take {
            ($($field:ident),* $(,)?) => {
                $(if other.$field.is_some() { self.$field.clone_from(&other.$field); })*
            };
        }
        take!(
            count_weak,
            targets,
            needed_forbidden,
            needed_required,
            needed_allowed,
            run_path,
            undefined_forbidden,
            undefined_allowed,
            exports_required,
            exports_forbidden,
            exports_allowed,
            static_tls,
            executable_stack,
            text_relocations,
            relro,
            bind_now,
            pie,
            machine,
            build_id,
            distinct_build_ids,
            size,
            growth,
        );
        self
    }
}

impl Policy {
    /// What an artifact, or an object in it, has to keep to.
    pub fn demands(&self, artifact: &str, object: Option<&str>) -> Demands {
        let mut demands = self.base.clone();
        for section in &self.sections {
            let fits = |name: &str| names(&section.pattern, name);
            if fits(artifact) || object.is_some_and(fits) {
                demands = demands.over(&section.demands);
            }
        }
        demands
    }
}

impl Policy {
    /// Whether a section names a file by a pattern with a folder in it, as in `/usr/bin/python3*`. A whole root or image holds hundreds of
    /// files of packages that nobody here built; `*.so` is not meant to ask for all of these, a path is.
    pub fn asks_for(&self, path: &str) -> bool {
        let mut sections = self.sections.iter();
        sections.any(|section| section.pattern.contains('/') && names(&section.pattern, path))
    }
}

/// A pattern means a path, its end from any folder on, or its file's name: `*.so` and `bin/app` mean `/opt/x/bin/app` and `a/b.so`.
pub(crate) fn names(pattern: &str, path: &str) -> bool {
    use crate::packages::fits;
    fits(pattern, path)
        || path
            .match_indices('/')
            .any(|(at, _)| fits(pattern, &path[at + 1..]))
}

/// Whether any of the patterns means the name.
fn fits_any(patterns: &[String], name: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| crate::packages::fits(pattern, name))
}
