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
    page: page!("interp-missing"),
    check: Some(check),
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
                format!("patchelf --set-interpreter {} {}", usual_loader(context), quoted(program)),
            );
    }
    match distribution {
        Some(Distribution::Alpine) => finding
            .because("the program was built for glibc, and Alpine has musl instead")
            .advice("get the musl (or static) build, or use an image with glibc (debian:stable-slim)")
            .fix("for simple programs, a shim", "apk add gcompat"),
        Some(Distribution::Nix) => finding
            .because("NixOS keeps its loader in the store, not at the usual path")
            .fix("name the loader of the store", format!("patchelf --set-interpreter \"$(cat $NIX_CC/nix-support/dynamic-linker)\" {}", quoted(program)))
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
