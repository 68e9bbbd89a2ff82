//! Digests of files, read piece by piece.

use std::fmt;

use sayso_world::{Errno, FileStat, World};
use sha2::Digest as _;

use crate::limits::DIGEST_PIECE_BYTES;

/// How a file's bytes become a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
    /// BLAKE3 with its usual 32 bytes.
    Blake3,
    /// SHA-1: others can be made to have the same (weak).
    Sha1,
    /// MD5: others can be made to have the same (weak).
    Md5,
}

impl Algorithm {
    /// All of them, the usual one first.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::Sha256,
        Algorithm::Sha384,
        Algorithm::Sha512,
        Algorithm::Blake3,
        Algorithm::Sha1,
        Algorithm::Md5,
    ];
    /// As it is typed: `sha256`, `blake3`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
            Algorithm::Blake3 => "blake3",
            Algorithm::Sha1 => "sha1",
            Algorithm::Md5 => "md5",
        }
    }
    /// By the name that a list or a bill gives it: `SHA256`, `SHA-256`, `sha256`.
    pub fn named(name: &str) -> Option<Algorithm> {
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, '-' | '_'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Algorithm::ALL
            .into_iter()
            .find(|known| known.name() == plain)
    }
    /// Bytes of its digests.
    pub fn size(self) -> usize {
        match self {
            Algorithm::Sha256 | Algorithm::Blake3 => 32,
            Algorithm::Sha384 => 48,
            Algorithm::Sha512 => 64,
            Algorithm::Sha1 => 20,
            Algorithm::Md5 => 16,
        }
    }
    /// Two files with one such digest have been made: it tells an accident, not an attack.
    pub fn is_weak(self) -> bool {
        matches!(self, Algorithm::Sha1 | Algorithm::Md5)
    }
    /// Those whose digests have so many bytes: SHA-256 and BLAKE3 look alike.
    pub fn of_size(size: usize) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL
            .into_iter()
            .filter(move |known| known.size() == size)
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
        digests(world, file, &[self]).map(|digests| digests[0])
    }
}

/// Several digests of one file, which is read once, in the order in which they were asked for.
///
/// # Errors
/// What the world says if the file cannot be read; `EIO` if fewer bytes came than its size was; `ENODATA` if the world keeps only
/// pieces of it.
pub fn digests(
    world: &dyn World,
    file: &FileStat,
    algorithms: &[Algorithm],
) -> Result<Vec<Digest>, Errno> {
    // An image knows these of files that it does not keep, or not whole.
    let told = world.digests(file);
    let sha256 = world.sha256(file).map(|digest| Digest::new(&digest));
    let known = |algorithm: &Algorithm| match algorithm {
        Algorithm::Sha256 => sha256,
        Algorithm::Sha1 => told.map(|told| Digest::new(&told.sha1)),
        _ => None,
    };
    if let Some(known) = algorithms.iter().map(known).collect() {
        return Ok(known);
    }
    let mut states: Vec<State> = algorithms.iter().copied().map(State::new).collect();
    // Of a file whose digest is known, it tells whether what can be read is all of it, or only the pieces that are kept.
    states.extend(sha256.map(|_| State::new(Algorithm::Sha256)));
    let mut add = |piece: &[u8]| states.iter_mut().for_each(|state| state.add(piece));
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
                add(&piece);
            }
        }
        Err(bytes) if (bytes.len() as u64) < file.size => return Err(Errno::EIO),
        Err(bytes) => add(&bytes),
    }
    let mut digests: Vec<Digest> = states.into_iter().map(State::finish).collect();
    if sha256.is_some() && digests.pop() != sha256 {
        return Err(Errno::ENODATA);
    }
    Ok(digests)
}

/// A digest under way.
enum State {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake3(Box<blake3::Hasher>),
    Sha1(sha1::Sha1),
    Md5(md5::Md5),
}

impl State {
    fn new(algorithm: Algorithm) -> State {
        match algorithm {
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
            Algorithm::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
        }
    }
    fn add(&mut self, bytes: &[u8]) {
        match self {
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Blake3(state) => {
                state.update(bytes);
            }
            State::Sha1(state) => state.update(bytes),
            State::Md5(state) => state.update(bytes),
        }
    }
    fn finish(self) -> Digest {
        match self {
            State::Sha256(state) => Digest::new(&state.finalize()),
            State::Sha384(state) => Digest::new(&state.finalize()),
            State::Sha512(state) => Digest::new(&state.finalize()),
            State::Blake3(state) => Digest::new(state.finalize().as_bytes()),
            State::Sha1(state) => Digest::new(&state.finalize()),
            State::Md5(state) => Digest::new(&state.finalize()),
        }
    }
}

/// Bytes of the longest digest.
const SIZE_MAX: usize = 64;

/// A digest of 16 to 64 bytes. Shown as small hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    bytes: [u8; SIZE_MAX],
    size: u8,
}

impl Digest {
    /// Of so many bytes; what goes beyond 64 is left out.
    pub fn new(bytes: &[u8]) -> Digest {
        let size = bytes.len().min(SIZE_MAX);
        let mut digest = Digest {
            bytes: [0; SIZE_MAX],
            size: size as u8,
        };
        digest.bytes[..size].copy_from_slice(&bytes[..size]);
        digest
    }
    /// From hexadecimal digits, large or small, as many as an algorithm's digests have.
    pub fn parse(text: &[u8]) -> Option<Digest> {
        let (pairs, rest) = text.as_chunks::<2>();
        Algorithm::of_size(pairs.len()).next()?;
        if !rest.is_empty() {
            return None;
        }
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        let mut digest = Digest::new(&[]);
        digest.size = pairs.len() as u8;
        for (byte, &[high, low]) in digest.bytes.iter_mut().zip(pairs) {
            *byte = (nibble(high)? << 4 | nibble(low)?) as u8;
        }
        Some(digest)
    }
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.size)]
    }
    /// Whether it can be one of this algorithm's.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        usize::from(self.size) == algorithm.size()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
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
        assert_eq!(
            shown(Algorithm::Sha1, "abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            shown(Algorithm::Md5, "abc"),
            "900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(
            shown(Algorithm::Sha384, "abc"),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        );
        assert_eq!(
            shown(Algorithm::Sha512, "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        );
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.of(b"").bytes().len(), algorithm.size());
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::named("SHA-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::named("SHA3-256"), None);
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
        let both = [Algorithm::Md5, Algorithm::Sha256];
        let digests = super::digests(&world, &stat, &both).expect("it is read");
        assert_eq!(digests, both.map(|algorithm| algorithm.of(b"abc")));
        stat.size = 4;
        let digest = Algorithm::Sha256.of_file(&world, &stat);
        assert_eq!(digest, Err(Errno::EIO));
    }
}
