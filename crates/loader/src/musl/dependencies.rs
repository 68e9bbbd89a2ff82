//! What objects need (`load_deps`, `extend_bfs_deps`, `load_preload`, `queue_ctors`).

use std::collections::HashSet;

use super::process::{Crashed, Dso, HEAD, Process};
use crate::messages::{Fields, musl as message};
use crate::trace::PreloadSource;

impl Process<'_, '_> {
    /// The sentence for `%m`.
    pub(crate) fn errno_text(&self) -> String {
        self.errno.map_or_else(
            || "No error information".into(),
            sayso_world::Errno::musl_text,
        )
    }

    /// `load_preload`: names between blanks and colons; one that is not found is passed over without a word.
    pub(crate) fn load_preload(
        &mut self,
        names: &[u8],
        source: PreloadSource,
    ) -> Result<(), Crashed> {
        let separates =
            |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b':');
        for name in names.split(separates).filter(|name| !name.is_empty()) {
            self.load_library(name, None, Some(source))?;
        }
        // Behind trailing separators the real loop asks for an empty name once more.
        if names.last().is_some_and(separates) {
            self.errno = Some(sayso_world::Errno::EINVAL);
        }
        Ok(())
    }

    /// `load_deps`: the list grows while it is walked, so objects come breadth first.
    pub(crate) fn load_dependencies(&mut self, first: Dso) -> Result<(), Crashed> {
        if self.dsos[first].deps.is_some() {
            return Ok(());
        }
        let mut at = self
            .list
            .iter()
            .position(|&dso| dso == first)
            .unwrap_or(self.list.len());
        while let Some(&dso) = self.list.get(at) {
            self.load_direct_dependencies(dso)?;
            at += 1;
        }
        Ok(())
    }

    /// `load_direct_deps`
    fn load_direct_dependencies(&mut self, dso: Dso) -> Result<(), Crashed> {
        if self.dsos[dso].deps.is_some() {
            return Ok(());
        }
        // Preloads are needs of the program.
        let mut deps = if dso == HEAD {
            self.list[1..].to_vec()
        } else {
            Vec::new()
        };
        let image = self.dsos[dso].image.clone();
        for name in image.needed() {
            let answer = self.load_library(name, Some(dso), None)?;
            if let Some(dep) = answer.dso {
                deps.push(dep);
                continue;
            }
            let fields = Fields::new()
                .with("object", name)
                .with("reason", self.errno_text())
                .with("requirer", self.name(dso));
            let mut failure = self.failure(&message::LOAD_LIBRARY, fields);
            failure.by = self.dsos[dso].object;
            failure.search = Some(answer.event);
            self.error(failure);
        }
        let module = &mut self.dsos[dso];
        module.direct = deps.len();
        module.deps = Some(deps);
        Ok(())
    }

    /// `extend_bfs_deps`: behind the direct needs come theirs, each once.
    pub(crate) fn extend_dependencies(&mut self, dso: Dso) {
        if self.dsos[dso].bfs_built {
            return;
        }
        let mut all = self.dsos[dso].deps.take().unwrap_or_default();
        let mut seen: HashSet<Dso> = all.iter().copied().collect();
        let mut at = 0;
        while let Some(&dep) = all.get(at) {
            let own = if dep == dso { self.dsos[dso].direct } else { 0 };
            let direct: Vec<Dso> = if dep == dso {
                all[..own].to_vec()
            } else {
                let module = &self.dsos[dep];
                module
                    .deps
                    .iter()
                    .flatten()
                    .take(module.direct)
                    .copied()
                    .collect()
            };
            all.extend(direct.into_iter().filter(|&dep| seen.insert(dep)));
            at += 1;
        }
        self.dsos[dso].deps = Some(all);
        self.dsos[dso].bfs_built = true;
    }

    /// `queue_ctors`: needs first, in their order; a circle is cut where it closes.
    pub(crate) fn constructor_order(&self, root: Dso) -> Vec<Dso> {
        let mut order = Vec::new();
        let mut seen = HashSet::from([root]);
        let mut stack = vec![(root, 0)];
        while let Some((dso, next)) = stack.pop() {
            let module = &self.dsos[dso];
            let direct = module.deps.as_deref().unwrap_or_default();
            match direct.get(next).filter(|_| next < module.direct) {
                Some(&dep) => {
                    stack.push((dso, next + 1));
                    if seen.insert(dep) {
                        stack.push((dep, 0));
                    }
                }
                None => order.push(dso),
            }
        }
        order
    }
}
