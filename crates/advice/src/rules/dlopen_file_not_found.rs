//! `dlopen-file-not-found`: the very file that was to be opened does not exist.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "dlopen-file-not-found",
    phase: Phase::Find,
    level: Level::Error,
    summary: "the library given to dlopen is itself absent",
    loaders: ELF,
    messages: causes::MESSAGES,
    hears: &["java/not-in-library-path", "java/cannot-load-library", "perl/no-loadable-object", "bionic/needed-library-not-found", "bionic/program-needs-library", "bionic/library-not-found", "bionic/could-not-load", "rtld/needed-not-found", "rtld/not-found"],
    page: page!("dlopen-file-not-found"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        if !lost.given || *cause != Cause::Nowhere {
            return None;
        }
        let name = show(lost.name);
        let fix = if lost.name.contains(&b'/') {
            advice("check the path; a relative one starts at the working directory, not at the program")
        } else {
            advice(format!("give dlopen the full path, or put {name} into a directory that is searched"))
        };
        Some((format!("{name} is the file to be opened, and it is nowhere"), vec![fix]))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.says("java/not-in-library-path") || heard.says("java/cannot-load-library") {
        return super::java_library_path::hear(heard);
    }
    if heard.is("perl/no-loadable-object") {
        return super::not_a_module::hear(heard);
    }
    if heard.says("java/so-architecture") || heard.says("java/so-width") {
        return None;
    }
    let lost = hearing::missing(heard)?;
    let name = &lost.name;
    if lost.requirer.is_some() {
        return None;
    }
    // A start names needs; what was opened by a path, or by a name without a number, was named by the program itself.
    let unnumbered = !name.contains(".so.") && packages::stock(name).is_none();
    let likelihood = match (lost.is_path(), lost.program.is_some()) {
        (true, false) => Likelihood::Certain,
        // These open a module by its path: a bare name is what the module needs.
        (false, false) if ["python-import", "ruby-load", "perl-load", "lua-load", "r-load"].iter().any(|name| heard.wrapped_by(name)) => return None,
        (false, false) if unnumbered => Likelihood::Likely,
        (true, true) | (false, false) => Likelihood::Possible,
        (false, true) => return None,
    };
    let what = if lost.is_path() {
        format!("there is no file {name}: the path that was opened is wrong, or the file was not installed")
    } else {
        format!("{name} is what the program itself opens by name, and nothing of that name is in the directories that are searched")
    };
    let hearing = Hearing::new(likelihood).why(what);
    Some(if lost.is_path() {
        hearing
            .decided_by(format!("ls -lL {}", quoted(name)))
            .advice("install or build what brings the file, or mend the path in the configuration")
            .not_helpful("LD_LIBRARY_PATH: a path with a slash is opened as it is, and nothing is searched")
    } else {
        let mut hearing = hearing
            .decided_by(format!("ldconfig -p | grep {}; find / -name '{}*' -not -path '/proc/*' 2>/dev/null", lost.stem(), lost.stem()))
            .advice("give the full path where the program lets you configure it")
            .not_helpful("the directory of the calling program: it is searched only where its run path says so");
        if hearing::is_plain_library(name) {
            hearing = hearing.advice(format!("a plain {name} comes with the development package; the one to open has a number, {name}.N"));
        }
        hearing
    })
}
