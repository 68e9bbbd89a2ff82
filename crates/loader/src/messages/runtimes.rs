//! What languages and frameworks say of a library that the loader took, or that they refuse themselves: ABI numbers that differ, entry
//! functions that are missing, platform plugins that hide the loader's sentence. Sentences of a loader *inside* another's are no rows here.
//!
//! `{have}` is what the file was built for, `{need}` what the runtime is. Printed by the releases named in each row, or read where it says so.

super::messages! {
    /// Node and Electron: `NODE_MODULE_VERSION`; Electron has numbers of its own.
    NODE_ABI "node/module-version" None, "Node 20.20: require of a module registered for 57", "The module '{object}'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION {have:d}. This version of Node.js requires\nNODE_MODULE_VERSION {need:d}. Please try re-compiling or re-installing\nthe module (for instance, using `npm rebuild` or `npm install`).";
    /// Node: loaded, and it says nothing to Node: no addon, one of another Node, or one that was loaded before in another thread.
    NODE_REGISTER "node/did-not-self-register" None, "Node 20.20: require of a plain shared library", "Module did not self-register: '{object}'.";
    /// Node before 14.
    NODE_REGISTER_OLD "node/did-not-self-register-old" None, "Node up to 12: src/node.cc (read)", "Module did not self-register.";
    /// Java: nothing of this name in `java.library.path`; the loader was not asked.
    JAVA_PATH "java/not-in-library-path" None, "Java 17: System.loadLibrary", "no {object} in java.library.path[: {path}]";
    /// Java: nothing at this path.
    JAVA_FILE "java/cannot-load-library" None, "Java 17: System.load", "Can't load library: {object}";
    /// Java: no native method of this name in the libraries that are loaded.
    JAVA_METHOD "java/native-method" None, "Java 17: a native method without a library", "java.lang.UnsatisfiedLinkError: '{result} {symbol}({signature})'";
    /// The same for a method that takes nothing.
    JAVA_METHOD_PLAIN "java/native-method-plain" None, "Java 17: a native method without a library", "java.lang.UnsatisfiedLinkError: '{result} {symbol}()'";
    /// The same before Java 13; of methods that give nothing back.
    JAVA_METHOD_OLD "java/native-method-old" None, "reports of Java 8 and 11", "java.lang.UnsatisfiedLinkError: {symbol}({signature})V";
    /// The same before Java 13; of methods that take and give nothing back.
    JAVA_METHOD_OLD_PLAIN "java/native-method-old-plain" None, "reports of Java 8 and 11", "java.lang.UnsatisfiedLinkError: {symbol}()V";
    /// Java on Windows: 126 in Java's words; which library is missing is not said.
    JAVA_DEPENDENT "java/dependent-libraries" None, "OpenJDK: os_windows.cpp: dll_load (read)", "{object}: Can't find dependent libraries";
    /// Java: another processor, on Windows.
    JAVA_DLL "java/dll-architecture" None, "OpenJDK: os_windows.cpp: dll_load (read)", "{object}: Can't load {have} .dll on a {need} platform";
    /// Java: another processor; stands behind the loader's sentence.
    JAVA_SO "java/so-architecture" None, "Java 17: System.load of an aarch64 file", "{message} (Possible cause: can't load {have} .so on a {need} platform)";
    /// Java: another word size; stands behind the loader's sentence.
    JAVA_WIDTH "java/so-width" None, "OpenJDK: os_linux.cpp: dll_load (read)", "{message} (Possible cause: architecture word width mismatch, can't load {have:d}-bit .so on a {need:d}-bit platform)";
    /// Java: one library, two class loaders.
    JAVA_TWICE "java/already-loaded" None, "OpenJDK: NativeLibraries.java (read)", "Native Library {object} already loaded in another classloader";
    /// Java's own warning about an executable stack; not an error.
    JAVA_STACK_GUARD "java/stack-guard" None, "Java 17: System.load of a file without PT_GNU_STACK", "OpenJDK 64-Bit Server VM warning: You have loaded library {object} which might have disabled stack guard. The VM will try to fix the stack guard now.";
    /// .NET: every name that was probed failed; what follows may name the last one only.
    DOTNET_SHARED "dotnet/shared-library" None, ".NET 3.1 to 9: DllImport", "Unable to load shared library '{object}' or one of its dependencies[. In order to help diagnose loading problems, consider {advice}]";
    /// .NET on Windows: the name that was asked for, and Windows' sentence.
    DOTNET_DLL "dotnet/dll" None, "reports of .NET on Windows", "Unable to load DLL '{object}'[ or one of its dependencies]: {error}";
    /// .NET: the library is there and does not export the function.
    DOTNET_ENTRY "dotnet/entry-point" None, "reports of .NET Core on Linux", "Unable to find an entry point named '{symbol}' in shared library '{object}'.";
    /// .NET on Windows, .NET Framework.
    DOTNET_ENTRY_DLL "dotnet/entry-point-dll" None, "reports of .NET on Windows", "Unable to find an entry point named '{symbol}' in DLL '{object}'.";
    /// .NET: an assembly; a native DLL for the other word size shows the second reason.
    DOTNET_ASSEMBLY "dotnet/assembly" None, ".NET Framework (read)", "Could not load file or assembly '{object}' or one of its dependencies. {reason}";
    /// Mono and Unity: nothing of this name, or it does not load; no reason is given.
    MONO "dotnet/mono" None, "reports of Unity and Mono", "DllNotFoundException: {object} assembly:{assembly} type:{type} member:{member}";
    /// Mono and Unity: the function.
    MONO_ENTRY "dotnet/mono-entry-point" None, "reports of Unity and Mono", "EntryPointNotFoundException: {symbol} assembly:{assembly} type:{type} member:{member}";
    /// Ruby: the gem was built for another Ruby.
    RUBY_VERSION "ruby/incompatible-library" None, "Ruby 3.1: dln.c", "incompatible library version - {object}";
    /// Ruby: the gem is linked with another libruby.
    RUBY_LINKED "ruby/linked-to-incompatible" None, "reports (macOS)", "linked to incompatible {library} - {object}";
    /// PHP: another API, thread safety or debug setting.
    PHP_API "php/api" None, "PHP 8.2: an extension for API 20190902", "{object}: Unable to initialize module\nModule compiled with module API={have}\nPHP    compiled with module API={need}\nThese options need to match";
    /// PHP: the same with the build's name.
    PHP_BUILD "php/build-id" None, "PHP 8.2: the string in the program", "{object}: Unable to initialize module\nModule compiled with build ID={have}\nPHP    compiled with build ID={need}\nThese options need to match";
    /// PHP: no `get_module` in it.
    PHP_LIBRARY "php/not-an-extension" None, "PHP 8.2: extension=plain.so", "Invalid library (maybe not a PHP library) '{object}'";
    /// PHP: a Zend extension is wanted (or this is one, given as an extension).
    PHP_ZEND "php/not-a-zend-extension" None, "PHP 8.2: zend_extension=plain.so", "{object} doesn't appear to be a valid Zend extension";
    /// PHP: a Zend extension for another PHP; `type` is `outdated` or `newer`, and speaks of the installed one.
    PHP_ZEND_API "php/zend-api" None, "PHP 8.2: the string in the program", "{object} requires Zend Engine API version {have:d}.\nThe Zend Engine API version {need:d} which is installed, is {type}.";
    /// Perl: another perl, or one with other build options.
    PERL_HANDSHAKE "perl/handshake" None, "Perl 5.36: util.c: xs_handshake", "{object}: loadable library and perl binaries are mismatched (got {kind} key 0x{have:x}, needed 0x{need:x})";
    /// Perl: the same in old releases.
    PERL_API "perl/api-version" None, "Perl 5.36: util.c", "Perl API version {have} of {object} does not match {need}";
    /// Perl: two installations of one module.
    PERL_OBJECT "perl/object-version" None, "Perl 5.36: util.c", "{object} object version {have} does not match [bootstrap parameter ]{need}";
    /// Perl: no XS module, or not for this module.
    PERL_BOOTSTRAP "perl/bootstrap-symbol" None, "Perl 5.36: DynaLoader.pm", "Can't find '{symbol}' symbol in {object}";
    /// Perl: no library of this module in any folder of `@INC`; the loader was not asked.
    PERL_OBJECT_FILE "perl/no-loadable-object" None, "Perl 5.36: DynaLoader.pm", "Can't locate loadable object for module {object} in @INC (@INC contains: {path})";
    /// Lua: a module of another Lua.
    LUA_VERSION "lua/version" None, "liblua 5.2 to 5.4: luaL_checkversion_ (the string in the library)", "version mismatch: app. needs {have}, Lua core provides {need}";
    /// Lua: a module that was built with other number types.
    LUA_NUMBERS "lua/numeric-types" None, "liblua 5.4: luaL_checkversion_ (the string in the library)", "core and library have incompatible numeric types";
    /// R: the package was built for an older major release.
    R_BUILT "r/built-before" None, "R 4.2: library(), loadNamespace()", "package ‘{object}’ was built before R {need}: please re-install it";
    /// R: a warning.
    R_UNDER "r/built-under" None, "R 4.2: library()", "package ‘{object}’ was built under R version {have}";
    /// R: a package of another platform.
    R_PLATFORM "r/built-for" None, "R 4.2: library()", "package ‘{object}’ was built for {have}";
    /// CPython: no `PyInit_…`: a library that is no module, or one of another name.
    PYTHON_INIT "python/no-init-function" None, "CPython 3.11: import of a plain shared library", "dynamic module does not define module export function ({symbol})";
    /// CPython 2.
    PYTHON_INIT_2 "python/no-init-function-2" None, "CPython 2.7 (read)", "dynamic module does not define init function ({symbol})";
    /// pybind11 and others.
    PYTHON_VERSION "python/version" None, "pybind11: detail/common.h", "Python version mismatch: module was compiled for Python {have}, but the interpreter version is incompatible: {need}.";
    /// NumPy's C API: the module was built with a newer NumPy.
    NUMPY_API "python/numpy-api" None, "NumPy 1.26: the string in numpy/core", "module compiled against API version 0x{have:x} but this version of numpy is 0x{need:x}[ . {advice}]";
    /// The same of NumPy 2.
    NUMPY_API_2 "python/numpy-api-2" None, "NumPy 2: the string in numpy/_core", "module was compiled against NumPy C-API version 0x{have:x}[ ({release})] but the running NumPy has C-API version 0x{need:x}.[ {advice}]";
    /// NumPy 1.23 on.
    NUMPY_ABI "python/numpy-abi" None, "NumPy 1.26 and 2: __multiarray_api.h", "module compiled against ABI version 0x{have:x} but this version of numpy is 0x{need:x}";
    /// Cython: a type of another NumPy.
    NUMPY_SIZE "python/numpy-size" None, "Cython: __Pyx_ImportType (read)", "{symbol} size changed, may indicate binary incompatibility. Expected {have:d} from C header, got {need:d} from PyObject";
    /// NumPy 2 and a module that was built with 1.
    NUMPY_TWO "python/numpy-two" None, "NumPy 2: numpy/core/_multiarray_umath.py", "A module that was compiled using NumPy 1.x cannot be run in\nNumPy {need} as it may crash.";
    /// Qt: the platform plugin is there; a library that it needs is not, and which one is only told with `QT_DEBUG_PLUGINS=1`.
    QT_FOUND "qt/platform-plugin-found" Some(134), "Qt 5.15 and 6: QT_QPA_PLATFORM=xcb", "Could not load the Qt platform plugin \"{object}\" in \"{path}\" even though it was found.";
    /// The same where no folder was searched by name.
    QT_FOUND_DEFAULT "qt/platform-plugin-found-default" Some(134), "Qt 5.15 and 6: QT_QPA_PLATFORM=xcb", "Could not load the Qt platform plugin \"{object}\" in \"\" even though it was found.";
    /// Qt: no plugin of this name.
    QT_MISSING "qt/platform-plugin-missing" Some(134), "Qt 5.15 and 6: QT_QPA_PLATFORM=nosuch", "Could not find the Qt platform plugin \"{object}\" in \"{path}\"";
    /// The same where no folder was searched by name.
    QT_MISSING_DEFAULT "qt/platform-plugin-missing-default" Some(134), "Qt 5.15 and 6: QT_QPA_PLATFORM=nosuch", "Could not find the Qt platform plugin \"{object}\" in \"\"";
    /// Qt: the end of either.
    QT_NO_PLATFORM "qt/no-platform" Some(134), "Qt 5.15 and 6", "This application failed to start because no Qt platform plugin could be initialized. Reinstalling the application may fix this problem.[\n\nAvailable platform plugins are: {plugins}.]";
    /// Qt 6.5 on: the library that is nearly always the missing one.
    QT_CURSOR "qt/xcb-cursor" None, "Qt 6.5 on: QT_QPA_PLATFORM=xcb", "From 6.5.0, xcb-cursor0 or libxcb-cursor0 is needed to load the Qt xcb platform plugin.";
    /// Qt: a plugin of another major release or a newer minor one.
    QT_INCOMPATIBLE "qt/incompatible-plugin" None, "Qt 6: QPluginLoader of a Qt 5 plugin", "The plugin '{object}' uses incompatible Qt library. ({have}) [[{kind}]]";
    /// Qt on Windows: debug and release.
    QT_DEBUG "qt/debug-and-release" None, "Qt: qlibrary.cpp (read)", "The plugin '{object}' uses incompatible Qt library. (Cannot mix debug and release libraries.)";
    /// Qt: no plugin.
    QT_METADATA "qt/no-metadata" None, "Qt 6: QPluginLoader of a plain shared library", "Failed to extract plugin meta data from '{object}'[: {reason}]";
    /// Qt: two copies of Qt in one process.
    QT_MIX "qt/mixed-versions" Some(134), "Qt 5.15: the string in libQt5Core", "Cannot mix incompatible Qt library ({have}) with this library ({need})";
    /// Go on Windows: `syscall.LoadDLL`.
    GO_LOAD_DLL "go-windows/load-dll" None, "Go 1.19: syscall/dll_windows.go", "Failed to load {object}: {reason}";
    /// Go on Windows: `FindProc`.
    GO_FIND_PROC "go-windows/find-procedure" None, "Go 1.19: syscall/dll_windows.go", "Failed to find {symbol} procedure in {object}: {reason}";
}

/// What a runtime puts around the system's sentence.
pub mod frames {
    crate::messages::messages! {
        /// Qt's logging category.
        QT_PLUGIN "qt/frame-plugin" None, "Qt 5.15 and 6", "qt.qpa.plugin: {message}";
    }
}
