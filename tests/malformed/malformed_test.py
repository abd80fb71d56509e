#!/usr/bin/env python3
"""Every malformed file is refused in words: exit status 2 or 3, a located message, in time, and never "holds".

usage: malformed_test.py GAPLESS ROOT
"""

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
    cases.check("at least 200 files", cases.passed + cases.failed >= 200)
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
    if re.search(r"[✓✗·] holds|\b[1-9]\d* holds?\b", said):
        problems.append('says "holds"')
    # PostgreSQL quotes an unterminated string whole, in a statement of at most 32 KiB.
    if len(said) > 50_000:
        problems.append(f"{len(said)} characters of output")
    return "; ".join(problems)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
