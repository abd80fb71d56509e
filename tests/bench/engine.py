"""Gapless beside itself: with a reduction and without, on one core and on two, and where nothing is left out of 10^8 states."""

import re
import statistics

import workloads
from against_spin import SMALL, told_apart

# Different requests, all of whom the balance covers; W3 must stay at or below 2^N.
SAVED = {"w1": 7, "w2": 10, "w3": 12, "w4": 6, "w5": 15}
ELISION_ACTORS = 20
HUNDRED_MILLION = 13  # alike requests of W1, all told apart: 267,307,117 states
GIBIBYTES = 8


def run_saved(bench):
    """Distinct states of different requests, and what search leaves of them."""
    wrong = 0
    bench.heading(("N", 3), ("distinct", 11), ("cpu s", 7), ("reduced", 11), ("cpu s", 7), ("of it", 8), ("model", 0))
    for workload in workloads.DIFFERENT:
        for kind in ("all", "half"):
            requests = workloads.different((SMALL if bench.quick else SAVED)[workload.model], kind)
            every = bench.gapless.check_requests(workload, requests, ["--mode", "search", *told_apart(bench)], bench.limit)
            fewer = bench.gapless.check_requests(workload, requests, ["--mode", "search"], bench.limit)
            if every is None or fewer is None:
                print(f"{len(requests.amounts):3}  no answer in {bench.limit} s  {workload.title}, {kind}", flush=True)
                continue
            same = every.verdict == fewer.verdict
            wrong += not same
            print(f"{len(requests.amounts):3} {every.states:11,} {every.cpu:7.2f} {fewer.states:11,} {fewer.cpu:7.2f} "
                  f"{fewer.states / every.states:8.3%}  {workload.title}, {kind}{'' if same else '   VERDICTS DIFFER'}", flush=True)
            bench.remember("saved", workload=workload.name, kind=kind, actors=len(requests.amounts), distinct=every.states,
                           reduced=fewer.states)
    for kind in ("all", "half"):
        run = bench.gapless.check_requests(workloads.W3, workloads.different(ELISION_ACTORS, kind), ["--mode", "search"],
                                           5 if bench.quick else bench.limit)
        kept = run is not None and run.states <= 1 << ELISION_ACTORS
        wrong += not kept
        print(f"{workloads.W3.title}, {ELISION_ACTORS} different requests, {kind}: "
              f"{f'{run.states:,} states in {run.cpu:.2f} s' if run else 'no answer'}; the bar is 2^{ELISION_ACTORS} = "
              f"{1 << ELISION_ACTORS:,}{'' if kept else '   NOT KEPT'}", flush=True)
    return wrong


# What may differ between two runs of the same: how long they took.
TIMES = re.compile(r'"(seconds|states_per_second)": [0-9.e+-]+')


def run_cores(bench):
    """One thread and two, by turns, on the wall clock; what they print must be the same bytes."""
    wrong = 0
    rounds = 1 if bench.quick else 3
    bench.heading(("states", 11), ("1: s", 7), ("2: s", 7), ("faster: min", 11), ("median", 7), ("max", 6), ("model", 0))
    # (workload, requests, arguments): the longest of each kind of work.
    runs = [(workloads.W2, workloads.different(9 if bench.quick else 12, "all"), ["--mode", "search", *told_apart(bench)]),
            (workloads.W1, workloads.different(6 if bench.quick else 8, "all"), ["--mode", "census"]),
            (workloads.W1, workloads.alike(8 if bench.quick else 10, 50, 100), ["--mode", "census", *told_apart(bench)])]
    for workload, requests, arguments in runs:
        times, texts, run = {1: [], 2: []}, set(), None
        for _ in range(rounds):
            for jobs in (1, 2):
                run = bench.gapless.check_requests(workload, requests, [*arguments, "--jobs", str(jobs)], bench.limit * 5, wall=True)
                if run is None:
                    break
                times[jobs].append(run.seconds)
                texts.add(TIMES.sub("", run.text))
        title = f"{workload.title}, {len(requests.amounts)} requests, {requests.kind}, {' '.join(arguments)}"
        if run is None:
            print(f"no answer in {bench.limit * 5} s: {title}", flush=True)
            continue
        ratios = sorted(one / two for one, two in zip(times[1], times[2]))
        same, fast = len(texts) == 1, statistics.median(ratios) >= 1.7
        wrong += (not same) + (not fast and not bench.quick)
        print(f"{run.states:11,} {statistics.median(times[1]):7.2f} {statistics.median(times[2]):7.2f} {ratios[0]:11.2f} "
              f"{statistics.median(ratios):7.2f} {ratios[-1]:6.2f}  {title}{'' if same else '   DIFFERENT BYTES'}"
              f"{'' if fast else '   BELOW 1.7'}", flush=True)
        bench.remember("cores", title=title, states=run.states, one=times[1], two=times[2], same=same)
    return wrong


def run_hundred_million(bench):
    """A census of W1 with every actor told apart, of more than 10^8 states, within 8 GiB."""
    if not bench.gapless.knows("--no-symmetry"):
        print("this gapless has no --no-symmetry")
        return 1
    actors = 8 if bench.quick else HUNDRED_MILLION
    run = bench.gapless.check_requests(workloads.W1, workloads.alike(actors, 50, 100),
                                       ["--mode", "census", "--no-symmetry", "--memory", f"{GIBIBYTES}GiB"], 30 * bench.limit)
    if run is None:
        print(f"no answer in {30 * bench.limit} s   NOT KEPT")
        return 1
    kept = run.peak <= GIBIBYTES << 30 and (bench.quick or run.states >= 10 ** 8)
    print(f"{actors} actors: {run.states:,} states, {run.transitions:,} transitions, {run.seconds:.0f} s, {run.cpu:.0f} s of processor "
          f"time, {run.states / run.seconds / 1e6:.2f} M states/s, {run.peak / (1 << 30):.2f} GiB, "
          f"{run.peak / run.states:.0f} bytes a state{'' if kept else '   NOT KEPT'}")
    bench.remember("hundred_million", actors=actors, states=run.states, transitions=run.transitions, seconds=run.seconds,
                   cpu=run.cpu, peak=run.peak)
    return 0 if kept else 1
