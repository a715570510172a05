"""Running a server on this machine: a free port on loopback, waiting for it, and its end with ours."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses, each another."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that writes to ``log``, and where setpriv is at hand ends when we do, however we end.

    Strictly, with the thread that started it: let the main thread do so.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is not None:
        command = [setpriv, "--pdeathsig", "TERM", *command]
    with log.open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float) -> None:
    """Wait until a server is ready; raises RuntimeError with its first error where it ends or takes too long."""
    ends = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > ends:
            said = log.read_text("utf-8", "replace").splitlines()
            first = next((number for number, line in enumerate(said) if "ERROR" in line), max(0, len(said) - 10))
            raise RuntimeError("\n".join(["the server did not start:", *said[first : first + 10]]))
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether something listens on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def stay() -> None:
    """Wait until Ctrl-C or a signal to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
