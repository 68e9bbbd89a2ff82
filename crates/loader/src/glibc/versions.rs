//! Version needs against version definitions, file by file (`elf/dl-version.c`).

use super::process::Process;
use crate::messages::{Failure, Fields, glibc as message};
use crate::trace::{Event, ObjectId};

/// What one object's check gives, in order.
pub(crate) enum Remark {
    /// Printed, and the rest is checked (`_dl_signal_cexception` with a receiver).
    Error(Box<Failure>),
    /// Printed at start only.
    Warning(Box<Failure>),
    /// Ends everything at once.
    Fatal(Box<Failure>),
}

/// `VER_FLG_WEAK`
const WEAK: u16 = 2;

impl Process<'_, '_> {
    /// `_dl_check_map_versions`.
    pub(crate) fn check_versions(&mut self, id: ObjectId) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let image = self.map(id).image.clone();
        let requirer = self.display_name(id);
        let mut marker = false;
        for need in image.version_needs() {
            if need.revision != 1 {
                let mut failure = Failure::of(&message::VERNEED_REVISION, &requirer);
                failure.fields = failure.fields.with("revision", need.revision.to_string());
                remarks.push(Remark::Fatal(failure));
                return remarks;
            }
            let file = image.string(need.file);
            let Some(provider) = self.find_needed(file, id) else {
                remarks.push(Remark::Fatal(self.missing_version_file()));
                return remarks;
            };
            if self.map(provider).faked {
                continue;
            }
            for version in &need.versions {
                let name = image.string(version.name);
                marker |= name == b"GLIBC_ABI_DT_RELR";
                if let Some(remark) = self.check_version(
                    id,
                    &requirer,
                    provider,
                    name,
                    version.hash,
                    version.flags & WEAK != 0,
                ) {
                    remarks.push(remark);
                }
            }
        }
        let relr = image.dynamic().is_some_and(|dynamic| dynamic.relr);
        if relr
            && self.rules.relr()
            && !marker
            && !image.version_needs().is_empty()
            && image.needed().any(|name| name.starts_with(b"libc.so."))
        {
            remarks.push(Remark::Fatal(Failure::of(
                &message::RELR_WITHOUT_MARKER,
                &requirer,
            )));
        }
        remarks
    }

    /// `match_symbol`.
    fn check_version(
        &mut self,
        by: ObjectId,
        requirer: &[u8],
        provider: ObjectId,
        version: &[u8],
        hash: u32,
        weak: bool,
    ) -> Option<Remark> {
        let real = self.real(provider);
        let image = real.image.clone();
        let object = self.display_name(real.id);
        let definitions = image.version_definitions();
        let build = |text| {
            let mut failure = Failure::of(text, &object);
            failure.fields = Fields::new()
                .with("object", &object)
                .with("version", version)
                .with("requirer", requirer);
            failure.by = Some(by);
            failure
        };
        if definitions.is_empty() {
            self.map_mut(by).unversioned_need = true;
            return Some(Remark::Warning(build(&message::NO_VERSION_INFORMATION)));
        }
        let mut found = false;
        for definition in definitions {
            if definition.revision != 1 {
                let mut failure = Failure::of(&message::VERDEF_REVISION, &object);
                failure.fields = failure
                    .fields
                    .with("revision", definition.revision.to_string());
                return Some(Remark::Error(failure));
            }
            found = definition.hash == hash && image.string(definition.name) == version;
            if found {
                break;
            }
        }
        if !found || self.session.detail.bindings {
            self.record(Event::Version {
                by,
                object: provider,
                version: version.to_vec(),
                weak,
                found,
            });
        }
        match (found, weak) {
            (true, _) => None,
            (false, true) => Some(Remark::Warning(build(&message::WEAK_VERSION_NOT_FOUND))),
            (false, false) => Some(Remark::Error(build(&message::VERSION_NOT_FOUND))),
        }
    }

    /// `_dl_name_match_p`
    pub(crate) fn name_matches(&self, name: &[u8], id: ObjectId) -> bool {
        let map = self.map(id);
        map.l_name == name || map.names.iter().any(|known| known == name)
    }

    /// `find_needed`: by name only, in the namespace's list and then among the asker's own dependencies.
    fn find_needed(&self, name: &[u8], asker: ObjectId) -> Option<ObjectId> {
        let map = self.map(asker);
        let list = &self.namespaces[map.namespace as usize].list;
        list.iter()
            .chain(map.search_list.iter().flatten())
            .copied()
            .find(|&id| self.name_matches(name, id))
    }

    /// `assert (needed != NULL)`: the version table names a file that is not needed, as careless editors leave it.
    fn missing_version_file(&self) -> Box<Failure> {
        let line = match self.config.release.1 {
            ..=29 => "224",
            30..=34 => "205",
            _ => "204",
        };
        inconsistency(
            "dl-version.c",
            line,
            "_dl_check_map_versions",
            "needed != NULL",
        )
    }
}

/// The loader dies of a signal, at an object.
pub(crate) fn crash(signal: i32, by: ObjectId, why: String) -> Box<Failure> {
    let mut failure = Failure::of(&message::CRASH, b"");
    let fields = std::mem::take(&mut failure.fields);
    failure.fields = fields.with("signal", signal.to_string()).with("why", why);
    failure.exit_status = Some(128 + signal);
    failure.by = Some(by);
    failure
}

/// The loader goes round in a circle, at an object.
pub(crate) fn endless(by: ObjectId, why: String) -> Box<Failure> {
    let mut failure = Failure::of(&message::ENDLESS, b"");
    failure.fields = Fields::new().with("why", why);
    failure.by = Some(by);
    failure
}

/// The process does not survive it, whoever asked.
pub(crate) fn ends(failure: &Failure) -> bool {
    let fatal = [&message::INCONSISTENCY, &message::CRASH, &message::ENDLESS];
    fatal.iter().any(|message| failure.is(message))
}

/// A failed assertion of ld.so: it prints and exits with 127.
pub(crate) fn inconsistency(
    file: &str,
    line: &str,
    function: &str,
    assertion: &str,
) -> Box<Failure> {
    let mut failure = Failure::of(&message::INCONSISTENCY, b"");
    failure.fields = Fields::new()
        .with("file", file)
        .with("line", line)
        .with("function", function)
        .with("assertion", assertion);
    failure
}
