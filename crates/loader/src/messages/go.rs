//! Go's messages about plugins: the errors of package `plugin`, the deaths of its runtime, and the refusals of `go build`.
//!
//! `{name}` is the path as the program gave it; package plugin cuts `.so` off once `dlopen` has succeeded. `{error}` is the C
//! loader's own text, which its own table reads on.

use crate::request::Release;

const R1_9: Release = Release(1, 9, 0);
const R1_19: Release = Release(1, 19, 0);
const R1_22: Release = Release(1, 22, 0);

super::messages! {
    /// The path leads nowhere: package plugin does not say why.
    REALPATH "go/realpath-failed" None, "plugin/plugin_dlopen.go: open", "plugin.Open(\"{name}\"): realpath failed";
    /// A package of the plugin has another hash than the one that the process holds. Only the first such package is named.
    DIFFERENT_VERSION "go/different-version" None, "runtime/plugin.go: plugin_lastmoduleinit", "plugin.Open(\"{name}\"): plugin was built with a different version of package {package}";
    /// The same file again.
    DIFFERENT_VERSION_AGAIN "go/different-version-again" None, "plugin/plugin_dlopen.go: open", "plugin.Open(\"{name}\"): plugin was built with a different version of package {package} (previous failure)";
    /// Up to Go 1.9.
    DIFFERENT_VERSION_OLD "go/different-version-old" None, "plugin/plugin_dlopen.go: open", "plugin.Open: plugin was built with a different version of package {package}" , until R1_9;
    /// A plugin of this path is open (a copy, a rebuilt one, another with the same main package), or `dlopen` brought no new Go module.
    ALREADY_LOADED "go/already-loaded" None, "runtime/plugin.go: plugin_lastmoduleinit", "plugin.Open(\"{name}\"): plugin already loaded";
    /// The same file again.
    ALREADY_LOADED_AGAIN "go/already-loaded-again" None, "plugin/plugin_dlopen.go: open", "plugin.Open(\"{name}\"): plugin already loaded (previous failure)";
    /// Go 1.8 died of it.
    ALREADY_LOADED_OLD "go/already-loaded-old" Some(2), "runtime/plugin.go: plugin_lastmoduleinit", "fatal error: plugin: plugin already loaded" , until R1_9;
    /// The plugin lists a symbol that it does not have.
    SYMBOL_NOT_RESOLVED "go/symbol-not-resolved" None, "plugin/plugin_dlopen.go: open", "plugin.Open(\"{name}\"): could not find symbol {symbol}: {error}";
    /// Whatever `dlopen` says.
    DLOPEN "go/dlopen" None, "plugin/plugin_dlopen.go: open", "plugin.Open(\"{name}\"): {error}";
    /// The same up to Go 1.9.
    DLOPEN_OLD "go/dlopen-old" None, "plugin/plugin_dlopen.go: open", "plugin.Open: {error}" , until R1_9;
    /// The program was built without cgo (or for a system without plugins).
    NOT_IMPLEMENTED "go/not-implemented" None, "plugin/plugin_stubs.go", "plugin: not implemented";
    /// `Lookup` of something that the plugin's main package does not export as a function or variable.
    SYMBOL_NOT_FOUND "go/symbol-not-found" None, "plugin/plugin_dlopen.go: lookup", "plugin: symbol {symbol} not found in plugin {plugin}";
    /// What `Lookup` returned is of another type than the program asserts. `scope` is `packages` or `scopes` where both types have the same name.
    ASSERTION "go/assertion" Some(2), "runtime/error.go: TypeAssertionError.Error", "panic: interface conversion: plugin.Symbol is {found}, not {wanted}[ (types from different {scope})]";
    /// What `Lookup` returned lacks a method of the interface that the program asserts.
    ASSERTION_METHOD "go/assertion-method" Some(2), "runtime/error.go: TypeAssertionError.Error", "panic: interface conversion: {found} is not {wanted}: missing method {method}";
    /// The symbol was not looked up with success before it was used.
    ASSERTION_NIL "go/assertion-nil" Some(2), "runtime/error.go: TypeAssertionError.Error", "panic: interface conversion: plugin.Symbol is nil, not {wanted}";
    /// [`ASSERTION`] in a program that recovers from it and prints it.
    ASSERTION_ERROR "go/assertion-error" None, "runtime/error.go: TypeAssertionError.Error", "interface conversion: plugin.Symbol is {found}, not {wanted}[ (types from different {scope})]";
    /// [`ASSERTION_METHOD`] in a program that recovers from it and prints it.
    ASSERTION_METHOD_ERROR "go/assertion-method-error" None, "runtime/error.go: TypeAssertionError.Error", "interface conversion: {found} is not {wanted}: missing method {method}";
    /// After `dlopen` the runtime's list of modules holds no plugin that can be used: the plugin's runtime is laid out otherwise, the file is no Go
    /// plugin, the program exports nothing, or the last module has failed before.
    NO_MODULE_DATA "go/no-module-data" Some(2), "runtime/plugin.go: plugin_lastmoduleinit", "fatal error: runtime: no plugin module data";
    /// The last module in the runtime's list is no plugin (one that a compiler inside the program registered).
    EMPTY_PLUGIN_PATH "go/empty-plugin-path" Some(2), "runtime/plugin.go: plugin_lastmoduleinit", "fatal error: runtime: plugin has empty pluginpath";
    /// Two modules share addresses.
    MODULE_OVERLAP "go/module-overlap" Some(2), "runtime/plugin.go: plugin_lastmoduleinit", "fatal error: plugin: new module data overlaps with previous moduledata";
    /// A function of the plugin lies outside its own address range.
    BAD_SYMBOL_TABLE "go/bad-symbol-table" Some(2), "runtime/plugin.go: pluginftabverify", "fatal error: runtime: plugin has bad symbol table";
    /// The line table is of another format than the runtime reads.
    FUNCTION_TABLE "go/invalid-function-symbol-table" Some(2), "runtime/symtab.go: moduledataverify1", "fatal error: invalid function symbol table";
    /// The line table is not sorted.
    RUNTIME_TABLE "go/invalid-runtime-symbol-table" Some(2), "runtime/symtab.go: moduledataverify1", "fatal error: invalid runtime symbol table";
    /// The module's address range does not fit its functions.
    ADDRESS_RANGE "go/address-range-invalid" Some(2), "runtime/symtab.go: moduledataverify1", "fatal error: minpc or maxpc invalid";
    /// Shared packages (`-linkshared`) of another build.
    ABI_MISMATCH "go/abi-mismatch" Some(2), "runtime/symtab.go: moduledataverify1", "abi mismatch detected between {module} and {other}";
    /// What follows it.
    ABI_MISMATCH_DEATH "go/abi-mismatch-death" Some(2), "runtime/symtab.go: moduledataverify1", "fatal error: abi mismatch";
    /// The program reads the plugin's module with the layout of another release.
    NIL_DEREFERENCE "go/nil-dereference" Some(2), "runtime/panic.go: sigpanic", "panic: runtime error: invalid memory address or nil pointer dereference";
    /// The C loader met a page that is not in the file any more: the file was cut.
    BUS_ERROR "go/bus-error" Some(2), "runtime/signal_unix.go: sighandler", "SIGBUS: bus error";
    /// The C loader, or C code that it started, touched memory that is not there.
    SEGMENTATION_VIOLATION "go/segmentation-violation" Some(2), "runtime/signal_unix.go: sighandler", "SIGSEGV: segmentation violation";
    /// Either of the two up to Go 1.19; the signal stands in the next line.
    UNEXPECTED_SIGNAL "go/unexpected-signal" Some(2), "runtime/signal_unix.go: sigpanic", "fatal error: unexpected signal during runtime execution" , until R1_19;
    /// `go build`: no plugins on this system.
    BUILD_NOT_SUPPORTED "go/buildmode-not-supported" Some(2), "cmd/go/internal/work/init.go: buildModeInit", "-buildmode={mode} not supported on {platform}";
    /// `go build`: cgo is off.
    BUILD_NEEDS_CGO "go/buildmode-needs-cgo" Some(2), "cmd/go/internal/load/pkg.go: externalLinkingReason", "-buildmode={mode} requires external (cgo) linking, but cgo is not enabled" since R1_22;
    /// `go build` before that: it goes on, and makes a plugin without `runtime/cgo`.
    BUILD_WITHOUT_CGO "go/loadinternal-cgo" None, "cmd/link/internal/ld/lib.go: loadinternal", "loadinternal: cannot find runtime/cgo" , until R1_19;
    /// `go build`: several packages, or none called main.
    BUILD_ONE_MAIN "go/buildmode-one-main-package" Some(1), "cmd/go/internal/work/build.go", "-buildmode={mode} requires exactly one main package";
    /// `go build -ldflags=-linkmode=internal`.
    BUILD_INTERNAL_LINKING "go/internal-linking" Some(2), "cmd/link/internal/ld/config.go: mustLinkExternal", "internal linking requested but external linking required: {requirement}";
    /// `go build -linkshared -buildmode=plugin`.
    BUILD_LINKSHARED "go/linkshared-cgo" Some(1), "cmd/go/internal/load/pkg.go", "cannot implicitly include runtime/cgo in a shared library";
    /// The assembler, in a program that imports package plugin: the file uses R15, which such programs need for global variables.
    BUILD_R15 "go/assembly-r15" Some(1), "cmd/internal/obj/x86/obj6.go", "{file}: when dynamic linking, R15 is clobbered by a global variable access and is used here: {instruction}";
    /// The compiler: directives that only cgo may write.
    BUILD_CGO_DIRECTIVE "go/cgo-directive" Some(1), "cmd/compile/internal/noder/noder.go", "{file}: //go:{directive} only allowed in cgo-generated code";
    /// The C linker, of a program that imports package plugin and is linked statically; a warning.
    BUILD_STATIC_DLOPEN "go/static-dlopen-warning" None, "the C linker", "Using 'dlopen' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking";
}
