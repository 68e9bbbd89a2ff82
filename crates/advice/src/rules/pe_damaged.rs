//! `pe-damaged`: a damaged Windows file.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-damaged",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is damaged: cut, empty, or changed",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-damaged"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    matches!(pe::code(heard), 1392 | 1154 | 1006).then(|| {
        Hearing::new(Likelihood::Certain)
            .why(format!("{} is damaged: cut, empty, or changed after it was made", pe::the_file(heard)))
            .fix("compare with the maker's", "certutil -hashfile FILE SHA256")
            .fix("if it is Windows' own", "sfc /scannow")
            .advice("install the program again; if it comes back, look at the disk: chkdsk")
    })
}
