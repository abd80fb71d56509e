"""What the figures were taken on: the machine, the compilers, the versions; and what memory allows."""

import json
import os
import pathlib
import subprocess

import spin
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
    """Memory in order and at random; our own table with random rows; and what share of it the engine reaches."""
    tool = bench.tool("limit")
    if tool is None:
        print("tests/bench/limit is not built: `ninja -C build tests/bench/limit`")
        return 0
    found = json.loads(measure([tool, "256" if bench.quick else "1024"], 300, wall=True).output)
    print(f"memory of {found['mebibytes']} MiB: read in order {found['read'] / 1e9:.1f} GB/s, copied {found['copied'] / 1e9:.1f} GB/s")
    print(f"lines of 64 bytes at random: {found['dependent_lines'] / 1e6:.2f} M/s one after the other, "
          f"{found['lines'] / 1e6:.1f} M/s asked for early")
    bench.remember("memory", **found)
    return 0
