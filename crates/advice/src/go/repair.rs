//! What to type so that the next build fits: from the host's build info to commands.

use sayso_facts::go::Module;

use super::causes::{Mismatch, Reason};
use super::sides::Side;
use super::words::{variable, word};
use crate::finding::Fix;

/// Settings that are environment variables of `go build`, in the order in which they are typed. The compiler's own flags for C code are not
/// among them: they name folders of the machine that built the host.
const VARIABLES: &[&str] = &[
    "CGO_ENABLED",
    "GOEXPERIMENT",
    "GOARCH",
    "GOAMD64",
    "GOARM64",
    "GOARM",
    "GO386",
    "GOFIPS140",
];
/// Settings that are switches of `go build`.
const SWITCHES: &[&str] = &["-trimpath", "-race", "-msan", "-asan", "-cover"];
/// Settings that are flags with a value.
const FLAGS: &[&str] = &["-covermode", "-tags", "-gcflags", "-asmflags", "-compiler"];
/// Values that go without saying.
const DEFAULTS: &[(&str, &str)] = &[
    ("-compiler", "gc"),
    ("GOARCH", "amd64"),
    ("GOAMD64", "v1"),
    ("GOFIPS140", "off"),
    ("GOARM64", "v8.0"),
];

/// Which of a host's settings a build takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// As the host was built.
    AsHost,
    /// With `-trimpath`, whatever the host was built with: for both sides, where folders differ.
    Trimmed,
}

/// The environment and flags of `go build` that make packages equal to the host's: `(variables, flags)`, words of a shell.
pub fn settings(host: &Side, paths: Paths) -> (Vec<String>, Vec<String>) {
    let mut variables = Vec::new();
    if let Some(toolchain) = host
        .toolchain()
        .filter(|toolchain| toolchain.starts_with("go1"))
    {
        variables.push(variable("GOTOOLCHAIN", toolchain));
    }
    let is_default = |key: &str, value: &str| DEFAULTS.contains(&(key, value));
    for key in VARIABLES {
        let value = match *key {
            // A host that opens plugins has cgo; one that has not must get it.
            "CGO_ENABLED" => Some("1"),
            "GOEXPERIMENT" => Some(host.experiments()).filter(|names| !names.is_empty()),
            key => host.setting(key),
        };
        variables.extend(
            value
                .filter(|value| !is_default(key, value))
                .map(|value| variable(key, value)),
        );
    }
    let mut flags = Vec::new();
    for key in SWITCHES {
        let is_set = match (*key, paths) {
            ("-trimpath", Paths::Trimmed) => true,
            ("-trimpath", Paths::AsHost) => host.is_trimmed() == Some(true),
            (key, _) => host.switch(key) == Some(true),
        };
        flags.extend(is_set.then(|| (*key).to_owned()));
    }
    for key in FLAGS {
        let value = host.setting(key).filter(|value| !is_default(key, value));
        // A value without blanks reads best behind "="; one with blanks must be one word of the shell.
        flags.extend(value.map(|value| word(&format!("{key}={value}"))));
    }
    (variables, flags)
}

/// The command that builds a plugin for this host.
pub fn build_command(host: &Side, paths: Paths, output: &str, package: &str) -> String {
    let (variables, flags) = settings(host, paths);
    let mut words = variables;
    words.extend(["go".into(), "build".into(), "-buildmode=plugin".into()]);
    words.extend(flags);
    words.extend(["-o".into(), word(output), word(package)]);
    words.join(" ")
}

/// The command that builds the host again, as it was, but with `-trimpath` or with cgo.
pub fn host_command(host: &Side, paths: Paths, output: &str) -> String {
    let (variables, flags) = settings(host, paths);
    let mut words = variables;
    words.extend(["go".into(), "build".into()]);
    words.extend(flags);
    let package = host
        .info
        .as_ref()
        .map(|info| info.path.as_str())
        .filter(|path| !path.is_empty() && *path != "command-line-arguments");
    words.extend(["-o".into(), word(output), word(package.unwrap_or("."))]);
    words.join(" ")
}

/// The package to build, as it is named in the plugin's folder.
pub fn package_of(plugin: &Side) -> String {
    let path = plugin
        .info
        .as_ref()
        .map(|info| info.path.as_str())
        .unwrap_or_default();
    let path = if path.is_empty() {
        plugin.plugin_path.as_deref().unwrap_or_default()
    } else {
        path
    };
    let is_import_path = !path.is_empty()
        && path != "command-line-arguments"
        && !path.starts_with("plugin/unnamed-");
    if is_import_path {
        path.to_owned()
    } else {
        ".".into()
    }
}

/// Modules that both sides were built with, otherwise: `(host's, plugin's)`.
pub fn unequal_modules<'a>(host: &'a Side, plugin: &'a Side) -> Vec<(&'a Module, &'a Module)> {
    let (Some(host), Some(plugin)) = (&host.info, &plugin.info) else {
        return Vec::new();
    };
    let pairs = plugin
        .deps
        .iter()
        .filter_map(|other| Some((host.module(&other.path)?, other)));
    let differs = |(host, plugin): &(&Module, &Module)| {
        let same = |a: &Module, b: &Module| a.path == b.path && a.version == b.version;
        // With -trimpath the required version is in the paths, whatever replaces it.
        host.version != plugin.version || !same(host.effective(), plugin.effective())
    };
    pairs.filter(differs).collect()
}

/// `go mod edit` and `go get` for these modules.
fn module_fixes(host: &Side, pairs: &[(&Module, &Module)]) -> Vec<Fix> {
    let (mut edits, mut versions, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (new, old) in pairs {
        match &new.replace {
            Some(by) => {
                let target = match by.version.as_str() {
                    "" | "(devel)" => folder(host, new),
                    version => Some(format!("{}@{version}", by.path)),
                };
                match target {
                    Some(target) => edits.push(word(&format!("-replace={}={target}", new.path))),
                    None => unknown.push((new, by)),
                }
            }
            None if old.replace.is_some() && is_published(new) => {
                edits.push(word(&format!("-dropreplace={}", new.path)));
            }
            None => {}
        }
        if is_published(new) {
            versions.push(word(&format!("{}@{}", new.path, new.version)));
        }
    }
    let summary = "in the plugin's folder, take the host's modules";
    let fix = |command: String| Fix {
        summary: summary.into(),
        command: Some(command),
    };
    let mut fixes: Vec<Fix> = Vec::new();
    if !edits.is_empty() {
        fixes.push(fix(format!("go mod edit {}", edits.join(" "))));
    }
    if !versions.is_empty() {
        fixes.push(fix(format!("go get {}", versions.join(" "))));
    }
    fixes.extend(unknown.into_iter().map(|(module, by)| Fix {
        summary: format!(
            "replace {} in the plugin's go.mod by the folder that the host took it from: {}, seen from the host's own go.mod",
            module.path, by.path
        ),
        command: None,
    }));
    fixes
}

/// Its version can be asked for: the main module of the host, and one built from its folder, have none.
fn is_published(module: &Module) -> bool {
    module.version.starts_with('v') && !module.version.contains("+dirty")
}

/// The folder that a replaced module was compiled in, if the host's file names tell.
fn folder(host: &Side, module: &Module) -> Option<String> {
    let is_of = |package: &str| {
        package
            .strip_prefix(module.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut packages = host
        .sources()
        .iter()
        .map(|source| source.package.as_str())
        .filter(|package| is_of(package));
    let folder = packages.find_map(|package| host.folder_of(package, &module.path))?;
    folder.starts_with('/').then_some(folder)
}

/// What mends a plugin of another release: the host's modules, too, because the next build will be compared with them.
pub fn of_release(host: &Side, plugin: &Side, output: &str) -> Vec<Fix> {
    let command = |summary: &str, command: String| Fix {
        summary: summary.into(),
        command: Some(command),
    };
    let mut fixes = module_fixes(host, &unequal_modules(host, plugin));
    fixes.push(command(
        "build the plugin as the host was built",
        build_command(host, Paths::AsHost, output, &package_of(plugin)),
    ));
    fixes
}

/// Where the host cannot be built again: the plugin with the module in the very folder that the host took it from, as its file names tell.
fn same_folder(mismatch: Mismatch<'_>, output: &str, package: &str) -> Option<Fix> {
    let (module, folder) = mismatch.differing.iter().find_map(|package| {
        let module = mismatch.host.module_of(package)?;
        let folder = mismatch.host.folder_of(package, &module.path)?;
        let other = mismatch.plugin.folder_of(package, &module.path)?;
        (folder != other && folder.starts_with('/')).then_some((module, folder))
    })?;
    let effective = module.effective();
    let build = build_command(mismatch.host, Paths::AsHost, output, package);
    let cached = format!("/{}@{}", effective.path, effective.version);
    if let Some(cache) = folder.strip_suffix(&cached) {
        let build = build.replacen(" -buildmode=plugin", " -buildmode=plugin -mod=mod", 1);
        return Some(Fix {
            summary: "or leave the host, and build the plugin, not vendored, with a module cache in the host's place".into(),
            command: Some(format!("{} {build}", variable("GOMODCACHE", cache))),
        });
    }
    // A vendor folder is part of its main module: no other build can use it.
    (!folder.contains("/vendor/")).then(|| Fix {
        summary: "or leave the host, and build the plugin with the module in the host's place"
            .into(),
        command: Some(format!(
            "go mod edit {} && {build}",
            word(&format!("-replace={}={folder}", module.path))
        )),
    })
}

/// What mends differing packages, best first: the modules, then the build; where only folders differ, both sides with `-trimpath`.
pub fn of_mismatch(
    mismatch: Mismatch<'_>,
    reasons: &[Reason],
    output: &str,
    host_output: &str,
) -> Vec<Fix> {
    let has = |rule: &str| reasons.iter().any(|reason| reason.rule == rule);
    let command = |summary: &str, command: String| Fix {
        summary: summary.into(),
        command: Some(command),
    };
    let mut fixes = module_fixes(
        mismatch.host,
        &unequal_modules(mismatch.host, mismatch.plugin),
    );
    if has("go-code-differs") {
        fixes.push(Fix {
            summary: "take the very sources that the host was built from: its commit of a replaced or local module, its vendor folder".into(),
            command: None,
        });
    }
    let package = package_of(mismatch.plugin);
    let by_folder = has("go-module-directory-differs") && mismatch.host.is_trimmed() != Some(true);
    let paths = if by_folder {
        Paths::Trimmed
    } else {
        Paths::AsHost
    };
    if by_folder {
        fixes.push(command(
            "in the host's folder, build it again with -trimpath: then folders do not count",
            host_command(mismatch.host, paths, host_output),
        ));
    }
    let summary = if by_folder {
        "and the plugin in its own, too"
    } else {
        "build the plugin as the host was built"
    };
    fixes.push(command(
        summary,
        build_command(mismatch.host, paths, output, &package),
    ));
    if by_folder {
        fixes.extend(same_folder(mismatch, output, &package));
    }
    if mismatch.host.info.is_none() {
        fixes.push(Fix { summary: "the host's file holds no build info: the command shows what is known of it, and must be completed with the flags that it was built with".into(), command: None });
    }
    fixes
}

#[cfg(test)]
mod tests {
    use super::*;
    use sayso_facts::go::{BuildInfo, Version};

    fn side(release: &str, text: &str) -> Side {
        Side {
            release: Some(Version::parse(release)),
            info: Some(BuildInfo::parse(release, text)),
            ..Side::default()
        }
    }

    #[test]
    fn the_hosts_settings_become_a_command() {
        let check = |release: &str, text: &str, want: &str| {
            assert_eq!(
                build_command(&side(release, text), Paths::AsHost, "p.so", "."),
                want
            );
        };
        check(
            "go1.22.10",
            "build\t-buildmode=exe\nbuild\t-compiler=gc\nbuild\tCGO_ENABLED=1\nbuild\tGOARCH=amd64\nbuild\tGOAMD64=v1\n",
            "GOTOOLCHAIN=go1.22.10 CGO_ENABLED=1 go build -buildmode=plugin -o p.so .",
        );
        check(
            "go1.27.3-X:nodwarf5",
            "build\t-trimpath=true\nbuild\t-race=true\nbuild\t-tags=a,b\nbuild\t-gcflags=\"all=-N -l\"\nbuild\tGOAMD64=v3\nbuild\tGOEXPERIMENT=nodwarf5\n",
            "GOTOOLCHAIN=go1.27.3 CGO_ENABLED=1 GOEXPERIMENT=nodwarf5 GOAMD64=v3 go build -buildmode=plugin -trimpath -race -tags=a,b '-gcflags=all=-N -l' -o p.so .",
        );
    }

    #[test]
    fn modules_are_brought_to_the_hosts() {
        let host = side(
            "go1.22.10",
            "dep\texample.com/a\tv1.2.0\th1:x=\ndep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:z=\ndep\texample.com/c\tv1.0.0\th1:c=\ndep\texample.com/same\tv1.0.0\th1:s=\n",
        );
        let plugin = side(
            "go1.22.10",
            "dep\texample.com/a\tv1.1.0\th1:y=\ndep\texample.com/b\tv1.0.0\th1:b=\ndep\texample.com/c\tv1.0.0\n=>\t../c\t(devel)\t\ndep\texample.com/same\tv1.0.0\th1:s=\ndep\texample.com/own\tv1.0.0\th1:s=\n",
        );
        let pairs = unequal_modules(&host, &plugin);
        assert_eq!(
            module_fixes(&host, &pairs)
                .into_iter()
                .filter_map(|fix| fix.command)
                .collect::<Vec<_>>(),
            [
                "go mod edit -replace=example.com/b=example.com/fork@v1.0.1 -dropreplace=example.com/c",
                "go get example.com/a@v1.2.0 example.com/b@v1.0.0 example.com/c@v1.0.0"
            ]
        );
    }

    #[test]
    fn packages_are_named_as_in_their_folder() {
        assert_eq!(
            package_of(&side("", "path\texample.com/p/q\n")),
            "example.com/p/q"
        );
        assert_eq!(package_of(&side("", "path\tcommand-line-arguments\n")), ".");
        assert_eq!(
            package_of(&Side {
                plugin_path: Some("plugin/unnamed-1234".into()),
                ..Side::default()
            }),
            "."
        );
    }
}
