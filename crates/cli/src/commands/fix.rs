//! `sayso fix FILE …`: edits that are proved before they are written.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use sayso_advice::{Level, show};
use sayso_edit::elf::{Edit, Edited, apply};
use sayso_edit::write::{self, Remark};
use sayso_facts::elf::{Image, df_1};
use sayso_loader::Session;
use sayso_report::fix::{Mended, differences};
use sayso_report::{Outcome, json, text};
use sayso_world::TargetPath;
use sayso_world::overlay::Overlay;

use crate::arguments::{Common, OutputFormat};
use crate::{Status, judge, machine, output};

#[derive(Debug, Args)]
pub(crate) struct Fix {
    /// Programs and libraries to change
    #[arg(required_unless_present = "command")]
    pub(crate) files: Vec<OsString>,
    /// Set DT_RUNPATH (and drop DT_RPATH)
    #[arg(long, value_name = "PATH", help_heading = "Edits")]
    pub(crate) set_runpath: Option<OsString>,
    /// Set DT_RPATH (and drop DT_RUNPATH): it counts for everything the file loads, before LD_LIBRARY_PATH
    #[arg(
        long,
        value_name = "PATH",
        help_heading = "Edits",
        conflicts_with = "set_runpath"
    )]
    pub(crate) set_rpath: Option<OsString>,
    /// Add directories behind the run path (may be repeated)
    #[arg(long, value_name = "PATH", help_heading = "Edits")]
    pub(crate) add_runpath: Vec<OsString>,
    /// Add directories before the run path (may be repeated)
    #[arg(long, value_name = "PATH", help_heading = "Edits")]
    pub(crate) prepend_runpath: Vec<OsString>,
    /// Remove DT_RUNPATH and DT_RPATH
    #[arg(long, help_heading = "Edits", conflicts_with_all = ["set_runpath", "set_rpath"])]
    pub(crate) remove_runpath: bool,
    /// Make the DT_RPATH a DT_RUNPATH
    #[arg(long, help_heading = "Edits", conflicts_with = "runpath_to_rpath")]
    pub(crate) rpath_to_runpath: bool,
    /// Make the DT_RUNPATH a DT_RPATH
    #[arg(long, help_heading = "Edits")]
    pub(crate) runpath_to_rpath: bool,
    /// Need a library more, behind the others (may be repeated)
    #[arg(long, value_name = "LIB", help_heading = "Edits")]
    pub(crate) add_needed: Vec<OsString>,
    /// Need a library more, before the others (may be repeated)
    #[arg(long, value_name = "LIB", help_heading = "Edits")]
    pub(crate) prepend_needed: Vec<OsString>,
    /// Need a library no more (may be repeated)
    #[arg(long, value_name = "LIB", help_heading = "Edits")]
    pub(crate) remove_needed: Vec<OsString>,
    /// Need another library instead (may be repeated)
    #[arg(long, value_name = "OLD=NEW", help_heading = "Edits")]
    pub(crate) replace_needed: Vec<OsString>,
    /// Set the library's own name
    #[arg(long, value_name = "NAME", help_heading = "Edits")]
    pub(crate) set_soname: Option<OsString>,
    /// Remove the library's own name
    #[arg(long, help_heading = "Edits", conflicts_with = "set_soname")]
    pub(crate) remove_soname: bool,
    /// Set the program's loader
    #[arg(long, value_name = "PATH", help_heading = "Edits")]
    pub(crate) set_interpreter: Option<OsString>,
    /// Ask for no executable stack
    #[arg(long, help_heading = "Edits")]
    pub(crate) clear_execstack: bool,
    /// Set a flag: now, nodelete, noopen, nodeflib, interpose, initfirst, origin (may be repeated)
    #[arg(long, value_name = "FLAG", value_parser = flag, help_heading = "Edits")]
    pub(crate) set_flag: Vec<u64>,
    /// Clear a flag (may be repeated)
    #[arg(long, value_name = "FLAG", value_parser = flag, help_heading = "Edits")]
    pub(crate) clear_flag: Vec<u64>,
    /// Need a version no more; its symbols take the library's default (may be repeated)
    #[arg(long, value_name = "VERSION", help_heading = "Edits")]
    pub(crate) drop_version: Vec<OsString>,
    /// Make a needed version weak: a warning where it is missing (may be repeated)
    #[arg(long, value_name = "VERSION", help_heading = "Edits")]
    pub(crate) weaken_version: Vec<OsString>,
    /// Give a version another name, where it is needed and defined (may be repeated)
    #[arg(long, value_name = "OLD=NEW", help_heading = "Edits")]
    pub(crate) rename_version: Vec<OsString>,
    /// Add a .note.dlopen with this JSON array (may be repeated)
    #[arg(long, value_name = "JSON", help_heading = "Edits")]
    pub(crate) add_dlopen_note: Vec<OsString>,
    /// Work out the smallest change that makes it load, show it, and make it if you say yes
    #[arg(long, help_heading = "Edits")]
    pub(crate) auto: bool,
    /// With --auto: do not ask
    #[arg(long, requires = "auto", help_heading = "Writing")]
    pub(crate) yes: bool,
    /// Show what would change, and write nothing
    #[arg(short = 'n', long, help_heading = "Writing")]
    pub(crate) dry_run: bool,
    /// Write here and leave FILE alone
    #[arg(short, long, value_name = "PATH", help_heading = "Writing")]
    pub(crate) output: Option<OsString>,
    /// Keep the old file as FILE plus this
    #[arg(long, value_name = "SUFFIX", num_args = 0..=1, default_missing_value = "~", require_equals = true, help_heading = "Writing")]
    pub(crate) backup: Option<OsString>,
    /// Keep the time of last change
    #[arg(long, help_heading = "Writing")]
    pub(crate) keep_times: bool,
    /// Write even if the file would load no more
    #[arg(long, help_heading = "Writing")]
    pub(crate) force: bool,
    /// With --auto: a command line that is to load, behind `--`
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// Flags by the names that `readelf -d` prints.
fn flag(name: &str) -> Result<u64, String> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "now" => df_1::NOW,
        "nodelete" => df_1::NODELETE,
        "noopen" => df_1::NOOPEN,
        "nodeflib" | "nodefaultlib" => df_1::NODEFLIB,
        "interpose" => df_1::INTERPOSE,
        "initfirst" => df_1::INITFIRST,
        "origin" => df_1::ORIGIN,
        _ => {
            return Err(
                "write now, nodelete, noopen, nodeflib, interpose, initfirst or origin".into(),
            );
        }
    })
}

/// `OLD=NEW`. A name may hold `=` as little as a soname does.
fn pair(text: &OsString, option: &str) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let bytes = text.as_bytes();
    let at = bytes.iter().position(|&b| b == b'=').with_context(|| {
        format!(
            "{option} {} has no `=`: write {option} OLD=NEW",
            show(bytes)
        )
    })?;
    Ok((bytes[..at].to_vec(), bytes[at + 1..].to_vec()))
}

/// The edits in the order in which they are carried out: removals before additions.
fn edits(fix: &Fix) -> anyhow::Result<Vec<Edit>> {
    let bytes = |text: &OsString| text.as_bytes().to_vec();
    let mut edits = Vec::new();
    for text in &fix.replace_needed {
        let (old, new) = pair(text, "--replace-needed")?;
        edits.push(Edit::ReplaceNeeded(old, new));
    }
    for text in &fix.rename_version {
        let (old, new) = pair(text, "--rename-version")?;
        edits.push(Edit::RenameVersion(old, new));
    }
    edits.extend(
        fix.drop_version
            .iter()
            .map(|v| Edit::DropVersionNeed(bytes(v))),
    );
    edits.extend(
        fix.weaken_version
            .iter()
            .map(|v| Edit::WeakenVersionNeed(bytes(v))),
    );
    edits.extend(
        fix.remove_needed
            .iter()
            .map(|name| Edit::RemoveNeeded(bytes(name))),
    );
    edits.extend(
        fix.prepend_needed
            .iter()
            .rev()
            .map(|name| Edit::PrependNeeded(bytes(name))),
    );
    edits.extend(
        fix.add_needed
            .iter()
            .map(|name| Edit::AddNeeded(bytes(name))),
    );
    edits.extend(plain_edits(fix));
    Ok(edits)
}

/// Edits whose words need no reading.
fn plain_edits(fix: &Fix) -> Vec<Edit> {
    let bytes = |text: &OsString| text.as_bytes().to_vec();
    let mut edits = Vec::new();
    let switches = [
        (fix.remove_runpath, Edit::RemoveRunPath),
        (fix.rpath_to_runpath, Edit::RpathToRunpath),
        (fix.runpath_to_rpath, Edit::RunpathToRpath),
        (fix.remove_soname, Edit::RemoveSoname),
        (fix.clear_execstack, Edit::ClearExecutableStack),
    ];
    edits.extend(
        switches
            .into_iter()
            .filter(|(wanted, _)| *wanted)
            .map(|(_, edit)| edit),
    );
    edits.extend(
        fix.set_runpath
            .iter()
            .map(|path| Edit::SetRunpath(bytes(path))),
    );
    edits.extend(fix.set_rpath.iter().map(|path| Edit::SetRpath(bytes(path))));
    edits.extend(
        fix.prepend_runpath
            .iter()
            .rev()
            .map(|path| Edit::PrependRunPath(bytes(path))),
    );
    edits.extend(
        fix.add_runpath
            .iter()
            .map(|path| Edit::AddRunPath(bytes(path))),
    );
    edits.extend(
        fix.set_soname
            .iter()
            .map(|name| Edit::SetSoname(bytes(name))),
    );
    edits.extend(
        fix.set_interpreter
            .iter()
            .map(|path| Edit::SetInterpreter(bytes(path))),
    );
    edits.extend(fix.set_flag.iter().map(|&bits| Edit::SetFlags1(bits)));
    edits.extend(fix.clear_flag.iter().map(|&bits| Edit::ClearFlags1(bits)));
    edits.extend(
        fix.add_dlopen_note
            .iter()
            .map(|json| Edit::AddDlopenNote(bytes(json))),
    );
    edits
}

pub(crate) fn run(fix: &Fix, common: &Common) -> anyhow::Result<Status> {
    let edits = edits(fix)?;
    if fix.auto {
        anyhow::ensure!(
            edits.is_empty(),
            "--auto works the edits out by itself: name none beside it"
        );
        return super::fix_auto::run(fix, common);
    }
    anyhow::ensure!(
        fix.command.is_empty(),
        "a command line is for --auto; name files to edit"
    );
    anyhow::ensure!(
        !edits.is_empty(),
        "no edit was named: see `sayso fix --help`, for example `sayso fix --add-runpath '$ORIGIN/lib' FILE`"
    );
    anyhow::ensure!(
        fix.output.is_none() || fix.files.len() == 1,
        "--output takes the result of one file, and {} were named",
        fix.files.len()
    );
    let style = output::style(common);
    let mut status = Status::Fine;
    let mut all = Vec::new();
    for file in &fix.files {
        match one(fix, common, file, &edits) {
            Ok(mended) => {
                if mended.refusal.is_some() || mended.after.outcome() == Outcome::Fails {
                    status = status.max(Status::Failed);
                }
                if common.format == OutputFormat::Text {
                    output::print(&text::fix(&mended, &style))?;
                }
                all.push(mended);
            }
            Err(error) => {
                output::complain(&error);
                status = Status::Misused;
            }
        }
    }
    if common.format == OutputFormat::Json {
        output::print(&json::fix(&all))?;
    }
    Ok(status)
}

/// Where a file of the world lies on this machine.
pub(crate) fn host_path(common: &Common, canonical: &TargetPath) -> PathBuf {
    let path = PathBuf::from(OsString::from_vec(canonical.as_bytes().to_vec()));
    match &common.root {
        Some(root) => Path::new(root).join(path.strip_prefix("/").unwrap_or(&path)),
        None => path,
    }
}

fn one(fix: &Fix, common: &Common, file: &OsString, edits: &[Edit]) -> anyhow::Result<Mended> {
    let named = TargetPath::new(file.as_bytes());
    let shown = show(&named);
    let world = machine::world(common)?;
    let absolute = named.join_to(&world.machine().working_directory);
    let canonical = world
        .canonical(&absolute)
        .map_err(|errno| anyhow::anyhow!("{shown}: {}", errno.glibc_text()))?;
    let host = host_path(common, &canonical);
    let metadata = std::fs::metadata(&host).with_context(|| shown.clone())?;
    anyhow::ensure!(
        !metadata.is_dir(),
        "{shown}: it is a directory: name the file in it"
    );
    // Reading a FIFO would wait for its writer.
    anyhow::ensure!(
        metadata.is_file(),
        "{shown}: it is no regular file but a device, a FIFO or a socket: there is nothing to edit"
    );
    let bytes = std::fs::read(&host).with_context(|| shown.clone())?;
    let mode = metadata.mode();
    let image = Image::parse(bytes.clone().into()).map_err(|_| not_elf(&shown, bytes.clone()))?;
    let before = judge::file(&Session::new(&*world), common, &named, Level::Error);
    let mut mended = Mended {
        named: named.clone(),
        written: None,
        is_dry: fix.dry_run,
        refusal: None,
        differences: Vec::new(),
        changes: Vec::new(),
        size_before: bytes.len() as u64,
        size_after: bytes.len() as u64,
        remarks: Vec::new(),
        after: before.clone(),
        before,
    };
    let edited = match apply(&image, edits) {
        Ok(edited) => edited,
        Err(refusal) => {
            mended.refusal = Some(refusal.to_string());
            return Ok(mended);
        }
    };
    let new = Image::parse(edited.bytes.clone().into())
        .map_err(|_| anyhow::anyhow!("{shown}: the result is no ELF file"))?;
    mended.differences = differences(&image, &new);
    mended.changes.clone_from(&edited.changes);
    mended.remarks.clone_from(&edited.remarks);
    mended.size_after = edited.bytes.len() as u64;
    let mut overlay = Overlay::new(&*world);
    overlay
        .file(&canonical, edited.bytes.clone())
        .map_err(|errno| anyhow::anyhow!("{shown}: {}", errno.glibc_text()))?;
    mended.after = judge::file(&Session::new(&overlay), common, &named, Level::Error);
    let breaks =
        mended.before.outcome() == Outcome::Loads && mended.after.outcome() == Outcome::Fails;
    if breaks && !fix.force && !fix.dry_run {
        let words = sayso_report::fix::words_of(&mended.after);
        mended.refusal = Some(format!(
            "it loads now, and would not any more: {words} (--force writes it all the same)"
        ));
        return Ok(mended);
    }
    if !fix.dry_run {
        place(fix, &host, &edited, mode, &mut mended)
            .with_context(|| format!("{shown} is unchanged"))?;
    }
    Ok(mended)
}

fn not_elf(shown: &str, bytes: Vec<u8>) -> anyhow::Error {
    let what = sayso_advice::what_it_is(&bytes.into());
    anyhow::anyhow!("{shown}: it is {what}; only ELF files can be edited")
}

/// Puts the new bytes where they belong.
fn place(
    fix: &Fix,
    host: &Path,
    edited: &Edited,
    mode: u32,
    mended: &mut Mended,
) -> anyhow::Result<()> {
    if let Some(path) = &fix.output {
        write::create(Path::new(path), &edited.bytes, mode)
            .with_context(|| show(path.as_bytes()))?;
        mended.written = Some(show(path.as_bytes()));
        return Ok(());
    }
    if edited.changes.is_empty() {
        return Ok(());
    }
    let backup = fix.backup.as_ref().map(|suffix| {
        let mut name = host.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    });
    if let Some(backup) = &backup {
        anyhow::ensure!(
            !backup.exists(),
            "{} is there already, and a backup would lose it",
            show(backup.as_os_str().as_bytes())
        );
    }
    let options = write::Options {
        backup,
        keep_times: fix.keep_times,
    };
    let remarks = write::replace(host, &edited.bytes, &options)?;
    mended.written = Some(show(&mended.named));
    mended.remarks.extend(remarks.iter().map(remark));
    Ok(())
}

fn remark(remark: &Remark) -> String {
    match remark {
        Remark::OtherNames(1) => {
            "the file has another name (a hard link), which still leads to the old bytes".into()
        }
        Remark::OtherNames(more) => format!(
            "the file has {more} other names (hard links), which still lead to the old bytes"
        ),
        Remark::Owner => {
            "the owner could not be kept: the file is yours now, without set-user-ID bits".into()
        }
        Remark::Attribute(name) => format!(
            "the extended attribute {} could not be kept",
            show(name.as_bytes())
        ),
        Remark::Signature(name) => format!(
            "{} was left out: it signed the old bytes",
            show(name.as_bytes())
        ),
    }
}
