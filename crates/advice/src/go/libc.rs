//! What a Go program needs a C library for.

use sayso_facts::go::{PluginSupport, Program};

/// A file that only packages with C code have (`cmd/cgo`).
const CGO_FILE: &str = "_cgo_gotypes.go";
/// Packages of the standard library that use C where cgo is on, and do without where it is off.
const OPTIONAL: &[(&str, &str)] = &[
    ("net", "net (names are looked up by the system's resolver)"),
    ("os/user", "os/user (users are looked up by the C library)"),
];
/// What every cgo program has.
const SUPPORT: &[&str] = &["runtime/cgo", "main", "plugin"];

/// Why a program needs its C library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// One phrase each.
    pub reasons: Vec<String>,
    /// Packages with C code of their own, the standard library's left out.
    pub own_code: Vec<String>,
    /// It opens plugins.
    pub opens_plugins: bool,
}

/// Why this program needs a C library; `None` if its line tables do not tell, or it has no cgo.
pub fn needs(program: &Program) -> Option<Needs> {
    let sources = program.sources();
    let has_c = |source: &&sayso_facts::go::PackageSources| {
        source.files.iter().any(|file| file.ends_with(CGO_FILE))
    };
    let packages: Vec<String> = sources
        .iter()
        .filter(has_c)
        .map(|source| source.package.clone())
        .collect();
    let opens_plugins = program.plugin_support() == PluginSupport::Yes;
    let main = program
        .build_info
        .as_ref()
        .map(|info| info.path.clone())
        .unwrap_or_default();
    needs_of(&packages, opens_plugins, &main)
}

fn needs_of(packages: &[String], opens_plugins: bool, main: &str) -> Option<Needs> {
    if packages.is_empty() {
        return None;
    }
    let has = |name: &str| packages.iter().any(|package| package == name);
    let mut needs = Needs {
        opens_plugins,
        ..Needs::default()
    };
    needs.reasons.extend(
        OPTIONAL
            .iter()
            .filter(|(name, _)| has(name))
            .map(|(_, why)| (*why).to_owned()),
    );
    if opens_plugins {
        needs.reasons.push("plugin (dlopen)".into());
    }
    let is_known = |package: &&String| {
        OPTIONAL.iter().any(|(name, _)| package == name)
            || SUPPORT.contains(&package.as_str()) && *package != "main"
    };
    for package in packages.iter().filter(|package| !is_known(package)) {
        let name = if package == "main" && !main.is_empty() {
            main
        } else {
            package
        };
        needs.own_code.push(name.to_owned());
        needs.reasons.push(format!("{name} (C code of its own)"));
    }
    if needs.reasons.is_empty() {
        needs
            .reasons
            .push("runtime/cgo alone (it was linked by the C linker)".into());
    }
    Some(needs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_named() {
        let check = |packages: &[&str], plugins: bool| {
            let packages: Vec<String> =
                packages.iter().map(|&package| package.to_owned()).collect();
            needs_of(&packages, plugins, "example.com/server")
        };
        assert_eq!(check(&[], false), None);
        let net = check(&["runtime/cgo", "net"], false).expect("needs");
        assert!(net.own_code.is_empty() && net.reasons.len() == 1);
        let own = check(
            &["runtime/cgo", "net", "main", "github.com/mattn/go-sqlite3"],
            false,
        )
        .expect("needs");
        assert_eq!(
            own.own_code,
            ["example.com/server", "github.com/mattn/go-sqlite3"]
        );
        assert!(
            check(&["runtime/cgo", "plugin"], true)
                .expect("needs")
                .opens_plugins
        );
        assert_eq!(
            check(&["runtime/cgo"], false).expect("needs").reasons.len(),
            1
        );
    }
}
