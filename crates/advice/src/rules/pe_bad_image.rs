//! `pe-bad-image`: 0xc000007b at the start of a program.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-bad-image",
    phase: Phase::Map,
    level: Level::Error,
    summary: "a DLL of the program is for the other word size, or is damaged (0xc000007b)",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-bad-image"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !pe::is_bad_image_at_start(heard) {
        return None;
    }
    let name = pe::file(heard);
    let which = if name.is_empty() { "one of the DLLs that the program needs".to_owned() } else { name.clone() };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{which} is for the other word size (32-bit in a 64-bit program, or the other way round), or is damaged"))
            .decided_by("dumpbin /headers FILE | findstr machine, of the program and of every DLL beside it; 8664 is 64-bit, 14C is 32-bit")
            .fix("install the runtimes of both word sizes", "winget install Microsoft.VCRedist.2015+.x64 Microsoft.VCRedist.2015+.x86")
            .advice("remove DLLs that were copied beside the program or into System32 by hand, and install the program again")
            .advice("System32 holds the 64-bit files and SysWOW64 the 32-bit ones")
            .not_helpful("DLLs from download sites: that is how the wrong word size came in")
            .not_helpful("running as administrator, compatibility mode"),
    )
}
