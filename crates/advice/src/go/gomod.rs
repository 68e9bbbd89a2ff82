//! `go.mod`, line by line: versions are changed in their place, and every other byte stays.

use sayso_facts::go::{BuildInfo, Module};

use super::sides::Side;

/// One line of a file before and after; `None`: it is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Before, without its end of line.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// What becomes of a `go.mod`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Every line, in order.
    pub lines: Vec<Line>,
    /// What the user should know, one sentence each.
    pub remarks: Vec<String>,
    end: &'static str,
    ends_open: bool,
}

impl Rewritten {
    /// The new text.
    pub fn text(&self) -> String {
        let mut lines = self
            .lines
            .iter()
            .filter_map(|line| line.new.as_deref())
            .collect::<Vec<_>>()
            .join(self.end);
        if !self.ends_open && !lines.is_empty() {
            lines.push_str(self.end);
        }
        lines
    }
    /// Something differs.
    pub fn is_changed(&self) -> bool {
        self.lines.iter().any(|line| line.old != line.new)
    }
    /// The change as a unified diff with three lines around each hunk; empty if nothing differs.
    pub fn diff(&self, name: &str) -> String {
        const AROUND: usize = 3;
        let changed: Vec<usize> = (0..self.lines.len())
            .filter(|&at| self.lines[at].old != self.lines[at].new)
            .collect();
        let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
        for at in changed {
            let range = at.saturating_sub(AROUND)..(at + AROUND + 1).min(self.lines.len());
            match hunks.last_mut() {
                Some(last) if last.end >= range.start => last.end = range.end,
                _ => hunks.push(range),
            }
        }
        let mut text = if hunks.is_empty() {
            String::new()
        } else {
            format!("--- {name}\n+++ {name}\n")
        };
        for hunk in hunks {
            text.push_str(&self.hunk(hunk));
        }
        text
    }

    fn hunk(&self, range: std::ops::Range<usize>) -> String {
        let count = |lines: &[Line], new: bool| {
            lines
                .iter()
                .filter(|line| if new { &line.new } else { &line.old }.is_some())
                .count()
        };
        let lines = &self.lines[range.clone()];
        let (old, new) = (count(lines, false), count(lines, true));
        // A side without lines names the line before it, as diff does.
        let start = |new: bool, length: usize| {
            count(&self.lines[..range.start], new) + usize::from(length > 0)
        };
        let mut text = format!(
            "@@ -{},{old} +{},{new} @@\n",
            start(false, old),
            start(true, new)
        );
        let mut added: Vec<String> = Vec::new();
        for line in lines {
            match (&line.old, &line.new) {
                (Some(old), Some(new)) if old == new => {
                    text.extend(added.drain(..));
                    text.extend([" ", old, "\n"]);
                }
                (old, new) => {
                    text.extend(old.iter().map(|old| format!("-{old}\n")));
                    added.extend(new.iter().map(|new| format!("+{new}\n")));
                }
            }
        }
        text.extend(added);
        text
    }
}

/// A word of a line, and where it stands.
struct Word {
    text: String,
    place: std::ops::Range<usize>,
}

/// The words of a line up to its comment; quoted ones without their quotes (`modfile`: `"…"` and `` `…` ``).
fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\r' => at += 1,
            b'/' if bytes[at..].starts_with(b"//") => break,
            quote @ (b'"' | b'`') => {
                let close = line[at + 1..]
                    .bytes()
                    .position(|b| b == quote)
                    .map_or(bytes.len(), |length| at + 2 + length);
                let inner = line[at + 1..close].trim_end_matches(char::from(quote));
                words.push(Word {
                    text: inner.to_owned(),
                    place: at..close,
                });
                at = close;
            }
            b'(' | b')' | b',' => {
                words.push(Word {
                    text: line[at..=at].to_owned(),
                    place: at..at + 1,
                });
                at += 1;
            }
            _ => {
                let stop = |at: usize| {
                    matches!(
                        bytes[at],
                        b' ' | b'\t' | b'\r' | b'(' | b')' | b',' | b'"' | b'`'
                    ) || bytes[at..].starts_with(b"//")
                };
                let end = (at..bytes.len())
                    .find(|&at| stop(at))
                    .unwrap_or(bytes.len());
                words.push(Word {
                    text: line[at..end].to_owned(),
                    place: at..end,
                });
                at = end;
            }
        }
    }
    words
}

/// The version that a plugin must require of a module, if the host's file names one that can be required.
fn version(module: &Module) -> Option<&str> {
    let version = module.version.as_str();
    (version.starts_with('v') && !version.contains('+') || version.ends_with("+incompatible"))
        .then_some(version)
}

fn with(line: &str, word: &Word, new: &str) -> String {
    format!(
        "{}{new}{}",
        &line[..word.place.start],
        &line[word.place.end..]
    )
}

/// What was seen on the way.
#[derive(Default)]
struct Seen {
    required: Vec<String>,
    replaced: Vec<String>,
    last_replace: Option<(usize, bool)>,
}

/// Brings the requirements of a plugin's `go.mod` to the versions that its host was built with.
///
/// Requirements of modules that the host has take the host's version, `replace` lines of the host by a published module are taken over, and a
/// `toolchain` line takes the host's release. Comments, order, blank lines, ends of lines and every other directive stay.
pub fn rewrite(text: &str, host: &Side) -> Rewritten {
    let empty = BuildInfo::default();
    let info = host.info.as_ref().unwrap_or(&empty);
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut rewritten = Rewritten {
        end,
        ends_open: !text.ends_with('\n'),
        ..Rewritten::default()
    };
    let mut seen = Seen::default();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let words = words(line);
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let new = match (&block, texts.as_slice()) {
            (Some(_), [")"]) => {
                block = None;
                None
            }
            (None, [verb, "(", ..]) => {
                block = Some((*verb).to_owned());
                None
            }
            (Some(verb), _) => directive(
                verb,
                line,
                &words,
                host,
                info,
                &mut seen,
                rewritten.lines.len(),
                true,
                &mut rewritten.remarks,
            ),
            (None, [verb, ..]) => directive(
                verb,
                line,
                &words[1..],
                host,
                info,
                &mut seen,
                rewritten.lines.len(),
                false,
                &mut rewritten.remarks,
            ),
            (None, []) => None,
        };
        rewritten.lines.push(Line {
            old: Some(line.to_owned()),
            new: Some(new.unwrap_or_else(|| line.to_owned())),
        });
    }
    add_replacements(info, &seen, &mut rewritten);
    rewritten
}

#[expect(
    clippy::too_many_arguments,
    reason = "one line with everything around it; a struct would be made for this call alone"
)]
fn directive(
    verb: &str,
    line: &str,
    words: &[Word],
    host: &Side,
    info: &BuildInfo,
    seen: &mut Seen,
    at: usize,
    in_block: bool,
    remarks: &mut Vec<String>,
) -> Option<String> {
    match (verb, words) {
        ("require", [path, old, ..]) => {
            seen.required.push(path.text.clone());
            let module = info.module(&path.text)?;
            match version(module) {
                Some(version) if version != old.text => Some(with(line, old, version)),
                Some(_) => None,
                None => {
                    let from = if module.path == info.main.path {
                        "is the host's own module"
                    } else {
                        "was built from a folder"
                    };
                    remarks.push(format!(
                        "{} {from}: no version can be required; build against the same commit",
                        path.text
                    ));
                    None
                }
            }
        }
        ("replace", [path, ..]) => {
            seen.last_replace = Some((at, in_block));
            seen.replaced.push(path.text.clone());
            replacement(line, words, info, remarks)
        }
        ("toolchain", [old]) => {
            let new = host.toolchain()?;
            (old.text != new).then(|| with(line, old, new))
        }
        ("go", [old]) => {
            let minor = |text: &str| {
                text.strip_prefix("1.")
                    .and_then(|rest| rest.split('.').next()?.parse::<u16>().ok())
            };
            let (wanted, have) = (minor(&old.text)?, host.release.as_ref()?.minor?);
            if wanted > have {
                remarks.push(format!("the go line asks for Go {} and the host was built with {}: lower it, or the build is refused", old.text, host.toolchain().unwrap_or_default()));
            }
            None
        }
        _ => None,
    }
}

/// A `replace` line: `PATH [VERSION] => NEW [VERSION]`.
fn replacement(
    line: &str,
    words: &[Word],
    info: &BuildInfo,
    remarks: &mut Vec<String>,
) -> Option<String> {
    let arrow = words.iter().position(|word| word.text == "=>")?;
    let (path, new) = (&words[0].text, words.get(arrow + 1)?);
    let module = info.module(path)?;
    let Some(by) = &module.replace else {
        if &new.text != path {
            remarks.push(format!("{path} is replaced here and not in the host: `go mod edit -dropreplace={path}` takes the host's"));
        }
        return None;
    };
    let Some(version) = version(by) else {
        remarks.push(format!(
            "the host took {path} from the folder {}: this line must lead to the same sources",
            by.path
        ));
        return None;
    };
    if new.text == by.path && words.get(arrow + 2).is_some_and(|old| old.text == version) {
        return None;
    }
    let end = words.last().map_or(new.place.end, |last| last.place.end);
    Some(format!(
        "{}{} {version}{}",
        &line[..new.place.start],
        by.path,
        &line[end..]
    ))
}

/// What the host replaces by a published module, and this file does not.
fn add_replacements(info: &BuildInfo, seen: &Seen, rewritten: &mut Rewritten) {
    let mut added = Vec::new();
    for module in &info.deps {
        let Some(by) = module.replace.as_deref().filter(|_| {
            seen.required.contains(&module.path) && !seen.replaced.contains(&module.path)
        }) else {
            continue;
        };
        match version(by) {
            Some(version) => added.push(format!("{} => {} {version}", module.path, by.path)),
            None => rewritten.remarks.push(format!("the host took {} from the folder {}: add a replace line that leads to the same sources", module.path, by.path)),
        }
    }
    let in_block = matches!(seen.last_replace, Some((_, true)));
    let at = seen
        .last_replace
        .map_or(rewritten.lines.len(), |(at, _)| at + 1);
    let lines = added.into_iter().map(|line| {
        if in_block {
            format!("\t{line}")
        } else {
            format!("replace {line}")
        }
    });
    let mut lines: Vec<Line> = lines
        .map(|line| Line {
            old: None,
            new: Some(line),
        })
        .collect();
    if !lines.is_empty() && seen.last_replace.is_none() {
        lines.insert(
            0,
            Line {
                old: None,
                new: Some(String::new()),
            },
        );
    }
    rewritten.lines.splice(at..at, lines);
}

#[cfg(test)]
mod tests {
    use super::*;
    use sayso_facts::go::Version;

    fn host(text: &str) -> Side {
        Side {
            release: Some(Version::parse("go1.22.10")),
            info: Some(BuildInfo::parse("go1.22.10", text)),
            ..Side::default()
        }
    }

    const HOST: &str = "mod\texample.com/host\t(devel)\t\ndep\texample.com/a\tv1.2.0\th1:a=\ndep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:z=\ndep\texample.com/c\tv0.3.0\n=>\t../c\t(devel)\t\ndep\texample.com/d\tv2.0.0+incompatible\th1:d=\n";

    #[test]
    fn versions_change_and_nothing_else() {
        let text = "// A plugin.\nmodule example.com/p // mine\n\ngo 1.21\n\ntoolchain go1.21.3 // why\n\nrequire (\n\t\"example.com/a\"   v1.9.0 // indirect; see #7\n\texample.com/own v1.0.0\n\n\t// keep me\n\texample.com/d v1.0.0\n)\n\nrequire example.com/b v0.9.0\nexclude example.com/a v1.1.0\nretract [v1.0.0, v1.1.0]\n";
        let rewritten = rewrite(text, &host(HOST));
        let want = text
            .replace("v1.9.0", "v1.2.0")
            .replace("example.com/d v1.0.0", "example.com/d v2.0.0+incompatible")
            .replace("b v0.9.0", "b v1.0.0")
            .replace("go1.21.3", "go1.22.10")
            + "\nreplace example.com/b => example.com/fork v1.0.1\n";
        assert_eq!(rewritten.text(), want);
        assert!(rewritten.remarks.is_empty(), "{:?}", rewritten.remarks);
        assert_eq!(rewrite(&want, &host(HOST)).diff("go.mod"), "");
    }

    #[test]
    fn replacements_are_taken_over_where_they_stand() {
        let text = "module p\nrequire (\n\texample.com/b v1.0.0\n\texample.com/c v0.3.0\n\texample.com/a v1.2.0\n)\nreplace (\n\texample.com/a => ../a // local\n)\n";
        let rewritten = rewrite(text, &host(HOST));
        assert_eq!(
            rewritten.text(),
            text.replace(
                "// local\n",
                "// local\n\texample.com/b => example.com/fork v1.0.1\n"
            )
        );
        assert_eq!(rewritten.remarks.len(), 2, "{:?}", rewritten.remarks);
        let text = "module p\nrequire example.com/b v1.0.0\nreplace example.com/b v1.0.0 => example.com/old v0.1.0 // x\n";
        assert_eq!(
            rewrite(text, &host(HOST)).text(),
            text.replace("example.com/old v0.1.0", "example.com/fork v1.0.1")
        );
    }

    #[test]
    fn other_ends_of_lines_stay() {
        let text = "module p\r\nrequire example.com/a v1.0.0";
        assert_eq!(
            rewrite(text, &host(HOST)).text(),
            "module p\r\nrequire example.com/a v1.2.0"
        );
        assert_eq!(rewrite("", &host(HOST)).text(), "");
        let odd = "require (\nx\n\"unclosed v1\nrequire )( =>\nreplace a =>\n";
        assert_eq!(rewrite(odd, &host(HOST)).text(), odd);
    }

    #[test]
    fn diffs_are_unified() {
        let text = "module p\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nexclude x v1.0.0\n";
        assert_eq!(
            rewrite(text, &host(HOST)).diff("p/go.mod"),
            "--- p/go.mod\n+++ p/go.mod\n@@ -2,6 +2,6 @@\n \n go 1.21\n \n-require example.com/a v1.0.0\n+require example.com/a v1.2.0\n \n exclude x v1.0.0\n"
        );
    }

    #[test]
    fn a_newer_language_is_told() {
        let rewritten = rewrite("module p\ngo 1.24\n", &host(HOST));
        assert!(!rewritten.is_changed());
        assert_eq!(rewritten.remarks.len(), 1);
    }
}
