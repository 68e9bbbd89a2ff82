//! A whole image: does its command start, and would every other program and library in it load?
//!
//! The first question is [`start()`]'s. For the second every file is given a role and judged as whoever uses it would meet it: a program
//! is started, a native module is opened by its interpreter, a Go plugin by the hosts that lie in the image, a library alone. A library
//! that does not load alone is no fault where its users have its neighbours at hand: it is judged in the process of a program that
//! maps it, and then with the image's own copies of what it lacks in reach, before it is called broken.

mod command;
mod entry;
mod group;
mod handover;
mod history;
mod process;
mod remarks;
mod roles;
mod shell;
mod tools;
mod walk;
mod words;

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use sayso_loader::request::Start as Begin;
use sayso_loader::{Event, Session, Step, Verdict};
use sayso_world::{TargetPath, World};

pub use command::{Link, Start, start};
pub use entry::{DEFAULT_PATH, Entry};
pub use group::{Group, Trouble, group};
pub use history::{Change, Deed, History, blame};
pub use roles::Role;

use crate::answer::{Answer, Asking, Format, Outcome, kind};
use crate::finding::Finding;
use group::tried;
use process::Process;
use roles::{Hosts, Kind, Proved};
use walk::{Candidate, Found};

/// A file of an image, judged.
#[derive(Debug)]
pub struct Checked {
    /// What it is for.
    pub role: Role,
    /// What the loader says.
    pub answer: Answer,
    /// In whose process it was judged, if not alone.
    pub inside: Option<TargetPath>,
    /// It loads only where what it needs is in reach already: the image has it, in folders that nobody searches for this file.
    pub needs_neighbours: bool,
}

/// Files that were not judged, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// For another machine, outside the folders of programs.
    pub foreign: usize,
    /// For another C library than the image's: prebuilt variants that lie side by side.
    pub other_libc: usize,
    /// A limit was met, so that there may be more.
    pub cut: bool,
}

/// What a survey gave: one `T` for each file, in the order of the walk (a folder's own files, then what is below it).
#[derive(Debug)]
pub struct Survey<T> {
    /// Each file's own.
    pub files: Vec<T>,
    /// What was left out.
    pub skipped: Skipped,
    /// Remarks about the image as a whole.
    pub findings: Vec<Finding>,
}

/// Judges every program and library of a world. `keep` makes of each answer what is to be held, so that thousands of traces are not.
pub fn survey<T: Send>(
    world: &dyn World,
    session: &Session<'_>,
    asking: &Asking,
    keep: impl Fn(Checked) -> T + Sync,
) -> Survey<T> {
    let Found {
        candidates,
        foreign,
        environments,
        cut,
        ..
    } = walk::walk(world);
    let kinds: Vec<Kind> = candidates
        .par_iter()
        .map(|candidate| roles::kind(session, candidate))
        .collect();
    let all: Vec<(&Candidate, Kind)> = candidates.iter().zip(kinds).collect();
    let programs: Vec<&Candidate> = all
        .iter()
        .filter(|(_, kind)| kind.role == Role::Program)
        .map(|(candidate, _)| *candidate)
        .collect();
    let go_plugins = all.iter().any(|(_, kind)| kind.go_plugin);
    let surveyor = Surveyor {
        world,
        session,
        asking: Asking {
            steps: Vec::new(),
            argument_0: None,
            ..asking.clone()
        },
        hosts: Hosts::of(session, &programs, go_plugins),
        by_name: by_name(&all),
        libc: Libc::of(world),
    };
    // Programs first: their processes prove the libraries that they map.
    let (first, second): (Vec<usize>, Vec<usize>) =
        (0..all.len()).partition(|&at| all[at].1.role == Role::Program);
    let judged: Vec<(usize, Option<Checked>)> = first
        .into_par_iter()
        .map(|at| (at, Some(surveyor.program(all[at].0))))
        .collect();
    let proved = proved(judged.iter().filter_map(|(_, checked)| checked.as_ref()));
    let judged: Vec<(usize, Option<T>)> = judged
        .into_par_iter()
        .map(|(at, checked)| (at, checked.map(&keep)))
        .collect();
    let rest: Vec<(usize, Option<T>)> = second
        .into_par_iter()
        .map(|at| {
            let (candidate, kind) = all[at];
            (at, surveyor.opened(candidate, kind, &proved).map(&keep))
        })
        .collect();
    let other_libc = rest.iter().filter(|(_, checked)| checked.is_none()).count();
    let mut files: Vec<(usize, T)> = judged
        .into_iter()
        .chain(rest)
        .filter_map(|(at, checked)| Some((at, checked?)))
        .collect();
    files.sort_by_key(|(at, _)| *at);
    let findings = surveyor.of_the_image(&environments, &all);
    Survey {
        files: files.into_iter().map(|(_, told)| told).collect(),
        skipped: Skipped {
            foreign,
            other_libc,
            cut,
        },
        findings,
    }
}

/// Which libraries load in a program that starts, and in which.
fn proved<'a>(programs: impl Iterator<Item = &'a Checked>) -> Proved {
    let mut proved = Proved::new();
    for checked in programs.filter(|checked| checked.answer.outcome() == Outcome::Loads) {
        let objects = checked.answer.trace.objects.iter();
        for object in objects.filter(|object| !object.missing) {
            proved
                .entry(object.file)
                .or_insert_with(|| checked.answer.named.clone());
        }
    }
    proved
}

/// Where programs look for glibc's loader.
const GLIBC_LOADERS: &[&str] = &[
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-linux.so.2",
    "/lib/ld-linux-armhf.so.3",
    "/lib/ld-linux-riscv64-lp64d.so.1",
    "/lib64/ld64.so.2",
    "/lib/ld64.so.1",
];

/// Which C libraries an image has.
#[derive(Debug, Clone, Copy)]
struct Libc {
    glibc: bool,
    musl: bool,
}

impl Libc {
    fn of(world: &dyn World) -> Libc {
        let has = |names: &[&str]| {
            names
                .iter()
                .any(|name| world.lookup(&TargetPath::from(*name)).is_ok())
        };
        let musl = world.list(&TargetPath::from("/lib")).is_ok_and(|entries| {
            entries
                .iter()
                .any(|entry| entry.name.starts_with(b"ld-musl-"))
        });
        let glibc = has(GLIBC_LOADERS);
        Libc { glibc, musl }
    }
}

/// Library files of the image by name and by soname.
type ByName = HashMap<Vec<u8>, Vec<TargetPath>>;

fn by_name(all: &[(&Candidate, Kind)]) -> ByName {
    let mut names = ByName::new();
    for (candidate, kind) in all {
        if kind.role != Role::Program {
            let name = candidate.path.file_name().to_vec();
            names.entry(name).or_default().push(candidate.path.clone());
        }
    }
    names
}

struct Surveyor<'s, 'w> {
    world: &'s dyn World,
    session: &'s Session<'w>,
    asking: Asking,
    hosts: Hosts,
    by_name: ByName,
    libc: Libc,
}

impl Surveyor<'_, '_> {
    fn program(&self, candidate: &Candidate) -> Checked {
        let mut answer = self.asking.file(self.session, &candidate.path);
        if let Begin::Library(_) = answer.request.start {
            // Its permissions say library, its content says program: it is started by nobody.
            answer = self.asking.judge(
                self.session,
                &candidate.path,
                answer.request.start,
                answer.format,
            );
        }
        Checked {
            role: Role::Program,
            answer,
            inside: None,
            needs_neighbours: false,
        }
    }

    /// Something that is opened, not started. `None`: a variant for another C library.
    fn opened(&self, candidate: &Candidate, kind: Kind, proved: &Proved) -> Option<Checked> {
        let path = &candidate.path;
        let start = Begin::Library(path.clone());
        let alone = self.asking.judge(self.session, path, start, Format::Elf);
        let checked = |answer: Answer, inside: Option<TargetPath>, needs_neighbours: bool| {
            Some(Checked {
                role: kind.role,
                answer,
                inside,
                needs_neighbours,
            })
        };
        if kind.go_plugin && !self.hosts.go.is_empty() {
            let (answer, host) = self.in_go_hosts(path);
            return checked(answer, Some(host), false);
        }
        let host = kind
            .language
            .and_then(|language| self.hosts.of_extension(language, path));
        let fails = alone.outcome() == Outcome::Fails;
        if fails && self.is_of_other_libc(&alone) && !proved.contains_key(&candidate.id) {
            return None;
        }
        if !fails && (alone.trace.expected_from_host.is_empty() || host.is_none()) {
            return checked(alone, None, false);
        }
        if fails && let Some(program) = proved.get(&candidate.id) {
            let answer = self.within(self.session, program, &[], path);
            return checked(answer, Some(program.clone()), false);
        }
        let mut answer = alone;
        let mut inside = None;
        if let Some((host, step)) = &host {
            answer = self.within(self.session, host, std::slice::from_ref(step), path);
            inside = Some(host.clone());
        }
        if answer.outcome() != Outcome::Fails {
            return checked(answer, inside, false);
        }
        match self.with_neighbours(path, &answer, host.as_ref()) {
            Some(better) => checked(better, inside, true),
            None => checked(answer, inside, false),
        }
    }

    /// The file opened in a program's process; a step that fails is the file's own failure.
    fn within(
        &self,
        session: &Session<'_>,
        host: &TargetPath,
        steps: &[Step],
        named: &TargetPath,
    ) -> Answer {
        let asking = Asking {
            steps: steps.to_vec(),
            ..self.asking.clone()
        };
        let (format, _) = kind(session, host);
        let start = Begin::Exec {
            path: host.clone(),
            arguments: vec![host.as_bytes().to_vec()],
        };
        let mut answer = asking.judge(session, named, start, format);
        answer.format = Format::Elf;
        let failed = answer.trace.steps.iter().find_map(|step| {
            let failure = step.failure.clone()?;
            Some((failure, step.events.end.saturating_sub(1)))
        });
        if let (Verdict::Loads, Some((failure, at))) = (&answer.trace.verdict, failed) {
            answer.trace.verdict = Verdict::Fails {
                failure,
                at: sayso_loader::EventId(at),
            };
        }
        answer
    }

    /// The first host that opens the plugin; the last one's refusal if none does.
    fn in_go_hosts(&self, path: &TargetPath) -> (Answer, TargetPath) {
        let step = Step::PluginOpen {
            path: path.as_bytes().to_vec(),
        };
        let mut last = None;
        for host in &self.hosts.go {
            let answer = self.within(self.session, host, std::slice::from_ref(&step), path);
            if answer.outcome() != Outcome::Fails {
                return (answer, host.clone());
            }
            last.get_or_insert((answer, host.clone()));
        }
        last.unwrap_or_else(|| unreachable!("asked only where there is a host"))
    }

    /// It fails because it needs a C library of the other family: one of several variants that lie side by side.
    fn is_of_other_libc(&self, answer: &Answer) -> bool {
        let needs = |wanted: &dyn Fn(&[u8]) -> bool| {
            answer
                .trace
                .objects
                .first()
                .is_some_and(|object| object.image.needed().any(wanted))
        };
        let of_musl = |name: &[u8]| {
            name.starts_with(b"libc.musl-") || name.starts_with(b"ld-musl-") || name == b"libc.so"
        };
        let of_glibc = |name: &[u8]| name == b"libc.so.6" || name.starts_with(b"ld-linux");
        (!self.libc.musl && self.libc.glibc && needs(&of_musl))
            || (!self.libc.glibc && self.libc.musl && needs(&of_glibc))
    }

    /// With the image's own copies of what is lacking in reach, as users of the library have them: by their own run paths, or because
    /// they loaded them before. An extension's neighbours are those of its own package folder: nobody else preloads for it.
    fn with_neighbours(
        &self,
        path: &TargetPath,
        failed: &Answer,
        host: Option<&(TargetPath, Step)>,
    ) -> Option<Answer> {
        let mut directories: Vec<TargetPath> = Vec::new();
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        let mut answer: Option<Answer> = None;
        // Each round brings what the last one lacked.
        for _ in 0..crate::limits::NEIGHBOUR_ROUNDS_MAX {
            let mut grew = false;
            for name in lacking(answer.as_ref().unwrap_or(failed)) {
                if !known.insert(name.clone()) {
                    continue;
                }
                for copy in self.by_name.get(&name).into_iter().flatten() {
                    let directory = copy.parent();
                    if (host.is_none() || is_near(path, copy)) && !directories.contains(&directory)
                    {
                        directories.push(directory);
                        grew = true;
                    }
                }
            }
            if !grew {
                return None;
            }
            let mut machine = self.world.machine().clone();
            let mut list = machine
                .variable(b"LD_LIBRARY_PATH")
                .unwrap_or_default()
                .to_vec();
            for directory in &directories {
                if !list.is_empty() {
                    list.push(b':');
                }
                list.extend_from_slice(directory.as_bytes());
            }
            entry::set(&mut machine, b"LD_LIBRARY_PATH", &list);
            let process = Process::new(self.world, machine);
            let session = Session::new(&process);
            let now = match host {
                Some((host, step)) => self.within(&session, host, std::slice::from_ref(step), path),
                None => {
                    self.asking
                        .judge(&session, path, Begin::Library(path.clone()), Format::Elf)
                }
            };
            if now.outcome() != Outcome::Fails {
                return Some(now);
            }
            answer = Some(now);
        }
        None
    }
}

/// Names that were searched for and not found.
fn lacking(answer: &Answer) -> Vec<Vec<u8>> {
    let missing = |event: &Event| match event {
        Event::Search {
            name, result: None, ..
        } => Some(name.clone()),
        _ => None,
    };
    let mut names: Vec<Vec<u8>> = answer.trace.events.iter().filter_map(missing).collect();
    // A stand-in takes the place of what was not found, and the search then has it as its result.
    names.extend(
        answer
            .trace
            .objects
            .iter()
            .filter(|object| object.missing)
            .map(|object| object.name.clone()),
    );
    names
}

/// In the same folder of packages (`site-packages`, `node_modules`), or in the same folder outside of one.
fn is_near(path: &TargetPath, copy: &TargetPath) -> bool {
    const ROOTS: &[&[u8]] = &[b"/site-packages/", b"/dist-packages/", b"/node_modules/"];
    let bytes = path.as_bytes();
    let root = ROOTS.iter().find_map(|root| {
        let at = bytes
            .windows(root.len())
            .position(|window| window == *root)?;
        Some(&bytes[..at + root.len()])
    });
    match root {
        Some(root) => copy.as_bytes().starts_with(root),
        None => copy.parent() == path.parent(),
    }
}

#[cfg(test)]
mod tests;
