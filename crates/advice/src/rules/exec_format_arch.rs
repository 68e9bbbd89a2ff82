//! `exec-format-arch`: no program that this kernel can run.

use super::prelude::*;
use crate::show::machine_name;
use sayso_facts::{Binary, Magic};
use sayso_loader::session::Opened;

pub(super) static RULE: Rule = Rule {
    name: "exec-format-arch",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the file is for another processor, or no program at all",
    loaders: KERNEL,
    messages: &["kernel/exec-format"],
    hears: hearing::EXEC_NAMES,
    page: page!("exec-format-arch"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |_, _| {
        let path = context.subject_path();
        let subject = Subject::File(path.clone());
        let machine = context.session.world().machine();
        let Some(stat) = context.stat(&path) else {
            return Some(Finding::new(&RULE, subject, "the file cannot be run by this kernel"));
        };
        let finding = match &*context.session.open(&stat) {
            Opened::Image(image) => {
                let is = machine_name(image.header().machine);
                Finding::new(
                    &RULE,
                    subject,
                    format!("{} is built for {is}; this machine runs {}", show(&path), architecture(machine.architecture)),
                )
                .advice(format!("get the build for {}", architecture(machine.architecture)))
                .advice(format!("or run it under an emulator registered with the kernel (qemu-user with binfmt_misc for {is})"))
            }
            Opened::NotElf(bytes) => {
                let what = what_it_is(bytes);
                let finding = Finding::new(&RULE, subject, format!("{} is {what}, not a program", show(&path)));
                if is_text(bytes) {
                    finding
                        .because("a shell run by hand would still read it as a shell script; execve does not")
                        .fix("say what runs it, in the first line", "#!/bin/sh")
                } else {
                    finding.fix("see what it is", format!("file {}", quoted(&path)))
                }
            }
            Opened::Unreadable(errno) => Finding::new(&RULE, subject, format!("{} cannot be read: {}", show(&path), errno.glibc_text())),
        };
        Some(finding)
    });
}

fn architecture(architecture: sayso_world::Architecture) -> &'static str {
    use sayso_world::Architecture;
    match architecture {
        Architecture::X86_64 => "x86-64",
        Architecture::I386 => "32-bit x86",
        Architecture::Aarch64 => "64-bit ARM (aarch64)",
        Architecture::Arm => "32-bit ARM",
        Architecture::Riscv64 => "RISC-V",
        Architecture::Ppc64le => "64-bit PowerPC",
        Architecture::S390x => "s390x",
        Architecture::Other => "another architecture",
    }
}

fn is_text(bytes: &bytes::Bytes) -> bool {
    matches!(Binary::parse(bytes.clone()), Binary::Other(Magic::Text))
}

/// What the first bytes suggest, as a noun with its article.
pub fn what_it_is(bytes: &bytes::Bytes) -> &'static str {
    match Binary::parse(bytes.clone()) {
        Binary::Elf(_) => "an ELF file",
        Binary::Script(_) => "a script",
        Binary::Other(magic) => match magic {
            Magic::Empty => "empty",
            Magic::TruncatedElf => "a cut-off ELF file",
            Magic::MachO => "a macOS binary",
            Magic::Pe => "a Windows binary",
            Magic::Archive => "a static library (an ar archive)",
            Magic::LinkerScript => "a text for the linker (a linker script)",
            Magic::GitLfsPointer => "a Git LFS pointer, not the file itself",
            Magic::Html => "an HTML page (a failed download?)",
            Magic::Compressed => "a compressed file",
            Magic::JavaClass => "a Java class file",
            Magic::Wasm => "WebAssembly",
            Magic::Bitcode => "LLVM bitcode",
            Magic::Text => "text",
            _ => "data of no known kind",
        },
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if hearing::is_another_programs_sentence(heard) {
        return None;
    }
    let path = hearing::started(heard);
    let syntax = heard.message.id.starts_with("shell/syntax-error");
    let sure = matches!(
        heard.message.id,
        "kernel/exec-format" | "shell/binary-file" | "shell/tcsh-format" | "shell/mksh-format" | "shell/fish-format" | "shell/fish-old-format" | "shell/bad-cpu-type" | "shell/zsh-bad-cpu-type"
            | "shell/malformed-mach-o"
    );
    if !sure && !syntax && hearing::answer(heard) != hearing::Answer::Format {
        return None;
    }
    let mac = heard.message.id.contains("cpu-type") || heard.message.id.contains("mach-o");
    let file = if path.is_empty() { "PROGRAM".into() } else { quoted(&path) };
    let hearing = Hearing::new(match syntax {
        true if hearing::is_program_read_as_script(heard) => Likelihood::Likely,
        true => Likelihood::Rare,
        false => Likelihood::Certain,
    });
    if mac {
        return Some(
            hearing
                .why(format!("{} was built for another processor than this Mac's, or is damaged", hearing::the_program(&path)))
                .decided_by(format!("file {file}; uname -m"))
                .fix("programs for Intel on Apple silicon need Rosetta", "softwareupdate --install-rosetta")
                .advice("or get the build for this Mac (arm64 for Apple silicon, x86_64 for Intel)"),
        );
    }
    let why = if syntax {
        "a shell reads this as a script: if the file is a program, it is for another processor, and the shell took it for text".to_owned()
    } else {
        format!("the kernel has no way to run {}: it is for another processor, or no program at all (a script without #!, a download page, a cut file)", hearing::the_program(&path))
    };
    let hearing = hearing.why(why).decided_by(format!("file -L {file}; uname -m"));
    let hearing = if heard.surroundings.container || heard.message.id.starts_with("shell/runc") || heard.message.id.starts_with("shell/crun") {
        hearing
            .fix("take the image for this processor (or the other way round, build for it)", "docker pull --platform linux/$(uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/') IMAGE")
            .fix("build for both", "docker buildx build --platform linux/amd64,linux/arm64 …")
    } else {
        hearing.advice("get the build for this machine's processor")
    };
    Some(
        hearing
            .fix("a script: give it a first line", format!("sed -i '1i #!/bin/sh' {file}"))
            .fix("to run other processors' programs on purpose", "docker run --privileged --rm tonistiigi/binfmt --install all    # Debian: apt-get install qemu-user-static binfmt-support")
            .not_helpful("chmod +x: it may be run; it only cannot be"),
    )
}
