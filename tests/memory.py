"""How much memory a process has taken: its own, without what a larger process that started it had."""

from __future__ import annotations

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_kilobytes() -> int:
    """The most memory this process has held since it began.

    ``getrusage`` would not do on Linux: its figure outlives ``exec``, so a process that pytest starts begins with
    pytest's own peak. The high-water mark of the address space begins anew there.
    """
    if _STATUS.exists():
        return next(int(line.split()[1]) for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peak_kilobytes_of_children() -> int:
    """The most that an ended child process held, or this one at the time it started the child."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
