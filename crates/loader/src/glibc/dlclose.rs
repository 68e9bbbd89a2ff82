//! What a running process gives back (`elf/dl-close.c`).

use super::dlopen::{Answer, closed_handle};
use super::process::{Kind, Outcome, Process, Scope};
use super::versions::inconsistency;
use crate::messages::{Failure, glibc as message};
use crate::trace::ObjectId;

impl Process<'_, '_> {
    /// `_dl_close`
    pub(super) fn dlclose(&mut self, id: ObjectId) -> Outcome<Answer> {
        if self.map(id).removed {
            return Ok(Answer::Unknown(closed_handle()));
        }
        if self.map(id).nodelete {
            let map = self.map_mut(id);
            map.opens = map.opens.saturating_sub(1);
            return Ok(Answer::Nothing);
        }
        if self.map(id).opens == 0 {
            return Err(Failure::of(&message::NOT_OPEN, self.map(id).l_name.clone()));
        }
        self.map_mut(id).opens -= 1;
        let map = self.map(id);
        if map.opens == 0 && map.kind == Kind::Loaded {
            self.collect(map.namespace)?;
        }
        Ok(Answer::Nothing)
    }

    /// `_dl_close_worker`: everything in the namespace that nobody holds goes away.
    pub(super) fn collect(&mut self, namespace: u32) -> Outcome<()> {
        if self.namespaces[namespace as usize].has_lost_some() {
            return Err(self.lost_objects());
        }
        let list = self.namespaces[namespace as usize].list.clone();
        let used = self.held(&list);
        let is_used = |id: ObjectId| used[id.0 as usize];
        for &id in &list {
            if !is_used(id) {
                let map = self.map_mut(id);
                map.removed = true;
                if let Some(file) = map.file {
                    self.present.remove(&file);
                }
            } else if self.map(id).kind == Kind::Loaded {
                self.leave_scopes(id, is_used);
            }
        }
        self.namespaces[namespace as usize]
            .list
            .retain(|&id| is_used(id));
        let first = self.namespaces[namespace as usize].list.first().copied();
        if let Some(global) = first.and_then(|first| self.map_mut(first).search_list.as_mut()) {
            global.retain(|&id| is_used(id));
        }
        let namespace = &mut self.namespaces[namespace as usize];
        namespace.unique.retain(|_, definer| is_used(*definer));
        Ok(())
    }

    /// What somebody holds, by number: what was opened or can never go, what that needs, and what it was bound to.
    fn held(&self, list: &[ObjectId]) -> Vec<bool> {
        let mut used = vec![false; self.maps.len()];
        let is_root = |id: &ObjectId| {
            let map = self.map(*id);
            map.kind != Kind::Loaded || map.opens > 0 || map.nodelete
        };
        let mut work: Vec<ObjectId> = list.iter().copied().filter(is_root).collect();
        while let Some(id) = work.pop() {
            if std::mem::replace(&mut used[id.0 as usize], true) {
                continue;
            }
            work.extend(
                self.initfini(id)
                    .iter()
                    .chain(&self.map(id).relocation_dependencies)
                    .copied()
                    .filter(|id| !used[id.0 as usize]),
            );
        }
        used
    }

    /// An object that stays loses the scopes of those that go; its own list takes the place of the first.
    fn leave_scopes(&mut self, id: ObjectId, is_used: impl Fn(ObjectId) -> bool) {
        let needs_list = self.map(id).search_list.is_none();
        let own = self.map(id).direct.clone();
        let map = self.map_mut(id);
        map.loader = map.loader.filter(|&loader| is_used(loader));
        let gone = |scope: &Scope| matches!(scope, Scope::SearchList(owner) if !is_used(*owner));
        if !map.scope.iter().any(gone) {
            return;
        }
        let mut replacement = needs_list.then_some(own).flatten();
        let mut scope = Vec::with_capacity(map.scope.len());
        for element in &map.scope {
            if !gone(element) {
                scope.push(*element);
            } else if let Some(list) = replacement.take() {
                map.search_list = Some(list);
                scope.push(Scope::SearchList(id));
            }
        }
        map.scope = scope;
    }

    /// `assert (idx == nloaded)`: filtees and their filters have left objects where the chain does not begin. The line was seen in
    /// 2.31, 2.36, 2.41 and 2.43, and read in 2.17; between these it is taken from the nearest.
    pub(super) fn lost_objects(&self) -> Box<Failure> {
        let line = match self.config.release.1 {
            ..=25 | 36.. => "154",
            26..=34 => "181",
            _ => "184",
        };
        inconsistency("dl-close.c", line, "_dl_close_worker", "idx == nloaded")
    }
}
