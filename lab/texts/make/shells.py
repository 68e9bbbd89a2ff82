"""What shells, and programs that start programs, say of a program that does not start."""

from recorder import Group, version_of, without_musl

MUSL = "/lib/ld-musl-x86_64.so.1"
# (name, how it is called, what tells its version)
SHELLS = [
    ("bash", ("bash", "-c"), "bash --version"),
    ("dash", ("dash", "-c"), "echo dash $(dpkg-query -W -f '${Version}' dash)"),
    ("busybox", ("busybox", "sh", "-c"), "busybox | head -1"),
    ("zsh", ("zsh", "-fc"), "zsh --version"),
    ("fish", ("fish", "-N", "-c"), "fish --version"),
    ("ksh", ("ksh", "-c"), "echo ksh93u+m $(dpkg-query -W -f '${Version}' ksh93u+m)"),
    ("mksh", ("mksh", "-c"), "echo mksh $(dpkg-query -W -f '${Version}' mksh)"),
    ("tcsh", ("tcsh", "-fc"), "tcsh --version"),
    ("yash", ("yash", "-c"), "yash --version"),
    ("posh", ("posh", "-c"), "echo posh $(dpkg-query -W -f '${Version}' posh)"),
]
# These try to read the program as a script.
RUN_AS_SCRIPT = ()
# These do not name the program.
NAMELESS = ("python-execv", "rust-command", "php-proc-open", "strace")
# These name it otherwise.
PATHS = {"chroot": "/opt/app/./needs-musl", "start-stop-daemon": "/opt/app/./needs-musl", "gdb": "/opt/app/needs-musl"}
# Shells that give the kernel's ENOENT on as it is: the words do not say what it was that is missing.
# One of these words stands in every text of a file that is missing.
ABSENT = rb"Check the interpreter|not found|o such file|Command not found|no such command|does not exist|enoent|ENOENT|required file"
UNDECIDED = ("exec-file-not-found", "shebang-bad-interpreter")


def shells():
    without_musl()
    group = Group("shells")
    for name, call, version in SHELLS:
        tool = version_of(version)

        def text(what, command, class_, **more):
            group.text(f"{name}-{what}", command, class_, tool=tool, shell=call, **more)

        text("interpreter-missing", "./needs-musl", "interp-missing", also=UNDECIDED, cause="interp-missing", says=ABSENT, path="./needs-musl")
        text("interpreter-missing-then-more", "./needs-nix --version; echo ended", "interp-missing", also=UNDECIDED, cause="interp-missing", says=ABSENT, path="./needs-nix")
        text("script-interpreter-missing", "./python2-script", "shebang-bad-interpreter", also=("exec-file-not-found", "interp-missing"), cause="shebang-bad-interpreter", path="./python2-script")
        text("script-with-carriage-returns", "./crlf.sh", "shebang-bad-interpreter", also=("exec-file-not-found", "interp-missing"), cause="shebang-bad-interpreter", path="./crlf.sh")
        text("env-with-carriage-returns", "./crlf.py", "shebang-bad-interpreter", must=["python3"])
        if name != "yash":  # which says no more than: no such command `ELF'
            text("other-machine", "./arm-program", "exec-format-arch", must=["ELF"] if name in RUN_AS_SCRIPT else ["./arm-program"])
        text("library-missing", "./report && echo done", "library-not-found", cause="library-outside-search-path", library="libanswer.so.1", program="./report", reason="No such file or directory")
        text("not-executable", "./not-executable", "exec-permission-denied", path="./not-executable")
        text("glibc-too-old", "./run-libnewglibc", "glibc-version-missing", version="GLIBC_2.38", required_by="./run-libnewglibc", library="/lib/x86_64-linux-gnu/libc.so.6")
    bash = version_of("bash --version")
    dash = version_of("echo dash $(dpkg-query -W -f '${Version}' dash)")
    # A script with lines before; a terminal; a login over ssh gives the same words.
    script = "printf '#!/bin/sh\\nset -e\\n./needs-musl --serve\\n' > home/start.sh; chmod +x home/start.sh; "
    group.text("bash-script-line", script + "bash home/start.sh", "interp-missing", also=UNDECIDED, says=ABSENT, tool=bash, path="./needs-musl")
    group.text("dash-script-line", script + "home/start.sh", "interp-missing", also=UNDECIDED, tool=dash, path="./needs-musl")
    group.text("busybox-script-line", script + "busybox sh home/start.sh", "interp-missing", also=UNDECIDED, tool=version_of("busybox | head -1"), path="./needs-musl")
    for what, command, class_, names in [
        ("interpreter-missing", "./needs-musl", "interp-missing", {"path": "./needs-musl"}),
        ("other-machine", "./arm-static", "exec-format-arch", {"path": "./arm-static"}),
        ("mac-program", "./mac-program", "exec-format-arch", {"path": "./mac-program"}),
        ("windows-program", "./win-program.exe", "exec-format-arch", {"path": "./win-program.exe"}),
        ("object-file", "./object-file", "exec-format-arch", {"path": "./object-file"}),
        ("venv-moved", "./venv-script", "shebang-bad-interpreter", {"path": "./venv-script"}),
        ("library-missing", "./needs-ssl", "library-not-found", {"library": "libssl.so.1.1", "program": "./needs-ssl"}),
        ("symbol-missing", "./undef", "undefined-symbol", {"symbol": "answer", "required_by": "/opt/app/lib/libundef.so"}),
    ]:
        group.text(f"terminal-{what}", f"printf '%s\\nls -l {command}\\n' '{command}' | bash --norc -i 2>&1", class_, also=("interp-missing",) if what == "venv-moved" else (), env={"PS1": "root@4f1c2d9a7b3e:/srv# "}, tool=bash, **names)
    group.text("bash-corrupted-interpreter", "gcc -w stub/main.c -Llib -lanswer -Wl,--dynamic-linker=/opt/app/home/ld.so -o home/odd && cp lib/libprogram.so home/ld.so && printf x | dd of=home/ld.so bs=1 seek=18 conv=notrunc status=none && home/odd", "interp-unusable", tool=bash, path="home/odd")
    group.text("bash-directory", "./a-directory", "exec-permission-denied", tool=bash, path="./a-directory")
    group.text("bash-empty-loop", "./needs-GLEW 2>&1 | tee home/log", "library-not-found", tool=bash, library="libGLEW.so.2.1", program="./needs-GLEW")
    for soname in (
        "tinfo.so.5 python3.8.so.1.0 cudart.so.11.0 cublas.so.12 icuuc.so.66 ffi.so.6 mysqlclient.so.20 boost_system.so.1.65.1 fuse.so.2 jvm.so gdiplus.so.0 "
        "xcb-xinerama.so.0 png12.so.0 openblas.so.0 gfortran.so.3 webkit2gtk-4.0.so.37 c++.so.1 idn.so.11 readline.so.7"
    ).split():
        program = "needs-" + soname.split(".so")[0]
        cause = "soname-gap" if soname in ("ffi.so.6", "tinfo.so.5") else None
        group.text(f"library-missing-{program[6:]}", f"./{program}", "library-not-found", cause=cause, tool=version_of("ldd --version"), library=f"lib{soname}", program=f"./{program}", reason="No such file or directory")
    for name, version, library in [
        ("libfuture", "GLIBC_2.99", "libc.so.6"), ("libnewmath", "GLIBC_2.38", "libm.so.6"), ("libnewcxx", "GLIBCXX_3.4.32", "libstdc++.so.6"),
        ("libnewabi", "CXXABI_1.3.15", "libstdc++.so.6"), ("libnewz", "ZLIB_1.9.9", "libz.so.1"), ("libnewssl", "OPENSSL_3.9.0", "libcrypto.so.3"),
        ("libnewgcc", "GCC_99.0.0", "libgcc_s.so.1"),
    ]:
        class_ = {"GLIBC_": "glibc-version-missing", "GLIBCX": "libstdcxx-version-missing", "CXXABI": "libstdcxx-version-missing"}.get(version[:6], "version-not-found")
        also = ("libstdcxx-version-missing",) if version.startswith("GCC") else ()
        group.text(f"version-missing-{name[3:]}", f"./run-{name}", class_, also=also, tool=version_of("ldd --version"), version=version, library=f"/lib/x86_64-linux-gnu/{library}", required_by=f"./run-{name}")
    group.text("version-of-own-library", "./wants-mine", "version-not-found", tool=version_of("ldd --version"), version="MINE_2.0", library="/opt/app/lib/libmine.so.1", required_by="./wants-mine")
    group.text("version-information-missing", "LD_LIBRARY_PATH=plain ./wants-mine", "ldso-assertion", also=("version-information-missing",), tool=version_of("ldd --version"), must=["no version information available (required by ./wants-mine)"])
    return group


def launchers():
    without_musl()
    group = Group("launchers")
    # name, command with {} for the program, tool, what decides the ENOENT
    ways = [
        ("env", "env FOO=1 {}", "env --version"),
        ("sudo", "sudo -n {}", "sudo --version"),
        ("nohup", "nohup {} </dev/null", "nohup --version"),
        ("timeout", "timeout 5 {}", "timeout --version"),
        ("nice", "nice -n 5 {}", "nice --version"),
        ("xargs", "echo 1 | xargs {}", "xargs --version"),
        ("find", "find . -maxdepth 1 -name report-ok -exec {} \\;", "find --version"),
        ("setsid", "setsid -w {}", "setsid --version"),
        ("stdbuf", "stdbuf -oL {}", "stdbuf --version"),
        ("taskset", "taskset 1 {}", "taskset --version"),
        ("flock", "flock home/lock {}", "flock --version"),
        ("unshare", "unshare -m {}", "unshare --version"),
        ("setpriv", "setpriv --no-new-privs {}", "setpriv --version"),
        ("chroot", "chroot / /opt/app/{}", "chroot --version"),
        ("time", "/usr/bin/env time {} || bash -c 'time {}'", "bash --version"),
        ("strace", "strace -e trace=execve {}", "strace --version"),
        ("gdb", "gdb -nx -batch -ex run --args {}", "gdb --version"),
        ("make", "printf 'all:\\n\\t{}\\n' | make -f -", "make --version"),
        ("busybox-env", "busybox env {}", "busybox | head -1"),
        ("busybox-xargs", "echo 1 | busybox xargs {}", "busybox | head -1"),
        ("busybox-timeout", "busybox timeout 5 {}", "busybox | head -1"),
        ("start-stop-daemon", "start-stop-daemon --start --oknodo --exec /opt/app/{}", "start-stop-daemon --version"),
        ("perl-exec", "perl -e 'exec(\"{}\") or die \"cannot start {}: $!\\n\"'", "perl -v | sed -n 2p"),
        ("python-subprocess", "/usr/bin/python3 -c 'import subprocess; subprocess.run([\"{}\"], check=True)'", "/usr/bin/python3 --version"),
        ("python-execv", "/usr/bin/python3 -c 'import os; os.execv(\"{}\", [\"{}\"])'", "/usr/bin/python3 --version"),
        ("node-spawn", "node -e 'require(\"child_process\").spawn(\"{}\", {{stdio: \"inherit\"}})'", "node --version"),
        ("node-spawnsync", "node -e 'const r=require(\"child_process\").spawnSync(\"{}\"); if (r.error) throw r.error; process.stderr.write(r.stderr)'", "node --version"),
        ("ruby-spawn", "ruby -e 'pid = Process.spawn(\"{}\", \"--serve\"); Process.wait pid'", "ruby --version"),
        ("php-proc-open", "php -r 'proc_open([\"{}\"], [], $p);'", "php --version"),
        ("tcl-exec", "echo 'exec {}' | tclsh", "echo Tcl $(echo 'puts $tcl_patchLevel' | tclsh)"),
        ("lua-execute", "lua5.4 -e 'os.execute(\"{}\")'", "lua5.4 -v"),
        ("awk-system", "awk 'BEGIN { system(\"{}\") }'", "mawk -W version"),
        ("bwrap", "bwrap --ro-bind / / {}", "bwrap --version"),
        ("script", "script -qec '{}' /dev/null", "script --version"),
        ("java-exec", "java -cp stub Exec {}", "java -version"),
        ("go-exec", "./go-exec {}", "go version"),
        ("rust-command", "./rust-command {}", "rustc --version"),
        ("r-system2", "Rscript -e 'system2(\"{}\")'", "Rscript --version"),
    ]
    for name, form, version in ways:
        tool = version_of(version)

        def run(what, program, class_, **more):
            command = form.replace("{{", "\0").replace("}}", "\1").replace("{}", program).replace("\0", "{").replace("\1", "}")
            group.text(f"{name}-{what}", command, class_, tool=tool, **more)

        run("interpreter-missing", "./needs-musl", "interp-missing", also=UNDECIDED, cause="interp-missing", says=ABSENT, **({} if name in NAMELESS else {"path": PATHS.get(name, "./needs-musl")}))
        if name == "php-proc-open":  # it asks a shell then
            continue
        run("other-machine", "./arm-program", "exec-format-arch", also=("exec-permission-denied",) if name == "awk-system" else (), must=["arm-program"] if name not in NAMELESS[:3] else ["xec format error"])
        run("library-missing", "./needs-GLEW", "library-not-found", library="libGLEW.so.2.1")
    return group


GROUPS = [shells, launchers]
