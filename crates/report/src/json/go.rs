//! `sayso/go/v1`.

use sayso_advice::go::{Judgement, Reason, Side};
use sayso_advice::{Finding, Fix, show};
use sayso_facts::go::PluginSupport;
use sayso_loader::trace::GoEnd;
use serde::Serialize;

use crate::go::{GoAnswer, LookupAnswer, PluginAnswer};
use crate::words;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    host: HostRow<'a>,
    plugins: Vec<PluginRow<'a>>,
}

#[derive(Serialize)]
struct HostRow<'a> {
    path: String,
    go_version: Option<&'a str>,
    loader: &'a Option<String>,
    plugin_support: &'static str,
    refused: Option<String>,
    main: Option<&'a str>,
    settings: Vec<SettingRow<'a>>,
    modules: Vec<ModuleRow<'a>>,
    packages: usize,
    findings: Vec<FindingRow<'a>>,
}

#[derive(Serialize)]
struct SettingRow<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct ModuleRow<'a> {
    path: &'a str,
    version: &'a str,
    replaced_by: Option<String>,
}

#[derive(Serialize)]
struct PluginRow<'a> {
    path: String,
    outcome: &'static str,
    message: Option<String>,
    rule: Option<&'static str>,
    plugin_path: Option<&'a str>,
    go_version: Option<&'a str>,
    compared: usize,
    differing: Vec<DifferingRow<'a>>,
    roots: &'a Option<Vec<String>>,
    causes: Vec<CauseRow<'a>>,
    fixes: Vec<FixRow<'a>>,
    warnings: Vec<FindingRow<'a>>,
    lookups: Vec<LookupRow<'a>>,
    exports: Vec<ExportRow<'a>>,
    init_tasks: Option<u64>,
    already_open: bool,
    judged_without: Vec<String>,
    gaps: &'a [String],
}

#[derive(Serialize)]
struct DifferingRow<'a> {
    package: &'a str,
    host_hash: String,
    plugin_hash: String,
    named_by_go: bool,
    provider: Option<String>,
}

#[derive(Serialize)]
struct CauseRow<'a> {
    rule: &'static str,
    why: &'a str,
    evidence: &'a str,
    confirmed: bool,
}

#[derive(Serialize)]
struct FixRow<'a> {
    summary: &'a str,
    command: Option<&'a str>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    rule: &'static str,
    level: &'static str,
    message: &'a str,
    because: &'a [String],
    fixes: Vec<FixRow<'a>>,
}

#[derive(Serialize)]
struct LookupRow<'a> {
    name: &'a str,
    ok: Option<bool>,
    error: &'a Option<String>,
    wanted: &'a Option<String>,
    found: &'a Option<String>,
    optional: bool,
    hint: &'a Option<String>,
}

#[derive(Serialize)]
struct ExportRow<'a> {
    name: &'a str,
    r#type: Option<&'a str>,
}

/// The document about a host and its plugins.
pub fn go(answer: &GoAnswer) -> String {
    let document = Document {
        schema: "sayso/go/v1",
        host: host(answer),
        plugins: answer.plugins.iter().map(plugin).collect(),
    };
    super::line(&document) + "\n"
}

/// The fixed name of what a program can do.
fn support(side: &Side) -> &'static str {
    match side.support {
        Some(PluginSupport::Yes) => "yes",
        Some(PluginSupport::NotImplemented) => "not-implemented",
        Some(PluginSupport::Static) => "static",
        Some(PluginSupport::NotLinked) => "not-linked",
        Some(PluginSupport::Unknown) | None => "unknown",
    }
}

fn host(answer: &GoAnswer) -> HostRow<'_> {
    let side = &answer.side;
    let info = side.info.as_ref();
    let modules = info
        .into_iter()
        .flat_map(|info| std::iter::once(&info.main).chain(&info.deps));
    HostRow {
        path: show(&answer.host),
        go_version: side.release.as_ref().map(|release| release.text.as_str()),
        loader: &answer.loader,
        plugin_support: support(side),
        refused: answer.refused.as_ref().map(show),
        main: info.map(|info| info.path.as_str()),
        settings: info
            .into_iter()
            .flat_map(|info| &info.settings)
            .map(|(key, value)| SettingRow { key, value })
            .collect(),
        modules: modules
            .filter(|module| !module.path.is_empty())
            .map(|module| ModuleRow {
                path: &module.path,
                version: &module.version,
                replaced_by: module
                    .replace
                    .as_ref()
                    .map(|by| format!("{} {}", by.path, by.version).trim_end().to_owned()),
            })
            .collect(),
        packages: side.packages.len(),
        findings: answer.findings.iter().map(finding).collect(),
    }
}

fn outcome(judgement: Option<&Judgement>) -> &'static str {
    match judgement.map(|judgement| judgement.told.end) {
        Some(GoEnd::Opens) => "opens",
        Some(GoEnd::Error) => "error",
        Some(GoEnd::Dies) => "dies",
        Some(GoEnd::Unknown) => "unknown",
        None => "unreached",
    }
}

fn plugin(plugin: &PluginAnswer) -> PluginRow<'_> {
    let judgement = plugin.judgement.as_ref();
    let side = judgement.and_then(|judgement| judgement.side.as_ref());
    let told = judgement.map(|judgement| &judgement.told);
    PluginRow {
        path: show(&plugin.path),
        outcome: outcome(judgement),
        message: judgement
            .and_then(|judgement| judgement.message.as_ref())
            .map(lines),
        rule: judgement.and_then(|judgement| judgement.rule),
        plugin_path: side.and_then(|side| side.plugin_path.as_deref()),
        go_version: side
            .and_then(|side| side.release.as_ref())
            .map(|release| release.text.as_str()),
        compared: told.map_or(0, |told| told.compared),
        differing: told
            .into_iter()
            .flat_map(|told| &told.differing)
            .map(|differing| differing_row(plugin, differing))
            .collect(),
        roots: &plugin.roots,
        causes: judgement
            .into_iter()
            .flat_map(|judgement| &judgement.reasons)
            .map(cause)
            .collect(),
        fixes: judgement
            .into_iter()
            .flat_map(|judgement| &judgement.fixes)
            .map(fix)
            .collect(),
        warnings: plugin.findings.iter().map(finding).collect(),
        lookups: plugin.lookups.iter().map(lookup).collect(),
        exports: judgement
            .into_iter()
            .flat_map(|judgement| &judgement.exports)
            .map(|(name, kind)| ExportRow {
                name,
                r#type: kind.as_deref(),
            })
            .collect(),
        init_tasks: told.and_then(|told| told.init_tasks),
        already_open: told.is_some_and(|told| told.already_open),
        judged_without: plugin.without.iter().map(show).collect(),
        gaps: judgement.map_or(&[], |judgement| &judgement.gaps),
    }
}

/// A message may have several lines; everything else that does not belong on a line is escaped.
fn lines(text: impl AsRef<[u8]>) -> String {
    text.as_ref()
        .split(|&byte| byte == b'\n')
        .map(show)
        .collect::<Vec<_>>()
        .join("\n")
}

fn differing_row<'a>(
    plugin: &'a PluginAnswer,
    differing: &'a sayso_loader::trace::DifferingPackage,
) -> DifferingRow<'a> {
    DifferingRow {
        package: &differing.package,
        host_hash: differing.host_hash.to_string(),
        plugin_hash: differing.plugin_hash.to_string(),
        named_by_go: differing.named_by_go,
        provider: plugin
            .trace
            .as_ref()
            .map(|trace| words::path(trace, differing.provider)),
    }
}

fn cause(reason: &Reason) -> CauseRow<'_> {
    CauseRow {
        rule: reason.rule,
        why: &reason.why,
        evidence: &reason.evidence,
        confirmed: reason.confirmed,
    }
}

fn fix(fix: &Fix) -> FixRow<'_> {
    FixRow {
        summary: &fix.summary,
        command: fix.command.as_deref(),
    }
}

fn finding(finding: &Finding) -> FindingRow<'_> {
    FindingRow {
        rule: finding.rule.name,
        level: finding.level.name(),
        message: &finding.message,
        because: &finding.because,
        fixes: finding.fixes.iter().map(fix).collect(),
    }
}

fn lookup(lookup: &LookupAnswer) -> LookupRow<'_> {
    LookupRow {
        name: &lookup.name,
        ok: lookup.ok,
        error: &lookup.error,
        wanted: &lookup.wanted,
        found: &lookup.found,
        optional: lookup.optional,
        hint: &lookup.hint,
    }
}
