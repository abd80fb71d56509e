"""Gapless beside SPIN on the same models, in one run: how fast where nobody is like anybody else, and how many requests in a
minute."""

import dataclasses
import statistics

import spin
import workloads

# With all actors told apart and nothing left out, both must find the same states (docs/performance.md, "The twins").
TOLD_APART = ["--no-symmetry", "--no-reduction", "--no-elision"]
# Different requests at which both have a few seconds' work; and millions of states, where memory is compared.
SAME_SIZE = {"w1": 7, "w2": 10, "w3": 13, "w4": 6, "w5": 20}
LARGE = {"w1": 8, "w2": 11, "w3": 13, "w4": 7, "w5": 22}
SMALL = {"w1": 6, "w2": 8, "w3": 10, "w4": 5, "w5": 15}
# From so many states on Gapless must be twice as fast.
MANY = 20_000_000
# Two minutes are not enough to compile pan for all of them.
QUICK = [(workloads.W1, "all"), (workloads.W2, "half"), (workloads.W3, "all")]
# Where the search for the largest number begins.
BEGIN = {"w1": 6, "w2": 9, "w3": 11, "w4": 4, "w5": 18}


def pairs(bench):
    """The different requests that are compared."""
    every = QUICK if bench.quick else [(workload, kind) for workload in workloads.DIFFERENT for kind in ("all", "half")]
    return [(workload, kind) for workload, kind in every if not bench.only or workload.model == bench.only]


def told_apart(bench):
    return [option for option in TOLD_APART if bench.gapless.knows(option)]


def run_rates(bench):
    """Both cover every state with nothing left out, by turns; their states must be the same number."""
    wrong = 0
    rounds = 3 if not bench.quick else 1
    sizes = SMALL if bench.quick else SAME_SIZE
    arguments = ["--mode", "search", *told_apart(bench)]
    print("gapless " + " ".join(arguments) + "; SPIN: " + " ".join(spin.SETTINGS["full"].flags))
    bench.heading(("N", 3), ("states", 11), ("transitions", 12), ("Gapless/s", 10), ("SPIN/s", 10), ("times: min", 10), ("median", 7),
                  ("max", 6), ("B Gapless", 9), ("B SPIN", 7), ("model", 0))
    for workload, kind in pairs(bench):
        wrong += rate(bench, workload, workloads.different(sizes[workload.model], kind), arguments, rounds)
    print("Alike requests, told apart" + ("" if bench.quick else ", and more than 20 million states"))
    for workload, requests in [(workloads.W1, workloads.alike(8, 50, 100))] if bench.quick else large():
        wrong += rate(bench, workload, requests, arguments, rounds)
    return wrong


def large():
    """53,515,202 states, and about 28 million."""
    yield workloads.W1, workloads.alike(11, 50, 100)
    yield workloads.W2, workloads.different(11, "half")


def rate(bench, workload, requests, arguments, rounds):
    setting = spin.SETTINGS["full"]
    folder = spin.compile_pan(workload, requests, setting, bench.folder)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(bench.gapless.check_requests(workload, requests, arguments, bench.limit * 5))
        theirs.append(spin.run_pan(folder, setting, bench.limit * 5, ours[-1].states if ours[-1] else 1 << 26))
        if ours[-1] is None or theirs[-1] is None:
            print(f"{len(requests.amounts):3}  no answer in {bench.limit * 5} s: {'Gapless' if ours[-1] is None else 'SPIN'}  "
                  f"{workload.title}, {requests.kind}", flush=True)
            return 0
    gapless, pan = ours[-1], theirs[-1]
    ratios = sorted(their.cpu / our.cpu for our, their in zip(ours, theirs))
    agree = spin.agrees(gapless.states, pan)
    fast = gapless.states < MANY or statistics.median(ratios) >= 2
    print(f"{len(requests.amounts):3} {gapless.states:11,} {gapless.transitions:12,} {speed(ours):>10} {speed(theirs):>10} "
          f"{ratios[0]:10.2f} {statistics.median(ratios):7.2f} {ratios[-1]:6.2f} {gapless.peak / gapless.states:9.0f} "
          f"{pan.peak / pan.states:7.0f}  {workload.title}, {requests.kind}"
          f"{'' if agree else f'   DISAGREE: SPIN has {pan.states:,} states'}{'' if fast else '   BELOW THE BAR'}", flush=True)
    bench.remember("rate", workload=workload.name, kind=requests.kind, actors=len(requests.amounts), states=gapless.states,
                   transitions=gapless.transitions, spin_states=pan.states,
                   gapless_cpu=[run.cpu for run in ours], spin_cpu=[run.cpu for run in theirs],
                   gapless_seconds=[run.seconds for run in ours], spin_seconds=[run.seconds for run in theirs],
                   gapless_peak=gapless.peak, spin_peak=pan.peak)
    return 0 if agree and fast else 1


def speed(runs):
    """Distinct states a second of processor time."""
    return f"{runs[0].states / statistics.median(run.cpu for run in runs) / 1e6:.2f} M"


@dataclasses.dataclass
class Largest:
    actors: int
    result: object
    why: str       # not more
    growth: list   # (actors, states, seconds) on the way


def largest(begin, limit, run):
    """The largest number of actors that `run(actors, states that are expected)` answers for within the limit. It goes up one by
    one, and does not try what would take half as long again as there is time, by the growth so far."""
    best, steps, expected = None, [], 1 << 24
    actors = begin
    while True:
        result = run(actors, expected)
        if result is None or result.cpu > limit:
            if best is not None or actors == 1:
                return best and Largest(*best, f"{actors} takes more", steps)
            actors = max(1, actors // 2)  # it began too high
            continue
        best = (actors, result)
        steps.append((actors, result.states, result.cpu))
        expected = 8 * result.states
        if len(steps) > 1 and steps[-1][0] == steps[-2][0] + 1:
            growth = steps[-1][1] / steps[-2][1]
            longer = max(growth, steps[-1][2] / max(steps[-2][2], 0.05))
            expected = round(result.states * growth)
            if result.cpu > 1 and result.cpu * growth > 1.5 * limit:
                return Largest(*best, f"{actors + 1} about {result.cpu * growth:.0f} s", steps)
            if result.cpu > limit / 3 and result.cpu * longer > 3 * limit:
                return Largest(*best, f"{actors + 1} about {result.cpu * longer:.0f} s", steps)
        # While it takes no time, in larger steps; not more than any of ours can be at once.
        actors += 1 if result.cpu > 0.1 or actors < 24 else actors // 4
        if actors > 1000:
            return Largest(*best, "1,000 is enough", steps)


def run_largest(bench):
    """Each tool with all that it can leave out soundly: the largest number of different requests within the limit."""
    limit = bench.limit if not bench.quick else min(bench.limit, 2)
    worse = 0
    print(f"Within {limit} s of processor time, on one core. SPIN: the better of everything in one process, and a process a "
          f"request with its reduction (marked r; tried where there is something to reduce).")
    bench.heading(("Gapless N", 9), ("states", 11), ("s", 6), ("SPIN N", 7), ("states", 12), ("s", 6), ("more", 5),
                  ("times faster at SPIN's N", 24), ("model", 0))
    for workload, kind in pairs(bench):
        worse += compare_largest(bench, workload, kind, limit)
    return worse


def compare_largest(bench, workload, kind, limit):
    def ours(actors, _):
        return bench.gapless.check_requests(workload, workloads.different(actors, kind), ["--mode", "search"], limit)

    def theirs(setting):
        def run(actors, expected):
            folder = spin.compile_pan(workload, workloads.different(actors, kind), setting, bench.folder)
            return spin.run_pan(folder, setting, limit, expected)
        return run

    begin = BEGIN[workload.model] if not bench.quick else SMALL[workload.model]
    names = ["full", "reduced"] if workload.twin in spin.REDUCIBLE else ["full"]
    pan = max((largest(begin, limit, theirs(spin.SETTINGS[name])) for name in names),
              key=lambda found: (found.actors, -found.result.cpu))
    gapless = largest(begin, limit, ours)
    if gapless is None:
        print(f"Gapless has no answer for a single request: {workload.title}, {kind}")
        return 1
    same = ours(pan.actors, 0) if pan.actors <= gapless.actors else None
    faster = pan.result.cpu / same.cpu if same else None
    more = gapless.actors - pan.actors
    needed = 3 if workload.twin == "w2" else 2
    good = more >= needed or (faster is not None and faster >= 3)
    mark = " r" if pan.result.setting == "reduced" else ""
    print(f"{gapless.actors:9} {gapless.result.states:11,} {gapless.result.cpu:6.1f} {pan.actors:7} {pan.result.states:12,} "
          f"{pan.result.cpu:6.1f} {more:+5} {f'{faster:.1f}' if faster else '–':>24}  {workload.title}, {kind}{mark}"
          f" ({gapless.why}; SPIN {pan.why}){'' if good else '   BELOW THE BAR'}", flush=True)
    bench.remember("largest", workload=workload.name, kind=kind, gapless=gapless.growth, spin=pan.growth,
                   spin_setting=pan.result.setting, times_faster=faster)
    return 0 if good else 1


def run_bytes(bench):
    """Bytes a state: what the process has at its peak, by its states; and of SPIN also what it says that a stored state
    takes, with COLLAPSE and without."""
    arguments = ["--mode", "search", *told_apart(bench)]
    bench.heading(("states", 11), ("Gapless", 8), ("SPIN", 6), ("stored", 7), ("COLLAPSE", 9), ("stored", 7), ("model", 0))
    for workload in [workload for workload, kind in pairs(bench) if kind == "all"]:
        requests = workloads.different((SMALL if bench.quick else LARGE)[workload.model], "all")
        gapless = bench.gapless.check_requests(workload, requests, arguments, bench.limit * 5)
        found = []
        for name in ("full", "collapse"):
            setting = spin.SETTINGS[name]
            folder = spin.compile_pan(workload, requests, setting, bench.folder)
            found.append(spin.run_pan(folder, setting, bench.limit * 5, gapless.states if gapless else 1 << 24))
        ours = f"{gapless.peak / gapless.states:.0f}" if gapless else "–"
        cells = [f"{run.peak / run.states:.0f}" if run else "–" for run in found]
        stored = [f"{run.bytes_a_state:.0f}" if run else "–" for run in found]
        print(f"{gapless.states if gapless else 0:11,} {ours:>8} {cells[0]:>6} {stored[0]:>7} {cells[1]:>9} {stored[1]:>7}  "
              f"{workload.title}, {len(requests.amounts)} requests", flush=True)
        bench.remember("bytes", workload=workload.name, actors=len(requests.amounts), gapless=ours, spin=cells, spin_stored=stored)
    return 0
