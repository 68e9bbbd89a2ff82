//! `musl-glibc-symbol-missing`: glibc's own symbols do not exist in musl.

use super::prelude::*;
use super::symbols::Kind;

pub(super) static RULE: Rule = Rule {
    name: "musl-glibc-symbol-missing",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "an object built for glibc runs under musl, which lacks symbols of glibc",
    loaders: MUSL,
    messages: &["musl/symbol-not-found"],
    page: page!("musl-glibc-symbol-missing"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for missing in context.missing_symbols() {
        if missing.kind != Kind::GlibcUnderMusl {
            continue;
        }
        let subject = missing.id.map_or(Subject::Name(missing.object.to_vec()), Subject::Object);
        findings.add(
            Finding::new(
                &RULE,
                subject,
                format!("{} was built for glibc; musl has no {}", show(missing.object), missing.names()),
            )
            .step(missing.step)
.explains(missing.events.iter().copied())
            .advice("get the build for musl, or build it on this system")
            .advice("gcompat supplies some of these symbols, never all: a last resort"),
        );
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    if !is_glibcs(&symbol) {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Likely)
            .why(format!("{object} was built for glibc: {symbol} is glibc's, and musl has no such symbol"))
            .decided_by(format!("readelf -VW {} | grep GLIBC_", quoted(&object)))
            .advice("get the build for musl (a musllinux wheel, an Alpine package, a -musl archive), or build it on Alpine")
            .fix("or take an image with glibc", "FROM debian:stable-slim")
            .fix("for simple programs, a shim", "apk add gcompat")
            .not_helpful("apk add libc6-compat as a cure: it gives names to some files, and not glibc's symbols")
            .not_helpful("installing glibc's packages over Alpine: two C libraries in one process do not work"),
    )
}

/// A symbol of glibc's that musl does not have; of newer releases, the checked functions and C23's.
fn is_glibcs(symbol: &str) -> bool {
    let checked = symbol.starts_with("__") && symbol.ends_with("_chk");
    checked || symbol.starts_with("__isoc23_") || packages::is_glibc_only(symbol)
}

#[cfg(test)]
mod tests {
    use super::is_glibcs;

    #[test]
    fn symbols_of_glibc_are_told_from_others() {
        for ours in ["__memcpy_chk", "__vfprintf_chk", "__isoc23_strtol", "gnu_get_libc_version", "fcntl64", "__exp_finite", "__register_atfork"] {
            assert!(is_glibcs(ours), "{ours}");
        }
        for other in ["deflate", "_ZN2at6TensorE", "__errno_location", "SSL_read"] {
            assert!(!is_glibcs(other), "{other}");
        }
    }
}
