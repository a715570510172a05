"""Rules as boxes in a coarse grid, for tables of scattered ranges: each cell lists the rules that reach into it.

A row looks up its cell and tries the rules listed there, in order, until one holds; with numpy all rows try their
next rule together. (The pairwise test is that of Calvanese et al. 2018 for overlaps, on a point and a box.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.frames.lookup import NOTHING, PLAINLY, RULES, Outcomes
from forewarn.decision_tables.index.classes import ColumnClasses
from forewarn.decision_tables.index.compiled import Index
from forewarn.decision_tables.index.dense import strides

MOST_CELLS = 1 << 17
MOST_ENTRIES = 8_000_000
_MOST_TRIED = 64
_MOST_BOXES_A_RULE = 64


@dataclass(frozen=True, slots=True)
class Boxes:
    """The spans of each box by column; a rule with several spans in a column is several boxes."""

    rule: NDArray[np.int64]
    low: list[NDArray[np.int64]]
    high: list[NDArray[np.int64]]


def boxes_of(columns: Sequence[ColumnClasses], count: int) -> Boxes | None:
    """The boxes of all rules in their order, or ``None`` where a rule falls into too many."""
    several = sorted({rule for column in columns for rule in column.several})
    plain = np.ones(count, dtype=bool)
    plain[several] = False
    for column in columns:
        plain &= np.frombuffer(column.low, np.int32) < np.frombuffer(column.high, np.int32)
    rules = np.flatnonzero(plain)
    corners: list[tuple[tuple[int, int], ...]] = []
    owners: list[int] = []
    for number in several:
        spans = [column.spans(number) for column in columns]
        if math.prod(len(choice) for choice in spans) > _MOST_BOXES_A_RULE:
            return None
        found = [corner for corner in itertools.product(*spans) if all(low < high for low, high in corner)]
        corners += found
        owners += [number] * len(found)
    rule = np.concatenate((rules, np.array(owners, dtype=np.int64)))
    order = np.argsort(rule, kind="stable")
    low, high = [], []
    for at, column in enumerate(columns):
        own = np.array([corner[at] for corner in corners], dtype=np.int64).reshape(-1, 2)
        low.append(np.concatenate((np.frombuffer(column.low, np.int32)[rules], own[:, 0]))[order].astype(np.int64))
        high.append(np.concatenate((np.frombuffer(column.high, np.int32)[rules], own[:, 1]))[order].astype(np.int64))
    return Boxes(rule[order], low, high)


class BoxLookup:
    """The outcome of each place by the boxes that its cell lists."""

    def __init__(self, index: Index, boxes: Boxes, widths: Sequence[int]) -> None:
        self._unique = index.unique
        self._boxes = boxes
        self._sizes = [column.size for column in index.columns]
        self._steps = strides(index.columns)
        self._widths = widths
        counts = [-(-size // width) for size, width in zip(self._sizes, widths, strict=True)]
        self._strides = [math.prod(counts[at + 1 :]) for at in range(len(counts))]
        box, cell = self._entries()
        order = np.argsort(cell, kind="stable")
        self._listed = box[order]
        self._start = np.searchsorted(cell[order], np.arange(math.prod(counts) + 1))

    def _entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each box with each cell that it reaches into."""
        boxes = self._boxes
        first = [low // width for low, width in zip(boxes.low, self._widths, strict=True)]
        extent = [
            (high - 1) // width - start + 1 for high, width, start in zip(boxes.high, self._widths, first, strict=True)
        ]
        total = np.prod(extent, axis=0, dtype=np.int64)
        box = np.repeat(np.arange(len(boxes.rule)), total)
        left = np.arange(len(box)) - np.repeat(np.cumsum(total) - total, total)
        cell = np.zeros(len(box), dtype=np.int64)
        for start, count, stride in zip(first, extent, self._strides, strict=True):
            left, at = np.divmod(left, count[box])
            cell += (start[box] + at) * stride
        return box, cell

    def __call__(self, places: NDArray[np.int64], out: Outcomes) -> None:
        """The outcomes."""
        codes = [places // step % size for step, size in zip(self._steps, self._sizes, strict=True)]
        cell = np.zeros(len(places), dtype=np.int64)
        for code, width, stride in zip(codes, self._widths, self._strides, strict=True):
            cell += code // width * stride
        at, end = self._start[cell], self._start[cell + 1]
        out[:] = NOTHING
        rows = np.flatnonzero(at < end)
        at, end = at[rows], end[rows]
        while len(rows):
            box = self._listed[at]
            holds = np.ones(len(rows), dtype=bool)
            for code, low, high in zip(codes, self._boxes.low, self._boxes.high, strict=True):
                mine = code[rows]
                holds &= (low[box] <= mine) & (mine < high[box])
            hit = rows[holds]
            clash = out[hit] != NOTHING
            out[hit] = np.where(clash, PLAINLY, self._boxes.rule[box[holds]] + RULES)
            at = at + 1
            # Where one rule is wanted the first ends the search; under Unique a second one has to be seen.
            going = (at < end) & (out[rows] != PLAINLY) if self._unique else (at < end) & ~holds
            rows, at, end = rows[going], at[going], end[going]


def box_lookup(index: Index) -> BoxLookup | None:
    """The look-up by boxes, with the finest grid that fits; ``None`` where too many rules share its cells."""
    boxes = boxes_of(index.columns, index.count)
    if boxes is None or not len(boxes.rule):
        return None
    sizes = [column.size for column in index.columns]
    widths = [1] * len(sizes)
    while True:
        counts = [-(-size // width) for size, width in zip(sizes, widths, strict=True)]
        entries = np.ones(len(boxes.rule))
        for low, high, width in zip(boxes.low, boxes.high, widths, strict=True):
            entries *= (high - 1) // width - low // width + 1
        if math.prod(counts) <= MOST_CELLS and entries.sum() <= MOST_ENTRIES:
            break
        widest = max(range(len(counts)), key=counts.__getitem__)
        if counts[widest] == 1:
            return None
        widths[widest] *= 2
    if entries.sum() / math.prod(counts) > _MOST_TRIED:
        return None
    return BoxLookup(index, boxes, widths)
