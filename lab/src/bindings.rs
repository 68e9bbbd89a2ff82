//! Which definition every reference got: `LD_DEBUG=bindings` of the real ld.so against the predicted bindings.
//!
//! `LD_BIND_NOW` is set on both sides, so that calls are bound at once. Order is left out: a set says who provides what to whom.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use sayso_fixture::{Fixture, StartSpec};
use sayso_loader::session::Detail;
use sayso_loader::{Event, Request, Session, Start, Trace, Verdict};
use sayso_world::live::Live;
use sayso_world::{TargetPath, World, detect};

use crate::census;
use crate::recorded;
use crate::release::Unpacked;
use crate::root::{Folder, Mounted};

/// One reference and its provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    by: String,
    symbol: String,
    version: Option<String>,
    to: String,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("no version");
        write!(f, "{}: {} ({version}) of {}", self.by, self.symbol, self.to)
    }
}

/// ``     123:    binding file A [0] to B [0]: normal symbol `S' [V]``
fn binding(line: &str) -> Option<Binding> {
    let (_, rest) = line.split_once(":\tbinding file ")?;
    let (by, rest) = rest.split_once(" [")?;
    let (_, rest) = rest.split_once("] to ")?;
    let (to, rest) = rest.split_once(" [")?;
    let (_, rest) = rest.split_once("symbol `")?;
    let (symbol, rest) = rest.rsplit_once('\'')?;
    let version = rest.trim().strip_prefix('[');
    Some(Binding {
        by: by.into(),
        symbol: symbol.into(),
        version: version.map(|version| version.trim_end_matches(']').into()),
        to: to.into(),
    })
}

/// What ld.so said, but of itself and of the kernel's own object, which it binds in ways of its own.
fn told(text: &[u8]) -> BTreeSet<Binding> {
    let text = String::from_utf8_lossy(text);
    let own = |name: &str| name.contains("ld-linux-x86-64.so.2") || name == "linux-vdso.so.1";
    let all = text.lines().filter_map(binding);
    all.filter(|binding| !own(&binding.by)).collect()
}

fn predicted(trace: &Trace, program: &[u8]) -> BTreeSet<Binding> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = |id: sayso_loader::ObjectId| match id.0 {
        0 => text(program),
        _ => text(trace.object(id).path.as_bytes()),
    };
    let bound = trace.events.iter().filter_map(|event| match event {
        Event::Bound {
            by,
            symbol,
            version,
            to,
        } => Some(Binding {
            by: name(*by),
            symbol: text(symbol),
            version: version.as_deref().map(text),
            to: name(*to),
        }),
        _ => None,
    });
    bound.collect()
}

/// ld.so looks its own needs up as if the program had asked (`elf/dl-minimal.c: __rtld_malloc_init_real`, and from 2.41 on its last
/// relocation of itself).
fn is_ld_sos_own(binding: &Binding) -> bool {
    const NAMES: &[&str] = &["malloc", "calloc", "free", "realloc", "_r_debug"];
    NAMES.contains(&binding.symbol.as_str())
}

/// What differs. A start that fails has bound less than the model, which goes on.
fn difference(
    real: &BTreeSet<Binding>,
    predicted: &BTreeSet<Binding>,
    loads: bool,
) -> Option<String> {
    const SHOWN: usize = 12;
    let mut text = String::new();
    let unexpected = real.difference(predicted);
    for binding in unexpected.filter(|it| !is_ld_sos_own(it)).take(SHOWN) {
        let _ = writeln!(text, "  < {binding}");
    }
    for binding in predicted.difference(real).take(SHOWN).filter(|_| loads) {
        let _ = writeln!(text, "  > {binding}");
    }
    (!text.is_empty()).then_some(text)
}

/// Whether a world's bindings can be asked: it starts a program, that takes no steps and has no rights of its own (`LD_DEBUG` is
/// nothing for those).
pub fn can_ask(fixture: &Fixture) -> bool {
    let starts = matches!(&fixture.start, StartSpec::Run(arguments)
        if arguments.first().is_some_and(|program| program.starts_with(b"/app")));
    let asks = |name: &[u8]| fixture.environment.iter().any(|(known, _)| known == name);
    starts
        && fixture.steps.is_empty()
        && fixture.machine.user.0 == 0
        && !asks(b"LD_BIND_NOW")
        && !asks(b"LD_TRACE_LOADED_OBJECTS")
        && !asks(b"GLIBC_TUNABLES")
}

/// Asks one release about a world. `None`: no difference.
///
/// # Errors
/// The folder cannot be filled, or the program not be launched.
pub fn of_world(fixture: &Fixture, release: &Unpacked) -> Result<Option<String>> {
    let mut fixture = fixture.clone();
    fixture.machine.release = Some(release.number);
    let folder = Folder::new(&fixture, release).context("cannot write the world")?;
    let set = |key: &[u8], value: &[u8]| (key.to_vec(), value.to_vec());
    fixture.environment.push(set(b"LD_BIND_NOW", b"1"));
    let world =
        Mounted::new(&folder, &fixture).map_err(|errno| anyhow::anyhow!(errno.glibc_text()))?;
    let trace = trace(&world, &fixture.request());
    let StartSpec::Run(arguments) = &fixture.start else {
        return Ok(None);
    };
    let predicted = predicted(&trace, &arguments[0]);
    fixture.environment.push(set(b"LD_DEBUG", b"bindings"));
    let errors = recorded::errors(&fixture, &folder).context("cannot launch the program")?;
    let loads = matches!(trace.verdict, Verdict::Loads);
    Ok(difference(&told(&errors), &predicted, loads))
}

fn trace(world: &dyn World, request: &Request) -> Trace {
    let mut session = Session::new(world);
    session.detail = Detail {
        bindings: true,
        ..Detail::default()
    };
    session.predict(request)
}

/// Programs of this machine: how many references were compared, and what differs.
#[derive(Debug, Default)]
pub struct Tally {
    /// Programs.
    pub programs: usize,
    /// References that the real ld.so told of.
    pub references: usize,
    /// What differs.
    pub differ: Vec<(PathBuf, String)>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, how) in &self.differ {
            writeln!(f, "{}:\n{how}", path.display())?;
        }
        write!(
            f,
            "bindings: {} programs, {} references, {} programs differ",
            self.programs,
            self.references,
            self.differ.len()
        )
    }
}

/// Asks ld.so about at most so many programs below `/usr`. None of them runs: ld.so binds in its tracing mode, and ends.
///
/// # Errors
/// `/usr` cannot be read, or a program cannot be started.
pub fn of_programs(most: usize) -> Result<Tally> {
    let mut machine = detect::this_machine();
    machine.environment = vec![(b"LD_BIND_NOW".to_vec(), b"1".to_vec())];
    let world = Live::with_machine(machine);
    let candidates = census::chosen(usize::MAX)?;
    let is_program =
        |path: &&PathBuf| path.starts_with("/usr/bin") || path.starts_with("/usr/sbin");
    let programs: Vec<&PathBuf> = candidates.iter().filter(is_program).take(most).collect();
    let looked: Result<Vec<_>> = programs
        .par_iter()
        .map(|path| of_program(&world, path))
        .collect();
    let mut tally = Tally::default();
    for (path, looked) in programs.into_iter().zip(looked?) {
        let Some((references, differs)) = looked else {
            continue;
        };
        tally.programs += 1;
        tally.references += references;
        tally.differ.extend(differs.map(|how| (path.clone(), how)));
    }
    Ok(tally)
}

fn of_program(world: &Live, path: &Path) -> Result<Option<(usize, Option<String>)>> {
    let name = path.as_os_str().as_bytes();
    let start = Start::Exec {
        path: TargetPath::new(name),
        arguments: vec![name.to_vec()],
    };
    let trace = trace(
        world,
        &Request {
            start,
            steps: Vec::new(),
            loader: None,
            release: None,
        },
    );
    // A static program would run, and so would one of another loader; one with rights of its own does not listen.
    let privileged = world
        .lookup(&TargetPath::new(name))
        .is_ok_and(|stat| stat.mode & 0o6000 != 0);
    if privileged || trace.loader.is_none() || !matches!(trace.verdict, Verdict::Loads) {
        return Ok(None);
    }
    let done = Command::new(path)
        .env_clear()
        .envs([
            ("LD_TRACE_LOADED_OBJECTS", "1"),
            ("LD_WARN", "1"),
            ("LD_BIND_NOW", "1"),
            ("LD_DEBUG", "bindings"),
        ])
        .output()?;
    let real = told(&done.stderr);
    let predicted = predicted(&trace, name);
    Ok(Some((real.len(), difference(&real, &predicted, true))))
}
