//! What is read of real files, for every release and processor: nothing is run, so plugins for arm64 can be asked, too. Cross-built with
//! Debian's C compiler; held against Go's own readers ([`facts::check`]), the symbol table as `readelf` prints it, and `strip`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use sayso_facts::go::{Architecture, ModuleData, PluginSupport, Program};

use super::case::Recipe;
use super::record::Stage;
use super::{build, case::Case, facts};

/// A processor that files are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// amd64
    Amd64,
    /// arm64
    Arm64,
}

impl Processor {
    /// The program that strips its files.
    fn strip(self) -> &'static str {
        match self {
            Processor::Amd64 => "strip",
            Processor::Arm64 => "aarch64-linux-gnu-strip",
        }
    }

    /// The C compiler that is needed beside Go, if it is not here.
    pub fn missing(self) -> Option<&'static str> {
        let needed = match self {
            Processor::Amd64 => return None,
            Processor::Arm64 => "aarch64-linux-gnu-gcc",
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_here = std::env::split_paths(&path).any(|folder| folder.join(needed).exists());
        (!is_here).then_some(needed)
    }

    fn environment(self) -> Vec<(String, String)> {
        match self {
            Processor::Amd64 => Vec::new(),
            Processor::Arm64 => [
                ("GOARCH", "arm64"),
                ("CGO_ENABLED", "1"),
                ("CC", "aarch64-linux-gnu-gcc"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        }
    }
}

/// Builds a host and a plugin, and holds what is read of them against what other readers see.
///
/// # Errors
/// What differs.
pub fn check(release: &str, processor: Processor) -> Result<()> {
    let recipe = |name: &str, package: &str| Recipe {
        name: name.into(),
        package: package.into(),
        release: Some(release.into()),
        environment: processor.environment(),
        ..Recipe::default()
    };
    let case = Case {
        host: recipe("host", "host"),
        plugins: vec![recipe("a.so", "plugins/plain")],
        ..Case::default()
    };
    let stage = Stage::set(&case, &format!("files_{processor:?}_{release}"))?;
    for name in ["host", "a.so"] {
        let file = stage.folder().join(name);
        facts::check(&file).with_context(|| name.to_owned())?;
        let program = facts::read(&file)?.context("no Go in it")?;
        place(&file, &program).with_context(|| name.to_owned())?;
        let is_right = match processor {
            Processor::Amd64 => program.architecture == Architecture::Amd64,
            Processor::Arm64 => program.architecture == Architecture::Arm64,
        };
        ensure!(is_right, "{name} is taken for {:?}", program.architecture);
        build::output(Command::new(processor.strip()).arg(&file))?;
        let stripped = facts::read(&file)?.context("no Go in it when stripped")?;
        ensure!(
            stripped.module == program.module
                && stripped.package_hashes == program.package_hashes
                && stripped.exports == program.exports,
            "{name} tells something else when it is stripped"
        );
    }
    let host = facts::read(&stage.folder().join("host"))?.context("no Go in it")?;
    ensure!(
        host.plugin_support() == PluginSupport::Yes,
        "the host is said to open no plugins"
    );
    let plugin = facts::read(&stage.folder().join("a.so"))?.context("no Go in it")?;
    contents(&plugin)
}

/// `moduledata` is where the symbol table says, and laid out as its own code has it.
fn place(file: &Path, program: &Program) -> Result<()> {
    let Ok(ModuleData {
        address,
        layout,
        next_in_code,
        ..
    }) = &program.module
    else {
        bail!("no moduledata: {:?}", program.module);
    };
    let name = if program.plugin_path.is_some() {
        "local.moduledata"
    } else {
        "runtime.firstmoduledata"
    };
    let table = build::output(Command::new("readelf").args(["-sW"]).arg(file))?;
    let symbol = table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_it = words.last() == Some(&name);
        is_it.then(|| u64::from_str_radix(words.get(1)?, 16).ok())?
    });
    ensure!(
        symbol == Some(*address),
        "moduledata is read at {address:#x}, and {name} is {symbol:x?}"
    );
    let layout = layout.context("no layout")?;
    ensure!(
        next_in_code.is_none_or(|next| next == layout.next),
        "next is at {next_in_code:?} in the code, {} in the layout",
        layout.next
    );
    Ok(())
}

/// What the lab's plugin has in it.
fn contents(plugin: &Program) -> Result<()> {
    ensure!(
        plugin.plugin_path.as_deref() == Some("example.com/plugins/plain"),
        "its path is {:?}",
        plugin.plugin_path
    );
    for (name, want) in [("F", "func() int"), ("V", "*int"), ("Shape", "*leaf.Shape")] {
        let export = plugin.exports.iter().find(|export| export.name == name);
        let found = export.and_then(|export| export.go_type.as_deref());
        ensure!(found == Some(want), "{name} is {found:?}, not {want}");
    }
    ensure!(
        plugin
            .module
            .as_ref()
            .is_ok_and(|data| data.next_in_code.is_some()),
        "the code of addmoduledata is not understood"
    );
    let sources = plugin.sources();
    let leaf = sources
        .iter()
        .find(|source| source.package == "example.com/shared/leaf");
    let has_file = leaf.is_some_and(|leaf| {
        leaf.files
            .iter()
            .any(|file| file.ends_with("/shared/leaf/leaf.go"))
    });
    ensure!(has_file, "the files of a package are {leaf:?}");
    Ok(())
}
