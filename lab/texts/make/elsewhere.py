"""What is no loader's failure, though it stands where people look for one: linkers, compilers, package managers, networks …"""

import os
import subprocess

from recorder import HERE, STAGE, Group, version_of

WORK = STAGE / "home/elsewhere"


def write(name, words):
    path = WORK / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)


def sources():
    write("undefined.c", "int compute_total(int);\nint main(void) { return compute_total(3); }\n")
    write("undefined.cpp", "#include <string>\nstruct Shape { virtual ~Shape(); virtual int area(); };\nvoid log(const std::string&);\nint main() { Shape s; log(\"x\"); return s.area(); }\n")
    write("twice_a.c", "int total = 1;\nint add(void) { return total; }\nint main(void) { return add(); }\n")
    write("twice_b.c", "int total = 2;\nint add(void) { return total; }\n")
    write("fine.c", "int main(void) { return 0; }\n")
    write("nopic.c", "int shared_value;\nint get(void) { return shared_value; }\n")
    write("syntax.c", "int main(void) { return 0 }\n")
    write("header.c", "#include <openssl/nothere.h>\n#include <Python_.h>\nint main(void) { return 0; }\n")
    write("types.c", "struct missing m;\nint main(void) { undeclared = 3; return f(); }\n")
    write("templates.cpp", "#include <vector>\n#include <algorithm>\nstruct S {};\nint main() { std::vector<S> v; std::sort(v.begin(), v.end()); }\n")
    write("main.rs", "fn main() { let x: u32 = \"a\"; println!(\"{}\", y); }\n")
    write("link.rs", "#[link(name = \"nothere\")] extern \"C\" { fn nothere(); }\nfn main() { unsafe { nothere() } }\n")
    write("extern.rs", "extern \"C\" { fn nothere(); }\nfn main() { unsafe { nothere() } }\n")
    write("crate.rs", "use serde::Serialize;\nfn main() {}\n")
    write("panic.rs", "fn main() { let v: Vec<u32> = vec![]; let f = std::fs::File::open(\"settings.toml\").unwrap(); println!(\"{:?} {:?}\", v[0], f); }\n")
    write("go/main.go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(undefinedName) }\n")
    write("go/unused/main.go", "package main\n\nimport \"os\"\n\nfunc main() {}\n")
    write("go/modules/main.go", "package main\n\nimport \"example.com/nothere/codec\"\n\nfunc main() { codec.Run() }\n")
    write("go/modules/go.mod", "module example.com/app\n\ngo 1.19\n")
    write("go/panic/main.go", "package main\n\nfunc main() { var m map[string]int; m[\"a\"] = 1 }\n")
    write("go/nil/main.go", "package main\n\ntype T struct{ n int }\n\nfunc main() { var t *T; println(t.n) }\n")
    write("go/cgo/main.go", "package main\n\n// #cgo LDFLAGS: -lnothere\n// int nothere(void);\nimport \"C\"\n\nfunc main() { C.nothere() }\n")
    write("go/deadlock/main.go", "package main\n\nfunc main() { c := make(chan int); <-c }\n")
    write("Missing.java", "public class Missing { public static void main(String[] a) { int x = \"a\"; Foo f; } }\n")
    write("Throws.java", "public class Throws { public static void main(String[] a) throws Exception { Class.forName(\"com.example.Codec\"); } }\n")
    write("Null.java", "public class Null { public static void main(String[] a) { String s = null; s.length(); } }\n")
    write("Heap.java", "public class Heap { public static void main(String[] a) { long[][] x = new long[1000][]; for (int i = 0; i < 1000; i++) x[i] = new long[10000000]; } }\n")
    write("test_pool.py", "import unittest\n\nclass T(unittest.TestCase):\n    def test_size(self):\n        self.assertEqual(len('libfoo.so.1'), 12)\n\n    def test_open(self):\n        open('/nonexistent/config.yaml')\n\nunittest.main()\n")
    write("Makefile", "all: missing.o\n\tcc -o all missing.o\nfail:\n\t@false\nspaces:\n        echo no tab\n")
    write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.10)\nproject(codec C)\nfind_package(Nothere REQUIRED)\nfind_library(X NAMES nothere REQUIRED)\n")
    write("old/CMakeLists.txt", "cmake_minimum_required(VERSION 99.0)\nproject(codec C)\n")
    write("link/CMakeLists.txt", "cmake_minimum_required(VERSION 3.10)\nproject(codec C)\nadd_executable(codec ../fine.c)\ntarget_link_libraries(codec nothere)\n")
    write("package.json", '{"name":"app","version":"1.0.0","scripts":{"build":"false","start":"node nothere.js"},"dependencies":{}}')
    write("broken.json", '{"name": "app",}')
    write("require.js", "const codec = require('codec-that-is-not-here');\n")
    write("import.mjs", "import codec from './nothere.mjs';\n")
    write("type.js", "const config = undefined;\nconsole.log(config.port);\n")
    write("port.js", "require('net').connect(9, '127.0.0.1');\n")
    write("reject.js", "fetch('http://127.0.0.1:9/x').then(r => r.text());\n")
    write("cargo/Cargo.toml", '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nnothere = { path = "../nothere" }\n')
    write("cargo/src/main.rs", "fn main() {}\n")
    write("test/Cargo.toml", '[package]\nname = "loader-tests"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n')
    write("test/src/lib.rs", '#[cfg(test)] mod tests {\n #[test] fn library_is_found_in_rpath() {}\n #[test] fn undefined_symbol_is_told() {}\n #[test] fn version_not_found() { assert_eq!("libfoo.so.1", "libfoo.so.2"); }\n #[test] #[ignore] fn dlopen_cannot_open_shared_object_file() {}\n}\n')
    write("crash.c", "int main(void) { return *(volatile int *)0; }\n")
    write("illegal.c", "int main(void) { __builtin_trap(); }\n")
    write("divide.c", "int main(int n, char **a) { volatile int zero = n - 1, many = 7; return many / zero; }\n")
    write("abort.c", "#include <assert.h>\nint main(int n, char **a) { assert(n > 3 && \"the symbol table is empty\"); return 0; }\n")
    write("smash.c", "#include <stdlib.h>\nint main(void) { char *p = malloc(8); free(p); free(p); return 0; }\n")
    write("throws.cpp", "#include <stdexcept>\nint main() { throw std::runtime_error(\"cannot open configuration file\"); }\n")
    write("asan.c", "#include <stdlib.h>\nint main(void) { int *p = malloc(4); return p[3]; }\n")
    write("script.sh", "set -u\necho $nothere\n")
    write("bad.sql", "select * from plugins where;\nselect nothere from libraries;\n")
    write("query.php", "<?php\nrequire 'vendor/autoload.php';\n")
    write("call.php", "<?php\nnothere_init();\n")
    write("bad.rb", "require 'nothere/codec'\n")
    write("nil.rb", "config = nil\nputs config.port\n")
    write("bad.pl", "use Nothere::Codec;\n")
    write("bad.lua", "require 'nothere'\n")
    write("bad.R", "library(nothere)\n")
    write("bad.tcl", "package require nothere\n")
    write("systemd.txt", "")


# name, command, instead, what tells the tool's version
CASES = [
    # link-time
    ("gcc-undefined-reference", "gcc undefined.c", "link-time", "gcc --version"),
    ("gpp-undefined-reference", "g++ undefined.cpp", "link-time", "g++ --version"),
    ("gcc-cannot-find-library", "gcc fine.c -lnothere -lssl11", "link-time", "gcc --version"),
    ("gcc-multiple-definition", "gcc twice_a.c twice_b.c", "link-time", "gcc --version"),
    ("gcc-recompile-with-fpic", "gcc -fno-pic -mcmodel=large -c nopic.c -o nopic.o && gcc -c -fno-pic nopic.c -o nopic.o && gcc -shared nopic.o -o libnopic.so", "link-time", "gcc --version"),
    ("gcc-dso-missing", "echo 'int f(void); int main(void){return f();}' > m.c; echo 'int g(void){return 1;}' > g.c; gcc -shared -fPIC g.c -o libg.so; echo 'int g(void); int f(void){return g();}' > f.c; gcc -shared -fPIC f.c -L. -lg -o libf.so; echo 'int f(void); int g(void); int main(void){return f()+g();}' > m.c; gcc m.c -L. -lf -Wl,-rpath-link,.", "link-time", "gcc --version"),
    ("gcc-wrong-format", "gcc -w -m32 -nostdlib -shared -fPIC /opt/app/stub/answer.c -o libw32.so; gcc /opt/app/stub/main.c -L. -lw32", "link-time", "gcc --version"),
    ("gcc-file-not-recognized", "echo text > notobject.o; gcc fine.c notobject.o", "link-time", "gcc --version"),
    ("gcc-main-missing", "echo 'int f(void){return 1;}' > nomain.c; gcc nomain.c", "link-time", "gcc --version"),
    ("gcc-hidden-symbol", "echo '__attribute__((visibility(\"hidden\"))) int h(void){return 1;}' > h.c; gcc -shared -fPIC h.c -o libh.so; echo 'int h(void); int main(void){return h();}' > m2.c; gcc m2.c -L. -lh", "link-time", "gcc --version"),
    ("lld-undefined-symbol", "gcc -fuse-ld=lld undefined.c", "link-time", "ld.lld --version"),
    ("lld-cannot-find", "gcc -fuse-ld=lld fine.c -lnothere", "link-time", "ld.lld --version"),
    ("lld-duplicate", "gcc -fuse-ld=lld twice_a.c twice_b.c", "link-time", "ld.lld --version"),
    ("lld-cpp", "g++ -fuse-ld=lld undefined.cpp", "link-time", "ld.lld --version"),
    ("lld-fpic", "gcc -fuse-ld=lld -c -fno-pic nopic.c -o nopic.o; gcc -fuse-ld=lld -shared nopic.o", "link-time", "ld.lld --version"),
    ("lld-incompatible", "gcc -fuse-ld=lld /opt/app/stub/main.c /opt/app/lib/libarm.so", "link-time", "ld.lld --version"),
    ("gold-undefined", "gcc -fuse-ld=gold undefined.c", "link-time", "ld.gold --version"),
    ("gold-cannot-find", "gcc -fuse-ld=gold fine.c -lnothere", "link-time", "ld.gold --version"),
    ("clang-undefined", "clang undefined.c", "link-time", "clang --version"),
    ("ld-undefined", "gcc -c undefined.c -o u.o; ld u.o", "link-time", "ld --version"),
    ("ld-cannot-find-crt", "ld -o x crt9.o", "link-time", "ld --version"),
    ("ld-shared-needs", "gcc -shared -fPIC -Wl,-z,defs -o libz9.so undefined.c", "link-time", "ld --version"),
    ("ld-version-script", "echo 'V1 { global: nothere; local: *; };' > v.map; gcc -shared -fPIC -fuse-ld=lld -Wl,--version-script,v.map,--no-undefined-version nopic.c -o libv.so", "link-time", "ld.lld --version"),
    ("ld-needed-library", "gcc /opt/app/stub/main2.c -L/opt/app/lib -ltwice", "link-time", "ld --version"),
    ("ld-static-glibc", "gcc -static fine.c -lnothere", "link-time", "ld --version"),
    ("rustc-link-library", "rustc -o linked link.rs", "link-time", "rustc --version"),
    ("rustc-undefined", "rustc extern.rs", "link-time", "rustc --version"),
    ("rustc-no-linker", "rustc -C linker=cc-of-nowhere panic.rs", "link-time", "rustc --version"),
    ("go-cgo-link", "cd go/cgo && GO111MODULE=off go build .", "link-time", "go version"),
    ("mingw-undefined", "x86_64-w64-mingw32-gcc undefined.c", "link-time", "x86_64-w64-mingw32-gcc --version"),
    ("mingw-cannot-find", "x86_64-w64-mingw32-gcc fine.c -lnothere", "link-time", "x86_64-w64-mingw32-gcc --version"),
    ("cmake-link", "cmake -S link -B link/build >/dev/null && cmake --build link/build", "link-time", "cmake --version"),
    ("tcc-undefined", "tcc undefined.c", "link-time", "tcc -v"),
    # compile-time
    ("gcc-syntax", "gcc -c syntax.c", "compile-time", "gcc --version"),
    ("gcc-header", "gcc -c header.c", "compile-time", "gcc --version"),
    ("gcc-types", "gcc -c types.c", "compile-time", "gcc --version"),
    ("gpp-templates", "g++ -c templates.cpp 2>&1 | head -40", "compile-time", "g++ --version"),
    ("clang-syntax", "clang -c syntax.c", "compile-time", "clang --version"),
    ("clang-header", "clang -c header.c", "compile-time", "clang --version"),
    ("rustc-types", "rustc main.rs", "compile-time", "rustc --version"),
    ("rustc-crate", "rustc crate.rs", "compile-time", "rustc --version"),
    ("go-undefined", "cd go && GO111MODULE=off go build main.go", "compile-time", "go version"),
    ("go-unused", "cd go/unused && GO111MODULE=off go build .", "compile-time", "go version"),
    ("go-module", "cd go/modules && GOFLAGS=-mod=mod GOPROXY=off go build .", "compile-time", "go version"),
    ("go-vet-path", "cd go/modules && GO111MODULE=off go build .", "compile-time", "go version"),
    ("javac-types", "javac Missing.java", "compile-time", "javac -version"),
    ("mcs-types", "echo 'class A { int x = \"a\"; Foo f; }' > a.cs; mcs a.cs", "compile-time", "mcs --version"),
    ("gcc-warnings", "gcc -Wall -Wextra -c types.c twice_a.c 2>&1 | head -20", "compile-time", "gcc --version"),
    ("cmake-package", "cmake -S . -B b1", "compile-time", "cmake --version"),
    ("cmake-version", "cmake -S old -B b2", "compile-time", "cmake --version"),
    ("pkg-config-missing", "pkg-config --cflags --libs nothere-2.0", "compile-time", "pkg-config --version"),
    ("make-no-rule", "printf 'all: missing.o\\n' | make -f -", "other", "make --version"),
    ("make-separator", "make spaces -f Makefile", "other", "make --version"),
    ("make-fails", "printf 'fail:\\n\\t@false\\n' | make -f -", "other", "make --version"),
    # modules of interpreters
    ("python-module", "/usr/bin/python3 -c 'import numpy_of_nowhere'", "interpreter-module-missing", "/usr/bin/python3 --version"),
    ("python-submodule", "/usr/bin/python3 -c 'import json.codec'", "interpreter-module-missing", "/usr/bin/python3 --version"),
    ("python-name", "/usr/bin/python3 -c 'from json import codec'", "interpreter-module-missing", "/usr/bin/python3 --version"),
    ("python-m", "/usr/bin/python3 -m nothere", "interpreter-module-missing", "/usr/bin/python3 --version"),
    ("python-relative", "/usr/bin/python3 -c 'from . import codec'", "interpreter-module-missing", "/usr/bin/python3 --version"),
    ("python3.6-module", "/root/.pyenv/versions/3.6.15/bin/python3 -c 'import nothere'", "interpreter-module-missing", "echo Python 3.6.15"),
    ("node-module", "node require.js", "interpreter-module-missing", "node --version"),
    ("node-file", "node nothere.js", "interpreter-module-missing", "node --version"),
    ("node-esm", "node import.mjs", "interpreter-module-missing", "node --version"),
    ("ruby-require", "ruby bad.rb", "interpreter-module-missing", "ruby --version"),
    ("perl-use", "perl bad.pl", "interpreter-module-missing", "perl -v | sed -n 2p"),
    ("lua-require", "lua5.4 bad.lua", "interpreter-module-missing", "lua5.4 -v"),
    ("r-library", "Rscript bad.R", "interpreter-module-missing", "Rscript --version"),
    ("tcl-package", "tclsh bad.tcl", "interpreter-module-missing", "echo Tcl 8.6"),
    ("php-autoload", "php query.php", "interpreter-module-missing", "php --version"),
    ("java-class", "java -cp . com.example.Main", "interpreter-module-missing", "java -version"),
    ("java-class-not-found", "javac Throws.java && java -cp . Throws", "interpreter-module-missing", "java -version"),
    ("java-jar", "java -jar nothere.jar", "interpreter-module-missing", "java -version"),
    ("guile-module", "guile --no-auto-compile -c '(use-modules (nothere codec))'", "interpreter-module-missing", "guile --version"),
    ("erlang-module", "erl -noshell -run nothere start -s init stop", "interpreter-module-missing", "echo Erlang/OTP 25"),
    ("dotnet-assembly", "/opt/app/stub/dotnet/dotnet nothere.dll", "interpreter-module-missing", "echo .NET Core 3.1.23"),
    # the program's own failures
    ("python-syntax", "/usr/bin/python3 -c 'print \"hello\"'", "app-code", "/usr/bin/python3 --version"),
    ("python-key", "/usr/bin/python3 -c 'config = {}\nprint(config[\"library_path\"])'", "app-code", "/usr/bin/python3 --version"),
    ("python-attribute", "/usr/bin/python3 -c 'import json; json.nothere()'", "app-code", "/usr/bin/python3 --version"),
    ("python-assert", "/usr/bin/python3 -c 'assert False, \"the symbol was not found in the table\"'", "app-code", "/usr/bin/python3 --version"),
    ("python-type", "/usr/bin/python3 -c '1 + \"a\"'", "app-code", "/usr/bin/python3 --version"),
    ("python-recursion", "/usr/bin/python3 -c 'def f(): f()\nf()' 2>&1 | tail -4", "app-code", "/usr/bin/python3 --version"),
    ("node-type", "node type.js", "app-code", "node --version"),
    ("node-reference", "node -e 'loadLibrary()'", "app-code", "node --version"),
    ("ruby-nil", "ruby nil.rb", "app-code", "ruby --version"),
    ("php-function", "php call.php", "app-code", "php --version"),
    ("perl-die", "perl -e 'use strict; my $x; die \"cannot load plugin table\\n\" unless defined $x'", "other", "perl -v | sed -n 2p"),
    ("java-null", "javac Null.java && java -cp . Null", "app-code", "java -version"),
    ("java-heap", "javac Heap.java && java -Xmx32m -cp . Heap", "app-code", "java -version"),
    ("go-panic-map", "cd go/panic && GO111MODULE=off go run .", "app-code", "go version"),
    ("go-deadlock", "cd go/deadlock && GO111MODULE=off go run .", "app-code", "go version"),
    ("rust-panic", "rustc -A warnings panic.rs -o panic && ./panic", "app-code", "rustc --version"),
    ("c-assert", "gcc abort.c -o abort && ./abort", "app-code", "gcc --version"),
    ("cpp-throws", "g++ throws.cpp -o throws && ./throws", "app-code", "g++ --version"),
    ("c-segfault", "gcc crash.c -o crash && ./crash; echo status $?", "app-code", "gcc --version"),
    ("c-double-free", "gcc -w smash.c -o smash && ./smash; echo status $?", "app-code", "gcc --version"),
    ("c-divide", "gcc divide.c -o divide && ./divide; echo status $?", "app-code", "gcc --version"),
    ("c-asan", "gcc -w -g -fsanitize=address asan.c -o asan && ./asan 2>&1 | head -25", "app-code", "gcc --version"),
    ("gdb-segfault", "gcc -g crash.c -o crash && gdb -nx -batch -ex run -ex bt ./crash", "app-code", "gdb --version"),
    ("python-unittest", "/usr/bin/python3 test_pool.py", "app-code", "/usr/bin/python3 --version"),
    ("cargo-test-fails", "cd test && CARGO_TARGET_DIR=/opt/app/home/t cargo test --offline", "app-code", "cargo --version"),
    ("bash-unbound", "bash script.sh", "app-code", "bash --version"),
    ("bash-syntax", "bash -c 'if true; then echo 1'", "app-code", "bash --version"),
    ("sqlite-syntax", "sqlite3 :memory: < bad.sql", "app-code", "sqlite3 --version"),
    ("psql-syntax", "../../stub/pg.sh 'select nothere from plugins'", "app-code", "psql --version"),
    ("awk-syntax", "awk 'BEGIN { print 1'", "app-code", "mawk -W version"),
    ("jq-like-json", "/usr/bin/python3 -m json.tool broken.json", "app-code", "/usr/bin/python3 --version"),
    ("tcl-command", "echo 'nothere 1' | tclsh", "app-code", "echo Tcl 8.6"),
    ("r-object", "Rscript -e 'print(nothere)'", "app-code", "Rscript --version"),
    ("guile-unbound", "guile --no-auto-compile -c '(nothere 1)'", "app-code", "guile --version"),
    # illegal instruction
    ("illegal-instruction", "gcc illegal.c -o illegal && ./illegal; echo status $?", "illegal-instruction", "gcc --version"),
    ("gdb-illegal", "gdb -nx -batch -ex run ./illegal", "illegal-instruction", "gdb --version"),
    ("qemu-illegal", "echo 'int main(void){ __asm__(\"vaddps %zmm0,%zmm0,%zmm0\"); return 0; }' > avx.c; gcc -mavx512f avx.c -o avx && qemu-x86_64 -cpu qemu64 ./avx; echo status $?", "illegal-instruction", "qemu-x86_64 --version"),
    # a program that starts and refuses
    ("nginx-config", "nginx -t -c /nonexistent/nginx.conf", "app-init", "nginx -v"),
    ("nginx-directive", "echo 'nothere on; events {}' > n.conf; nginx -t -c $PWD/n.conf", "app-init", "nginx -v"),
    ("apache-directive", "echo 'Nothere on' > a.conf; apache2 -t -d / -f $PWD/a.conf", "app-init", "apache2 -v"),
    ("postgres-root", "/usr/lib/postgresql/15/bin/postgres -D /opt/app/home/pg/data", "app-init", "/usr/lib/postgresql/15/bin/postgres --version"),
    ("postgres-data", "su postgres -s /bin/sh -c '/usr/lib/postgresql/15/bin/postgres -D /nonexistent'", "app-init", "/usr/lib/postgresql/15/bin/postgres --version"),
    ("psql-no-server", "psql -h /nonexistent -c 'select 1'", "network", "psql --version"),
    ("java-option", "java -XX:Nothere -version", "other", "java -version"),
    ("java-version", "java -cp /usr/share/java -Xmx1k Main", "other", "java -version"),
    ("python-option", "/usr/bin/python3 --nothere", "other", "/usr/bin/python3 --version"),
    ("node-option", "node --nothere", "other", "node --version"),
    ("gcc-option", "gcc --nothere", "other", "gcc --version"),
    ("qemu-image", "qemu-x86_64 -nothere", "other", "qemu-x86_64 --version"),
    # commands
    ("bash-command-not-found", "bash -c 'codec-tool --version'", "command-not-found", "bash --version"),
    ("dash-command-not-found", "dash -c 'codec-tool --version'", "command-not-found", "echo dash"),
    ("zsh-command-not-found", "zsh -fc 'codec-tool --version'", "command-not-found", "zsh --version"),
    ("fish-command-not-found", "fish -N -c 'codec-tool --version'", "command-not-found", "fish --version"),
    ("busybox-command-not-found", "busybox sh -c 'codec-tool --version'", "command-not-found", "busybox | head -1"),
    ("sudo-command-not-found", "sudo -n codec-tool", "command-not-found", "sudo --version"),
    ("env-command-not-found", "env codec-tool", "command-not-found", "env --version"),
    ("make-command-not-found", "printf 'all:\\n\\tcodec-tool\\n' | make -f -", "command-not-found", "make --version"),
    # permission
    ("cat-permission", "setpriv --reuid nobody cat /etc/shadow", "permission", "cat --version"),
    ("mkdir-permission", "setpriv --reuid nobody mkdir /opt/app/libs", "permission", "mkdir --version"),
    ("python-permission", "setpriv --reuid nobody /usr/bin/python3 -c 'open(\"/etc/shadow\")'", "permission", "/usr/bin/python3 --version"),
    ("node-permission", "setpriv --reuid nobody node -e 'require(\"fs\").readFileSync(\"/etc/shadow\")'", "permission", "node --version"),
    ("bind-permission", "setpriv --reuid nobody --clear-groups --bounding-set=-all --inh-caps=-all /usr/bin/python3 -c 'import os,socket; socket.socket().bind((\"203.0.113.1\", 80))'", "other", "/usr/bin/python3 --version"),
    ("cp-read-only", "cp fine.c /sys/nothere", "permission", "cp --version"),
    ("apt-lock", "setpriv --reuid nobody apt-get install -y nothere", "permission", "apt-get --version"),
    ("dpkg-permission", "setpriv --reuid nobody dpkg -i nothere.deb", "permission", "dpkg --version"),
    ("pip-permission", "setpriv --reuid nobody mkdir /usr/lib/python3/dist-packages/x", "permission", "/usr/bin/python3 --version"),
    # networks
    ("curl-refused", "curl -sS http://127.0.0.1:9/libfoo.so", "network", "curl --version"),
    ("curl-name", "curl -sS https://nothere.invalid/libfoo.so.1.tar.gz", "network", "curl --version"),
    ("curl-404", "(cd /opt/app/stub && timeout 4 /usr/bin/python3 -m http.server 8931 >/dev/null 2>&1 &) ; sleep 1; curl -fsS http://127.0.0.1:8931/nothere.so", "network", "curl --version"),
    ("wget-refused", "wget -T 2 -t 1 http://127.0.0.1:9/plugin.so", "network", "wget --version"),
    ("git-refused", "git clone http://127.0.0.1:9/codec.git", "network", "git --version"),
    ("git-name", "git clone https://nothere.invalid/codec.git", "network", "git --version"),
    ("git-not-a-repository", "git -C / status", "other", "git --version"),
    ("git-pathspec", "git init -q r; git -C r checkout libfoo.so.1", "other", "git --version"),
    ("git-merge", "cd r && git merge nothere", "other", "git --version"),
    ("ssh-refused", "ssh -o BatchMode=yes -o ConnectTimeout=2 -p 9 127.0.0.1 true", "network", "ssh -V"),
    ("ssh-name", "ssh -o BatchMode=yes nothere.invalid true", "network", "ssh -V"),
    ("node-refused", "node port.js", "network", "node --version"),
    ("node-fetch", "node reject.js", "network", "node --version"),
    ("python-refused", "/usr/bin/python3 -c 'import urllib.request; urllib.request.urlopen(\"http://127.0.0.1:9/\")' 2>&1 | tail -12", "network", "/usr/bin/python3 --version"),
    ("pip-refused", "PIP_CONFIG_FILE=/dev/null PIP_RETRIES=1 /root/.pyenv/versions/3.13.0/bin/python3 -m pip install --index-url http://127.0.0.1:9/simple nothere 2>&1", "network", "echo pip of Python 3.13"),
    ("npm-refused", "npm --registry http://127.0.0.1:9 --fetch-retries 0 --cache ./c install nothere", "network", "npm --version"),
    ("cargo-offline", "cd cargo && cargo build --offline", "other", "cargo --version"),
    ("go-proxy", "cd go/modules && GOPROXY=http://127.0.0.1:9 GONOSUMDB=* go get example.com/nothere/codec", "network", "go version"),
    ("psql-refused", "psql -h 127.0.0.1 -p 9 -c 'select 1'", "network", "psql --version"),
    ("mysql-refused", "mysql -h 127.0.0.1 -P 9 -e 'select 1'", "network", "mysql --version"),
    # display
    ("python-tkinter", "/usr/bin/python3 -c 'import tkinter; tkinter.Tk()'", "interpreter-module-missing", "/usr/bin/python3 --version"),
    ("r-no-display", "DISPLAY=:99 Rscript -e 'x11()'", "display", "Rscript --version"),
    ("wine-no-display", "env -u DISPLAY WINEPREFIX=/opt/app/home/wine WINEDEBUG=fixme-all /usr/lib/wine/wine64 explorer /desktop=x,64x64 2>&1 | head -6", "display", "/usr/lib/wine/wine64 --version"),
    # packages
    ("apt-not-found", "apt-get install -y libnothere1", "other", "apt-get --version"),
    ("dpkg-not-a-package", "dpkg -i fine.c", "other", "dpkg --version"),
    ("dpkg-query", "dpkg -S /usr/lib/libnothere.so.1", "other", "dpkg --version"),
    ("dpkg-l", "dpkg -l libnothere1", "other", "dpkg --version"),
    ("rpm-query", "rpm -q nothere-libs", "other", "rpm --version"),
    ("npm-script", "npm --silent run nothere; npm run build", "other", "npm --version"),
    ("npm-json", "mkdir -p bj && cp broken.json bj/package.json && cd bj && npm run x", "other", "npm --version"),
    ("pip-wheel-platform", "touch codec-1.0-cp27-cp27mu-manylinux2010_i686.whl; /root/.pyenv/versions/3.13.0/bin/python3 -m pip install --no-index ./codec-1.0-cp27-cp27mu-manylinux2010_i686.whl", "packaging-check", "echo pip of Python 3.13"),
    ("pip-no-match", "/root/.pyenv/versions/3.13.0/bin/python3 -m pip install --no-index nothere", "other", "echo pip of Python 3.13"),
    ("tar-not-gzip", "tar xzf fine.c", "other", "tar --version"),
    ("unzip-like", "/usr/bin/python3 -m zipfile -l fine.c 2>&1 | tail -3", "app-code", "/usr/bin/python3 --version"),
    # files and devices
    ("cat-missing", "cat /etc/codec/plugins.conf", "other", "cat --version"),
    ("cp-missing", "cp libfoo.so.1 /tmp/", "other", "cp --version"),
    ("rm-missing", "rm libfoo.so", "other", "rm --version"),
    ("cd-missing", "bash -c 'cd /opt/nothere/lib'", "other", "bash --version"),
    ("ls-missing", "ls -l /usr/lib/libnothere.so*", "other", "ls --version"),
    ("python-file-missing", "/usr/bin/python3 -c 'open(\"settings.yaml\")'", "app-code", "/usr/bin/python3 --version"),
    ("python-script-missing", "/usr/bin/python3 nothere.py", "other", "/usr/bin/python3 --version"),
    ("node-file-missing", "node -e 'require(\"fs\").readFileSync(\"/etc/codec.json\")'", "app-code", "node --version"),
    ("disk-full", "head -c 100000 /dev/zero > /dev/full", "other", "head --version"),
    ("mount-denied", "setpriv --reuid nobody mount -t tmpfs x /mnt", "permission", "mount --version"),
    ("umount-not-mounted", "umount /opt/app/lib", "other", "umount --version"),
    ("kill-no-process", "bash -c 'kill 4194000'", "other", "bash --version"),
    ("timeout-killed", "timeout -s KILL 1 sleep 5; echo status $?", "other", "timeout --version"),
    ("nm-no-symbols", "nm /opt/app/lib/libtwice.so | head -3; strip -o s.so /opt/app/lib/libtwice.so; nm s.so", "other", "nm --version"),
    ("ldd-healthy", "gcc fine.c -o fine-program; ldd /bin/ls", "other", "ldd --version"),
    ("readelf-healthy", "readelf -d /bin/ls | head -12", "other", "readelf --version"),
    ("strace-healthy", "strace -e trace=openat ./fine-program", "other", "strace --version"),
    ("ld-debug-healthy", "LD_DEBUG=libs ./fine-program 2>&1 | head -30", "other", "ldd --version"),
    ("ldconfig-verbose", "/sbin/ldconfig -n -v /opt/app/lib 2>/dev/null | tail -8", "other", "ldconfig --version"),
    ("gdb-warnings", "gdb -nx -batch -ex 'info sharedlibrary' ./fine-program", "other", "gdb --version"),
    ("openssl-certificate", "openssl x509 -in fine.c", "other", "openssl version"),
    ("gpg-like", "openssl enc -d -aes-256-cbc -in fine.c -k x", "other", "openssl version"),
    ("crontab-like", "bash -c 'exit 126'; bash -c 'ulimit -v 100000; /usr/bin/python3 -c \"x = bytearray(10**9)\"'", "app-code", "/usr/bin/python3 --version"),
]


def negatives():
    WORK.mkdir(parents=True, exist_ok=True)
    os.chmod(STAGE / "home", 0o1777)
    sources()
    group = Group("elsewhere")
    env = {"GOCACHE": "/opt/app/home/gocache", "CARGO_HOME": "/opt/app/home/cargo", "RUSTUP_HOME": "/root/.rustup", "PATH": "/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run(["stub/pg.sh", "select 1"], cwd=STAGE, capture_output=True)
    for name, command, instead, version in CASES:
        group.text(name, command, "not-a-loader-failure", instead=instead, tool=version_of(version), cwd=WORK, env=env, timeout=60)
    # What this repository's own tests print when they pass.
    logs = HERE / "logs"
    for log in sorted(logs.glob("*.txt")) if logs.exists() else []:
        group.keep(log.stem, log.read_bytes(), "cargo test", "not-a-loader-failure", "cargo test", (), None, "other", (), {}, {})
    return group


GROUPS = [negatives]
