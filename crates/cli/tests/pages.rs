//! The pages under `docs/cli` are tests: every `$ sayso …` in them is run, in a folder that holds the worlds of
//! `docs/cli/worlds` as root folders of the same names, and the images of `docs/cli/images` as `docker save` archives.
//! `TRYCMD=overwrite` writes the answers down.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

/// A folder of this test run, removed at its end.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn pages() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli");
    let docs = docs.canonicalize().expect("the pages are there");
    let scratch = Scratch(std::env::temp_dir().join(format!("sayso-pages-{}", std::process::id())));
    let mut worlds = 0;
    for entry in std::fs::read_dir(docs.join("worlds")).expect("the worlds are there") {
        let path = entry.expect("a world").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let fixture = sayso_fixture::parse(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let root = scratch.0.join(path.file_stem().expect("a name"));
        std::fs::create_dir_all(&root).expect("a folder");
        fixture.write_libc_to(&root).expect("its libc");
        fixture.write_to(&root).expect("its files");
        worlds += 1;
    }
    assert!(worlds > 1);
    for entry in std::fs::read_dir(docs.join("images")).expect("the images are there") {
        write_image(&entry.expect("an image").path(), &scratch.0);
    }
    std::env::set_current_dir(&scratch.0).expect("the folder");
    let cases = trycmd::TestCases::new();
    cases.env("COLUMNS", "80").env("NO_COLOR", "1");
    cases.case(docs.join("*.md"));
    cases.run();
}

/// Writes the image of a folder into another one, as `NAME.tar`: `config.json`, and `1.world`, `2.world` … for its layers, whose first line
/// is the history's line.
fn write_image(folder: &Path, to: &Path) {
    let name = folder.file_name().expect("a name").to_string_lossy();
    let work = to.join(format!(".{name}"));
    let (mut names, mut digests, mut history) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1.. {
        let Ok(text) = std::fs::read_to_string(folder.join(format!("{number}.world"))) else {
            break;
        };
        let line = text.lines().next().unwrap_or_default();
        history.push(format!(
            "{{\"created_by\":\"{}\"}}",
            line.trim_start_matches("# ")
        ));
        let fixture = sayso_fixture::parse(&text)
            .unwrap_or_else(|error| panic!("{name}, layer {number}: {error}"));
        let root = work.join(format!("layer-{number}"));
        std::fs::create_dir_all(&root).expect("a folder");
        if number == 1 {
            fixture.write_libc_to(&root).expect("its libc");
        }
        fixture.write_to(&root).expect("its files");
        let layer = format!("{number}.tar");
        pack(&root, &work.join(&layer));
        let bytes = std::fs::read(work.join(&layer)).expect("the layer");
        names.push(format!("\"{layer}\""));
        digests.push(format!("\"sha256:{}\"", sha256(&bytes)));
        std::fs::remove_dir_all(root).expect("the layer's folder");
    }
    assert!(!names.is_empty(), "{name} has no layer");
    let config = std::fs::read_to_string(folder.join("config.json")).expect("its configuration");
    let config = format!(
        r#"{{"os":"linux","architecture":"amd64","config":{config},"rootfs":{{"type":"layers","diff_ids":[{}]}},"history":[{}]}}"#,
        digests.join(","),
        history.join(",")
    );
    let config_name = format!("{}.json", sha256(config.as_bytes()));
    std::fs::write(work.join(&config_name), config).expect("its configuration");
    let manifest = format!(
        r#"[{{"Config":"{config_name}","RepoTags":["{name}:latest"],"Layers":[{}]}}]"#,
        names.join(",")
    );
    std::fs::write(work.join("manifest.json"), manifest).expect("its manifest");
    pack(&work, &to.join(format!("{name}.tar")));
    std::fs::remove_dir_all(work).expect("its folder");
}

fn pack(folder: &Path, file: &Path) {
    let done = Command::new("tar")
        .args([
            "--sort=name",
            "--mtime=@0",
            "--numeric-owner",
            "--owner=0",
            "--group=0",
        ])
        .arg("-C")
        .arg(folder)
        .arg("-cf")
        .arg(file)
        .arg(".")
        .status();
    assert!(done.expect("tar").success(), "tar");
}

fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("a string");
    }
    text
}
