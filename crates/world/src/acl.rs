//! POSIX access control lists, as Linux keeps them in an attribute (`fs/posix_acl.c: posix_acl_permission`,
//! `include/uapi/linux/posix_acl_xattr.h`).

use crate::Credentials;

/// Name of the attribute.
pub(crate) const ATTRIBUTE: &str = "system.posix_acl_access";

const VERSION: u32 = 2;
const USER_OBJ: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;

struct Entry {
    tag: u16,
    permissions: u32,
    id: u32,
}

/// The list in an attribute: a version, then eight bytes an entry, little-endian. `None`: not such a list.
fn entries(attribute: &[u8]) -> Option<impl Iterator<Item = Entry> + Clone> {
    let (version, rest) = attribute.split_first_chunk::<4>()?;
    let (entries, cut) = rest.as_chunks::<8>();
    let known = u32::from_le_bytes(*version) == VERSION && cut.is_empty();
    known.then(|| {
        entries.iter().map(|raw| Entry {
            tag: u16::from_le_bytes([raw[0], raw[1]]),
            permissions: u32::from(u16::from_le_bytes([raw[2], raw[3]])),
            id: u32::from_le_bytes([raw[4], raw[5], raw[6], raw[7]]),
        })
    })
}

/// Whether a list grants one permission bit (4 read, 1 execute or search) to somebody who does not own the file. `None`: it is no
/// list, and the permission bits decide.
pub(crate) fn grants(attribute: &[u8], who: &Credentials, gid: u32, bit: u32) -> Option<bool> {
    let entries = entries(attribute)?;
    let is_member = |group: u32| who.gid == group || who.groups.contains(&group);
    let mask = entries
        .clone()
        .find(|entry| entry.tag == MASK)
        .map_or(7, |entry| entry.permissions);
    let mut met_a_group = false;
    for entry in entries {
        let granted = entry.permissions & bit != 0;
        match entry.tag {
            USER if entry.id == who.uid => return Some(granted && mask & bit != 0),
            GROUP_OBJ | GROUP if is_member(if entry.tag == GROUP { entry.id } else { gid }) => {
                // Any of one's groups will do, so one that does not grant it leaves the question open.
                met_a_group = true;
                if granted {
                    return Some(mask & bit != 0);
                }
            }
            OTHER => return Some(granted && !met_a_group),
            USER_OBJ | USER | GROUP_OBJ | GROUP | MASK => {}
            _ => return None,
        }
    }
    None
}
