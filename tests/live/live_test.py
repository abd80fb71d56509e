#!/usr/bin/env python3
"""Models on a real server: every interleaving agrees, what is counted adds up, and nothing of ours stays there.

usage: live_test.py GAPLESS ROOT
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import postgres  # noqa: E402
import redis  # noqa: E402
from cases import Cases, run  # noqa: E402

SKIPPED = 77
# Total, forced, not forceable, not reached, not comparable, disagreements, plays.
ROW = re.compile(r"^(?P<name>\S.*?)" + r"\s+([\d,]+)" * 7 + "$", re.MULTILINE)
ROW_LOCK = {2: (6, 6), 3: (102, 90)}  # all, forceable


class Live(Cases):
    def __init__(self, gapless, root, server, keys, folder):
        super().__init__()
        self.gapless = gapless
        self.root = root
        self.server = server
        self.keys = keys
        self.folder = folder

    def command(self, *arguments, url=None, keys=None):
        return [self.gapless, "live", *map(str, arguments), "--postgres", url or self.server.url,
                "--redis", keys or str(self.keys.socket)]

    def live(self, *arguments, url=None, keys=None):
        return run(self.command(*arguments, url=url, keys=keys), cwd=self.root, timeout=500)

    def rows(self, *arguments, statuses=(0,)):
        """Name → numbers, of a run with --all whose counts must add up."""
        status, output, errors = self.live(*arguments, "--all")
        self.check(f"live --all {arguments} ends with {statuses}", status in statuses, f"{status}: {errors[:500]}{output[-1500:]}")
        found = {row["name"]: tuple(int(text.replace(",", "")) for text in row.groups()[1:]) for row in ROW.finditer(output)}
        for name, (total, forced, not_forceable, not_reached, not_comparable, disagreements, plays) in found.items():
            self.equal(f"{name} adds up", forced + not_forceable + not_reached + not_comparable, total)
            self.equal(f"{name} disagreements", disagreements, 0)
            self.check(f"{name} was played, or is not comparable", not_comparable == total if forced == 0 else plays >= forced)
        return found

    def scenario(self, name, text):
        path = self.folder / f"{name}.gap"
        path.write_text(text)
        return path

    def schemas(self):
        return self.server.psql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'gapless%'")

    def nothing_left(self, when):
        self.equal(f"no schema of ours is left {when}", self.schemas(), "")
        self.equal(f"no session of ours is left {when}", self.sessions(), "0")
        self.equal(f"no key of ours is left {when}", self.keyspace(), "")

    def keyspace(self):
        """Which databases hold keys."""
        return "\n".join(line.strip() for line in self.keys.cli("INFO", "keyspace").splitlines() if line.startswith("db"))

    def sessions(self):
        # The server notices the end of a client a moment after it.
        for _ in range(100):
            count = self.server.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gapless live'")
            if count == "0":
                break
            time.sleep(0.05)
        return count


def main(gapless, root):
    if not postgres.available():
        print("there is no PostgreSQL 15 here (./dev test installs it)")
        sys.exit(SKIPPED)
    if not redis.available():
        print("there is no redis-server here (./dev test installs it)")
        sys.exit(SKIPPED)
    with postgres.Server() as server, redis.Server() as keys, tempfile.TemporaryDirectory() as folder:
        cases = Live(gapless, root, server, keys, pathlib.Path(folder))
        models(cases)
        one_schedule(cases)
        values(cases)
        disagreement(cases)
        faults(cases)
        both_servers(cases)
        not_comparable(cases)
        other_peoples_things(cases)
        other_peoples_keys(cases)
        mistakes(cases)
        permissions(cases)
        interrupted(cases)
        connection_lost(cases)
    cases.finish()


def has_documents(file):
    """There is no server of MongoDB or DynamoDB here, so that nothing of it could be compared."""
    return re.search(r"^database \w+ (mongodb|dynamodb)", file.read_text(encoding="utf-8"), re.MULTILINE)


def models(cases):
    # At all levels what has neither faults nor a second server, and the small ones of the rest at their own.
    files = [file for file in sorted((cases.root / "models").glob("*.gap")) if not has_documents(file)]
    plain = [file for file in files if not re.search(r"^(faults|clock|database \w+ redis)", file.read_text(), re.MULTILINE)]
    rest = [file for file in files if file not in plain]
    for chosen, options, least in ((plain, ("--isolation", "all", "--at-most", 100), 200), (rest, ("--at-most", 30), 150)):
        found = cases.rows(*chosen, "--actors", 2, *options, statuses=(0, 3))
        cases.check(f"the models with {options}", len(found) > least, len(found))
        if "all" in found:
            cases.equal("the last row is the sum", found["all"],
                        tuple(sum(row[i] for name, row in found.items() if name != "all") for i in range(7)))
    for actors, (total, forceable) in ROW_LOCK.items():
        # Which waiter goes first is the server's choice: it may never take one of the ways.
        row = cases.rows("models/withdraw.gap", "--variant", "row_lock", "--actors", actors, statuses=(0, 3))
        row = row.get(f"withdraw row_lock, read committed, {actors} actors", (0,) * 7)
        cases.equal(f"row_lock, {actors}", (row[0], row[0] - row[2]), (total, forceable))
    status, output, _ = cases.live("models/withdraw.gap", "--variant", "row_lock", "--actors", 4, "--sample", 40, "--seed", 7)
    cases.equal("a sample agrees", status, 0)
    cases.check("a sample says how many it played", re.search(r"withdraw row_lock.* 3,072 +\d+ +0 +40$", output, re.MULTILINE), output)
    status, output, _ = cases.live("models/withdraw.gap", "--variant", "row_lock", "--actors", 3, "--all", "--at-most", 50)
    cases.check("what is left out is said", status == 0 and "102 interleavings, more than 50" in output, output)
    cases.nothing_left("after playing models")


def one_schedule(cases):
    file = "models/withdraw.gap"
    status, output, _ = cases.live(file, "--variant", "naive", "--schedule", "1 2 2 1")
    cases.check("1 2 2 1", status == 0 and "agrees at every step, and on the rows at the end" in output, output)
    status, output, _ = cases.live(file, "--variant", "row_lock", "--schedule", "1 2")
    cases.check("waits", status == 0 and "waits" in output and "still under way" in output, output)
    status, output, _ = cases.live(file, "--variant", "row_lock", "--actors", 3, "--schedule", "1 2 1 1 3")
    cases.check("overtaking cannot be forced", status == 3 and "Cannot be forced: step 5 (actor 3)" in output, output)
    status, output, _ = cases.live(file, "--variant", "row_lock", "--schedule", "1 1 1 1")
    cases.check("a schedule that is none", status == 3 and "Cannot be played: step 4" in output, output)
    # Without a schedule: the simplest counterexample.
    status, output, _ = cases.live("models/transfer.gap", "--variant", "lock_from_then_to")
    cases.check("a deadlock", status == 0 and "deadlock_detected" in output, output)
    recorded = sorted(str(path.relative_to(cases.root)) for path in (cases.root / "schedules").glob("*.schedule")
                      if not has_documents(cases.root / "models" / (path.name.split("-")[0] + ".gap")))
    status, output, errors = cases.live(*recorded)
    agree = output.count("The server agrees at every step")
    cases.equal("recorded schedules agree, or cannot be compared", agree + output.count(": not comparable: "), len(recorded))
    cases.check("most of them agree", agree * 10 > len(recorded) * 8, agree)


def values(cases):
    path = cases.scenario("values", """
scenario values "values keep their types on the way"
database bank postgres {
  CREATE TABLE pg_class (id bigint PRIMARY KEY, note text, price numeric(10, 2), seen timestamp, done boolean);
  INSERT INTO pg_class VALUES (1, 'it''s', 12.50, '2024-02-29 12:00:00', true), (2, NULL, -1.25, NULL, NULL);
}
request read(small, large, word) {
  variant only expect holds {
    let first = SELECT * FROM pg_class WHERE id = 1;
    let sum = SELECT :large + :small AS more, 10 -:small AS less, :small * 3000000000 AS big, now() AS moment;
    UPDATE pg_class SET note = :first.note || :word, price = price -:first.price, seen = :first.seen, done = :first.done WHERE id = 2;
    let after = SELECT count(*), sum(price), min(note) FROM pg_class WHERE note IS NOT NULL;
    respond 200;
  }
}
run read(-5, 3000000000, '\\ "quoted" ''twice'' -- no comment') * 2
always "nothing is lost" { SELECT count(*) = 2 FROM pg_class }
""")
    before = cases.server.psql("SELECT count(*) FROM pg_class WHERE relkind = 'r'")
    found = cases.rows(path)
    cases.equal("values", found.get("values only, read committed, 2 actors", ())[5:6], (0,))
    cases.equal("the server's pg_class is not touched",
                cases.server.psql("SELECT count(*) FROM pg_class WHERE relkind = 'r'"), before)
    path = cases.scenario("numbers", """
scenario numbers "serial numbers begin anew"
database bank postgres { CREATE TABLE orders (id serial PRIMARY KEY, amount int NOT NULL); INSERT INTO orders (amount) VALUES (7); }
request order(amount) {
  variant only expect holds {
    let made = INSERT INTO orders (amount) VALUES (:amount) RETURNING id;
    let read = SELECT amount FROM orders WHERE id = :made.id;
    respond 200;
  }
}
run order(5) * 2
finally "three orders" { SELECT count(*) = 3 AND max(id) = 3 FROM orders }
""")
    cases.rows(path)


def disagreement(cases):
    # Known to differ (docs/warts.md): we scan by primary key, a server in the order in which the rows came.
    path = cases.scenario("order", """
scenario order "which row comes first"
database bank postgres { CREATE TABLE codes (id int PRIMARY KEY); INSERT INTO codes VALUES (2), (1); }
request take() { variant first expect holds { let code = SELECT id FROM codes LIMIT 1; DELETE FROM codes WHERE id = :code.id; respond 200; } }
run take() * 2
always "true" { SELECT true }
""")
    status, output, _ = cases.live(path, "--all")
    cases.equal("a disagreement ends with 1", status, 1)
    cases.check("it is shown", "DISAGREES  1, step 1" in output and "ours:   id = 1" in output and "theirs: (2)" in output, output)
    cases.check("it is shown again with one schedule",
                cases.live(path, "--schedule", "1 2 1 2", "--variant", "first")[0] == 1)


LOCK = """
scenario lock "a lock in Redis around a row in PostgreSQL"
database bank postgres {{ CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); INSERT INTO users VALUES (1, 100); }}
database redis redis {{ SET limit 50; RPUSH queue a b; }}
faults {faults};
request withdraw(amount) {{
  variant only expect violated {{
    let lock = redis> SET lock:1 {{me}} NX EX {seconds};
    if NOT lock.found {{ respond 423; }}
    transaction {{
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }}
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:1 {{me}};
    respond 200;
  }}
}}
run withdraw(50) * 2
always "true" {{ SELECT true }}
"""


def faults(cases):
    # Crashes in the middle of transactions, with and without somebody who waits for them.
    for name, faults in (("crash", "crash <= 1"), ("retry", "crash <= 1, retry <= 1"), ("twice", "duplicate <= 1")):
        path = cases.scenario(name, """
scenario crash "locks of who is no more"
database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); INSERT INTO users VALUES (1, 100); }
faults """ + faults + """;
request withdraw(amount) {
  variant row expect holds {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    respond 200;
  }
  variant advisory expect holds {
    SELECT pg_advisory_lock(7);
    UPDATE users SET balance = balance - :amount WHERE id = 1;
    SELECT pg_advisory_unlock(7);
    respond 200;
  }
}
run withdraw(50) * 2
always "true" { SELECT true }
""")
        # Which of two that wait for a row goes first is the server's choice, and costs hundreds of plays.
        variants = ("advisory",) if name == "twice" else ("row", "advisory")
        found = cases.rows(path, *(() if len(variants) > 1 else ("--variant", variants[0])))
        cases.equal(f"{name}: its models", len(found), len(variants) + 1)
        for variant in variants:
            row = found.get(f"crash {variant}, read committed, 2 actors, {faults}", (0,) * 7)
            cases.check(f"{name} {variant}: whatever can be is forced", row[0] > 10 and row[1] * 3 > row[0] * 2 and row[3] == 0, row)
    status, output, _ = cases.live(path.with_name("crash.gap"), "--variant", "row", "--schedule", "1 2 1!crash 2 2 2")
    cases.check("who waits goes on when the holder crashes",
                status == 0 and "actor 1  !crash" in output and "the rows at the end" in output, output)


def both_servers(cases):
    path = cases.scenario("lock", LOCK.format(faults="none", seconds=10))
    found = cases.rows(path)
    row = found.get("lock only, read committed, 2 actors", (0,) * 7)
    cases.check("a lock in Redis", row[0] > 100 and row[1] * 3 > row[0] * 2, row)
    status, output, _ = cases.live(path, "--variant", "only", "--schedule", "1 1 expire(lock:1) 2 2 1 1 2 2 1")
    cases.check("a lock that expires", "nobody  expire(lock:1)" in output, output)
    for option, given in (("--postgres", ["--redis", str(cases.keys.socket)]), ("--redis", ["--postgres", cases.server.url])):
        status, _, errors = run([cases.gapless, "live", str(path), "--all", *given], cwd=cases.root)
        cases.check(f"{option} is missing", status == 2 and f"{option} URL" in errors and errors.count(option) == 1, f"{status} {errors}")
    # A model of Redis alone needs no PostgreSQL.
    path = cases.scenario("alone", """
scenario alone "a counter"
database redis redis { SET used 0; }
request use() { variant only expect holds { let n = redis> INCR used; if n.value > 1 { respond 409; } respond 200; } }
run use() * 3
finally "three" { SELECT value = '3' FROM redis WHERE key = 'used' }
""")
    status, output, _ = run([cases.gapless, "live", str(path), "--all", "--redis", str(cases.keys.socket)], cwd=cases.root)
    cases.check("Redis alone", status == 0 and re.search(r"alone only.* 6 +6 +0 +0 +0 +0 +6$", output, re.MULTILINE), output)
    cases.nothing_left("after playing on both")


def not_comparable(cases):
    path = cases.scenario("clock", """
scenario clock "time passes"
database bank postgres { CREATE TABLE holds (id int PRIMARY KEY, until timestamp); INSERT INTO holds VALUES (1, '2024-01-01 14:35'); }
clock '2024-01-01 14:30', '2024-01-01 14:37';
request look() { variant only expect holds { SELECT id FROM holds WHERE until > now(); respond 200; } }
run look() * 2
always "true" { SELECT true }
""")
    status, output, _ = cases.live(path, "--all")
    cases.check("a clock is not compared, and that is said", status == 3 and "NOT COMPARED: it has a clock" in output, output)
    row = re.search(ROW, output)
    cases.check("it is counted", row and row.groups()[2:6] == ("0", "0", "0", row.groups()[1]), output)


def other_peoples_keys(cases):
    cases.keys.cli("SET", "theirs", "1", database=0)
    cases.keys.cli("SET", "theirs", "1", database=15)
    path = cases.scenario("flush", """
scenario flush "everything goes"
database redis redis { SET a 1; }
request flush() {
  variant command expect holds { redis> FLUSHALL; respond 200; }
  variant script expect holds { redis> EVAL "return redis.call('flushall')" 0; respond 200; }
  variant hidden expect holds { redis> EVAL "return redis.call(ARGV[1])" 0 FLUSHALL; respond 200; }
}
run flush() * 2
finally "nothing is there" { SELECT count(*) = 0 FROM redis }
""")
    cases.equal("FLUSHALL flushes ours", cases.live(path, "--variant", "command", "--all")[0], 0)
    for variant in ("script", "hidden"):
        status, _, errors = cases.live(path, "--variant", variant, "--all")
        cases.check(f"{variant} is not sent", status == 2 and "is not sent to a real server" in errors, f"{status} {errors}")
    cases.equal("others' keys are there", (cases.keys.cli("GET", "theirs"), cases.keys.cli("GET", "theirs", database=15)), ("1", "1"))
    cases.check("and no others", cases.keyspace().count("keys=1,") == 2 and cases.keyspace().count("db") == 2, cases.keyspace())
    for database in range(16):
        cases.keys.cli("SET", "theirs", "1", database=database)
    status, _, errors = cases.live(path, "--variant", "command", "--all")
    cases.check("no empty database", status == 3 and "too few are empty" in errors, f"{status} {errors}")
    cases.keys.cli("FLUSHALL")


def other_peoples_things(cases):
    cases.server.psql("CREATE TABLE public.users (id int, balance int); INSERT INTO public.users VALUES (1, 77)")
    # Looks like ours, but says nothing of us.
    cases.server.psql("CREATE SCHEMA gapless_0123456789ab_0")
    cases.equal("beside other people's tables", cases.live("models/withdraw.gap", "--all")[0], 0)
    cases.equal("a table of the same name", cases.server.psql("SELECT * FROM public.users"), "1|77")
    cases.equal("a schema of a like name", cases.schemas(), "gapless_0123456789ab_0")
    cases.server.psql("DROP SCHEMA gapless_0123456789ab_0; DROP TABLE public.users")
    for name, statement, setup in (("request", "UPDATE public.users SET balance = 0", ""),
                                   ("setup", "UPDATE users SET balance = 0", "CREATE TABLE public.accounts (id int);"),
                                   ("catalog", "DELETE FROM pg_catalog.pg_class", ""),
                                   ("function", "SELECT pg_catalog.pg_sleep(1)", "")):
        path = cases.scenario(name, f"""
scenario {name} "names a schema"
database bank postgres {{ CREATE TABLE users (id int PRIMARY KEY, balance int); {setup} }}
request go() {{ variant only expect holds {{ {statement}; respond 200; }} }}
run go() * 2
always "true" {{ SELECT true }}
""")
        cases.equal(f"a {name} that names a schema is refused", cases.live(path, "--all")[0], 2)


def mistakes(cases):
    file = "models/withdraw.gap"
    status, _, errors = cases.live(file, "--all", url="postgresql:///postgres?host=/nowhere&user=postgres")
    cases.check("no server", status == 2 and "/nowhere" in errors, errors)
    status, _, errors = cases.live(file, "--all", url="postgres")
    cases.check("no URL", status == 2 and "no connection URL" in errors, errors)
    cases.equal("no URL at all", run([cases.gapless, "live", file], cwd=cases.root)[0], 2)
    status, _, errors = cases.live(file, "--all", keys="/nowhere/socket")
    cases.check("no Redis server", status == 2 and "/nowhere/socket" in errors, errors)
    status, _, errors = cases.live(file, "--all", keys="localhost")
    cases.check("no Redis URL", status == 2 and "no Redis URL" in errors, errors)
    cases.equal("--all and --sample", cases.live(file, "--all", "--sample", 3)[0], 2)
    cases.equal("--seed without --sample", cases.live(file, "--seed", 3)[0], 2)
    cases.equal("no such variant", cases.live(file, "--all", "--variant", "nothing")[0], 5)
    cases.equal("no such file", cases.live("models/nowhere.gap", "--all")[0], 2)


def permissions(cases):
    cases.server.psql("CREATE ROLE guest LOGIN; REVOKE CREATE ON DATABASE postgres FROM PUBLIC")
    guest = cases.server.url.replace("user=postgres", "user=guest")
    status, _, errors = cases.live("models/withdraw.gap", "--all", url=guest)
    cases.check("no permission", status == 2 and "may not create a schema" in errors, errors)
    cases.server.psql("GRANT CREATE ON DATABASE postgres TO guest")
    status, _, errors = cases.live("models/withdraw.gap", "--all", url=guest)
    cases.check("no superuser is needed", status == 0 and "may not set deadlock_timeout" in errors, f"{status} {errors}")
    cases.nothing_left("of a user who is no superuser")


def under_way(cases, faults="crash <= 1"):
    """A long run, once it has made its schema."""
    path = cases.scenario("long", LOCK.format(faults=faults, seconds=10))
    process = subprocess.Popen(cases.command(path, "--all"), cwd=cases.root,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    for _ in range(400):
        count = cases.server.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gapless live'")
        if int(count) >= 4 and cases.keyspace().count("db") >= 2:
            break
        time.sleep(0.02)
    time.sleep(0.1)
    return process


def interrupted(cases):
    for each in (signal.SIGINT, signal.SIGTERM):
        process = under_way(cases)
        process.send_signal(each)
        _, errors = process.communicate(timeout=60)
        cases.equal(f"{each.name}: not everything was compared", process.returncode, 3)
        cases.check(f"{each.name} is said", b"interrupted" in errors, errors)
        cases.nothing_left(f"after {each.name}")
    process = under_way(cases)
    process.kill()
    process.communicate()
    cases.equal("killed: its sessions end", cases.sessions(), "0")
    cases.check("killed: its schema stays", cases.schemas() != "")
    cases.check("killed: its keys stay", cases.keyspace().count("db") == 2, cases.keyspace())
    # While one is in use, another run leaves it alone.
    other = under_way(cases)
    in_use = cases.schemas()
    cases.check("the killed one's schema is dropped by the next run", len(in_use.split()) == 1, in_use)
    cases.equal("beside a run under way", cases.live("models/withdraw.gap", "--variant", "naive")[0], 0)
    cases.equal("the other's schema is left alone", cases.schemas(), in_use)
    other.terminate()
    other.communicate(timeout=60)
    cases.nothing_left("after a killed run and another one")


def connection_lost(cases):
    # Without crashes, or the run may be about to end that very session by itself, and rightly miss nothing.
    process = under_way(cases, faults="none")
    # An actor's, not the control connection, which was the first.
    cases.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gapless live' "
                      "ORDER BY backend_start DESC, pid DESC LIMIT 1")
    _, errors = process.communicate(timeout=60)
    cases.equal("a lost connection: not everything was compared", process.returncode, 3)
    cases.check("a lost connection is said", b"terminat" in errors or b"lost" in errors, errors)
    cases.nothing_left("after a lost connection")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
