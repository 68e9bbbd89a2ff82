//! Differences between the modules that both sides were built with: version, replacement, folder, code.

use std::collections::BTreeMap;

use sayso_facts::go::Module;

use super::{Mismatch, Reason, reason, sides};
use crate::go::sides::Side;
use crate::go::words::count;

/// A module's version or replacement as one word.
fn shown(module: &Module) -> String {
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
pub(super) fn modules(mismatch: Mismatch<'_>, of_the_build: bool) -> Vec<Reason> {
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

/// The folders that one package of a module was compiled in.
pub(in crate::go) struct Folders<'a> {
    /// The module, as the host was built with it.
    pub(in crate::go) module: &'a Module,
    pub(in crate::go) host: String,
    pub(in crate::go) plugin: String,
}

/// Differing packages of modules that both sides' line tables tell the folder of.
pub(in crate::go) fn folders(mismatch: Mismatch<'_>) -> impl Iterator<Item = Folders<'_>> {
    mismatch.differing.iter().filter_map(move |package| {
        let module = mismatch.host.module_of(package)?;
        Some(Folders {
            module,
            host: mismatch.host.folder_of(package, &module.path)?,
            plugin: mismatch.plugin.folder_of(package, &module.path)?,
        })
    })
}

/// A vendor folder is part of its main module: no other build can use it.
pub(in crate::go) fn is_vendored(folder: &str) -> bool {
    folder.contains("/vendor/")
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
    let why = match (is_vendored(&host), is_vendored(&plugin)) {
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
