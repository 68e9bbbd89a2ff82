//! The steps of a trace, each with its causes and what mends it.

mod modules;
mod packages;

use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_facts::go::{Mode, Program};
use sayso_loader::session::Opened;
use sayso_loader::trace::GoOutcome;
use sayso_loader::{Failure, Request, Session, Start, Step, StepOutcome, Trace};
use sayso_world::{FileKind, TargetPath};

use super::causes::{Reason, reason};
use super::repair::{self, Build};
use super::sides::Side;
use super::words::word;
use crate::finding::Fix;
use crate::rules::what_it_is;
use crate::show::{machine_name, show};

/// One `plugin.Open` step, judged.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Number of the step, from 1.
    pub step: usize,
    /// The path as it was given.
    pub path: Vec<u8>,
    /// What Go's runtime did.
    pub told: GoOutcome,
    /// The exact text of the error or death.
    pub message: Option<Vec<u8>>,
    /// The rule that explains it; `None`: nothing went wrong, or it cannot be known.
    pub rule: Option<&'static str>,
    /// Why, the likeliest first.
    pub reasons: Vec<Reason>,
    /// What mends it, best first.
    pub fixes: Vec<Fix>,
    /// What cannot be known, in one sentence each.
    pub gaps: Vec<String>,
    /// The plugin's side; `None`: there is no such file, or no Go in it.
    pub side: Option<Side>,
    /// Names of the exports with their types, as in the file.
    pub exports: Vec<(String, Option<String>)>,
}

/// What is asked about: one request, its trace, and where files are read from.
pub struct Case<'a> {
    /// Files.
    pub session: &'a Session<'a>,
    /// The request.
    pub request: &'a Request,
    /// Its trace.
    pub trace: &'a Trace,
}

/// The Go side of a file of the world; `None` if it is not there or has no Go in it.
pub fn program_at(session: &Session<'_>, path: &TargetPath) -> Option<Program> {
    Program::of(&*image_at(session, path)?)
}

fn image_at(session: &Session<'_>, path: &TargetPath) -> Option<Arc<Image>> {
    let absolute = path.join_to(&session.world().machine().working_directory);
    let stat = session.lookup(&absolute).ok()?;
    match &*session.open(&stat) {
        Opened::Image(image) => Some(image.clone()),
        _ => None,
    }
}

/// The started program's path.
fn program_path(request: &Request) -> Option<&TargetPath> {
    match &request.start {
        Start::Exec { path, .. } => Some(path),
        Start::Library(_) => None,
    }
}

/// Every `plugin.Open` step that happened, in order.
pub fn judge(session: &Session<'_>, request: &Request, trace: &Trace) -> Vec<Judgement> {
    let has_any = request
        .steps
        .iter()
        .any(|step| matches!(step, Step::PluginOpen { .. }));
    let Some(path) = program_path(request).filter(|_| has_any) else {
        return Vec::new();
    };
    let host = program_at(session, path)
        .map(|program| Side::of(&program))
        .unwrap_or_default();
    let case = Case {
        session,
        request,
        trace,
    };
    let mut judged: Vec<Judgement> = Vec::new();
    for (at, (step, outcome)) in request.steps.iter().zip(&trace.steps).enumerate() {
        if let (Step::PluginOpen { path }, Some(told)) = (step, &outcome.go) {
            let next = one(&case, &host, &judged, at + 1, path, outcome, told);
            judged.push(next);
        }
    }
    judged
}

fn one(
    case: &Case<'_>,
    host: &Side,
    before: &[Judgement],
    step: usize,
    path: &[u8],
    outcome: &StepOutcome,
    told: &GoOutcome,
) -> Judgement {
    let named = TargetPath::new(path);
    let image = match told.object {
        Some(object) => Some(case.trace.object(object).image.clone()),
        None => image_at(case.session, told.file.as_ref().unwrap_or(&named)),
    };
    let program = image.as_deref().and_then(Program::of);
    let exports = program.iter().flat_map(|program| &program.exports);
    let mut judgement = Judgement {
        step,
        path: path.to_vec(),
        told: told.clone(),
        message: outcome.failure.as_ref().map(Failure::text),
        rule: None,
        reasons: Vec::new(),
        fixes: Vec::new(),
        gaps: outcome.gaps.iter().map(|gap| gap.what.clone()).collect(),
        exports: exports
            .map(|export| (export.name.clone(), export.go_type.clone()))
            .collect(),
        side: program.as_ref().map(Side::of),
    };
    if let Some(failure) = &outcome.failure {
        let asked = Asked {
            case,
            host,
            before,
            failure,
            image: image.as_deref(),
            path: &named,
        };
        asked.explain(&mut judgement);
    }
    judgement
}

/// A failed step with what is needed to explain it.
struct Asked<'a> {
    case: &'a Case<'a>,
    host: &'a Side,
    before: &'a [Judgement],
    failure: &'a Failure,
    image: Option<&'a Image>,
    path: &'a TargetPath,
}

/// The file's name as text.
fn file_name(path: &TargetPath) -> String {
    show(path.file_name())
}

fn advice(summary: impl Into<String>) -> Fix {
    Fix {
        summary: summary.into(),
        command: None,
    }
}

fn command(summary: impl Into<String>, command: impl Into<String>) -> Fix {
    Fix {
        summary: summary.into(),
        command: Some(command.into()),
    }
}

impl Asked<'_> {
    fn host_name(&self) -> String {
        program_path(self.case.request)
            .map(file_name)
            .unwrap_or_default()
    }

    fn explain(&self, judgement: &mut Judgement) {
        let (rule, reasons, fixes) = match self.failure.message.id {
            "go/realpath-failed" => ("go-plugin-path-not-found", self.no_path(), Vec::new()),
            "go/different-version" | "go/different-version-again" => {
                return self.mismatch(judgement);
            }
            "go/already-loaded" | "go/already-loaded-again" => {
                let (reasons, fixes) = self.already_loaded(judgement);
                ("go-plugin-already-loaded", reasons, fixes)
            }
            "go/not-implemented" => {
                let why = reason(
                    "go-plugin-not-implemented",
                    "the host was built without cgo, and package plugin is an empty shell in such programs",
                    self.cgo_evidence(),
                );
                let fix = command(
                    "in the host's folder, build it with cgo (it needs a C compiler)",
                    Build::like(self.host).host(&self.host_name()),
                );
                ("go-plugin-not-implemented", vec![why], vec![fix])
            }
            "go/no-module-data" => {
                let (reasons, fixes) = self.no_module(judgement);
                ("go-no-plugin-module-data", reasons, fixes)
            }
            "go/nil-dereference" => (
                "go-plugin-layout-misread",
                self.layouts(judgement).into_iter().collect(),
                self.build(judgement),
            ),
            "go/symbol-not-resolved" => (
                "go-plugin-symbol-lookup",
                vec![reason(
                    "go-plugin-symbol-lookup",
                    "the plugin lists a symbol that its symbol table has not: the file was changed after it was built",
                    show(self.failure.text()),
                )],
                self.build(judgement),
            ),
            "go/empty-plugin-path" => ("go-plugin-empty-path", Vec::new(), Vec::new()),
            "go/bus-error" | "go/segmentation-violation" | "go/unexpected-signal" => {
                let why = reason(
                    "go-plugin-crash-in-dlopen",
                    "the C loader itself crashed on the file: it is cut off or damaged",
                    show(self.path.as_bytes()),
                );
                (
                    "go-plugin-crash-in-dlopen",
                    vec![why],
                    vec![advice(
                        "copy or build the file again, and compare its sum with the original's",
                    )],
                )
            }
            _ => (
                "go-plugin-dlopen-failed",
                self.dlopen(),
                self.dlopen_fixes(),
            ),
        };
        judgement.rule = Some(rule);
        judgement.reasons = reasons;
        judgement.fixes = fixes;
    }

    fn cgo_evidence(&self) -> String {
        match self.host.has_cgo() {
            Some(false) => "host: CGO_ENABLED=0".into(),
            _ => "host: plugin/plugin_stubs.go is in it, which is for systems and builds without plugins".into(),
        }
    }

    fn no_path(&self) -> Vec<Reason> {
        let session = self.case.session;
        let here = &session.world().machine().working_directory;
        let plain = self.path.as_bytes();
        let absolute = TargetPath::new(plain.strip_prefix(b"./").unwrap_or(plain)).join_to(here);
        let errno = session.lookup(&absolute).err();
        let mut existing = absolute.clone();
        while existing.as_bytes().len() > 1 && session.lookup(&existing).is_err() {
            existing = TargetPath::new(existing.parent().as_bytes());
        }
        let evidence = format!(
            "{}: {}; what exists is {}",
            show(&absolute),
            errno.map_or_else(|| "found now".to_owned(), sayso_world::Errno::glibc_text),
            show(&existing)
        );
        let why = if self.path.as_bytes().starts_with(b"/") {
            "there is no such file".into()
        } else {
            format!(
                "there is no such file, seen from the working directory {} (Go does not look beside the program)",
                show(here)
            )
        };
        vec![reason("go-plugin-path-not-found", why, evidence)]
    }

    /// The host's modules, and the build command for the plugin.
    fn build(&self, judgement: &Judgement) -> Vec<Fix> {
        let plugin = judgement.side.clone().unwrap_or_default();
        repair::of_release(self.host, &plugin, &file_name(self.path))
    }

    fn dlopen(&self) -> Vec<Reason> {
        let text = self
            .failure
            .field("error")
            .map_or_else(|| show(self.failure.text()), show);
        let why = match self.unfit() {
            Some(what) => {
                format!("the file is {what}, and the C loader refuses it before Go looks at it")
            }
            None => "the C loader refuses the file, before Go has looked at it".to_owned(),
        };
        vec![reason("go-plugin-dlopen-failed", why, text)]
    }

    /// What the file is, if no plugin can be that.
    fn unfit(&self) -> Option<String> {
        let session = self.case.session;
        let here = &session.world().machine().working_directory;
        let stat = session.lookup(&self.path.join_to(here)).ok()?;
        if stat.kind == FileKind::Directory {
            return Some("a folder".into());
        }
        let opened = session.open(&stat);
        let image = match &*opened {
            Opened::NotElf(bytes) => return Some(what_it_is(bytes).to_owned()),
            Opened::Unreadable(_) => return None,
            Opened::Image(image) => image,
        };
        let machine = |image: &Image| machine_name(image.header().machine);
        let host = self.host.program().map(|host| machine(host.image()));
        if host.is_some_and(|host| host != machine(image)) {
            return Some(format!("for {}", machine(image)));
        }
        let program = Program::of(image)?;
        (program.mode == Mode::Executable).then(|| "a Go program, no library".into())
    }

    fn dlopen_fixes(&self) -> Vec<Fix> {
        let host = program_path(self.case.request)
            .map(show)
            .unwrap_or_default();
        vec![command(
            "see what the C loader looked for, and where",
            format!(
                "sayso check {} --then {}",
                word(&host),
                word(&format!("dlopen {} now,global", show(self.path)))
            ),
        )]
    }
}

#[cfg(test)]
mod tests {
    /// Every rule that is named here is in the catalogue.
    #[test]
    fn rules_are_named_as_they_are_called() {
        let sources = [
            include_str!("mod.rs"),
            include_str!("modules.rs"),
            include_str!("packages.rs"),
            include_str!("../causes/mod.rs"),
            include_str!("../causes/coverage.rs"),
            include_str!("../causes/modules.rs"),
            include_str!("../causes/signature.rs"),
        ];
        let mut known = 0;
        for name in sources
            .iter()
            .flat_map(|source| source.split('"'))
            .filter(|text| text.starts_with("go-"))
        {
            assert!(
                crate::rule(name).is_some() || name == "go-",
                "no rule is called {name}"
            );
            known += 1;
        }
        assert!(known > 20, "only {known} names were found");
    }
}
