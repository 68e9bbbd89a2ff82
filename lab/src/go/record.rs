//! What a real host does with its plugins.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::case::Case;
use super::{build, home};

/// Another thread's child holds a file that we have just written open until its own execve.
const BUSY_RETRIES: u32 = 2_000;

/// How long a host may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a host told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// One for each step that it lived to tell of.
    pub steps: Vec<StepTold>,
    /// How it ended; a signal is 128 and its number, as shells have it.
    pub exit: i32,
    /// The lines of standard error with which it died (`fatal error: …`, `panic: …`); none where it ended by itself.
    pub death: Vec<String>,
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepTold {
    /// No error; for a lookup the symbol's Go type, for a call its result.
    Ok(String),
    /// The error's text, or the text of the panic of an assertion.
    Error(String),
}

/// A folder with a host and everything that it opens. Removed when dropped.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Stage {
    /// Builds what a case needs and puts it into a folder of its own. The case has its releases filled in.
    ///
    /// # Errors
    /// What cannot be built.
    pub fn set(case: &Case, name: &str) -> Result<Stage> {
        // Other processes may be asking the same.
        let name = format!("{}-{name}", std::process::id());
        let folder = home().join("run").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let stage = Stage { folder };
        for recipe in std::iter::once(&case.host).chain(&case.plugins) {
            let built = build::program(recipe)?;
            // A copy: two plugins of one recipe must be two files.
            fs::copy(built, stage.folder.join(&recipe.name))?;
        }
        for odd in &case.files {
            build::odd(&stage.folder, odd).with_context(|| odd.name.clone())?;
        }
        Ok(stage)
    }

    /// Where everything is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs the host.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, case: &Case, steps: &[String]) -> Result<Told> {
        let environment = case
            .environment
            .iter()
            .map(|(name, value)| (name, self.spelled(value)));
        let mut command = Command::new(self.folder.join("host"));
        command
            .args(steps.iter().map(|step| self.spelled(step)))
            .current_dir(&self.folder)
            .env_clear()
            .envs(environment);
        let done = run(&mut command)?;
        let output = String::from_utf8_lossy(&done.stdout);
        let errors = String::from_utf8_lossy(&done.stderr);
        let status = done.status;
        Ok(Told {
            steps: output.lines().filter_map(step).collect(),
            exit: status
                .code()
                .or_else(|| status.signal().map(|signal| 128 + signal))
                .unwrap_or(-1),
            death: death(&errors),
        })
    }

    /// `{here}` stands for the folder.
    pub fn spelled(&self, text: &str) -> String {
        text.replace("{here}", &self.folder.display().to_string())
    }
}

/// A host that waits for ever is killed: exit status 137.
fn run(command: &mut Command) -> Result<Output> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn();
    for _ in 0..BUSY_RETRIES {
        if !matches!(&child, Err(error) if error.raw_os_error() == Some(libc::ETXTBSY)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
        child = command.spawn();
    }
    let mut child = child.context("cannot start the host")?;
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > PATIENCE {
            child.kill()?;
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // What it writes fits into a pipe, or it would have been killed above.
    Ok(child.wait_with_output()?)
}

/// The lines that say of what it died. The rest are goroutines, registers and addresses.
fn death(errors: &str) -> Vec<String> {
    let tells = |line: &&str| {
        ["fatal error: ", "panic: ", "SIG", "host: "]
            .iter()
            .any(|start| line.starts_with(start))
    };
    errors.lines().filter(tells).map(str::to_owned).collect()
}

/// `3 ok *int`, `4 error "plugin: …"`
fn step(line: &str) -> Option<StepTold> {
    let (_, rest) = line.split_once(' ')?;
    if let Some(text) = rest.strip_prefix("error ") {
        return Some(StepTold::Error(unquoted(text)));
    }
    let told = rest.strip_prefix("ok")?;
    Some(StepTold::Ok(told.trim_start().to_owned()))
}

/// Undoes Go's `strconv.Quote`.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    let mut plain = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('x') => {
                let digits: String = letters.by_ref().take(2).collect();
                let byte = u8::from_str_radix(&digits, 16).unwrap_or(b'?');
                plain.push(char::from(byte));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

impl Told {
    /// As lines, each with what it is about.
    pub fn lines(&self) -> Vec<String> {
        let steps = self.steps.iter().enumerate().map(|(index, step)| {
            let number = index + 1;
            match step {
                StepTold::Ok(told) => format!("{number} ok {told}").trim_end().to_owned(),
                StepTold::Error(text) => format!("{number} error {text}"),
            }
        });
        let mut lines: Vec<String> = steps.collect();
        lines.extend(self.death.iter().map(|line| format!("says {line}")));
        lines.push(format!("exit status {}", self.exit));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{StepTold, step};

    #[test]
    fn what_go_quoted_is_read() {
        let line = r#"2 error "plugin.Open(\"a\"): x\n\\""#;
        assert_eq!(
            step(line),
            Some(StepTold::Error("plugin.Open(\"a\"): x\n\\".into()))
        );
        assert_eq!(step("1 ok"), Some(StepTold::Ok(String::new())));
    }
}
