//! JUnit XML, as Jenkins reads it: one test case a file and finding, one that passes for a file without any.

use sayso_advice::Level;

use crate::remark::{Remark, Remarks};

/// The whole document. Notes are no failures.
pub fn junit(remarks: &Remarks) -> String {
    let failures: Vec<&Remark> = remarks
        .remarks
        .iter()
        .filter(|remark| remark.level != Level::Note)
        .collect();
    let fine: Vec<&String> = remarks
        .files
        .iter()
        .filter(|file| failures.iter().all(|remark| remark.file != **file))
        .collect();
    let (tests, failed) = (failures.len() + fine.len(), failures.len());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"sayso\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\" time=\"0\">\n"
    );
    for file in fine {
        text.push_str(&format!(
            "  <testcase classname=\"{}\" name=\"sayso\" time=\"0\"/>\n",
            escape(file)
        ));
    }
    for remark in failures {
        text.push_str(&format!(
            "  <testcase classname=\"{}\" name=\"{} ({})\" time=\"0\">\n    <failure type=\"{}\" message=\"{}\">{}</failure>\n  </testcase>\n",
            escape(&remark.file),
            remark.rule.name,
            escape(&remark.object),
            remark.level.name(),
            escape(&remark.message),
            escape(&format!("{}\nmore: sayso rules {}", remark.with_fixes(), remark.rule.name)),
        ));
    }
    text + "</testsuite>\n</testsuites>\n"
}

/// Text of XML 1.0: what it cannot hold at all is replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_gets_out_of_a_text() {
        assert_eq!(
            escape("a<b> & \"c\"\n\u{1}\u{ffff}"),
            "a&lt;b&gt; &amp; &quot;c&quot;&#10;\u{fffd}\u{fffd}"
        );
    }
}
