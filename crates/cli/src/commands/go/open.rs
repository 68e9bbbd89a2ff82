//! `sayso go HOST PLUGIN…`

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use sayso_advice::go::{self, Judgement, Side};
use sayso_advice::{Finding, Level, advise, show};
use sayso_loader::trace::GoEnd;
use sayso_loader::{Request, Session, Start, Step, Trace, Verdict};
use sayso_report::go::{GoAnswer, LookupAnswer, PluginAnswer};
use sayso_report::{Outcome, json, text, words};
use sayso_world::TargetPath;

use super::contract::{self, Expected};
use super::{Go, source};
use crate::arguments::{Common, FailOn, OutputFormat};
use crate::{Status, machine, output};

/// What stays the same for every plugin.
struct Asked<'a> {
    session: &'a Session<'a>,
    common: &'a Common,
    host: TargetPath,
    expected: Vec<Expected>,
    least: Level,
}

pub(super) fn run(go: &Go, common: &Common) -> anyhow::Result<Status> {
    anyhow::ensure!(
        common.then.is_empty(),
        "sayso go makes its own steps: use `sayso check HOST --then 'plugin.Open PATH' --then …` for others"
    );
    let Some(name) = &go.host else {
        anyhow::bail!("no host was named: type `sayso go HOST PLUGIN…`");
    };
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let (host, program) = super::host(&session, common, name)?;
    let mut expected: Vec<Expected> = go
        .lookup
        .iter()
        .map(contract::of_option)
        .collect::<anyhow::Result<_>>()?;
    if let Some(file) = &go.contract {
        expected.extend(contract::read(file)?);
    }
    let least = if common.verbose > 0 || common.format == OutputFormat::Json {
        Level::Note
    } else {
        Level::Warning
    };
    let asked = Asked {
        session: &session,
        common,
        host,
        expected,
        least,
    };
    let paths: Vec<TargetPath> = go
        .plugins
        .iter()
        .map(|plugin| TargetPath::new(plugin.as_bytes()))
        .collect();
    let mut answer = GoAnswer {
        host: asked.host.clone(),
        side: Side::of(&program),
        loader: None,
        refused: None,
        findings: Vec::new(),
        plugins: Vec::new(),
    };
    if go.alone {
        for path in &paths {
            asked.process(&mut answer, &[], std::slice::from_ref(path));
        }
    } else {
        asked.all(&mut answer, &paths);
    }
    if let Some(folder) = &go.source {
        source::find_roots(folder, &mut answer)?;
    }
    let style = output::style(common);
    output::print(&match common.format {
        OutputFormat::Json => json::go(&answer),
        _ if common.quiet > 0 => text::go_brief(&answer, &style),
        _ => text::go(&answer, &style),
    })?;
    Ok(status(&answer, go.fail_on))
}

fn status(answer: &GoAnswer, fail_on: FailOn) -> Status {
    let limit = match fail_on {
        FailOn::Error => Some(Level::Error),
        FailOn::Warning => Some(Level::Warning),
        FailOn::Note => Some(Level::Note),
        FailOn::Never => None,
    };
    let findings = answer
        .findings
        .iter()
        .chain(answer.plugins.iter().flat_map(|plugin| &plugin.findings));
    let reached = limit.is_some_and(|limit| {
        findings
            .map(|finding| finding.level)
            .min()
            .is_some_and(|worst| worst <= limit)
    });
    match answer.outcome() {
        Outcome::Fails => Status::Failed,
        _ if reached => Status::Failed,
        Outcome::Unknown => Status::Unknown,
        Outcome::Loads => Status::Fine,
    }
}

impl Asked<'_> {
    fn request(&self, steps: Vec<Step>) -> Request {
        let name = self.common.arg0.as_ref().map_or_else(
            || self.host.as_bytes().to_vec(),
            |name| name.as_bytes().to_vec(),
        );
        Request {
            start: Start::Exec {
                path: self.host.clone(),
                arguments: vec![name],
            },
            steps,
            loader: self
                .common
                .loader
                .map(Into::into)
                .or(self.common.release.map(|(family, _)| family)),
            release: self.common.release.map(|(_, release)| release),
        }
    }

    /// Every plugin in one process; where one ends the process, those after it are judged as in a process that does not open it.
    fn all(&self, answer: &mut GoAnswer, paths: &[TargetPath]) {
        let mut deadly: Vec<TargetPath> = Vec::new();
        loop {
            let done = answer.plugins.len();
            if done >= paths.len() {
                return;
            }
            let before: Vec<TargetPath> = paths[..done]
                .iter()
                .filter(|path| !deadly.contains(path))
                .cloned()
                .collect();
            let first_new = done;
            self.process(answer, &before, &paths[done..]);
            for plugin in &mut answer.plugins[first_new..] {
                plugin.without.clone_from(&deadly);
            }
            match answer.plugins.last() {
                Some(last) if answer.plugins.len() > done => deadly.push(last.path.clone()),
                // The host itself does not start.
                _ => {
                    answer
                        .plugins
                        .extend(paths[done..].iter().cloned().map(unreached));
                    return;
                }
            }
        }
    }

    /// One process that opens `before` (judged already) and then `paths`, up to the one that ends it.
    fn process(&self, answer: &mut GoAnswer, before: &[TargetPath], paths: &[TargetPath]) {
        let open = |path: &TargetPath| Step::PluginOpen {
            path: path.as_bytes().to_vec(),
        };
        let request = self.request(before.iter().chain(paths).map(open).collect());
        let trace = Arc::new(self.session.predict(&request));
        answer.loader = answer
            .loader
            .take()
            .or_else(|| trace.loader.as_ref().map(words::loader));
        if let Verdict::Fails { failure, .. } = &trace.verdict {
            answer.refused = Some(failure.text());
            return;
        }
        let mut findings = advise(self.session, &request, &trace, self.least);
        let judged = go::judge(self.session, &request, &trace);
        if answer.findings.is_empty() {
            let of_host =
                |finding: &&Finding| finding.step == 0 && finding.rule.name.starts_with("go-");
            answer.findings = findings.iter().filter(of_host).cloned().collect();
        }
        for judgement in judged.into_iter().skip(before.len()) {
            let (own, others) = findings
                .into_iter()
                .partition(|finding| finding.step == judgement.step);
            findings = others;
            let path = TargetPath::new(judgement.path.as_slice());
            let lookups = self.lookups(&request, &judgement);
            answer.plugins.push(PluginAnswer {
                path,
                findings: told(own, &judgement),
                judgement: Some(judgement),
                trace: Some(trace.clone()),
                lookups,
                roots: None,
                without: Vec::new(),
            });
        }
    }

    /// Every expected name of one plugin, as if nothing were looked up before it: an assertion that fails ends the process.
    fn lookups(&self, request: &Request, judgement: &Judgement) -> Vec<LookupAnswer> {
        if judgement.told.end != GoEnd::Opens {
            return Vec::new();
        }
        let mut answers: Vec<LookupAnswer> = Vec::new();
        while answers.len() < self.expected.len() {
            let waiting = &self.expected[answers.len()..];
            let mut request = request.clone();
            request.steps.truncate(judgement.step);
            request
                .steps
                .extend(waiting.iter().map(|expected| Step::Lookup {
                    plugin: judgement.step,
                    name: expected.name.clone().into_bytes(),
                    go_type: expected.go_type.clone().map(String::into_bytes),
                }));
            let trace = self.session.predict(&request);
            let told = looked_up(&trace, judgement, waiting);
            if told.is_empty() {
                break;
            }
            answers.extend(told);
        }
        answers
    }
}

fn looked_up(trace: &Trace, judgement: &Judgement, waiting: &[Expected]) -> Vec<LookupAnswer> {
    let steps = trace.steps.iter().skip(judgement.step);
    let answer = |(outcome, expected): (&sayso_loader::StepOutcome, &Expected)| {
        let found = outcome.go.as_ref().and_then(|told| told.go_type.clone());
        let gap = outcome.gaps.first().map(|gap| gap.what.clone());
        let error = outcome.failure.as_ref().map(|failure| show(failure.text()));
        LookupAnswer {
            name: expected.name.clone(),
            wanted: expected.go_type.clone(),
            ok: match (&error, &gap) {
                (Some(_), _) => Some(false),
                (None, Some(_)) => None,
                (None, None) => Some(true),
            },
            hint: if error.is_some() {
                go::lookup_hint(
                    &judgement.exports,
                    &expected.name,
                    expected.go_type.as_deref(),
                )
            } else {
                None
            },
            error: error.or(gap),
            found,
            optional: expected.optional,
        }
    };
    steps.zip(waiting).map(answer).collect()
}

/// What is left to say beside the causes: warnings, and what other loaders' rules say.
fn told(findings: Vec<Finding>, judgement: &Judgement) -> Vec<Finding> {
    findings
        .into_iter()
        .filter(|finding| Some(finding.rule.name) != judgement.rule)
        // The rule for what no other rule explains: Go's own words are told, and why.
        .filter(|finding| judgement.rule.is_none() || finding.rule.name != "load-refused")
        .collect()
}

fn unreached(path: TargetPath) -> PluginAnswer {
    PluginAnswer {
        path,
        judgement: None,
        trace: None,
        findings: Vec::new(),
        lookups: Vec::new(),
        roots: None,
        without: Vec::new(),
    }
}
