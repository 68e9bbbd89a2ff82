//! `exec-permission-denied`: the kernel may not run the file.

use super::prelude::*;
use sayso_world::FileKind;

pub(super) static RULE: Rule = Rule {
    name: "exec-permission-denied",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the program, or its interpreter, may not be executed",
    loaders: KERNEL,
    messages: &["kernel/denied", "kernel/is-a-directory"],
    hears: hearing::EXEC_NAMES,
    page: page!("exec-permission-denied"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |_, _| {
        // The program first; if nothing is wrong with it, its interpreter.
        let program = context.subject_path();
        let path = [Some(program.clone()), interpreter(context, &program)]
            .into_iter()
            .flatten()
            .find(|path| {
                context
                    .stat(path)
                    .is_none_or(|stat| stat.kind != FileKind::Regular || !stat.executable || stat.noexec)
            })
            .unwrap_or(program);
        let (shown, typed) = (show(&path), quoted(&path));
        let finding = |message: String| Finding::new(&RULE, Subject::File(path.clone()), message);
        Some(match context.stat(&path) {
            Some(stat) if stat.kind == FileKind::Directory => {
                finding(format!("{shown} is a directory")).advice("name the program in it")
            }
            Some(stat) if stat.noexec => {
                finding(format!("{shown} lies on a file system mounted with noexec"))
                    .fix("see the mount", format!("findmnt -T {typed}"))
                    .advice("move the program to a file system that allows execution, or mount it without noexec")
            }
            Some(stat) if stat.mode & 0o111 == 0 => {
                finding(format!("{shown} has no permission to be executed (mode {:o})", stat.mode & 0o7777))
                    .fix("give it", format!("chmod +x {typed}"))
            }
            Some(stat) => finding(format!(
                "{shown} may not be executed by this user (mode {:o}, owner {}:{})",
                stat.mode & 0o7777,
                stat.uid,
                stat.gid
            ))
            .fix("see owner and mode of every directory", format!("namei -l {typed}")),
            None => finding(format!("a directory on the way to {shown} may not be searched"))
                .fix("see owner and mode of every directory", format!("namei -l {typed}")),
        })
    });
}

fn interpreter(context: &Context<'_>, program: &TargetPath) -> Option<TargetPath> {
    let image = context.image(program)?;
    image.interpreter().map(TargetPath::new)
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if hearing::is_another_programs_sentence(heard) {
        return None;
    }
    let path = hearing::started(heard);
    let directory = heard.is("kernel/is-a-directory");
    if hearing::answer(heard) != hearing::Answer::Denied && !directory && !heard.is("kernel/denied") && !heard.is("shell/fish-not-executable") {
        return None;
    }
    let file = if path.is_empty() { "PROGRAM".into() } else { quoted(&path) };
    if directory {
        return Some(Hearing::new(Likelihood::Certain).why(format!("{path} is a directory")).advice("name the program in it"));
    }
    let likelihood = if hearing::is_any_open(heard) || is_redirection(heard, &path) { Likelihood::Possible } else { Likelihood::Certain };
    Some(
        Hearing::new(likelihood)
            .why(format!("the kernel does not let this user run {}: it lacks the execute bit, lies on a noexec mount, is a directory, or a directory on the way is closed", hearing::the_program(&path)))
            .decided_by(format!("ls -ld {file}; namei -l {file}; findmnt -T {file} -o TARGET,OPTIONS"))
            .fix("give it the execute bit (for an image: before COPY, or COPY --chmod=755)", format!("chmod +x {file}"))
            .advice("a noexec mount: move the file, or mount without noexec")
            .advice("a script: its interpreter must be executable too")
            .not_helpful("sudo: the execute bit is missing for root as well"),
    )
}

/// A shell says the same of a file that it should read or write, and where that lies no programs lie.
pub(super) fn is_redirection(heard: &Heard, path: &str) -> bool {
    const FOLDERS: &[&str] = &["/etc/", "/dev/", "/proc/", "/sys/", "/var/log/", "/boot/"];
    const ENDINGS: &[&str] = &[".log", ".txt", ".conf", ".json", ".yml", ".yaml", ".csv", ".pid", ".lock", ".out"];
    heard.is("kernel/denied") && (FOLDERS.iter().any(|folder| path.starts_with(folder)) || ENDINGS.iter().any(|ending| path.ends_with(ending)))
}
