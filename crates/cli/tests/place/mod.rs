//! What the tests of the command share: a folder with worlds in it, and `sayso` run there.
#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod bills;
pub(crate) mod image;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of one test, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// An empty one; `name` tells the tests of one file apart.
    pub(crate) fn new(name: &str) -> Folder {
        let of = env!("CARGO_CRATE_NAME");
        let path = std::env::temp_dir().join(format!("sayso-{of}-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
    /// The path of a name in it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
    /// The same as text.
    pub(crate) fn path(&self, name: &str) -> String {
        self.at(name).to_str().expect("text").to_owned()
    }
    /// Writes a file, with the folders that it lies in.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    /// Writes a world's files into the folder `name`, its libc's stand-ins with them.
    pub(crate) fn world(&self, name: &str, text: &str) -> &Folder {
        let fixture = sayso_fixture::parse(text).expect("a world");
        let root = self.at(name);
        std::fs::create_dir_all(&root).expect("a folder");
        fixture.write_libc_to(&root).expect("its libc");
        fixture.write_to(&root).expect("its files");
        self
    }
    /// `sayso`, to be run here.
    pub(crate) fn command(&self) -> Command {
        let mut command = sayso();
        command.current_dir(&self.0);
        command
    }
    /// Runs it.
    pub(crate) fn sayso(&self, words: &[&str]) -> Output {
        let mut command = self.command();
        command.args(words).output().expect("sayso runs")
    }
    /// Its exit status, and what it writes: standard output, then standard error.
    pub(crate) fn said(&self, words: &[&str]) -> (i32, String) {
        let output = self.sayso(words);
        let status = output.status.code().expect("it ends by itself");
        (status, text(&output.stdout) + &text(&output.stderr))
    }
    /// Its exit status, and the document that it writes.
    pub(crate) fn json(&self, words: &[&str]) -> (i32, serde_json::Value) {
        let output = self.sayso(&[words, &["--format", "json"]].concat());
        let value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {}", text(&output.stderr)));
        (output.status.code().expect("it ends by itself"), value)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `sayso` without what this machine's environment would change.
pub(crate) fn sayso() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sayso"));
    for name in ["LD_LIBRARY_PATH", "LD_PRELOAD", "SOURCE_DATE_EPOCH"] {
        command.env_remove(name);
    }
    command.env("COLUMNS", "80").env("NO_COLOR", "1");
    command
}

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `cargo xtask provision` brings; without it the test is skipped loudly, and fails where everything is meant to be there.
pub(crate) fn provisioned(name: &str) -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = home.join("../../target/provision").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "CI has no {name}: cargo xtask provision"
    );
    eprintln!("SKIPPED: no {name}: cargo xtask provision");
    None
}
