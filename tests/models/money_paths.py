#!/usr/bin/env python3
"""Makes docs/money-paths.md: what goes wrong on each money path, and which fix holds, from verdicts.

usage: money_paths.py GAPLESS ROOT            says whether the page is what the verdicts say (a test)
       money_paths.py GAPLESS ROOT --write    writes it

What is written by hand stands in money_paths_table.py (and money_paths_mongodb.py, money_paths_dynamodb.py): which variant is
which fix of which path, and why a cell has none.
"""

import collections
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, document, own_models, run  # noqa: E402
from money_paths_table import BESIDE, FIXES, FOUR_FAULTS, PATHS, STORES  # noqa: E402

LEVELS = ("read committed", "repeatable read", "serializable")
SHORT = {"read committed": "RC", "repeatable read": "RR", "serializable": "SER"}

Variant = collections.namedtuple("Variant", "title story cells counterexamples")


def main(gapless, root, write):
    cases = Cases()
    status, output, errors = run([gapless, "check", *own_models(root), "--isolation", "all", "--format", "json"], cwd=root,
                                 timeout=600)
    cases.equal("the models are as expected", (status, errors[:300]), (0, ""))
    variants = read(root, document(output)["runs"], cases)
    for _, schedule, _ in FOUR_FAULTS:
        cases.check(f"{schedule} is recorded", (root / "schedules" / schedule).exists())
    page = "\n".join(pages(variants, cases)) + "\n"
    if write:
        (root / "docs/money-paths.md").write_text(page, encoding="utf-8")
    committed = (root / "docs/money-paths.md").read_text(encoding="utf-8")
    cases.check("docs/money-paths.md is what the verdicts say; write it anew with "
                "`python3 tests/models/money_paths.py build/src/cli/gapless . --write`", committed == page,
                difference(committed, page))
    cases.finish()


def difference(old, new):
    for number, (a, b) in enumerate(zip(old.splitlines() + [""], new.splitlines() + [""]), 1):
        if a != b:
            return f"line {number}\n  there  {a[:300]}\n  wanted {b[:300]}"
    return "one of them goes on"


def read(root, runs, cases):
    """(file, variant) → what is said of it and its verdicts: cells[faults][level]."""
    texts = {}
    for path in (root / "models").glob("*.gap"):
        # Only the first request of a file tells its variants' titles and stories.
        for name, head in re.findall(r'^  variant (\w+)(.*?)\{', path.read_text(encoding="utf-8"), re.S | re.M):
            strings = re.findall(r'(story\s+)?"((?:[^"]|"")*)"', head)
            titles = [text for story, text in strings if not story]
            stories = [text for story, text in strings if story]
            texts.setdefault((path.stem, name), (titles[0] if titles else "", stories[0] if stories else ""))
    found = {}
    for each in runs:
        key = (pathlib.Path(each["file"]).stem, each["variant"])
        title, story = texts.get(key, ("", ""))
        variant = found.setdefault(key, Variant(title.replace('""', '"'), story.replace('""', '"'), {}, {}))
        setting = faults(each["faults"])
        cases.check(f"{key} {setting} {each['isolation']} is known entirely",
                    each["coverage"] == "exhaustive" or each["verdict"] == "violated")
        variant.cells.setdefault(setting, {})[each["isolation"]] = each["verdict"]
        if each["counterexample"]:
            variant.counterexamples.setdefault((setting, each["isolation"]), each["counterexample"])
    return found


def faults(setting):
    return ", ".join(f"{name} <= {bound}" for name, bound in setting.items() if bound) or "none"


def verdict(variant):
    """`holds`, or `RC holds, RR SER violated`; where faults change it, `; crash: violated`."""
    groups = collections.OrderedDict()
    for setting, levels in variant.cells.items():
        groups.setdefault(by_level(levels), []).append(setting)
    if len(groups) == 1:
        text = next(iter(groups))
        return f"{text} (no faults)" if list(variant.cells) == ["none"] and "holds" in text else text
    first = next(iter(variant.cells))
    parts = []
    for text, settings in groups.items():
        named = [each.replace(" <= 1", "") for each in settings if each != "none"]
        parts.append(text if first in settings and "none" in settings else f"{' or '.join(named)}: {text}")
    return "; ".join(parts)


def by_level(levels):
    groups = collections.OrderedDict()
    for level in LEVELS:
        if level in levels:
            groups.setdefault(levels[level], []).append(SHORT[level])
    if len(groups) == 1:
        return bold(next(iter(groups)))
    return ", ".join(f"{' '.join(names)} {bold(text)}" for text, names in groups.items())


def bold(text):
    return f"**{text}**" if text == "holds" else text


def pages(variants, cases):
    yield from HEAD
    yield f"| fix | {' | '.join(STORES)} |"
    yield f"| --- |{' --- |' * len(STORES)}"
    for _, title, *words in FIXES:
        yield f"| {title} | {' | '.join(words)} |"
    used = set()
    for path in PATHS:
        yield from one_path(path, variants, used, cases)
    yield from beside(variants, used, cases)
    missing = sorted(f"{file} {variant}" for file, variant in variants if (file, variant) not in used)
    cases.equal("every variant of every model is on the page", missing, [])


def one_path(path, variants, used, cases):
    yield ""
    yield f"## {path['title']}"
    yield ""
    yield f"{path['wrong']} {path['cwe']}"
    yield ""
    for name in path["naive"]:
        variant = look(variants, name, used, cases)
        example = next(iter(variant.counterexamples.values()), None)
        cases.check(f"{path['title']}: {name} goes wrong", example)
        if example:
            yield (f"- `{name}`, {variant.title}: {variant.story} The simplest interleaving, `{example['schedule']}`, breaks "
                   f"“{example['invariant']}”.")
    yield ""
    for store, name, how in path["recommended"]:
        recommended = look(variants, name, used, cases)
        cases.check(f"{path['title']}: what is recommended holds everywhere, faults or not: {name}",
                    len(recommended.cells) > 1 and
                    all(each == "holds" for levels in recommended.cells.values() for each in levels.values()), recommended.cells)
        yield f"**Recommended on {store}:** {how}: {verdict(recommended)} `{name}`."
        yield ""
    yield f"| fix | {' | '.join(STORES)} |"
    yield f"| --- |{' --- |' * len(STORES)}"
    for fix, title, *_ in FIXES:
        row = [cell(each, variants, used, cases, f"{path['title']}, {store}: {fix}")
               for store, each in zip(STORES, path["fixes"][fix], strict=True)]
        yield f"| {title} | {' | '.join(row)} |"
        if fix == "lock":   # as the page's head says
            cases.check(f"{path['title']}: a lease alone holds nowhere", not any("**holds**" in each for each in row), row)
    cases.equal(f"{path['title']}: no fix but those of the table", path["unknown"], [])
    yield ""
    rest = [key for key in variants if key[0] in path["files"] and key not in used]
    if rest:
        yield "Near misses, and what faults do:"
        yield ""
        yield from listing(rest, variants, used)
        yield ""


def cell(entry, variants, used, cases, name):
    """Names of variants, or a reason why there is none."""
    if not cases.check(f"{name}: the cell is not empty", entry):
        return "?"
    if entry.startswith("—"):
        cases.check(f"{name} has a reason", len(entry) > 20)
        return f"cannot be written here: {entry[1:].strip()}"
    return "<br>".join(f"{verdict(look(variants, each.strip(), used, cases))} `{each.strip()}`" for each in entry.split("/"))


def look(variants, name, used, cases):
    key = tuple(name.split(" "))
    used.add(key)
    cases.check(f"there is a variant {name}", key in variants)
    return variants.get(key, Variant("", "", {"none": {}}, {}))


def beside(variants, used, cases):
    yield ""
    yield "## Locks, processes, pools, replicas, caches, messages"
    yield ""
    yield "What goes wrong on every path, once somebody else is between the request and its data."
    yield ""
    yield "The Redis lock that the articles print has four faults, each recorded (`./dev replay schedules/…`):"
    yield ""
    yield "| fault | schedule | compare and delete |"
    yield "| --- | --- | --- |"
    for fault, schedule, cured in FOUR_FAULTS:
        yield f"| {fault} | [{schedule}](../schedules/{schedule}) | {cured} |"
    yield ""
    for file, title in BESIDE:
        rest = [key for key in variants if key[0] == file]
        cases.check(f"{file} is there", rest)
        yield f"### {title}"
        yield ""
        yield from listing(rest, variants, used)
        yield ""


def listing(keys, variants, used):
    yield "| variant | | verdict |"
    yield "| --- | --- | --- |"
    for key in keys:
        used.add(key)
        variant = variants[key]
        yield f"| `{key[0]} {key[1]}` | {variant.title}. {variant.story} | {verdict(variant)} |"


HEAD = """# Money paths

Generated from the verdicts of `./dev check models --isolation all`; a test checks that it still says what they say.
Each cell names the variant that it comes from: `coupon_redis lua` is the variant `lua` of models/coupon_redis.gap, and
`./dev check models/coupon_redis.gap --variant lua` shows its verdict and, where it is violated, the simplest interleaving
that breaks it.

**holds**: no interleaving of the file's requests breaks an invariant, at READ COMMITTED (RC), REPEATABLE READ (RR) and
SERIALIZABLE (SER), with the faults that the file allows. A level or a fault is named only where it makes a difference:
“**holds**; crash: violated” holds as long as nobody crashes; “(no faults)” where the file allows none, so that nothing is
said of crashes. What a verdict covers, and what not, is in
[warts.md](warts.md). CWE-362 is a race, CWE-367 a check whose result is stale when it is used, CWE-841 a workflow whose
steps are taken in an order, or a number, that it does not allow. The levels are PostgreSQL's: transactions of MongoDB are snapshots, those of
DynamoDB take place at one point, whatever the level.

Read down a column and six things repeat:

- **What decides must be one step with what it decides about**: a guarded statement, a script, a key. A lock, a
  transaction, a version that are only around it help as long as nothing expires, crashes, or forgets to look at the answer.
- **A lease is not a lock.** SET NX EX, or a document or item with a time to live, holds nowhere on this page without a guard below it.
- **Claimed and granted in two steps is lost in a crash between them.** One transaction, or one store, or somebody who
  looks after what was left open, with a key that the other side honours.
- **A snapshot is not a lock.** Count and insert in a transaction of MongoDB is a write skew, however often it is retried; a real change of
  the parent's document makes it a conflict, an update that changes nothing does not.
- **A condition sees one item, and canceled is not no.** In DynamoDB attribute_not_exists of the new item does not count the others, a
  version guards the item that it is of, and transaction_canceled may only say that somebody else held an item: read, decide, try again.
- **A read that may be old decides nothing.** GetItem without ConsistentRead, an index of DynamoDB, a replica: the check is wrong though
  nobody overlaps; and the newest value is old as well by the time that it is acted upon.

What the rows of the tables are in each store:
""".splitlines() + [""]

if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), "--write" in sys.argv[3:])
