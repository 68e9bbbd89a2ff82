//! `sayso check --image FILE`: does the image start, and would everything else in it load?

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use sayso_advice::policy::Judged;
use sayso_advice::survey::{self, Entry, Trouble};
use sayso_advice::{Answer, Outcome, show};
use sayso_loader::Session;
use sayso_report::image::{ImageAnswer, Role, Tally};
use sayso_report::remark::Remarks;
use sayso_report::{json, text};
use sayso_world::World;

use crate::arguments::{Check, Common, FailOn, OutputFormat};
use crate::{Status, image, judge, machine, output};

/// What is held of a file that was judged.
struct Told {
    path: String,
    role: Role,
    outcome: Outcome,
    written: Written,
    trouble: Option<Trouble>,
    /// What the file expects of its host: (file, symbol).
    expected: Vec<(String, String)>,
}

/// What is written down of each file in the formats for programs.
#[derive(Default)]
struct Written {
    json: Vec<String>,
    remarks: Remarks,
}

impl Written {
    fn of(answer: &Answer, part: &json::Part, format: OutputFormat) -> Written {
        let mut written = Written::default();
        if format == OutputFormat::Json {
            written.json.push(json::result_in(answer, part));
        } else if super::check::is_for_tools(format) {
            written.remarks.add_answer(answer);
        }
        written
    }
    fn append(&mut self, mut other: Written) {
        self.json.append(&mut other.json);
        self.remarks.append(other.remarks);
    }
}

pub(super) fn run(file: &OsStr, check: &Check, common: &Common) -> anyhow::Result<Status> {
    anyhow::ensure!(
        common.then.is_empty(),
        "--then is for one program: name it, as in `sayso check --image FILE /usr/bin/app --then …`"
    );
    let named = show(file.as_bytes());
    // A policy that cannot be read is told before anything else is.
    let unwanted = check.no_policy || (check.start_only && check.policy.is_none());
    let policy = super::gate::of_check(check.policy.as_ref(), unwanted)?;
    let mut target = match image::open(file, common) {
        Ok(target) => target,
        Err(error) => return refused(&named, &error, common),
    };
    let entry = entry(std::mem::take(&mut target.entry), check, common)?;
    entry.apply(target.machine());
    if let Some(cpu) = common.cpu {
        target.machine().cpu = cpu;
    }
    let history = target.history();
    let world: &dyn World = &*target.world;
    let mut asking = judge::asking(common, super::check::least(common));
    asking.argument_0 = None;
    let mut answer = ImageAnswer {
        named,
        platform: target.platform.clone(),
        layers: target.layers.clone(),
        start: survey::start(world, &entry, &asking),
        ..ImageAnswer::default()
    };
    if let Some(link) = answer.start.failure() {
        answer.start_blame = survey::blame(world, &history, &link.answer);
    }
    let mut written = Written::default();
    if common.format != OutputFormat::Text {
        for link in &answer.start.links {
            let part = json::Part {
                role: Some(Role::Entrypoint),
                inside: None,
                blame: survey::blame(world, &history, &link.answer),
                of_findings: of_findings(world, &history, &link.answer),
            };
            written.append(Written::of(&link.answer, &part, common.format));
        }
    }
    let mut expected = Vec::new();
    if !check.start_only {
        expected = everything_else(
            world,
            &history,
            &asking,
            check,
            common.format,
            &mut answer,
            &mut written,
        );
    }
    let kept = policy.map(|policy| against(policy, world, file, &expected));
    let mut status = status(&answer, check.fail_on);
    if kept
        .as_ref()
        .is_some_and(|(_, judged)| !judged.broken.is_empty())
    {
        status = status.max(Status::Failed);
    }
    if common.format == OutputFormat::Text && common.quiet > 0 && status == Status::Fine {
        return Ok(status);
    }
    say(&answer, written, kept, common)?;
    if common.format == OutputFormat::Text {
        for note in &target.notes {
            output::hint(note);
        }
    }
    Ok(status)
}

/// Holds what is the image's own against a policy.
fn against(
    policy: crate::policy::Named,
    world: &dyn World,
    file: &OsStr,
    expected: &[(String, String)],
) -> (String, Judged) {
    let whole = super::gate::whole(world, file, &policy.policy);
    for why in &whole.complaints {
        output::complain(why);
    }
    let mut judged = super::gate::judge(&policy.policy, &[whole.artifact], Some(expected));
    judged.passed_over = whole.passed_over;
    (policy.file, judged)
}

/// Writes down what came of the image and of the policy.
fn say(
    answer: &ImageAnswer,
    mut written: Written,
    kept: Option<(String, Judged)>,
    common: &Common,
) -> anyhow::Result<()> {
    if common.format == OutputFormat::Json {
        let policy = kept.map(|(file, judged)| json::gate(&judged, &file));
        output::print(&json::image(answer, &written.json, policy.as_deref()))?;
    } else if super::check::is_for_tools(common.format) {
        written.remarks.add_image(answer);
        if let Some((_, judged)) = &kept {
            written.remarks.add_judged(judged);
        }
        output::print(&super::gate::machine_format(
            common.format,
            &written.remarks,
        ))?;
    } else {
        let style = output::style(common);
        output::print(&text::image(answer, &style))?;
        if let Some((file, judged)) = &kept
            && (common.quiet == 0 || !judged.broken.is_empty())
        {
            output::print(&("\n".to_owned() + &text::gate(judged, file, &style)))?;
        }
    }
    Ok(())
}

/// Everything that is no part of the command; what it expects of hosts is given back.
fn everything_else(
    world: &dyn World,
    history: &image::Past,
    asking: &sayso_advice::Asking,
    check: &Check,
    format: OutputFormat,
    answer: &mut ImageAnswer,
    written: &mut Written,
) -> Vec<(String, String)> {
    let mut session = Session::new(world);
    session.detail.symbols = !check.names_only;
    let started: Vec<String> = answer
        .start
        .links
        .iter()
        .filter_map(|link| real(world, &link.answer))
        .collect();
    let keep = |checked: survey::Checked| {
        let blame = checked.blame(world, history);
        let trouble = Trouble::of(&checked, &blame);
        let part = json::Part {
            role: Some(checked.role),
            inside: checked.inside.clone(),
            blame,
            of_findings: of_findings(world, history, &checked.answer),
        };
        Told {
            path: show(&checked.answer.named),
            role: checked.role,
            outcome: checked.answer.outcome(),
            written: Written::of(&checked.answer, &part, format),
            trouble,
            expected: super::check::expected(&checked.answer),
        }
    };
    let survey = survey::survey(world, &session, asking, keep);
    let mut tally = Tally::new();
    let mut troubles = Vec::new();
    let mut expected = Vec::new();
    for told in survey.files {
        expected.extend(told.expected);
        if started.contains(&told.path) {
            continue;
        }
        *tally.entry((told.role, told.outcome)).or_default() += 1;
        troubles.extend(told.trouble);
        written.append(told.written);
    }
    answer.tally = tally;
    answer.groups = survey::group(troubles);
    let of = |finding| survey::blame_of(world, history, None, finding);
    answer.findings_blame = survey.findings.iter().map(of).collect();
    answer.findings = survey.findings;
    answer.skipped = survey.skipped;
    expected
}

/// Which layers each finding of an answer is about.
fn of_findings(
    world: &dyn World,
    history: &image::Past,
    answer: &Answer,
) -> Vec<Vec<survey::Change>> {
    let of = |finding| survey::blame_of(world, history, Some(answer), finding);
    answer.findings.iter().map(of).collect()
}

/// The file that a command is, every link followed.
fn real(world: &dyn World, answer: &Answer) -> Option<String> {
    let path = answer.named.join_to(&world.machine().working_directory);
    world.canonical(&path).ok().map(show)
}

/// The image's entry with what the options change.
fn entry(entry: Entry, check: &Check, common: &Common) -> anyhow::Result<Entry> {
    let entrypoint = check.entrypoint.as_ref().map(|word| {
        // `--entrypoint ""` takes the image's away.
        Some(image::bytes(word))
            .filter(|word| !word.is_empty())
            .into_iter()
            .collect()
    });
    let command = check.command.iter().map(image::bytes).collect();
    let mut entry = entry.replaced(entrypoint, command);
    for (key, value) in machine::environment(common)? {
        entry.env.push([&key[..], b"=", &value].concat());
    }
    if let Some(directory) = &common.cwd {
        entry.working_dir = image::bytes(directory);
    }
    if let Some(user) = &common.user {
        entry.user = user.as_bytes().to_vec();
    }
    Ok(entry)
}

/// The gate: everything loads and the command starts, or the status says not.
fn status(answer: &ImageAnswer, fail_on: FailOn) -> Status {
    let limit = super::check::limit(fail_on);
    let reached =
        limit.is_some_and(|limit| answer.findings.iter().any(|finding| finding.level <= limit));
    if answer.fails() || reached {
        return Status::Failed;
    }
    let unknown = answer
        .tally
        .keys()
        .any(|(_, outcome)| *outcome == Outcome::Unknown);
    if unknown || (answer.start.starts.is_none() && !answer.start.links.is_empty()) {
        return Status::Unknown;
    }
    Status::Fine
}

/// An image that is not taken: programs get a whole document all the same.
fn refused(named: &str, error: &anyhow::Error, common: &Common) -> anyhow::Result<Status> {
    let why = image::refusal(error).unwrap_or_else(|| format!("{error:#}"));
    if common.format == OutputFormat::Json {
        let answer = ImageAnswer {
            named: named.to_owned(),
            refused: Some(why),
            ..ImageAnswer::default()
        };
        output::print(&json::image(&answer, &[], None))?;
    } else {
        output::complain(&anyhow::anyhow!(why));
    }
    Ok(Status::Misused)
}
