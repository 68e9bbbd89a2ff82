//! `shebang-bad-interpreter`: the interpreter that a script names is missing.

use super::prelude::*;
use sayso_facts::{Binary, script::Shebang};
use sayso_loader::session::Opened;

pub(super) static RULE: Rule = Rule {
    name: "shebang-bad-interpreter",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the interpreter in a script's first line does not exist",
    loaders: KERNEL,
    messages: &["kernel/not-found"],
    page: page!("shebang-bad-interpreter"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |_, _| {
        let mut script = context.subject_path();
        // A script's interpreter may be a script; the kernel follows five.
        for _ in 0..=sayso_loader::limits::SCRIPT_DEPTH_MAX {
            let line = shebang(context, &script)?;
            let interpreter = TargetPath::new(&line.interpreter);
            if context.stat(&interpreter).is_none() {
                return Some(missing(context, script, &line));
            }
            script = interpreter;
        }
        None
    });
}

fn missing(context: &Context<'_>, script: TargetPath, line: &Shebang) -> Finding {
    let shown = show(&line.interpreter);
    let (name, typed) = (show(&script), quoted(&script));
    let finding = Finding::new(
        &RULE,
        Subject::File(script),
        format!("{name} asks to be run by {shown}, which does not exist"),
    );
    if let Some(plain) = line.interpreter.strip_suffix(b"\r") {
        return finding
            .because(format!(
                "the line ends with a carriage return (a Windows line end), so the kernel looks for {shown} and not for {}",
                show(plain)
            ))
            .fix("remove the carriage returns", format!("sed -i 's/\\r$//' {typed}"));
    }
    let short = TargetPath::new(&line.interpreter);
    let elsewhere = ["/bin", "/usr/bin", "/usr/local/bin"]
        .iter()
        .map(|directory| TargetPath::from(*directory).join(short.file_name()))
        .find(|path| context.stat(path).is_some());
    match elsewhere {
        Some(path) => finding
            .because(format!("{} exists", show(&path)))
            .fix("name that one", format!("sed -i '1s|^#! *[^ ]*|#!{}|' {typed}", show(&path))),
        None => finding.advice(format!("install {}, or name another interpreter in the first line", show(short.file_name()))),
    }
}

/// The first line of a script; `None` for another file.
fn shebang(context: &Context<'_>, path: &TargetPath) -> Option<Shebang> {
    match &*context.session.open(&context.stat(path)?) {
        Opened::NotElf(bytes) => match Binary::parse(bytes.clone()) {
            Binary::Script(shebang) => Some(shebang),
            _ => None,
        },
        _ => None,
    }
}
