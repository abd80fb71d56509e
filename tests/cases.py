"""Cases of a test script: counted one by one, and shown when they fail. tests/count.py reads the last line."""

import json
import subprocess
import sys


class Cases:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, condition, detail=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {name}" + (f"\n  {detail}" if detail else ""))
        return condition

    def equal(self, name, got, wanted):
        return self.check(name, got == wanted, f"got    {got!r}\n  wanted {wanted!r}")

    def finish(self):
        print(f"cases: {self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


def run(command, cwd=None, timeout=300):
    """Exit status, standard output and standard error; status None where it did not end in time."""
    try:
        done = subprocess.run(command, cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True)
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode(errors="replace"), (late.stderr or b"").decode(errors="replace")
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def own_models(root):
    """The models of models/ without the corpus, which has its own test (corpus_test.py)."""
    return sorted(path.relative_to(root).as_posix() for path in (root / "models").glob("*.gap"))


def document(text):
    """The one JSON document that --format json prints, or an empty one that fails every later question."""
    try:
        return json.loads(text)
    except ValueError:
        return {"errors": [], "runs": []}
