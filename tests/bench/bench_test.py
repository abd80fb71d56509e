#!/usr/bin/env python3
"""The bench's models have the states that they should have, and its arithmetic is right. No time is looked at.

usage: bench_test.py GAPLESS ROOT
"""

import collections
import dataclasses
import pathlib
import sys
import tempfile

import against_spin
import growth
import reference
import spin
import workloads
from gapless import Gapless
from process import Measured

Run = collections.namedtuple("Run", "states cpu")


def main(binary):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for title, said, should in cases(Gapless(binary, folder)):
            passed += said == should
            failed += said != should
            if said != should:
                print(f"FAILED {title}: {said}, should be {should}")
    print(f"cases: {passed} passed, {failed} failed")
    return 1 if failed else 0


def cases(gapless):
    yield from different_requests(gapless)
    yield from alike_requests(gapless)
    yield from closed_forms()
    yield from laws()
    yield from largest()
    yield from what_pan_says()


def different_requests(gapless):
    """Everybody is told apart by the amount, so the states are those of the plain product."""
    for workload in workloads.DIFFERENT:
        for kind in ("all", "half"):
            for count in (1, 2, 3, 4):
                requests = workloads.different(count, kind)
                run = gapless.check_requests(workload, requests, ["--mode", "census"], 60)
                yield (f"{workload.name}, {kind}, {count}", (run.verdict, run.states, run.transitions),
                       ("holds", *reference.explore(workload.twin, requests.amounts, requests.balance)))


def alike_requests(gapless):
    """The files as they are: interchangeable requests are forgotten."""
    amounts = {"w1": 50, "w2": 50, "w3": 50, "w4": 1, "w4_two": 50, "w5": 1}
    for workload in workloads.ALL:
        for count in (2, 3, 4, 5):
            run = gapless.check(workloads.HERE / "models" / f"{workload.model}.gap",
                                ["--variant", workload.variant, "--actors", str(count), "--mode", "census"], 60)
            step = "w1" if workload is workloads.W5_NAIVE else workload.twin
            yield (f"{workload.name}, alike, {count}", (run.states, run.transitions),
                   reference.explore(step, (amounts[workload.model],) * count, workload.start, alike=True))


def closed_forms():
    for count in (2, 5):
        amounts, balance = workloads.different(count, "all").amounts, count * (count + 1) // 2
        # Each is at one of four places, and nobody is refused.
        yield f"W2, all, {count}", reference.explore("w2", amounts, balance)[0], 4 ** count
        # Nobody holds the lock: each is idle, waits or has paid, but nobody waits (2^N − 1 ways in which somebody does) where
        # nobody has paid. Somebody does, at one of two places: the others are at any of three.
        yield (f"W3, all, {count}", reference.explore("w3", amounts, balance)[0],
               3 ** count - (2 ** count - 1) + 2 * count * 3 ** (count - 1))
        yield f"W5, all, {count}", reference.explore("w5", amounts, balance)[0], 2 ** count


def laws():
    cube = [(count, 7 * count ** 3, 0) for count in (5, 10, 20, 40, 80, 160)]
    yield "a power", growth.better(cube, 1)[0], "N^3.00"
    power = [(count, 5 * 4 ** count, 0) for count in range(3, 12)]
    yield "a base", growth.better(power, 1)[0], "4.00^N"
    yield "a base, how far off", round(growth.better(power, 1)[1], 6), 0


def what_pan_says():
    text = ("State-vector 20 byte, depth reached 38, errors: 0\n 27221118 states, stored\n 1.3e+08 transitions (= stored+matched)\n"
            "  830.723\tactual memory usage for states (compression: 80%)\n")
    run = spin.read(Measured(57.0, 56.0, 1 << 30, text, True), spin.SETTINGS["full"])
    # 830.723 MiB by 27,221,118 states.
    yield "pan's numbers", (run.states, run.transitions, round(run.bytes_a_state, 1)), (27221118, 130000000, 32.0)
    for trouble in (text.replace("errors: 0", "errors: 1"), text + "error: max search depth too small\n"):
        try:
            spin.read(Measured(1, 1, 1, trouble, True), spin.SETTINGS["full"])
            refused = False
        except RuntimeError:
            refused = True
        yield "pan's trouble is not passed by", refused, True
    yield "rounded", [spin.agrees(states, dataclasses.replace(run, states=100_000_000)) for states in (100_400_000, 101_000_000)], [True, False]
    yield "exact", spin.agrees(27221119, run), False


def largest():
    """A tool that takes 4^N microseconds: 4^9 = 0.26 s, 4^10 = 1.05 s, 4^11 = 4.2 s, 4^12 = 16.8 s, 4^13 = 67 s."""
    tried = []

    def run(actors, _):
        tried.append(actors)
        return Run(4 ** actors, 4 ** actors / 1e6) if 4 ** actors / 1e6 <= 60 else None

    # 16.8 s times 4 is not half as long again as 60 s, so 13 is tried; at a limit of 20 s it is not (67 s > 30 s).
    yield "largest in 60 s", (against_spin.largest(8, 60, run).actors, tried), (12, [8, 9, 10, 11, 12, 13])
    tried.clear()
    yield "largest in 20 s", (against_spin.largest(8, 20, run).actors, tried), (12, [8, 9, 10, 11, 12])
    # It began too high: half as many, then up again.
    tried.clear()
    yield "began too high", (against_spin.largest(20, 60, run).actors, tried), (12, [20, 10, 11, 12, 13])
    yield "never", against_spin.largest(5, 60, lambda actors, _: None), None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
