//! A machine as somebody else met it: every answer that its world gave, and nothing else.
//!
//! A [`Recorder`] stands between a model and a world and writes down each look-up, listing and link with its answer, misses
//! too, and the bytes of each file that was read. A [`Snapshot`] gives the same answers to the same questions, on any machine.
//! What was not asked then is not known now: it is no "no such file", so a model works on a [`Snapshot::partial`] view, which
//! keeps a list of what it was asked in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::{Credentials, Entry, Errno, FileId, FileStat, Machine, Partial, TargetPath, World};

/// The answer to a question that was not asked when the snapshot was taken.
pub const NOT_RECORDED: Errno = Errno::ENODATA;

/// The device number of everything in a snapshot: identities are numbered anew, in the order of paths.
const DEVICE: u64 = 0x5b;

/// Every question that was asked for one user, with its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// [`World::lookup`]
    pub lookups: BTreeMap<TargetPath, Result<FileStat, Errno>>,
    /// [`World::list`]
    pub listings: BTreeMap<TargetPath, Result<Vec<Entry>, Errno>>,
    /// [`World::canonical`]
    pub canonical: BTreeMap<TargetPath, Result<TargetPath, Errno>>,
    /// [`World::read_link`]
    pub links: BTreeMap<TargetPath, Result<TargetPath, Errno>>,
}

/// A file's bytes as far as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// As long as the file; zero where nothing was kept.
    pub bytes: Bytes,
    /// The ranges that were kept, ascending, without overlap.
    pub kept: Vec<std::ops::Range<usize>>,
    /// SHA-256 of the whole file as it was.
    pub sha256: [u8; 32],
}

/// What is known of a machine, and of no more of its files than were asked for.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Everything that is not a file.
    pub machine: Machine,
    /// What was asked, by the user for whom; the machine's own first.
    pub views: Vec<(Credentials, Record)>,
    /// Users as whom the machine could not be looked at ([`World::as_user`] gave nothing).
    pub unknown_users: Vec<Credentials>,
    /// The bytes of files that were read.
    pub contents: BTreeMap<FileId, Result<Content, Errno>>,
    /// Files whose capabilities were asked for.
    pub capabilities: BTreeMap<FileId, bool>,
}

impl Snapshot {
    /// The same machine with other settings (environment, processor, directory). What was asked stays what was asked.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    fn view(&self, credentials: &Credentials, asked: Asked) -> Option<View<'_>> {
        let of = |(who, _): &&(Credentials, Record)| who == credentials;
        let (_, record) = self.views.iter().find(of)?;
        let mut machine = self.machine.clone();
        machine.credentials = credentials.clone();
        Some(View {
            snapshot: self,
            record,
            machine,
            asked,
        })
    }

    fn own(&self) -> Option<&Record> {
        self.views.first().map(|(_, record)| record)
    }
}

/// Paths that were asked for in vain; without a list, nobody wants to know.
#[derive(Debug, Clone)]
struct Asked(Option<Arc<Mutex<BTreeSet<TargetPath>>>>);

impl Asked {
    /// Notes the path, and gives the answer that lets a model go on; who keeps no list is told that nothing is known.
    fn in_vain(&self, path: &TargetPath) -> Errno {
        match &self.0 {
            None => NOT_RECORDED,
            Some(list) => {
                held(list).insert(path.clone());
                Errno::ENOENT
            }
        }
    }
}

/// A snapshot for one user.
#[derive(Debug)]
struct View<'s> {
    snapshot: &'s Snapshot,
    record: &'s Record,
    machine: Machine,
    asked: Asked,
}

impl View<'_> {
    fn answer<T: Clone>(
        &self,
        of: &BTreeMap<TargetPath, Result<T, Errno>>,
        path: &TargetPath,
    ) -> Result<T, Errno> {
        match of.get(path) {
            Some(answer) => answer.clone(),
            None => Err(self.asked.in_vain(path)),
        }
    }
}

impl World for View<'_> {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        self.answer(&self.record.lookups, path)
    }
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        match self.snapshot.contents.get(&file.id) {
            Some(Ok(content)) => Ok(content.bytes.clone()),
            Some(Err(errno)) => Err(*errno),
            None => Err(self.asked.in_vain(&file.path)),
        }
    }
    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        self.answer(&self.record.listings, directory)
    }
    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        self.answer(&self.record.canonical, path)
    }
    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        self.answer(&self.record.links, path)
    }
    fn capabilities(&self, file: &FileStat) -> bool {
        let known = self.snapshot.capabilities.get(&file.id).copied();
        known.unwrap_or_else(|| {
            self.asked.in_vain(&file.path);
            false
        })
    }
    fn sha256(&self, file: &FileStat) -> Option<[u8; 32]> {
        self.snapshot.sha256(file)
    }
    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        if let Some(view) = self.snapshot.view(credentials, self.asked.clone()) {
            return Some(Box::new(view));
        }
        if !self.snapshot.unknown_users.contains(credentials) {
            let who = format!("(the files as user {} meets them)", credentials.uid);
            self.asked.in_vain(&TargetPath::new(who));
        }
        None
    }
    fn machine(&self) -> &Machine {
        &self.machine
    }
}

impl Partial for View<'_> {
    fn asked_in_vain(&self) -> Vec<TargetPath> {
        let list = self.asked.0.as_ref();
        list.map_or_else(Vec::new, |list| held(list).iter().cloned().collect())
    }
}

/// Asked directly, a snapshot says [`NOT_RECORDED`] of what it does not know.
impl World for Snapshot {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        let known = self.own().and_then(|record| record.lookups.get(path));
        known.cloned().unwrap_or(Err(NOT_RECORDED))
    }
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        match self.contents.get(&file.id) {
            Some(content) => content
                .as_ref()
                .map(|content| content.bytes.clone())
                .map_err(|errno| *errno),
            None => Err(NOT_RECORDED),
        }
    }
    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        let known = self.own().and_then(|record| record.listings.get(directory));
        known.cloned().unwrap_or(Err(NOT_RECORDED))
    }
    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        let known = self.own().and_then(|record| record.canonical.get(path));
        known.cloned().unwrap_or(Err(NOT_RECORDED))
    }
    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        let known = self.own().and_then(|record| record.links.get(path));
        known.cloned().unwrap_or(Err(NOT_RECORDED))
    }
    fn capabilities(&self, file: &FileStat) -> bool {
        self.capabilities.get(&file.id).copied().unwrap_or(false)
    }
    fn sha256(&self, file: &FileStat) -> Option<[u8; 32]> {
        let content = self.contents.get(&file.id)?.as_ref().ok()?;
        Some(content.sha256)
    }
    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        let view = self.view(credentials, Asked(None))?;
        Some(Box::new(view))
    }
    fn partial(&self) -> Option<Box<dyn Partial + '_>> {
        let asked = Asked(Some(Arc::default()));
        let view = self.view(&self.machine.credentials, asked)?;
        Some(Box::new(view))
    }
    fn machine(&self) -> &Machine {
        &self.machine
    }
}

/// What a recorder has written down.
#[derive(Debug, Default)]
struct Notes {
    views: Vec<(Credentials, Record)>,
    unknown_users: Vec<Credentials>,
    contents: BTreeMap<FileId, Result<Bytes, Errno>>,
    capabilities: BTreeMap<FileId, bool>,
}

/// A world that writes down what it is asked and what it answers.
pub struct Recorder<'w> {
    world: Inner<'w>,
    notes: Arc<Mutex<Notes>>,
}

enum Inner<'w> {
    Lent(&'w dyn World),
    Own(Box<dyn World + 'w>),
}

impl<'w> Recorder<'w> {
    /// Nothing has been asked yet.
    pub fn new(world: &'w dyn World) -> Recorder<'w> {
        let mut notes = Notes::default();
        notes.record(&world.machine().credentials);
        Recorder {
            world: Inner::Lent(world),
            notes: Arc::new(Mutex::new(notes)),
        }
    }

    /// Everything that was asked, identities numbered anew. `keep` says which ranges of a file's bytes are kept (it is given the
    /// bytes), `sha256` gives the digest of all of them.
    pub fn finish(
        &self,
        keep: impl Fn(&Bytes) -> Vec<std::ops::Range<usize>>,
        sha256: impl Fn(&[u8]) -> [u8; 32],
    ) -> Snapshot {
        let notes = held(&self.notes);
        let numbers = notes.numbers();
        let number = |id: &FileId| numbers.get(id).copied().unwrap_or(*id);
        let renumbered = |record: &Record| {
            let mut record = record.clone();
            for stat in record.lookups.values_mut().flatten() {
                stat.id = number(&stat.id);
            }
            record
        };
        let content = |bytes: &Bytes| {
            let kept = keep(bytes);
            Content {
                bytes: blanked(bytes, &kept),
                sha256: sha256(bytes),
                kept,
            }
        };
        let contents = notes.contents.iter().map(|(id, bytes)| {
            let content = bytes.as_ref().map(content).map_err(|errno| *errno);
            (number(id), content)
        });
        let capabilities = notes.capabilities.iter();
        Snapshot {
            machine: self.machine().clone(),
            views: notes
                .views
                .iter()
                .map(|(who, record)| (who.clone(), renumbered(record)))
                .collect(),
            unknown_users: notes.unknown_users.clone(),
            contents: contents.collect(),
            capabilities: capabilities.map(|(id, &has)| (number(id), has)).collect(),
        }
    }

    fn world(&self) -> &dyn World {
        match &self.world {
            Inner::Lent(world) => *world,
            Inner::Own(world) => &**world,
        }
    }

    fn note<T: Clone>(
        &self,
        path: &TargetPath,
        answer: &Result<T, Errno>,
        of: fn(&mut Record) -> &mut BTreeMap<TargetPath, Result<T, Errno>>,
    ) {
        let mut notes = held(&self.notes);
        let record = notes.record(&self.machine().credentials);
        of(record).insert(path.clone(), answer.clone());
    }
}

impl Notes {
    fn record(&mut self, credentials: &Credentials) -> &mut Record {
        let known = self.views.iter().position(|(who, _)| who == credentials);
        let at = known.unwrap_or_else(|| {
            self.views.push((credentials.clone(), Record::default()));
            self.views.len() - 1
        });
        &mut self.views[at].1
    }

    /// Each file's new identity: its place in the order of views and paths.
    fn numbers(&self) -> BTreeMap<FileId, FileId> {
        let mut numbers = BTreeMap::new();
        let records = self.views.iter().map(|(_, record)| record);
        let stats = records.flat_map(|record| record.lookups.values().flatten());
        for stat in stats {
            let inode = numbers.len() as u64 + 1;
            numbers.entry(stat.id).or_insert(FileId {
                device: DEVICE,
                inode,
            });
        }
        numbers
    }
}

/// The bytes with zeros where they are not kept.
fn blanked(bytes: &Bytes, kept: &[std::ops::Range<usize>]) -> Bytes {
    if matches!(kept, [all] if *all == (0..bytes.len())) {
        return bytes.clone();
    }
    let mut blank = vec![0; bytes.len()];
    for range in kept {
        blank[range.clone()].copy_from_slice(&bytes[range.clone()]);
    }
    Bytes::from(blank)
}

impl World for Recorder<'_> {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        let answer = self.world().lookup(path);
        self.note(path, &answer, |record| &mut record.lookups);
        answer
    }
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        let answer = self.world().read(file);
        held(&self.notes).contents.insert(file.id, answer.clone());
        answer
    }
    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        let mut answer = self.world().list(directory);
        if let Ok(entries) = &mut answer {
            entries.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.note(directory, &answer, |record| &mut record.listings);
        answer
    }
    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        let answer = self.world().canonical(path);
        self.note(path, &answer, |record| &mut record.canonical);
        answer
    }
    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        let answer = self.world().read_link(path);
        self.note(path, &answer, |record| &mut record.links);
        answer
    }
    fn capabilities(&self, file: &FileStat) -> bool {
        let answer = self.world().capabilities(file);
        held(&self.notes).capabilities.insert(file.id, answer);
        answer
    }
    fn sha256(&self, file: &FileStat) -> Option<[u8; 32]> {
        self.world().sha256(file)
    }
    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        let Some(other) = self.world().as_user(credentials) else {
            let mut notes = held(&self.notes);
            if !notes.unknown_users.contains(credentials) {
                notes.unknown_users.push(credentials.clone());
            }
            return None;
        };
        held(&self.notes).record(credentials);
        Some(Box::new(Recorder {
            world: Inner::Own(other),
            notes: Arc::clone(&self.notes),
        }))
    }
    fn machine(&self) -> &Machine {
        self.world().machine()
    }
}

/// What is noted is only ever added to, so a panic of another thread leaves nothing half done.
fn held<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    fn machine() -> Memory {
        let mut world = Memory::new(Machine::default());
        world
            .symlink("/lib", "usr/lib")
            .file("/usr/lib/liba.so", "0123456789")
            .mode("/usr/lib/liba.so", 0o600)
            .directory("/empty");
        world
    }

    #[test]
    fn a_snapshot_answers_what_was_asked() {
        let world = machine();
        let recorder = Recorder::new(&world);
        let path = TargetPath::from("/lib/liba.so");
        let other = Credentials {
            uid: 7,
            gid: 7,
            groups: Vec::new(),
        };
        let ask = |world: &dyn World| {
            let stat = world.lookup(&path)?;
            let other = world.as_user(&other).expect("memory knows everybody");
            Ok::<_, Errno>((
                stat.size,
                stat.readable,
                world.lookup(&"/gone".into()).err(),
                world.canonical(&path)?,
                world.read_link(&"/lib".into())?,
                world.list(&"/empty".into())?,
                world.capabilities(&stat),
                other.lookup(&path)?.readable,
                world.read(&stat)?,
            ))
        };
        let told = ask(&recorder).expect("all is there");
        assert!(told.1 && !told.7);
        let all = |bytes: &Bytes| std::iter::once(0..bytes.len()).collect();
        let snapshot = recorder.finish(all, |_| [9; 32]);
        assert_eq!(ask(&snapshot), Ok(told.clone()));
        let view = snapshot.partial().expect("it knows a part");
        assert_eq!(ask(&&*view), Ok(told));
        assert_eq!(view.asked_in_vain(), []);
        let stat = snapshot.lookup(&path).expect("it was asked");
        assert_eq!(snapshot.sha256(&stat), Some([9; 32]));
    }

    #[test]
    fn what_was_not_asked_is_not_missing() {
        let world = machine();
        let recorder = Recorder::new(&world);
        let stat = recorder
            .lookup(&"/lib/liba.so".into())
            .expect("it is there");
        let snapshot = recorder.finish(|_| Vec::new(), |_| [0; 32]);
        assert_eq!(
            snapshot.lookup(&"/usr/lib/liba.so".into()),
            Err(NOT_RECORDED)
        );
        assert_eq!(snapshot.list(&"/empty".into()), Err(NOT_RECORDED));
        let view = snapshot.partial().expect("it knows a part");
        assert!(view.lookup(&"/usr/lib/liba.so".into()).is_err());
        assert!(view.list(&"/empty".into()).is_err());
        let stat = FileStat {
            id: snapshot
                .lookup(&stat.path.clone())
                .map_or(stat.id, |stat| stat.id),
            ..stat
        };
        assert!(view.read(&stat).is_err());
        assert!(
            view.as_user(&Credentials {
                uid: 9,
                gid: 9,
                groups: Vec::new()
            })
            .is_none()
        );
        let asked: Vec<String> = view
            .asked_in_vain()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            asked,
            [
                "(the files as user 9 meets them)",
                "/empty",
                "/usr/lib/liba.so"
            ]
        );
    }

    #[test]
    fn only_what_is_kept_is_there() {
        let world = machine();
        let recorder = Recorder::new(&world);
        let stat = recorder
            .lookup(&"/lib/liba.so".into())
            .expect("it is there");
        recorder.read(&stat).expect("it can be read");
        let snapshot = recorder.finish(|_| vec![0..2, 5..6], |_| [0; 32]);
        let stat = snapshot
            .lookup(&"/lib/liba.so".into())
            .expect("it was asked");
        let bytes = snapshot.read(&stat).expect("it was read");
        assert_eq!(&bytes[..], b"01\0\0\x005\0\0\0\0");
    }
}
