//! What every rule needs.

pub(super) use sayso_loader::request::Family;
pub(super) use sayso_loader::{Object, ObjectId};
pub(super) use sayso_world::TargetPath;

pub(super) use super::hearing;
pub(super) use super::{enumerate, enumerate_some};
pub(super) use crate::causes::{self, Cause};
pub(super) use crate::context::{Context, Lost, Trouble};
pub(super) use crate::explain::{Heard, Hearing, Likelihood};
pub(super) use crate::finding::{Finding, Findings, Fix, Subject};
pub(super) use crate::packages;
pub(super) use crate::rule::{Level, Phase, Rule, Speaker};
pub(super) use crate::show::show;

pub(super) const KERNEL: &[Speaker] = &[Speaker::Kernel];
pub(super) const GLIBC: &[Speaker] = &[Speaker::Glibc];
pub(super) const MUSL: &[Speaker] = &[Speaker::Musl];
pub(super) const DYLD: &[Speaker] = &[Speaker::Dyld];
pub(super) const WINDOWS: &[Speaker] = &[Speaker::Windows, Speaker::Wine];
pub(super) const RUNTIME: &[Speaker] = &[Speaker::Runtime];
pub(super) const ELF: &[Speaker] = &[
    Speaker::Glibc,
    Speaker::Musl,
    Speaker::Bionic,
    Speaker::Rtld,
];
pub(super) const BOTH: &[Speaker] = &[Speaker::Glibc, Speaker::Musl];

/// The page of a rule.
macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("../../../../docs/rules/", $name, ".md"))
    };
}
pub(super) use page;

/// For every library that was not found: if `tell` knows its deciding cause, one finding with the chain of askers, the
/// search, and what else was found out.
pub(super) fn for_lost(
    context: &Context<'_>,
    findings: &mut Findings,
    rule: &'static Rule,
    tell: impl Fn(&Lost<'_>, &Cause) -> Option<(String, Vec<Fix>)>,
) {
    for lost in context.lost() {
        let Some((message, fixes)) = lost.causes.first().and_then(|cause| tell(lost, cause)) else {
            continue;
        };
        let subject = Subject::Name(lost.name.to_vec());
        let mut finding = Finding::new(rule, subject, message);
        if let Some(chain) = context.chain(lost.asker) {
            finding = finding.because(format!("{} is {chain}", show(lost.name)));
        }
        for other in &lost.causes[1..] {
            finding = finding.because(other.sentence(context));
        }
        findings.add(
            finding
                .evidence(lost.search)
                .step(lost.trouble.step)
                .explains(lost.trouble.events())
                .fixes(fixes),
        );
    }
}

/// For every complaint that the rule names: one finding about the object or file that the message names.
pub(super) fn for_troubles(
    context: &Context<'_>,
    findings: &mut Findings,
    rule: &'static Rule,
    tell: impl Fn(&Trouble<'_>, &str) -> Option<Finding>,
) {
    for trouble in context.troubles_with(rule.messages) {
        let object = trouble
            .failure
            .field("object")
            .or(trouble.failure.field("path"))
            .map(show)
            .unwrap_or_default();
        if let Some(mut finding) = tell(trouble, &object) {
            // What requires a file that was mapped is its first asker; of one that was not, the complaint knows.
            let named = trouble.failure.field("object").unwrap_or_default();
            let mapped = context.object_called(named);
            let asker = match mapped {
                Some(id) => context.trace.object(id).needed_by,
                None => trouble.failure.by,
            };
            if let Some(chain) = context.chain(asker).filter(|_| !named.is_empty()) {
                finding = finding.because(format!("{object} is {chain}"));
            }
            findings.add(
                finding
                    .evidence(trouble.failure.search)
                    .step(trouble.step)
                    .explains(trouble.events()),
            );
        }
    }
}

/// The subject of a complaint: the object that the message names, if it was mapped, else the file.
pub(super) fn subject_of(context: &Context<'_>, trouble: &Trouble<'_>) -> Subject {
    let name = trouble
        .failure
        .field("object")
        .or(trouble.failure.field("path"))
        .unwrap_or_default();
    match context.object_called(name) {
        Some(id) => Subject::Object(id),
        None if name.contains(&b'/') => Subject::File(TargetPath::new(name)),
        None => Subject::Name(name.to_vec()),
    }
}

/// A fix that can be typed.
pub(super) fn command(summary: impl Into<String>, command: impl Into<String>) -> Fix {
    Fix {
        summary: summary.into(),
        command: Some(command.into()),
    }
}

/// A fix that cannot be typed.
pub(super) fn advice(summary: impl Into<String>) -> Fix {
    Fix {
        summary: summary.into(),
        command: None,
    }
}

/// The text as one word of a shell.
pub(crate) fn quoted(path: impl AsRef<[u8]>) -> String {
    let path = path.as_ref();
    let plain = |&b: &u8| b.is_ascii_alphanumeric() || b"/._+-=:,@%".contains(&b);
    let text = show(path);
    if path.iter().all(plain) && !path.is_empty() {
        text
    } else if text.contains('\\') || std::str::from_utf8(path).is_err() {
        format!("$'{}'", text.replace('\'', "\\'"))
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The program as a word of a command, or a placeholder where only a library was asked about.
pub(super) fn program(context: &Context<'_>) -> String {
    match context.request.start {
        sayso_loader::Start::Exec { .. } => quoted(context.subject_path()),
        sayso_loader::Start::Library(_) => "PROGRAM".into(),
    }
}

/// The elements of a run path with their kind, of one object: `DT_RPATH` only where it counts.
pub(super) fn run_path(object: &Object) -> Option<(&'static str, &[u8])> {
    match (object.image.runpath(), object.image.rpath()) {
        (Some(runpath), _) => Some(("RUNPATH", runpath)),
        (None, Some(rpath)) => Some(("RPATH", rpath)),
        (None, None) => None,
    }
}

/// The program carries rights that its caller does not have: set-user-id, set-group-id, or file capabilities.
pub(super) fn is_privileged(context: &Context<'_>) -> bool {
    context
        .stat(&context.subject_path())
        .is_some_and(|stat| stat.mode & 0o6000 != 0 || context.session.world().capabilities(&stat))
}
