//! `gate`, `init` and the formats of other tools, as a user meets them.

mod place;
mod schema;

use std::path::Path;
use std::process::Command;

use place::{Folder, text};

const WORLD: &str = "machine: glibc 2.36 x86_64\n\
    /dist/app-linux-x64/app exec needs=libc.so.6 runpath=/home/ci/lib imports=a@GLIBC_2.34(libc.so.6)\n\
    \"/dist/app-linux-x64/odd<&\\\"name>.so\" lib needs=libc.so.6 exports=SSL_read\n\
    /dist/app-linux-arm64/app exec needs=libc.so.6\n\
    /dist/fine.so lib soname=fine.so needs=libc.so.6 exports=fine_init\n";

const POLICY: &str = "[policy]\nglibc = \"2.28\"\nrun-path = \"origin\"\nexports-forbidden = [\"SSL_*\"]\n\n\
    [[policy.artifact]]\nmatch = \"*-linux-arm64*\"\nmachine = \"aarch64\"\n";

fn placed(name: &str) -> Folder {
    let place = Folder::new(name);
    place.world("", WORLD);
    place
}

const DIST: [&str; 3] = ["dist/app-linux-x64", "dist/app-linux-arm64", "dist/fine.so"];

#[test]
fn a_policy_is_found_upwards_and_names_what_breaks_it() {
    let place = placed("upwards");
    place.write("sayso.toml", POLICY);
    let output = place
        .command()
        .current_dir(place.at("dist"))
        .args(["gate", "app-linux-x64", "app-linux-arm64", "fine.so", "-q"])
        .output()
        .expect("sayso runs");
    let told = text(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{told}{}",
        text(&output.stderr)
    );
    for part in [
        "needs glibc 2.34 because of a",
        "/home/ci/lib",
        "SSL_read",
        "made for x86_64",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("fine.so"));
    let check = place.sayso(&["check", "dist/fine.so", "--no-policy"]);
    assert!(!text(&check.stdout).contains("policy"));
    let check = place.sayso(&["check", "dist/fine.so"]);
    assert!(
        text(&check.stdout).contains("keeps to the policy sayso.toml"),
        "{}",
        text(&check.stdout)
    );
    let check = place.sayso(&["check", "dist/app-linux-arm64/app", "--fail-on", "never"]);
    assert_eq!(check.status.code(), Some(1), "a broken policy counts");
}

#[test]
fn a_contract_of_go_is_no_policy_and_a_broken_file_is_told() {
    let place = placed("contract");
    place.write("sayso.toml", "[go.symbols]\nRun = \"func()\"\n");
    let output = place.sayso(&["gate", "dist/fine.so"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("sayso init"));
    assert!(!text(&place.sayso(&["check", "dist/fine.so"]).stdout).contains("policy"));
    place.write("sayso.toml", "[policy]\nglib = \"2.28\"\n");
    for command in ["gate", "check"] {
        let output = place.sayso(&[command, "dist/fine.so"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(
            text(&output.stderr).contains("line 2: \"glib\" is no key here: did you mean glibc?")
        );
    }
    let output = place.sayso(&["gate", "--policy", "missing.toml", "dist/fine.so"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_exception_lets_its_own_through_and_nothing_else() {
    let place = placed("exception");
    let excepted = format!(
        "{POLICY}\n[[policy.except]]\nrule = \"policy-symbols\"\nobject = \"*name*\"\nreason = \"tested\"\n\n[[policy.except]]\nobject = \"fine.so\"\nreason = \"old\"\n"
    );
    place.write("sayso.toml", &excepted);
    let output = place.sayso(&[&["gate", "--format", "json"], &DIST[..]].concat());
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rules: Vec<&str> = value["violations"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["rule"].as_str())
        .collect();
    assert_eq!(rules, ["policy-floor", "policy-run-path", "policy-machine"]);
    assert_eq!(value["let_through"][0]["reason"], "tested");
    assert_eq!(value["unused_exceptions"].as_array().map(Vec::len), Some(1));
    schema::keeps("gate", &value, &DIST[..]);
}

#[test]
fn what_init_writes_is_kept_and_never_written_over() {
    let place = placed("init");
    let written = place.sayso(&[&["init"], &DIST[..]].concat());
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let policy = std::fs::read_to_string(place.0.join("sayso.toml")).expect("a policy");
    assert!(
        policy.contains("glibc = \"2.34\"") && policy.contains("exports-allowed = [\"fine_init\"]"),
        "{policy}"
    );
    let gate = place.sayso(&[&["gate"], &DIST[..]].concat());
    assert_eq!(gate.status.code(), Some(0), "{}", text(&gate.stdout));
    let again = place.sayso(&[&["init"], &DIST[..]].concat());
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--force"));
    assert_eq!(
        std::fs::read_to_string(place.0.join("sayso.toml")).expect("a policy"),
        policy
    );
    assert_eq!(
        place
            .sayso(&["init", "--force", "dist/fine.so"])
            .status
            .code(),
        Some(0)
    );
    let shown = place.sayso(&["init", "--output", "-"]);
    assert!(
        text(&shown.stdout).contains("[policy]"),
        "without files, a plain one"
    );
}

/// What a validator in Python says of texts in the formats; skipped, loudly, where it is not provisioned.
#[test]
fn formats_keep_to_the_official_schemas() {
    let place = placed("formats");
    place.write("sayso.toml", POLICY);
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/provision/validators");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate.py");
    if !home.join("package").exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no validators: cargo xtask provision"
        );
        eprintln!("SKIPPED, no validators: cargo xtask provision");
        return;
    }
    let runs: [&[&str]; 5] = [
        &[
            "gate",
            "dist/app-linux-x64",
            "dist/app-linux-arm64",
            "dist/fine.so",
        ],
        &["gate", "dist/fine.so"],
        &["floor", "dist/app-linux-x64", "--max-glibc", "2.17"],
        &["check", "dist/app-linux-x64", "dist/fine.so"],
        &["check", "--no-policy", "dist/fine.so"],
    ];
    for (at, run) in runs.iter().enumerate() {
        for format in ["sarif", "junit"] {
            let output = place.sayso(&[run, &["--format", format][..]].concat());
            let file = place.0.join(format!("{at}.{format}"));
            std::fs::write(&file, &output.stdout).expect("a file");
            let said = Command::new("python3")
                .arg(&script)
                .arg(&home)
                .arg(format)
                .arg(&file)
                .output()
                .expect("python3");
            assert!(
                said.status.success(),
                "{run:?} {format}: {}{}\n{}",
                text(&said.stdout),
                text(&said.stderr),
                text(&output.stdout)
            );
        }
    }
    // A document that breaks the schema is told: the validator is no rubber stamp.
    place.write(
        "bad.sarif",
        "{\"version\":\"2.1.0\",\"runs\":[{\"results\":1}]}",
    );
    place.write("bad.junit", "<testsuites><testcase/></testsuites>");
    for format in ["sarif", "junit"] {
        let said = Command::new("python3")
            .arg(&script)
            .arg(&home)
            .arg(format)
            .arg(place.0.join(format!("bad.{format}")))
            .output()
            .expect("python3");
        assert!(!said.status.success(), "{format}");
    }
}

#[test]
fn annotations_and_tables_hold_odd_names() {
    let place = placed("odd");
    place.write("sayso.toml", POLICY);
    let github = text(
        &place
            .sayso(&["gate", "dist/app-linux-x64", "--format", "github"])
            .stdout,
    );
    assert!(
        github
            .lines()
            .all(|line| line.starts_with("::error file=dist/app-linux-x64,title=sayso%3A policy-")),
        "{github}"
    );
    let table = text(
        &place
            .sayso(&["gate", "dist/app-linux-x64", "--format", "markdown"])
            .stdout,
    );
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).collect();
    let bars = |line: &&str| line.replace("\\|", "").matches('|').count();
    assert!(
        rows.len() > 3 && rows.iter().all(|row| bars(row) == 6),
        "{table}"
    );
    let refused = place.sayso(&["tree", "dist/fine.so", "--format", "sarif"]);
    assert_eq!(refused.status.code(), Some(2));
}
