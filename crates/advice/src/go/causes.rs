//! Why packages differ: every difference between two builds that is known to move a package's hash, with what shows it.
//!
//! What counts was measured with real toolchains (`lab/go/cases`): a difference that moves nothing (`-N`, `-ldflags`, `GOAMD64`, another
//! GOROOT) is no cause, and is not named.

use std::collections::BTreeMap;

use sayso_facts::go::Module;

use super::sides::{Side, is_standard};
use super::words::count;

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
    reasons.extend(switches(mismatch, standard > 0));
    reasons.extend(flags(mismatch));
    reasons.extend(tags(mismatch));
    reasons.extend(cgo(mismatch));
    if reasons.is_empty() && standard > 0 {
        reasons.push(signature(mismatch));
    }
    reasons.extend(modules(mismatch, standard > 0));
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

/// `-race`, `-msan`, `-asan`, `-cover`: each compiles other code into packages.
fn switches(mismatch: Mismatch<'_>, standard: bool) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let rows = [
        ("-race", "go-race-differs"),
        ("-msan", "go-race-differs"),
        ("-asan", "go-race-differs"),
        ("-cover", "go-cover-differs"),
    ];
    for (switch, rule) in rows {
        let state = |side: &Side| {
            side.switch(switch).or_else(|| {
                (switch == "-race").then(|| {
                    side.packages
                        .iter()
                        .any(|package| package == "runtime/race")
                })
            })
        };
        let (Some(host), Some(plugin)) = (state(mismatch.host), state(mismatch.plugin)) else {
            continue;
        };
        if host == plugin || (switch != "-cover" && !standard) {
            continue;
        }
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
        reasons.push(reason(
            rule,
            format!("the {with} was built with {switch} and the {without} without: it puts other code into packages"),
            sides(shown(host), shown(plugin)),
        ));
    }
    reasons
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

/// A module's version or replacement as one word.
pub(super) fn shown(module: &Module) -> String {
    let own = |module: &Module| match module.version.as_str() {
        "" => module.path.clone(),
        version => format!("{}@{version}", module.path),
    };
    match &module.replace {
        Some(new) => format!(
            "{} => {}",
            own(module),
            own(new).trim_end_matches("@(devel)")
        ),
        None => own(module),
    }
}

/// The differing packages by the module that they are of.
fn by_module(mismatch: Mismatch<'_>) -> BTreeMap<String, Vec<&String>> {
    let mut modules: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for package in mismatch
        .differing
        .iter()
        .filter(|package| !mismatch.is_standard(package))
    {
        let module = mismatch
            .host
            .module_of(package)
            .or_else(|| mismatch.plugin.module_of(package));
        let path = module.map_or_else(String::new, |module| module.path.clone());
        modules.entry(path).or_default().push(package);
    }
    modules
}

/// Of packages that are not the standard library's. Where the build itself differs (`of_the_build`), what a module shows beyond that is
/// told, and nothing is guessed.
fn modules(mismatch: Mismatch<'_>, of_the_build: bool) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (path, packages) in by_module(mismatch) {
        let (host, plugin) = (module(mismatch.host, &path), module(mismatch.plugin, &path));
        let told = match (host, plugin) {
            (Some(host), Some(plugin)) => of_module(mismatch, host, plugin, &packages),
            _ => of_folders(mismatch, &path, &packages),
        };
        reasons.extend(
            told.or_else(|| (!of_the_build).then(|| of_code(&path, &packages, host.or(plugin)))),
        );
    }
    reasons
}

fn module<'a>(side: &'a Side, path: &str) -> Option<&'a Module> {
    side.info
        .as_ref()?
        .module(path)
        .filter(|module| !module.path.is_empty())
}

/// What a module's packages are called in a sentence.
fn names(packages: &[&String]) -> String {
    let names: Vec<String> = packages.iter().map(|package| (*package).clone()).collect();
    crate::rules::enumerate_some(&names, 3)
}

fn of_module(
    mismatch: Mismatch<'_>,
    host: &Module,
    plugin: &Module,
    packages: &[&String],
) -> Option<Reason> {
    let path = &host.path;
    let (new, old) = (host.effective(), plugin.effective());
    let evidence = sides(shown(host), shown(plugin));
    if host.replace.is_some() != plugin.replace.is_some()
        || host.replace.is_some() && new.path != old.path
    {
        return Some(reason(
            "go-module-replaced",
            format!(
                "{path} is replaced on one side, or by another module: {}",
                names(packages)
            ),
            evidence,
        ));
    }
    if new.version != old.version {
        let same = !new.sum.is_empty() && new.sum == old.sum;
        let why = if same {
            "the version is part of the file names"
        } else {
            "its packages are compiled from other code"
        };
        return Some(reason(
            "go-module-version-differs",
            format!("{path} has another version on each side: {why}"),
            evidence,
        ));
    }
    if !new.sum.is_empty() && !old.sum.is_empty() && new.sum != old.sum {
        let evidence = sides(
            format!("{} {}", shown(host), new.sum),
            format!("{} {}", shown(plugin), old.sum),
        );
        return Some(reason(
            "go-code-differs",
            format!("{path} has the same version and another content on each side"),
            evidence,
        ));
    }
    of_folders(mismatch, path, packages)
}

/// From the file names in the line tables: another folder, a vendored copy, another version.
fn of_folders(mismatch: Mismatch<'_>, module: &str, packages: &[&String]) -> Option<Reason> {
    let (package, host, plugin) = packages.iter().find_map(|package| {
        let host = mismatch.host.folder_of(package, module)?;
        let plugin = mismatch.plugin.folder_of(package, module)?;
        (host != plugin).then_some((package, host, plugin))
    })?;
    let version = |folder: &str| {
        folder
            .rsplit_once('@')
            .map(|(_, version)| version.to_owned())
            .filter(|version| version.starts_with('v'))
    };
    let evidence = sides(&host, &plugin);
    let subject = if module.is_empty() { package } else { module };
    if let (Some(new), Some(old)) = (version(&host), version(&plugin))
        && new != old
    {
        return Some(reason(
            "go-module-version-differs",
            format!("{subject} has another version on each side"),
            evidence,
        ));
    }
    if mismatch.host.is_trimmed() != mismatch.plugin.is_trimmed() {
        // That alone makes the names differ.
        return None;
    }
    let vendored = |folder: &str| folder.contains("/vendor/");
    let why = match (vendored(&host), vendored(&plugin)) {
        (true, false) => format!(
            "{subject} was compiled from the host's vendor folder, and from another folder for the plugin"
        ),
        (false, true) => format!(
            "{subject} was compiled from the plugin's vendor folder, and from another folder for the host"
        ),
        _ => format!("{subject} was compiled in another folder on each side"),
    };
    Some(reason(
        "go-module-directory-differs",
        format!("{why}: without -trimpath the folder is part of the hash"),
        evidence,
    ))
}

/// Nothing else is left.
fn of_code(path: &str, packages: &[&String], module: Option<&Module>) -> Reason {
    let from = match module {
        Some(module) if module.replace.is_some() => {
            " (a replaced module has no sum that would show it)"
        }
        Some(module) if module.sum.is_empty() => {
            " (a module built from its own folder has no sum that would show it)"
        }
        _ => "",
    };
    let subject = if path.is_empty() {
        names(packages)
    } else {
        path.to_owned()
    };
    let mut reason = reason(
        "go-code-differs",
        format!("the code of {subject} was changed between the two builds{from}"),
        format!(
            "same version, settings and folders; {} of it differ: {}",
            count(packages.len(), "package"),
            names(packages)
        ),
    );
    reason.confirmed = false;
    reason
}

/// Without settings to compare: what the set of differing packages looks like.
fn signature(mismatch: Mismatch<'_>) -> Reason {
    let standard = mismatch.standard();
    let total = mismatch.shared;
    let evidence = format!(
        "{} of {} shared packages differ",
        mismatch.differing.len(),
        total
    );
    let known = mismatch.host.info.is_some() && mismatch.plugin.info.is_some();
    let mut reason = if known {
        reason(
            "go-toolchain-differs",
            "both sides name the same release and settings, and their standard libraries differ: two makes of the toolchain, or a changed one",
            evidence,
        )
    } else if mismatch.is_all() {
        reason(
            "go-release-differs",
            "every shared package differs, as after another Go release or -trimpath on one side",
            evidence,
        )
    } else if mismatch.differs("runtime/cgo")
        && mismatch.differs("sync/atomic")
        && mismatch.differs("internal/race")
    {
        reason(
            "go-race-differs",
            "the packages that differ are those that -race on one side changes",
            evidence,
        )
    } else if standard * 2 > total && !mismatch.differs("internal/goarch") {
        reason(
            "go-gcflags-differ",
            "the packages that differ are those with bodies that may be inlined, as after -gcflags=all=-l on one side",
            evidence,
        )
    } else {
        reason(
            "go-tags-differ",
            "only some packages of the standard library differ, as after other -tags or CGO_ENABLED",
            evidence,
        )
    };
    reason.confirmed = false;
    reason
}

#[cfg(test)]
mod tests {
    use super::*;
    use sayso_facts::go::{BuildInfo, PackageSources, Version};

    fn side(release: &str, text: &str) -> Side {
        let release_of = Version::parse(release);
        Side {
            release: Some(release_of),
            info: Some(BuildInfo::parse(release, text)),
            ..Side::default()
        }
    }

    /// The rules of the causes, in their order.
    fn rules(host: &Side, plugin: &Side, differing: &[&str], shared: usize) -> Vec<&'static str> {
        let differing: Vec<String> = differing
            .iter()
            .map(|&package| package.to_owned())
            .collect();
        let reasons = of_mismatch(Mismatch {
            host,
            plugin,
            differing: &differing,
            shared,
        });
        reasons.iter().map(|reason| reason.rule).collect()
    }

    const STANDARD: &[&str] = &["internal/goarch", "runtime", "errors"];
    const PLAIN: &str = "build\tCGO_ENABLED=1\n";

    #[test]
    fn settings_that_move_hashes_are_named() {
        let host = side("go1.22.10", PLAIN);
        let check = |release: &str, text: &str, differing: &[&str], want: &[&str]| {
            assert_eq!(
                rules(&host, &side(release, text), differing, 56),
                want,
                "{release} {text:?}"
            );
        };
        check("go1.24.1", PLAIN, STANDARD, &["go-release-differs"]);
        check(
            "go1.22.10",
            "build\t-trimpath=true\nbuild\tCGO_ENABLED=1\n",
            STANDARD,
            &["go-trimpath-differs"],
        );
        check(
            "go1.22.10",
            "build\t-race=true\nbuild\tCGO_ENABLED=1\n",
            STANDARD,
            &["go-race-differs"],
        );
        check(
            "go1.22.10",
            "build\t-gcflags=\"all=-N -l\"\nbuild\tCGO_ENABLED=1\n",
            &["errors"],
            &["go-gcflags-differ"],
        );
        check(
            "go1.22.10",
            "build\t-tags=netgo\nbuild\tCGO_ENABLED=1\n",
            &["net"],
            &["go-tags-differ"],
        );
        check(
            "go1.22.10",
            "build\tCGO_ENABLED=0\n",
            &["net"],
            &["go-cgo-differs"],
        );
        check(
            "go1.22.10",
            "build\tGOEXPERIMENT=x\nbuild\tCGO_ENABLED=1\n",
            STANDARD,
            &["go-experiment-differs"],
        );
    }

    #[test]
    fn settings_that_move_nothing_are_not() {
        let host = side("go1.22.10", PLAIN);
        let plugin = side(
            "go1.22.10",
            "build\t-gcflags=all=-N\nbuild\t-ldflags=-s\nbuild\tGOAMD64=v3\nbuild\tCGO_ENABLED=1\n",
        );
        assert_eq!(
            rules(&host, &plugin, &["example.com/a"], 56),
            ["go-code-differs"]
        );
        // A release of which only modules differ is not the reason.
        let plugin = side("go1.22.11", PLAIN);
        assert_eq!(
            rules(&host, &plugin, &["example.com/a"], 56),
            ["go-code-differs"]
        );
        assert!(rules(&host, &plugin, &[], 56).is_empty());
    }

    #[test]
    fn modules_are_compared() {
        let check = |host: &str, plugin: &str, want: &str| {
            let (host, plugin) = (side("go1.22.10", host), side("go1.22.10", plugin));
            assert_eq!(
                rules(&host, &plugin, &["example.com/a/b"], 56),
                [want],
                "{plugin:?}"
            );
        };
        let dep = "dep\texample.com/a\tv1.0.0\th1:x=\n";
        check(
            dep,
            "dep\texample.com/a\tv1.1.0\th1:y=\n",
            "go-module-version-differs",
        );
        check(
            dep,
            "dep\texample.com/a\tv1.0.0\th1:y=\n",
            "go-code-differs",
        );
        check(
            dep,
            "dep\texample.com/a\tv1.0.0\n=>\t../a\t(devel)\t\n",
            "go-module-replaced",
        );
        check(dep, dep, "go-code-differs");
        // Modules whose path has no dot are no standard library.
        let host = side("go1.22.10", "mod\tmyapp\t(devel)\t\n");
        assert_eq!(
            rules(
                &host,
                &side("go1.22.10", "dep\tmyapp\tv0.0.0\n"),
                &["myapp/api"],
                56
            ),
            ["go-module-version-differs"]
        );
    }

    #[test]
    fn folders_are_compared_where_versions_are_equal() {
        let dep = "dep\texample.com/a\tv1.0.0\th1:x=\n";
        let with = |file: &str| {
            side("go1.22.10", dep).with_sources(vec![PackageSources {
                package: "example.com/a/b".into(),
                files: vec![file.into()],
            }])
        };
        let host = with("/go/pkg/mod/example.com/a@v1.0.0/b/b.go");
        assert_eq!(
            rules(
                &host,
                &with("/src/vendor/example.com/a/b/b.go"),
                &["example.com/a/b"],
                56
            ),
            ["go-module-directory-differs"]
        );
        assert_eq!(
            rules(&host, &with("/home/me/a/b/b.go"), &["example.com/a/b"], 56),
            ["go-module-directory-differs"]
        );
    }

    #[test]
    fn without_settings_the_set_of_packages_speaks() {
        let host = side("go1.19.8", PLAIN);
        let plugin = Side::default();
        assert_eq!(rules(&host, &plugin, STANDARD, 3), ["go-release-differs"]);
        assert_eq!(
            rules(
                &host,
                &plugin,
                &["runtime/cgo", "sync/atomic", "internal/race"],
                59
            ),
            ["go-race-differs"]
        );
        assert_eq!(
            rules(&host, &plugin, &["errors", "fmt"], 3),
            ["go-gcflags-differ"]
        );
        assert_eq!(rules(&host, &plugin, &["net"], 50), ["go-tags-differ"]);
    }
}
