#!/usr/bin/env python3
"""What the documents show is true: every scenario in them is checked, every command in them is run.

Fenced blocks, by the word behind the fence:

  gap            a whole scenario, which must load and meet its expectations
  gap NAME.gap   the same, kept as a file for the commands of the page; whether its expectations are met is for them to say
  gap-body       statements, which must load in the frame of the page
  gap-frame      the frame: a scenario with `…` where the statements go. It is for the blocks and tables behind it
  gap-fragment   a piece of a scenario, which nobody checks
  console        commands (`$ ./dev …`, or `$ gapless …` in the folder of the page's files) and, under each, what it prints:
                 the lines shown must stand in the output in this order; `…` alone on a line leaves something out.
                 `echo $?` shows the exit status of the command before it

In a table with the heading `you wrote | Gapless says`, the pieces of the first column, each put into the frame where it
belongs, must yield what the second column quotes.

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

BLOCK = re.compile(r"^```([\w-]+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Chores, which are run by hand and by continuous integration; here they need only exist.
CHORES = {"setup", "build", "test", "agree", "bench", "format", "sanitize", "fuzz", "help"}
DECLARATIONS = ("database", "memory", "processes", "lock", "clock", "faults", "isolation", "request", "always", "finally",
                "history", "scenario", "invariant")


def main(gapless, root):
    cases = Cases()
    documents = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    texts = {document: document.read_text(encoding="utf-8") for document in documents}
    for document, text in texts.items():
        with tempfile.TemporaryDirectory() as folder:
            Page(cases, document, text, gapless, root, pathlib.Path(folder)).check()
        links(cases, document, text, texts)
    cases.finish()


class Page:
    """One document: its blocks in their order, with the files that they make."""

    def __init__(self, cases, document, text, gapless, root, folder):
        self.cases, self.document, self.text = cases, document, text
        self.gapless, self.root, self.folder = gapless, root, folder
        self.frame = None

    def check(self):
        blocks = [(found.start(), self.block, found) for found in BLOCK.finditer(self.text)]
        tables = [(found.start(), self.mistakes, found) for found in re.finditer(
            r"^\| you wrote \| Gapless says \|.*\n\|[-| ]+\n((?:\|.*\n)+)", self.text, re.MULTILINE)]
        for _, check, found in sorted(blocks + tables, key=lambda each: each[0]):
            check(found)
        self.examples()

    def examples(self):
        """The list of examples, where the page has one, has them all, and each stands under the heading that is linked."""
        listed = re.search(r"^\| example \| shows \|\n\|[-| ]+\n((?:\|.*\n)+)", self.text, re.MULTILINE)
        if not listed:
            return
        wanted = dict(re.findall(r"^\| \[(\w+)\]\(#([^)]+)\) \|", listed[1], re.MULTILINE))
        found = {}
        for block in BLOCK.finditer(self.text):
            if block[1] == "gap":
                above = re.findall(r"^#+ (.*)$", BLOCK.sub("", self.text[:block.start()]), re.MULTILINE)
                found.setdefault(re.search(r"^scenario (\w+)", block[3], re.MULTILINE)[1], anchor_of(above[-1]))
        self.cases.equal(f"{self.document.name}: the list of examples", wanted, found)

    def name(self, offset):
        return f"{self.document.name}:{self.text.count(chr(10), 0, offset) + 1}"

    def block(self, found):
        name, kind, label, text = self.name(found.start()), found[1], found[2].strip(), found[3]
        if kind == "gap":
            self.scenario(name, label, text)
        elif kind == "gap-frame":
            self.frame = text
            self.cases.equal(f"{name}: one place for what is put into the frame", text.count("…"), 1)
            self.loads(name, text.replace("…", ""))
        elif kind == "gap-body":
            self.loads(name, self.frame.replace("…", text))
        elif kind == "console":
            self.console(name, text)

    def scenario(self, name, label, text):
        if not re.search(r"^scenario ", text, re.MULTILINE):
            self.cases.check(f"{name}: a fragment is not called gap", False, "write ```gap-fragment for a piece of a scenario")
            return
        (self.folder / (label or "example.gap")).write_text(text, encoding="utf-8")
        status, output, errors = run([self.gapless, "check", label or "example.gap"], cwd=self.folder)
        good = status in (0, 1) if label else status == 0
        self.cases.check(f"{name}: the scenario", good, f"exit status {status}\n{output[-1500:]}{errors[-1500:]}")
        self.cases.equal(f"{name}: no warnings", warnings(output + errors), "")

    def loads(self, name, text):
        (self.folder / "framed.gap").write_text(text, encoding="utf-8")
        status, output, errors = run([self.gapless, "list", "framed.gap"], cwd=self.folder)
        self.cases.check(f"{name}: it loads", status == 0, f"exit status {status}\n{text}\n{output[-500:]}{errors[-1500:]}")

    def console(self, name, block):
        commands = re.split(r"^\$ ", block, flags=re.MULTILINE)
        self.cases.check(f"{name}: begins with a command", commands[0].strip() == "" and len(commands) > 1)
        status = 0
        for command, after in zip(commands[1:], [*commands[2:], ""]):
            line, _, shown = command.partition("\n")
            # Whatever the page says of it; otherwise a verdict, whichever it is.
            good = range(6) if after.startswith("echo $?") else (0, 1)
            line = re.sub(r"\s+# .*$", "", line).strip()
            if line == "echo $?":
                self.cases.equal(f"{name}: the exit status", shown.strip(), str(status))
                continue
            words = shlex.split(line)
            if words[0] == "gapless":
                status = self.command(name, line, words[1:], shown, self.folder, good)
            elif words[0] != "./dev":
                self.cases.check(f"{name}: {line}", words[0] in ("git", "cd"), "only ./dev, gapless, git and cd are known here")
            elif words[1] in CHORES:
                known = re.search(rf"^    {words[1]}\)", (self.root / "dev").read_text(), re.MULTILINE)
                self.cases.check(f"{name}: {line}", known)
            else:
                with tempfile.TemporaryDirectory() as folder:
                    # What a command writes must not land in the checkout.
                    words = [f"{folder}/{word}" if words[max(0, at - 1)] in ("-o", "--output") else word
                             for at, word in enumerate(words)]
                    status = self.command(name, line, words[1:], shown, self.root, good)

    def command(self, name, line, words, shown, cwd, good):
        status, output, errors = run([self.gapless, *words], cwd=cwd)
        self.cases.check(f"{name}: {line}", status in good, f"exit status {status}\n{errors[-800:]}")
        self.cases.check(f"{name}: what {line} prints", in_order(shown, output + errors),
                         f"not there, or not in this order: {missing(shown, output + errors)!r}\n{output}")
        return status

    def mistakes(self, found):
        for row in re.finditer(r"^\| (.*?) \| (.*?) \|", found[1], re.MULTILINE):
            name = self.name(found.start(1) + row.start())
            text = self.frame
            for piece in spans(row[1]):
                text = framed(text, piece)
            (self.folder / "mistake.gap").write_text(text.replace("…", ""), encoding="utf-8")
            _, output, errors = run([self.gapless, "check", "mistake.gap"], cwd=self.folder)
            said = " ".join((output + errors).split())
            for quoted in spans(row[2]):
                self.cases.check(f"{name}: {row[1]}", quoted in said, f"it does not say {quoted!r} but\n{output[:500]}{errors[:1500]}")


def spans(cell):
    """The code spans of a cell of a table."""
    found = re.findall(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", cell)
    return [text.replace(r"\|", "|").strip() for _, text in found]


def framed(frame, piece):
    """A piece of a scenario in the frame, where it belongs."""
    word = piece.split()[0]
    if word == "run":
        return re.sub(r"^run .*$", lambda _: piece, frame, flags=re.MULTILINE)
    if word in ("expect", "at", "variant"):
        return re.sub(r"^(request handle\([^)]*\)) \{", lambda found: f"{found[1]} {piece} {{", frame, flags=re.MULTILINE)
    if word == "finally" and '"' not in piece:
        return frame.replace("…", piece)
    if word in DECLARATIONS:
        return frame + piece + "\n"
    return frame.replace("…", piece + "\n…")


def warnings(output):
    return "\n".join(line for line in output.splitlines() if re.match(r" *warning\b", line))


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


def links(cases, document, text, texts):
    prose = BLOCK.sub("", text)
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", prose):
        if "://" in target:
            continue
        file = (document.parent / target).resolve() if target else document
        cases.check(f"{document.name} → {target}", file.exists())
        if anchor and file in texts:
            cases.check(f"{document.name} → {target}#{anchor}", anchor in anchors(texts[file]), "there is no such heading")


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", text), re.MULTILINE)
    named = set(re.findall(r'<a id="([^"]+)">', text))
    return named | {anchor_of(heading) for heading in headings}


def anchor_of(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
