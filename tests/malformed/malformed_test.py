#!/usr/bin/env python3
"""Every malformed file is refused in words: exit status 2 or 3, a located message, in time, and never "holds".

usage: malformed_test.py GAPLESS ROOT
"""

import json
import os
import pathlib
import re
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, run  # noqa: E402
import malformed  # noqa: E402

SECONDS = 60 if os.environ.get("GAPLESS_SANITIZED") else 10


def main(gapless, root):
    cases = Cases()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "broken.gap"
        for name, content in malformed.files(sorted((root / "models").glob("*.gap")), gapless):
            path.write_bytes(content)
            started = time.monotonic()
            status, output, errors = run([gapless, "check", "broken.gap"], cwd=folder, timeout=SECONDS)
            problems = wrong(status, output, errors, time.monotonic() - started)
            cases.check(name, not problems, f"{problems}\n  {(output + errors).strip()[:400]}")
            command = [gapless, "check", "broken.gap", "--format", "json"]
            again, document, aside = run(command, cwd=folder, timeout=SECONDS)
            problems = wrong_document(status, again, document, aside)
            cases.check(f"{name} as JSON", not problems, f"{problems}\n  {(document + aside).strip()[:400]}")
    cases.check("at least 200 files", cases.passed + cases.failed >= 400)
    cases.finish()


def wrong(status, output, errors, seconds):
    if status is None:
        return f"still running after {seconds:.0f} s"
    problems = []
    if status not in (2, 3):
        problems.append(f"exit status {status}")
    said = output + errors
    if not re.search(r"\bbroken\.gap:\d+:\d+: \S", said):
        problems.append("no located message")
    if says_holds(said):
        problems.append('says "holds"')
    if len(said) > 2_000:
        problems.append(f"{len(said)} characters of output")
    return "; ".join(problems)


def wrong_document(expected_status, status, document, aside):
    if status != expected_status:
        return f"exit status {status}, but {expected_status} as text"
    problems = []
    said = json.loads(document)
    located = [each for each in said["errors"] if each["file"] == "broken.gap" and each["line"] > 0 and each["message"]]
    # The document has no place for the reason of a run that could not be finished.
    if not located and not re.search(r"^broken\.gap:\d+:\d+: \S", aside, re.MULTILINE):
        problems.append("no located message")
    if status == 3 and [each["verdict"] for each in said["runs"]] != ["unknown"]:
        problems.append("an unfinished run is not unknown")
    if '"verdict": "holds"' in document or says_holds(aside):
        problems.append('says "holds"')
    return "; ".join(problems)


def says_holds(said):
    """The word stands nowhere but in what is quoted from the file: the line above a caret, and what was found there."""
    said = re.sub(r"^  .*\n(?=  *\^$)", "", said, flags=re.MULTILINE)
    return "holds" in said.replace("found `holds`", "")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
