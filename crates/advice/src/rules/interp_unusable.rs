//! `interp-unusable`: the loader that the program names is no loader.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "interp-unusable",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the loader that the program names is not one for it",
    loaders: KERNEL,
    messages: &["kernel/corrupted-library"],
    hears: hearing::EXEC_NAMES,
    page: page!("interp-unusable"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |_, _| {
        let program = context.subject_path();
        let image = context.image(&program)?;
        let interpreter = TargetPath::new(image.interpreter()?);
        let what = match context.image(&interpreter) {
            Some(other) if other.header().class != image.header().class => "is for the other word size (32/64 bit)",
            Some(_) => "is an ELF file that the kernel does not accept as a loader",
            None => "is not an ELF file",
        };
        Some(
            Finding::new(
                &RULE,
                Subject::File(interpreter.clone()),
                format!("the loader of {}, {}, {what}", show(&program), show(&interpreter)),
            )
            .fix("see what is there", format!("ls -l {0}; file -L {0}", quoted(&interpreter)))
            .advice("reinstall the C library of this system"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if hearing::is_another_programs_sentence(heard) {
        return None;
    }
    if hearing::answer(heard) != hearing::Answer::Corrupted && !heard.is("kernel/corrupted-library") {
        return None;
    }
    let path = hearing::started(heard);
    let file = if path.is_empty() { "PROGRAM".into() } else { quoted(&path) };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("the loader that {} names is there, and is no loader for it: of the other word size, or no ELF file", hearing::the_program(&path)))
            .decided_by(format!("readelf -lW {file} | grep interpreter; file -L that file"))
            .advice("install the C library of the program's word size again"),
    )
}
