//! What a snapshot says elsewhere is what the machine said itself; what it does not know it does not make up.

mod place;
mod schema;

use place::Folder;
use place::image::Layer;

fn placed(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.world("root", WORLD);
    folder
}

const WORLD: &str = "
machine: glibc 2.36 x86_64
/app/good      exec needs=libx.so.1 runpath=/app imports=f
/app/bad       exec needs=libgone.so,libx.so.1 runpath=/elsewhere:/app
/app/secure    exec needs=libx.so.1 runpath=/app mode=4755 owner=1000:1000
/app/libx.so.1 lib exports=f
/app/plugin.so lib needs=libx.so.1 runpath=/app imports=f,host_log!data
/app/script    text \"#!/app/good\"
run: /app/good
";

#[test]
fn the_answers_are_the_same_elsewhere() {
    let folder = placed("same");
    let files = ["/app/good", "/app/bad", "/app/plugin.so", "/app/secure"];
    let at_root = |arguments: &[&str]| folder.said(&[&["--root", "root"], arguments].concat());
    let taken = [&["snapshot"][..], &files, &["-o", "world.json"]].concat();
    let (status, said) = at_root(&taken);
    assert_eq!(status, 0, "{said}");
    let mut before = Vec::new();
    let mut questions: Vec<Vec<&str>> = Vec::new();
    for file in files {
        questions.push(vec!["check", "-v", file]);
        questions.push(vec!["check", "--format", "json", file]);
        questions.push(vec!["tree", "-v", file]);
        questions.push(vec!["why", file, "libx.so.1"]);
        questions.push(vec!["why", file, "f"]);
    }
    for question in &questions {
        before.push(at_root(question));
    }
    // Another machine: the files are gone.
    std::fs::remove_dir_all(folder.0.join("root")).expect("removed");
    for (question, before) in questions.iter().zip(before) {
        let after = folder.said(&[&["--snapshot", "world.json"], &question[..]].concat());
        assert_eq!(after, before, "{question:?}");
    }
}

#[test]
fn what_was_not_recorded_is_not_called_missing() {
    let folder = placed("gap");
    let (status, said) = folder.said(&["--root", "root", "snapshot", "/app/good", "-o", "w.json"]);
    assert_eq!(status, 0, "{said}");
    let ask = |arguments: &[&str]| folder.said(&[&["--snapshot", "w.json"], arguments].concat());
    let (status, said) = ask(&["/app/bad"]);
    assert_eq!(status, 2);
    assert!(said.contains("is not in the snapshot w.json"), "{said}");
    for question in [
        &["check", "/app/good", "--env", "LD_LIBRARY_PATH=/new"][..],
        &["check", "/app/good", "--then", "dlopen /app/plugin.so now"],
        &[
            "tree",
            "/app/good",
            "--cpu",
            "v4",
            "--env",
            "LD_PRELOAD=/x.so",
        ],
    ] {
        let (status, said) = ask(question);
        assert_eq!(status, 3, "{question:?}: {said}");
        assert!(said.contains("is not in the snapshot"), "{said}");
        assert!(!said.contains("No such file"), "{said}");
    }
    let (status, said) = ask(&[
        "check",
        "--format",
        "json",
        "/app/good",
        "--env",
        "LD_PRELOAD=/x.so",
    ]);
    let value: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(status, 3);
    assert_eq!(
        value["results"][0]["gaps"][0]["name"],
        "not-in-the-snapshot"
    );
    assert_eq!(value["results"][0]["findings"], serde_json::json!([]));
}

#[test]
fn a_snapshot_keeps_to_its_schema_and_holds_no_secret() {
    let folder = placed("schema");
    let output = folder
        .command()
        .args(["snapshot", "/bin/sh", "--env", "LD_BIND_NOW=1"])
        .env("SESSION_TOKEN", "a-secret-that-stays-here")
        .output()
        .expect("sayso runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!text.contains("SESSION_TOKEN") && !text.contains("a-secret"));
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    schema::keeps("snapshot", &value, &[]);
    let names: Vec<&str> = value["machine"]["environment"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|pair| pair[0].as_str())
        .collect();
    assert!(names.contains(&"LD_BIND_NOW"), "{names:?}");
    std::fs::write(folder.0.join("broken.json"), &text[..text.len() / 2]).expect("a file");
    let (status, said) = folder.said(&["check", "--snapshot", "broken.json", "/bin/sh"]);
    assert!(
        status == 2 && said.contains("broken.json is no snapshot"),
        "{said}"
    );
}

#[test]
fn a_snapshot_of_an_image_answers_as_the_image_does() {
    let folder = Folder::new("image");
    let world = place::image::files_of(WORLD);
    let first = Layer {
        world: &world,
        whiteouts: &[],
        made_by: "FROM base",
    };
    let second = Layer {
        world: "/app/late exec needs=libx.so.1 runpath=/app imports=f",
        whiteouts: &["app/.wh.secure"],
        made_by: "RUN rm /app/secure",
    };
    let config =
        serde_json::json!({ "Entrypoint": ["/app/good"], "Env": ["LD_LIBRARY_PATH=/opt/none"] });
    place::image::archive(&folder, "app.tar", &config, &[first, second]);
    let files = ["/app/good", "/app/bad", "/app/late", "/app/plugin.so"];
    let taken = [
        &["snapshot", "--image", "app.tar"][..],
        &files,
        &["-o", "world.json"],
    ]
    .concat();
    let (status, said) = folder.said(&taken);
    assert_eq!(status, 0, "{said}");
    let before: Vec<_> = files
        .iter()
        .map(|file| folder.said(&["check", "-v", "--no-policy", "--image", "app.tar", file]))
        .collect();
    std::fs::remove_file(folder.at("app.tar")).expect("removed");
    for (file, before) in files.iter().zip(before) {
        let after = folder.said(&[
            "check",
            "-v",
            "--no-policy",
            "--snapshot",
            "world.json",
            file,
        ]);
        assert_eq!(after, before, "{file}");
    }
    // What a layer deleted is in no snapshot.
    let (status, _) = folder.said(&["check", "--snapshot", "world.json", "/app/secure"]);
    assert_eq!(status, 2);
}
