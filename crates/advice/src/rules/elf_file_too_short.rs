//! `elf-file-too-short`: an empty or cut file.

use super::exec_format_arch::what_it_is;
use super::prelude::*;
use sayso_loader::session::Opened;

pub(super) static RULE: Rule = Rule {
    name: "elf-file-too-short",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is empty, or shorter than an ELF header",
    loaders: &[Speaker::Glibc, Speaker::Bionic],
    messages: &["glibc/file-too-short"],
    hears: &["bionic/too-small", "bionic/past-end"],
    page: page!("elf-file-too-short"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let stat = context.stat(&TargetPath::new(trouble.failure.field("object")?));
        let size = stat.map_or("too short".to_owned(), |stat| match (stat.size, &*context.session.open(&stat)) {
            (0, _) => "empty".to_owned(),
            (size, Opened::NotElf(bytes)) => format!("{}, {size} bytes long", what_it_is(bytes)),
            (size, _) => format!("only {size} bytes long"),
        });
        Some(
            Finding::new(&RULE, subject_of(context, trouble), format!("{object} is {size}"))
                .because("the loader stops at such a file and does not look further on")
                .advice("copy or install the file again; an interrupted copy or a full disk leaves such files"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} is empty or was cut: it is shorter than a file header"))
            .decided_by(format!("ls -lL {}", quoted(&object)))
            .fix("if a package brought it, install that again", format!("apt-get install --reinstall \"$(dpkg -S {} | cut -d: -f1)\"", quoted(&object)))
            .advice("else copy or download it again, and look at the disk's free space"),
    )
}
