"""One decision at a time: conversion and type checks, outputs and rule ids, beside the peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measuring import ROUNDS, Line, interleaved, microseconds
from benchmarks.peers import single as peers
from benchmarks.tables import Spec, collect, grid, model, open_cells, ranges, scattered_ranges, wide
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.table import Table

QUESTIONS = 2000
SLOW = {"spiff": 1_000, "pydmnrules": 200, "datalogic": 10_000}
"""How many rules a peer is measured with at most: its time grows with them."""

Ask = Callable[[dict[str, Any]], Any]


def measure(spec: Spec, policy: HitPolicy, asks: dict[str, Ask]) -> dict[str, float]:
    """The median time of one question for each library, in microseconds, taken in turns."""
    table = Table(model(spec, policy))
    questions = spec.sample(QUESTIONS)

    table.decide(questions[0])
    works: dict[str, Callable[[], float]] = {"ours": lambda: microseconds(table.decide, questions, rounds=1)}
    for name, ask in asks.items():
        microseconds(ask, questions[:1], rounds=1)
        first = microseconds(ask, questions[:3], rounds=1)
        count = max(3, min(QUESTIONS, int(40_000 / max(first, 1))))
        works[name] = lambda ask=ask, count=count: microseconds(ask, spec.sample(count), rounds=1)  # type: ignore[misc]
    return interleaved(works, rounds=ROUNDS)


def _line(name: str, found: dict[str, float], most: float) -> Line:
    ours = found.pop("ours")
    ratio = ours / found["zen"]
    return Line(name, ours, "µs", found, f"≤ {most} × zen", ratio, ratio <= most)


def lines() -> Iterator[Line]:
    """Every line of single decisions."""
    first: float | None = None
    for count, most in ((14, 0.15), (1_000, 0.15), (10_000, 0.10), (100_000, 0.03)):
        spec = grid(count)
        asks: dict[str, Ask] = {"zen": peers.zen(spec)}
        notes = []
        for name, make in (("datalogic", peers.datalogic), ("spiff", peers.spiff), ("pydmnrules", peers.pydmnrules)):
            if count > SLOW[name]:
                continue
            try:
                asks[name] = make(spec)
            except Exception as error:  # noqa: BLE001 (a peer that fails is a line of the report)
                notes.append(f"{name}: {type(error).__name__}: {error}"[:160])
        line = _line(f"one decision, {count:,} rules", measure(spec, HitPolicy.UNIQUE, asks), most)
        line.note = "; ".join(notes)
        yield line
        first = first or line.ours
        if count == 10_000 and first is not None and line.ours is not None:
            growth = line.ours / first
            yield Line("growth from 14 to 10,000 rules", growth, "×", {}, "≤ 2 ×", growth, growth <= 2)
    for spec in (wide(10_000), open_cells(10_000), ranges(10_000), scattered_ranges(10_000)):
        found = measure(spec, HitPolicy.FIRST, {"zen": peers.zen(spec)})
        yield _line(f"10,000 rules, {spec.name}", found, 0.2)
    for count in (100, 1_000):
        spec = collect(count)
        yield _line(spec.name, measure(spec, HitPolicy.COLLECT, {"zen": peers.zen(spec, collect=True)}), 0.25)
