"""Promises of earlier versions, and of this one for alike requests: time and memory have bounds, and a bound that is not kept
fails the bench."""

import workloads

# Arguments of `check`, and the bound in seconds on the 2-core development machine.
CASES = [
    (["models/withdraw.gap", "--variant", "naive", "--actors", "50", "--mode", "search"], 1),
    (["models/withdraw.gap", "--variant", "naive", "--actors", "50", "--mode", "census"], 5),
    (["models/withdraw.gap", "--variant", "naive", "--actors", "6", "--mode", "census"], 1),
    (["models/withdraw.gap", "--variant", "naive", "--actors", "5", "--mode", "enumerate"], 20),
    # What differs by names only (naming.h); without them the first is 11,889,816 states and more.
    (["tests/bench/models/names.gap", "--variant", "own_naive", "--actors", "8", "--mode", "census"], 4),
    (["tests/bench/models/names.gap", "--variant", "own_conditional", "--actors", "16", "--mode", "census"], 4),
    (["tests/bench/models/names.gap", "--variant", "claim", "--actors", "50", "--mode", "census"], 4),
    (["tests/bench/models/names.gap", "--variant", "token", "--actors", "50", "--mode", "census"], 10),
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

# Workload, mode, actors, bound in seconds.
ALIKE = [
    (workloads.W1, "search", 64, 2), (workloads.W1, "census", 60, 3),
    (workloads.W2, "search", 500, 10), (workloads.W2, "census", 200, 20),
    (workloads.W3, "search", 500, 2), (workloads.W3, "census", 500, 10),
    (workloads.W4, "search", 30, 3), (workloads.W4, "search", 50, 60), (workloads.W4, "census", 20, 10),
    (workloads.W4_TWO, "search", 30, 3), (workloads.W4_TWO, "search", 50, 60), (workloads.W4_TWO, "census", 20, 10),
    (workloads.W5_NAIVE, "census", 20, 6), (workloads.W5, "census", 500, 1),
]
# Which of these `--quick` leaves out: those whose bound is so long that they need not be seen each time.
LONG = 10


def run_cases(bench):
    """The bounds that were promised before."""
    cases = CASES + [([f"models/{name.split()[0]}.gap", "--variant", name.split()[1], "--actors", "50"], 10) for name in FIFTY]
    return table(bench, [(" ".join(arguments), bench.root / arguments[0], arguments[1:], bound, MEMORY) for arguments, bound in cases])


def run_alike(bench):
    """W1 to W5 at many alike requests, against the bars of issue 6."""
    rows = []
    for workload, mode, actors, bound in ALIKE:
        if bench.quick and bound > LONG:
            continue
        file = workloads.HERE / "models" / f"{workload.model}.gap"
        arguments = ["--variant", workload.variant, "--actors", str(actors), "--mode", mode]
        rows.append((f"{workload.title}, {actors} actors, {mode}", file, arguments, bound, None))
    return table(bench, rows)


def table(bench, rows):
    """From the start of the program to its end; every one must be kept, with an answer that covers everything."""
    late = 0
    bench.heading(("seconds", 8), ("bound", 6), ("cpu", 7), ("MiB", 6), ("states", 11), ("transitions", 12), ("case", 0))
    for title, file, arguments, bound, memory in rows:
        run = bench.gapless.check(file, arguments, limit=max(20, bench.patience * bound))
        kept = run is not None and run.seconds <= bound and (memory is None or run.peak <= memory)
        late += not kept
        if run is None:
            print(f"{'–':>8} {bound:6} {'–':>7} {'–':>6} {'–':>11} {'–':>12}  {title}   NOT KEPT: no answer in "
                  f"{max(20, bench.patience * bound)} s", flush=True)
            continue
        print(f"{run.seconds:8.2f} {bound:6} {run.cpu:7.2f} {run.peak >> 20:6} {run.states or '–':>11} {run.transitions or '–':>12}  "
              f"{title}{'' if kept else '   NOT KEPT' + (' (in processor time it would be)' if run.cpu <= bound else '')}", flush=True)
    print(f"{len(rows) - late} kept, {late} not kept")
    return late
