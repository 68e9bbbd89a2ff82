//! The kernel's part: `execve` (`fs/exec.c`, `fs/binfmt_script.c`, `fs/binfmt_elf.c`).
//!
//! It decides what runs at all, as whom, and which loader gets to work. Its refusals are error numbers; the sentence is what
//! every caller prints of them, so the texts here are `path: sentence`.

use std::sync::Arc;

use sayso_facts::{Binary, elf};
use sayso_world::{Architecture, Credentials, Errno, FileKind, FileStat, TargetPath};

use crate::glibc::Loaded;
use crate::limits::SCRIPT_DEPTH_MAX;
use crate::messages::{Failure, Fields, Frame, Message, kernel as message};
use crate::session::{Opened, Session};
use crate::trace::{Event, EventId, Gap, Object, ObjectId, SearchRule, Trace, Verdict};

/// What the kernel hands over to.
pub(crate) enum Handover {
    /// A program with an interpreter.
    Dynamic {
        program: Loaded,
        interpreter: Loaded,
        arguments: Vec<Vec<u8>>,
        secure: bool,
        /// Whose rights the program has, if not its starter's.
        becomes: Option<Credentials>,
        events: Vec<Event>,
    },
    /// A program without one; it may be a loader run as a command.
    Static {
        program: Loaded,
        arguments: Vec<Vec<u8>>,
        secure: bool,
        /// Whose rights the program has, if not its starter's.
        becomes: Option<Credentials>,
        events: Vec<Event>,
    },
    /// Nothing: this is how it ended.
    Refused(Box<Trace>),
}

struct Exec<'s, 'w> {
    session: &'s Session<'w>,
    /// The path the user gave: error texts carry it.
    asked: TargetPath,
    events: Vec<Event>,
}

/// `execve(path, arguments, environment)`.
pub(crate) fn execve(session: &Session<'_>, path: &TargetPath, arguments: &[Vec<u8>]) -> Handover {
    let mut exec = Exec {
        session,
        asked: path.clone(),
        events: Vec::new(),
    };
    let (mut path, mut arguments) = (path.clone(), arguments.to_vec());
    for depth in 0..=SCRIPT_DEPTH_MAX {
        let stat = match exec.open_executable(&path) {
            Ok(stat) => stat,
            Err(errno) => return exec.refuse(errno, depth > 0, &path),
        };
        match exec.read(&stat) {
            Err(errno) => return exec.refuse(errno, false, &path),
            Ok(Content::Script(script)) => {
                if script.refusal.is_some() {
                    return exec.refuse(Errno::ENOEXEC, false, &path);
                }
                if script.interpreter.is_empty() {
                    // An empty name is the working directory to `open_exec`.
                    return exec.refuse(Errno::EACCES, true, &path);
                }
                let interpreter = TargetPath::new(&script.interpreter);
                exec.events.push(Event::ScriptInterpreter {
                    script: path.clone(),
                    interpreter: interpreter.clone(),
                });
                let mut next = vec![script.interpreter];
                next.extend(script.argument);
                next.push(path.as_bytes().to_vec());
                next.extend(arguments.into_iter().skip(1));
                (path, arguments) = (interpreter, next);
            }
            Ok(Content::Elf(image)) => return exec.load(Loaded { path, stat, image }, arguments),
        }
    }
    exec.refuse(Errno::ELOOP, false, &path)
}

enum Content {
    Script(sayso_facts::script::Shebang),
    Elf(Arc<elf::Image>),
}

const EXECUTABLE: u16 = 2;
const SHARED: u16 = 3;

impl Exec<'_, '_> {
    fn absolute(&self, path: &TargetPath) -> TargetPath {
        path.join_to(&self.session.world().machine().working_directory)
    }

    /// `do_open_execat`: a regular file with an execute bit, not on a noexec mount.
    fn open_executable(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        if path.as_bytes().is_empty() {
            return Err(Errno::ENOENT);
        }
        let stat = self.session.lookup(&self.absolute(path))?;
        if stat.kind != FileKind::Regular || !stat.executable || stat.noexec {
            return Err(Errno::EACCES);
        }
        Ok(stat)
    }

    fn read(&self, stat: &FileStat) -> Result<Content, Errno> {
        match self.session.open_once(stat).as_ref() {
            Opened::Image(image) => Ok(Content::Elf(self.natively(image))),
            Opened::Unreadable(errno) => Err(*errno),
            Opened::NotElf(bytes) => match Binary::parse(bytes.clone()) {
                Binary::Script(script) => Ok(Content::Script(script)),
                _ => Err(Errno::ENOEXEC),
            },
        }
    }

    /// The kernel reads a header as it is used to, whatever `EI_DATA` says.
    fn natively(&self, image: &Arc<elf::Image>) -> Arc<elf::Image> {
        let architecture = self.session.world().machine().architecture;
        natively(image, architecture).map_or_else(|| image.clone(), Arc::new)
    }

    /// `elf_check_arch` and what stands around it in `load_elf_binary`.
    fn runs_here(&self, image: &elf::Image) -> bool {
        let machine = self.session.world().machine();
        let header = image.header();
        let native = match machine.architecture {
            Architecture::X86_64 => (62, elf::Class::Elf64),
            Architecture::I386 => (3, elf::Class::Elf32),
            Architecture::Aarch64 => (183, elf::Class::Elf64),
            Architecture::Arm => (40, elf::Class::Elf32),
            Architecture::Riscv64 => (243, elf::Class::Elf64),
            Architecture::Ppc64le => (21, elf::Class::Elf64),
            Architecture::S390x => (22, elf::Class::Elf64),
            Architecture::Other => return true,
        };
        let compat = match machine.architecture {
            Architecture::X86_64 => Some(3),
            Architecture::Aarch64 => Some(40),
            _ => None,
        };
        (header.machine == native.0 && (header.class == native.1 || header.machine == 62))
            || (machine.runs_32bit && compat == Some(header.machine))
    }

    fn is_runnable(&self, image: &elf::Image) -> bool {
        let header = image.header();
        let entry = if header.class == elf::Class::Elf64 {
            56
        } else {
            32
        };
        let table = u64::from(header.phnum) * entry;
        matches!(header.kind, EXECUTABLE | SHARED)
            && u64::from(header.phentsize) == entry
            && (1..=65_536).contains(&table)
            && header
                .phoff
                .checked_add(table)
                .is_some_and(|end| end <= image.file_size() as u64)
            && self.runs_here(image)
    }

    fn load(mut self, program: Loaded, arguments: Vec<Vec<u8>>) -> Handover {
        if !self.is_runnable(&program.image) {
            return self.refuse(Errno::ENOEXEC, false, &program.path.clone());
        }
        let secure = self.gains_privilege(&program.stat);
        let becomes = self.becomes(&program.stat);
        let Some(segment) = program
            .image
            .segments()
            .iter()
            .find(|segment| segment.kind == 3)
            .copied()
        else {
            return Handover::Static {
                program,
                arguments,
                secure,
                becomes,
                events: self.events,
            };
        };
        // The path must fit, and end with a NUL inside the segment.
        if segment.filesz > 4096 || segment.filesz < 2 {
            return self.refuse(Errno::ENOEXEC, false, &program.path.clone());
        }
        let start = usize::try_from(segment.offset).unwrap_or(usize::MAX);
        let raw = start
            .checked_add(segment.filesz as usize)
            .and_then(|end| program.image.file_bytes(start..end));
        let Some(raw) = raw else {
            return self.refuse(Errno::EIO, false, &program.path.clone());
        };
        if raw.last() != Some(&0) {
            return self.refuse(Errno::ENOEXEC, false, &program.path.clone());
        }
        let path = TargetPath::new(raw.split(|&byte| byte == 0).next().unwrap_or_default());
        let stat = match self.open_executable(&path) {
            Ok(stat) => stat,
            Err(errno) => return self.refuse(errno, true, &path),
        };
        let opened = self.session.open(&stat);
        let native = match opened.as_ref() {
            Opened::Image(image) => Some(self.natively(image)),
            _ => None,
        };
        let fits = |image: &Arc<elf::Image>| {
            self.is_runnable(image) && image.header().class == program.image.header().class
        };
        let image = match (native.filter(fits), opened.as_ref()) {
            (Some(image), _) => image,
            (None, Opened::NotElf(bytes)) if bytes.len() < 64 => {
                return self.refuse(Errno::EIO, true, &path);
            }
            (None, Opened::Unreadable(errno)) => {
                let errno = *errno;
                return self.refuse(errno, true, &path);
            }
            (None, _) => return self.refuse(Errno::ELIBBAD, true, &path),
        };
        let events = std::mem::take(&mut self.events);
        Handover::Dynamic {
            program,
            interpreter: Loaded { path, stat, image },
            arguments,
            secure,
            becomes,
            events,
        }
    }

    /// The rights that a program with set-user-ID or set-group-ID bits runs with (`fs/exec.c: bprm_fill_uid`): its loader reads
    /// with them.
    fn becomes(&self, stat: &FileStat) -> Option<Credentials> {
        let who = &self.session.world().machine().credentials;
        let mut becomes = who.clone();
        if !stat.nosuid && stat.mode & 0o4000 != 0 {
            becomes.uid = stat.uid;
        }
        if !stat.nosuid && stat.mode & 0o2010 == 0o2010 {
            becomes.gid = stat.gid;
        }
        (becomes != *who).then_some(becomes)
    }

    /// Whether the kernel sets `AT_SECURE` (`security/commoncap.c: cap_bprm_creds_from_file`).
    fn gains_privilege(&self, stat: &FileStat) -> bool {
        let who = &self.session.world().machine().credentials;
        if stat.nosuid {
            return false;
        }
        let set_uid = stat.mode & 0o4000 != 0 && stat.uid != who.uid;
        let set_gid = stat.mode & 0o2010 == 0o2010 && stat.gid != who.gid;
        let capabilities = who.uid != 0 && self.session.world().capabilities(stat);
        set_uid || set_gid || capabilities
    }

    /// The end. `missing_other` is the interpreter or script interpreter that is at fault instead of the file itself.
    fn refuse(self, errno: Errno, other: bool, at: &TargetPath) -> Handover {
        let text: &'static Message = match errno {
            Errno::ENOENT => &message::NOT_FOUND,
            Errno::EACCES => &message::DENIED,
            Errno::ENOEXEC => &message::EXEC_FORMAT,
            Errno::ELIBBAD => &message::CORRUPTED_LIBRARY,
            _ => &message::OTHER,
        };
        let mut fields = Fields::new()
            .with("path", &self.asked)
            .with("reason", errno.glibc_text());
        if other {
            fields = fields.with("culprit", at);
        }
        let failure = Failure {
            message: text,
            fields,
            frame: Frame::Plain,
            exit_status: text.exit_status,
            by: None,
            search: None,
        };
        let mut events = self.events;
        let id = EventId(events.len() as u32);
        events.push(Event::Problem(failure.clone()));
        Handover::Refused(Box::new(Trace {
            events,
            problems: vec![id],
            printed: vec![id],
            verdict: Verdict::Fails { failure, at: id },
            ..empty_trace()
        }))
    }
}

/// An image whose `EI_DATA` names the other byte order than the kernel's, as the kernel (`fs/binfmt_elf.c: load_elf_binary`, which
/// never looks at that byte) and the loader behind it read it. `None`: it is read as it says.
pub fn natively(image: &elf::Image, architecture: Architecture) -> Option<elf::Image> {
    const EI_DATA: usize = 5;
    let native = match architecture {
        Architecture::S390x => elf::Endian::Big,
        // Not known, so believed.
        Architecture::Other => return None,
        _ => elf::Endian::Little,
    };
    if image.header().endian == native {
        return None;
    }
    let machine = image.file_bytes(18..20)?;
    let machine = match native {
        elf::Endian::Little => u16::from_le_bytes([machine[0], machine[1]]),
        elf::Endian::Big => u16::from_be_bytes([machine[0], machine[1]]),
    };
    // A file of another machine stays what it says: it is refused in any case, and better described so.
    if !natives(architecture).contains(&machine) {
        return None;
    }
    let mut bytes = image.bytes().to_vec();
    bytes[EI_DATA] = if native == elf::Endian::Little { 1 } else { 2 };
    elf::Image::parse(bytes.into()).ok()
}

/// `e_machine` of what a kernel runs.
fn natives(architecture: Architecture) -> &'static [u16] {
    match architecture {
        Architecture::X86_64 => &[62, 3],
        Architecture::I386 => &[3],
        Architecture::Aarch64 => &[183, 40],
        Architecture::Arm => &[40],
        Architecture::Riscv64 => &[243],
        Architecture::Ppc64le => &[21],
        Architecture::S390x => &[22],
        Architecture::Other => &[],
    }
}

/// A program that needs no loader.
pub(crate) fn static_trace(program: Loaded, events: Vec<Event>) -> Trace {
    let shared_with_needs =
        program.image.header().kind == SHARED && program.image.needed().next().is_some();
    let verdict = if shared_with_needs {
        Verdict::Unknown { gaps: vec![Gap { name: "library-as-program", what: "a shared library without an interpreter was started as a program: its code runs unrelocated".into() }] }
    } else {
        Verdict::Loads
    };
    let id = ObjectId(0);
    let object = Object {
        id,
        name: program.path.as_bytes().to_vec(),
        path: program.path,
        file: program.stat.id,
        image: program.image,
        needed_by: None,
        rule: SearchRule::Given,
        namespace: 0,
        step: 0,
        missing: false,
    };
    Trace {
        objects: vec![object],
        events,
        verdict,
        load_order: vec![id],
        ..empty_trace()
    }
}

/// Nothing yet.
pub(crate) fn empty_trace() -> Trace {
    Trace {
        loader: None,
        objects: Vec::new(),
        events: Vec::new(),
        steps: Vec::new(),
        verdict: Verdict::Loads,
        problems: Vec::new(),
        warnings: Vec::new(),
        printed: Vec::new(),
        load_order: Vec::new(),
        expected_from_host: Vec::new(),
        unbound_lazily: Vec::new(),
        output: None,
    }
}
