//! `macho-code-signature`: macOS does not accept the signature.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-code-signature",
    phase: Phase::Map,
    level: Level::Error,
    summary: "macOS does not accept the signature of the file, or not in this process",
    loaders: DYLD,
    messages: macho::SIGNATURE,
    page: page!("macho-code-signature"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, macho::SIGNATURE) {
        return None;
    }
    let name = macho::library(heard);
    let file = quoted(&name);
    let reason = format!("{} {}", heard.text("reason"), macho::said(heard, "candidates"));
    let teams = heard.says("dyld/different-team-ids") || heard.says("dyld/no-team-id") || reason.contains("Team ID");
    let policy = heard.says("dyld/system-policy") || reason.contains("disallowed by system policy");
    let unsigned = heard.says("dyld/no-cdhash") || reason.contains("completely unsigned");
    let hearing = Hearing::new(Likelihood::Certain).decided_by(format!("codesign -dvv {file}; codesign --verify -vv {file}; the same of the program"));
    Some(if teams {
        hearing
            .why(format!("{name} is signed by another maker than the program, and the program (hardened runtime) takes only its own maker's and Apple's libraries"))
            .advice("sign both with one identity: codesign --force --deep is not needed, but each file from the inside out")
            .fix("or, as the program's maker, allow it", "codesign --force --options runtime --entitlements E.plist -s IDENTITY PROGRAM    # E.plist: com.apple.security.cs.disable-library-validation")
            .fix("as a user of both: sign the library and the program again, ad hoc", format!("codesign --force -s - {file} && codesign --force -s - PROGRAM"))
            .not_helpful("chmod, xattr: the makers stay two")
    } else if policy {
        hearing
            .why(format!("{name} was downloaded, and Gatekeeper has not allowed it (quarantine)"))
            .fix("if you trust where it came from", format!("xattr -d com.apple.quarantine {file}"))
            .advice("or allow it in System Settings, Privacy & Security, right after the attempt")
            .not_helpful("spctl --master-disable: it turns the check off for everything")
    } else {
        let why = if unsigned {
            format!("{name} is not signed at all: on Apple silicon, and in hardened programs, code has to be signed at least ad hoc")
        } else {
            format!("the signature of {name} does not fit the file: it was changed after it was signed (install_name_tool, strip, a patch, a cut download)")
        };
        hearing
            .why(why)
            .fix("sign it again, ad hoc (as a new file: macOS remembers the old one's signature)", format!("cp {file} {file}.new && codesign --force -s - {file}.new && mv {file}.new {file}"))
            .advice("if it is a maker's file, install it again")
            .not_helpful("editing the file in place: the kernel remembers the signature of a file that ran; write a new file and rename it")
    })
}
