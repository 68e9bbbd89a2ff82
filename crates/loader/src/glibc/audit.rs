//! Audit modules (`elf/rtld.c: load_audit_modules`).

use super::process::{Kind, Namespace, Process, Scope};
use super::start::bare;
use super::symbols::Query;
use super::verify::Mode;
use crate::messages::{Failure, Fields, Frame, glibc as message};
use crate::trace::ObjectId;

impl Process<'_, '_> {
    /// `LD_AUDIT`: each module goes into a namespace of its own.
    pub(super) fn load_audit_modules(&mut self, main: ObjectId, list: Option<Vec<u8>>) {
        let dynamic = self.map(main).image.dynamic().cloned().unwrap_or_default();
        let mut names: Vec<Vec<u8>> = Vec::new();
        let image = self.map(main).image.clone();
        let tags = [dynamic.audit, dynamic.depaudit]
            .into_iter()
            .flatten()
            .map(|offset| image.string(offset).to_vec());
        for list in list.into_iter().chain(tags) {
            names.extend(
                list.split(|&byte| byte == b':')
                    .filter(|name| !name.is_empty())
                    .map(<[u8]>::to_vec),
            );
        }
        self.audit_modules = names.len() as u64;
        for name in names {
            let namespace = self.namespaces.len() as u32;
            self.namespaces.push(Namespace::default());
            let mut failures = Vec::new();
            let mode = Mode {
                audit: true,
                dlopen: true,
                ..Mode::default()
            };
            match self.map_object(Some(main), &name, Kind::Loaded, mode, namespace, true) {
                Ok(Some(id)) => {
                    self.map_dependencies(id, &[], mode, &mut |_, failure| failures.push(failure));
                    failures.extend(self.without_audit_version(id));
                }
                Ok(None) => {}
                Err(failure) => failures.push(failure),
            }
            let Some(failure) = failures.into_iter().next() else {
                continue;
            };
            self.namespaces.pop();
            let warning = Failure {
                message: &message::AUDIT_IGNORED,
                fields: Fields::new()
                    .with("object", &name)
                    .with("error", bare(&failure)),
                frame: Frame::Plain,
                exit_status: None,
                by: failure.by,
                search: failure.search,
            };
            self.warn(warning);
        }
    }

    /// `load_audit_module`: a module must have `la_version` (what it answers is its own affair).
    fn without_audit_version(&mut self, module: ObjectId) -> Option<Box<Failure>> {
        let query = Query {
            newest: true,
            ..Query::name(b"la_version")
        };
        let namespace = self.map(module).namespace;
        let found = self.lookup(&query, &[Scope::SearchList(module)], namespace, None);
        let mut failure = Failure::of(&message::DLSYM_UNDEFINED, self.display_name(module));
        failure.fields = failure.fields.with("symbol", "la_version");
        matches!(found, Ok(None)).then_some(failure)
    }
}
