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
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (version, requirer, object) = (heard.text("version"), heard.text("requirer"), heard.text("object"));
    let number = version.strip_prefix("GLIBC_").filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))?;
    let (have, lack) = packages::glibc_releases(number);
    let glibc = |release: &packages::Release| hearing::dotted(&release.glibc);
    let mut hearing = Hearing::new(Likelihood::Certain).why(format!(
        "{requirer} was built on a system with glibc {number} or newer, and {object} is older"
    ))
    .fact("new enough", hearing::release_list(&have, glibc))
    .fact("too old", hearing::release_list(&lack, glibc));
    hearing = hearing.decided_by(format!("ldd --version | head -1{}; objdump -T {} | grep {version}", hearing::inside(heard), quoted(&requirer)));
    // What most images are made of; another release of the table if there is none.
    let usual = have.iter().find(|release| ["Debian ", "Ubuntu "].iter().any(|name| release.name.starts_with(name)));
    let oldest = usual.or(have.first()).map_or_else(|| "none yet".to_owned(), |release| format!("{} (looked after until {})", release.name, release.end));
    hearing = hearing
        .fix("build it on the oldest system it has to run on (for Rust or C without an old machine: zig as the linker)", "cargo zigbuild --target x86_64-unknown-linux-gnu.2.17")
        .fix("or build it without glibc: static, or for musl", "CGO_ENABLED=0 go build    # Rust: cargo build --target x86_64-unknown-linux-musl")
        .advice(format!("or run it on a newer base: the oldest usual one with glibc {number} is {oldest}{}", if heard.surroundings.container { "; change the FROM line of the final stage, and use the same release in the build stage" } else { " (in a container, if the machine has to stay)" }));
    if requirer.contains("site-packages") || heard.wrappers.iter().any(|wrapper| wrapper.name.starts_with("python")) {
        hearing = hearing.fix("in Python, take a wheel that fits this glibc, or build it here", "pip install --force-reinstall --no-binary :all: PACKAGE");
    }
    if requirer.contains("node_modules") || requirer.contains(".node") {
        hearing = hearing.fix("in Node, build the module here", "npm rebuild --build-from-source");
    }
    Some(
        hearing
            .not_helpful("replacing libc.so.6 by hand, or installing another release's libc6: every program of the machine depends on it")
            .not_helpful("LD_LIBRARY_PATH to a foreign libc.so.6: it does not fit this machine's loader, and every program started from there dies (GLIBC_PRIVATE)")
            .not_helpful("patchelf: it cannot lower a version that symbols are bound to")
            .not_helpful("`strings libc.so.6 | grep GLIBC` on the host: the libc that counts is the one beside the program, in the container"),
    )
}
