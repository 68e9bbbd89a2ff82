//! The pages of the rules `sbom-…` and `sums-…` are tests: each has a bill or list and a world that it does not fit, and a pair that fits.
//! They are held against each other by the command itself, in every format that other tools read.

mod place;

use place::Folder;
use sayso_advice::integrity::{Algorithm, Digest};

#[test]
fn pages_of_bills_and_lists() {
    let mut pages = 0;
    for rule in sayso_advice::RULES {
        let fence = match rule.name.split('-').next() {
            Some("sbom") => "```json bill\n",
            Some("sums") => "```text list\n",
            _ => continue,
        };
        let (papers, worlds) = (blocks(rule.page, fence), blocks(rule.page, "```world\n"));
        let (&[bad, good], &[failing, passing]) = (&papers[..], &worlds[..]) else {
            panic!("{}: two papers and two worlds are wanted", rule.name);
        };
        let (status, found) = held(rule.name, "bad", bad, failing);
        assert_eq!(found, [rule.name]);
        let is_error = rule.level == sayso_advice::Level::Error;
        assert_eq!(status, i32::from(is_error), "{}", rule.name);
        let (status, found) = held(rule.name, "good", good, passing);
        assert_eq!((status, found), (0, Vec::new()), "{}", rule.name);
        pages += 1;
    }
    assert!(pages >= 12, "{pages}");
}

fn blocks<'t>(page: &'t str, fence: &str) -> Vec<&'t str> {
    let parts = page.split(fence).skip(1);
    parts.filter_map(|rest| rest.split("```").next()).collect()
}

/// The exit status, and the rules that speak, as SARIF has them; the other formats say the same.
fn held(rule: &str, kind: &str, paper: &str, world: &str) -> (i32, Vec<String>) {
    let folder = Folder::new(&format!("{rule}-{kind}"));
    folder.world("root", world);
    folder.write("paper", filled(&folder, paper));
    let words: &[&str] = if rule.starts_with("sbom") {
        &["sbom", "--root", "root", "--verify", "paper", "/app"]
    } else {
        &["sums", "--root", "root", "--verify", "paper", "/app"]
    };
    let asked = |format: &str| {
        let output = folder.sayso(&[words, &["--format", format]].concat());
        let status = output.status.code().expect("it ends by itself");
        (status, place::text(&output.stdout))
    };
    let (status, sarif) = asked("sarif");
    let value: serde_json::Value = serde_json::from_str(&sarif).expect("SARIF");
    let results = value["runs"][0]["results"].as_array().expect("results");
    let mut found: Vec<String> = results
        .iter()
        .map(|result| result["ruleId"].as_str().expect("a rule").to_owned())
        .collect();
    found.dedup();
    for format in ["junit", "github", "markdown"] {
        let (same, text) = asked(format);
        assert_eq!(same, status, "{rule} {format}");
        let names = text.matches(rule).count();
        assert_eq!(names > 0, !found.is_empty(), "{rule} {format}: {text}");
    }
    let (same, _) = asked("text");
    assert_eq!(same, status);
    (status, found)
}

/// A paper whose `<sha256 of /path>` are the digests of the files.
fn filled(folder: &Folder, paper: &str) -> String {
    let mut parts = paper.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (told, rest) = part.split_once('>').expect("a digest ends");
        let (name, path) = told.split_once(" of ").expect("ALGORITHM of PATH");
        let bytes = std::fs::read(folder.at(&format!("root{path}"))).expect(path);
        let algorithm = Algorithm::named(name).expect("an algorithm");
        let digest: Digest = algorithm.of(&bytes);
        text.extend([&digest.to_string(), rest]);
    }
    text
}
