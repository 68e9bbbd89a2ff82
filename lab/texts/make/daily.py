"""What daily tools say: healthy ones on systems from which a piece was taken away, and others that fail for reasons of their own.

Nobody tuned the rules for these texts before they were first explained.
"""

import os
import shlex
import subprocess

from recorder import HERE, STAGE, Group, version_of

WORK = STAGE / "home/daily"
LIB = "usr/lib/x86_64-linux-gnu"
# Another release's C library in place of the system's.
OLD = HERE.parents[2] / "target/provision/glibc-2.31/lib/x86_64-linux-gnu"
OLD_LIBC = f"cp -a {OLD}/* {LIB}/"
SITE = "opt/app/home/venv/lib/python3.11/site-packages"
VENV = "/opt/app/home/venv/bin/python"
NOT_FOUND = "library-not-found"
VERSION = "glibc-version-missing"


def without(*names):
    """The setup that takes libraries away."""
    return "rm -f " + " ".join(f"{LIB}/{name}*" for name in names)


def write(name, words, mode=0o644):
    path = WORK / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)
    path.chmod(mode)


def failing_sources():
    write("Plain.java", "public class Plain { public static void main(String[] a) { System.out.println(1); } }\n")
    write("Font.java", "import java.awt.*; public class Font { public static void main(String[] a) { new Canvas(); Toolkit.getDefaultToolkit(); } }\n")
    write("Jna.java", "import com.sun.jna.*; public class Jna { public interface Z extends Library { Z I = Native.load(\"zbar\", Z.class); String zlibVersion(); } public static void main(String[] a) { Z.I.zlibVersion(); } }\n")
    write("Jnasym.java", "import com.sun.jna.*; public class Jnasym { public interface Z extends Library { Z I = Native.load(\"z\", Z.class); String zng_version(); } public static void main(String[] a) { Z.I.zng_version(); } }\n")
    write("site.py", "from flaskish import app\n")
    write("flaskish/__init__.py", "from .images import resize\napp = None\n")
    write("flaskish/images.py", "import cv2\n\ndef resize(a):\n    return cv2.resize(a, (1, 1))\n")
    write("db.pl", "use DBI;\nmy $dbh = DBI->connect('dbi:Pg:dbname=shop');\n")
    write("ffi.rb", "require 'ffi'\nmodule Sodium\n  extend FFI::Library\n  ffi_lib 'sodium'\n  attach_function :sodium_init, [], :int\nend\n")
    write("ffisym.rb", "require 'ffi'\nmodule Z\n  extend FFI::Library\n  ffi_lib 'z'\n  attach_function :zng_version, [], :string\nend\n")
    write("preload.sh", "LD_PRELOAD=/usr/lib/libjemalloc.so.2 sort /dev/null\n")
    write("plug.c", "int plugin_is_GPL_compatible; void nowhere_to_be_found(void); int plugin_init(void*a,void*b){nowhere_to_be_found();return 0;}\n")
    write("one.c", "int main(void){return 0;}\n")
    write("worker/Cargo.toml", '[package]\nname = "worker"\nversion = "0.1.0"\nedition = "2021"\nbuild = "build.rs"\n[workspace]\n')
    write("worker/build.rs", 'fn main() { println!("cargo:rustc-link-search=/opt/app/home/daily/made"); println!("cargo:rustc-link-lib=thumbs"); }\n')
    write("worker/src/main.rs", 'extern "C" { fn thumb() -> i32; }\nfn main() { std::process::exit(unsafe { thumb() }) }\n#[cfg(test)] mod tests { #[test] fn one() { assert_eq!(unsafe { super::thumb() }, 0); } }\n')
    write("goc/main.go", "package main\n\n// #cgo LDFLAGS: -L/opt/app/home/daily/made -lthumbs\n// int thumb(void);\nimport \"C\"\nimport \"fmt\"\n\nfunc main() { fmt.Println(C.thumb()) }\n")
    write("goc/go.mod", "module example.com/thumbs\n\ngo 1.19\n")
    write("goc/main_test.go", "package main\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {}\n")
    write("Makefile", "check: viewer\n\t./viewer --self-test\nviewer:\n\tgcc v.c -Lmade -lthumbs -o viewer\n")
    write("v.c", "int thumb(void); int main(void){return thumb();}\n")
    write("ctest/CMakeLists.txt", "cmake_minimum_required(VERSION 3.10)\nproject(viewer C)\nenable_testing()\nadd_executable(viewer ../v.c)\ntarget_link_directories(viewer PRIVATE /opt/app/home/daily/made)\ntarget_link_libraries(viewer thumbs)\nset_target_properties(viewer PROPERTIES SKIP_BUILD_RPATH ON)\nadd_test(NAME opens COMMAND viewer)\n")
    write("addon.js", "const sharp = require('sharp');\nsharp('a.png').resize(10).toFile('b.png');\n")
    subprocess.run(
        "mkdir -p made && echo 'int thumb(void){return 0;}' > thumb.c && gcc -shared -fPIC -Wl,-soname,libthumbs.so.4 thumb.c -o made/libthumbs.so && gcc v.c -Lmade -lthumbs -o viewer"
        " && gcc -w -shared -fPIC -Wl,-z,now plug.c -o plug.so && javac -d . Plain.java Font.java && javac -cp /usr/share/java/jna.jar -d . Jna.java Jnasym.java",
        shell=True, cwd=WORK, check=True)


# name, setup, command, tool, class, other classes, names in it
BROKEN = [
    ("curl", without("libcurl.so.4"), "curl -fsS https://example.org/", "curl", NOT_FOUND, (), {"library": "libcurl.so.4", "program": "curl"}),
    ("git-remote", without("libcurl-gnutls.so.4"), "git clone https://example.org/shop.git", "git", NOT_FOUND, (), {"library": "libcurl-gnutls.so.4"}),
    ("psql", without("libpq.so.5"), "/usr/lib/postgresql/15/bin/psql -l", "psql", NOT_FOUND, (), {"library": "libpq.so.5"}),
    ("gcc-assembler", without("libctf.so", "libbfd-"), "cd /opt/app/home/daily; gcc -c one.c", "gcc", NOT_FOUND, (), {"library": "libbfd-2.40-system.so", "program": "as"}),
    ("gcc-cc1", without("libmpc.so.3"), "cd /opt/app/home/daily; gcc -c one.c", "gcc", NOT_FOUND, (), {"library": "libmpc.so.3"}),
    ("gcc-plugin", ":", "cd /opt/app/home/daily; gcc -fplugin=./plug.so -c one.c", "gcc", "undefined-symbol", (), {"symbol": "nowhere_to_be_found", "required_by": "./plug.so"}),
    ("gcc-plugin-missing", ":", "cd /opt/app/home/daily; gcc -fplugin=./nothere.so -c one.c", "gcc", "dlopen-file-not-found", (NOT_FOUND,), {"library": "./nothere.so"}),
    ("clang-plugin", ":", "cd /opt/app/home/daily; clang -fplugin=./plug.so -c one.c", "clang", "undefined-symbol", (), {"symbol": "nowhere_to_be_found"}),
    ("ld-plugin", ":", "cd /opt/app/home/daily; gcc -c one.c -o one.o && ld -plugin ./plug.so one.o", "ld", "undefined-symbol", (), {"symbol": "nowhere_to_be_found"}),
    ("python-ssl", without("libssl.so.3"), "/usr/bin/python3 -c 'import ssl'", "python3", NOT_FOUND, (), {"library": "libssl.so.3"}),
    ("python-sqlite", without("libsqlite3.so.0"), "/usr/bin/python3 -c 'import sqlite3'", "python3", NOT_FOUND, (), {"library": "libsqlite3.so.0"}),
    ("python-https", without("libssl.so.3"), "/usr/bin/python3 -c 'import urllib.request; urllib.request.urlopen(\"https://example.org\")' 2>&1 | tail -3; /usr/bin/python3 -c 'import hashlib, _ssl'", "python3", NOT_FOUND, (), {"library": "libssl.so.3"}),
    ("python-opencv", without("libGL.so.1", "libgthread-2.0.so.0", "libglib-2.0.so.0", "libxcb.so.1") + f" && rm -f {SITE}/opencv_python.libs/libxcb*", f"cd /opt/app/home/daily; {VENV} site.py", "opencv", NOT_FOUND, (), {"library": "libxcb.so.1"}),
    ("python-numpy", f"rm -f {SITE}/numpy.libs/*openblas*", f"{VENV} -c 'import numpy'", "numpy", NOT_FOUND, (), {"library": "libscipy_openblas64_-32a4b2a6.so"}),
    ("python-numpy-old-glibc", OLD_LIBC + f" && ln -sf /root/.pyenv/versions/3.11.7/bin/python3.11 py", f"{VENV} -c 'import numpy'", "numpy", VERSION, (), {"version": "GLIBC_2.35", "required_by": "/root/.pyenv/versions/3.11.7/lib/libpython3.11.so.1.0"}),
    ("python-psycopg", f"rm -f {SITE}/psycopg2_binary.libs/libpq*", f"{VENV} -c 'import psycopg2'", "psycopg2", NOT_FOUND, (), {"library": "libpq-a17e3caa.so.5.17"}),
    ("python-lxml-empty", f": > {SITE}/lxml/etree.cpython-311-x86_64-linux-gnu.so", f"{VENV} -c 'from lxml import etree'", "lxml", "elf-file-too-short", (), {"library": "/opt/app/home/venv/lib/python3.11/site-packages/lxml/etree.cpython-311-x86_64-linux-gnu.so"}),
    ("python-weasyprint", without("libgobject-2.0", "libpango"), f"{VENV} -c 'import weasyprint'", "weasyprint", NOT_FOUND, ("dlopen-file-not-found",), {"library": "libgobject-2.0-0"}),
    ("python-cairocffi", without("libcairo.so"), f"{VENV} -c 'import cairocffi'", "cairocffi", NOT_FOUND, ("dlopen-file-not-found",), {"library": "libcairo.so.2"}),
    ("python-soundfile", f"rm -rf {SITE}/_soundfile_data && " + without("libsndfile"), f"{VENV} -c 'import soundfile'", "soundfile", NOT_FOUND, ("dlopen-file-not-found",), {}),
    ("python-cryptography-noexec", ":", f"mkdir -p /mnt/n && mount -t tmpfs -o noexec tmpfs /mnt/n && cp -r /{SITE}/cryptography /{SITE}/_cffi_backend* /mnt/n/ && cd /mnt/n && {VENV} -c 'import cryptography.hazmat.bindings._rust'", "cryptography", "map-segment-noexec", (), {"library": "/mnt/n/cryptography/hazmat/bindings/_rust.abi3.so"}),
    ("node-sharp-gone", "rm -rf opt/app/home/npm/node_modules/@img/sharp-libvips-linux-x64", "cd /opt/app/home/npm; cp ../daily/addon.js .; node addon.js", "sharp", NOT_FOUND, (), {"library": "libvips-cpp.so.8.18.7"}),
    ("node-sharp-old-glibc", OLD_LIBC, "/usr/bin/node /opt/app/home/npm/addon.js", "node", VERSION, (), {"version": "GLIBC_2.36", "program": "/usr/bin/node"}),
    ("java-libjli", "find usr/lib/jvm -name libjli.so -delete", "java -version", "java", NOT_FOUND, (), {"library": "libjli.so"}),
    ("java-libjvm", "find usr/lib/jvm -name libjvm.so -delete", "java -version", "java", "java-library-path", (NOT_FOUND, "dlopen-file-not-found", "not-a-loader-failure"), {}),
    ("java-awt", without("libXtst.so.6", "libXrender.so.1", "libX11.so.6"), "cd /opt/app/home/daily; DISPLAY=:0 java -cp . Font", "java", NOT_FOUND, (), {"library": "libX11.so.6"}),
    ("java-jna", without("libzbar"), "cd /opt/app/home/daily; java -cp .:/usr/share/java/jna.jar Jna", "jna", NOT_FOUND, ("dlopen-file-not-found",), {"library": "libzbar.so"}),
    ("java-jna-symbol", ":", "cd /opt/app/home/daily; java -cp .:/usr/share/java/jna.jar Jnasym", "jna", "dlsym-symbol-missing", ("undefined-symbol",), {"symbol": "zng_version"}),
    ("java-old-glibc", OLD_LIBC, "/usr/bin/java -version", "java", VERSION, (), {"version": "GLIBC_2.34"}),
    ("perl-dbd-pg", without("libpq.so.5"), "perl /opt/app/home/daily/db.pl", "perl", NOT_FOUND, (), {"library": "libpq.so.5"}),
    ("perl-old-glibc", OLD_LIBC, "/usr/bin/perl -e 1", "perl", VERSION, (), {"program": "/usr/bin/perl"}),
    ("ruby-ffi", without("libsodium"), "ruby /opt/app/home/daily/ffi.rb", "ruby", NOT_FOUND, ("dlopen-file-not-found",), {}),
    ("ruby-ffi-symbol", ":", "ruby /opt/app/home/daily/ffisym.rb", "ruby", "dlsym-symbol-missing", ("undefined-symbol",), {"symbol": "zng_version"}),
    ("ruby-openssl", without("libssl.so.3"), "ruby -ropenssl -e 1", "ruby", NOT_FOUND, (), {"library": "libssl.so.3"}),
    ("ruby-yaml", without("libyaml-0.so.2"), "ruby -ryaml -e 1", "ruby", NOT_FOUND, (), {"library": "libyaml-0.so.2"}),
    ("ruby-itself", without("libruby"), "ruby -e 1", "ruby", NOT_FOUND, (), {"program": "ruby"}),
    ("php-pgsql", without("libpq.so.5"), "php -r 'echo 1;'", "php", NOT_FOUND, (), {"library": "libpq.so.5"}),
    ("php-itself", without("libxml2.so.2"), "php -r 'echo 1;'", "php", NOT_FOUND, (), {"library": "libxml2.so.2"}),
    ("php-by-ini-name", ":", "php -d extension=redis -r 'echo 1;'", "php", "dlopen-file-not-found", (NOT_FOUND,), {}),
    ("lua-luasql", without("libpq.so.5"), "lua5.4 -e 'require \"luasql.postgres\"'", "lua", NOT_FOUND, (), {"library": "libpq.so.5"}),
    ("lua-itself", OLD_LIBC, "/usr/bin/lua5.4 -v", "lua", VERSION, (), {"version": "GLIBC_2.34", "program": "/usr/bin/lua5.4"}),
    ("r-curl", without("libcurl.so.4"), "Rscript -e 'library(curl)'", "R", NOT_FOUND, (), {"library": "libcurl.so.4"}),
    ("r-base", without("libblas.so.3", "liblapack.so.3", "libopenblas") + f" && rm -rf {LIB}/blas {LIB}/lapack {LIB}/openblas*", "Rscript -e 'solve(diag(2))'", "R", NOT_FOUND, (), {"library": "libblas.so.3"}),
    ("nginx-module", without("libgd.so.3"), "echo 'load_module modules/ngx_http_image_filter_module.so; events {}' > /tmp/n.conf; nginx -t -c /tmp/n.conf", "nginx", NOT_FOUND, ("library-outside-search-path",), {"library": "libgd.so.3"}),
    ("nginx-itself", without("libpcre2-8.so.0"), "/usr/sbin/nginx -t", "nginx", NOT_FOUND, (), {"library": "libpcre2-8.so.0"}),
    ("apache-module", ":", "apache2 -d /usr/lib/apache2 -C 'LoadModule php_module modules/libphp.so' -C 'ServerName x' -t -f /dev/null", "apache2", "dlopen-file-not-found", (NOT_FOUND,), {"library": "/usr/lib/apache2/modules/libphp.so"}),
    ("apache-apr", without("libapr-1.so.0"), "apache2 -v", "apache2", NOT_FOUND, (), {"library": "libapr-1.so.0"}),
    ("sudo-plugin", "rm -f usr/libexec/sudo/sudoers.so", "sudo true", "sudo", "dlopen-file-not-found", (NOT_FOUND,), {"library": "/usr/libexec/sudo/sudoers.so"}),
    ("sshd", without("libwrap.so.0"), "/usr/sbin/sshd -T", "sshd", NOT_FOUND, (), {"library": "libwrap.so.0"}),
    ("redis-module", ":", "cd /opt/app/home/daily; timeout 3 redis-server --save "" --port 6399 --loadmodule ./made/libthumbs.so", "redis-server", "dlsym-symbol-missing", ("not-a-loader-failure", "not-a-module"), {}),
    ("redis-module-gone", ":", "timeout 3 redis-server --save "" --port 6399 --loadmodule /opt/redis/redisearch.so", "redis-server", "dlopen-file-not-found", (NOT_FOUND,), {}),
    ("vim", without("libtinfo.so.6"), "vim --version", "vim", NOT_FOUND, (), {"library": "libtinfo.so.6"}),
    ("bash-itself", without("libtinfo.so.6"), "exec bash -c 'echo 1'", "bash", NOT_FOUND, (), {"library": "libtinfo.so.6"}),
    ("apt", without("libapt-pkg.so.6.0"), "apt-get update", "apt-get", NOT_FOUND, (), {"library": "libapt-pkg.so.6.0"}),
    ("make-check", ":", "cd /opt/app/home/daily; make check", "make", NOT_FOUND, (), {"library": "libthumbs.so.4", "program": "./viewer"}),
    ("ctest", ":", "cd /opt/app/home/daily; cmake -S ctest -B ct >/dev/null && cmake --build ct >/dev/null && ctest --test-dir ct --output-on-failure", "ctest", NOT_FOUND, (), {"library": "libthumbs.so.4"}),
    ("cargo-run", ":", "cd /opt/app/home/daily/worker; CARGO_TARGET_DIR=/tmp/wt cargo run --offline", "cargo", NOT_FOUND, (), {"library": "libthumbs.so.4"}),
    ("cargo-test", ":", "cd /opt/app/home/daily/worker; CARGO_TARGET_DIR=/tmp/wt cargo test --offline", "cargo", NOT_FOUND, (), {"library": "libthumbs.so.4"}),
    ("go-run", ":", "cd /opt/app/home/daily/goc; go run .", "go", NOT_FOUND, (), {"library": "libthumbs.so.4"}),
    ("go-test", ":", "cd /opt/app/home/daily/goc; go test .", "go", NOT_FOUND, (), {"library": "libthumbs.so.4"}),
    ("rustc-driver", "find root/.rustup -name 'librustc_driver*' -delete", "/root/.cargo/bin/rustc --version", "rustc", NOT_FOUND, (), {"library": "librustc_driver-6108105cd7e839cf.so"}),
    ("systemd-analyze", without("systemd/libsystemd-shared"), "systemd-analyze", "systemctl", NOT_FOUND, (), {}),
    ("openssl-provider", ":", "openssl list -providers -provider legacy2", "openssl", "dlopen-file-not-found", (NOT_FOUND,), {"library": "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy2.so"}),
    ("preload", ":", "sh /opt/app/home/daily/preload.sh", "ld.so", "preload-missing", (), {"library": "/usr/lib/libjemalloc.so.2"}),
    ("busybox-host-curl", "rm -f lib64/ld-linux-x86-64.so.2", "/usr/bin/curl --version; /usr/bin/git status", "busybox", "interp-missing", ("exec-file-not-found", "shebang-bad-interpreter"), {"path": "/usr/bin/curl"}),
    ("busybox-python-script", "rm -f usr/bin/python3*", "/opt/app/home/daily/tool.py --help", "busybox", "shebang-bad-interpreter", ("interp-missing", "exec-file-not-found"), {"path": "/opt/app/home/daily/tool.py"}),
    ("venv-elsewhere", "mv opt/app/home/venv opt/app/venv2", "/opt/app/venv2/bin/weasyprint --version", "bash", "shebang-bad-interpreter", ("interp-missing", "exec-file-not-found"), {"path": "/opt/app/venv2/bin/weasyprint"}),
    ("npm-bin", ":", "cd /opt/app/home/npm; node_modules/.bin/webpack", "bash", "exec-file-not-found", ("interp-missing", "shebang-bad-interpreter"), {"path": "node_modules/.bin/webpack"}),
    ("busybox-arm", ":", "/opt/app/home/daily/arm", "busybox", "exec-format-arch", (), {"path": "/opt/app/home/daily/arm"}),
    ("musl-host-library", ":", "/opt/app/home/daily/mopen /usr/lib/x86_64-linux-gnu/libpq.so.5", "musl", NOT_FOUND, ("musl-glibc-symbol-missing", "undefined-symbol", "glibc-library-under-musl", "library-outside-search-path"), {"library": "libssl.so.3", "required_by": "/usr/lib/x86_64-linux-gnu/libpq.so.5"}),
    ("musl-host-png", ":", "/opt/app/home/daily/mopen /usr/lib/x86_64-linux-gnu/libcap.so.2", "musl", NOT_FOUND, ("musl-glibc-symbol-missing", "undefined-symbol", "glibc-library-under-musl", "musl-glibc-loader-needed", "library-outside-search-path"), {"symbol": "__asprintf_chk", "required_by": "/usr/lib/x86_64-linux-gnu/libcap.so.2"}),
    ("musl-host-crypto", ":", "LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu /opt/app/home/daily/mopen libzstd.so.1", "musl", "musl-glibc-symbol-missing", ("undefined-symbol", "glibc-library-under-musl", "musl-glibc-loader-needed"), {"symbol": "__fprintf_chk", "required_by": "/usr/lib/x86_64-linux-gnu/libzstd.so.1"}),
    ("old-glibc-git", OLD_LIBC, "/usr/local/bin/git --version", "git", VERSION, (), {"version": "GLIBC_2.34", "required_by": "/usr/local/bin/git"}),
    ("old-glibc-python", OLD_LIBC, "/usr/bin/python3 -c 1", "python3", VERSION, (), {"program": "/usr/bin/python3"}),
    ("old-glibc-sqlite", OLD_LIBC, "/usr/bin/sqlite3 --version", "sqlite3", VERSION, (), {"version": "GLIBC_2.34", "program": "/usr/bin/sqlite3"}),
]
# Started by a static shell: nothing else would start there.
STATIC = "/opt/app/home/static/bin/busybox"


def broken_systems():
    WORK.mkdir(parents=True, exist_ok=True)
    failing_sources()
    write("tool.py", "#!/usr/bin/python3\nprint(1)\n", 0o755)
    subprocess.run(
        f"aarch64-linux-gnu-gcc -nostdlib -static -Wl,-e,main one.c -o arm; musl-gcc {STAGE}/stub/opener.c -o mopen || (printf '#include <dlfcn.h>\\n#include <stdio.h>\\nint main(int n,char**a){{if(!dlopen(a[1],2)){{fprintf(stderr,\"%%s\\\\n\",dlerror());return 1;}}return 0;}}' > o.c && musl-gcc o.c -o mopen)",
        shell=True, cwd=WORK)
    group = Group("daily-failures")
    for name, setup, command, tool, class_, also, names in BROKEN:
        shell = (STATIC, "sh", "-c") if OLD_LIBC in setup or "ld-linux" in setup or name.startswith("busybox") or "libtinfo" in setup else ("/bin/bash", "-c")
        # The overlay's own path is no part of what people see.
        call = ["unshare", "-m", "--propagation", "private", str(HERE / "broken.sh"), setup]
        env = {"HOME": "/root", "GOCACHE": "/tmp/gocache", "GOFLAGS": "-mod=mod", "PATH": "/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "CARGO_HOME": "/opt/app/home/cargo", "RUSTUP_HOME": "/root/.rustup"}
        said = subprocess.run([*call, *shell, command], capture_output=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={**os.environ, "LANG": "C.UTF-8", "TERM": "dumb", **env}, timeout=300, cwd="/").stdout
        group.keep(name, said, f"{tool} of a system after: {setup.replace(str(OLD), 'glibc-2.31')}" + "\n" + command, class_, tool_of(tool), also, None, None, (), names, {})
    return group


def tool_of(tool):
    known = {"ld.so": "ldd --version", "numpy": f"echo numpy 2", "musl": "echo musl 1.2.3", "busybox": f"{STATIC} | head -1", "ctest": "ctest --version", "go": "go version", "java": "java -version", "jna": "echo JNA 5.13", "lua": "lua5.4 -v", "R": "Rscript --version", "perl": "perl -v | sed -n 2p", "ld": "ld --version", "su": "echo util-linux su", "rustc": "rustc --version", "cargo": "cargo --version"}
    for wheel in ("opencv", "psycopg2", "lxml", "weasyprint", "cairocffi", "soundfile", "cryptography", "sharp"):
        known[wheel] = f"echo {wheel} of 2026"
    return version_of(known.get(tool, f"{tool} --version | head -1"))


def other_sources():
    write("port.c", "#include <nothere/port.h>\nint main(void){return 0;}\n")
    write("many.cpp", "#include <map>\n#include <string>\nint main(){ std::map<std::string,int> m; m[3] = \"x\"; return m; }\n")
    write("bad.s", "\tfrobnicate %rax\n\tmov %xyz, %rbx\n")
    write("tabs.mk", "all:\n    echo spaces\n")
    write("loop.mk", "a: b\n\techo a\nb: a\n\techo b\nc:\n\texit 3\n")
    write("meson.build", "project('viewer', 'c')\ndependency('nothere-2.0')\n")
    write("build.ninja", "build out: nothere in\n")
    write("configure.ac", "AC_INIT([viewer],[1.0])\nAM_NOTHERE([x])\nAC_OUTPUT\n")
    write("zero.py", "def share(total, people):\n    return total / people\n\nprint(share(10, 0))\n")
    write("circular_a.py", "from circular_b import run\n\ndef start():\n    run()\n")
    write("circular_b.py", "from circular_a import start\n\ndef run():\n    start()\n")
    write("broken.json", '{"plugins": ["libcodec.so", ]}')
    write("proc.py", "import subprocess\nsubprocess.run(['tar', 'xf', '/nonexistent.tar'], check=True)\n")
    write("db.py", "import sqlite3\nsqlite3.connect(':memory:').execute('select * from plugins')\n")
    write("args.py", "import argparse\np = argparse.ArgumentParser()\np.add_argument('--library', required=True)\np.parse_args()\n")
    write("test_sample.py", "import pytest\n\ndef test_dlopen_missing_library():\n    assert 'libfoo.so.1' in ['libfoo.so.2']\n\ndef test_symbol():\n    raise RuntimeError('symbol table has no entry')\n\ndef test_fine(): pass\n")
    write("log.py", "import logging\nlogging.basicConfig()\ntry:\n    {}['shared_object']\nexcept KeyError:\n    logging.exception('worker failed while it handled the request')\n")
    write("Index.java", "public class Index { public static void main(String[] a) { int[] x = new int[2]; for (int i = 0; i < 3; i++) x[i] = i; } }\n")
    write("Cast.java", "public class Cast { public static void main(String[] a) { Object o = \"plugin\"; Integer i = (Integer) o; } }\n")
    write("Wrapped.java", "public class Wrapped { public static void main(String[] a) { try { Integer.parseInt(\"libfoo.so\"); } catch (Exception e) { throw new IllegalStateException(\"cannot load settings\", e); } } }\n")
    write("Pack.java", "import org.nothere.codec.Codec;\npublic class Pack { Codec c; }\n")
    write("newer.class.hex", "")
    write("pom.xml", "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies><dependency><groupId>org.nothere</groupId><artifactId>codec</artifactId><version>9</version></dependency></dependencies></project>\n")
    write("g/go.mod", "module example.com/g\n\ngo 1.19\n")
    write("g/main.go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Printf(\"%d\\n\", \"x\"); var s []int; fmt.Println(s[5]) }\n")
    write("g/main_test.go", "package main\n\nimport \"testing\"\n\nfunc TestPlugin(t *testing.T) { t.Errorf(\"plugin was built with a different version, want %s\", \"none\") }\nfunc TestPanic(t *testing.T) { var m map[string]int; m[\"x\"]++ }\n")
    write("g2/go.mod", "module example.com/g2\n\ngo 1.19\n\nrequire example.com/nothere v1.0.0\n")
    write("g2/main.go", "package main\n\nimport _ \"example.com/nothere\"\n\nfunc main() {}\n")
    write("g3/go.mod", "module example.com/g3\n\ngo 9.99\n")
    write("g3/main.go", "package main\n\nfunc main() {}\n")
    write("cyc/go.mod", "module example.com/cyc\n\ngo 1.19\n")
    write("cyc/a/a.go", "package a\n\nimport _ \"example.com/cyc/b\"\n")
    write("cyc/b/b.go", "package b\n\nimport _ \"example.com/cyc/a\"\n")
    write("c1/Cargo.toml", '[package]\nname = "c1"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n')
    write("c1/src/main.rs", "fn take(v: Vec<u8>) {}\nfn main() { let v = vec![1]; take(v); println!(\"{:?}\", v); let n: u8 = 300; nothere::run(); }\n")
    write("c2/Cargo.toml", '[package]\nname = "c2"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n')
    write("c2/src/main.rs", "fn main() { let n: i32 = std::env::args().count() as i32; let v = [1, 2]; println!(\"{}\", v[n as usize + 5]); let r: Result<(), String> = Err(\"library is closed\".into()); r.expect(\"cannot go on\"); }\n")
    write("c3/Cargo.toml", '[package]\nname = "c3"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nnothere-codec = "9"\n[workspace]\n')
    write("c3/src/main.rs", "fn main() {}\n")
    write("esm.js", "import fs from 'fs';\nconsole.log(fs);\n")
    write("json.js", "JSON.parse('{\"library\": libfoo}');\n")
    write("reject.js", "Promise.reject(new Error('symbol service is down'));\n")
    write("heap.js", "const a = []; for (;;) a.push(new Array(100000).fill(1.5));\n")
    write("assert.js", "require('assert').strictEqual('libfoo.so.1', 'libfoo.so.2');\n")
    write("pkg/package.json", '{"name":"shop","version":"1.0.0","scripts":{"test":"node -e \\"process.exit(2)\\""},"engines":{"node":">=99"}}')
    write("boom.rb", "def total(list) = list.sum / list.count\nputs total([])\n")
    write("arg.rb", "def open_library(name, flags) = nil\nopen_library('libfoo.so')\n")
    write("Gemfile", "source 'https://127.0.0.1:9'\ngem 'nothere-codec'\n")
    write("die.pl", "use strict; use warnings;\nopen(my $f, '<', '/etc/nothere.conf') or die \"cannot open configuration: $!\";\n")
    write("strict.pl", "use strict;\n$library = 'libfoo.so';\n")
    write("type.php", "<?php\ndeclare(strict_types=1);\nfunction f(int $x) { return $x; }\necho f('libfoo.so');\n")
    write("parse.php", "<?php\n$x = [1, 2;\n")
    write("inc.php", "<?php\nrequire 'lib/loader.php';\n")
    write("err.lua", "local library = nil\nprint(library.name)\n")
    write("bad.conf", "frontend web\n  bind :80\n  use_backend nothere\n")
    write("l.conf", 'server.document-root = "/nonexistent"\nserver.port = nothere\n')
    write("proxy.conf", "events {}\nhttp { server { listen 80; location / { proxy_pass http://nothere-upstream; } } }\n")
    write("sshd.conf", "Port 22\nNothere yes\n")
    write("redis.conf", "nothere 1\n")
    write("rotate.conf", "/var/log/x.log {\n  nothere\n  rotate many\n}\n")
    write("crash.c", "#include <string.h>\nint main(int n,char**a){ return strlen((char*)(long)(n-1)); }\n")
    write("stack.c", "int f(int n){ volatile char b[4096]; b[0]=n; return f(n+1)+b[0]; } int main(void){return f(0);}\n")
    write("ud.c", "int main(void){ __asm__ volatile(\"ud2\"); return 0; }\n")
    write("bus.c", "#include <signal.h>\nint main(void){ raise(SIGBUS); }\n")
    write("oob.cpp", "#include <vector>\n#include <new>\nint main(){ std::vector<int> v(2); v.at(9); }\n")
    write("alloc.cpp", "#include <vector>\nint main(){ std::vector<char> v; v.resize(1ul<<60); }\n")
    write("ubsan.c", "int main(int n,char**a){ int x=2147483647; return x+n; }\n")
    write("leak.c", "#include <stdlib.h>\n#include <stdio.h>\nint main(void){ int *p=malloc(40); if (p[3]) puts(\"set\"); p=0; return 0; }\n")
    write("f.f90", "program x\n  integer :: i\n  i = 'a'\n  call nothere(i)\nend program\n")
    write("x.ml", "let x : int = \"a\"\n")
    subprocess.run("javac -d . Index.java Cast.java Wrapped.java && mkdir -p newer && javac -d newer Index.java && printf '\\377' | dd of=newer/Index.class bs=1 seek=7 conv=notrunc status=none; gcc crash.c -o crash; gcc -O0 stack.c -o stack; gcc ud.c -o ud; gcc bus.c -o bus; g++ oob.cpp -o oob; g++ alloc.cpp -o alloc; gcc -w -fsanitize=undefined ubsan.c -o ubsan; gcc -g leak.c -o leak; tar cf t.tar one.c; gcc -c one.c -o one.o; ar rc libone.a one.o", shell=True, cwd=WORK, check=True)


OTHERS = [
    ("gcc-missing-header", "gcc -c port.c", "compile-time"),
    ("gpp-conversion", "g++ -c many.cpp", "compile-time"),
    ("assembler", "as bad.s -o x.o", "compile-time"),
    ("gfortran", "gfortran f.f90", "compile-time"),
    ("ocaml", "ocaml x.ml", "compile-time"),
    ("gcc-as-needed", "echo 'double sin(double); int main(int n,char**a){return sin(n)>0;}' > s.c; gcc -O0 -fno-builtin s.c", "link-time"),
    ("gcc-lto", "echo x > libbroken.a; gcc one.c -L. -lbroken", "link-time"),
    ("gcc-entry", "gcc -nostdlib one.c -Wl,-T,/nonexistent.ld", "link-time"),
    ("clang-linker", "clang -fuse-ld=nothere one.c", "other"),
    ("clang-target", "clang --target=riscv64-linux-gnu one.c", None),
    ("ar-not-archive", "ar t one.c", "other"),
    ("objdump-format", "objdump -d one.c", "other"),
    ("readelf-not-elf", "readelf -h one.c", "other"),
    ("patchelf-not-elf", "patchelf --print-rpath one.c", "other"),
    ("strip-static", "strip one.c", "other"),
    ("make-tabs", "make -f tabs.mk", "other"),
    ("make-circular", "make -f loop.mk a; make -f loop.mk c", "other"),
    ("make-no-target", "make -f loop.mk install", "other"),
    ("ninja-rule", "ninja", "other"),
    ("meson-dependency", "meson setup bm", "compile-time"),
    ("autoconf-macro", "autoconf", None),
    ("cmake-compiler", "mkdir -p cm; printf 'cmake_minimum_required(VERSION 3.10)\\nproject(x C)\\nadd_executable(x nothere.c)\\n' > cm/CMakeLists.txt; cmake -S cm -B cm/b", "compile-time"),
    ("cmake-find-library", "mkdir -p cl; printf 'cmake_minimum_required(VERSION 3.10)\\nproject(x C)\\nfind_package(PkgConfig REQUIRED)\\npkg_check_modules(Z REQUIRED nothere>=2)\\n' > cl/CMakeLists.txt; cmake -S cl -B cl/b", "compile-time"),
    ("cmake-toolchain", "mkdir -p ct2; printf 'cmake_minimum_required(VERSION 3.10)\\nproject(x Swift)\\n' > ct2/CMakeLists.txt; cmake -S ct2 -B ct2/b", "compile-time"),
    ("npm-missing-script", "cd pkg && npm run deploy", None),
    ("npm-refused-name", "npm --registry http://nothere.invalid --fetch-retries 0 install left-pad-of-nowhere", "network"),
    ("node-json", "node json.js", "app-code"),
    ("node-rejection", "node reject.js", "app-code"),
    ("node-heap", "node --max-old-space-size=60 heap.js", "app-code"),
    ("node-assert", "node assert.js", "app-code"),
    ("node-subpath", "node -e 'require(\"fs/nothere\")'", "interpreter-module-missing"),
    ("rollup-optional", "cd /opt/app/home/npm && rm -rf node_modules/@rollup/rollup-linux-x64-* && node -e 'require(\"rollup\")'", "interpreter-module-missing"),
    ("esbuild-optional", "cd /opt/app/home/npm && rm -rf node_modules/@esbuild/linux-x64 && node -e 'require(\"esbuild\").transformSync(\"1\")'", "interpreter-module-missing"),
    ("pip-managed", "/usr/bin/python3 -m pip install requests", "packaging-check"),
    ("pip-file", "/opt/app/home/venv/bin/python -m pip install -r nothere.txt", "other"),
    ("pip-build", "mkdir -p sd && echo 'raise SystemExit(\"setup needs libfoo headers\")' > sd/setup.py && /opt/app/home/venv/bin/python -m pip install --no-build-isolation --no-index ./sd", None),
    ("python-zero", "/usr/bin/python3 zero.py", "app-code"),
    ("python-circular", "/usr/bin/python3 -c 'import circular_a'", "interpreter-module-missing"),
    ("python-json", "/usr/bin/python3 -c 'import json; json.load(open(\"broken.json\"))'", "app-code"),
    ("python-called", "/usr/bin/python3 proc.py", "app-code"),
    ("python-sqlite-table", "/usr/bin/python3 db.py", "app-code"),
    ("python-arguments", "/usr/bin/python3 args.py", "app-code"),
    ("python-index", "/usr/bin/python3 -c 'print([\"liba.so\"][3])'", "app-code"),
    ("python-runtime", "/usr/bin/python3 -c 'raise RuntimeError(\"no plugin could be loaded\")'", "app-code"),
    ("python-custom", "/usr/bin/python3 -c 'class PluginError(Exception): pass\nraise PluginError(\"libcodec refused the stream\")'", "app-code"),
    ("python-refused", "/usr/bin/python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 9))'", "network"),
    ("python-gai", "/usr/bin/python3 -c 'import socket; socket.create_connection((\"nothere.invalid\", 9))'", "network"),
    ("python-oserror-28", "/usr/bin/python3 -c 'open(\"/dev/full\",\"w\").write(\"x\"*99999)'", "other"),
    ("python-dir", "/usr/bin/python3 -c 'open(\"/etc\")'", "app-code"),
    ("python-logging", "/usr/bin/python3 log.py", "app-code"),
    ("python-stdin-keyboard", "timeout -s INT 1 /usr/bin/python3 -c 'import time; time.sleep(5)'", "app-code"),
    ("pytest", "/usr/bin/python3 -m pytest -p no:cacheprovider test_sample.py", "app-code"),
    ("python-mod-numpy-abi", "/usr/bin/python3 -c 'import sys; sys.path.insert(0, \"/opt/app/home/venv/lib/python3.11/site-packages\"); import tensorflow'", "interpreter-module-missing"),
    ("java-index", "java Index", "app-code"),
    ("java-cast", "java Cast", "app-code"),
    ("java-wrapped", "java Wrapped", "app-code"),
    ("java-newer-class", "java -cp newer Index", "other"),
    ("javac-package", "javac Pack.java", "compile-time"),
    ("mvn-offline", "mvn -q -o package", None),
    ("java-jar-manifest", "jar cf x.jar Index.class && java -jar x.jar", "interpreter-module-missing"),
    ("go-vet", "cd g && go vet .", "compile-time"),
    ("go-test-fails", "cd g && go test -vet=off .", "app-code"),
    ("go-panic-index", "cd g && go run -vet=off . 2>&1 || go run .", "app-code"),
    ("go-missing-sum", "cd g2 && GOFLAGS=-mod=readonly GOPROXY=off go build .", "compile-time"),
    ("go-cycle", "cd cyc && go build ./...", "compile-time"),
    ("go-no-files", "mkdir -p gempty && cd gempty && GO111MODULE=off go build .", "compile-time"),
    ("cargo-borrow", "cd c1 && CARGO_TARGET_DIR=/tmp/ct1 cargo build --offline", "compile-time"),
    ("cargo-panic", "cd c2 && CARGO_TARGET_DIR=/tmp/ct2 cargo run --offline 2>&1 | tail -8", "app-code"),
    ("cargo-no-crate", "cd c3 && CARGO_TARGET_DIR=/tmp/ct3 cargo build --offline", "compile-time"),
    ("cargo-no-manifest", "cd / && cargo build", "other"),
    ("ruby-zero", "ruby boom.rb", "app-code"),
    ("ruby-arguments", "ruby arg.rb", "app-code"),
    ("bash-bundle", "bundle install", "command-not-found"),
    ("perl-open", "perl die.pl", "app-code"),
    ("perl-strict", "perl strict.pl", "app-code"),
    ("php-type", "php type.php", "app-code"),
    ("php-parse", "php parse.php", "app-code"),
    ("php-include", "php inc.php", "interpreter-module-missing"),
    ("lua-nil", "lua5.4 err.lua", "app-code"),
    ("r-source", "Rscript -e 'source(\"nothere.R\")'", "other"),
    ("haproxy-config", "haproxy -c -f bad.conf", "app-init"),
    ("lighttpd-config", "lighttpd -tt -f l.conf", "app-init"),
    ("nginx-upstream", "nginx -t -c $PWD/proxy.conf", "app-init"),
    ("sshd-config", "/usr/sbin/sshd -t -f sshd.conf", "app-init"),
    ("redis-config", "redis-server redis.conf", "app-init"),
    ("redis-refused", "redis-cli -p 9 ping", "network"),
    ("visudo", "echo 'joe ALLL' > s.d; visudo -cf s.d", None),
    ("systemctl-no-systemd", "systemctl start nginx", "app-init"),
    ("kubectl-refused", "kubectl --server http://127.0.0.1:9 get pods", "network"),
    ("kubectl-config", "kubectl --kubeconfig /nonexistent get pods", None),
    ("runc-no-config", "mkdir -p rc && cd rc && runc run x", "other"),
    ("iptables", "setpriv --reuid nobody iptables -L", "permission"),
    ("mount-type", "mount -t nothere /dev/null /mnt", "other"),
    ("mount-missing", "mount /dev/sdz9 /mnt", "other"),
    ("dd-permission", "setpriv --reuid nobody dd if=/dev/zero of=/usr/lib/x.so count=1", "permission"),
    ("bash-redirect", "setpriv --reuid nobody bash -c 'echo x > /etc/x'", "permission"),
    ("bash-parenthesis", "bash -c 'echo (1'", "app-code"),
    ("bash-too-long", "bash -c '/bin/true $(seq 1 2000000)'", "other"),
    ("bash-fork", "bash -c 'ulimit -n 3; exec 3< /etc/passwd 4< /etc/passwd; cat < /etc/passwd'", "other"),
    ("bash-busy", "cp one.o busy; cp /bin/sleep busy; chmod +x busy; ./busy 2 & sleep 0.3; echo x > busy", "other"),
    ("crash-segfault", "bash -c './crash; echo $?'", "app-code"),
    ("crash-stack", "bash -c './stack; echo $?'", "app-code"),
    ("crash-illegal", "bash -c './ud; echo $?'", "illegal-instruction"),
    ("crash-bus", "bash -c './bus; echo $?'", "app-code"),
    ("crash-at", "./oob", "app-code"),
    ("crash-length", "./alloc", "app-code"),
    ("crash-ubsan", "./ubsan", "app-code"),
    ("valgrind", "valgrind -q ./leak 2>&1 | head -12", "app-code"),
    ("gdb-backtrace", "gdb -nx -batch -ex run -ex bt ./crash", "app-code"),
    ("gdb-no-file", "gdb -nx -batch -ex run ./nothere", "other"),
    ("strace-denied", "setpriv --reuid nobody strace -p 1", "permission"),
    ("kernel-segfault", "./crash; dmesg | grep -a crash | tail -3", "app-code"),
    ("kernel-trap", "./ud; dmesg | grep -a 'ud\\[' | tail -3", "illegal-instruction"),
    ("git-conflict", "rm -rf gc; git init -q gc && cd gc && git config user.email a@b && git config user.name a && echo 1 > libfoo.so && git add . && git commit -qm 1 && git checkout -qb x && echo 2 > libfoo.so && git commit -qam 2 && git checkout -q - && echo 3 > libfoo.so && git commit -qam 3 && git merge x", "other"),
    ("git-push", "cd gc && git push origin main", "other"),
    ("git-patch", "cd gc && printf 'x\\n' | git apply", "other"),
    ("git-ssh", "GIT_SSH_COMMAND='ssh -o BatchMode=yes -o ConnectTimeout=2 -p 9' git clone git@127.0.0.1:shop.git", "network"),
    ("svn", "svn checkout http://127.0.0.1:9/x", "network"),
    ("curl-scheme", "curl nothere://example.org/", "network"),
    ("curl-tls", "(openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=localhost -days 9 2>/dev/null; timeout 4 openssl s_server -quiet -accept 8943 -key k.pem -cert c.pem >/dev/null 2>&1 &) ; sleep 1.5; curl https://localhost:8943/", "network"),
    ("wget-name", "wget -T 2 -t 1 https://nothere.invalid/libfoo.so.1", "network"),
    ("rsync", "rsync -a /nonexistent/ /tmp/x/", "other"),
    ("scp", "scp -o BatchMode=yes -P 9 127.0.0.1:/x .", "network"),
    ("tar-missing", "tar xf t.tar nothere.c", "other"),
    ("tar-open", "tar xf nothere.tar.gz", "other"),
    ("gzip", "gzip -d one.c", "other"),
    ("openssl-key", "openssl rsa -in one.c", "other"),
    ("psql-port", "psql -h 127.0.0.1 -p 9 -U app shop", "network"),
    ("mysql-socket", "mysql -S /nonexistent.sock -e 1", "network"),
    ("sqlite-locked", "sqlite3 /nonexistent/x.db 'select 1'", "other"),
    ("sqlite-not-db", "sqlite3 one.c 'select 1'", "other"),
    ("apt-unable", "apt-get install -y libssl1.1-of-old", "packaging-check"),
    ("apt-lists", "apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=- install -y nothere-tools", "packaging-check"),
    ("dpkg-missing", "dpkg -i nothere_1.0_amd64.deb", "other"),
    ("dpkg-archive", "cp one.c x.deb; dpkg -i x.deb", "other"),
    ("rpm-file", "rpm -i nothere.rpm", "other"),
    ("ldconfig-link", "mkdir -p lc; cp made/libthumbs.so lc/libthumbs.so.4; echo text > lc/libtext.so.1; /sbin/ldconfig -n -v lc", "other"),
    ("ldd-script", "ldd tool.py", "other"),
    ("file-like", "file made/libthumbs.so arm", "other"),
    ("named-conf", "echo 'nothere { };' > n.conf; named-checkconf n.conf", "app-init"),
    ("chown", "setpriv --reuid nobody chown root one.c", "permission"),
    ("ping-like", "setpriv --reuid nobody --clear-groups --bounding-set=-all --inh-caps=-all /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'", "permission"),
    ("port-busy", "/usr/bin/python3 -c 'import socket; a=socket.socket(); a.bind((\"127.0.0.1\",8977)); a.listen(); b=socket.socket(); b.bind((\"127.0.0.1\",8977))'", "app-init"),
]


def everyday():
    WORK.mkdir(parents=True, exist_ok=True)
    other_sources()
    group = Group("daily-others")
    env = {"GOCACHE": "/opt/app/home/gocache", "CARGO_HOME": "/opt/app/home/cargo", "RUSTUP_HOME": "/root/.rustup", "GOTOOLCHAIN": "local", "PATH": "/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NO_COLOR": "1"}
    for name, command, instead in OTHERS:
        group.text(name, command, "not-a-loader-failure", instead=instead or "other", tool=name.split("-")[0], cwd=WORK, env=env, timeout=60)
    return group


GROUPS = [broken_systems, everyday]
