//! What a file lacks and has at hand all the same, as its users know: libraries that were loaded before it, and modules that supply
//! its symbols.

use std::collections::HashSet;

use sayso_loader::request::Start as Begin;
use sayso_loader::session::Opened;
use sayso_loader::{Event, Session, Step};
use sayso_world::TargetPath;

use super::hosts::opens;
use super::process::Process;
use super::roles::{self, Kind, Language};
use super::walk::Candidate;
use super::{Surveyor, entry};
use crate::answer::{Answer, Format, Outcome};

impl Surveyor<'_, '_> {
    /// With the image's own copies of what is lacking in reach, as users of the library have them: by their own run paths, or because
    /// they loaded them before. An extension's neighbours are those of its own package folder: nobody else preloads for it.
    pub(super) fn with_neighbours(
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
            let own = path.parent();
            if !directories.contains(&own)
                && self.has_others_beside_it(path, answer.as_ref().unwrap_or(failed))
            {
                directories.push(own);
                grew = true;
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

    /// Something that it loads lies in its own folder as well: a program's private copies, which the program loads first.
    fn has_others_beside_it(&self, path: &TargetPath, answer: &Answer) -> bool {
        let own = path.parent();
        let is_other = |object: &sayso_loader::Object| {
            let name = TargetPath::new(&object.name);
            !object.missing
                && object.path.parent() != own
                && self
                    .by_name
                    .get(name.file_name())
                    .is_some_and(|copies| copies.iter().any(|copy| copy.parent() == own))
        };
        answer.trace.objects.iter().skip(1).any(is_other)
    }

    /// With modules opened before it that supply the symbols it lacks, as `mysqli` is loaded after `mysqlnd`; or, as Perl's modules for
    /// Apache and nginx are, in a server that has the language in a module of its own. The answer, and whose process it is.
    pub(super) fn with_modules(
        &self,
        candidate: &Candidate,
        kind: Kind,
        failed: &Answer,
        (host, step): &(TargetPath, Step),
    ) -> Option<(Answer, TargetPath)> {
        if kind.language == Some(Language::Perl)
            && let Some(found) = self.in_server_with_perl(&candidate.path, step)
        {
            return Some(found);
        }
        let mut before: Vec<&TargetPath> = Vec::new();
        let mut answer: Option<Answer> = None;
        for _ in 0..crate::limits::NEIGHBOUR_ROUNDS_MAX {
            let mut grew = false;
            for symbol in undefined(answer.as_ref().unwrap_or(failed)) {
                let supplies = |(other, its): &&(Candidate, Kind)| {
                    other.id != candidate.id
                        && is_partner(&candidate.path, kind, &other.path, *its)
                        && self.defines(&other.path, &symbol)
                };
                if let Some((module, _)) = self.modules.iter().find(supplies)
                    && !before.contains(&&module.path)
                {
                    // What it lacks itself is put before it in the next round.
                    before.insert(0, &module.path);
                    grew = true;
                }
            }
            if !grew {
                return None;
            }
            let opened = before.iter().map(|path| opens(path, false, true));
            let steps: Vec<Step> = opened.chain([step.clone()]).collect();
            let now = self.within(self.session, host, &steps, &candidate.path);
            if now.outcome() != Outcome::Fails {
                return Some((now, host.clone()));
            }
            answer = Some(now);
        }
        None
    }

    /// In the first server whose own module brings Perl with it (mod_perl, nginx's perl module) and which then opens the file.
    fn in_server_with_perl(&self, path: &TargetPath, step: &Step) -> Option<(Answer, TargetPath)> {
        let brings_perl = |(module, _): &&(Candidate, Kind)| {
            let stat = self.session.lookup(&module.path);
            stat.is_ok_and(|stat| {
                matches!(&*self.session.open_once(&stat), Opened::Image(image)
                    if image.needed().any(|name| name.starts_with(b"libperl.so")))
            })
        };
        let modules = self.modules.iter().filter(|(_, its)| its.server.is_some());
        for (module, its) in modules.filter(brings_perl) {
            for (host, opening) in self.hosts.of_module(its.server?, &module.path) {
                let now = self.within(self.session, &host, &[opening, step.clone()], path);
                if now.outcome() != Outcome::Fails {
                    return Some((now, host));
                }
            }
        }
        None
    }

    fn defines(&self, path: &TargetPath, symbol: &[u8]) -> bool {
        let Ok(stat) = self.session.lookup(path) else {
            return false;
        };
        matches!(&*self.session.open_once(&stat), Opened::Image(image) if roles::exports(image, symbol))
    }
}

/// The one may count on the other being loaded before: modules of one server, or of one language and one package.
fn is_partner(path: &TargetPath, kind: Kind, other: &TargetPath, its: Kind) -> bool {
    match (kind.server, kind.language) {
        (Some(server), _) => its.server == Some(server),
        (_, Some(Language::Perl)) => its.language == Some(Language::Perl),
        (_, Some(Language::Python(_))) => {
            matches!(its.language, Some(Language::Python(_))) && is_near(path, other)
        }
        (_, Some(language)) => its.language == Some(language) && path.parent() == other.parent(),
        _ => false,
    }
}

/// Symbols that nobody defined.
fn undefined(answer: &Answer) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    for event in &answer.trace.events {
        if let Event::Problem(failure) = event
            && let Some(symbol) = failure.field("symbol")
            && names.len() < crate::limits::SUPPLIED_SYMBOLS_MAX
            && !names.iter().any(|name| name == symbol)
        {
            names.push(symbol.to_vec());
        }
    }
    names
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
