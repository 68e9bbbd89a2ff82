//! A starting policy from what artifacts are today: a ratchet, to be tightened and never loosened unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::judge::Shipped;
use super::look;
use crate::floor::{self, Axis, Libc, Number};

/// What a starting policy was made from, for who shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The text of the file.
    pub text: String,
    /// Artifacts that were looked at.
    pub artifacts: usize,
    /// Objects that were looked at.
    pub objects: usize,
}

/// Exports that are written down by name; more would be a symbol table, not a policy.
const EXPORTS_MAX: usize = 24;

/// Writes a policy that the artifacts keep to.
pub fn starting_policy(shipped: &[Shipped<'_>]) -> Seen {
    let mut text = String::from(
        "# A starting policy, written by `sayso init` from what the artifacts are today: a ratchet.\n\
         # Lower what can be lower; raise a number only with a reason. `sayso gate FILE…` holds files against it,\n\
         # `sayso rules policy-floor` and its kin explain each rule.\n\n[policy]\n",
    );
    floors(&mut text, shipped);
    needs(&mut text, shipped);
    run_paths(&mut text, shipped);
    hardening(&mut text, shipped);
    for artifact in shipped {
        section(&mut text, artifact, shipped.len() == 1);
    }
    text.push_str(
        "\n# What may stay all the same, each with its reason:\n# [[policy.except]]\n# rule = \"policy-floor\"\n\
         # object = \"bin/legacy\"\n# reason = \"runs only in our own container\"\n",
    );
    Seen {
        text,
        artifacts: shipped.len(),
        objects: shipped.iter().map(|artifact| artifact.parts.len()).sum(),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn list(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| quoted(&name)).collect();
    let line = format!("[{}]", names.join(", "));
    if line.len() <= 100 {
        line
    } else {
        format!("[\n    {},\n]", names.join(",\n    "))
    }
}

fn floors(text: &mut String, shipped: &[Shipped<'_>]) {
    let mut highest: BTreeMap<Axis, (Number, String)> = BTreeMap::new();
    let mut libcs = BTreeSet::new();
    for artifact in shipped {
        for one in floor::measure(artifact.parts) {
            libcs.insert(one.libc);
            for axis in Axis::ALL {
                let Some(demand) = one.demand(axis) else {
                    continue;
                };
                let symbols: Vec<String> = demand
                    .symbols()
                    .iter()
                    .map(|&name| name.to_owned())
                    .collect();
                let object = demand
                    .because
                    .first()
                    .map_or("", |because| one.parts[because.part].as_str());
                let why = if symbols.is_empty() {
                    object.to_owned()
                } else {
                    format!("{} in {object}", crate::rules::enumerate_some(&symbols, 2))
                };
                let known = highest
                    .get(&axis)
                    .is_some_and(|(known, _)| *known >= demand.number);
                if !known {
                    highest.insert(axis, (demand.number.clone(), why));
                }
            }
        }
    }
    let both = libcs.contains(&Libc::Glibc) && libcs.contains(&Libc::Musl);
    for (axis, (number, why)) in &highest {
        // A limit on glibc refuses musl's files and the reverse: with both, it belongs into sections.
        let mark = if both && matches!(axis, Axis::Glibc | Axis::Musl) {
            "# "
        } else {
            ""
        };
        let line = format!("{mark}{} = {}", axis.name(), quoted(&axis.show(number)));
        let _ = writeln!(text, "{line:<28}# because of {why}");
    }
}

fn needs(text: &mut String, shipped: &[Shipped<'_>]) {
    let mut system = BTreeSet::new();
    for artifact in shipped {
        for one in floor::measure(artifact.parts) {
            system.extend(one.external.iter().map(|external| external.soname.clone()));
        }
    }
    if !system.is_empty() {
        let _ = writeln!(
            text,
            "\n# The only libraries that are asked of the system.\nneeded-allowed = {}",
            list(system)
        );
    }
}

fn run_paths(text: &mut String, shipped: &[Shipped<'_>]) {
    let all: Vec<String> = shipped
        .iter()
        .flat_map(|artifact| artifact.parts)
        .flat_map(|part| look::run_paths(&part.image))
        .collect();
    let word = if all.is_empty() {
        "none"
    } else if all
        .iter()
        .all(|folder| folder.starts_with("$ORIGIN") || folder.starts_with("${ORIGIN}"))
    {
        "origin"
    } else {
        let _ = write!(
            text,
            "\n# Run paths today: {}. Better: \"origin\".",
            crate::rules::enumerate_some(&all, 3)
        );
        "any"
    };
    let _ = writeln!(text, "\nrun-path = {}", quoted(word));
}

fn hardening(text: &mut String, shipped: &[Shipped<'_>]) {
    let images = || {
        shipped
            .iter()
            .flat_map(|artifact| artifact.parts)
            .map(|part| &part.image)
    };
    text.push('\n');
    let mut line = |key: &str, holds: bool, value: &str, better: &str| {
        if holds {
            let _ = writeln!(text, "{key} = {value}");
        } else {
            let _ = writeln!(text, "# {key} = {value}    # not yet: {better}");
        }
    };
    let dynamic = |image: &sayso_facts::elf::Image| image.dynamic().is_some();
    line(
        "executable-stack",
        images().all(|image| !look::wants_executable_stack(image)),
        "false",
        "-Wl,-z,noexecstack",
    );
    line(
        "text-relocations",
        images().all(|image| !look::has_text_relocations(image)),
        "false",
        "-fPIC",
    );
    line(
        "static-tls",
        images().all(|image| !look::is_library(image) || !look::has_static_tls(image)),
        "false",
        "some library uses the initial-exec model",
    );
    let full = |image: &sayso_facts::elf::Image| {
        look::has_relro(image) && (look::binds_now(image) || !look::has_plt(image))
    };
    if images().all(|image| !dynamic(image) || full(image)) {
        line("relro", true, "\"full\"", "");
    } else {
        line(
            "relro",
            images().all(|image| !dynamic(image) || look::has_relro(image)),
            "\"partial\"",
            "-Wl,-z,relro",
        );
    }
    line(
        "pie",
        images().all(|image| !look::is_program(image) || look::is_position_independent(image)),
        "true",
        "-fPIE -pie",
    );
}

fn section(text: &mut String, artifact: &Shipped<'_>, lone: bool) {
    let file = artifact
        .name
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(artifact.name);
    let _ = writeln!(text, "\n[[policy.artifact]]\nmatch = {}", quoted(file));
    let mut machines: Vec<&str> = artifact
        .parts
        .iter()
        .filter_map(|part| {
            let number = part.image.header().machine;
            super::read::MACHINES
                .iter()
                .find(|(_, known)| *known == number)
                .map(|(name, _)| *name)
        })
        .collect();
    machines.dedup();
    if let [machine] = machines[..] {
        let _ = writeln!(text, "machine = {}", quoted(machine));
    }
    if artifact.size > 0 {
        let _ = writeln!(text, "size = {}\nsize-growth = \"10%\"", artifact.size);
    }
    let [part] = artifact.parts else {
        if !lone {
            text.push_str("distinct-build-ids = true\n");
        }
        return;
    };
    let exports = look::exports(&part.image);
    if look::is_library(&part.image) && !exports.is_empty() {
        if exports.len() <= EXPORTS_MAX {
            let sorted: BTreeSet<String> = exports.into_iter().collect();
            let _ = writeln!(
                text,
                "exports-allowed = {}\nexports-required = {}",
                list(sorted.clone()),
                list(sorted)
            );
        } else {
            let _ = writeln!(
                text,
                "# It exports {} symbols: name those that are meant, as in exports-allowed = [\"mylib_*\"].",
                exports.len()
            );
        }
    }
}
