//! `sayso.toml`: one file, one reader, one way to tell what is wrong in it. It may hold a policy for artifacts (`[policy]`, read by
//! [`crate::policy`]) and what a Go host expects of its plugins (`[go.symbols]`, [`contract`]); a mistake in either is told whoever asks.

pub mod contract;
mod reader;
mod suggest;

pub(crate) use reader::{Reader, Value};
pub use suggest::nearest;

use std::fmt;

use toml::de::DeTable;

use crate::limits::POLICY_BYTES_MAX;
use crate::policy::Policy;
use contract::Expected;

/// Something in the file that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// Where, from 1.
    pub line: usize,
    /// What, and what to write.
    pub what: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for SettingsError {}

/// Everything that a `sayso.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The table `[policy]`.
    pub policy: Option<Policy>,
    /// The table `[go.symbols]`, sorted by name.
    pub contract: Option<Vec<Expected>>,
}

/// Whether the file has a table `[policy]`; `None` where it cannot be read at all.
pub fn has_policy(text: &str) -> Option<bool> {
    let table = DeTable::parse(text.get(..text.len().min(POLICY_BYTES_MAX))?).ok()?;
    Some(table.get_ref().get("policy").is_some())
}

impl Settings {
    /// Reads a file's text.
    ///
    /// # Errors
    /// The first thing that cannot be meant, with its line: text that is no TOML, a key that is not known (with the one that was
    /// probably meant), a value of the wrong kind, an exception without a reason, a name that is none of Go's.
    pub fn read(text: &str) -> Result<Settings, SettingsError> {
        let reader = Reader { text };
        if text.len() > POLICY_BYTES_MAX {
            return Err(SettingsError {
                line: 1,
                what: format!("the file is larger than {POLICY_BYTES_MAX} bytes"),
            });
        }
        let document = DeTable::parse(text).map_err(|error| SettingsError {
            line: reader.line(error.span().unwrap_or_default()),
            what: error.message().to_owned(),
        })?;
        let mut settings = Settings::default();
        for (key, value) in document.get_ref() {
            match key.get_ref().as_ref() {
                "policy" => settings.policy = Some(reader.policy(value)?),
                "go" => settings.contract = reader.go(value)?,
                other => return Err(reader.unknown(key.span(), other, &["policy", "go"])),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_seen_without_being_read() {
        assert_eq!(has_policy("[policy]\n"), Some(true));
        assert_eq!(has_policy("[go.symbols]\n"), Some(false));
        assert_eq!(has_policy("["), None);
    }

    #[test]
    fn both_tables_are_read_and_a_mistake_in_either_is_told() {
        let both = "[go.symbols]\nRun = \"func()\"\n\n[policy]\nglibc = \"2.28\"\n";
        let settings = Settings::read(both).expect("settings");
        assert!(settings.policy.is_some() && settings.contract.is_some());
        for (from, to, line) in [
            ("glibc", "glib", 5),
            ("symbols", "symbol", 1),
            ("Run", "\"R n\"", 2),
        ] {
            let error = Settings::read(&both.replace(from, to)).expect_err(to);
            assert_eq!(error.line, line, "{error}");
        }
    }

    #[test]
    fn the_limit_of_a_file_holds_on_both_sides() {
        let head = "[policy]\n#";
        let fill = |size: usize| format!("{head}{}", "x".repeat(size - head.len()));
        assert!(Settings::read(&fill(POLICY_BYTES_MAX)).is_ok());
        assert!(Settings::read(&fill(POLICY_BYTES_MAX + 1)).is_err());
    }
}
