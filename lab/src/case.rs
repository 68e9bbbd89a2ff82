//! Cases: one file for each rule of a loader, named after the rule.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sayso_fixture::{Fixture, Libc};

use crate::release::Unpacked;
use crate::root::{Folder, Mounted};
use crate::told::{End, Told};
use crate::{compare, predicted, recorded};

/// A world file.
#[derive(Debug, Clone)]
pub struct Case {
    /// `glibc/rpath-before-library-path`
    pub name: String,
    /// Its text.
    pub text: String,
    /// It, read.
    pub fixture: Fixture,
    /// Oldest release that it is asked of.
    pub from: (u16, u16, u16),
    /// Newest.
    pub until: (u16, u16, u16),
    /// Only of machines whose processor is below x86-64-v4.
    below_v4: bool,
    /// Only of one release: it is the kernel's doing.
    kernel: bool,
}

/// Words of `option:` lines that are understood.
const OPTIONS: &[&str] = &["objects", "below-v4", "not-in-memory"];

fn release(text: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = text.split('.').map(str::parse);
    let mut next = || numbers.next().unwrap_or(Ok(0)).ok();
    Some((next()?, next()?, next()?))
}

/// The folder with all cases.
pub fn home() -> PathBuf {
    crate::workspace().join("lab/cases")
}

/// Every case.
///
/// # Errors
/// A file that cannot be read, or is no world.
pub fn all() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for family in ["glibc", "kernel", "musl"] {
        let folder = home().join(family);
        let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "world") {
                cases.push(Case::read(&path, family)?);
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

impl Case {
    fn read(path: &Path, family: &str) -> Result<Case> {
        let text = std::fs::read_to_string(path)?;
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let name = format!("{family}/{}", stem.context("a name that is no text")?);
        Case::parse(name, text)
    }

    /// Reads a case.
    ///
    /// # Errors
    /// It is no world, its first line is no sentence, or an option is not known.
    pub fn parse(name: String, text: String) -> Result<Case> {
        let fixture = sayso_fixture::parse(&text).with_context(|| name.clone())?;
        if !text.starts_with("# ") {
            bail!("{name}: the first line is not a comment that says the rule");
        }
        let mut case = Case {
            kernel: name.starts_with("kernel/"),
            name,
            text,
            fixture,
            from: (0, 0, 0),
            until: (u16::MAX, 0, 0),
            below_v4: false,
        };
        for option in case.fixture.options.clone() {
            let number = |prefix| option.strip_prefix(prefix).and_then(release);
            if let Some(from) = number("from-") {
                case.from = from;
            } else if let Some(until) = number("until-") {
                case.until = until;
            } else if option == "below-v4" {
                case.below_v4 = true;
            } else if !OPTIONS.contains(&option.as_str()) {
                bail!("{}: option {option} is not known", case.name);
            }
        }
        Ok(case)
    }

    /// Whether it is asked of a release.
    pub fn asks(&self, release: &Unpacked) -> bool {
        let level = sayso_world::detect::this_machine().cpu.level;
        self.fixture.machine.libc == release.libc
            && (self.from..=self.until).contains(&release.number)
            && !(self.below_v4 && level >= 4)
            && (!self.kernel || matches!(release.number, (2, 36, 0) | (1, 2, 3)))
    }

    /// Asks one release, and compares.
    ///
    /// # Errors
    /// What differs, or why it could not be asked.
    pub fn check(&self, release: &Unpacked) -> Result<()> {
        let account = Account::of(&self.fixture, release)?;
        let in_memory = !self
            .fixture
            .options
            .iter()
            .any(|option| option == "not-in-memory");
        match account.difference(in_memory) {
            None => Ok(()),
            Some(difference) => bail!("{}\n{difference}", self.text),
        }
    }
}

/// What the real loader did, and the two predictions.
#[derive(Debug)]
pub struct Account {
    /// Really.
    pub real: Told,
    /// Over the folder.
    pub predicted: Told,
    /// Over the world in memory.
    pub in_memory: Option<Told>,
}

impl Account {
    /// Asks all three.
    ///
    /// # Errors
    /// The folder cannot be filled, or the program not be launched.
    pub fn of(fixture: &Fixture, release: &Unpacked) -> Result<Account> {
        let mut fixture = fixture.clone();
        fixture.machine.release = Some(release.number);
        let folder = Folder::new(&fixture, release).context("cannot write the world")?;
        let real = recorded::record(&fixture, &folder).context("cannot launch the program")?;
        let world = Mounted::new(&folder, &fixture)
            .map_err(|errno| anyhow::anyhow!("{}", errno.glibc_text()))?;
        let predicted = predicted::predict(&fixture, &world);
        // ldconfig writes to a folder, not to memory, and a changed copy of libc is a copy of its stand-in there.
        let copies_libc = fixture.files.iter().any(|file| {
            matches!(&file.content, sayso_fixture::Content::Copy { source, .. }
                if !fixture.files.iter().any(|other| other.path == *source))
        });
        let ldconfig = fixture.cache.is_some() && fixture.cache_bytes().is_none();
        let in_memory = if copies_libc || ldconfig {
            None
        } else {
            let mut memory = release.memory(&fixture)?;
            *memory.machine_mut() = crate::root::machine(&fixture);
            Some(predicted::predict(&fixture, &memory))
        };
        Ok(Account {
            real,
            predicted,
            in_memory,
        })
    }

    /// What differs.
    pub fn difference(&self, in_memory: bool) -> Option<String> {
        if let Some(text) = compare::difference(&self.real, &self.predicted) {
            return Some(text);
        }
        let memory = self.in_memory.as_ref().filter(|_| in_memory)?;
        let text = compare::difference(&self.real, memory)?;
        Some(format!("(over the world in memory)\n{text}"))
    }

    /// The prediction says that it cannot be known from files.
    pub fn is_unknown(&self) -> bool {
        matches!(self.predicted.end, End::Unknown(_))
    }
}

/// The releases that a family's cases are asked of.
pub fn releases(libc: Libc) -> Vec<Unpacked> {
    let all = crate::release::provisioned();
    all.into_iter()
        .filter(|release| release.libc == libc)
        .collect()
}
