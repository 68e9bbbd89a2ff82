//! The `sayso` binary: arguments in, answers out, an exit status that means something.
#![forbid(unsafe_code)]

mod arguments;
mod base;
mod commands;
mod files;
mod image;
mod judge;
mod machine;
mod output;
mod policy;
mod steps;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Cli, Command, OutputFormat};

/// How a run ends, in words; the numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// Every file loads, and no finding reaches `--fail-on`.
    Fine,
    /// The answer is unknown for a named reason.
    Unknown,
    /// Something will not load, or a finding reached `--fail-on`.
    Failed,
    /// The command was misused, or a named file cannot be read.
    Misused,
}

impl Status {
    fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Status::Fine => 0,
            Status::Failed => 1,
            Status::Misused => 2,
            Status::Unknown => 3,
        })
    }
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = arguments::with_command(std::env::args_os().collect());
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; everything else is a misuse (2), which is clap's number too.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(status) => status.code(),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            Status::Misused.code()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Status> {
    if let Some(shell) = cli.completions {
        return commands::completions::run(shell);
    }
    let Some(command) = cli.command else {
        anyhow::bail!(
            "nothing to do: name a file, as in `sayso /usr/bin/git`, or see `sayso --help`"
        );
    };
    anyhow::ensure!(
        takes(&command, cli.common.format),
        "this command has no such format: --format markdown is for check, floor, gate, sbom --verify, sums --verify, explain and rules; sarif, junit and github are for check, floor, gate, sbom --verify and sums --verify"
    );
    anyhow::ensure!(
        cli.common.image.is_none() || reads_images(&command),
        "this command works on files of this machine, and an image is only read: take the file out of it first"
    );
    match command {
        Command::Check(check) => commands::check::run(&check, &cli.common),
        Command::Tree(tree) => commands::tree::run(&tree, &cli.common),
        Command::Why(why) => commands::why::run(&why, &cli.common),
        Command::Bundle(bundle) => commands::bundle::run(&bundle, &cli.common),
        Command::Floor(floor) => commands::floor::run(&floor, &cli.common),
        Command::Gate(gate) => commands::gate::run(&gate, &cli.common),
        Command::Init(init) => commands::init::run(&init, &cli.common),
        Command::Fix(fix) => commands::fix::run(&fix, &cli.common),
        Command::Explain(explain) => commands::explain::run(&explain, &cli.common),
        Command::Go(go) => commands::go::run(&go, &cli.common),
        Command::Diff(diff) => commands::diff::run(&diff, &cli.common),
        Command::Sbom(sbom) => commands::sbom::run(&sbom, &cli.common),
        Command::Snapshot(snapshot) => commands::snapshot::run(&snapshot, &cli.common),
        Command::Sums(sums) => commands::sums::run(&sums, &cli.common),
        Command::Rules(rules) => commands::rules::run(&rules, &cli.common),
        Command::Man { folder } => commands::man::run(folder.as_deref()),
    }
}

/// Whether a command can answer in a format.
fn takes(command: &Command, format: OutputFormat) -> bool {
    let finds = match command {
        Command::Check(_) | Command::Floor(_) | Command::Gate(_) => true,
        Command::Sbom(sbom) => sbom.verify.is_some(),
        Command::Sums(sums) => sums.verify.is_some(),
        _ => false,
    };
    match format {
        OutputFormat::Text | OutputFormat::Json => true,
        OutputFormat::Markdown => {
            finds || matches!(command, Command::Explain(_) | Command::Rules(_))
        }
        OutputFormat::Sarif | OutputFormat::Junit | OutputFormat::Github => finds,
    }
}

/// Commands that ask a world and write nothing into it.
fn reads_images(command: &Command) -> bool {
    matches!(
        command,
        Command::Check(_)
            | Command::Tree(_)
            | Command::Why(_)
            | Command::Explain(_)
            | Command::Go(_)
            | Command::Floor(_)
            | Command::Gate(_)
            | Command::Init(_)
            | Command::Sbom(_)
            | Command::Snapshot(_)
            | Command::Rules(_)
    )
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
