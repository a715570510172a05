"""Building a table from parsed cells: time beside zen-engine's load, and memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measuring import Line, interleaved, seconds
from benchmarks.peers.single import zen_content, zen_load
from benchmarks.tables import Spec, grid, model, open_cells, ranges, scattered_ranges, wide
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.table import Table

SPECS = {"grid": grid, "wide": wide, "open_cells": open_cells, "ranges": ranges, "scattered_ranges": scattered_ranges}


def _ready(spec: Spec) -> Line:
    """The time from parsed cells to a table that has answered once, beside zen-engine's."""
    parsed = model(spec, HitPolicy.FIRST)
    content = zen_content(spec)
    question = spec.questions[0]
    found = interleaved(
        {
            "ours": lambda: seconds(lambda: Table(parsed).decide(question), rounds=1),
            "zen": lambda: seconds(lambda: zen_load(content).evaluate("table", question), rounds=1),
        },
        rounds=3 if len(spec.rules) > 50_000 else 5,
    )
    ratio = found["ours"] / found["zen"]
    rules = f"{len(spec.rules):,} rules" if "rules" in spec.name else f"{len(spec.rules):,} rules, {spec.name}"
    peers = {"zen": found["zen"] * 1e3}
    return Line(f"build, {rules}", found["ours"] * 1e3, "ms", peers, "≤ 1.5 × zen", ratio, ratio <= 1.5)


def memory(name: str, count: int) -> float:
    """Megabytes that a table takes beside its parsed cells, building included at its peak, in a process of its own."""
    text = (
        "import tracemalloc\n"
        "from benchmarks.building import SPECS, HitPolicy, Table, model\n"
        f"spec = SPECS[{name!r}]({count})\n"
        "parsed = model(spec, HitPolicy.FIRST)\n"
        "Table(model(SPECS['grid'](70), HitPolicy.FIRST)).decide({f'c{n}': 'value 0.0' for n in range(3)})\n"
        "tracemalloc.start()\n"
        "table = Table(parsed)\n"
        "table.decide(spec.questions[0])\n"
        "print(tracemalloc.get_traced_memory()[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e6


def lines() -> Iterator[Line]:
    """Every line of building."""
    for count in (14, 1_000, 10_000, 100_000):
        yield _ready(grid(count))
    for make in (wide, open_cells, ranges, scattered_ranges):
        yield _ready(make(10_000))
    for name, count, most in (
        *((name, 10_000, 20) for name in SPECS),
        ("grid", 100_000, 100),
        ("open_cells", 100_000, 100),
        ("scattered_ranges", 100_000, 100),
    ):
        taken = memory(name, count)
        yield Line(f"memory, {count:,} rules, {name}", taken, "MB", {}, f"≤ {most} MB", None, taken <= most)
