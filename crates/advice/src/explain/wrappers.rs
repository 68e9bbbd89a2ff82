//! What stands around a loader's sentence when a shell, an interpreter or a runtime passes it on.
//!
//! A wrapper with `{inner}` peels off: what is inside is read by the loader's own table. Shells have frames of their own beside their
//! sentences (`sayso_loader::messages::shell`); here stand only those who repeat another's words.

/// One way of passing a loader's sentence on.
#[derive(Debug)]
pub struct Wrapper {
    /// Kebab-case, with its runtime first: `python-import`, `node-dlopen`, `shell-line`.
    pub name: &'static str,
    /// Its words, in the language of message templates; `{inner}` is the loader's sentence, or absent where the wrapper hides it.
    pub template: &'static str,
    /// Where the wrapper hides the loader's own words: how to get them.
    pub reveal: Option<&'static str>,
    /// Where it was read, or the command that printed it.
    pub source: &'static str,
}

macro_rules! wrappers {
    ($($name:literal $source:literal, $template:literal $(reveal $reveal:literal)?;)*) => {
        /// Every wrapper. One name may have several rows: it says the same in several words.
        pub static WRAPPERS: &[Wrapper] = &[$(Wrapper {
            name: $name,
            template: $template,
            reveal: { #[allow(unused_mut, unused_assignments)] let mut reveal = None; $(reveal = Some($reveal);)? reveal },
            source: $source,
        }),*];
    };
}

wrappers! {
    "python-import" "CPython 3.11: import x", "ImportError: {inner}";
    "python-import" "CPython: import x, in a traceback that was passed on", "ImportError: DLL load failed while importing {module}: {inner}";
    "python-import" "CPython 3.7 on Windows", "ImportError: DLL load failed: {inner}";
    "python-import" "CPython 3.7 on Windows, without its exception", "DLL load failed: {inner}";
    "python-import" "CPython 3.7 on Windows, as Chinese reports have it", "DLL load failed:{inner}";
    "python-import" "CPython on Windows, without its exception", "DLL load failed while importing {module}: {inner}";
    "python-import" "CPython on macOS", "ImportError: dlopen({path}, {mode}): {inner}";
    "python-ctypes" "CPython 3.11: ctypes.CDLL(x)", "OSError: {inner}";
    "python-ctypes-windows" "CPython: ctypes.CDLL(x)", "OSError: [[WinError {code}]] {inner}";
    "python-ctypes-missing" "CPython: ctypes.CDLL(x)", "FileNotFoundError: {inner}";
    "python-attribute" "CPython 3.11: ctypes.CDLL(x).f", "AttributeError: {inner}";
    "python-cffi" "cffi 1.15: ffi.dlopen(x)", "OSError: cannot load library '{library}': {inner}";
    "python-cffi" "cffi: ffi.dlopen(x)", "cannot load library '{library}': {inner}";
    "python-runtime" "PyTorch, TensorFlow", "RuntimeError: {inner}";
    "python-tensorflow" "TensorFlow: dso_loader", "Could not load dynamic library '{library}'; dlerror: {inner}";
    "python-tensorflow-op" "TensorFlow: load_op_library", "tensorflow.python.framework.errors_impl.NotFoundError: {inner}";
    "node-dlopen" "Node 20: require('./x.node')", "Error: {inner}";
    "node-dlopen" "Node 20: require('./x.node')", "Uncaught Error: {inner}";
    "node-dlopen" "Electron", "Uncaught (in promise) Error: {inner}";
    "node-dlopen" "Electron: main process", "A JavaScript error occurred in the main process\nUncaught Exception:\nError: {inner}";
    "java-load" "Java 17: System.load(x)", "java.lang.UnsatisfiedLinkError: {library}: {inner}";
    "java-load" "Java 17: in a cause", "UnsatisfiedLinkError: {library}: {inner}";
    "java-load" "JNA 5", "java.lang.UnsatisfiedLinkError: Unable to load library '{library}':\n{inner}";
    "java-thread" "Java 17", "Exception in thread \"{thread}\" {inner}";
    "java-cause" "Java 17", "Caused by: {inner}";
    "dotnet-dllimport" ".NET 8: DllImport", "System.DllNotFoundException: Unable to load shared library '{library}' or one of its dependencies. In order to help diagnose loading problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG environment variable: \n{inner}";
    "dotnet-dllimport" ".NET 6: DllImport", "System.DllNotFoundException: Unable to load shared library '{library}' or one of its dependencies. In order to help diagnose loading problems, consider setting the LD_DEBUG environment variable: {inner}";
    "dotnet-dllimport" ".NET on macOS", "System.DllNotFoundException: Unable to load shared library '{library}' or one of its dependencies. In order to help diagnose loading problems, consider setting the DYLD_PRINT_LIBRARIES environment variable: {inner}";
    "dotnet-dllimport" ".NET on Windows", "System.DllNotFoundException: Unable to load DLL '{library}' or one of its dependencies: {inner}";
    "dotnet-hostfxr" ".NET: hostfxr", "Failed to load {library}, error: {inner}";
    "dotnet-unhandled" ".NET 8", "Unhandled exception. {inner}";
    "ruby-load" "Ruby 3.1: require 'x.so'", "{inner} - {path} (LoadError)";
    "ruby-load" "Ruby 3.3: require 'x.so'", "LoadError: {inner} - {path}";
    "ruby-fiddle" "Ruby: Fiddle.dlopen", "{inner} (Fiddle::DLError)";
    "ruby-ffi" "ffi gem", "Could not open library '{library}': {inner}";
    "ruby-ffi" "ffi gem", "(LoadError)\nCould not open library '{library}': {inner}";
    "r-load" "R 4.2: dyn.load(x)", "unable to load shared object '{path}':\n  {inner}";
    "r-load" "R 4.2: in English quotes", "Error in dyn.load(file, DLLpath = DLLpath, ...) : \n  unable to load shared object '{path}':\n  {inner}";
    "php-startup" "PHP 8.2: php -d extension=x", "PHP Warning:  PHP Startup: Unable to load dynamic library '{library}' (tried: {path} ({inner}), ";
    "php-startup" "PHP 8.2: php -d extension=x", "Warning: PHP Startup: Unable to load dynamic library '{library}' (tried: {path} ({inner}), ";
    "php-startup" "PHP 7.1", "Unable to load dynamic library '{library}' - {inner}";
    "php-startup" "PHP 8.2", "Unable to load dynamic library '{library}' (tried: {path} ({inner})";
    "php-ffi" "PHP 8.2: FFI::cdef", "Failed loading '{library}' ({inner})";
    "perl-load" "Perl 5.36: DynaLoader", "Can't load '{path}' for module {module}: {inner} at {file} line {line}.";
    "perl-load" "Perl 5.36: DynaLoader", "Can't load '{path}' for module {module}: {inner}";
    "lua-load" "Lua 5.4: require 'x'", "error loading module '{module}' from file '{path}':\n\t{inner}";
    "lua-ffi" "LuaJIT: ffi.load", "cannot load '{library}': {inner}";
    "tcl-load" "Tcl 8.6: load ./x.so", "couldn't load file \"{path}\": {inner}";
    "guile-load" "Guile 3: load-foreign-library", "In procedure dlopen: {inner}";
    "julia-load" "Julia 1.9: dlopen(x)", "could not load library \"{library}\"\n{inner}";
    "julia-load" "Julia 1.9", "ERROR: could not load library \"{library}\"\n{inner}";
    "julia-init" "Julia: InitError", "InitError: could not load library \"{library}\"\n{inner}";
    "ocaml-load" "OCaml: dllstubs", "Fatal error: cannot load shared library {library}\nReason: {inner}";
    "haskell-load" "GHC: ghci", "ghc: can't load .so/.DLL for: {library} ({inner})";
    "qt-plugin" "Qt 5, QT_DEBUG_PLUGINS=1", "Cannot load library {path}: ({inner})";
    "qt-plugin" "Qt 5: QLibrary", "Cannot load library {path}: {inner}";
    "glib-module" "GLib: g_module_open", "Failed to load module: {inner}";
    "glib-module" "GIO: GIO_MODULE_DIR", "Failed to load module: {path}\n{inner}";
    "gtk-module" "GTK", "Gtk-WARNING **: Could not load a pixbuf from {path}.\n{inner}";
    "gstreamer-plugin" "GStreamer: gst-plugin-scanner", "Failed to load plugin '{path}': {inner}";
    "openssl-provider" "OpenSSL 3: openssl list -provider x", "could not load the shared library:crypto/dso/dso_dlfcn.c:{line}:filename({path}): {inner}";
    "openssl-engine" "OpenSSL: dso_dlfcn", "filename({path}): {inner}";
    "apache-module" "Apache httpd 2.4", "Cannot load {path} into server: {inner}";
    "nginx-module" "nginx 1.22: load_module", "dlopen() \"{path}\" failed ({inner})";
    "postgres-library" "PostgreSQL 15: LOAD 'x'", "could not load library \"{path}\": {inner}";
    "mysql-plugin" "MySQL 8: INSTALL PLUGIN", "Can't open shared library '{path}' (errno: {errno} {inner})";
    "sqlite-extension" "SQLite 3.40: .load x", "Error: {inner}";
    "redis-module" "Redis 7: MODULE LOAD", "Module {path} failed to load: {inner}";
    "pam-module" "Linux-PAM", "PAM unable to dlopen({path}): {inner}";
    "sudo-plugin" "sudo 1.9", "sudo: unable to load {path}: {inner}";
    "xorg-module" "X.Org", "Failed to load {path}: {inner}";
    "libgl-driver" "Mesa", "MESA-LOADER: failed to open {library}: {inner}";
    "libgl-driver" "Mesa 20", "libGL error: unable to load driver: {inner}";
    "vulkan-loader" "Vulkan-Loader", "loader_scanned_icd_add: Could not open '{path}': {inner}";
    "opencl-loader" "ocl-icd", "dlerror: {inner}";
    "rust-libloading" "libloading 0.8: DlOpen", "DlOpen { desc: \"{inner}\" }";
    "rust-libloading" "libloading 0.8: unwrap()", "called `Result::unwrap()` on an `Err` value: DlOpen { desc: \"{inner}\" }";
    "rust-libloading" "libloading 0.8: DlSym", "DlSym { desc: \"{inner}\" }";
    "rust-anyhow" "anyhow", "Error: {inner}";
    "go-cgo" "Go", "panic: {inner}";
    "go-log" "Go: log.Fatal", "error loading library: {inner}";
    "kubernetes-event" "kubelet: CreateContainerError", "failed to start container \"{container}\": {inner}";
    "docker-daemon" "Docker 24: docker run", "docker: Error response from daemon: {inner}";
    "docker-runtime" "Docker 24", "failed to create task for container: {inner}";
    "docker-runtime" "containerd 1.7", "failed to create shim task: {inner}";
    "docker-runtime" "Docker 20", "failed to create shim: {inner}";
    "oci-runtime" "runc 1.1", "OCI runtime create failed: runc create failed: {inner}";
    "oci-runtime" "runc 1.1", "OCI runtime exec failed: exec failed: {inner}";
    "oci-runtime" "crun 1.8", "OCI runtime error: crun: {inner}";
    "oci-runtime" "runc 1.1", "unable to start container process: {inner}";
    "oci-runtime" "runc 1.0", "starting container process caused: {inner}";
    "oci-runtime" "runc 1.0-rc", "starting container process caused \"{inner}\"";
    "oci-runtime" "runc 1.0", "container_linux.go:{line}: {inner}";
    "ldd-symbol" "ldd -r", "{inner}\t({path})";
    "terraform-plugin" "go-plugin", "failed to instantiate provider \"{name}\" to obtain schema: {inner}";
    "go-plugin" "hashicorp/go-plugin", "Unrecognized remote plugin message: {inner}";
    "ansible-module" "Ansible", "MODULE FAILURE: {inner}";
}

#[cfg(test)]
mod tests {
    use super::WRAPPERS;

    #[test]
    fn a_wrapper_passes_on_or_says_how_to_reveal() {
        for wrapper in WRAPPERS {
            assert!(
                wrapper.template.contains("{inner}") || wrapper.reveal.is_some(),
                "{}",
                wrapper.template
            );
        }
    }
}
