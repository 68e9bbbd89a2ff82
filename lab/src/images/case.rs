//! An image as text: world lines in layers, a configuration, and what is expected.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use sayso_fixture::Fixture;

/// One image.
#[derive(Debug, Clone)]
pub struct Case {
    /// `library-deleted-by-a-later-layer`
    pub name: String,
    /// Its text.
    pub text: String,
    /// `Entrypoint`, `Cmd`, `Env` … as JSON, one member each.
    pub config: Vec<(String, String)>,
    /// `linux/amd64` if nothing is said.
    pub platform: Option<String>,
    /// Level of the processor that it is judged for, instead of this machine's.
    pub cpu: Option<u8>,
    /// The base has a C library.
    pub has_libc: bool,
    /// How the layers and the archive are written.
    pub form: Form,
    /// The lowest first.
    pub layers: Vec<Layer>,
    /// What is to come out.
    pub expected: Expected,
    /// It is really started.
    pub tried: bool,
}

/// How an image is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A folder with an OCI layout.
    Layout,
    /// The same with gzip layers, in a tar archive.
    OciArchive,
    /// `docker save`
    DockerArchive,
}

/// One layer.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The history's line.
    pub created_by: String,
    /// Its files.
    pub fixture: Fixture,
    /// Real programs: name of the tool, where it is put.
    pub tools: Vec<(String, String)>,
    /// Names that it takes away.
    pub whiteouts: Vec<String>,
    /// Folders of which only its own files stay.
    pub opaque: Vec<String>,
}

/// What is to come out.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Whether the command starts; `None`: it cannot be known.
    pub starts: Option<bool>,
    /// Words of the failure.
    pub says: Option<String>,
    /// Rules that speak.
    pub rules: Vec<String>,
    /// Files beside the command that do not load, as `role:path`, in the order of paths.
    pub broken: Vec<String>,
    /// A layer that is blamed.
    pub blame: Option<usize>,
}

/// The folder with all cases.
pub fn home() -> PathBuf {
    crate::workspace().join("lab/images")
}

/// Every case.
///
/// # Errors
/// A file that cannot be read, or is no image.
pub fn all() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(home()).context("no lab/images")? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "image") {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let name = stem.context("a name that is no text")?.to_owned();
            let text = std::fs::read_to_string(&path)?;
            cases.push(Case::parse(&name, text).with_context(|| name)?);
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// It is no image, or its first line is no sentence.
    pub fn parse(name: &str, text: String) -> Result<Case> {
        ensure!(
            text.starts_with("# "),
            "the first line is not a comment that says what is wrong with the image, or what is healthy"
        );
        let mut case = Case {
            name: name.to_owned(),
            config: Vec::new(),
            platform: None,
            cpu: None,
            has_libc: true,
            // Every form gets its share, and a case always the same one.
            form: [Form::Layout, Form::OciArchive, Form::DockerArchive]
                [name.bytes().map(usize::from).sum::<usize>() % 3],
            layers: Vec::new(),
            expected: Expected::default(),
            tried: true,
            text: text.clone(),
        };
        let mut machine = "machine: glibc 2.36 x86_64".to_owned();
        // World lines of the layer so far.
        let mut worlds: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim) {
            let Some((word, rest)) = line.split_once(char::is_whitespace) else {
                ensure!(
                    line.is_empty() || line == "#",
                    "{line}: one word alone says nothing"
                );
                continue;
            };
            let rest = rest.trim();
            match word {
                "#" => {}
                "machine:" => line.clone_into(&mut machine),
                "config:" => {
                    let (key, value) = rest.split_once(' ').context("config: KEY JSON")?;
                    case.config.push((key.to_owned(), value.trim().to_owned()));
                }
                "platform:" => case.platform = Some(rest.to_owned()),
                "cpu:" => case.cpu = Some(rest.parse()?),
                "libc:" => case.has_libc = rest != "none",
                "tried:" => case.tried = rest != "no",
                "form:" => {
                    case.form = Form::called(rest)?;
                }
                "expect:" => case.expected.read(rest)?,
                "layer:" => {
                    worlds.push(String::new());
                    case.layers.push(Layer {
                        created_by: rest.to_owned(),
                        fixture: sayso_fixture::parse(&machine)?,
                        tools: Vec::new(),
                        whiteouts: Vec::new(),
                        opaque: Vec::new(),
                    });
                }
                _ => {
                    let behind = "files stand behind a layer: line";
                    let layer = case.layers.last_mut().context(behind)?;
                    if !layer.reads(word, rest)? {
                        worlds.last_mut().context(behind)?.extend([line, "\n"]);
                    }
                }
            }
        }
        ensure!(!case.layers.is_empty(), "no layer");
        for (layer, world) in case.layers.iter_mut().zip(worlds) {
            layer.fixture = sayso_fixture::parse(&format!("{machine}\n{world}"))?;
        }
        Ok(case)
    }
}

impl Layer {
    /// A line that no world has; `false` for any other.
    fn reads(&mut self, word: &str, rest: &str) -> Result<bool> {
        match word {
            "whiteout:" => self.whiteouts.push(rest.to_owned()),
            "opaque:" => self.opaque.push(rest.to_owned()),
            "tool:" => {
                let (tool, path) = rest.split_once(' ').context("tool: NAME PATH")?;
                self.tools.push((tool.to_owned(), path.trim().to_owned()));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Form {
    fn called(name: &str) -> Result<Form> {
        Ok(match name {
            "layout" => Form::Layout,
            "oci" => Form::OciArchive,
            "docker" => Form::DockerArchive,
            other => bail!("no form is called {other}"),
        })
    }
}

impl Expected {
    /// `starts`, `fails`, `unknown`; and `says "…"`, `rule NAME`, `broken ROLE:PATH`, `blame N`.
    fn read(&mut self, text: &str) -> Result<()> {
        match text.split_once(' ') {
            None => {
                self.starts = match text {
                    "starts" => Some(true),
                    "fails" => Some(false),
                    "unknown" => None,
                    other => bail!("expect: {other} is not understood"),
                }
            }
            Some(("says", words)) => self.says = Some(words.to_owned()),
            Some(("rule", name)) => self.rules.push(name.to_owned()),
            Some(("broken", file)) => self.broken.push(file.to_owned()),
            Some(("blame", layer)) => self.blame = Some(layer.parse()?),
            Some((other, _)) => bail!("expect: {other} is not understood"),
        }
        Ok(())
    }
}
