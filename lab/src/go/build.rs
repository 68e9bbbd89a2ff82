//! Building: one folder, whose path is part of what Go hashes, is filled with the sources of a build, and `go build` is run in it.
//! What was built is kept under a name made of everything that went into it, so that it is built once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::case::{OddKind, Recipe, Shared, edit};
use super::toolchain::{self, Toolchain};
use super::{case, home, sources, vendor};

/// Within this process; the file lock is for other processes.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The newest release builds the lab's own tools.
const TOOLS_RELEASE: &str = "1.27.3";

/// Relative path to content: what the folder holds for one build.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// `vendor/modules.txt` where the shared module is all that is vendored.
const VENDORED: &str = "# example.com/shared v1.0.0\n## explicit; go 1.19\nexample.com/shared/extra\n\
    example.com/shared/leaf\nexample.com/shared/mid\nexample.com/shared/side\n";

/// Held while the folder is used.
pub(super) struct Turn {
    _file: File,
    _ours: MutexGuard<'static, ()>,
}

impl Turn {
    pub(super) fn wait() -> Result<Turn> {
        let ours = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        fs::create_dir_all(home())?;
        let file = File::create(home().join("lock"))?;
        file.lock()?;
        Ok(Turn {
            _file: file,
            _ours: ours,
        })
    }
}

fn key(parts: &impl std::fmt::Debug, tree: &Tree) -> String {
    // Two sums of 64 bits: a cache of a few hundred files needs no more.
    let sum = |salt: u64| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        format!("{parts:?}").hash(&mut hasher);
        home().hash(&mut hasher);
        tree.hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", sum(1), sum(2))
}

/// Every file below a folder.
fn read_tree(folder: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let entries = fs::read_dir(&at).with_context(|| at.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            // Links lead to the third-party modules, which are not ours to read or change.
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(folder)?.to_owned();
                tree.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(tree)
}

fn apply(tree: &mut Tree, (path, old, new): &(String, String, String)) -> Result<()> {
    let name = PathBuf::from(path);
    if old.is_empty() {
        tree.insert(name, new.clone().into_bytes());
        return Ok(());
    }
    let content = tree.get_mut(&name).with_context(|| format!("no {path}"))?;
    let text = String::from_utf8(content.clone())?;
    ensure!(
        text.matches(old.as_str()).count() == 1,
        "'{old}' does not stand once in {path}"
    );
    *content = text.replace(old.as_str(), new).into_bytes();
    Ok(())
}

/// What the folder holds for a build.
fn tree(recipe: &Recipe) -> Result<Tree> {
    let mut tree = read_tree(&sources().join("src"))?;
    for edit in &recipe.edits {
        apply(&mut tree, edit)?;
    }
    let module = recipe.module();
    let manifest = PathBuf::from(module).join("go.mod");
    let mut with_manifest = |change: &dyn Fn(String) -> String| {
        let text = tree
            .get(&manifest)
            .map(|text| String::from_utf8_lossy(text));
        let text = text.map(|text| change(text.into_owned()));
        if let Some(text) = text {
            tree.insert(manifest.clone(), text.into_bytes());
        }
    };
    let replaced = |text: String, version: &str, folder: &str| {
        text.replace("v1.0.0", version) + &format!("\nreplace example.com/shared => {folder}\n")
    };
    match &recipe.shared {
        Shared::Beside => with_manifest(&|text| replaced(text, "v1.0.0", "../shared")),
        Shared::Version(version) => with_manifest(&|text| text.replace("v1.0.0", version)),
        Shared::Folder { folder, version } => {
            with_manifest(&|text| replaced(text, version, folder));
            move_shared(&mut tree, Path::new(folder.trim_start_matches("../")));
        }
        Shared::Vendor | Shared::ThirdParty => {
            let vendor = Path::new(module).join("vendor");
            let mut list = VENDORED.to_owned();
            if recipe.shared == Shared::ThirdParty {
                with_manifest(&|text| text + &vendor::requirements());
                list += &vendor::list()?;
            }
            move_shared(&mut tree, &vendor.join("example.com/shared"));
            tree.insert(vendor.join("modules.txt"), list.into_bytes());
        }
    }
    Ok(tree)
}

fn move_shared(tree: &mut Tree, to: &Path) {
    for (name, content) in tree.clone() {
        if let Ok(rest) = name.strip_prefix("shared") {
            tree.remove(&name);
            tree.insert(to.join(rest), content);
        }
    }
}

/// Makes the folder hold exactly the tree. What is the same already keeps its time, so that Go's cache is quick.
fn lay(folder: &Path, tree: &Tree) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in read_tree(folder)?.keys() {
        if !tree.contains_key(name) {
            fs::remove_file(folder.join(name))?;
        }
    }
    for (name, content) in tree {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|there| there == *content) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, content)?;
    }
    Ok(())
}

/// Lays out the folders as whoever builds the plugin has them: the plugin's own module, the host's, and the shared module as the
/// plugin's build has it, or as the host's.
pub(super) fn user_folders(
    _turn: &Turn,
    host: &Recipe,
    plugin: &Recipe,
    hosts_sources: bool,
) -> Result<()> {
    if [host, plugin]
        .iter()
        .any(|recipe| recipe.shared != Shared::Beside)
    {
        publish()?;
    }
    let mut all = tree(plugin)?;
    for (name, content) in tree(host)? {
        let of_host = name.starts_with(host.module());
        let of_plugin = name.starts_with(plugin.module());
        if of_host || (hosts_sources && !of_plugin) || !all.contains_key(&name) {
            all.insert(name, content);
        }
    }
    let work = home().join("work");
    lay(&work, &all)?;
    for recipe in [host, plugin] {
        if recipe.shared == Shared::ThirdParty {
            vendor::link(&work.join(recipe.module()).join("vendor"))?;
        }
    }
    Ok(())
}

/// Runs a command; its standard output. Its standard error is the error's text.
///
/// # Errors
/// It cannot be run, or failed.
pub fn output(command: &mut Command) -> Result<String> {
    let done = command
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !done.status.success() {
        bail!("{}", String::from_utf8_lossy(&done.stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn succeed(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// The words that stand for folders in flags and environments of builds.
fn spelled(text: &str) -> String {
    text.replace("{work}", &home().join("work").display().to_string())
        .replace("{lib}", &home().join("lib").display().to_string())
}

/// Builds a program, unless it is here already.
///
/// # Errors
/// Go's own words where it refuses; an edit that does not fit; a toolchain that is not here.
pub fn program(recipe: &Recipe) -> Result<PathBuf> {
    let release = recipe.release.as_deref().context("no release")?;
    let toolchain = toolchain::find(release).with_context(|| format!("no Go {release}"))?;
    let tree = tree(recipe).with_context(|| recipe.name.clone())?;
    let what = (
        &recipe.package,
        release,
        &recipe.flags,
        &recipe.environment,
        &recipe.library,
        &recipe.then,
    );
    let built = home().join("built").join(key(&what, &tree));
    if built.exists() {
        return Ok(built);
    }
    let _turn = Turn::wait()?;
    if built.exists() {
        return Ok(built);
    }
    if recipe.shared != Shared::Beside {
        publish()?;
    }
    let work = home().join("work");
    lay(&work, &tree)?;
    if recipe.shared == Shared::ThirdParty {
        vendor::link(&work.join(recipe.module()).join("vendor"))?;
    }
    let new = home().join("new");
    build(&toolchain, recipe, &work, &new).with_context(|| {
        format!(
            "{} with Go {release} and {:?} {:?}",
            recipe.package, recipe.flags, recipe.environment
        )
    })?;
    for finish in &recipe.then {
        finished(&new, finish)?;
    }
    fs::create_dir_all(home().join("built"))?;
    fs::rename(new, &built)?;
    Ok(built)
}

fn build(toolchain: &Toolchain, recipe: &Recipe, work: &Path, to: &Path) -> Result<()> {
    if let Some((name, code)) = &recipe.library {
        let folder = home().join("lib");
        fs::create_dir_all(&folder)?;
        c_library(&folder, &folder.join(format!("lib{name}.so")), code)?;
    }
    let mut command = toolchain.command();
    command.current_dir(work.join(&recipe.package));
    for (name, value) in &recipe.environment {
        command.env(name, spelled(value));
    }
    command.arg("build");
    if recipe.package.contains("plugin") {
        command.arg("-buildmode=plugin");
    }
    // A package named by its files has another plugin path than one named by its folder.
    let (files, flags): (Vec<&String>, Vec<&String>) =
        recipe.flags.iter().partition(|flag| is_source(flag));
    command.args(flags.into_iter().map(|flag| spelled(flag)));
    command.arg("-o").arg(to);
    if files.is_empty() {
        command.arg(".");
    } else {
        command.args(files);
    }
    succeed(&mut command)
}

fn is_source(argument: &str) -> bool {
    Path::new(argument)
        .extension()
        .is_some_and(|ending| ending == "go")
}

/// What is done to a file after it was built.
///
/// # Errors
/// The word is not known, or the file cannot be changed.
pub fn finished(file: &Path, finish: &str) -> Result<()> {
    let words: Vec<&str> = finish.split(' ').collect();
    match words.as_slice() {
        ["strip", options @ ..] => succeed(Command::new("strip").args(options).arg(file)),
        ["truncate", "to", percent] => {
            let percent: u64 = percent.trim_end_matches('%').parse()?;
            let file = File::options().write(true).open(file)?;
            let length = file.metadata()?.len();
            Ok(file.set_len(length * percent / 100)?)
        }
        ["mode", mode] => {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = u32::from_str_radix(mode, 8)?;
            Ok(fs::set_permissions(file, fs::Permissions::from_mode(mode))?)
        }
        ["remove"] => Ok(fs::remove_file(file)?),
        _ => bail!("'{finish}': strip, truncate to N%, mode OCTAL or remove"),
    }
}

/// Makes a file that no Go toolchain builds.
///
/// # Errors
/// The C compiler's, or the file system's.
pub fn odd(folder: &Path, odd: &case::Odd) -> Result<()> {
    let path = folder.join(&odd.name);
    match &odd.kind {
        OddKind::Copy(of) => drop(fs::copy(folder.join(of), &path)?),
        OddKind::Link(of) => fs::hard_link(folder.join(of), &path)?,
        OddKind::Symlink(of) => std::os::unix::fs::symlink(of, &path)?,
        OddKind::Text(text) => fs::write(&path, text)?,
        OddKind::Directory => fs::create_dir(&path)?,
        OddKind::C(code) => {
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            c_library(folder, &path, code)?;
        }
    }
    for finish in &odd.then {
        finished(&path, finish)?;
    }
    Ok(())
}

fn c_library(folder: &Path, to: &Path, code: &str) -> Result<()> {
    let source = folder.join("odd.c");
    fs::write(&source, code)?;
    succeed(
        Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(to)
            .arg(&source),
    )?;
    Ok(fs::remove_file(source)?)
}

/// Writes the published versions of the shared module into the folder that is the module proxy.
fn publish() -> Result<()> {
    let list = fs::read_to_string(sources().join("published"))?;
    let source = read_tree(&sources().join("src/shared"))?;
    let mark = home().join("proxy/published");
    let now = key(&list, &source);
    if fs::read_to_string(&mark).is_ok_and(|there| there == now) {
        return Ok(());
    }
    let folders = [home().join("proxy"), home().join("modules")];
    for folder in folders.iter().filter(|folder| folder.exists()) {
        // The module cache is read-only for everybody but root.
        succeed(Command::new("chmod").arg("-R").arg("u+w").arg(folder))?;
        fs::remove_dir_all(folder)?;
    }
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (version, change) = line.split_once(' ').unwrap_or((line, ""));
        let mut tree = source.clone();
        if !change.is_empty() {
            apply(&mut tree, &edit(change)?)?;
        }
        let folder = home().join("publishing");
        lay(&folder, &tree)?;
        succeed(
            Command::new(tool("publish")?)
                .arg(home().join("proxy"))
                .args(["example.com/shared", version])
                .arg(&folder),
        )?;
    }
    fs::write(mark, now)?;
    Ok(())
}

/// One of the lab's own tools, built when it is first wanted. The caller has the [`Turn`], or nobody else builds.
fn tool(name: &str) -> Result<PathBuf> {
    let folder = sources().join("tools");
    let tree = read_tree(&folder)?;
    let built = home().join("built").join(key(&name, &tree));
    if !built.exists() {
        let toolchain = toolchain::find(TOOLS_RELEASE)
            .or_else(|| toolchain::provisioned().pop())
            .context("no Go toolchain is here")?;
        let new = home().join(format!("new-{name}"));
        succeed(
            toolchain
                .command()
                .env("CGO_ENABLED", "0")
                .current_dir(&folder)
                .args(["build", "-o"])
                .arg(&new)
                .arg(format!("./{name}")),
        )
        .with_context(|| format!("tool {name}"))?;
        fs::create_dir_all(home().join("built"))?;
        fs::rename(new, &built)?;
    }
    Ok(built)
}

/// The package hashes of a host or plugin, by Go's own ELF reader: package to hexadecimal digits.
///
/// # Errors
/// The file is no ELF file with dynamic symbols.
pub fn hashes(file: &Path) -> Result<BTreeMap<String, String>> {
    static TOOL: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let tool = TOOL.get_or_init(|| {
        let turn = Turn::wait();
        let tool = turn.and_then(|_turn| tool("hashes"));
        tool.map_err(|error| format!("{error:#}"))
    });
    let tool = tool.as_ref().map_err(|error| anyhow!("{error}"))?;
    let text = output(Command::new(tool).arg(file))?;
    let pairs = text.lines().filter_map(|line| line.rsplit_once(' '));
    Ok(pairs
        .map(|(package, hash)| (package.to_owned(), hash.to_owned()))
        .collect())
}
