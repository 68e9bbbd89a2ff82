//! A command's name in the directories of `PATH`.

use sayso_loader::Session;
use sayso_world::{FileKind, TargetPath};

use crate::finding::{Finding, Subject};
use crate::rules::survey as rule;
use crate::show;

/// A name in the directories of `PATH`: the first executable file. The runtime refuses one that a relative directory gives (Go's
/// `ErrDot`).
pub(super) fn look_up(
    session: &Session<'_>,
    name: &[u8],
    by_runtime: bool,
) -> Result<TargetPath, Box<Finding>> {
    let machine = session.world().machine();
    let search = machine
        .variable(b"PATH")
        .unwrap_or(super::entry::DEFAULT_PATH)
        .to_vec();
    let directories = || search.split(|&b| b == b':').filter(|_| !search.is_empty());
    let mut unusable = None;
    for directory in directories().filter(|_| !name.is_empty()) {
        let relative = !directory.starts_with(b"/");
        if relative && by_runtime {
            continue;
        }
        let directory = if directory.is_empty() {
            &b"."[..]
        } else {
            directory
        };
        let path = TargetPath::new(directory).join(name);
        let Ok(stat) = session.lookup(&path.join_to(&machine.working_directory)) else {
            continue;
        };
        if stat.kind == FileKind::Regular && stat.executable {
            return Ok(path);
        }
        unusable.get_or_insert((path, stat));
    }
    let shown = show(name);
    let folders: Vec<String> = directories().map(show).collect();
    let finding = Finding::new(
        &rule::COMMAND_NOT_IN_PATH,
        Subject::Name(name.to_vec()),
        format!("there is no executable file {shown} in any directory of PATH"),
    )
    .because(format!(
        "PATH is {}",
        if folders.is_empty() {
            "empty".into()
        } else {
            folders.join(":")
        }
    ));
    let finding = match unusable {
        Some((path, stat)) if stat.kind == FileKind::Directory => {
            finding.because(format!("{} is a directory", show(&path)))
        }
        Some((path, stat)) => finding
            .because(format!(
                "{} is there, and may not be executed (mode {:o})",
                show(&path),
                stat.mode & 0o7777
            ))
            .fix(
                "give it",
                format!("chmod +x {}", crate::rules::quoted(&path)),
            ),
        None => elsewhere(session, name)
            .into_iter()
            .fold(finding, |finding, path| {
                finding
                    .because(format!("{} exists", show(&path)))
                    .fix("name it with its path", show(&path))
            }),
    };
    Err(Box::new(if name.contains(&b' ') {
        finding.advice("the whole command stands in one word: write a list, [\"program\", \"argument\"], or the shell form without brackets")
    } else {
        finding.advice(
            "install it in the final stage, name it with its path, or set PATH (ENV PATH=…)",
        )
    }))
}

/// The same name in the usual places.
fn elsewhere(session: &Session<'_>, name: &[u8]) -> Option<TargetPath> {
    const USUAL: &[&str] = &[
        "/app",
        "/app/bin",
        "/usr/local/bin",
        "/usr/bin",
        "/bin",
        "/usr/sbin",
        "/sbin",
        "/opt/bin",
        "/go/bin",
        "/",
    ];
    let here = session.world().machine().working_directory.clone();
    std::iter::once(here)
        .chain(USUAL.iter().map(|usual| TargetPath::from(*usual)))
        .map(|directory| directory.join(name))
        .find(|path| {
            session
                .lookup(path)
                .is_ok_and(|stat| stat.kind == FileKind::Regular && stat.mode & 0o111 != 0)
        })
}
