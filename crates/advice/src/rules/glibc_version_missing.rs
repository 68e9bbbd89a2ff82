//! `glibc-version-missing`: the file was built against a newer glibc.

use super::prelude::*;
use super::version_not_found::{symbols_of_version, version_groups};
use crate::limits::SYMBOLS_NAMED_MAX;

pub(super) static RULE: Rule = Rule {
    name: "glibc-version-missing",
    phase: Phase::Version,
    level: Level::Error,
    summary: "the file needs a newer glibc than this machine has",
    loaders: GLIBC,
    messages: &["glibc/version-not-found"],
    page: page!("glibc-version-missing"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let ours = |version: &[u8]| version.starts_with(b"GLIBC_") && version != b"GLIBC_PRIVATE";
    for group in version_groups(context, ours) {
        let newest = group.newest();
        let (library, requirer) = (show(group.library), show(group.requirer));
        let here = context
            .trace
            .loader
            .as_ref()
            .map(|loader| format!("{}.{}", loader.release.0, loader.release.1));
        let here = here.map_or(String::new(), |here| format!(", and {library} is of glibc {here}"));
        let mut finding = Finding::new(
            &RULE,
            group.subject(context),
            format!("{requirer} was built against glibc {} or newer{here}", newest.trim_start_matches("GLIBC_")),
        );
        for version in &group.names {
            let symbols = symbols_of_version(context, group.requirer, version);
            if !symbols.is_empty() {
                finding = finding.because(format!("{} is asked for because of {}", show(version), enumerate_some(&symbols, SYMBOLS_NAMED_MAX)));
            }
        }
        findings.add(
            finding
                .step(group.step)
.explains(group.events.iter().copied())
                .advice("build it on the oldest system that it has to run on, or get such a build (static, musl, an older release)")
                .advice("or run it in a container of a newer distribution")
                .advice("do not replace libc.so.6 by hand: every program of the machine depends on it"),
        );
    }
}
