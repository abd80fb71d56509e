#!/usr/bin/env python3
"""An autocommitted statement is one step here; on a server two of them can overlap, and wait for each other's rows. What is
recommended as one statement must hold there, too: each such statement in a transaction of its own, at READ COMMITTED.

usage: overlap_test.py GAPLESS ROOT
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402

HOLD = """
withdraw_fixes conditional_update
withdraw_fixes check_constraint
coupon_fixes one_statement
resource_limit_fixes conditional_update
resource_limit_fixes on_conflict
resource_limit_fixes state_machine
inventory_fixes conditional_update
inventory_fixes state_machine
inventory_fixes on_conflict
transfer_fixes one_statement
reservation_hold_fixes conditional_update
reservation_hold_fixes on_conflict
paid_flag set_add_by_event
"""
# What does not survive it, so that the test can fail: the count in the INSERT is that of the statement's snapshot.
VIOLATED = ["resource_limit count_in_insert", "coupon count_in_insert"]


def main(gapless, root):
    cases = Cases()
    with tempfile.TemporaryDirectory() as folder:
        for name in HOLD.split("\n")[1:-1]:
            runs, changed = overlapping(gapless, root, pathlib.Path(folder), *name.split())
            cases.check(f"{name}: there is a statement", changed)
            cases.check(f"{name} waits somewhere", any(int(each["interleavings"]) > 2 for each in runs), runs)
            cases.equal(f"{name} where statements overlap", {each["verdict"] for each in runs}, {"holds"})
        for name in VIOLATED:
            runs, _ = overlapping(gapless, root, pathlib.Path(folder), *name.split())
            cases.equal(f"{name} where statements overlap", {each["verdict"] for each in runs}, {"violated"})
    cases.finish()


def overlapping(gapless, root, folder, model, variant):
    text = (root / "models" / f"{model}.gap").read_text(encoding="utf-8")
    start = text.index("{\n", text.index(f"  variant {variant} ")) + 2
    end = text.index("\n  }\n", start)
    before = text[start:end]
    body = re.sub(r"^( +)let (\w+) = ((?:INSERT|UPDATE|WITH)[^;]*;)",
                  r"\1let \2_count = 0;\n\1transaction { let \2 = \3 set \2_count = \2.count; }", before, flags=re.M)
    body = re.sub(r"if (\w+)\.count = 0", r"if \1_count = 0", body) if "_count" in body else body
    body = re.sub(r"^( {4,6})((?:INSERT|UPDATE|WITH)[^;]*;)", r"\1transaction { \2 }", body, flags=re.M)
    path = folder / f"{model}-{variant}.gap"
    # Those that are in a transaction already are looked at as they are.
    path.write_text(text if "transaction" in before else text[:start] + body + text[end:], encoding="utf-8")
    _, output, errors = run([gapless, "check", path, "--variant", variant, "--isolation", "read committed", "--format", "json"])
    return document(output)["runs"] or [{"verdict": errors + output[:300], "interleavings": "0"}], body != before


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
