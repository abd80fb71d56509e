#!/usr/bin/env python3
"""Every recorded counterexample still is one; a stale one is said to be STALE and does not pass.

usage: schedules_test.py GAPLESS ROOT
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402


def main(gapless, root):
    cases = Cases()
    recorded = sorted((root / "schedules").glob("*.schedule"))
    status, output, _ = run([gapless, "check", "models", "--isolation", "all", "--format", "json"], cwd=root)
    violated = {(each["file"], each["variant"], each["isolation"]): each for each in document(output)["runs"]
                if each["verdict"] == "violated"}
    cases.equal("the models are as expected", status, 0)
    for schedule in recorded:
        replays(cases, gapless, root, schedule, violated)
    cases.equal("every violated variant has its schedule at each level", sorted(violated), [])
    cases.finish()


def replays(cases, gapless, root, schedule, violated):
    name = schedule.relative_to(root).as_posix()
    text = schedule.read_text(encoding="utf-8")
    status, output, errors = run([gapless, "replay", name], cwd=root)
    cases.check(f"{name} replays", status == 0 and "STALE" not in output + errors, f"{status}\n{output}{errors}")
    cases.check(f"{name} breaks what it broke", field(text, "invariant") in output, output)
    found = violated.pop((field(text, "model"), field(text, "variant"), field(text, "isolation")), None)
    if cases.check(f"{name} is of a violated variant", found):
        cases.equal(f"{name} is the simplest", field(text, "schedule"), found["counterexample"]["schedule"])
    stale(cases, gapless, root, name, text)


def stale(cases, gapless, root, name, text):
    digest = field(text, "digest")
    other = text.replace(digest, ("0" if digest[0] != "0" else "1") + digest[1:])
    with tempfile.NamedTemporaryFile("w", suffix=".schedule", encoding="utf-8") as file:
        file.write(other)
        file.flush()
        status, output, errors = run([gapless, "replay", file.name], cwd=root)
    cases.check(f"{name} with another digest", status == 1 and "STALE" in output + errors, f"{status}\n{output}{errors}")


def field(text, key):
    return re.search(rf"^{key}: (.*)$", text, re.MULTILINE)[1]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
