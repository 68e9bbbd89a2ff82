//! What a loader did, real or predicted, in the one form in which both are compared.

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The kernel refused to start it, with this sentence.
    Refused(String),
    /// An exit status; a signal is 128 and its number, as shells have it.
    Exit(i32),
    /// Not predicted, for this reason.
    Unknown(String),
}

/// One path that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// As the loader spelled it.
    pub path: String,
    /// `opened`, or the name of the error.
    pub outcome: String,
}

/// What a loader did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Lines on standard error: warnings, then the failure.
    pub words: Vec<String>,
    /// How it ended.
    pub end: End,
    /// Lines on standard output of a loader run as a command, addresses as `(0x…)`.
    pub output: Vec<String>,
    /// Objects of the base namespace in link-map order when the program ran, if it told them.
    pub objects: Vec<String>,
    /// `1 ok`, `2 error TEXT`.
    pub steps: Vec<String>,
    /// Every path tried, in order.
    pub tried: Vec<Tried>,
}

impl Told {
    /// As lines, each with what it is about.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .tried
            .iter()
            .map(|tried| format!("try    {} {}", tried.path, tried.outcome))
            .collect();
        lines.extend(self.words.iter().map(|line| format!("says   {line}")));
        lines.extend(self.output.iter().map(|line| format!("output {line}")));
        lines.extend(self.objects.iter().map(|line| format!("object {line}")));
        lines.extend(self.steps.iter().map(|line| format!("step   {line}")));
        lines.push(match &self.end {
            End::Refused(why) => format!("end    execve: {why}"),
            End::Exit(status) => format!("end    exit status {status}"),
            End::Unknown(why) => format!("end    unknown: {why}"),
        });
        lines
    }
}

/// `name => path (0x00007f…)` with the address left out.
pub fn without_address(line: &str) -> String {
    match line.find(" (0x") {
        Some(at) if line.ends_with(')') => format!("{} (0x…)", &line[..at]),
        _ => line.to_owned(),
    }
}

/// How the "texts" of crashes begin, of which the process says nothing.
pub const SILENT: &[u8] = b"(no message";
