//! `elf-invalid-header`: something that is no ELF file bears a library's name.

use super::exec_format_arch::what_it_is;
use super::prelude::*;
use sayso_loader::session::Opened;

pub(super) static RULE: Rule = Rule {
    name: "elf-invalid-header",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is no ELF file: a linker script, a download page, another system's library",
    loaders: ELF,
    messages: &["glibc/invalid-header", "musl/load-library", "musl/dlopen-library"],
    hears: &["bionic/bad-elf-magic", "bionic/bad-elf-magic-old", "rtld/invalid-format"],
    page: page!("elf-invalid-header"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |_, cause| {
        let Cause::Refused { path } = cause else {
            return None;
        };
        let what = match context.stat(path).map(|stat| context.session.open(&stat)) {
            Some(opened) => match &*opened {
                Opened::NotElf(bytes) => what_it_is(bytes),
                Opened::Image(image) if image.dynamic().is_none() => "an ELF file without a dynamic section",
                Opened::Image(_) => "an ELF file of another word size or kind",
                Opened::Unreadable(_) => "not readable",
            },
            None => "not an ELF file",
        };
        Some((
            format!("{} is {what}", show(path)),
            vec![command("see what it is", format!("file -L {}", quoted(path)))],
        ))
    });
    for_troubles(context, findings, &RULE, |trouble, object| {
        if trouble.failure.message.id != "glibc/invalid-header" {
            return None;
        }
        let path = TargetPath::new(trouble.failure.field("object")?);
        let what = match context.stat(&path).map(|stat| context.session.open(&stat)) {
            Some(opened) => match &*opened {
                Opened::NotElf(bytes) => what_it_is(bytes),
                _ => "not an ELF file",
            },
            None => "not an ELF file",
        };
        let finding = Finding::new(&RULE, subject_of(context, trouble), format!("{object} is {what}"))
            .because("the loader stops at the first file of that name that it can open, and does not look further on");
        Some(if what.contains("linker") {
            finding.advice("open the real library, the name with a version (libX.so.N): the plain .so is for the linker only")
        } else if what.contains("Git LFS") {
            finding.fix("fetch the file itself", "git lfs pull")
        } else {
            finding.fix("see what it is", format!("file -L {}", quoted(&path)))
        })
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    let musl = heard.message.id.starts_with("musl/");
    if musl && !hearing::is_exec_format(heard) {
        return None;
    }
    let likelihood = if musl { Likelihood::Likely } else { Likelihood::Certain };
    let foreign = ["node_modules", ".node", ".dylib", ".dll"].iter().any(|mark| object.contains(mark));
    let plain = hearing::is_plain_library(&object);
    let hint = if foreign {
        ": it was probably installed or built on another system"
    } else if plain {
        ": a plain .so is often a text for the linker"
    } else {
        ""
    };
    let hearing = Hearing::new(likelihood)
        .why(format!("{object} has a library's name, and is no ELF file that this loader could take{hint}"))
        .decided_by(format!("file -L {}; head -c 200 {}", quoted(&object), quoted(&object)));
    let hearing = if object.contains("node_modules") || object.contains(".node") {
        hearing.fix("install the modules on this system", "rm -rf node_modules && npm ci")
    } else {
        hearing
    };
    Some(
        hearing
            .fix("a pointer of Git LFS (\"version https://git-lfs…\")", "git lfs pull")
            .advice("a text for the linker: open the name with the number (libX.so.N)")
            .advice("a download page or a cut download: fetch it again and compare the size")
            .advice("another system's file (Mach-O, PE): get the one for Linux"),
    )
}
