//! `exec-file-not-found`: the file given to execve does not exist.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "exec-file-not-found",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the program itself does not exist",
    loaders: KERNEL,
    messages: &["kernel/not-found", "kernel/other"],
    hears: hearing::EXEC_NAMES,
    page: page!("exec-file-not-found"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, _| {
        let path = context.subject_path();
        let subject = Subject::File(path.clone());
        if trouble.failure.is(&sayso_loader::messages::kernel::OTHER) {
            let reason = trouble.text("reason");
            return Some(
                Finding::new(&RULE, subject, format!("the path {} cannot be followed: {reason}", show(&path)))
                    .fix("look at every part of the path", format!("namei -l {}", quoted(&path))),
            );
        }
        if context.stat(&path).is_some() {
            return None;
        }
        let finding = match context.session.world().read_link(&path) {
            Ok(target) => Finding::new(
                &RULE,
                subject,
                format!("{} is a symbolic link to {}, which does not exist", show(&path), show(&target)),
            )
            .fix("look at the link", format!("ls -l {}", quoted(&path))),
            Err(_) => Finding::new(&RULE, subject, format!("there is no file {}", show(&path)))
                .advice("check the path and the working directory"),
        };
        Some(finding)
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if hearing::is_another_programs_sentence(heard) || hearing::is_syntax_error(heard) {
        return None;
    }
    let path = hearing::started(heard);
    let slash = path.contains('/');
    let (likelihood, why) = match (hearing::answer(heard), heard.message.id) {
        (_, "shell/required-file-not-found" | "shell/bad-elf-interpreter" | "shell/fish-loader" | "shell/crun-library") => return None,
        (hearing::Answer::Loop, _) => (Likelihood::Certain, format!("the path to {} is a chain of symbolic links that never ends", hearing::the_program(&path))),
        (hearing::Answer::Other, "kernel/other") => (Likelihood::Certain, format!("the path {path} cannot be followed: {}", heard.text("reason"))),
        (hearing::Answer::NotFound, "shell/runc-stat" | "shell/crun-missing" | "shell/systemd-locate") => {
            (Likelihood::Certain, format!("{} is not in the image: it was not copied into the final stage, lies elsewhere, or a volume hides it", hearing::the_program(&path)))
        }
        (hearing::Answer::NotFound, _) if hearing::is_any_open(heard) => (Likelihood::Possible, format!("there is no file {path}")),
        (hearing::Answer::NotFound, _) if hearing::is_lookup(heard) || hearing::is_env(heard) => {
            if !slash {
                return None;
            }
            (Likelihood::Possible, format!("there is no file {path}"))
        }
        (hearing::Answer::NotFound, "shell/go-fork-exec" | "shell/node-spawn" | "shell/node-spawn-sync" | "shell/java-process") if !slash => {
            (Likelihood::Likely, format!("no program {path} is in PATH, or the working directory that was asked for does not exist"))
        }
        (hearing::Answer::NotFound, _) if slash || path.is_empty() => (Likelihood::Possible, format!("{} does not exist, or the working directory is another", hearing::the_program(&path))),
        _ => return None,
    };
    let file = if path.is_empty() { "PROGRAM".into() } else { quoted(&path) };
    let hearing = Hearing::new(likelihood).why(why).decided_by(if slash || path.is_empty() { format!("ls -l {file}{}", hearing::inside(heard)) } else { format!("command -v {file}; pwd") });
    Some(if heard.surroundings.container {
        hearing.advice("compare the path in ENTRYPOINT or CMD with what COPY put into the final stage; `docker run --rm --entrypoint ls IMAGE -l /path` shows it")
    } else {
        hearing.advice("check the path and the working directory (systemd and cron want full paths)")
    })
}
