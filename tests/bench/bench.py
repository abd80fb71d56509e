#!/usr/bin/env python3
"""Time and memory of the cases that the project has promised bounds for. Exit status 1 where one is not kept.

usage: bench.py GAPLESS
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Arguments of `check`, and the bound in seconds on the 2-core development machine.
CASES = [
    (["models/withdraw.gap", "--variant", "naive", "--actors", "50", "--mode", "search"], 1),
    (["models/withdraw.gap", "--variant", "naive", "--actors", "50", "--mode", "census"], 5),
    (["models/withdraw.gap", "--variant", "naive", "--actors", "6", "--mode", "census"], 1),
    (["models/withdraw.gap", "--variant", "naive", "--actors", "5", "--mode", "enumerate"], 20),
]
# Every variant that holds, has at most two statements (COMMIT not counted) and no retry, at 50 actors.
FIFTY = [
    "withdraw conditional_update", "withdraw row_lock", "lost_update atomic_update", "lost_update row_lock",
    "coupon conditional_update", "coupon unique_constraint", "inventory check_constraint",
    "inventory conditional_update", "transfer ordered_updates", "transfer one_statement",
    "idempotency_key unique_constraint_in_transaction", "resource_limit conditional_update",
    "resource_limit unique_constraint",
]
MEMORY = 2 << 30


def main(gapless):
    cases = CASES + [([f"models/{name.split()[0]}.gap", "--variant", name.split()[1], "--actors", "50"], 10)
                     for name in FIFTY]
    late = 0
    print(f"{'seconds':>8} {'bound':>6} {'MiB':>6} {'states':>10} {'transitions':>12}  case")
    for arguments, bound in cases:
        seconds, mebibytes, run = measure(gapless, arguments)
        kept = run is not None and seconds <= bound and mebibytes << 20 <= MEMORY and run["coverage"] == "exhaustive"
        late += not kept
        states, transitions = (run["states"], run["transitions"]) if run else ("–", "–")
        print(f"{seconds:8.2f} {bound:6} {mebibytes:6} {states or '–':>10} {transitions or '–':>12}  "
              f"{' '.join(arguments)}{'' if kept else '   NOT KEPT'}", flush=True)
    print(f"{len(cases) - late} kept, {late} not kept")
    return 1 if late else 0


def measure(gapless, arguments):
    """wait4 gives the peak of memory of this child alone."""
    started = time.monotonic()
    child = subprocess.Popen([gapless, "check", *arguments, "--time", "60", "--format", "json"], cwd=ROOT, stdout=subprocess.PIPE,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (600, 600)))
    output = child.stdout.read()
    _, _, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    try:
        run = json.loads(output)["runs"][0]
    except (ValueError, LookupError):
        run = None
    return seconds, usage.ru_maxrss >> 10, run


if __name__ == "__main__":
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
