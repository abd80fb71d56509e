"""SPIN on a workload: Promela to C, compiled, run, and what it says read."""

import dataclasses
import math
import pathlib
import re
import shutil
import subprocess

import workloads
from process import measure


@dataclasses.dataclass(frozen=True)
class Setting:
    name: str
    processes: bool  # a process a request, else all requests in one process
    flags: tuple


# The fastest of what was tried, and the smallest (docs/performance.md).
FAST = ("-O3", "-march=native", "-DSAFETY", "-DNOVSZ", "-DSPACE", "-DSFH")
SETTINGS = {setting.name: setting for setting in (
    Setting("full", False, FAST + ("-DNOREDUCE",)),
    Setting("processes", True, FAST + ("-DNOREDUCE",)),
    Setting("reduced", True, FAST),
    Setting("collapse", False, ("-O3", "-march=native", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE")),
)}
# Those in which pan's reduction finds something to leave out; in the others every step touches the balance.
REDUCIBLE = ("w2", "w3")
MEMORY_MIB = 16000
DEPTH = 100_000  # steps of the longest interleaving, and more; asked for, it costs 3 MB


@dataclasses.dataclass
class Result:
    states: int
    transitions: int
    seconds: float
    cpu: float
    peak: int            # bytes of memory of the process
    bytes_a_state: float  # as stored, with pan's own overhead a state but not its hash table
    setting: str


def version():
    return subprocess.run(["spin", "-V"], capture_output=True, text=True).stdout.strip()


def is_there():
    return shutil.which("spin") is not None


def compile_pan(workload, requests, setting, folder):
    """The folder in which pan is. Compiling is not part of what is measured."""
    folder = pathlib.Path(folder) / f"{workload.model}-{workload.variant}-{requests.kind}-{len(requests.amounts)}-{setting.name}"
    if (folder / "pan").exists():
        return folder
    folder.mkdir(parents=True)
    text = (workloads.promela_processes if setting.processes else workloads.promela)(workload, requests)
    (folder / "twin.pml").write_text(text)
    subprocess.run(["spin", "-a", "twin.pml"], cwd=folder, capture_output=True, check=True)
    subprocess.run(["gcc", "-w", f"-DMEMLIM={MEMORY_MIB}", *setting.flags, "-o", "pan", "pan.c"], cwd=folder, check=True)
    return folder


def run_pan(folder, setting, limit, expected_states):
    """None where it does not end in time. The hash table gets a slot a state, so that pan need not grow it on the way."""
    slots = min(28, max(18, math.ceil(math.log2(max(expected_states, 2)))))
    measured = measure(["./pan", f"-m{DEPTH}", f"-w{slots}"], limit, folder)
    if not measured.finished:
        return None
    return read(measured, setting)


def agrees(states, result):
    """Whether SPIN has found so many, as far as it says."""
    return states == result.states or (result.states >= 10 ** 8 and abs(states - result.states) <= result.states / 200)


def read(measured, setting):
    """pan's exit status says nothing, and what it could not do it says in passing."""
    text = measured.output
    for trouble in ("search depth too small", "Search not completed", "out of memory", "reached -DMEMLIM", "VECTORSZ"):
        if trouble in text:
            raise RuntimeError(f"pan: {trouble}\n{text}")
    if "errors: 0" not in text:
        raise RuntimeError("pan found an error\n" + text)

    def number(pattern):
        return float(re.search(pattern, text)[1])

    # From 10^8 on pan says 1.23e+08: then its numbers are rounded.
    states = int(number(r"([\d.e+]+) states, stored"))
    return Result(states, int(number(r"([\d.e+]+) transitions \(")), measured.seconds, measured.cpu, measured.peak,
                  number(r"([\d.]+)\s+actual memory usage for states") * (1 << 20) / states, setting.name)
