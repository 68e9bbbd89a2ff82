//! One file or command line, asked as the options say.

use std::os::unix::ffi::OsStrExt;

use sayso_advice::{Asking, Level};
use sayso_loader::Session;
use sayso_report::Answer;
use sayso_world::TargetPath;

use crate::arguments::Common;

/// What the options say of every question.
pub(crate) fn asking(common: &Common, least: Level) -> Asking {
    Asking {
        argument_0: common.arg0.as_ref().map(|name| name.as_bytes().to_vec()),
        steps: common.then.clone(),
        loader: common
            .loader
            .map(Into::into)
            .or(common.release.map(|(family, _)| family)),
        release: common.release.map(|(_, release)| release),
        least,
    }
}

/// What the file is, what that asks of the loader, and what comes of it.
pub(crate) fn file(
    session: &Session<'_>,
    common: &Common,
    path: &TargetPath,
    least: Level,
) -> Answer {
    asking(common, least).file(session, path)
}

/// A command line, as execve would be given it.
pub(crate) fn command(
    session: &Session<'_>,
    common: &Common,
    path: &TargetPath,
    arguments: Vec<Vec<u8>>,
    least: Level,
) -> Answer {
    asking(common, least).command(session, path, arguments)
}
