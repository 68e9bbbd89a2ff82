//! `interp-missing`: the loader that the program names does not exist here.

use super::prelude::*;
use crate::packages::Distribution;

pub(super) static RULE: Rule = Rule {
    name: "interp-missing",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the program exists, but the loader it names does not",
    loaders: KERNEL,
    messages: &["kernel/not-found"],
    hears: hearing::EXEC_NAMES,
    page: page!("interp-missing"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |_, _| {
        let program = script_end(context);
        let image = context.image(&program)?;
        let interpreter = TargetPath::new(image.interpreter()?);
        if context.stat(&interpreter).is_some() {
            return None;
        }
        let shown = show(&interpreter);
        let finding = Finding::new(
            &RULE,
            Subject::File(program.clone()),
            format!("{} is there; what is missing is its loader, {shown}", show(&program)),
        );
        Some(reason(context, finding, &interpreter, &program))
    });
}

fn reason(context: &Context<'_>, finding: Finding, interpreter: &TargetPath, program: &TargetPath) -> Finding {
    let name = interpreter.file_name();
    let distribution = packages::distribution(context);
    let has_glibc = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"]
        .iter()
        .any(|path| context.stat(&TargetPath::from(*path)).is_some());
    let other = |path: &str| context.stat(&TargetPath::from(path)).is_some();
    if name.starts_with(b"ld-musl") {
        let finding = finding.because("the program was built for musl (Alpine), and this machine has no musl");
        return match distribution {
            Some(Distribution::Debian) => finding.fix("install musl", "apt-get install musl"),
            _ => finding.advice("get the build for glibc, or install musl"),
        };
    }
    if interpreter.as_bytes().starts_with(b"/nix/store/") {
        return finding
            .because("the program was built by Nix, and lives only beside its store")
            .fix(
                "name this machine's loader instead",
                format!("sayso fix --set-interpreter {} {}", usual_loader(context), quoted(program)),
            );
    }
    match distribution {
        Some(Distribution::Alpine) => finding
            .because("the program was built for glibc, and Alpine has musl instead")
            .advice("get the musl (or static) build, or use an image with glibc (debian:stable-slim)")
            .fix("for simple programs, a shim", "apk add gcompat"),
        Some(Distribution::Nix) => finding
            .because("NixOS keeps its loader in the store, not at the usual path")
            .fix("name the loader of the store", format!("sayso fix --set-interpreter \"$(cat $NIX_CC/nix-support/dynamic-linker)\" {}", quoted(program)))
            .advice("or enable programs.nix-ld"),
        Some(Distribution::Debian) if name == b"ld-linux.so.2" => finding
            .because("the program is 32-bit, and this machine has no 32-bit C library")
            .fix("install it", "dpkg --add-architecture i386 && apt-get update && apt-get install libc6:i386"),
        Some(Distribution::Fedora) if name == b"ld-linux.so.2" => finding
            .because("the program is 32-bit, and this machine has no 32-bit C library")
            .fix("install it", "dnf install glibc.i686"),
        _ if !has_glibc && (other("/lib/ld-musl-x86_64.so.1") || other("/lib/ld-musl-aarch64.so.1")) => finding
            .because("the program was built for glibc, and this machine has musl instead")
            .advice("get the musl (or static) build, or use a system with glibc"),
        _ => finding
            .advice("copy the loader and the libraries into the image, or link the program statically")
            .advice("or use the build made for this system"),
    }
}

/// The loader that this machine's own programs name.
fn usual_loader(context: &Context<'_>) -> String {
    ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1"]
        .into_iter()
        .find(|path| context.stat(&TargetPath::from(*path)).is_some())
        .unwrap_or("/lib64/ld-linux-x86-64.so.2")
        .to_owned()
}

/// The program that the kernel arrives at: the last interpreter of a script's chain, else the file itself.
fn script_end(context: &Context<'_>) -> TargetPath {
    context
        .trace
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            sayso_loader::Event::ScriptInterpreter { interpreter, .. } => Some(interpreter.clone()),
            _ => None,
        })
        .unwrap_or_else(|| context.subject_path())
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if hearing::is_another_programs_sentence(heard) {
        return None;
    }
    let path = hearing::started(heard);
    let there = matches!(heard.message.id, "shell/required-file-not-found" | "shell/bad-elf-interpreter" | "shell/fish-loader" | "shell/crun-library");
    let named = hearing::is_glibc_loader(&path) || hearing::is_musl_libc(&path) || heard.text("interpreter").contains("ld-");
    let slash = path.contains('/');
    let by_name = hearing::is_env(heard) && !slash;
    if hearing::answer(heard) != hearing::Answer::NotFound && !there && !named || by_name || hearing::is_syntax_error(heard) {
        return None;
    }
    let likelihood = match heard.message.id {
        _ if named => Likelihood::Certain,
        _ if hearing::is_script(&path) => Likelihood::Possible,
        _ if there => Likelihood::Certain,
        "shell/runc-stat" | "shell/crun-missing" | "shell/crun-not-found" | "shell/systemd-locate" | "shell/systemd-unable-to-locate" => return None,
        // It says the same of a folder that it should search.
        "shell/find" | "shell/find-ascii" => Likelihood::Possible,
        "shell/runc-exec" | "shell/runc-exec-old" | "shell/runc-exec-older" | "shell/sudo" => Likelihood::Likely,
        _ if hearing::is_any_open(heard) => Likelihood::Rare,
        _ if hearing::is_lookup(heard) && !slash => return None,
        _ if slash || path.is_empty() => Likelihood::Likely,
        "shell/go-fork-exec" | "shell/node-spawn" | "shell/node-spawn-sync" | "shell/java-process" => Likelihood::Rare,
        _ => return None,
    };
    let program = hearing::the_program(&path);
    let file = if slash { quoted(&path) } else { "PROGRAM".into() };
    let mut hearing = Hearing::new(likelihood)
        .why(if named {
            format!("the program names the loader {}, and this system has none of that name", if heard.text("interpreter").contains("ld-") { heard.text("interpreter") } else { path.clone() })
        } else {
            format!("{program} may well be there: what is missing then is the loader that it names (PT_INTERP), for which the kernel gives the same words")
        })
        .decided_by(format!("ls -l {file} && readelf -lW {file} | grep interpreter"));
    let alpine = hearing::is_alpine(heard);
    if alpine || heard.surroundings.container {
        hearing = hearing
            .advice("Alpine has musl: get the -musl or static build, or take an image with glibc")
            .fix("an image with glibc", "FROM debian:stable-slim")
            .fix("for simple programs, a shim", "apk add --no-cache gcompat");
    }
    if matches!(heard.surroundings.distribution, Some("nixos" | "nix")) {
        hearing = hearing
            .advice("NixOS keeps its loader in the store: enable programs.nix-ld, or run the program through steam-run")
            .fix("name the store's loader in the file", format!("sayso fix --set-interpreter \"$(cat $NIX_CC/nix-support/dynamic-linker)\" {file}"));
    }
    if path.ends_with("ld-linux.so.2") || heard.text("interpreter").ends_with("ld-linux.so.2") {
        hearing = hearing
            .fix("the program is 32-bit: on Debian or Ubuntu", "dpkg --add-architecture i386 && apt-get update && apt-get install libc6:i386")
            .fix("on Fedora or RHEL", "dnf install glibc.i686");
    }
    Some(
        hearing
            .fix("a static build needs no loader", "CGO_ENABLED=0 go build    # Rust: cargo build --target x86_64-unknown-linux-musl")
            .advice("a glibc build for a system with musl, or the other way round: take the other build of the same release")
            .not_helpful("chmod +x: the file may be run; its loader is what is missing")
            .not_helpful("LD_LIBRARY_PATH: the loader that would read it never starts")
            .not_helpful("linking /lib64/ld-linux-x86-64.so.2 to musl's loader: it starts, and then lacks glibc's symbols"),
    )
}
