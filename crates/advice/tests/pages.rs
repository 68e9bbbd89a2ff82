//! Every rule's page is a test: its first world makes the rule speak, its second one does not; a rule that looks at no trace shows texts.

use std::ops::Range;

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_advice::explain::explain;
use sayso_advice::floor::Part;
use sayso_advice::policy::{Policy, Shipped};
use sayso_advice::{Finding, Level, RULES, Rule, advise};
use sayso_facts::elf::Image;
use sayso_fixture::Content;
use sayso_loader::{Session, Verdict};

/// Rules that no world of files can call forth: they explain what only a policy or the lack of memory
/// brings about.
// The last one never speaks alone: every program of such an image is refused by itself, too; an image of the lab holds it.
const WITHOUT_WORLDS: &[&str] = &[
    "text-relocation-refused",
    "load-refused",
    "image-wrong-platform",
];

/// Rules about Go whose worlds the fixture's writer cannot make: programs without cgo, c-shared libraries, line tables, real code. The lab
/// holds them to real toolchains: lines `says:` and `silent:` of its cases (`lab/go/cases`), and C programs that open Go libraries
/// (`lab/src/go/c_shared.rs`). [`rules_of_real_toolchains_are_held_to_them`] sees to it that each is named there.
const OF_REAL_TOOLCHAINS: &[&str] = &[
    "go-plugin-not-implemented",
    "go-plugin-layout-misread",
    "go-plugin-crash-in-dlopen",
    "go-function-skew",
    "go-same-plugin-path",
    "go-host-cannot-open-plugins",
    "go-c-shared-on-musl",
    "go-two-runtimes",
    "go-c-shared-cannot-unload",
    "go-c-shared-exports",
    "go-libc-needs",
];

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
        // Pages of Go show whole stack traces, whose lines are not a message each; the lab's texts hold them.
        let hears = !rule.messages.is_empty() || !rule.hears.is_empty();
        if hears && !rule.name.starts_with("go-") {
            trials.push(Trial::test(format!("{}/heard", rule.name), move || {
                heard(rule)
            }));
        }
        if rule.name.starts_with("sbom-") || rule.name.starts_with("sums-") {
            // Bills and lists are read outside this crate: crates/cli/tests/integrity.rs holds these pages to the command itself.
            continue;
        }
        if rule.name.starts_with("policy-") {
            trials.push(Trial::test(format!("{}/policies", rule.name), move || {
                policies(rule)
            }));
        } else if rule.check.is_none() && !rule.of_images {
            trials.push(Trial::test(format!("{}/texts", rule.name), move || {
                texts_only(rule)
            }));
        } else if !WITHOUT_WORLDS.contains(&rule.name) && !OF_REAL_TOOLCHAINS.contains(&rule.name) {
            trials.push(Trial::test(format!("{}/worlds", rule.name), move || {
                worlds(rule)
            }));
        }
    }
    trials.push(Trial::test(
        "rules_of_real_toolchains_are_held_to_them",
        rules_of_real_toolchains_are_held_to_them,
    ));
    libtest_mimic::run(&arguments, trials).exit();
}

/// Each of them speaks somewhere in the lab, and is silent elsewhere.
#[expect(
    clippy::disallowed_types,
    reason = "files of this machine, not of a target"
)]
fn rules_of_real_toolchains_are_held_to_them() -> Result<(), Failed> {
    let lab = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab");
    let c_programs = std::fs::read_to_string(lab.join("src/go/c_shared.rs"))?;
    let mut cases = String::new();
    for entry in std::fs::read_dir(lab.join("go/cases"))? {
        cases += &std::fs::read_to_string(entry?.path())?;
    }
    for rule in OF_REAL_TOOLCHAINS {
        let says = cases.contains(&format!("\nsays: {rule}\n"));
        let silent = cases.contains(&format!("\nsilent: {rule}\n"));
        let is_held = says && silent || c_programs.contains(&format!("\"{rule}\""));
        if !is_held {
            return Err(format!("no case of the lab says {rule}, or none is silent of it").into());
        }
    }
    Ok(())
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

/// A rule of policies: the files of its first world break the policy above it, those of the second keep to theirs.
fn policies(rule: &Rule) -> Result<(), Failed> {
    let blocks = |fence: &str| -> Vec<&str> {
        let parts = rule.page.split(fence).skip(1);
        parts.filter_map(|rest| rest.split("```").next()).collect()
    };
    let (texts, worlds) = (blocks("```toml policy\n"), blocks("```world\n"));
    let (&[strict, kept], &[failing, passing]) = (&texts[..], &worlds[..]) else {
        return Err("two policies and two worlds are wanted".into());
    };
    let spoken = |policy: &str, world: &str| -> Result<Vec<&'static str>, Failed> {
        let policy = Policy::read(policy).map_err(|error| error.to_string())?;
        let fixture = sayso_fixture::parse(world).map_err(|error| error.to_string())?;
        let mut parts = Vec::new();
        for file in &fixture.files {
            if let Content::Elf(spec) = &file.content {
                let bytes = fixture.elf_bytes(file, spec);
                let image = Image::parse(bytes.into()).map_err(|_| "no ELF file")?;
                parts.push(Part::new(sayso_advice::show(&file.path), image));
            }
        }
        let judged = policy.judge(&[Shipped {
            name: "app",
            parts: &parts,
            size: 1000,
            expected_from_host: None,
        }]);
        Ok(judged
            .broken
            .iter()
            .map(|broken| broken.finding.rule.name)
            .collect())
    };
    let found = spoken(strict, failing)?;
    if found != [rule.name] {
        return Err(format!("the failing world breaks {found:?}").into());
    }
    let found = spoken(kept, passing)?;
    if !found.is_empty() {
        return Err(format!("the passing world breaks {found:?}").into());
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

/// Every text under "What you see" is explained by the rule, among others perhaps.
fn heard(rule: &Rule) -> Result<(), Failed> {
    let section = rule
        .page
        .split("## What you see")
        .nth(1)
        .unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section
        .split("```text\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let mut silent = Vec::new();
    let mut shown = 0;
    for block in blocks {
        for (at, example) in examples(block) {
            shown += 1;
            // A line may be part of a message that the whole block is.
            if !is_explained(rule, &example, None)
                && !is_explained(rule, block, Some(at..at + example.len()))
            {
                silent.push(format!(
                    "{example}\n    is explained by {:?}",
                    causes(&example)
                ));
            }
        }
    }
    if shown == 0 {
        return Err("the page shows no text".into());
    }
    if silent.is_empty() {
        Ok(())
    } else {
        Err(silent.join("\n").into())
    }
}

/// The texts of a block and where each begins: a line with the indented ones that follow it, without the remark behind three blanks.
fn examples(block: &str) -> Vec<(usize, String)> {
    let mut examples: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        let said = line.trim();
        match examples.last_mut() {
            Some((_, last)) if line.starts_with([' ', '\t']) => {
                last.push('\n');
                last.push_str(line.trim_end());
            }
            _ if said.is_empty() => {}
            _ => {
                let said = said.split("    ").next().unwrap_or_default().trim_end();
                examples.push((at, said.to_owned()));
            }
        }
        at += line.len();
    }
    examples
}

/// The rule is among the causes of a result; of one that lies in this place, if one is given.
fn is_explained(rule: &Rule, text: &str, place: Option<Range<usize>>) -> bool {
    explain(text.as_bytes()).results.iter().any(|result| {
        let own = &result.heard.place;
        let holds = place
            .as_ref()
            .is_none_or(|place| own.start < place.end && place.start < own.end);
        holds
            && result
                .causes
                .iter()
                .any(|cause| cause.rule.name == rule.name)
    })
}

/// The rules that are named as causes.
fn causes(text: &str) -> Vec<&'static str> {
    let explanation = explain(text.as_bytes());
    let causes = explanation.results.iter().flat_map(|result| &result.causes);
    causes.map(|cause| cause.rule.name).collect()
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
    let judged = |text: &str| {
        if rule.of_images {
            surveyed(text)
        } else {
            judged(text)
        }
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

/// The findings about a world taken as an image, whose command is the world's `run:`; `option: user=…` and `cwd=…` say who and where.
fn surveyed(text: &str) -> Result<(Vec<Finding>, String), Failed> {
    use sayso_advice::survey;
    let fixture = sayso_fixture::parse(text).map_err(|error| error.to_string())?;
    let mut world = fixture.memory();
    let option = |name: &str| {
        let prefixed = fixture
            .options
            .iter()
            .find_map(|option| option.strip_prefix(name));
        prefixed.unwrap_or_default().as_bytes().to_vec()
    };
    let sayso_loader::Start::Exec { arguments, .. } = fixture.request().start else {
        return Err("an image is started by a command".into());
    };
    let entry = survey::Entry {
        cmd: arguments,
        env: world
            .machine_mut()
            .environment
            .iter()
            .map(|(key, value)| [key.as_slice(), b"=", value].concat())
            .collect(),
        user: option("user="),
        working_dir: option("cwd="),
        ..survey::Entry::default()
    };
    let asking = sayso_advice::Asking::default();
    let start = survey::start(&world, &entry, &asking);
    entry.apply(world.machine_mut());
    let session = Session::new(&world);
    let survey = survey::survey(&world, &session, &asking, |checked| checked.answer.findings);
    let of_links = start
        .links
        .iter()
        .flat_map(|link| link.answer.findings.clone());
    let findings: Vec<Finding> = of_links
        .chain(survey.files.into_iter().flatten())
        .chain(survey.findings)
        .collect();
    let shown = match start.starts {
        Some(true) => "loads".to_owned(),
        other => format!("starts: {other:?}"),
    };
    Ok((findings, format!("{shown}\n{:?}", start.gaps)))
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
