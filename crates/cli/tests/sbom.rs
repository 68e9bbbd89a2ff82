//! `sayso sbom`: the documents against the official schemas, and a bill held against files that have changed.

mod place;
mod schema;

use place::{Folder, bills};

fn placed(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.world("root", WORLD);
    let libc = "/lib64/ld-linux-x86-64.so.2\n/lib/x86_64-linux-gnu/libc.so.6\n";
    folder.write("root/var/lib/dpkg/info/libc6:amd64.list", libc);
    folder.write(
        "root/var/lib/dpkg/info/app.list",
        "/app/main\n/app/liba.so\n",
    );
    folder.write("root/var/lib/dpkg/status", STATUS);
    folder
}

fn said(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    folder.said(&[&["--root", "root"], arguments].concat())
}

const WORLD: &str = "
machine: glibc 2.36 x86_64
/etc/os-release text \"ID=debian\\nVERSION_ID=12\\n\"
/app/main       exec needs=liba.so,libc.so.6 runpath=/app imports=f,fmod@GLIBC_2.34(libc.so.6)
/app/liba.so    lib  exports=f
run: /app/main
";

const STATUS: &str = "Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u4

Package: app
Status: install ok installed
Architecture: amd64
Version: 1:1.0~rc1-1
";

#[test]
fn bills_are_the_same_each_time_and_resolve_needs() {
    let folder = placed("made");
    let (status, text) = said(&folder, &["sbom"]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(said(&folder, &["sbom"]).1, text);
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let edges = value["dependencies"].as_array().expect("a list");
    let main = edges
        .iter()
        .find(|edge| edge["ref"] == "file:/app/main")
        .expect("the program");
    let to = main["dependsOn"].to_string();
    assert!(
        to.contains("file:/app/liba.so") && to.contains("libc.so.6"),
        "{to}"
    );
    assert!(
        text.contains("pkg:deb/debian/app@1%3A1.0~rc1-1?arch=amd64&distro=debian-12"),
        "{text}"
    );
    let (status, text) = said(&folder, &["sbom", "--kind", "spdx"]);
    assert_eq!(status, 0, "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["creationInfo"]["created"], "1970-01-01T00:00:00Z");
}

#[test]
fn the_official_validators_accept_them() {
    let Some(home) = place::provisioned("sbom-validators") else {
        return;
    };
    let folder = placed("valid");
    for kind in ["cyclonedx", "spdx"] {
        let file = format!("{kind}.json");
        assert_eq!(said(&folder, &["sbom", "--kind", kind, "-o", &file]).0, 0);
    }
    bills::accepted(&home, &folder, "cyclonedx.json", "spdx.json");
}

#[test]
fn each_rule_finds_its_fault() {
    let folder = placed("held");
    for kind in ["cyclonedx", "spdx"] {
        assert_eq!(
            said(
                &folder,
                &["sbom", "--kind", kind, "-o", &format!("{kind}.json")]
            )
            .0,
            0
        );
        let (status, said) = said(&folder, &["sbom", "--verify", &format!("{kind}.json")]);
        assert_eq!(status, 0, "{said}");
    }
    let verify = |file: &str| {
        let (status, said) = said(&folder, &["sbom", "--verify", file, "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        schema::keeps("sbom-verify", &value, &[file]);
        let rules: Vec<String> = value["faults"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|fault| {
                fault["rule"].as_str().unwrap_or_default().to_owned()
                    + " "
                    + fault["subject"].as_str().unwrap_or_default()
            })
            .collect();
        (status, rules)
    };
    let text = std::fs::read_to_string(folder.at("spdx.json")).expect("the bill");
    std::fs::write(
        folder.at("old.json"),
        text.replace("2.36-9+deb12u4", "2.31-13"),
    )
    .expect("a bill");
    assert_eq!(
        verify("old.json"),
        (1, vec!["sbom-libc-too-old libc6 2.31-13".into()])
    );
    // Equality is not asked for: a newer library is right.
    std::fs::write(
        folder.at("new.json"),
        text.replace("2.36-9+deb12u4", "2.41-1"),
    )
    .expect("a bill");
    assert_eq!(verify("new.json"), (0, vec![]));
    let mut library = std::fs::read(folder.at("root/app/liba.so")).expect("a library");
    library.push(0);
    std::fs::write(folder.at("root/app/liba.so"), library).expect("a library");
    let program = std::fs::read(folder.at("root/app/main")).expect("a program");
    std::fs::write(folder.at("root/app/stranger"), program).expect("a program");
    assert_eq!(
        verify("cyclonedx.json"),
        (
            1,
            vec![
                "sbom-digest-changed /app/liba.so".into(),
                "sbom-unowned-binary /app/stranger".into()
            ]
        )
    );
    std::fs::remove_file(folder.at("root/app/liba.so")).expect("removed");
    let (status, rules) = verify("spdx.json");
    assert_eq!(status, 1);
    assert!(
        rules.contains(&"sbom-file-missing /app/liba.so".to_owned()),
        "{rules:?}"
    );
    assert!(
        rules.contains(&"sbom-need-not-supplied /app/main".to_owned()),
        "{rules:?}"
    );
    std::fs::write(folder.at("junk.json"), "{}").expect("a file");
    assert_eq!(said(&folder, &["sbom", "--verify", "junk.json"]).0, 2);
}

/// A bill of just so many bytes is read (and is none); of one more it is said that it is too big.
#[test]
fn the_limit_of_a_bill_holds_on_both_sides() {
    let folder = placed("limit");
    let most = sayso_advice::limits::SBOM_BYTES_MAX;
    for (size, part) in [(most, "expected value"), (most + 1, "it is bigger than")] {
        let file = std::fs::File::create(folder.at("big.json")).expect("a file");
        file.set_len(size).expect("holes");
        let (status, text) = said(&folder, &["sbom", "--verify", "big.json"]);
        assert!(status == 2 && text.contains(part), "{text}");
    }
}

#[test]
fn bills_of_images_are_those_of_their_roots() {
    let folder = placed("image");
    let world = place::image::files_of(WORLD);
    let world = format!(
        "{world}/var/lib/dpkg/info/app.list text \"/app/main\\n/app/liba.so\\n\"\n/var/lib/dpkg/status text \"{}\"\n",
        STATUS.replace('\n', "\\n")
    );
    let layer = place::image::Layer {
        world: &world,
        whiteouts: &[],
        made_by: "COPY . /",
    };
    let config = serde_json::json!({ "Entrypoint": ["/app/main"] });
    place::image::archive(&folder, "app.tar", &config, &[layer]);
    let files = |words: &[&str]| {
        let (status, text) = folder.said(words);
        assert_eq!(status, 0, "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let components = value["components"].as_array().expect("components").clone();
        let of_app = |one: &&serde_json::Value| {
            one["type"] == "file"
                && one["name"]
                    .as_str()
                    .is_some_and(|name| name.starts_with("/app"))
        };
        components
            .iter()
            .filter(of_app)
            .cloned()
            .collect::<Vec<_>>()
    };
    let of_image = files(&["sbom", "--image", "app.tar"]);
    assert_eq!(of_image.len(), 2);
    assert_eq!(of_image, files(&["sbom", "--root", "root"]));
    for kind in ["cyclonedx", "spdx"] {
        let file = format!("{kind}.json");
        let made = folder.said(&["sbom", "--image", "app.tar", "--kind", kind, "-o", &file]);
        assert_eq!(made, (0, String::new()));
        let (status, said) = folder.said(&["sbom", "--image", "app.tar", "--verify", &file]);
        assert_eq!(status, 0, "{said}");
    }
    // A file that no loader looks at is not kept: nothing is said of it but that.
    let text = std::fs::read_to_string(folder.at("spdx.json")).expect("the bill");
    let other = "{\"fileName\":\"./etc/os-release\",\"checksums\":[{\"algorithm\":\"SHA1\",\"checksumValue\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}]},";
    let at = text.find("\"files\": [").expect("files") + "\"files\": [".len();
    folder.write(
        "more.json",
        format!("{}{other}{}", &text[..at], &text[at..]),
    );
    let (_, value) = folder.json(&["sbom", "--image", "app.tar", "--verify", "more.json"]);
    schema::keeps("sbom-verify", &value, &[]);
    let told = value["faults"].to_string() + &value["not_compared"].to_string();
    assert!(
        told.contains("os-release") || told.contains("only the contents that a loader looks at"),
        "{told}"
    );
}
