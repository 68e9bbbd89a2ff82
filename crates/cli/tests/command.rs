//! The command as a whole: exit statuses, streams, formats against their schemas, odd input.

mod schema;

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder of one test with a world in it, removed at its end.
struct World(PathBuf);

impl World {
    fn new(name: &str, text: &str) -> World {
        let root =
            std::env::temp_dir().join(format!("sayso-command-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&root).expect("a folder");
        let fixture = sayso_fixture::parse(text).expect("a world");
        fixture.write_libc_to(&root).expect("its libc");
        fixture.write_to(&root).expect("its files");
        World(root)
    }

    /// Runs `sayso` with `--root` here.
    fn sayso(&self, arguments: &[&str]) -> Output {
        let mut command = sayso();
        command.arg("--root").arg(&self.0).args(arguments);
        command.output().expect("sayso runs")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sayso() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    command
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("LD_PRELOAD")
        .env("COLUMNS", "80");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what sayso writes is UTF-8")
}

const WORLD: &str = "
machine: glibc 2.36 x86_64
/app/good    exec needs=libx.so.1 runpath=/app imports=f
/app/warned  exec needs=libx.so.1 runpath=/app: imports=f
/app/bad     exec needs=libgone.so
/app/libx.so.1  lib exports=f
/app/plugin.so  lib needs=libx.so.1 runpath=/app imports=f,host_log!data
/app/static  exec type=exec interp=none
/app/junk.so    text \"this is no library at all, and it is long enough that the loader reads a whole header\"
run: /app/good
";

#[test]
fn exit_statuses_are_those_of_the_help() {
    let world = World::new("status", WORLD);
    let check = |arguments: &[&str], want: i32| {
        let output = world.sayso(arguments);
        assert_eq!(
            output.status.code(),
            Some(want),
            "{arguments:?}\n{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    };
    check(&["/app/good"], 0);
    check(&["/app/good", "/app/plugin.so"], 0);
    check(&["/app/bad"], 1);
    check(&["/app/good", "/app/bad"], 1);
    check(&["/app/junk.so"], 1);
    check(&["/app/warned"], 0);
    check(&["/app/warned", "--fail-on", "warning"], 1);
    check(&["/app/bad", "--fail-on", "never"], 1);
    check(&["/app/nothing"], 2);
    check(&["/app/bad", "/app/nothing"], 2);
    check(&["/app/good", "--then", "dlopen /app/junk.so"], 1);
    check(&["/app/static"], 0);
    // What a static program opens is not foretold.
    check(&["/app/static", "--then", "dlopen /app/libx.so.1"], 3);
    check(
        &["/app/static", "/app/bad", "--then", "dlopen /app/libx.so.1"],
        1,
    );
    check(&["/app/good", "--then", "dlopen"], 2);
    check(&["/app/good", "--env", "NOVALUE"], 2);
    check(&["/app/good", "--user", "nobody-here"], 2);
    check(&["/app/good", "--no-such-option"], 2);
    check(&["tree", "/app/good"], 0);
    check(&["tree", "/app/bad"], 1);
    check(&["explain", "/a/libx.so: file too short"], 0);
    check(&["explain", "undefined reference to `f'"], 0);
    check(&["explain", "good morning"], 3);
    check(
        &[
            "explain",
            "/a/libx.so: file too short",
            "--file",
            "/app/nothing",
        ],
        2,
    );
    check(&["tree", "/app/good", "--format", "markdown"], 2);
    check(&["why", "/app/good", "f"], 0);
    check(&["why", "/app/good", "nonsense"], 1);
    check(&["check", "--", "/app/good", "argument"], 0);
    check(&["check", "--", "nowhere-in-path"], 2);
    check(&["check"], 2);
}

#[test]
fn answers_go_to_standard_output_and_complaints_to_standard_error() {
    let world = World::new("streams", WORLD);
    let output = world.sayso(&["/app/good", "/app/nothing"]);
    assert!(text(&output.stdout).starts_with("/app/good: loads"));
    assert!(text(&output.stderr).contains("/app/nothing: No such file or directory"));
    let output = world.sayso(&["-q", "/app/good"]);
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
}

#[test]
fn colour_is_for_terminals_or_for_who_asks() {
    let world = World::new("colour", WORLD);
    let has_escape = |output: &Output| output.stdout.contains(&0x1b);
    assert!(!has_escape(&world.sayso(&["/app/bad"])));
    assert!(has_escape(&world.sayso(&["/app/bad", "--color", "always"])));
    assert!(!has_escape(&world.sayso(&["/app/bad", "--color", "never"])));
}

#[test]
fn folders_and_lists_stand_for_their_files() {
    let world = World::new("folders", WORLD);
    let output = text(&world.sayso(&["/app"]).stdout);
    // junk.so is no ELF file: only what was named is judged whatever it is.
    assert!(
        output.ends_with("6 files: 5 load, 1 does not\n"),
        "{output}"
    );
    let list = world.0.join("list");
    std::fs::write(&list, "/app/good\n\n/app/plugin.so\n").expect("a list");
    let output = world.sayso(&["check", "--files-from", list.to_str().expect("text")]);
    assert!(text(&output.stdout).ends_with("2 files: 2 load\n"));
    // Nobody who names a root only is left to guess how all of it is judged.
    let nothing = world.sayso(&["check"]);
    let advice = format!("`sayso check --root {} /`", world.0.display());
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        text(&nothing.stderr).contains(&advice),
        "{}",
        text(&nothing.stderr)
    );
}

#[test]
fn names_are_shown_safely() {
    let world = World::new("names", WORLD);
    let odd = std::ffi::OsStr::from_bytes(b"odd\x1b[31m\xff.so");
    std::fs::copy(world.0.join("app/libx.so.1"), world.0.join("app").join(odd)).expect("a copy");
    let mut command = sayso();
    let path = [b"/app/".as_slice(), odd.as_bytes()].concat();
    let output = command
        .arg(std::ffi::OsStr::from_bytes(&path))
        .arg("--root")
        .arg(&world.0)
        .output()
        .expect("sayso runs");
    let shown = text(&output.stdout);
    assert!(
        shown.starts_with("/app/odd\\u{1b}[31m\\xff.so: loads"),
        "{shown}"
    );
}

#[test]
fn any_bytes_are_answered() {
    let world = World::new("garbage", WORLD);
    let good = std::fs::read(world.0.join("app/good")).expect("a program");
    let mut seed: u32 = 1;
    for round in 0..200 {
        let mut bytes = good.clone();
        for _ in 0..8 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (seed >> 8) as usize % bytes.len();
            bytes[at] = seed as u8;
        }
        bytes.truncate(bytes.len() - (round % 7) * 100);
        std::fs::write(world.0.join(format!("app/mutant{round}.so")), bytes).expect("a mutant");
    }
    let output = world.sayso(&["-v", "/app"]);
    assert!(
        matches!(output.status.code(), Some(0..=3)),
        "{}",
        text(&output.stderr)
    );
    assert!(!text(&output.stderr).contains("panicked"));
}

#[test]
fn every_machine_format_keeps_to_its_schema() {
    let world = World::new("schemas", WORLD);
    let check = |document: &str, arguments: &[&str]| {
        let output = world.sayso(&[arguments, &["--format", "json"]].concat());
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let name = document.strip_suffix(".v1.json").expect("its release");
        schema::keeps(name, &value, arguments);
        value
    };
    let good = check("check.v1.json", &["/app/good"]);
    assert_eq!(good["results"][0]["verdict"], "loads");
    let value = check(
        "check.v1.json",
        &["/app/bad", "/app/plugin.so", "/app/junk.so"],
    );
    assert_eq!(value["results"].as_array().map(Vec::len), Some(3));
    assert_eq!(value["results"][0]["exit_status"], 127);
    assert_eq!(
        value["results"][1]["expected_from_host"][0]["name"],
        "host_log"
    );
    let steps = check(
        "check.v1.json",
        &[
            "/app/good",
            "--then",
            "dlopen /app/plugin.so now",
            "--then",
            "dlsym 1 f",
        ],
    );
    assert_eq!(steps["results"][0]["steps"][0]["ok"], false);
    check("tree.v1.json", &["tree", "/app/good"]);
    check("tree.v1.json", &["tree", "/app/bad"]);
    check("why.v1.json", &["why", "/app/good", "libx.so.1"]);
    let why = check("why.v1.json", &["why", "/app/good", "f"]);
    assert_eq!(why["kind"], "symbol");
    let said = "/app/bad: error while loading shared libraries: libgone.so: cannot open shared object file: No such file or directory";
    let explained = check("explain.v1.json", &["explain", said]);
    assert_eq!(explained["results"][0]["entities"]["library"], "libgone.so");
    assert_eq!(explained["results"][0]["causes"][0]["confirmed"], false);
    let confirmed = check("explain.v1.json", &["explain", said, "--file", "/app/bad"]);
    assert_eq!(confirmed["results"][0]["causes"][0]["confirmed"], true);
    assert_eq!(confirmed["files"][0]["outcome"], "confirmed");
    let nothing = check("explain.v1.json", &["explain", "good morning"]);
    assert_eq!(nothing["results"][0]["rule"], "not-a-loader-failure");
    check("rules.v1.json", &["rules"]);
    let floor = check(
        "floor.v1.json",
        &["floor", "/app/good", "--max-glibc", "2.2"],
    );
    assert_eq!(floor["results"][0]["floors"][0]["libc"], "glibc");
    let dry = check(
        "fix.v1.json",
        &["fix", "/app/good", "--add-needed", "libmore.so", "-n"],
    );
    assert_eq!(dry["results"][0]["written"], serde_json::Value::Null);
    check("fix.v1.json", &["fix", "--auto", "/app/bad"]);
    let folder = std::env::temp_dir().join(format!("sayso-schemas-{}", std::process::id()));
    let name = folder.to_str().expect("text");
    let carried = check("bundle.v1.json", &["bundle", "/app/good", name]);
    assert_eq!(carried["after"]["verdict"], "loads");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::Stdio;
    let mut child = sayso()
        .arg("rules")
        .arg("--format=json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sayso runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn completions_and_manual_pages_come_from_the_same_definitions() {
    for shell in ["bash", "zsh", "fish"] {
        let output = sayso()
            .args(["--completions", shell])
            .output()
            .expect("sayso runs");
        assert!(
            output.status.success() && text(&output.stdout).contains("files-from"),
            "{shell}"
        );
    }
    let output = sayso().arg("man").output().expect("sayso runs");
    assert!(text(&output.stdout).contains(".SH OPTIONS"));
}
