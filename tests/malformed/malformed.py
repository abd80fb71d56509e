"""Scenario files that are wrong, each in its own way. Deterministic: the same files every time.

`files(models, program)` yields (name, bytes). A file is chosen so that it cannot be right by chance: a model is cut
off before its `run` line has begun or inside an invariant, never where what is left would still be whole.
"""

import random

DATABASE = """  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, name text, active boolean);
  INSERT INTO users VALUES (1, 100, 'ann', true);"""
BODY = """  let user = SELECT balance FROM users WHERE id = 1;
  if user.balance < amount { respond 400; }
  UPDATE users SET balance = balance - :amount WHERE id = 1;
  effect paid(amount);
  respond 200;"""
INVARIANT = 'finally "not below zero" { SELECT min(balance) >= 0 FROM users }'


def scenario(database=DATABASE, body=BODY, run="run withdraw(50) * 2", invariants=INVARIANT, dialect="postgres"):
    return (
        'scenario broken "one thing is wrong here"\n\n'
        f"database bank {dialect} {{\n{database}\n}}\n\n"
        f"request withdraw(amount) {{\n{body}\n}}\n\n{run}\n\n{invariants}\n"
    )


def statement(text):
    """A request whose first statement is `text`."""
    return scenario(body=f"  {text}\n{BODY}")


def invariant(query):
    return scenario(invariants=f'finally "broken" {{ {query} }}')


def files(models, program):
    for kind in (truncated(models), binary(program), huge(10_000_000), huge(1_000_000), nested(), unknown_statements(), type_errors(),
                 missing_names(), broken_invariants(), structure(), isolation(), runtime(), documents()):
        for name, content in kind:
            yield name, content if isinstance(content, bytes) else content.encode()


def truncated(models):
    yield "empty", ""
    for model in models:
        text = model.read_bytes()
        before_run = text.index(b"\nrun ")
        for part in range(1, 13):
            yield f"{model.stem}-cut-before-run-{part}", text[: before_run * part // 13]
        # Between an invariant's opening brace and its closing one.
        opening = text.index(b"{", before_run)
        closing = text.index(b"}", opening)
        yield f"{model.stem}-cut-in-invariant", text[: (opening + closing) // 2]


def binary(program):
    chance = random.Random(2014)
    for number in range(8):
        yield f"random-bytes-{number}", bytes(chance.randrange(256) for _ in range(10 ** (1 + number % 4)))
    yield "our-own-program", program.read_bytes()[:100_000]
    yield "nul-bytes", b"\0" * 1000
    yield "nul-inside", scenario().encode().replace(b"balance - :amount", b"balance \0- :amount")
    yield "utf-16", scenario().encode("utf-16")
    yield "not-utf-8-in-string", scenario().encode().replace(b"'ann'", b"'\xff\xfe'")
    yield "not-utf-8-in-title", scenario().encode().replace(b"one thing", b"one \xc3\x28thing")
    yield "overlong-utf-8", scenario().encode().replace(b"'ann'", b"'\xc0\xaf'")
    # One bit of the model's own text is wrong, at places where every bit counts.
    text = scenario().encode()
    for word in (b"scenario", b"database", b"postgres", b"request", b"let user", b"respond", b"run with", b"finally"):
        at = text.index(word)
        yield f"flipped-{word.decode().replace(' ', '-')}", text[:at] + bytes([text[at] ^ 0x80]) + text[at + 1 :]


def huge(size):
    mb = f"{size // 1_000_000}mb"
    yield f"{mb}-letters", "a" * size
    yield f"{mb}-spaces", " " * size
    yield f"{mb}-braces", "{" * size
    yield f"{mb}-lines", "\n" * size
    yield f"{mb}-comment", "-- " + "x" * size
    yield f"{mb}-open-comment", "/* " * (size // 3)
    yield f"{mb}-quotes", "'" * (size | 1)
    yield f"{mb}-title", scenario().replace("one thing is wrong here", "x" * size).replace("run withdraw", "ran withdraw")
    yield f"{mb}-string", statement(f"UPDATE users SET name = '{'x' * size}' WHERE nobody = 1;")
    yield f"{mb}-statements", scenario(body=("  UPDATE users SET balance = 1 WHERE id = 1;\n" * (size // 45)) + "  oops oops;")
    yield f"{mb}-sum", statement("UPDATE users SET balance = 1" + "+1" * (size // 2) + ";")
    yield f"{mb}-insert", scenario(database=DATABASE + "\n INSERT INTO nowhere VALUES (0)" + ",(0)" * (size // 4) + ";")
    yield f"{mb}-name", statement(f"UPDATE {'u' * size} SET balance = 1;")


def nested():
    for depth in (1_000, 10_000, 100_000):
        yield f"ifs-{depth}", scenario(body="if 1 = 1 { " * depth + "respond 200; " + "} " * (depth - 1))
        yield f"parentheses-{depth}", statement(f"UPDATE users SET balance = {'(' * depth}1{')' * (depth - 1)};")
        yield f"braces-{depth}", scenario(body="{ " * depth + "} " * depth)
        yield f"tries-{depth}", scenario(body="try { " * depth + "respond 200; " + "} " * depth)
        yield f"sub-selects-{depth}", statement(f"UPDATE users SET balance = {'(SELECT ' * depth}x{')' * depth};")
        yield f"nots-{depth}", statement(f"SELECT {'NOT ' * depth} nothing FROM users;")
    yield "sum-70000", statement("UPDATE users SET balance = 1" + "+1" * 70_000 + " WHERE nobody = 1;")
    yield "ands-70000", statement("DELETE FROM users WHERE nobody = 1" + " AND id = 1" * 70_000 + ";")
    yield "cases-5000", statement("SELECT " + "CASE WHEN true THEN " * 5_000 + "x" + " END" * 5_000 + " FROM users;")
    yield "conditions-50000", scenario(body="  if " + "(" * 50_000 + "amount" + ")" * 50_000 + " < 'x' { respond 400; }")


UNKNOWN = """
TRUNCATE users
VACUUM users
ANALYZE users
COPY users FROM STDIN
LISTEN paid
NOTIFY paid
CREATE VIEW rich AS SELECT * FROM users
CREATE TABLE late (id int)
CREATE INDEX ON users (balance)
ALTER TABLE users ADD COLUMN x int
DROP TABLE users
GRANT ALL ON users TO public
DO $$ BEGIN END $$
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'
EXPLAIN SELECT * FROM users
DECLARE c CURSOR FOR SELECT * FROM users
FETCH c
PREPARE p AS SELECT 1
EXECUTE p
REINDEX TABLE users
COMMENT ON TABLE users IS 'x'
CLUSTER users
MERGE INTO users USING users u ON false WHEN NOT MATCHED THEN DO NOTHING
SELECT rank() OVER (ORDER BY balance) FROM users
SELECT ARRAY[1, 2] FROM users
SELECT balance FROM users TABLESAMPLE SYSTEM (50)
SELECT '{"a": 1}'::jsonb -> 'a' FROM users
SELECT balance FROM unnest(ARRAY[1, 2]) AS g(balance)
SELECT md5(name) FROM users
SELECT random() FROM users
SELECT sleep(1) FROM users
WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r
SELECT balance FROM users GROUP BY ROLLUP (balance)
SELEC balance FROM users
UPDATE users SETT balance = 1
INSERT users VALUES (2)
DELETE users
frobnicate the users
SELECT * FROM users WHERE
SELECT 'unterminated FROM users
SELECT $tag$ unterminated FROM users
SELECT "unterminated FROM users
SELECT /* unterminated FROM users
""".strip().split("\n")


def unknown_statements():
    for number, text in enumerate(UNKNOWN):
        yield f"statement-{number:02}-{text.split()[0].lower()}", statement(text + ";")


def type_errors():
    for number, text in enumerate((
        "UPDATE users SET balance = 'abc' WHERE id = 1;",
        "UPDATE users SET balance = true WHERE id = 1;",
        "UPDATE users SET balance = balance + active;",
        "UPDATE users SET active = balance;",
        "UPDATE users SET active = 1;",
        "SELECT balance FROM users WHERE balance;",
        "SELECT balance FROM users WHERE name = 7;",
        "SELECT balance FROM users WHERE name < balance;",
        "SELECT sum(name) FROM users;",
        "SELECT bool_and(balance) FROM users;",
        "SELECT balance FROM users WHERE NOT name;",
        "SELECT coalesce(balance, name) FROM users;",
        "SELECT CASE WHEN balance THEN 1 ELSE 2 END FROM users;",
        "SELECT CASE WHEN active THEN 1 ELSE name END FROM users;",
        "SELECT balance FROM users WHERE id IN (SELECT name FROM users);",
        "SELECT balance FROM users WHERE id IN (SELECT id, balance FROM users);",
        "SELECT (SELECT id, balance FROM users) FROM users;",
        "SELECT balance FROM users LIMIT 'many';",
        "SELECT greatest(balance, active) FROM users;",
        "SELECT -name FROM users;",
        "SELECT sum(balance), id FROM users;",
        "SELECT id FROM users WHERE sum(balance) > 1;",
        "SELECT sum(sum(balance)) FROM users;",
        "SELECT count(*) FROM users FOR UPDATE;",
        "INSERT INTO users VALUES ('one', 1, 'x', true);",
        "INSERT INTO users VALUES (1, 2, 'x', true, 5);",
        "INSERT INTO users (id, balance) VALUES (2);",
        "INSERT INTO users (id, id) VALUES (2, 3);",
        "UPDATE users SET balance = 1, balance = 2;",
        "if user.name { respond 400; }",
        "if amount { respond 400; }",
        "if 'yes' < 3 { respond 400; }",
    )):
        yield f"type-{number:02}", statement(text)


def missing_names():
    for number, text in enumerate((
        "SELECT balance FROM accounts;",
        "UPDATE accounts SET balance = 1;",
        "INSERT INTO accounts VALUES (1);",
        "DELETE FROM accounts;",
        "SELECT credit FROM users;",
        "UPDATE users SET credit = 1;",
        "INSERT INTO users (credit) VALUES (1);",
        "SELECT u.balance FROM users;",
        "SELECT id FROM users a, users b;",
        "SELECT 1 FROM users, users;",
        "SELECT balance FROM users WHERE id = :nobody;",
        "SELECT balance FROM users WHERE id = :later.id;",
        "SELECT balance FROM users ORDER BY credit;",
        "SELECT balance FROM users ORDER BY 7;",
        "SELECT nosuch(balance) FROM users;",
        "SELECT balance::money FROM users;",
        "if nobody < 3 { respond 400; }",
        "if amount.balance < 3 { respond 400; }",
        "set nobody = 3;",
        "let x = SELECT balance FROM users; if x.credit < 3 { respond 400; }",
        "let x = SELECT balance FROM users; UPDATE users SET balance = :x.credit;",
        "effect paid(nobody);",
        "effect paid(amount, amount);",
        "stripe> SELECT 1;",
        "try { SELECT balance FROM users; } catch no_such_condition { respond 400; }",
        "respond;",
        "let = SELECT balance FROM users;",
        "if amount < 3 respond 400;",
        "for in SELECT balance FROM users { }",
        "else { respond 400; }",
        "catch unique_violation { respond 400; }",
        "retry up to many on unique_violation { }",
        "section { }}",
    )):
        yield f"name-{number:02}", statement(text)


def broken_invariants():
    for number, query in enumerate((
        "SELECT min(balance) FROM users",
        "SELECT 'true' || name FROM users",
        "SELECT NULL::boolean FROM users",
        "SELECT min(balance) >= 0 FROM users WHERE id = 99",
        "SELECT (SELECT active FROM users WHERE id = 99)",
        "SELECT (SELECT sum(amount) FROM paid WHERE amount < 0) = 0",
        "SELECT true, true",
        "SELECT true FROM users WHERE false",
        "SELECT true FROM users a LEFT JOIN responses r ON true",
        "SELECT min(balance) >= 0 FROM nowhere",
        "SELECT min(credit) >= 0 FROM users",
        "SELECT sum(credit) = 0 FROM paid",
        "SELECT 1 / (min(balance) - min(balance)) = 1 FROM users",
        "UPDATE users SET balance = 0",
        "DELETE FROM users",
        "min(balance) >= 0",
        "SELECT min(balance) >= FROM users",
        "SELECT min(balance) >= 0 FROM users WHERE id = :amount",
        "SELECT true; SELECT true",
        "",
    )):
        yield f"invariant-{number:02}", invariant(query)


def isolation():
    good = scenario()
    for number, declaration in enumerate((
        "isolation", "isolation serializable", 'isolation "chaos"', 'isolation ""', 'isolation "snapshot;"',
        'isolation "serializable"\nisolation "serializable"', "isolation 'serializable'",
    )):
        yield f"isolation-{number:02}", good.replace("request ", declaration + "\nrequest ", 1)
    for number, clause in enumerate((
        "at", "at serializable", 'at "chaos"', 'at "serializable" at "serializable"', "expect violated at",
        'expect violated at "chaos"', "expect violated at every", 'expect violated at every level, violated at "serializable"',
        'expect violated at "serializable", "serializable"', 'expect violated at "serializable",', "expect violated at level",
    )):
        yield f"isolation-of-request-{number:02}", good.replace("(amount) {", f"(amount) {clause} {{", 1)
    for number, text in enumerate((
        "transaction at { SELECT 1; }", "transaction serializable { SELECT 1; }", 'transaction at "chaos" { SELECT 1; }',
        'transaction "serializable" { SELECT 1; }', "transaction read { SELECT 1; }", "transaction read write { SELECT 1; }",
        'transaction { SELECT 1; } at "serializable"', "transaction deferrable read { SELECT 1; }",
        "retry up to 2 on serialization_failure { SELECT 1; } exhausted",
        "retry on serialization_failure { SELECT 1; } exhausted { respond 503; }", "exhausted { respond 503; }",
        "retry up to 2 { SELECT 1; } exhausted { } exhausted { }", "SAVEPOINT;", "ROLLBACK TO;", "RELEASE;",
        "SET TRANSACTION ISOLATION LEVEL CHAOS;", "BEGIN ISOLATION LEVEL SNAPSHOT;", "SET lock_timeout = 'soon';",
        "SET friendly_mode = 'on';", "SET default_transaction_isolation = 'serializable';",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;", "LOCK TABLE nobody;",
        "LOCK TABLE users IN FRIENDLY MODE;",
    )):
        yield f"isolation-in-request-{number:02}", statement(text)


def structure():
    good = scenario()
    yield "no-scenario-line", good[good.index("database") :]
    yield "no-database", good[: good.index("database")] + good[good.index("request") :]
    yield "no-request", good[: good.index("request")] + good[good.index("run ") :]
    yield "no-run", scenario(run="")
    yield "two-scenarios", good + good
    yield "two-runs", scenario(run="run withdraw(50) * 2\nrun withdraw(50) * 3")
    yield "two-databases-of-one-name", good.replace("request ", f"database bank postgres {{\n{DATABASE}\n}}\nrequest ", 1)
    yield "two-requests-of-one-name", good.replace("run ", f"request withdraw(amount) {{\n{BODY}\n}}\nrun ", 1)
    yield "unknown-dialect", scenario(dialect="oracle")
    yield "no-dialect", scenario(dialect="")
    yield "unknown-word", good.replace("run ", "walk withdraw(50)\nrun ", 1)
    yield "words-after-the-end", good + "\nthe end\n"
    yield "title-not-closed", good.replace('here"', "here", 1)
    yield "brace-missing", good.replace("}", "", 1)
    yield "brace-too-many", good.replace("}", "}}", 1)
    yield "semicolon-missing", good.replace("respond 200;", "respond 200")
    yield "same-parameter-twice", good.replace("(amount) {", "(amount, amount) {")
    for number, run in enumerate((
        "run", "run nobody(50) * 2", "run withdraw * 2", "run withdraw() * 2", "run withdraw(50, 60) * 2",
        "run withdraw(50) * 0", "run withdraw(50) * -1", "run withdraw(50) * 1.5", "run withdraw(50) * many",
        "run withdraw(50) * 99999999999999999999", "run withdraw(50) *", "run withdraw(50) 2", "run withdraw(50",
        "run withdraw(balance) * 2", "run withdraw(1 + 'x') * 2", "run withdraw(50), * 2",
    )):
        yield f"run-{number:02}", scenario(run=run)
    for number, table in enumerate((
        "CREATE TABLE users (id int PRIMARY KEY, id int);",
        "CREATE TABLE users (id wrongtype);",
        "CREATE TABLE users (id int PRIMARY KEY, balance int PRIMARY KEY);",
        "CREATE TABLE users (id int, UNIQUE (nobody));",
        "CREATE TABLE users (id int, CHECK (nobody > 0));",
        "CREATE TABLE users (id int, CHECK (id));",
        "CREATE TABLE users (id int DEFAULT 'x');",
        "CREATE TABLE users ();\n  CREATE TABLE users ();",
        "SELECT 1;",
        "INSERT INTO users VALUES (1);",
        DATABASE + "\n  INSERT INTO users VALUES (1, 5, 'bob', true);",
        DATABASE + "\n  INSERT INTO users VALUES (2, NULL, 'bob', true);",
        DATABASE + "\n  INSERT INTO users VALUES (99999999999, 5, 'bob', true);",
        DATABASE + "\n  INSERT INTO users VALUES (2, 5 / 0, 'bob', true);",
        DATABASE + "\n  CREATE TABLE users (id int);",
        DATABASE + "\n  DROP TABLE users;",
        DATABASE + "\n  CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION f();",
        "",
    )):
        yield f"database-{number:02}", scenario(database=table)
    variants = good.replace(BODY, '  variant a "x" expect %s {\n' + BODY + "\n  }")
    for number, claim in enumerate(("success", "violated at", 'holds at "sometimes"', "holds holds", "")):
        yield f"expect-{number}", variants % claim
    yield "variant-twice", variants % "holds" .replace("holds", "holds {\n respond 200; }\n variant a expect holds")


def runtime():
    """Wrong only when it runs: a request that never ends, or a value that does not fit what is done with it."""
    again = "INSERT INTO users VALUES (1, 1, 'again', true);"
    yield "never-ends-retry", statement(f"retry on unique_violation {{ {again} }}")
    yield "never-ends-again", statement("retry on unique_violation { SELECT balance FROM users; again; }")
    yield "never-ends-growing", statement(
        "retry on unique_violation { UPDATE users SET balance = balance + 1; again; }")
    yield "never-ends-bounded", statement(f"retry up to 1000000000 on unique_violation {{ {again} }}")
    yield "never-ends-local", statement("let i = 0; retry on unique_violation { set i = i + 1; again; }")
    yield "too-many-statements", scenario(body="  UPDATE users SET balance = balance + 0;\n" * 1_200)


MONGODB = """  db.accounts.createIndex({code: 1}, {unique: true});
  db.accounts.insertOne({_id: 1, code: "A", balance: 100, limits: {used: 0}, tags: ["x"]});"""
MONGODB_BODY = """  let a = db.accounts.findOne({_id: 1, balance: {$gte: amount}});
  if not a.found { respond 400; }
  bank> db.accounts.updateOne({_id: a._id}, {$inc: {balance: -amount, "limits.used": 1}, $push: {tags: "y"}});
  bank> transaction { db.accounts.findOne({code: 'A'}); rollback; }"""
DYNAMODB = """  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  PutItem {TableName: "accounts", Item: {id: {"S": "a"}, balance: {"N": "100"}}};"""
DYNAMODB_BODY = """  let a = GetItem {TableName: "accounts", Key: {id: "a"}, ConsistentRead: true};
  bank> UpdateItem {TableName: "accounts", Key: {id: {"S": "a"}}, UpdateExpression: "SET balance = balance - :x",
        ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": {"N": amount}}};
  bank> UPDATE "accounts" SET balance = balance - :amount WHERE id = 'a';"""


def documents():
    """Requests to MongoDB and DynamoDB: brackets that are left out, one at a time, and cuts at every twelfth."""
    ends = 'always "any" { SELECT count(*) >= 0 FROM accounts }'
    for dialect, fill, body in (("mongodb", MONGODB, MONGODB_BODY), ("dynamodb", DYNAMODB, DYNAMODB_BODY)):
        whole = scenario(fill, body, invariants=ends, dialect=dialect)
        brackets = [at for at, c in enumerate(whole[: whole.index("\nrun ")]) if c in "{}[]()"]
        for number, at in enumerate(brackets):
            if number % 3 == 0:
                yield f"{dialect}-bracket-{number}", whole[:at] + whole[at + 1 :]
        for part in range(1, 12):
            yield f"{dialect}-cut-{part}", whole[: whole.index("\nrun ") * part // 12]
        yield f"{dialect}-deep", scenario(fill, body.replace("100", "1") + " bank> " + "[" * 50_000, dialect=dialect)
        yield f"{dialect}-unknown", scenario(fill + " bank_x();", body, invariants=ends, dialect=dialect)
    for name, request in {
        "nested": "db.accounts.findOne({a: " + "[" * 40_000 + "1",
        "nested-closed": "db.accounts.findOne({a: " + "[" * 5_000 + "1" + "]" * 5_000 + "});",
        "nested-objects": "db.accounts.findOne(" + "{a: " * 5_000 + "1" + "}" * 5_000 + ");",
        "text-without-end": "db.accounts.findOne({code: \"A});",
        "nul-escape": "db.accounts.findOne({code: \"\\0\"});",
        "surrogate": "db.accounts.findOne({code: \"\\ud800\"});",
        "huge-number": "db.accounts.findOne({a: 1e999999999});",
        "operator": "db.accounts.updateOne({_id: 1}, {$sett: {a: 1}});",
        "method": "db.accounts.findOnly({});",
        "arguments": "db.accounts.updateOne({_id: 1});",
        "number-for-filter": "db.accounts.findOne(5, 6, 7, 8);",
        "update-is-text": 'db.accounts.updateOne({_id: 1}, "x");',
        "chained": "db.accounts.find({}).srt({a: 1});",
        "push-number": "db.accounts.updateOne({_id: 1}, {$push: 5});",
        "unknown-local": "db.accounts.findOne({code: nobody});",
        "field-of-nobody": "db.accounts.findOne({code: nobody.code});",
        "javascript": "db.accounts.find({}).forEach(function(a) { return a; });",
        "await": "await db.accounts.findOne({});",
    }.items():
        yield f"mongodb-{name}", scenario(MONGODB, "  bank> " + request, invariants=ends, dialect="mongodb")
    for name, request in {
        "action": 'GetItm {TableName: "accounts"};',
        "table": 'GetItem {TableName: "account", Key: {id: "a"}};',
        "no-key": 'GetItem {TableName: "accounts"};',
        "descriptor": 'PutItem {TableName: "accounts", Item: {id: {"S": 5}}};',
        "number": 'PutItem {TableName: "accounts", Item: {id: "a", n: {"N": "five"}}};',
        "expression": 'UpdateItem {TableName: "accounts", Key: {id: "a"}, UpdateExpression: "SET ((("};',
        "expression-nested": 'UpdateItem {TableName: "accounts", Key: {id: "a"}, UpdateExpression: "SET a = ' + "(" * 20_000 + '"};',
        "condition-unused": 'DeleteItem {TableName: "accounts", Key: {id: "a"}, ExpressionAttributeValues: {":x": 1}};',
        "partiql": 'UPDATE "accounts" SET WHERE id = 1;',
        "partiql-deep": 'SELECT * FROM "accounts" WHERE ' + "(" * 30_000 + "1;",
        "partiql-table": "SELECT * FROM nowhere WHERE id = 1;",
        "partiql-quote": "UPDATE \"accounts\" SET a = 'x WHERE id = 1;",
        "transaction": 'transaction { GetItem {TableName: "accounts", Key: {id: "a"}}; }',
        "items": "TransactWriteItems {TransactItems: 5};",
        "items-empty": "TransactWriteItems {TransactItems: []};",
    }.items():
        yield f"dynamodb-{name}", scenario(DYNAMODB, "  bank> " + request, invariants=ends, dialect="dynamodb")
