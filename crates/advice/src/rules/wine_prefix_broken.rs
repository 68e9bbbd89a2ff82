//! `wine-prefix-broken`: wine's own files do not fit.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "wine-prefix-broken",
    phase: Phase::Init,
    level: Level::Error,
    summary: "wine cannot load its own kernel32: the prefix or the installation is of another word size, or damaged",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("wine-prefix-broken"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !heard.is("wine/could-not-load-kernel32") && !heard.is("wine/failed-to-open") && !heard.is("wine/shell-execute") && !heard.is("wine/importing-failed") && !heard.is("wine/initializing-failed") {
        return None;
    }
    let kernel = heard.is("wine/could-not-load-kernel32");
    Some(
        Hearing::new(if kernel { Likelihood::Certain } else { Likelihood::Possible })
            .why(if kernel {
                "wine does not find its own kernel32.dll for this program: only the other word size of wine is installed, or the prefix was made by another wine"
            } else {
                "wine gives up on the program; the lines before this one name the DLL"
            })
            .fix("a 32-bit program needs the 32-bit wine", "dpkg --add-architecture i386 && apt-get update && apt-get install wine32:i386")
            .fix("make a new prefix beside the old one", "WINEPREFIX=~/.wine-new wineboot -i"),
    )
}
