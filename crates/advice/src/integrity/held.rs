//! A checksum list held against the files that it names.

use sayso_world::{Errno, FileKind, TargetPath, World};

use super::sums::Sum;
use super::{Algorithm, Digest};

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

/// Holds one line against its file, `folder` being where relative names begin. `algorithm`: what an untagged line is of; `None`: either
/// will do, SHA-256 being tried first.
pub fn hold(
    world: &dyn World,
    folder: &TargetPath,
    sum: &Sum,
    algorithm: Option<Algorithm>,
) -> Held {
    let wanted = sum.algorithm.or(algorithm);
    let state = match digest(
        world,
        &TargetPath::new(&sum.name).join_to(folder),
        wanted.unwrap_or(Algorithm::Sha256),
    ) {
        Ok(digest) if digest == sum.digest => State::Same(digest),
        Ok(digest) => {
            // Both kinds of digest look alike, and either proves the file.
            let path = TargetPath::new(&sum.name).join_to(folder);
            let other = wanted
                .is_none()
                .then(|| self::digest(world, &path, Algorithm::Blake3));
            match other {
                Some(Ok(other)) if other == sum.digest => State::Same(other),
                _ => State::Changed(digest),
            }
        }
        Err(Errno::ENOENT | Errno::ENOTDIR) => State::Missing,
        Err(errno) => State::Unreadable(errno),
    };
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
        assert_eq!(held("x", "a", sha, None), State::Missing);
        assert_eq!(held("a/x", "a", sha, None), State::Missing);
        assert_eq!(held("c", "a", sha, None), State::Unreadable(Errno::EISDIR));
    }
}
