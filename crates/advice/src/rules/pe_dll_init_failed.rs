//! `pe-dll-init-failed`: a DLL that refused to start.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-dll-init-failed",
    phase: Phase::Init,
    level: Level::Error,
    summary: "a DLL was loaded, and its own start-up code failed or crashed",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-dll-init-failed"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let code = pe::code(heard);
    if !matches!(code, 1114 | 998) {
        return None;
    }
    // A crash's number is any program's; only while a DLL is loaded is it a loader's.
    let crash = matches!(heard.message.id, "windows/dialogue-memory" | "windows/exit-plain" | "windows/exit-actions" | "windows/exit-rust" | "windows/exit-jetbrains" | "windows/exit-visual-studio" | "windows/exit-go") && code == 998;
    let name = pe::file(heard);
    let which = if name.is_empty() { "a DLL".to_owned() } else { name };
    Some(
        Hearing::new(if crash { Likelihood::Possible } else { Likelihood::Certain })
            .why(if crash {
                "the process crashed: if that was before its own code ran, a DLL's start-up code did it".to_owned()
            } else {
                format!("{which} was found and mapped, and its start-up code (DllMain) said no or crashed: a processor without AVX, a DLL that it loads itself, an old runtime, too little memory")
            })
            .decided_by("the event log (eventvwr, Windows Logs, Application): the faulting module; or WinDbg with loader snaps")
            .fix("bring the Visual C++ runtime up to date: an older msvcp140.dll crashes what was built with a newer compiler", "winget upgrade Microsoft.VCRedist.2015+.x64")
            .advice("machine learning packages: the processor must have AVX; in a virtual machine it must be passed on")
            .advice("PyTorch: install the CPU build, or the driver that the CUDA build wants")
            .not_helpful("registering the DLL, or copying it elsewhere: it was found"),
    )
}
