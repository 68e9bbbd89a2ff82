"""Records what tools say.

A recipe is a command that is really run in the stage (`stage.py` fills it); what it writes on standard output and standard error,
in the order in which it does, is the text. The recipe says beforehand what the text is expected to be: a class, and names that
must stand in it. A text in which an expected name does not stand is refused, since then something else happened.

    group = Group("shells")
    group.text("bash-interp-missing", "./needs-musl", "interp-missing", tool="bash", path="./needs-musl")
    group.write()
"""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEXTS = HERE.parent
STAGE = Path("/opt/app")
# What a text may never hold, since it would say where it was made: words between colons.
FORBIDDEN = [word.encode() for word in os.environ.get("FORBIDDEN", "").split(":") if word]
LIMIT = 60_000

BASE_ENVIRONMENT = {
    "PATH": "/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/opt/app/home",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}

_versions = {}
# Texts that were kept, so that none is kept twice.
_said = {}


def version_of(command):
    """The first line of what a tool says of itself."""
    if command not in _versions:
        done = subprocess.run(["bash", "-c", command], capture_output=True, env=BASE_ENVIRONMENT)
        lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        _versions[command] = lines[0].strip() if lines else command
    return _versions[command]


def without_musl():
    """From here on this is a machine without musl (a Debian as most are): its folder is empty."""
    if any(Path("/lib/x86_64-linux-musl").iterdir()):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/lib/x86_64-linux-musl"], check=True)


def with_musl():
    """From here on musl's loader is here again."""
    if not any(Path("/lib/x86_64-linux-musl").iterdir()):
        subprocess.run(["umount", "/lib/x86_64-linux-musl"], check=True)


class Group:
    """One file of texts."""

    def __init__(self, name, tool=None):
        self.name = name
        self.tool = tool
        self.entries = []
        self.refused = []
        self.same = 0

    def text(
        self,
        name,
        command,
        class_,
        tool=None,
        also=(),
        cause=None,
        instead=None,
        env=None,
        cwd=None,
        must=(),
        says=None,
        shell=("bash", "-c"),
        timeout=120,
        stdin=None,
        edit=None,
        hidden=None,
        **entities,
    ):
        """Runs `command` and keeps what it says.

        class_: the rule that explains the text. also: rules that may stand first as well, since the words do not decide between them.
        cause: the rule of what is really behind it, expected among the causes. must: further words that must stand in the text.
        says: an expression that must match. hidden: entities that do not stand in the text in these very words.
        """
        environment = dict(BASE_ENVIRONMENT)
        environment.update(env or {})
        try:
            done = subprocess.run(
                [*shell, command],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL if stdin is None else None,
                input=stdin,
                env=environment,
                cwd=cwd or STAGE,
                timeout=timeout,
            )
            said = done.stdout
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
        if edit:
            said = edit(said)
        self.keep(name, said, command, class_, tool, also, cause, instead, must, entities, hidden or {}, env, says)

    def keep(self, name, said, command, class_, tool, also, cause, instead, must, entities, hidden, env=None, says=None):
        """Keeps a text, or refuses it loudly."""
        known = _said.setdefault(said, f"{self.name}/{name}")
        if known != f"{self.name}/{name}":
            self.same += 1
            return
        problems = []
        if not said.strip():
            problems.append("it says nothing")
        for value in [*entities.values(), *must]:
            for one in value if isinstance(value, (list, tuple)) else [value]:
                if one.encode() not in said:
                    problems.append(f"no {one!r} in it")
        if says and not re.search(says, said):
            problems.append(f"nothing like {says!r} in it")
        for word in FORBIDDEN:
            if word in said:
                problems.append(f"it holds {word!r}")
        if re.search(rb"^=== ", said, re.M):
            problems.append("it holds a separator")
        if len(said) > LIMIT:
            problems.append(f"{len(said)} bytes")
        if any(entry[0] == name for entry in self.entries):
            problems.append("the name is taken")
        if problems:
            self.refused.append(name)
            shown = said.decode("utf-8", "replace")[:600]
            print(f"REFUSED {self.name}/{name}: {'; '.join(problems)}\n    {command}\n{shown}\n", file=sys.stderr)
            return
        header = [f"class: {class_}"]
        header += [f"or: {other}" for other in also]
        if cause:
            header.append(f"cause: {cause}")
        if instead:
            header.append(f"instead: {instead}")
        header.append(f"tool: {tool or self.tool}")
        made = " ".join([*(f"{key}={value}" for key, value in (env or {}).items()), command])
        header += [f"made-by: {line}" for line in made.strip().splitlines() if line.strip()]
        for key, value in {**entities, **hidden}.items():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                header.append(f"entity: {key}={one}")
        if not said.endswith(b"\n"):
            header.append("ends: without a newline")
            said += b"\n"
        self.entries.append((name, "\n".join(header).encode(), said))

    def write(self):
        """Writes the group's file."""
        with open(TEXTS / f"{self.name}.texts", "wb") as file:
            for name, header, said in self.entries:
                file.write(b"=== " + name.encode() + b"\n" + header + b"\n---\n" + said)
        print(f"{self.name}: {len(self.entries)} texts, {len(self.refused)} refused, {self.same} said before")
