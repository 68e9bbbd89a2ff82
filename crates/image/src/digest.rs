//! Digests of blobs and layers: `sha256:…` and `sha512:…`, the two that the OCI image specification registers.

use std::fmt;

use sayso_world::Digests;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::refusal::Fault;

/// A digest as it is written in an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest {
    pub(crate) algorithm: Algorithm,
    /// Lower-case.
    pub(crate) hex: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    Sha256,
    Sha512,
}

impl Digest {
    /// Takes `sha256:` with 64 digits, or `sha512:` with 128. This is also what makes a digest safe to use as a file name.
    pub(crate) fn parse(text: &str) -> Result<Digest, Fault> {
        let (name, hex) = text.split_once(':').unwrap_or(("", text));
        let (algorithm, digits) = match name {
            "sha256" => (Algorithm::Sha256, 64),
            "sha512" => (Algorithm::Sha512, 128),
            _ => {
                return Err(Fault::unsupported(format!(
                    "the digest `{}' is neither sha256 nor sha512; copy the image with a tool that writes those",
                    crate::refusal::shown(text.as_bytes())
                )));
            }
        };
        if hex.len() != digits || !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Fault::damaged(format!(
                "`{}' is no digest",
                crate::refusal::shown(text.as_bytes())
            )));
        }
        Ok(Digest {
            algorithm,
            hex: hex.to_owned(),
        })
    }

    /// Where an OCI layout keeps it.
    pub(crate) fn path(&self) -> String {
        format!("blobs/{}/{}", self.algorithm.name(), self.hex)
    }
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}

/// A digest being worked out.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
    /// What is told of a file in an image.
    File(Box<(Sha256, Sha1)>),
}

impl Hasher {
    pub(crate) fn of_file() -> Hasher {
        Hasher::File(Box::default())
    }
    pub(crate) fn new(algorithm: Algorithm) -> Hasher {
        match algorithm {
            Algorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            Algorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
            Hasher::File(hashers) => {
                hashers.0.update(bytes);
                hashers.1.update(bytes);
            }
        }
    }
    /// Those of a file.
    pub(crate) fn finish_file(self) -> Option<Digests> {
        let Hasher::File(hashers) = self else {
            return None;
        };
        Some(Digests {
            sha256: hashers.0.finalize().into(),
            sha1: hashers.1.finalize().into(),
        })
    }
    pub(crate) fn finish(self) -> Digest {
        let (algorithm, bytes) = match self {
            Hasher::Sha256(hasher) => (Algorithm::Sha256, hasher.finalize().to_vec()),
            Hasher::Sha512(hasher) => (Algorithm::Sha512, hasher.finalize().to_vec()),
            Hasher::File(hashers) => (Algorithm::Sha256, hashers.0.finalize().to_vec()),
        };
        let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
            use fmt::Write as _;
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Digest { algorithm, hex }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_and_bad_texts() {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        hasher.update(b"abc");
        assert_eq!(
            hasher.finish().to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let zeros = "0".repeat(64);
        assert!(Digest::parse(&format!("sha256:{zeros}")).is_ok());
        assert!(Digest::parse(&format!("sha512:{zeros}{zeros}")).is_ok());
        for text in [
            "",
            "sha256:",
            "sha256:../../../etc/passwd",
            "md5:0",
            &format!("sha256:{zeros}0"),
            &format!("sha256:{}", "A".repeat(64)),
        ] {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
    }
}
