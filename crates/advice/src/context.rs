//! What a rule may look at.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_facts::go::Program;
use sayso_loader::request::Family;
use sayso_loader::session::Opened;
use sayso_loader::{
    Event, EventId, Failure, ObjectId, Probe, Request, Session, Start, Step, Trace, Verdict,
};
use sayso_world::{FileStat, TargetPath};

use crate::causes::{self, Cause};
use crate::go::{Judgement, Side};
use crate::show::show;

/// A trace with the request and the session it came from, and what several rules ask of them, worked out once.
pub struct Context<'a> {
    /// Shared look-ups over the world.
    pub session: &'a Session<'a>,
    /// What was asked.
    pub request: &'a Request,
    /// What happens.
    pub trace: &'a Trace,
    troubles: Vec<Trouble<'a>>,
    met: HashSet<&'static str>,
    lost: OnceCell<Vec<Lost<'a>>>,
    symbols: OnceCell<Vec<crate::rules::MissingSymbols<'a>>>,
    go_programs: OnceCell<Vec<(ObjectId, Arc<Program>)>>,
    go_host: OnceCell<Option<Side>>,
    go_judgements: OnceCell<Vec<Judgement>>,
    /// Where copies of lost libraries are looked for.
    likely_directories: OnceCell<Vec<TargetPath>>,
}

/// One complaint of the loader: a problem, or a warning with which it goes on.
#[derive(Debug, Clone, Copy)]
pub struct Trouble<'a> {
    /// Its event; `None` if the trace keeps it only as the verdict or the outcome of a step.
    pub event: Option<EventId>,
    /// Its words and fields.
    pub failure: &'a Failure,
    /// 0 for the start, else the step (1-based).
    pub step: usize,
}

/// A library that was asked for and not found, with the true reason.
#[derive(Debug)]
pub struct Lost<'a> {
    /// The complaint.
    pub trouble: Trouble<'a>,
    /// The name asked for.
    pub name: &'a [u8],
    /// Who asked.
    pub asker: Option<ObjectId>,
    /// The search, where the trace keeps it.
    pub search: Option<EventId>,
    /// The file named by the user (the argument of a `dlopen` step, or the file on the command line), not a need of it.
    pub given: bool,
    /// Why it was not found; never empty, the deciding one first.
    pub causes: Vec<Cause>,
}

impl<'a> Trouble<'a> {
    /// The event as evidence.
    pub fn events(&self) -> impl Iterator<Item = EventId> + use<'a> {
        self.event.into_iter()
    }
    /// A field of the message as text.
    pub fn text(&self, field: &str) -> String {
        self.failure.field(field).map(show).unwrap_or_default()
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        session: &'a Session<'a>,
        request: &'a Request,
        trace: &'a Trace,
    ) -> Context<'a> {
        let troubles = troubles(trace);
        let met = troubles
            .iter()
            .map(|trouble| trouble.failure.message.id)
            .collect();
        Context {
            session,
            request,
            trace,
            troubles,
            met,
            lost: OnceCell::new(),
            symbols: OnceCell::new(),
            go_programs: OnceCell::new(),
            go_host: OnceCell::new(),
            go_judgements: OnceCell::new(),
            likely_directories: OnceCell::new(),
        }
    }
    /// A message of this id is in the trace.
    pub fn met(&self, id: &str) -> bool {
        self.met.contains(id)
    }
    /// Every complaint, in the loader's order.
    pub fn troubles(&self) -> &[Trouble<'a>] {
        &self.troubles
    }
    /// The complaints with one of these messages.
    pub fn troubles_with(
        &self,
        ids: &'static [&'static str],
    ) -> impl Iterator<Item = &Trouble<'a>> {
        self.troubles
            .iter()
            .filter(move |trouble| ids.contains(&trouble.failure.message.id))
    }
    /// The loader's family; glibc if no loader ran.
    pub fn family(&self) -> Family {
        self.trace
            .loader
            .as_ref()
            .map_or(self.request.loader.unwrap_or(Family::Glibc), |loader| {
                loader.family
            })
    }
    /// The program, or the library asked about, if it was mapped.
    pub fn subject(&self) -> Option<&'a sayso_loader::Object> {
        self.trace.objects.first().filter(|object| !object.missing)
    }
    /// Every object that was really mapped (the model puts stand-ins for what was not found).
    pub fn mapped(&self) -> impl Iterator<Item = &'a sayso_loader::Object> + use<'a> {
        self.trace.objects.iter().filter(|object| !object.missing)
    }
    /// The path that was asked about, absolute.
    pub fn subject_path(&self) -> TargetPath {
        let path = match &self.request.start {
            Start::Exec { path, .. } | Start::Library(path) => path,
        };
        path.join_to(&self.session.world().machine().working_directory)
    }
    /// An object's path as text.
    pub fn path(&self, id: ObjectId) -> String {
        let object = self.trace.object(id);
        if object.path.as_bytes().is_empty() {
            show(&object.name)
        } else {
            show(object.path.as_bytes())
        }
    }
    /// A short name of an object: its file name.
    pub fn name(&self, id: ObjectId) -> String {
        let object = self.trace.object(id);
        let name = object.path.file_name();
        show(if name.is_empty() { &object.name } else { name })
    }
    /// The object that a path or name in a message stands for.
    pub fn object_called(&self, name: &[u8]) -> Option<ObjectId> {
        let objects = &self.trace.objects;
        objects
            .iter()
            .find(|object| object.path.as_bytes() == name)
            .or_else(|| objects.iter().find(|object| object.name == name))
            .or_else(|| {
                objects
                    .iter()
                    .find(|object| object.image.soname() == Some(name))
            })
            .map(|object| object.id)
    }
    /// What the path reaches.
    pub fn stat(&self, path: &TargetPath) -> Option<FileStat> {
        self.session
            .lookup(&path.join_to(&self.session.world().machine().working_directory))
            .ok()
    }
    /// The ELF image at a path, if there is one.
    pub fn image(&self, path: &TargetPath) -> Option<Arc<Image>> {
        match &*self.session.open(&self.stat(path)?) {
            Opened::Image(image) => Some(image.clone()),
            _ => None,
        }
    }
    /// The probes of a search.
    pub fn probes(&self, search: Option<EventId>) -> &'a [Probe] {
        match search.map(|id| self.trace.event(id)) {
            Some(Event::Search { probes, .. }) => probes,
            _ => &[],
        }
    }
    /// "`libb.so` is needed by `liba.so`, which is needed by `/app/main`", for everything below the program.
    pub fn chain(&self, asker: Option<ObjectId>) -> Option<String> {
        let chain = crate::askers(self.trace, asker?);
        let sentence = format!("asked for by {}", self.path(*chain.last()?));
        let above = chain.iter().rev().skip(1);
        Some(above.fold(sentence, |sentence, id| {
            format!("{sentence}, which {} asks for", self.path(*id))
        }))
    }
    /// Every library that was not found.
    pub fn lost(&self) -> &[Lost<'a>] {
        self.lost.get_or_init(|| {
            self.troubles_with(causes::MESSAGES)
                .map(|trouble| self.lose(*trouble))
                .collect()
        })
    }
    /// Symbols that nobody defines, by the object that refers to them.
    pub(crate) fn missing_symbols(&self) -> &[crate::rules::MissingSymbols<'a>] {
        self.symbols
            .get_or_init(|| crate::rules::missing_symbols(self))
    }

    /// Every mapped object with Go in it; none where only names are asked for.
    pub(crate) fn go_programs(&self) -> &[(ObjectId, Arc<Program>)] {
        self.go_programs.get_or_init(|| {
            if !self.session.detail.symbols && self.request.steps.is_empty() {
                return Vec::new();
            }
            let of =
                |object: &sayso_loader::Object| Some((object.id, self.session.go_program(object)?));
            self.mapped().filter_map(of).collect()
        })
    }
    /// The Go side of the program that was started; `None` if it is none.
    pub(crate) fn go_host(&self) -> Option<&Side> {
        let host = || {
            let first = self.trace.objects.first()?.id;
            let (_, program) = self
                .go_programs()
                .iter()
                .find(|(object, _)| *object == first)?;
            Some(Side::of(program))
        };
        self.go_host.get_or_init(host).as_ref()
    }
    /// Every `plugin.Open` step, judged.
    pub(crate) fn go_judgements(&self) -> &[Judgement] {
        self.go_judgements
            .get_or_init(|| crate::go::judge(self.session, self.request, self.trace))
    }

    /// Every directory in which a copy of a library may lie, those near the process first.
    pub(crate) fn likely_directories(&self) -> &[TargetPath] {
        self.likely_directories
            .get_or_init(|| causes::likely_directories(self))
    }

    fn lose(&self, trouble: Trouble<'a>) -> Lost<'a> {
        let failure = trouble.failure;
        let (mut name, mut asker) = (failure.field("object").unwrap_or_default(), failure.by);
        if let Some(Event::Search {
            name: searched,
            asker: by,
            ..
        }) = failure.search.map(|id| self.trace.event(id))
        {
            (name, asker) = (searched, by.or(asker));
        }
        let given = match trouble
            .step
            .checked_sub(1)
            .map(|at| &self.request.steps[at])
        {
            Some(Step::Dlopen { name: asked, .. } | Step::Dlmopen { name: asked, .. }) => {
                asked == name
            }
            Some(_) => false,
            None => matches!(&self.request.start, Start::Library(path) if path.as_bytes() == name),
        };
        Lost {
            trouble,
            name,
            asker,
            search: failure.search,
            given,
            causes: causes::find(self, name, asker, self.probes(failure.search)),
        }
    }
}

fn troubles(trace: &Trace) -> Vec<Trouble<'_>> {
    let mut ids: Vec<(EventId, usize)> = trace
        .problems
        .iter()
        .chain(&trace.warnings)
        .map(|&id| (id, 0))
        .collect();
    for (at, step) in trace.steps.iter().enumerate() {
        ids.extend(step.events.clone().map(|id| (EventId(id), at + 1)));
    }
    // The same event may be listed as a problem and lie in a step's range: the step's number wins.
    ids.sort_by_key(|&(id, step)| (id, std::cmp::Reverse(step)));
    ids.dedup_by_key(|(id, _)| *id);
    let mut troubles: Vec<Trouble<'_>> = ids
        .into_iter()
        .filter_map(|(id, step)| match trace.events.get(id.0 as usize)? {
            Event::Problem(failure) | Event::Warning(failure) => Some(Trouble {
                event: Some(id),
                failure,
                step,
            }),
            _ => None,
        })
        .collect();
    let known = |troubles: &[Trouble<'_>], failure: &Failure, step: usize| {
        troubles
            .iter()
            .any(|trouble| trouble.step == step && trouble.failure.message.id == failure.message.id)
    };
    for (at, step) in trace.steps.iter().enumerate() {
        if let Some(failure) = &step.failure
            && !known(&troubles, failure, at + 1)
        {
            troubles.push(Trouble {
                event: None,
                failure,
                step: at + 1,
            });
        }
    }
    if let Verdict::Fails { failure, at } = &trace.verdict
        && !troubles.iter().any(|trouble| trouble.event == Some(*at))
        && !known(&troubles, failure, 0)
    {
        let trouble = Trouble {
            event: ((at.0 as usize) < trace.events.len()).then_some(*at),
            failure,
            step: 0,
        };
        troubles.insert(0, trouble);
    }
    troubles
}
