//! Colour, width, and lines that fit.

use anstyle::{AnsiColor, Style as Ansi};

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours and weights are used.
    pub color: bool,
    /// Columns; prose is broken there, names and messages never are.
    pub width: usize,
    /// 0 plain, 1 and more for `-v`.
    pub verbose: u8,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            color: false,
            width: 80,
            verbose: 0,
        }
    }
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Paint {
    Good,
    Bad,
    Caution,
    Note,
    Strong,
    Dim,
    Command,
    Title,
}

impl Style {
    /// The text in its colour, if there are colours.
    pub fn paint(&self, paint: Paint, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        if !self.color {
            return text.to_owned();
        }
        let ansi = match paint {
            Paint::Good => AnsiColor::Green.on_default().bold(),
            Paint::Bad => AnsiColor::Red.on_default().bold(),
            Paint::Caution => AnsiColor::Yellow.on_default().bold(),
            Paint::Note => AnsiColor::Blue.on_default().bold(),
            Paint::Strong => Ansi::new().bold(),
            Paint::Dim => Ansi::new().dimmed(),
            Paint::Command => AnsiColor::Cyan.on_default(),
            Paint::Title => Ansi::new().bold().underline(),
        };
        format!("{ansi}{text}{ansi:#}")
    }

    /// `label` in a column of its own and the prose beside it, broken at the width.
    pub fn entry(&self, label: &str, indent: usize, column: usize, prose: &str) -> String {
        let mut lines = String::new();
        let room = self.width.saturating_sub(indent + column).max(20);
        for (at, line) in wrap(prose, room).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let label = format!("{label:column$}");
            lines.push_str(&" ".repeat(indent));
            lines.push_str(&self.paint(Paint::Dim, label));
            lines.push_str(&line);
            lines.push('\n');
        }
        lines
    }
}

/// Breaks prose at blanks into lines of at most `width` columns; a longer word keeps a line of its own.
pub fn wrap(prose: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for (at, word) in prose.split(' ').enumerate() {
        if at > 0 && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::take(&mut line));
        } else if at > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Columns of a text without colours. Letters that take two columns are counted as one: names of files rarely have them.
pub fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Style, wrap};

    #[test]
    fn prose_is_broken_and_long_words_are_not() {
        assert_eq!(wrap("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrap("a bbbbbbbb c", 4), ["a", "bbbbbbbb", "c"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn labels_stand_in_a_column() {
        let style = Style {
            width: 30,
            ..Style::default()
        };
        assert_eq!(
            style.entry("why", 2, 6, "one two three four five six"),
            "  why   one two three four\n        five six\n"
        );
    }
}
