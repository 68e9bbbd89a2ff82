//! `undefined-symbol`: a reference that nobody defines.

use super::prelude::*;
use super::symbols::{Kind, MESSAGES, MissingSymbols};

pub(super) static RULE: Rule = Rule {
    name: "undefined-symbol",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "nobody in scope defines a symbol that is needed",
    loaders: BOTH,
    messages: MESSAGES,
    page: page!("undefined-symbol"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for missing in context.missing_symbols() {
        if missing.symbols.iter().any(|(_, version)| *version == Some(b"GLIBC_PRIVATE")) {
            continue;
        }
        let object = show(missing.object);
        let (noun, names) = (missing.noun(), missing.names());
        let subject = missing.id.map_or(Subject::Name(missing.object.to_vec()), Subject::Object);
        let finding = |message: String| Finding::new(&RULE, subject.clone(), message);
        let finding = match &missing.kind {
            Kind::OtherVersion { defined_by } => finding(format!(
                "{object} needs the {noun} {names} in a version that {} does not define it under",
                context.path(*defined_by)
            ))
            .advice(format!("use the build of {} that it was linked against", context.name(*defined_by))),
            Kind::OutOfScope { defined_by } => finding(format!(
                "{} defines {names}, but {object} cannot see it",
                context.path(*defined_by)
            ))
            .because(format!("{object} does not need {} itself, and what was opened without RTLD_GLOBAL is seen only by its own tree", context.name(*defined_by)))
            .fix("link it against what it uses", format!("patchelf --add-needed {} {}", quoted(context.trace.object(*defined_by).path.file_name()), quoted(missing.object)))
            .advice("or open the provider with RTLD_GLOBAL first"),
            Kind::Nobody => nobody(context, missing, finding(format!("{object} needs the {noun} {names}, and nobody in its scope defines it"))),
            Kind::GlibcUnderMusl | Kind::Cxx11 { .. } | Kind::NotInFile { .. } => continue,
        };
        findings.add(finding.step(missing.step)
.explains(missing.events.iter().copied()));
    }
}

/// Nobody in the process has it: a module outside its host, or another build of one of its needs.
fn nobody(context: &Context<'_>, missing: &MissingSymbols<'_>, finding: Finding) -> Finding {
    let finding = match missing.id.and_then(|id| context.chain(Some(id))) {
        Some(chain) if chain.contains("which") => finding.because(format!("it is {chain}")),
        _ => finding,
    };
    // A library that is needed, found, but of another build than the one linked against, is the usual reason.
    let needs: Vec<String> = missing
        .id
        .map(|id| context.trace.object(id).image.needed().map(show).collect())
        .unwrap_or_default();
    let host = missing.symbols.first().map(|(symbol, _)| *symbol).and_then(host_of);
    if let Some(host) = host {
        return finding
            .because(format!("the name belongs to {host}: this object is a module that {host} is to load"))
            .advice(format!("load it in {host}, of the release that it was built for"));
    }
    let finding = if needs.is_empty() {
        finding.because("it needs no library at all, so everything must come from the program that loads it")
    } else {
        finding.because(format!("it needs {}: one of these is another build than it was linked against, or a need is not listed", enumerate_some(&needs, 5)))
    };
    finding
        .advice("link it again with every library that it uses (-Wl,-z,defs says at link time what is missing)")
        .advice("if it was built for another release of one of its libraries, install that release")
}

/// Whose modules have such symbols.
fn host_of(symbol: &[u8]) -> Option<&'static str> {
    const HOSTS: &[(&str, &str)] = &[
        ("Py", "Python"), ("_Py", "Python"), ("rb_", "Ruby"), ("Perl_", "Perl"), ("PL_", "Perl"), ("lua_", "Lua"),
        ("luaL_", "Lua"), ("zend_", "PHP"), ("php_", "PHP"), ("ngx_", "nginx"), ("ap_", "Apache httpd"), ("napi_", "Node.js"),
        ("_ZN2v8", "Node.js"), ("Rf_", "R"), ("R_", "R"), ("mex", "MATLAB"), ("JNI_", "Java"),
    ];
    HOSTS
        .iter()
        .find(|(prefix, _)| symbol.starts_with(prefix.as_bytes()) && symbol.len() > prefix.len() + 2)
        .map(|(_, host)| *host)
}
