#!/usr/bin/env python3
"""Every model meets its expectations, the engines agree, and the numbers are those that the design derives.

usage: models_test.py GAPLESS ROOT
"""

import collections
import math
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402

LEVELS = ("read committed", "repeatable read", "serializable")
SANITIZED = bool(os.environ.get("GAPLESS_SANITIZED"))


class Models(Cases):
    def __init__(self, gapless, root):
        super().__init__()
        self.gapless = gapless
        self.root = root

    def gap(self, *arguments):
        return run([self.gapless, *map(str, arguments)], cwd=self.root)

    def runs(self, *arguments):
        """The runs of one `check`, which must end 0 and say nothing but its document."""
        status, output, errors = self.gap("check", *arguments, "--format", "json")
        self.equal(f"check {' '.join(map(str, arguments))} ends 0", (status, errors[:300]), (0, ""))
        return document(output)["runs"]

    def one(self, *arguments):
        found = self.runs(*arguments)
        return found[0] if self.check(f"{arguments} is one run", len(found) == 1) else collections.defaultdict(lambda: None)


def main(gapless, root):
    cases = Models(gapless, root)
    expectations(cases)
    check_values(cases)
    levels(cases)
    same_bytes(cases)
    exit_statuses(cases)
    cases.finish()


# The first thirteen have neither faults nor a second store: two and three actors are small enough for every engine.
FIRST = ("advisory_lock claim_next_code coupon idempotency_key inventory lock_parent_then_count lost_update mixed_levels "
         "resource_limit serializable_without_retry transfer withdraw write_skew").split()
ENUMERABLE = 1_500


def expectations(cases):
    files = sorted(path.relative_to(cases.root).as_posix() for path in (cases.root / "models").glob("*.gap"))
    cases.check("the first thirteen models, and more", len(files) > len(FIRST), files)
    for file in files:
        if pathlib.Path(file).stem in FIRST:
            without_faults(cases, file)
        else:
            with_faults(cases, file)


def without_faults(cases, file):
    for actors in (2, 3):
        census, enumerated, searched = (
            cases.runs(file, "--actors", actors, "--isolation", "all", "--mode", mode)
            for mode in ("census", "enumerate", "search"))
        cases.check(f"{file} has variants", len(census) >= 3 * 5)
        cases.equal(f"{file} at every level", collections.Counter(each["isolation"] for each in census),
                    {level: len(census) // 3 for level in LEVELS})
        for one, other, search in zip(census, enumerated, searched, strict=True):
            agree(cases, f"{file} {one['variant']} {one['isolation']} {actors}", one, other, search)


def with_faults(cases, file):
    """As the file says: its actors, each setting of its faults, every level. Those with few interleavings are also
    enumerated."""
    census, searched = (cases.runs(file, "--isolation", "all", "--mode", mode) for mode in ("census", "search"))
    small = collections.defaultdict(list)
    for one, search in zip(census, searched, strict=True):
        setting = faults(one)
        name = f"{file} {one['variant']} {one['isolation']} {setting}"
        cases.check(f"{name} makes a claim", one["expected"] in ("holds", "violated"))
        cases.equal(f"{name} verdict", one["verdict"], one["expected"])
        cases.equal(f"{name} coverage", one["coverage"], "exhaustive")
        cases.equal(f"{name} search", search["verdict"], one["verdict"])
        # The simplest counterexample is one thing, however it was found.
        found = [each["counterexample"] and (each["counterexample"]["simplest"], each["counterexample"]["schedule"])
                 for each in (one, search)]
        cases.check(f"{name} counterexamples", found[0] == found[1], found)
        small[one["variant"], setting].append(one)
    enumerated = 0
    for (variant, setting), levels in small.items():
        if any(each["interleavings"] is None or int(each["interleavings"]) > ENUMERABLE for each in levels):
            continue
        # Where the level makes no difference to the census, once is enough.
        alike = len({tuple(each[key] for key in ("interleavings", "violating", "states", "transitions")) for each in levels}) == 1
        level = LEVELS[0] if alike else "all"
        others = cases.runs(file, "--variant", variant, "--faults", setting, "--isolation", level, "--mode", "enumerate")
        for one, other in zip(levels[:len(others)], others, strict=True):
            enumerated += 1
            name = f"{file} {variant} {one['isolation']} {setting}"
            for key in ("verdict", "interleavings", "violating"):
                cases.equal(f"{name} {key}: enumerate as census", other[key], one[key])
            cases.equal(f"{name} enumerate ran them all", other["executions"], int(one["interleavings"]))
            found = [each["counterexample"] and each["counterexample"]["schedule"] for each in (one, other)]
            cases.check(f"{name} counterexamples of both", found[0] == found[1], found)
    cases.check(f"{file}: some are small enough to enumerate", enumerated > 0)


def faults(found):
    return ", ".join(f"{name} <= {bound}" for name, bound in found["faults"].items()) or "none"


def agree(cases, name, census, enumerated, search):
    cases.check(f"{name} makes a claim", census["expected"] in ("holds", "violated"))
    cases.equal(f"{name} verdict", census["verdict"], census["expected"])
    cases.equal(f"{name} coverage", (census["coverage"], census["counts"]), ("exhaustive", "exact"))
    for key in ("verdict", "interleavings", "violating"):
        cases.equal(f"{name} {key}: enumerate as census", enumerated[key], census[key])
    cases.equal(f"{name} search", search["verdict"], census["verdict"])
    cases.equal(f"{name} enumerate ran them all", enumerated["executions"], int(census["interleavings"]))
    cases.check(f"{name} is small enough to enumerate", int(census["interleavings"]) < 400_000, census["interleavings"])
    cases.equal(f"{name} is violated where something violates", census["violating"] != "0",
                census["verdict"] == "violated")
    # The simplest counterexample is one thing, however it was found.
    found = [each["counterexample"] and (each["counterexample"]["simplest"], each["counterexample"]["schedule"])
             for each in (census, enumerated, search)]
    cases.check(f"{name} counterexamples", found[0] == found[1] == found[2], found)


# (2N)! / (2!)^N orders of N naive withdrawals where nobody is refused, less the steps that refused ones do not take.
NAIVE = {2: (6, 4), 3: (90, 84), 4: (2_376, 2_352), 5: (96_600, 96_480), 6: (5_606_640, 5_605_920)}
ROW_LOCK = {2: 6, 3: 102, 4: 3_072, 5: 145_080}


def check_values(cases):
    for actors, (interleavings, violating) in NAIVE.items():
        found = cases.one("models/withdraw.gap", "--variant", "naive", "--actors", actors, "--mode", "census")
        cases.equal(f"naive, {actors}", (found["interleavings"], found["violating"], found["verdict"]),
                    (str(interleavings), str(violating), "violated"))
    for actors, interleavings in ROW_LOCK.items():
        found = cases.one("models/withdraw.gap", "--variant", "row_lock", "--actors", actors, "--mode", "census")
        cases.equal(f"row_lock, {actors}", (found["interleavings"], found["violating"], found["verdict"]),
                    (str(interleavings), "0", "holds"))

    found = cases.one("models/withdraw.gap", "--variant", "naive")
    example = found["counterexample"] or collections.defaultdict(lambda: None)
    cases.equal("naive: simplest", (example["schedule"], example["simplest"]), ("1 2 2 1", True))
    cases.equal("naive: invariant", example["invariant"], "what was paid left the balance")
    cases.equal("naive: four steps", [step["actor"] for step in example["steps"] or []], [1, 2, 2, 1])
    # SELECT → 100, UPDATE → 1 row; SELECT → 50, UPDATE → 1 row … : one role plus four observations; a third
    # request sees a balance of 0 as well.
    cases.equal("naive: fiber runs of two", found["fiber_runs"], 5)
    fifty = cases.one("models/withdraw.gap", "--variant", "naive", "--actors", 50, "--mode", "census")
    cases.equal("naive: fiber runs of fifty", fifty["fiber_runs"], 6)
    cases.equal("naive: fifty", (fifty["verdict"], fifty["coverage"], fifty["counts"]),
                ("violated", "exhaustive", "exact"))
    # One statement each, and nobody waits: every order of 50 requests is an interleaving.
    fifty = cases.one("models/withdraw.gap", "--variant", "conditional_update", "--actors", 50)
    cases.equal("conditional_update: 50!", (fifty["interleavings"], fifty["violating"]),
                (str(math.factorial(50)), "0"))
    cases.equal("conditional_update: fifty", (fifty["verdict"], fifty["coverage"]), ("holds", "exhaustive"))


def levels(cases):
    # Autocommitted: the level changes nothing.
    for level in LEVELS:
        found = cases.one("models/withdraw.gap", "--variant", "naive", "--isolation", level)
        cases.equal(f"naive, {level}", (found["isolation"], found["interleavings"], found["violating"]), (level, "6", "4"))
    # One after the other (2), or the second begins to wait before the first one's UPDATE or its COMMIT (2 × 2). Above
    # READ COMMITTED the wait ends with 40001, and a customer is refused.
    for level, violating in zip(LEVELS, ("0", "4", "4")):
        found = cases.one("models/withdraw.gap", "--variant", "row_lock", "--isolation", level)
        cases.equal(f"row_lock, {level}", (found["interleavings"], found["violating"]), ("6", violating))
        found = cases.one("models/lost_update.gap", "--variant", "transaction_without_lock", "--isolation", level)
        cases.equal(f"read and write, {level}", (int(found["interleavings"]), int(found["violating"])),
                    read_and_write(level != LEVELS[0]))
    # A level that is written is no other one's business. The second one begins to wait after the first one's statement 1,
    # 2 or 3, and the first one's call is one of the last four steps (3 × 4), or it comes after COMMIT (4); 2 × 16.
    for level in LEVELS:
        found = cases.one("models/serializable_without_retry.gap", "--variant", "read_committed_and_lock", "--isolation",
                          level)
        cases.equal(f"an explicit level at {level}", (found["verdict"], found["interleavings"]), ("holds", "32"))


def read_and_write(aborts):
    """Interleavings of two transactions that SELECT, UPDATE and COMMIT, and how many lose an update or end in 40001:
    counted by hand-made rules for one row, with the first updater winning where `aborts`."""
    def count(place, seen, versions, holder, bad):
        # place: steps done (3: finished); a waiter has place 1.5. seen: the version that was read.
        total = wrong = 0
        for i in (0, 1):
            def go(new_place, new_seen=seen[i], new_versions=versions, new_holder=holder, new_bad=bad):
                nonlocal total, wrong
                t, w = count(tuple(new_place if j == i else place[j] for j in (0, 1)),
                             tuple(new_seen if j == i else seen[j] for j in (0, 1)), new_versions, new_holder, new_bad)
                total, wrong = total + t, wrong + w
            if place[i] == 0:
                go(1, new_seen=versions)
            elif place[i] == 1 and holder is not None:
                go(1.5)
            elif place[i] == 1.5 and holder is not None:
                continue
            elif place[i] in (1, 1.5):
                stale = seen[i] != versions
                if stale and aborts:
                    go(3, new_bad=True)
                else:
                    go(2, new_holder=i, new_bad=bad or stale)
            elif place[i] == 2:
                go(3, new_versions=versions + 1, new_holder=None)
        return (1, int(bad)) if place == (3, 3) else (total, wrong)
    return count((0, 0), (0, 0), 0, None, False)


def same_bytes(cases):
    def text(*arguments):
        status, output, errors = cases.gap("check", "models", *arguments)
        cases.equal(f"check models {arguments}", (status, errors[:300]), (0, ""))
        return re.sub(r"(\"seconds\":|time=\")\s*[0-9.e+-]+", r"\1", output)

    matrix = text("--isolation", "all")
    cases.check("three levels twice, with one job and with two", matrix == text("--isolation", "all", "--jobs", "2"))
    cases.check("a column a level", "read committed  repeatable read  serializable" in re.sub("  +", "  ", matrix))
    for form in ("text", "json", "junit"):
        first = text("--format", form, "--jobs", "1")
        cases.check(f"{form} says something", len(first) > 1000)
        cases.check(f"{form} twice", first == text("--format", form, "--jobs", "1"))
        cases.check(f"{form} with two jobs", first == text("--format", form, "--jobs", "2"))


def exit_statuses(cases):
    def status(*arguments):
        return cases.gap(*arguments)[0]

    file = "models/withdraw.gap"
    cases.equal("0: as expected", status("check", file), 0)
    cases.equal("1: required to hold", status("check", file, "--require", "holds"), 1)
    cases.equal("0: holds as required", status("check", file, "--variant", "row_lock", "--require", "holds"), 0)
    cases.equal("2: no such file", status("check", "models/nowhere.gap"), 2)
    cases.equal("2: no such option", status("check", file, "--nonsense"), 2)
    cases.equal("2: no such command", status("frobnicate"), 2)
    cases.equal("5: no such variant", status("check", file, "--variant", "nothing"), 5)
    # Each cell of the matrix counts.
    cases.equal("0: every level as expected", status("check", file, "--isolation", "all"), 0)
    cases.equal("1: required to hold at every level", status("check", file, "--variant", "row_lock", "--isolation", "all",
                                                             "--require", "holds"), 1)
    cases.equal("0: required to hold at one", status("check", file, "--variant", "row_lock", "--isolation",
                                                     "read committed", "--require", "holds"), 0)
    cases.equal("2: no such level", status("check", file, "--isolation", "chaos"), 2)
    cases.equal("2: no such file at any level", status("check", "models/nowhere.gap", "--isolation", "all"), 2)
    cases.equal("5: no such variant at any level", status("check", file, "--variant", "nothing", "--isolation", "all"), 5)
    cases.equal("3: time at every level", status("check", file, "--variant", "conditional_update", "--actors", 12, "--mode",
                                                 "enumerate", "--isolation", "all", "--time", "0.2"), 3)
    # One actor cannot race: no claim is made, and none is broken.
    alone = cases.one(file, "--variant", "naive", "--actors", 1)
    cases.equal("naive alone", (alone["expected"], alone["verdict"]), (None, "holds"))
    # Billions of interleavings one by one.
    cases.equal("3: time", status("check", file, "--variant", "row_lock", "--actors", 8, "--mode", "enumerate",
                                  "--time", "0.2"), 3)
    cases.equal("3: memory", status("check", "models/transfer.gap", "--variant", "ordered_locks", "--actors", 40,
                                    "--memory", "4MiB"), 3)
    # A violation that was found settles the claim, however little was covered.
    cases.equal("0: violated, out of memory", status("check", "models/idempotency_key.gap", "--variant", "naive",
                                                     "--actors", 60, "--memory", "4MiB"), 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
