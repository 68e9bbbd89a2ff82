//! A whole image: does its command start, and would every other program and library in it load?
//!
//! The first question is [`start()`]'s. For the second every file is given a role and judged as whoever uses it would meet it: a program
//! is started, a native module is opened by its interpreter, a Go plugin by the hosts that lie in the image, a library alone. A library
//! that does not load alone is no fault where its users have its neighbours at hand: it is judged in the process of a program that
//! maps it, and then with the image's own copies of what it lacks in reach, before it is called broken.

mod behind;
mod busybox;
mod command;
mod entry;
mod evaluate;
mod group;
mod handover;
mod history;
mod hosts;
mod injected;
mod neighbours;
mod process;
mod remarks;
mod roles;
mod search;
mod shell;
mod tools;
mod walk;
mod words;
mod wrappers;

use std::collections::HashMap;

use rayon::prelude::*;
use sayso_loader::request::Start as Begin;
use sayso_loader::{Session, Step, Verdict};
use sayso_world::{TargetPath, World};

pub use command::{Link, Start, start};
pub use entry::{DEFAULT_PATH, Entry};
pub use group::{Group, Trouble, group};
pub use history::{Change, Deed, History, blame, blame_of};
pub use roles::Role;

use crate::answer::{Answer, Asking, Format, Outcome, kind};
use crate::finding::Finding;
use group::tried;
use hosts::{Hosts, Proved, Server};
use injected::Spared;
use roles::Kind;
use walk::{Candidate, Found};
use wrappers::Wrappers;

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
        scripts,
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
    let servers = all.iter().any(|(_, kind)| kind.server.is_some());
    let surveyor = Surveyor {
        world,
        session,
        asking: Asking {
            steps: Vec::new(),
            argument_0: None,
            ..asking.clone()
        },
        hosts: Hosts::of(session, &programs, go_plugins, servers),
        by_name: by_name(&all),
        modules: all
            .iter()
            .filter(|(_, kind)| kind.language.is_some() || kind.server.is_some())
            .map(|(candidate, kind)| ((*candidate).clone(), *kind))
            .collect(),
        libc: Libc::of(world),
        spared: Spared::default(),
    };
    // Programs first: their processes prove the libraries that they map.
    let (first, second): (Vec<usize>, Vec<usize>) =
        (0..all.len()).partition(|&at| all[at].1.role == Role::Program);
    let judged = surveyor.programs(first.iter().map(|&at| (at, all[at].0)).collect(), &scripts);
    let proved = proved(judged.iter().map(|(_, checked)| checked));
    let judged: Vec<(usize, Option<T>)> = judged
        .into_par_iter()
        .map(|(at, checked)| (at, Some(keep(checked))))
        .collect();
    let rest: Vec<(usize, Option<T>)> = second
        .into_par_iter()
        .map(|at| {
            let (candidate, kind) = all[at];
            let mut checked = surveyor.opened(candidate, kind, &proved);
            if let Some(checked) = &mut checked {
                surveyor.spared.spare(&mut checked.answer);
            }
            (at, checked.map(&keep))
        })
        .collect();
    let other_libc = rest.iter().filter(|(_, checked)| checked.is_none()).count();
    let mut files: Vec<(usize, T)> = judged
        .into_iter()
        .chain(rest)
        .filter_map(|(at, checked)| Some((at, checked?)))
        .collect();
    files.sort_by_key(|(at, _)| *at);
    let mut findings = surveyor.of_the_image(&environments, &all);
    findings.extend(surveyor.spared.remarks());
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
    // In a process that a script makes, others than the program itself cannot be judged so easily.
    let alone =
        |checked: &&Checked| checked.answer.outcome() == Outcome::Loads && checked.inside.is_none();
    for checked in programs.filter(alone) {
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
    /// Extensions and modules of servers.
    modules: Vec<(Candidate, Kind)>,
    libc: Libc,
    spared: Spared,
}

impl Surveyor<'_, '_> {
    /// Every program, as the script that starts it has it where that is needed.
    fn programs(
        &self,
        candidates: Vec<(usize, &Candidate)>,
        scripts: &[TargetPath],
    ) -> Vec<(usize, Checked)> {
        let wrappers = Wrappers::of(self.world, self.session, &self.asking, scripts);
        let judged = |(at, candidate): (usize, &Candidate)| {
            let mut checked = self.program(candidate);
            if candidate.is_script {
                wrappers.judge_script(self.session, &self.asking, &mut checked);
            } else {
                wrappers.judge(&mut checked, candidate.id);
            }
            self.spared.spare(&mut checked.answer);
            (at, checked)
        };
        candidates.into_par_iter().map(judged).collect()
    }

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
        let hosts: Vec<(TargetPath, Step)> = match (kind.language, kind.server) {
            (Some(language), _) => {
                let host = self.hosts.of_extension(language, path);
                host.into_iter().collect()
            }
            (_, Some(server)) => self.hosts.of_module(server, path),
            _ => Vec::new(),
        };
        let fails = alone.outcome() == Outcome::Fails;
        if fails && self.is_of_other_libc(&alone) && !proved.contains_key(&candidate.id) {
            return None;
        }
        if !fails && (alone.trace.expected_from_host.is_empty() || hosts.is_empty()) {
            return checked(alone, None, false);
        }
        if fails && let Some(program) = proved.get(&candidate.id) {
            let answer = self.within(self.session, program, &[], path);
            return checked(answer, Some(program.clone()), false);
        }
        let mut answer = alone.clone();
        let mut inside = None;
        for (host, step) in &hosts {
            let now = self.within(self.session, host, std::slice::from_ref(step), path);
            // Of several (a compiler for each language) one that opens it will do; the first one's refusal is told.
            if inside.is_none() || now.outcome() != Outcome::Fails {
                (answer, inside) = (now, Some(host.clone()));
            }
            if answer.outcome() != Outcome::Fails {
                break;
            }
        }
        if answer.outcome() != Outcome::Fails {
            return checked(answer, inside, false);
        }
        if kind.server == Some(Server::Gcc) && !fails {
            // Each language has its compiler, and the one that it is for need not be installed.
            return checked(alone, None, false);
        }
        if let Some(host) = hosts.first()
            && let Some((better, inside)) = self.with_modules(candidate, kind, &answer, host)
        {
            return checked(better, Some(inside), true);
        }
        match self.with_neighbours(path, &answer, hosts.first()) {
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
}

#[cfg(test)]
mod tests;
