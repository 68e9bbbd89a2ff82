//! `undefined-symbol`: a reference that nobody defines.

use super::prelude::*;
use super::symbols::{Kind, MESSAGES, MissingSymbols};

pub(super) static RULE: Rule = Rule {
    name: "undefined-symbol",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "nobody in scope defines a symbol that is needed",
    loaders: ELF,
    messages: MESSAGES,
    hears: &["bionic/undefined-symbol", "bionic/cannot-locate-symbol", "rtld/undefined-symbol"],
    page: page!("undefined-symbol"),
    check: Some(check),
    hear,
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
            .fix("link it against what it uses", format!("sayso fix --add-needed {} {}", quoted(context.trace.object(*defined_by).path.file_name()), quoted(missing.object)))
            .advice("or open the provider with RTLD_GLOBAL first"),
            // Once the library is there, they are.
            Kind::OfMissing if findings.follow(missing.step, &missing.events) => continue,
            Kind::Nobody | Kind::OfMissing => nobody(context, missing, finding(format!("{object} needs the {noun} {names}, and nobody in its scope defines it"))),
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol, version) = (heard.text("object"), heard.text("symbol"), heard.text("version"));
    // `ldd -r` has the words of Android's dlsym.
    if heard.is("bionic/undefined-symbol") && heard.frames.iter().any(|said| said.message.id == "bionic/frame-dlsym") {
        return None;
    }
    if version == "GLIBC_PRIVATE" || symbol.is_empty() || heard.is("glibc/link-time-reference") {
        return None;
    }
    let file = quoted(&object);
    let host = host_of(symbol.as_bytes());
    let owner = owner_of(&symbol);
    let mut hearing = Hearing::new(Likelihood::Likely).decided_by(format!("nm -D --undefined-only {file} | grep {symbol}; readelf -dW {file} | grep NEEDED"));
    hearing = match (host, owner) {
        (Some(host), _) => hearing
            .why(format!("{symbol} is {host}'s: {object} is a module for {host}, and was built for another release of it, or is loaded outside it"))
            .advice(format!("build or install the module for the {host} that loads it here")),
        (None, Some((library, mend))) => hearing
            .why(format!("{symbol} belongs to {library}: {object} was built against another release of it than is found here, or does not name it as a need"))
            .advice(mend),
        (None, None) => hearing
            .why(format!("nobody that {object} can see defines {symbol}: a library is missing on its link line, is another release than it was built against, or another copy hides it")),
    };
    Some(
        hearing
            .fix("see which copies are taken", "LD_DEBUG=libs PROGRAM 2>&1 | grep 'calling init'")
            .advice("link it again with every library that it uses; -Wl,-z,defs says at link time what is missing")
            .fix("or add the need that was forgotten", format!("sayso fix --add-needed LIBRARY {file}"))
            .not_helpful("LD_PRELOAD of whatever has the name, beyond a test: the next symbol is of the wrong release as well"),
    )
}

/// Libraries whose symbols tell their name, and what is to be done.
fn owner_of(symbol: &str) -> Option<(&'static str, &'static str)> {
    const TORCH: &str = "build the extension again with the torch that is installed (pip install --no-build-isolation --no-binary :all: PACKAGE), and import torch before it";
    const OWNERS: &[(&str, &str, &str)] = &[
        ("_ZN3c10", "PyTorch (c10)", TORCH),
        ("_ZNK3c10", "PyTorch (c10)", TORCH),
        ("_ZN2at", "PyTorch (ATen)", TORCH),
        ("_ZNK2at", "PyTorch (ATen)", TORCH),
        ("_ZN5torch", "PyTorch", TORCH),
        ("_ZNK5torch", "PyTorch", TORCH),
        ("_ZN10tensorflow", "TensorFlow", "build the operation again with the tensorflow that is installed"),
        ("__cudaRegister", "the CUDA runtime", "link with nvcc, or with -lcudart of the release that it was compiled for"),
        ("cudnn", "cuDNN", "install the release of cuDNN that it was built for"),
        ("cublas", "cuBLAS", "install the release of CUDA that it was built for"),
        ("__kmpc_", "the OpenMP library of LLVM or Intel", "link with -fopenmp of the compiler that compiled it"),
        ("GOMP_", "libgomp", "link with -fopenmp"),
        ("omp_", "an OpenMP library", "link with -fopenmp"),
        ("__asan_", "AddressSanitizer", "link the program with -fsanitize=address, or load the runtime first: LD_PRELOAD=$(cc -print-file-name=libasan.so)"),
        ("__ubsan_", "UndefinedBehaviorSanitizer", "link with -fsanitize=undefined"),
        ("__tsan_", "ThreadSanitizer", "link the program with -fsanitize=thread"),
        ("__gcov_", "gcov", "link with --coverage, or build without it"),
        ("__atomic_", "libatomic", "link with -latomic"),
        ("_ZN5boost", "Boost", "build it against the Boost that is installed"),
        ("_ZN6google8protobuf", "protobuf", "build it against the protobuf that is installed, and use one copy of it"),
        ("_ZN2cv", "OpenCV", "build it against the OpenCV that is installed"),
        ("_ZN4Qt", "Qt", "use one copy of Qt: of the distribution, or of the program"),
        ("_Z21qRegister", "Qt", "use one copy of Qt: of the distribution, or of the program"),
        ("_ZN7QString", "Qt", "use one copy of Qt: of the distribution, or of the program"),
        ("_ZN7QObject", "Qt", "use one copy of Qt: of the distribution, or of the program"),
        ("SSL_", "OpenSSL", "use the OpenSSL that it was built against: 1.1 and 3 do not have the same symbols"),
        ("EVP_", "OpenSSL", "use the OpenSSL that it was built against: 1.1 and 3 do not have the same symbols"),
        ("OPENSSL_", "OpenSSL", "use the OpenSSL that it was built against: 1.1 and 3 do not have the same symbols"),
        ("FT_", "FreeType", "let the system's FreeType be found before an older copy"),
        ("g_", "GLib", "let the system's GLib be found before an older copy (conda, a snap, an AppImage)"),
        ("gtk_", "GTK", "let the system's GTK be found before an older copy"),
        ("rl_", "readline", "let the system's readline be found before an older copy (conda)"),
        ("cblas_", "a BLAS library", "link with -lcblas or -lopenblas"),
        ("_ZTV", "a C++ class whose own library is missing or of another release", "link with the library that defines the class; if it is your class, define its first virtual function"),
        ("_ZTI", "a C++ class whose own library is missing or was built without run-time type information", "build both sides with the same -frtti setting"),
        ("_ZGVb", "GCC's vectorised mathematics", "link with -lm of glibc 2.22 or later (libmvec)"),
        ("_ZdlPvm", "C++14's sized operator delete", "use the C++ library of GCC 5 or later"),
    ];
    OWNERS.iter().find(|(prefix, ..)| symbol.starts_with(prefix)).map(|(_, owner, mend)| (*owner, *mend))
}
