//! What a policy asks of one object, read from its file.

use std::fmt::Write as _;

use sayso_facts::elf::{Image, df, df_1, dt, et, pf, pt, stb, stv};

use crate::show;

/// A library: something that is opened, not started.
pub(super) fn is_library(image: &Image) -> bool {
    image.header().kind == et::DYN && image.interpreter().is_none()
}

/// A program that the kernel starts: it has a fixed place, an interpreter, or says that it is one.
pub(super) fn is_program(image: &Image) -> bool {
    let flags = image.dynamic().map_or(0, |dynamic| dynamic.flags_1);
    image.header().kind == et::EXEC
        || flags & df_1::PIE != 0
        || (image.interpreter().is_some() && image.soname().is_none())
}

/// The folders of its run paths, as they stand.
pub(super) fn run_paths(image: &Image) -> Vec<String> {
    let paths = image.rpath().into_iter().chain(image.runpath());
    paths
        .flat_map(|path| path.split(|&b| b == b':'))
        .map(show)
        .collect()
}

/// Symbols that it defines for others.
pub(super) fn exports(image: &Image) -> Vec<String> {
    image
        .symbols()
        .filter(|(_, symbol)| {
            !symbol.is_undefined()
                && symbol.bind() != stb::LOCAL
                && matches!(symbol.visibility(), stv::DEFAULT | stv::PROTECTED)
        })
        .map(|(_, symbol)| show(image.string(symbol.name)))
        .filter(|name| !name.is_empty())
        .collect()
}

/// Symbols that it asks others for.
pub(super) fn undefined(image: &Image) -> Vec<String> {
    image
        .symbols()
        .filter(|(at, symbol)| *at > 0 && symbol.is_undefined())
        .map(|(_, symbol)| show(image.string(symbol.name)))
        .filter(|name| !name.is_empty())
        .collect()
}

pub(super) fn needed(image: &Image) -> Vec<String> {
    image.needed().map(show).collect()
}

pub(super) fn has_static_tls(image: &Image) -> bool {
    image
        .dynamic()
        .is_some_and(|dynamic| dynamic.flags & df::STATIC_TLS != 0)
}

pub(super) fn has_text_relocations(image: &Image) -> bool {
    image
        .dynamic()
        .is_some_and(|dynamic| dynamic.textrel || dynamic.flags & df::TEXTREL != 0)
}

pub(super) fn wants_executable_stack(image: &Image) -> bool {
    match image.segment(pt::GNU_STACK) {
        Some(stack) => stack.flags & pf::X != 0,
        None => matches!(image.header().machine, 3 | 62) && image.dynamic().is_some(),
    }
}

pub(super) fn binds_now(image: &Image) -> bool {
    image.dynamic().is_some_and(|dynamic| {
        dynamic.bind_now || dynamic.flags & df::BIND_NOW != 0 || dynamic.flags_1 & df_1::NOW != 0
    })
}

pub(super) fn has_relro(image: &Image) -> bool {
    image.segment(pt::GNU_RELRO).is_some()
}

/// Nothing is bound lazily because there is nothing to bind.
pub(super) fn has_plt(image: &Image) -> bool {
    image.dynamic_value(dt::JMPREL).is_some()
}

pub(super) fn is_position_independent(image: &Image) -> bool {
    image.header().kind == et::DYN
}

pub(super) fn build_id(image: &Image) -> Option<String> {
    let id = image.build_id()?;
    Some(id.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
