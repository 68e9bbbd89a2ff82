//! Cases: one text file for each rule, named after the rule. `docs/lab.md` has the format.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

use super::toolchain::EVERY;

/// A case, as its file has it.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The file's name without `.case`.
    pub name: String,
    /// The first line: the rule, in a sentence.
    pub rule: String,
    /// Releases that it is asked of.
    pub on: Vec<String>,
    /// Those of them that are asked in every test run.
    pub quick: Vec<String>,
    /// Releases that `go: other` stands for; empty: the case has no such line.
    pub with: Vec<String>,
    /// The host, and what is built for it.
    pub host: Recipe,
    /// Plugins, in the order of the file.
    pub plugins: Vec<Recipe>,
    /// Files beside them.
    pub files: Vec<Odd>,
    /// Environment of the host when it runs.
    pub environment: Vec<(String, String)>,
    /// What no file tells, and the prediction must name instead of an answer; `init`: an init function ends the process.
    pub gap: Option<String>,
    /// Rules that must speak when the first run is judged, and rules that must not.
    pub says: Vec<String>,
    /// See `says`.
    pub silent: Vec<String>,
    /// What is advised must make the first plugin that fails open: on these of the case's releases.
    pub mend: Vec<String>,
    /// Those of them that are tried in every test run.
    pub quick_mend: Vec<String>,
    /// Each is a process: its steps.
    pub runs: Vec<Vec<String>>,
}

/// How one program is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipe {
    /// The file's name when the host runs: `host`, `a.so`.
    pub name: String,
    /// Folder of its package below the sources: `host`, `plugins/plain`.
    pub package: String,
    /// Release of the toolchain; `None`: the one that the case is asked of.
    pub release: Option<String>,
    /// Arguments of `go build`.
    pub flags: Vec<String>,
    /// Environment of `go build`.
    pub environment: Vec<(String, String)>,
    /// Where the shared module comes from.
    pub shared: Shared,
    /// Changes of the sources: path, old text, new text. An empty old text makes a new file.
    pub edits: Vec<(String, String, String)>,
    /// A C library that is there when it is linked, and not with the plugin: name and code.
    pub library: Option<(String, String)>,
    /// What is done to the built file.
    pub then: Vec<String>,
}

/// Where a build takes `example.com/shared` from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Shared {
    /// Replaced by the folder `../shared`.
    #[default]
    Beside,
    /// Replaced by another folder with the same code, under a version.
    Folder {
        /// The folder, from the module's own.
        folder: String,
        /// The version that go.mod requires.
        version: String,
    },
    /// A published version.
    Version(String),
    /// A copy in the vendor folder.
    Vendor,
    /// The same, with Debian's third-party modules beside it.
    ThirdParty,
}

/// A file that no toolchain built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OddKind,
    /// What is done to it.
    pub then: Vec<String>,
}

/// What such a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OddKind {
    /// A copy of another file.
    Copy(String),
    /// A second name of another file.
    Link(String),
    /// A symbolic link.
    Symlink(String),
    /// These bytes.
    Text(String),
    /// A folder.
    Directory,
    /// A C library with this code.
    C(String),
}

/// The folder with all cases.
pub fn folder() -> PathBuf {
    super::sources().join("cases")
}

/// Every case, by name.
///
/// # Errors
/// A file that cannot be read, or is no case.
pub fn all() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "case") {
            continue;
        }
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let text = std::fs::read_to_string(&path)?;
        let name = name.context("a name that is no text")?;
        cases.push(Case::parse(name, &text).with_context(|| format!("{name}.case"))?);
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

/// What the lines that follow belong to.
enum Block {
    Case,
    Host,
    Plugin,
    File,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// The line that is not understood.
    pub fn parse(name: &str, text: &str) -> Result<Case> {
        let mut case = Case {
            name: name.into(),
            ..Case::default()
        };
        case.host = Recipe {
            name: "host".into(),
            package: "host".into(),
            ..Recipe::default()
        };
        let rule = text.lines().next().and_then(|line| line.strip_prefix("# "));
        case.rule = rule.context("the first line is no comment")?.into();
        let mut block = Block::Case;
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            case.line(line, &mut block)
                .with_context(|| format!("line '{line}'"))?;
        }
        if case.on.is_empty() {
            case.on = releases("every");
        }
        ensure!(!case.runs.is_empty(), "nothing is run");
        Ok(case)
    }

    fn line(&mut self, line: &str, block: &mut Block) -> Result<()> {
        if line == "host" {
            *block = Block::Host;
            return Ok(());
        }
        if let Some(plugin) = line.strip_prefix("plugin ") {
            let (name, folder) = plugin.split_once(" = ").context("NAME = FOLDER")?;
            self.plugins.push(Recipe {
                name: name.into(),
                package: format!("plugins/{folder}"),
                ..Recipe::default()
            });
            *block = Block::Plugin;
            return Ok(());
        }
        if let Some(file) = line.strip_prefix("file ") {
            let (name, kind) = file.split_once(" = ").context("NAME = KIND")?;
            self.files.push(Odd {
                name: name.into(),
                kind: odd_kind(kind)?,
                then: Vec::new(),
            });
            *block = Block::File;
            return Ok(());
        }
        let (key, value) = line.split_once(':').context("KEY: VALUE")?;
        let value = value.trim();
        match key {
            "on" => self.on = releases(value),
            "quick" => self.quick = releases(value),
            "with" => self.with = releases(value),
            "mend" => self.mend = releases(value),
            "quick-mend" => self.quick_mend = releases(value),
            "says" => self.says.push(value.into()),
            "silent" => self.silent.push(value.into()),
            "gap" => self.gap = Some(value.into()),
            "run" => {
                let steps = value.split(';').map(|step| step.trim().to_owned());
                self.runs.push(steps.collect());
            }
            "env" if matches!(block, Block::Case) => self.environment.push(variable(value)?),
            "then" if matches!(block, Block::File) => {
                let file = self.files.last_mut().context("no file")?;
                file.then.push(value.into());
            }
            _ => {
                let recipe = match block {
                    Block::Host => &mut self.host,
                    Block::Plugin => self.plugins.last_mut().context("no plugin")?,
                    Block::Case | Block::File => bail!("not a key of this block"),
                };
                recipe.line(key, value)?;
            }
        }
        Ok(())
    }

    /// The case as it is asked of one release, for each release that `other` stands for: (the other, the case).
    pub fn on_release(&self, release: &str) -> Vec<(Option<String>, Case)> {
        if self.with.is_empty() {
            return vec![(None, self.with_releases(release, release))];
        }
        let others = self.with.iter().filter(|other| *other != release);
        others
            .map(|other| (Some(other.clone()), self.with_releases(release, other)))
            .collect()
    }

    fn with_releases(&self, release: &str, other: &str) -> Case {
        let mut case = self.clone();
        for recipe in std::iter::once(&mut case.host).chain(&mut case.plugins) {
            recipe.release = match recipe.release.as_deref() {
                None => Some(release.into()),
                Some("other") => Some(other.into()),
                Some(named) => Some(named.into()),
            };
        }
        case
    }
}

impl Recipe {
    /// The folder of the module that the package is in.
    pub(super) fn module(&self) -> &str {
        self.package.split('/').next().unwrap_or_default()
    }

    fn line(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            "go" => self.release = Some(value.into()),
            "flag" => self.flags.push(value.into()),
            "env" => self.environment.push(variable(value)?),
            "shared" => self.shared = shared(value)?,
            "then" => self.then.push(value.into()),
            "library" => {
                let (name, code) = value.split_once(' ').context("NAME CODE")?;
                self.library = Some((name.into(), code.into()));
            }
            "edit" => self.edits.push(edit(value)?),
            "add" => {
                let (path, text) = value.split_once(" | ").context("PATH | TEXT")?;
                self.edits
                    .push((path.into(), String::new(), unescaped(text)));
            }
            _ => bail!("key '{key}' is not known"),
        }
        Ok(())
    }
}

/// `PATH | OLD | NEW`
pub(super) fn edit(value: &str) -> Result<(String, String, String)> {
    let mut parts = value.split(" | ");
    let mut next = || parts.next().context("PATH | OLD | NEW");
    let (path, old) = (next()?, next()?);
    // Nothing at the end of the line: the text is taken out.
    let (old, new) = match old.strip_suffix(" |") {
        Some(old) => (old, ""),
        None => (old, next()?),
    };
    Ok((path.into(), unescaped(old), unescaped(new)))
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

fn variable(value: &str) -> Result<(String, String)> {
    let (name, value) = value.split_once('=').context("NAME=VALUE")?;
    Ok((name.into(), value.into()))
}

fn shared(value: &str) -> Result<Shared> {
    let words: Vec<&str> = value.split(' ').collect();
    Ok(match words.as_slice() {
        ["vendor"] => Shared::Vendor,
        ["third-party"] => Shared::ThirdParty,
        [version] if version.starts_with('v') => Shared::Version((*version).into()),
        [folder] => Shared::Folder {
            folder: (*folder).into(),
            version: "v1.0.0".into(),
        },
        [version, "in", folder] => Shared::Folder {
            folder: (*folder).into(),
            version: (*version).into(),
        },
        _ => bail!("vendor, third-party, VERSION, FOLDER, or VERSION in FOLDER"),
    })
}

fn odd_kind(kind: &str) -> Result<OddKind> {
    let (word, rest) = kind.split_once(' ').unwrap_or((kind, ""));
    let rest = rest.to_owned();
    Ok(match word {
        "copy" => OddKind::Copy(rest),
        "link" => OddKind::Link(rest),
        "symlink" => OddKind::Symlink(rest),
        "text" => OddKind::Text(unescaped(&rest)),
        "empty" => OddKind::Text(String::new()),
        "directory" => OddKind::Directory,
        "c" => OddKind::C(rest),
        _ => bail!("copy, link, symlink, text, empty, directory or c"),
    })
}

/// `every`, `from-1.21`, `until-1.25`, or releases by name.
fn releases(value: &str) -> Vec<String> {
    let minor = |text: &str| {
        let number = text.split('.').nth(1)?;
        number.parse::<u32>().ok()
    };
    let mut releases = Vec::new();
    for word in value.split(' ') {
        let from = word.strip_prefix("from-").and_then(minor);
        let until = word.strip_prefix("until-").and_then(minor);
        if word == "every" || from.is_some() || until.is_some() {
            let range = from.unwrap_or(0)..=until.unwrap_or(u32::MAX);
            let every = EVERY.iter();
            releases.extend(
                every
                    .filter(|release| minor(release).is_some_and(|number| range.contains(&number)))
                    .map(|release| (*release).to_owned()),
            );
        } else {
            releases.push(word.to_owned());
        }
    }
    releases
}

#[cfg(test)]
mod tests {
    use super::{Case, Shared};

    const TEXT: &str = "# One side only.\nquick: 1.27.3\nwith: from-1.26\nhost\n  flag: -trimpath\n\
        plugin a.so = plain\n  go: other\n  shared: v1.0.1 in ../shared\n  edit: shared/a.go | 1\\n | 2\n\
        run: open a.so; lookup 1 V:*int\n";

    #[test]
    fn a_case_is_read() {
        let case = Case::parse("x", TEXT).expect("a case");
        assert_eq!(case.rule, "One side only.");
        assert_eq!(case.on.len(), 8);
        assert_eq!(case.with, ["1.26.6", "1.27.3"]);
        assert_eq!(case.host.flags, ["-trimpath"]);
        assert!(
            matches!(&case.plugins[0].shared, Shared::Folder { version, .. } if version == "v1.0.1")
        );
        assert_eq!(case.plugins[0].edits[0].1, "1\n");
        let asked = case.on_release("1.26.6");
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].1.plugins[0].release.as_deref(), Some("1.27.3"));
        assert_eq!(asked[0].1.host.release.as_deref(), Some("1.26.6"));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for bad in [
            "# A\nrun: x\nhost\n  nonsense: 1",
            "run: x",
            "# A\nplugin a",
        ] {
            assert!(Case::parse("x", bad).is_err(), "{bad}");
        }
    }
}
