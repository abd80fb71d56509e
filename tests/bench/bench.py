#!/usr/bin/env python3
"""Time, memory and reach of Gapless: against its own bounds, and against SPIN on the same models in the same run.

usage: bench.py GAPLESS [--quick] [--limit SECONDS] [--only MODEL] [--json FILE] [PART…]

Parts, all of them in this order where none is named (docs/performance.md says what each measures):
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time

import against_spin
import cases
import engine
import growth
import machine
import spin
from gapless import Gapless

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Name, what runs it (it returns how many bounds were not kept), whether it needs SPIN.
PARTS = {
    "cases": (cases.run_cases, False),
    "alike": (cases.run_alike, False),
    "rates": (against_spin.run_rates, True),
    "largest": (against_spin.run_largest, True),
    "bytes": (against_spin.run_bytes, True),
    "saved": (engine.run_saved, False),
    "cores": (engine.run_cores, False),
    "hundred": (engine.run_hundred_million, False),
    "growth": (growth.run_growth, False),
    "limit": (machine.run_limit, False),
}


class Bench:
    """What every part needs: the program, how long it may take, where files go, and what was found."""

    def __init__(self, arguments, folder):
        self.root = ROOT
        self.quick = arguments.quick
        self.limit = arguments.limit
        self.only = arguments.only
        self.patience = 2 if arguments.quick else 6  # a case that takes so many times its bound is given up
        self.folder = pathlib.Path(folder)
        self.gapless = Gapless(arguments.gapless, folder)
        self.found = []

    def heading(self, *columns):
        """Name and width of each; 0 for the last one, which is not aligned."""
        print(" ".join(f"{name:>{width}}" if width else f" {name}" for name, width in columns))

    def remember(self, part, **figures):
        self.found.append({"part": part, **figures})

    def tool(self, name):
        """A program of tests/bench in the build folder in which gapless is."""
        path = pathlib.Path(self.gapless.binary).parent.parent.parent / "tests" / "bench" / name
        return str(path) if path.exists() else None


def main():
    listed = "\n".join(f"  {name:9} {' '.join(run.__doc__.split()).split('.')[0]}" for name, (run, _) in PARTS.items())
    parser = argparse.ArgumentParser(description=__doc__ + listed, usage=argparse.SUPPRESS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gapless")
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true", help="under two minutes: small sizes, one round")
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS", help="of processor time for each largest N (60)")
    parser.add_argument("--only", metavar="MODEL", help="w1 … w5: of what is compared with SPIN only this one")
    parser.add_argument("--json", metavar="FILE", help="all figures")
    arguments = parser.parse_intermixed_args()
    unknown = [name for name in arguments.parts if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")

    print("\n".join(machine.describe(arguments.gapless)), flush=True)
    not_kept = 0
    with tempfile.TemporaryDirectory(prefix="gapless-bench-") as folder:
        bench = Bench(arguments, folder)
        for name in arguments.parts or PARTS:
            run, needs_spin = PARTS[name]
            if needs_spin and not spin.is_there():
                print(f"\n{name}: left out, spin is not installed")
                continue
            print(f"\n{name}: {' '.join(run.__doc__.split())}", flush=True)
            started = time.monotonic()
            not_kept += run(bench)
            print(f"{name} took {time.monotonic() - started:.0f} s", flush=True)
        if arguments.json:
            pathlib.Path(arguments.json).write_text(json.dumps(bench.found, indent=1) + "\n")
    print(f"\n{not_kept} bounds not kept" if not_kept else "\nevery bound is kept")
    return 1 if not_kept else 0


if __name__ == "__main__":
    sys.exit(main())
