//! The corpus: what tools and loaders really said, with what `explain` is expected to make of it.
//!
//! `lab/texts/*.texts` hold many texts each. A text begins with a line `=== NAME`; a header of `key: value` lines follows, then the
//! line `---`, then the text itself, byte for byte, up to the next line that begins with `=== `. `docs/lab.md` has the keys.

pub mod loaders;
pub mod plugins;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

/// One text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// `shells/bash-other-machine`: the file, and the name in it.
    pub name: String,
    /// The rule that explains it, or `not-a-loader-failure`.
    pub class: String,
    /// Rules that may stand first as well: the words do not decide between them.
    pub or: Vec<String>,
    /// What was really behind it; expected among the causes.
    pub cause: Option<String>,
    /// What it is instead, where it is no loader's failure.
    pub instead: Option<String>,
    /// What said it.
    pub tool: String,
    /// The command, line by line, or the thread that it is quoted from.
    pub made_by: Vec<String>,
    /// (name, value) that must be found in it.
    pub entities: Vec<(String, String)>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The class of texts that are no loader's failure.
pub const NEGATIVE: &str = "not-a-loader-failure";

/// Where the texts are.
pub fn home() -> PathBuf {
    crate::workspace().join("lab/texts")
}

/// Every text of every file, the quoted ones too.
///
/// # Errors
/// A file that cannot be read, or does not keep to the format.
pub fn all() -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for folder in [home(), home().join("quoted")] {
        let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "texts") {
                continue;
            }
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let group = stem.context("a name that is no text")?;
            let bytes = std::fs::read(&path)?;
            texts.extend(parse(group, &bytes).with_context(|| path.display().to_string())?);
        }
    }
    texts.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in texts.windows(2) {
        ensure!(
            pair[0].name != pair[1].name,
            "{} is there twice",
            pair[0].name
        );
    }
    Ok(texts)
}

/// Reads one file.
///
/// # Errors
/// The line that is not understood.
pub fn parse(group: &str, file: &[u8]) -> Result<Vec<Text>> {
    let mut texts: Vec<Text> = Vec::new();
    let mut in_header = false;
    for line in file.split_inclusive(|&byte| byte == b'\n') {
        if let Some(name) = line.strip_prefix(b"=== ") {
            let name = std::str::from_utf8(name)?.trim_end();
            texts.push(Text {
                name: format!("{group}/{name}"),
                ..Text::default()
            });
            in_header = true;
            continue;
        }
        let text = texts.last_mut().context("words before the first text")?;
        if !in_header {
            text.bytes.extend_from_slice(line);
        } else if line == b"---\n" {
            in_header = false;
        } else {
            let line = std::str::from_utf8(line)?.trim_end_matches('\n');
            header(text, line).with_context(|| format!("{}: '{line}'", text.name))?;
        }
    }
    for text in &mut texts {
        ensure!(!text.class.is_empty(), "{} has no class", text.name);
        if text.made_by.last().is_some_and(|line| line == NO_NEWLINE) {
            text.made_by.pop();
            text.bytes.pop();
        }
    }
    Ok(texts)
}

/// Stands in for the key `ends` while a file is read.
const NO_NEWLINE: &str = "\0";

fn header(text: &mut Text, line: &str) -> Result<()> {
    let (key, value) = line.split_once(": ").context("no 'key: value'")?;
    match key {
        "class" => text.class = value.into(),
        "or" => text.or.push(value.into()),
        "cause" => text.cause = Some(value.into()),
        "instead" => text.instead = Some(value.into()),
        "tool" => text.tool = value.into(),
        "made-by" => text.made_by.push(value.into()),
        "ends" => text.made_by.push(NO_NEWLINE.into()),
        "entity" => {
            let (name, value) = value.split_once('=').context("no 'name=value'")?;
            text.entities.push((name.into(), value.into()));
        }
        _ => bail!("the key {key} is not known"),
    }
    Ok(())
}

/// Writes a file of texts that all belong to one group.
pub fn format(texts: &[Text]) -> Vec<u8> {
    let mut file = Vec::new();
    for text in texts {
        let name = text.name.split_once('/').map_or("", |(_, name)| name);
        let mut header = format!("=== {name}\nclass: {}\n", text.class);
        let mut line = |key: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(header, "{key}: {value}");
        };
        for other in &text.or {
            line("or", other);
        }
        if let Some(cause) = &text.cause {
            line("cause", cause);
        }
        if let Some(instead) = &text.instead {
            line("instead", instead);
        }
        line("tool", &text.tool);
        for made_by in &text.made_by {
            line("made-by", made_by);
        }
        for (name, value) in &text.entities {
            line("entity", &format!("{name}={value}"));
        }
        let whole = text.bytes.ends_with(b"\n");
        if !whole {
            line("ends", "without a newline");
        }
        file.extend_from_slice(header.as_bytes());
        file.extend_from_slice(b"---\n");
        file.extend_from_slice(&text.bytes);
        if !whole {
            file.push(b'\n');
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::{Text, format, parse};

    #[test]
    fn a_file_reads_back() {
        let first = Text {
            name: "group/first".into(),
            class: "undefined-symbol".into(),
            or: vec!["undefined-symbol-cxx11-abi".into()],
            cause: Some("undefined-symbol".into()),
            tool: "a tool 1.0".into(),
            made_by: vec!["./a".into(), "./b: c".into()],
            entities: vec![("symbol".into(), "a=b".into())],
            bytes: b"a\r\n\xff---\n---\n".to_vec(),
            ..Text::default()
        };
        let second = Text {
            name: "group/second".into(),
            class: super::NEGATIVE.into(),
            instead: Some("network".into()),
            tool: "curl".into(),
            bytes: b"no line end".to_vec(),
            ..Text::default()
        };
        let file = format(&[first.clone(), second.clone()]);
        assert_eq!(parse("group", &file).unwrap(), [first, second]);
        assert!(parse("group", b"=== x\nclas: y\n---\n").is_err());
        assert!(parse("group", b"=== x\n---\n").is_err(), "no class");
        assert!(parse("group", b"x\n").is_err());
    }
}
