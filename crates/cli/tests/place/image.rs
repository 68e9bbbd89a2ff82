//! Docker-save archives, made of worlds.

use std::fmt::Write as _;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::Folder;

/// One layer: what it brings, and what it deletes.
pub(crate) struct Layer<'a> {
    /// A world without its first line.
    pub(crate) world: &'a str,
    /// Whiteouts, as they are named in the layer.
    pub(crate) whiteouts: &'a [&'a str],
    /// The command of the history.
    pub(crate) made_by: &'a str,
}

/// The files of a world, without its machine and its run: what a layer may bring.
pub(crate) fn files_of(world: &str) -> String {
    let lines = world.lines().filter(|line| line.starts_with('/'));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Packs layers, with stand-ins for libc in the first one, into the archive `name`; `config` is the image's `config`. The layers' files stay
/// in the folders `<name>-layer-1`, `<name>-layer-2` …
pub(crate) fn archive(
    folder: &Folder,
    name: &str,
    config: &serde_json::Value,
    layers: &[Layer<'_>],
) {
    let build = format!("{name}-build");
    let mut members = vec!["config.json".to_owned(), "manifest.json".to_owned()];
    let (mut diff_ids, mut history) = (Vec::new(), Vec::new());
    for (at, layer) in layers.iter().enumerate() {
        let root = format!("{name}-layer-{}", at + 1);
        let text = format!("machine: glibc 2.36 x86_64\n{}", layer.world);
        if at == 0 {
            folder.world(&root, &text);
        } else {
            let fixture = sayso_fixture::parse(&text).expect("a world");
            std::fs::create_dir_all(folder.at(&root)).expect("a folder");
            fixture.write_to(&folder.at(&root)).expect("files");
        }
        for path in layer.whiteouts {
            folder.write(&format!("{root}/{path}"), "");
        }
        let member = format!("{at}.tar");
        folder.write(&format!("{build}/{member}"), "");
        pack(
            folder,
            &root,
            &format!("{build}/{member}"),
            &[".".to_owned()],
        );
        let bytes = std::fs::read(folder.at(&format!("{build}/{member}"))).expect("the layer");
        let mut digest = String::from("sha256:");
        for byte in Sha256::digest(&bytes) {
            let _ = write!(digest, "{byte:02x}");
        }
        diff_ids.push(digest);
        history.push(serde_json::json!({ "created_by": layer.made_by }));
        members.push(member);
    }
    let config = serde_json::json!({
        "os": "linux", "architecture": "amd64", "config": config,
        "rootfs": { "type": "layers", "diff_ids": diff_ids }, "history": history,
    });
    let manifest = serde_json::json!([{ "Config": "config.json", "RepoTags": ["app:1"], "Layers": &members[2..] }]);
    folder.write(&format!("{build}/config.json"), config.to_string());
    folder.write(&format!("{build}/manifest.json"), manifest.to_string());
    pack(folder, &build, name, &members);
}

/// Members of the folder `root`, packed by the system's tar.
pub(crate) fn pack(folder: &Folder, root: &str, into: &str, members: &[String]) {
    let mut tar = Command::new("tar");
    tar.arg("-C")
        .arg(folder.at(root))
        .arg("-cf")
        .arg(folder.at(into));
    let done = tar.args(members).status().expect("tar");
    assert!(done.success());
}
