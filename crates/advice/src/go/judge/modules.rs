//! What the runtime's list of modules makes of a file: no module, one that is open already, one of another release.

use sayso_facts::go::{Mode, PluginSupport, Program};
use sayso_loader::trace::GoEnd;

use super::{Asked, Judgement, advice, command, file_name};
use crate::finding::Fix;
use crate::go::causes::{Reason, reason};
use crate::go::repair::{self, Build};
use crate::go::sides::Side;
use crate::show::{machine_name, show};

fn of_path(why: String, path: &str) -> Reason {
    reason(
        "go-plugin-already-loaded",
        why,
        format!("plugin path of both: {path}"),
    )
}

impl Asked<'_> {
    pub(super) fn already_loaded(&self, judgement: &Judgement) -> (Vec<Reason>, Vec<Fix>) {
        let opened =
            |known: &&Judgement| known.told.end == GoEnd::Opens && !known.told.already_open;
        let Some(plugin) = judgement
            .side
            .as_ref()
            .filter(|side| side.plugin_path.is_some())
        else {
            let why = reason(
                "go-plugin-already-loaded",
                "the file is no Go plugin: Go looks at the last plugin that it has, which is open already",
                self.what_it_is(),
            );
            return (
                vec![why],
                vec![advice(
                    "give plugin.Open a file that was built with -buildmode=plugin",
                )],
            );
        };
        let path = plugin.plugin_path.clone().unwrap_or_default();
        let is_same_file = |known: &&Judgement| {
            known.told.object.is_some() && known.told.object == judgement.told.object
        };
        let again = "open it once, and keep the *plugin.Plugin (a plugin cannot be unloaded: for new code, start the host again)";
        if let Some(twin) = self.before.iter().filter(opened).find(is_same_file) {
            let why = format!(
                "it is the very file of {} under another name (a hard link)",
                show(&twin.path)
            );
            return (vec![of_path(why, &path)], vec![advice(again)]);
        }
        // The host never came to compare paths: it met a plugin that is open already, and not this one.
        if judgement.told.plugin_path.is_none()
            && let Some(reason) = self.layouts(judgement)
        {
            return (vec![reason], self.build(judgement));
        }
        let is_twin = |known: &&Judgement| known.told.plugin_path.as_deref() == Some(path.as_str());
        let Some(twin) = self.before.iter().filter(opened).find(is_twin) else {
            let why = format!("a plugin of the path {path} is open already");
            return (vec![of_path(why, &path)], vec![advice(again)]);
        };
        if self.is_copy_of(twin) {
            let why = format!(
                "it is a copy of {}, and Go opens each plugin path once",
                show(&twin.path)
            );
            return (vec![of_path(why, &path)], vec![advice(again)]);
        }
        let why = format!(
            "{} has the same plugin path and other contents, and Go opens each path once: a rebuilt plugin, or another one with the same main package",
            show(&twin.path)
        );
        let mut fixes = repair::of_same_path(self.host, plugin, &file_name(self.path));
        fixes.push(advice("where it is the same plugin, built anew: start the host again (a plugin cannot be unloaded)"));
        (vec![of_path(why, &path)], fixes)
    }

    /// The file has the same bytes as one that was opened before.
    fn is_copy_of(&self, twin: &Judgement) -> bool {
        let twin = twin
            .told
            .object
            .map(|object| &self.case.trace.object(object).image);
        let bytes = self.image.zip(twin);
        bytes.is_some_and(|(image, twin)| image.bytes()[..] == twin.bytes()[..])
    }

    /// What the file is, where it is no plugin.
    fn what_it_is(&self) -> String {
        let name = show(self.path.as_bytes());
        let Some(image) = self.image else {
            return format!("{name} is no ELF file");
        };
        match Program::of(image) {
            None => format!(
                "{name}: an ELF file for {} without any Go in it",
                machine_name(image.header().machine)
            ),
            Some(program) => match program.mode {
                Mode::CShared => format!("{name}: Go, built with -buildmode=c-shared"),
                Mode::Shared => format!("{name}: Go, built with -buildmode=shared"),
                Mode::Executable => format!("{name}: a Go program"),
                Mode::Plugin => format!("{name}: a Go plugin"),
            },
        }
    }

    pub(super) fn no_module(&self, judgement: &Judgement) -> (Vec<Reason>, Vec<Fix>) {
        let rule = "go-no-plugin-module-data";
        if self.host.support == Some(PluginSupport::Static) {
            let why = reason(
                "go-host-cannot-open-plugins",
                "the host is linked statically: it exports nothing, so the plugin runs on a runtime of its own, which the host never sees",
                "host: no dynamic symbols",
            );
            return (
                vec![why],
                vec![command(
                    "in the host's folder, link it dynamically (no -extldflags=-static)",
                    Build::like(self.host).host(&self.host_name()),
                )],
            );
        }
        let is_plugin = judgement
            .side
            .as_ref()
            .is_some_and(|side| side.mode == Some(Mode::Plugin));
        if !is_plugin {
            let why = reason(
                rule,
                "the file is no Go plugin, so nothing in it reports to the host's runtime",
                self.what_it_is(),
            );
            return (
                vec![why],
                vec![advice(
                    "build it with -buildmode=plugin, or open it with dlopen through cgo if it is a C library",
                )],
            );
        }
        if let Some(reason) = self.layouts(judgement) {
            return (vec![reason], self.build(judgement));
        }
        let failed = self
            .before
            .iter()
            .find(|known| known.told.end != GoEnd::Opens && known.told.object.is_some());
        match failed {
            Some(failed) => {
                let why = format!(
                    "{} failed in step {}: the last module that the runtime has is marked as bad",
                    show(&failed.path),
                    failed.step
                );
                (
                    vec![reason("go-failed-plugin-poisons", why, show(&failed.path))],
                    vec![advice(
                        "start the host again, and open only plugins that fit",
                    )],
                )
            }
            None => (
                vec![reason(
                    rule,
                    "the plugin's module never reached the host's runtime",
                    self.what_it_is(),
                )],
                self.build(judgement),
            ),
        }
    }

    /// Two releases that keep the runtime's list of modules in different places.
    pub(super) fn layouts(&self, judgement: &Judgement) -> Option<Reason> {
        let plugin = judgement.side.as_ref()?;
        let next = |side: &Side| {
            let data = side.program()?.module.as_ref().ok()?.clone();
            data.next_in_code.or(data.layout.map(|layout| layout.next))
        };
        let (host_next, plugin_next) = (next(self.host), next(plugin));
        let name = |side: &Side| side.toolchain().unwrap_or("an unnamed release").to_owned();
        let (new, old) = (name(self.host), name(plugin));
        if new == old && host_next == plugin_next {
            return None;
        }
        let offset = |next: Option<u64>| {
            next.map_or(String::new(), |next| format!(", moduledata.next at {next}"))
        };
        let evidence = format!(
            "host: {new}{}; plugin: {old}{}",
            offset(host_next),
            offset(plugin_next)
        );
        let why = if self.failure.message.id == "go/nil-dereference" {
            format!(
                "the host was built with {new}, the plugin with {old}: the host finds the plugin's module and reads its fields in the wrong places"
            )
        } else {
            format!(
                "the host was built with {new}, the plugin with {old}: their runtimes keep the list of modules in different places, so the host never sees the plugin's"
            )
        };
        Some(reason("go-release-differs", why, evidence))
    }
}
