//! `check --image` and `check --base` on real archives: layers, blame, exit statuses, the schema.

mod place;
mod schema;

use std::fs;
use std::process::Output;

use place::Folder;
use place::image::Layer;

fn text(output: &Output) -> String {
    place::text(&output.stdout)
}

/// A docker-save archive whose second layer deletes a library that the entrypoint needs.
fn archive(folder: &Folder) {
    let first = Layer {
        world: "/app/main exec needs=libz.so.1\n/app/good exec\n/usr/bin/tool exec needs=libz.so.1\n/usr/lib/x86_64-linux-gnu/libz.so.1 lib",
        whiteouts: &[],
        made_by: "FROM base",
    };
    let second = Layer {
        world: "",
        whiteouts: &["usr/lib/x86_64-linux-gnu/.wh.libz.so.1"],
        made_by: "RUN rm libz.so.1",
    };
    let config = serde_json::json!({ "Entrypoint": ["/app/main"], "Env": ["PATH=/usr/bin:/app"] });
    place::image::archive(folder, "app.tar", &config, &[first, second]);
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
    let main = folder.0.join("app.tar-layer-1/app/good");
    fs::copy(&main, folder.0.join("good")).expect("a program");
    let output = folder.sayso(&["check", "--base", "app.tar-layer-1", "good"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        text(&output).contains("/opt/good: loads"),
        "{}",
        text(&output)
    );
    let output = folder.sayso(&["check", "--base", "app.tar-layer-2", "good:/srv/good"]);
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
        "app.tar-layer-1",
        "/app/main",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let output = folder.sayso(&["tree", "--image", "app.tar", "/app/good"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
