//! The runtime's list of modules, with the offsets at which it is written and read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sayso_facts::go::{FoundBy, Layout, ModuleWord, Program};

use super::Linker;
use crate::trace::{Gap, ObjectId};

/// The program's own module.
const HOST: usize = 0;
/// Addresses below this are never mapped, and Go's runtime takes a fault there for a nil pointer (`runtime/panic.go`: `sigpanic`).
const NIL_PAGE: u64 = 4096;
/// `runtime.modulehash`
const HASH_ENTRY: u64 = 40;

/// One module in memory.
struct Module {
    object: ObjectId,
    program: Arc<Program>,
}

/// `firstmoduledata` and what hangs on it.
#[derive(Default)]
pub(super) struct Modules {
    programs: HashMap<ObjectId, Option<Arc<Program>>>,
    list: Vec<Module>,
    seen: HashSet<ObjectId>,
    /// Words that some module's `addmoduledata` wrote: (into which module, at which offset) → which module's address.
    written: HashMap<(usize, u64), usize>,
    /// `runtime.lastmoduledatap` of the program.
    last: usize,
    /// Modules that the program has marked as bad, and those that it has made active (they have a `typemap`, but for the first).
    bad: HashSet<usize>,
    active: HashSet<usize>,
}

/// What the walk of `plugin_lastmoduleinit` ends at, and what the first looks at it say.
pub(super) enum Newest {
    /// A module that the program reads as it is.
    Module(usize),
    /// None, or a bad one.
    None,
    /// One without a path.
    EmptyPath,
    /// One that is active already (`typemap` is set).
    Used,
    /// One of another layout, in which the program takes a small number for the address of the hashes.
    NilDereference,
    /// It cannot be told.
    Unknown(Gap),
}

fn unknown_layout(what: String) -> Gap {
    Gap {
        name: "go-layout-unknown",
        what,
    }
}

impl Modules {
    /// The Go side of an object, read once.
    pub(super) fn program(
        &mut self,
        linker: &dyn Linker,
        object: ObjectId,
    ) -> Option<Arc<Program>> {
        let known = self.programs.entry(object);
        known
            .or_insert_with(|| Program::of(&linker.image(object)).map(Arc::new))
            .clone()
    }
    pub(super) fn module(&self, index: usize) -> (ObjectId, Arc<Program>) {
        let module = &self.list[index];
        (module.object, module.program.clone())
    }
    pub(super) fn mark_bad(&mut self, index: usize) {
        self.bad.insert(index);
    }
    /// A plugin of this path is active.
    pub(super) fn is_active(&self, path: &str) -> bool {
        let is_it = |&index: &usize| self.list[index].program.plugin_path.as_deref() == Some(path);
        self.active.iter().any(is_it)
    }
    /// `modulesinit` and `typelinksinit`: every module in the list that is not bad.
    pub(super) fn activate(&mut self) {
        let (list, _) = self.walk();
        let sound: Vec<usize> = list
            .into_iter()
            .filter(|index| !self.bad.contains(index))
            .collect();
        self.active.extend(sound);
    }

    /// Objects that came into the process since the last time run their initialisers: each Go module appends itself to a list
    /// (`runtime·addmoduledata`).
    pub(super) fn join(&mut self, linker: &mut dyn Linker, host: ObjectId) -> Result<(), Gap> {
        if self.list.is_empty()
            && let Some(program) = self.program(linker, host)
        {
            self.list.push(Module {
                object: host,
                program,
            });
            self.active.insert(HOST);
            self.seen.insert(host);
        }
        for object in linker.objects() {
            if self.seen.insert(object) {
                self.join_one(linker, host, object)?;
            }
        }
        Ok(())
    }

    fn join_one(
        &mut self,
        linker: &mut dyn Linker,
        host: ObjectId,
        object: ObjectId,
    ) -> Result<(), Gap> {
        let Some(program) = self.program(linker, object) else {
            return Ok(());
        };
        let Ok(data) = &program.module else {
            return Ok(());
        };
        if data.found_by != FoundBy::Initialiser {
            return Ok(());
        }
        // A module whose references lead to another runtime than the program's (its own, where the program exports nothing) joins that one's list.
        if linker.definer(object, b"runtime.lastmoduledatap") != Some(host) {
            return Ok(());
        }
        let next = data.next_in_code.or(data.layout.map(|layout| layout.next));
        let Some(next) = next else {
            return Err(unknown_layout(
                "where the plugin's release keeps the list of modules is not known".into(),
            ));
        };
        let index = self.list.len();
        self.list.push(Module { object, program });
        self.written.insert((self.last, next), index);
        self.last = index;
        Ok(())
    }

    fn host_layout(&self) -> Option<&'static Layout> {
        let data = self.list.first()?.program.module.as_ref().ok()?;
        data.layout
    }

    /// The offset of `next` that the program walks by: its layout's, or that of a module of the very same release.
    fn host_next(&self) -> Option<u64> {
        if let Some(layout) = self.host_layout() {
            return Some(layout.next);
        }
        let twin = self
            .list
            .iter()
            .skip(1)
            .find(|module| self.is_same_release(&module.program))?;
        twin.program.module.as_ref().ok()?.next_in_code
    }

    fn is_same_release(&self, program: &Program) -> bool {
        let host = self
            .list
            .first()
            .and_then(|host| host.program.version.as_ref());
        host.is_some() && host == program.version.as_ref()
    }

    /// The program reads this module's fields where they are.
    fn is_laid_out_alike(&self, index: usize) -> bool {
        let program = &self.list[index].program;
        let layout = program.module.as_ref().ok().and_then(|data| data.layout);
        match (self.host_layout(), layout) {
            (Some(host), Some(layout)) => host == layout,
            _ => self.is_same_release(program),
        }
    }

    /// The modules that the program meets, the first one first, and whether the end is certain.
    fn walk(&self) -> (Vec<usize>, Option<Gap>) {
        let mut list = vec![HOST];
        let Some(next) = self.host_next() else {
            let what = "where the program's release keeps the list of modules is not known";
            return (list, Some(unknown_layout(what.into())));
        };
        let mut at = HOST;
        while let Some(&module) = self.written.get(&(at, next)) {
            if list.contains(&module) {
                break;
            }
            list.push(module);
            at = module;
        }
        // Nobody wrote there: what the file itself has in that place. It is the end of the list, where the layouts agree.
        let ends = at == HOST
            || self.is_laid_out_alike(at)
            || self.list[at].program.module_word(next) == Some(ModuleWord::Number(0));
        let gap = (!ends).then(|| {
            unknown_layout(
                "the program takes another field of the plugin for the link to the next module"
                    .into(),
            )
        });
        (list, gap)
    }

    /// `pmd.bad`, as the program reads it.
    fn is_bad(&self, index: usize) -> bool {
        if self.bad.contains(&index) {
            return true;
        }
        let Some(layout) = self.host_layout() else {
            return false;
        };
        let (word, byte) = (layout.bad & !7, layout.bad & 7);
        if let Some(&module) = self.written.get(&(index, word)) {
            // Another module's link lies on it: one byte of that module's address. The lowest is known, because memory is mapped in pages; no
            // release has its link on one of the higher ones.
            let address = self.list[module]
                .program
                .module
                .as_ref()
                .map_or(0, |data| data.address);
            return (address >> (8 * byte)) & 0xff != 0;
        }
        if self.is_laid_out_alike(index) {
            return false;
        }
        match self.list[index].program.module_word(word) {
            Some(ModuleWord::Number(number)) => (number >> (8 * byte)) & 0xff != 0,
            _ => true,
        }
    }

    /// The walk of `plugin_lastmoduleinit`: the last module, if it is not bad.
    pub(super) fn newest(&self) -> Newest {
        let (list, gap) = self.walk();
        if let Some(gap) = gap {
            return Newest::Unknown(gap);
        }
        let Some(&last) = list[1..].last() else {
            return Newest::None;
        };
        if self.is_bad(last) {
            return Newest::None;
        }
        let Some(layout) = self.host_layout() else {
            let is_active = self.active.contains(&last);
            return if is_active {
                Newest::Used
            } else {
                Newest::Module(last)
            };
        };
        if self.active.contains(&last) || self.written.contains_key(&(last, layout.typemap)) {
            return Newest::Used;
        }
        if self.is_laid_out_alike(last) {
            return Newest::Module(last);
        }
        let own = self.list[last].program.module.as_ref();
        if own.is_ok_and(|data| data.layout.is_none()) {
            let what = "the layout of moduledata in the plugin's release is not known";
            return Newest::Unknown(unknown_layout(what.into()));
        }
        misread(layout, &self.list[last].program)
    }
}

/// A module of another release, seen because its link happens to lie where the program looks: every field is read from the wrong place.
fn misread(layout: &Layout, program: &Program) -> Newest {
    let word = |field: u64| program.module_word(field);
    match word(layout.pluginpath + 8) {
        Some(ModuleWord::Number(0)) => return Newest::EmptyPath,
        Some(_) => {}
        None => return Newest::Unknown(misread_gap()),
    }
    if word(layout.typemap) != Some(ModuleWord::Number(0)) {
        return Newest::Used;
    }
    let no_hashes = word(layout.pkghashes + 8) == Some(ModuleWord::Number(0));
    match word(layout.pkghashes) {
        Some(ModuleWord::Number(address))
            if !no_hashes && address.saturating_add(HASH_ENTRY) < NIL_PAGE =>
        {
            Newest::NilDereference
        }
        _ => Newest::Unknown(misread_gap()),
    }
}

fn misread_gap() -> Gap {
    Gap {
        name: "go-layout-misread",
        what: "the program reads the plugin's module with the layout of another release: what it makes of it cannot be told".into(),
    }
}
