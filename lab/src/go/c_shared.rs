//! Go libraries for C (`-buildmode=c-shared`), opened by real C programs: what the rules about them claim, held against what happens.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sayso_advice::{Finding, Level, advise};
use sayso_loader::messages::Failure;
use sayso_loader::request::DlopenFlags;
use sayso_loader::{Request, Session, Start, Step};
use sayso_world::live::Live;
use sayso_world::{TargetPath, detect};

use super::build;
use super::case::{Case, Recipe};
use super::record::Stage;

/// The library's only file.
const LIBRARY: &str = "package main\n\nimport \"C\"\n\n//export Add\nfunc Add(a, b int) int { return a + b }\n\nfunc main() {}\n";
/// Opens each of its arguments, calls `Add`, closes it, and looks whether it is still mapped.
const OPENER: &str = r#"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
static int mapped(const char *name) {
    char line[4096];
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) found |= strstr(line, name) != NULL;
    return found;
}
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        void *library = dlopen(argv[i], RTLD_NOW);
        if (!library) { printf("%s\n", dlerror()); continue; }
        long long (*add)(long long, long long) = dlsym(library, "Add");
        long long sum = add(1, 2);
        int closed = dlclose(library);
        printf("sum %lld, closed %d, mapped %d\n", sum, closed, mapped(strrchr(argv[i], '/')));
    }
    fflush(stdout);
    return 0;
}
"#;

/// A stage with the libraries `a.so` and `b.so` and the program `opener`, all of one C compiler.
fn stage(compiler: &str, release: &str) -> Result<Stage> {
    let library = |name: &str| Recipe {
        name: name.into(),
        package: "plugins/library".into(),
        release: Some(release.into()),
        flags: vec!["-buildmode=c-shared".into()],
        environment: vec![("CC".into(), compiler.into())],
        edits: vec![(
            "plugins/library/library.go".into(),
            String::new(),
            LIBRARY.into(),
        )],
        ..Recipe::default()
    };
    let case = Case {
        host: library("a.so"),
        plugins: vec![library("b.so")],
        ..Case::default()
    };
    let stage = Stage::set(&case, &format!("c-shared_{compiler}_{release}"))?;
    let source = stage.folder().join("opener.c");
    fs::write(&source, OPENER)?;
    let mut command = Command::new(compiler);
    command.arg("-o").arg(stage.folder().join("opener"));
    build::output(command.arg(&source).arg("-ldl"))?;
    Ok(stage)
}

fn path(stage: &Stage, name: &str) -> String {
    stage.folder().join(name).display().to_string()
}

/// What the real program prints, a line for each library.
fn told(stage: &Stage, libraries: &[&str]) -> Result<Vec<String>> {
    let mut command = Command::new(stage.folder().join("opener"));
    command.args(libraries.iter().map(|name| path(stage, name)));
    let text = build::output(&mut command)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// What is predicted.
struct Predicted {
    /// The failure of each step.
    failures: Vec<Option<String>>,
    findings: Vec<Finding>,
    /// Names of what cannot be known.
    gaps: Vec<&'static str>,
}

/// What is predicted of the real program's way.
fn predicted(stage: &Stage, libraries: &[&str]) -> Predicted {
    let world = Live::with_machine(detect::this_machine());
    let session = Session::new(&world);
    let program = path(stage, "opener");
    let open = |name: &&str| Step::Dlopen {
        name: path(stage, name).into_bytes(),
        flags: DlopenFlags {
            now: true,
            ..DlopenFlags::default()
        },
        from: None,
    };
    let request = Request {
        start: Start::Exec {
            path: TargetPath::new(program.as_bytes()),
            arguments: vec![program.clone().into_bytes()],
        },
        steps: libraries.iter().map(open).collect(),
        loader: None,
        release: None,
    };
    let trace = session.predict(&request);
    let text = |failure: &Failure| String::from_utf8_lossy(&failure.text()).into_owned();
    let steps = trace.steps.iter();
    Predicted {
        failures: steps
            .clone()
            .map(|step| step.failure.as_ref().map(text))
            .collect(),
        findings: advise(&session, &request, &trace, Level::Note),
        gaps: steps
            .flat_map(|step| &step.gaps)
            .map(|gap| gap.name)
            .collect(),
    }
}

fn says(findings: &[Finding], rule: &str) -> bool {
    findings.iter().any(|finding| finding.rule.name == rule)
}

/// On glibc: it works, stays when it is closed, and two of them are two runtimes.
///
/// # Errors
/// What differs.
pub fn on_glibc(release: &str) -> Result<()> {
    let stage = stage("cc", release)?;
    let real = told(&stage, &["a.so", "b.so"])?;
    let well = "sum 3, closed 0, mapped 1";
    ensure!(real == [well, well], "the real program says {real:?}");
    let Predicted {
        failures, findings, ..
    } = predicted(&stage, &["a.so", "b.so"]);
    ensure!(failures == [None, None], "predicted: {failures:?}");
    for rule in [
        "go-c-shared-cannot-unload",
        "go-two-runtimes",
        "go-c-shared-exports",
    ] {
        ensure!(says(&findings, rule), "{rule} does not speak");
    }
    ensure!(
        !says(&findings, "go-c-shared-on-musl"),
        "glibc is taken for musl"
    );
    let findings = predicted(&stage, &["a.so"]).findings;
    ensure!(
        !says(&findings, "go-two-runtimes"),
        "one runtime is taken for two"
    );
    header(&stage)
}

/// The header of another build: names on both sides are told.
fn header(stage: &Stage) -> Result<()> {
    let header = stage.folder().join("a.h");
    let level_with = |text: &str| -> Result<Level> {
        fs::write(&header, text)?;
        let findings = predicted(stage, &["a.so"]).findings;
        let found = findings
            .iter()
            .find(|finding| finding.rule.name == "go-c-shared-exports");
        let found = found.context("the exports are not told")?;
        ensure!(found.message.contains("Add"), "{}", found.message);
        Ok(found.level)
    };
    let fits = level_with("extern GoInt Add(GoInt a, GoInt b);\n")?;
    let gone =
        level_with("extern GoInt Add(GoInt a, GoInt b);\nextern GoInt Sub(GoInt a, GoInt b);\n")?;
    ensure!(
        (fits, gone) == (Level::Note, Level::Warning),
        "the header that fits: {fits:?}; another one's: {gone:?}"
    );
    Ok(())
}

/// On musl: refused, in musl's words.
///
/// # Errors
/// What differs.
pub fn on_musl(release: &str) -> Result<()> {
    let stage = stage("musl-gcc", release)?;
    let real = told(&stage, &["a.so"])?;
    let Predicted {
        failures,
        findings,
        gaps,
    } = predicted(&stage, &["a.so"]);
    let ours: Vec<String> = failures
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect();
    ensure!(
        real.len() == 1 && ours.len() == 1,
        "real {real:?}\npredicted {ours:?}"
    );
    // musl prints a variable here that it has not set; that the name may be anything must be said.
    let known = |text: &str| {
        let (before, rest) = text.split_once("a.so: ")?;
        let (_, after) = rest.split_once(": ")?;
        Some((before.to_owned(), after.to_owned()))
    };
    ensure!(
        known(&real[0]).is_some() && known(&real[0]) == known(&ours[0]),
        "real {real:?}\npredicted {ours:?}"
    );
    ensure!(
        gaps.contains(&"symbol-name-not-set"),
        "the gaps are {gaps:?}"
    );
    ensure!(
        says(&findings, "go-c-shared-on-musl"),
        "go-c-shared-on-musl does not speak"
    );
    Ok(())
}

/// The compiler that is needed for [`on_musl`] is here.
pub fn has_musl() -> bool {
    Path::new("/usr/bin/musl-gcc").exists()
}
