"""From the places of rows to the rules that win there: a dense table while it fits, else dictionaries as sorted arrays.

What neither holds (several hits wanted, or a table with too many patterns) is asked once for each combination of
classes that occurs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.index import dense, tuple_space
from forewarn.decision_tables.index.compiled import Dense, Index, Tuples

MOST_CELLS = 16_000_000
"""A dense table for frames has at most so many cells, of four bytes each."""

MOST_REMEMBERED = 200_000
"""So many combinations are remembered from one chunk to the next."""

_MOST_WRITES = 200_000_000
_MOST_PATTERNS = 64
_MOST_SPARSE_CELLS = 6_000_000


PLAINLY = 0
"""The plain way has to decide: several rules hold where one may, or an input may have to be refused."""
NOTHING = 1
"""No rule holds."""
RULES = 2
"""The number of the first rule; the others follow in the index's order."""

Outcomes: TypeAlias = NDArray[np.int32]


class Lookup(Protocol):
    """Writes the outcome of each place into ``out``: `PLAINLY`, `NOTHING`, or `RULES` and more."""

    def __call__(self, places: NDArray[np.int64], out: Outcomes) -> None:
        """Write the outcomes."""


class DenseLookup:
    """One cell a place."""

    def __init__(self, cells: NDArray[np.int32]) -> None:
        self._outcomes = cells + np.int32(RULES)

    def __call__(self, places: NDArray[np.int64], out: Outcomes) -> None:
        """The outcomes."""
        np.take(self._outcomes, places, out=out, mode="clip")


class PatternLookup:
    """A tuple space over sorted keys: for each pattern the part of a place that its columns make up."""

    def __init__(self, index: Index, patterns: Sequence[tuple_space.Pattern]) -> None:
        self._unique = index.unique
        self._count = index.count
        sizes = [column.size for column in index.columns]
        steps = dense.strides(index.columns)
        self._parts = list(zip(steps, sizes, strict=True))
        self._patterns: list[tuple[list[tuple[int, int]], _Keys | _Cells]] = []
        for pattern in patterns:
            keys = np.fromiter(pattern.rules.keys(), dtype=np.int64, count=len(pattern.rules))
            order = np.argsort(keys)
            rules = np.fromiter(pattern.rules.values(), dtype=np.int64, count=len(pattern.rules))[order]
            cells = math.prod(sizes[at] for at in pattern.columns)
            if cells > max(_MOST_SPARSE_CELLS, 4 * len(keys)):
                parts = [(at, steps[at]) for at in pattern.columns]
                self._patterns.append((parts, _Keys(keys[order], rules, index.count)))
                continue
            # A table over the pattern's own columns has smaller steps than one over all of them.
            own = [
                math.prod(sizes[later] for later in pattern.columns[place + 1 :])
                for place in range(len(pattern.columns))
            ]
            packed = np.zeros(len(keys), dtype=np.int64)
            for at, step in zip(pattern.columns, own, strict=True):
                packed += keys[order] // steps[at] % sizes[at] * step
            parts = list(zip(pattern.columns, own, strict=True))
            self._patterns.append((parts, _Cells(packed, rules, cells, index.count)))

    def __call__(self, places: NDArray[np.int64], out: Outcomes) -> None:
        """The outcomes."""
        best = np.full(len(places), self._count, dtype=np.int64)
        clash = np.zeros(len(places), dtype=bool)
        codes = [places // step % size for step, size in self._parts]
        for parts, table in self._patterns:
            keys = np.zeros(len(places), dtype=np.int64)
            for at, step in parts:
                keys += codes[at] if step == 1 else codes[at] * step
            found = table.rules(keys)
            if self._unique:
                clash |= found < 0
                clash |= (found < self._count) & (best < self._count)
            np.minimum(best, found, out=best)
        none = best == self._count
        best += RULES
        best[none] = NOTHING
        best[clash] = PLAINLY
        out[:] = best


class _Cells:
    """The rules of one pattern in a table over its own columns."""

    def __init__(self, keys: NDArray[np.int64], rules: NDArray[np.int64], size: int, missing: int) -> None:
        self._rules = np.full(size, missing, dtype=np.int32)
        self._rules[keys] = rules

    def rules(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rule of each key, or the number that stands for none."""
        found: NDArray[np.int64] = np.take(self._rules, keys, mode="clip").astype(np.int64)
        return found


class _Keys:
    """A dictionary of whole numbers as an open hash table in numpy: a slot has the key, or points on."""

    def __init__(self, keys: NDArray[np.int64], rules: NDArray[np.int64], missing: int) -> None:
        self._missing = missing
        bits = max(4, int(4 * len(keys)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._keys = np.full(1 << bits, -1, dtype=np.int64)
        self._rules = np.full(1 << bits, missing, dtype=np.int64)
        self._mask = (1 << bits) - 1
        slots = self._slot(keys)
        self._probes = 0
        left = np.arange(len(keys))
        while len(left):
            self._probes += 1
            free = left[self._keys[slots[left]] == -1]
            # Of several keys for a free slot the last one written stays; the others go on.
            self._keys[slots[free]] = keys[free]
            self._rules[slots[free]] = rules[free]
            left = left[self._keys[slots[left]] != keys[left]]
            slots[left] = (slots[left] + 1) & self._mask

    def _slot(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        mixed = keys.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return (mixed >> self._shift).astype(np.int64)

    def rules(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rule of each key, or the number that stands for none."""
        slots = self._slot(keys)
        stored = self._keys[slots]
        found = np.where(stored == keys, self._rules[slots], self._missing)
        open_rows = np.flatnonzero((stored != keys) & (stored != -1))
        for _ in range(1, self._probes):
            if not len(open_rows):
                break
            slots[open_rows] = (slots[open_rows] + 1) & self._mask
            stored = self._keys[slots[open_rows]]
            hit = stored == keys[open_rows]
            found[open_rows[hit]] = self._rules[slots[open_rows[hit]]]
            open_rows = open_rows[~hit & (stored != -1)]
        return found


def winners(index: Index) -> Lookup | None:
    """The look-up for a policy that wants one rule, or ``None`` where each combination has to be asked.

    The table must have no residual tests.
    """
    size = dense.cells(index.columns)
    if isinstance(index.engine, Dense):
        return DenseLookup(np.frombuffer(index.engine.cells, dtype=np.int32))
    if index.count == 0:
        return DenseLookup(np.full(size, dense.NONE, dtype=np.int32))
    if size <= MOST_CELLS and dense.painting_work(index.columns, index.count) <= _MOST_WRITES:
        return DenseLookup(dense.winners(index.columns, index.count, unique=index.unique))
    if isinstance(index.engine, Tuples):
        return PatternLookup(index, index.engine.patterns)
    found = tuple_space.patterns_of(index.columns, index.count)
    if found is not None and len(found) <= _MOST_PATTERNS:
        return PatternLookup(index, tuple_space.build(index.columns, found, unique=index.unique))
    return None


class Combinations:
    """Asks once for each combination of classes that occurs, and remembers the answer."""

    def __init__(self, ask: Callable[[int], int]) -> None:
        self._ask = ask
        self._known: dict[int, int] = {}

    def __call__(self, places: NDArray[np.int64], out: Outcomes) -> None:
        """The outcomes."""
        distinct, inverse = np.unique(places, return_inverse=True)
        answers = np.empty(len(distinct), dtype=np.int32)
        for number, place in enumerate(distinct.tolist()):
            answer = self._known.get(place)
            if answer is None:
                answer = self._ask(place)
                if len(self._known) < MOST_REMEMBERED:
                    self._known[place] = answer
            answers[number] = answer
        np.take(answers, inverse, out=out, mode="clip")
