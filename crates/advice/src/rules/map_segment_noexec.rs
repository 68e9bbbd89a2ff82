//! `map-segment-noexec`: the kernel refuses to map the file.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "map-segment-noexec",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the library lies on a noexec mount, or a policy forbids mapping it",
    loaders: &[Speaker::Glibc, Speaker::Musl, Speaker::Bionic, Speaker::Rtld],
    messages: &["glibc/map-segment", "glibc/zero-fill"],
    hears: &["musl/load-library", "musl/dlopen-library", "bionic/map-segment", "rtld/read-error"],
    page: page!("map-segment-noexec"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let path = TargetPath::new(trouble.failure.field("object")?);
        let noexec = context.stat(&path).is_some_and(|stat| stat.noexec);
        let message = if noexec {
            format!("{object} lies on a file system mounted with noexec: its code may not be mapped")
        } else {
            format!("the kernel would not map {object}")
        };
        let finding = Finding::new(&RULE, subject_of(context, trouble), message);
        Some(if noexec {
            finding
                .fix("see the mount", format!("findmnt -T {}", quoted(&path)))
                .advice("put the library elsewhere; a program that unpacks it into /tmp often takes another TMPDIR")
        } else {
            finding.advice("the file asks for more memory than there is, or is damaged; compare it with its package")
        })
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    if heard.is("glibc/zero-fill") {
        return Some(Hearing::new(Likelihood::Certain).why(format!("there was no memory for {object}")).decided_by("ulimit -v; cat /sys/fs/cgroup/memory.max"));
    }
    if heard.message.id.starts_with("musl/") {
        return heard.text("reason").contains("Operation not permitted").then(|| {
            Hearing::new(Likelihood::Likely)
                .why(format!("the kernel does not let code be mapped from {object}: its file system is mounted noexec, or a security module forbids it"))
                .decided_by(format!("findmnt -T {} -o TARGET,OPTIONS", if object.contains('/') { quoted(&object) } else { "FILE".into() }))
                .advice("move the file to a file system that allows execution, or mount that one with exec (in Docker: --tmpfs /tmp:exec)")
                .not_helpful("chmod +x: mapping looks at the mount, not at the file's mode")
        });
    }
    if heard.message.id.starts_with("bionic/") || heard.message.id.starts_with("rtld/") {
        return Some(
            Hearing::new(Likelihood::Certain)
                .why(format!("the kernel does not map {object}: {}", heard.text("reason")))
                .advice("Android 10 and later: an app may not run files of its data folder; ship them as native libraries of the package")
                .advice("else: the file system is mounted noexec, or the file is cut"),
        );
    }
    let temporary = ["/tmp/", "/var/tmp/", "/dev/shm/", "/run/"].iter().any(|directory| object.starts_with(directory));
    let file = if object.contains('/') { quoted(&object) } else { "FILE".into() };
    let hearing = Hearing::new(Likelihood::Certain)
        .why(format!("the kernel does not let code be mapped from {object}: its file system is mounted noexec, or a security module forbids it"))
        .decided_by(format!("findmnt -T {file} -o TARGET,OPTIONS"));
    let hearing = if temporary {
        hearing
            .fix("unpack elsewhere", "TMPDIR=/var/lib/PROGRAM/tmp PROGRAM")
            .fix("in Java", "java -Djava.io.tmpdir=/var/lib/PROGRAM/tmp -jar …")
    } else {
        hearing
    };
    Some(
        hearing
            .advice("or mount that file system with exec (in Docker: --tmpfs /tmp:exec)")
            .advice("with AppArmor or SELinux: `journalctl -k | grep -i -e apparmor -e avc` shows the denial; the profile needs the m (map) right")
            .advice("a memory limit (ulimit -v, a container's) gives the same words")
            .not_helpful("chmod +x: mapping looks at the mount, not at the file's mode"),
    )
}
