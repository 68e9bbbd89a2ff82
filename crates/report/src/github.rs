//! Annotations of GitHub workflows: `::error file=…,title=…::message`.

use sayso_advice::Level;

use crate::remark::Remarks;

/// One command a finding.
pub fn github(remarks: &Remarks) -> String {
    let mut text = String::new();
    for remark in &remarks.remarks {
        let command = match remark.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        text.push_str(&format!(
            "::{command} file={},title={}::{}\n",
            property(&remark.file),
            property(&format!("sayso: {}", remark.rule.name)),
            data(&remark.with_fixes())
        ));
    }
    text
}

/// The text behind the second pair of colons.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value before it, where colons and commas mean something.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_gets_out_of_a_command() {
        assert_eq!(data("50%\n::error::x"), "50%25%0A::error::x");
        assert_eq!(property("a:b,c\r"), "a%3Ab%2Cc%0D");
    }
}
