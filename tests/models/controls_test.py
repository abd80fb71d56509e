#!/usr/bin/env python3
"""Each variant that holds must break when one of its guards is dropped, by `gapless check --controls`.

usage: controls_test.py GAPLESS ROOT
"""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402

# What holds without any guard that could be dropped, and why.
UNGUARDED = {}

# All guards of some variants: line, guard, what breaks without it and how; None: VACUOUS.
GUARDS = {}


def main(gapless, root):
    cases = Cases()
    status, output, error = run([gapless, "check", "models", "--controls", "--jobs", "2", "--format", "json"], cwd=root,
                                timeout=900)
    cases.equal("all models with their controls", (status, error), (0, ""))
    found = document(output)
    guards_of_each(cases, found["runs"])
    exact(cases, found["runs"])
    same_bytes(cases, gapless, root)
    vacuous_fails(cases, gapless, root)
    cases.finish()


def name(each):
    return pathlib.Path(each["file"]).stem, each["variant"]


def guards_of_each(cases, runs):
    """At some setting of faults, some guard breaks something."""
    breaking = {}
    for each in runs:
        if each["expected"] != "holds" or each["verdict"] != "holds":
            cases.equal(f"{name(each)}: only what holds has controls", each["controls"], [])
            continue
        breaks = [guard for guard in each["controls"] if guard["verdict"] == "violated"]
        for guard in breaks:
            cases.check(f"{name(each)} without {guard['guard']}: what breaks, and how", guard["invariant"] and guard["schedule"])
        for guard in each["controls"]:
            cases.equal(f"{name(each)} without {guard['guard']}: vacuous", guard["vacuous"], guard["verdict"] == "holds")
            if guard["verdict"] == "unknown":
                cases.check(f"{name(each)} without {guard['guard']}: why nothing is known", guard["note"])
        breaking.setdefault(name(each), []).extend(breaks)
    for variant, breaks in breaking.items():
        if variant in UNGUARDED:
            cases.equal(f"{variant} has no guard that could be dropped", [guard["guard"] for guard in breaks], [])
        else:
            cases.check(f"{variant}: some guard makes it hold", breaks)
    cases.equal("every exception is a variant that holds", sorted(set(UNGUARDED) - set(breaking)), [])


def exact(cases, runs):
    for each in runs:
        wanted = GUARDS.get(name(each))
        if wanted is None or each["faults"]:
            continue
        got = [(guard["line"], guard["guard"], guard["invariant"] or None, guard["schedule"] or None)
               for guard in each["controls"]]
        cases.equal(f"{name(each)}: its guards", got, wanted)


def same_bytes(cases, gapless, root):
    outputs = []
    for jobs in ("1", "2", "3"):
        _, output, _ = run([gapless, "check", "models/withdraw.gap", "models/coupon.gap", "--controls", "--jobs", jobs,
                            "--format", "json"], cwd=root)
        found = document(output)
        for each in found["runs"]:
            del each["seconds"]
        outputs.append(found)
    cases.check("something is dropped", any(each.get("controls") for each in outputs[0]["runs"]))
    cases.equal("whatever the number of jobs", outputs[1:], outputs[:1] * 2)


def vacuous_fails(cases, gapless, root):
    """A lock on a row that nobody else touches."""
    scenario = """
scenario lonely
database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE quiet (id int PRIMARY KEY); INSERT INTO users VALUES (1, 100); INSERT INTO quiet VALUES (1); }
request withdraw(amount) {
  transaction {
    SELECT id FROM quiet WHERE id = :me FOR UPDATE;
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { rollback; respond 400; }
  }
  effect paid(amount);
}
run withdraw(60) * 2
always  "never below zero" { SELECT min(balance) >= 0 FROM users }
finally "paid once" { SELECT count(*) <= 1 FROM paid }
finally "nothing but this" { SELECT count(*) = 1 FROM quiet }
"""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "lonely.gap"
        path.write_text(scenario, encoding="utf-8")
        status, output, _ = run([gapless, "check", path, "--controls", "--format", "json"])
        cases.equal("a vacuous guard is no error by itself", status, 0)
        found = document(output)
        controls = [(guard["guard"], guard["invariant"], guard["schedule"]) for each in found["runs"] for guard in each["controls"]]
        cases.equal("a lock on a row that nobody else touches", controls, LONELY)
        cases.equal("what never failed", found["never_failed"], [f"{path}: nothing but this"])
        status, _, _ = run([gapless, "check", path, "--controls", "--require", "no-vacuous"])
        cases.equal("unless it is to be one", status, 1)
        status, _, _ = run([gapless, "check", path])
        cases.equal("and without controls nothing of the kind is asked", status, 0)


LONELY = []

if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
