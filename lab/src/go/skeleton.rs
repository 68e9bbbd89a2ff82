//! `sayso go init` and `sayso go gomod`, proven: what they write is built by a real toolchain, and the plugin opens in its host.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sayso_advice::go::skeleton::{self, Wanted};
use sayso_advice::go::{Side, gomod};

use super::case::{self, Case, Recipe, Shared};
use super::record::{Stage, StepTold};
use super::{build, facts, home, repair, toolchain, vendor};

/// A module's go.mod with everything that a rewrite must keep; `{}` are the version of the shared module and the release.
const MANIFEST: &str = "// A plugin.\nmodule example.com/greet // ours\n\ngo 1.19\n\n\
    // Why there is a block.\nrequire (\n\texample.com/shared {version} // pinned, see #7\n)\n\n\
    exclude example.com/shared v1.2.0 // broken\n\nretract [v0.1.0, v0.2.0] // never meant\n";

/// A plugin that uses what its host uses.
const MAIN: &str = "package main\n\nimport \"example.com/shared/leaf\"\n\nfunc Run() int { return leaf.Inlinable() + leaf.Solid() }\n";

/// What a host is built like, for these proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostKind {
    /// The shared module replaced by a folder.
    Replaced,
    /// A published version of it, `-trimpath`.
    Published,
    /// Debian's third-party modules in a vendor folder, `-trimpath` and `-tags`.
    Vendored,
}

/// Every kind.
pub const KINDS: [HostKind; 3] = [HostKind::Replaced, HostKind::Published, HostKind::Vendored];

impl HostKind {
    /// What it is built from and is not here.
    pub fn missing(self) -> Option<&'static str> {
        let wanted = self == HostKind::Vendored && !vendor::are_here();
        wanted.then_some("third-party Go modules")
    }

    fn recipe(self, release: &str) -> Result<Recipe> {
        let plain = Recipe {
            name: "host".into(),
            package: "host".into(),
            release: Some(release.into()),
            ..Recipe::default()
        };
        Ok(match self {
            HostKind::Replaced => plain,
            HostKind::Published => Recipe {
                flags: vec!["-trimpath".into()],
                shared: Shared::Version("v1.1.0".into()),
                ..plain
            },
            HostKind::Vendored => {
                let name = "third-party-trimpath";
                let case = case::all()?.into_iter().find(|case| case.name == name);
                let case = case.with_context(|| format!("no case {name}"))?;
                let (_, case) = case.on_release(release).swap_remove(0);
                case.host
            }
        })
    }

    /// A published version of the shared module other than the host's.
    fn other_version(self) -> &'static str {
        match self {
            HostKind::Published => "v1.0.0",
            _ => "v1.1.0",
        }
    }
}

/// A host on its stage, and a folder for the plugin below it.
struct Proof {
    stage: Stage,
    case: Case,
    side: Side,
    recipe: Recipe,
}

impl Proof {
    fn set(kind: HostKind, release: &str, what: &str) -> Result<Proof> {
        let recipe = kind.recipe(release)?;
        let case = Case {
            host: recipe.clone(),
            ..Case::default()
        };
        let stage = Stage::set(&case, &format!("{what}_{kind:?}_{release}"))?;
        let program = facts::read(&stage.folder().join("host"))?.context("no Go in the host")?;
        Ok(Proof {
            stage,
            case,
            side: Side::of(&program),
            recipe,
        })
    }

    /// Types a line in the plugin's folder, as a user with no settings of Go would.
    fn types(&self, line: &str) -> Result<()> {
        let folder = self.stage.folder().join("greet");
        let release = self.recipe.release.as_deref().context("no release")?;
        let mut shell = repair::shell(&folder, line, release)?;
        build::output(&mut shell)
            .map(drop)
            .with_context(|| line.to_owned())
    }

    /// The plugin opens, and this step after it goes well.
    fn opens(&self, step: &str) -> Result<()> {
        let steps = ["open greet/greet.so".to_owned(), step.to_owned()];
        let told = self.stage.run(&self.case, &steps)?;
        let [StepTold::Ok(_), StepTold::Ok(_)] = told.steps.as_slice() else {
            anyhow::bail!("{told:?}");
        };
        Ok(())
    }
}

/// A skeleton is built as it is, and once more when it uses what its host uses.
///
/// # Errors
/// It cannot be built, or does not open.
pub fn init(kind: HostKind, release: &str) -> Result<()> {
    let proof = Proof::set(kind, release, "init")?;
    let host = proof.stage.folder().join("host").display().to_string();
    let wanted = Wanted {
        module: "example.com/greet",
        output: "greet.so",
        host: &host,
        musl: false,
    };
    let folder = proof.stage.folder().join("greet");
    fs::create_dir(&folder)?;
    for (name, text) in skeleton::files(&proof.side, &wanted) {
        fs::write(folder.join(name), text)?;
    }
    proof.types("make")?;
    proof.opens("lookup 1 Name:*string")?;
    containerfile(&proof, release)?;
    if kind == HostKind::Vendored {
        // Modules out of a vendor folder alone cannot be had anywhere.
        return Ok(());
    }
    if kind == HostKind::Replaced {
        // What the skeleton says of a folder is for whoever has the same folder.
        let turn = build::Turn::wait()?;
        build::user_folders(&turn, &proof.recipe, &proof.recipe, false)?;
        proof.types("sed -i -e 's,^// require ,require ,' -e 's,^// replace ,replace ,' -e '/example.com.host/d' go.mod")?;
    }
    fs::write(folder.join("main.go"), MAIN)?;
    proof.types("make clean && go mod tidy && make")?;
    proof.opens("call 1 Run")
}

/// The container file builds with the host's release, and its command is the Makefile's.
fn containerfile(proof: &Proof, release: &str) -> Result<()> {
    let folder = proof.stage.folder().join("greet");
    let text = fs::read_to_string(folder.join("Containerfile"))?;
    let mut stages = 0;
    let mut run = None;
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (word, rest) = line.split_once(' ').with_context(|| line.to_owned())?;
        match word {
            "FROM" => stages += 1,
            "RUN" => run = Some(rest),
            "WORKDIR" | "COPY" => {}
            _ => anyhow::bail!("{line}: no instruction of these"),
        }
    }
    let from = format!("FROM golang:{release} AS build");
    ensure!(text.lines().any(|line| line == from), "no {from}:\n{text}");
    ensure!(stages == 2, "{stages} stages:\n{text}");
    let run = run.context("nothing is run")?;
    let there = proof.stage.folder().join("from-container.so");
    proof.types(&run.replace("/greet.so", &there.display().to_string()))?;
    same_hashes(&there, &folder.join("greet.so"))
}

fn same_hashes(one: &Path, other: &Path) -> Result<()> {
    ensure!(
        build::hashes(one)? == build::hashes(other)?,
        "the two commands build different packages"
    );
    Ok(())
}

/// A plugin's go.mod with another version, a comment on every kind of line and its own order is brought to the host's: nothing is lost,
/// and the plugin opens.
///
/// # Errors
/// Something is lost, it cannot be built, or does not open.
pub fn manifest(kind: HostKind, release: &str) -> Result<()> {
    let proof = Proof::set(kind, release, "gomod")?;
    let folder = proof.stage.folder().join("greet");
    fs::create_dir(&folder)?;
    let mut before = MANIFEST.replace("{version}", kind.other_version());
    let number = toolchain::number(release).context("no number")?;
    if number >= (1, 21, 0) {
        before = before.replace("go 1.19\n", "go 1.21\n\ntoolchain go1.21.0 // as tested\n");
    }
    if kind == HostKind::Replaced {
        let work = home().join("work/shared");
        writeln!(
            before,
            "\nreplace example.com/shared => {} // beside us",
            work.display()
        )?;
        let turn = build::Turn::wait()?;
        build::user_folders(&turn, &proof.recipe, &proof.recipe, false)?;
    }
    let after = gomod::rewrite(&before, &proof.side).text();
    let host_version = proof.side.module_of("example.com/shared/leaf");
    let host_version = &host_version.context("the host lacks the module")?.version;
    let want = before
        .replace(
            &format!("example.com/shared {} //", kind.other_version()),
            &format!("example.com/shared {host_version} //"),
        )
        .replace("go1.21.0 //", &format!("go{release} //"));
    ensure!(after == want, "rewritten as\n{after}\ninstead of\n{want}");
    fs::write(folder.join("go.mod"), after)?;
    fs::write(folder.join("main.go"), MAIN)?;
    // What the Go command makes of every line.
    let json = build::output(&mut repair::shell(&folder, "go mod edit -json", release)?)?;
    for kept in ["v1.2.0", "v0.1.0", "v0.2.0", host_version.as_str()] {
        ensure!(
            json.contains(kept),
            "go mod edit does not see {kept}: {json}"
        );
    }
    proof.types("go mod tidy")?;
    let tidied = fs::read_to_string(folder.join("go.mod"))?;
    ensure!(
        tidied.contains(&format!("example.com/shared {host_version}")),
        "go mod tidy took another version:\n{tidied}"
    );
    let build = sayso_advice::go::repair::Build::like(&proof.side);
    proof.types(&build.plugin("greet.so", "."))?;
    proof.opens("call 1 Run")
}
