//! The world that a command line describes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use anyhow::{Context, bail};
use sayso_advice::limits::SNAPSHOT_BYTES_MAX;
use sayso_world::live::Live;
use sayso_world::root::Root;
use sayso_world::snapshot::Snapshot;
use sayso_world::users::credentials_of;
use sayso_world::{Architecture, Cpu, Credentials, Machine, TargetPath, World, config, detect};

use crate::arguments::Common;
use crate::{files, image};

/// Loaders by the architecture whose programs name them: what a root folder's architecture is told by.
const LOADERS: &[(Architecture, &str)] = &[
    (Architecture::X86_64, "/lib64/ld-linux-x86-64.so.2"),
    (Architecture::X86_64, "/lib/ld-musl-x86_64.so.1"),
    (Architecture::Aarch64, "/lib/ld-linux-aarch64.so.1"),
    (Architecture::Aarch64, "/lib/ld-musl-aarch64.so.1"),
    (Architecture::Arm, "/lib/ld-linux-armhf.so.3"),
    (Architecture::Arm, "/lib/ld-musl-armhf.so.1"),
    (Architecture::Riscv64, "/lib/ld-linux-riscv64-lp64d.so.1"),
    (Architecture::Riscv64, "/lib/ld-musl-riscv64.so.1"),
    (Architecture::Ppc64le, "/lib64/ld64.so.2"),
    (Architecture::S390x, "/lib/ld64.so.1"),
    (Architecture::I386, "/lib/ld-linux.so.2"),
    (Architecture::I386, "/lib/ld-musl-i386.so.1"),
];

/// What the options name: this machine, a folder (`--root`), or an image (`--image`).
pub(crate) fn world(common: &Common) -> anyhow::Result<Box<dyn World>> {
    world_with(common, &image::options(common))
}

/// As [`world`], where every file of an image is known by its digests: all of it has to be read for that.
pub(crate) fn digested_world(common: &Common) -> anyhow::Result<Box<dyn World>> {
    let options = sayso_image::Options {
        digests: true,
        ..image::options(common)
    };
    world_with(common, &options)
}

fn world_with(common: &Common, options: &sayso_image::Options) -> anyhow::Result<Box<dyn World>> {
    if let Some(file) = &common.image {
        let mut target = image::open_as(file, common, options)?;
        settings(common, target.machine())?;
        let user = match &common.user {
            Some(user) => credentials_of(&*target.world, user).map_err(|fault| {
                anyhow::anyhow!("--user {user}: {fault}; write a number instead")
            })?,
            // A user that the image does not know is told of where its command is judged.
            None => target
                .entry
                .credentials(&*target.world)
                .unwrap_or(Credentials::root()),
        };
        target.machine().credentials = user;
        return Ok(target.world.into_world());
    }
    if let Some(file) = &common.snapshot {
        let mut snapshot = self::snapshot(file)?;
        settings(common, snapshot.machine_mut())?;
        return Ok(Box::new(snapshot));
    }
    let mut machine = detect::this_machine();
    if common.root.is_some() {
        strange(&mut machine);
    }
    settings(common, &mut machine)?;
    let Some(folder) = &common.root else {
        if let Some(user) = &common.user {
            machine.credentials = credentials(user, &Live::with_machine(machine.clone()))?;
        }
        return Ok(Box::new(Live::with_machine(machine)));
    };
    let mut root = self::root(folder, "--root", machine)?;
    if let Some(cpu) = common.cpu {
        root.machine_mut().cpu = cpu;
    }
    if let Some(user) = &common.user {
        root.machine_mut().credentials = credentials(user, &root)?;
    }
    Ok(Box::new(root))
}

/// What `sayso snapshot` wrote.
///
/// # Errors
/// A file that cannot be read or is no snapshot.
pub(crate) fn snapshot(file: &OsStr) -> anyhow::Result<Snapshot> {
    let shown = sayso_advice::show(file.as_bytes());
    let json = files::bounded(file, SNAPSHOT_BYTES_MAX)
        .with_context(|| format!("cannot read the snapshot {shown}"))?;
    let (snapshot, _) = sayso_report::json::read_snapshot(&json)
        .map_err(|error| anyhow::anyhow!("{shown} is no snapshot: {error}"))?;
    Ok(snapshot)
}

/// Another machine: its processes have neither our environment nor our directory, and are run by its root.
pub(crate) fn strange(machine: &mut Machine) {
    machine.environment.clear();
    machine.working_directory = TargetPath::new("/");
    machine.credentials = Credentials::root();
}

/// A folder as a machine of the architecture that its loader says.
pub(crate) fn root(folder: &OsStr, option: &str, machine: Machine) -> anyhow::Result<Root> {
    let shown = sayso_advice::show(folder.as_bytes());
    let ours = machine.architecture;
    let mut root = Root::open(folder.as_bytes(), machine)
        .map_err(|errno| anyhow::anyhow!("{}", errno.glibc_text()))
        .with_context(|| format!("{option} {shown} is no folder that can be read"))?;
    let architecture = architecture(&root, ours);
    if architecture != ours {
        let machine = root.machine_mut();
        machine.architecture = architecture;
        machine.runs_32bit = false;
        machine.cpu = Cpu::of_level(1);
    }
    Ok(root)
}

/// What `--env`, `--cpu` and `--cwd` say of a process.
pub(crate) fn settings(common: &Common, machine: &mut Machine) -> anyhow::Result<()> {
    for (key, value) in environment(common)? {
        machine.environment.retain(|(known, _)| *known != key);
        machine.environment.push((key, value));
    }
    if let Some(cpu) = common.cpu {
        machine.cpu = cpu;
    }
    if let Some(directory) = &common.cwd {
        machine.working_directory =
            TargetPath::new(directory.as_bytes()).join_to(&machine.working_directory);
    }
    Ok(())
}

/// The settings of `--env`, in order.
pub(crate) fn environment(common: &Common) -> anyhow::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let split = |setting: &OsString| {
        let setting = setting.as_bytes();
        let Some(at) = setting.iter().position(|&b| b == b'=').filter(|&at| at > 0) else {
            bail!(
                "--env {} has no value: write --env NAME=VALUE",
                sayso_advice::show(setting)
            );
        };
        Ok((setting[..at].to_vec(), setting[at + 1..].to_vec()))
    };
    common.env.iter().map(split).collect()
}

/// Ours if the folder has a loader for it, else that of the first loader it has.
pub(crate) fn architecture(root: &dyn World, ours: Architecture) -> Architecture {
    let has = |path: &str| root.lookup(&TargetPath::from(path)).is_ok();
    let present: Vec<Architecture> = LOADERS
        .iter()
        .filter(|(_, path)| has(path))
        .map(|(architecture, _)| *architecture)
        .collect();
    if present.contains(&ours) {
        return ours;
    }
    // 32-bit x86 programs run on a 64-bit kernel: that machine stays what it is.
    match present.first() {
        Some(Architecture::I386) | None => ours,
        Some(other) => *other,
    }
}

/// `NAME`, `UID`, `NAME:GROUP`, `UID:GID`, by the world's own `/etc/passwd` and `/etc/group`.
fn credentials(text: &str, world: &dyn World) -> anyhow::Result<Credentials> {
    let (user, group) = text
        .split_once(':')
        .map_or((text, None), |(user, group)| (user, Some(group)));
    let passwd = table(world, "/etc/passwd");
    let groups = table(world, "/etc/group");
    let row = passwd.iter().find(|row| {
        row.first().is_some_and(|name| name == user) || row.get(2).is_some_and(|uid| uid == user)
    });
    let number =
        |row: &Vec<String>, at: usize| row.get(at).and_then(|field| field.parse::<u32>().ok());
    let (uid, own_gid) = match (row, user.parse::<u32>()) {
        (Some(row), _) => (number(row, 2), number(row, 3)),
        (None, Ok(uid)) => (Some(uid), Some(uid)),
        (None, Err(_)) => (None, None),
    };
    let Some(uid) = uid else {
        bail!("--user {user}: no such user in /etc/passwd; write a number instead");
    };
    let gid = match group {
        None => own_gid.unwrap_or(uid),
        Some(group) => {
            let row = groups
                .iter()
                .find(|row| row.first().is_some_and(|name| name == group));
            let named = row.and_then(|row| number(row, 2));
            match named.or_else(|| group.parse().ok()) {
                Some(gid) => gid,
                None => {
                    bail!("--user {text}: no group {group} in /etc/group; write a number instead")
                }
            }
        }
    };
    let name = row.and_then(|row| row.first().cloned()).unwrap_or_default();
    let member = |row: &&Vec<String>| {
        !name.is_empty()
            && row
                .get(3)
                .is_some_and(|members| members.split(',').any(|member| member == name))
    };
    let groups = groups
        .iter()
        .filter(member)
        .filter_map(|row| number(row, 2))
        .collect();
    Ok(Credentials { uid, gid, groups })
}

/// The rows of a file with colons.
fn table(world: &dyn World, path: &str) -> Vec<Vec<String>> {
    let bytes = config::read(world, &TargetPath::from(path)).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .lines()
        .map(|line| line.split(':').map(str::to_owned).collect())
        .collect()
}
