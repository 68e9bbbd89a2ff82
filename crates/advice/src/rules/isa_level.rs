//! `isa-level`: the file needs a newer processor.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "isa-level",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is built for a newer processor than this one",
    loaders: GLIBC,
    messages: &["glibc/isa-level", "glibc/cpu-too-old"],
    page: page!("isa-level"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let level = context.session.world().machine().cpu.level;
        let needs = trouble.failure.field("level").map(show).or_else(|| {
            let id = context.object_called(trouble.failure.field("object")?)?;
            let bits = context.trace.object(id).image.x86_isa_needed();
            (bits != 0).then(|| (32 - bits.leading_zeros()).to_string())
        });
        let object = if object.is_empty() { "glibc itself" } else { object };
        let needs = needs.map_or("a newer processor".to_owned(), |needs| format!("x86-64-v{needs}"));
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} is built for {needs}, and this processor offers x86-64-v{level}"),
            )
            .advice(format!("get or build the file for x86-64-v{level} (-march=x86-64-v{level})"))
            .fix("see what this processor offers", "/lib64/ld-linux-x86-64.so.2 --help | grep x86-64-v"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let hearing = if heard.is("glibc/cpu-too-old") {
        Hearing::new(Likelihood::Certain)
            .why(format!("the system's own glibc was built for x86-64-v{}, and this processor is older", heard.text("level")))
            .advice("take a distribution for older processors: RHEL 9 needs x86-64-v2, RHEL 10 x86-64-v3")
    } else {
        let object = heard.text("object");
        let file = if object.contains('/') { quoted(&object) } else { "FILE".into() };
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} was built for a newer processor than this one"))
            .decided_by(format!("readelf -nW {file} | grep ISA; /lib64/ld-linux-x86-64.so.2 --help | grep x86-64-v"))
            .advice("get the build for x86-64 (v1), or build it without -march=x86-64-v3 or -march=native")
    };
    Some(
        hearing
            .advice("in a virtual machine: give the guest the host's processor (-cpu host); \"qemu64\" and \"kvm64\" lack v2")
            .not_helpful("removing the mark from the file: it then dies of an illegal instruction"),
    )
}
