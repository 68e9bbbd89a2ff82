//! `explain` as text: one screen, the first failure in full, the others in a line each.

use sayso_advice::explain::{Explained, Explanation, PossibleCause, elsewhere};
use sayso_advice::{Fix, Phase, show};

use crate::json::FileRow;
use crate::names::demangled;
use crate::style::{Paint, Style, columns};

/// Column in which prose begins.
const COLUMN: usize = 11;
/// Rows of a terminal that an answer may fill without `-v`: one for the prompt is left of 24.
const SCREEN: usize = 23;

/// How much is told.
#[derive(Debug, Clone, Copy)]
struct Amount {
    /// Failures in full.
    in_full: usize,
    /// Causes of one.
    causes: usize,
    /// Causes with what would decide them.
    decided: usize,
    /// Lines of one fact.
    fact_lines: usize,
    /// Fixes.
    fixes: usize,
    /// Pieces of bad advice.
    not_helpful: usize,
    /// Other failures, in a line each.
    others: usize,
    /// Questions back.
    questions: usize,
    /// Values of one name.
    values: usize,
}

impl Amount {
    const ALL: Amount = Amount {
        in_full: usize::MAX,
        causes: usize::MAX,
        decided: usize::MAX,
        fact_lines: usize::MAX,
        fixes: usize::MAX,
        not_helpful: usize::MAX,
        others: usize::MAX,
        questions: 2,
        values: usize::MAX,
    };
    const MOST: Amount = Amount {
        in_full: 1,
        causes: 3,
        decided: 3,
        fact_lines: usize::MAX,
        fixes: 3,
        not_helpful: 2,
        others: 8,
        questions: 2,
        values: 6,
    };

    /// What is left out first where the screen is too small: what matters least. The cause, its fixes and one piece of bad advice stay.
    fn less(self) -> impl Iterator<Item = Amount> {
        const STEPS: &[fn(&mut Amount)] = &[
            |amount| amount.not_helpful = 1,
            |amount| amount.others = 4,
            |amount| amount.fact_lines = 2,
            |amount| amount.questions = 1,
            |amount| amount.decided = 2,
            |amount| amount.causes = 2,
            |amount| amount.decided = 1,
            |amount| amount.fixes = 2,
            |amount| amount.others = 2,
            |amount| amount.questions = 0,
            |amount| amount.causes = 1,
            |amount| amount.values = 3,
            |amount| amount.fact_lines = 1,
            |amount| amount.others = 1,
            |amount| amount.fixes = 1,
        ];
        STEPS.iter().scan(self, |amount, step| {
            step(amount);
            Some(*amount)
        })
    }
}

/// The whole answer.
pub fn explain(
    explanation: &Explanation,
    files: &[FileRow],
    original: &[u8],
    style: &Style,
) -> String {
    if explanation.results.is_empty() {
        return unrecognised(explanation, style);
    }
    if style.verbose > 0 {
        return told(explanation, files, original, style, Amount::ALL);
    }
    let fits = |amount: &Amount| rows(explanation, files, original, style, *amount) <= SCREEN;
    let mut amounts = std::iter::once(Amount::MOST).chain(Amount::MOST.less());
    let amount = amounts
        .find(fits)
        .or_else(|| Amount::MOST.less().last())
        .unwrap_or(Amount::MOST);
    told(explanation, files, original, style, amount)
}

/// Rows of a terminal that an answer fills.
fn rows(
    explanation: &Explanation,
    files: &[FileRow],
    original: &[u8],
    style: &Style,
    amount: Amount,
) -> usize {
    // Colours take no columns.
    let plain = Style {
        color: false,
        ..*style
    };
    told(explanation, files, original, &plain, amount)
        .lines()
        .map(|line| columns(line).div_ceil(style.width.max(1)).max(1))
        .sum()
}

/// The answer, as much of it as is asked for.
fn told(
    explanation: &Explanation,
    files: &[FileRow],
    original: &[u8],
    style: &Style,
    amount: Amount,
) -> String {
    let mut text = String::new();
    let most = amount.in_full;
    for (at, explained) in explanation.results.iter().enumerate().take(most) {
        if at > 0 {
            text.push('\n');
        }
        text.push_str(&failure(explained, original, style, amount));
    }
    for file in files {
        let (paint, word) = match file.outcome {
            "confirmed" => (Paint::Good, "confirmed"),
            "loads" => (Paint::Note, "loads here"),
            "unknown" => (Paint::Caution, "unknown"),
            _ => (Paint::Caution, "other"),
        };
        text.push_str(
            &entry(
                "file",
                &format!("{}: {word}. {}", file.path, file.what),
                style,
            )
            .replacen(word, &style.paint(paint, word), 1),
        );
    }
    if explanation.results.len() > most {
        text.push_str(&format!(
            "\n{}\n",
            style.paint(Paint::Strong, "also in this text:")
        ));
        for explained in explanation.results.iter().skip(most).take(amount.others) {
            text.push_str(&format!(
                "  {} {}\n",
                headline_words(explained),
                style.paint(Paint::Dim, format!("({})", explained.rule.name))
            ));
        }
        let more = explanation
            .results
            .len()
            .saturating_sub(most.saturating_add(amount.others));
        if more > 0 {
            text.push_str(&format!("  and {more} more (-v tells all)\n"));
        }
    }
    for (at, question) in explanation
        .questions
        .iter()
        .take(amount.questions)
        .enumerate()
    {
        if at == 0 {
            text.push('\n');
        }
        text.push_str(&entry(
            if at == 0 { "tell us" } else { "" },
            question,
            style,
        ));
    }
    text
}

/// Nothing was recognised: what it may be, and what to send.
pub(super) fn unrecognised(explanation: &Explanation, style: &Style) -> String {
    let mut text = if explanation.suspicious {
        format!(
            "{} no message of a loader that sayso knows stands in this text, though it speaks of libraries.\n",
            style.paint(Paint::Caution, "not recognised:")
        )
    } else {
        format!(
            "{} there is no trace of a loader in this text.\n",
            style.paint(Paint::Caution, "not recognised:")
        )
    };
    text.push_str(&entry("send us", "the whole output from the command that you typed to the end, not only its last line; and the same with LC_ALL=C before the command, if it is not in English", style));
    text.push_str(&entry(
        "or",
        "let sayso look at the file itself: sayso check FILE",
        style,
    ));
    text
}

fn failure(explained: &Explained, original: &[u8], style: &Style, amount: Amount) -> String {
    let mut text = String::new();
    let is_elsewhere = explained.phase == Phase::Elsewhere;
    let paint = if is_elsewhere {
        Paint::Note
    } else {
        Paint::Bad
    };
    let label = if is_elsewhere {
        "not a loader failure".to_owned()
    } else {
        explained.rule.name.to_owned()
    };
    text.push_str(&format!(
        "{}: {}\n",
        style.paint(paint, label),
        style.paint(Paint::Strong, headline_words(explained))
    ));
    text.push_str(&quotation(explained, original, style));
    let mut told = vec![format!("phase {}", explained.phase)];
    if !is_elsewhere {
        told.push(explained.speaker.name().to_owned());
    }
    told.extend(explained.releases.clone());
    if explained.heard.count > 1 {
        told.push(format!("{} times in the text", explained.heard.count));
    }
    if let Some(instead) = explained.instead {
        told.push(instead.replace('-', " "));
    }
    text.push_str(&format!("  {}\n", style.paint(Paint::Dim, told.join(", "))));
    text.push_str(&names(explained, style, amount));
    if let Some(place) = &explained.where_ {
        text.push_str(&entry("where", place, style));
    }
    let told = |cause: &&PossibleCause| cause.why != cause.rule.summary;
    if !is_elsewhere {
        text.push_str(&causes(&explained.causes, style, amount));
    } else if let Some(cause) = explained.causes.first().filter(told) {
        text.push_str(&entry("why", &cause.why, style));
    }
    for (at, reveal) in explained.reveal.iter().enumerate() {
        text.push_str(&entry(if at == 0 { "hidden" } else { "" }, reveal, style));
    }
    for (label, fact) in &explained.facts {
        let lines = entry(label, fact, style);
        text.push_str(&beginning(&lines, amount.fact_lines));
    }
    text.push_str(&fixes(&explained.fixes, style, amount));
    for (at, advice) in explained
        .not_helpful
        .iter()
        .take(amount.not_helpful)
        .enumerate()
    {
        text.push_str(&entry(if at == 0 { "no use" } else { "" }, advice, style));
    }
    let rules = format!("sayso rules {}", explained.rule.name);
    let left_out = explained.causes.len() > amount.causes && !is_elsewhere
        || explained.fixes.len() > amount.fixes
        || amount.fact_lines < usize::MAX && !explained.facts.is_empty();
    let more = if left_out {
        format!("{rules}; -v tells all causes and fixes")
    } else {
        rules
    };
    text + &entry("more", &more, style)
}

/// The first lines of a long fact.
fn beginning(lines: &str, most: usize) -> String {
    let mut text: Vec<&str> = lines.lines().take(most).collect();
    let cut = lines.lines().count() > most;
    let last = text
        .pop()
        .unwrap_or_default()
        .trim_end_matches(',')
        .to_owned();
    let last = if cut { format!("{last} …") } else { last };
    text.into_iter()
        .map(str::to_owned)
        .chain([last])
        .map(|line| line + "\n")
        .collect()
}

/// The words themselves, as they were pasted; of a long message its first lines.
fn quotation(explained: &Explained, original: &[u8], style: &Style) -> String {
    const LINES: usize = 4;
    const COLUMNS: usize = 400;
    let said = original
        .get(explained.heard.place.clone())
        .unwrap_or_default();
    let lines: Vec<&[u8]> = said.split(|&byte| byte == b'\n').collect();
    let most = if style.verbose > 0 { usize::MAX } else { LINES };
    let mut text = String::new();
    for line in lines.iter().take(most) {
        let cut: String = show(line.trim_ascii_end()).chars().take(COLUMNS).collect();
        text.push_str(&format!("  {}\n", style.paint(Paint::Bad, cut)));
    }
    if lines.len() > most {
        text.push_str(&format!("  {}\n", style.paint(Paint::Dim, "…")));
    }
    text
}

/// The class in a phrase; of what is no loader's failure, whose it is.
pub(super) fn headline_words(explained: &Explained) -> &'static str {
    let whose = explained.instead.and_then(|instead| {
        elsewhere::WHOSE
            .iter()
            .find(|(word, _)| *word == instead && *word != "other")
    });
    match whose {
        Some((_, advice)) => advice.split([':', ';']).next().unwrap_or(advice),
        None => explained.rule.summary,
    }
}

fn names(explained: &Explained, style: &Style, amount: Amount) -> String {
    const TOLD: &[&str] = &[
        "library",
        "symbol",
        "version",
        "required_by",
        "program",
        "path",
        "interpreter",
        "paths_tried",
        "reason",
        "architecture_have",
        "architecture_need",
        "platform_have",
        "platform_need",
        "version_have",
        "version_need",
        "package",
        "plugin",
        "abi_have",
        "abi_need",
        "provider",
        "module",
        "code",
    ];
    let mut lines: Vec<(String, String)> = Vec::new();
    for name in TOLD {
        let Some(entity) = explained
            .entities
            .iter()
            .find(|entity| entity.name == *name)
        else {
            continue;
        };
        let most = amount.values;
        let mut values: Vec<String> = entity
            .values
            .iter()
            .take(most)
            .map(
                |value| match demangled(value.as_bytes()).filter(|_| *name == "symbol") {
                    Some(readable) => format!("{value} ({readable})"),
                    None => value.clone(),
                },
            )
            .collect();
        if entity.values.len() > most {
            values.push(format!("{} more", entity.values.len() - most));
        }
        lines.push((name.replace('_', " "), values.join(", ")));
    }
    let mut text = String::new();
    let column = lines
        .iter()
        .map(|(name, _)| name.len() + 2)
        .max()
        .unwrap_or(0)
        .max(COLUMN);
    for (name, value) in lines {
        // Names are never broken: they are to be copied.
        text.push_str(&format!(
            "  {}{}\n",
            style.paint(Paint::Dim, format!("{name:column$}")),
            value
        ));
    }
    text
}

fn causes(causes: &[PossibleCause], style: &Style, amount: Amount) -> String {
    let mut text = String::new();
    for (at, cause) in causes.iter().enumerate().take(amount.causes) {
        let label = match (at, cause.confirmed) {
            (_, true) => "confirmed",
            (0, _) if causes.len() == 1 => "why",
            (0, _) => "likeliest",
            _ => "or",
        };
        text.push_str(&entry(label, &cause.why, style));
        if let Some(decided_by) = cause.decided_by.as_ref().filter(|_| at < amount.decided) {
            text.push_str(&decision(decided_by, style));
        }
    }
    text
}

/// What would decide it: a command to copy, with what to look for behind it.
fn decision(decided_by: &str, style: &Style) -> String {
    let (command, look) = match decided_by.split_once(": ") {
        Some((command, look)) if !command.contains(", ") || command.contains('|') => {
            (command, look)
        }
        _ => (decided_by, ""),
    };
    let mut text = format!(
        "{:width$}{}\n",
        "",
        style.paint(Paint::Command, command),
        width = 2 + COLUMN + 2
    );
    if !look.is_empty() {
        text.push_str(&style.entry("", 2 + COLUMN + 2, 0, look));
    }
    text
}

fn fixes(fixes: &[Fix], style: &Style, amount: Amount) -> String {
    let mut text = String::new();
    for (at, fix) in fixes.iter().enumerate().take(amount.fixes) {
        text.push_str(&entry(
            if at == 0 { "fix" } else { "" },
            &fix.summary,
            style,
        ));
        if let Some(command) = &fix.command {
            text.push_str(&format!(
                "{:width$}{}\n",
                "",
                style.paint(Paint::Command, command),
                width = 2 + COLUMN + 2
            ));
        }
    }
    text
}

fn entry(label: &str, prose: &str, style: &Style) -> String {
    style.entry(label, 2, COLUMN, prose)
}

#[cfg(test)]
mod tests {
    use super::{SCREEN, explain};
    use crate::style::Style;

    /// What fills most: many causes, long facts, several failures, long names.
    const TEXTS: &[&str] = &[
        "./app: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory",
        "./app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by ./app)",
        "ImportError: /x/torch_ext.so: undefined symbol: _ZN3c105ErrorC2ENS_14SourceLocationESs",
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        "OSError: [WinError 126] The specified module could not be found",
        "bash: ./tool: No such file or directory",
        "plugin.Open(\"auth\"): plugin was built with a different version of package internal/goarch",
    ];

    #[test]
    fn an_answer_fits_on_one_screen() {
        let mut all = String::new();
        for text in TEXTS.iter().copied() {
            all.push_str(text);
            all.push('\n');
        }
        for text in TEXTS.iter().copied().chain([all.as_str()]) {
            let answer = sayso_advice::explain(text.as_bytes());
            let style = Style::default();
            let told = explain(&answer, &[], text.as_bytes(), &style);
            let rows: usize = told
                .lines()
                .map(|line| line.chars().count().div_ceil(style.width).max(1))
                .sum();
            assert!(rows <= SCREEN, "{rows} rows:\n{told}");
            for what in ["  fix ", "  more "] {
                assert!(told.contains(what), "{told}");
            }
            let all = Style {
                verbose: 1,
                ..style
            };
            assert!(explain(&answer, &[], text.as_bytes(), &all).len() > told.len());
        }
    }
}
