#!/usr/bin/env python3
"""Makes the corpus anew: `sudo lab/texts/make/make.py [GROUP…]`, on Debian 12 with the packages of `packages.txt`.

Needs root: it mounts, in a mount namespace of its own. The texts are committed, so that nobody needs the tools who only tests.
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = ["shells", "languages", "servers", "tools", "musl", "systems", "elsewhere", "daily"]


def main():
    if os.environ.get("SAYSO_TEXTS") != "inside":
        if "--keep-stage" not in sys.argv:
            subprocess.run([HERE / "stage.sh"], check=True)
        os.environ["SAYSO_TEXTS"] = "inside"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
    sys.path.insert(0, str(HERE))
    subprocess.run("mount -t tmpfs -o noexec tmpfs /opt/app/noexec && cp /opt/app/lib/libanswer.so.1 /opt/app/noexec/libanswer.so && cp /opt/app/report-ok /opt/app/noexec/", shell=True, check=True)
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    refused = []
    for name in MODULES:
        if not (HERE / f"{name}.py").exists():
            continue
        module = importlib.import_module(name)
        for make in module.GROUPS:
            if wanted and make.__name__ not in wanted and name not in wanted:
                continue
            group = make()
            group.write()
            refused += [f"{group.name}/{entry}" for entry in group.refused]
    stop = "/usr/lib/postgresql/15/bin/pg_ctl -D /opt/app/home/pg/data -m immediate stop"
    subprocess.run(["su", "postgres", "-s", "/bin/sh", "-c", stop], capture_output=True)
    print("refused:", *refused or ["none"])


main()
