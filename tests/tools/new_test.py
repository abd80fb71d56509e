#!/usr/bin/env python3
"""`gapless new`: each skeleton is a scenario that can be checked as it is, shows a race, and a fix without one.

usage: new_test.py GAPLESS ROOT
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
    status, output, errors = run([gapless, "new"])
    cases.equal("`new` lists", (status, errors), (0, ""))
    paths = re.findall(r"^  (\w+)  ", output, re.MULTILINE)
    stores = re.search(r"^Stores: (.*)$", output, re.MULTILINE)[1].split(", ")
    cases.check("there are money paths", len(paths) > 10, str(paths))
    files = sorted(file.relative_to(root / "templates").as_posix() for file in (root / "templates").glob("*/*.gap"))
    cases.equal("what is listed is what is there", sorted(f"{store}/{path}.gap" for store in stores for path in paths),
                files)
    for store in stores:
        for path in paths:
            with tempfile.TemporaryDirectory() as folder:
                skeleton(cases, gapless, root, path, store, pathlib.Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        default(cases, gapless, pathlib.Path(folder))
    cases.finish()


def skeleton(cases, gapless, root, path, store, folder):
    name = f"{path} on {store}"
    file = folder / "mine.gap"
    status, output, errors = run([gapless, "new", path, "--store", store, "--output", str(file)])
    if not cases.equal(f"{name}: is written", (status, errors), (0, "")):
        return
    text = file.read_text(encoding="utf-8")
    cases.equal(f"{name}: as in templates/", text, (root / f"templates/{store}/{path}.gap").read_text(encoding="utf-8"))
    cases.check(f"{name}: is on {store}", re.search(rf"^database \w+ {store} \{{", text, re.MULTILINE))
    cases.check(f"{name}: says how to go on", "To make it yours" in text and "gapless check" in text)
    status, output, errors = run([gapless, "check", "mine.gap", "--format", "json"], cwd=folder)
    cases.equal(f"{name}: can be checked as it is", (status, errors), (0, ""))
    runs = document(output)["runs"]
    verdicts = {variant: {run["verdict"] for run in runs if run["variant"] == variant}
                for variant in dict.fromkeys(run["variant"] for run in runs)}
    cases.equal(f"{name}: naive is violated in each setting", verdicts.get("naive"), {"violated"})
    cases.check(f"{name}: a fix holds in each setting", {"holds"} in verdicts.values(), str(verdicts))
    cases.check(f"{name}: two variants", len(verdicts) == 2, str(verdicts))
    idle = [(run["variant"], run["never_ran"], run["never_succeeds"]) for run in runs]
    cases.check(f"{name}: everything in it happens", not any(ran or succeeds for _, ran, succeeds in idle), str(idle))
    if store == "postgres":  # elsewhere the guard may be within a script, of which nothing is dropped
        status, output, errors = run([gapless, "check", "mine.gap", "--controls"], cwd=folder)
        cases.check(f"{name}: the fix has a guard that it needs", re.search(r"dropped: [1-9]\d* breaks? something", output),
                    output[-300:])


def default(cases, gapless, folder):
    status, output, errors = run([gapless, "new", "withdraw"], cwd=folder)
    cases.check("the file is named after the path", status == 0 and (folder / "withdraw.gap").exists(), errors)
    command = re.search(r"Check it with: (.*)$", output)[1].split()
    cases.equal("what it says to do can be done", run([gapless, *command[1:]], cwd=folder)[0], 0)
    before = (folder / "withdraw.gap").read_bytes()
    status, output, errors = run([gapless, "new", "withdraw", "--store", "redis"], cwd=folder)
    cases.check("no file is overwritten", status == 2 and (folder / "withdraw.gap").read_bytes() == before, errors)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
