//! `sayso check FILE…` and `sayso check -- COMMAND ARG…`

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use sayso_advice::policy::Judged;
use sayso_advice::{Level, show};
use sayso_loader::Session;
use sayso_loader::session::Detail;
use sayso_report::remark::Remarks;
use sayso_report::{Answer, Outcome, Style, json, text};
use sayso_world::{TargetPath, World};

use super::gate;
use crate::arguments::{Check, Common, FailOn, OutputFormat};
use crate::files::{self, Named};
use crate::{Status, judge, machine, output, policy};

/// From so many files on, more than one thread is worth its start.
const PARALLEL_MIN: usize = 8;
/// From so many files on, a progress bar is worth its lines.
const PROGRESS_MIN: usize = 200;
/// Files judged before what is known of them is printed.
const BATCH: usize = 256;

/// What is kept of an answer when it has been written down.
struct Told {
    text: String,
    outcome: Outcome,
    worst: Option<Level>,
    /// For the formats of other tools.
    remarks: Remarks,
    /// What the file expects of its host: (file, symbol).
    expected: Vec<(String, String)>,
}

pub(crate) fn run(check: &Check, common: &Common) -> anyhow::Result<Status> {
    if let Some(file) = &common.image
        && check.files.is_empty()
        && check.files_from.is_none()
    {
        return super::image::run(file, check, common);
    }
    anyhow::ensure!(
        check.entrypoint.is_none() && !check.start_only,
        "--entrypoint and --start-only are for the command of an image: sayso check --image FILE"
    );
    let mut names = check.files.clone();
    if let Some(from) = &check.files_from {
        names.extend(files::listed(from)?);
    }
    let world = world(check, common, &mut names)?;
    // A policy that cannot be read is told before anything else is.
    let policy = gate::of_check(check.policy.as_ref(), check.no_policy)?;
    let mut session = Session::new(&*world);
    session.detail = Detail {
        symbols: !check.names_only,
        ..Detail::default()
    };
    let style = output::style(common);
    if !check.command.is_empty() {
        anyhow::ensure!(
            check.files.is_empty() && check.files_from.is_none(),
            "name files, or a command line behind --, not both"
        );
        return command(check, common, &session, &style);
    }
    if names.is_empty() {
        let everything = match &common.root {
            Some(root) => format!(
                "`sayso check --root {} /` for everything in it",
                std::path::Path::new(root).display()
            ),
            None => "`sayso check -- COMMAND`".to_owned(),
        };
        anyhow::bail!("no file was named: type `sayso check FILE`, or {everything}");
    }
    let (files, errors) = files::gather(&session, common, &names);
    for error in &errors {
        output::complain(error);
    }
    note_root_paths(common, &names);
    let lone = files.len() == 1 && errors.is_empty();
    let tell = |named: &Named| {
        let answer = judge::file(&session, common, &named.path, least(common));
        tell(&answer, named.by_itself, common, &style)
    };
    let mut status = if errors.is_empty() {
        Status::Fine
    } else {
        Status::Misused
    };
    let told = if lone {
        vec![tell(&files[0])]
    } else {
        all(&files, common, tell)?
    };
    for told in &told {
        status = status.max(judged(told, check.fail_on));
    }
    let kept = policy.map(|policy| against(&policy, &session, common, &names, &told));
    if let Some((_, judged)) = &kept
        && !judged.broken.is_empty()
    {
        status = status.max(Status::Failed);
    }
    say(told, kept, lone, common, &style)?;
    Ok(status)
}

/// Writes down what came of the files and of the policy.
fn say(
    told: Vec<Told>,
    kept: Option<(String, Judged)>,
    lone: bool,
    common: &Common,
    style: &Style,
) -> anyhow::Result<()> {
    if is_for_tools(common.format) {
        let mut remarks = Remarks::default();
        for told in told {
            remarks.append(told.remarks);
        }
        if let Some((_, judged)) = &kept {
            remarks.add_judged(judged);
        }
        output::print(&gate::machine_format(common.format, &remarks))?;
        return Ok(());
    }
    if common.format == OutputFormat::Json {
        let results: Vec<String> = told.into_iter().map(|told| told.text).collect();
        let policy = kept.map(|(file, judged)| json::gate(&judged, &file));
        output::print(&json::check(&results, policy.as_deref()))?;
        return Ok(());
    }
    if lone {
        output::print(&told[0].text)?;
    } else if common.quiet == 0 && told.len() > 1 {
        let outcomes: Vec<Outcome> = told.iter().map(|told| told.outcome).collect();
        output::print(&text::summary(&outcomes, style))?;
    }
    if let Some((file, judged)) = &kept
        && (common.quiet == 0 || !judged.broken.is_empty())
    {
        output::print(&text::gate(judged, file, style))?;
    }
    Ok(())
}

/// What the files are judged in: this machine, the named one, or `--base` with the files laid over it.
fn world(
    check: &Check,
    common: &Common,
    names: &mut Vec<OsString>,
) -> anyhow::Result<Box<dyn World>> {
    let Some(base) = &check.base else {
        return machine::world(common);
    };
    anyhow::ensure!(
        common.root.is_none() && common.image.is_none(),
        "--base takes the place of --root and --image"
    );
    anyhow::ensure!(
        !names.is_empty(),
        "name what is laid over --base: a file, a folder or an archive"
    );
    let laid = crate::base::lay(base, check.from.as_ref(), names, common)?;
    *names = laid.places;
    if common.format == OutputFormat::Text && common.quiet == 0 {
        let told = laid.told.join(", ");
        output::print(&format!("on {}: {told}\n", show(base.as_bytes())))?;
    }
    Ok(laid.world)
}

/// Holds the named artifacts against a policy, with what the loader's model found out about their hosts.
fn against(
    policy: &policy::Named,
    session: &Session<'_>,
    common: &Common,
    names: &[OsString],
    told: &[Told],
) -> (String, Judged) {
    // What cannot be read was told of when it was judged; scripts have no objects.
    let (artifacts, _) = gate::gather(session, common, names);
    let expected: Vec<(String, String)> =
        told.iter().flat_map(|told| told.expected.clone()).collect();
    let judged = gate::judge(&policy.policy, &artifacts, Some(&expected));
    (policy.file.clone(), judged)
}

/// A format that another tool reads findings from.
pub(super) fn is_for_tools(format: OutputFormat) -> bool {
    !matches!(format, OutputFormat::Text | OutputFormat::Json)
}

/// Notes cost a full look at every table: only who asks for more gets them. A program reads everything.
pub(super) fn least(common: &Common) -> Level {
    if common.verbose > 0 || common.format == OutputFormat::Json {
        Level::Note
    } else {
        Level::Warning
    }
}

fn command(
    check: &Check,
    common: &Common,
    session: &Session<'_>,
    style: &Style,
) -> anyhow::Result<Status> {
    let mut arguments: Vec<Vec<u8>> = check
        .command
        .iter()
        .map(|word| word.as_bytes().to_vec())
        .collect();
    let path = in_path(session, &arguments[0]).ok_or_else(|| {
        anyhow::anyhow!(
            "{} is in no directory of PATH: name it with its path",
            show(&arguments[0])
        )
    })?;
    if let Some(name) = &common.arg0 {
        arguments[0] = name.as_bytes().to_vec();
    }
    let answer = judge::command(session, common, &path, arguments, least(common));
    let told = tell(&answer, true, common, style);
    if is_for_tools(common.format) {
        output::print(&gate::machine_format(common.format, &told.remarks))?;
    } else if common.format == OutputFormat::Json {
        output::print(&json::check(std::slice::from_ref(&told.text), None))?;
    } else {
        output::print(&told.text)?;
    }
    Ok(judged(&told, check.fail_on))
}

/// A command's name without a slash is looked for in PATH, as `execvp` does: the first file that may be executed.
pub(super) fn in_path(session: &Session<'_>, name: &[u8]) -> Option<TargetPath> {
    if name.contains(&b'/') {
        return Some(TargetPath::new(name));
    }
    let machine = session.world().machine();
    let path = machine.variable(b"PATH").unwrap_or(b"/bin:/usr/bin");
    path.split(|&b| b == b':')
        .map(|directory| {
            let directory = if directory.is_empty() {
                &b"."[..]
            } else {
                directory
            };
            TargetPath::new(directory).join(name)
        })
        .find(|path| {
            let found = session.lookup(&path.join_to(&machine.working_directory));
            found.is_ok_and(|stat| stat.executable && stat.kind == sayso_world::FileKind::Regular)
        })
}

/// Judges all files, prints text in their order as it comes, and returns what is left to say.
fn all(
    files: &[Named],
    common: &Common,
    tell: impl Fn(&Named) -> Told + Sync,
) -> anyhow::Result<Vec<Told>> {
    let is_text = common.format == OutputFormat::Text;
    let bar = progress(files.len());
    let mut told = Vec::with_capacity(files.len());
    for batch in files.chunks(BATCH) {
        let mut answers: Vec<Told> = if files.len() < PARALLEL_MIN {
            batch.iter().map(&tell).collect()
        } else {
            batch.par_iter().map(&tell).collect()
        };
        if is_text {
            let text: String = answers
                .iter_mut()
                .map(|told| spaced(std::mem::take(&mut told.text)))
                .collect();
            match &bar {
                Some(bar) => bar.suspend(|| output::print(&text))?,
                None => output::print(&text)?,
            }
        }
        if let Some(bar) = &bar {
            bar.inc(batch.len() as u64);
        }
        told.append(&mut answers);
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(told)
}

/// An answer of several lines has an empty line behind it where more may follow.
fn spaced(text: String) -> String {
    if text.lines().count() > 1 {
        text + "\n"
    } else {
        text
    }
}

fn progress(files: usize) -> Option<ProgressBar> {
    if files < PROGRESS_MIN || !output::is_watched() {
        return None;
    }
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} files").ok()?;
    Some(ProgressBar::new(files as u64).with_style(style))
}

fn tell(answer: &Answer, by_itself: bool, common: &Common, style: &Style) -> Told {
    let outcome = answer.outcome();
    // Of a whole folder, only what is worth a word; of a named file, at least that it loads.
    let is_silent = answer.is_uneventful() && !by_itself && common.verbose == 0;
    let text = match common.format {
        OutputFormat::Json => json::result(answer),
        format if is_for_tools(format) => String::new(),
        _ if is_silent || (common.quiet > 0 && outcome == Outcome::Loads) => String::new(),
        _ if common.quiet > 0 => text::brief(answer, style),
        _ => text::check(answer, style),
    };
    Told {
        text,
        outcome,
        worst: answer.findings.iter().map(|finding| finding.level).min(),
        remarks: if is_for_tools(common.format) {
            Remarks::of(answer)
        } else {
            Remarks::default()
        },
        expected: expected(answer),
    }
}

/// Symbols that the file itself expects of whoever opens it.
pub(super) fn expected(answer: &Answer) -> Vec<(String, String)> {
    let trace = &answer.trace;
    let own = trace.objects.first().map(|object| object.id);
    let of_file = trace
        .expected_from_host
        .iter()
        .filter(|symbol| Some(symbol.by) == own);
    of_file
        .map(|symbol| (show(&answer.named), show(&symbol.name)))
        .collect()
}

/// The level of findings from which on the exit status is 1.
pub(super) fn limit(fail_on: FailOn) -> Option<Level> {
    match fail_on {
        FailOn::Error => Some(Level::Error),
        FailOn::Warning => Some(Level::Warning),
        FailOn::Note => Some(Level::Note),
        FailOn::Never => None,
    }
}

fn judged(told: &Told, fail_on: FailOn) -> Status {
    let limit = limit(fail_on);
    let reached = limit.is_some_and(|limit| told.worst.is_some_and(|worst| worst <= limit));
    match told.outcome {
        Outcome::Fails => Status::Failed,
        _ if reached => Status::Failed,
        Outcome::Unknown => Status::Unknown,
        Outcome::Loads => Status::Fine,
    }
}

/// A path that begins with the root folder's own name is taken as one inside it: say so, once.
fn note_root_paths(common: &Common, names: &[OsString]) {
    let Some(root) = common.root.as_ref().filter(|_| common.quiet == 0) else {
        return;
    };
    let prefix = root.as_bytes();
    if prefix.len() > 1 && names.iter().any(|name| name.as_bytes().starts_with(prefix)) {
        output::hint(&format!(
            "paths that begin with {} are taken as paths inside it",
            show(prefix)
        ));
    }
}
