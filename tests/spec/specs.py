#!/usr/bin/env python3
"""PostgreSQL's own isolation tests against the simulated server: which come out as PostgreSQL expects.

usage: specs.py GAPLESS CACHE [--specs FOLDER] [--differences] [NAME…]

The tests come from Debian's source package postgresql-15; they are fetched into CACHE once and never become a part of
this project. --specs takes a folder that has specs/ and expected/ already. --differences shows what differs.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

PACKAGE = "postgresql-15"
SOURCES = """\
Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

# What a store for money paths must get right: row locks, keys, snapshots, SSI.
PLAIN = """
aborted-keyrevoke classroom-scheduling delete-abort-savept delete-abort-savept-2 fk-contention fk-deadlock fk-deadlock2
insert-conflict-do-nothing insert-conflict-do-nothing-2 insert-conflict-do-update lock-update-traversal
multixact-no-deadlock multixact-no-forget nowait nowait-2 nowait-3 predicate-lock-hot-tuple project-manager
propagate-lock-delete read-only-anomaly read-only-anomaly-2 read-only-anomaly-3 read-write-unique read-write-unique-2
read-write-unique-4 receipt-report referential-integrity simple-write-skew skip-locked skip-locked-2 skip-locked-3
temporal-range-integrity total-cash tuplelock-conflict tuplelock-upgrade-no-deadlock two-ids update-conflict-out
update-locked-tuple
""".split()
# The same with LOCK TABLE, time-outs, advisory locks inside of statements, an index on an expression, WITH that writes.
EXTENDED = """
deadlock-hard deadlock-simple deadlock-soft deadlock-soft-2 index-only-scan insert-conflict-do-update-2
insert-conflict-do-update-3 lock-committed-keyupdate lock-committed-update lock-update-delete multiple-row-versions
nowait-4 nowait-5 partial-index read-write-unique-3 serializable-parallel skip-locked-4 timeouts tuplelock-update
""".split()
# Not passed, and why. Anything else that fails makes the exit status 1.
KNOWN = {
    "multiple-row-versions": "a million rows, so that three of them lie on different pages of the index",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gapless", type=pathlib.Path)
    parser.add_argument("cache", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--specs", type=pathlib.Path)
    parser.add_argument("--differences", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.specs or fetched(arguments.cache)
    wanted = arguments.names or PLAIN + EXTENDED
    unknown = [name for name in wanted if not (folder / "specs" / f"{name}.spec").is_file()]
    if unknown:
        fail(f"there is no {folder}/specs/{unknown[0]}.spec")

    print("| spec | permutations passed | of | seconds | |")
    print("|---|---|---|---|---|")
    results = [tested(arguments.gapless, folder, name, arguments.differences) for name in wanted]
    passed = sum(result.agreeing for result in results)
    total = sum(result.total for result in results)
    whole = sum(result.agreeing == result.total for result in results)
    print(f"| {whole} of {len(results)} specs | {passed} | {total} | {sum(r.seconds for r in results):.1f} | |")
    sys.exit(1 if any(result.unexpected for result in results) else 0)


class Result:
    def __init__(self, name, agreeing, total, seconds, reason):
        self.agreeing = agreeing
        self.total = total
        self.seconds = seconds
        self.unexpected = agreeing != total and name not in KNOWN
        self.reason = KNOWN.get(name, reason) if agreeing != total else ""


def tested(gapless, folder, name, differences):
    spec = folder / "specs" / f"{name}.spec"
    expected = folder / "expected" / f"{name}.out"
    total = expected.read_text().count("\nstarting permutation:")
    started = time.monotonic()
    try:
        done = subprocess.run([gapless, "spec", spec, "--compare", expected], capture_output=True, text=True, timeout=300)
        last = re.search(r"^(\d+) of (\d+) permutations agree", done.stdout, re.MULTILINE)
        problem = "" if last else (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[0]
        agreeing = int(last[1]) if last else 0
    except subprocess.TimeoutExpired:
        done, problem, agreeing = None, "not done after 300 s", 0
    result = Result(name, agreeing, total, time.monotonic() - started, problem)
    reason = result.reason.replace("|", "\\|")
    print(f"| {name} | {result.agreeing} | {result.total} | {result.seconds:.1f} | {reason} |", flush=True)
    if differences and done and result.agreeing != result.total:
        print(done.stdout + done.stderr)
    return result


# ------------------------------------------------------------------------------------------------ fetching


def fetched(cache):
    folder = cache / "isolation"
    if not (folder / "specs").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            unpacked = unpack(download(pathlib.Path(work)), pathlib.Path(work))
            shutil.rmtree(folder, ignore_errors=True)
            unpacked.rename(folder)
    return folder


def download(work):
    """The original tarball, by an apt of its own: the machine's lists and settings stay as they are."""
    if not shutil.which("apt-get"):
        fail("there is no apt-get here; give a folder with PostgreSQL's tests: --specs …/src/test/isolation")
    for part in ("parts", "state/lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    (work / "parts" / "postgresql.sources").write_text(SOURCES)
    options = [
        "-q", "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={work}/parts",
        "-o", f"Dir::State={work}/state", "-o", f"Dir::Cache={work}/cache", "-o", "APT::Sandbox::User=",
        "-o", "Acquire::Languages=none",
    ]  # fmt: skip
    say("fetching the list of Debian's source packages")
    apt(["apt-get", *options, "update"], work)
    shown = apt(["apt-cache", *options, "showsrc", PACKAGE], work)
    # A mirror may list a version whose files it has not, or not any more.
    versions = sorted(set(re.findall(r"^Version: (15\S+)", shown, re.MULTILINE)), key=version_key, reverse=True)
    for version in versions:
        say(f"fetching the source of {PACKAGE} {version}")
        try:
            apt(["apt-get", *options, "source", "--download-only", f"{PACKAGE}={version}"], work)
        except subprocess.CalledProcessError:
            say("it cannot be had")
            continue
        return next(work.glob("*.orig.tar.*"))
    fail(f"no source of {PACKAGE} can be had (versions listed: {', '.join(versions) or 'none'})")


def version_key(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def apt(command, work):
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode != 0 and "update" in command:
        fail(f"apt-get update failed:\n{done.stderr.strip()}")
    done.check_returncode()
    return done.stdout


def unpack(tarball, work):
    wanted = re.compile(r"[^/]+/src/test/isolation/((?:specs|expected)/[\w-]+\.(?:spec|out))")
    target = work / "isolation"
    with tarfile.open(tarball) as archive:
        for member in archive:
            match = wanted.fullmatch(member.name)
            if match and member.isfile():
                path = target / match[1]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.extractfile(member).read())
    return target


def say(text):
    print(f"specs: {text}", file=sys.stderr, flush=True)


def fail(text):
    say(text)
    sys.exit(4)


if __name__ == "__main__":
    main()
