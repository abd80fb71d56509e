#!/usr/bin/env python3
"""What the documents show is true: every scenario in them is checked, every command in them is run.

A ```gap block is a whole scenario, which must load and meet its expectations (```gap-fragment is a piece of one). A ```console block holds commands
(`$ ./dev …`) and, under each, what it prints: the lines shown must stand in the output in this order; `…` alone on a
line leaves something out. `echo $?` shows the exit status of the command before it.

usage: docs_test.py GAPLESS ROOT
"""

import pathlib
import re
import shlex
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, run  # noqa: E402

BLOCK = re.compile(r"^```([\w-]+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Chores, which are run by hand and by continuous integration; here they need only exist.
CHORES = {"setup", "build", "test", "agree", "bench", "format", "sanitize", "fuzz", "help"}


def main(gapless, root):
    cases = Cases()
    documents = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            name = f"{document.name}:{text.count(chr(10), 0, found.start()) + 1}"
            if found[1] == "gap":
                scenario(cases, name, found[2], gapless)
            elif found[1] == "console":
                console(cases, name, found[2], gapless, root)
        links(cases, document, text)
    cases.finish()


def scenario(cases, name, text, gapless):
    if not re.search(r"^scenario ", text, re.MULTILINE):
        cases.check(f"{name}: a fragment is not called gap", False, "write ```gap-fragment for a piece of a scenario")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "example.gap"
        path.write_text(text, encoding="utf-8")
        status, output, errors = run([gapless, "check", path.name], cwd=folder)
        cases.check(f"{name}: the scenario", status == 0, f"exit status {status}\n{output[-1500:]}{errors[-1500:]}")


def console(cases, name, block, gapless, root):
    commands = re.split(r"^\$ ", block, flags=re.MULTILINE)
    cases.check(f"{name}: begins with a command", commands[0].strip() == "" and len(commands) > 1)
    status = 0
    for command in commands[1:]:
        line, _, shown = command.partition("\n")
        line = re.sub(r"\s+# .*$", "", line).strip()
        if line == "echo $?":
            cases.equal(f"{name}: the exit status", shown.strip(), str(status))
            continue
        words = shlex.split(line)
        if words[0] != "./dev":
            cases.check(f"{name}: {line}", words[0] in ("git", "cd"), "only ./dev, git and cd are known here")
        elif words[1] in CHORES:
            cases.check(f"{name}: {line}", re.search(rf"^    {words[1]}\)", (root / "dev").read_text(), re.MULTILINE))
        else:
            with tempfile.TemporaryDirectory() as folder:
                # What a command writes must not land in the checkout.
                words = [f"{folder}/{word}" if words[max(0, at - 1)] in ("-o", "--output") else word
                         for at, word in enumerate(words)]
                status, output, errors = run([gapless, *words[1:]], cwd=root)
            cases.check(f"{name}: {line}", status in (0, 1), f"exit status {status}\n{errors[-800:]}")
            cases.check(f"{name}: what {line} prints", in_order(shown, output + errors),
                        f"not there, or not in this order: {missing(shown, output + errors)!r}\n{output}")


def missing(shown, output):
    """The first line shown that the output does not have after the lines before it, or None."""
    rest = iter(plain(line) for line in output.splitlines())
    for line in shown.splitlines():
        if line.strip() in ("", "…"):
            continue
        if not any(plain(line) == other for other in rest):
            return line
    return None


def in_order(shown, output):
    return missing(shown, output) is None


def plain(line):
    """Times differ from run to run."""
    return re.sub(r"\b\d+(\.\d+)? (ms|s)\b", "TIME", line.rstrip())


def links(cases, document, text):
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        if "://" not in target:
            cases.check(f"{document.name} → {target}", (document.parent / target).exists())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
