"""What the figures were taken on: the machine, the compilers, the versions; and what memory allows."""

import json
import os
import pathlib
import statistics
import subprocess

import spin
import workloads
from against_spin import told_apart
from process import measure


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "none"


def describe(gapless):
    cpu = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return [
        f"machine   {cpu[0] if cpu else 'unknown'}, {os.cpu_count()} cores, {memory / (1 << 30):.1f} GiB",
        f"load      {', '.join(f'{load:.2f}' for load in os.getloadavg())} (1, 5, 15 minutes; above 0 somebody else is at work)",
        f"compiler  {first_line('g++', '--version')}",
        f"spin      {spin.version() if spin.is_there() else 'none'}",
        f"gapless   {first_line(gapless, '--version')}, commit {first_line('git', '-C', os.path.dirname(__file__), 'describe', '--always', '--dirty')}",
    ]


def run_limit(bench):
    """Memory in order and at random; the engine's own table with random rows; and what share of that the engine reaches."""
    limit, table = bench.tool("limit"), bench.tool("table")
    if limit is None or table is None:
        print("not built: `ninja -C build tests/bench/limit tests/bench/table`")
        return 1
    found = json.loads(measure([limit, "256" if bench.quick else "1024"], 300).output)
    print(f"memory of {found['mebibytes']} MiB: read in order {found['read'] / 1e9:.1f} GB/s, copied {found['copied'] / 1e9:.1f} GB/s")
    print(f"lines of 64 bytes at random: {found['dependent_lines'] / 1e6:.2f} M/s one after the other, "
          f"{found['lines'] / 1e6:.1f} M/s asked for early")
    bench.remember("memory", **found)
    bench.heading(("states", 11), ("transitions", 12), ("inserts/s: new", 14), ("as found", 9), ("engine: states/s", 16),
                  ("transitions/s", 13), ("share", 6), ("of new", 6), ("model", 0))
    return sum(share(bench, table, workload, requests) for workload, requests in sized(bench))


def sized(bench):
    """More than 20 million states, where a table is larger than every cache."""
    yield workloads.W1, workloads.alike(8 if bench.quick else 11, 50, 100)
    yield workloads.W2, workloads.different(8 if bench.quick else 11, "half")


def share(bench, table, workload, requests):
    """By turns, three times; the medians."""
    arguments = ["--mode", "search", *told_apart(bench)]
    runs, tables = [], []
    for _ in range(1 if bench.quick else 3):
        runs.append(bench.gapless.check_requests(workload, requests, arguments, bench.limit * 5))
        if runs[-1] is None:
            print(f"no answer in {bench.limit * 5} s: {workload.title}, {len(requests.amounts)} requests", flush=True)
            return 1
        tables.append(json.loads(measure([table, str(len(requests.amounts)), str(runs[0].states), str(runs[0].transitions)],
                                         600).output))
    states, transitions = runs[0].states, runs[0].transitions
    cpu = statistics.median(run.cpu for run in runs)
    new, as_found = (statistics.median(one[kind] for one in tables) for kind in ("fresh", "mixed"))
    part = transitions / cpu / as_found
    kept = part >= 1 / 3 or bench.quick
    print(f"{states:11,} {transitions:12,} {new / 1e6:12.2f} M {as_found / 1e6:7.2f} M {states / cpu / 1e6:14.2f} M "
          f"{transitions / cpu / 1e6:11.2f} M {part:6.0%} {states / cpu / new:6.0%}  {workload.title}, "
          f"{len(requests.amounts)} requests, {requests.kind}{'' if kept else '   BELOW A THIRD'}", flush=True)
    bench.remember("share", workload=workload.name, states=states, transitions=transitions, cpu=cpu, new=new,
                   as_found=as_found, bytes_a_state=tables[0]["bytes_a_state"])
    return 0 if kept else 1
