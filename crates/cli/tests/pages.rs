//! The pages under `docs/cli` are tests: every `$ sayso …` in them is run, in a folder that holds the worlds of
//! `docs/cli/worlds` as root folders of the same names. `TRYCMD=overwrite` writes the answers down.

use std::path::{Path, PathBuf};

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
    std::env::set_current_dir(&scratch.0).expect("the folder");
    let cases = trycmd::TestCases::new();
    cases.env("COLUMNS", "80").env("NO_COLOR", "1");
    cases.case(docs.join("*.md"));
    cases.run();
}
