//! What a host expects of its plugins: `sayso go --lookup`, and in a `sayso.toml`
//!
//! ```toml
//! [go.symbols]
//! Name = "*string"                                  # variables are pointers
//! Run = "func(string) (string, error)"
//! Close = { type = "func() error", optional = true }
//! Version = ""                                      # of any type
//! ```

use super::{Reader, Settings, SettingsError, Value};

/// A name, and the type that the host asserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The name that is looked up.
    pub name: String,
    /// The type that it is asserted to have; `None`: any.
    pub go_type: Option<String>,
    /// The host goes on without it.
    pub optional: bool,
}

impl Expected {
    /// `NAME` or `NAME:TYPE`.
    ///
    /// # Errors
    /// That the name is none of Go's.
    pub fn of_option(text: &str) -> Result<Expected, String> {
        let (name, go_type) = text.split_once(':').unwrap_or((text, ""));
        Expected::new(name, go_type, false).ok_or_else(|| {
            format!(
                "{name:?} is no name of Go: write NAME or NAME:TYPE, as in 'Run:func(string) error'"
            )
        })
    }

    fn new(name: &str, go_type: &str, optional: bool) -> Option<Expected> {
        let is_name = !name.is_empty()
            && !name.contains(|c: char| c.is_whitespace() || "./\\\"':".contains(c));
        let go_type = go_type.trim();
        is_name.then(|| Expected {
            name: name.to_owned(),
            go_type: (!go_type.is_empty()).then(|| go_type.to_owned()),
            optional,
        })
    }
}

/// Reads the contract out of a file's text; it names something.
///
/// # Errors
/// The first thing in the file that cannot be meant, with its line; or that it has no table `[go.symbols]`.
pub fn read(text: &str) -> Result<Vec<Expected>, SettingsError> {
    let wanting = |what: &str| SettingsError {
        line: 1,
        what: format!("{what}: write [go.symbols] and below it lines like Run = \"func() error\""),
    };
    let contract = Settings::read(text)?.contract;
    let contract = contract.ok_or_else(|| wanting("it has no table [go.symbols]"))?;
    if contract.is_empty() {
        return Err(wanting("its table [go.symbols] is empty"));
    }
    Ok(contract)
}

impl Reader<'_> {
    /// The table `[go]`.
    pub(super) fn go(&self, value: &Value<'_>) -> Result<Option<Vec<Expected>>, SettingsError> {
        let mut contract = None;
        for (key, value) in self.table(value, "go")? {
            match key.get_ref().as_ref() {
                "symbols" => {
                    let symbols = self.table(value, "go.symbols")?.iter();
                    let symbols = symbols.map(|(key, value)| {
                        let (go_type, optional) = self.symbol(key.get_ref(), value)?;
                        Expected::new(key.get_ref(), &go_type, optional).ok_or_else(|| {
                            let name = key.get_ref();
                            self.error(
                                key.span(),
                                format!("{name:?} is no name of Go: write a name as in Run = \"func() error\""),
                            )
                        })
                    });
                    contract = Some(symbols.collect::<Result<Vec<_>, _>>()?);
                }
                other => return Err(self.unknown(key.span(), other, &["symbols"])),
            }
        }
        Ok(contract)
    }

    /// A symbol's type, and whether the host goes on without it.
    fn symbol(&self, name: &str, value: &Value<'_>) -> Result<(String, bool), SettingsError> {
        if let Some(go_type) = value.get_ref().as_str() {
            return Ok((go_type.to_owned(), false));
        }
        let Some(table) = value.get_ref().as_table() else {
            let what = "is neither a type in quotes nor a table with type and optional";
            return Err(self.error(value.span(), format!("{name} {what}")));
        };
        let (mut go_type, mut optional) = (String::new(), false);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "type" => go_type = self.string(value, "type")?,
                "optional" => optional = self.truth(value, "optional")?,
                other => return Err(self.unknown(key.span(), other, &["type", "optional"])),
            }
        }
        Ok((go_type, optional))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contracts_are_read() {
        let text = "[go.symbols]\nRun = \"func(string) error\"\nName = \"\"\nClose = { type = \"func()\", optional = true }\n[policy]\n";
        let expected = read(text).expect("a contract");
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
    fn mistakes_are_told_with_their_line() {
        for (text, line, part) in [
            ("", 1, "no table [go.symbols]"),
            ("[go]\n", 1, "no table [go.symbols]"),
            ("[go.symbols]\n", 1, "is empty"),
            ("[go.symbol]\n", 1, "did you mean symbols?"),
            ("[go.symbols]\n\nRun = 1\n", 3, "neither a type"),
            (
                "[go.symbols]\nRun = { tpe = \"x\" }\n",
                2,
                "did you mean type?",
            ),
            (
                "[go.symbols]\nRun = { optional = \"x\" }\n",
                2,
                "true or false",
            ),
            ("[go.symbols]\n\"a b\" = \"\"\n", 2, "no name of Go"),
            ("[other]\nx = 1\n", 1, "known are policy, go"),
            ("[", 1, ""),
        ] {
            let error = read(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.what.contains(part), "{text:?}: {error}");
        }
    }

    #[test]
    fn look_ups_are_read() {
        let read = Expected::of_option;
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
