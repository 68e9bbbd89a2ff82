//! Values of a TOML document, each mistake told with its line and with what to write.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;

/// A value, and where it stands.
pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// A file's text, to tell lines from places in it.
pub(crate) struct Reader<'t> {
    pub(super) text: &'t str,
}

impl Reader<'_> {
    pub(crate) fn line(&self, span: Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.bytes().filter(|&b| b == b'\n').count() + 1
    }

    pub(crate) fn error(&self, span: Range<usize>, what: impl Into<String>) -> SettingsError {
        SettingsError {
            line: self.line(span),
            what: what.into(),
        }
    }

    pub(crate) fn unknown(&self, span: Range<usize>, key: &str, known: &[&str]) -> SettingsError {
        let meant = super::nearest(key, known).map_or_else(
            || format!("known are {}", known.join(", ")),
            |near| format!("did you mean {near}?"),
        );
        self.error(
            span,
            format!("{:?} is no key here: {meant}", crate::show(key)),
        )
    }

    pub(crate) fn table<'v, 'i>(
        &self,
        value: &'v Value<'i>,
        what: &str,
    ) -> Result<&'v DeTable<'i>, SettingsError> {
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.error(value.span(), format!("{what} is a table")))
    }

    pub(crate) fn string(&self, value: &Value<'_>, key: &str) -> Result<String, SettingsError> {
        let text = value.get_ref().as_str().map(ToOwned::to_owned);
        text.ok_or_else(|| self.error(value.span(), format!("{key} is a text in quotes")))
    }

    pub(crate) fn truth(&self, value: &Value<'_>, key: &str) -> Result<bool, SettingsError> {
        let truth = value.get_ref().as_bool();
        truth.ok_or_else(|| self.error(value.span(), format!("{key} is true or false")))
    }

    pub(crate) fn strings(
        &self,
        value: &Value<'_>,
        key: &str,
    ) -> Result<Vec<String>, SettingsError> {
        let wrong = || {
            self.error(
                value.span(),
                format!("{key} is a list of texts: [\"…\", \"…\"]"),
            )
        };
        let array = value.get_ref().as_array().ok_or_else(wrong)?;
        array
            .iter()
            .map(|entry| {
                entry
                    .get_ref()
                    .as_str()
                    .map(ToOwned::to_owned)
                    .ok_or_else(wrong)
            })
            .collect()
    }

    pub(crate) fn word<T: Copy>(
        &self,
        value: &Value<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Result<T, SettingsError> {
        let text = self.string(value, key)?;
        let known = words.iter().find(|(word, _)| *word == text);
        known.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let names: Vec<String> = words
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            self.error(
                value.span(),
                format!("{key} is one of {}", names.join(", ")),
            )
        })
    }
}
