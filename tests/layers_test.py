#!/usr/bin/env python3
"""The #include lines of each folder against the layers of docs/architecture.md, and each dependency against its door.

usage: layers_test.py ROOT
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
from cases import Cases  # noqa: E402

# Folder → which other folders of ours it may include. `models` are programs: they take what a C++ modeller may.
LAYERS = {
    "base": set(),
    "sql": {"base"},
    "store": {"base", "sql"},
    "actor": {"base", "store"},
    "model": {"base", "store", "actor"},
    "explore": {"base", "store", "actor", "model"},
    "scenario": {"base", "sql", "store", "actor", "model"},
    "report": {"base", "store", "model"},
    "live": {"base", "store", "model"},
    "spec": {"base", "sql", "store", "model"},
    "viz": {"base", "store", "model"},
    "models": {"base", "store", "actor", "model", "explore"},
    "cli": {"base", "sql", "store", "actor", "model", "explore", "scenario", "report", "live", "spec", "viz", "models"},
}

# sql's types reach the upper layers through store/operation.h, which is one of the interfaces that say so.
OTHER_HEADERS = {"models": {"models"}}

# A header of a dependency → the folder or file that is its only door.
DOORS = {
    r"pg_query": "src/sql/",
    r"boost/context": "src/actor/fiber.cc",
    r"tao/pegtl": "src/scenario/",
    r"range/v3": "src/model/schedule.cc",
    r"(graphviz/)?(gvc|cgraph)": "viz/",
    r"CLI/": "src/cli/",
    r"libpq": "src/live/connection.cc",
    r"hiredis": "src/live/redis.cc",
    r"lua\.hpp|lua5|lauxlib": "src/store/keyvalue/lua/",
    r"boost/multiprecision": "src/base/",
}

# What would let chance into the output. Not the word in a comment: the use.
FORBIDDEN = {
    r"std::hash\b": "std::hash differs between libraries",
    r"std::random_device|\bs?rand\(": "no randomness without the one seed",
    r"system_clock|\btime\(nullptr\)|\bgettimeofday\b": "no wall clock",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)


def main(root):
    cases = Cases()
    sources = sorted(
        path
        for folder in ("src", "viz", "models")
        for path in (root / folder).rglob("*")
        if path.suffix in (".h", ".cc")
    )
    cases.check("there are sources", len(sources) > 20, f"{len(sources)} found")
    for path in sources:
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        problems = includes(name, text) + doors(name, text) + chance(text)
        if path.suffix == ".h" and not text.startswith("//"):
            problems.append("does not open with what it is")
        cases.check(name, not problems, "; ".join(problems))
    cases.finish()


def layer_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "src" else parts[0]


def includes(name, text):
    layer = layer_of(name)
    if layer not in LAYERS:
        return [f"the folder {layer} is not in the table"]
    allowed = LAYERS[layer] | {layer} | OTHER_HEADERS.get(layer, set())
    problems = []
    for quote, header in INCLUDE.findall(text):
        target = header.split("/")[0]
        if quote == '"' and "/" not in header:
            problems.append(f"includes {header} without its folder")
        elif quote == '"' and target in LAYERS and target not in allowed:
            problems.append(f"{layer} may not include {header}")
    return problems


def doors(name, text):
    return [
        f"{header}: its door is {door}"
        for _, header in INCLUDE.findall(text)
        for pattern, door in DOORS.items()
        if re.match(pattern, header) and not name.startswith(door)
    ]


def chance(text):
    code = re.sub(r"//[^\n]*", "", text)
    return [why for pattern, why in FORBIDDEN.items() if re.search(pattern, code)]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
