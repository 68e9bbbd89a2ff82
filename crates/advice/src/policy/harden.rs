//! Protections that a policy asks for and an object lacks.

use sayso_facts::elf::Image;

use super::{Demands, Relro, look};

/// A protection that is not there.
pub(super) struct Weakness {
    /// The policy's key.
    pub(super) key: &'static str,
    /// What the object does, to be read behind its name.
    pub(super) does: &'static str,
    /// What mends it in the build.
    pub(super) mend: &'static str,
    /// The option of `sayso fix` that mends a finished file.
    pub(super) option: Option<&'static str>,
}

/// What the object lacks of what is asked.
pub(super) fn weaknesses(demands: &Demands, image: &Image) -> Vec<Weakness> {
    let is_dynamic = image.dynamic().is_some();
    let plain = |key, does, mend| Weakness {
        key,
        does,
        mend,
        option: None,
    };
    let mut found = Vec::new();
    if demands.executable_stack == Some(false) && look::wants_executable_stack(image) {
        found.push(Weakness {
            key: "executable-stack",
            does: "asks for an executable stack",
            mend: "clear the mark, or link with -Wl,-z,noexecstack",
            option: Some("--clear-execstack"),
        });
    }
    if demands.text_relocations == Some(false) && look::has_text_relocations(image) {
        found.push(plain(
            "text-relocations",
            "has relocations in its code (DT_TEXTREL)",
            "compile everything in it with -fPIC; -Wl,-z,text finds the culprit",
        ));
    }
    let is_library = look::is_library(image);
    if demands.static_tls == Some(false) && is_library && look::has_static_tls(image) {
        found.push(plain(
            "static-tls",
            "uses static thread-local storage (dlopen refuses it when the surplus is used up)",
            "compile with -fPIC and without -ftls-model=initial-exec, or with TLS descriptors (-mtls-dialect=gnu2)",
        ));
    }
    let is_lazy = is_dynamic && look::has_plt(image) && !look::binds_now(image);
    if demands.bind_now == Some(true) && is_lazy {
        found.push(plain("bind-now", "binds lazily", "link with -Wl,-z,now"));
    }
    if let Some(relro) = demands.relro.filter(|_| is_dynamic) {
        let has = match (look::has_relro(image), is_lazy) {
            (false, _) => Relro::None,
            (true, true) => Relro::Partial,
            (true, false) => Relro::Full,
        };
        if has < relro {
            let does = if has == Relro::None {
                "protects nothing of what is relocated (RELRO)"
            } else {
                "protects only a part of what is relocated (RELRO)"
            };
            found.push(plain("relro", does, "link with -Wl,-z,relro,-z,now"));
        }
    }
    let is_fixed = look::is_program(image) && !look::is_position_independent(image);
    if demands.pie == Some(true) && is_fixed {
        found.push(plain(
            "pie",
            "is a program with a fixed address",
            "compile with -fPIE and link with -pie (Go: -buildmode=pie)",
        ));
    }
    found
}
