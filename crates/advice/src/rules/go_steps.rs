//! What the rules about Go share: findings from judged steps, sides of opened plugins, and what a package's name tells.

use sayso_facts::go::{ExportKind, SizeDifference};
use sayso_loader::trace::GoEnd;

use super::prelude::*;
pub(super) use crate::go::sides::is_standard;
pub(super) use crate::go::words::word;
use crate::go::{Judgement, Side, lookup_hint};

/// Packages that come first in Go's order: if one of them differs, all do.
const FIRST: &[&str] = &[
    "internal/goarch",
    "internal/unsafeheader",
    "internal/cpu",
    "internal/byteorder",
    "runtime/internal/sys",
    "internal/goos",
];

/// The messages that name a differing package, of every release.
pub(super) const DIFFERENT: &[&str] = &[
    "go/different-version",
    "go/different-version-again",
    "go/different-version-old",
];

/// One finding for every `plugin.Open` step that this rule explains.
pub(super) fn judged(context: &Context<'_>, findings: &mut Findings, rule: &'static Rule) {
    for judgement in context
        .go_judgements()
        .iter()
        .filter(|judgement| judgement.rule == Some(rule.name))
    {
        let mut reasons = judgement.reasons.iter();
        let first = reasons.next();
        let path = show(&judgement.path);
        let why = first.map_or(rule.summary, |reason| reason.why.as_str());
        let mut finding = Finding::new(
            rule,
            Subject::File(TargetPath::new(judgement.path.as_slice())),
            format!("{path}: {why}"),
        );
        finding.because.extend(
            first
                .map(|reason| reason.evidence.clone())
                .filter(|evidence| !evidence.is_empty()),
        );
        for reason in reasons {
            finding = finding.because(format!("{} ({})", reason.why, reason.evidence));
        }
        if judgement.told.differing.len() > 1 {
            finding = finding.because(format!(
                "{} of {} packages differ",
                judgement.told.differing.len(),
                judgement.told.compared
            ));
        }
        let events = context
            .troubles()
            .iter()
            .filter(|trouble| trouble.step == judgement.step)
            .flat_map(Trouble::events);
        findings.add(
            finding
                .step(judgement.step)
                .explains(events)
                .fixes(judgement.fixes.iter().cloned()),
        );
    }
}

/// One finding for every failed `Lookup` step with one of the rule's messages.
pub(super) fn looked_up(context: &Context<'_>, findings: &mut Findings, rule: &'static Rule) {
    judged(context, findings, rule);
    for trouble in context.troubles_with(rule.messages) {
        let Some(sayso_loader::Step::Lookup {
            plugin,
            name,
            go_type,
        }) = trouble
            .step
            .checked_sub(1)
            .and_then(|at| context.request.steps.get(at))
        else {
            continue;
        };
        let opened = context
            .go_judgements()
            .iter()
            .find(|judgement| judgement.step == *plugin);
        let (exports, path) = opened.map_or((&[][..], Vec::new()), |judgement| {
            (judgement.exports.as_slice(), judgement.path.clone())
        });
        let wanted = go_type.as_ref().map(show);
        let hint = lookup_hint(exports, &show(name), wanted.as_deref());
        let message = show(trouble.failure.message.format(&trouble.failure.fields));
        let mut finding = Finding::new(rule, Subject::File(TargetPath::new(path)), message);
        finding.because.extend(hint);
        findings.add(
            finding
                .step(trouble.step)
                .explains(trouble.events())
                .advice("look at everything that the plugin exports: sayso go HOST PLUGIN -v"),
        );
    }
}

/// Host and plugin.
pub(super) type Sides<'a> = (&'a Side, &'a Side);

/// Every plugin that opens, with the host's side, the step, and the path as it was given.
pub(super) fn opened<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (Sides<'a>, usize, String)> {
    let is_open =
        |judgement: &&Judgement| judgement.told.end == GoEnd::Opens && !judgement.told.already_open;
    let judgements = context.go_judgements().iter().filter(is_open);
    judgements.filter_map(|judgement| {
        let sides = (context.go_host()?, judgement.side.as_ref()?);
        Some((sides, judgement.step, show(&judgement.path)))
    })
}

/// Symbols of packages that both have, with another size on each side.
pub(super) fn skews(sides: &Sides<'_>, kind: ExportKind) -> Vec<SizeDifference> {
    let (Some(host), Some(plugin)) = (sides.0.program(), sides.1.program()) else {
        return Vec::new();
    };
    // The compiler's and the linker's own tables differ without meaning anything.
    let is_of_package = |symbol: &str| {
        symbol.contains('.')
            && !["go:", "go.", "type:", "type.", "runtime.", "_cgo", "x_cgo"]
                .iter()
                .any(|prefix| symbol.starts_with(prefix))
    };
    let differences = host.size_differences(plugin).into_iter();
    let counts = |difference: &SizeDifference| match kind {
        ExportKind::Variable => true,
        ExportKind::Function => {
            !is_standard(package_of(&difference.symbol))
                && is_much(difference.here, difference.there)
        }
    };
    differences
        .filter(|difference| {
            difference.kind == kind && is_of_package(&difference.symbol) && counts(difference)
        })
        .collect()
}

/// A finding for every plugin that opens with symbols of another size: the sentence is made of the first of them and the plugin's path, the
/// rest of the finding is `complete`'s.
pub(super) fn skewed(
    context: &Context<'_>,
    findings: &mut Findings,
    rule: &'static Rule,
    kind: ExportKind,
    sentence: impl Fn(&SizeDifference, &str) -> String,
    complete: impl Fn(Finding) -> Finding,
) {
    let noun = match kind {
        ExportKind::Variable => "variables",
        ExportKind::Function => "functions",
    };
    for (sides, step, path) in opened(context) {
        let skews = skews(&sides, kind);
        let Some(first) = skews.first() else {
            continue;
        };
        let names: Vec<String> = skews.iter().map(|skew| skew.symbol.clone()).collect();
        let subject = Subject::File(TargetPath::new(path.as_bytes()));
        let finding = Finding::new(rule, subject, sentence(first, &path)).because(format!(
            "{noun} of another size: {}",
            enumerate_some(&names, 5)
        ));
        findings.add(complete(finding).step(step));
    }
}

/// The package in a symbol: `example.com/a` of `example.com/a.(*T).F`.
fn package_of(symbol: &str) -> &str {
    let last = symbol.rfind('/').map_or(0, |at| at + 1);
    symbol[last..]
        .find('.')
        .map_or(symbol, |dot| &symbol[..last + dot])
}

/// More than what comes of a plugin's code reaching variables in another way than a program's does (measured: up to a tenth).
fn is_much(here: u64, there: u64) -> bool {
    let apart = here.abs_diff(there);
    apart >= 32 && apart > here.min(there) / 4
}

/// "1 byte", "2 bytes".
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The header beside a c-shared library, and the functions that it declares.
pub(super) fn header(context: &Context<'_>, object: ObjectId) -> Option<(String, Vec<String>)> {
    let library = &context.trace.object(object).path;
    let stem = library.as_bytes().strip_suffix(b".so")?;
    let path = TargetPath::new([stem, b".h"].concat());
    let bytes = context.session.world().read(&context.stat(&path)?).ok()?;
    Some((
        show(&path),
        crate::go::c_abi::declared(&String::from_utf8_lossy(&bytes)),
    ))
}

/// The plugin's file as it was probably called: Go cuts `.so` off once the C loader has taken the file.
pub(super) fn plugin_file(heard: &Heard) -> String {
    let name = heard.text("name");
    match name.as_str() {
        "" => "PLUGIN".into(),
        name if name.as_bytes().ends_with(b".so") => word(name),
        name => word(&format!("{name}.so")),
    }
}

/// The module that a package is probably of: three elements on the large hosts, two elsewhere.
pub(super) fn module_root(package: &str) -> String {
    let large = [
        "github.com/",
        "gitlab.com/",
        "bitbucket.org/",
        "golang.org/",
        "codeberg.org/",
    ]
    .iter()
    .any(|host| package.starts_with(host));
    let elements = if large { 3 } else { 2 };
    package
        .split('/')
        .take(elements)
        .collect::<Vec<_>>()
        .join("/")
}

/// What a message about a package of the standard library says of a cause that changes all of them.
pub(super) fn heard_of_all(heard: &Heard, why: &str) -> Option<Hearing> {
    let package = heard.text("package");
    let likelihood = if names_all(&package) {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    is_standard(&package).then(|| Hearing::new(likelihood).why(why))
}

/// If this one differs, every package does.
pub(super) fn names_all(package: &str) -> bool {
    FIRST.contains(&package)
}
