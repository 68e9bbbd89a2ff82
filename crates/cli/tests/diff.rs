//! `sayso diff`: two worlds that differ in one thing each, and whether it is named.

mod place;
mod schema;

use place::Folder;
use place::image::Layer;

fn json(folder: &Folder, arguments: &[&str]) -> (i32, serde_json::Value) {
    let (status, value) = folder.json(arguments);
    schema::keeps("diff", &value, &[]);
    (status, value)
}

const BASE: &str = "
machine: glibc 2.36 x86_64
/app/main        exec needs=liba.so,libb.so runpath=/opt/app:/srv imports=f,g
/srv/liba.so     lib exports=f
/srv/libb.so     lib exports=g
/extra/libb.so   lib exports=g,h
run: /app/main
";

#[test]
fn a_library_in_another_place_and_a_symbol_bound_elsewhere() {
    let folder = Folder::new("place");
    // In the other world an earlier folder of the run path has a liba.so, which defines g, too.
    let other = BASE.replace("run: ", "/opt/app/liba.so  lib exports=f,g\nrun: ");
    folder.world("one", BASE).world("two", &other);
    assert_eq!(folder.said(&["diff", "one", "one", "/app/main"]).0, 0);
    let (status, value) = json(&folder, &["diff", "one", "two", "/app/main"]);
    assert_eq!(status, 1);
    let result = &value["results"][0];
    let libraries = result["libraries"].as_array().expect("a list");
    assert_eq!(libraries.len(), 1, "{libraries:#?}");
    assert_eq!(libraries[0]["name"], "liba.so");
    assert_eq!(libraries[0]["changes"], serde_json::json!(["path", "file"]));
    assert_eq!(libraries[0]["a"]["path"], "/srv/liba.so");
    assert_eq!(libraries[0]["b"]["path"], "/opt/app/liba.so");
    let why = libraries[0]["why"].to_string();
    assert!(
        why.contains("/opt/app/liba.so, where B finds it, is not there in A"),
        "{why}"
    );
    let bindings = result["bindings"].as_array().expect("a list");
    assert_eq!(bindings.len(), 1, "{bindings:#?}");
    assert_eq!(bindings[0]["symbol"], "g");
    assert_eq!(
        (&bindings[0]["a"], &bindings[0]["b"]),
        (&"libb.so".into(), &"liba.so".into())
    );
}

#[test]
fn a_missing_library_and_the_environment_that_hid_it() {
    let folder = Folder::new("missing");
    folder.world("one", BASE);
    folder.world("two", &BASE.replace("/srv/libb.so     lib exports=g\n", ""));
    let (status, said) = folder.said(&["diff", "one", "two", "/app/main"]);
    assert_eq!(status, 1);
    assert!(said.contains("/app/main: loads in A, not in B"), "{said}");
    assert!(
        said.contains("libb.so: cannot open shared object file"),
        "{said}"
    );
    assert!(
        said.contains("/srv/libb.so, where A finds it, is not there in B"),
        "{said}"
    );
    // With the variable the second loads, too, and the reason is named. A snapshot keeps the variable.
    let taken = [
        "--root",
        "two",
        "snapshot",
        "/app/main",
        "--env",
        "LD_LIBRARY_PATH=/extra",
        "-o",
        "two.json",
    ];
    let (status, said) = folder.said(&taken);
    assert_eq!(status, 0, "{said}");
    let (status, value) = json(&folder, &["diff", "one", "two.json", "/app/main"]);
    assert_eq!(status, 1);
    let result = &value["results"][0];
    assert_eq!(
        (&result["a"]["verdict"], &result["b"]["verdict"]),
        (&"loads".into(), &"loads".into())
    );
    let row = &result["circumstances"][0];
    assert_eq!(
        (&row["what"], &row["b"]),
        (&"LD_LIBRARY_PATH".into(), &"/extra".into())
    );
    let why = result["libraries"][0]["why"].to_string();
    assert!(
        why.contains("LD_LIBRARY_PATH is `/extra` in B and not set in A"),
        "{why}"
    );
}

#[test]
fn what_the_snapshot_does_not_know_is_no_difference() {
    let folder = Folder::new("unknown");
    folder.world("one", BASE);
    let (status, _) = folder.said(&["--root", "one", "snapshot", "/app/main", "-o", "one.json"]);
    assert_eq!(status, 0);
    let asked = [
        "diff",
        "one",
        "one.json",
        "/app/main",
        "--env",
        "LD_PRELOAD=/x.so",
    ];
    let (status, value) = json(&folder, &asked);
    assert_eq!(status, 3);
    assert_eq!(value["results"][0]["b"]["verdict"], "unknown");
    assert_eq!(value["results"][0]["libraries"], serde_json::json!([]));
    assert_eq!(folder.said(&["diff", "one", "nowhere", "/app/main"]).0, 2);
    assert_eq!(folder.said(&["diff", "one", "one.json", "/app/other"]).0, 2);
    assert_eq!(folder.said(&["diff", "one", "one.json", "/app"]).0, 2);
}

#[test]
fn two_images_and_a_plain_archive() {
    let folder = Folder::new("images");
    let world = place::image::files_of(BASE);
    let base = || Layer {
        world: &world,
        whiteouts: &[],
        made_by: "FROM base",
    };
    let moved = Layer {
        world: "/opt/app/liba.so  lib exports=f,g",
        whiteouts: &["srv/.wh.libb.so"],
        made_by: "RUN mv",
    };
    let config = serde_json::json!({ "Entrypoint": ["/app/main"] });
    place::image::archive(&folder, "one.tar", &config, &[base()]);
    place::image::archive(&folder, "two.tar", &config, &[base(), moved]);
    assert_eq!(
        folder.said(&["diff", "one.tar", "one.tar", "/app/main"]).0,
        0
    );
    let (status, value) = json(&folder, &["diff", "one.tar", "two.tar", "/app/main"]);
    assert_eq!(status, 1);
    let result = &value["results"][0];
    assert_eq!(
        (&result["a"]["verdict"], &result["b"]["verdict"]),
        (&"loads".into(), &"fails".into())
    );
    let libraries = result["libraries"].as_array().expect("a list");
    let names: Vec<&str> = libraries
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(names, ["liba.so", "libb.so"], "{libraries:#?}");
    // The same files as a plain archive, as a folder, and in an image are no difference.
    place::image::pack(&folder, "one.tar-layer-1", "plain.tar", &[".".to_owned()]);
    for other in ["plain.tar", "one.tar-layer-1"] {
        let (status, said) = folder.said(&["diff", "one.tar", other, "/app/main"]);
        assert_eq!(status, 0, "{other}: {said}");
    }
}
