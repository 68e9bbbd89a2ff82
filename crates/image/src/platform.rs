//! What a container image is for: `linux/arm64/v8`.

use std::fmt;
use std::str::FromStr;

use sayso_world::Architecture;

/// A platform in the words of the OCI image specification, which are Go's (`GOOS`, `GOARCH`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    /// `linux`
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v7`, `v8`, …
    pub variant: Option<String>,
}

/// A text that is no platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformFault(String);

impl fmt::Display for PlatformFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}' is no platform: write OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, e.g. linux/arm64",
            self.0
        )
    }
}

impl std::error::Error for PlatformFault {}

impl FromStr for Platform {
    type Err = PlatformFault;
    /// `linux/arm64/v8`; an architecture alone means Linux; `x86_64`, `aarch64` and their like are understood.
    fn from_str(text: &str) -> Result<Platform, PlatformFault> {
        let fault = || PlatformFault(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        let plain = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        if !parts.iter().all(plain) {
            return Err(fault());
        }
        let (os, architecture, variant) = match parts.as_slice() {
            [architecture] => ("linux", *architecture, None),
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some(*variant)),
            _ => return Err(fault()),
        };
        Ok(Platform::new(os, architecture, variant))
    }
}

impl Platform {
    /// Normalises as containerd's `platforms` does (`x86_64` is `amd64`, `arm64`'s variant `v8` goes without saying).
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Platform {
        let (os, architecture) = (os.to_ascii_lowercase(), architecture.to_ascii_lowercase());
        let variant = variant.filter(|variant| !variant.is_empty());
        let (architecture, variant) = match (architecture.as_str(), variant) {
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("i386" | "i486" | "i586" | "i686" | "x86", _) => ("386", None),
            ("aarch64" | "arm64", None | Some("8" | "v8")) => ("arm64", None),
            ("aarch64", variant) => ("arm64", variant),
            ("armhf", _) => ("arm", Some("v7")),
            ("armel", _) => ("arm", Some("v6")),
            (architecture, variant) => (architecture, variant),
        };
        let variant = match variant {
            Some(number @ ("5" | "6" | "7" | "8")) if architecture == "arm" => {
                Some(format!("v{number}"))
            }
            other => other.map(str::to_owned),
        };
        Platform {
            os,
            architecture: architecture.to_owned(),
            variant,
        }
    }

    /// The platform of the machine that we run on.
    pub fn of_this_machine() -> Platform {
        Platform::new("linux", std::env::consts::ARCH, None)
    }

    /// An image for `self` serves who asks for `wanted`. No variant asked for: any serves (the first is taken).
    pub fn serves(&self, wanted: &Platform) -> bool {
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && (wanted.variant.is_none() || self.variant == wanted.variant)
    }

    /// The machine type that its programs have.
    pub fn machine(&self) -> Architecture {
        match self.architecture.as_str() {
            "amd64" => Architecture::X86_64,
            "386" => Architecture::I386,
            "arm64" => Architecture::Aarch64,
            "arm" => Architecture::Arm,
            "riscv64" => Architecture::Riscv64,
            "ppc64le" => Architecture::Ppc64le,
            "s390x" => Architecture::S390x,
            _ => Architecture::Other,
        }
    }

    /// Attestations stand in an index as manifests for a platform that is none.
    pub(crate) fn is_unknown(&self) -> bool {
        self.os == "unknown" || self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_and_show() {
        for (text, shown) in [
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64", "linux/arm64"),
            ("arm64/v9", "arm64/v9"),
            ("linux/arm/7", "linux/arm/v7"),
            ("x86_64", "linux/amd64"),
            ("Linux/AMD64/v3", "linux/amd64/v3"),
        ] {
            assert_eq!(
                text.parse::<Platform>().unwrap().to_string(),
                shown,
                "{text}"
            );
        }
        for text in ["", "/", "linux/", "a/b/c/d", "li nux/amd64"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
        let any: Platform = "linux/arm".parse().unwrap();
        let seven: Platform = "linux/arm/v7".parse().unwrap();
        assert!(seven.serves(&any) && !any.serves(&seven));
    }
}
