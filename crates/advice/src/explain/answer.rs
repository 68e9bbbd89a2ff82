//! From what was heard to an answer: each rule that knows the message is asked, and the likeliest gives class, fixes and page.

use sayso_loader::Message;
use sayso_loader::messages::dyld;
use sayso_loader::request::Release;
use sayso_world::Errno;

use super::elsewhere;
use super::heard::{Heard, Hearing, Likelihood, Surroundings};
use super::{Entity, Explained, PossibleCause};
use crate::finding::Fix;
use crate::rule::{Phase, Rule, Speaker};
use crate::rules::{self, RULES};
use crate::show::show;

/// Most fixes that are told.
const FIXES_MAX: usize = 6;

/// Asks the catalogue.
///
/// `None`: the rules that know these words say that they mean something else here (an exit status that is no loader's).
pub(super) fn answer(heard: Heard) -> Option<Explained> {
    let mut heard = heard;
    heard
        .parts
        .sort_by_key(|said| said.places.first().map(|(_, place)| place.start));
    let mut hearings: Vec<(&'static Rule, Hearing)> = RULES
        .iter()
        .filter(|rule| heard.ids().any(|id| rule.answers(id)))
        .filter_map(|rule| (rule.hear)(&heard).map(|hearing| (*rule, hearing)))
        .collect();
    hearings.sort_by_key(|(_, hearing)| hearing.likelihood);
    let whose = elsewhere::whose(heard.message);
    if hearings.is_empty() {
        if RULES.iter().any(|rule| rule.answers(heard.message.id)) {
            return None;
        }
        let name = if whose.is_some() {
            elsewhere::RULE_NAME
        } else {
            "load-refused"
        };
        let rule = crate::rule(name).unwrap_or(&elsewhere::RULE);
        hearings.push((rule, Hearing::new(Likelihood::Certain)));
    }
    let rule = hearings[0].0;
    let facts = hearings[0].1.facts.clone();
    let is_a_command = rule.phase == Phase::Elsewhere && whose.is_none();
    Some(Explained {
        rule,
        phase: rule.phase,
        speaker: heard.speaker(),
        releases: releases(&heard),
        entities: entities(&heard),
        fixes: fixes(&hearings, whose),
        not_helpful: if whose.is_none_or(|(word, _)| matches!(word, "link-time" | "compile-time"))
            && !is_a_command
        {
            not_helpful(&hearings)
        } else {
            Vec::new()
        },
        where_: place_of_mending(&heard),
        reveal: reveals(&heard),
        instead: (rule.phase == Phase::Elsewhere)
            .then(|| whose.map_or_else(|| instead(&heard), |(word, _)| word)),
        causes: hearings
            .into_iter()
            .map(|(rule, hearing)| PossibleCause {
                rule,
                likelihood: hearing.likelihood,
                why: hearing.why.unwrap_or_else(|| rule.summary.to_owned()),
                confirmed: false,
                decided_by: hearing.decided_by,
            })
            .collect(),
        facts,
        heard,
    })
}

/// What a shell's or Windows' own message is that no loader has a part in.
fn instead(heard: &Heard) -> &'static str {
    let id = heard.message.id;
    if id.contains("command-not-found")
        || id.contains("not-recognized")
        || id.contains("unknown")
        || matches!(
            id,
            "shell/not-found"
                | "shell/yash-not-found"
                | "shell/runc-path"
                | "shell/crun-not-found"
                | "shell/go-path-windows"
        )
        || crate::rules::started_by_name(heard).is_some()
    {
        return "command-not-found";
    }
    if id.contains("denied") || heard.text("reason") == "Permission denied" {
        return "permission";
    }
    match heard.speaker() {
        Speaker::Kernel | Speaker::Windows | Speaker::Runtime | Speaker::Go => "app-code",
        _ => "other",
    }
}

/// The best rule's fixes, else its page's; then those of the others that have something to type.
fn fixes(
    hearings: &[(&'static Rule, Hearing)],
    whose: Option<(&'static str, &'static str)>,
) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    let add = |fix: Fix, fixes: &mut Vec<Fix>| {
        let same = |known: &Fix| known.summary == fix.summary && known.command == fix.command;
        if fixes.len() < FIXES_MAX && !fixes.iter().any(same) {
            fixes.push(fix);
        }
    };
    if let Some((_, advice)) = whose {
        add(
            Fix {
                summary: advice.to_owned(),
                command: None,
            },
            &mut fixes,
        );
    }
    for (at, (rule, hearing)) in hearings.iter().enumerate() {
        let own = hearing.fixes.iter().cloned();
        if at == 0 && hearing.fixes.is_empty() && whose.is_none() {
            for bullet in bullets(rule.page, "What mends it") {
                add(page_fix(&bullet), &mut fixes);
            }
        }
        // Of the other causes, only those that are as likely, and what can be typed.
        let near = at == 0
            || hearing.likelihood <= Likelihood::Likely
            || hearing.likelihood == hearings[0].1.likelihood;
        for fix in own.filter(|fix| near && (at == 0 || fix.command.is_some())) {
            add(fix, &mut fixes);
        }
    }
    fixes
}

/// A bullet of a page: one that is a command and nothing else can be typed.
fn page_fix(bullet: &str) -> Fix {
    let code = bullet
        .strip_prefix('`')
        .and_then(|rest| rest.trim_end_matches('.').strip_suffix('`'))
        .filter(|code| !code.contains('`'));
    match code {
        Some(code) => Fix {
            summary: "type".into(),
            command: Some(code.to_owned()),
        },
        None => Fix {
            summary: bullet.replace('`', ""),
            command: None,
        },
    }
}

fn not_helpful(hearings: &[(&'static Rule, Hearing)]) -> Vec<String> {
    let Some((rule, hearing)) = hearings.first() else {
        return Vec::new();
    };
    if !hearing.not_helpful.is_empty() {
        return hearing.not_helpful.clone();
    }
    bullets(rule.page, "What does not help")
        .into_iter()
        .map(|bullet| bullet.replace('`', ""))
        .collect()
}

/// The list under a heading of a page, each entry on one line.
fn bullets(page: &str, heading: &str) -> Vec<String> {
    let mut lines = page
        .lines()
        .skip_while(|line| line.strip_prefix("## ") != Some(heading))
        .skip(1);
    let mut found: Vec<String> = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.starts_with("## ")) {
        if let Some(entry) = line.strip_prefix("- ") {
            found.push(entry.trim().to_owned());
        } else if let (Some(last), true) = (found.last_mut(), line.starts_with("  ")) {
            last.push(' ');
            last.push_str(line.trim());
        }
    }
    found
}

/// Which releases say all of it: the narrowest span of the sentence, its parts and its frames that are the same loader's.
fn releases(heard: &Heard) -> Option<String> {
    let family = |message: &Message| message.id.split('/').next().unwrap_or_default();
    let own = family(heard.message);
    let around = heard
        .parts
        .iter()
        .chain(&heard.frames)
        .map(|said| said.message)
        .filter(|message| family(message) == own);
    let mut since: Option<Release> = None;
    let mut until: Option<Release> = None;
    for message in std::iter::once(heard.message).chain(around) {
        since = since.max(message.releases.0);
        until = match (until, message.releases.1) {
            (Some(known), Some(new)) => Some(known.min(new)),
            (known, new) => known.or(new),
        };
    }
    for said in heard
        .parts
        .iter()
        .filter(|said| family(said.message) == "dyld")
    {
        if let Some((first, last)) = said.fields.get("need").and_then(dyld::releases_of_need) {
            since = since.max(Some(first));
            until = until.map_or(Some(last), |known| Some(known.min(last)));
        }
    }
    let name = match own {
        "dyld" => "macOS",
        "go" => "Go",
        "shell" => match heard
            .message
            .id
            .strip_prefix("shell/")
            .unwrap_or_default()
            .split('-')
            .next()
        {
            Some("fish") => "fish",
            Some("required") => "bash",
            _ => return None,
        },
        "glibc" | "musl" => own,
        _ => return None,
    };
    let number = |release: Release| match release.2 {
        0 => format!("{}.{}", release.0, release.1),
        patch => format!("{}.{}.{patch}", release.0, release.1),
    };
    match (since, until) {
        (None, None) => None,
        (Some(since), None) => Some(format!("{name} {} or newer", number(since))),
        (None, Some(until)) => Some(format!("{name} {} or older", number(until))),
        (Some(since), Some(until)) if since > until => None,
        (Some(since), Some(until)) => {
            Some(format!("{name} {} to {}", number(since), number(until)))
        }
    }
}

/// The names in a text, under the names that they have in answers.
fn entities(heard: &Heard) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    let own = (heard.message, &heard.fields, &heard.places);
    let others = heard
        .parts
        .iter()
        .chain(&heard.frames)
        .map(|said| (said.message, &said.fields, &said.places));
    for (message, fields, places) in std::iter::once(own).chain(others) {
        let main = std::ptr::eq(message, heard.message);
        for (field, value) in fields.iter() {
            let name = entity_name(message, fields, field);
            if name.is_empty()
                || !main
                    && (entities.iter().any(|known| known.name == name)
                        || name == "library" && heard.fields.get("object").is_some())
            {
                continue;
            }
            let place = places
                .iter()
                .find(|(known, _)| *known == field)
                .map(|(_, place)| place.clone());
            let mut values: Vec<String> = vec![show(value)];
            if main {
                values = heard.texts(field);
            }
            if name == "paths_tried" {
                values = dyld::candidates(value)
                    .iter()
                    .map(|(path, _)| show(path))
                    .collect();
            }
            if !values.is_empty() {
                entities.push(Entity {
                    name,
                    values,
                    place,
                });
            }
        }
    }
    derived(heard, &mut entities);
    entities
}

/// What follows from the names: the errno of a reason, the soname of a library.
fn derived(heard: &Heard, entities: &mut Vec<Entity>) {
    let find = |name: &str, entities: &[Entity]| {
        entities
            .iter()
            .find(|entity| entity.name == name)
            .map(|entity| (entity.values[0].clone(), entity.place.clone()))
    };
    if let Some((reason, place)) = find("reason", entities)
        && !entities.iter().any(|entity| entity.name == "errno")
        && let Some(errno) = errno_of(&reason)
    {
        entities.push(Entity {
            name: "errno",
            values: vec![errno.to_owned()],
            place,
        });
    }
    if let Some((library, place)) = find("library", entities) {
        let file = library.rsplit('/').next().unwrap_or(&library);
        if file.contains(".so") {
            let start = place
                .as_ref()
                .map(|place| place.end - file.len().min(place.len())..place.end);
            entities.push(Entity {
                name: "soname",
                values: vec![file.to_owned()],
                place: start,
            });
        }
    }
    // What a shell could not read as a script is the program.
    if let (true, Some((script, place))) = (
        heard.message.id.starts_with("shell/syntax-error")
            && !entities.iter().any(|entity| entity.name == "path"),
        find("script", entities),
    ) {
        entities.push(Entity {
            name: "path",
            values: vec![script],
            place,
        });
    }
    // A relocation is in the library itself.
    let relocation =
        heard.message.id.contains("relocation-type") || heard.message.id.contains("textrel");
    if let (true, Some((library, place))) = (relocation, find("library", entities)) {
        entities.push(Entity {
            name: "required_by",
            values: vec![library],
            place,
        });
    }
    if let (Some(program), false) = (
        &heard.program,
        entities.iter().any(|entity| entity.name == "program"),
    ) {
        entities.push(Entity {
            name: "program",
            values: vec![show(program)],
            place: None,
        });
    }
}

/// `ENOENT` for its sentence.
fn errno_of(reason: &str) -> Option<&'static str> {
    (1..=133)
        .map(Errno)
        .filter(|errno| errno.name().is_some())
        .find(|errno| {
            errno.glibc_text().eq_ignore_ascii_case(reason)
                || errno.musl_text().eq_ignore_ascii_case(reason)
        })?
        .name()
}

/// What a field is called in an answer; empty for what is of no use there.
fn entity_name(
    message: &Message,
    fields: &sayso_loader::messages::Fields,
    field: &'static str,
) -> &'static str {
    let has = |name: &str| fields.get(name).is_some();
    let id = message.id;
    match field {
        "action" | "message" | "requirer_uuid" | "provider_uuid" | "object_uuid" | "why" => "",
        // The object that was being worked on, when a symbol or a relocation is what is wrong.
        // wine's and Windows' functions are missing from the library that is named.
        "object" if matches!(Speaker::of(message), Speaker::Windows | Speaker::Wine) => "library",
        "object" if rules::OF_PROTECTED_SYMBOLS.contains(&id) => "library",
        "object" if has("symbol") && !has("requirer") && !id.starts_with("dyld/") => "required_by",
        "object" | "file" if id == "glibc/link-time-reference" => "library",
        "object" | "library" | "dll" => "library",
        "requirer" => "required_by",
        "candidates" => "paths_tried",
        "error" => "reason",
        "have" if is_about_processor(id) => "architecture_have",
        "need" if is_about_processor(id) => "architecture_need",
        "have" if id.starts_with("dyld/platform") => "platform_have",
        "need" if id.starts_with("dyld/platform") => "platform_need",
        "have" if id.starts_with("dyld/") && id.contains("version") => "version_have",
        "need" if id.starts_with("dyld/") && id.contains("version") => "version_need",
        "have" => "abi_have",
        "need" => "abi_need",
        other => other,
    }
}

fn is_about_processor(id: &str) -> bool {
    ["architecture", "slice", "cpu", "wrong-arch"]
        .iter()
        .any(|word| id.contains(word))
}

/// Where it must be mended.
fn place_of_mending(heard: &Heard) -> Option<String> {
    let near = &heard.surroundings;
    if heard.speaker() == Speaker::Other {
        return None;
    }
    if heard.message.id.starts_with("shell/systemd")
        || heard
            .wrappers
            .iter()
            .any(|wrapper| wrapper.name.starts_with("systemd"))
    {
        return Some(
            "the service's own environment (systemd does not read a login shell's variables)"
                .into(),
        );
    }
    if near.container {
        return Some("the container image: what is installed on the host does not count".into());
    }
    if near.conda {
        return Some("the conda environment: its libraries come before the system's".into());
    }
    if near.ci {
        return Some("the machine of the CI run, or the image that it uses".into());
    }
    None
}

/// What a text does not say, and the command that shows it.
fn reveals(heard: &Heard) -> Vec<String> {
    let mut reveals: Vec<String> = reveal(heard).map(str::to_owned).into_iter().collect();
    reveals.extend(
        heard
            .wrappers
            .iter()
            .filter_map(|wrapper| wrapper.reveal)
            .map(str::to_owned),
    );
    if heard.cut {
        reveals.push("the text is cut off behind a colon: what stands behind it says which error it was; paste the whole line".into());
    }
    reveals
}

/// The loader's own words are behind these.
pub(super) fn hides(heard: &Heard) -> bool {
    reveal(heard).is_some()
}

/// For messages behind which the loader's own words are hidden: how to get them.
fn reveal(heard: &Heard) -> Option<&'static str> {
    HIDING
        .iter()
        .find(|(ids, _)| ids.contains(&heard.message.id))
        .map(|(_, how)| *how)
}

/// Messages that hide the loader's words, and how to get them.
const HIDING: &[(&[&str], &str)] = &[
    (
        &[
            "windows/mod-not-found",
            "wine/module-not-found",
            "java/dependent-libraries",
        ],
        "Windows does not say which DLL is missing: often not the one that is named, but one that it needs. `dumpbin /dependents FILE.dll` lists what it needs; `gflags /i PROGRAM.exe +sls` and a debugger show each search",
    ),
    (
        &["dotnet/shared-library", "dotnet/mono"],
        "the runtime names the library that was asked for, or the last name that it tried, and not the reason. Under Linux: LD_DEBUG=libs dotnet PROGRAM.dll 2>&1 | grep -i error; under macOS: DYLD_PRINT_SEARCHING=1",
    ),
    (
        &[
            "qt/platform-plugin-found",
            "qt/platform-plugin-found-default",
            "qt/platform-plugin-missing",
            "qt/platform-plugin-missing-default",
            "qt/no-platform",
        ],
        "Qt keeps the loader's sentence to itself: QT_DEBUG_PLUGINS=1 PROGRAM 2>&1 | grep -i 'cannot load' shows it",
    ),
];

/// What would narrow it down most, at most two.
pub(super) fn questions(results: &[Explained], surroundings: &Surroundings) -> Vec<String> {
    let mut questions: Vec<String> = Vec::new();
    let Some(first) = results.first().filter(|first| first.instead.is_none()) else {
        return questions;
    };
    let open = first.causes.len() > 1 && first.causes[0].likelihood > Likelihood::Certain;
    let file = first
        .heard
        .program
        .as_ref()
        .map(show)
        .or_else(|| entity(first, "required_by"))
        .or_else(|| entity(first, "path"));
    let linux = matches!(
        first.speaker,
        Speaker::Glibc | Speaker::Musl | Speaker::Kernel
    );
    if let (true, Some(file)) = (
        open && linux
            && matches!(
                first.phase,
                Phase::Exec | Phase::Map | Phase::Search | Phase::Version | Phase::Relocate
            ),
        file,
    ) {
        questions.push(format!(
            "what does `file {}` say, on the machine where it fails?",
            crate::explain::word(&file)
        ));
    }
    if linux
        && surroundings.distribution.is_none()
        && matches!(first.phase, Phase::Search | Phase::Version | Phase::Exec)
    {
        questions.push(
            "which distribution and release is it (`cat /etc/os-release`), and is it a container?"
                .into(),
        );
    }
    questions.truncate(2);
    questions
}

fn entity(explained: &Explained, name: &str) -> Option<String> {
    explained
        .entities
        .iter()
        .find(|entity| entity.name == name)
        .map(|entity| entity.values[0].clone())
}

#[cfg(test)]
mod tests {
    use super::bullets;

    #[test]
    fn a_page_gives_its_lists() {
        let page = "# x\n\n## What mends it\n\n- one\n  goes on\n- `two`\n\n## What does not help\n\n- three\n";
        assert_eq!(bullets(page, "What mends it"), ["one goes on", "`two`"]);
        assert_eq!(bullets(page, "What does not help"), ["three"]);
        assert!(bullets(page, "Else").is_empty());
    }
}
