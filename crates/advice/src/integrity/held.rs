//! A checksum list held against the files that it names.

use sayso_world::{Errno, FileKind, TargetPath, World};

use super::sums::{Malformed, Sum};
use super::{Algorithm, Digest, Fault};
use crate::rules::{enumerate_some, integrity as rules};
use crate::show;

/// Names shown where many are counted.
const NAMED: usize = 3;

/// A file with what was written down of it and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its name, as the list has it (or would have it).
    pub name: Vec<u8>,
    /// The line that names it; `None`: no line does.
    pub line: Option<usize>,
    /// What the list says.
    pub expected: Option<Digest>,
    /// What came of it.
    pub state: State,
}

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its bytes are what the list says (or: they were summed).
    Same(Digest),
    /// They are not.
    Changed(Digest),
    /// There is no such file.
    Missing,
    /// It cannot be read.
    Unreadable(Errno),
    /// It is there, and the list does not name it.
    Extra,
}

impl Held {
    /// What is wrong with it, if anything is. `digits`: of a digest that are told.
    pub fn fault(&self, digits: usize) -> Option<Fault> {
        let line = self.line.unwrap_or_default();
        let short = |digest: &Digest| {
            let text = digest.to_string();
            match text.get(..digits) {
                Some(head) if head.len() < text.len() => format!("{head}…"),
                _ => text,
            }
        };
        let (rule, why, mend) = match (&self.state, &self.expected) {
            (State::Changed(digest), Some(expected)) => (
                &rules::SUMS_FILE_CHANGED,
                format!(
                    "it is {}, line {line} says {}",
                    short(digest),
                    short(expected)
                ),
                "get the file again, or write the list anew with sayso sums",
            ),
            (State::Missing, _) => (
                &rules::SUMS_FILE_MISSING,
                format!("line {line} names it, and it is not there"),
                "bring the file; names begin at the folder of the list",
            ),
            (State::Unreadable(Errno::ENODATA), _) => (
                &rules::SUMS_FILE_UNREADABLE,
                format!(
                    "line {line}: of an image only the contents that a loader looks at are kept"
                ),
                "unpack the image, and name it with --root",
            ),
            (State::Unreadable(errno), _) => (
                &rules::SUMS_FILE_UNREADABLE,
                format!("line {line}: {}", errno.glibc_text()),
                "run it as a user who may read the file; folders have no digest",
            ),
            (State::Extra, _) => (
                &rules::SUMS_FILE_NOT_LISTED,
                "it is there, and no line names it".to_owned(),
                "take it out, or write the list anew with sayso sums",
            ),
            (State::Same(_), _) | (State::Changed(_), None) => return None,
        };
        Some(Fault {
            rule,
            subject: show(&self.name),
            why,
            mend,
        })
    }
}

/// What is wrong with lines that could not be read.
pub fn malformed(lines: &[Malformed]) -> impl Iterator<Item = Fault> {
    lines.iter().map(|malformed| Fault {
        rule: &rules::SUMS_LINE_MALFORMED,
        subject: format!("line {}", malformed.line),
        why: malformed.why.to_owned(),
        mend: "write the list anew with sayso sums; remarks begin with #",
    })
}

/// A remark on files whose only digests are weak.
pub fn weak(files: &[Held]) -> Option<Fault> {
    let is_weak = |file: &&Held| {
        let digest = file.expected.map(|digest| digest.bytes().len());
        let mut algorithms = digest.into_iter().flat_map(Algorithm::of_size);
        matches!(file.state, State::Same(_)) && algorithms.any(Algorithm::is_weak)
    };
    let files: Vec<String> = files
        .iter()
        .filter(is_weak)
        .map(|file| show(&file.name))
        .collect();
    (!files.is_empty()).then(|| Fault {
        rule: &rules::SUMS_WEAK_DIGEST,
        subject: enumerate_some(&files, NAMED),
        why: weak_sentence(files.len(), "list"),
        mend: "use a list of SHA-256 or SHA-512 digests",
    })
}

/// Why MD5 and SHA-1 alone do not tell much.
pub(super) fn weak_sentence(files: usize, what: &str) -> String {
    let plural = if files == 1 { "" } else { "s" };
    format!(
        "of {files} file{plural} the {what} tells only MD5 or SHA-1: other contents can be made to have the same"
    )
}

/// Holds one line against its file, `folder` being where relative names begin. `algorithm`: what an untagged line is of, where its digest
/// has that length; else any whose digests have it will do, SHA-256 being tried first.
pub fn hold(
    world: &dyn World,
    folder: &TargetPath,
    sum: &Sum,
    algorithm: Option<Algorithm>,
) -> Held {
    let path = TargetPath::new(&sum.name).join_to(folder);
    let wanted = sum
        .algorithm
        .or(algorithm)
        .filter(|wanted| sum.digest.fits(*wanted));
    // Digests of one length look alike, and either proves the file.
    let candidates = match wanted {
        Some(wanted) => vec![wanted],
        None => Algorithm::of_size(sum.digest.bytes().len()).collect(),
    };
    let mut state = State::Missing;
    for (at, algorithm) in candidates.into_iter().enumerate() {
        match digest(world, &path, algorithm) {
            Ok(digest) if digest == sum.digest => state = State::Same(digest),
            Ok(digest) if at == 0 => {
                state = State::Changed(digest);
                continue;
            }
            Ok(_) => continue,
            Err(Errno::ENOENT | Errno::ENOTDIR) => state = State::Missing,
            Err(errno) => state = State::Unreadable(errno),
        }
        break;
    }
    Held {
        name: sum.name.clone(),
        line: Some(sum.line),
        expected: Some(sum.digest),
        state,
    }
}

/// The digest of the file behind an absolute path.
///
/// # Errors
/// What the world says if it is missing or cannot be read; `EISDIR` and `EINVAL` if it is no regular file.
pub fn digest(world: &dyn World, path: &TargetPath, algorithm: Algorithm) -> Result<Digest, Errno> {
    let stat = world.lookup(path)?;
    match stat.kind {
        FileKind::Directory => Err(Errno::EISDIR),
        FileKind::Special => Err(Errno::EINVAL),
        FileKind::Regular if !stat.readable => Err(Errno::EACCES),
        FileKind::Regular => algorithm.of_file(world, &stat),
    }
}

#[cfg(test)]
mod tests {
    use sayso_world::Machine;
    use sayso_world::memory::Memory;

    use super::*;

    #[test]
    fn each_fate_of_a_file() {
        let mut world = Memory::new(Machine::default());
        world.file("/d/a", "a").file("/d/b", "b").directory("/d/c");
        let held = |name: &str, of: &str, algorithm: Algorithm, wanted| {
            let sum = Sum {
                line: 7,
                name: name.into(),
                digest: algorithm.of(of.as_bytes()),
                algorithm: None,
            };
            hold(&world, &"/d".into(), &sum, wanted).state
        };
        let (sha, blake) = (Algorithm::Sha256, Algorithm::Blake3);
        assert_eq!(held("a", "a", sha, None), State::Same(sha.of(b"a")));
        assert_eq!(held("/d/a", "a", blake, None), State::Same(blake.of(b"a")));
        assert_eq!(
            held("a", "a", blake, Some(sha)),
            State::Changed(sha.of(b"a"))
        );
        assert_eq!(held("b", "a", sha, None), State::Changed(sha.of(b"b")));
        for algorithm in Algorithm::ALL {
            let same = State::Same(algorithm.of(b"a"));
            assert_eq!(held("a", "a", algorithm, None), same);
        }
        // A list of MD5 sums is one, whatever was asked for.
        let md5 = Algorithm::Md5;
        assert_eq!(held("a", "a", md5, Some(sha)), State::Same(md5.of(b"a")));
        assert_eq!(held("x", "a", sha, None), State::Missing);
        assert_eq!(held("a/x", "a", sha, None), State::Missing);
        assert_eq!(held("c", "a", sha, None), State::Unreadable(Errno::EISDIR));
    }
}
