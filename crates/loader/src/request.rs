//! What is asked of the loader: start this, and then these steps.

use sayso_world::TargetPath;

/// Start something, and then carry out the steps one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is started.
    pub start: Start,
    /// What the started process then does.
    pub steps: Vec<Step>,
    /// The loader to use where the file does not say (a library alone); `None`: found out from the world.
    pub loader: Option<Family>,
    /// Release to model instead of the one read from the world's own loader.
    pub release: Option<Release>,
}

/// A loader family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// glibc's ld.so
    Glibc,
    /// musl's ldso
    Musl,
}

/// A release of a loader, e.g. glibc 2.36 or musl 1.2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release(pub u16, pub u16, pub u16);

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// `execve(path, argv, environment)`. `argv` holds argv\[0\] too. `path` may be relative to the working directory.
    Exec {
        /// The file given to execve.
        path: TargetPath,
        /// Arguments, argv\[0\] first.
        arguments: Vec<Vec<u8>>,
    },
    /// A shared library alone: judged as the first thing a bare process of its loader's family would `dlopen(path, RTLD_NOW)`.
    /// Symbols that nobody in its own tree defines are expected from its host, not failures.
    Library(TargetPath),
}

/// One thing that the process does after it has started. Steps are numbered from 1 in texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `dlopen(name, flags)`, called from an object (by soname, file name or path; `None`: the program).
    Dlopen {
        /// The name as given; empty means NULL.
        name: Vec<u8>,
        /// Flags
        flags: DlopenFlags,
        /// The object whose code calls.
        from: Option<Vec<u8>>,
    },
    /// `dlmopen(LM_ID_NEWLM, name, flags)`.
    Dlmopen {
        /// name
        name: Vec<u8>,
        /// flags
        flags: DlopenFlags,
        /// the object whose code calls
        from: Option<Vec<u8>>,
    },
    /// `dlsym(handle of step N, name)`; `version` makes it `dlvsym`.
    Dlsym {
        /// The step (1-based) that gave the handle.
        handle: Handle,
        /// symbol
        name: Vec<u8>,
        /// version
        version: Option<Vec<u8>>,
    },
    /// `dlclose(handle of step N)`.
    Dlclose {
        /// The step (1-based) that gave the handle.
        handle: usize,
    },
    /// `setenv(key, value, 1)` inside the process.
    Setenv {
        /// key
        key: Vec<u8>,
        /// value
        value: Vec<u8>,
    },
    /// Go's `plugin.Open(path)`, called by the started program.
    PluginOpen {
        /// The path as given.
        path: Vec<u8>,
    },
    /// Go's `Lookup(name)` on the plugin of step N, and the type assertion on what it returns.
    Lookup {
        /// The `plugin.Open` step (1-based) that gave the plugin.
        plugin: usize,
        /// The symbol's name.
        name: Vec<u8>,
        /// The type that the program asserts, as Go prints it with `%T`; `None`: it asserts none.
        go_type: Option<Vec<u8>>,
    },
}

/// What a `dlsym` step looks in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handle {
    /// The handle that step N (1-based) returned.
    Step(usize),
    /// `RTLD_DEFAULT`, called from the program.
    Default,
    /// `RTLD_NEXT`, called from the program.
    Next,
}

/// `dlopen` flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DlopenFlags {
    /// `RTLD_NOW`
    pub now: bool,
    /// `RTLD_LAZY` (neither of the two is an error of its own)
    pub lazy: bool,
    /// `RTLD_GLOBAL`
    pub global: bool,
    /// `RTLD_NOLOAD`
    pub noload: bool,
    /// `RTLD_NODELETE`
    pub nodelete: bool,
    /// `RTLD_DEEPBIND`
    pub deepbind: bool,
}
