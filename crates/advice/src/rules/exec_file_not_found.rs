//! `exec-file-not-found`: the file given to execve does not exist.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "exec-file-not-found",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the program itself does not exist",
    loaders: KERNEL,
    messages: &["kernel/not-found", "kernel/other"],
    page: page!("exec-file-not-found"),
    check: Some(check),
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
