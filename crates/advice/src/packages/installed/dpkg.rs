//! dpkg: paragraphs of `status`, and a list of paths for each package.

use sayso_world::{TargetPath, config};

use super::{Collected, Manager, Named, Package, text};

/// Both forms.
pub(super) fn read(collected: &mut Collected<'_>) {
    status(collected);
    distroless(collected);
}

/// One paragraph of dpkg's status; `None`: it is not installed.
fn paragraph(text: &str) -> Option<Package> {
    let field = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim().to_owned())
    };
    let is_installed = field("Status").is_none_or(|status| status.ends_with(" installed"));
    let name = field("Package").filter(|_| is_installed)?;
    let source =
        field("Source").map(|source| source.split(' ').next().unwrap_or_default().to_owned());
    Some(Package {
        manager: Manager::Deb,
        version: field("Version")?,
        architecture: field("Architecture").unwrap_or_default(),
        source: source.filter(|source| *source != name),
        name,
        licence: None,
        vendor: None,
        source_file: None,
    })
}

fn status(collected: &mut Collected<'_>) {
    let status = text(collected.world, &"/var/lib/dpkg/status".into());
    let info = TargetPath::from("/var/lib/dpkg/info");
    for package in status.split("\n\n").filter_map(paragraph) {
        let names = [
            format!("{}:{}.list", package.name, package.architecture),
            format!("{}.list", package.name),
        ];
        let list = names
            .iter()
            .find_map(|name| config::read(collected.world, &info.join(name.as_bytes())).ok());
        let number = collected.package(package);
        paths(
            collected,
            number,
            list.unwrap_or_default().split(|&b| b == b'\n'),
        );
    }
}

/// Absolute paths, others passed over.
fn paths<'p>(collected: &mut Collected<'_>, package: usize, paths: impl Iterator<Item = &'p [u8]>) {
    for path in paths.filter(|path| path.starts_with(b"/")) {
        let slash = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
        let (folder, name) = path.split_at(slash + 1);
        collected.files(package, folder, [Named::plain(name)]);
    }
}

/// `status.d/NAME` and `status.d/NAME.md5sums`, whose paths have no slash at their start.
fn distroless(collected: &mut Collected<'_>) {
    let world = collected.world;
    let folder = TargetPath::from("/var/lib/dpkg/status.d");
    let mut names: Vec<Vec<u8>> = world
        .list(&folder)
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.name)
        .filter(|name| !name.ends_with(b".md5sums"))
        .collect();
    names.sort();
    for name in names {
        let file = text(world, &folder.join(&name));
        let Some(package) = paragraph(&file) else {
            continue;
        };
        let sums = [name.as_slice(), b".md5sums"].concat();
        let sums = config::read(world, &folder.join(&sums)).unwrap_or_default();
        let number = collected.package(package);
        let lines = sums
            .split(|&b| b == b'\n')
            .filter_map(|line| line.get(34..));
        let absolute: Vec<Vec<u8>> = lines.map(|path| [b"/", path].concat()).collect();
        paths(collected, number, absolute.iter().map(Vec::as_slice));
    }
}
