//! `check --image` and `check --base` on real archives: layers, blame, exit statuses, the schema.

mod schema;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};

/// A folder of this test run, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sayso-image-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
    fn sayso(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sayso"))
            .args(arguments)
            .current_dir(&self.0)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "80")
            .output()
            .expect("sayso runs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// One layer: the world's files, with stand-ins for libc in the first one, packed by the system's tar.
fn layer(folder: &Path, number: usize, world: &str, whiteouts: &[&str]) -> (Vec<u8>, String) {
    let at = folder.join(format!("layer-{number}"));
    fs::create_dir_all(&at).expect("a folder");
    let fixture =
        sayso_fixture::parse(&format!("machine: glibc 2.36 x86_64\n{world}")).expect("a world");
    if number == 1 {
        fixture.write_libc_to(&at).expect("libc");
    }
    fixture.write_to(&at).expect("files");
    for path in whiteouts {
        let path = at.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, "").expect("a whiteout");
    }
    let file = at.with_extension("tar");
    let done = Command::new("tar")
        .arg("-C")
        .arg(&at)
        .arg("-cf")
        .arg(&file)
        .arg(".")
        .status()
        .expect("tar");
    assert!(done.success());
    let bytes = fs::read(&file).expect("the layer");
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(&bytes) {
        let _ = write!(digest, "{byte:02x}");
    }
    (bytes, digest)
}

/// A docker-save archive whose second layer deletes a library that the entrypoint needs.
fn archive(folder: &Folder) {
    let layers = [
        layer(
            &folder.0,
            1,
            "/app/main exec needs=libz.so.1\n/app/good exec\n/usr/bin/tool exec needs=libz.so.1\n/usr/lib/x86_64-linux-gnu/libz.so.1 lib",
            &[],
        ),
        layer(
            &folder.0,
            2,
            "",
            &["usr/lib/x86_64-linux-gnu/.wh.libz.so.1"],
        ),
    ];
    let build = folder.0.join("build");
    fs::create_dir_all(&build).expect("a folder");
    for (at, (bytes, _)) in layers.iter().enumerate() {
        fs::write(build.join(format!("{at}.tar")), bytes).expect("a layer");
    }
    let config = serde_json::json!({
        "os": "linux", "architecture": "amd64",
        "config": { "Entrypoint": ["/app/main"], "Env": ["PATH=/usr/bin:/app"] },
        "rootfs": { "type": "layers", "diff_ids": [layers[0].1, layers[1].1] },
        "history": [{ "created_by": "FROM base" }, { "created_by": "RUN rm libz.so.1" }],
    });
    fs::write(build.join("config.json"), config.to_string()).expect("a configuration");
    let manifest = serde_json::json!([{ "Config": "config.json", "RepoTags": ["app:1"], "Layers": ["0.tar", "1.tar"] }]);
    fs::write(build.join("manifest.json"), manifest.to_string()).expect("a manifest");
    let done = Command::new("tar")
        .arg("-C")
        .arg(&build)
        .arg("-cf")
        .arg(folder.0.join("app.tar"))
        .args(["config.json", "manifest.json", "0.tar", "1.tar"])
        .status()
        .expect("tar");
    assert!(done.success());
}

fn json(output: &Output) -> serde_json::Value {
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    schema::keeps("check", &value, &[]);
    value
}

#[test]
fn an_image_is_judged_with_its_layers() {
    let folder = Folder::new("layers");
    archive(&folder);
    let output = folder.sayso(&["check", "--image", "app.tar"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("app.tar: does not start (linux/amd64, 2 layers)\n"),
        "{said}"
    );
    assert!(
        said.contains("libz.so.1: cannot open shared object file: No such file or directory"),
        "{said}"
    );
    assert!(
        said.contains("layer   layer 2 deleted /usr/lib/x86_64-linux-gnu/libz.so.1: RUN rm"),
        "{said}"
    );
    assert!(said.contains("/usr/bin/tool (program)"), "{said}");

    let output = folder.sayso(&["check", "--image", "app.tar", "--format", "json"]);
    let value = json(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(value["image"]["starts"], false);
    assert_eq!(value["image"]["platform"], "linux/amd64");
    assert_eq!(value["image"]["layers"].as_array().map(Vec::len), Some(2));
    let results = value["results"].as_array().expect("results");
    assert_eq!(results[0]["role"], "entrypoint");
    assert_eq!(results[0]["blame"][0]["layer"], 2);
    let tool = results
        .iter()
        .find(|result| result["path"] == "/usr/bin/tool")
        .expect("the tool");
    assert_eq!(
        (&tool["role"], &tool["verdict"]),
        (&"program".into(), &"fails".into())
    );
}

#[test]
fn options_take_the_place_of_the_configuration() {
    let folder = Folder::new("options");
    archive(&folder);
    let code = |arguments: &[&str]| {
        let output = folder.sayso(&[&["check", "--image", "app.tar"], arguments].concat());
        (output.status.code(), text(&output))
    };
    let (status, said) = code(&["--start-only", "--entrypoint", "good"]);
    assert_eq!(
        (status, said.as_str()),
        (Some(0), "app.tar: starts (linux/amd64, 2 layers)\n")
    );
    let (status, said) = code(&["--entrypoint", "good"]);
    assert_eq!(status, Some(1), "the rest of the image still fails: {said}");
    assert!(said.starts_with("app.tar: starts"), "{said}");
    let (status, said) = code(&["--start-only", "--entrypoint", "", "--", "nothing"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("exec: \"nothing\": executable file not found in $PATH"),
        "{said}"
    );
    let (status, said) = code(&["--start-only", "--entrypoint", "good", "--user", "nobody"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("unable to find user nobody: no matching entries in passwd file"),
        "{said}"
    );
}

#[test]
fn what_is_refused_has_a_document_too() {
    let folder = Folder::new("refused");
    archive(&folder);
    fs::write(folder.0.join("junk.tar"), "no archive").expect("a file");
    let output = folder.sayso(&["check", "--image", "junk.tar", "--format", "json"]);
    let value = json(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(value["image"]["refused"].is_string());
    assert_eq!(value["results"].as_array().map(Vec::len), Some(0));
    let output = folder.sayso(&["check", "--image", "app.tar", "--limit", "entries=2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).is_empty());
    // Nothing of this machine may be changed under an image's name.
    let output = folder.sayso(&[
        "fix",
        "--image",
        "app.tar",
        "/app/main",
        "--set-runpath",
        "/x",
    ]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn artifacts_are_judged_on_their_base() {
    let folder = Folder::new("base");
    archive(&folder);
    let main = folder.0.join("layer-1/app/good");
    fs::copy(&main, folder.0.join("good")).expect("a program");
    let output = folder.sayso(&["check", "--base", "layer-1", "good"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        text(&output).contains("/opt/good: loads"),
        "{}",
        text(&output)
    );
    let output = folder.sayso(&["check", "--base", "layer-2", "good:/srv/good"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("/srv/good: does not load"),
        "{}",
        text(&output)
    );
    let output = folder.sayso(&[
        "check",
        "--base",
        "app.tar",
        "--from",
        "layer-1",
        "/app/main",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let output = folder.sayso(&["tree", "--image", "app.tar", "/app/good"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
