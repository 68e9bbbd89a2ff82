//! Remarks about the image as a whole: its platform, the links of a merged `/usr`, its Pythons.

use std::collections::{HashMap, HashSet};

use sayso_loader::session::Opened;
use sayso_world::TargetPath;

use super::roles::{self, Kind, Language, Role};
use super::walk::Candidate;
use super::{GLIBC_LOADERS, Surveyor};
use crate::finding::{Finding, Subject};
use crate::rules::survey as rule;
use crate::show;

impl Surveyor<'_, '_> {
    /// Everything that is wrong with the image itself rather than with one file.
    pub(super) fn of_the_image(
        &self,
        environments: &[TargetPath],
        all: &[(&Candidate, Kind)],
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(self.wrong_platform(all));
        self.undone_merge(&mut findings);
        self.strange_modules(all, &mut findings);
        same_but_for_case(all, &mut findings);
        for file in environments {
            self.virtual_environment(file, &mut findings);
        }
        findings
    }

    /// Programs, and none for the machine that the image is for.
    fn wrong_platform(&self, all: &[(&Candidate, Kind)]) -> Option<Finding> {
        let programs = || {
            let is_program = |(candidate, kind): &&(&Candidate, Kind)| {
                kind.role == Role::Program && !candidate.is_script
            };
            all.iter()
                .filter(is_program)
                .map(|(candidate, _)| *candidate)
        };
        let first = programs().next()?;
        if programs().any(|candidate| !candidate.is_foreign) {
            return None;
        }
        let stat = self.session.lookup(&first.path).ok()?;
        let Opened::Image(image) = &*self.session.open_once(&stat) else {
            return None;
        };
        let is = crate::machine_name(image.header().machine);
        let message = format!(
            "no program of the image is for its platform: {} is for {is}",
            show(&first.path)
        );
        Some(
            Finding::new(
                &rule::IMAGE_WRONG_PLATFORM,
                Subject::File(first.path.clone()),
                message,
            )
            .advice("build the image for the platform that it names, from a base of that platform")
            .fix("with buildx", "docker buildx build --platform OS/ARCH ."),
        )
    }

    /// `/lib64` is a folder, the loader that programs name there is missing, and it lies below `/usr`, where the link led.
    fn undone_merge(&self, findings: &mut Vec<Finding>) {
        for (folder, loader) in GLIBC_LOADERS.iter().filter_map(|loader| {
            let path = TargetPath::from(*loader);
            Some((path.parent(), path)).filter(|(_, path)| self.world.lookup(path).is_err())
        }) {
            let is_real = matches!(
                self.world.read_link(&folder),
                Err(sayso_world::Errno::EINVAL)
            );
            let merged =
                TargetPath::from("/usr").join(loader.as_bytes().get(1..).unwrap_or_default());
            if !is_real || self.world.lookup(&merged).is_err() {
                continue;
            }
            findings.push(
                Finding::new(
                    &rule::USR_MERGE_UNDONE,
                    Subject::File(folder.clone()),
                    format!("{} is a folder and not the link to /usr{} that the image began with: {} cannot be reached", show(&folder), show(&folder), show(&loader)),
                )
                .because(format!("{} is there, and every program names {}", show(&merged), show(&loader)))
                .advice(format!("put the files below usr{}/ in the archive that becomes the layer, and leave the folder's own entry out", show(&folder))),
            );
        }
    }

    fn strange_modules(&self, all: &[(&Candidate, Kind)], findings: &mut Vec<Finding>) {
        if self.hosts.python.is_empty() {
            return;
        }
        // A folder that has the module for an interpreter that is here, too, holds spare variants.
        let mut served: HashSet<(TargetPath, Vec<u8>)> = HashSet::new();
        let mut strangers: HashMap<(u16, u16), Vec<&TargetPath>> = HashMap::new();
        let stem = |path: &TargetPath| {
            path.file_name()
                .split(|&b| b == b'.')
                .next()
                .unwrap_or_default()
                .to_vec()
        };
        let release = |kind: &Kind| match kind.language {
            Some(Language::Python(release)) => Some(release),
            _ => None,
        };
        for (candidate, kind) in all {
            let Some(release) = release(kind) else {
                continue;
            };
            if release.is_none_or(|release| self.hosts.python.contains_key(&release)) {
                served.insert((candidate.path.parent(), stem(&candidate.path)));
            }
        }
        for (candidate, kind) in all {
            if let Some(Some(release)) = release(kind)
                && !self.hosts.python.contains_key(&release)
                && !served.contains(&(candidate.path.parent(), stem(&candidate.path)))
                && roles::python_tag(candidate.path.file_name()).is_some()
            {
                strangers.entry(release).or_default().push(&candidate.path);
            }
        }
        let mut strangers: Vec<_> = strangers.into_iter().collect();
        strangers.sort();
        let mut here: Vec<_> = self.hosts.python.keys().copied().collect();
        here.sort_unstable();
        let here: Vec<String> = here
            .iter()
            .map(|(major, minor)| format!("{major}.{minor}"))
            .collect();
        for ((major, minor), paths) in strangers {
            let first = paths[0];
            let many = paths.len();
            findings.push(
                Finding::new(
                    &rule::PYTHON_EXTENSION_VERSION,
                    Subject::File(first.clone()),
                    format!(
                        "{} {} for Python {major}.{minor}, and the image has Python {}",
                        if many == 1 {
                            show(first)
                        } else {
                            format!("{} and {} more modules", show(first), many - 1)
                        },
                        if many == 1 { "is" } else { "are" },
                        crate::rules::enumerate(&here)
                    ),
                )
                .because(
                    "an interpreter imports only modules whose names carry its own tag, or abi3",
                )
                .fix(
                    "install the packages with the interpreter that will run them",
                    "python3 -m pip install --force-reinstall -r requirements.txt",
                )
                .advice(
                    "use the same Python release in the stage that installs and in the final one",
                ),
            );
        }
    }

    /// `pyvenv.cfg` against the interpreter that its `bin/python` leads to.
    fn virtual_environment(&self, file: &TargetPath, findings: &mut Vec<Finding>) {
        let folder = file.parent();
        let python = folder.join(b"bin").join(b"python3");
        let Ok(target) = self.world.canonical(&python) else {
            if let Ok(link) = self.world.read_link(&python) {
                findings.push(
                    Finding::new(
                        &rule::VIRTUAL_ENVIRONMENT_BROKEN,
                        Subject::File(python.clone()),
                        format!("the virtual environment {} has no interpreter: {} leads to {}, which does not exist", show(&folder), show(&python), show(&link)),
                    )
                    .advice("make it with an interpreter that the final stage has at the same path, or copy that interpreter, too")
                    .fix("make it anew in the final stage", format!("python3 -m venv --clear {}", show(&folder))),
                );
            }
            return;
        };
        let found = roles::python_folder(&target.join(b"")).or_else(|| release_of_program(&target));
        let Some((major, minor)) = found else { return };
        let library = folder.join(b"lib");
        let releases: Vec<(u16, u16)> = self
            .world
            .list(&library)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| roles::python_folder(&library.join(&entry.name)))
            .collect();
        if let [(other_major, other_minor)] = releases[..]
            && (other_major, other_minor) != (major, minor)
        {
            findings.push(
                Finding::new(
                    &rule::VIRTUAL_ENVIRONMENT_BROKEN,
                    Subject::File(folder.clone()),
                    format!("the virtual environment {} was made for Python {other_major}.{other_minor}, and its interpreter is {} ({major}.{minor})", show(&folder), show(&target)),
                )
                .because(format!("it looks for packages in {}/lib/python{major}.{minor}/site-packages, which does not exist", show(&folder)))
                .advice("use the same Python release in the stage that installs and in the final one")
                .fix("make it anew in the final stage", format!("python3 -m venv --clear {}", show(&folder))),
            );
        }
    }
}

/// Files that lie in one folder and are called the same but for the case of letters.
fn same_but_for_case(all: &[(&Candidate, Kind)], findings: &mut Vec<Finding>) {
    let mut names: HashMap<Vec<u8>, &TargetPath> = HashMap::new();
    for (candidate, _) in all {
        let path = &candidate.path;
        let folded = [
            path.parent().as_bytes(),
            b"/",
            &path.file_name().to_ascii_lowercase()[..],
        ]
        .concat();
        let Some(other) = names.insert(folded, path) else {
            continue;
        };
        findings.push(
            Finding::new(
                &rule::NAMES_DIFFER_IN_CASE_ONLY,
                Subject::File(path.clone()),
                format!(
                    "{} and {} differ only in case: where the image is unpacked on macOS or Windows, one of them is lost",
                    show(other),
                    show(path.file_name())
                ),
            )
            .advice("give one of them another name, or build and unpack on Linux only"),
        );
    }
}

fn release_of_program(path: &TargetPath) -> Option<(u16, u16)> {
    let name = String::from_utf8_lossy(path.file_name()).into_owned();
    let (major, minor) = name.strip_prefix("python")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
