#!/usr/bin/env python3
"""A PostgreSQL server of our own, in a folder of its own, that is gone at the end.

In a test:        with postgres.Server() as server: … server.url …
On a command line: postgres.py COMMAND…   runs COMMAND with @URL@ replaced by the server's URL.

PostgreSQL does not run as root: then it runs as user postgres. It dies with us, however we die.
"""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BINARIES = pathlib.Path(os.environ.get("GAPLESS_POSTGRES", "/usr/lib/postgresql/15/bin"))
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # it would change plans, and stand in the way
    "jit": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # errors are what is tested
}


def available():
    return (BINARIES / "postgres").exists()


class Server:
    def __init__(self, **settings):
        self.settings = {**SETTINGS, **settings}
        self.folder = None
        self.process = None

    def __enter__(self):
        # Short: a socket's path has about a hundred bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gapless-pg-", dir="/tmp"))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        data = self.folder / "data"
        subprocess.run(
            self.command("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8",
                         "--locale=C.UTF-8"),
            check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self.folder)
        options = {**self.settings, "unix_socket_directories": self.folder}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "wb") as log:
            # Its own process group: Ctrl-C is for the one who uses it.
            self.process = subprocess.Popen(self.command("postgres", "-D", data, *settings), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        self.wait()

    def command(self, program, *arguments):
        become = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        return ["setpriv", "--pdeathsig", "QUIT", *become, str(BINARIES / program), *map(str, arguments)]

    def wait(self):
        # The status file says "ready" once connections are taken.
        status = self.folder / "data" / "postmaster.pid"
        for _ in range(1200):
            if self.process.poll() is not None:
                raise RuntimeError("the server did not start:\n" + self.log())
            if status.exists() and status.read_text(errors="replace").rstrip().endswith("ready"):
                return
            time.sleep(0.05)
        raise RuntimeError("the server is not ready:\n" + self.log())

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    @property
    def url(self):
        return f"postgresql:///postgres?host={self.folder}&user=postgres"

    def psql(self, sql, user="postgres"):
        """Standard output of psql, unaligned; fails where psql does."""
        return subprocess.run(
            [str(BINARIES / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", user, "-d", "postgres", "-c", sql],
            check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout.strip()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def main(words):
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    if not available():
        print(f"postgres.py: no PostgreSQL in {BINARIES}", file=sys.stderr)
        return 4
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Server() as server:
        child = subprocess.Popen([word.replace("@URL@", server.url) for word in words])
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
