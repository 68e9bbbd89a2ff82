//! One table of commands: help, dispatch and documentation come from it.

use std::fmt::Write as _;

use anyhow::Result;

use crate::{provision, run, test};

/// One command.
pub(crate) struct Command {
    /// What is typed.
    pub(crate) name: &'static str,
    /// Its arguments, for the help text.
    pub(crate) arguments: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// What it does.
    pub(crate) run: fn(&[String]) -> Result<()>,
}

impl Command {
    /// How to call it.
    pub(crate) fn usage(&self) -> String {
        format!(
            "cargo xtask {} {}\n    {}",
            self.name, self.arguments, self.summary
        )
    }
}

/// Every command, in the order of the help text.
pub(crate) static TABLE: &[Command] = &[
    Command {
        name: "test",
        arguments: "",
        summary: "everything that must hold: formatting, lints, unit and documentation tests, lab, random worlds, census, docs",
        run: test::everything,
    },
    Command {
        name: "ci",
        arguments: "",
        summary: "test, with CI=true: a tool that is missing is a failure instead of a skipped test",
        run: test::ci,
    },
    Command {
        name: "provision",
        arguments: "[--check] [--all]",
        summary: "installs the tools and unpacks the loader releases and Go toolchains that tests ask (--check: only says what is missing; --all: what `lab go --all` asks too)",
        run: provision::command,
    },
    Command {
        name: "lab",
        arguments: "[FILTER | random [--count N] [--seed N] | edit [--all | --count N] [--peers N] | edit random [--count N] [--seed N] | edit elsewhere [--count N] | show CASE [RELEASE] | wheels | go [FILTER | --all | show CASE [RELEASE]]]",
        summary: "lab cases asked of the real loaders; random worlds; one case in full",
        run: run::lab,
    },
    Command {
        name: "census",
        arguments: "[--all] [--list FILE]",
        summary: "ELF files under /usr predicted, and compared with what ld.so --list says of them",
        run: run::census,
    },
    Command {
        name: "bench",
        arguments: "[--rounds N]",
        summary: "speed and memory as ratios against libtree, ldd and the floor, in one run",
        run: run::bench,
    },
    Command {
        name: "fuzz",
        arguments: "[TARGET] [--seconds N]",
        summary: "fuzzes one parser or all (needs cargo-fuzz); without --seconds: 60 a target",
        run: run::fuzz,
    },
    Command {
        name: "bless",
        arguments: "",
        summary: "rewrites the snapshots of tests with what the code says now; look at the difference before committing it",
        run: run::bless,
    },
    Command {
        name: "deny",
        arguments: "[--advisories]",
        summary: "licences, sources and versions of the dependencies (builds cargo-deny if it is missing), and how many the command line has; --advisories: known faults, too, from the network",
        run: run::deny,
    },
    Command {
        name: "docs",
        arguments: "",
        summary: "rustdoc of the whole workspace, warnings are errors",
        run: test::docs,
    },
];

/// The help text.
pub(crate) fn help() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND [ARGUMENT…]\n\n");
    for command in TABLE {
        let _ = writeln!(
            text,
            "  {:<10} {}\n             {}",
            command.name, command.arguments, command.summary
        );
    }
    text
}
