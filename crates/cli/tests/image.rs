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

/// An image with a base of packages and an application of its own; both break the policy.
fn shipped(folder: &Folder) {
    let base = Layer {
        world: "/usr/bin/old exec runpath=/home/distribution/lib\n/usr/lib/app/base.so lib\n\
            /var/lib/dpkg/status text \"Package: base\\nStatus: install ok installed\\nArchitecture: amd64\\nVersion: 1-1\\n\"\n\
            /var/lib/dpkg/info/base.list text \"/usr/bin/old\\n/usr/lib/app/base.so\\n/lib64/ld-linux-x86-64.so.2\\n/lib/x86_64-linux-gnu/libc.so.6\\n\"",
        whiteouts: &[],
        made_by: "FROM base",
    };
    let app = Layer {
        world: "/app/main exec needs=liba.so,libc.so.6 runpath=/home/ci/lib:/app\n/app/liba.so lib imports=of_nobody",
        whiteouts: &[],
        made_by: "COPY dist /app",
    };
    let config = serde_json::json!({ "Entrypoint": ["/app/main"] });
    place::image::archive(folder, "shipped.tar", &config, &[base, app]);
}

fn broken(gate: &serde_json::Value) -> Vec<String> {
    schema::keeps("gate", gate, &[]);
    let violations = gate["violations"].as_array().expect("violations").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    violations
        .map(|one| text(&one["rule"]) + " " + &text(&one["object"]))
        .collect()
}

#[test]
fn a_policy_holds_for_what_no_package_owns() {
    let folder = Folder::new("policy");
    shipped(&folder);
    // What the application brings itself is not asked of the system.
    let policy = "[policy]\nrun-path = \"no-build-path\"\nneeded-allowed = [\"libc.so.6\"]\n";
    folder.write("sayso.toml", policy);
    let own = ["policy-run-path /app/main"];
    let (status, value) = folder.json(&["gate", "--image", "shipped.tar"]);
    assert_eq!(
        (status, &broken(&value)[..]),
        (1, &own.map(str::to_owned)[..])
    );
    // base.so, old, libc and its loader
    assert_eq!(
        (&value["objects"], &value["passed_over"]),
        (&2.into(), &4.into())
    );
    // An unpacked root is judged alike.
    let status = std::process::Command::new("cp")
        .args(["-a", "shipped.tar-layer-2/app", "shipped.tar-layer-1/"])
        .current_dir(&folder.0)
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    let (status, value) = folder.json(&["gate", "--root", "shipped.tar-layer-1"]);
    assert_eq!(
        (status, &broken(&value)[..]),
        (1, &own.map(str::to_owned)[..])
    );
    // check finds the policy upwards, and holds the image against it besides.
    let check = ["check", "--image", "shipped.tar"];
    let (status, value) = folder.json(&check);
    schema::keeps("check", &value, &check);
    assert_eq!((status, &value["image"]["starts"]), (1, &true.into()));
    assert_eq!(broken(&value["policy"]), own);
    let (status, said) = folder.said(&check);
    assert_eq!(status, 1);
    assert!(
        said.starts_with("shipped.tar: starts")
            && said.contains("1 violation of the policy sayso.toml"),
        "{said}"
    );
    let (_, sarif) = folder.said(&[&check[..], &["--format", "sarif"]].concat());
    assert!(sarif.contains("\"ruleId\":\"policy-run-path\""), "{sarif}");
    for words in [&["--no-policy"][..], &["--start-only"]] {
        assert_eq!(
            folder.sayso(&[&check[..], words].concat()).status.code(),
            Some(0),
            "{words:?}"
        );
    }
}

#[test]
fn a_package_is_held_against_a_policy_that_names_it_by_a_path() {
    let folder = Folder::new("named");
    shipped(&folder);
    let with = |section: &str| {
        let policy = format!(
            "[policy]\n\n[[policy.artifact]]\nmatch = \"{section}\"\nrun-path = \"no-build-path\"\n"
        );
        folder.write("sayso.toml", policy);
        let (_, value) = folder.json(&["gate", "--image", "shipped.tar"]);
        broken(&value)
    };
    assert_eq!(
        with("old"),
        [""; 0],
        "a name without a folder means one's own files"
    );
    assert_eq!(with("/usr/bin/old"), ["policy-run-path /usr/bin/old"]);
    assert_eq!(with("bin/*"), ["policy-run-path /usr/bin/old"]);
    // What a library expects of its host is known where the image is checked.
    folder.write("sayso.toml", "[policy]\nundefined-allowed = []\n");
    let (_, value) = folder.json(&["check", "--image", "shipped.tar"]);
    let found = broken(&value["policy"]);
    assert_eq!(found, ["policy-symbols /app/liba.so"]);
    // Limits of size are about the image.
    folder.write(
        "sayso.toml",
        "[[policy.artifact]]\nmatch = \"shipped.tar\"\nsize = 1000\n",
    );
    let (status, value) = folder.json(&["gate", "--image", "shipped.tar"]);
    assert_eq!(
        (status, broken(&value)),
        (1, vec!["policy-size shipped.tar".to_owned()])
    );
    let (status, said) = folder.said(&["gate"]);
    assert!(status == 2 && said.contains("no file was named"), "{said}");
}

#[test]
fn archives_inside_a_root_are_opened() {
    let folder = Folder::new("inside");
    shipped(&folder);
    let release = "shipped.tar-layer-1/srv/release.tar.gz";
    folder.write(release, "");
    let tar = std::process::Command::new("tar")
        .args(["-C", "shipped.tar-layer-2", "-czf", release, "app"])
        .current_dir(&folder.0)
        .status();
    assert!(tar.is_ok_and(|status| status.success()));
    let root = ["--root", "shipped.tar-layer-1", "/srv/release.tar.gz"];
    let (status, value) = folder.json(&[&["floor"], &root[..]].concat());
    let parts = value["results"][0]["floors"][0]["objects"].as_array();
    assert_eq!((status, parts.map(Vec::len)), (0, Some(2)), "{value}");
    folder.write("sayso.toml", "[policy]\nrun-path = \"no-build-path\"\n");
    let (status, value) = folder.json(&[&["gate"], &root[..]].concat());
    assert_eq!(
        (status, broken(&value)),
        (1, vec!["policy-run-path app/main".to_owned()])
    );
}
