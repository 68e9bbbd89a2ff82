//! Users by name: `--user name|uid[:group|gid]`, from the world's own `/etc/passwd` and `/etc/group`.

use std::fmt;

use crate::{Credentials, World, config};

/// A name that the world's own files do not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserFault {
    /// Not in `/etc/passwd`, and no number.
    User(String),
    /// Not in `/etc/group`, and no number.
    Group(String),
}

impl fmt::Display for UserFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UserFault::User(name) => write!(f, "no user `{name}' in /etc/passwd of this root"),
            UserFault::Group(name) => write!(f, "no group `{name}' in /etc/group of this root"),
        }
    }
}

impl std::error::Error for UserFault {}

/// The credentials that a user has after logging in: uid and primary group of `/etc/passwd`, further groups of `/etc/group`.
/// A group behind a colon replaces all groups. A uid that `/etc/passwd` does not know has group 0, as container engines have it.
///
/// # Errors
/// If a name is not known and no number.
pub fn credentials_of(world: &dyn World, user: &str) -> Result<Credentials, UserFault> {
    let (user, group) = match user.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (user, None),
    };
    let passwd = text(world, "/etc/passwd");
    let groups = text(world, "/etc/group");
    let number: Option<u32> = user.parse().ok();
    // name:password:uid:gid:…; the name comes first, also if it looks like a number.
    let entry = |by: &dyn Fn(&[&str]) -> bool| {
        let fields = |line: &str| -> Option<(String, u32, u32)> {
            let fields: Vec<&str> = line.split(':').collect();
            let known = fields.len() >= 4 && by(&fields);
            known.then(|| {
                Some((
                    fields[0].into(),
                    fields[2].parse().ok()?,
                    fields[3].parse().ok()?,
                ))
            })?
        };
        passwd.lines().find_map(fields)
    };
    let known = entry(&|fields| fields[0] == user)
        .or_else(|| entry(&|fields| number.is_some() && fields[2].parse().ok() == number));
    let (name, uid, gid) = match (known, number) {
        (Some((name, uid, gid)), _) => (Some(name), uid, gid),
        (None, Some(uid)) => (None, uid, 0),
        (None, None) => return Err(UserFault::User(user.into())),
    };
    if let Some(group) = group {
        let gid = gid_of(&groups, group).ok_or_else(|| UserFault::Group(group.into()))?;
        return Ok(Credentials {
            uid,
            gid,
            groups: Vec::new(),
        });
    }
    let member_of = |line: &str| {
        let mut fields = line.split(':');
        let gid = fields.nth(2)?.parse().ok()?;
        let is_member = fields
            .next()?
            .split(',')
            .any(|member| Some(member) == name.as_deref());
        is_member.then_some(gid)
    };
    let groups = match name {
        Some(_) => groups.lines().filter_map(member_of).collect(),
        None => Vec::new(),
    };
    Ok(Credentials { uid, gid, groups })
}

/// A group's number by its name, or the number itself.
fn gid_of(groups: &str, group: &str) -> Option<u32> {
    let by_name = |line: &str| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(group);
        is_it.then(|| fields.nth(1)?.parse().ok())?
    };
    groups
        .lines()
        .find_map(by_name)
        .or_else(|| group.parse().ok())
}

fn text(world: &dyn World, path: &str) -> String {
    let bytes = config::read(world, &path.into()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;
    use crate::memory::Memory;

    #[test]
    fn names_numbers_and_groups() {
        let mut world = Memory::new(Machine::default());
        world
            .file(
                "/etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:100::/:\n77:x:5:6::/:\n",
            )
            .file(
                "/etc/group",
                "root:x:0:\nusers:x:100:\nvideo:x:44:bob,ann\naudio:x:29:ann\nempty\n",
            );
        let of = |user: &str| credentials_of(&world, user);
        let credentials = |uid, gid, groups: &[u32]| {
            let groups = groups.to_vec();
            Ok(Credentials { uid, gid, groups })
        };
        assert_eq!(of("root"), credentials(0, 0, &[]));
        assert_eq!(of("ann"), credentials(1000, 100, &[44, 29]));
        assert_eq!(of("1000"), credentials(1000, 100, &[44, 29]));
        assert_eq!(of("77"), credentials(5, 6, &[]));
        assert_eq!(of("4711"), credentials(4711, 0, &[]));
        assert_eq!(of("ann:video"), credentials(1000, 44, &[]));
        assert_eq!(of("4711:9"), credentials(4711, 9, &[]));
        assert_eq!(of("eve"), Err(UserFault::User("eve".into())));
        assert_eq!(of("ann:none"), Err(UserFault::Group("none".into())));
        let bare = Memory::new(Machine::default());
        assert_eq!(credentials_of(&bare, "0"), credentials(0, 0, &[]));
    }
}
