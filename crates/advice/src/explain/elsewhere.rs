//! What is no loader's failure, and whose it is: the words of linkers, compilers, interpreters, shells and networks that stand where
//! people look for a loader's.
//!
//! Ids are `elsewhere/<whose>-<which>`; `<whose>` is one of [`WHOSE`]. Those that end with `-any` are what many programs say.

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

/// Which of several is told first: who speaks of the build or of a missing piece before who only ended because of it.
const ORDER: &[&str] = &[
    "illegal-instruction",
    "link-time",
    "compile-time",
    "interpreter-module-missing",
    "packaging-check",
    "permission",
    "network",
    "display",
    "command-not-found",
    "app-init",
    "app-code",
    "other",
];

/// The place of a word of [`WHOSE`] in that order.
pub(super) fn order(whose: &str) -> usize {
    ORDER
        .iter()
        .position(|word| *word == whose)
        .unwrap_or(ORDER.len())
}

/// A row whose words many programs say: it counts only where nothing else was found in its place.
pub(super) fn is_broad(message: &Message) -> bool {
    message.id.starts_with("elsewhere/") && message.id.ends_with("-any")
}

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
    "link-time-cannot-find-file" "GNU ld", "ld: cannot find {object}: {reason}";
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
    "link-time-script" "GNU ld", "ld: cannot open linker script file {file}: {reason}";
    "link-time-emulation" "GNU ld", "unrecognised emulation mode: {text}";
    "link-time-emulation-us" "GNU ld", "unrecognized emulation mode: {text}";
    "link-time-treated" "GNU ld", "file format not recognized; treating as linker script";
    "link-time-truncated" "GNU ld", "relocation truncated to fit: {text}";
    "link-time-mold-library" "mold", "mold: fatal: library not found: {library}";
    "link-time-linker-name" "clang", "invalid linker name in argument '{option}'";
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
    "compile-time-gcc-any" "GCC, clang, swiftc", "{file}:{line:d}:{column:d}: error: {text}";
    "compile-time-gcc-fatal-any" "GCC, clang", "{file}:{line:d}:{column:d}: fatal error: {text}";
    "compile-time-line-any" "javac, tcc", "{file}:{line:d}: error: {text}";
    "compile-time-assembler" "GNU as", "{file}: Assembler messages:";
    "compile-time-csharp-any" "mcs, csc", "error CS{code:d}: {text}";
    "compile-time-msvc-any" "cl.exe", "error C{code:d}: {text}";
    "compile-time-typescript-any" "tsc", "error TS{code:d}: {text}";
    "compile-time-fortran-any" "gfortran", "Error: {text} at (1)";
    "compile-time-ocaml-any" "ocaml", "File \"{file}\", line {line:d}, characters {text}:";
    "compile-time-java-package" "javac", "error: package {package} does not exist";
    "compile-time-mcs" "mcs", "Compilation failed: {count:d} error";
    "compile-time-gradle" "Gradle", "Compilation failed; see the compiler error output for details";
    "compile-time-cmake-at-any" "CMake", "CMake Error at {file}:{line:d} ({text}):";
    "compile-time-cmake-any" "CMake", "CMake Error: {text}";
    "compile-time-cmake-end" "CMake", "Configuring incomplete, errors occurred";
    "compile-time-cmake-required" "CMake", "A required package was not found";
    "compile-time-meson-any" "Meson", "meson.build:{line:d}:{column:d}: ERROR: {text}";
    "compile-time-autoconf" "autoconf", "error: possibly undefined macro: {symbol}";
    "compile-time-rust-code-any" "rustc", "error[[E{code:d}]]: {text}";
    "compile-time-rust-abort" "rustc", "error: aborting due to ";
    "compile-time-cargo-package" "cargo", "error: no matching package named `{package}` found";
    "compile-time-cargo-version" "cargo", "error: failed to select a version for the requirement `{text}`";
    "compile-time-cargo-manifest" "cargo", "error: failed to parse manifest at `{file}`";
    "compile-time-go-line-any" "cmd/compile, go vet", ".go:{line:d}:{column:d}: {text}";
    "compile-time-go-cycle" "cmd/go", "import cycle not allowed";
    "compile-time-go-none" "cmd/go", "no Go files in {folder}";
    "compile-time-go-sum" "cmd/go", "missing go.sum entry";
    "compile-time-go-find" "cmd/go", "cannot find module providing package {package}";
    "compile-time-go-path" "cmd/go", "cannot find package \"{package}\" in any of:";
    "compile-time-go-root" "cmd/go", "package {package} is not in GOROOT";
    "compile-time-go-std" "cmd/go", "package {package} is not in std";
    "compile-time-go-requires" "cmd/go", "go.mod requires go >= {version}";
    "compile-time-maven" "Maven", "COMPILATION ERROR";
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
    "app-code-php-function" "PHP", "Call to undefined function {symbol}";
    "interpreter-module-missing-dotnet" ".NET", "Could not load file or assembly '{object}'";
    "interpreter-module-missing-dotnet-sdk" ".NET", "It was not possible to find any installed .NET";
    "interpreter-module-missing-dotnet-framework" ".NET", "You must install or update .NET to run this application";
    "interpreter-module-missing-python-relative" "CPython", "attempted relative import with no known parent package";
    "interpreter-module-missing-python-beyond" "CPython", "attempted relative import beyond top-level package";
    "interpreter-module-missing-tcl" "Tcl", "can't find package {package}";
    "interpreter-module-missing-guile" "Guile", "no code for module {text}";
    "interpreter-module-missing-erlang" "Erlang", "undef,[[";
    "interpreter-module-missing-java-jar" "Java", "Unable to access jarfile {file}";
    "interpreter-module-missing-java-manifest" "Java", "no main manifest attribute, in {file}";
    "interpreter-module-missing-php-required" "PHP", "Failed opening required '{file}'";
    "interpreter-module-missing-php-stream" "PHP", "require({file}): Failed to open stream: {reason}";
    "interpreter-module-missing-node-package" "esbuild and others", "The package \"{package}\" could not be found";
    "interpreter-module-missing-node-subpath" "Node", "Package subpath '{file}' is not defined by \"exports\"";
    "interpreter-module-missing-julia" "Julia", "Package {package} not found in current path";
    "interpreter-module-missing-elixir" "Elixir", "(UndefinedFunctionError) {text}";
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
    "app-code-rust-panic" "Rust", "thread '{thread}' [({pid:d}) ]panicked at {text}";
    "app-code-go-nil" "Go", "panic: {text}";
    "app-code-segfault" "a shell", "Segmentation fault (core dumped)";
    "app-code-abort" "a shell", "Aborted (core dumped)";
    "app-code-terminate" "libstdc++", "terminate called after throwing an instance of '{symbol}'";
    "app-code-glibc-abort" "glibc", "free(): invalid pointer";
    "app-code-double-free" "glibc", "double free or corruption";
    "app-code-stack-smash" "glibc", "*** stack smashing detected ***";
    "app-code-double-free-tcache" "glibc", "free(): double free detected in tcache";
    "app-code-corrupted" "glibc", "corrupted size vs. prev_size";
    "app-code-malloc" "glibc", "malloc(): {text}";
    "app-code-assertion" "glibc's assert", "Assertion `{text}' failed";
    "app-code-segfault-any" "a shell", "Segmentation fault";
    "app-code-bus-any" "a shell", "Bus error";
    "app-code-divide-any" "a shell", "Floating point exception";
    "app-code-aborted-any" "a shell", "Aborted  {text}";
    "app-code-signal-any" "gdb", "Program received signal {signal}";
    "app-code-signal-rust-any" "Rust", "(signal: {number:d}, {text})";
    "app-code-kernel-segfault-any" "Linux", "segfault at {address} ip {text}";
    "app-code-kernel-fault-any" "Linux", "general protection fault{text}ip";
    "app-code-asan" "AddressSanitizer", "ERROR: AddressSanitizer: {text}";
    "app-code-ubsan-any" "UBSan", "runtime error: {text}";
    "app-code-valgrind-jump" "Valgrind", "Conditional jump or move depends on uninitialised value";
    "app-code-valgrind-read" "Valgrind", "Invalid read of size {size}";
    "app-code-valgrind-write" "Valgrind", "Invalid write of size {size}";
    "app-code-python-any" "CPython", "Traceback (most recent call last):";
    "app-code-python-frame-any" "CPython", "File \"{file}\", line {line:d}, in {text}";
    "app-code-python-arguments-any" "argparse", "error: the following arguments are required: {text}";
    "app-code-python-unknown-any" "argparse", "error: unrecognized arguments: {text}";
    "app-code-python-json-any" "CPython", "Expecting property name enclosed in double quotes";
    "app-code-python-tests-any" "pytest", "short test summary info";
    "app-code-node-any" "Node", "Node.js v{number:d}.{count:d}.{size:d}";
    "app-code-node-heap" "Node", "JavaScript heap out of memory";
    "app-code-node-rejection-any" "Node", "UnhandledPromiseRejection{text}";
    "app-code-java-any" "Java", "Exception in thread \"{thread}\" {text}";
    "app-code-java-memory" "Java", "java.lang.OutOfMemoryError";
    "app-code-ruby-any" "Ruby", ":in '{function}': {text}Error)";
    "app-code-ruby-method-any" "Ruby", "undefined method '{method}' for {text}";
    "app-code-ruby-local-any" "Ruby", "undefined local variable or method '{method}' for {text}";
    "app-code-perl-any" "Perl", "at {script} line {line:d}.";
    "app-code-perl-compile-any" "Perl", "aborted due to compilation errors";
    "app-code-php-any" "PHP", "PHP Fatal error:  {text}";
    "app-code-php-parse-any" "PHP", "PHP Parse error:  {text}";
    "app-code-php-uncaught-any" "PHP", "Fatal error: Uncaught {text}";
    "app-code-lua-any" "Lua", "stack traceback:";
    "app-code-r-any" "R", "Execution halted";
    "app-code-go-deadlock" "Go", "fatal error: all goroutines are asleep - deadlock!";
    "app-code-go-goroutine-any" "Go", "goroutine {number:d} [[{text}]]:";
    "app-code-go-test-any" "Go", "--- FAIL: {text}";
    "app-code-rust-tests-any" "Rust", "test result: FAILED";
    "app-code-guile-any" "Guile", "Unbound variable: {symbol}";
    "app-code-tcl-any" "Tcl", "invalid command name \"{symbol}\"";
    "app-code-erlang-any" "Erlang", "init terminating in do_boot";
    "app-code-shell-unbound-any" "a shell", "{script}: line {line:d}: {symbol}: unbound variable";
    "app-code-shell-unset-any" "dash", "{script}: {line:d}: {symbol}: parameter not set";
    "app-code-shell-syntax-any" "a shell", "syntax error near unexpected token";
    "app-code-shell-end-any" "a shell", "syntax error: unexpected end of file";
    "app-code-awk-any" "awk", "awk: {text}";
    "app-code-sqlite-any" "SQLite", "Parse error near line {line:d}: {text}";
    "app-code-sqlite-table-any" "SQLite", "no such table: {text}";
    "app-code-sqlite-column-any" "SQLite", "no such column: {text}";
    "app-code-postgres-relation-any" "PostgreSQL", "ERROR:  relation \"{text}\" does not exist";
    "app-code-postgres-column-any" "PostgreSQL", "ERROR:  column \"{text}\" does not exist";
    "app-code-postgres-syntax-any" "PostgreSQL", "ERROR:  syntax error at or near {text}";
    "app-code-mysql-syntax-any" "MySQL", "You have an error in your SQL syntax";
    "app-init-address-in-use" "any server", "Address already in use";
    "app-init-port" "Node", "EADDRINUSE: address already in use {text}";
    "app-init-config" "any program", "error parsing configuration file {text}";
    "app-init-address-go" "Go", "bind: address already in use";
    "app-init-bind-any" "nginx", "bind() to {text} failed";
    "app-init-nginx-any" "nginx", "[[emerg]] {text}";
    "app-init-nginx-test" "nginx", "configuration file {file} test failed";
    "app-init-apache-error" "Apache httpd", "Configuration error: {text}";
    "app-init-apache-command" "Apache httpd", "Invalid command '{text}', perhaps misspelled or defined by a module not included in the server configuration";
    "app-init-sshd" "OpenSSH", "Bad configuration option: {text}";
    "app-init-haproxy" "HAProxy", "Fatal errors found in configuration";
    "app-init-redis" "Redis", "FATAL CONFIG FILE ERROR";
    "app-init-lighttpd" "lighttpd", "parser failed somehow near here";
    "app-init-directive-any" "any server", "unknown directive \"{text}\"";
    "app-init-named-any" "BIND", "{file}:{line:d}: unknown option '{text}'";
    "app-init-postgres-user" "PostgreSQL", "The server must be started under an unprivileged user ID";
    "app-init-postgres-directory" "PostgreSQL", "could not access directory \"{path}\": {reason}";
    "app-init-postgres-parameter" "PostgreSQL", "unrecognized configuration parameter \"{text}\"";
    "app-init-systemd-absent" "systemctl", "System has not been booted with systemd as init system";
    "app-init-systemd-bus" "systemctl", "Failed to connect to bus: {text}";
    "app-init-systemd-unit" "systemctl", "Unit {unit} not found.";
    "app-init-systemd-job-any" "systemctl", "Job for {unit} failed because {text}";
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
    "packaging-check-patchelf-any" "patchelf", "patchelf: {text}";
    "packaging-check-shlibdeps" "dpkg-shlibdeps", "dpkg-shlibdeps: error: {text}";
    "packaging-check-pip-managed" "pip", "error: externally-managed-environment";
    "packaging-check-pip-metadata" "pip", "error: metadata-generation-failed";
    "packaging-check-pip-build" "pip", "error: subprocess-exited-with-error";
    "packaging-check-pip-wheel" "pip", "ERROR: Failed building wheel for {package}";
    "packaging-check-pip-conflict" "pip", "ResolutionImpossible";
    "packaging-check-npm-eresolve" "npm", "npm error code ERESOLVE";
    "packaging-check-npm-missing" "npm", "npm error 404 {text}";
    "packaging-check-npm-target" "npm", "npm error notarget {text}";
    "packaging-check-apt-candidate" "apt", "E: Package '{package}' has no installation candidate";
    "packaging-check-apt-held" "apt", "E: Unable to correct problems, you have held broken packages";
    "packaging-check-apt-unmet-short" "apt", "E: Unmet dependencies";
    "packaging-check-dpkg-archive" "dpkg", "is not a Debian format archive";
    "packaging-check-dpkg-processing-any" "dpkg", "dpkg: error processing {text}";
    "packaging-check-dnf-match" "dnf", "No match for argument: {package}";
    "packaging-check-pacman" "pacman", "error: target not found: {package}";
    "packaging-check-zypper" "zypper", "No provider of '{package}' found";
    "packaging-check-brew" "Homebrew", "Error: No available formula with the name \"{package}\"";
    "packaging-check-conda" "conda", "PackagesNotFoundError: {text}";
    "packaging-check-conda-resolve" "conda", "ResolvePackageNotFound";
    "packaging-check-gem" "RubyGems", "Could not find a valid gem '{package}'";
    "packaging-check-bundler" "Bundler", "Bundler could not find compatible versions";
    "packaging-check-composer" "Composer", "Your requirements could not be resolved to an installable set of packages";
    "permission-docker" "Docker", "permission denied while trying to connect to the Docker daemon socket";
    "permission-open" "Go", "open {path}: permission denied";
    "permission-mkdir" "Go", "mkdir {path}: permission denied";
    "permission-node" "Node", "EACCES: permission denied, {text}";
    "permission-git" "git over ssh", "Permission denied (publickey)";
    "permission-lock" "apt", "Could not open lock file {path} - open ({number:d}: Permission denied)";
    "permission-root-apt" "apt", "are you root?";
    "permission-superuser" "dpkg", "requires superuser privilege";
    "permission-superuser-mount" "mount", "must be superuser to use {text}";
    "permission-root" "any program", "you must be root";
    "permission-node-eperm" "Node", "EPERM: operation not permitted, {text}";
    "permission-python-any" "CPython", "PermissionError: {text}";
    "permission-denied-any" "any program", ": Permission denied";
    "permission-denied-go-any" "Go", ": permission denied";
    "permission-not-permitted-any" "any program", "Operation not permitted";
    "permission-read-only-any" "any program", "Read-only file system";
    "permission-windows-any" "Windows", "Access is denied";
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
    "network-curl-any" "curl", "curl: ({code:d}) {text}";
    "network-curl-status" "curl", "The requested URL returned error: {code}";
    "network-connect-any" "any client", "Failed to connect to {text}";
    "network-connect-could-any" "any client", "Could not connect to {text}";
    "network-connect-unable-any" "any client", "Unable to connect to {text}";
    "network-mysql" "MySQL, MariaDB", "Can't connect to server on {text}";
    "network-mysql-old" "MySQL", "Can't connect to MySQL server on {text}";
    "network-mysql-socket" "MariaDB", "Can't connect to local server through socket {text}";
    "network-mysql-socket-old" "MySQL", "Can't connect to local MySQL server through socket {text}";
    "network-psql-socket" "PostgreSQL", "connection to server on socket \"{path}\" failed: {reason}";
    "network-psql" "PostgreSQL", "connection to server at {text} failed";
    "network-git" "git", "unable to access '{text}'";
    "network-wget" "wget", "unable to resolve host address";
    "network-hostname" "ssh", "Could not resolve hostname {text}";
    "network-certificate" "curl", "SSL certificate problem: {text}";
    "network-certificate-go" "Go", "x509: certificate {text}";
    "network-handshake" "Go", "TLS handshake timeout";
    "network-io-timeout" "Go", "i/o timeout";
    "network-fetch" "Node", "TypeError: fetch failed";
    "network-unreachable" "any client", "Network is unreachable";
    "network-route" "any client", "No route to host";
    "network-node-codes-any" "Node", "code: 'ECONN{text}'";
    "network-node-again" "Node", "EAI_AGAIN";
    "network-http-python" "CPython", "HTTP Error {code}: {text}";
    "display-x11" "Xlib", "cannot open display: {text}";
    "display-x11-bare" "Xlib", "Can't open display";
    "display-qt" "Qt", "could not connect to display";
    "display-gtk" "GTK", "Gtk-WARNING **: {text}cannot open display";
    "display-tk" "Tk", "no display name and no $DISPLAY environment variable";
    "display-sdl" "SDL", "No available video device";
    "display-r" "R", "unable to open connection to X11 display";
    "display-wine" "wine", "no driver could be loaded";
    "display-missing" "X clients", "Missing X server or $DISPLAY";
    "display-failed" "X clients", "failed to open display";
    "display-authorization" "Xlib", "Authorization required, but no authorization protocol specified";
    "illegal-instruction-shell" "a shell", "Illegal instruction";
    "illegal-instruction-windows" "Windows", "0xc000001d";
    "illegal-instruction-go" "Go", "SIGILL: illegal instruction";
    "illegal-instruction-java" "Java", "EXCEPTION_ILLEGAL_INSTRUCTION";
    "illegal-instruction-tensorflow" "TensorFlow", "The TensorFlow library was compiled to use {text} instructions, but these aren't available on your machine.";
    "illegal-instruction-kernel" "Linux", "trap invalid opcode";
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
    "other-java-version" "Java", "has been compiled by a more recent version of the Java Runtime";
    "other-python-os-any" "CPython", "OSError: [[Errno {number:d}]] {text}";
    "other-make-any" "make", "*** missing separator";
    "other-tar-any" "tar", "tar: {text}";
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
