#!/usr/bin/env python3
"""Losses that the obvious invariant does not see: the variant is violated, and with the obvious invariants alone it holds.

That the balance is not below zero, the limit not passed, the code not used twice: whoever asks only that is told that all
is well. What sees the loss is what was *lost* (claimed if and only if granted, paid implies seat or refund, no lock left),
the order of things (history), or the relation between two stores.

usage: invisible_test.py GAPLESS ROOT
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402

# Model, variant, faults, the obvious invariants; and the kind of the one that sees it.
INVISIBLE = [
    ("withdraw", "naive", "none", ["the balance never goes below zero"], "relation"),
    ("redis_lease", "overrun_lease", "none", ["the balance never goes below zero", "somebody is paid, or told to come again"], "relation"),
    ("redis_lease", "fencing_on_write_only", "none", ["the balance never goes below zero", "somebody is paid, or told to come again"], "relation"),
    ("redis_lease", "lock_for_ever", "crash <= 1",
     ["the balance never goes below zero", "what was paid left the balance", "somebody is paid, or told to come again"], "lost"),
    ("coupon_fixes", "claim_then_grant", "crash <= 1", ["one order at most has the discount"], "lost"),
    ("coupon_redis", "set_nx", "crash <= 1", ["one order at most has the discount"], "stores"),
    ("inventory_redis", "lua", "crash <= 1", ["no more is ordered than there was"], "stores"),
    ("inventory_redis", "decr_then_repair", "none",
     ["no more is ordered than there was", "every unit sold has left the stock"], "lost"),
    ("resource_limit_fixes", "guard_then_insert", "crash <= 1", ["the team has at most 5 members"], "relation"),
    ("resource_limit_redis", "incr_without_repair", "none", ["never more than two at work"], "lost"),
    ("idempotency_key_faults", "key_first", "crash <= 1", ["one key is charged at most once"], "lost"),
    ("withdraw_faults", "debit_then_pay", "crash <= 1", ["the balance never goes below zero"], "lost"),
    ("withdraw_faults", "new_key_each_attempt", "retry <= 1",
     ["the balance never goes below zero", "booked if and only if paid"], "history"),
    ("loyalty_points", "conditional_update", "retry <= 1",
     ["nobody spends more than he has", "what was spent left the points"], "history"),
    ("subscription", "monotonic_only", "none", ["one renewal is charged once", "who was charged has the month",
                                                "who cancelled stays cancelled"], "history"),
    ("reservation_hold", "webhook_checks_owner", "none",
     ["no seat is booked for nothing", "no seat is held for ever"], "lost"),
    ("paid_flag", "greatest", "none", ["who is paid up has the flag"], "lost"),
    ("outbox", "send_after_commit", "crash <= 1", ["nothing is shipped that is not paid", "one parcel an order"], "lost"),
    ("withdraw_mongodb", "debit_then_record", "crash <= 1", ["no more is paid out than there was"], "relation"),
    ("coupon_mongodb", "claim_then_grant", "crash <= 1", ["one order at most has the discount"], "lost"),
    ("loyalty_points_mongodb", "guarded_update", "retry <= 1",
     ["nobody spends more than he has", "what was spent left the points"], "history"),
    ("outbox_mongodb", "two_documents", "crash <= 1", ["nothing is shipped that is not paid", "one parcel an order"], "lost"),
]


def main(gapless, root):
    cases = Cases()
    with tempfile.TemporaryDirectory() as folder:
        for model, variant, faults, obvious, kind in INVISIBLE:
            text = (root / "models" / f"{model}.gap").read_text(encoding="utf-8")
            name = f"{model} {variant} ({faults})"
            path = pathlib.Path(folder) / "obvious.gap"
            path.write_text(only(cases, name, text, obvious), encoding="utf-8")
            cases.equal(f"{name} is violated", verdict(gapless, root / "models" / f"{model}.gap", variant, faults), "violated")
            cases.equal(f"{name} with what is obvious", verdict(gapless, path, variant, faults), "holds")
            cases.check(f"{name} is of a known kind", kind in ("relation", "lost", "history", "stores"))
    cases.check("at least eight", len(INVISIBLE) >= 8)
    cases.finish()


def only(cases, name, text, titles):
    found = re.findall(r'^(?:always|finally|history)\s+"([^"]*)"', text, re.M)
    for title in titles:
        cases.check(f"{name}: there is “{title}”", title in found)
    for title in found:
        if title not in titles:
            start = re.search(rf'^(?:always|finally|history)\s+"{re.escape(title)}"', text, re.M).start()
            after = re.search(r"\}\s*?(?=\n(?:always|finally|history)\b|\Z)", text[start:]).end()
            text = text[:start] + text[start + after:]
    return text


def verdict(gapless, path, variant, faults):
    _, output, errors = run([gapless, "check", path, "--variant", variant, "--faults", faults, "--format", "json"])
    runs = document(output)["runs"]
    return runs[0]["verdict"] if len(runs) == 1 else f"{len(runs)} runs {output[:200]} {errors[:200]}"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
