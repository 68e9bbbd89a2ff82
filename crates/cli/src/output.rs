//! Standard output and standard error: colour, width, complaints.

use std::io::{IsTerminal, Write};

use sayso_report::Style;
use sayso_report::style::Paint;

use crate::arguments::{Common, When};

/// How text goes to standard output.
pub(crate) fn style(common: &Common) -> Style {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    Style {
        color: has_color(common.color, &std::io::stdout()),
        // Longer lines than a hundred columns are hard to read, shorter ones than forty impossible.
        width: columns.unwrap_or(80).clamp(40, 100),
        verbose: common.verbose,
    }
}

fn has_color(when: When, stream: &impl anstream::stream::RawStream) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// Writes to standard output at once.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// The same for what need not be text.
pub(crate) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// An error of use, with everything behind it, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let style = Style {
        color: has_color(When::Auto, &std::io::stderr()),
        ..Style::default()
    };
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let _ = writeln!(
        std::io::stderr(),
        "{} {}",
        style.paint(Paint::Bad, "sayso:"),
        chain.join(": ")
    );
}

/// Somebody is looking at standard error.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// A remark on standard error that is no error.
pub(crate) fn hint(text: &str) {
    let _ = writeln!(std::io::stderr(), "sayso: {text}");
}
