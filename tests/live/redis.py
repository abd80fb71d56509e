#!/usr/bin/env python3
"""A Redis server of our own, on a socket in a folder of its own, that is gone at the end.

In a test:        with redis.Server() as server: … server.socket …
On a command line: redis.py COMMAND…   runs COMMAND with @REDIS@ replaced by the socket's path; 77 where there is none.

It dies with us, however we die.
"""

import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SETTINGS = {"port": "0", "save": "", "appendonly": "no"}


def available():
    return shutil.which("redis-server") is not None


class Server:
    def __init__(self, **settings):
        self.settings = {**SETTINGS, **settings}
        self.folder = None
        self.process = None

    def __enter__(self):
        # Short: a socket's path has about a hundred bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gapless-redis-", dir="/tmp"))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        options = {**self.settings, "unixsocket": str(self.socket), "dir": str(self.folder)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with open(self.folder / "log", "wb") as log:
            # Its own process group: Ctrl-C is for the one who uses it.
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "redis-server", *words],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        for _ in range(1200):
            if self.process.poll() is not None:
                raise RuntimeError("the server did not start:\n" + self.log())
            if self.socket.exists() and self.cli("PING", check=False) == "PONG":
                return
            time.sleep(0.05)
        raise RuntimeError("the server is not ready:\n" + self.log())

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    @property
    def socket(self):
        return self.folder / "socket"

    def cli(self, *words, database=0, check=True):
        """What redis-cli prints."""
        return subprocess.run(["redis-cli", "-s", self.socket, "-n", str(database), *map(str, words)], check=check,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout.strip()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def main(words):
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    if not available():
        print("redis.py: no redis-server here", file=sys.stderr)
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Server() as server:
        child = subprocess.Popen([word.replace("@REDIS@", str(server.socket)) for word in words])
        try:
            return child.wait()
        except KeyboardInterrupt:
            return child.wait()  # it has got the signal, too, and cleans up
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
