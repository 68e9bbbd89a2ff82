"""Other systems than this one: roots with musl, empty roots, containers, other processors, other languages."""

import json
import subprocess

from recorder import STAGE, Group, version_of, with_musl, without_musl

UNDECIDED = ("exec-file-not-found", "shebang-bad-interpreter")


def roots():
    with_musl()
    group = Group("roots")
    busybox = version_of("busybox | head -1")
    musl = "musl " + version_of("/lib/ld-musl-x86_64.so.1 2>&1 | sed -n 's/^Version //p'") + ", " + busybox

    def alpine(name, command, class_, **more):
        group.text(f"alpine-{name}", f"chroot /opt/app/alpine /bin/busybox sh -c '{command}'", class_, tool=musl, **more)

    alpine("glibc-program", "cd /srv; ./report", "interp-missing", also=UNDECIDED, path="./report")
    alpine("script", "/srv/python2-script", "shebang-bad-interpreter", also=("exec-file-not-found", "interp-missing"), path="/srv/python2-script")
    alpine("library-missing", "/srv/report-musl", "library-not-found", library="libanswer.so.1", required_by="/srv/report-musl", reason="No such file or directory")
    alpine("dlopen-missing", "/srv/opener-musl /srv/libnowhere.so", "dlopen-file-not-found", also=("library-not-found",), library="/srv/libnowhere.so")
    alpine("dependency-missing", "/srv/opener-musl /srv/libtwice.so", "library-not-found", library="libmissing.so.1", required_by="/srv/libtwice.so")
    alpine("symbol-missing", "/srv/opener-musl /srv/libundef.so", "undefined-symbol", symbol="answer", required_by="/srv/libundef.so")
    alpine("cxx11", "/srv/opener-musl /srv/libcxx11.so", "library-not-found", also=("musl-glibc-loader-needed",), library="libstdc++.so.6")
    alpine("not-elf", "/srv/opener-musl /srv/liblfs.so", "elf-invalid-header", also=("library-wrong-machine", "not-a-shared-library"), library="/srv/liblfs.so", reason="Exec format error")
    alpine("dlsym", "/srv/opener-musl /srv/libanswer.so.1 question", "dlsym-symbol-missing", symbol="question")
    alpine("initial-exec", "/srv/opener-musl /srv/libie.so", "musl-initial-exec-tls", symbol="counter", required_by="/srv/libie.so")
    for stub, library, class_, also in [
        ("ld", "ld-linux-x86-64.so.2", "musl-glibc-loader-needed", ()),
        ("libstdcxx", "libstdc++.so.6", "library-not-found", ()),
        ("libgcc", "libgcc_s.so.1", "library-not-found", ()),
    ]:
        alpine(f"needs-{stub}", f"/srv/needs-{stub}", class_, also=also, library=library, required_by=f"/srv/needs-{stub}")
        alpine(f"dlopen-needs-{stub}", f"/srv/opener-musl /srv/libneeds-{stub}.so", class_, also=also, library=library, required_by=f"/srv/libneeds-{stub}.so")
    for symbol in ["__fprintf_chk", "__longjmp_chk", "__memcpy_chk", "gnu_get_libc_version", "backtrace", "mallinfo", "__register_atfork", "__isoc23_strtol"]:
        also = ("undefined-symbol",) if not symbol.startswith("__") else ()
        alpine(f"symbol-{symbol}", f"/srv/uses{symbol}", "musl-glibc-symbol-missing", also=also, symbol=symbol, required_by=f"/srv/uses{symbol}")
        alpine(f"dlopen-{symbol}", f"/srv/opener-musl /srv/lib{symbol}.so", "musl-glibc-symbol-missing", also=also, symbol=symbol, required_by=f"/srv/lib{symbol}.so")
    group.text("musl-command-missing", "/lib/ld-musl-x86_64.so.1 ./nowhere", "ldso-misused", also=("exec-file-not-found", "library-not-found"), tool=musl, must=["cannot load"])
    group.text("musl-command-text", "/lib/ld-musl-x86_64.so.1 ./text-program", "ldso-misused", also=("elf-invalid-header",), tool=musl, must=["Not a valid dynamic program"])
    group.text("musl-static-dlopen", "./opener-musl-static lib/libanswer.so.1", "dlopen-from-static", tool=musl, must=["Dynamic loading not supported"])
    group.text("musl-ldd", "/lib/ld-musl-x86_64.so.1 --list ./report-musl", "library-not-found", tool=musl, library="libanswer.so.1", required_by="./report-musl")
    group.text("musl-noexec", "./opener-musl /opt/app/noexec/libanswer.so", "map-segment-noexec", also=("library-unreadable", "library-not-found", "load-refused"), tool=musl, library="/opt/app/noexec/libanswer.so")
    group.text("debian-musl-program", "chroot /opt/app/debian /bin/busybox sh -c /srv/report-musl", "interp-missing", also=UNDECIDED, tool=busybox, path="/srv/report-musl")
    group.text("debian-library-missing", "chroot /opt/app/debian /bin/busybox sh -c /srv/report", "library-not-found", tool=version_of("ldd --version"), library="libanswer.so.1", program="/srv/report")
    chroot = version_of("chroot --version")
    group.text("scratch-program", "chroot /opt/app/scratch /srv/report", "interp-missing", also=UNDECIDED, tool=chroot, path="/srv/report")
    group.text("scratch-no-shell", "chroot /opt/app/scratch", "exec-file-not-found", also=("interp-missing", "shebang-bad-interpreter"), tool=chroot, must=["No such file or directory"])
    group.text("noexec-program", "noexec/report-ok", "exec-permission-denied", also=("map-segment-noexec",), tool=version_of("bash --version"), path="noexec/report-ok")
    # containers
    runc = version_of("runc --version")
    subprocess.run("cd bundle && rm -f config.json && runc spec", shell=True, cwd=STAGE)
    for name, program, class_, also in [
        ("interpreter-missing", "/needs-nix", "interp-missing", UNDECIDED),
        ("other-machine", "/arm-static", "exec-format-arch", ()),
        ("carriage-returns", "/crlf.sh", "shebang-bad-interpreter", ("interp-missing", "exec-file-not-found")),
        ("missing", "/nowhere", "exec-file-not-found", ("interp-missing", "shebang-bad-interpreter")),
        ("not-executable", "/not-executable", "exec-permission-denied", ()),
        ("empty", "/empty-program", "exec-format-arch", ("shebang-bad-interpreter",)),
    ]:
        path = STAGE / "bundle/config.json"
        config = json.loads(path.read_text())
        config["process"].update(terminal=False, args=[program])
        path.write_text(json.dumps(config))
        group.text(f"runc-{name}", f"cd bundle && runc --root /opt/app/home/runc run text-{name}", class_, also=also, tool=runc, must=[program])
    # other processors
    qemu = version_of("qemu-aarch64 --version")
    group.text("qemu-no-loader", "qemu-aarch64 ./arm-glibc", "interp-missing", tool=qemu, must=["/lib/ld-linux-aarch64.so.1"])
    group.text("qemu-library-missing", "aarch64-linux-gnu-gcc -w stub/answer.c -shared -fPIC -Wl,-soname,libanswer.so.1 -o home/libanswer.so; aarch64-linux-gnu-gcc -w stub/main.c -Lhome -lanswer -o home/arm-report; qemu-aarch64 -L /usr/aarch64-linux-gnu home/arm-report", "library-not-found", tool=qemu, library="libanswer.so.1", program="home/arm-report")
    group.text("qemu-other-machine", "qemu-aarch64 ./report-ok", "exec-format-arch", tool=qemu, must=["Invalid ELF image"])
    group.text("qemu-isa-level-library", "qemu-x86_64 -cpu qemu64 ./opener lib/libv4.so", "isa-level", tool=version_of("ldd --version"), library="lib/libv4.so")
    group.text("qemu-isa-level-start", "qemu-x86_64 -cpu qemu64 ./runs-v4", "isa-level", tool=version_of("ldd --version"), library="/opt/app/lib/libv4.so")
    group.text("qemu-isa-level-program", "qemu-x86_64 -cpu qemu64 ./is-v3", "isa-level", tool=version_of("ldd --version"), must=["CPU ISA level is lower than required"])
    group.text("qemu-isa-level-python", "qemu-x86_64 -cpu qemu64 /usr/bin/python3 -c 'import ctypes; ctypes.CDLL(\"/opt/app/lib/libv4.so\")'", "isa-level", tool=version_of("/usr/bin/python3 --version"), library="/opt/app/lib/libv4.so")
    return group


def tools():
    """Tools that look at programs and libraries, and the loader's own variables."""
    without_musl()
    group = Group("tools")
    ldd = version_of("ldd --version")
    group.text("ldd-missing", "ldd ./report", "library-not-found", tool=ldd, library="libanswer.so.1")
    group.text("ldd-missing-two", "ldd ./needs-cudart ./needs-ssl", "library-not-found", tool=ldd, must=["libssl.so.1.1 => not found", "libcudart.so.11.0 => not found"])
    group.text("ldd-chain", "ldd lib/libtwice.so", "library-not-found", tool=ldd, library="libmissing.so.1")
    group.text("ldd-version", "ldd ./run-libnewglibc", "glibc-version-missing", tool=ldd, version="GLIBC_2.38", required_by="./run-libnewglibc")
    group.text("ldd-libstdcxx", "ldd ./run-libnewcxx", "libstdcxx-version-missing", tool=ldd, version="GLIBCXX_3.4.32", required_by="./run-libnewcxx")
    group.text("ldd-r", "ldd -r lib/libundef.so", "undefined-symbol", tool=ldd, symbol="answer")
    group.text("ldd-r-cxx", "ldd -r lib/libcxx11.so", "undefined-symbol-cxx11-abi", also=("undefined-symbol",), tool=ldd, must=["undefined symbol"])
    group.text("ld-debug-symbol", "LD_DEBUG=bindings ./undef 2>&1 | tail -3", "undefined-symbol", tool=ldd, symbol="answer")
    group.text("ld-debug-libs", "LD_DEBUG=libs ./report 2>&1", "library-not-found", also=("library-outside-search-path",), tool=ldd, library="libanswer.so.1")
    group.text("preload-missing", "LD_PRELOAD=libjemalloc-of-old.so.2 /bin/true", "preload-missing", tool=ldd, library="libjemalloc-of-old.so.2")
    group.text("preload-32-bit", "LD_PRELOAD=/opt/app/lib/lib32.so /bin/true", "preload-missing", also=("elf-wrong-class",), tool=ldd, library="/opt/app/lib/lib32.so")
    group.text("preload-then-failure", "LD_PRELOAD=libfakeroot-of-old.so ./needs-cudart", "library-not-found", tool=ldd, library="libcudart.so.11.0")
    group.text("preload-symbol", "LD_PRELOAD=/opt/app/lib/libundef.so /bin/true", "undefined-symbol", tool=ldd, symbol="answer", required_by="/opt/app/lib/libundef.so")
    group.text("audit-missing", "LD_AUDIT=/opt/app/lib/libaudit-of-old.so /bin/true", "preload-missing", tool=ldd, library="/opt/app/lib/libaudit-of-old.so")
    group.text("ld-so-nothing", "/lib64/ld-linux-x86-64.so.2", "ldso-misused", tool=ldd, must=["missing program name"])
    group.text("ld-so-option", "/lib64/ld-linux-x86-64.so.2 --nothere", "ldso-misused", tool=ldd, must=["--nothere"])
    group.text("ld-so-missing-program", "/lib64/ld-linux-x86-64.so.2 ./nowhere", "library-not-found", also=("exec-file-not-found", "dlopen-file-not-found", "ldso-misused"), tool=ldd, library="./nowhere")
    group.text("ld-so-text", "/lib64/ld-linux-x86-64.so.2 ./crlf.sh", "elf-invalid-header", also=("ldso-misused", "elf-file-too-short"), tool=ldd, must=["./crlf.sh"])
    group.text("ld-so-list", "/lib64/ld-linux-x86-64.so.2 --list ./report", "library-not-found", tool=ldd, library="libanswer.so.1")
    group.text("lazy-symbol", "./undef-lazy", "undefined-symbol", also=("lazy-symbol-missing",), tool=ldd, symbol="answer")
    group.text("static-dlopen-warning", "gcc -static -w stub/opener.c -o home/static-opener", "dlopen-from-static", tool=version_of("ld --version"), must=["statically linked applications requires at runtime"])
    group.text("chain", "./chain", "library-not-found", tool=ldd, library="libmissing.so.1")
    group.text("sudo-drops-environment", "LD_LIBRARY_PATH=/opt/app/lib sudo -n ./report", "library-not-found", tool=ldd, library="libanswer.so.1")
    group.text("strace-of-a-failure", "strace -e trace=openat ./needs-cudart 2>&1 | tail -6", "library-not-found", tool=version_of("strace --version"), library="libcudart.so.11.0")
    group.text("docker-like-log", "for i in 1 2 3; do ./needs-cudart; echo \"restarting (attempt $i)\"; done", "library-not-found", tool=ldd, library="libcudart.so.11.0")
    group.text("two-failures", "./needs-ssl; ./run-libnewglibc", "library-not-found", also=("glibc-version-missing",), tool=ldd, must=["libssl.so.1.1", "GLIBC_2.38"])
    group.text("make-test-log", "printf 'test:\\n\\t@echo running the suite\\n\\t./undef\\n' | make -f - ", "undefined-symbol", tool=version_of("make --version"), symbol="answer")
    group.text("python-in-a-log", "/usr/bin/python3 -c 'import ctypes, logging\nlogging.basicConfig(level=logging.INFO, format=\"%(asctime)s %(levelname)-8s %(name)s: %(message)s\")\nlog = logging.getLogger(\"app.codec\")\nlog.info(\"starting\")\ntry:\n    ctypes.CDLL(\"/opt/app/lib/libnewglibc.so\")\nexcept OSError:\n    log.exception(\"codec is not usable\")'", "glibc-version-missing", tool=version_of("/usr/bin/python3 --version"), version="GLIBC_2.38")
    group.text("patchelf-text", "patchelf --print-needed text-program", "elf-invalid-header", also=("not-a-loader-failure", "elf-file-too-short"), tool=version_of("patchelf --version"), must=["ELF"])
    return group


def qt():
    """Qt's platform plugin, found and not loadable. The wheel is PyQt5's: pip install --target /opt/app/home/qt PyQt5."""
    without_musl()
    group = Group("qt", tool="PyQt5 5.15.11, Qt 5.15")
    if not (STAGE / "home/qt/PyQt5").exists():
        return group
    program = "/usr/bin/python3 -c 'from PyQt5.QtGui import QGuiApplication; QGuiApplication([\"app\"])'"
    env = {"PYTHONPATH": "/opt/app/home/qt"}
    group.text("xcb", f"QT_QPA_PLATFORM=xcb {program}", "qt-platform-plugin", also=("display",), env=env, must=["even though it was found"])
    group.text("xcb-debug", f"QT_DEBUG_PLUGINS=1 QT_QPA_PLATFORM=xcb {program} 2>&1 | tail -30", "library-not-found", also=("qt-platform-plugin",), env=env, must=["Cannot load library"])
    group.text("unknown-platform", f"QT_QPA_PLATFORM=nothere {program}", "qt-platform-plugin", env=env, must=["nothere"])
    return group


LANGUAGES = ["de_DE", "fr_FR", "es_ES", "ru_RU", "pt_BR", "zh_CN", "zh_TW", "ja_JP", "ko_KR"]


def languages():
    """The same failures in other languages."""
    without_musl()
    group = Group("translated")
    for language in LANGUAGES:
        env = {"LC_ALL": f"{language}.UTF-8", "LANG": f"{language}.UTF-8", "LANGUAGE": ""}

        def text(name, command, class_, **more):
            group.text(f"{language}-{name}", command, class_, env=env, **more)

        bash, ldd, python = version_of("bash --version"), version_of("ldd --version"), version_of("/usr/bin/python3 --version")
        text("bash-interpreter-missing", "./needs-musl", "interp-missing", also=UNDECIDED, tool=bash, path="./needs-musl")
        text("bash-other-machine", "./arm-program", "exec-format-arch", tool=bash, path="./arm-program")
        text("bash-denied", "./not-executable", "exec-permission-denied", tool=bash, path="./not-executable")
        text("env-interpreter-missing", "env ./needs-musl", "interp-missing", also=UNDECIDED, tool=version_of("env --version"), path="./needs-musl")
        text("timeout-other-machine", "timeout 5 ./arm-program", "exec-format-arch", tool=version_of("timeout --version"), path="./arm-program")
        text("sudo-interpreter-missing", "sudo -n ./needs-musl", "interp-missing", also=UNDECIDED, tool=version_of("sudo --version"), must=["needs-musl"])
        setlocale = "/usr/bin/python3 -c 'import locale, ctypes; locale.setlocale(locale.LC_ALL, \"\"); ctypes.CDLL(\"{}\")'"
        for what, file, class_, names in [
            ("dependency-missing", "lib/libtwice.so", "library-not-found", {"library": "libmissing.so.1"}),
            ("symbol-missing", "lib/libundef.so", "undefined-symbol", {"symbol": "answer"}),
            ("glibc-too-old", "lib/libnewglibc.so", "glibc-version-missing", {"version": "GLIBC_2.38"}),
            ("wrong-class", "lib/lib32.so", "elf-wrong-class", {"library": "/opt/app/lib/lib32.so"}),
            ("not-elf", "lib/liblfs.so", "elf-invalid-header", {"library": "/opt/app/lib/liblfs.so"}),
            ("too-short", "lib/libempty.so", "elf-file-too-short", {"library": "/opt/app/lib/libempty.so"}),
            ("static-tls", "lib/libbigtls.so", "static-tls-exhausted", {"library": "/opt/app/lib/libbigtls.so"}),
            ("noexec", "noexec/libanswer.so", "map-segment-noexec", {"library": "/opt/app/noexec/libanswer.so"}),
            ("object-file", "lib/libobject.so", "not-a-shared-library", {"library": "/opt/app/lib/libobject.so"}),
        ]:
            text(f"ctypes-{what}", setlocale.format(f"/opt/app/{file}"), class_, tool=python, **names)
        text("perl-dependency-missing", "perl -MPOSIX -MDynaLoader -e 'setlocale(LC_ALL, \"\"); DynaLoader::dl_load_file(\"/opt/app/lib/libtwice.so\") or die DynaLoader::dl_error()'", "library-not-found", tool=version_of("perl -v | sed -n 2p"), library="libmissing.so.1")
        text("zsh-interpreter-missing", "zsh -fc ./needs-musl", "interp-missing", also=UNDECIDED, tool=version_of("zsh --version"), path="./needs-musl")
        text("fish-interpreter-missing", "fish -N -c ./needs-musl", "interp-missing", also=UNDECIDED, tool=version_of("fish --version"), path="./needs-musl")
        text("r-symbol-missing", "Rscript -e 'dyn.load(\"/opt/app/lib/libundef.so\")'", "undefined-symbol", tool=version_of("Rscript --version"), symbol="answer")
        text("psql-like", "cat /etc/shadow-of-old", "not-a-loader-failure", instead="other", tool=version_of("cat --version"))
        text("gcc-undefined", "gcc stub/main.c -o home/x", "not-a-loader-failure", instead="link-time", tool=version_of("gcc --version"))
    return group


GROUPS = [roots, tools, qt, languages]
