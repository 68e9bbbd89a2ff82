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
    hears: hearing::EXEC_NAMES,
    page: page!("shebang-bad-interpreter"),
    check: Some(check),
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (path, interpreter) = (hearing::started(heard), heard.text("interpreter"));
    if hearing::is_another_programs_sentence(heard) || hearing::is_syntax_error(heard) || heard.is("shell/bad-elf-interpreter") || interpreter.contains("ld-linux") || interpreter.contains("ld-musl") || interpreter.contains("ld64") {
        // "bad ELF interpreter", and what bash says of a program without its loader.
        return None;
    }
    let carriage = ["\\r", "\r", "^M"].iter().any(|mark| interpreter.contains(mark) || path.contains(mark)) || heard.is("shell/fish-crlf") || heard.is("shell/env-hint");
    let sure = matches!(
        heard.message.id,
        "shell/bad-interpreter" | "shell/zsh-bad-interpreter" | "shell/fish-interpreter" | "shell/fish-crlf" | "shell/fish-old-interpreter" | "shell/env-hint"
    );
    let likelihood = match hearing::answer(heard) {
        _ if sure => Likelihood::Certain,
        hearing::Answer::NotFound if hearing::is_env(heard) && carriage => Likelihood::Certain,
        hearing::Answer::NotFound if hearing::started_by_name(heard) == Some(Likelihood::Certain) && hearing::is_env(heard) => return None,
        hearing::Answer::NotFound if hearing::is_env(heard) && !path.contains('/') => Likelihood::Likely,
        hearing::Answer::NotFound if hearing::is_script(&path) && !hearing::is_lookup(heard) && !hearing::is_any_open(heard) && !matches!(heard.message.id, "shell/runc-stat" | "shell/crun-missing") => Likelihood::Likely,
        hearing::Answer::NotFound if path.contains('/') && !hearing::is_any_open(heard) => Likelihood::Rare,
        _ => return None,
    };
    let wanted = if !interpreter.is_empty() {
        interpreter.replace("\\r", "").replace(['\r', '\n'], "").replace("^M", "")
    } else if hearing::is_env(heard) {
        path.replace("\\r", "").replace('\r', "")
    } else {
        String::new()
    };
    let script = if hearing::is_env(heard) || path.is_empty() { "SCRIPT".to_owned() } else { quoted(&path) };
    let hearing = Hearing::new(likelihood).decided_by(format!("head -1 {script} | cat -A: a ^M before the $ is a Windows line end"));
    if carriage {
        return Some(
            hearing
                .why(format!("the script's first line ends with a carriage return (a Windows line end), so the kernel looks for a program whose name ends with it{}", if wanted.is_empty() { String::new() } else { format!(" and not for {wanted}") }))
                .fix("remove the carriage returns", format!("sed -i 's/\\r$//' {script}"))
                .fix("keep them out of the repository", "printf '*.sh text eol=lf\\n' >> .gitattributes && git add --renormalize .")
                .not_helpful("chmod +x, or installing the interpreter: both are there"),
        );
    }
    let name = wanted.rsplit('/').next().unwrap_or_default().to_owned();
    let what = if wanted.is_empty() { "the interpreter of its first line".to_owned() } else { wanted.clone() };
    let hearing = hearing.why(format!("the script asks to be run by {what}, which is not here{}", hearing::inside(heard)));
    let hearing = match name.as_str() {
        "bash" if hearing::is_alpine(heard) || heard.surroundings.container => hearing.fix("Alpine has no bash at first", "apk add --no-cache bash"),
        "python" => hearing.fix("only python3 is here: name it, or give it the other name", format!("sed -i '1s/python$/python3/' {script}    # Debian: apt-get install python-is-python3")),
        "" => hearing,
        name => hearing.advice(format!("install {name}, or have its directory in PATH")),
    };
    Some(hearing.fix("or name one that is here in the first line", format!("sed -i '1s|^#!.*|#!/bin/sh|' {script}")))
}
