//! The walk over needs, breadth first (`elf/dl-deps.c: _dl_map_object_deps`).

use super::process::{Kind, Outcome, Process};
use super::verify::Mode;
use crate::messages::{Failure, glibc as message};
use crate::trace::ObjectId;

/// One entry of `struct list`: a linked list, because filtees are inserted before the object that names them.
struct Node {
    map: ObjectId,
    done: bool,
    next: Option<usize>,
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
    fn needs(&self, id: ObjectId) -> Vec<(Need, Vec<u8>)> {
        let image = &self.map(id).image;
        let Some(dynamic) = image.dynamic() else {
            return Vec::new();
        };
        dynamic
            .entries
            .iter()
            .filter_map(|&(tag, value)| {
                let need = match tag {
                    1 => Need::Needed,
                    0x7fff_fffd => Need::Auxiliary,
                    0x7fff_ffff => Need::Filter,
                    _ => return None,
                };
                Some((need, image.string(value as u32).to_vec()))
            })
            .collect()
    }

    /// `expand_dst`: `Ok(None)` is "pass over this entry".
    fn expand_need(&self, id: ObjectId, name: &[u8], fatal: bool) -> Outcome<Option<Vec<u8>>> {
        if !super::paths::has_token(name) {
            return Ok(Some(name.to_vec()));
        }
        if self.secure {
            return Err(self.failure(&message::TOKEN_IN_SECURE_NEED, name));
        }
        match self.substitute(Some(id), name) {
            Some(expanded) if !expanded.is_empty() => Ok(Some(expanded)),
            _ if fatal => Err(self.failure(&message::EMPTY_TOKEN, name)),
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
        let mut nodes: Vec<Node> = std::iter::once(root)
            .chain(preloads.iter().copied())
            .map(|map| Node {
                map,
                done: false,
                next: None,
            })
            .collect();
        for index in 1..nodes.len() {
            nodes[index - 1].next = Some(index);
        }
        let mut tail = nodes.len() - 1;
        // `l_reserved`
        let mut listed = vec![false; self.maps.len()];
        for node in &nodes {
            listed[node.map.0 as usize] = true;
        }
        self.errno = None;
        let mut current = Some(0);
        while let Some(start) = current {
            let id = nodes[start].map;
            nodes[start].done = true;
            let records =
                self.map(id).search_list.is_none() && self.map(id).direct.is_none() && id != root;
            let mut direct = vec![id];
            let mut origin = start;
            for (need, name) in self.needs(id) {
                let expanded = match self.expand_need(id, &name, need == Need::Auxiliary) {
                    Ok(None) => continue,
                    Ok(Some(expanded)) => Ok(expanded),
                    Err(failure) => Err(failure),
                };
                let opened = expanded.and_then(|name| self.open_need(id, &name, mode));
                let dependency = match opened {
                    Ok(dependency) => dependency,
                    Err(_)
                        if need == Need::Auxiliary && super::paths::has_token(&name).eq(&false) =>
                    {
                        continue;
                    }
                    Err(failure) => {
                        failures(self, failure);
                        if self.maps.len() >= crate::limits::OBJECTS_MAX {
                            return;
                        }
                        let namespace = self.map(id).namespace;
                        self.fake(&name, Some(id), namespace)
                    }
                };
                listed.resize(self.maps.len(), false);
                if records {
                    direct.push(dependency);
                }
                if need == Need::Needed {
                    if !std::mem::replace(&mut listed[dependency.0 as usize], true) {
                        nodes.push(Node {
                            map: dependency,
                            done: false,
                            next: None,
                        });
                        nodes[tail].next = Some(nodes.len() - 1);
                        tail = nodes.len() - 1;
                    }
                    continue;
                }
                // A filtee goes before the object: the entry is copied behind itself and the filtee takes its place.
                nodes.push(Node {
                    map: nodes[origin].map,
                    done: nodes[origin].done,
                    next: nodes[origin].next,
                });
                let copy = nodes.len() - 1;
                if std::mem::replace(&mut listed[dependency.0 as usize], true) {
                    let mut late = copy;
                    while let Some(next) = nodes[late]
                        .next
                        .filter(|&next| nodes[next].map != dependency)
                    {
                        late = next;
                    }
                    let Some(found) = nodes[late].next else {
                        continue;
                    };
                    nodes[origin] = Node {
                        map: dependency,
                        done: false,
                        next: Some(copy),
                    };
                    if tail == found {
                        tail = late;
                    }
                    nodes[late].next = nodes[found].next;
                } else {
                    nodes[origin] = Node {
                        map: dependency,
                        done: false,
                        next: Some(copy),
                    };
                }
                self.move_before(dependency, nodes[copy].map);
                if origin == tail {
                    tail = copy;
                }
                origin = copy;
            }
            if records {
                self.map_mut(id).direct = Some(direct);
            }
            current = Some(start);
            while let Some(index) = current.filter(|&index| nodes[index].done) {
                current = nodes[index].next;
            }
        }
        self.finish_dependencies(root, &nodes);
    }

    /// Puts a filtee before its filter in the `l_next` chain.
    fn move_before(&mut self, filtee: ObjectId, filter: ObjectId) {
        let list = &mut self.namespaces[self.maps[filter.0 as usize].namespace as usize].list;
        if let (Some(from), Some(_)) = (
            list.iter().position(|&id| id == filtee),
            list.iter().position(|&id| id == filter),
        ) {
            list.remove(from);
            let to = list
                .iter()
                .position(|&id| id == filter)
                .unwrap_or(list.len());
            list.insert(to, filtee);
        }
    }

    fn finish_dependencies(&mut self, root: ObjectId, nodes: &[Node]) {
        let mut list = Vec::with_capacity(nodes.len());
        let mut current = Some(0);
        while let Some(index) = current {
            if !self.map(nodes[index].map).faked {
                list.push(nodes[index].map);
            }
            current = nodes[index].next;
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
        map.search_list = Some(list);
        map.sorted = sorted;
    }
}
