//! Programs that are linked statically: nothing of them can be bound to.

use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_facts::go::{PluginSupport, Program};
use sayso_world::TargetPath;

use super::{Answer, framed, no_plugin, not_go, not_implemented, plain, real_path, unable};
use crate::messages::{Fields, glibc, go as message, musl};
use crate::request::{Family, Request, Start, Step};
use crate::session::Session;
use crate::trace::{GoEnd, Verdict};

/// A step of a program that runs without a C loader: linked statically.
pub(crate) fn static_step(
    session: &Session<'_>,
    program: &Arc<Image>,
    step: &Step,
) -> Option<Answer> {
    let (Step::PluginOpen { .. } | Step::Lookup { .. }) = step else {
        return None;
    };
    let Some(program) = Program::of(program) else {
        return Some(not_go());
    };
    Some(match (program.plugin_support(), step) {
        (PluginSupport::NotImplemented, _) => not_implemented(),
        (PluginSupport::Static | PluginSupport::Yes, Step::PluginOpen { path }) => {
            static_open(session, program.image(), path)
        }
        (PluginSupport::Static | PluginSupport::Yes, _) => no_plugin(),
        _ => unable(program.plugin_support(), &program),
    })
}

/// A program that has package plugin but is linked statically. glibc's `dlopen` in such a program brings a second libc into the process; it is judged
/// as the dynamic loader's would be for a process of its own. The plugin binds to nothing of the program, so the program's list of modules stays empty.
fn static_open(session: &Session<'_>, program: &Image, path: &[u8]) -> Answer {
    let Some(file) = real_path(session, path) else {
        return Answer::error(&message::REALPATH, Fields::new().with("name", path));
    };
    let mut answer = static_dlopen(session, program, path, &file);
    answer.told.file = Some(file);
    answer
}

fn static_dlopen(session: &Session<'_>, program: &Image, path: &[u8], file: &TargetPath) -> Answer {
    // Every program linked with glibc carries its note; musl is the other libc that a Go program is linked with.
    if program.abi_tag().is_none() {
        let failure = plain(&musl::STATIC, Fields::new());
        return Answer::ended(GoEnd::Error, framed(failure, path));
    }
    let trace = session.predict(&Request {
        start: Start::Library(file.clone()),
        steps: Vec::new(),
        loader: Some(Family::Glibc),
        release: None,
    });
    match trace.verdict {
        Verdict::Loads => match trace.expected_from_host.first() {
            None => Answer::dies(&message::NO_MODULE_DATA),
            // What is left to the host stays undefined: this host defines nothing.
            Some(expected) if expected.version.is_none() => {
                let object = trace.object(expected.by).path.as_bytes();
                let fields = Fields::new().with("object", object);
                let fields = fields.with("symbol", &expected.name);
                let failure = plain(&glibc::UNDEFINED_SYMBOL, fields);
                Answer::ended(GoEnd::Error, framed(failure, path))
            }
            Some(_) => not_modelled(),
        },
        Verdict::Fails { failure, .. } => {
            let mut failure = framed(failure, path);
            (failure.by, failure.search) = (None, None);
            Answer::ended(GoEnd::Error, failure)
        }
        Verdict::Unknown { .. } => not_modelled(),
    }
}

fn not_modelled() -> Answer {
    Answer::unknown(
        "static-dlopen",
        "the program is linked statically: what its own dlopen says of this file is not modelled",
    )
}
