//! Every case on every release, and the table of what came of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;

use super::case::Case;
use super::check::{self, Answer};
use super::record::{StepTold, Told};
use super::repair::{self, Proof};
use super::{toolchain, vendor};

/// A case on one release (and, where it has another, with that one).
#[derive(Debug, Clone)]
pub struct Question {
    /// The release that it is asked of: that of the host, unless the case says otherwise.
    pub release: String,
    /// The other.
    pub other: Option<String>,
    /// The case, its releases filled in.
    pub case: Case,
}

/// Every question, or those of every test run.
pub fn questions(cases: &[Case], quick: bool) -> Vec<Question> {
    asked(
        cases,
        quick,
        |case| if quick { &case.quick } else { &case.on },
    )
}

/// Every repair that must work, or those of every test run.
pub fn repairs(cases: &[Case], quick: bool) -> Vec<Question> {
    asked(cases, quick, |case| {
        if quick { &case.quick_mend } else { &case.mend }
    })
}

fn asked(cases: &[Case], quick: bool, of: impl Fn(&Case) -> &[String]) -> Vec<Question> {
    let mut questions = Vec::new();
    for case in cases {
        for release in of(case) {
            for (other, asked) in case.on_release(release) {
                // A test run has only the toolchains of its own list.
                if quick
                    && other
                        .as_ref()
                        .is_some_and(|other| !QUICK.contains(&other.as_str()))
                {
                    continue;
                }
                questions.push(Question {
                    release: release.clone(),
                    other,
                    case: asked,
                });
            }
        }
    }
    questions
}

/// The releases that every provisioned machine has (`xtask/src/provision/go.rs`).
pub const QUICK: &[&str] = &["1.22.10", "1.26.6", "1.27.3"];

impl Question {
    /// `cross-version 1.22.10 with 1.27.3`
    pub fn name(&self) -> String {
        let mut name = format!("{} {}", self.case.name, self.release);
        if let Some(other) = &self.other {
            name += " with ";
            name += other;
        }
        name
    }

    /// What it needs and is not here: a release, or the third-party modules.
    pub fn missing(&self) -> Option<String> {
        let mut recipes = std::iter::once(&self.case.host).chain(&self.case.plugins);
        recipes.find_map(vendor::missing)
    }

    /// Builds, runs, predicts and compares.
    ///
    /// # Errors
    /// It cannot be built, or the host not be started.
    pub fn ask(&self) -> Result<Answer> {
        check::ask(&self.case, &self.name().replace(' ', "_"))
    }

    /// Does what is advised, and opens the plugin.
    ///
    /// # Errors
    /// It does not open.
    pub fn mend(&self) -> Result<Proof> {
        repair::prove(
            &self.case,
            &format!("mend {}", self.name()).replace(' ', "_"),
        )
    }
}

/// What a host told, in a few words for a cell of the table.
fn verdict(told: &Told) -> String {
    let mut words: Vec<String> = told
        .steps
        .iter()
        .map(|step| match step {
            StepTold::Ok(_) => "ok".into(),
            StepTold::Error(text) => shortened(text),
        })
        .collect();
    if let Some(death) = told.death.first() {
        words.push(format!(
            "**dies**: {}",
            death.trim_start_matches("fatal error: ")
        ));
    } else if told.exit != 0 {
        words.push(format!("**exit status {}**", told.exit));
    }
    words.dedup();
    words.join("; ")
}

/// Without what `plugin.Open` puts before every text, and without folders of this machine.
fn shortened(text: &str) -> String {
    let rest = text
        .strip_prefix("plugin.Open(")
        .and_then(|rest| rest.split_once("): "));
    let text = rest.map_or(text, |(_, rest)| rest);
    let here = super::home().display().to_string();
    let text = text
        .split(' ')
        .map(|word| match word.strip_prefix(&here) {
            Some(path) => path.rsplit('/').next().unwrap_or_default(),
            None => word,
        })
        .collect::<Vec<_>>()
        .join(" ");
    text.replace(
        "plugin was built with a different version of package",
        "different:",
    )
}

/// One line of the table: a case, what it came to, and where.
struct Row {
    rule: String,
    /// What was told, to the questions that it was told to.
    told: BTreeMap<String, Vec<String>>,
    differ: usize,
}

/// All answers, as the page `docs/go-matrix.md`.
#[derive(Default)]
pub struct Table {
    rows: BTreeMap<String, Row>,
    /// host, plugin, letter
    crossed: BTreeMap<(String, String), String>,
    asked: usize,
    differ: usize,
    /// What was typed, and for which cases it helped.
    mended: BTreeMap<String, Vec<String>>,
}

impl Table {
    /// Puts one repair in.
    pub fn add_repair(&mut self, question: &Question, proof: &Proof) {
        let here = super::home().join("work").display().to_string();
        let commands: Vec<String> = proof
            .done
            .iter()
            .map(|line| format!("`{}`", line.replace(&here, "…")))
            .collect();
        let kind = question.case.name.clone();
        let kinds = self.mended.entry(commands.join("<br>")).or_default();
        kinds.push(match &question.other {
            Some(other) => format!("{kind} {}×{other}", question.release),
            None => format!("{kind} {}", question.release),
        });
    }

    /// Puts one answer in.
    pub fn add(&mut self, question: &Question, answer: &Answer) {
        self.asked += 1;
        let differs = answer.difference.is_some();
        self.differ += usize::from(differs);
        let told: Vec<String> = answer.real.iter().map(verdict).collect();
        let told = told.join(" / ");
        if let (true, Some(other)) = (question.case.name.starts_with("cross-"), &question.other) {
            let pair = (question.release.clone(), other.clone());
            if question.case.plugins.len() == 1 {
                self.crossed.insert(pair, told.clone());
            }
        }
        let row = self
            .rows
            .entry(question.case.name.clone())
            .or_insert_with(|| Row {
                rule: question.case.rule.clone(),
                told: BTreeMap::new(),
                differ: 0,
            });
        row.differ += usize::from(differs);
        let label = match &question.other {
            Some(other) => format!("{}×{other}", question.release),
            None => question.release.clone(),
        };
        row.told.entry(told).or_default().push(label);
    }

    /// The page.
    pub fn page(&self) -> String {
        let mut page = String::from(HEAD);
        let _ = writeln!(
            page,
            "{} questions were asked; in {} of them the prediction differed from what the real host did.\n",
            self.asked, self.differ
        );
        page += &self.cross_table();
        page += &self.repairs();
        page += "## Every case\n\n| case | what it shows | what the host told | releases |\n| --- | --- | --- | --- |\n";
        for (name, row) in &self.rows {
            for (index, (told, releases)) in row.told.iter().enumerate() {
                let (name, rule) = if index == 0 {
                    (format!("`{name}`"), row.rule.as_str())
                } else {
                    (String::new(), "")
                };
                let wrong = if index == 0 && row.differ > 0 {
                    format!(" **({} predicted wrongly)**", row.differ)
                } else {
                    String::new()
                };
                let _ = writeln!(
                    page,
                    "| {name}{wrong} | {rule} | {} | {} |",
                    told.replace('|', "\\|"),
                    releases.join(", ")
                );
            }
        }
        page
    }

    fn repairs(&self) -> String {
        if self.mended.is_empty() {
            return String::new();
        }
        let mut text = String::from(REPAIRS_HEAD);
        for (commands, kinds) in &self.mended {
            let _ = writeln!(text, "| {commands} | {} |", kinds.join(", "));
        }
        text + "\n"
    }

    /// Host below, plugin across.
    fn cross_table(&self) -> String {
        let releases: Vec<&str> = toolchain::EVERY
            .iter()
            .copied()
            .filter(|release| self.crossed.keys().any(|(host, _)| host == release))
            .collect();
        if releases.is_empty() {
            return String::new();
        }
        let mut text = String::from(CROSS_HEAD);
        let _ = writeln!(
            text,
            "| | {} |\n|{}",
            releases.join(" | "),
            " --- |".repeat(releases.len() + 1)
        );
        for host in &releases {
            let cells: Vec<&str> = releases
                .iter()
                .map(|plugin| {
                    let pair = ((*host).to_owned(), (*plugin).to_owned());
                    self.crossed.get(&pair).map_or("", |told| letter(told))
                })
                .collect();
            let _ = writeln!(text, "| **{host}** | {} |", cells.join(" | "));
        }
        text + "\n"
    }
}

fn letter(told: &str) -> &'static str {
    if told == "ok" {
        "opens"
    } else if told.starts_with("different") {
        "D"
    } else if told.contains("no plugin module data") {
        "N"
    } else if told.contains("nil pointer") {
        "P"
    } else {
        "?"
    }
}

const HEAD: &str = "# Go plugins: what real hosts did\n\n\
    Written by `cargo xtask lab go --all`, which builds every case of `lab/go/cases` with real toolchains, runs the host, and compares\n\
    what it told with what sayso predicts: every step's outcome, every text, the exit status, and all differing packages with both\n\
    hashes. Do not edit it by hand.\n\n\
    A cell has what came of the steps of each run, runs parted by `/`. `different: P` is `plugin.Open(\"…\"): plugin was built with a\n\
    different version of package P`.\n\n";

const CROSS_HEAD: &str = "## Host (row) and plugin (column) of different releases\n\n\
    D: `plugin was built with a different version of package …`. N: `fatal error: runtime: no plugin module data`. P: `panic: runtime\n\
    error: invalid memory address or nil pointer dereference`. The same code and flags on both sides.\n\n";

const REPAIRS_HEAD: &str = "## Repairs that were tried\n\n\
    What sayso advised was typed in the plugin's folder (the host's own build in the host's), and the plugin was opened again: it\n\
    opened.\n\n| typed | case and release |\n| --- | --- |\n";
