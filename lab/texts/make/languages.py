"""What language runtimes say of a library that they cannot load."""

from recorder import Group, version_of, without_musl

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
    ("wrong-class", "wrong ELF class", "lib32", "elf-wrong-class", (), {"library": "{}", "have": "ELFCLASS32"}),
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
HIDDEN = [
]
# How .NET calls them.
METHODS = {"libprivate": "secret", "lib32": "w32", "../noexec/libanswer": "noexec"}


def given(file):
    return f"/opt/app/lib/{file}.so" if "/" not in file else f"/opt/app/{file[3:]}.so"


def libraries():
    """One broken library after the other, given to every runtime by its path."""
    without_musl()
    group = Group("libraries")
    for name, version, form in RUNTIMES:
        tool = version_of(version)
        for what, words, file, class_, also, names in FAILURES:
            path = given(file)
            command = form.replace("{{", "\0").replace("}}", "\1").replace("{}", path).replace("{stem}", path[:-3]).replace("{method}", METHODS.get(file, file[3:])).replace("\0", "{").replace("\1", "}")
            entities = {key: value.replace("{}", path) for key, value in names.items()}
            if (name, what) in HIDDEN or name == "mono-dllimport" and what != "file-missing":
                continue
            group.text(f"{name}-{what}", command, class_, also=also, tool=tool, must=[words] if words else [], **entities)
    return group


GROUPS = [libraries]
