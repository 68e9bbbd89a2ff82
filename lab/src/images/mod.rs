//! Whole images as text: built, judged, and then really unpacked by another tool (umoci) and started by another one (runc), which make
//! of the image's configuration what they will. `docs/lab.md` says how to add one.

mod build;
mod case;
mod roots;
mod started;

pub use case::{Case, Expected, all, home};
pub use roots::{check_root, roots};

use anyhow::{Context as _, Result, bail, ensure};
use sayso_advice::survey::{self, Checked, Entry, Start};
use sayso_advice::{Asking, Outcome};
use sayso_loader::Session;
use sayso_world::{Cpu, World as _, detect};

use build::Scratch;

/// Programs that start images for real.
pub const TOOLS: [&str; 3] = ["umoci", "runc", "tar"];

/// Which of the tools is not here.
pub fn missing_tool() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = |tool: &&&str| {
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into(), "/sbin".into()])
            .any(|folder| folder.join(tool).exists())
    };
    TOOLS.iter().find(|tool| !has(tool)).copied()
}

/// What was foretold of an image.
#[derive(Debug)]
pub struct Foretold {
    /// Its command.
    pub start: Start,
    /// Files that do not load, the command's own left out: role, path, rule.
    pub broken: Vec<(&'static str, String, Option<&'static str>)>,
    /// Rules of remarks about the whole image.
    pub remarks: Vec<&'static str>,
    /// Layers that are blamed, from 1, of the command and of every broken file.
    pub blamed: Vec<usize>,
}

impl Case {
    /// Builds the image, judges it, and has it started where that can be tried.
    ///
    /// # Errors
    /// What differs: from what the case expects, or from what really happens.
    pub fn check(&self) -> Result<()> {
        let scratch = Scratch::new()?;
        let built = build::build(self, &scratch).context("cannot build the image")?;
        let foretold = self.foretell(&built.file)?;
        self.compare(&foretold)?;
        if self.tried {
            let real = started::start(&built.layout, &scratch).context("cannot start it")?;
            self.compare_with(&foretold, &real)?;
        }
        Ok(())
    }

    fn foretell(&self, file: &std::path::Path) -> Result<Foretold> {
        let options = sayso_image::Options {
            platform: self.platform.as_deref().map(str::parse).transpose()?,
            ..sayso_image::Options::default()
        };
        let image = sayso_image::open(file, &options)?;
        let config = image.config.clone().context("no configuration")?;
        let entry = Entry {
            entrypoint: config.entrypoint.clone(),
            cmd: config.cmd.clone(),
            env: config
                .env
                .iter()
                .map(|(key, value)| [&key[..], b"=", value].concat())
                .collect(),
            user: config.user.as_bytes().to_vec(),
            working_dir: config.working_dir.clone(),
        };
        let mut world = image.tree.clone();
        // It is started on this machine's processor, so it is judged for that, unless the case names another one.
        world.machine_mut().cpu = self
            .cpu
            .map_or_else(|| detect::this_machine().cpu, Cpu::of_level);
        let asking = Asking::default();
        let start = survey::start(&world, &entry, &asking);
        entry.apply(world.machine_mut());
        let past = Past(image.tree.clone());
        let session = Session::new(&world);
        let mut blamed: Vec<usize> = start
            .links
            .iter()
            .flat_map(|link| survey::blame(&world, &past, &link.answer))
            .map(|change| change.layer)
            .collect();
        let started: Vec<Vec<u8>> = start
            .links
            .iter()
            .filter_map(|link| {
                let path = link
                    .answer
                    .named
                    .join_to(&world.machine().working_directory);
                Some(world.canonical(&path).ok()?.as_bytes().to_vec())
            })
            .collect();
        let survey = survey::survey(&world, &session, &asking, |checked: Checked| {
            let of_start = started.contains(&checked.answer.named.as_bytes().to_vec());
            if of_start || checked.answer.outcome() != Outcome::Fails {
                return None;
            }
            let rule = checked
                .answer
                .findings
                .first()
                .map(|finding| finding.rule.name);
            let blame = checked.blame(&world, &past);
            let path = sayso_advice::show(&checked.answer.named);
            Some(((checked.role.name(), path, rule), blame))
        });
        let mut broken = Vec::new();
        for (file, changes) in survey.files.into_iter().flatten() {
            broken.push(file);
            blamed.extend(changes.iter().map(|change| change.layer));
        }
        Ok(Foretold {
            start,
            broken,
            remarks: survey
                .findings
                .iter()
                .map(|finding| finding.rule.name)
                .collect(),
            blamed,
        })
    }

    /// With what the case says.
    fn compare(&self, foretold: &Foretold) -> Result<()> {
        let expected = &self.expected;
        let said = said(foretold);
        ensure!(
            foretold.start.starts == expected.starts,
            "{}\nexpected starts {:?}, foretold {:?}: {said:?}\n{:#?}",
            self.text,
            expected.starts,
            foretold.start.starts,
            foretold.start.gaps
        );
        if let Some(text) = &expected.says {
            let is_there = said
                .as_ref()
                .is_some_and(|said| said.contains(text.as_str()));
            ensure!(
                is_there,
                "{}\nexpected the words {text:?}, foretold {said:?}",
                self.text
            );
        }
        for rule in &expected.rules {
            let of_links = foretold
                .start
                .links
                .iter()
                .flat_map(|link| &link.answer.findings);
            let mut known = of_links
                .map(|finding| finding.rule.name)
                .chain(foretold.remarks.iter().copied())
                .chain(foretold.broken.iter().filter_map(|(_, _, rule)| *rule));
            let is_there = known.any(|known| known == rule);
            ensure!(
                is_there,
                "{}\nrule {rule} is silent\n{foretold:#?}",
                self.text
            );
        }
        let broken: Vec<String> = foretold
            .broken
            .iter()
            .map(|(role, path, _)| format!("{role}:{path}"))
            .collect();
        ensure!(
            broken == expected.broken,
            "{}\nexpected broken {:?}, foretold {broken:?}\n{:?}",
            self.text,
            expected.broken,
            foretold.broken
        );
        if expected.rules.is_empty() {
            ensure!(
                foretold.remarks.is_empty(),
                "{}\nunexpected remarks: {:?}",
                self.text,
                foretold.remarks
            );
        }
        if let Some(layer) = expected.blame {
            ensure!(
                foretold.blamed.contains(&layer),
                "{}\nlayer {layer} is not blamed: {:?}",
                self.text,
                foretold.blamed
            );
        }
        Ok(())
    }

    /// With what really happened.
    fn compare_with(&self, foretold: &Foretold, real: &started::Real) -> Result<()> {
        match (foretold.start.starts, real.started()) {
            (Some(true), true) | (None, _) => Ok(()),
            (Some(false), false) => {
                let said = said(foretold).unwrap_or_default();
                let heard = String::from_utf8_lossy(&real.errors);
                // Quotes in logs are escaped.
                let plain = heard.replace("\\\"", "\"");
                ensure!(
                    plain.contains(&said),
                    "{}\nforetold: {said}\nreally:   {plain}",
                    self.text
                );
                Ok(())
            }
            (foretold, started) => bail!(
                "{}\nforetold starts {foretold:?}, really {started}: status {}\n{}\n{}",
                self.text,
                real.status,
                String::from_utf8_lossy(&real.output),
                String::from_utf8_lossy(&real.errors)
            ),
        }
    }
}

/// The words of the failure that decides.
fn said(foretold: &Foretold) -> Option<String> {
    foretold.start.failure().and_then(|link| link.said.clone())
}

/// The image's layers, by number.
struct Past(sayso_image::ImageWorld);

impl survey::History for Past {
    fn of(&self, path: &sayso_world::TargetPath) -> Vec<survey::Change> {
        let deed = |what| match what {
            sayso_image::Change::Brought => Some(survey::Deed::Brought),
            sayso_image::Change::Replaced => Some(survey::Deed::Replaced),
            sayso_image::Change::Deleted => Some(survey::Deed::Deleted),
            sayso_image::Change::Altered => None,
        };
        let changes = self.0.blame(path).into_iter();
        changes
            .filter_map(|change| {
                Some(survey::Change {
                    deed: deed(change.what)?,
                    path: change.path,
                    layer: change.layer + 1,
                    digest: String::new(),
                    created_by: None,
                })
            })
            .collect()
    }
}
