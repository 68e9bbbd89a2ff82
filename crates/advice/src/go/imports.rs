//! Which of the differing packages are the roots: those that no other differing one explains.
//!
//! The file does not hold who imports whom, so this is asked of `go list` where the sources are at hand.

use std::collections::{HashMap, HashSet};

/// Arguments of `go list` (behind the flags of the build) whose output [`read`] reads.
pub const LIST_ARGUMENTS: &[&str] = &[
    "list",
    "-deps",
    "-e",
    "-f",
    "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}",
];

/// Each package with those that it imports.
pub type Imports = HashMap<String, Vec<String>>;

/// Reads lines of a package and its imports.
pub fn read(text: &str) -> Imports {
    let line = |line: &str| {
        let mut words = line.split_ascii_whitespace().map(str::to_owned);
        Some((words.next()?, words.collect()))
    };
    text.lines().filter_map(line).collect()
}

/// The differing packages that import no differing one, not even through others: what was really changed, or built otherwise.
/// In the order given.
pub fn roots<'a>(differing: &'a [String], imports: &Imports) -> Vec<&'a str> {
    let names: HashSet<&str> = differing.iter().map(String::as_str).collect();
    let rests_on_another = |package: &str| {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut waiting: Vec<&str> = imports
            .get(package)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        while let Some(next) = waiting.pop() {
            if next != package && names.contains(next) {
                return true;
            }
            if seen.insert(next) {
                waiting.extend(imports.get(next).into_iter().flatten().map(String::as_str));
            }
        }
        false
    };
    differing
        .iter()
        .map(String::as_str)
        .filter(|package| !rests_on_another(package))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_import_no_other_that_differs() {
        let imports =
            read("m/leaf\nm/mid m/leaf fmt\nm/side\nm/top m/quiet m/side\nm/quiet m/mid\n");
        let differing: Vec<String> = ["m/leaf", "m/side", "m/mid", "m/top"]
            .map(Into::into)
            .to_vec();
        assert_eq!(roots(&differing, &imports), ["m/leaf", "m/side"]);
        // Through one that kept its hash.
        let differing: Vec<String> = ["m/mid", "m/top"].map(Into::into).to_vec();
        assert_eq!(roots(&differing, &imports), ["m/mid"]);
        assert_eq!(roots(&differing, &Imports::new()), ["m/mid", "m/top"]);
    }

    #[test]
    fn circles_end() {
        let imports = read("a b\nb a\nc a\n");
        assert_eq!(roots(&["c".to_owned()], &imports), ["c"]);
    }
}
