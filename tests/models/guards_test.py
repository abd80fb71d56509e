#!/usr/bin/env python3
"""A check that cannot fail is worse than none: each variant that holds must break when its guard is taken away.

usage: guards_test.py GAPLESS ROOT
"""

import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402
from models_test import FIRST  # noqa: E402

# (model, variant): what stands there, and what stands there once the guard is gone. Other replacements may come with
# it: then the variant must still hold with those alone.
FOR_UPDATE = (" FOR UPDATE", "")
GUARDS = {
    ("withdraw", "conditional_update"): (" AND balance >= :amount", ""),
    ("withdraw", "row_lock"): FOR_UPDATE,
    ("withdraw", "compare_and_set_retry"): (" AND balance = :user.balance", ""),
    ("lost_update", "atomic_update"): ("balance = balance + :amount", "balance = :amount"),
    ("lost_update", "row_lock"): FOR_UPDATE,
    ("coupon", "conditional_update"): (" AND uses < max_uses", ""),
    ("coupon", "row_lock"): FOR_UPDATE,
    ("coupon", "unique_constraint"): ("INSERT INTO redemptions VALUES (:code);", ""),
    ("inventory", "check_constraint"): (" CHECK (stock >= 0)", ""),
    ("inventory", "conditional_update"): (" AND stock >= :quantity", "", (" CHECK (stock >= 0)", "")),
    ("inventory", "row_lock"): FOR_UPDATE,
    ("inventory", "optimistic_version"): (" AND version = :item.version", ""),
    ("transfer", "ordered_locks"): (" ORDER BY id FOR UPDATE", ""),
    ("transfer", "ordered_updates"): ("if source < target", "if true"),
    ("transfer", "one_statement"): ("low.accounts > 0", "low.accounts > 2", ("transfer(1, 2, 3)", "transfer(1, 2, 130)")),
    ("idempotency_key", "unique_constraint"): ("INSERT INTO keys VALUES (:key, 'charging');", ""),
    ("idempotency_key", "unique_constraint_in_transaction"): ("INSERT INTO keys VALUES (:key, 'paid');", ""),
    ("idempotency_key", "claim_by_status"): (" AND status = 'open'", ""),
    ("idempotency_key", "on_conflict_do_nothing"): ("if mine.count = 0 { respond 409; }", ""),
    ("idempotency_key", "on_conflict_in_transaction"): ("if mine.count = 0 { rollback; respond 409; }", ""),
    ("transfer", "ordered_locks_with_retry"): (" ORDER BY id FOR UPDATE", ""),
    ("write_skew", "lock_both_rows"): (" ORDER BY id FOR UPDATE", ""),
    ("write_skew", "guarded_total"): (" AND total >= :amount", ""),
    ("write_skew", "serializable_with_retry"): (' at "serializable"', ""),
    ("lock_parent_then_count", "lock_then_count"): FOR_UPDATE,
    ("lock_parent_then_count", "look_then_lock"): FOR_UPDATE,
    ("lock_parent_then_count", "touch_then_count"): ("UPDATE documents SET touched = touched + 1 WHERE id = :document;", ""),
    ("lock_parent_then_count", "conditional_update"): (" AND revisions < 5", ""),
    ("advisory_lock", "own_statement"): ("SELECT pg_advisory_xact_lock(:event);", ""),
    ("advisory_lock", "around_the_transaction"): ("SELECT pg_advisory_lock(:event);", ""),
    ("advisory_lock", "try_lock"): ("if NOT mine.locked", "if false"),
    ("claim_next_code", "for_update"): FOR_UPDATE,
    ("claim_next_code", "skip_locked"): (" FOR UPDATE SKIP LOCKED", ""),
    ("claim_next_code", "skip_locked_with_retry"): ("FOR UPDATE SKIP LOCKED", ""),
    ("serializable_without_retry", "retry_then_charge"): ("on serialization_failure", "on deadlock_detected"),
    ("serializable_without_retry", "read_committed_and_lock"): FOR_UPDATE,
    ("mixed_levels", "both_update_the_team"): (" AND members < 5", ""),
    ("mixed_levels", "all_serializable"): ('transaction at "serializable"', "transaction"),
    ("resource_limit", "lock_parent"): FOR_UPDATE,
    ("resource_limit", "conditional_update"): (" AND members < max_members", ""),
    ("resource_limit", "unique_constraint"): (", UNIQUE (team, seat)", ""),
}
ACTORS = 3  # two withdrawals of 50 empty an account of 100 lawfully; the third is one too many


def main(gapless, root):
    cases = Cases()
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        for model in sorted((root / "models").glob("*.gap")):
            if model.stem not in FIRST:
                continue   # gapless check --controls finds the guards of the others
            text = model.read_text(encoding="utf-8")
            for variant in holding(gapless, model, cases):
                seen.add((model.stem, variant))
                guard_matters(cases, gapless, pathlib.Path(folder), model.stem, variant, text)
    cases.equal("every guard belongs to a variant that holds", sorted(set(GUARDS) - seen), [])
    cases.finish()


def check(gapless, path, *arguments):
    status, output, _ = run([gapless, "check", path, "--actors", str(ACTORS), "--format", "json", *arguments])
    return status, document(output)["runs"]


def holding(gapless, model, cases):
    status, runs = check(gapless, model)
    cases.equal(f"{model.stem} as it is", status, 0)
    return [each["variant"] for each in runs if each["verdict"] == "holds"]


def guard_matters(cases, gapless, folder, model, variant, text):
    name = f"{model} {variant}"
    if not cases.check(f"{name}: its guard is known", (model, variant) in GUARDS, "name it in GUARDS"):
        return
    guard, replacement, *others = GUARDS[model, variant]
    for old, new in others:
        cases.check(f"{name}: {old} is there", old in text)
        text = text.replace(old, new)
    if others:
        cases.equal(f"{name} with {others}", verdict(gapless, folder, text, variant), "holds")
    unguarded = without(text, variant, guard, replacement)
    if cases.check(f"{name}: {guard!r} is there", unguarded != text):
        cases.equal(f"{name} without {guard!r}", verdict(gapless, folder, unguarded, variant), "violated")


def without(text, variant, guard, replacement):
    """The guard is taken out of the variant, or of the tables where it stands there."""
    start = text.index(f"variant {variant} ")
    end = text.find("\n  variant ", start)
    end = len(text) if end < 0 else end
    body = text[start:end]
    if guard in body:
        return text[:start] + body.replace(guard, replacement) + text[end:]
    return text.replace(guard, replacement)


def verdict(gapless, folder, text, variant):
    path = folder / "unguarded.gap"
    path.write_text(text, encoding="utf-8")
    _, runs = check(gapless, path, "--variant", variant)
    return runs[0]["verdict"] if len(runs) == 1 else f"{len(runs)} runs"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
