"""Floors of real wheels, held against readelf and auditwheel.

    wheels.py SAYSO WHEELS TOOLS quick|all [PAGE]

WHEELS is the folder of the wheels (target/provision/wheels), TOOLS the one with auditwheel (target/provision/validators/lib).
With a PAGE, the table between its marks is written anew. Nothing of a wheel is run. Exit status 1 if a floor is above what the
strong version records of readelf need, or differs from auditwheel without a reason that is known here.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

sayso, wheels, tools, extent = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
page = pathlib.Path(sys.argv[5]) if len(sys.argv) > 5 else None
sys.path.insert(0, tools)

GLIBC = re.compile(r"^(libc\.so\.6|lib(m|pthread|dl|rt|util|resolv|nsl|anl|crypt|mvec)\.so\.\d+|ld-linux.*|ld64\.so\.\d)$")
FAMILIES = {"GLIBC": GLIBC, "GLIBCXX": re.compile(r"^libstdc\+\+\.so"), "CXXABI": re.compile(r"^libstdc\+\+\.so"), "GCC": re.compile(r"^libgcc_s\.so")}
AXES = {"GLIBC": "glibc", "GLIBCXX": "glibcxx", "CXXABI": "cxxabi", "GCC": "libgcc"}


def listed():
    here = pathlib.Path(__file__).with_name("wheels.tsv")
    for line in here.read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        name, when = line.split("\t")
        if extent == "all" or when == "quick":
            yield name


def number(text):
    return tuple(int(part) for part in text.split("."))


def objects(wheel, folder):
    """Every ELF program and library in the wheel, unpacked by Python."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                if file.read(4) != b"\x7fELF":
                    continue
            yield archive.extract(entry, folder)


def by_readelf(files):
    """The highest strong and weak number of each family, as readelf's version records have them."""
    run = lambda *words: subprocess.run(["readelf", *words], capture_output=True, text=True).stdout
    carried = {pathlib.Path(file).name for file in files}
    for file in files:
        carried.update(re.findall(r"\(SONAME\).*\[(.*)\]", run("-dW", file)))
    strong, weak = {}, {}
    for file in files:
        library = None
        for line in run("-VW", file).splitlines():
            if found := re.search(r"File: (\S+)\s+Cnt:", line):
                library = found[1]
            elif found := re.search(r"Name: ([A-Z]+)_([0-9.]+)\s+Flags: (.*?)\s+Version:", line):
                family, value, flags = found.groups()
                if library is None or library in carried or not FAMILIES.get(family, re.compile("$^")).match(library):
                    continue
                table = weak if "WEAK" in flags else strong
                table[family] = max(table.get(family, (0,)), number(value))
            elif "Version definition" in line:
                library = None
    return strong, weak


def by_auditwheel(wheel):
    import logging

    from auditwheel.wheel_abi import analyze_wheel_abi

    logging.disable(logging.WARNING)
    # No library of this machine is looked at: a wheel is judged by what is in it.
    found = analyze_wheel_abi(None, None, wheel, frozenset(), disable_isa_ext_check=False, allow_graft=False, args_ldpaths="")
    return found.overall_policy.name


def reason(result, ours, theirs, weak):
    """Why the two tags differ, where that is known; None: it is not."""
    floor = result["floors"][0]
    if floor["libc"] == "musl" and theirs.startswith("linux") and any(row["name"] == "libc.so" for row in floor["system_libraries"]):
        return "auditwheel knows musl by Alpine's name only (libc.musl-…); it is needed as libc.so, which is musl's own name for itself"
    if theirs.startswith("musllinux_1_2") and ours == theirs.replace("_1_2", "_1_1"):
        return "auditwheel only holds a musl wheel against the musl of its own machine, or the newest policy; the older one holds as well"
    if theirs.startswith("musllinux") and ours is None:
        musl = floor["heights"].get("musl")
        if musl and number(musl["version"]) > (1, 2):
            what = {symbol for row in musl["forced_by"] for symbol in row["symbols"]}
            what |= {"packed relocations (DT_RELR)" for row in musl["forced_by"] if row["reason"] == "relr"}
            return f"auditwheel looks at no symbol or mark of musl's releases: {', '.join(sorted(what))} came with musl {musl['version']}"
    if weak and any(value > number(floor["heights"].get(AXES[family], {"version": "0"})["version"]) for family, value in weak.items()):
        return "auditwheel counts version needs with the weak flag, which the loader only warns of"
    return None


def main():
    rows, wrong, agreed = [], [], 0
    names = list(listed())
    for name in names:
        wheel = wheels / name
        told = subprocess.run([sayso, "floor", "--format", "json", str(wheel)], capture_output=True, text=True)
        if told.returncode != 0:
            wrong.append(f"{name}: sayso says {told.stderr.strip()}")
            continue
        result = json.loads(told.stdout)["results"][0]
        if len(result["floors"]) != 1:
            wrong.append(f"{name}: {len(result['floors'])} floors")
            continue
        floor = result["floors"][0]
        with tempfile.TemporaryDirectory() as folder:
            strong, weak = by_readelf(list(objects(wheel, folder)))
        heights = {axis: floor["heights"][axis]["version"] for axis in floor["heights"]}
        for family, axis in AXES.items():
            has = number(heights[axis]) if axis in heights else None
            # Marks of the file (packed relocations, unique symbols) may lift glibc's: then they are named.
            marks = {row["reason"] for row in floor["heights"].get(axis, {"forced_by": []})["forced_by"]} - {"version"}
            if has != strong.get(family) and not (marks and has > strong.get(family, (0,))):
                wrong.append(f"{name}: {axis} {has}, and readelf has {strong.get(family)}")
        ours, theirs = floor["tag"], by_auditwheel(wheel)
        why = ""
        if ours == theirs:
            agreed += 1
        else:
            why = reason(result, ours, theirs, weak)
            if why is None:
                wrong.append(f"{name}: tag {ours}, and auditwheel says {theirs}")
                why = "not known"
        shown = {axis: heights.get(axis, "") for axis in ("glibc", "musl", "glibcxx", "libgcc")}
        rows.append((name, shown, ours or "none", theirs, why))
    print(f"{len(rows)} of {len(names)} wheels measured; {agreed} tags as auditwheel has them, {len(rows) - agreed} differ; {len(wrong)} unexplained")
    for line in wrong:
        print("WRONG", line)
    if page:
        write(rows, agreed)
    sys.exit(1 if wrong or not rows else 0)


def write(rows, agreed):
    lines = [f"{len(rows)} wheels; {agreed} tags are auditwheel's, {len(rows) - agreed} differ for the reason in the last column.", ""]
    lines += ["| wheel | glibc | musl | GLIBCXX | GCC_ | tag | auditwheel | why they differ |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, shown, ours, theirs, why in rows:
        same = "same" if ours == theirs else f"`{theirs}`"
        lines.append(f"| {name.removesuffix('.whl')} | {shown['glibc']} | {shown['musl']} | {shown['glibcxx']} | {shown['libgcc']} | `{ours}` | {same} | {why} |")
    text = page.read_text()
    before, rest = text.split("<!-- table -->", 1)
    _, after = rest.split("<!-- end of table -->", 1)
    page.write_text(f"{before}<!-- table -->\n" + "\n".join(lines) + f"\n<!-- end of table -->{after}")


main()
