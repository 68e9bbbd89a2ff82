//! Programs that are meant to be started by a script that says where their libraries are: `LD_LIBRARY_PATH=$HERE/lib exec $HERE/app`,
//! `exec $HERE/lib/ld-linux-x86-64.so.2 --library-path …`.
//!
//! Such a program is judged in the process that the script makes. Where the script cannot be read with certainty, that is said, and
//! no verdict is made up.

use rayon::prelude::*;
use sayso_loader::session::Opened;
use sayso_loader::{Gap, Session, Verdict};
use sayso_world::{FileId, TargetPath, World};

use super::Checked;
use super::command::followed;
use crate::answer::{Answer, Asking, Format, Outcome};
use crate::limits::SHELL_TEXT_MAX;
use crate::show;

/// What a script must say to be looked into.
const SETS: &[&[u8]] = &[b"LD_LIBRARY_PATH", b"LD_PRELOAD", b"--library-path"];

/// A script that sets what a loader searches.
struct Wrapper {
    script: TargetPath,
    text: bytes::Bytes,
    sets: &'static [u8],
    /// Programs that it starts: the file, how it goes, and whether that is certain.
    starts: Vec<(FileId, Answer, bool)>,
}

/// All of an image.
pub(super) struct Wrappers(Vec<Wrapper>);

impl Wrappers {
    /// Reads those of the scripts that set something.
    pub(super) fn of(
        world: &dyn World,
        session: &Session<'_>,
        asking: &Asking,
        scripts: &[TargetPath],
    ) -> Wrappers {
        let read = |script: &TargetPath| {
            let stat = session.lookup(script).ok()?;
            let Opened::NotElf(text) = &*session.open_once(&stat) else {
                return None;
            };
            let text = text.slice(..text.len().min(SHELL_TEXT_MAX));
            let sets = SETS
                .iter()
                .find(|name| memchr::memmem::find(&text, name).is_some())?;
            let starts = followed(world, script, asking)
                .links
                .into_iter()
                .filter(|link| link.answer.format == Format::Elf)
                .filter_map(|link| {
                    let program = link.answer.trace.objects.first()?;
                    let id = (!program.missing).then_some(program.file)?;
                    Some((id, link.answer, link.decisive))
                });
            Some(Wrapper {
                starts: starts.collect(),
                script: script.clone(),
                text,
                sets,
            })
        };
        Wrappers(scripts.par_iter().filter_map(read).collect())
    }

    /// A program that fails alone, as the script that starts it has it.
    pub(super) fn judge(&self, checked: &mut Checked, id: FileId) {
        if checked.answer.outcome() != Outcome::Fails {
            return;
        }
        let path = checked.answer.named.clone();
        let mut refused: Option<(&Answer, &TargetPath)> = None;
        let mut untold = None;
        for wrapper in &self.0 {
            let mut is_told = false;
            for (program, answer, certain) in &wrapper.starts {
                if *program != id {
                    continue;
                }
                if answer.outcome() == Outcome::Loads {
                    checked.answer = renamed(answer, &path);
                    checked.inside = Some(wrapper.script.clone());
                    return;
                }
                if *certain {
                    refused.get_or_insert((answer, &wrapper.script));
                }
                is_told |= certain;
            }
            if !is_told && wrapper.mentions(&path) {
                untold.get_or_insert(wrapper);
            }
        }
        if let Some(wrapper) = untold {
            checked.answer.trace.verdict = Verdict::Unknown {
                gaps: vec![Gap {
                    name: "decided-at-run-time",
                    what: format!(
                        "it is started by a script that sets {}: {}",
                        show(wrapper.sets),
                        show(&wrapper.script)
                    ),
                }],
            };
            checked.answer.findings.clear();
        } else if let Some((answer, script)) = refused {
            checked.answer = renamed(answer, &path);
            checked.inside = Some(script.clone());
        }
    }

    /// A script whose program does not load with what the script sets, though it loads without.
    pub(super) fn judge_script(
        &self,
        session: &Session<'_>,
        asking: &Asking,
        checked: &mut Checked,
    ) {
        let is_it = |wrapper: &&Wrapper| wrapper.script == checked.answer.named;
        let Some(wrapper) = self.0.iter().find(is_it) else {
            return;
        };
        // A program that does not load without its script either is told of by itself.
        let fails = |(_, answer, certain): &&(FileId, Answer, bool)| {
            *certain
                && answer.outcome() == Outcome::Fails
                && asking.file(session, &answer.named).outcome() == Outcome::Loads
        };
        if checked.answer.outcome() == Outcome::Loads
            && let Some((_, answer, _)) = wrapper.starts.iter().find(fails)
        {
            checked.answer = renamed(answer, &wrapper.script);
        }
    }
}

fn renamed(answer: &Answer, path: &TargetPath) -> Answer {
    Answer {
        named: path.clone(),
        ..answer.clone()
    }
}

impl Wrapper {
    /// It names the program: with a folder, or it lies in a folder above it.
    fn mentions(&self, path: &TargetPath) -> bool {
        let name = path.file_name();
        let folder = self.script.parent();
        let is_above = folder.as_bytes() != b"/" && path.as_bytes().starts_with(folder.as_bytes());
        let is_part = |byte: Option<&u8>| {
            byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b))
        };
        memchr::memmem::find_iter(&self.text, name).any(|at| {
            let before = at.checked_sub(1).and_then(|at| self.text.get(at));
            let behind = self.text.get(at + name.len());
            !is_part(behind) && (before == Some(&b'/') || is_above && !is_part(before))
        })
    }
}
