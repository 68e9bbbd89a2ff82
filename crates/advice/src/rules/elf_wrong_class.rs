//! `elf-wrong-class`: 32-bit and 64-bit mixed.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "elf-wrong-class",
    phase: Phase::Map,
    level: Level::Error,
    summary: "a 32-bit library for a 64-bit process, or the reverse",
    loaders: &[Speaker::Glibc, Speaker::Bionic, Speaker::Rtld, Speaker::Runtime],
    messages: &["glibc/wrong-class"],
    hears: &["bionic/is-32-bit", "bionic/is-64-bit", "rtld/unsupported-layout", "java/so-width", "java/so-architecture", "glibc/preload-ignored"],
    page: page!("elf-wrong-class"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let bits = trouble.text("bits");
        let other = if bits == "32" { "64" } else { "32" };
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} was found only as a {bits}-bit file, and the process is {other}-bit"),
            )
            .advice(format!("install the {other}-bit library beside it")),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    if heard.is("glibc/preload-ignored") {
        return heard.text("error").contains("wrong ELF class").then(|| Hearing::new(Likelihood::Likely).why(format!("{object} is for the other word size than this program: the variable reaches programs of both")));
    }
    if heard.says("java/so-architecture") && !heard.is("glibc/wrong-class") {
        let around = heard.frames.iter().map(|said| &said.fields).chain(std::iter::once(&heard.fields));
        let sides: Vec<String> = around.flat_map(|fields| ["have", "need"].map(|side| fields.get(side).map(show).unwrap_or_default())).collect();
        let one = |words: &[&str]| sides.iter().any(|side| words.contains(&side.as_str()));
        return (one(&["IA 32", "i386"]) && one(&["AMD 64", "amd64"])).then(|| {
            Hearing::new(Likelihood::Certain)
                .why("the library is 32-bit, and this Java is 64-bit (or the other way round)")
                .decided_by("file -L LIBRARY; java -version")
                .advice("take the library's build for this Java, or a Java of the library's word size")
        });
    }
    let bits = match heard.message.id {
        "bionic/is-32-bit" => "32".to_owned(),
        "bionic/is-64-bit" => "64".to_owned(),
        "java/so-width" => heard.text("have"),
        "rtld/unsupported-layout" => return Some(Hearing::new(Likelihood::Certain).why(format!("{object} is for another word size or byte order than the program")).decided_by(format!("file -L {}", quoted(&object)))),
        _ => heard.text("bits"),
    };
    let other = if bits == "32" { "64" } else { "32" };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} is {bits}-bit, and the program that loads it is {other}-bit"))
            .decided_by(format!("file -L {} PROGRAM", quoted(&object)))
            .advice(format!("install the {other}-bit build of the library"))
            .fix("on Debian or Ubuntu, if the program is 32-bit", "dpkg --add-architecture i386 && apt-get update && apt-get install PACKAGE:i386")
            .fix("on Fedora or RHEL, if the program is 32-bit", "dnf install PACKAGE.i686")
            .advice(format!("or run the {bits}-bit build of the program (Python, Java, Wine …)"))
            .not_helpful("LD_LIBRARY_PATH: the loader found the file, and passes over the wrong size by itself where a right one is there"),
    )
}
