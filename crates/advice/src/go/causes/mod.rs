//! Why packages differ: every difference between two builds that is known to move a package's hash, with what shows it.
//!
//! What counts was measured with real toolchains (`lab/go/cases`): a difference that moves nothing (`-N`, `-ldflags`, `GOAMD64`, another
//! GOROOT) is no cause, and is not named.

mod coverage;
mod modules;
mod signature;
#[cfg(test)]
mod tests;

use super::sides::{Side, is_standard};

pub(super) use coverage::mode_name;
pub(super) use modules::{Folders, folders, is_vendored};

/// One cause.
#[derive(Debug, Clone)]
pub struct Reason {
    /// Its rule's name.
    pub rule: &'static str,
    /// One sentence.
    pub why: String,
    /// What shows it: "host: …; plugin: …".
    pub evidence: String,
    /// The files show it; `false`: it only fits.
    pub confirmed: bool,
}

/// The packages that differ, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Mismatch<'a> {
    /// Host.
    pub host: &'a Side,
    /// Plugin.
    pub plugin: &'a Side,
    /// Packages that differ from the host's, in Go's order.
    pub differing: &'a [String],
    /// Number of packages that both have.
    pub shared: usize,
}

/// A cause that the files show.
pub(super) fn reason(
    rule: &'static str,
    why: impl Into<String>,
    evidence: impl Into<String>,
) -> Reason {
    Reason {
        rule,
        why: why.into(),
        evidence: evidence.into(),
        confirmed: true,
    }
}

fn sides(host: impl std::fmt::Display, plugin: impl std::fmt::Display) -> String {
    format!("host: {host}; plugin: {plugin}")
}

/// `-tags=a`, "no -tags".
fn flag(name: &str, value: &str) -> String {
    if value.is_empty() {
        format!("no {name}")
    } else {
        format!("{name}={value}")
    }
}

impl Mismatch<'_> {
    /// A package of the standard library, as far as either side's modules tell.
    fn is_standard(&self, package: &str) -> bool {
        is_standard(package)
            && self.host.module_of(package).is_none()
            && self.plugin.module_of(package).is_none()
            && self.plugin.plugin_path.as_deref() != Some(package)
    }
    fn standard(&self) -> usize {
        self.differing
            .iter()
            .filter(|package| self.is_standard(package))
            .count()
    }
    fn differs(&self, package: &str) -> bool {
        self.differing.iter().any(|known| known == package)
    }
    fn is_all(&self) -> bool {
        self.differing.len() >= self.shared
    }
}

/// Why these packages differ, the likeliest first.
pub fn of_mismatch(mismatch: Mismatch<'_>) -> Vec<Reason> {
    if mismatch.differing.is_empty() {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    let standard = mismatch.standard();
    reasons.extend((standard > 0).then(|| release(mismatch)).flatten());
    reasons.extend((standard > 0).then(|| experiments(mismatch)).flatten());
    reasons.extend((standard > 0).then(|| trimpath(mismatch)).flatten());
    if standard > 0 {
        reasons.extend(switches(mismatch));
    }
    reasons.extend(flags(mismatch));
    reasons.extend(tags(mismatch));
    reasons.extend(cgo(mismatch));
    reasons.extend(coverage::coverage(mismatch));
    if reasons.is_empty() && standard > 0 {
        reasons.push(signature::signature(mismatch));
    }
    let covered = reasons
        .iter()
        .any(|reason| reason.rule == "go-cover-differs");
    reasons.extend(modules::modules(mismatch, standard > 0 || covered));
    reasons
}

fn release(mismatch: Mismatch<'_>) -> Option<Reason> {
    let (host, plugin) = (mismatch.host.toolchain(), mismatch.plugin.toolchain());
    let (Some(host), Some(plugin)) = (host, plugin) else {
        return None;
    };
    (host != plugin).then(|| {
        reason(
            "go-release-differs",
            format!("the host was built with {host}, the plugin with {plugin}: each release compiles its own standard library"),
            sides(host, plugin),
        )
    })
}

fn experiments(mismatch: Mismatch<'_>) -> Option<Reason> {
    let (host, plugin) = (mismatch.host.experiments(), mismatch.plugin.experiments());
    (host != plugin && mismatch.host.info.is_some() && mismatch.plugin.info.is_some()).then(|| {
        reason(
            "go-experiment-differs",
            "host and plugin were compiled with different GOEXPERIMENTs",
            sides(flag("GOEXPERIMENT", host), flag("GOEXPERIMENT", plugin)),
        )
    })
}

fn trimpath(mismatch: Mismatch<'_>) -> Option<Reason> {
    let (host, plugin) = (mismatch.host.is_trimmed()?, mismatch.plugin.is_trimmed()?);
    let shown = |is: bool| if is { "-trimpath=true" } else { "no -trimpath" };
    (host != plugin).then(|| {
        let (with, without) = if host { ("host", "plugin") } else { ("plugin", "host") };
        reason(
            "go-trimpath-differs",
            format!("the {with} was built with -trimpath and the {without} without: file names are part of every package's hash"),
            sides(shown(host), shown(plugin)),
        )
    })
}

/// `-race`, `-msan`, `-asan`: each compiles other code into packages.
fn switches(mismatch: Mismatch<'_>) -> Vec<Reason> {
    let reason_of = |switch: &str| {
        let state = |side: &Side| {
            side.switch(switch).or_else(|| {
                (switch == "-race").then(|| {
                    side.packages
                        .iter()
                        .any(|package| package == "runtime/race")
                })
            })
        };
        let (host, plugin) = (state(mismatch.host)?, state(mismatch.plugin)?);
        let shown = |is: bool| {
            if is {
                switch.to_owned()
            } else {
                format!("no {switch}")
            }
        };
        let (with, without) = if host {
            ("host", "plugin")
        } else {
            ("plugin", "host")
        };
        (host != plugin).then(|| reason(
            "go-race-differs",
            format!("the {with} was built with {switch} and the {without} without: it puts other code into packages"),
            sides(shown(host), shown(plugin)),
        ))
    };
    ["-race", "-msan", "-asan"]
        .into_iter()
        .filter_map(reason_of)
        .collect()
}

fn flags(mismatch: Mismatch<'_>) -> Option<Reason> {
    let (host, plugin) = (
        mismatch.host.exporting_flags(),
        mismatch.plugin.exporting_flags(),
    );
    if host == plugin {
        return None;
    }
    let inlining = |flags: &str| flags.split([' ', '=']).any(|flag| flag == "-l");
    let why = match (inlining(&host), inlining(&plugin)) {
        (true, false) => {
            "the host was built with -gcflags that forbid inlining (-l), the plugin without: bodies that may be inlined are part of the hash"
        }
        (false, true) => {
            "the plugin was built with -gcflags that forbid inlining (-l), the host without: bodies that may be inlined are part of the hash"
        }
        _ => "host and plugin were built with different -gcflags for all packages",
    };
    let shown = |side: &Side| flag("-gcflags", side.setting("-gcflags").unwrap_or_default());
    Some(reason(
        "go-gcflags-differ",
        why,
        sides(shown(mismatch.host), shown(mismatch.plugin)),
    ))
}

fn tags(mismatch: Mismatch<'_>) -> Option<Reason> {
    let (host, plugin) = (mismatch.host.tags(), mismatch.plugin.tags());
    (host != plugin && mismatch.host.info.is_some() && mismatch.plugin.info.is_some()).then(|| {
        let shown = |tags: &[&str]| flag("-tags", &tags.join(","));
        reason("go-tags-differ", "host and plugin were built with different -tags: different files of a package were compiled", sides(shown(&host), shown(&plugin)))
    })
}

fn cgo(mismatch: Mismatch<'_>) -> Option<Reason> {
    let (host, plugin) = (mismatch.host.has_cgo()?, mismatch.plugin.has_cgo()?);
    let shown = |is: bool| format!("CGO_ENABLED={}", u8::from(is));
    (host != plugin).then(|| {
        reason(
            "go-cgo-differs",
            "one side was built with cgo and the other without: packages such as net and os/user are compiled from different files",
            sides(shown(host), shown(plugin)),
        )
    })
}
