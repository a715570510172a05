"""Clocks, and a line of the report.

All times are processor time of this process, threads included: other work on the machine then disturbs the caches
only, and a library that used several threads would gain nothing by it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 7


@dataclass
class Line:
    """One figure: ours, the peers', what is asked of it, and whether it is reached (``None``: nothing is asked)."""

    name: str
    ours: float | None
    unit: str
    peers: dict[str, float] = field(default_factory=dict)
    goal: str = ""
    ratio: float | None = None
    reached: bool | None = None
    note: str = ""


def microseconds(ask: Callable[[Any], Any], questions: Sequence[Any], *, rounds: int = ROUNDS) -> float:
    """The median over rounds of the mean time of one question, in microseconds.

    A caller has just made what it asks: the inputs of a round are copied right before it, for every library alike.
    Otherwise the time to fetch them from memory would count as the library's, and most for the quickest.
    """
    for question in questions[: max(1, len(questions) // 10)]:
        ask(question)
    times = []
    for _ in range(rounds):
        gc.collect()
        asked = [copy(question) for question in questions]
        start = time.process_time()
        for question in asked:
            ask(question)
        times.append((time.process_time() - start) / len(questions) * 1e6)
    return statistics.median(times)


def seconds(work: Callable[[], Any], *, rounds: int = ROUNDS) -> float:
    """The median over rounds of the time of some work, in seconds; its result is thrown away outside of it."""
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
        del result
    return statistics.median(times)


def interleaved(works: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    """The median of each measurement, taken in turns: what slows the machine for a while slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(work())
    return {name: statistics.median(times) for name, times in taken.items()}
