//! `text-relocation-refused`: code would have to be made writable, and may not.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "text-relocation-refused",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "the file has relocations in its code, and the system forbids to write there",
    loaders: &[Speaker::Glibc, Speaker::Bionic],
    messages: &["glibc/textrel-writable", "glibc/textrel-restore"],
    hears: &["bionic/text-relocations"],
    page: page!("text-relocation-refused"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        Some(
            Finding::new(&RULE, subject_of(context, trouble), format!("{object} has relocations in its code, which this system does not allow"))
                .advice("compile all of its sources with -fPIC and link it again (-Wl,-z,text names the object at fault)"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} has to be written to where its code is, and the system does not allow memory that is first written and then run"))
            .decided_by(format!("readelf -dW {} | grep TEXTREL; journalctl -k | grep avc", quoted(&object)))
            .advice("build it with -fPIC (or get such a build)")
            .fix("with SELinux, for one file that you trust", format!("chcon -t textrel_shlib_t {}", quoted(&object)))
            .not_helpful("setenforce 0: it turns the protection off for the whole machine"),
    )
}
