//! The words for a rule of search, an outcome, a step: sentences for people, fixed names for programs.

use sayso_advice::{machine_name, show};
use sayso_loader::request::{DlopenFlags, Family, Handle, Release};
use sayso_loader::trace::{Identity, LoaderUsed, PreloadSource, SkipReason};
use sayso_loader::{ObjectId, ProbeOutcome, SearchRule, Step, StepOutcome, Trace};

/// A family's name, as `--loader` takes it.
pub fn family(family: Family) -> &'static str {
    match family {
        Family::Glibc => "glibc",
        Family::Musl => "musl",
    }
}

/// A release as people write it: "2.36", "1.2.3".
pub fn release(family: Family, release: Release) -> String {
    match family {
        Family::Glibc if release.2 == 0 => format!("{}.{}", release.0, release.1),
        _ => format!("{}.{}.{}", release.0, release.1, release.2),
    }
}

/// "glibc 2.36", "musl 1.2.3"; "glibc 2.43?" where the release was assumed.
pub fn loader(loader: &LoaderUsed) -> String {
    let doubt = if loader.release_known { "" } else { "?" };
    format!(
        "{} {}{doubt}",
        family(loader.family),
        release(loader.family, loader.release)
    )
}

/// A short name of an object: the file name of where it was found.
pub fn short(trace: &Trace, id: ObjectId) -> String {
    let object = trace.object(id);
    let name = object.path.file_name();
    show(if name.is_empty() { &object.name } else { name })
}

/// The path of an object, or the name it was asked by where it has none.
pub fn path(trace: &Trace, id: ObjectId) -> String {
    let object = trace.object(id);
    let path = object.path.as_bytes();
    show(if path.is_empty() { &object.name } else { path })
}

/// Why a place was tried, as a phrase: "RUNPATH of main".
pub fn rule(trace: &Trace, rule: &SearchRule) -> String {
    match rule {
        SearchRule::Given => "as given".into(),
        SearchRule::AsGiven => "a path, taken as it is".into(),
        SearchRule::Preload(source) => preload(*source).into(),
        SearchRule::Rpath { of } => format!("RPATH of {}", short(trace, *of)),
        SearchRule::LibraryPath => "LD_LIBRARY_PATH".into(),
        SearchRule::Runpath { of } => format!("RUNPATH of {}", short(trace, *of)),
        SearchRule::Cache => "ld.so.cache".into(),
        SearchRule::DefaultDirectory => "default directory".into(),
        SearchRule::PathFile => "musl's path file".into(),
        SearchRule::Interpreter => "the loader itself".into(),
        SearchRule::LibcItself => "part of musl's libc".into(),
        SearchRule::AlreadyLoaded(Identity::Name) => "already loaded under this name".into(),
        SearchRule::AlreadyLoaded(Identity::Soname) => "already loaded, by its soname".into(),
        SearchRule::AlreadyLoaded(Identity::Inode) => "already loaded, the same file".into(),
    }
}

fn preload(source: PreloadSource) -> &'static str {
    match source {
        PreloadSource::Variable => "LD_PRELOAD",
        PreloadSource::Option => "--preload",
        PreloadSource::File => "/etc/ld.so.preload",
    }
}

/// The fixed name of a rule of search, for programs.
pub fn rule_name(rule: &SearchRule) -> &'static str {
    match rule {
        SearchRule::Given => "given",
        SearchRule::AsGiven => "as-given",
        SearchRule::Preload(_) => "preload",
        SearchRule::Rpath { .. } => "rpath",
        SearchRule::LibraryPath => "library-path",
        SearchRule::Runpath { .. } => "runpath",
        SearchRule::Cache => "cache",
        SearchRule::DefaultDirectory => "default-directory",
        SearchRule::PathFile => "path-file",
        SearchRule::Interpreter => "interpreter",
        SearchRule::LibcItself => "libc-itself",
        SearchRule::AlreadyLoaded(_) => "already-loaded",
    }
}

/// What came of a place that was tried, as a phrase.
pub fn outcome(outcome: &ProbeOutcome) -> String {
    match outcome {
        ProbeOutcome::Found(_) => "found".into(),
        ProbeOutcome::Errno(errno) => errno.glibc_text().to_lowercase(),
        ProbeOutcome::Skipped(SkipReason::WrongClass) => "passed over: other word size".into(),
        ProbeOutcome::Skipped(SkipReason::WrongMachine { machine }) => {
            format!("passed over: for {}", machine_name(*machine))
        }
        ProbeOutcome::Fatal => "refused: the search ends here".into(),
        ProbeOutcome::KnownAbsent => "not tried: no such directory".into(),
    }
}

/// A step that went well. What a Go plugin's own code does before `plugin.Open` returns, no file tells.
pub fn went_well(outcome: &StepOutcome) -> String {
    let opened = outcome.go.as_ref().filter(|go| go.plugin_path.is_some());
    match opened {
        Some(go) if go.go_type.is_none() && !go.already_open && go.compared > 0 => {
            match go.init_tasks {
                Some(0) => "ok".into(),
                Some(1) => "ok, unless its init task fails".into(),
                Some(tasks) => format!("ok, unless one of {tasks} init tasks fails"),
                None => "ok, unless one of its init functions fails".into(),
            }
        }
        _ => "ok".into(),
    }
}

/// A step in the step language: what `--then` takes.
pub fn step(step: &Step) -> String {
    match step {
        Step::Dlopen { name, flags, from } => format!(
            "dlopen {}{}{}",
            word(name),
            self::flags(*flags),
            origin(from.as_deref())
        ),
        Step::Dlmopen { name, flags, from } => format!(
            "dlmopen {}{}{}",
            word(name),
            self::flags(*flags),
            origin(from.as_deref())
        ),
        Step::Dlsym {
            handle,
            name,
            version,
        } => {
            let version = version
                .as_ref()
                .map_or(String::new(), |version| format!("@{}", show(version)));
            format!("dlsym {} {}{version}", self::handle(*handle), word(name))
        }
        Step::Dlclose { handle } => format!("dlclose {handle}"),
        Step::Setenv { key, value } => format!("setenv {} {}", word(key), word(value)),
        Step::PluginOpen { path } => format!("plugin.Open {}", word(path)),
        Step::Lookup {
            plugin,
            name,
            go_type,
        } => match go_type {
            None => format!("Lookup {plugin} {}", word(name)),
            Some(go_type) => format!("Lookup {plugin} '{}:{}'", show(name), show(go_type)),
        },
    }
}

fn origin(from: Option<&[u8]>) -> String {
    from.map_or(String::new(), |from| format!(" from {}", word(from)))
}

fn word(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "\"\"".into()
    } else {
        show(bytes)
    }
}

fn handle(handle: Handle) -> String {
    match handle {
        Handle::Step(step) => step.to_string(),
        Handle::Default => "default".into(),
        Handle::Next => "next".into(),
    }
}

fn flags(flags: DlopenFlags) -> String {
    let names = [
        (flags.now, "now"),
        (flags.lazy, "lazy"),
        (flags.global, "global"),
        (flags.noload, "noload"),
        (flags.nodelete, "nodelete"),
        (flags.deepbind, "deepbind"),
    ];
    let set: Vec<&str> = names
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    if set.is_empty() {
        " none".into()
    } else {
        format!(" {}", set.join(","))
    }
}
