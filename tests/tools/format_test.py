#!/usr/bin/env python3
"""`gapless format` on every scenario that is here: models, templates, what the documents show.

Nothing but white space changes, titles and comments stay, a second time changes nothing, and the result is still a
scenario. Then the same with the layout spoilt: without indentation, with carriage returns, with blanks at the ends of
lines. Models and templates are laid out already.

usage: format_test.py GAPLESS ROOT
"""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, run  # noqa: E402

BLOCK = re.compile(r"^```gap\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A text over several lines: an indentation within it is data.
LONG_QUOTE = re.compile(r'EVAL "[^"]*\n')


def main(gapless, root):
    cases = Cases()
    models = sorted(path.as_posix() for path in (root / "models").glob("*.gap"))
    status, output, errors = run([gapless, "format", "--check", *models, "models/corpus", "templates"], cwd=root)
    cases.check("models and templates are laid out", status == 0, output[-2000:] + errors[-2000:])
    found = scenarios(root)
    cases.check("there are scenarios", len(found) > 120, str(len(found)))
    laid_out = format_all(cases, gapless, "as written", found)
    for name, text in found.items():
        same(cases, name, text, laid_out[name])
    plain = {name: text for name, text in found.items() if not LONG_QUOTE.search(text)}
    for how, spoil in SPOILT.items():
        again = format_all(cases, gapless, how, {name: spoil(text) for name, text in plain.items()})
        for name, text in plain.items():
            lines = [line.strip() for line in again[name].splitlines()]
            cases.equal(f"{name}, {how}: the same lines", lines, [line.strip() for line in laid_out[name].splitlines()])
    outside(cases, gapless, root)
    cases.finish()


SPOILT = {
    "without indentation": lambda text: re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE),
    "far to the right": lambda text: re.sub(r"^(?=.)", "\t\t   ", text, flags=re.MULTILINE),
    "with carriage returns": lambda text: text.replace("\n", "\r\n"),
    "with blanks at the ends": lambda text: re.sub(r"(?m)$", "  \t", text),
    "with more blank lines": lambda text: re.sub(r"^\n", "\n\n\n", text, flags=re.MULTILINE),
}


def scenarios(root):
    found = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
             for folder in ("models", "templates") for path in sorted((root / folder).rglob("*.gap"))}
    for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for number, block in enumerate(BLOCK.findall(document.read_text(encoding="utf-8"))):
            if block.startswith("scenario ") or "\nscenario " in block:
                found[f"{document.name} {number}"] = block
    return found


def format_all(cases, gapless, how, texts):
    """All of them in one folder, formatted in place; then once more."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = {each: folder / f"{number:04}.gap" for number, each in enumerate(texts)}
        for each, text in texts.items():
            files[each].write_bytes(text.encode())
        status, output, errors = run([gapless, "format", str(folder)])
        numbers = {file.name: each for each, file in files.items()}
        cases.check(f"all are formatted, {how}", status == 0,
                    re.sub(r"\d{4}\.gap", lambda found: f"{found[0]} ({numbers[found[0]]})", errors[-1500:]))
        results = {each: file.read_bytes().decode() for each, file in files.items()}
        status, output, errors = run([gapless, "format", "--check", str(folder)])
        cases.check(f"twice is once, {how}", (status, output, errors) == (0, "", ""), output[-1500:] + errors[-1500:])
        cases.check(f"nothing else is left there, {how}", len(list(folder.iterdir())) == len(files))
    return results


def same(cases, name, before, after):
    cases.equal(f"{name}: the same but for white space", "".join(after.split()), "".join(before.split()))
    cases.equal(f"{name}: titles", re.findall(r'"[^"\n]*"', after), re.findall(r'"[^"\n]*"', before))
    cases.equal(f"{name}: comments", comments(after), comments(before))
    cases.check(f"{name}: no blanks at the ends", not re.search(r"[ \t\r]$", after, re.MULTILINE))
    cases.check(f"{name}: one line break at the end", after.endswith("\n") and not after.endswith("\n\n"))


def comments(text):
    return [found.rstrip() for found in re.findall(r"(?m)(?<!\S)--.*$", text)]


def outside(cases, gapless, root):
    """Standard input, a folder that cannot be written, a file that is nobody's to change."""
    text = (root / "models/withdraw.gap").read_text(encoding="utf-8")
    spoilt = SPOILT["without indentation"](text)
    done = subprocess.run([gapless, "format", "-"], input=spoilt.encode(), capture_output=True, timeout=60)
    cases.equal("standard input to standard output", (done.returncode, done.stdout.decode()), (0, text))
    done = subprocess.run([gapless, "format", "--check", "-"], input=spoilt.encode(), capture_output=True, timeout=60)
    cases.check("standard input is compared", done.returncode == 1 and b"--- <standard input>" in done.stdout)
    done = subprocess.run([gapless, "format", "-"], input=b"scenario", capture_output=True, timeout=60)
    cases.check("a mistake in it has its place", done.returncode == 2 and b"<standard input>:1:9: " in done.stderr
                and done.stdout == b"", done.stderr.decode())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "a.gap").write_text(spoilt, encoding="utf-8")
        difference = run([gapless, "format", "--check", "a.gap"], cwd=folder)[1]
        cases.equal("the difference makes one of the other", patched(spoilt, difference), text)


def patched(text, difference):
    """What `patch` would make of it."""
    lines, result, at = text.splitlines(), [], 0
    for line in difference.splitlines()[2:]:
        hunk = re.match(r"@@ -(\d+)(?:,(\d+))? ", line)
        if hunk:
            begin = int(hunk[1]) - (0 if hunk[2] == "0" else 1)
            result += lines[at:begin]
            at = begin
            continue
        if line[0] in " -":
            if lines[at] != line[1:]:
                return f"line {at + 1} is {lines[at]!r}, not {line[1:]!r}"
            at += 1
        if line[0] in " +":
            result.append(line[1:])
    return "\n".join(result + lines[at:]) + "\n"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
