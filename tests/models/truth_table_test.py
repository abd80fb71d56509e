#!/usr/bin/env python3
"""The truth table of docs/isolation.md, statement by statement: which ends each shape of a race can come to, at each
level. (Cells of it that are a variant of a model are checked with the models.)

An end is a condition over tables and responses; "never" is made its invariant, so it can be reached exactly where that
invariant is violated. What no end of the list describes must be reached nowhere.

usage: truth_table_test.py GAPLESS ROOT
"""

import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, run  # noqa: E402

LEVELS = ("read committed", "repeatable read", "serializable")
EVERY = (True, True, True)
ONLY_RC = (True, False, False)
BELOW_SER = (True, True, False)
ABOVE_RC = (False, True, True)
ONLY_SER = (False, False, True)
NEVER = (False, False, False)


def told(status, times=1):
    return f"(SELECT count(*) FROM responses WHERE status = '{status}') = {times}"


FAILED = told("serialization_failure")

# Name, tables, the request, who runs, and the ends: name, condition, whether it is reached at each level.
SHAPES = [
    ("an absent row FOR UPDATE, then INSERT", "CREATE TABLE r (code text);", "request f()", """
       let found = SELECT code FROM r WHERE code = 'x' FOR UPDATE;
       if found.found { rollback; respond 409; }
       INSERT INTO r VALUES ('x');""", "f() * 2", [
        ("two rows", "(SELECT count(*) FROM r) = 2", BELOW_SER),
        ("one row, the other is told", f"(SELECT count(*) FROM r) = 1 AND {told(409)}", EVERY),
        ("one row, 40001", f"(SELECT count(*) FROM r) = 1 AND {FAILED}", ONLY_SER)]),
    ("the same with a unique key", "CREATE TABLE r (code text PRIMARY KEY);", "request f()", """
       let found = SELECT code FROM r WHERE code = 'x' FOR UPDATE;
       if found.found { rollback; respond 409; }
       INSERT INTO r VALUES ('x');""", "f() * 2", [
        ("one row, the other is told", f"(SELECT count(*) FROM r) = 1 AND {told(409)}", EVERY),
        ("one row, 23505", f"(SELECT count(*) FROM r) = 1 AND {told('unique_violation')}", BELOW_SER),
        ("one row, 40001", f"(SELECT count(*) FROM r) = 1 AND {FAILED}", ONLY_SER)]),
    ("UPDATE of one coupon WHERE count < 5, then INSERT", """
       CREATE TABLE coupons (id int PRIMARY KEY, touched int); INSERT INTO coupons VALUES (1, 0);
       CREATE TABLE redemptions (id int); INSERT INTO redemptions VALUES (1), (2), (3), (4);""", "request f()", """
       let done = UPDATE coupons SET touched = touched + 1 WHERE id = 1 AND (SELECT count(*) FROM redemptions) < 5;
       if done.count = 0 { rollback; respond 409; }
       INSERT INTO redemptions VALUES (5);""", "f() * 2", [
        ("six", "(SELECT count(*) FROM redemptions) = 6", ONLY_RC),
        ("five, the other is told", f"(SELECT count(*) FROM redemptions) = 5 AND {told(409)}", EVERY),
        ("five, 40001", f"(SELECT count(*) FROM redemptions) = 5 AND {FAILED}", ABOVE_RC)]),
    ("UPDATE of the own seat WHERE the taken are < 5", """
       CREATE TABLE seats (id int PRIMARY KEY, taken boolean NOT NULL);
       INSERT INTO seats VALUES (1, true), (2, true), (3, true), (4, true), (5, false), (6, false);""",
     "request f(seat)", """
       let done = UPDATE seats SET taken = true WHERE id = :seat AND (SELECT count(*) FROM seats s WHERE s.taken) < 5;
       if done.count = 0 { rollback; respond 409; }""", "f(5), f(6)", [
        ("six", "(SELECT count(*) FROM seats WHERE taken) = 6", BELOW_SER),
        ("five, the other is told", f"(SELECT count(*) FROM seats WHERE taken) = 5 AND {told(409)}", EVERY),
        ("five, 40001", f"(SELECT count(*) FROM seats WHERE taken) = 5 AND {FAILED}", ONLY_SER)]),
    ("read the balance, write an absolute value", """
       CREATE TABLE accounts (id int PRIMARY KEY, balance int); INSERT INTO accounts VALUES (1, 100);""",
     "request f(amount)", """
       let a = SELECT balance FROM accounts WHERE id = 1;
       if a.balance < amount { rollback; respond 402; }
       UPDATE accounts SET balance = :a.balance - :amount WHERE id = 1;""", "f(60) * 2", [
        ("lost update", f"(SELECT balance FROM accounts) = 40 AND {told(200, 2)}", ONLY_RC),
        ("one after the other", f"(SELECT balance FROM accounts) = 40 AND {told(402)}", EVERY),
        ("40001", f"(SELECT balance FROM accounts) = 40 AND {FAILED}", ABOVE_RC)]),
    ("SELECT FOR UPDATE, then UPDATE", """
       CREATE TABLE accounts (id int PRIMARY KEY, balance int); INSERT INTO accounts VALUES (1, 100);""",
     "request f(amount)", """
       let a = SELECT balance FROM accounts WHERE id = 1 FOR UPDATE;
       if a.balance < amount { rollback; respond 402; }
       UPDATE accounts SET balance = :a.balance - :amount WHERE id = 1;""", "f(60), f(30)", [
        ("one after the other", f"(SELECT balance FROM accounts) = 10 AND {told(200, 2)}", EVERY),
        ("40001, though there is enough", f"(SELECT balance FROM accounts) IN (40, 70) AND {FAILED}", ABOVE_RC)]),
    ("ORDER BY id DESC LIMIT 1 FOR UPDATE on an append-only ledger", """
       CREATE TABLE entries (id serial PRIMARY KEY, amount int, running int);
       INSERT INTO entries (amount, running) VALUES (100, 100);""", "request f(amount)", """
       let last = SELECT running FROM entries ORDER BY id DESC LIMIT 1 FOR UPDATE;
       if last.running < amount { rollback; respond 402; }
       INSERT INTO entries (amount, running) VALUES (-:amount, :last.running - :amount);""", "f(80) * 2", [
        ("100, 20, 20", "(SELECT count(*) FROM entries WHERE running = 20) = 2", BELOW_SER),
        ("100, 20, the other is told", f"(SELECT count(*) FROM entries) = 2 AND {told(402)}", EVERY),
        ("100, 20, 40001", f"(SELECT count(*) FROM entries) = 2 AND {FAILED}", ONLY_SER)]),
    ("INSERT ON CONFLICT DO NOTHING, then FOR UPDATE",
     "CREATE TABLE accounts (id int PRIMARY KEY, balance int);", "request f(amount)", """
       INSERT INTO accounts VALUES (1, 0) ON CONFLICT DO NOTHING;
       let a = SELECT balance FROM accounts WHERE id = 1 FOR UPDATE;
       UPDATE accounts SET balance = :a.balance + :amount WHERE id = 1;""", "f(10) * 2", [
        ("both", f"(SELECT balance FROM accounts) = 20 AND {told(200, 2)}", EVERY),
        ("40001", f"(SELECT balance FROM accounts) = 10 AND {FAILED}", ABOVE_RC)]),
    ("UPDATE WHERE id = (SELECT id LIMIT 1)", """
       CREATE TABLE codes (id int PRIMARY KEY, usr text); INSERT INTO codes VALUES (1, NULL), (2, NULL);""",
     "request f(usr)", """
       UPDATE codes SET usr = :usr WHERE id = (SELECT c.id FROM codes c WHERE c.usr IS NULL ORDER BY c.id LIMIT 1);""",
     "f('ann'), f('bob')", [
         ("both get code 1", f"(SELECT usr FROM codes WHERE id = 2) IS NULL AND {told(200, 2)}", ONLY_RC),
         ("one each", f"(SELECT count(usr) FROM codes) = 2 AND {told(200, 2)}", EVERY),
         ("40001", f"(SELECT count(usr) FROM codes) = 1 AND {FAILED}", ABOVE_RC)]),
    ("the same with FOR UPDATE SKIP LOCKED", """
       CREATE TABLE codes (id int PRIMARY KEY, usr text); INSERT INTO codes VALUES (1, NULL), (2, NULL);""",
     "request f(usr)", """
       UPDATE codes SET usr = :usr
         WHERE id = (SELECT c.id FROM codes c WHERE c.usr IS NULL ORDER BY c.id LIMIT 1 FOR UPDATE SKIP LOCKED);""",
     "f('ann'), f('bob')", [
         ("one each", f"(SELECT count(usr) FROM codes) = 2 AND {told(200, 2)}", EVERY),
         # ORDER BY id LIMIT 1 goes by the key and reads no further than it must (S-SSI-7; confirmed by `gapless live`).
         ("40001", f"(SELECT count(usr) FROM codes) = 1 AND {FAILED}", NEVER)]),
    ("UPDATE WHERE status = 'pending'", """
       CREATE TABLE jobs (id int PRIMARY KEY, status text); INSERT INTO jobs VALUES (1, 'pending');""", "request f()", """
       let done = UPDATE jobs SET status = 'done' WHERE id = 1 AND status = 'pending';
       if done.count = 0 { rollback; respond 409; }""", "f() * 2", [
        ("the loser is told", f"{told(200)} AND {told(409)}", EVERY),
        ("40001", f"{told(200)} AND {FAILED}", ABOVE_RC)]),
    ("the same, then a call, and a rollback", """
       CREATE TABLE jobs (id int PRIMARY KEY, status text); INSERT INTO jobs VALUES (1, 'pending');""", "request f()", """
       let done = UPDATE jobs SET status = 'done' WHERE id = 1 AND status = 'pending';
       if done.count = 0 { rollback; respond 409; }
       call pay(1);
       rollback;
       respond 500;""", "f() * 2", [
        ("pays twice", "(SELECT count(*) FROM pay) = 2", EVERY)]),
]


def main(gapless, root):
    cases = Cases()
    cases.check("the table is documented", "truth_table_test.py" in (root / "docs/isolation.md").read_text())
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            name, *_, ends = shape
            for end, condition, expected in ends:
                cases.equal(f"{name}: {end}", reached(gapless, folder, shape, condition), dict(zip(LEVELS, expected)))
            other = " AND ".join(f"NOT ({condition})" for _, condition, _ in ends)
            cases.equal(f"{name}: nothing else", reached(gapless, folder, shape, other), dict.fromkeys(LEVELS, False))
    cases.finish()


def reached(gapless, folder, shape, condition):
    """At which levels some interleaving ends with `condition`."""
    _, tables, request, body, who, _ = shape
    path = pathlib.Path(folder) / "shape.gap"
    path.write_text(f"scenario shape\ndatabase db postgres {{ {tables} }}\n{request} {{\ntransaction {{{body}\n}}\n}}\n"
                    f'run {who}\nfinally "never" {{ SELECT NOT ({condition}) }}\n', encoding="utf-8")
    _, output, errors = run([gapless, "check", path, "--isolation", "all", "--mode", "census", "--format", "json"])
    found = document(output)
    if len(found["runs"]) != len(LEVELS):
        return (output + errors)[:800]
    return {each["isolation"]: each["verdict"] == "violated" for each in found["runs"]}


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
