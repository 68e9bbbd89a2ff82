//! What can be typed. Help, completions and manual pages come from here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use sayso_loader::Step;
use sayso_loader::request::{Family, Release};
use sayso_world::Cpu;

/// Says what the loader will say about a program or shared library, before the loader says it.
///
/// `sayso FILE` is short for `sayso check FILE`. Nothing is ever executed.
#[derive(Debug, Parser)]
#[command(name = "sayso", version, max_term_width = 100, disable_help_subcommand = true, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Print the completions of a shell, and nothing else
    #[arg(long, value_name = "SHELL", help_heading = "Output")]
    pub(crate) completions: Option<clap_complete::Shell>,
}

impl Cli {
    /// Reads a command line.
    pub(crate) fn read(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
        // The definitions of commands that were not asked for took a quarter of the pages that a start touches.
        match Cli::read_check(&arguments) {
            Some(cli) => Ok(cli),
            None => Cli::try_parse_from(arguments),
        }
    }

    /// Reads a `check` that is well; everything else, also help and what is wrong, is for the whole definition.
    fn read_check(arguments: &[OsString]) -> Option<Cli> {
        const CHECK: &str = "check";
        if arguments.get(1)? != CHECK {
            return None;
        }
        let check = Check::augment_args(clap::Command::new(CHECK));
        let command = Common::augment_args(clap::Command::new("sayso")).subcommand(check);
        let mut matches = command.try_get_matches_from(arguments).ok()?;
        let (_, mut of_check) = matches.remove_subcommand()?;
        Some(Cli {
            command: Some(Command::Check(
                Check::from_arg_matches_mut(&mut of_check).ok()?,
            )),
            common: Common::from_arg_matches_mut(&mut matches).ok()?,
            completions: None,
        })
    }
}

const EXIT_STATUS: &str = "\
Exit status:
  0  every file loads, and no finding reaches --fail-on
  1  something will not load, or a finding reaches --fail-on
  2  the command was misused, or a named file cannot be read
  3  the answer is unknown, for a reason that is named";

const EXPLAIN_STATUS: &str = "\
Exit status:
  0  a failure was recognised and explained (also one that is no loader's)
  2  the command was misused, or a named file cannot be read
  3  nothing was recognised";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Will it load here? If not: what the loader says, why, and what mends it
    Check(Check),
    /// Who needs what, found where, by which rule
    Tree(Tree),
    /// One library or symbol: who asks, where it was looked for, who provides it, which rule decided
    Why(Why),
    /// A pasted error text: what failed, why, and the command that mends it
    #[command(after_help = EXPLAIN_STATUS)]
    Explain(Explain),
    /// Change run paths, needs, the loader … of ELF files: as little as possible, proved before it is written
    Fix(Box<crate::commands::fix::Fix>),
    /// The oldest system that loads it, the symbol that forces it, and what would lower it
    Floor(Box<crate::commands::floor::FloorArguments>),
    /// Artifacts held against a policy: floors, libraries, symbols, run paths, protection, machine, size
    Gate(crate::commands::gate::GateArguments),
    /// A starting policy from what the artifacts are today
    Init(crate::commands::init::InitArguments),
    /// Everything that a program or plugin loads, in a folder that loads on its own
    Bundle(crate::commands::bundle::BundleArguments),
    /// Will plugin.Open succeed? What differs, why, and the build command that mends it
    Go(Box<crate::commands::go::Go>),
    /// The same program in two worlds: what is found or bound differently, and why
    Diff(crate::commands::diff::Diff),
    /// Write down all that the answers about files rest on, to be asked again on another machine
    Snapshot(crate::commands::snapshot::SnapshotArguments),
    /// A bill of materials (CycloneDX, SPDX) of what can be loaded, or one held against the files
    Sbom(crate::commands::sbom::Sbom),
    /// Write or verify a list of checksums, as `sha256sum` and `b3sum` do
    Sums(crate::commands::sums::SumsArguments),
    /// The catalogue of rules, or the page of one
    Rules(Rules),
    /// Write the manual pages
    #[command(hide = true)]
    Man {
        /// Folder to write them to; without one, the main page goes to standard output
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Programs, libraries, scripts, or folders (every program and library in them)
    pub(crate) files: Vec<OsString>,
    /// Read further file names from FILE, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<OsString>,
    /// Lowest level of a finding that makes the exit status 1
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
    /// Look for libraries only; skip versions and symbols
    #[arg(long)]
    pub(crate) names_only: bool,
    /// Lay the files over this image or root folder, and judge them there: FILE, FOLDER or ARCHIVE, each with :PLACE if wanted
    #[arg(long, value_name = "IMAGE | DIR")]
    pub(crate) base: Option<OsString>,
    /// With --base: take the files from this image, the stage that built them
    #[arg(long, value_name = "IMAGE", requires = "base")]
    pub(crate) from: Option<OsString>,
    /// A policy that the files have to keep to; without it, the nearest sayso.toml upwards that has a policy in it
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<OsString>,
    /// No policy, though there may be one
    #[arg(long)]
    pub(crate) no_policy: bool,
    /// Entrypoint instead of the image's, as `docker run --entrypoint` (with --image)
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) entrypoint: Option<OsString>,
    /// Only whether the command of the image starts, nothing else in it (with --image)
    #[arg(long)]
    pub(crate) start_only: bool,
    /// A command line to be judged as execve would run it, behind `--`; with --image, it replaces the image's Cmd
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// A program or library
    pub(crate) file: OsString,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// A program or library
    pub(crate) file: OsString,
    /// A library (`libz.so.1`) or a symbol (`inflate`, `_ZN3foo3barEv`, `foo::bar()`)
    pub(crate) name: OsString,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The text, a file that holds it, or `-` for standard input (which is read if nothing is given)
    #[arg(value_name = "TEXT | FILE | -")]
    pub(crate) text: Vec<OsString>,
    /// The program or library that the text is about: it is walked to find the true cause (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// Name of a rule
    pub(crate) name: Option<String>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Where and how it runs")]
pub(crate) struct Common {
    /// Take a folder for the machine's root; nothing outside it is looked at
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) root: Option<OsString>,
    /// Take a container image or an archive for the machine: docker-save or OCI archive, OCI layout, tar, or a folder
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "root")]
    pub(crate) image: Option<OsString>,
    /// Which image of several: linux/arm64, linux/arm/v7 (this machine's if nothing is said)
    #[arg(long, global = true, value_name = "OS/ARCH", requires = "image")]
    pub(crate) platform: Option<sayso_image::Platform>,
    /// A limit of what is read of an image: layer-bytes, ratio, entries, held-bytes … (may be repeated)
    #[arg(long, global = true, value_name = "NAME=NUMBER", requires = "image", value_parser = crate::image::limit)]
    pub(crate) limit: Vec<(&'static str, u64)>,
    /// Take the machine that `sayso snapshot` wrote down
    #[arg(long, global = true, value_name = "FILE", conflicts_with_all = ["root", "image", "user"])]
    pub(crate) snapshot: Option<OsString>,
    /// Loader for a library that does not say which
    #[arg(long, global = true, value_name = "LOADER", value_enum)]
    pub(crate) loader: Option<LoaderName>,
    /// Judge by the rules of another release of the loader (the files stay what they are): glibc-2.31, musl-1.2.5
    #[arg(long, global = true, value_name = "RELEASE", value_parser = release)]
    pub(crate) release: Option<(Family, Release)>,
    /// Judge for another processor: x86-64-v1 … x86-64-v4
    #[arg(long, global = true, value_name = "LEVEL", value_parser = cpu)]
    pub(crate) cpu: Option<Cpu>,
    /// Set an environment variable of the process (may be repeated)
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = clap::value_parser!(OsString))]
    pub(crate) env: Vec<OsString>,
    /// Working directory of the process
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cwd: Option<OsString>,
    /// What the program is called instead of its path (its argument 0)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) arg0: Option<OsString>,
    /// Who starts it: a name or a number, with :GROUP if wanted
    #[arg(long, global = true, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// What the process does next: `dlopen libx.so now`, `dlsym 1 init`, `setenv K V` (may be repeated)
    #[arg(long, global = true, value_name = "STEP", value_parser = step)]
    pub(crate) then: Vec<Step>,
    /// How the answer is written
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = OutputFormat::Text, help_heading = "Output")]
    pub(crate) format: OutputFormat,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto, help_heading = "Output")]
    pub(crate) color: When,
    /// Less: only what will not load
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: u8,
    /// More: every place tried, notes, every symbol
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoaderName {
    Glibc,
    Musl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
    /// For issue trackers and step summaries (check, floor, gate, sbom and sums --verify, explain, rules)
    Markdown,
    /// SARIF 2.1.0, for code scanning (check, floor, gate, sbom and sums --verify)
    Sarif,
    /// JUnit XML, for test reports (check, floor, gate, sbom and sums --verify)
    Junit,
    /// Annotations of GitHub workflows (check, floor, gate, sbom and sums --verify)
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl From<LoaderName> for Family {
    fn from(name: LoaderName) -> Family {
        match name {
            LoaderName::Glibc => Family::Glibc,
            LoaderName::Musl => Family::Musl,
        }
    }
}

fn release(text: &str) -> Result<(Family, Release), String> {
    let example = "write it like glibc-2.31 or musl-1.2.5";
    let (family, number) = text
        .split_once('-')
        .ok_or_else(|| format!("no loader named: {example}"))?;
    let family = match family {
        "glibc" => Family::Glibc,
        "musl" => Family::Musl,
        other => return Err(format!("no loader is called {other}: {example}")),
    };
    let parts: Option<Vec<u16>> = number.split('.').map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([major, minor]) if family == Family::Glibc => Ok((family, Release(*major, *minor, 0))),
        Some([major, minor, patch]) => Ok((family, Release(*major, *minor, *patch))),
        _ => Err(format!("{number} is no release: {example}")),
    }
}

fn cpu(text: &str) -> Result<Cpu, String> {
    Cpu::parse(text).ok_or_else(|| "write x86-64-v1, x86-64-v2, x86-64-v3 or x86-64-v4".into())
}

fn step(text: &str) -> Result<Step, String> {
    crate::steps::parse(text.as_bytes()).map_err(|error| error.to_string())
}

/// Puts `check` in where no command was named: `sayso FILE` is short for `sayso check FILE`.
pub(crate) fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    const COMMANDS: &[&str] = &[
        "check", "tree", "why", "explain", "fix", "bundle", "floor", "gate", "init", "go", "diff",
        "sbom", "snapshot", "sums", "rules", "man",
    ];
    const ANSWERS: &[&str] = &["-h", "--help", "-V", "--version"];
    let mut at = 1;
    while let Some(argument) = arguments
        .get(at)
        .map(|argument| argument.to_string_lossy().into_owned())
    {
        if COMMANDS.contains(&argument.as_str())
            || ANSWERS.contains(&argument.as_str())
            || argument.starts_with("--completions")
        {
            return arguments;
        }
        if argument == "--" || argument == "-" || !argument.starts_with('-') {
            arguments.insert(1, "check".into());
            return arguments;
        }
        at += if !argument.contains('=') && takes_value(&argument) {
            2
        } else {
            1
        };
    }
    if arguments.len() > 1 {
        // Options only: `sayso --files-from list`.
        arguments.insert(1, "check".into());
    }
    arguments
}

/// Whether an option takes the next argument as its value.
fn takes_value(option: &str) -> bool {
    let Some(name) = option.strip_prefix("--") else {
        return false;
    };
    let cli = Cli::command();
    let check = cli
        .find_subcommand("check")
        .map(|check| check.get_arguments().collect::<Vec<_>>())
        .unwrap_or_default();
    cli.get_arguments()
        .chain(check)
        .any(|argument| argument.get_long() == Some(name) && argument.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let words: Vec<String> = with_command(words)
            .into_iter()
            .map(|word| word.into_string().expect("text"))
            .collect();
        words.join(" ")
    }

    #[test]
    fn definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn check_is_put_in_where_no_command_is_named() {
        assert_eq!(completed("sayso a.so"), "sayso check a.so");
        assert_eq!(completed("sayso tree a.so"), "sayso tree a.so");
        assert_eq!(completed("sayso -v a.so"), "sayso check -v a.so");
        assert_eq!(
            completed("sayso --root tree why f g"),
            "sayso --root tree why f g"
        );
        assert_eq!(completed("sayso --root=r tree"), "sayso --root=r tree");
        assert_eq!(
            completed("sayso --env A=B prog"),
            "sayso check --env A=B prog"
        );
        assert_eq!(completed("sayso -- prog a"), "sayso check -- prog a");
        assert_eq!(
            completed("sayso --files-from list"),
            "sayso check --files-from list"
        );
        assert_eq!(completed("sayso --help"), "sayso --help");
        assert_eq!(completed("sayso"), "sayso");
    }

    #[test]
    fn a_check_is_read_alike_by_its_own_definition_and_by_the_whole() {
        let lines = [
            "sayso check a.so",
            "sayso check a.so b.so --names-only --fail-on warning",
            "sayso check --root r --env A=B --format json -v a.so",
            "sayso check --image i --entrypoint e --start-only",
            "sayso check --arg0 z --cpu x86-64-v2 --user 5 -- prog a --root b",
        ];
        for line in lines {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let whole = Cli::try_parse_from(&words).map(|cli| format!("{cli:?}"));
            let quick = Cli::read_check(&words).map(|cli| format!("{cli:?}"));
            assert_eq!(quick, Some(whole.expect(line)), "{line}");
        }
        for line in [
            "sayso check --help",
            "sayso check --no-such",
            "sayso tree a",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert!(Cli::read_check(&words).is_none(), "{line}");
        }
    }

    #[test]
    fn releases_are_read() {
        assert_eq!(
            release("glibc-2.31"),
            Ok((Family::Glibc, Release(2, 31, 0)))
        );
        assert_eq!(release("musl-1.2.5"), Ok((Family::Musl, Release(1, 2, 5))));
        for wrong in ["2.31", "glibc-2", "glibc-x.y", "dietlibc-0.34", "musl-1.2"] {
            assert!(release(wrong).is_err(), "{wrong}");
        }
    }
}
