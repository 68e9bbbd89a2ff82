//! A program or plugin with everything that it loads, as a folder that loads on its own.
//!
//! Two shapes. [`Shape::Folder`]: the program in the folder, its libraries in `lib/` beside it, found through `$ORIGIN`; the C
//! library stays the machine's own, because it must fit the machine's loader. [`Shape::Root`]: a root folder for an image that
//! starts from nothing, with the loader and the C library, every file at the path where the loader found it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use sayso_edit::elf::{Edit, apply};
use sayso_facts::elf::Image;
use sayso_loader::request::Family;
use sayso_loader::{Object, Request, Session, Start, Step, Trace, Verdict};
use sayso_world::limits::NAME_BYTES_MAX;
use sayso_world::{TargetPath, World, config};

use crate::context::Context;
use crate::packages::installed::{Installed, Manager};
use crate::show::show;

/// What the folder is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// To be put anywhere on a machine that has the C library.
    Folder,
    /// The whole root of an image.
    Root,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The shape.
    pub shape: Shape,
    /// Names of libraries that stay out, beside the C library's own in a [`Shape::Folder`]; `*` at the end stands for anything.
    pub left_out: Vec<Vec<u8>>,
}

/// One file of the bundle.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where it was found.
    pub from: TargetPath,
    /// Its path in the folder, without a leading slash.
    pub to: Vec<u8>,
    /// Its bytes, edited where it had to be.
    pub bytes: Bytes,
    /// Its mode.
    pub mode: u32,
    /// What was changed, in words; empty: a copy.
    pub changed: String,
}

/// The plan of a folder.
#[derive(Debug, Default)]
pub struct Bundle {
    /// Files, in the order in which the loader maps them.
    pub pieces: Vec<Piece>,
    /// Symbolic links: path in the folder, target.
    pub links: Vec<(Vec<u8>, Vec<u8>)>,
    /// Libraries that stay the machine's own.
    pub left_out: Vec<String>,
    /// Libraries that dlopen notes ask for and that are not here: name and priority.
    pub not_found: Vec<(String, String)>,
    /// What the user should know.
    pub remarks: Vec<String>,
}

/// Libraries of glibc itself: they must be of one build with the loader.
const GLIBC: &[&str] = &[
    "ld-linux",
    "ld64.so",
    "libc.so.6",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libresolv.so.2",
    "libutil.so.1",
    "libanl.so.1",
    "libnsl.so.1",
    "libnss_",
    "libthread_db.so.1",
    "libBrokenLocale.so.1",
    "libc_malloc_debug.so.0",
];

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.strip_suffix(b"*") {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// The C library's own, by name.
fn is_libc(name: &[u8], family: Family) -> bool {
    match family {
        Family::Glibc => GLIBC.iter().any(|known| name.starts_with(known.as_bytes())),
        Family::Musl => {
            name.starts_with(b"ld-musl-") || name.starts_with(b"libc.musl-") || name == b"libc.so"
        }
    }
}

/// The libraries that dlopen notes of a trace's objects name: the first name of each that is here, with its priority.
///
/// `notes` reads one note's JSON into (priority, names); this crate reads no JSON.
pub fn dlopened(
    trace: &Trace,
    notes: impl Fn(&[u8]) -> Vec<(String, Vec<String>)>,
) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for object in trace.objects.iter().filter(|object| !object.missing) {
        for note in object.image.dlopen_notes() {
            for wanted in notes(note) {
                if !found.contains(&wanted) {
                    found.push(wanted);
                }
            }
        }
    }
    found
}

/// The request with one `dlopen` a library more.
pub fn with_dlopen(request: &Request, names: &[String]) -> Request {
    let mut request = request.clone();
    let flags = sayso_loader::DlopenFlags {
        now: true,
        ..Default::default()
    };
    request.steps.extend(names.iter().map(|name| Step::Dlopen {
        name: name.clone().into_bytes(),
        flags,
        from: None,
    }));
    request
}

/// Works out the files of the folder. `Err` says why there can be no such folder.
///
/// # Errors
/// The program does not load as it is; two different files would get one name; an edit was refused.
pub fn plan(
    session: &Session<'_>,
    request: &Request,
    trace: &Trace,
    wanted: &Wanted,
) -> Result<Bundle, String> {
    if let Verdict::Fails { failure, .. } = &trace.verdict {
        return Err(format!(
            "it does not load here, so nobody can tell what belongs to it: {}",
            show(failure.text())
        ));
    }
    let context = Context::new(session, request, trace);
    let family = context.family();
    let mut bundle = Bundle::default();
    let mut taken: BTreeMap<Vec<u8>, TargetPath> = BTreeMap::new();
    let program = matches!(request.start, Start::Exec { .. });
    for object in context.mapped() {
        let name = object.path.file_name().to_vec();
        let stays = wanted
            .left_out
            .iter()
            .any(|pattern| matches(pattern, &object.name) || matches(pattern, &name))
            || (wanted.shape == Shape::Folder && is_libc(&name, family));
        if stays {
            bundle.left_out.push(show(&object.path));
            continue;
        }
        let from = canonical(&context, object);
        let to = place(&context, object, wanted.shape, program);
        if let Some(other) = taken.get(&to) {
            if *other != from {
                return Err(format!(
                    "{} and {} would both become {}",
                    show(other),
                    show(&from),
                    show(&to)
                ));
            }
            continue;
        }
        taken.insert(to.clone(), from.clone());
        let piece = piece(&context, object, from, to, wanted.shape, program)?;
        bundle.pieces.push(piece);
    }
    if wanted.shape == Shape::Root {
        loader(&context, &mut bundle)?;
    }
    Ok(bundle)
}

fn canonical(context: &Context<'_>, object: &Object) -> TargetPath {
    let world = context.session.world();
    let absolute = object.path.join_to(&world.machine().working_directory);
    world.canonical(&absolute).unwrap_or(absolute)
}

/// Where a file goes.
fn place(context: &Context<'_>, object: &Object, shape: Shape, program: bool) -> Vec<u8> {
    let is_subject = object.id.0 == 0;
    match shape {
        Shape::Root => {
            let absolute = object
                .path
                .join_to(&context.session.world().machine().working_directory);
            // `/app/bin/../lib/x` is one place with `/app/lib/x`, as long as no link is on the way.
            let folder = context
                .session
                .world()
                .canonical(&absolute.parent())
                .unwrap_or(absolute.parent());
            inside(&folder.join(absolute.file_name()))
        }
        Shape::Folder if is_subject => object.path.file_name().to_vec(),
        // A plugin's libraries lie beside it; a program's in a folder of their own. The name is the one it is asked for by.
        Shape::Folder => {
            let name = object
                .name
                .rsplit(|&b| b == b'/')
                .next()
                .unwrap_or(&object.name);
            if program {
                [b"lib/", name].concat()
            } else {
                name.to_vec()
            }
        }
    }
}

/// A path of the world as one in the folder.
fn inside(path: &TargetPath) -> Vec<u8> {
    let bytes = path.as_bytes().iter();
    bytes.skip_while(|&&b| b == b'/').copied().collect()
}

/// A whole file and its mode.
fn read(context: &Context<'_>, from: &TargetPath) -> Result<(Bytes, u32), String> {
    let session = context.session;
    let stat = session.lookup(from);
    let read = stat.and_then(|stat| Ok((session.world().read(&stat)?, stat.mode)));
    read.map_err(|errno| format!("{}: {}", show(from), errno.glibc_text()))
}

fn piece(
    context: &Context<'_>,
    object: &Object,
    from: TargetPath,
    to: Vec<u8>,
    shape: Shape,
    program: bool,
) -> Result<Piece, String> {
    let (mut bytes, mode) = read(context, &from)?;
    // A file that somebody exchanged meanwhile may be no ELF file any more.
    let image =
        Image::parse(bytes.clone()).map_err(|_| format!("{} is no ELF file", show(&from)))?;
    let (mut edits, mut changed) = (Vec::new(), String::new());
    if shape == Shape::Folder {
        edits = folder_edits(&image, object, program);
    }
    if !edits.is_empty() {
        let edited =
            apply(&image, &edits).map_err(|refusal| format!("{}: {refusal}", show(&from)))?;
        changed = edits.iter().map(words).collect::<Vec<_>>().join(", ");
        bytes = edited.bytes.into();
    }
    Ok(Piece {
        from,
        to,
        bytes,
        mode: mode & 0o755 | 0o444,
        changed,
    })
}

/// What makes a file find its libraries in the folder, wherever the folder is.
fn folder_edits(image: &Image, object: &Object, program: bool) -> Vec<Edit> {
    let mut edits: Vec<Edit> = image
        .needed()
        .filter_map(|name| {
            let slash = name.iter().rposition(|&b| b == b'/')?;
            Some(Edit::ReplaceNeeded(
                name.to_vec(),
                name[slash + 1..].to_vec(),
            ))
        })
        .collect();
    let needs_any = image
        .needed()
        .any(|name| !is_libc(name, Family::Glibc) && !is_libc(name, Family::Musl));
    let path: &[u8] = if program && object.id.0 == 0 {
        b"$ORIGIN/lib"
    } else {
        b"$ORIGIN"
    };
    let old = image.runpath().or(image.rpath());
    if needs_any && old != Some(path) {
        edits.push(Edit::SetRunpath(path.to_vec()));
    } else if !needs_any && old.is_some() {
        // Nothing is to be found through it, and it tells where the file was built.
        edits.push(Edit::RemoveRunPath);
    }
    edits
}

fn words(edit: &Edit) -> String {
    match edit {
        Edit::SetRunpath(path) => format!("run path {}", show(path)),
        Edit::RemoveRunPath => "run path removed".into(),
        Edit::ReplaceNeeded(old, new) => format!("needs {} instead of {}", show(new), show(old)),
        other => format!("{other:?}"),
    }
}

/// The program's loader at the path that the program names: in an image from nothing nobody else brings it.
fn loader(context: &Context<'_>, bundle: &mut Bundle) -> Result<(), String> {
    let Some(path) = context
        .subject()
        .and_then(|object| object.image.interpreter().map(TargetPath::new))
    else {
        return Ok(());
    };
    let world = context.session.world();
    let from = world
        .canonical(&path)
        .map_err(|errno| format!("{}: {}", show(&path), errno.glibc_text()))?;
    let inside = inside(&path);
    match bundle.pieces.iter().find(|piece| piece.from == from) {
        Some(piece) if piece.to == inside => {}
        Some(piece) => {
            let target = [b"/".as_slice(), &piece.to].concat();
            bundle.links.push((inside, target));
        }
        None => {
            let (bytes, _) = read(context, &from)?;
            bundle.pieces.push(Piece {
                from,
                to: inside,
                bytes,
                mode: 0o755,
                changed: String::new(),
            });
        }
    }
    Ok(())
}

/// A file with a licence, for the folder `licences` of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// The package whose it is.
    pub package: String,
    /// Its path in that folder.
    pub to: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// The licences of the packages that the pieces come from: the files that the packages brought for it, else the words of the package
/// database in a file of its own. With them the pieces for which there is neither.
pub fn licences(session: &Session<'_>, bundle: &Bundle) -> (Vec<Licence>, Vec<String>) {
    let world = session.world();
    let installed = Installed::of(world);
    let froms: BTreeSet<&TargetPath> = bundle.pieces.iter().map(|piece| &piece.from).collect();
    let mut found = Vec::new();
    let mut without = Vec::new();
    let mut done: BTreeMap<usize, bool> = BTreeMap::new();
    for from in froms {
        let real = world.canonical(from).unwrap_or_else(|_| from.clone());
        let is_told = installed.owner(&real).is_some_and(|number| {
            *done.entry(number).or_insert_with(|| {
                let licences = licences_of(world, &installed, number);
                let is_told = !licences.is_empty();
                found.extend(licences);
                is_told
            })
        });
        if !is_told {
            without.push(show(from));
        }
    }
    found.sort_by(|a: &Licence, b| a.to.cmp(&b.to));
    // Packages of several architectures have the same licence.
    found.dedup_by(|a, b| a.to == b.to);
    (found, without)
}

fn licences_of(world: &dyn World, installed: &Installed, number: usize) -> Vec<Licence> {
    let package = &installed.packages[number];
    // A name from a database becomes part of a path of this machine.
    let name = as_file_name(&package.name);
    let files = installed.licence_files(world, number);
    let read = |path: &TargetPath| {
        let bytes = config::read(world, path).ok()?;
        let to = match package.manager {
            Manager::Deb => format!("{name}.copyright"),
            Manager::Apk | Manager::Rpm => {
                format!("{name}/{}", as_file_name(&show(path.file_name())))
            }
        };
        Some(Licence {
            package: package.name.clone(),
            to,
            bytes,
        })
    };
    let mut licences: Vec<Licence> = files.iter().filter_map(read).collect();
    if let Some(words) = package.licence.as_ref().filter(|_| licences.is_empty()) {
        let text = format!(
            "{} {} brings no file with its licence. The package states it as:\n\n{words}\n",
            package.name, package.version
        );
        licences.push(Licence {
            package: package.name.clone(),
            to: format!("{name}.txt"),
            bytes: text.into(),
        });
    }
    licences
}

/// A text as the name of a file that is hidden nowhere and leads nowhere.
fn as_file_name(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._+-~".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = text.chars().take(NAME_BYTES_MAX / 2).map(plain).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => "_".into(),
        None => name,
    }
}
