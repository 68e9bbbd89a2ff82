//! musl's messages. `{object}` is the library, or the object that was being worked on, that the sentence is about.
//!
//! At start each is a line on standard error and musl goes on, to end with status 127 when it has complained of everything;
//! after the start the same sentence is what `dlerror` gives.

super::messages! {
    /// A library that an object needs could not be opened or mapped; musl goes on to the next at start.
    LOAD_LIBRARY "musl/load-library" Some(127), "ldso/dynlink.c: load_direct_deps", "Error loading shared library {object}: {reason} (needed by {requirer})";
    /// What `dlopen` was asked for could not be opened or mapped.
    DLOPEN_LIBRARY "musl/dlopen-library" None, "ldso/dynlink.c: dlopen", "Error loading shared library {object}: {reason}";
    /// `RTLD_NOLOAD`.
    NOT_LOADED "musl/not-loaded" None, "ldso/dynlink.c: dlopen", "Library {object} is not already loaded";
    /// `dlopen` from a destructor.
    EXITING "musl/exiting" None, "ldso/dynlink.c: dlopen", "Cannot dlopen while program is exiting.";
    /// Out of memory for the list of needs.
    LOAD_DEPENDENCIES "musl/load-dependencies" Some(127), "ldso/dynlink.c: load_direct_deps", "Error loading dependencies for {object}";
    /// Out of memory for the list of all needs.
    RECORD_DEPENDENCIES "musl/record-dependencies" Some(127), "ldso/dynlink.c: extend_bfs_deps", "Error recording dependencies for {object}";
    /// A strong reference that nobody in the global scope defines.
    SYMBOL_NOT_FOUND "musl/symbol-not-found" Some(127), "ldso/dynlink.c: do_relocs", "Error relocating {object}: {symbol}: symbol not found";
    /// An initial-exec reference to a thread variable of an object that came after the start.
    INITIAL_EXEC_TLS "musl/initial-exec-tls" Some(127), "ldso/dynlink.c: do_relocs", "Error relocating {object}: {symbol}: initial-exec TLS resolves to dynamic definition in {provider}";
    /// Out of memory for a descriptor.
    TLSDESC_MEMORY "musl/tlsdesc-memory" None, "ldso/dynlink.c: do_relocs", "Error relocating {object}: cannot allocate TLSDESC for {symbol}";
    /// A relocation of another architecture, an IFUNC, or damage.
    UNSUPPORTED_RELOCATION "musl/unsupported-relocation" Some(127), "ldso/dynlink.c: do_relocs", "Error relocating {object}: unsupported relocation type {type}";
    /// `mprotect` refused to make the RELRO part read-only.
    RELRO "musl/relro" Some(127), "ldso/dynlink.c: reloc_all", "Error relocating {object}: RELRO protection failed: {reason}";
    /// Out of memory (FDPIC machines).
    FUNCTION_DESCRIPTORS "musl/function-descriptors" Some(127), "ldso/dynlink.c: makefuncdescs", "Error allocating function descriptors for {object}";
    /// Out of memory; the real text ends with a line end.
    CONSTRUCTOR_QUEUE "musl/constructor-queue" Some(127), "ldso/dynlink.c: queue_ctors", "Error allocating constructor queue: {reason}";
    /// `dlopen` in the child of a fork that came while another thread ran initialisers.
    INCONSISTENT_AFTER_FORK "musl/inconsistent-after-fork" None, "ldso/dynlink.c: queue_ctors", "State of {object} is inconsistent due to multithreaded fork";
    /// Out of memory.
    PREPARE_LAZY "musl/prepare-lazy" None, "ldso/dynlink.c: prepare_lazy", "Error preparing lazy relocation for {object}: {reason}";
    /// `dlsym`.
    DLSYM "musl/dlsym-symbol-not-found" None, "ldso/dynlink.c: do_dlsym", "Symbol not found: {symbol}";
    /// `dlsym` or `dlclose` with something that is no handle.
    INVALID_HANDLE "musl/invalid-handle" None, "ldso/dynlink.c: __dl_invalid_handle", "Invalid library handle {handle}";
    /// `dlinfo`.
    UNSUPPORTED_REQUEST "musl/unsupported-request" None, "src/ldso/dlinfo.c", "Unsupported request {request}";
    /// `dlopen` in a static program.
    STATIC "musl/static-dlopen" None, "src/ldso/dlopen.c: stub_dlopen", "Dynamic loading not supported";
    /// Out of memory for the text itself.
    NO_MEMORY_FOR_TEXT "musl/no-memory-for-text" None, "src/ldso/dlerror.c", "Dynamic linker failed to allocate memory for error message";
    /// Thread storage of everything together is larger than memory.
    TLS_MEMORY "musl/tls-memory" Some(127), "ldso/dynlink.c: __dls3", "{program}: Error getting {bytes} bytes thread-local storage: {reason}";
    /// The loader run as a command: the program cannot be opened.
    COMMAND_CANNOT_LOAD "musl/command-cannot-load" Some(1), "ldso/dynlink.c: __dls3", "{program}: cannot load {object}: {reason}";
    /// The loader run as a command: the program cannot be mapped, or has no dynamic section.
    COMMAND_NOT_DYNAMIC "musl/command-not-dynamic" Some(1), "ldso/dynlink.c: __dls3", "{program}: {object}: Not a valid dynamic program";
    /// The loader run as a command without a program, or with an option that it does not know. `synopsis` follows its name.
    COMMAND_USAGE "musl/command-usage" Some(1), "ldso/dynlink.c: __dls3", "musl libc ({architecture})\nVersion {version}\nDynamic Program Loader\nUsage: {program} {synopsis}";
    /// The process dies without a word.
    CRASH "musl/crash" Some(139), "the processor", "(no message: the process dies of signal {signal}, {why})";
}
