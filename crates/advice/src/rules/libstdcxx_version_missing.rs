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
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (version, requirer, object) = (heard.text("version"), heard.text("requirer"), heard.text("object"));
    if !version.starts_with("GLIBCXX_") && !version.starts_with("CXXABI_") {
        return None;
    }
    let (have, lack) = packages::libstdcxx_releases(&version);
    let glibcxx = |release: &packages::Release| hearing::dotted(&release.glibcxx);
    let conda = heard.surroundings.conda || ["conda", "envs/", "mamba"].iter().any(|mark| object.contains(mark));
    let mut hearing = Hearing::new(Likelihood::Certain)
        .why(format!("{requirer} needs {version}, and the libstdc++ that is found first, {object}, is older"))
        .decided_by(format!("strings {} | grep {version}; the same for every other libstdc++.so.6: find / -name 'libstdc++.so.6*' -not -path '/proc/*'", quoted(&object)));
    if !have.is_empty() {
        hearing = hearing.fact("new enough", hearing::release_list(&have, glibcxx)).fact("too old", hearing::release_list(&lack, glibcxx));
    }
    if conda {
        hearing = hearing
            .fix("bring the environment's own copy up to date", "conda install -c conda-forge 'libstdcxx>=14'")
            .fix("or, for one run, let the system's newer copy come first", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libstdc++.so.6 PROGRAM");
    } else if !object.starts_with("/lib") && !object.starts_with("/usr/lib") && object.contains('/') {
        hearing = hearing.advice(format!("{object} is not the system's copy: a bundled or preset one (LD_LIBRARY_PATH, a run path) hides it; take it away, or out of the path"));
    } else {
        hearing = hearing.fix("in a container: a newer base image", "FROM debian:13-slim");
    }
    Some(
        hearing
            .advice("or build it with the compiler of the oldest system that it has to run on (or link with -static-libstdc++)")
            .advice("on RHEL and its kin, gcc-toolset links what is newer statically: build with it")
            .not_helpful("copying a single libstdc++.so.6 over the system's: the package manager, and every C++ program, depends on that one")
            .not_helpful("ln -sf to another libstdc++ in a conda environment: the next update undoes it, and libgcc_s stays old"),
    )
}
