#!/usr/bin/env python3
"""Every recorded counterexample still is one; a stale one is said to be STALE and does not pass.

usage: schedules_test.py GAPLESS ROOT
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, own_models, run  # noqa: E402
from models_test import FIRST  # noqa: E402


def main(gapless, root):
    cases = Cases()
    recorded = sorted((root / "schedules").glob("*.schedule"))
    status, output, _ = run([gapless, "check", *own_models(root), "--isolation", "all", "--format", "json"], cwd=root)
    violated = {(each["file"], each["variant"], each["isolation"], faults(each["faults"])): each
                for each in document(output)["runs"] if each["verdict"] == "violated"}
    cases.equal("the models are as expected", status, 0)
    played = set()
    for schedule in recorded:
        replays(cases, gapless, root, schedule, violated, played)
    # Of the first thirteen models one at each level; of the others one for each invariant that a variant breaks.
    wanted = {}
    for key, each in violated.items():
        first = pathlib.Path(key[0]).stem in FIRST
        wanted.setdefault(key if first else (*key[:2], each["counterexample"]["invariant"]), key)
    cases.equal("every violated variant has its schedule", sorted(set(wanted.values()) - played), [])
    cases.equal("no schedule too many", sorted(played - set(wanted.values())), [])
    cases.finish()


LEVELS = ("read committed", "repeatable read", "serializable")


def faults(setting):
    return ", ".join(f"{name} <= {bound}" for name, bound in setting.items()) or "none"


def replays(cases, gapless, root, schedule, violated, played):
    name = schedule.relative_to(root).as_posix()
    text = schedule.read_text(encoding="utf-8")
    status, output, errors = run([gapless, "replay", name], cwd=root)
    cases.check(f"{name} replays", status == 0 and "STALE" not in output + errors, f"{status}\n{output}{errors}")
    cases.check(f"{name} breaks what it broke", field(text, "invariant") in output, output)
    key = (field(text, "model"), field(text, "variant"), field(text, "isolation"), field(text, "faults") or "none")
    found = violated.get(key)
    cases.check(f"{name} is the only one of its kind", key not in played)
    played.add(key)
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
    found = re.search(rf"^{key}: (.*)$", text, re.MULTILINE)
    return found[1] if found else None


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
