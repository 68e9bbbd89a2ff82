//! Random worlds: drawn, built, asked of the real loaders, and shrunk where the prediction differs.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, bail};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseError, TestError, TestRunner};
use sayso_fixture::Libc;

use crate::case::Account;
use crate::release::{self, Unpacked};

/// Folders where libraries lie, or are looked for in vain.
const FOLDERS: &[&str] = &[
    "/x",
    "/x",
    "/x",
    "/y",
    "/y",
    "/app/lib",
    "/lib",
    "/usr/lib",
    "/x/glibc-hwcaps/x86-64-v2",
    "/x/tls",
];
/// Names of libraries.
const NAMES: &[&str] = &["liba.so", "libb.so", "libc0.so", "libd.so.1"];
/// What run paths and `LD_LIBRARY_PATH` are made of.
const ELEMENTS: &[&str] = &[
    "/x",
    "/y",
    "/x",
    "/y",
    "/app/lib",
    "$ORIGIN",
    "${ORIGIN}/lib",
    "$ORIGIN/../y",
    "/none",
    "",
    "x",
    "/x/",
    "/y/$LIB",
    "$ORIGINAL",
    "/app/../x",
];
/// How a need is written before its name.
const PREFIXES: &[&str] = &[
    "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "",
    "/x/", "/y/", "$ORIGIN/", "x/", "./",
];
const SYMBOLS: &[&str] = &["f", "g", "h"];
const VERSIONS: &[&str] = &["V1", "V2"];

/// A name that is asked for.
#[derive(Debug, Clone)]
struct Need {
    prefix: &'static str,
    name: &'static str,
}

#[derive(Debug, Clone)]
struct Undefined {
    symbol: &'static str,
    version: Option<&'static str>,
    weak_version: bool,
    /// The need (by number) whose version it is.
    of: prop::sample::Index,
    kind: &'static str,
    weak: bool,
}

#[derive(Debug, Clone)]
struct Defined {
    symbol: &'static str,
    version: Option<(&'static str, bool)>,
    marks: &'static str,
}

/// What an ELF file of the world says.
#[derive(Debug, Clone)]
struct Elf {
    needs: Vec<Need>,
    soname: Option<&'static str>,
    paths: Option<(bool, Vec<&'static str>)>,
    imports: Vec<Undefined>,
    exports: Vec<Defined>,
    extra: &'static str,
}

#[derive(Debug, Clone)]
enum Kind {
    Library(Elf),
    /// A fault, in the format's words.
    Faulty(&'static str),
    Link(&'static str, &'static str),
}

#[derive(Debug, Clone)]
enum Step {
    Open(Need, &'static str),
    /// In a namespace of its own (glibc only).
    OpenApart(Need),
    Symbol(prop::sample::Index, &'static str),
    Close(prop::sample::Index),
}

/// A world, before it is written.
#[derive(Debug, Clone)]
struct Plan {
    program: Elf,
    files: Vec<(&'static str, &'static str, Kind)>,
    library_path: Option<Vec<&'static str>>,
    preload: Option<Need>,
    bind_now: bool,
    directory: &'static str,
    user: bool,
    /// The program has the set-user-ID bit of user 0.
    set_user: bool,
    /// The files are in `ld.so.cache` (of glibc).
    cached: bool,
    steps: Vec<Step>,
}

fn need() -> impl Strategy<Value = Need> {
    (select(PREFIXES), select(NAMES)).prop_map(|(prefix, name)| Need { prefix, name })
}

fn undefined() -> impl Strategy<Value = Undefined> {
    (
        select(SYMBOLS),
        weighted(0.3, select(VERSIONS)),
        prop::bool::weighted(0.2),
        any::<prop::sample::Index>(),
        select(&["", "", "!data", "!none", "!none", "!data", "!tls"][..]),
        prop::bool::weighted(0.7),
    )
        .prop_map(
            |(symbol, version, weak_version, of, kind, weak)| Undefined {
                symbol,
                version,
                weak_version,
                of,
                kind,
                weak,
            },
        )
}

/// Mostly where the libraries are: a world in which nothing is found tells little.
fn library_path() -> impl Strategy<Value = Option<Vec<&'static str>>> {
    prop_oneof![
        8 => Just(Some(vec!["/x", "/y", "/app/lib"])),
        3 => vec(select(ELEMENTS), 1..4).prop_map(Some),
        2 => Just(None),
    ]
}

fn defined() -> impl Strategy<Value = Defined> {
    let marks = &[
        "",
        "",
        "",
        "",
        "!weak",
        "!unique",
        "!protected",
        "!hidden",
        "!data",
        "!data:16",
        "!tls",
    ][..];
    let version = weighted(0.4, (select(VERSIONS), prop::bool::weighted(0.7)));
    (select(SYMBOLS), version, select(marks)).prop_map(|(symbol, version, marks)| Defined {
        symbol,
        version,
        marks,
    })
}

fn elf() -> impl Strategy<Value = Elf> {
    let extra = &[
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "flags=now",
        "flags=bindnow",
        "flags=nodeflib",
        "symbolic",
        "flags=noopen",
        "hash=sysv",
        "flags=nodelete",
        "flags=global",
        "tls=16",
        "tls=700 ie",
        "tls=48:64 ie",
        "filter=liba.so",
        "auxiliary=libb.so",
        "auxiliary=libd.so.1",
    ][..];
    (
        vec(need(), 0..3),
        weighted(0.3, select(NAMES)),
        weighted(0.5, (any::<bool>(), vec(select(ELEMENTS), 0..3))),
        vec(undefined(), 0..3),
        vec(defined(), 0..3),
        select(extra),
    )
        .prop_map(|(needs, soname, paths, imports, exports, extra)| Elf {
            needs,
            soname,
            paths,
            imports,
            exports,
            extra,
        })
}

fn kind() -> impl Strategy<Value = Kind> {
    let faults = &[
        "lib class=32",
        "lib machine=183",
        "lib type=rel",
        "lib mode=0000",
        "dir",
        "text \"not an ELF file at all, but long enough that nobody calls it too short for a header\"",
        "text \"\"",
        "symlink -> loop",
        "lib without=dynamic",
        "lib patch=7:09",
    ][..];
    prop_oneof![
        32 => elf().prop_map(Kind::Library),
        2 => select(faults).prop_map(Kind::Faulty),
        1 => (select(FOLDERS), select(NAMES)).prop_map(|(folder, name)| Kind::Link(folder, name)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let flags = &[
        "now",
        "now",
        "lazy",
        "now,global",
        "lazy,global",
        "now,noload",
        "now,deepbind",
        "lazy,nodelete",
        "now,noload,global",
    ][..];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => need().prop_map(Step::OpenApart),
        5 => (need(), select(flags)).prop_map(|(need, flags)| Step::Open(need, flags)),
        2 => (index(), select(SYMBOLS)).prop_map(|(step, symbol)| Step::Symbol(step, symbol)),
        1 => index().prop_map(Step::Close),
    ]
}

/// Most strong references are to what somebody defines, in no version that nobody has: a world that ends at the first symbol tells
/// little about the others.
fn refer_to_what_is_there(plan: &mut Plan) {
    let mut defined: Vec<(&'static str, Option<&'static str>)> = Vec::new();
    for (_, _, kind) in &plan.files {
        if let Kind::Library(elf) = kind {
            let of = |export: &Defined| (export.symbol, export.version.map(|(version, _)| version));
            defined.extend(elf.exports.iter().map(of));
        }
    }
    let mend = |elf: &mut Elf| {
        for import in &mut elf.imports {
            import.weak |= !defined.iter().any(|(symbol, _)| *symbol == import.symbol);
            let wanted = import.version;
            if !defined
                .iter()
                .any(|(_, version)| wanted.is_some() && *version == wanted)
            {
                import.version = None;
            }
        }
    };
    mend(&mut plan.program);
    for (_, _, kind) in &mut plan.files {
        if let Kind::Library(elf) = kind {
            mend(elf);
        }
    }
}

/// Data of a library that a program refers to is copied into the program.
fn as_linked(program: &mut Elf) {
    for import in &mut program.imports {
        if import.kind == "!data" && !import.weak {
            import.kind = "!copy";
        }
    }
    // No linker makes a program a filter.
    if program.extra.starts_with("filter=") || program.extra.starts_with("auxiliary=") {
        program.extra = "";
    }
}

/// Most names that are asked for are those of files that are there, somewhere.
fn ask_for_what_is_there(plan: &mut Plan) {
    let names: Vec<&'static str> = plan.files.iter().map(|(_, name, _)| *name).collect();
    let mend = |position: usize, need: &mut Need| {
        if !names.contains(&need.name) {
            need.name = names[position % names.len()];
        }
    };
    plan.program
        .needs
        .iter_mut()
        .enumerate()
        .for_each(|(at, need)| mend(at, need));
    for (number, (_, _, kind)) in plan.files.iter_mut().enumerate() {
        if let Kind::Library(elf) = kind {
            let needs = elf.needs.iter_mut().enumerate();
            needs.for_each(|(at, need)| mend(number + at, need));
        }
    }
    for (number, step) in plan.steps.iter_mut().enumerate() {
        if let Step::Open(need, _) | Step::OpenApart(need) = step {
            mend(number, need);
        }
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    (drawn(), prop::bool::weighted(0.8)).prop_map(|(mut plan, mended)| {
        as_linked(&mut plan.program);
        if mended {
            ask_for_what_is_there(&mut plan);
            refer_to_what_is_there(&mut plan);
        }
        plan
    })
}

fn drawn() -> impl Strategy<Value = Plan> {
    (
        (elf(), vec(need(), 1..3)).prop_map(|(mut elf, needs)| {
            elf.needs = needs;
            elf
        }),
        vec((select(FOLDERS), select(NAMES), kind()), 3..9),
        library_path(),
        weighted(0.15, need()),
        prop::bool::weighted(0.2),
        select(&["/", "/", "/x", "/app"][..]),
        (
            any::<bool>(),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.1),
        ),
        vec(step(), 0..5),
    )
        .prop_map(
            |(
                program,
                files,
                library_path,
                preload,
                bind_now,
                directory,
                (user, cached, set_user),
                steps,
            )| Plan {
                program,
                files,
                library_path,
                preload,
                bind_now,
                directory,
                user,
                set_user,
                cached,
                steps,
            },
        )
}

impl Elf {
    fn attributes(&self) -> String {
        let mut text = String::new();
        let needs: Vec<String> = self
            .needs
            .iter()
            .map(|need| format!("{}{}", need.prefix, need.name))
            .collect();
        if !needs.is_empty() {
            let _ = write!(text, " needs={}", needs.join(","));
        }
        if let Some(soname) = self.soname {
            let _ = write!(text, " soname={soname}");
        }
        if let Some((run, elements)) = &self.paths {
            let tag = if *run { "runpath" } else { "rpath" };
            let _ = write!(text, " {tag}={}", elements.join(":"));
        }
        let mut seen = Vec::new();
        let mut imports = Vec::new();
        for import in &self.imports {
            if seen.contains(&import.symbol) {
                continue;
            }
            seen.push(import.symbol);
            // A version need names one of the needed files, as a linker would write it.
            let version = match import.version {
                Some(version) if !needs.is_empty() => {
                    let weak = if import.weak_version { "~" } else { "" };
                    format!("@{weak}{version}({})", import.of.get(&needs))
                }
                _ => String::new(),
            };
            let weak = if import.weak { "?" } else { "" };
            imports.push(format!("{}{version}{}{weak}", import.symbol, import.kind));
        }
        if !imports.is_empty() {
            let _ = write!(text, " imports={}", imports.join(","));
        }
        let mut exports = Vec::new();
        for export in &self.exports {
            if seen.contains(&export.symbol) {
                continue;
            }
            seen.push(export.symbol);
            let version = export.version.map_or(String::new(), |(version, default)| {
                format!("{}{version}", if default { "@@" } else { "@" })
            });
            exports.push(format!("{}{version}{}", export.symbol, export.marks));
        }
        if !exports.is_empty() {
            let _ = write!(text, " exports={}", exports.join(","));
        }
        if !self.extra.is_empty() {
            let _ = write!(text, " {}", self.extra);
        }
        text
    }
}

impl Plan {
    /// The world as text.
    fn text(&self, libc: Libc) -> String {
        let name = if libc == Libc::Glibc { "glibc" } else { "musl" };
        let user = if self.user { " user=1000:1000" } else { "" };
        let mut text = format!(
            "machine: {name} cwd={}{user}\noption: objects\n",
            self.directory
        );
        if let Some(elements) = &self.library_path {
            let _ = writeln!(text, "env: LD_LIBRARY_PATH={}", elements.join(":"));
        }
        if let Some(preload) = &self.preload {
            let _ = writeln!(text, "env: LD_PRELOAD={}{}", preload.prefix, preload.name);
        }
        if self.bind_now {
            text.push_str("env: LD_BIND_NOW=1\n");
        }
        let mode = if self.set_user { " mode=4755" } else { "" };
        let _ = writeln!(text, "/app/main exec{}{mode}", self.program.attributes());
        let mut taken: Vec<String> = Vec::new();
        for (folder, name, kind) in &self.files {
            let path = format!("{folder}/{name}");
            if taken.contains(&path) {
                continue;
            }
            let _ = match kind {
                Kind::Library(elf) => writeln!(text, "{path} lib{}", elf.attributes()),
                Kind::Faulty("symlink -> loop") => writeln!(text, "{path} symlink -> {path}"),
                Kind::Faulty(fault) => writeln!(text, "{path} {fault}"),
                Kind::Link(folder, name) => writeln!(text, "{path} symlink -> {folder}/{name}"),
            };
            taken.push(path);
        }
        if self.cached && libc == Libc::Glibc {
            let _ = writeln!(text, "cache: {}", taken.join(" "));
        }
        self.write_steps(&mut text, libc);
        text.push_str("run: /app/main\n");
        text
    }

    /// Handles are only taken of steps that open something.
    fn write_steps(&self, text: &mut String, libc: Libc) {
        let mut handles: Vec<usize> = Vec::new();
        let mut number = 0;
        for step in &self.steps {
            let line = match step {
                Step::Open(need, flags) => {
                    handles.push(number + 1);
                    format!("dlopen {}{} {flags}", need.prefix, need.name)
                }
                Step::OpenApart(_) if libc == Libc::Musl => continue,
                Step::OpenApart(need) => {
                    handles.push(number + 1);
                    format!("dlmopen {}{} now", need.prefix, need.name)
                }
                Step::Symbol(_, symbol) if handles.is_empty() => format!("dlsym default {symbol}"),
                Step::Symbol(step, symbol) => format!("dlsym {} {symbol}", step.get(&handles)),
                Step::Close(_) if handles.is_empty() => continue,
                Step::Close(step) => {
                    let at = step.index(handles.len());
                    format!("dlclose {}", handles.remove(at))
                }
            };
            number += 1;
            let _ = writeln!(text, "then: {line}");
        }
    }
}

/// How many worlds were asked, and what came of it.
#[derive(Debug, Default)]
pub struct Tally {
    /// Worlds times releases.
    pub asked: AtomicU64,
    /// Predicted as "cannot be known".
    pub unknown: AtomicU64,
    /// Loaded, with all steps well.
    pub went_well: AtomicU64,
}

/// Asks the releases of one libc; the difference as text.
fn disagreement(plan: &Plan, releases: &[Unpacked], tally: &Tally) -> Result<Option<String>> {
    for release in releases {
        let text = plan.text(release.libc);
        let fixture = match sayso_fixture::parse(&text) {
            Ok(fixture) => fixture,
            Err(error) => bail!("{error} in\n{text}"),
        };
        let account = Account::of(&fixture, release)?;
        tally.asked.fetch_add(1, Ordering::Relaxed);
        if account.is_unknown() {
            tally.unknown.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let fine = account.real.words.is_empty()
            && account.real.steps.iter().all(|step| step.ends_with("ok"));
        tally
            .went_well
            .fetch_add(u64::from(fine), Ordering::Relaxed);
        if let Some(difference) = account.difference(true) {
            let said: String = difference.lines().fold(String::new(), |mut said, line| {
                let _ = writeln!(said, "#   {line}");
                said
            });
            return Ok(Some(format!("# {} differs.\n{text}{said}", release.name)));
        }
    }
    Ok(None)
}

fn seed_bytes(seed: u64) -> RngSeed {
    RngSeed::Fixed(seed)
}

/// One run: `count` worlds of a seed; the first disagreement, shrunk, as the text of a world.
///
/// # Errors
/// The lab itself does not work.
pub fn run(count: u32, seed: u64, releases: &[Unpacked], tally: &Tally) -> Result<Option<String>> {
    let config = Config {
        cases: count,
        max_shrink_iters: 400,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: seed_bytes(seed),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&plan(), |plan| match disagreement(&plan, releases, tally) {
        Ok(None) => Ok(()),
        Ok(Some(text)) => Err(TestCaseError::fail(text)),
        Err(error) => Err(TestCaseError::fail(format!("{error:#}"))),
    });
    match outcome {
        Ok(()) => Ok(None),
        Err(TestError::Fail(_, plan)) => {
            let again = disagreement(&plan, releases, tally)?;
            Ok(Some(again.unwrap_or_else(|| {
                format!("# differs only sometimes\n{}", plan.text(Libc::Glibc))
            })))
        }
        Err(TestError::Abort(reason)) => bail!("{reason}"),
    }
}

/// Keeps a disagreement where it can be looked at and be made a case of.
///
/// # Errors
/// The file cannot be written.
pub fn keep(text: &str, seed: u64) -> Result<PathBuf> {
    let folder = crate::workspace().join("lab/failures");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{seed}.world"));
    std::fs::write(&path, text)?;
    Ok(path)
}

/// `count` worlds on two threads, in portions of which each may find one disagreement. Says how many disagreed.
///
/// # Errors
/// The lab itself does not work.
pub fn campaign(count: u32, seed: u64) -> Result<usize> {
    use rayon::prelude::*;
    const PORTION: u32 = 25;
    let releases = release::provisioned();
    let tally = Tally::default();
    let portions = count.div_ceil(PORTION);
    let found: Vec<(u64, String)> = (0..portions)
        .into_par_iter()
        .map(|portion| {
            let seed = seed.wrapping_add(u64::from(portion));
            let size = PORTION.min(count - portion * PORTION);
            Ok(run(size, seed, &releases, &tally)?.map(|text| (seed, text)))
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    for (seed, text) in &found {
        let path = keep(text, *seed)?;
        println!("{}:\n{text}", path.display());
    }
    println!(
        "random worlds: {count} drawn, {} times asked of {} releases, {} went well, {} not to be known from files, {} disagreements",
        tally.asked.load(Ordering::Relaxed),
        releases.len(),
        tally.went_well.load(Ordering::Relaxed),
        tally.unknown.load(Ordering::Relaxed),
        found.len()
    );
    Ok(found.len())
}
