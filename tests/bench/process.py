"""One child, with what it took: wall clock, processor time, peak memory of this child alone."""

import dataclasses
import math
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time


@dataclasses.dataclass
class Measured:
    seconds: float    # wall clock, from start to end of the process
    cpu: float        # processor time, user and system, of all its threads
    peak: int         # bytes, resident
    output: str
    finished: bool    # in time


# Where a limit is in processor time, so many times as much on the wall clock: somebody else has the processor, or we wait for
# the disk.
PATIENCE = 6


def measure(command, limit, folder=None, wall=False):
    """Runs the command for at most `limit` seconds: of processor time, which is the same for a single thread on a machine
    that does nothing else, and does not depend on what else it does; or on the wall clock."""
    def prepare():
        if not wall:
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit)))

    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL,
                                 preexec_fn=prepare)
        killed = threading.Event()

        def kill():
            killed.set()
            os.kill(child.pid, signal.SIGKILL)  # not reaped yet: wait4 below cancels us first

        timer = threading.Timer(limit if wall else PATIENCE * limit, kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10, text,
                    not killed.is_set() and not os.WIFSIGNALED(status))
