//! `sayso go init --host HOST DIR`

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use sayso_advice::go::repair::Build;
use sayso_advice::go::skeleton::{self, Wanted};
use sayso_advice::show;
use sayso_facts::go::PluginSupport;
use sayso_loader::Session;
use sayso_loader::request::Family;

use crate::arguments::Common;
use crate::{Status, machine, output};

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The program that is to open the plugin
    #[arg(long, value_name = "HOST")]
    host: OsString,
    /// The new folder (an empty one will do, too)
    #[arg(value_name = "DIR")]
    folder: OsString,
    /// The new module's path
    #[arg(long, value_name = "PATH")]
    module: Option<String>,
}

pub(super) fn run(init: &Init, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let side = super::side(&session, common, &init.host)?;
    let shown = show(init.folder.as_bytes());
    let folder = Path::new(&init.folder);
    let name = name_of(folder).with_context(|| format!("{shown} gives the plugin no name: name a folder, as in `sayso go init --host HOST ./greet`"))?;
    let module = init
        .module
        .clone()
        .unwrap_or_else(|| format!("example.com/{name}"));
    let is_path = !module.is_empty()
        && module
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b))
        && !module.starts_with('/');
    anyhow::ensure!(
        is_path,
        "--module {module} is no module path: letters, digits, and -._~/ only"
    );
    let (path, _) = super::host(&session, common, &init.host)?;
    let musl = is_musl(&session, &path);
    let output_name = format!("{name}.so");
    let wanted = Wanted {
        module: &module,
        output: &output_name,
        host: &host_from(&init.host),
        musl,
    };
    let files = skeleton::files(&side, &wanted);
    place(folder, &files).with_context(|| format!("nothing was written to {shown}"))?;
    if matches!(
        side.support,
        Some(PluginSupport::NotImplemented | PluginSupport::Static | PluginSupport::NotLinked)
    ) {
        output::hint("this host can open no plugin as it was built: sayso go HOST PLUGIN says why");
    }
    let style = output::style(common);
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let command = Build::like(&side).plugin(&output_name, ".");
    output::print(&format!(
        "{shown}: {}\n{}  {}\n",
        names.join(", "),
        style.entry("", 2, 0, "build it there with `make`, which types:"),
        style.paint(sayso_report::style::Paint::Command, command),
    ))?;
    Ok(Status::Fine)
}

/// The folder's own name, made fit for a file and a module.
fn name_of(folder: &Path) -> Option<String> {
    let folder = match folder.file_name() {
        Some(name) => name.to_owned(),
        None => folder.canonicalize().ok()?.file_name()?.to_owned(),
    };
    let letters = folder.as_bytes().iter().map(|&b| {
        if b.is_ascii_alphanumeric() || b"-_.".contains(&b) {
            char::from(b)
        } else {
            '-'
        }
    });
    let name: String = letters.collect();
    let name = name
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned();
    (!name.is_empty()).then_some(name)
}

/// The host's path as the Makefile in the new folder needs it.
fn host_from(host: &OsString) -> String {
    let absolute = fs::canonicalize(host).unwrap_or_else(|_| PathBuf::from(host));
    show(absolute.as_os_str().as_bytes())
}

fn is_musl(session: &Session<'_>, path: &sayso_world::TargetPath) -> bool {
    let trace = session.predict(&sayso_loader::Request {
        start: sayso_loader::Start::Exec {
            path: path.clone(),
            arguments: vec![path.as_bytes().to_vec()],
        },
        steps: Vec::new(),
        loader: None,
        release: None,
    });
    trace
        .loader
        .is_some_and(|loader| loader.family == Family::Musl)
}

/// All files or none: they are written to a folder beside the new one, which is then put in its place.
fn place(folder: &Path, files: &[(&'static str, String)]) -> anyhow::Result<()> {
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    anyhow::ensure!(
        parent.is_dir(),
        "the folder {} is not there",
        show(parent.as_os_str().as_bytes())
    );
    match fs::read_dir(folder) {
        Ok(mut entries) => anyhow::ensure!(
            entries.next().is_none(),
            "the folder is there already and not empty, and nothing is overwritten"
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).context("the folder cannot be read"),
    }
    let new = parent.join(format!(".sayso-go-init-{}", std::process::id()));
    let written = write_all(&new, files).and_then(|()| {
        // rename(2) takes the place of an empty folder, and of nothing else.
        fs::rename(&new, folder).context("the new folder cannot be put in its place")
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&new);
    }
    written
}

fn write_all(folder: &Path, files: &[(&'static str, String)]) -> anyhow::Result<()> {
    fs::create_dir(folder).context("a new folder cannot be made")?;
    for (name, text) in files {
        let mut file =
            fs::File::create_new(folder.join(name)).with_context(|| (*name).to_owned())?;
        file.write_all(text.as_bytes())
            .with_context(|| (*name).to_owned())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_plugins() {
        let check = |folder: &str, want: Option<&str>| {
            assert_eq!(name_of(Path::new(folder)).as_deref(), want, "{folder}");
        };
        check("a/greet", Some("greet"));
        check("my plugin!", Some("my-plugin"));
        check("-.-", None);
    }
}
