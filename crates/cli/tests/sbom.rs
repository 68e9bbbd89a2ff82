//! `sayso sbom`: the documents against the official schemas, and a bill held against files that have changed.

mod schema;

use std::path::{Path, PathBuf};
use std::process::Command;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sayso-sbom-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let root = path.join("root");
        std::fs::create_dir_all(&root).expect("a folder");
        let fixture = sayso_fixture::parse(WORLD).expect("a world");
        fixture.write_libc_to(&root).expect("its libc");
        fixture.write_to(&root).expect("its files");
        let info = root.join("var/lib/dpkg/info");
        std::fs::create_dir_all(&info).expect("a folder");
        let libc = "/lib64/ld-linux-x86-64.so.2\n/lib/x86_64-linux-gnu/libc.so.6\n";
        std::fs::write(info.join("libc6:amd64.list"), libc).expect("a list");
        std::fs::write(info.join("app.list"), "/app/main\n/app/liba.so\n").expect("a list");
        std::fs::write(root.join("var/lib/dpkg/status"), STATUS).expect("a database");
        Folder(path)
    }
    fn sayso(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_sayso"))
            .args(["--root", "root"])
            .args(arguments)
            .current_dir(&self.0)
            .env("COLUMNS", "80")
            .env_remove("SOURCE_DATE_EPOCH")
            .output()
            .expect("sayso runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.code().expect("a status"),
            text + &String::from_utf8_lossy(&output.stderr),
        )
    }
    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
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
    let folder = Folder::new("made");
    let (status, text) = folder.sayso(&["sbom"]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(folder.sayso(&["sbom"]).1, text);
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
    let (status, text) = folder.sayso(&["sbom", "--kind", "spdx"]);
    assert_eq!(status, 0, "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["creationInfo"]["created"], "1970-01-01T00:00:00Z");
}

#[test]
fn the_official_validators_accept_them() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/provision/sbom-validators");
    if !home.join("package").exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI has no validators: cargo xtask provision"
        );
        eprintln!("SKIPPED: no validators: cargo xtask provision");
        return;
    }
    let folder = Folder::new("valid");
    for kind in ["cyclonedx", "spdx"] {
        let file = format!("{kind}.json");
        assert_eq!(folder.sayso(&["sbom", "--kind", kind, "-o", &file]).0, 0);
    }
    let script = "import sys\nfrom cyclonedx.validation.json import JsonStrictValidator\nfrom cyclonedx.schema import SchemaVersion\n\
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())\nsys.exit(str(error) if error else 0)";
    let mut python = Command::new(home.join("bin/python"));
    let done = python
        .args(["-c", script])
        .arg(folder.at("cyclonedx.json"))
        .output()
        .expect("python");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    // Not the script beside it: that names its interpreter by an absolute path, and folders move.
    let main = "from spdx_tools.spdx.clitools.pyspdxtools import main; main()";
    let mut tools = Command::new(home.join("bin/python"));
    let done = tools
        .args(["-c", main, "-i"])
        .arg(folder.at("spdx.json"))
        .output()
        .expect("pyspdxtools");
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && !said.contains("must"), "{said}");
}

#[test]
fn each_rule_finds_its_fault() {
    let folder = Folder::new("held");
    for kind in ["cyclonedx", "spdx"] {
        assert_eq!(
            folder
                .sayso(&["sbom", "--kind", kind, "-o", &format!("{kind}.json")])
                .0,
            0
        );
        let (status, said) = folder.sayso(&["sbom", "--verify", &format!("{kind}.json")]);
        assert_eq!(status, 0, "{said}");
    }
    let verify = |file: &str| {
        let (status, said) = folder.sayso(&["sbom", "--verify", file, "--format", "json"]);
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
    assert_eq!(folder.sayso(&["sbom", "--verify", "junk.json"]).0, 2);
}
