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
    page: page!("exec-permission-denied"),
    check: Some(check),
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
