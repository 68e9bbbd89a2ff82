//! Go's `plugin.Open` and `Lookup` (`plugin/plugin_dlopen.go`, `runtime/plugin.go: plugin_lastmoduleinit`).
//!
//! Most of what a user meets is decided by three things that are modelled here as they are in the process:
//!
//! * **`dlopen`** is the C loader's; its model is asked through [`Linker`].
//! * **The list of modules.** The plugin's own initialiser appends its `moduledata` to the runtime's list by writing at the offset
//!   that *its* release has for `next`; the program walks the list at the offset of *its* release. Where the two differ the program never
//!   sees the module, or reads one field for another ([`modules`]).
//! * **The package hashes.** What the plugin compares its own hash with is whatever the C loader's global scope finds first under the name
//!   `go:link.pkghash.PACKAGE`: the program's, then that of any plugin opened before, also of one whose opening failed.

mod lookup;
mod modules;
mod static_host;

pub(crate) use static_host::static_step;

use std::collections::HashMap;
use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_facts::go::{PluginSupport, Program};
use sayso_world::TargetPath;

use self::modules::{Modules, Newest};
use crate::messages::{Failure, Fields, Frame, Message, go as message};
use crate::request::Step;
use crate::session::Session;
use crate::trace::{DifferingPackage, Gap, GoEnd, GoOutcome, ObjectId};

/// The last minor release that is known to take a signal in C code for a throw of its own; 1.21 names the signal.
const LAST_UNEXPECTED_SIGNAL: u16 = 19;

/// What `dlopen` came to.
pub(crate) enum Opened {
    /// A handle.
    Handle(ObjectId),
    /// An error, as `dlerror` has it.
    Error(Box<Failure>),
    /// The process died.
    Died(Box<Failure>),
    /// It cannot be known.
    Unknown(Gap),
}

/// The C loader under a Go program.
pub(crate) trait Linker {
    /// The program; `None` if there is none (a library judged alone).
    fn program(&self) -> Option<ObjectId>;
    /// Every object in the process, in the order of mapping.
    fn objects(&self) -> Vec<ObjectId>;
    /// What an object's file says.
    fn image(&self, object: ObjectId) -> Arc<Image>;
    /// `dlopen(path, RTLD_NOW | RTLD_GLOBAL)`, called by the program.
    fn open(&mut self, path: &[u8]) -> Opened;
    /// The object that a reference of another one to a data symbol is bound to.
    fn definer(&mut self, by: ObjectId, symbol: &[u8]) -> Option<ObjectId>;
    /// `dlsym(handle, symbol)`: nothing, or what `dlerror` says.
    fn symbol(&mut self, handle: ObjectId, symbol: &[u8]) -> Result<(), Box<Failure>>;
}

/// What a step came to.
pub(crate) struct Answer {
    pub(crate) failure: Option<Failure>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) told: GoOutcome,
}

/// What package plugin remembers of a file (`plugins[filepath]`).
enum Remembered {
    Open(Plugin),
    /// The error, without the words around it.
    Failed(&'static Message, Fields),
    /// It returned an error after it had been put down as open: whoever opens it again waits for ever.
    HalfOpen,
}

/// An open plugin.
#[derive(Clone)]
struct Plugin {
    object: ObjectId,
    program: Arc<Program>,
    path: String,
}

/// Package plugin and the part of the runtime under it.
#[derive(Default)]
pub(crate) struct Runtime {
    modules: Modules,
    remembered: HashMap<TargetPath, Remembered>,
    /// Plugins by the number of the step that opened them.
    handles: HashMap<usize, Plugin>,
}

impl Answer {
    fn unknown(name: &'static str, what: impl Into<String>) -> Answer {
        Answer {
            failure: None,
            gaps: vec![Gap {
                name,
                what: what.into(),
            }],
            told: GoOutcome::default(),
        }
    }
    fn error(message: &'static Message, fields: Fields) -> Answer {
        Answer::ended(GoEnd::Error, plain(message, fields))
    }
    fn dies(message: &'static Message) -> Answer {
        Answer::ended(GoEnd::Dies, plain(message, Fields::new()))
    }
    fn ended(end: GoEnd, failure: Failure) -> Answer {
        Answer {
            failure: Some(failure),
            gaps: Vec::new(),
            told: GoOutcome {
                end,
                ..GoOutcome::default()
            },
        }
    }
    /// The process did not survive.
    pub(crate) fn process_ended(&self) -> bool {
        self.told.end == GoEnd::Dies
    }
}

fn plain(message: &'static Message, fields: Fields) -> Failure {
    Failure {
        message,
        fields,
        frame: Frame::Plain,
        exit_status: message.exit_status,
        by: None,
        search: None,
    }
}

/// The name without its `.so`, as package plugin has it once `dlopen` has succeeded.
fn stem(name: &[u8]) -> &[u8] {
    match name.strip_suffix(b".so") {
        Some(stem) if !stem.is_empty() => stem,
        _ => name,
    }
}

fn not_go() -> Answer {
    Answer::unknown(
        "not-a-go-program",
        "the program is no Go program: it cannot call plugin.Open",
    )
}

fn no_plugin() -> Answer {
    Answer::unknown("no-plugin", "the step named did not give a plugin")
}

fn not_implemented() -> Answer {
    Answer::error(&message::NOT_IMPLEMENTED, Fields::new())
}

/// A program that never calls `plugin.Open`, or of which that cannot be seen.
fn unable(support: PluginSupport, program: &Program) -> Answer {
    match support {
        // Measured with Go 1.22: it dies of the empty path of libstd.so's own module, which stands in the list like a plugin's.
        _ if program.links_packages() => Answer::unknown(
            "go-linkshared",
            "the program was built with -linkshared: the modules of libstd.so stand in the runtime's list beside those of plugins, and what plugin.Open makes of them is not modelled (Go 1.22 dies: plugin has empty pluginpath)",
        ),
        PluginSupport::NotLinked => Answer::unknown(
            "plugin-not-linked",
            "package plugin is not in the program: nothing in it calls plugin.Open",
        ),
        _ => Answer::unknown(
            "plugin-support-unknown",
            "it cannot be seen whether the program has package plugin",
        ),
    }
}

/// `realpath`.
fn real_path(session: &Session<'_>, path: &[u8]) -> Option<TargetPath> {
    if path.is_empty() {
        return None;
    }
    let machine = session.world().machine();
    let absolute = TargetPath::new(path).join_to(&machine.working_directory);
    session.world().canonical(&absolute).ok()
}

impl Runtime {
    /// One `plugin.Open` or `Lookup`; `None` for other steps.
    pub(crate) fn step(
        &mut self,
        session: &Session<'_>,
        linker: &mut dyn Linker,
        number: usize,
        step: &Step,
    ) -> Option<Answer> {
        if !matches!(step, Step::PluginOpen { .. } | Step::Lookup { .. }) {
            return None;
        }
        let Some(host) = linker.program() else {
            return Some(not_go());
        };
        let Some(program) = self.modules.program(linker, host) else {
            return Some(not_go());
        };
        match program.plugin_support() {
            PluginSupport::Yes => {}
            PluginSupport::NotImplemented => return Some(not_implemented()),
            support => return Some(unable(support, &program)),
        }
        Some(match step {
            Step::PluginOpen { path } => self.open(session, linker, host, number, path),
            Step::Lookup {
                plugin,
                name,
                go_type,
            } => match self.handles.get(plugin) {
                None => no_plugin(),
                Some(plugin) => lookup::lookup(&program, plugin, name, go_type.as_deref()),
            },
            _ => unreachable!("looked at above"),
        })
    }

    /// `plugin_dlopen.go: open`
    fn open(
        &mut self,
        session: &Session<'_>,
        linker: &mut dyn Linker,
        host: ObjectId,
        number: usize,
        name: &[u8],
    ) -> Answer {
        let Some(file) = real_path(session, name) else {
            return Answer::error(&message::REALPATH, Fields::new().with("name", name));
        };
        let mut answer = match self.remembered.get(&file) {
            Some(remembered) => {
                let answer = again(remembered, name);
                if let Remembered::Open(plugin) = remembered {
                    self.handles.insert(number, plugin.clone());
                }
                answer
            }
            None => self.open_anew(linker, host, number, name, &file),
        };
        answer.told.file = Some(file);
        answer
    }

    fn open_anew(
        &mut self,
        linker: &mut dyn Linker,
        host: ObjectId,
        number: usize,
        name: &[u8],
        file: &TargetPath,
    ) -> Answer {
        if let Err(gap) = self.modules.join(linker, host) {
            return Answer::unknown(gap.name, gap.what);
        }
        let handle = match linker.open(file.as_bytes()) {
            Opened::Handle(handle) => handle,
            Opened::Error(failure) => return Answer::ended(GoEnd::Error, framed(*failure, name)),
            Opened::Died(failure) => {
                let minor = self
                    .modules
                    .program(linker, host)
                    .and_then(|host| host.minor());
                return Answer::ended(GoEnd::Dies, signalled(*failure, minor));
            }
            Opened::Unknown(gap) => return Answer::unknown(gap.name, gap.what),
        };
        let mut answer = match self.modules.join(linker, host) {
            Ok(()) => self.module_init(linker, handle, number, name, file),
            Err(gap) => Answer::unknown(gap.name, gap.what),
        };
        answer.told.object = Some(handle);
        answer
    }

    /// `plugin_lastmoduleinit`, and what package plugin does after it.
    fn module_init(
        &mut self,
        linker: &mut dyn Linker,
        handle: ObjectId,
        number: usize,
        name: &[u8],
        file: &TargetPath,
    ) -> Answer {
        let fields = Fields::new().with("name", stem(name));
        let newest = match self.modules.newest() {
            Newest::Module(index) => index,
            Newest::None => return Answer::dies(&message::NO_MODULE_DATA),
            Newest::EmptyPath => return Answer::dies(&message::EMPTY_PLUGIN_PATH),
            Newest::NilDereference => return Answer::dies(&message::NIL_DEREFERENCE),
            Newest::Used => {
                self.remembered.insert(
                    file.clone(),
                    Remembered::Failed(&message::ALREADY_LOADED, fields.clone()),
                );
                return Answer::error(&message::ALREADY_LOADED, fields);
            }
            Newest::Unknown(gap) => return Answer::unknown(gap.name, gap.what),
        };
        let (object, program) = self.modules.module(newest);
        let Some(path) = program.plugin_path.clone() else {
            return Answer::unknown(
                "go-layout-unknown",
                "the plugin's path cannot be read: the layout of its release's moduledata is not known",
            );
        };
        let mut answer = if self.modules.is_active(&path) {
            self.modules.mark_bad(newest);
            Answer::error(&message::ALREADY_LOADED, fields)
        } else {
            let differing = match self.differing(linker, object, &program) {
                Ok(differing) => differing,
                Err(gap) => return Answer::unknown(gap.name, gap.what),
            };
            let mut answer = match differing.first() {
                Some(first) => {
                    self.modules.mark_bad(newest);
                    let fields = fields.with("package", &first.package);
                    Answer::error(&message::DIFFERENT_VERSION, fields)
                }
                None => self.finish(
                    linker,
                    handle,
                    number,
                    fields,
                    file,
                    Plugin {
                        object,
                        program: program.clone(),
                        path: path.clone(),
                    },
                ),
            };
            answer.told.differing = differing;
            answer.told.compared = program.package_hashes.len();
            answer
        };
        if let Some(failure) = &answer.failure
            && !failure.is(&message::SYMBOL_NOT_RESOLVED)
        {
            let remembered = Remembered::Failed(failure.message, failure.fields.clone());
            self.remembered.insert(file.clone(), remembered);
        }
        answer.told.plugin_path = Some(path);
        answer
    }

    /// Every package whose link-time hash is another than the one that its run-time pointer leads to.
    fn differing(
        &mut self,
        linker: &mut dyn Linker,
        object: ObjectId,
        program: &Program,
    ) -> Result<Vec<DifferingPackage>, Gap> {
        let image = linker.image(object);
        let mut differing = Vec::new();
        for entry in &program.package_hashes {
            let symbol = entry.symbol.and_then(|index| image.symbol(index));
            let definer =
                symbol.and_then(|symbol| linker.definer(object, image.string(symbol.name)));
            let held = definer.and_then(|definer| {
                let provider = self.modules.program(linker, definer)?;
                let held = provider.offered_hash(&entry.package)?;
                Some((definer, held.clone()))
            });
            let Some((provider, host_hash)) = held else {
                return Err(Gap {
                    name: "go-hash-unreadable",
                    what: format!(
                        "the hash that package {} is compared with cannot be read",
                        entry.package
                    ),
                });
            };
            if host_hash != entry.link_hash {
                differing.push(DifferingPackage {
                    package: entry.package.clone(),
                    plugin_hash: entry.link_hash.clone(),
                    host_hash,
                    provider,
                    named_by_go: differing.is_empty(),
                });
            }
        }
        Ok(differing)
    }

    /// Everything compared equal: the module becomes active, its init tasks run, its symbols are looked for.
    fn finish(
        &mut self,
        linker: &mut dyn Linker,
        handle: ObjectId,
        number: usize,
        fields: Fields,
        file: &TargetPath,
        plugin: Plugin,
    ) -> Answer {
        self.modules.activate();
        let init_tasks = plugin.program.init_tasks;
        // Go walks a map, in no order: where several symbols are missing, any of them is named.
        for export in &plugin.program.exports {
            let full = format!("{}.{}", plugin.path, export.name);
            if let Err(failure) = linker.symbol(handle, full.as_bytes()) {
                self.remembered.insert(file.clone(), Remembered::HalfOpen);
                let fields = fields
                    .with("symbol", &export.name)
                    .with("error", failure.text());
                let mut answer = Answer::error(&message::SYMBOL_NOT_RESOLVED, fields);
                answer.told.init_tasks = init_tasks;
                return answer;
            }
        }
        self.handles.insert(number, plugin.clone());
        self.remembered
            .insert(file.clone(), Remembered::Open(plugin));
        Answer {
            failure: None,
            gaps: Vec::new(),
            told: GoOutcome {
                end: GoEnd::Opens,
                init_tasks,
                ..GoOutcome::default()
            },
        }
    }
}

/// The file was opened before (`plugins[filepath]`).
fn again(remembered: &Remembered, name: &[u8]) -> Answer {
    match remembered {
        Remembered::Open(plugin) => Answer {
            failure: None,
            gaps: Vec::new(),
            told: GoOutcome {
                end: GoEnd::Opens,
                object: Some(plugin.object),
                plugin_path: Some(plugin.path.clone()),
                already_open: true,
                init_tasks: Some(0),
                ..GoOutcome::default()
            },
        },
        Remembered::Failed(message, fields) => {
            let again = if message.id == message::DIFFERENT_VERSION.id {
                &message::DIFFERENT_VERSION_AGAIN
            } else {
                &message::ALREADY_LOADED_AGAIN
            };
            Answer::error(again, fields.clone().with("name", name))
        }
        Remembered::HalfOpen => Answer::unknown(
            "go-open-hangs",
            "the plugin was put down as open before one of its symbols was missing: plugin.Open waits for it for ever",
        ),
    }
}

/// What `dlopen` says, with what package plugin puts before it. The inner message's fields stay, so that its cause can still be told.
fn framed(inner: Failure, name: &[u8]) -> Failure {
    let error = inner.text();
    let fields = inner.fields.with("name", name).with("error", error);
    Failure {
        message: &message::DLOPEN,
        fields,
        frame: Frame::Plain,
        exit_status: None,
        by: inner.by,
        search: inner.search,
    }
}

/// A signal in the C loader, as the handler of the program's release tells it.
fn signalled(inner: Failure, minor: Option<u16>) -> Failure {
    let message = match inner.field("signal") {
        // The C loader ended the process itself, with its own words.
        None => return inner,
        Some(_) if minor.is_some_and(|minor| minor <= LAST_UNEXPECTED_SIGNAL) => {
            &message::UNEXPECTED_SIGNAL
        }
        Some(b"7") => &message::BUS_ERROR,
        Some(_) => &message::SEGMENTATION_VIOLATION,
    };
    Failure {
        message,
        exit_status: message.exit_status,
        ..inner
    }
}
