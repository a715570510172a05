"""`python -m benchmarks`: measure, print, and with ``--check`` fail on a miss."""

from __future__ import annotations

import os

# One thread for every library, before any of them starts its own.
for _name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from dataclasses import asdict  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402

from benchmarks import analysis, building, events, frames, outage, single  # noqa: E402
from benchmarks.measuring import Line  # noqa: E402

PARTS = {
    "single": single.lines,
    "frame": frames.lines,
    "build": building.lines,
    "analysis": analysis.lines,
    "events": events.lines,
    "outage": outage.lines,
}
LIBRARIES = (
    "zen-engine", "datalogic-py", "SpiffWorkflow", "pyDMNrules", "polars", "duckdb", "pandas", "numpy", "pyarrow",
)  # fmt: skip


def versions() -> dict[str, str]:
    """What is measured, with which versions."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def shown(line: Line) -> str:
    """One line of the table."""
    mark = {True: "ok", False: "MISS", None: ""}[line.reached]
    ours = "" if line.ours is None else f"{line.ours:,.2f} {line.unit}"
    ratio = "" if line.ratio is None or line.unit == "×" else f"{line.ratio:.3f} ×"
    peers = ", ".join(f"{name} {value:,.2f}" for name, value in line.peers.items())
    text = f"{mark:5}{line.name:58}{ours:>18} {ratio:>9}  {line.goal:16} {peers}"
    return f"{text.rstrip()}\n     ! {line.note}" if line.note else text.rstrip()


def main() -> int:
    """Measure what was asked for; 1 where ``--check`` is given and a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all without a word")
    parser.add_argument("--check", action="store_true", help="exit 1 on a missed goal")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE, - for standard output alone")
    options = parser.parse_args()
    quiet = options.json == "-"
    started = time.monotonic()
    # What the peers warn of concerns their users.
    warnings.simplefilter("ignore")
    found: list[Line] = []
    if not quiet:
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}, "
              f"{', '.join(f'{name} {number}' for name, number in versions().items())}")  # fmt: skip
    for part in options.parts or PARTS:
        for line in PARTS[part]():
            found.append(line)
            if not quiet:
                print(shown(line), flush=True)
    missed = [line.name for line in found if line.reached is False]
    if not quiet:
        word = f"missed: {'; '.join(missed)}" if missed else "every goal is reached"
        print(f"{len(found)} figures in {time.monotonic() - started:.0f} s; {word}")
    if options.json:
        report = {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"processor": platform.machine(), "cpus": os.cpu_count(), "load": os.getloadavg()},
            "versions": versions(),
            "figures": [asdict(line) for line in found],
            "missed": missed,
        }
        text = json.dumps(report, indent=1, ensure_ascii=False)
        if quiet:
            print(text)
        else:
            with open(options.json, "w", encoding="utf-8") as file:
                file.write(text + "\n")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
