#!/usr/bin/env python3
"""gapless spec and gapless export from outside: exit statuses, files beside files, malformed tests, every recorded schedule.

usage: command_test.py GAPLESS ROOT
"""

import pathlib
import random
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, run  # noqa: E402

# Two writers of one row, and a reader in between.
SPEC = """\
setup { CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'x'); }
teardown { DROP TABLE t; }

session s1
setup { BEGIN; }
step w1 { UPDATE t SET b = 'y' WHERE a = 1; }
step c1 { COMMIT; }

session s2
step w2 { UPDATE t SET b = b || 'z' WHERE a = 1; }
step r2 { SELECT * FROM t; }   # { a comment

permutation w1 w2 c1 r2
permutation w2(*) w1 r2(c1) c1
"""
OUTPUT = """\
Parsed test spec with 2 sessions

starting permutation: w1 w2 c1 r2
step w1: UPDATE t SET b = 'y' WHERE a = 1;
step w2: UPDATE t SET b = b || 'z' WHERE a = 1; <waiting ...>
step c1: COMMIT;
step w2: <... completed>
step r2: SELECT * FROM t;
a|b 
-+--
1|yz
(1 row)


starting permutation: w2 w1 r2 c1
step w2: UPDATE t SET b = b || 'z' WHERE a = 1; <waiting ...>
step w1: UPDATE t SET b = 'y' WHERE a = 1;
step w2: <... completed>
step r2: SELECT * FROM t;
a|b 
-+--
1|xz
(1 row)

step c1: COMMIT;
"""


def main(gapless, root):
    cases = Cases()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        statuses(cases, gapless, folder)
        malformed(cases, gapless, folder)
        exports(cases, gapless, root, folder)
    cases.finish()


def statuses(cases, gapless, folder):
    (folder / "t.spec").write_text(SPEC)
    (folder / "t.out").write_text(OUTPUT)

    def spec(*arguments):
        return run([gapless, "spec", *arguments], cwd=folder)

    cases.equal("prints what isolationtester prints", spec("t.spec"), (0, OUTPUT, ""))
    cases.equal("--format text", spec("t.spec", "--format", "text"), (0, OUTPUT, ""))
    cases.equal(
        "agrees", spec("t.spec", "--compare", "t.out"), (0, "2 of 2 permutations agree with t.out\n", "")
    )
    (folder / "t.out").write_text(OUTPUT.replace("1|yz", "1|xz"))
    status, out, _ = spec("t.spec", "--compare", "t.out")
    cases.equal("differs", status, 1)
    cases.check("says how", out.endswith("1 of 2 permutations agree with t.out\n") and "(1, yz)" in out, out)
    (folder / "t_1.out").write_text(OUTPUT)
    cases.equal(
        "an alternative", spec("t.spec", "--compare", "t.out"), (0, "2 of 2 permutations agree with t_1.out\n", "")
    )
    cases.equal("no test", spec("none.spec")[0], 2)
    cases.equal("no output", spec("t.spec", "--compare", "none.out")[0], 2)
    (folder / "other.out").write_text("something else\n")
    status, _, errors = spec("t.spec", "--compare", "other.out")
    cases.check("an output of something else", status == 2 and errors.startswith("other.out:1:1: "), errors)
    (folder / "unused.spec").write_text(SPEC.replace("permutation w1 w2 c1 r2\n", "").replace("r2(c1) ", ""))
    cases.equal("a step that is not used", spec("unused.spec")[2], "unused step name: r2\n")


def malformed(cases, gapless, folder):
    """Cut, doubled, swapped: wrong or not, it ends with 0 or with a located message and 2."""
    chance = random.Random(7)
    texts = [SPEC[:length] for length in range(0, len(SPEC), 7)]
    for _ in range(80):
        begin, end = sorted(chance.randrange(len(SPEC)) for _ in range(2))
        end = min(end, begin + 12)
        texts += [SPEC[:begin] + SPEC[end:], SPEC[:begin] + chance.choice('{}"\'();#*$-') + SPEC[begin:]]
    texts += [SPEC.replace("UPDATE", word) for word in ("{", "DROP", "'", "/*", "$$", "BEGIN; BEGIN", "SELECT pg_sleep(")]
    for number, text in enumerate(texts):
        (folder / "broken.spec").write_text(text)
        status, out, errors = run([gapless, "spec", "broken.spec"], cwd=folder, timeout=60)
        located = re.search(r"^broken\.spec:\d+:\d+: \S", errors, re.MULTILINE)
        fine = status == 0 or (status == 2 and located)
        cases.check(f"malformed {number}", fine, f"exit status {status}\n{errors}\n{text[-300:]}")


def exports(cases, gapless, root, folder):
    schedules = sorted((root / "schedules").glob("*.schedule"))
    cases.check("there are schedules", len(schedules) > 10)
    exported = 0
    for schedule in schedules:
        name = schedule.relative_to(root).as_posix()
        command = [gapless, "export", name, "--format"]
        status, text, errors = run([*command, "isolationtester"], cwd=root)
        if status == 2 and "cannot be exported" in errors:  # Redis, a fault, a step of nobody: PostgreSQL has none
            continue
        exported += 1
        if not cases.check(f"{name} as a test", status == 0 and not errors, errors):
            continue
        (folder / "exported.spec").write_text(text)
        status, out, errors = run([gapless, "spec", folder / "exported.spec"])
        cases.check(f"{name} runs", status == 0 and out.count("starting permutation:") == 1, errors)
        status, script, errors = run([*command, "sql"], cwd=root)
        cases.check(f"{name} as a script", status == 0 and "\n--    Terminal 1 " in script, errors)
    cases.check("most of what is PostgreSQL's is exported", exported > 180, str(exported))
    given(cases, gapless, root)
    cases.equal("none", run([gapless, "export", "none.schedule", "--format", "sql"], cwd=root)[0], 2)


def given(cases, gapless, root):
    """A schedule of a model, in both ways to say it; and what is missing is said."""

    def export(*arguments):
        return run([gapless, "export", *arguments], cwd=root)

    naive = ["--variant", "naive", "--actors", "2"]
    recorded = export("schedules/withdraw-naive.schedule", "--format", "isolationtester")
    cases.check("recorded", recorded[0] == 0 and "permutation a1_1 a2_1 a2_2 a1_2 after_1" in recorded[1], recorded[1])
    by_schedule = export("models/withdraw.gap", *naive, "--schedule", "1 2 2 1", "--format", "isolationtester")
    cases.equal("--schedule", by_schedule, recorded)
    by_model = export("1 2 2 1", "--model", "models/withdraw.gap", *naive, "--format", "isolationtester")
    cases.equal("--model", by_model, recorded)
    status, text, _ = export("models/withdraw.gap", *naive, "--schedule", "1 2 2 1", "--format", "isolationtester",
                             "--isolation", "serializable")  # fmt: skip
    cases.check("another level", status == 0 and text.count("default_transaction_isolation = 'serializable'") == 2, text)
    for wrong in (
        ["models/withdraw.gap", "--schedule", "1 2 2 1", "--format", "sql"],
        ["models/withdraw.gap", *naive, "--schedule", "x", "--format", "sql"],
        ["models/withdraw.gap", *naive, "--schedule", "1", "--model", "m.gap", "--format", "sql"],
        ["schedules/withdraw-naive.schedule", *naive, "--format", "sql"],
        ["schedules/withdraw-naive.schedule"],
        ["schedules/withdraw-naive.schedule", "--format", "xml"],
    ):
        status, out, errors = export(*wrong)
        cases.check(f"usage: {wrong}", status == 2 and not out and errors, errors)
    status, _, errors = export("models/withdraw.gap", *naive, "--schedule", "1 1 1 1 1", "--format", "sql")
    cases.check("cannot be played", status == 1 and "cannot be played" in errors, errors)


if __name__ == "__main__":
    main(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve())
