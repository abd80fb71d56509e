#!/usr/bin/env python3
"""The TextMate grammar of editors/ against the grammar of the language: same words, and every model can be told apart.

The words come from src/scenario/rules.h and from the layout's lists in src/scenario/format/reader.cc, so that none of the
three can drift. Lines are taken apart as an editor would (patterns, begin and end, captures), with Python's regular
expressions: the grammar keeps to what both know.

usage: editors_test.py ROOT
"""

import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases  # noqa: E402

EXTENSION = "editors/vscode"
# Words that the grammar takes for names, and an editor may show as more; and where the databases' kinds are.
KINDS = {"postgres", "redis", "mongodb", "dynamodb"}
NAMES = {"me", "process", "attempt", "db", "null", "true", "false"}


def main(root):
    cases = Cases()
    folder = root / EXTENSION
    grammar = json.loads((folder / "syntaxes/gap.tmLanguage.json").read_text(encoding="utf-8"))
    package(cases, folder, grammar)
    rules = (root / "src/scenario/rules.h").read_text(encoding="utf-8")
    wanted = keywords(rules)
    cases.check("the language has words", len(wanted) > 60, str(sorted(wanted)))
    shown = words_of(grammar)
    for word in sorted(wanted):
        cases.check(f"the editor knows `{word}`", word in shown)
    for word in sorted(shown - KINDS - NAMES):
        cases.check(f"the language knows `{word}`", word in wanted or word.upper() in sql_words(rules))
    layout(cases, root, rules)
    engine = Engine(grammar, cases)
    models = sorted((root / "models").glob("*.gap")) + sorted((root / "templates").glob("*/*.gap"))
    cases.check("there are models", len(models) > 40)
    for model in models:
        tokenise(cases, model.relative_to(root).as_posix(), model.read_text(encoding="utf-8"), engine, wanted)
    examples(cases, engine)
    cases.finish()


def package(cases, folder, grammar):
    description = json.loads((folder / "package.json").read_text(encoding="utf-8"))["contributes"]
    configuration = folder / description["languages"][0]["configuration"]
    json.loads(configuration.read_text(encoding="utf-8"))
    cases.check("the language's files end in .gap", description["languages"][0]["extensions"] == [".gap"])
    cases.equal("the scope", description["grammars"][0]["scopeName"], grammar["scopeName"])
    cases.check("the grammar is where the package says", (folder / description["grammars"][0]["path"]).exists())
    cases.check("the extension says what it is", (folder / "README.md").exists())


# ------------------------------------------------------------------------------------------ the language's words

def letters(text):
    return "".join(re.findall(r"'(.)'", text))


def keywords(rules):
    return {letters(found) for found in re.findall(r"\bword<((?:\s*'[a-z]',?)+)>", rules)}


def sql_words(rules):
    return {letters(found).upper() for found in re.findall(r"\bistring<((?:\s*'[a-z]',?)+)>", rules)} | {"SET"}


def first_words(rules, rule):
    """The words with which the rule may begin: one word<…>, or those of each alternative of a sor<…>."""
    found = re.search(rf"struct {rule}\s*:\s*(.*?)\s*\{{", rules, re.DOTALL)
    if not found:
        return set()
    return first_words_of(rules, found[1])


def first_words_of(rules, body):
    body = re.sub(r"^opt<\w+>,\s*", "", body.strip())
    head = re.match(r"(\w+)(<)?", body)
    if head is None or head[1] in ("by_hand", "name", "identifier"):
        return set()
    if head[1] == "word":
        return {letters(body[: body.index(">")])}
    if head[1] == "sor":
        return set().union(*(first_words_of(rules, part) for part in arguments_of(body)))
    if head[2]:
        return first_words_of(rules, body[head.end():])
    return first_words(rules, head[1])


def arguments_of(text):
    """a, b<c, d>, e of "sor<a, b<c, d>, e> …"."""
    parts, depth, current = [], 0, ""
    for c in text[text.index("<") + 1:]:
        depth += {"<": 1, ">": -1}.get(c, 0)
        if depth < 0:
            break
        if c == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += c
    return parts + [current]


def layout(cases, root, rules):
    """What `gapless format` takes for a declaration or a statement begins one in the grammar, and the other way round."""
    text = (root / "src/scenario/format/reader.cc").read_text(encoding="utf-8")
    lists = {name: set(re.findall(r'"(\w+)"', body))
             for name, body in re.findall(r"constexpr std::array (\w+) = \{(.*?)\};", text, re.DOTALL)}
    cases.equal("declarations that are laid out", lists["declarations"],
                first_words(rules, "declaration") | first_words(rules, "header"))
    statements = first_words(rules, "statement")
    cases.check("statements are found", {"let", "if", "transaction", "sleep"} <= statements, str(statements))
    cases.equal("statements that are laid out", lists["statements"] | lists["block_statements"], statements)


# ---------------------------------------------------------------------------------------------- the editor's words

def patterns_of(node):
    """Every regular expression below a node."""
    if isinstance(node, dict):
        for key in ("match", "begin", "end"):
            if key in node:
                yield node[key]
        for value in node.values():
            yield from patterns_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns_of(value)


def words_of(grammar):
    """The words that patterns spell out, not those in classes of characters and escapes."""
    words = set()
    for pattern in patterns_of(grammar):
        plain = re.sub(r"\\.|\[(?:\\.|[^\]])*\]|\(\?[a-z-]*[:=!<]*", " ", pattern)
        words |= set(re.findall(r"(?<![A-Za-z])[a-z]{2,}(?![A-Za-z])", plain))
    return words


class Engine:
    """As much of TextMate as the grammar needs. What it includes from elsewhere is empty here."""

    def __init__(self, grammar, cases):
        self.grammar = grammar
        self.compiled = {}
        for pattern in patterns_of(grammar):
            try:
                self.compiled[pattern] = re.compile(pattern)
            except re.error as error:
                cases.check(f"the pattern {pattern}", False, str(error))
        self.flat = {}

    def rules(self, node):
        """A node's patterns, with what they include."""
        key = id(node)
        if key not in self.flat:
            self.flat[key] = []
            for pattern in node.get("patterns", []):
                self.flat[key] += self.expand(pattern)
        return self.flat[key]

    def expand(self, pattern):
        included = pattern.get("include")
        if included is None:
            return [pattern] if "match" in pattern or "begin" in pattern else self.rules(pattern)
        if not included.startswith("#"):
            return []
        target = self.grammar["repository"][included[1:]]
        return [target] if "match" in target or "begin" in target else self.rules(target)

    def line(self, text, stack):
        """[(begin, end, scopes)] of the line's tokens that a rule has named; the stack is changed."""
        text += "\n"
        tokens, at = [], 0
        stuck = 0
        while at <= len(text):
            best = None
            if stack:
                found = self.compiled[stack[-1]["end"]].search(text, at)
                best = (found.start(), None, found) if found else None
            for rule in self.rules(stack[-1] if stack else self.grammar):
                found = self.compiled[rule.get("match") or rule["begin"]].search(text, at)
                if found and (best is None or found.start() < best[0]):
                    best = (found.start(), rule, found)
            if best is None or best[0] >= len(text):
                tokens += self.plain(at, len(text), stack)
                return tokens
            start, rule, found = best
            tokens += self.plain(at, start, stack)
            if rule is None:
                stack.pop()
            elif "begin" in rule:
                stack.append(rule)
            tokens += self.captured(rule, found, stack)
            # A rule that takes no character must not do so for ever.
            stuck = stuck + 1 if found.end() == at else 0
            if stuck > 8:
                raise ValueError(f"stuck at column {at} of {text!r}")
            at = found.end()
        return tokens

    def plain(self, begin, end, stack):
        inside = [name for rule in stack for name in (rule.get("name"), rule.get("contentName")) if name]
        return [(begin, end, inside)] if begin < end and inside else []

    def captured(self, rule, found, stack):
        if rule is None:
            return []
        inside = [name for each in stack for name in (each.get("name"), each.get("contentName")) if name]
        if "match" in rule and "name" in rule:
            return [(found.start(), found.end(), inside + [rule["name"]])]
        captures = rule.get("captures") or rule.get("beginCaptures") or {}
        return [(found.start(int(n)), found.end(int(n)), inside + [value["name"]])
                for n, value in sorted(captures.items()) if found[int(n)] is not None]


def scopes_at(tokens, column):
    return [name for begin, end, names in tokens if begin <= column < end for name in names]


BEGINNING = re.compile(r"\s*(?:\}\s*)?(?:[a-z_]+> )?([A-Za-z_]+)\b(?!\s*[:,.])")


def tokenise(cases, name, text, engine, wanted):
    stack, number = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        inside = bool(stack)
        tokens = engine.line(line, stack)
        found = BEGINNING.match(line)
        if inside or not found:
            continue
        scopes = " ".join(scopes_at(tokens, found.start(1)))
        if found[1] in wanted:
            cases.check(f"{name}:{number}: `{found[1]}` is a word of the language",
                        re.search(r"keyword|storage|support|embedded", scopes), f"{line}\n  {tokens}")
        elif found[1] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            cases.check(f"{name}:{number}: SQL", "meta.embedded.inline.sql" in scopes, f"{line}\n  {tokens}")
    cases.check(f"{name}: everything that begins ends", not stack, f"{[rule.get('begin') for rule in stack]}")


# A line, a part of it, and a scope that the part has.
EXAMPLES = [
    ('let stock = redis> GET stock:{item};', "GET", "support.function.redis.gap"),
    ('let stock = redis> GET stock:{item};', "item};", "meta.interpolation.gap"),
    ('redis> SET k v;', "SET", "support.function.redis.gap"),
    ('set lock_timeout = 5;', "set", "storage.type.gap"),
    ("SET lock_timeout = '1s';", "SET", "meta.embedded.inline.sql"),
    ('release cart(1);', "release", "keyword.other.statement.gap"),
    ('RELEASE a;', "RELEASE", "meta.embedded.inline.sql"),
    ('bank> transaction at "serializable" read only { SELECT 1; }', "transaction", "keyword.control.gap"),
    ('bank> transaction at "serializable" read only { SELECT 1; }', "SELECT", "meta.embedded.inline.sql"),
    ('} catch unique_violation, any { respond 409; }', "any", "support.constant.condition.gap"),
    ('variant a "b" expect violated at every level with crash {', "crash", "constant.language.fault.gap"),
    ('always "x" { SELECT 1 }', "SELECT", "meta.embedded.block.sql"),
    ('finally "x" { SELECT 1 }  -- why', "-- why", "comment.line.double-dash.gap"),
    ('shop> db.coupons.updateOne({code: "A"}, {$set: {usedAt: 1}});', "$set", "support.function.operator.gap"),
    ('shop> db.coupons.updateOne({code: "A"}, {$set: {usedAt: 1}});', "code", "support.type.property-name.gap"),
    ('bank> PutItem {TableName: "accounts", Item: {id: "a"}};', "PutItem", "support.function.document.gap"),
    ('run deliver webhook(1) until 200, job sweep(), session (a(1), b(2))', "until", "keyword.other.run.gap"),
    ('run deliver webhook(1) until 200, job sweep(), session (a(1), b(2))', "session", "keyword.other.run.gap"),
]


def examples(cases, engine):
    for line, part, scope in EXAMPLES:
        stack = []
        tokens = engine.line(line, stack)
        cases.check(f"{line}: {part}", scope in scopes_at(tokens, line.index(part)), str(tokens))
        cases.check(f"{line}: ends", not stack or "{" == line[-1], str(len(stack)))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
