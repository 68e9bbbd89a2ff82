//! What to type so that the next build fits: from the host's build info to commands.

use sayso_facts::go::{CoverMode, Module};

use super::causes::{self, Folders, Mismatch, Reason, is_vendored};
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
const SWITCHES: &[&str] = &["-race", "-msan", "-asan"];
/// Settings that are flags with a value.
const FLAGS: &[&str] = &["-tags", "-gcflags", "-asmflags", "-compiler"];
/// Values that go without saying.
const DEFAULTS: &[(&str, &str)] = &[
    ("-compiler", "gc"),
    ("GOARCH", "amd64"),
    ("GOAMD64", "v1"),
    ("GOFIPS140", "off"),
    ("GOARM64", "v8.0"),
];

/// A build whose packages are to be equal to the host's.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    host: &'a Side,
    /// The plugin that is built anew, if there is one.
    plugin: Option<&'a Side>,
    trimmed: bool,
    unvendored: bool,
}

impl<'a> Build<'a> {
    /// A build with the settings that the host was built with.
    pub fn like(host: &'a Side) -> Build<'a> {
        Build {
            host,
            plugin: None,
            trimmed: host.is_trimmed() == Some(true),
            unvendored: false,
        }
    }

    /// The plugin that is built anew: only its packages matter.
    #[must_use]
    pub fn of_plugin(self, plugin: &'a Side) -> Build<'a> {
        Build {
            plugin: Some(plugin),
            ..self
        }
    }

    /// With `-trimpath`, whatever the host was built with: for both sides, where folders differ.
    #[must_use]
    pub fn trimmed(self) -> Build<'a> {
        Build {
            trimmed: true,
            ..self
        }
    }

    /// With the modules that go.mod names, not with copies of them in a vendor folder.
    #[must_use]
    pub fn unvendored(self) -> Build<'a> {
        Build {
            unvendored: true,
            ..self
        }
    }

    /// The environment and flags of `go build` that make a plugin's packages equal to the host's: `(variables, flags)`, words of a shell.
    pub fn settings(&self) -> (Vec<String>, Vec<String>) {
        (self.variables(), self.flags(self.counted()))
    }

    /// The command that builds a plugin.
    pub fn plugin(&self, output: &str, package: &str) -> String {
        let (mut words, flags) = self.settings();
        words.extend(["go".into(), "build".into(), "-buildmode=plugin".into()]);
        words.extend(self.unvendored.then(|| "-mod=mod".to_owned()));
        words.extend(flags);
        words.extend(["-o".into(), word(output), package.to_owned()]);
        words.join(" ")
    }

    /// The command that builds the host again, as it was, but with cgo, and with `-trimpath` if that is wanted.
    pub fn host(&self, output: &str) -> String {
        let info = self.host.info.as_ref();
        let own = info
            .map(|info| info.path.as_str())
            .filter(|path| !path.is_empty() && *path != "command-line-arguments");
        let coverage = self.host.coverage();
        let counted = coverage.packages.iter().filter_map(|package| {
            let path = if package == "main" { own? } else { package };
            Some(path.to_owned())
        });
        let mut words = self.variables();
        words.extend(["go".into(), "build".into()]);
        words.extend(self.flags(counted.collect()));
        words.extend(["-o".into(), word(output), word(own.unwrap_or("."))]);
        words.join(" ")
    }

    fn variables(&self) -> Vec<String> {
        let host = self.host;
        let mut variables = Vec::new();
        if let Some(toolchain) = host
            .toolchain()
            .filter(|toolchain| toolchain.starts_with("go1"))
        {
            variables.push(variable("GOTOOLCHAIN", toolchain));
        }
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
        variables
    }

    /// Flags, with these packages counted for coverage.
    fn flags(&self, counted: Vec<String>) -> Vec<String> {
        let host = self.host;
        let mut flags = Vec::new();
        flags.extend(self.trimmed.then(|| "-trimpath".to_owned()));
        for key in SWITCHES {
            flags.extend((host.switch(key) == Some(true)).then(|| (*key).to_owned()));
        }
        if !counted.is_empty() {
            flags.push("-cover".into());
            let usual = match host.switch("-race") {
                Some(true) => CoverMode::Atomic,
                _ => CoverMode::Set,
            };
            let mode = host.coverage().mode.filter(|mode| *mode != usual);
            flags.extend(mode.map(|mode| format!("-covermode={}", causes::mode_name(mode))));
            flags.push(word(&format!("-coverpkg={}", counted.join(","))));
        }
        for key in FLAGS {
            let value = host.setting(key).filter(|value| !is_default(key, value));
            // A value without blanks reads best behind "="; one with blanks must be one word of the shell.
            flags.extend(value.map(|value| word(&format!("{key}={value}"))));
        }
        flags
    }

    /// The packages that the host counts coverage in and the plugin shares, or may share. The host's own main package is nobody else's.
    fn counted(&self) -> Vec<String> {
        let is_shared = |package: &&String| {
            let known = self.plugin.map(|plugin| &plugin.packages);
            *package != "main" && known.is_none_or(|packages| packages.contains(package))
        };
        let packages = self.host.coverage().packages.iter();
        packages.filter(is_shared).cloned().collect()
    }
}

fn is_default(key: &str, value: &str) -> bool {
    DEFAULTS.contains(&(key, value))
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
    let summary = "in the plugin's folder, take the host's modules (where it has a vendor folder: go mod vendor after that)";
    let mut fixes: Vec<Fix> = Vec::new();
    if !edits.is_empty() {
        fixes.push(command(summary, format!("go mod edit {}", edits.join(" "))));
    }
    if !versions.is_empty() {
        fixes.push(command(summary, format!("go get {}", versions.join(" "))));
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

fn command(summary: &str, command: String) -> Fix {
    Fix {
        summary: summary.into(),
        command: Some(command),
    }
}

/// What mends a plugin of another release: the host's modules, too, because the next build will be compared with them.
pub fn of_release(host: &Side, plugin: &Side, output: &str) -> Vec<Fix> {
    let mut fixes = module_fixes(host, &unequal_modules(host, plugin));
    let build = Build::like(host).of_plugin(plugin);
    fixes.push(command(
        "build the plugin as the host was built",
        build.plugin(output, &word(&package_of(plugin))),
    ));
    fixes
}

/// What gives a plugin a path of its own: built from its files, the path is a sum of their contents (`cmd/go`: `pluginPath`).
/// `-ldflags=-pluginpath` is no way out: the compiler does not know of it, and Go then finds none of the plugin's symbols.
pub fn of_same_path(host: &Side, plugin: &Side, output: &str) -> Vec<Fix> {
    let tags = host.tags().join(",");
    let tags = if tags.is_empty() {
        String::new()
    } else {
        word(&format!("-tags={tags}")) + " "
    };
    let files = ["GoFiles", "CgoFiles"]
        .map(|list| format!("{{{{range .{list}}}}}{{{{$.Dir}}}}/{{{{.}}}} {{{{end}}}}"))
        .concat();
    let listed = format!(
        "$(go list -f '{files}' {tags}{})",
        word(&package_of(plugin))
    );
    let build = Build::like(host).of_plugin(plugin);
    vec![
        command(
            "build it from its files: then its plugin path is a sum of their contents",
            build.plugin(output, &listed),
        ),
        Fix {
            summary: "or from another folder, or under another module name (go mod edit -module=NAME): its main package's import path is the plugin path".into(),
            command: None,
        },
    ]
}

/// Whether the folder of a package is out of the plugin's reach: part of the host's own module, or of a module cache elsewhere.
fn is_out_of_reach(folders: &Folders<'_>) -> bool {
    let cache = |folder: &str| {
        let (before, version) = folder
            .rsplit_once('@')
            .filter(|_| folder.starts_with('/'))?;
        let is_versioned = version.starts_with('v') && !version.contains('/');
        let root = before.strip_suffix(folders.module.effective().path.as_str())?;
        is_versioned.then(|| root.to_owned())
    };
    let (host, plugin) = (cache(&folders.host), cache(&folders.plugin));
    is_vendored(&folders.host) || (host.is_some() && plugin.is_some() && host != plugin)
}

/// Where the host cannot be built again: the plugin with the module in the very folder that the host took it from, as its file names tell.
fn same_folder(mismatch: Mismatch<'_>, output: &str, package: &str) -> Option<Fix> {
    let elsewhere =
        |folders: &Folders<'_>| folders.host != folders.plugin && folders.host.starts_with('/');
    let Folders {
        module,
        host: folder,
        ..
    } = causes::folders(mismatch).find(elsewhere)?;
    let effective = module.effective();
    let build = Build::like(mismatch.host).of_plugin(mismatch.plugin);
    let cached = format!("/{}@{}", effective.path, effective.version);
    if let Some(cache) = folder.strip_suffix(&cached) {
        return Some(command(
            "or leave the host, and build the plugin, not vendored, with a module cache in the host's place",
            format!(
                "{} {}",
                variable("GOMODCACHE", cache),
                build.unvendored().plugin(output, package)
            ),
        ));
    }
    (!is_vendored(&folder)).then(|| {
        command(
            "or leave the host, and build the plugin with the module in the host's place",
            format!(
                "go mod edit {} && {}",
                word(&format!("-replace={}={folder}", module.path)),
                build.plugin(output, package)
            ),
        )
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
    let (host, plugin) = (mismatch.host, mismatch.plugin);
    let mut fixes = module_fixes(host, &unequal_modules(host, plugin));
    if has("go-code-differs") {
        fixes.push(Fix {
            summary: "take the very sources that the host was built from: its commit of a replaced or local module, its vendor folder".into(),
            command: None,
        });
    }
    let package = word(&package_of(plugin));
    let build = Build::like(host).of_plugin(plugin);
    // With -trimpath, folders do not count.
    let counts_folders = host.is_trimmed() != Some(true);
    let by_folder = counts_folders
        && (has("go-module-directory-differs")
            || causes::folders(mismatch).any(|folders| is_out_of_reach(&folders)));
    let is_vendored_alone =
        |folders: Folders<'_>| is_vendored(&folders.plugin) && !is_vendored(&folders.host);
    if by_folder {
        fixes.push(command(
            "in the host's folder, build it again with -trimpath: then folders do not count",
            build.trimmed().host(host_output),
        ));
        fixes.push(command(
            "and the plugin in its own, too",
            build.trimmed().plugin(output, &package),
        ));
        fixes.extend(same_folder(mismatch, output, &package));
    } else if counts_folders && causes::folders(mismatch).any(is_vendored_alone) {
        fixes.push(command(
            "build the plugin as the host was built: from modules, not from its vendor folder",
            build.unvendored().plugin(output, &package),
        ));
    } else {
        fixes.push(command(
            "build the plugin as the host was built",
            build.plugin(output, &package),
        ));
    }
    if host.info.is_none() {
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
            assert_eq!(Build::like(&side(release, text)).plugin("p.so", "."), want);
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
