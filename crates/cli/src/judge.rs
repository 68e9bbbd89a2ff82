//! One file or command line: the request it stands for, and the answer.

use sayso_advice::Level;
use sayso_facts::Binary;
use sayso_facts::elf::Image;
use sayso_loader::session::Opened;
use sayso_loader::{Request, Session, Start};
use sayso_report::{Answer, Format};
use sayso_world::TargetPath;

use crate::arguments::Common;

/// What the file is, what that asks of the loader, and what comes of it.
pub(crate) fn file(
    session: &Session<'_>,
    common: &Common,
    path: &TargetPath,
    least: Level,
) -> Answer {
    let absolute = path.join_to(&session.world().machine().working_directory);
    let stat = session.lookup(&absolute).ok();
    // Held while the loader model looks at it, too.
    let opened = stat.as_ref().map(|stat| session.open_once(stat));
    let executable = stat.as_ref().is_some_and(|stat| stat.mode & 0o111 != 0);
    let (format, start) = match opened.as_deref() {
        Some(Opened::Image(image)) => {
            // The kernel starts a program whose byte order is mislabelled: it never looks at that.
            let native = sayso_loader::natively(image, session.world().machine().architecture);
            let image = native.as_ref().unwrap_or(image);
            (Format::Elf, is_program(image, path, executable))
        }
        Some(Opened::NotElf(bytes)) => match Binary::parse(bytes.clone()) {
            Binary::Script(_) => (Format::Script, true),
            // A library by its name is judged as one even if somebody made it executable.
            _ => (Format::Other, executable && !is_library_name(path)),
        },
        _ => (Format::Other, true),
    };
    let start = if start {
        let name = common.arg0.as_ref().map_or_else(
            || path.as_bytes().to_vec(),
            |name| std::os::unix::ffi::OsStrExt::as_bytes(name.as_os_str()).to_vec(),
        );
        Start::Exec {
            path: path.clone(),
            arguments: vec![name],
        }
    } else {
        Start::Library(path.clone())
    };
    judge(session, common, path, start, format, least)
}

/// A command line, as execve would be given it.
pub(crate) fn command(
    session: &Session<'_>,
    common: &Common,
    path: &TargetPath,
    arguments: Vec<Vec<u8>>,
    least: Level,
) -> Answer {
    let absolute = path.join_to(&session.world().machine().working_directory);
    let opened = session
        .lookup(&absolute)
        .ok()
        .map(|stat| session.open_once(&stat));
    let format = match opened.as_deref() {
        Some(Opened::Image(_)) => Format::Elf,
        Some(Opened::NotElf(bytes)) if bytes.starts_with(b"#!") => Format::Script,
        _ => Format::Other,
    };
    let start = Start::Exec {
        path: path.clone(),
        arguments,
    };
    judge(session, common, path, start, format, least)
}

fn judge(
    session: &Session<'_>,
    common: &Common,
    path: &TargetPath,
    start: Start,
    format: Format,
    least: Level,
) -> Answer {
    let request = Request {
        start,
        steps: common.then.clone(),
        loader: common
            .loader
            .map(Into::into)
            .or(common.release.map(|(family, _)| family)),
        release: common.release.map(|(_, release)| release),
    };
    let trace = session.predict(&request);
    let findings = sayso_advice::advise(session, &request, &trace, least);
    Answer {
        named: path.clone(),
        request,
        trace,
        findings,
        format,
    }
}

/// Something that execve is asked for, rather than dlopen: it names its loader, or says that it is a program. A library may
/// name a loader too (glibc's libc does, so that it can be run); then its permissions tell.
fn is_program(image: &Image, path: &TargetPath, executable: bool) -> bool {
    const ET_EXEC: u16 = 2;
    const DF_1_PIE: u64 = 0x0800_0000;
    if image.header().kind == ET_EXEC
        || image
            .dynamic()
            .is_some_and(|dynamic| dynamic.flags_1 & DF_1_PIE != 0)
    {
        return true;
    }
    image.interpreter().is_some()
        && (executable || (image.soname().is_none() && !is_library_name(path)))
}

fn is_library_name(path: &TargetPath) -> bool {
    let name = path.file_name();
    name.ends_with(b".so") || name.windows(4).any(|window| window == b".so.")
}
