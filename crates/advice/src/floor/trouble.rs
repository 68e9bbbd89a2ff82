//! What keeps an artifact from loading anywhere, in words.

use super::Trouble;
use crate::rules::enumerate_some;

impl Trouble {
    /// Kebab-case, for JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Trouble::Private { .. } => "glibc-private",
            Trouble::Unsatisfied { .. } => "bundled-library-lacks-version",
            Trouble::UnknownMarker { .. } => "unknown-marker",
            Trouble::TwoLibcs { .. } => "two-libcs",
            Trouble::RelrWithoutMarker { .. } => "relr-without-marker",
            Trouble::IfuncOnMusl { .. } => "ifunc-on-musl",
            Trouble::ExecutableStack { .. } => "executable-stack",
        }
    }
    /// The part that it is about.
    pub fn part(&self) -> usize {
        match self {
            Trouble::Private { part, .. }
            | Trouble::Unsatisfied { part, .. }
            | Trouble::UnknownMarker { part, .. }
            | Trouble::TwoLibcs { part }
            | Trouble::RelrWithoutMarker { part }
            | Trouble::IfuncOnMusl { part }
            | Trouble::ExecutableStack { part } => *part,
        }
    }
    /// It keeps the artifact from every system, or from every one but that of its build.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Trouble::ExecutableStack { .. })
    }
    /// What it does, to be read behind the part's name.
    pub fn sentence(&self) -> String {
        match self {
            Trouble::Private {
                library, symbols, ..
            } => {
                let which = if symbols.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", enumerate_some(symbols, 3))
                };
                format!(
                    "uses the private interface of {library}{which}: only the glibc that it was built with fits"
                )
            }
            Trouble::Unsatisfied {
                version, library, ..
            } => format!(
                "needs {version} of {library}, and the copy that comes along does not define it"
            ),
            Trouble::UnknownMarker { version, .. } => {
                format!("needs {version}, which no glibc that is known here has")
            }
            Trouble::TwoLibcs { .. } => "needs glibc's and musl's C library at once".into(),
            Trouble::RelrWithoutMarker { .. } => {
                "has packed relocations without GLIBC_ABI_DT_RELR: \
                 glibc 2.36 and later refuse it, older ones do not relocate it"
                    .into()
            }
            Trouble::IfuncOnMusl { .. } => {
                "has resolver functions (STT_GNU_IFUNC), which musl does not know".into()
            }
            Trouble::ExecutableStack { .. } => {
                "asks for an executable stack: dlopen refuses it from glibc 2.41 on".into()
            }
        }
    }
}
