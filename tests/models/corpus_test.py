#!/usr/bin/env python3
"""The races that really happened, models/corpus/*.gap: each file says where it is from, its buggy request is violated as
it claims, its reference fix holds because of its guards, and each violated variant has a recorded schedule that replays.

usage: corpus_test.py GAPLESS ROOT                 all cases (a test)
       corpus_test.py GAPLESS ROOT CASE…           these cases only, such as bal_01, without their schedules
       corpus_test.py GAPLESS ROOT [CASE…] --write records their schedules anew, in schedules/corpus; for all cases, docs/corpus.md as well
"""

import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cases import Cases, document, run  # noqa: E402
from corpus_page import page  # noqa: E402

CORPUS = "models/corpus"
SCHEDULES = "schedules/corpus"
PAGE = "docs/corpus.md"
LEVELS = ("read committed", "repeatable read", "serializable")
# The open half of the corpus. What is left out is said here, with a reason.
CASES = {
    "BAL": "01 03 05 07 09 11 13", "CPN": "01 03 05 07 10 11 13 15", "INV": "01 03 05 07 09 11", "RES": "01 03 05 07 09",
    "PAY": "01 03 05 07 09 11 13", "IDEM": "01 03 05 07", "WH": "01 03 05 07 09", "SUB": "01 03 05 07", "PO": "01 03 05 07 09 11",
    "QUO": "01 03 05 07 09 11", "LCK": "01 03 05 07 09 11", "CCH": "01 03", "UNQ": "01 03", "CRT": "01",
}
LEFT_OUT = {}
HEADER = ("Source", "Store", "Invariant", "Shipped fix")
LONGEST = 60
WIDEST = 140
ENUMERABLE = 1_500
# What the header says of a shipped fix whose variant there is none of.
NOT_SHIPPED = re.compile(r"\b(none|no fix|not read|not published|unknown|open|no variant|reference)\b", re.IGNORECASE)


def main(gapless, root, names, write):
    cases = Cases()
    files = [root / CORPUS / f"{name}.gap" for name in names] or sorted((root / CORPUS).glob("*.gap"))
    if write:
        record(gapless, root, files, everything=not names)
    violated, told = {}, {}
    for file in files:
        told[file.stem], schedules = one_case(cases, gapless, root, file)
        violated.update(schedules)
    if not names:
        wanted = {f"{kind.lower()}_{number}" for kind, numbers in CASES.items() for number in numbers.split()}
        cases.equal("each case of the corpus has its file, or is left out for a reason",
                    sorted({file.stem for file in files} ^ wanted), sorted(LEFT_OUT))
        recorded_schedules(cases, gapless, root, violated)
        the_page(cases, root, told, write)
    cases.finish()


def one_case(cases, gapless, root, file):
    """Asserts all about one file but its schedules; yields what the page says of it and what should be recorded."""
    name = file.relative_to(root).as_posix()
    if not cases.check(f"{name} is there", file.exists()):
        return None, {}
    text = file.read_text(encoding="utf-8")
    title, fields = header(cases, name, text)
    variants = heads(text)
    for wanted in ("buggy", "reference"):
        cases.check(f"{name} has the variant {wanted}", wanted in variants, f"it has {', '.join(variants)}")
    runs = checked(cases, gapless, root, name, "--controls")
    everywhere = checked(cases, gapless, root, name, "--isolation", "all")
    checked(cases, gapless, root, name, "--actors", "3", "--mode", "search")  # what holds is claimed for any number
    of = {variant: [each for each in runs if each["variant"] == variant] for variant in variants}
    claims(cases, name, runs)
    told(cases, name, variants, runs)
    cases.check(f"{name} buggy is claimed to be violated", claimed(of.get("buggy", [])) >= {"violated"}, claimed(of.get("buggy", [])))
    cases.equal(f"{name} reference is claimed to hold, whatever the faults", claimed(of.get("reference", [])), {"holds"})
    shipped_fix(cases, name, fields.get("Shipped fix", ""), {variant: found for variant, found in of.items() if variant.startswith("shipped")})
    guards(cases, name, of.get("reference", []))
    engines(cases, gapless, root, name, runs)
    variants = {variant: head | {"runs": of[variant]} for variant, head in variants.items()}
    return {"title": title, "fields": fields, "variants": variants}, to_record(runs, everywhere)


# ------------------------------------------------------------------------------------------------- the text

def header(cases, name, text):
    """The comment in front: the case and its title, then its fields. Yields both."""
    stem = pathlib.Path(name).stem
    scenario = re.search(r"^scenario (\w+)", text, re.MULTILINE)
    if not cases.check(f"{name} has a line `scenario {stem} \"…\"`", scenario and scenario[1] == stem, scenario and scenario[0]):
        return "", {}
    front, body = text[:scenario.start()], text[scenario.start():]
    case = stem.upper().replace("_", "-")
    title = re.match(rf"-- {case}:? +(\S.*)", front)
    cases.check(f"{name} begins with `-- {case}: ` and a title", title, front[:100])
    fields = {field: re.sub(r"\n-- +", " ", said)
              for field, said in re.findall(r"^-- ([A-Z][a-z ]+): *(.*(?:\n--   .*)*)", front, re.MULTILINE)}
    for field in HEADER:
        cases.check(f"{name} has a line `-- {field}: …`", fields.get(field), front)
    lines = sum(bool(line.strip()) for line in body.split("\n"))
    cases.check(f"{name} has less than {LONGEST} lines behind its header, blank ones not counted", lines < LONGEST, f"it has {lines}")
    long = [number for number, line in enumerate(text.split("\n"), 1) if len(line) > WIDEST]
    cases.equal(f"{name} has no line of more than {WIDEST} characters", long, [])
    return title and title[1] or "", fields


def heads(text):
    """Variant → the title and the story that a request gives it."""
    found = {}
    clause = r'schema(?: +\w+)? *\{[^{}]*\}'
    for names, head in re.findall(rf'^  variant (\w+(?:, *\w+)*)((?:{clause}|[^"{{]|"(?:[^"]|"")*")*)\{{', text, re.MULTILINE):
        strings = re.findall(r'(story|at|,)?\s*"((?:[^"]|"")*)"', re.sub(clause, "", head))
        for variant in re.split(", *", names):
            found.setdefault(variant, {"title": "", "story": ""})
            for kind, string in strings:
                if kind in ("", "story"):
                    found[variant]["story" if kind else "title"] = string
    return found


# ------------------------------------------------------------------------------------------------- the verdicts

def checked(cases, gapless, root, name, *options):
    status, output, errors = run([gapless, "check", name, *options, "--format", "json"], cwd=root)
    cases.equal(f"{name}: `gapless check {name} {' '.join(options)}` ends 0", (status, errors[:1000]), (0, ""))
    return document(output)["runs"]


def claims(cases, name, runs):
    """At the file's own level every setting of the faults has its claim, which all interleavings confirm."""
    cases.check(f"{name} is checked", runs)
    for each in runs:
        of = f"{name} {each['variant']} {faults(each)}"
        cases.check(f"{of} makes a claim", each["expected"] in ("holds", "violated"))
        cases.equal(f"{of} verdict", each["verdict"], each["expected"])
        cases.equal(f"{of} coverage", each["coverage"], "exhaustive")


def told(cases, name, variants, runs):
    """Each variant has its title, and each violated one the loss in a line."""
    for variant, head in variants.items():
        cases.check(f"{name} {variant} has a title", head["title"])
        if any(each["variant"] == variant and each["expected"] == "violated" for each in runs):
            cases.check(f"{name} {variant} has a story", head["story"])


def claimed(runs):
    return {each["expected"] for each in runs}


def shipped_fix(cases, name, said, variants):
    """What the header says of the shipped fix is what its variants claim. Several fixes: one verdict is enough."""
    verdicts = set(re.findall(r"\b(complete|incomplete)\b", said.split("->", 1)[-1]))
    of_each = [claimed(runs) for runs in variants.values()]
    if not variants:
        cases.check(f"{name} has no variant shipped, and its header says why", NOT_SHIPPED.search(said), said)
    elif "->" not in said:
        cases.check(f"{name} has a variant shipped, and its header a verdict on it: `-- Shipped fix: … -> complete`", False, said)
    elif verdicts == {"complete"}:
        cases.check(f"{name} a variant shipped is complete, says the header: it holds whatever the faults", {"holds"} in of_each, of_each)
    elif verdicts == {"incomplete"}:
        cases.check(f"{name} a variant shipped is incomplete, says the header", any("violated" in each for each in of_each), of_each)


def guards(cases, name, runs):
    """Of the reference at least one guard breaks a named invariant, and each breaks something at some setting of faults."""
    verdicts = {}
    for each in runs:
        for guard in each["controls"]:
            verdicts.setdefault((guard["line"], guard["guard"]), []).append(guard)
    breaks = {key for key, found in verdicts.items() if any(guard["verdict"] == "violated" for guard in found)}
    cases.check(f"{name} reference: some guard makes it hold", breaks, list(verdicts))
    for line, guard in sorted(set(verdicts) - breaks):
        why = {found["note"] or found["verdict"] for found in verdicts[line, guard]}
        cases.check(f"{name} reference: without line {line}, `{guard}`, something breaks", False, f"VACUOUS: {', '.join(sorted(why))}")


def engines(cases, gapless, root, name, runs):
    """Search finds what the census found; and so does a walk along every interleaving, where they are few."""
    compared = [(each, other) for each, other in zip(runs, checked(cases, gapless, root, name, "--mode", "search"))]
    cases.equal(f"{name}: as many by search", len(compared), len(runs))
    for each in runs:
        if int(each["interleavings"] or ENUMERABLE) < ENUMERABLE:
            others = checked(cases, gapless, root, name, "--variant", each["variant"], "--faults", faults(each), "--mode", "enumerate")
            cases.equal(f"{name} {each['variant']} {faults(each)}: as many by enumeration",
                        [(other["interleavings"], other["violating"]) for other in others], [(each["interleavings"], each["violating"])])
            compared += [(each, other) for other in others]
    for each, other in compared:
        of = f"{name} {each['variant']} {faults(each)} {other['mode']}"
        cases.equal(f"{of}: the verdict", other["verdict"], each["verdict"])
        # The simplest counterexample is one thing, however it was found.
        found = [one["counterexample"] and (one["counterexample"]["invariant"], one["counterexample"]["schedule"])
                 for one in (each, other)]
        cases.equal(f"{of}: the counterexample", found[1], found[0])


def faults(each):
    return ", ".join(f"{name} <= {bound}" for name, bound in each["faults"].items()) or "none"


# ------------------------------------------------------------------------------------------------- the schedules

def to_record(runs, everywhere):
    """(file, variant, level, faults) → run: each variant that is claimed to be violated, at each setting of the faults; at the
    file's level, or else at the first level that the claim names."""
    found = {}
    for each in runs + sorted(everywhere, key=lambda each: LEVELS.index(each["isolation"])):
        if each["expected"] == "violated" and each["verdict"] == "violated":
            found.setdefault((each["file"], each["variant"], faults(each)), each)
    return {(file, variant, each["isolation"], setting): each for (file, variant, setting), each in found.items()}


def recorded_schedules(cases, gapless, root, violated):
    played = {}
    for schedule in sorted((root / SCHEDULES).glob("*.schedule")):
        name = schedule.relative_to(root).as_posix()
        text = schedule.read_text(encoding="utf-8")
        key = key_of(text)
        cases.check(f"{name} is the only one of its kind", key not in played, played.get(key))
        played[key] = name
        status, output, errors = run([gapless, "replay", name], cwd=root)
        cases.check(f"{name} replays", status == 0 and "STALE" not in output + errors, f"{status}\n{output}{errors}")
        found = violated.get(key)
        if cases.check(f"{name} is of a violated variant", found, key):
            example = found["counterexample"]
            cases.equal(f"{name} is the simplest", field(text, "schedule"), example["schedule"])
            cases.equal(f"{name} breaks what the variant breaks", field(text, "invariant"), example["invariant"])
            cases.check(f"{name} breaks what it broke", f"“{example['invariant']}”" in re.sub(r"\s+", " ", output), output)
    for key in sorted(set(violated) - set(played)):
        cases.check(f"{' '.join(key)} has its schedule; record it with `corpus_test.py GAPLESS ROOT --write`", False)


def the_page(cases, root, told, write):
    wanted = "\n".join(page({name: case for name, case in told.items() if case})) + "\n"
    if write:
        (root / PAGE).write_text(wanted, encoding="utf-8")
    there = (root / PAGE).read_text(encoding="utf-8") if (root / PAGE).exists() else ""
    differ = [(old, new) for old, new in zip(there.splitlines(), wanted.splitlines()) if old != new]
    cases.check(f"{PAGE} is what the headers and verdicts say; write it anew with `corpus_test.py GAPLESS ROOT --write`", there == wanted,
                differ[:1] or "one of them goes on")


def record(gapless, root, files, everything):
    """Writes the schedules of these files anew, and only what `to_record` wants."""
    folder = root / SCHEDULES
    if everything:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        for old in folder.glob(f"{file.stem}-*.schedule"):
            old.unlink()
        name = file.relative_to(root).as_posix()
        runs = [document(run([gapless, "check", name, *options, "--format", "json"], cwd=root)[1])["runs"]
                for options in ((), ("--isolation", "all"))]
        wanted = set(to_record(*runs))
        with tempfile.TemporaryDirectory() as beside:
            for options in ((), ("--isolation", "all")):
                run([gapless, "record", name, "--output", beside, *options], cwd=root)
            for schedule in sorted(pathlib.Path(beside).glob("*.schedule")):
                if key_of(schedule.read_text(encoding="utf-8")) in wanted:
                    shutil.copy(schedule, folder / schedule.name)


def key_of(text):
    return field(text, "model"), field(text, "variant"), field(text, "isolation"), field(text, "faults") or "none"


def field(text, key):
    found = re.search(rf"^{key}: (.*)$", text, re.MULTILINE)
    return found[1] if found else None


if __name__ == "__main__":
    words = [word for word in sys.argv[3:] if word != "--write"]
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), words, "--write" in sys.argv)
