"""Makes docs/corpus.md: the races that really happened, their losses and what became of their fixes, from headers and
verdicts. corpus_test.py writes the page and compares it."""

import re

KINDS = [
    ("Balances, gift cards, store credit", "BAL"), ("Coupons, vouchers, promotions", "CPN"), ("Inventory", "INV"),
    ("Reservations, bookings, holds", "RES"), ("Charges, captures, refunds", "PAY"), ("Idempotency keys", "IDEM"),
    ("Webhooks and redelivered messages", "WH"), ("Subscriptions and entitlements", "SUB"), ("Transfers, ledgers, payouts", "PO"),
    ("Quotas, rate and budget limits, invites", "QUO"), ("Locks misused", "LCK"), ("Caches and replicas", "CCH"),
    ("Uniqueness without a unique key", "UNQ"), ("Composition of carts and orders", "CRT"),
]
OTHER_STORES = re.compile(r"MySQL|MariaDB|SQLite|InnoDB")


def page(cases):
    """`cases`: {"bal_01": {"title", "fields", "variants": {name: {"title", "story", "runs"}}}}"""
    yield from HEAD
    yield ""
    yield from counts(cases)
    for title, kind in KINDS:
        rows = [row(name, case) for name, case in sorted(cases.items()) if name.startswith(kind.lower() + "_")]
        if rows:
            yield from ["", f"## {title}", "", "| case | the loss | the fix that was shipped, or asked for | verdict |",
                        "| --- | --- | --- | --- |", *rows]


def counts(cases):
    stands_in = sorted(name for name, case in cases.items()
                       if OTHER_STORES.search(case["fields"].get("Store", "")) and "here PostgreSQL" in case["fields"]["Store"])
    variants = [variant for case in cases.values() for variant in case["variants"].values()]
    violated = sum(any(each["verdict"] == "violated" for each in variant["runs"]) for variant in variants)
    yield (f"**{len(cases)} cases**, {len(variants)} variants, of which {violated} are violated at some setting of faults, each with a schedule in "
           "schedules/corpus.")
    yield (f"In {len(stands_in)} cases PostgreSQL stands in for MySQL or SQLite, which are to follow: "
           f"{', '.join(map(case_name, stands_in))}.")


def row(name, case):
    fields = case["fields"]
    buggy = case["variants"].get("buggy", {"story": ""})
    fix = fields.get("Shipped fix", "")
    shown = "<br>".join(f"`{variant}`: {verdict(each['runs'])}" for variant, each in case["variants"].items())
    return f"| [{case_name(name)}](../models/corpus/{name}.gap) {cell(case['title'])} | {cell(buggy['story'])} | {cell(fix)} | {shown} |"


def verdict(runs):
    """At the file's own level: one word, and the faults where it is another."""
    first = runs[0]["verdict"] if runs else "?"
    others = [f"{'+'.join(each['faults'])}: {each['verdict']}" for each in runs[1:] if each["verdict"] != first]
    return "; ".join([f"**{first}**" if first == "holds" else first, *others])


def case_name(name):
    return name.upper().replace("_", "-")


def cell(text):
    return text.replace("|", "\\|")


HEAD = """# Races that really happened

Generated from the headers and verdicts of models/corpus by `python3 tests/models/corpus_test.py GAPLESS . --write`; a test checks that
it still says what they say. Each case is a file: the source, the store, the invariant, and the requests as they were. `buggy` is the request
that lost the money, `shipped` the fix that was shipped or proposed (where its content is known), `reference` one that holds in every interleaving,
and stops holding when one of its guards is dropped (`gapless check --controls`). Other variants are told of in the file's `Note`.

A verdict is the one at the file's own isolation level, first without faults, if the file has such a setting; then the settings of faults at which it is
another one.
""".rstrip().splitlines()
