//! Every rule's page is a test: its first world makes the rule speak, its second one does not; a rule that looks at no trace shows texts.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_advice::{Finding, Level, RULES, Rule, advise};
use sayso_loader::{Session, Verdict};

/// Rules that no world of files can call forth: they explain what only a policy or the lack of memory
/// brings about.
const WITHOUT_WORLDS: &[&str] = &["text-relocation-refused", "load-refused"];

/// What every page has, in this order.
const HEADINGS: &[&str] = &[
    "## What you see",
    "## What happened, and why",
    "## How to confirm",
    "## What mends it",
    "## What does not help",
];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for &rule in RULES {
        trials.push(Trial::test(format!("{}/headings", rule.name), move || {
            headings(rule)
        }));
        if rule.check.is_none() {
            trials.push(Trial::test(format!("{}/texts", rule.name), move || {
                texts_only(rule)
            }));
        } else if !WITHOUT_WORLDS.contains(&rule.name) {
            trials.push(Trial::test(format!("{}/worlds", rule.name), move || {
                worlds(rule)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn headings(rule: &Rule) -> Result<(), Failed> {
    let mut rest = rule.page;
    for heading in HEADINGS {
        let at = rest
            .find(heading)
            .ok_or_else(|| format!("the page lacks \"{heading}\""))?;
        rest = &rest[at + heading.len()..];
    }
    Ok(())
}

/// A rule that looks at no trace has no world that it could speak in; its page shows texts instead.
fn texts_only(rule: &Rule) -> Result<(), Failed> {
    if rule.page.contains("```world\n") {
        return Err("the rule looks at no trace, and its page has a world".into());
    }
    if !rule.page.contains("```text\n") {
        return Err("the page shows no text".into());
    }
    Ok(())
}

fn worlds(rule: &Rule) -> Result<(), Failed> {
    let blocks: Vec<&str> = rule
        .page
        .split("```world\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let &[failing, passing] = &blocks[..] else {
        return Err(format!("the page has {} worlds, and two are wanted", blocks.len()).into());
    };
    let (findings, trace) = judged(failing)?;
    if !findings
        .iter()
        .any(|finding| finding.rule.name == rule.name)
    {
        return Err(format!("the rule is silent in its failing world:\n{trace}").into());
    }
    let strangers: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.level == Level::Error && finding.rule.name != rule.name)
        .map(|finding| finding.rule.name)
        .collect();
    if !strangers.is_empty() {
        return Err(
            format!("other errors are found in the failing world: {strangers:?}\n{trace}").into(),
        );
    }
    let (findings, trace) = judged(passing)?;
    if findings
        .iter()
        .any(|finding| finding.rule.name == rule.name)
    {
        return Err(format!("the rule speaks in its passing world:\n{trace}").into());
    }
    if findings.iter().any(|finding| finding.level == Level::Error) || !trace.starts_with("loads") {
        return Err(format!("the passing world has errors:\n{trace}").into());
    }
    Ok(())
}

/// The findings about a world, and what happens in it as text.
fn judged(text: &str) -> Result<(Vec<Finding>, String), Failed> {
    let fixture = sayso_fixture::parse(text).map_err(|error| error.to_string())?;
    let world = fixture.memory();
    let session = Session::new(&world);
    let request = fixture.request();
    let trace = session.predict(&request);
    let findings = advise(&session, &request, &trace, Level::Note);
    let mut shown = match &trace.verdict {
        Verdict::Loads => "loads\n".to_owned(),
        Verdict::Fails { failure, .. } => format!("{}\n", String::from_utf8_lossy(&failure.text())),
        Verdict::Unknown { gaps } => format!("unknown: {gaps:?}\n"),
    };
    for step in &trace.steps {
        let words = step
            .failure
            .as_ref()
            .map(|failure| String::from_utf8_lossy(&failure.text()).into_owned());
        shown.push_str("step: ");
        shown.push_str(words.as_deref().unwrap_or("ok"));
        shown.push('\n');
    }
    for finding in &findings {
        let Finding {
            rule,
            level,
            message,
            because,
            ..
        } = finding;
        shown.extend([format!(
            "{}: {level}: {message}
    {because:?}
",
            rule.name
        )]);
    }
    Ok((findings, shown))
}
