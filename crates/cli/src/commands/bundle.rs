//! `sayso bundle FILE DIR`: everything that a program or plugin loads, in a folder that loads on its own.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use sayso_advice::bundle::{self, Bundle, Shape, Wanted};
use sayso_advice::{Level, show};
use sayso_loader::Session;
use sayso_report::fix::Bundled;
use sayso_report::{Outcome, json, text};
use sayso_world::root::Root;
use sayso_world::{Credentials, TargetPath, World};

use crate::arguments::{Common, OutputFormat};
use crate::{Status, judge, machine, output};

#[derive(Debug, Args)]
pub(crate) struct BundleArguments {
    /// A program, or a plugin
    pub(crate) file: OsString,
    /// The folder to make; it must not exist, or be empty
    pub(crate) folder: OsString,
    /// Make a whole root for an image that starts from nothing (FROM scratch): with the loader and the C library
    #[arg(long)]
    pub(crate) scratch: bool,
    /// A library that stays out (`libGL.so.1`, `libcuda*`; may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) leave_out: Vec<OsString>,
    /// Libraries that dlopen notes only suggest come along, too
    #[arg(long)]
    pub(crate) with_suggested: bool,
    /// No licence files
    #[arg(long)]
    pub(crate) no_licences: bool,
}

pub(crate) fn run(arguments: &BundleArguments, common: &Common) -> anyhow::Result<Status> {
    let named = TargetPath::new(arguments.file.as_bytes());
    let folder = PathBuf::from(&arguments.folder);
    must_be_new(&folder)?;
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let mut answer = judge::file(&session, common, &named, Level::Error);
    let (names, not_found) = suggested(&session, arguments, &answer);
    if !names.is_empty() {
        answer.request = bundle::with_dlopen(&answer.request, &names);
        answer.trace = session.predict(&answer.request);
    }
    let shape = if arguments.scratch {
        Shape::Root
    } else {
        Shape::Folder
    };
    let left_out = arguments
        .leave_out
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let wanted = Wanted { shape, left_out };
    let shown = show(&named);
    let mut plan = bundle::plan(&session, &answer.request, &answer.trace, &wanted)
        .map_err(|why| anyhow::anyhow!("{shown}: {why}"))?;
    plan.not_found = not_found;
    let (licences, orphans) = if arguments.no_licences {
        (Vec::new(), Vec::new())
    } else {
        bundle::licences(&session, &plan)
    };
    let draft = Draft::beside(&folder)?;
    write(&draft.0, &plan)?;
    for licence in &licences {
        let to = draft.0.join("licences").join(&licence.to);
        put(&to, &licence.bytes, 0o644)?;
    }
    let after = checked(&draft.0, &folder, &plan, &*world, arguments, common)?;
    draft.take_place_of(&folder)?;
    let mut packages: Vec<String> = licences
        .into_iter()
        .map(|licence| licence.package)
        .collect();
    packages.dedup();
    let bundled = Bundled {
        named,
        folder: show(folder.as_os_str().as_bytes()),
        bundle: plan,
        licences: packages,
        without_licence: orphans,
        after,
    };
    match common.format {
        OutputFormat::Json => output::print(&json::bundle(&bundled))?,
        _ => output::print(&text::bundle(&bundled, &output::style(common)))?,
    }
    Ok(if bundled.after.outcome() == Outcome::Loads {
        Status::Fine
    } else {
        Status::Failed
    })
}

fn must_be_new(folder: &Path) -> anyhow::Result<()> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => ensure!(
            entries.next().is_none(),
            "{} is not empty: name a folder that does not exist yet",
            folder.display()
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => bail!("{}: {error}", folder.display()),
    }
    Ok(())
}

/// One entry of a `.note.dlopen` array.
#[derive(serde::Deserialize)]
struct Note {
    soname: Vec<String>,
    #[serde(default)]
    priority: Option<String>,
}

/// What dlopen notes ask for and is here, and what is not.
fn suggested(
    session: &Session<'_>,
    arguments: &BundleArguments,
    answer: &sayso_report::Answer,
) -> (Vec<String>, Vec<(String, String)>) {
    let read = |text: &[u8]| -> Vec<(String, Vec<String>)> {
        let notes: Vec<Note> = serde_json::from_slice(text).unwrap_or_default();
        let priority = |note: &Note| {
            note.priority
                .clone()
                .unwrap_or_else(|| "recommended".into())
        };
        notes
            .into_iter()
            .map(|note| (priority(&note), note.soname))
            .collect()
    };
    let (mut names, mut not_found) = (Vec::new(), Vec::new());
    for (priority, sonames) in bundle::dlopened(&answer.trace, read) {
        if priority == "suggested" && !arguments.with_suggested {
            continue;
        }
        let here = sonames.iter().find(|name| {
            let request = bundle::with_dlopen(&answer.request, std::slice::from_ref(name));
            let trace = session.predict(&request);
            trace
                .steps
                .last()
                .is_some_and(|step| step.failure.is_none())
        });
        match here {
            Some(name) => names.push(name.clone()),
            None => not_found.push((sonames.join(" or "), priority)),
        }
    }
    (names, not_found)
}

/// A folder without its final name; removed unless it gets one.
struct Draft(PathBuf);

impl Draft {
    fn beside(folder: &Path) -> anyhow::Result<Draft> {
        let mut name = OsString::from(".");
        name.push(
            folder
                .file_name()
                .with_context(|| format!("{} has no name", folder.display()))?,
        );
        name.push(format!(".sayso-{}", std::process::id()));
        let path = folder.with_file_name(name);
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Draft(path))
    }
    fn take_place_of(&self, folder: &Path) -> anyhow::Result<()> {
        // rename(2) takes an empty folder's place.
        std::fs::rename(&self.0, folder).with_context(|| folder.display().to_string())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn put(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .with_context(|| path.display().to_string())
}

fn write(folder: &Path, plan: &Bundle) -> anyhow::Result<()> {
    let inside = |path: &[u8]| folder.join(OsString::from_vec(path.to_vec()));
    for piece in &plan.pieces {
        put(&inside(&piece.to), &piece.bytes, piece.mode)?;
    }
    for (path, target) in &plan.links {
        let path = inside(path);
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        std::os::unix::fs::symlink(OsString::from_vec(target.clone()), &path)
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Judges the folder as it is: a root alone in its world, a folder on the same machine without the user's environment.
fn checked(
    draft: &Path,
    folder: &Path,
    plan: &Bundle,
    world: &dyn World,
    arguments: &BundleArguments,
    common: &Common,
) -> anyhow::Result<sayso_report::Answer> {
    let subject = &plan.pieces.first().context("nothing was collected")?.to;
    let mut bare = world.machine().clone();
    bare.environment.clear();
    if arguments.scratch {
        bare.working_directory = TargetPath::new("/");
        bare.credentials = Credentials::root();
        let root = Root::open(draft.as_os_str().as_bytes(), bare)
            .map_err(|errno| anyhow::anyhow!("{}: {}", folder.display(), errno.glibc_text()))?;
        let path = TargetPath::new([b"/".as_slice(), subject].concat());
        return Ok(judge::file(
            &Session::new(&root),
            common,
            &path,
            Level::Error,
        ));
    }
    // The libraries that stay out are the machine's; the folder lies in an overlay of it where nothing else is.
    let mut overlay = sayso_world::overlay::Overlay::new(world);
    *overlay.machine_mut() = bare;
    let place = TargetPath::from("/sayso-bundle");
    for piece in &plan.pieces {
        overlay
            .file(&place.join(&piece.to), piece.bytes.clone())
            .map_err(|errno| anyhow::anyhow!("{}", errno.glibc_text()))?;
    }
    let path = place.join(subject);
    Ok(judge::file(
        &Session::new(&overlay),
        common,
        &path,
        Level::Error,
    ))
}
