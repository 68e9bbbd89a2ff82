//! The walk over needs, breadth first (`elf/dl-deps.c: _dl_map_object_deps`).

use std::borrow::Cow;

use sayso_facts::elf::Image;
use sayso_world::hash::FastSet;

use super::process::{Kind, Outcome, Process};
use super::verify::Mode;
use super::versions::{crash, inconsistency};
use crate::limits::{OBJECTS_MAX, WALK_ENTRIES_MAX};
use crate::messages::{Failure, glibc as message};
use crate::trace::{Gap, ObjectId};

/// One entry of `struct list`: a linked list, because filtees are inserted before the object that names them.
struct Node {
    map: ObjectId,
    done: bool,
    next: Option<usize>,
}

/// The list that is walked while it grows.
struct Walk {
    nodes: Vec<Node>,
    tail: usize,
    /// `l_reserved`
    listed: FastSet<ObjectId>,
}

impl Walk {
    fn new(maps: impl Iterator<Item = ObjectId>) -> Walk {
        let mut nodes: Vec<Node> = Vec::new();
        for map in maps {
            let index = nodes.len();
            if let Some(last) = nodes.last_mut() {
                last.next = Some(index);
            }
            nodes.push(Node {
                map,
                done: false,
                next: None,
            });
        }
        Walk {
            tail: nodes.len() - 1,
            listed: nodes.iter().map(|node| node.map).collect(),
            nodes,
        }
    }

    /// A need goes to the end, once.
    fn append(&mut self, map: ObjectId) {
        if self.listed.insert(map) {
            self.nodes.push(Node {
                map,
                done: false,
                next: None,
            });
            let last = self.nodes.len() - 1;
            self.nodes[self.tail].next = Some(last);
            self.tail = last;
        }
    }

    /// A filtee takes the place of the entry, which is copied behind it; the copy's index. `None` if it stands before it anyway.
    fn insert_before(&mut self, place: usize, map: ObjectId) -> Option<usize> {
        let entry = &self.nodes[place];
        let copy = Node {
            map: entry.map,
            done: entry.done,
            next: entry.next,
        };
        if !self.listed.insert(map) {
            // It is known: take it out where it stands behind, or leave it where it stands before.
            let mut late = place;
            while let Some(next) = self.nodes[late]
                .next
                .filter(|&next| self.nodes[next].map != map)
            {
                late = next;
            }
            let found = self.nodes[late].next?;
            if self.tail == found {
                self.tail = late;
            }
            self.nodes[late].next = self.nodes[found].next;
        }
        let copy = Node {
            next: self.nodes[place].next,
            ..copy
        };
        self.nodes.push(copy);
        let moved = self.nodes.len() - 1;
        self.nodes[place] = Node {
            map,
            done: false,
            next: Some(moved),
        };
        if self.tail == place {
            self.tail = moved;
        }
        Some(moved)
    }
}

/// `DT_NEEDED`, `DT_AUXILIARY`, `DT_FILTER` in file order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Needed,
    Auxiliary,
    Filter,
}

impl Process<'_, '_> {
    /// What an object asks for, in the order of its dynamic section.
    fn needs(image: &Image) -> impl Iterator<Item = (Need, &[u8])> {
        let entries = image
            .dynamic()
            .into_iter()
            .flat_map(|dynamic| &dynamic.entries);
        entries.filter_map(|&(tag, value)| {
            let need = match tag {
                1 => Need::Needed,
                0x7fff_fffd => Need::Auxiliary,
                0x7fff_ffff => Need::Filter,
                _ => return None,
            };
            Some((need, image.string(value as u32)))
        })
    }

    /// `expand_dst`: `Ok(None)` is "pass over this entry".
    fn expand_need<'a>(
        &self,
        id: ObjectId,
        name: &'a [u8],
        fatal: bool,
    ) -> Outcome<Option<Cow<'a, [u8]>>> {
        if !super::paths::has_token(name) {
            return Ok(Some(Cow::Borrowed(name)));
        }
        if self.secure {
            return Err(Failure::of(&message::TOKEN_IN_SECURE_NEED, name));
        }
        match self.substitute(Some(id), name) {
            Some(expanded) if !expanded.is_empty() => Ok(Some(Cow::Owned(expanded))),
            _ if fatal => Err(Failure::of(&message::EMPTY_TOKEN, name)),
            _ => Ok(None),
        }
    }

    /// `openaux`: a need of an object, as a stand-in once the failure is noted.
    fn open_need(&mut self, id: ObjectId, name: &[u8], mode: Mode) -> Outcome<ObjectId> {
        let kind = if self.map(id).kind == Kind::Executable {
            Kind::Library
        } else {
            self.map(id).kind
        };
        let namespace = self.map(id).namespace;
        Ok(self
            .map_object(Some(id), name, kind, mode, namespace, false)?
            .expect("only RTLD_NOLOAD gives nothing, and needs are not opened so"))
    }

    /// Maps everything that `root` needs. What fails is noted, and a stand-in takes its place, so that the rest is seen too;
    /// the real loader stops at the first.
    pub(crate) fn map_dependencies(
        &mut self,
        root: ObjectId,
        preloads: &[ObjectId],
        mode: Mode,
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) {
        let mut walk = Walk::new(std::iter::once(root).chain(preloads.iter().copied()));
        self.errno = None;
        let mut failed = false;
        let mut current = Some(0);
        while let Some(start) = current {
            let id = walk.nodes[start].map;
            walk.nodes[start].done = true;
            let map = self.map(id);
            let records = map.search_list.is_none() && map.direct.is_none() && id != root;
            let mut direct = vec![id];
            // Where filtees go: before the object, which moves back by one entry each time.
            let mut place = start;
            let image = self.map(id).image.clone();
            for (need, name) in Process::needs(&image) {
                let displaced = walk.nodes[0].map != root;
                let satisfied = self.satisfy(id, need, name, mode, &mut |process, failure| {
                    // The list is made, and looked at, before the error is told.
                    if displaced && !failed {
                        process.assert_root_first(failures);
                    }
                    failed = true;
                    failures(process, failure);
                });
                let Some(dependency) = satisfied else {
                    continue;
                };
                if self.maps.len() >= OBJECTS_MAX {
                    self.gaps.push(Gap {
                        name: "too-many-objects",
                        what: format!("more than {OBJECTS_MAX} objects: the walk stops"),
                    });
                    self.finish_dependencies(root, &walk);
                    return;
                }
                if records {
                    direct.push(dependency);
                }
                if need == Need::Needed {
                    walk.append(dependency);
                } else if let Some(moved) = walk.insert_before(place, dependency) {
                    self.move_before(dependency, walk.nodes[moved].map);
                    place = moved;
                    if walk.nodes.len() > WALK_ENTRIES_MAX {
                        let failure = self.walk_without_end(id);
                        failures(self, failure);
                        self.finish_dependencies(root, &walk);
                        return;
                    }
                }
            }
            if records {
                self.map_mut(id).direct = Some(direct);
            }
            current = Some(start);
            while let Some(index) = current.filter(|&index| walk.nodes[index].done) {
                current = walk.nodes[index].next;
            }
        }
        if !self.finish_dependencies(root, &walk) && !failed {
            self.assert_root_first(failures);
        }
    }

    /// A filtee stands before the object that was asked for.
    fn assert_root_first(&mut self, failures: &mut dyn FnMut(&mut Self, Box<Failure>)) {
        if !self.rules.filtee_of_root() {
            let assertion = "map->l_searchlist.r_list[0] == map";
            let failure = inconsistency("dl-deps.c", "553", "_dl_map_object_deps", assertion);
            failures(self, failure);
        }
    }

    /// Filters that lead to one another change places for ever; each change takes a piece of the stack (`alloca`).
    fn walk_without_end(&self, filter: ObjectId) -> Box<Failure> {
        const SIGSEGV: i32 = 11;
        let why = format!(
            "{} and its filtees are filters of one another, and the list of objects grows until the stack is full",
            String::from_utf8_lossy(&self.display_name(filter))
        );
        crash(SIGSEGV, filter, why)
    }

    /// One entry of the dynamic section: the object that answers it, or a stand-in; `None` if the entry is passed over.
    fn satisfy(
        &mut self,
        id: ObjectId,
        need: Need,
        name: &[u8],
        mode: Mode,
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) -> Option<ObjectId> {
        let expanded = match self.expand_need(id, name, need == Need::Auxiliary) {
            Ok(expanded) => Ok(expanded?),
            Err(failure) => Err((failure, true)),
        };
        let opened = expanded.and_then(|name| {
            self.open_need(id, &name, mode)
                .map_err(|failure| (failure, false))
        });
        match opened {
            Ok(dependency) => Some(dependency),
            // A missing auxiliary filtee does not matter; a token that cannot be expanded does.
            Err((_, false)) if need == Need::Auxiliary => None,
            Err((failure, _)) => {
                failures(self, failure);
                let namespace = self.map(id).namespace;
                Some(self.fake(name, Some(id), namespace))
            }
        }
    }

    /// The search list and the sorted list; `false` if the root does not stand first.
    fn finish_dependencies(&mut self, root: ObjectId, walk: &Walk) -> bool {
        let nodes = &walk.nodes;
        let mut list = Vec::with_capacity(nodes.len());
        let mut current = Some(0);
        while let Some(index) = current {
            if !self.map(nodes[index].map).faked {
                list.push(nodes[index].map);
            }
            current = nodes[index].next;
        }
        if list.len() > OBJECTS_MAX {
            // A walk without an end has the same objects over and over; nothing looks at their order any more.
            let mut seen = FastSet::default();
            list.retain(|&id| seen.insert(id));
        }
        let mut order = list.clone();
        if let Some(at) = order.iter().position(|&id| id == root).filter(|&at| at > 0) {
            order[..=at].rotate_right(1);
        }
        let direct = self.map_mut(root).direct.take();
        let sorted = if order.is_empty() {
            order
        } else {
            self.sort_maps(&order)
        };
        let map = self.map_mut(root);
        map.direct = direct;
        let first = list.first() == Some(&root);
        map.search_list = Some(list);
        map.sorted = sorted;
        first
    }
}
