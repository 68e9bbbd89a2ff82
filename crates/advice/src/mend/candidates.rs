//! What could help, by what is wrong; the least change first.

use sayso_edit::elf::Edit;
use sayso_facts::elf::{Image, df_1, gnu_hash, pt};
use sayso_loader::request::Family;
use sayso_loader::{Object, ObjectId};
use sayso_world::{FileKind, TargetPath};

use super::{Action, Step, editable};
use crate::causes::{self, Cause};
use crate::context::{Context, Lost};
use crate::show::show;

/// Libraries of one folder that are asked whether they define a symbol.
const NEIGHBOURS_MAX: usize = 256;

/// Everything that the troubles of a trace suggest, those of the first trouble first.
pub(super) fn of(context: &Context<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    interpreter(context, &mut steps);
    permissions(context, &mut steps);
    for lost in context.lost() {
        for cause in &lost.causes {
            not_found(context, lost, cause, &mut steps);
        }
        without_it(context, lost, &mut steps);
    }
    flags(context, &mut steps);
    versions(context, &mut steps);
    symbols(context, &mut steps);
    steps
}

fn edit(file: TargetPath, edits: Vec<Edit>, why: String) -> Step {
    Step {
        actions: vec![Action::Edit { file, edits }],
        why,
    }
}

/// The object that asked; the program where nobody did.
fn asker<'a>(context: &Context<'a>, id: Option<ObjectId>) -> Option<&'a Object> {
    match id {
        Some(id) => Some(context.trace.object(id)),
        None => context.subject(),
    }
}

/// `$ORIGIN` and the way to a folder, where both belong to one tree that could be moved; else the folder itself.
fn from_origin(object: &TargetPath, folder: &TargetPath) -> Vec<u8> {
    let parts = |path: &TargetPath| -> Vec<Vec<u8>> {
        path.as_bytes()
            .split(|&b| b == b'/')
            .filter(|p| !p.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (from, to) = (parts(&object.parent()), parts(folder));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let is_system = matches!(
        from.first().map(Vec::as_slice),
        Some(b"usr" | b"lib" | b"lib64" | b"bin" | b"sbin")
    ) && common < 3;
    if common == 0 || is_system {
        return folder.as_bytes().to_vec();
    }
    let mut path = b"$ORIGIN".to_vec();
    for _ in common..from.len() {
        path.extend_from_slice(b"/..");
    }
    for part in &to[common..] {
        path.push(b'/');
        path.extend_from_slice(part);
    }
    path
}

fn not_found(context: &Context<'_>, lost: &Lost<'_>, cause: &Cause, steps: &mut Vec<Step>) {
    let Some(object) = asker(context, lost.asker) else {
        return;
    };
    let Some(file) = editable(context, &object.path) else {
        return;
    };
    let name = lost.name;
    let reach = |path: &TargetPath, steps: &mut Vec<Step>| {
        let folder = path.parent();
        let directory = from_origin(&object.path, &folder);
        let why = format!(
            "{} asks for {}, which lies in {}",
            show(&object.path),
            show(name),
            show(&folder)
        );
        let short = path.file_name();
        if name.contains(&b'/') {
            let edits = vec![Edit::ReplaceNeeded(name.to_vec(), short.to_vec())];
            steps.push(edit(file.clone(), edits.clone(), why.clone()));
            steps.push(edit(
                file.clone(),
                [edits, vec![Edit::AddRunPath(directory)]].concat(),
                why,
            ));
        } else {
            steps.push(edit(file.clone(), vec![Edit::AddRunPath(directory)], why));
        }
    };
    match cause {
        Cause::NotInherited { path, .. } => reach(path, steps),
        Cause::Elsewhere { paths } => paths.iter().for_each(|path| reach(path, steps)),
        Cause::StaleCache { path } => steps.push(Step {
            actions: vec![Action::Refresh {
                directory: path.parent(),
            }],
            why: format!(
                "{} lies in a directory of ld.so.conf, and the cache does not list it",
                show(path)
            ),
        }),
        Cause::Unreadable {
            path, directory, ..
        } => steps.extend(readable(context, path, directory.as_ref())),
        _ => {}
    }
    // A path in a need counts only where it is; the bare name is looked for everywhere.
    if let Some(slash) = name.iter().rposition(|&b| b == b'/') {
        let short = name[slash + 1..].to_vec();
        let why = format!(
            "{} asks for {} by its path, which is not there",
            show(&object.path),
            show(name)
        );
        steps.push(edit(
            file.clone(),
            vec![Edit::ReplaceNeeded(name.to_vec(), short)],
            why,
        ));
    }
}

/// Permissions that let it be read.
fn readable(
    context: &Context<'_>,
    path: &TargetPath,
    directory: Option<&TargetPath>,
) -> Option<Step> {
    let path = directory.unwrap_or(path);
    let canonical = context.session.world().canonical(path).ok()?;
    let stat = context.session.lookup(&canonical).ok()?;
    let more = if stat.kind == FileKind::Directory {
        0o555
    } else {
        0o444
    };
    let mode = (stat.mode & 0o7777) | more;
    Some(Step {
        why: format!("{} is there, and may not be read", show(path)),
        actions: vec![Action::Mode {
            path: canonical,
            mode,
        }],
    })
}

/// Needing it no more: the last resort, and only where it loads without.
fn without_it(context: &Context<'_>, lost: &Lost<'_>, steps: &mut Vec<Step>) {
    let Some(object) = asker(context, lost.asker)
        .filter(|object| object.image.needed().any(|name| name == lost.name))
    else {
        return;
    };
    // Whatever it lacks is what the library would have brought.
    let lacks_symbols = context
        .trace
        .unbound_lazily
        .iter()
        .any(|symbol| symbol.by == object.id)
        || context
            .missing_symbols()
            .iter()
            .any(|missing| missing.id == Some(object.id));
    if lacks_symbols {
        return;
    }
    let image = &object.image;
    // Versions of a file that nobody brings end ld.so with an assertion.
    if image
        .version_needs()
        .iter()
        .any(|need| image.string(need.file) == lost.name)
        && context.family() == Family::Glibc
    {
        return;
    }
    if let Some(file) = editable(context, &object.path) {
        let why = format!(
            "{} asks for {} and uses nothing of it",
            show(&object.path),
            show(lost.name)
        );
        steps.push(edit(
            file,
            vec![Edit::RemoveNeeded(lost.name.to_vec())],
            why,
        ));
    }
}

/// The right to execute the program, its loader or its script's interpreter, and to search the folders on the way.
fn permissions(context: &Context<'_>, steps: &mut Vec<Step>) {
    if !context.met("kernel/denied") {
        return;
    }
    let mut paths = vec![context.subject_path()];
    for event in &context.trace.events {
        if let sayso_loader::Event::ScriptInterpreter { interpreter, .. } = event {
            paths.push(interpreter.clone());
        }
    }
    let images: Vec<_> = paths
        .iter()
        .filter_map(|path| context.image(path))
        .collect();
    paths.extend(
        images
            .iter()
            .filter_map(|image| image.interpreter())
            .map(TargetPath::new),
    );
    for path in paths {
        let mut place = path.join_to(&context.session.world().machine().working_directory);
        let mut is_file = true;
        while place.as_bytes().len() > 1 {
            // What may not be searched hides what is in it: the outermost folder that is closed comes first.
            if let Ok(stat) = context.session.lookup(&place)
                && stat.mode & 0o111 != 0o111
                && (stat.kind == FileKind::Regular) == is_file
                && let Ok(canonical) = context.session.world().canonical(&place)
            {
                let what = if is_file { "executed" } else { "searched" };
                let mode = (stat.mode & 0o7777) | 0o111;
                steps.push(Step {
                    actions: vec![Action::Mode {
                        path: canonical,
                        mode,
                    }],
                    why: format!("{} may not be {what} by everybody", show(&place)),
                });
            }
            place = place.parent();
            is_file = false;
        }
    }
}

/// A loader of the right kind that is here, for a program whose own is not.
fn interpreter(context: &Context<'_>, steps: &mut Vec<Step>) {
    if !context.met("kernel/not-found") {
        return;
    }
    let path = context.subject_path();
    let Some((image, file)) = context.image(&path).zip(editable(context, &path)) else {
        return;
    };
    let Some(old) = image
        .interpreter()
        .map(TargetPath::new)
        .filter(|old| context.stat(old).is_none())
    else {
        return;
    };
    for other in loaders_here(context, &image) {
        let why = format!(
            "the loader that it names, {}, is not here; {} is",
            show(&old),
            show(&other)
        );
        steps.push(edit(
            file.clone(),
            vec![Edit::SetInterpreter(other.as_bytes().to_vec())],
            why,
        ));
    }
}

/// Loaders at the usual places that are built for the program's machine, of its own C library first.
fn loaders_here(context: &Context<'_>, program: &Image) -> Vec<TargetPath> {
    const PLACES: &[&str] = &["/lib64", "/lib", "/usr/lib64", "/usr/lib"];
    let is_musl = program
        .needed()
        .any(|name| name.starts_with(b"libc.musl-") || name == b"libc.so");
    let mut found: Vec<TargetPath> = Vec::new();
    for folder in PLACES {
        let Ok(entries) = context.session.world().list(&TargetPath::from(*folder)) else {
            continue;
        };
        let loader = |name: &[u8]| {
            let glibc = name.starts_with(b"ld-linux") || name.starts_with(b"ld64.so");
            if is_musl {
                name.starts_with(b"ld-musl-")
            } else {
                glibc
            }
        };
        for entry in entries.iter().filter(|entry| loader(&entry.name)) {
            let path = TargetPath::from(*folder).join(&entry.name);
            let fits = context.image(&path).is_some_and(|image| {
                image.header().machine == program.header().machine
                    && image.class() == program.class()
            });
            if fits && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// Flags that forbid what is asked.
fn flags(context: &Context<'_>, steps: &mut Vec<Step>) {
    let cases: [(&[&'static str], Edit, &str); 2] = [
        (
            &["glibc/execstack-refused"],
            Edit::ClearExecutableStack,
            "asks for an executable stack",
        ),
        (
            &["glibc/noopen"],
            Edit::ClearFlags1(df_1::NOOPEN),
            "forbids dlopen",
        ),
    ];
    for (ids, change, words) in cases {
        for trouble in context
            .troubles()
            .iter()
            .filter(|trouble| ids.contains(&trouble.failure.message.id))
        {
            let object = TargetPath::new(trouble.failure.field("object").unwrap_or_default());
            let path = match context.object_called(object.as_bytes()) {
                Some(id) => context.trace.object(id).path.clone(),
                None => object,
            };
            if let Some(file) = editable(context, &path) {
                steps.push(edit(
                    file,
                    vec![change.clone()],
                    format!("{} {words}", show(&path)),
                ));
            }
        }
    }
    for object in context.mapped() {
        let has = object
            .image
            .dynamic()
            .is_some_and(|dynamic| dynamic.flags_1 & df_1::NODEFLIB != 0);
        if let (true, Some(file)) = (
            has && !context.lost().is_empty(),
            editable(context, &object.path),
        ) {
            let why = format!("{} forbids the default directories", show(&object.path));
            steps.push(edit(file, vec![Edit::ClearFlags1(df_1::NODEFLIB)], why));
        }
    }
}

/// Another copy of the library that has the version, in front of the one that lacks it.
fn versions(context: &Context<'_>, steps: &mut Vec<Step>) {
    for trouble in context.troubles_with(&["glibc/version-not-found"]) {
        let Some(old) = context.object_called(trouble.failure.field("object").unwrap_or_default())
        else {
            continue;
        };
        let (old, version) = (
            context.trace.object(old),
            trouble.failure.field("version").unwrap_or_default(),
        );
        let has_version = |path: &TargetPath| {
            context.image(path).is_some_and(|image| {
                image
                    .version_definitions()
                    .iter()
                    .any(|d| image.string(d.name) == version)
            })
        };
        for path in causes::copies_of(context, &old.name, &old.path)
            .iter()
            .filter(|path| has_version(path))
        {
            // Whoever asks first decides which copy everybody gets.
            let Some((object, file)) = asker(context, old.needed_by)
                .and_then(|object| Some((object, editable(context, &object.path)?)))
            else {
                continue;
            };
            let directory = from_origin(&object.path, &path.parent());
            let why = format!(
                "{} has {}, and {} lacks it",
                show(path),
                show(version),
                show(&old.path)
            );
            steps.push(edit(file, vec![Edit::PrependRunPath(directory)], why));
        }
    }
}

/// A library that defines what is missing, beside the object that misses it or beside the program.
fn symbols(context: &Context<'_>, steps: &mut Vec<Step>) {
    for missing in context.missing_symbols() {
        let Some(object) = missing.id.map(|id| context.trace.object(id)) else {
            continue;
        };
        let (Some(file), Some((symbol, _))) =
            (editable(context, &object.path), missing.symbols.first())
        else {
            continue;
        };
        let mut folders = vec![object.path.parent()];
        folders.extend(context.subject().map(|subject| subject.path.parent()));
        for library in folders
            .iter()
            .flat_map(|folder| providers(context, folder, symbol, object))
        {
            let Some(image) = context.image(&library) else {
                continue;
            };
            let name = image.soname().unwrap_or(library.file_name()).to_vec();
            let why = format!(
                "{} uses {}, which {} defines, and does not ask for it",
                show(&object.path),
                show(symbol),
                show(&library)
            );
            let need = Edit::AddNeeded(name);
            steps.push(edit(file.clone(), vec![need.clone()], why.clone()));
            let directory = from_origin(&object.path, &library.parent());
            steps.push(edit(
                file.clone(),
                vec![need, Edit::AddRunPath(directory)],
                why,
            ));
        }
    }
}

/// Libraries of a folder that define a symbol, for the same machine.
fn providers(
    context: &Context<'_>,
    folder: &TargetPath,
    symbol: &[u8],
    object: &Object,
) -> Vec<TargetPath> {
    let entries = context.session.world().list(folder).unwrap_or_default();
    let is_library = |name: &[u8]| name.windows(3).any(|part| part == b".so");
    let hash = gnu_hash(symbol);
    let defines = |path: &TargetPath| {
        context.image(path).is_some_and(|image| {
            image.header().machine == object.image.header().machine
                && image.first_segment(pt::INTERP).is_none()
                && image
                    .lookup(symbol, hash)
                    .any(|index| image.symbol(index).is_some_and(|s| !s.is_undefined()))
        })
    };
    entries
        .iter()
        .filter(|entry| is_library(&entry.name))
        .take(NEIGHBOURS_MAX)
        .map(|entry| folder.join(&entry.name))
        .filter(|path| *path != object.path && defines(path))
        .collect()
}
