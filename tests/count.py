#!/usr/bin/env python3
"""Counts test cases, not test programs: reads meson's testlog.json, prints "N passed, N failed".

A doctest program says how many cases it ran; our scripts end with a line "cases: N passed, N failed". A program that
says nothing counts as one case; one that failed without a failed case (it crashed, or ran out of time) as one failed.
Exit status 1 where anything failed or nothing ran.
"""

import json
import re
import sys

DOCTEST = re.compile(r"\[doctest\] test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")
SCRIPT = re.compile(r"^cases: (\d+) passed, (\d+) failed$", re.MULTILINE)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def main(logs):
    passed = failed = skipped = 0
    for log in logs:
        for line in open(log, encoding="utf-8"):
            test = json.loads(line)
            if test["result"] == "SKIP":
                skipped += 1
                continue
            ok = test["result"] in ("OK", "EXPECTEDFAIL")
            cases_passed, cases_failed = cases(ESCAPE.sub("", test.get("stdout", "")), ok)
            if cases_passed + cases_failed == 0 or (not ok and cases_failed == 0):
                cases_failed += 1
                print(f"{test['name']}: {'ran no case' if ok else test['result'].lower()}")
            passed += cases_passed
            failed += cases_failed
    if skipped:
        print(f"{skipped} programs skipped")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


def cases(output, ok):
    found = DOCTEST.findall(output) + SCRIPT.findall(output)
    if not found:
        return (1, 0) if ok else (0, 1)
    return sum(int(p) for p, _ in found), sum(int(f) for _, f in found)


if __name__ == "__main__":
    # A shell that found no log passes its pattern on as it stands.
    sys.exit(main([log for log in sys.argv[1:] if "*" not in log]))
