//! Digests of files, read piece by piece.

use std::fmt;

use sayso_world::{Errno, FileStat, World};
use sha2::Digest as _;

use crate::limits::DIGEST_PIECE_BYTES;

/// How a file's bytes become a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// BLAKE3 with its usual 32 bytes.
    Blake3,
}

impl Algorithm {
    /// As it is typed: `sha256`, `blake3`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Blake3 => "blake3",
        }
    }
    /// The other one: both have 64 hexadecimal digits, so a list does not say which it is of.
    #[must_use]
    pub fn other(self) -> Algorithm {
        match self {
            Algorithm::Sha256 => Algorithm::Blake3,
            Algorithm::Blake3 => Algorithm::Sha256,
        }
    }
    /// The digest of bytes.
    pub fn of(self, bytes: &[u8]) -> Digest {
        let mut state = State::new(self);
        state.add(bytes);
        state.finish()
    }
    /// The digest of a file of the world, of which no more than [`DIGEST_PIECE_BYTES`] are held where the world can give pieces.
    ///
    /// # Errors
    /// What the world says if the file cannot be read; `EIO` if fewer bytes came than its size was.
    pub fn of_file(self, world: &dyn World, file: &FileStat) -> Result<Digest, Errno> {
        if self == Algorithm::Sha256
            && let Some(known) = world.sha256(file)
        {
            return Ok(Digest(known));
        }
        let mut state = State::new(self);
        match world.open(file)? {
            Ok(pieces) => {
                let mut at = 0;
                while at < pieces.size() {
                    let piece = pieces.part(at, DIGEST_PIECE_BYTES);
                    // A read error and a file that was cut short look alike: neither is the file that was asked for.
                    if piece.is_empty() {
                        return Err(Errno::EIO);
                    }
                    at += piece.len() as u64;
                    state.add(&piece);
                }
            }
            Err(bytes) if (bytes.len() as u64) < file.size => return Err(Errno::EIO),
            Err(bytes) => state.add(&bytes),
        }
        Ok(state.finish())
    }
}

/// A digest under way.
enum State {
    Sha256(sha2::Sha256),
    Blake3(Box<blake3::Hasher>),
}

impl State {
    fn new(algorithm: Algorithm) -> State {
        match algorithm {
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
        }
    }
    fn add(&mut self, bytes: &[u8]) {
        match self {
            State::Sha256(state) => state.update(bytes),
            State::Blake3(state) => {
                state.update(bytes);
            }
        }
    }
    fn finish(self) -> Digest {
        Digest(match self {
            State::Sha256(state) => state.finalize().into(),
            State::Blake3(state) => state.finalize().into(),
        })
    }
}

/// A digest of 32 bytes. Shown as 64 small hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// From 64 hexadecimal digits, large or small.
    pub fn parse(text: &[u8]) -> Option<Digest> {
        let (pairs, rest) = text.as_chunks::<2>();
        let mut digest = [0; 32];
        if pairs.len() != digest.len() || !rest.is_empty() {
            return None;
        }
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        for (byte, &[high, low]) in digest.iter_mut().zip(pairs) {
            *byte = (nibble(high)? << 4 | nibble(low)?) as u8;
        }
        Some(Digest(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use sayso_world::memory::Memory;
    use sayso_world::{Errno, Machine, World};

    use super::{Algorithm, Digest};

    #[test]
    fn digests_are_the_published_ones() {
        let shown = |algorithm: Algorithm, text: &str| algorithm.of(text.as_bytes()).to_string();
        assert_eq!(
            shown(Algorithm::Sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            shown(Algorithm::Blake3, ""),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        );
    }

    #[test]
    fn digests_are_read_as_they_are_shown() {
        let digest = Algorithm::Sha256.of(b"abc");
        let text = digest.to_string();
        assert_eq!(Digest::parse(text.as_bytes()), Some(digest));
        assert_eq!(Digest::parse(text.to_uppercase().as_bytes()), Some(digest));
        for wrong in [&text[1..], &text[2..], "", &text.replace('a', "g")] {
            assert_eq!(Digest::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_that_is_shorter_than_it_was_has_no_digest() {
        let mut world = Memory::new(Machine::default());
        world.file("/a", "abc");
        let mut stat = world.lookup(&"/a".into()).expect("it is there");
        let digest = Algorithm::Sha256.of_file(&world, &stat);
        assert_eq!(digest, Ok(Algorithm::Sha256.of(b"abc")));
        stat.size = 4;
        let digest = Algorithm::Sha256.of_file(&world, &stat);
        assert_eq!(digest, Err(Errno::EIO));
    }
}
