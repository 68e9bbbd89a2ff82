//! What a host expects of its plugins: `--lookup` and `sayso.toml`.
//!
//! ```toml
//! [go.symbols]
//! Name = "*string"                                  # variables are pointers
//! Run = "func(string) (string, error)"
//! Close = { type = "func() error", optional = true }
//! Version = ""                                      # of any type
//! ```

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use anyhow::{Context, bail, ensure};
use sayso_advice::show;
use serde::Deserialize;

/// A name, and the type that the host asserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) name: String,
    pub(super) go_type: Option<String>,
    pub(super) optional: bool,
}

#[derive(Debug, Deserialize)]
struct Document {
    go: Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    symbols: toml::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Symbol {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    optional: bool,
}

impl Expected {
    /// `NAME` or `NAME:TYPE`.
    pub(super) fn of_option(text: &OsString) -> anyhow::Result<Expected> {
        let Some(text) = text.to_str() else {
            bail!(
                "--lookup {} is not UTF-8, and Go names are",
                show(text.as_bytes())
            );
        };
        let (name, go_type) = text
            .split_once(':')
            .map_or((text, ""), |(name, go_type)| (name, go_type));
        Expected::new(name, go_type, false).with_context(|| format!("--lookup {text}"))
    }

    fn new(name: &str, go_type: &str, optional: bool) -> anyhow::Result<Expected> {
        let is_name = !name.is_empty()
            && !name.contains(|c: char| c.is_whitespace() || "./\\\"':".contains(c));
        ensure!(
            is_name,
            "{name:?} is no name of Go: write NAME or NAME:TYPE, as in 'Run:func(string) error'"
        );
        let go_type = go_type.trim();
        Ok(Expected {
            name: name.to_owned(),
            go_type: (!go_type.is_empty()).then(|| go_type.to_owned()),
            optional,
        })
    }
}

/// The names of a contract, sorted.
pub(super) fn read(file: &OsString) -> anyhow::Result<Vec<Expected>> {
    let shown = show(file.as_bytes());
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the contract {shown}"))?;
    parse(&text).with_context(|| format!("the contract {shown}"))
}

fn parse(text: &str) -> anyhow::Result<Vec<Expected>> {
    let document: Document = toml::from_str(text)
        .context("it needs a table [go.symbols] with lines like Run = \"func() error\"")?;
    ensure!(
        !document.go.symbols.is_empty(),
        "its table [go.symbols] is empty: nothing would be checked"
    );
    let expected = document
        .go
        .symbols
        .into_iter()
        .map(|(name, value)| match value {
            toml::Value::String(go_type) => Expected::new(&name, &go_type, false),
            toml::Value::Table(_) => {
                let symbol: Symbol = value
                    .try_into()
                    .with_context(|| format!("the entry {name}"))?;
                Expected::new(&name, &symbol.r#type, symbol.optional)
            }
            _ => bail!(
                "the entry {name} is neither a type in quotes nor a table with type and optional"
            ),
        });
    expected.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_are_read() {
        let text = "[go.symbols]\nRun = \"func(string) error\"\nName = \"\"\nClose = { type = \"func()\", optional = true }\n[other]\nx = 1\n";
        let expected = parse(text).expect("a contract");
        let find = |name: &str| {
            expected
                .iter()
                .find(|known| known.name == name)
                .cloned()
                .expect(name)
        };
        assert_eq!(find("Run").go_type.as_deref(), Some("func(string) error"));
        assert_eq!(find("Name").go_type, None);
        assert!(find("Close").optional && !find("Run").optional);
    }

    #[test]
    fn what_is_no_contract_is_refused() {
        for wrong in [
            "",
            "[go]\n",
            "[go.symbols]\n",
            "[go.symbols]\nRun = 1\n",
            "[go.symbols]\nRun = { kind = \"x\" }\n",
            "[go.symbols]\n\"a b\" = \"\"\n",
            "[",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn look_ups_are_read() {
        let read = |text: &str| Expected::of_option(&text.into());
        assert_eq!(
            read("Run:func(a.B) error")
                .expect("fine")
                .go_type
                .as_deref(),
            Some("func(a.B) error")
        );
        assert_eq!(read("V").expect("fine").go_type, None);
        assert!(read(":int").is_err() && read("a.b").is_err() && read("").is_err());
    }
}
