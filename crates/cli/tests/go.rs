//! `sayso go`, `go init` and `go gomod`: over made worlds, and where Go is provisioned, with real hosts and plugins.

mod place;
mod schema;

use std::fs;
use std::process::Output;

use place::{Folder, text};

fn sayso(arguments: &[&str]) -> Output {
    place::sayso().args(arguments).output().expect("sayso runs")
}

const WORLD: &str = "
machine: glibc 2.36 x86_64
/app/main   exec go=1.27.3 go-setting=-trimpath=true go-packages=fmt:01,example.com/api:02
/app/ok.so  lib go=1.27.3 go-setting=-trimpath=true go-plugin=example.com/ok go-packages=fmt:01,example.com/ok:0a go-export=Run:func() go-export=V:*int
/app/bad.so lib go=1.27.3 go-setting=CGO_ENABLED=1 go-plugin=example.com/bad go-packages=fmt:0b,example.com/api:0c,own/pkg:01,example.com/bad:0a
/app/own.so lib go=1.27.3 go-setting=-trimpath=true go-plugin=example.com/own go-packages=fmt:01,own/pkg:02,example.com/own:0a
/app/c.so   lib exports=hello
run: /app/main
";

fn world(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.world("", WORLD);
    folder
}

fn asked(folder: &Folder, arguments: &[&str]) -> (i32, serde_json::Value) {
    let root = folder.0.to_str().expect("text");
    let output = sayso(&[&["go", "--root", root, "--format", "json"], arguments].concat());
    let value: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    schema::keeps("go", &value, arguments);
    (output.status.code().expect("it ends by itself"), value)
}

#[test]
fn every_plugin_has_its_outcome_in_order() {
    let folder = world("order");
    let (status, value) = asked(
        &folder,
        &[
            "/app/main",
            "/app/ok.so",
            "/app/bad.so",
            "/app/own.so",
            "/app/gone.so",
        ],
    );
    assert_eq!(status, 1);
    let outcomes: Vec<&str> = value["plugins"]
        .as_array()
        .expect("plugins")
        .iter()
        .map(|plugin| plugin["outcome"].as_str().expect("text"))
        .collect();
    assert_eq!(outcomes, ["opens", "error", "error", "error"]);
    let bad = &value["plugins"][1];
    assert_eq!(
        bad["message"],
        "plugin.Open(\"/app/bad\"): plugin was built with a different version of package fmt"
    );
    assert_eq!(bad["differing"].as_array().map(Vec::len), Some(2));
    assert_eq!(bad["differing"][0]["named_by_go"], true);
    assert_eq!(bad["causes"][0]["rule"], "go-trimpath-differs");
    assert!(bad["fixes"][0]["command"].as_str().is_some_and(|command| {
        command.contains("GOTOOLCHAIN=go1.27.3") && command.contains("-trimpath")
    }));
    // The failed one stays in the process, and its package is found first.
    let own = &value["plugins"][2];
    assert_eq!(own["differing"][0]["package"], "own/pkg");
    assert_eq!(own["causes"][0]["rule"], "go-failed-plugin-poisons");
    let (status, value) = asked(
        &folder,
        &["/app/main", "/app/bad.so", "/app/own.so", "--alone"],
    );
    assert_eq!(
        (status, &value["plugins"][1]["outcome"]),
        (1, &"opens".into())
    );
}

#[test]
fn what_ends_the_process_is_left_out_for_the_next() {
    let folder = world("death");
    let (status, value) = asked(&folder, &["/app/main", "/app/c.so", "/app/ok.so"]);
    assert_eq!(status, 1);
    assert_eq!(value["plugins"][0]["outcome"], "dies");
    assert_eq!(
        value["plugins"][0]["message"],
        "fatal error: runtime: no plugin module data"
    );
    assert_eq!(value["plugins"][1]["outcome"], "opens");
    assert_eq!(value["plugins"][1]["judged_without"][0], "/app/c.so");
}

#[test]
fn contracts_hold_or_not() {
    let folder = world("contract");
    let contract = folder.path("sayso.toml");
    let check = |text: &str, want: i32| {
        fs::write(&contract, text).expect("a contract");
        let (status, value) = asked(
            &folder,
            &["/app/main", "/app/ok.so", "--contract", &contract],
        );
        assert_eq!(status, want, "{text}: {}", value["plugins"][0]["lookups"]);
        value["plugins"][0]["lookups"].clone()
    };
    check(
        "[go.symbols]\nRun = \"func()\"\nV = \"*int\"\nLater = { type = \"func()\", optional = true }\n",
        0,
    );
    // Two assertions that would end the process: each is answered.
    let lookups = check("[go.symbols]\nRun = \"func(int)\"\nV = \"int\"\n", 1);
    assert_eq!(
        lookups[1]["error"],
        "panic: interface conversion: plugin.Symbol is *int, not int"
    );
    assert!(
        lookups[0]["error"]
            .as_str()
            .is_some_and(|error| error.contains("is func(), not func(int)"))
    );
    let lookups = check("[go.symbols]\nGone = \"\"\n", 1);
    assert_eq!(
        lookups[0]["error"],
        "plugin: symbol Gone not found in plugin example.com/ok"
    );
    fs::write(&contract, "[go.symbols]\n").expect("a contract");
    let root = folder.0.to_str().expect("text");
    assert_eq!(
        sayso(&[
            "go",
            "--root",
            root,
            "/app/main",
            "/app/ok.so",
            "--contract",
            &contract
        ])
        .status
        .code(),
        Some(2)
    );
}

#[test]
fn misuse_is_told_apart() {
    let folder = world("misuse");
    let root = folder.0.to_str().expect("text");
    let check = |arguments: &[&str], want: i32| {
        let output = sayso(&[&["--root", root, "go"], arguments].concat());
        assert_eq!(
            output.status.code(),
            Some(want),
            "{arguments:?}\n{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    };
    check(&[], 2);
    check(&["/app/main"], 2);
    check(&["/app/gone", "/app/ok.so"], 2);
    check(&["/app/c.so", "/app/ok.so"], 2);
    check(&["/app/main", "/app/ok.so"], 0);
    check(&["/app/main", "/app/ok.so", "--lookup", "V:*int"], 0);
    check(
        &["/app/main", "/app/ok.so", "--source", "/nowhere-at-all"],
        2,
    );
    check(&["init", "--host", "/app/c.so", &folder.path("new")], 2);
    assert!(!folder.0.join("new").exists());
}

/// Files that are neither host nor plugin, with what the C loader says of them (held against real loaders in the lab) and what they are.
#[test]
fn bad_files_are_called_what_they_are() {
    let folder = world("bad");
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path(name), bytes).expect("a file");
    put("app/empty.so", b"");
    put(
        "app/text.so",
        b"This is a text, and long enough to be taken for the header of an ELF file.",
    );
    put(
        "app/mac.so",
        &[&[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1][..], &[0; 100]].concat(),
    );
    put(
        "app/windows.so",
        &[&b"MZ"[..], &[0; 58], &[64, 0, 0, 0], b"PE\0\0", &[0; 40]].concat(),
    );
    fs::create_dir(folder.path("app/folder.so")).expect("a folder");
    let whole = fs::read(folder.path("app/ok.so")).expect("a plugin");
    put("app/cut.so", &whole[..whole.len() / 2]);
    put("app/header.so", &whole[..40]);
    for (name, says, is) in [
        ("empty.so", "file too short", "empty"),
        ("header.so", "file too short", "a cut-off ELF file"),
        ("text.so", "invalid ELF header", "text"),
        ("mac.so", "invalid ELF header", "a macOS binary"),
        ("windows.so", "invalid ELF header", "a Windows binary"),
        (
            "folder.so",
            "cannot read file data: Is a directory",
            "a folder",
        ),
        ("main", "cannot dynamically load", "a Go program"),
    ] {
        let path = format!("/app/{name}");
        let (status, value) = asked(&folder, &["/app/main", &path]);
        let plugin = &value["plugins"][0];
        let message = plugin["message"].as_str().unwrap_or_default();
        let start = format!("plugin.Open(\"{path}\"): {path}: {says}");
        assert!(
            status == 1 && message.starts_with(&start),
            "{name}: {message}"
        );
        let why = plugin["causes"][0]["why"].as_str().unwrap_or_default();
        assert!(why.contains(&format!("is {is}")), "{name}: {why}");
        // As a host it is misuse, and the sentence says what the file is.
        if name != "main" {
            let root = folder.0.to_str().expect("text");
            let output = sayso(&["go", "--root", root, &path, "/app/ok.so"]);
            let errors = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{name}: {errors}");
            assert!(
                errors.contains(is) && errors.contains(name),
                "{name}: {errors}"
            );
        }
    }
    let (status, value) = asked(&folder, &["/app/main", "/app/cut.so"]);
    assert_eq!(
        (status, &value["plugins"][0]["outcome"]),
        (1, &"dies".into())
    );
    let root = folder.0.to_str().expect("text");
    let output = sayso(&["go", "--root", root, "/app/ok.so", "/app/bad.so"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("the host comes first"),
        "{}",
        text(&output.stderr)
    );
}

/// A pasted text of Go's, with the host and the plugin behind it: of all causes that fit the words, the one that the files hold.
#[test]
fn a_pasted_text_is_confirmed_on_host_and_plugin() {
    let folder = world("explain");
    let root = folder.0.to_str().expect("text");
    let explain = |said: &str, plugin: &str| {
        let output = sayso(&[
            "explain",
            said,
            "--root",
            root,
            "--file",
            "/app/main",
            "--file",
            plugin,
            "--format",
            "json",
        ]);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
        value
    };
    let said =
        "plugin.Open(\"plugins/bad\"): plugin was built with a different version of package fmt";
    let value = explain(said, "/app/bad.so");
    let causes = value["results"][0]["causes"].as_array().expect("causes");
    let first = &causes[0];
    assert_eq!(
        (&first["rule"], &first["confirmed"]),
        (&"go-trimpath-differs".into(), &true.into()),
        "{value}"
    );
    let release = causes
        .iter()
        .find(|cause| cause["rule"] == "go-release-differs");
    assert!(
        release.is_none_or(|cause| cause["confirmed"] == false),
        "{value}"
    );
    let fix = value["results"][0]["fixes"][0]["command"].as_str();
    assert!(fix.is_some_and(|fix| fix.contains("-trimpath")), "{value}");
    assert_eq!(value["files"][0]["outcome"], "confirmed");
    let value = explain("fatal error: runtime: no plugin module data", "/app/c.so");
    assert_eq!(
        value["results"][0]["causes"][0]["rule"], "go-no-plugin-module-data",
        "{value}"
    );
    assert_eq!(value["results"][0]["causes"][0]["confirmed"], true);
    // It opens here: nothing is confirmed.
    let value = explain(said, "/app/ok.so");
    assert_eq!(value["files"][0]["outcome"], "loads", "{value}");
    let causes = value["results"][0]["causes"].as_array().expect("causes");
    assert!(
        causes.iter().all(|cause| cause["confirmed"] == false),
        "{value}"
    );
}

/// Built with -linkshared: the runtime's list of modules holds libstd.so's, and the answer is a gap with a name.
#[test]
fn hosts_built_with_linkshared_are_not_guessed_at() {
    let folder = Folder::new("linkshared");
    let shared = WORLD
        .replace("exec go=1.27.3", "exec needs=libstd.so go=1.22.10")
        .replace("\nrun:", "\n/usr/lib/libstd.so lib\nrun:");
    let fixture = sayso_fixture::parse(&shared).expect("a world");
    fixture.write_libc_to(&folder.0).expect("its libc");
    fixture.write_to(&folder.0).expect("its files");
    let (status, value) = asked(&folder, &["/app/main", "/app/ok.so"]);
    let plugin = &value["plugins"][0];
    assert_eq!(
        (status, &plugin["outcome"]),
        (3, &"unknown".into()),
        "{value}"
    );
    assert!(plugin.to_string().contains("-linkshared"), "{plugin}");
}

#[test]
fn a_skeleton_is_written_whole_or_not_at_all() {
    let folder = world("init");
    let host = folder.path("app/main");
    let new = folder.path("greet");
    let output = sayso(&["go", "init", "--host", &host, &new]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let makefile = fs::read_to_string(folder.0.join("greet/Makefile")).expect("a Makefile");
    assert!(
        makefile.contains(
            "GOTOOLCHAIN=go1.27.3 CGO_ENABLED=1 go build -buildmode=plugin -trimpath -o $@ ."
        ),
        "{makefile}"
    );
    for name in ["go.mod", "main.go", "Containerfile", "README.md"] {
        assert!(folder.0.join("greet").join(name).is_file(), "{name}");
    }
    fs::write(folder.0.join("greet/main.go"), "mine").expect("a change");
    assert_eq!(
        sayso(&["go", "init", "--host", &host, &new]).status.code(),
        Some(2)
    );
    assert_eq!(
        fs::read_to_string(folder.0.join("greet/main.go")).expect("it is there"),
        "mine"
    );
    let left: Vec<_> = fs::read_dir(&folder.0)
        .expect("a folder")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(".sayso"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_go_mod_is_shown_first_and_written_when_asked() {
    let folder = world("gomod");
    let (host, file) = (folder.path("app/main"), folder.path("go.mod"));
    let before = "module example.com/p // mine\n\ngo 1.21\n\ntoolchain go1.21.3\n";
    fs::write(&file, before).expect("a go.mod");
    let output = sayso(&["go", "gomod", "--host", &host, &file]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("-toolchain go1.21.3\n+toolchain go1.27.3\n"));
    assert_eq!(fs::read_to_string(&file).expect("it is there"), before);
    assert_eq!(
        sayso(&["go", "gomod", "--host", &host, &file, "--write"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(
        fs::read_to_string(&file).expect("it is there"),
        before.replace("go1.21.3", "go1.27.3")
    );
    assert!(
        text(&sayso(&["go", "gomod", "--host", &host, &file]).stdout).contains("nothing to change")
    );
}
