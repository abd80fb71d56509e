"""One child, with what it took: wall clock, processor time, peak memory of this child alone."""

import dataclasses
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


def measure(command, limit, folder=None, memory=None):
    """Runs the command, for at most `limit` seconds, with at most `memory` bytes of address space."""
    def prepare():
        os.setpgid(0, 0)
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL,
                                 preexec_fn=prepare)
        killed = threading.Event()

        def kill():
            killed.set()
            os.kill(child.pid, signal.SIGKILL)  # not reaped yet: wait4 below cancels us first

        timer = threading.Timer(limit, kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10, text,
                    not killed.is_set() and not os.WIFSIGNALED(status))
