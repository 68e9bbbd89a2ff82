//! The order in which objects are initialised, and relocated backwards (`elf/dl-sort-maps.c`).

use super::process::Process;
use crate::limits::SORT_STEPS_MAX;
use crate::trace::ObjectId;

impl Process<'_, '_> {
    /// `_dl_sort_maps(maps, …, for_fini = false)`: dependencies behind their dependents.
    pub(crate) fn sort_maps(&self, maps: &[ObjectId]) -> Vec<ObjectId> {
        if self.rules.depth_first_sort() && !self.tunables.old_sort {
            self.sort_depth_first(maps)
        } else {
            self.sort_original(maps)
        }
    }

    /// What `l_initfini` of an object holds, itself first.
    pub(super) fn initfini(&self, id: ObjectId) -> &[ObjectId] {
        let map = self.map(id);
        if map.sorted.is_empty() {
            map.direct.as_deref().unwrap_or_default()
        } else {
            &map.sorted
        }
    }

    fn sort_depth_first(&self, maps: &[ObjectId]) -> Vec<ObjectId> {
        let mut visited = vec![true; self.maps.len()];
        for id in maps {
            visited[id.0 as usize] = false;
        }
        let mut reverse = Vec::with_capacity(maps.len());
        let main = self.main();
        for &start in maps.iter().rev() {
            if visited[start.0 as usize] || self.map(start).faked {
                continue;
            }
            visited[start.0 as usize] = true;
            // The recursion of the real one, on a stack of our own.
            let mut stack = vec![(start, 0usize)];
            while let Some((id, next)) = stack.pop() {
                let Some(&dependency) = self.initfini(id).get(next) else {
                    reverse.push(id);
                    continue;
                };
                stack.push((id, next + 1));
                let map = self.map(dependency);
                let is_main =
                    Some(dependency) == main && map.kind == super::process::Kind::Executable;
                if !visited[dependency.0 as usize] && !map.faked && !is_main {
                    visited[dependency.0 as usize] = true;
                    stack.push((dependency, 0));
                }
            }
        }
        reverse.reverse();
        reverse
    }

    /// Before 2.35. The first map is left where it is.
    fn sort_original(&self, maps: &[ObjectId]) -> Vec<ObjectId> {
        let mut sorted = maps.to_vec();
        let skip = usize::from(!self.is_libc(sorted[0]));
        let count = sorted.len() - skip;
        if count <= 1 {
            return sorted;
        }
        let list = &mut sorted[skip..];
        let mut seen = vec![0usize; count];
        let mut i = 0;
        let mut steps = 0;
        'next: loop {
            if steps > SORT_STEPS_MAX {
                break;
            }
            seen[i] += 1;
            let this = list[i];
            for k in (i + 1..count).rev() {
                let needs = self.initfini(list[k]);
                steps += 1 + needs.len();
                if !needs.contains(&this) {
                    continue;
                }
                list[i..=k].rotate_left(1);
                if seen[i + 1] > count - i {
                    i += 1;
                    seen[i..].fill(0);
                    continue 'next;
                }
                seen[i..=k].rotate_left(1);
                continue 'next;
            }
            i += 1;
            if i == count {
                break;
            }
            seen[i..].fill(0);
        }
        sorted
    }

    pub(crate) fn is_libc(&self, id: ObjectId) -> bool {
        self.map(id).image.soname() == Some(b"libc.so.6")
    }
}
