//! `dlsym-symbol-missing`: dlsym finds nothing.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "dlsym-symbol-missing",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "dlsym looks for a symbol that neither the library nor its needs export",
    loaders: &[Speaker::Glibc, Speaker::Musl, Speaker::Bionic, Speaker::Dyld, Speaker::Runtime],
    messages: &["glibc/dlsym-undefined", "glibc/next-from-nowhere", "musl/dlsym-symbol-not-found"],
    hears: &["glibc/undefined-symbol", "bionic/undefined-symbol", "bionic/symbol-not-global", "dotnet/entry-point", "dotnet/entry-point-dll", "dotnet/mono-entry-point", "dyld/dlsym-symbol-not-found", "dyld/dlsym-unknown-caller", "dyld/dlsym-disabled", "python/no-init-function", "python/no-init-function-2", "php/not-an-extension", "perl/bootstrap-symbol", "java/native-method", "java/native-method-old", "java/native-method-plain", "java/native-method-old-plain"],
    page: page!("dlsym-symbol-missing"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let symbol = trouble.text("symbol");
        if symbol.is_empty() {
            return Some(Finding::new(&RULE, subject_of(context, trouble), "RTLD_NEXT has a meaning only in code of a loaded object"));
        }
        // musl names no object: the step tells which handle was asked.
        let object = if object.is_empty() { "the library" } else { object };
        let finding = Finding::new(&RULE, subject_of(context, trouble), format!("{object} exports no {symbol}"));
        let mangled = context
            .object_called(trouble.failure.field("object").unwrap_or_default())
            .and_then(|id| mangled_twin(&context.trace.object(id).image, symbol.as_bytes()));
        Some(match mangled {
            Some(twin) => finding
                .because(format!("it exports {twin}, the C++ name of a function {symbol}"))
                .advice("declare the function extern \"C\""),
            None => finding
                .fix("see what it exports", format!("nm -D --defined-only {}", quoted(trouble.failure.field("object").unwrap_or_default())))
                .advice("the symbol may be hidden (-fvisibility=hidden) or removed by a version script"),
        })
    });
}

/// The C++ name of a plain function of this name.
fn mangled_twin(image: &sayso_facts::elf::Image, symbol: &[u8]) -> Option<String> {
    let prefix = [format!("_Z{}", symbol.len()).as_bytes(), symbol].concat();
    (1..image.symbol_count())
        .filter_map(|at| image.symbol(at))
        .filter(|found| found.shndx != 0)
        .map(|found| image.string(found.name))
        .find(|name| name.starts_with(&prefix))
        .map(show)
}

fn hear(heard: &Heard) -> Option<Hearing> {
    if !RULE.answers(heard.message.id) {
        // Its words stand only around another loader's.
        return None;
    }
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    if heard.is("glibc/next-from-nowhere") {
        return Some(Hearing::new(Likelihood::Certain).why("RTLD_NEXT has a meaning only in code of a loaded object, not in code made at run time"));
    }
    if matches!(heard.message.id, "python/no-init-function" | "python/no-init-function-2" | "php/not-an-extension" | "perl/bootstrap-symbol") {
        return super::not_a_module::hear(heard);
    }
    if heard.message.id.starts_with("java/native-method") {
        if symbol.contains('/') || symbol.contains(':') {
            return None;
        }
        return Some(
            Hearing::new(Likelihood::Certain)
                .why(format!("no native library that is loaded has the native method {symbol}: the library was not loaded, is of another release than the jar, or its function is not exported under that name"))
                .decided_by("nm -D --defined-only LIBRARY | grep Java_")
                .advice("load the library before the class is used (System.loadLibrary in a static block), and take library and jar of one release")
                .advice("as the maker: export JNIEXPORT functions with the name that `javac -h` writes, extern \"C\""),
        );
    }
    let library = if object.is_empty() { "the library".to_owned() } else { object.clone() };
    // glibc says a failed dlsym in the words of a failed relocation: a name that only a program asks for tells them apart.
    let likelihood = match heard.message.id {
        "glibc/undefined-symbol" if symbol.starts_with("_Z") || heard.text("version") == "GLIBC_PRIVATE" => return None,
        "glibc/undefined-symbol" if is_entry(&symbol) || heard.wrapped_by("python-attribute") => Likelihood::Certain,
        "glibc/undefined-symbol" if heard.wrapped_by("python-ctypes") || heard.wrapped_by("python-import") => Likelihood::Rare,
        "glibc/undefined-symbol" => Likelihood::Possible,
        "bionic/undefined-symbol" if !heard.frames.iter().any(|said| said.message.id == "bionic/frame-dlsym") => Likelihood::Possible,
        _ => Likelihood::Certain,
    };
    Some(
        Hearing::new(likelihood)
            .why(format!("the program asks {library} for {symbol}, which it does not export: another release, another kind of file, or a name that is hidden or C++"))
            .decided_by(format!("nm -D --defined-only {} | grep -i {symbol}", if object.is_empty() { "LIBRARY".into() } else { quoted(&object) }))
            .advice("C++: declare the function extern \"C\"; hidden: give it default visibility (-fvisibility, a version script)")
            .advice("if the library is of another release than the program wants, install that release"),
    )
}

/// Names that a host looks up in its modules.
fn is_entry(symbol: &str) -> bool {
    const BEGIN: &[&str] = &["PyInit_", "luaopen_", "Init_", "Java_", "JNI_On", "boot_", "napi_register_module", "node_register_module", "get_module", "dlsym", "pam_sm_", "sqlite3_extension_init", "mysql_declare", "OSSL_provider_init", "R_init_"];
    BEGIN.iter().any(|begin| symbol.starts_with(begin))
}
