//! Drawing a world: its files, what stands in them, and what is done with it.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

/// Folders where libraries lie, or are looked for in vain.
const FOLDERS: &[&str] = &[
    "/x",
    "/x",
    "/x",
    "/y",
    "/y",
    "/app/lib",
    "/lib",
    "/usr/lib",
    "/x/glibc-hwcaps/x86-64-v2",
    "/x/tls",
];
/// Names of libraries.
const NAMES: &[&str] = &["liba.so", "libb.so", "libc0.so", "libd.so.1"];
/// What run paths and `LD_LIBRARY_PATH` are made of.
const ELEMENTS: &[&str] = &[
    "/x",
    "/y",
    "/x",
    "/y",
    "/app/lib",
    "$ORIGIN",
    "${ORIGIN}/lib",
    "$ORIGIN/../y",
    "/none",
    "",
    "x",
    "/x/",
    "/y/$LIB",
    "$ORIGINAL",
    "/app/../x",
];
/// How a need is written before its name.
const PREFIXES: &[&str] = &[
    "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "",
    "/x/", "/y/", "$ORIGIN/", "x/", "./",
];
const SYMBOLS: &[&str] = &["f", "g", "h"];
const VERSIONS: &[&str] = &["V1", "V2"];

/// A name that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Need {
    pub(super) prefix: &'static str,
    pub(super) name: &'static str,
}

#[derive(Debug, Clone)]
pub(super) struct Undefined {
    pub(super) symbol: &'static str,
    pub(super) version: Option<&'static str>,
    pub(super) weak_version: bool,
    /// The need (by number) whose version it is.
    pub(super) of: prop::sample::Index,
    pub(super) kind: &'static str,
    pub(super) weak: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Defined {
    pub(super) symbol: &'static str,
    pub(super) version: Option<(&'static str, bool)>,
    pub(super) marks: &'static str,
}

/// What an ELF file of the world says.
#[derive(Debug, Clone)]
pub(super) struct Elf {
    pub(super) needs: Vec<Need>,
    pub(super) soname: Option<&'static str>,
    pub(super) paths: Option<(bool, Vec<&'static str>)>,
    pub(super) imports: Vec<Undefined>,
    pub(super) exports: Vec<Defined>,
    pub(super) extra: &'static str,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Library(Elf),
    /// A fault, in the format's words.
    Faulty(&'static str),
    Link(&'static str, &'static str),
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Open(Need, &'static str),
    /// In a namespace of its own (glibc only).
    OpenApart(Need),
    Symbol(prop::sample::Index, &'static str),
    Close(prop::sample::Index),
}

/// A world, before it is written.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) program: Elf,
    pub(super) files: Vec<(&'static str, &'static str, Kind)>,
    pub(super) library_path: Option<Vec<&'static str>>,
    pub(super) preload: Option<Need>,
    pub(super) bind_now: bool,
    pub(super) directory: &'static str,
    pub(super) user: bool,
    /// The program has the set-user-ID bit of user 0.
    pub(super) set_user: bool,
    /// The files are in `ld.so.cache` (of glibc).
    pub(super) cached: bool,
    pub(super) steps: Vec<Step>,
}

fn need() -> impl Strategy<Value = Need> {
    (select(PREFIXES), select(NAMES)).prop_map(|(prefix, name)| Need { prefix, name })
}

fn undefined() -> impl Strategy<Value = Undefined> {
    (
        select(SYMBOLS),
        weighted(0.3, select(VERSIONS)),
        prop::bool::weighted(0.2),
        any::<prop::sample::Index>(),
        select(&["", "", "!data", "!none", "!none", "!data", "!tls"][..]),
        prop::bool::weighted(0.7),
    )
        .prop_map(
            |(symbol, version, weak_version, of, kind, weak)| Undefined {
                symbol,
                version,
                weak_version,
                of,
                kind,
                weak,
            },
        )
}

/// Mostly where the libraries are: a world in which nothing is found tells little.
fn library_path() -> impl Strategy<Value = Option<Vec<&'static str>>> {
    prop_oneof![
        8 => Just(Some(vec!["/x", "/y", "/app/lib"])),
        3 => vec(select(ELEMENTS), 1..4).prop_map(Some),
        2 => Just(None),
    ]
}

fn defined() -> impl Strategy<Value = Defined> {
    let marks = &[
        "",
        "",
        "",
        "",
        "!weak",
        "!unique",
        "!protected",
        "!hidden",
        "!data",
        "!data:16",
        "!tls",
    ][..];
    let version = weighted(0.4, (select(VERSIONS), prop::bool::weighted(0.7)));
    (select(SYMBOLS), version, select(marks)).prop_map(|(symbol, version, marks)| Defined {
        symbol,
        version,
        marks,
    })
}

fn elf() -> impl Strategy<Value = Elf> {
    let extra = &[
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "flags=now",
        "flags=bindnow",
        "flags=nodeflib",
        "symbolic",
        "flags=noopen",
        "hash=sysv",
        "flags=nodelete",
        "flags=global",
        "tls=16",
        "tls=700 ie",
        "tls=48:64 ie",
        "filter=liba.so",
        "auxiliary=libb.so",
        "auxiliary=libd.so.1",
    ][..];
    (
        vec(need(), 0..3),
        weighted(0.3, select(NAMES)),
        weighted(0.5, (any::<bool>(), vec(select(ELEMENTS), 0..3))),
        vec(undefined(), 0..3),
        vec(defined(), 0..3),
        select(extra),
    )
        .prop_map(|(needs, soname, paths, imports, exports, extra)| Elf {
            needs,
            soname,
            paths,
            imports,
            exports,
            extra,
        })
}

fn kind() -> impl Strategy<Value = Kind> {
    let faults = &[
        "lib class=32",
        "lib machine=183",
        "lib type=rel",
        "lib mode=0000",
        "dir",
        "text \"not an ELF file at all, but long enough that nobody calls it too short for a header\"",
        "text \"\"",
        "symlink -> loop",
        "lib without=dynamic",
        "lib patch=7:09",
    ][..];
    prop_oneof![
        32 => elf().prop_map(Kind::Library),
        2 => select(faults).prop_map(Kind::Faulty),
        1 => (select(FOLDERS), select(NAMES)).prop_map(|(folder, name)| Kind::Link(folder, name)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let flags = &[
        "now",
        "now",
        "lazy",
        "now,global",
        "lazy,global",
        "now,noload",
        "now,deepbind",
        "lazy,nodelete",
        "now,noload,global",
    ][..];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => need().prop_map(Step::OpenApart),
        5 => (need(), select(flags)).prop_map(|(need, flags)| Step::Open(need, flags)),
        2 => (index(), select(SYMBOLS)).prop_map(|(step, symbol)| Step::Symbol(step, symbol)),
        1 => index().prop_map(Step::Close),
    ]
}

/// Most strong references are to what somebody defines, in no version that nobody has: a world that ends at the first symbol tells
/// little about the others.
fn refer_to_what_is_there(plan: &mut Plan) {
    let mut defined: Vec<(&'static str, Option<&'static str>)> = Vec::new();
    for (_, _, kind) in &plan.files {
        if let Kind::Library(elf) = kind {
            let of = |export: &Defined| (export.symbol, export.version.map(|(version, _)| version));
            defined.extend(elf.exports.iter().map(of));
        }
    }
    let mend = |elf: &mut Elf| {
        for import in &mut elf.imports {
            import.weak |= !defined.iter().any(|(symbol, _)| *symbol == import.symbol);
            let wanted = import.version;
            if !defined
                .iter()
                .any(|(_, version)| wanted.is_some() && *version == wanted)
            {
                import.version = None;
            }
        }
    };
    mend(&mut plan.program);
    for (_, _, kind) in &mut plan.files {
        if let Kind::Library(elf) = kind {
            mend(elf);
        }
    }
}

/// Data of a library that a program refers to is copied into the program.
fn as_linked(program: &mut Elf) {
    for import in &mut program.imports {
        if import.kind == "!data" && !import.weak {
            import.kind = "!copy";
        }
    }
    // No linker makes a program a filter.
    if program.extra.starts_with("filter=") || program.extra.starts_with("auxiliary=") {
        program.extra = "";
    }
}

/// Most names that are asked for are those of files that are there, somewhere.
fn ask_for_what_is_there(plan: &mut Plan) {
    let names: Vec<&'static str> = plan.files.iter().map(|(_, name, _)| *name).collect();
    let mend = |position: usize, need: &mut Need| {
        if !names.contains(&need.name) {
            need.name = names[position % names.len()];
        }
    };
    plan.program
        .needs
        .iter_mut()
        .enumerate()
        .for_each(|(at, need)| mend(at, need));
    for (number, (_, _, kind)) in plan.files.iter_mut().enumerate() {
        if let Kind::Library(elf) = kind {
            let needs = elf.needs.iter_mut().enumerate();
            needs.for_each(|(at, need)| mend(number + at, need));
        }
    }
    for (number, step) in plan.steps.iter_mut().enumerate() {
        if let Step::Open(need, _) | Step::OpenApart(need) = step {
            mend(number, need);
        }
    }
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    (drawn(), prop::bool::weighted(0.8)).prop_map(|(mut plan, mended)| {
        as_linked(&mut plan.program);
        if mended {
            ask_for_what_is_there(&mut plan);
            refer_to_what_is_there(&mut plan);
        }
        plan
    })
}

fn drawn() -> impl Strategy<Value = Plan> {
    (
        (elf(), vec(need(), 1..3)).prop_map(|(mut elf, needs)| {
            elf.needs = needs;
            elf
        }),
        vec((select(FOLDERS), select(NAMES), kind()), 3..9),
        library_path(),
        weighted(0.15, need()),
        prop::bool::weighted(0.2),
        select(&["/", "/", "/x", "/app"][..]),
        (
            any::<bool>(),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.1),
        ),
        vec(step(), 0..5),
    )
        .prop_map(
            |(
                program,
                files,
                library_path,
                preload,
                bind_now,
                directory,
                (user, cached, set_user),
                steps,
            )| Plan {
                program,
                files,
                library_path,
                preload,
                bind_now,
                directory,
                user,
                set_user,
                cached,
                steps,
            },
        )
}
