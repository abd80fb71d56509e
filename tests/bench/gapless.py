"""Gapless on a workload."""

import dataclasses
import json
import pathlib

import workloads
from process import measure


@dataclasses.dataclass
class Result:
    states: int
    transitions: int
    interleavings: str
    seconds: float
    cpu: float
    peak: int
    verdict: str
    text: str  # all that it printed


class Gapless:
    def __init__(self, binary, folder):
        self.binary = str(pathlib.Path(binary).resolve())
        self.folder = pathlib.Path(folder)
        self.help = measure([self.binary, "check", "--help"], 60).output

    def knows(self, option):
        return option in self.help

    def check(self, file, arguments, limit, wall=False):
        """The one run that the arguments select, or None where it does not end in time or is not exhaustive."""
        measured = measure([self.binary, "check", str(file), *arguments, "--format", "json"], limit, wall=wall)
        if not measured.finished:
            return None
        report = json.loads(measured.output)
        if report["errors"]:
            raise RuntimeError(f"gapless: {report['errors']}")
        (run,) = report["runs"]
        # A search may end at the first violation: exhaustive is asked of what holds.
        if run["verdict"] == "holds" and run["coverage"] != "exhaustive" or run["verdict"] == "unknown":
            return None
        return Result(run["states"], run["transitions"], run["interleavings"], measured.seconds, measured.cpu,
                      measured.peak, run["verdict"], measured.output)

    def check_requests(self, workload, requests, arguments, limit, wall=False):
        file = self.folder / f"{workload.model}-{workload.variant}-{requests.kind}-{len(requests.amounts)}.gap"
        file.write_text(workloads.scenario(workload, requests))
        return self.check(file, ["--variant", workload.variant, *arguments], limit, wall)
