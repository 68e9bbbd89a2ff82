//! Paths of the target: bytes with a flavour, never `std::path` (the target is not this machine).

use std::fmt;
use std::sync::Arc;

/// A path on the target machine, as raw bytes. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetPath(Arc<[u8]>);

impl TargetPath {
    /// Takes the bytes as they are.
    pub fn new(bytes: impl AsRef<[u8]>) -> TargetPath {
        TargetPath(Arc::from(bytes.as_ref()))
    }
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// Starts with a slash.
    pub fn is_absolute(&self) -> bool {
        self.0.first() == Some(&b'/')
    }
    /// `self` itself if absolute, else `base/self`. Nothing is normalised.
    #[must_use]
    pub fn join_to(&self, base: &TargetPath) -> TargetPath {
        if self.is_absolute() {
            self.clone()
        } else {
            base.join(&self.0)
        }
    }
    /// `self/name` with exactly one slash between; an absolute `name` is appended all the same.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> TargetPath {
        let mut joined = Vec::with_capacity(self.0.len() + 1 + name.len());
        joined.extend_from_slice(&self.0);
        if joined.last() != Some(&b'/') {
            joined.push(b'/');
        }
        joined.extend_from_slice(name);
        TargetPath(joined.into())
    }
    /// Everything before the last slash (`/` for a file in the root, `.` without a slash).
    #[must_use]
    pub fn parent(&self) -> TargetPath {
        match self.0.iter().rposition(|&b| b == b'/') {
            None => TargetPath::new("."),
            Some(0) => TargetPath::new("/"),
            Some(at) => TargetPath::new(&self.0[..at]),
        }
    }
    /// Everything behind the last slash.
    pub fn file_name(&self) -> &[u8] {
        let at = self
            .0
            .iter()
            .rposition(|&b| b == b'/')
            .map_or(0, |at| at + 1);
        &self.0[at..]
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}
impl fmt::Debug for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}
impl AsRef<[u8]> for TargetPath {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
impl From<&str> for TargetPath {
    fn from(text: &str) -> TargetPath {
        TargetPath::new(text)
    }
}
