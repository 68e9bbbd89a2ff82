//! What is no loader's failure, and whose it is: the words of linkers, compilers, interpreters, shells and networks that stand where
//! people look for a loader's.
//!
//! Ids are `elsewhere/<whose>-<which>`; `<whose>` is one of [`WHOSE`].

use sayso_loader::Message;

use crate::rule::{Level, Phase, Rule, Speaker};

/// Whose failure it is, what it is called in JSON, and where to go with it.
pub static WHOSE: &[(&str, &str)] = &[
    (
        "link-time",
        "the linker failed while the program was built: name the missing library or object in the link command",
    ),
    (
        "compile-time",
        "the compiler failed: nothing was loaded yet; it lacks a header or a definition",
    ),
    (
        "interpreter-module-missing",
        "the language's own module search failed, before any loader was asked: install the module for this interpreter",
    ),
    (
        "app-code",
        "the program ran and failed in its own code: its own documentation and stack trace are the way on",
    ),
    (
        "app-init",
        "the program was loaded and refused to start by itself: it says why",
    ),
    (
        "packaging-check",
        "a packaging tool judged a file and refused it; nothing was loaded",
    ),
    (
        "permission",
        "the system refused access to something that is no library: look at the owner, the mode and the user",
    ),
    (
        "network",
        "a network connection failed: look at the name, the address and the proxy",
    ),
    (
        "display",
        "no display server was reached: set DISPLAY or WAYLAND_DISPLAY, or run without a display",
    ),
    (
        "illegal-instruction",
        "the processor met an instruction that it does not know: the program was built for a newer processor",
    ),
    (
        "command-not-found",
        "the shell knows no command of this name: install it, or put its folder into PATH",
    ),
    ("other", "something else failed"),
];

/// The rule that answers for all of them.
pub const RULE_NAME: &str = "not-a-loader-failure";

/// What answers where the catalogue has no rule for it.
pub(super) static RULE: Rule = Rule {
    name: RULE_NAME,
    phase: Phase::Elsewhere,
    level: Level::Note,
    summary: "the text is of no loader",
    loaders: &[Speaker::Other],
    page: "# not-a-loader-failure\n",
    ..Rule::BLANK
};

/// Whose failure a message of this family is: the word for JSON, and where to go.
pub fn whose(message: &Message) -> Option<(&'static str, &'static str)> {
    let rest = message.id.strip_prefix("elsewhere/")?;
    WHOSE
        .iter()
        .filter(|(word, _)| rest.starts_with(word))
        .max_by_key(|(word, _)| word.len())
        .copied()
}

macro_rules! elsewhere {
    ($($id:literal $source:literal, $template:literal;)*) => {
        /// Every message of others.
        pub static TABLE: &[&Message] = &[$(&Message {
            id: concat!("elsewhere/", $id),
            template: $template,
            releases: (None, None),
            exit_status: None,
            source: $source,
        }),*];
    };
}

elsewhere! {
    "link-time-undefined-reference" "GNU ld, gold", "undefined reference to `{symbol}'";
    "link-time-lld-undefined" "lld", "ld.lld: error: undefined symbol: {symbol}";
    "link-time-rust-lld-undefined" "rust-lld", "rust-lld: error: undefined symbol: {symbol}";
    "link-time-any-undefined" "lld by other names", "lld: error: undefined symbol: {symbol}";
    "link-time-tcc-undefined" "tcc", "tcc: error: undefined symbol '{symbol}'";
    "link-time-mold-undefined" "mold", "mold: error: undefined symbol: {symbol}";
    "link-time-ld64-undefined" "ld64", "Undefined symbols for architecture {architecture}:";
    "link-time-ld64-not-found" "ld64", "ld: symbol(s) not found for architecture {architecture}";
    "link-time-ld64-library" "ld64", "ld: library not found for -l{library}";
    "link-time-ld-prime-library" "Apple's ld since Xcode 15", "ld: library '{library}' not found";
    "link-time-ld64-framework" "ld64", "ld: framework not found {library}";
    "link-time-cannot-find" "GNU ld", "ld: cannot find -l{library}[: {reason}]";
    "link-time-cannot-find-gold" "gold", "ld.gold: error: cannot find -l{library}";
    "link-time-lld-library" "lld", "ld.lld: error: unable to find library -l{library}";
    "link-time-cannot-find-file" "GNU ld", "/ld: cannot find {object}: {reason}";
    "link-time-collect2" "GCC", "collect2: error: ld returned {code} exit status";
    "link-time-collect2-fatal" "GCC", "collect2: fatal error: {text}";
    "link-time-clang" "clang", "linker command failed with exit code {code}";
    "link-time-rustc" "rustc", "error: linking with `{program}` failed: exit status: {code}";
    "link-time-rustc-missing" "rustc", "error: linker `{program}` not found";
    "link-time-msvc-unresolved" "link.exe", "error LNK2019: unresolved external symbol {text}";
    "link-time-msvc-unresolved-2001" "link.exe", "error LNK2001: unresolved external symbol {text}";
    "link-time-msvc-file" "link.exe", "LINK : fatal error LNK1104: cannot open file '{object}'";
    "link-time-msvc-count" "link.exe", "fatal error LNK1120: {count} unresolved externals";
    "link-time-multiple" "GNU ld", "multiple definition of `{symbol}'";
    "link-time-duplicate" "lld", "error: duplicate symbol: {symbol}";
    "link-time-needed" "GNU ld", "warning: {library}, needed by {requirer}, not found (try using -rpath or -rpath-link)";
    "link-time-dso-missing" "GNU ld", "error adding symbols: DSO missing from command line";
    "link-time-format" "GNU ld", "error adding symbols: file in wrong format";
    "link-time-incompatible" "GNU ld", "skipping incompatible {object} when searching for -l{library}";
    "link-time-recompile" "GNU ld", "can not be used when making a {type} object; recompile with -fPIC";
    "link-time-recompile-pie" "GNU ld", "can not be used when making a PIE object; recompile with -fPIE";
    "link-time-hidden" "GNU ld", "hidden symbol `{symbol}' in {object} is referenced by DSO";
    "link-time-go" "Go's linker", "relocation target {symbol} not defined";
    "link-time-unrecognized" "GNU ld", "file not recognized: file format not recognized";
    "compile-time-include" "GCC", "fatal error: {file}: No such file or directory";
    "compile-time-include-clang" "clang", "fatal error: '{file}' file not found";
    "compile-time-include-msvc" "cl.exe", "fatal error C1083: Cannot open include file: '{file}'";
    "compile-time-undeclared" "GCC", "error: '{symbol}' undeclared (first use in this function)";
    "compile-time-undeclared-clang" "clang", "error: use of undeclared identifier '{symbol}'";
    "compile-time-implicit" "GCC", "error: implicit declaration of function '{symbol}'";
    "compile-time-unknown-type" "GCC", "error: unknown type name '{symbol}'";
    "compile-time-not-declared" "g++", "error: '{symbol}' was not declared in this scope";
    "compile-time-rust" "rustc", "error: could not compile `{package}`";
    "compile-time-javac" "javac", "error: cannot find symbol";
    "compile-time-go-package" "cmd/go", "no required module provides package {package}";
    "compile-time-go-undefined" "cmd/compile", ": undefined: {symbol}";
    "compile-time-no-input" "GCC", "fatal error: no input files";
    "compile-time-pkg-config" "pkg-config", "Package {package} was not found in the pkg-config search path";
    "compile-time-pkg-config-none" "pkg-config", "No package '{package}' found";
    "compile-time-cmake" "CMake", "Could not find a package configuration file provided by \"{package}\"";
    "compile-time-cmake-not" "CMake", "Could NOT find {package} (missing: {text})";
    "compile-time-configure" "autoconf", "configure: error: {text}";
    "interpreter-module-missing-python" "CPython", "ModuleNotFoundError: No module named {text}";
    "interpreter-module-missing-python-2" "CPython 2", "ImportError: No module named {text}";
    "interpreter-module-missing-python-run" "CPython", ": No module named {text}";
    "interpreter-module-missing-python-name" "CPython", "ImportError: cannot import name {text}";
    "interpreter-module-missing-node" "Node", "Cannot find module '{object}'";
    "interpreter-module-missing-node-esm" "Node", "[[ERR_MODULE_NOT_FOUND]]: Cannot find package '{package}'";
    "interpreter-module-missing-ruby" "Ruby", "cannot load such file -- {object}";
    "interpreter-module-missing-perl" "Perl", "Can't locate {file} in @INC";
    "interpreter-module-missing-java" "Java", "java.lang.ClassNotFoundException: {symbol}";
    "interpreter-module-missing-java-definition" "Java", "java.lang.NoClassDefFoundError: {symbol}";
    "interpreter-module-missing-java-main" "Java", "Error: Could not find or load main class {symbol}";
    "interpreter-module-missing-lua" "Lua", "module '{object}' not found:";
    "interpreter-module-missing-r" "R", "there is no package called '{package}'";
    "interpreter-module-missing-php" "PHP", "PHP Fatal error:  Uncaught Error: Class \"{symbol}\" not found";
    "interpreter-module-missing-php-function" "PHP", "Call to undefined function {symbol}";
    "interpreter-module-missing-dotnet" ".NET", "Could not load file or assembly '{object}'";
    "app-code-python-attribute" "CPython", "AttributeError: {text}";
    "app-code-python-name" "CPython", "NameError: name '{symbol}' is not defined";
    "app-code-python-type" "CPython", "TypeError: {text}";
    "app-code-python-value" "CPython", "ValueError: {text}";
    "app-code-python-key" "CPython", "KeyError: {text}";
    "app-code-python-syntax" "CPython", "SyntaxError: {text}";
    "app-code-python-indent" "CPython", "IndentationError: {text}";
    "app-code-python-decode" "CPython", "UnicodeDecodeError: {text}";
    "app-code-node-type" "Node", "TypeError: Cannot read propert{text}";
    "app-code-node-reference" "Node", "ReferenceError: {symbol} is not defined";
    "app-code-java-path" "Java", "Expecting an absolute path of the library: {object}";
    "app-code-r-symbol" "R", "C symbol name \"{symbol}\" not in load table";
    "app-code-java-null" "Java", "java.lang.NullPointerException";
    "app-code-rust-panic" "Rust", "thread '{symbol}' panicked at {text}";
    "app-code-go-nil" "Go", "panic: {text}";
    "app-code-segfault" "a shell", "Segmentation fault (core dumped)";
    "app-code-abort" "a shell", "Aborted (core dumped)";
    "app-code-terminate" "libstdc++", "terminate called after throwing an instance of '{symbol}'";
    "app-code-glibc-abort" "glibc", "free(): invalid pointer";
    "app-code-double-free" "glibc", "double free or corruption";
    "app-code-stack-smash" "glibc", "*** stack smashing detected ***";
    "app-init-address-in-use" "any server", "Address already in use";
    "app-init-port" "Node", "EADDRINUSE: address already in use {text}";
    "app-init-config" "any program", "error parsing configuration file {text}";
    "packaging-check-auditwheel" "auditwheel", "cannot repair \"{object}\" to \"{abi}\" ABI";
    "packaging-check-wheel" "pip", "ERROR: {object} is not a supported wheel on this platform";
    "packaging-check-no-distribution" "pip", "ERROR: No matching distribution found for {package}";
    "packaging-check-no-version" "pip", "ERROR: Could not find a version that satisfies the requirement {package}";
    "packaging-check-apt" "apt", "E: Unable to locate package {package}";
    "packaging-check-apt-unmet" "apt", "The following packages have unmet dependencies:";
    "packaging-check-dnf" "dnf", "Error: Unable to find a match: {package}";
    "packaging-check-dpkg" "dpkg", "dpkg: dependency problems prevent configuration of {package}";
    "packaging-check-npm" "npm", "npm ERR! code ERESOLVE";
    "packaging-check-apk" "apk", "ERROR: unable to select packages:";
    "packaging-check-rpm" "rpm", "error: Failed dependencies:";
    "packaging-check-shlibdeps" "dpkg-shlibdeps", "dpkg-shlibdeps: error: {text}";
    "permission-docker" "Docker", "permission denied while trying to connect to the Docker daemon socket";
    "permission-open" "Go", "open {path}: permission denied";
    "permission-mkdir" "Go", "mkdir {path}: permission denied";
    "permission-node" "Node", "EACCES: permission denied, {text}";
    "permission-git" "git over ssh", "Permission denied (publickey)";
    "network-refused" "any client", "Connection refused";
    "network-timeout" "any client", "Connection timed out";
    "network-go-refused" "Go", "connect: connection refused";
    "network-go-lookup" "Go", ": no such host";
    "network-resolve" "curl", "Could not resolve host: {symbol}";
    "network-name" "getaddrinfo", "Name or service not known";
    "network-temporary" "getaddrinfo", "Temporary failure in name resolution";
    "network-reset" "any client", "Connection reset by peer";
    "network-node" "Node", "getaddrinfo ENOTFOUND {symbol}";
    "network-node-refused" "Node", "connect ECONNREFUSED {symbol}";
    "network-tls" "OpenSSL", "certificate verify failed";
    "network-docker-pull" "Docker", "manifest for {image} not found";
    "display-x11" "Xlib", "cannot open display: {text}";
    "display-x11-bare" "Xlib", "Can't open display";
    "display-qt" "Qt", "could not connect to display";
    "display-gtk" "GTK", "Gtk-WARNING **: {text}cannot open display";
    "display-tk" "Tk", "no display name and no $DISPLAY environment variable";
    "display-sdl" "SDL", "No available video device";
    "illegal-instruction-shell" "a shell", "Illegal instruction";
    "illegal-instruction-windows" "Windows", "0xc000001d";
    "illegal-instruction-go" "Go", "SIGILL: illegal instruction";
    "illegal-instruction-java" "Java", "EXCEPTION_ILLEGAL_INSTRUCTION";
    "illegal-instruction-tensorflow" "TensorFlow", "The TensorFlow library was compiled to use {text} instructions, but these aren't available on your machine.";
    "other-no-space" "any program", "No space left on device";
    "other-killed" "Linux", "Out of memory: Killed process {pid} ({program})";
    "other-make" "make", "make: *** No rule to make target '{object}'";
    "other-compiler-file" "GCC", ": error: {file}: No such file or directory";
    "other-cat" "coreutils", "cannot access '{path}': {reason}";
    "other-stat" "coreutils", "cannot stat '{path}': {reason}";
    "other-remove" "coreutils", "cannot remove '{path}': {reason}";
    "other-cd" "a shell", "{shell}: cd: {path}: {reason}";
    "other-python-open" "CPython", "can't open file '{path}': [[Errno 2]] {reason}";
    "other-git" "git", "fatal: not a git repository";
    "other-node-open" "Node", "ENOENT: no such file or directory, {text}";
    "other-go-open" "Go", "open {path}: no such file or directory";
    "other-ld-so-conf" "ldconfig", "ldconfig: Can't create temporary cache file {path}: {reason}";
}

#[cfg(test)]
mod tests {
    use super::{TABLE, whose};

    #[test]
    fn every_row_says_whose_it_is() {
        for message in TABLE {
            assert!(whose(message).is_some(), "{}", message.id);
        }
        assert_eq!(
            TABLE
                .iter()
                .map(|message| message.id)
                .collect::<std::collections::HashSet<_>>()
                .len(),
            TABLE.len()
        );
    }
}
