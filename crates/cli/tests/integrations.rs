//! The ready-made integrations: the action's and the template's own steps are run, cmake and cargo build for real.

mod place;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use place::{Folder, text};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

/// PATH with this build's sayso first.
fn path() -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_sayso"))
        .parent()
        .expect("a folder");
    format!(
        "{}:{}",
        folder.display(),
        std::env::var("PATH").unwrap_or_default()
    )
}

fn all_of(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// The Python packages of the provision; `None` skips, loudly, and fails in CI.
fn validators() -> Option<PathBuf> {
    let home = repository().join("target/provision/validators");
    if home.join("package").exists() {
        return Some(home);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no validators: cargo xtask provision"
    );
    eprintln!("SKIPPED, no validators: cargo xtask provision");
    None
}

/// A YAML file as JSON, by another's parser.
fn yaml(home: &Path, file: &str) -> serde_json::Value {
    let script = "import sys, json; sys.path.insert(0, sys.argv[1]); import yaml; print(json.dumps(yaml.safe_load(open(sys.argv[2]))))";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(home.join("lib"))
        .arg(repository().join(file))
        .output()
        .expect("python3");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{file}: {}", all_of(&output)))
}

const WORLD: &str = "machine: glibc 2.36 x86_64\n\
    \"/dist/good app.so\" lib needs=libc.so.6 imports=a@GLIBC_2.4(libc.so.6)\n\
    /dist/new.so lib needs=libc.so.6 imports=a@GLIBC_2.38(libc.so.6)\n";
const POLICY: &str = "[policy]\nglibc = \"2.28\"\n";

#[test]
fn files_for_other_services_keep_to_their_schemas() {
    let Some(home) = validators() else { return };
    let script = repository().join("crates/cli/tests/validate.py");
    for (kind, file) in [("action", "action.yml"), ("gitlab", "ci/gitlab.yml")] {
        let output = Command::new("python3")
            .arg(&script)
            .arg(&home)
            .arg(kind)
            .arg(repository().join(file))
            .output()
            .expect("python3");
        assert!(output.status.success(), "{file}: {}", all_of(&output));
    }
    for hook in yaml(&home, ".pre-commit-hooks.yaml")
        .as_array()
        .expect("a list")
    {
        let entry = hook["entry"].as_str().expect("an entry");
        let (program, command) = entry.split_once(' ').expect("two words");
        assert_eq!(program, "sayso");
        let help = Command::new(env!("CARGO_BIN_EXE_sayso"))
            .args([command, "--help"])
            .output()
            .expect("sayso");
        assert!(help.status.success(), "{entry}");
    }
}

/// Runs the action's steps as a runner would, with these inputs; the last step's output.
fn action(home: &Path, place: &Folder, inputs: &[(&str, &str)]) -> Output {
    let action = yaml(home, "action.yml");
    let value = |name: &str| -> String {
        let given = inputs
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned());
        given.unwrap_or_else(|| {
            action["inputs"][name]["default"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
    };
    let mut last = None;
    for step in action["runs"]["steps"].as_array().expect("steps") {
        assert_eq!(step["shell"], "bash");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
            .arg(step["run"].as_str().expect("a script"))
            .current_dir(&place.0)
            .env("PATH", path())
            .env("GITHUB_ACTION_PATH", repository())
            .env("RUNNER_TEMP", place.0.join("temp"))
            .env("GITHUB_PATH", place.0.join("path"))
            .env("GITHUB_STEP_SUMMARY", place.0.join("summary.md"));
        for (key, expression) in step["env"].as_object().into_iter().flatten() {
            let expression = expression.as_str().expect("a text");
            let name = expression
                .trim_start_matches("${{ inputs.")
                .trim_end_matches(" }}");
            command.env(key, value(name));
        }
        last = Some(command.output().expect("bash"));
    }
    last.expect("a step")
}

#[test]
fn the_action_judges_annotates_and_summarises() {
    let Some(home) = validators() else { return };
    let place = Folder::new("action");
    place.world("", WORLD);
    place.write("sayso.toml", POLICY);
    let fine = action(&home, &place, &[("files", "dist/good app.so\n")]);
    assert_eq!(fine.status.code(), Some(0), "{}", all_of(&fine));
    let broken = action(
        &home,
        &place,
        &[("files", "  dist/*.so  \n"), ("sarif", "out.sarif")],
    );
    let told = all_of(&broken);
    assert_eq!(broken.status.code(), Some(1), "{told}");
    assert!(
        told.contains("::error file=dist/new.so,title=sayso%3A policy-floor::"),
        "{told}"
    );
    let summary = std::fs::read_to_string(place.0.join("summary.md")).expect("a summary");
    assert!(
        summary.contains("| **error** `policy-floor` |"),
        "{summary}"
    );
    let sarif = std::fs::read_to_string(place.0.join("out.sarif")).expect("a file");
    assert!(sarif.contains("\"ruleId\":\"policy-floor\""));
    // What stands in an input is never run.
    let odd = action(&home, &place, &[("files", "$(touch pwned)\n")]);
    assert_eq!(odd.status.code(), Some(2));
    assert!(!place.0.join("pwned").exists());
    let none = action(&home, &place, &[("files", "dist/*.whl\n")]);
    assert_eq!(
        none.status.code(),
        Some(2),
        "nothing judged is nothing gained"
    );
    let floor = action(
        &home,
        &place,
        &[
            ("files", "dist/new.so"),
            ("command", "floor"),
            ("arguments", "--max-glibc=2.40"),
        ],
    );
    assert_eq!(floor.status.code(), Some(0), "{}", all_of(&floor));
}

#[test]
fn the_gitlab_template_judges_and_leaves_a_report() {
    let Some(home) = validators() else { return };
    let place = Folder::new("gitlab");
    place.world("", WORLD);
    place.write("sayso.toml", POLICY);
    let job = yaml(&home, "ci/gitlab.yml")[".sayso"].clone();
    let script: Vec<&str> = job["script"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    let mut command = Command::new("bash");
    command
        .args(["-e", "-o", "pipefail", "-c", &script.join("\n")])
        .current_dir(&place.0);
    for (key, value) in job["variables"].as_object().expect("variables") {
        command.env(key, value.as_str().expect("a text"));
    }
    let output = command
        .env("PATH", path())
        .env("SAYSO_HOME", repository())
        .env("CI_PROJECT_DIR", &place.0)
        .env("SAYSO_FILES", "dist/*.so")
        .output()
        .expect("bash");
    assert_eq!(output.status.code(), Some(1), "{}", all_of(&output));
    let report = job["artifacts"]["reports"]["junit"]
        .as_str()
        .expect("a path");
    let report = std::fs::read_to_string(place.0.join(report)).expect("a report");
    assert!(report.contains("failures=\"1\""), "{report}");
}

#[test]
fn cmake_judges_what_it_links() {
    if Command::new("cmake").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no cmake: cargo xtask provision"
        );
        eprintln!("SKIPPED, no cmake: cargo xtask provision");
        return;
    }
    let place = Folder::new("cmake");
    place.write(
        "plugin.c",
        "int plugin_init(void) { return 0; }\nint SSL_read(void) { return 1; }\n",
    );
    place.write(
        "CMakeLists.txt",
        format!(
            "cmake_minimum_required(VERSION 3.18)\nproject(t C)\nlist(APPEND CMAKE_MODULE_PATH \"{}\")\ninclude(SaysoCheck)\nadd_library(plugin SHARED plugin.c)\nsayso_check(plugin)\n",
            repository().join("cmake").display()
        ),
    );
    let build = |policy: &str| {
        place.write("sayso.toml", policy);
        let _ = std::fs::remove_dir_all(place.0.join("build"));
        let run = |words: &[&str]| {
            Command::new("cmake")
                .args(words)
                .current_dir(&place.0)
                .env("PATH", path())
                .output()
                .expect("cmake")
        };
        let configured = run(&["-S", ".", "-B", "build"]);
        assert!(configured.status.success(), "{}", all_of(&configured));
        run(&["--build", "build"])
    };
    let fine = build("[policy]\nexports-required = [\"plugin_init\"]\n");
    assert!(fine.status.success(), "{}", all_of(&fine));
    let broken = build("[policy]\nexports-forbidden = [\"SSL_*\"]\n");
    let told = all_of(&broken);
    assert!(
        !broken.status.success() && told.contains("exports SSL_read"),
        "{told}"
    );
}

#[test]
fn cargo_sayso_judges_what_cargo_built() {
    let place = Folder::new("cargo");
    place.write(
        "Cargo.toml",
        "[package]\nname = \"plug\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n",
    );
    place.write(
        "src/lib.rs",
        "#[no_mangle]\npub extern \"C\" fn plugin_init() -> i32 { 0 }\n",
    );
    place.write(
        "sayso.toml",
        "[policy]\nexports-required = [\"plugin_init\"]\nmachine = \"aarch64\"\n",
    );
    let run = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_cargo-sayso"))
            .arg("sayso")
            .args(words)
            .current_dir(&place.0)
            .env("CARGO_TARGET_DIR", place.0.join("target"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo sayso")
    };
    let broken = run(&["--offline"]);
    let told = all_of(&broken);
    assert_eq!(broken.status.code(), Some(1), "{told}");
    assert!(
        told.contains("libplug.so is made for x86_64") || told.contains("policy-machine"),
        "{told}"
    );
    let floor = run(&["floor", "--offline", "--", "--format", "json"]);
    assert_eq!(floor.status.code(), Some(0), "{}", all_of(&floor));
    assert!(text(&floor.stdout).contains("libplug.so"));
    place.write("src/lib.rs", "fn broken(\n");
    assert_eq!(
        run(&["--offline"]).status.code(),
        Some(2),
        "a build that fails is no judgement"
    );
}
