//! A rule's page in a terminal: the little Markdown that the pages use.

use crate::style::{Paint, Style, wrap};

/// Headings, paragraphs, lists, tables as they stand, fenced blocks indented. Nothing else is understood, or needed.
pub fn markdown(page: &str, style: &Style) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut fenced = false;
    for line in page.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            flush(&mut paragraph, &mut text, style);
            fenced = !fenced;
            if fenced && fence.trim() == "world" {
                text.push_str(&format!("    {}\n", style.paint(Paint::Dim, "a world:")));
            }
            continue;
        }
        if fenced {
            text.push_str(&format!("    {}\n", style.paint(Paint::Command, line)));
        } else if line.starts_with('#') {
            flush(&mut paragraph, &mut text, style);
            let paint = if line.starts_with("# ") {
                Paint::Title
            } else {
                Paint::Strong
            };
            text.push_str(&format!(
                "{}\n",
                style.paint(paint, line.trim_start_matches('#').trim())
            ));
        } else if line.trim().is_empty() {
            flush(&mut paragraph, &mut text, style);
            if !text.ends_with("\n\n") {
                text.push('\n');
            }
        } else if line.starts_with('|') {
            flush(&mut paragraph, &mut text, style);
            text.push_str(&format!("  {line}\n"));
        } else {
            let item = line.starts_with("- ")
                || line
                    .trim_start()
                    .split_once(". ")
                    .is_some_and(|(number, _)| number.parse::<u8>().is_ok());
            if item {
                flush(&mut paragraph, &mut text, style);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    flush(&mut paragraph, &mut text, style);
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}

fn flush(paragraph: &mut String, text: &mut String, style: &Style) {
    if paragraph.is_empty() {
        return;
    }
    let hang = if paragraph.starts_with("- ") { 2 } else { 0 };
    for (at, line) in wrap(paragraph, style.width.saturating_sub(hang))
        .into_iter()
        .enumerate()
    {
        let indent = if at > 0 { hang } else { 0 };
        text.push_str(&format!("{:indent$}{}\n", "", spans(&line, style)));
    }
    paragraph.clear();
}

/// `code` in its colour (backticks go), **strong** in bold. A span that the wrapping has broken keeps its mark.
fn spans(line: &str, style: &Style) -> String {
    if !style.color {
        return line.replace("**", "");
    }
    let mut text = String::new();
    for (at, part) in line.split('`').enumerate() {
        if at % 2 == 1 {
            text.push_str(&style.paint(Paint::Command, part));
        } else {
            for (at, part) in part.split("**").enumerate() {
                text.push_str(&if at % 2 == 1 {
                    style.paint(Paint::Strong, part)
                } else {
                    part.to_owned()
                });
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::style::Style;

    #[test]
    fn a_page_is_laid_out() {
        let page = "# name\n\nOne two\nthree.\n\n- a\n- b `c`\n\n```text\nas  is\n```\n";
        let want = "name\n\nOne two three.\n\n- a\n- b `c`\n\n    as  is\n";
        assert_eq!(markdown(page, &Style::default()), want);
    }
}
