//! `not-a-loader-failure`: somebody else's failure.

use super::prelude::*;

/// What others than a program's own words are told apart here; those of linkers, compilers and networks come to it by their family.
const HEARS: &[&str] = &[
    "kernel/other",
    "kernel/not-found",
    "kernel/denied",
    "elsewhere/app-code-segfault",
    "shell/command-not-found",
    "shell/zsh-command-not-found",
    "shell/yash-not-found",
    "shell/fish-unknown",
    "shell/fish-unknown-old",
    "shell/runc-path",
    "shell/crun-not-found",
    "shell/not-found",
    "shell/go-path-windows",
    "shell/env",
    "shell/env-ascii",
    "shell/env-path",
    "shell/env-path-ascii",
    "shell/env-bare",
    "shell/env-path-bare",
    "shell/env-busybox",
    "shell/run-command",
    "shell/run-command-ascii",
    "shell/failed-to-execute",
    "shell/xargs",
    "shell/find",
    "shell/find-ascii",
    "shell/time",
    "shell/nice",
    "shell/syntax-error",
    "shell/syntax-error-lower",
    "shell/syntax-error-token",
    "shell/python-not-found",
    "shell/python-denied",
    "shell/python-other",
    "shell/rust-io",
    "shell/ruby-exec",
    "windows/cmd-not-recognized",
    "windows/powershell-not-recognized",
    "windows/cmd-cannot-execute",
    "windows/file-not-found",
    "windows/path-not-found",
    "windows/exit-visual-studio",
    "windows/exit-jetbrains",
    "windows/exit-rust",
    "windows/exit-actions",
    "windows/exit-plain",
    "windows/exit-go",
];

pub(super) static RULE: Rule = Rule {
    name: "not-a-loader-failure",
    also: &["not-loader", "not-loader/link-time", "not-loader/interpreter-module-missing", "not-loader/app-code", "not-loader/compile-time", "not-loader/packaging-check", "not-loader/permission", "not-loader/network", "not-loader/app-init", "not-loader/display", "not-loader/illegal-instruction", "not-loader/command-not-found"],
    phase: Phase::Elsewhere,
    level: Level::Note,
    summary: "the text is of no loader: a linker, a compiler, a missing command, a network, or the program itself",
    loaders: &[Speaker::Other],
    hears: HEARS,
    page: page!("not-a-loader-failure"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let id = heard.message.id;
    if id.starts_with("elsewhere/") {
        return Some(Hearing::new(Likelihood::Certain));
    }
    let path = hearing::started(heard);
    let slash = path.contains('/') || path.contains('\\');
    if hearing::is_lookup(heard) || matches!(id, "windows/cmd-not-recognized" | "windows/powershell-not-recognized" | "windows/cmd-cannot-execute" | "shell/go-path-windows") {
        return (!slash).then(|| {
            Hearing::new(Likelihood::Certain)
                .why(format!("the shell knows no command {path}: it is not installed, or its folder is not in PATH{}", hearing::inside(heard)))
                .fix("see whether it is there", format!("command -v {}; echo $PATH", quoted(&path)))
                .advice("install the package that has the command, or call it by its full path")
        });
    }
    if id == "shell/not-found" && !slash {
        return Some(Hearing::new(Likelihood::Certain).why(format!("the shell knows no command {path}: it is not installed, or its folder is not in PATH")).advice("install the package that has the command"));
    }
    if let Some(likelihood) = hearing::started_by_name(heard) {
        return Some(
            Hearing::new(likelihood)
                .why(format!("no command {path} is in PATH: it is not installed, or its folder is not in PATH{}", hearing::inside(heard)))
                .fix("see whether it is there", format!("command -v {}; echo $PATH", quoted(&path)))
                .advice("install the package that has the command, or call it by its full path"),
        );
    }
    if id.starts_with("shell/syntax-error") {
        let likelihood = if hearing::is_program_read_as_script(heard) { Likelihood::Possible } else { Likelihood::Likely };
        return Some(Hearing::new(likelihood).why("a shell could not read the script: an error in it, or another shell's language (bash in sh)").advice("run it with the shell that it was written for; if the file is a program, see exec-format-arch"));
    }
    if hearing::is_another_programs_sentence(heard) {
        return Some(Hearing::new(Likelihood::Likely).why(format!("a program's own sentence: {path}, because the system said so of a file that it wanted")).advice("the program's documentation, and the path in the sentence, are the way on"));
    }
    if heard.is("kernel/denied") && super::exec_permission_denied::is_redirection(heard, &path) {
        return Some(Hearing::new(Likelihood::Likely).why(format!("a shell was to read or write {path}, and may not: no program lies there")).fix("see owner and mode", format!("namei -l {}", quoted(&path))));
    }
    if hearing::is_any_open(heard) && hearing::answer(heard) == hearing::Answer::Denied {
        return Some(Hearing::new(Likelihood::Likely).why(format!("the program may not open {}: owner, mode or a security module", hearing::the_program(&path))).fix("see owner and mode of every directory on the way", format!("namei -l {}", quoted(&path))));
    }
    if hearing::is_any_open(heard) && hearing::answer(heard) == hearing::Answer::NotFound {
        let named = if path.is_empty() { "a file".to_owned() } else { path };
        return Some(Hearing::new(Likelihood::Likely).why(format!("the program wanted to open {named}, which does not exist: no loader was asked")).advice("check the path and the working directory; the stack trace says who asked"));
    }
    if matches!(id, "windows/file-not-found" | "windows/path-not-found") {
        return Some(Hearing::new(Likelihood::Likely).why("Windows found no file or folder of that name; of a missing DLL it says otherwise (126)").advice("check the path and the working directory"));
    }
    if id.starts_with("windows/exit-") {
        let code = heard.text("code");
        return (super::pe::code(heard) == 0).then(|| {
            Hearing::new(Likelihood::Likely)
                .why(format!("the program ended with the status {}: its own, and no loader's", if code.is_empty() { heard.text("status") } else { code }))
                .advice("what it printed before that says why")
        });
    }
    None
}
