"""How the number of states grows with the number of requests: fitted, as a power of N or as a base to the N."""

import math

import workloads

ALIKE = [5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240]
DIFFERENT = {"w1": range(3, 9), "w2": range(3, 16), "w3": range(3, 16), "w4": range(3, 8), "w5": range(4, 20, 2)}


def run_growth(bench):
    """States by the number of requests, alike and different, and the law that fits better."""
    each = 1 if bench.quick else 10
    bench.heading(("N from", 6), ("to", 4), ("states at both ends", 26), ("states grow as", 18), ("off by", 7), ("seconds as", 11), ("model", 0))
    for workload in workloads.ALL:
        line(bench, f"{workload.title}, alike", "alike",
             points(ALIKE, each, lambda count, limit: bench.gapless.check(
                 workloads.HERE / "models" / f"{workload.model}.gap",
                 ["--variant", workload.variant, "--actors", str(count), "--mode", "census"], limit)))
    for workload in workloads.DIFFERENT:
        for kind in ("all", "half"):
            line(bench, f"{workload.title}, different, {kind}", kind,
                 points(DIFFERENT[workload.model], each, lambda count, limit: bench.gapless.check_requests(
                     workload, workloads.different(count, kind), ["--mode", "census"], limit)))
    return 0


def points(counts, limit, run):
    found = []
    for count in counts:
        result = run(count, limit)
        if result is None:
            break
        found.append((count, result.states, result.cpu))
        if result.cpu > limit / 3:  # the next would take longer than there is time
            break
    return found


def line(bench, title, kind, found):
    if len(found) < 3:
        print(f"{'':6} {'':4} too few sizes in time{'':47}  {title}", flush=True)
        return
    law, error = better(found, 1)
    # Short runs are the start of the program, not the work.
    timed = [point for point in found if point[2] > 0.05]
    # Which law it is, the states say; a few times would not.
    time = fit(timed, 2, power=law.startswith("N"))[0] if len(timed) >= 3 else "–"
    ends = f"{found[0][1]:,} … {found[-1][1]:,}"
    print(f"{found[0][0]:6} {found[-1][0]:4} {ends:>26} {law:>18} {error:6.1%} {time:>11}  {title}", flush=True)
    bench.remember("growth", title=title, kind=kind, points=found, law=law, error=error, time=time)


def better(found, place):
    """Of the two laws the one that leaves less. The upper half of the sizes: a law is about large N."""
    upper = found[len(found) // 2:] if len(found) >= 6 else found
    return min((fit(upper, place, power) for power in (True, False)), key=lambda law: law[1])


def fit(found, place, power):
    """Least squares of log value against log N (a power) or N (a base); and the largest factor by which it is off, less 1."""
    xs = [math.log(point[0]) if power else point[0] for point in found]
    ys = [math.log(max(point[place], 1e-9)) for point in found]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys)) / sum((x - middle_x) ** 2 for x in xs)
    error = max(math.exp(abs(y - middle_y - slope * (x - middle_x))) - 1 for x, y in zip(xs, ys))
    return (f"N^{slope:.2f}" if power else f"{math.exp(slope):.2f}^N"), error
