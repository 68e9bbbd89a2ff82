//! A Markdown table, for step summaries and merge requests.

use sayso_advice::{Fix, Level};

use crate::remark::Remarks;

/// One row a finding, and a line for what is fine.
pub fn table(remarks: &Remarks) -> String {
    let fine = remarks
        .files
        .iter()
        .filter(|file| remarks.remarks.iter().all(|remark| remark.file != **file))
        .count();
    let files = remarks.files.len();
    let plural = if files == 1 { "" } else { "s" };
    let mut text = format!("**sayso**: {fine} of {files} file{plural} without findings\n");
    if remarks.remarks.is_empty() {
        return text;
    }
    text.push_str(
        "\n| | file | object | finding | what mends it |\n| --- | --- | --- | --- | --- |\n",
    );
    for remark in &remarks.remarks {
        let level = match remark.level {
            Level::Error => "**error**",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        let fix = remark.fixes.first().map(first).unwrap_or_default();
        text.push_str(&format!(
            "| {level} `{}` | {} | {} | {} | {fix} |\n",
            remark.rule.name,
            code(&remark.file),
            code(&remark.object),
            cell(&remark.message)
        ));
    }
    text
}

fn first(fix: &Fix) -> String {
    match &fix.command {
        Some(command) => format!("{}: {}", cell(&fix.summary), code(command)),
        None => cell(&fix.summary),
    }
}

/// Text in a cell: nothing in it is Markdown or HTML.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => cell.push(' '),
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' => {
                cell.push('\\');
                cell.push(letter);
            }
            letter => cell.push(letter),
        }
    }
    cell
}

/// A name in a cell, as code: a fence of more backticks than it holds, and no bar that would end the cell.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::{cell, code};

    #[test]
    fn cells_stay_cells() {
        assert_eq!(cell("a|b\n<i>*x*"), "a\\|b &lt;i>\\*x\\*");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
    }
}
