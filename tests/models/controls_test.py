#!/usr/bin/env python3
"""Each variant that holds must break when one of its guards is dropped, by `gapless check --controls`.

usage: controls_test.py GAPLESS ROOT
"""

import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, own_models, run  # noqa: E402

# What holds without any guard that could be dropped, and why.
ONE_REQUEST = "holds only where nothing fails, and then there is one request, once"
ONE_DELIVERY = "holds only where nothing is delivered twice"
ID = "the guard is that _id is unique, always"
INSERT = "the guard is that INSERT of PartiQL does not replace"
UNGUARDED = {
    ("idempotency_key_faults", "charge_then_key"): ONE_REQUEST,
    ("idempotency_key_faults", "claim_taken_over"): ONE_REQUEST,
    ("idempotency_key_faults", "provider_forgets"): ONE_REQUEST,
    ("withdraw_faults", "pay_then_debit"): ONE_REQUEST,
    ("withdraw_faults", "debit_then_pay"): ONE_REQUEST,
    ("withdraw_faults", "pay_in_transaction"): ONE_REQUEST,
    ("withdraw_faults", "claim_without_job"): ONE_REQUEST,
    ("outbox", "send_after_commit"): ONE_REQUEST,
    ("outbox", "outbox"): ONE_REQUEST,
    ("paid_flag_redis", "set_nx_ex_then_incrby"): ONE_DELIVERY,
    ("paid_flag_redis", "incrby"): "the guard is that INCRBY commutes",
    ("paid_flag_redis", "set_add"): "the guard is that adding to a set commutes",
    ("paid_flag", "in_place"): "the guard is that pro_until = pro_until + days commutes",
    ("paid_flag", "set_add"): "the guard is that adding to a set commutes",
    ("coupon_mongodb", "insert_redemption"): ID,
    ("idempotency_key_mongodb", "insert_key"): ID,
    ("inventory_mongodb", "unit_then_order"): ID,
    ("outbox_mongodb", "send_after_write"): ONE_REQUEST,
    ("outbox_mongodb", "two_documents"): ONE_REQUEST,
    ("outbox_mongodb", "outbox_in_the_order"): "the guard is that order and message are one document",
    ("withdraw_faults_mongodb", "pay_then_debit"): ONE_REQUEST,
    ("withdraw_faults_mongodb", "debit_then_pay"): ONE_REQUEST,
    ("withdraw_faults_mongodb", "pay_in_transaction"): ONE_REQUEST,
    ("withdraw_faults_mongodb", "claim_without_job"): ONE_REQUEST,
    ("paid_flag_mongodb", "insert_event_then_inc"): ID,
    ("paid_flag_mongodb", "inc"): "the guard is that $inc commutes",
    ("paid_flag_mongodb", "set_of_grants"): "the guard is that $addToSet commutes",
    ("paid_flag_mongodb", "add_to_set_is_no_guard"): ONE_DELIVERY,
    ("paid_flag_mongodb", "upsert_event_without_index"): ONE_DELIVERY,
    ("paid_flag_mongodb", "event_with_a_time"): ONE_DELIVERY,
    ("coupon_dynamodb", "partiql_insert"): INSERT,
    ("idempotency_key_dynamodb", "partiql_insert"): INSERT,
    ("outbox_dynamodb", "send_after_write"): ONE_REQUEST,
    ("withdraw_faults_dynamodb", "pay_then_debit"): ONE_REQUEST,
    ("withdraw_faults_dynamodb", "debit_then_pay"): ONE_REQUEST,
    ("withdraw_faults_dynamodb", "token_then_pay"): ONE_REQUEST,
    ("withdraw_faults_dynamodb", "claim_without_job"): ONE_REQUEST,
    ("paid_flag_dynamodb", "add"): "the guard is that ADD commutes",
    ("paid_flag_dynamodb", "partiql"): "the guard is that pro = pro + days commutes",
    ("paid_flag_dynamodb", "put_grant"): "the guard is that putting an item twice is putting it once",
    ("paid_flag_dynamodb", "set_without_condition"): ONE_DELIVERY,
    ("paid_flag_dynamodb", "add_then_event"): ONE_DELIVERY,
    ("paid_flag_dynamodb", "event_with_a_time"): ONE_DELIVERY,
    ("lost_update", "atomic_update"): "the guard is that balance = balance + amount commutes",
    ("write_back", "rename_then_delete"): "the guard is RENAME",
    ("transfer", "one_statement"): "3 of 100: nobody ever wants for money, and all is one statement",
}
# The money is enough for two, so that the third request is the one too many.
ACTORS = {("withdraw", "conditional_update"): 3, ("withdraw", "row_lock"): 3}

# All guards of some variants: line, guard, what breaks without it and how; None: VACUOUS.
OVERSOLD = "the coupon discounts no more orders than it is good for"
OVERLAP = "sections do not overlap"
GUARDS = {
    ("withdraw", "compare_and_set_retry"): [
        (109, "retry up to 2", "nobody is refused while there is money", "1 2 2 1"),
        (111, "if user.balance < amount { … }", None, None),
        (112, "AND balance = :user.balance", "what was paid left the balance", "1 2 2 1"),
        (113, "if done.count = 0 { … }", "what was paid left the balance", "1 2 2 1"),
    ],
    ("coupon", "conditional_update"): [
        (71, "transaction { … }", None, None),
        (72, "AND uses < max_uses", OVERSOLD, "1 1 1 2 2 2"),
        (73, "if done.count = 0 { … }", OVERSOLD, "1 1 1 2 2 2"),
    ],
    ("coupon", "row_lock"): [
        (82, "transaction { … }", OVERSOLD, "1 1 2 2 2 1"),
        (83, "FOR UPDATE", OVERSOLD, "1 1 2 2 2 2 1 1"),
        (84, "if coupon.uses >= coupon.max_uses { … }", OVERSOLD, "1 1 1 1 2 2 2 2"),
    ],
    ("coupon", "unique_constraint"): [
        (8, "PRIMARY KEY (code) of redemptions", OVERSOLD, "1 1 1 2 2 2"),
        (95, "transaction { … }", None, None),
    ],
    ("transfer", "ordered_locks"): [
        (58, "transaction { … }", "money is neither made nor lost", "1 1"),
        (59, "FOR UPDATE", "no transfer fails for another reason than want of money", "1 1 2 2 2 1 1 2 2"),
        (60, "AND balance >= :amount", None, None),
        (61, "if done.count = 0 { … }", None, None),
    ],
    ("redis_lock", "compare_and_delete_in_finally"): [
        (84, "NX", OVERLAP, "1 2"),
        (85, "if NOT lock.found { … }", OVERLAP, "1 2"),
        (93, "if redis.call('get', KEYS[1]) == ARGV[1] then … end", OVERLAP, "1 2 2 3"),
    ],
}


def main(gapless, root):
    cases = Cases()
    status, output, error = run([gapless, "check", *own_models(root), "--controls", "--jobs", "2", "--format", "json"],
                                cwd=root, timeout=900)
    cases.equal("all models with their controls", (status, error), (0, ""))
    found = document(output)
    more = []
    for (model, variant), actors in ACTORS.items():
        _, output, _ = run([gapless, "check", f"models/{model}.gap", "--variant", variant, "--actors", str(actors),
                            "--controls", "--format", "json"], cwd=root)
        more += document(output)["runs"]
    cases.equal("with more actors", [name(each) for each in more], list(ACTORS))
    guards_of_each(cases, found["runs"] + more)
    exact(cases, found["runs"])
    same_bytes(cases, gapless, root)
    with tempfile.TemporaryDirectory() as folder:
        vacuous_fails(cases, gapless, pathlib.Path(folder))
        nothing_comes_of_it(cases, gapless, pathlib.Path(folder))
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
            cases.equal(f"{name(each)} without {guard['guard']}: vacuous", guard["vacuous"],
                        guard["verdict"] == "holds" and guard["note"] is None)
            if guard["verdict"] == "unknown":
                cases.check(f"{name(each)} without {guard['guard']}: why nothing is known", guard["note"])
        breaking.setdefault(name(each), []).extend(breaks)
    for variant, breaks in breaking.items():
        if variant in UNGUARDED:
            cases.equal(f"{variant} has no guard that could be dropped", [guard["guard"] for guard in breaks], [])
        else:
            cases.check(f"{variant}: some guard makes it hold", breaks)
    needed_elsewhere(cases, runs)
    cases.equal("every exception is a variant that holds", sorted(set(UNGUARDED) - set(breaking)), [])


def needed_elsewhere(cases, runs):
    """A guard is vacuous only if nothing breaks without it at any setting of faults."""
    outcomes = {}
    for each in runs:
        seen = {}
        for guard in each["controls"]:
            key = guard["guard"], guard["line"]
            seen[key] = seen.get(key, 0) + 1
            outcomes.setdefault((name(each), each["actors"], *key, seen[key]), []).append(guard)
    for key, guards in outcomes.items():
        verdicts = {guard["verdict"] for guard in guards}
        word = "needed at " if "violated" in verdicts else "undecided at " if "unknown" in verdicts else None
        for guard in guards:
            if guard["verdict"] == "holds":
                cases.check(f"{key}: vacuous, or needed elsewhere",
                            guard["note"] is None if word is None else guard["note"].startswith(word))
    needed = [guard for guards in outcomes.values() for guard in guards if guard["verdict"] == "holds" and guard["note"]]
    cases.check("some guard is needed at one setting only", needed)


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


LONELY = """scenario lonely
database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE quiet (id int PRIMARY KEY); INSERT INTO users VALUES (1, 100); INSERT INTO quiet VALUES (1), (2); }
request withdraw(amount) {
  transaction {
    SELECT id FROM quiet WHERE id = :me FOR UPDATE;
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { rollback; respond 400; }
  }
  effect paid(amount);
}
run withdraw(60) * 2
finally "paid once" { SELECT count(*) = 1 FROM paid }
always  "never below zero" { SELECT min(balance) >= 0 FROM users }
finally "nothing but this" { SELECT count(*) = 2 FROM quiet }
"""


def vacuous_fails(cases, gapless, folder):
    """A lock on a row that nobody else touches."""
    path = folder / "lonely.gap"
    path.write_text(LONELY, encoding="utf-8")
    status, output, _ = run([gapless, "check", path, "--controls", "--format", "json"])
    cases.equal("a vacuous guard is no error by itself", status, 0)
    found = document(output)
    controls = [(guard["line"], guard["guard"], guard["invariant"] or None, guard["vacuous"])
                for each in found["runs"] for guard in each["controls"]]
    cases.equal("a lock on a row that nobody else touches", controls, [
        (5, "transaction { … }", None, True),
        (6, "FOR UPDATE", None, True),
        (7, "AND balance >= :amount", "never below zero", False),
        (8, "if done.count = 0 { … }", "paid once", False),
    ])
    cases.equal("what never failed", found.get("never_failed"), [f"{path}: nothing but this"])
    status, _, _ = run([gapless, "check", path, "--controls", "--require", "no-vacuous"])
    cases.equal("unless it is to be one", status, 1)
    status, _, _ = run([gapless, "check", path])
    cases.equal("and without controls nothing of the kind is asked", status, 0)


IDLE = """scenario idle
database bank postgres { CREATE TABLE t (a int NOT NULL); INSERT INTO t VALUES (1); }
database redis redis { }
request work(n) {
  let r = SELECT a FROM t;
  if r.a > 1 {
    DELETE FROM t;
    redis> SET gone:{n} 1;
    call charge(n);
    send closed(n);
  }
  redis> MULTI;
  redis> SET here:{n} 1;
  redis> EXEC;
  try { UPDATE t SET a = a; } finally { SELECT a FROM t WHERE a = 7; }
}
request closed(n) { SELECT 7 AS seven; respond 503; }
request late() { if true { respond 204; } SELECT 8 AS eight; }
run work(1), closed(5), late()
always "a" { SELECT true }
"""


def nothing_comes_of_it(cases, gapless, folder):
    path = folder / "idle.gap"
    path.write_text(IDLE, encoding="utf-8")
    _, output, _ = run([gapless, "check", path, "--format", "json"])
    (found,) = document(output)["runs"]
    cases.equal("statements that never ran", found["never_ran"], [
        f"{path}:7: DELETE FROM t", f"{path}:8: SET gone:{{n}} 1", f"{path}:9: call charge", f"{path}:10: send closed",
        f"{path}:18: SELECT 8 AS eight"])
    cases.equal("requests that always fail", found["never_succeeds"], ["closed(5)"])
    _, output, _ = run([gapless, "check", path, "--mode", "enumerate", "--format", "json"])
    (found,) = document(output)["runs"]
    cases.equal("only the census knows", (found["never_ran"], found["never_succeeds"]), ([], []))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
