//! What one Go file tells of how it was built.

use std::cell::OnceCell;

use sayso_facts::go::{
    BuildInfo, Coverage, Mode, Module, PackageSources, PluginSupport, Program, Version,
};

/// Host or plugin, as far as the two are compared.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// The toolchain's release; `None`: a plugin up to Go 1.19 that does not say.
    pub release: Option<Version>,
    /// Modules and settings. Plugins have none up to Go 1.19.
    pub info: Option<BuildInfo>,
    /// The plugin's path; `None` for a host.
    pub plugin_path: Option<String>,
    /// Its packages: those that a plugin compares, in Go's order; those that a host offers.
    pub packages: Vec<String>,
    /// Whether it can open plugins.
    pub support: Option<PluginSupport>,
    /// What it was built as.
    pub mode: Option<Mode>,
    pub(super) program: Option<Program>,
    pub(super) sources: OnceCell<Vec<PackageSources>>,
    pub(super) coverage: OnceCell<Coverage>,
}

/// `-gcflags` that change what a package exports; optimisation alone (`-N`) does not.
const EXPORTING_FLAGS: &[&str] = &["-l", "-trimpath", "-d", "-lang", "-G"];

impl Side {
    /// The side of a file.
    pub fn of(program: &Program) -> Side {
        let compared = program
            .package_hashes
            .iter()
            .map(|hash| hash.package.clone());
        let mut packages: Vec<String> = compared.collect();
        if packages.is_empty() {
            let offered = program.offered_hashes.iter();
            packages = offered.map(|offered| offered.package.clone()).collect();
        }
        Side {
            release: program.version.clone(),
            info: program.build_info.clone(),
            plugin_path: program.plugin_path.clone(),
            packages,
            support: Some(program.plugin_support()),
            mode: Some(program.mode),
            program: Some(program.clone()),
            sources: OnceCell::new(),
            coverage: OnceCell::new(),
        }
    }

    /// A side with these files of packages instead of a file's own.
    #[must_use]
    pub fn with_sources(self, sources: Vec<PackageSources>) -> Side {
        Side {
            sources: sources.into(),
            ..self
        }
    }

    /// A side with this coverage instead of a file's own.
    #[must_use]
    pub fn with_coverage(self, coverage: Coverage) -> Side {
        Side {
            coverage: coverage.into(),
            ..self
        }
    }

    /// The file's Go side, if there is a file behind it.
    pub fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }

    /// Which files each package was compiled from; read when it is first asked for.
    pub fn sources(&self) -> &[PackageSources] {
        let read = || {
            self.program
                .as_ref()
                .map(Program::sources)
                .unwrap_or_default()
        };
        self.sources.get_or_init(read)
    }

    /// Which packages count coverage; read when it is first asked for.
    pub fn coverage(&self) -> &Coverage {
        let read = || {
            self.program
                .as_ref()
                .map(Program::coverage)
                .unwrap_or_default()
        };
        self.coverage.get_or_init(read)
    }

    /// A package counts coverage.
    pub fn covers(&self, package: &str) -> bool {
        let packages = &self.coverage().packages;
        packages
            .binary_search_by(|known| known.as_str().cmp(package))
            .is_ok()
    }

    /// The files of one package.
    pub fn files(&self, package: &str) -> &[String] {
        let called = if self.plugin_path.as_deref() == Some(package) {
            [package, "main"]
        } else {
            [package; 2]
        };
        let mut found = self
            .sources()
            .iter()
            .filter(|source| called.contains(&source.package.as_str()));
        found.next().map_or(&[], |source| &source.files)
    }

    /// A build setting's value; an empty one counts as none.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.info
            .as_ref()?
            .setting(key)
            .filter(|value| !value.is_empty())
    }

    /// A switch of the build (`-race`); `None` if the file does not tell.
    pub fn switch(&self, key: &str) -> Option<bool> {
        let info = self
            .info
            .as_ref()
            .filter(|info| !info.settings.is_empty())?;
        Some(info.setting(key) == Some("true"))
    }

    /// Whether it was built with `-trimpath`: the setting, or where that is not there, whether the standard library's files have folders.
    pub fn is_trimmed(&self) -> Option<bool> {
        self.switch("-trimpath").or_else(|| {
            let mut files = self
                .sources()
                .iter()
                .filter(|source| is_standard(&source.package))
                .flat_map(|source| &source.files);
            files
                .find(|file| is_go_file(file) && !file.starts_with('_') && !file.starts_with('<'))
                .map(|file| !file.starts_with('/'))
        })
    }

    /// Whether it was built with cgo.
    pub fn has_cgo(&self) -> Option<bool> {
        match self
            .info
            .as_ref()
            .and_then(|info| info.setting("CGO_ENABLED"))
        {
            Some("1") => Some(true),
            Some("0") => Some(false),
            _ => self
                .packages
                .iter()
                .any(|package| package == "runtime/cgo")
                .then_some(true),
        }
    }

    /// Build tags, sorted.
    pub fn tags(&self) -> Vec<&str> {
        let mut tags: Vec<&str> = self
            .setting("-tags")
            .unwrap_or_default()
            .split([',', ' '])
            .filter(|tag| !tag.is_empty())
            .collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// The part of `-gcflags` that reaches packages other than main and changes what they export; empty if there is none.
    pub fn exporting_flags(&self) -> String {
        let flags = self.setting("-gcflags").unwrap_or_default();
        let Some((pattern, flags)) = flags
            .split_once('=')
            .filter(|(pattern, _)| !pattern.starts_with('-'))
        else {
            // Without a pattern, flags are for the packages named on the command line: main.
            return String::new();
        };
        let is_exporting = |flag: &&str| {
            let name = flag.split('=').next().unwrap_or_default();
            EXPORTING_FLAGS.contains(&name)
        };
        let words: Vec<&str> = flags.split(' ').filter(is_exporting).collect();
        if words.is_empty() {
            String::new()
        } else {
            format!("{pattern}={}", words.join(" "))
        }
    }

    /// Experiments of the compiler: the setting, or what stands behind `X:` in the release.
    pub fn experiments(&self) -> &str {
        let in_release = self
            .release
            .as_ref()
            .and_then(|release| release.text.split_once("X:"))
            .map(|(_, names)| names);
        self.setting("GOEXPERIMENT")
            .or(in_release)
            .unwrap_or_default()
    }

    /// The release without experiments and remarks: what `GOTOOLCHAIN` takes, and what two sides must have in common.
    pub fn toolchain(&self) -> Option<&str> {
        let text = self.release.as_ref()?.toolchain();
        Some(text.split("-X:").next().unwrap_or(text)).filter(|text| !text.is_empty())
    }

    /// The module that a package is of, by the build info.
    pub fn module_of(&self, package: &str) -> Option<&Module> {
        self.info.as_ref()?.module_of_package(package)
    }

    /// The folder that a module's package was compiled in, taken from the package's files: what stands before the package's own part. With
    /// `-trimpath` it is `MODULE@VERSION`, or the module's path alone.
    pub fn folder_of(&self, package: &str, module: &str) -> Option<String> {
        let below = package.strip_prefix(module).unwrap_or_default();
        let file = self
            .files(package)
            .iter()
            .find(|file| is_go_file(file) && is_in(file, below))?;
        let folder = &file[..file.rfind('/')?];
        folder.strip_suffix(below).map(str::to_owned)
    }
}

/// Compilers write Go's own file names so, and no other.
fn is_go_file(file: &str) -> bool {
    file.as_bytes().ends_with(b".go")
}

/// The file lies directly in a folder whose path ends so.
fn is_in(file: &str, below: &str) -> bool {
    file.rfind('/')
        .is_some_and(|at| file[..at].ends_with(below))
        && !file.starts_with('_')
}

/// First elements of the standard library's paths, Go 1.19 to 1.27. A module's path may lack a dot as well, so that alone does not tell.
const STANDARD: &[&str] = &[
    "archive",
    "arena",
    "bufio",
    "builtin",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "simd",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "uuid",
    "vendor",
    "weak",
];

/// A package of the standard library, by its path alone.
pub fn is_standard(package: &str) -> bool {
    let first = package.split('/').next().unwrap_or_default();
    // Loose files have the path plugin/unnamed-HASH.
    STANDARD.contains(&first) && !package.starts_with("plugin/unnamed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &str) -> Side {
        Side {
            info: Some(BuildInfo::parse("go1.22.10", settings)),
            ..Side::default()
        }
    }

    #[test]
    fn only_flags_that_reach_other_packages_count() {
        let flags = |text: &str| with(&format!("build\t-gcflags={text}\n")).exporting_flags();
        assert_eq!(flags("\"all=-N -l\""), "all=-l");
        assert_eq!(flags("all=-N"), "");
        assert_eq!(flags("\"-N -l\""), "");
        assert_eq!(flags("example.com/...=-l"), "example.com/...=-l");
        assert_eq!(flags("all=-trimpath=/x"), "all=-trimpath=/x");
    }

    #[test]
    fn tags_have_no_order() {
        assert_eq!(with("build\t-tags=b,a,b\n").tags(), ["a", "b"]);
        assert_eq!(with("build\t-tags=\"b a\"\n").tags(), ["a", "b"]);
    }

    #[test]
    fn folders_are_what_stands_before_the_package() {
        let sources = |file: &str| {
            vec![PackageSources {
                package: "example.com/shared/leaf".into(),
                files: vec!["_cgo_gotypes.go".into(), file.into()],
            }]
        };
        let folder = |file: &str| {
            Side::default()
                .with_sources(sources(file))
                .folder_of("example.com/shared/leaf", "example.com/shared")
        };
        assert_eq!(
            folder("/home/me/shared/leaf/leaf.go").as_deref(),
            Some("/home/me/shared")
        );
        assert_eq!(
            folder("example.com/shared@v1.0.0/leaf/leaf.go").as_deref(),
            Some("example.com/shared@v1.0.0")
        );
        assert_eq!(folder("/x/other.go"), None);
    }

    #[test]
    fn toolchains_are_named_as_they_are_asked_for() {
        let toolchain = |text: &str| {
            Side {
                release: Some(Version::parse(text)),
                ..Side::default()
            }
            .toolchain()
            .map(str::to_owned)
        };
        assert_eq!(
            toolchain("go1.27.3-X:nodwarf5").as_deref(),
            Some("go1.27.3")
        );
        assert_eq!(toolchain("go1.22.1 X:loopvar").as_deref(), Some("go1.22.1"));
        assert_eq!(toolchain(""), None);
    }

    #[test]
    fn the_standard_library_is_known_by_its_paths() {
        assert!(is_standard("net/http") && is_standard("runtime"));
        assert!(
            !is_standard("example.com/a")
                && !is_standard("main")
                && !is_standard("myapp/api")
                && !is_standard("plugin/unnamed-1")
        );
    }
}
