//! `pe-blocked`: Windows does not allow the file.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-blocked",
    phase: Phase::Map,
    level: Level::Error,
    summary: "a policy, a scanner or missing rights keep Windows from loading the file",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-blocked"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let code = pe::code(heard);
    if !matches!(code, 5 | 32 | 225 | 577 | 740 | 1260 | 4551) {
        return None;
    }
    let name = pe::the_file(heard);
    let hearing = Hearing::new(if matches!(code, 5 | 32) { Likelihood::Possible } else { Likelihood::Certain });
    Some(match code {
        225 => hearing
            .why(format!("the virus scanner took {name}"))
            .advice("look at its history; restore the file only if you know its maker, and report a false alarm"),
        577 => hearing
            .why(format!("{name} has to carry a signature that Windows can verify (memory integrity, a protected process, a driver), and does not"))
            .fix("see the signature", "powershell -c \"Get-AuthenticodeSignature FILE\"")
            .advice("get the signed build; a test-signed driver loads only in test mode"),
        1260 | 4551 => hearing
            .why(format!("a policy of this machine (AppLocker, WDAC, Smart App Control) forbids {name}"))
            .decided_by("the event log, Applications and Services Logs, Microsoft, Windows, CodeIntegrity or AppLocker")
            .advice("have the administrator allow it, or take a signed build"),
        740 => hearing.why("the program asks for administrator rights, and was started by one that has none").advice("start it from an elevated prompt, or take the request out of its manifest"),
        32 => hearing.why(format!("another process holds {name} open")).fix("see who", "powershell -c \"Get-Process | Where-Object { $_.Modules.FileName -like '*NAME*' }\""),
        _ => hearing
            .why(format!("this user may not read or run {name}, or a scanner holds it back"))
            .fix("see the rights", "icacls FILE")
            .advice("a file from the network or a download may be blocked: powershell -c \"Unblock-File FILE\""),
    })
}
