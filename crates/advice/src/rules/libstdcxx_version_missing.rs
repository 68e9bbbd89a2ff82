//! `libstdcxx-version-missing`: the C++ library found first is too old.

use super::prelude::*;
use super::version_not_found::version_groups;

pub(super) static RULE: Rule = Rule {
    name: "libstdcxx-version-missing",
    phase: Phase::Version,
    level: Level::Error,
    summary: "the libstdc++ that is found first is older than the file needs",
    loaders: BOTH,
    messages: &["glibc/version-not-found"],
    page: page!("libstdcxx-version-missing"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let ours = |version: &[u8]| version.starts_with(b"GLIBCXX_") || version.starts_with(b"CXXABI_");
    for group in version_groups(context, ours) {
        let (library, requirer) = (show(group.library), show(group.requirer));
        let finding = Finding::new(
            &RULE,
            group.subject(context),
            format!("{requirer} needs {} of libstdc++, and {library}, which is found first, is older", group.newest()),
        );
        let newer = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
            .iter()
            .map(|directory| TargetPath::from(*directory).join(b"libstdc++.so.6"))
            .find(|path| {
                path.as_bytes() != group.library
                    && context.image(path).is_some_and(|image| {
                        let has = |version: &[u8]| {
                            image.version_definitions().iter().any(|definition| image.string(definition.name) == version)
                        };
                        group.names.iter().all(|version| has(version))
                    })
            });
        let finding = match newer {
            Some(path) => finding
                .because(format!("{} has it, but is not the one that is found", show(&path)))
                .fix("for one run", format!("LD_PRELOAD={} {}", quoted(&path), program(context))),
            None => finding.advice("install a newer libstdc++ (a newer GCC's runtime; in conda: conda install -c conda-forge libstdcxx-ng)"),
        };
        findings.add(finding.step(group.step)
.explains(group.events.iter().copied()));
    }
}
