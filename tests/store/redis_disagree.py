#!/usr/bin/env python3
"""Starts a Redis server of our own for a program that speaks to it, and stops it at the end; it dies with us.

usage: redis_disagree.py PROGRAM SEED COMMANDS   runs PROGRAM SOCKET SEED COMMANDS; 77 where there is no redis-server
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def main(program, *arguments):
    server = shutil.which("redis-server")
    if server is None:
        print("redis-server is not installed")
        return 77
    # Short: a socket's path has about a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="gapless-redis-", dir="/tmp") as folder:
        socket = pathlib.Path(folder) / "socket"
        with open(pathlib.Path(folder) / "log", "wb") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", server, "--port", "0", "--unixsocket", str(socket), "--save", "",
                 "--appendonly", "no", "--dir", folder],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            for _ in range(3000):
                if socket.exists() or process.poll() is not None:
                    break
                time.sleep(0.01)
            if process.poll() is not None or not socket.exists():
                print("the server did not start:\n" + (pathlib.Path(folder) / "log").read_text())
                return 1
            return subprocess.run([program, str(socket), *arguments], stdin=subprocess.DEVNULL).returncode
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
