//! A new plugin that fits a host: the files of its folder, as text.

use sayso_facts::go::Module;

use super::repair::Build;
use super::sides::Side;

/// What the skeleton must know beside the host's side.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The new module's path.
    pub module: &'a str,
    /// The plugin's file.
    pub output: &'a str,
    /// The host as the user named it.
    pub host: &'a str,
    /// The host runs on musl.
    pub musl: bool,
}

/// The files, by name. Nothing is written here.
pub fn files(host: &Side, wanted: &Wanted<'_>) -> Vec<(&'static str, String)> {
    let mut files = vec![
        ("go.mod", go_mod(host, wanted)),
        ("main.go", main_go(wanted)),
        ("Makefile", makefile(host, wanted)),
        ("Containerfile", containerfile(host, wanted)),
        ("README.md", readme(host, wanted)),
        (".gitignore", format!("/{}\n", wanted.output)),
    ];
    files.extend(versions_go(host).map(|text| ("versions.go", text)));
    files
}

/// The version that a go.mod can ask for.
fn version(module: &Module) -> Option<&str> {
    Some(module.version.as_str())
        .filter(|version| version.starts_with('v') && !version.contains("+dirty"))
}

/// Modules of the host that everybody can get, as they were required.
fn published(host: &Side) -> impl Iterator<Item = (&Module, &str)> {
    let deps = host.info.iter().flat_map(|info| &info.deps);
    deps.filter_map(|module| {
        let is_folder = version(module.effective()).is_none();
        Some((module, version(module).filter(|_| !is_folder)?))
    })
}

fn go_mod(host: &Side, wanted: &Wanted<'_>) -> String {
    let minor = host
        .release
        .as_ref()
        .and_then(|release| release.minor)
        .unwrap_or(21);
    let mut text = format!(
        "module {}\n\ngo 1.{minor}{}\n",
        wanted.module,
        if minor >= 21 { ".0" } else { "" }
    );
    if let Some(toolchain) = host.toolchain().filter(|_| minor >= 21) {
        text.extend(["\ntoolchain ", toolchain, "\n"]);
    }
    let required = published(host).fold(String::new(), |mut lines, (module, version)| {
        lines.extend(["\t", &module.path, " ", version, "\n"]);
        lines
    });
    if !required.is_empty() {
        // With -trimpath the required version is part of what Go compares, whatever replaces it: replace lines alone would not do.
        text.push_str("\n// The versions that the host was built with. `go mod tidy` may raise one: `make versions` brings them back.\n");
        text.extend(["require (\n", &required, ")\n"]);
    }
    let replaced: String = published(host)
        .filter_map(|(module, _)| {
            let by = module.replace.as_deref()?;
            Some(format!("\t{} => {} {}\n", module.path, by.path, by.version))
        })
        .collect();
    if !replaced.is_empty() {
        text.extend(["\nreplace (\n", &replaced, ")\n"]);
    }
    for module in host
        .info
        .iter()
        .flat_map(|info| std::iter::once(&info.main).chain(&info.deps))
    {
        let is_published = published(host).any(|(known, _)| known.path == module.path);
        if !is_published && !module.path.is_empty() {
            text.push_str(&local(host, module));
        }
    }
    text
}

/// A file that is never compiled and imports a package of every module of the host, so that `go mod tidy` keeps their versions.
fn versions_go(host: &Side) -> Option<String> {
    let importable = |package: &&String| !package.split('/').any(|part| part == "internal");
    let imports: String = published(host)
        .filter_map(|(module, _)| {
            let is_of_it = |package: &&String| {
                let owner = host.module_of(package);
                owner.is_some_and(|owner| owner.path == module.path)
            };
            let packages = host.packages.iter().filter(importable).filter(is_of_it);
            let package = packages.min_by_key(|package| (package.len(), *package))?;
            Some(format!("\t_ \"{package}\"\n"))
        })
        .collect();
    (!imports.is_empty()).then(|| {
        format!(
            "//go:build never\n\n\
             // Nothing of this file is compiled. `go mod tidy` takes modules out of go.mod that nobody imports, and chooses a version of its own\n\
             // when one comes back; what is imported here keeps the host's. Delete the lines of modules that you cannot download.\n\n\
             package main\n\n\
             import (\n{imports})\n"
        )
    })
}

/// A module that the host was built with from a folder.
fn local(host: &Side, module: &Module) -> String {
    let is_of = |package: &&str| {
        package
            .strip_prefix(module.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let packages = host.sources().iter().map(|source| source.package.as_str());
    let folder = packages
        .filter(is_of)
        .find_map(|package| host.folder_of(package, &module.path))
        .filter(|folder| folder.starts_with('/'));
    let from = match (&module.replace, &folder) {
        (_, Some(folder)) => folder.clone(),
        (Some(by), None) => format!("{} beside its go.mod", by.path),
        (None, None) => "its own folder".into(),
    };
    let target = folder.unwrap_or_else(|| "../FOLDER".into());
    // A version that was never published is still part of the file names.
    let required = version(module).unwrap_or("v0.0.0");
    format!(
        "\n// The host took {path} from {from}: to use it, build against the same sources.\n// require {path} {required}\n// replace {path} => {target}\n",
        path = module.path
    )
}

fn main_go(wanted: &Wanted<'_>) -> String {
    let name = wanted.output.strip_suffix(".so").unwrap_or(wanted.output);
    format!(
        r#"// Command {name} is a plugin: exported functions and variables of package main are what Lookup finds.
package main

// Name is a variable: Lookup("Name") gives a *string.
var Name = "{name}"

// Run is a function: Lookup("Run") gives a func(string) (string, error).
func Run(input string) (string, error) {{
	return Name + ": " + input, nil
}}

// go vet and editors expect a main; a plugin never runs it.
func main() {{}}
"#
    )
}

fn build_parts(host: &Side) -> (String, String) {
    let (variables, flags) = Build::like(host).settings();
    let flags: Vec<String> = flags.into_iter().map(|flag| format!(" {flag}")).collect();
    (variables.join(" "), flags.concat())
}

fn makefile(host: &Side, wanted: &Wanted<'_>) -> String {
    let (variables, flags) = build_parts(host);
    // A dollar would be make's own.
    let (variables, flags) = (variables.replace('$', "$$"), flags.replace('$', "$$"));
    let Wanted { output, host, .. } = wanted;
    let host = super::words::word(host).replace('$', "$$");
    format!(
        "# Settings of the host: another toolchain, tag or flag changes the hashes of packages, and the host refuses the plugin.\n\
         HOST ?= {host}\n\n\
         {output}: $(wildcard *.go) go.mod\n\
         \t{variables} go build -buildmode=plugin{flags} -o $@ .\n\n\
         # Says what plugin.Open will say, without running anything.\n\
         check: {output}\n\
         \tsayso go $(HOST) ./{output}\n\n\
         # Brings go.mod back to the host's versions, after `go get` or `go mod tidy` has raised one.\n\
         versions:\n\
         \tsayso go gomod --host $(HOST) --write go.mod\n\n\
         clean:\n\
         \trm -f {output}\n\n\
         .PHONY: check versions clean\n"
    )
}

fn containerfile(host: &Side, wanted: &Wanted<'_>) -> String {
    let (variables, flags) = build_parts(host);
    let toolchain = host
        .toolchain()
        .and_then(|toolchain| toolchain.strip_prefix("go"))
        .unwrap_or("1");
    let (image, tools) = if wanted.musl {
        (
            format!("golang:{toolchain}-alpine"),
            "# cgo needs a C compiler.\nRUN apk add --no-cache gcc musl-dev\n",
        )
    } else {
        (format!("golang:{toolchain}"), "")
    };
    let output = wanted.output;
    format!(
        "# The host's own toolchain. Its C library must not be newer than the one where the host runs:\n\
         # `sayso check {output}` there says whether it is.\n\
         FROM {image} AS build\n{tools}\
         WORKDIR /src\n\
         COPY . .\n\
         RUN {variables} go build -buildmode=plugin{flags} -o /{output} .\n\n\
         FROM scratch\n\
         COPY --from=build /{output} /{output}\n"
    )
}

fn readme(host: &Side, wanted: &Wanted<'_>) -> String {
    let output = wanted.output;
    let release = host.toolchain().unwrap_or("an unnamed release");
    let command = Build::like(host).plugin(output, ".");
    let mut text = format!(
        "# {output}\n\nA Go plugin for `{}`, which was built with {release}.\n\n    make          # {command}\n    make check    # sayso go HOST ./{output}\n\n",
        wanted.host
    );
    text.push_str("Go opens a plugin only if every package that both have was compiled alike: the same release, flags, tags and versions.\n");
    if versions_go(host).is_some() {
        text.push_str("`go get` and `go mod tidy` work as ever; `make versions` brings back what they raise. versions.go is never compiled: it only keeps\nthe host's modules in go.mod.\n\n");
    }
    text.push_str("The Makefile and go.mod hold what the host's file tells. When the host is built anew, make them anew, too:\n");
    text.push_str("`sayso go gomod --host HOST go.mod` brings the versions up to date.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sayso_facts::go::{BuildInfo, Version};

    #[test]
    fn a_skeleton_holds_the_hosts_settings_and_versions() {
        let text = "mod\texample.com/host\t(devel)\t\ndep\texample.com/a\tv1.2.0\th1:a=\ndep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:z=\ndep\texample.com/c\tv0.3.0\n=>\t../c\t(devel)\t\nbuild\t-trimpath=true\nbuild\t-tags=a,b\n";
        let host = Side {
            release: Some(Version::parse("go1.22.10")),
            info: Some(BuildInfo::parse("go1.22.10", text)),
            packages: [
                "example.com/a/internal",
                "example.com/a/x",
                "example.com/a/xy",
                "fmt",
            ]
            .map(str::to_owned)
            .into(),
            ..Side::default()
        };
        let wanted = Wanted {
            module: "example.com/p",
            output: "p.so",
            host: "./my host",
            musl: false,
        };
        let files = files(&host, &wanted);
        let file = |name: &str| {
            files
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| text.clone())
                .unwrap_or_default()
        };
        let go_mod = file("go.mod");
        assert!(
            go_mod.starts_with("module example.com/p\n\ngo 1.22.0\n\ntoolchain go1.22.10\n"),
            "{go_mod}"
        );
        assert!(go_mod.contains("require (\n\texample.com/a v1.2.0\n\texample.com/b v1.0.0\n)\n\nreplace (\n\texample.com/b => example.com/fork v1.0.1\n)\n"), "{go_mod}");
        let versions = file("versions.go");
        assert!(
            versions.starts_with("//go:build never\n")
                && versions.ends_with("import (\n\t_ \"example.com/a/x\"\n)\n"),
            "{versions}"
        );
        assert!(
            go_mod.contains(
                "// require example.com/c v0.3.0\n// replace example.com/c => ../FOLDER\n"
            ),
            "{go_mod}"
        );
        let makefile = file("Makefile");
        assert!(makefile.contains("\tGOTOOLCHAIN=go1.22.10 CGO_ENABLED=1 go build -buildmode=plugin -trimpath -tags=a,b -o $@ .\n"), "{makefile}");
        assert!(makefile.contains("HOST ?= './my host'\n"), "{makefile}");
        assert!(file("Containerfile").contains("FROM golang:1.22.10 AS build\n"));
    }
}
