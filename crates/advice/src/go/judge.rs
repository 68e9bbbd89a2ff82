//! The steps of a trace, each with its causes and what mends it.

use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_facts::go::{Mode, PluginSupport, Program};
use sayso_loader::session::Opened;
use sayso_loader::trace::{DifferingPackage, GoEnd, GoOutcome};
use sayso_loader::{Failure, ObjectId, Request, Session, Start, Step, StepOutcome, Trace};
use sayso_world::TargetPath;

use super::causes::{self, Mismatch, Reason, reason};
use super::repair::{self, Paths};
use super::sides::{Side, is_standard};
use super::words::word;
use crate::finding::Fix;
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

/// Packages by the object whose hash they were compared with.
fn by_provider<'a>(differing: &[&'a DifferingPackage]) -> Vec<(ObjectId, Vec<&'a str>)> {
    let mut provided: Vec<(ObjectId, Vec<&str>)> = Vec::new();
    for differing in differing {
        let known = provided
            .iter_mut()
            .find(|(object, _)| *object == differing.provider);
        match known {
            Some((_, packages)) => packages.push(&differing.package),
            None => provided.push((differing.provider, vec![&differing.package])),
        }
    }
    provided
}

/// How a plugin gets a path of its own.
const OWN_PATH: &str = "build it from another folder, or under another module name (go mod edit -module=NAME): its main package's import path is the plugin path";

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
                    repair::host_command(self.host, Paths::AsHost, &self.host_name()),
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

    /// The same file once more: what was said of it then is still so.
    fn again(&self, judgement: &mut Judgement) -> bool {
        let is_it = |known: &&Judgement| known.told.file == judgement.told.file;
        let first = match self.failure.message.id {
            "go/different-version-again" => self.before.iter().find(is_it),
            _ => None,
        };
        let Some(first) = first else {
            return false;
        };
        let why = format!(
            "step {} opened the same file, and package plugin gives the same error for ever",
            first.step
        );
        judgement.reasons = vec![reason("go-plugin-previous-failure", why, show(&first.path))];
        judgement.reasons.extend(first.reasons.iter().cloned());
        judgement.fixes.clone_from(&first.fixes);
        judgement.rule = first.rule;
        judgement.told.differing.clone_from(&first.told.differing);
        judgement.told.compared = first.told.compared;
        true
    }

    fn mismatch(&self, judgement: &mut Judgement) {
        if self.again(judgement) {
            return;
        }
        let first = judgement
            .told
            .differing
            .first()
            .map(|first| first.package.clone())
            .or_else(|| self.failure.field("package").map(show))
            .unwrap_or_default();
        let plugin = judgement.side.clone().unwrap_or_default();
        let standard = is_standard(&first)
            && self.host.module_of(&first).is_none()
            && plugin.module_of(&first).is_none()
            && plugin.plugin_path.as_deref() != Some(&first);
        judgement.rule = Some(if standard {
            "go-pkg-mismatch-std"
        } else {
            "go-pkg-mismatch-dep"
        });
        let host = self.case.trace.objects.first().map(|object| object.id);
        let all = judgement.told.differing.iter();
        let (by_host, by_others): (Vec<_>, Vec<_>) =
            all.partition(|differing| Some(differing.provider) == host);
        let provided = by_provider(&by_others);
        let mut reasons: Vec<Reason> = provided
            .iter()
            .map(|(object, packages)| self.of_other_plugin(*object, packages))
            .collect();
        let differing: Vec<String> = by_host
            .iter()
            .map(|differing| differing.package.clone())
            .collect();
        let shared = plugin
            .packages
            .iter()
            .filter(|package| self.host.packages.contains(package))
            .count();
        let mismatch = Mismatch {
            host: self.host,
            plugin: &plugin,
            differing: &differing,
            shared,
        };
        reasons.extend(causes::of_mismatch(mismatch));
        let mut fixes = Vec::new();
        if !by_others.is_empty() {
            fixes.push(advice("start the host again, and do not open the other plugin before this one (what failed stays in the process)"));
        }
        if !by_host.is_empty() {
            fixes.extend(repair::of_mismatch(
                mismatch,
                &reasons,
                &file_name(self.path),
                &self.host_name(),
            ));
        } else if self
            .failed_before(provided.first().map(|(object, _)| *object))
            .is_none()
        {
            fixes.push(advice(
                "build both plugins with the same versions of the packages that only they share",
            ));
        }
        judgement.reasons = reasons;
        judgement.fixes = fixes;
    }

    /// The earlier step that brought an object and failed.
    fn failed_before(&self, object: Option<ObjectId>) -> Option<&Judgement> {
        self.before.iter().find(|known| {
            known.told.object == object && object.is_some() && known.told.end != GoEnd::Opens
        })
    }

    fn of_other_plugin(&self, object: ObjectId, packages: &[&str]) -> Reason {
        let path = show(&self.case.trace.object(object).path);
        let names: Vec<String> = packages.iter().map(|&package| package.to_owned()).collect();
        let evidence = format!(
            "the hash of {} is taken from {path}",
            crate::rules::enumerate_some(&names, 3)
        );
        match self.failed_before(Some(object)) {
            Some(failed) => reason(
                "go-failed-plugin-poisons",
                format!(
                    "{} was opened in step {} and failed, but it stays in the process, and its packages are found before this plugin's own",
                    show(&failed.path),
                    failed.step
                ),
                evidence,
            ),
            None => reason(
                "go-earlier-plugin-differs",
                format!(
                    "{path} was opened before and brought another version of packages that the host has not"
                ),
                evidence,
            ),
        }
    }

    fn already_loaded(&self, judgement: &Judgement) -> (Vec<Reason>, Vec<Fix>) {
        let opened =
            |known: &&Judgement| known.told.end == GoEnd::Opens && !known.told.already_open;
        let Some(plugin) = judgement
            .side
            .as_ref()
            .filter(|side| side.plugin_path.is_some())
        else {
            let why = reason(
                "go-plugin-already-loaded",
                "the file is no Go plugin: Go looks at the last plugin that it has, which is open already",
                self.what_it_is(),
            );
            return (
                vec![why],
                vec![advice(
                    "give plugin.Open a file that was built with -buildmode=plugin",
                )],
            );
        };
        let path = plugin.plugin_path.clone().unwrap_or_default();
        let twin = self
            .before
            .iter()
            .filter(opened)
            .find(|known| known.told.plugin_path.as_deref() == Some(path.as_str()));
        let Some(twin) = twin else {
            let why = reason(
                "go-plugin-already-loaded",
                format!("a plugin of the path {path} is open already"),
                format!("plugin path: {path}"),
            );
            return (vec![why], Vec::new());
        };
        let same_file = twin.told.object.is_some() && twin.told.object == judgement.told.object;
        let why = if same_file {
            format!(
                "it is the very file of {} under another name (a hard link)",
                show(&twin.path)
            )
        } else {
            format!(
                "{} has the same plugin path, and Go opens each path once: a copy, a rebuilt plugin, or another one with the same main package",
                show(&twin.path)
            )
        };
        let reasons = vec![reason(
            "go-plugin-already-loaded",
            why,
            format!("plugin path of both: {path}"),
        )];
        let mut fixes = Vec::new();
        if !same_file {
            // -ldflags=-pluginpath is no way out: the compiler does not know of it, and Go then finds none of the plugin's symbols.
            fixes.push(advice(OWN_PATH));
        }
        fixes.push(advice("open it once, and keep the *plugin.Plugin (a plugin cannot be unloaded: for new code, start the host again)"));
        (reasons, fixes)
    }

    /// What the file is, where it is no plugin.
    fn what_it_is(&self) -> String {
        let name = show(self.path.as_bytes());
        let Some(image) = self.image else {
            return format!("{name} is no ELF file");
        };
        match Program::of(image) {
            None => format!(
                "{name}: an ELF file for {} without any Go in it",
                machine_name(image.header().machine)
            ),
            Some(program) => match program.mode {
                Mode::CShared => format!("{name}: Go, built with -buildmode=c-shared"),
                Mode::Shared => format!("{name}: Go, built with -buildmode=shared"),
                Mode::Executable => format!("{name}: a Go program"),
                Mode::Plugin => format!("{name}: a Go plugin"),
            },
        }
    }

    fn no_module(&self, judgement: &Judgement) -> (Vec<Reason>, Vec<Fix>) {
        let rule = "go-no-plugin-module-data";
        if self.host.support == Some(PluginSupport::Static) {
            let why = reason(
                "go-host-cannot-open-plugins",
                "the host is linked statically: it exports nothing, so the plugin runs on a runtime of its own, which the host never sees",
                "host: no dynamic symbols",
            );
            return (
                vec![why],
                vec![command(
                    "in the host's folder, link it dynamically (no -extldflags=-static)",
                    repair::host_command(self.host, Paths::AsHost, &self.host_name()),
                )],
            );
        }
        let is_plugin = judgement
            .side
            .as_ref()
            .is_some_and(|side| side.mode == Some(Mode::Plugin));
        if !is_plugin {
            let why = reason(
                rule,
                "the file is no Go plugin, so nothing in it reports to the host's runtime",
                self.what_it_is(),
            );
            return (
                vec![why],
                vec![advice(
                    "build it with -buildmode=plugin, or open it with dlopen through cgo if it is a C library",
                )],
            );
        }
        if let Some(reason) = self.layouts(judgement) {
            return (vec![reason], self.build(judgement));
        }
        let failed = self
            .before
            .iter()
            .find(|known| known.told.end != GoEnd::Opens && known.told.object.is_some());
        match failed {
            Some(failed) => {
                let why = format!(
                    "{} failed in step {}: the last module that the runtime has is marked as bad",
                    show(&failed.path),
                    failed.step
                );
                (
                    vec![reason("go-failed-plugin-poisons", why, show(&failed.path))],
                    vec![advice(
                        "start the host again, and open only plugins that fit",
                    )],
                )
            }
            None => (
                vec![reason(
                    rule,
                    "the plugin's module never reached the host's runtime",
                    self.what_it_is(),
                )],
                self.build(judgement),
            ),
        }
    }

    /// Two releases that keep the runtime's list of modules in different places.
    fn layouts(&self, judgement: &Judgement) -> Option<Reason> {
        let plugin = judgement.side.as_ref()?;
        let next = |side: &Side| {
            let data = side.program()?.module.as_ref().ok()?.clone();
            data.next_in_code.or(data.layout.map(|layout| layout.next))
        };
        let (host_next, plugin_next) = (next(self.host), next(plugin));
        let name = |side: &Side| side.toolchain().unwrap_or("an unnamed release").to_owned();
        let (new, old) = (name(self.host), name(plugin));
        if new == old && host_next == plugin_next {
            return None;
        }
        let offset = |next: Option<u64>| {
            next.map_or(String::new(), |next| format!(", moduledata.next at {next}"))
        };
        let evidence = format!(
            "host: {new}{}; plugin: {old}{}",
            offset(host_next),
            offset(plugin_next)
        );
        let why = if self.failure.message.id == "go/nil-dereference" {
            format!(
                "the host was built with {new}, the plugin with {old}: the host finds the plugin's module and reads its fields in the wrong places"
            )
        } else {
            format!(
                "the host was built with {new}, the plugin with {old}: their runtimes keep the list of modules in different places, so the host never sees the plugin's"
            )
        };
        Some(reason("go-release-differs", why, evidence))
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
        let is_program = self.image.is_some_and(|image| {
            Program::of(image).is_some_and(|program| program.mode == Mode::Executable)
        });
        let why = if is_program {
            "the file is a Go program, and only libraries can be opened".to_owned()
        } else {
            "the C loader refuses the file, before Go has looked at it".to_owned()
        };
        vec![reason("go-plugin-dlopen-failed", why, text)]
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
        let sources = [include_str!("judge.rs"), include_str!("causes.rs")];
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
