"""What language runtimes say of a library that they cannot load."""

import subprocess

from recorder import STAGE, Group, version_of, without_musl

GLIBC = "/lib/x86_64-linux-gnu/libc.so.6"
CXX11 = "_ZN5torch6detail8logEntryERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
CXX98 = "_ZN5torch6detail8logEntryERKSs"
# What is wrong: (name, the loader's words, file, class, classes that the words allow as well, names that stand in the text). {} is the file as it was given.
FAILURES = [
    ("dependency-missing", "cannot open shared", "libtwice", "library-not-found", (), {"library": "libmissing.so.1", "reason": "No such file or directory"}),
    ("file-missing", "", "libnowhere", "dlopen-file-not-found", ("library-not-found",), {"library": "{}"}),
    ("symbol-missing", "undefined symbol", "libundef", "undefined-symbol", (), {"symbol": "answer", "required_by": "{}"}),
    ("symbol-of-new-string", "undefined symbol", "libcxx11", "undefined-symbol-cxx11-abi", ("undefined-symbol",), {"symbol": CXX11, "required_by": "{}"}),
    ("symbol-of-old-string", "undefined symbol", "libcxx98", "undefined-symbol-cxx11-abi", (), {"symbol": CXX98, "required_by": "{}"}),
    ("vtable-missing", "undefined symbol", "libshape", "undefined-symbol", (), {"symbol": "_ZTV5Shape", "required_by": "{}"}),
    ("wrong-class", "wrong ELF class", "lib32", "elf-wrong-class", (), {"library": "{}", "bits": "32"}),
    ("empty-file", "file too short", "libempty", "elf-file-too-short", (), {"library": "{}"}),
    ("pointer-file", "invalid ELF header", "liblfs", "elf-invalid-header", (), {"library": "{}"}),
    ("glibc-too-old", "not found (required by", "libnewglibc", "glibc-version-missing", (), {"version": "GLIBC_2.38", "required_by": "{}", "library": GLIBC}),
    ("libstdcxx-too-old", "not found (required by", "libnewcxx", "libstdcxx-version-missing", (), {"version": "GLIBCXX_3.4.32", "required_by": "{}"}),
    ("private-version", "undefined symbol", "libprivate", "glibc-private-mix", (), {"symbol": "__libc_private_gone", "version": "GLIBC_PRIVATE"}),
    ("static-tls", "static TLS block", "libbigtls", "static-tls-exhausted", (), {"library": "{}"}),
    ("noexec-mount", "failed to map segment", "../noexec/libanswer", "map-segment-noexec", (), {"library": "{}"}),
]
# (name, version, command for a file, is the file's whole path in the text)
RUNTIMES = [
    ("ctypes", "/usr/bin/python3 --version", "/usr/bin/python3 -c 'import ctypes; ctypes.CDLL(\"{}\")'"),
    ("node", "node --version", "cp -f {} home/addon.node 2>/dev/null; node -e 'process.dlopen({{exports:{{}}}}, \"{}\")'"),
    ("ruby-fiddle", "ruby --version", "ruby -rfiddle -e 'Fiddle.dlopen(\"{}\")'"),
    ("php-extension", "php --version", "php -d extension={} -r 'echo 1;'"),
    ("perl-dynaloader", "perl -v | sed -n 2p", "perl -MDynaLoader -e 'DynaLoader::dl_load_file(\"{}\") or die DynaLoader::dl_error()'"),
    ("lua-loadlib", "lua5.4 -v", "lua5.4 -e 'print(package.loadlib(\"{}\", \"*\"))'"),
    ("luajit-ffi", "luajit -v", "luajit -e 'require(\"ffi\").load(\"{}\")'"),
    ("tcl-load", "echo Tcl $(echo 'puts $tcl_patchLevel' | tclsh)", "echo 'load {}' | tclsh"),
    ("r-dyn-load", "Rscript --version", "Rscript -e 'dyn.load(\"{}\")'"),
    ("java-load", "java -version", "java -cp stub Load {}"),
    ("java25-load", "/usr/lib/jvm/temurin-25-jdk-amd64/bin/java -version", "/usr/lib/jvm/temurin-25-jdk-amd64/bin/java -cp stub Load {}"),
    ("mono-dllimport", "mono --version", "mono stub/Api.exe {method}"),
    ("dotnet-dllimport", "echo .NET Core 3.1.23", "stub/dotnet/dotnet stub/Api.dll {method}"),
    ("rust-libloading", "rustc --version", "stub/libloading/target/debug/opener {}"),
    ("go-cgo-dlopen", "go version", "./go-dlopen {}"),
    ("sbcl", "sbcl --version", "sbcl --noinform --non-interactive --eval '(load-shared-object \"{}\")'"),
    ("guile", "guile --version", "guile --no-auto-compile -c '(dynamic-link \"{}\")'"),
    ("erlang-nif", "echo Erlang/OTP 25", "erl -noshell -pa stub -run niftest start {stem}"),
    ("postgres", "/usr/lib/postgresql/15/bin/postgres --version", "stub/pg.sh \"load '{}'\""),
    ("sqlite", "sqlite3 --version", "sqlite3 :memory: '.load {stem}'"),
    ("apache", "apache2 -v", "apache2 -d /opt/app/stub -C 'LoadModule answer_module {}' -C 'ServerName x' -t -f /dev/null"),
    ("nginx", "nginx -v", "echo 'load_module {}; events {{}}' > home/nginx.conf; nginx -t -c /opt/app/home/nginx.conf"),
    ("gdb", "gdb --version", "gdb -nx -batch -ex 'set confirm off' -ex run --args ./opener {}"),
    ("openssl-engine", "openssl version", "openssl engine -t -pre SO_PATH:{} -pre LOAD dynamic"),
    ("own-program", "ldd --version", "./opener {}"),
    ("static-program", "ldd --version", "./opener-static {}"),
]

# The runtime's own check speaks before the loader is asked.
HIDDEN = [("tcl-load", "wrong-class")]
# How .NET calls them.
METHODS = {"libprivate": "secret", "lib32": "w32", "../noexec/libanswer": "noexec"}


def given(file):
    return f"/opt/app/lib/{file}.so" if "/" not in file else f"/opt/app/{file[3:]}.so"


def libraries():
    """One broken library after the other, given to every runtime by its path."""
    without_musl()
    group = Group("libraries")
    subprocess.run(["stub/pg.sh", "select 1"], cwd=STAGE, capture_output=True)  # starts the server
    for name, version, form in RUNTIMES:
        tool = version_of(version)
        for what, words, file, class_, also, names in FAILURES:
            path = given(file)
            command = form.replace("{{", "\0").replace("}}", "\1").replace("{}", path).replace("{stem}", path[:-3]).replace("{method}", METHODS.get(file, file[3:])).replace("\0", "{").replace("\1", "}")
            entities = {key: value.replace("{}", path) for key, value in names.items()}
            if name == "r-dyn-load" and what == "glibc-too-old":  # R's own library path has /usr/lib first
                entities["library"] = f"/usr{GLIBC}"
            if (name, what) in HIDDEN or name == "mono-dllimport" and what != "file-missing":
                continue
            if name == "mono-dllimport":  # it says of everything that it was not found
                class_ = "dotnet-dllimport-not-found"
            group.text(f"{name}-{what}", command, class_, also=also, tool=tool, must=[words] if words else [], **entities)
    return group




def imports():
    """Modules by their names, as programs load them."""
    without_musl()
    group = Group("imports")
    python = "/usr/bin/python3"
    tool = version_of(f"{python} --version")
    here = {"PYTHONPATH": "data/py"}
    known = [
        ("dependency-missing", "twice", "library-not-found", {"library": "libmissing.so.1"}),
        ("symbol-missing", "undef", "undefined-symbol", {"symbol": "answer"}),
        ("symbol-of-new-string", "cxx11", "undefined-symbol-cxx11-abi", {"symbol": CXX11}),
        ("glibc-too-old", "newglibc", "glibc-version-missing", {"version": "GLIBC_2.38", "library": GLIBC}),
        ("libstdcxx-too-old", "newcxx", "libstdcxx-version-missing", {"version": "GLIBCXX_3.4.32"}),
        ("static-tls", "bigtls", "static-tls-exhausted", {}),
        ("pointer-file", "lfs", "elf-invalid-header", {}),
        ("empty-file", "empty", "elf-file-too-short", {}),
        ("wrong-class", "w32", "elf-wrong-class", {"bits": "32"}),
        ("vtable-missing", "shape", "undefined-symbol", {"symbol": "_ZTV5Shape"}),
        ("private-version", "private", "glibc-private-mix", {"version": "GLIBC_PRIVATE"}),
    ]
    for what, module, class_, names in known:
        also = ("undefined-symbol",) if module == "cxx11" else ()
        group.text(f"python-{what}", f"{python} -c 'import {module}'", class_, also=also, env=here, tool=tool, must=["ImportError"], **names)
        group.text(f"node-{what}", f"node -e 'require(\"./data/node/{module}.node\")'", class_, also=also, tool=version_of("node --version"), must=["ERR_DLOPEN_FAILED"], **names)
        group.text(f"ruby-{what}", f"ruby -Idata/ruby -e 'require \"{module}\"'", class_, also=also, tool=version_of("ruby --version"), must=["LoadError"], **names)
        group.text(f"lua-{what}", f"lua5.4 -e 'package.cpath=\"/opt/app/data/lua/?.so\"; require \"{module}\"'", class_, also=also, tool=version_of("lua5.4 -v"), must=["error loading module"], **names)
        if module != "w32":
            group.text(f"perl-{what}", f"perl -Idata/perl -e 'use {module};'", class_, also=also, tool=version_of("perl -v | sed -n 2p"), must=["Can't load"], **names)
    for version in ("3.6.15", "3.7.16", "3.13.0"):
        other = f"/root/.pyenv/versions/{version}/bin/python3"
        for what, module, class_, names in known[:2]:
            group.text(f"python-{version}-{what}", f"{other} -c 'import {module}'", class_, env=here, tool=f"Python {version}", **names)
    group.text("python-package", f"{python} data/package/service.py", "library-not-found", tool=tool, library="libmissing.so.1", must=["Traceback"])
    group.text("python-of-another-version", f"{python} -c 'import other'", "undefined-symbol", also=("runtime-abi-mismatch",), env=here, tool=tool, must=["undefined symbol"])
    group.text("python-no-init", f"{python} -c 'import answer'", "dlsym-symbol-missing", also=("runtime-abi-mismatch",), env=here, tool=tool, must=["PyInit_answer"], hidden={"symbol": "PyInit_answer"})
    group.text("python-ctypes-name", f"{python} -c 'import ctypes; ctypes.cdll.LoadLibrary(\"libmagic-of-old.so.1\")'", "library-not-found", also=("dlopen-file-not-found",), tool=tool, library="libmagic-of-old.so.1")
    group.text("python-ctypes-symbol", f"{python} -c 'import ctypes; ctypes.CDLL(\"lib/libanswer.so.1\").question()'", "dlsym-symbol-missing", also=("undefined-symbol",), tool=tool, symbol="question")
    group.text("python-cffi-like-warning", f"{python} -c 'import ctypes, sys\ntry:\n  ctypes.CDLL(\"libmissing.so.1\")\nexcept OSError as e:\n  sys.stderr.write(\"WARNING: acceleration is off (%s)\\n\" % e); sys.exit(1)'", "library-not-found", also=("dlopen-file-not-found",), tool=tool, library="libmissing.so.1")
    for abi in (72, 83, 93, 108, 127):
        group.text(f"node-abi-{abi}", f"node -e 'require(\"./data/node/abi{abi}.node\")'", "node-abi-mismatch", tool=version_of("node --version"), abi_have=str(abi), abi_need="115")
    group.text("node-no-registration", "node -e 'require(\"./data/node/answer.node\")'", "node-abi-mismatch", also=("dlsym-symbol-missing", "runtime-abi-mismatch"), tool=version_of("node --version"), must=["did not self-register"])
    group.text("ruby-no-init", "ruby -Idata/ruby -e 'require \"answer\"'", "dlsym-symbol-missing", also=("undefined-symbol", "runtime-abi-mismatch"), tool=version_of("ruby --version"), symbol="Init_answer")
    group.text("perl-no-boot", "perl -Idata/perl -e 'use answer;'", "dlsym-symbol-missing", also=("runtime-abi-mismatch",), tool=version_of("perl -v | sed -n 2p"), symbol="boot_answer")
    group.text("perl-no-object", "perl -Idata/perl -e 'use gone;'", "dlopen-file-not-found", also=("not-a-loader-failure", "library-not-found"), tool=version_of("perl -v | sed -n 2p"), must=["loadable object"])
    group.text("lua-no-open", "lua5.4 -e 'package.cpath=\"/opt/app/data/lua/?.so\"; require \"answer\"'", "dlsym-symbol-missing", also=("undefined-symbol",), tool=version_of("lua5.4 -v"), symbol="luaopen_answer")
    php = version_of("php --version")
    group.text("php-other-api", "php -d extension=/opt/app/data/php/old.so -r '1;'", "runtime-abi-mismatch", tool=php, abi_have="20190902", abi_need="20220829")
    group.text("php-symbol-missing", "php -d extension=/opt/app/data/php/symbols.so -r '1;'", "undefined-symbol", tool=php, symbol="zend_function_of_old")
    group.text("php-by-name", "php -d extension=imagick -r '1;'", "dlopen-file-not-found", also=("library-not-found",), tool=php, must=["imagick"])
    group.text("php-no-module", "php -d extension=/opt/app/lib/libanswer.so.1 -r '1;'", "dlsym-symbol-missing", also=("runtime-abi-mismatch",), tool=php, must=["Invalid library"])
    group.text("php-ffi", "php -d ffi.enable=1 -r 'FFI::cdef(\"int answer(void);\", \"libmissing.so.1\");'", "library-not-found", also=("dlopen-file-not-found",), tool=php, library="libmissing.so.1")
    group.text("php-ffi-symbol", "php -d ffi.enable=1 -r 'FFI::cdef(\"int question(void);\", \"/opt/app/lib/libanswer.so.1\");'", "dlsym-symbol-missing", tool=php, must=["question"])
    java = version_of("java -version")
    group.text("java-no-library", "java -cp stub LoadLibrary codec", "dlopen-file-not-found", also=("library-not-found",), tool=java, must=["no codec in java.library.path"])
    group.text("java-no-file", "java -cp stub Load /opt/app/lib/libnowhere.so", "dlopen-file-not-found", also=("library-not-found",), tool=java, must=["Can't load library"])
    group.text("java-relative", "java -cp stub Load lib/libanswer.so.1", "not-a-loader-failure", instead="app-code", tool=java, must=["Expecting an absolute path"])
    group.text("java-native-method", "java -Djava.library.path=/opt/app/lib -cp stub LoadLibrary answer go", "dlsym-symbol-missing", tool=java, must=["UnsatisfiedLinkError", "call"])
    group.text("java-other-machine", "java -cp stub Load /opt/app/lib/libarm.so", "library-wrong-machine", also=("dlopen-file-not-found", "library-not-found"), tool=java, must=["libarm.so"])
    group.text("java-32-bit", "java -Djava.library.path=/opt/app/lib -cp stub LoadLibrary 32", "elf-wrong-class", also=("library-wrong-machine",), tool=java, bits="32")
    r = version_of("Rscript --version")
    group.text("r-not-in-load-table", "Rscript -e 'dyn.load(\"/opt/app/lib/libanswer.so.1\"); .C(\"nothing\")'", "dlsym-symbol-missing", also=("not-a-loader-failure",), tool=r, must=["nothing"])
    install = "mkdir -p home/R home/codec/R && printf 'Package: codec\\nVersion: 1.0\\nTitle: X\\nDescription: X.\\nLicense: GPL-2\\nAuthor: A\\nMaintainer: A <a@example.org>\\n' > home/codec/DESCRIPTION && printf 'useDynLib(codec)\\n' > home/codec/NAMESPACE && R CMD INSTALL --no-test-load --no-docs -l home/R home/codec >/dev/null 2>&1; mkdir -p home/R/codec/libs; "
    for what, file, class_, names in [("dependency-missing", "libtwice", "library-not-found", {"library": "libmissing.so.1"}), ("symbol-missing", "libundef", "undefined-symbol", {"symbol": "answer"}), ("glibc-too-old", "libnewglibc", "glibc-version-missing", {"version": "GLIBC_2.38"})]:
        group.text(f"r-package-{what}", install + f"cp lib/{file}.so home/R/codec/libs/codec.so; Rscript -e 'library(codec, lib.loc=\"home/R\")'", class_, tool=r, must=["package or namespace load failed"], **names)
    net = ".NET Core 3.1.23"
    for method, class_, also, must in [
        ("decode", "dotnet-dllimport-not-found", ("library-not-found", "dlopen-file-not-found"), ["nativecodec"]),
        ("question", "dlsym-symbol-missing", ("pe-entry-point-not-found",), ["answer"]),
    ]:
        group.text(f"dotnet-{method}", f"stub/dotnet/dotnet stub/Api.dll {method}", class_, also=also, tool=net, must=must)
    for method, must in [("decode", "nativecodec"), ("twice", "libtwice.so"), ("undef", "libundef.so"), ("w32", "lib32.so")]:
        group.text(f"mono-{method}", f"mono stub/Api.exe {method}", "dotnet-dllimport-not-found", tool=version_of("mono --version"), must=["DllNotFoundException", must])
    group.text("mono-debug", "MONO_LOG_LEVEL=debug MONO_LOG_MASK=dll mono stub/Api.exe twice 2>&1 | tail -12", "library-not-found", also=("dotnet-dllimport-not-found",), tool=version_of("mono --version"), library="libmissing.so.1")
    cargo = version_of("rustc --version")
    group.text("rust-libloading-symbol", "stub/libloading/target/debug/opener /opt/app/lib/libanswer.so.1 plugin_entry", "dlsym-symbol-missing", also=("undefined-symbol",), tool=cargo, symbol="plugin_entry")
    group.text("own-program-symbol", "./opener lib/libanswer.so.1 plugin_entry", "dlsym-symbol-missing", also=("undefined-symbol",), tool=version_of("ldd --version"), symbol="plugin_entry")
    for file, class_ in [
        ("libtruncated", None), ("libcut", None), ("libbadreloc", "elf-bad-reloc"), ("libmisaligned", "elf-header-refused"), ("libfreebsd", "elf-header-refused"), ("libobject", "not-a-shared-library"),
        ("libprogram", "not-a-shared-library"), ("libprogram-nopie", "not-a-shared-library"), ("libnodlopen", "not-a-shared-library"), ("libheaderonly", "elf-cannot-read"),
        ("libdirectory", "elf-cannot-read"), ("libloop", "library-symlink-loop"), ("libmac", "elf-invalid-header"), ("libwin", "elf-invalid-header"), ("libhtml", "elf-invalid-header"), ("libshort", "elf-file-too-short"),
    ]:
        for name, command, of in [("ctypes", f"{python} -c 'import ctypes; ctypes.CDLL(\"/opt/app/lib/{file}.so\")'", tool), ("java", f"java -cp stub Load /opt/app/lib/{file}.so", java), ("node", f"node -e 'process.dlopen({{exports:{{}}}}, \"/opt/app/lib/{file}.so\")'", version_of("node --version"))]:
            if class_:
                also = ("dlopen-file-not-found",) if name == "java" and file == "libloop" else ()  # it says no more than that it cannot
                asker = "required_by" if file == "libbadreloc" else "library"
                group.text(f"{name}-{file}", command, class_, also=also, tool=of, **{asker: f"/opt/app/lib/{file}.so"})
            elif (name, file) not in [("node", "libcut"), ("node", "libtruncated"), ("ctypes", "libtruncated")]:
                group.text(f"{name}-{file}", command, "crash-during-load", tool=of, must=["SIGBUS"] if name == "java" else ["Bus error"])
    group.text("ctypes-unreadable", f"chmod 755 /opt/app; setpriv --reuid nobody --regid nogroup --clear-groups {python} -c 'import ctypes; ctypes.CDLL(\"/opt/app/lib/libunreadable.so\")'", "library-unreadable", tool=tool, library="/opt/app/lib/libunreadable.so", reason="Permission denied")
    group.text("ctypes-executable-stack", f"./deny-write-execute {python} -c 'import ctypes; ctypes.CDLL(\"/opt/app/lib/libexecstack.so\")'", "execstack-refused", tool=tool, library="/opt/app/lib/libexecstack.so", reason="Permission denied")
    group.text("ctypes-text-relocations", f"./deny-write-execute {python} -c 'import ctypes; ctypes.CDLL(\"/opt/app/lib/libtextrel.so\")'", "text-relocation-refused", tool=tool, required_by="/opt/app/lib/libtextrel.so", reason="Permission denied")
    group.text("program-executable-stack", "./deny-write-execute ./execstack-program", "execstack-refused", also=("crash-during-load",), tool=version_of("ldd --version"))
    return group


def wine():
    """Windows programs, by wine."""
    group = Group("wine", tool=version_of("wine --version 2>/dev/null || /usr/lib/wine/wine64 --version"))
    env = {"WINEPREFIX": "/opt/app/home/wine", "WINEDEBUG": "fixme-all,err-winediag,err-systray,err-ole"}
    here = {"env": env, "cwd": "/opt/app/win", "timeout": 90}
    run = "/usr/lib/wine/wine64"
    group.text("first-start", f"{run} wineboot -i >/dev/null 2>&1; echo wine started", "not-a-loader-failure", instead="other", **here)
    group.entries.clear()
    for what, command, class_, also, names in [
        ("dependency-missing", "load.exe wrap.dll", "dll-dependency-not-found", (), {"code": "126", "library": "codec.dll"}),
        ("file-missing", "load.exe nowhere.dll", "dll-dependency-not-found", ("dlopen-file-not-found",), {"code": "126", "library": "nowhere.dll"}),
        ("not-a-library", "load.exe text.dll", "pe-not-pe-file", ("pe-wrong-arch", "pe-bad-image"), {"code": "193", "library": "text.dll"}),
        ("elf-file", "load.exe elf.dll", "pe-not-pe-file", ("pe-wrong-arch", "pe-bad-image"), {"code": "193", "library": "elf.dll"}),
        ("empty-file", "load.exe empty.dll", "pe-not-pe-file", ("pe-wrong-arch", "pe-bad-image"), {"code": "193", "library": "empty.dll"}),
        ("initialiser-refuses", "load.exe refuse.dll", "pe-dll-init-failed", (), {"code": "1114", "library": "refuse.dll"}),
        ("no-function", "load.exe kernel32.dll NoSuchFunction", "pe-entry-point-not-found", (), {"code": "127", "library": "kernel32.dll"}),
        ("program-dependency-missing", "player.exe", "dll-dependency-not-found", (), {"library": "codec.dll", "code": "c0000135"}),
        ("program-second-level", "editor.exe", "dll-dependency-not-found", (), {"library": "codec.dll"}),
        ("program-initialiser-refuses", "starter.exe", "pe-dll-init-failed", (), {}),
        ("program-function-missing", "older/player.exe", "pe-entry-point-not-found", (), {"library": "codec.dll", "symbol": "codec"}),
        ("program-32-bit-library", "narrow/player.exe", "pe-bad-image", ("pe-wrong-arch", "dll-dependency-not-found"), {"library": "codec.dll"}),
        ("32-bit-library", "load.exe narrow/codec.dll", "pe-wrong-arch", ("pe-not-pe-file",), {"code": "193"}),
        ("vcruntime", "needs-VCRUNTIME140.exe", "pe-entry-point-not-found", ("vcruntime-missing",), {}),
        ("vcruntime-1", "needs-VCRUNTIME140_1.exe", "pe-entry-point-not-found", ("vcruntime-missing",), {}),
        ("debug-runtime", "needs-vcruntime140d.exe", "debug-crt-missing", (), {"library": "vcruntime140d.dll"}),
        ("libstdcxx", "needs-libstdc++-6.exe", "dll-dependency-not-found", (), {"library": "libstdc++-6.dll"}),
        ("qt", "needs-Qt5Core.exe", "dll-dependency-not-found", (), {"library": "Qt5Core.dll"}),
    ]:
        trim = lambda said: said.split(b"Register dump:")[0]
        group.text(what, f"{run} {command}", class_, also=also, edit=trim, **here, **names)
        for language in ("de_DE", "fr_FR", "zh_CN", "ja_JP", "ru_RU"):
            if what in ("file-missing", "not-a-library", "initialiser-refuses", "no-function"):
                group.text(f"{what}-{language}", f"{run} {command}", class_, also=also, edit=trim, env={**env, "LC_ALL": f"{language}.UTF-8"}, cwd="/opt/app/win", timeout=90, **names)
    return group


GROUPS = [libraries, imports, wine]
