"""Which boxes meet: numpy in blocks, the dimension that parts most first, the rest asked of those still together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.analysis.boxes import Boxes, Flags, Numbers

Places: TypeAlias = NDArray[np.intp]

_CELLS_A_BLOCK = 1_500_000
_SAMPLE = 400
_FEW = 0.15


class _Ranged:
    """One ranged dimension of all boxes."""

    def __init__(self, low: Numbers, high: Numbers) -> None:
        kind = np.int16 if int(high.max(initial=0)) < np.iinfo(np.int16).max else np.int32
        self.low: NDArray[Any] = np.ascontiguousarray(low, kind)
        self.high: NDArray[Any] = np.ascontiguousarray(high, kind)

    def table(self, rows: Any, columns: Any) -> Flags:
        """Whether each of ``rows`` meets each of ``columns``."""
        meet: Flags = self.low[rows, None] < self.high[None, columns]
        meet &= self.low[None, columns] < self.high[rows, None]
        return meet

    def pairs(self, ones: Places, others: Places) -> Flags:
        """Whether each of ``ones`` meets the one of ``others`` at its place."""
        meet: Flags = (self.low[ones] < self.high[others]) & (self.low[others] < self.high[ones])
        return meet


class _Masked:
    """One masked dimension of all boxes."""

    def __init__(self, mask: NDArray[np.uint64], size: int) -> None:
        kind: Any = np.uint16 if size <= 16 else np.uint32 if size <= 32 else np.uint64
        self.words: list[NDArray[Any]] = [
            np.ascontiguousarray(mask[:, word]).astype(kind) for word in range(mask.shape[1])
        ]

    def table(self, rows: Any, columns: Any) -> Flags:
        """Whether each of ``rows`` meets each of ``columns``."""
        meet: Flags = (self.words[0][rows, None] & self.words[0][None, columns]) != 0
        for word in self.words[1:]:
            meet |= (word[rows, None] & word[None, columns]) != 0
        return meet

    def pairs(self, ones: Places, others: Places) -> Flags:
        """Whether each of ``ones`` meets the one of ``others`` at its place."""
        meet: Flags = (self.words[0][ones] & self.words[0][others]) != 0
        for word in self.words[1:]:
            meet |= (word[ones] & word[others]) != 0
        return meet


class Meetings:
    """Pairs of boxes that share a point.

    ``rule`` is the rule of each box, ascending: the boxes of one rule always stand in one block.
    """

    def __init__(self, boxes: Boxes, rule: Numbers) -> None:
        self.count = len(boxes)
        self.rule = rule
        shape = boxes.shape
        dimensions: list[_Ranged | _Masked] = [
            _Ranged(boxes.low[:, place], boxes.high[:, place]) for place in range(len(shape.ranged))
        ]
        for place, number in enumerate(shape.masked):
            dimensions.append(_Masked(boxes.mask[:, shape.slot(place)], shape.sizes[number]))
        picked = np.unique(np.linspace(0, max(self.count - 1, 0), _SAMPLE).astype(np.intp)) if self.count else slice(0)
        self._dimensions = sorted(
            dimensions, key=lambda dimension: int(np.count_nonzero(dimension.table(picked, picked)))
        )

    def blocks(self, *, after_only: bool, backwards: bool = False) -> Iterator[tuple[int, int, Places, Places]]:
        """Blocks of rows ``first`` to ``last`` with the pairs (one, other) in them, ascending by the one.

        With ``after_only`` the other stands behind the one, else it is any, the box itself too. ``backwards`` gives
        the last block first.
        """
        bounds = self._bounds()
        for first, last in reversed(bounds) if backwards else bounds:
            ones, others = self._block(first, last, first if after_only else 0)
            if after_only:
                behind = others > ones
                ones, others = ones[behind], others[behind]
            yield first, last, ones, others

    def _bounds(self) -> list[tuple[int, int]]:
        rows = max(1, min(512, _CELLS_A_BLOCK // max(self.count, 1)))
        bounds = []
        first = 0
        while first < self.count:
            last = min(first + rows, self.count)
            last = int(np.searchsorted(self.rule, self.rule[last - 1], side="right"))
            bounds.append((first, last))
            first = last
        return bounds

    def _block(self, first: int, last: int, start: int) -> tuple[Places, Places]:
        rows, columns = slice(first, last), slice(start, self.count)
        together = np.ones((last - first, self.count - start), np.bool_)
        asked = 0
        for asked, dimension in enumerate(self._dimensions, start=1):  # noqa: B007 - the rest is asked below
            together &= dimension.table(rows, columns)
            if np.count_nonzero(together) < _FEW * together.size:
                break
        ones, others = np.nonzero(together)
        ones, others = ones + first, others + start
        for dimension in self._dimensions[asked:]:
            if not len(ones):
                break
            meet = dimension.pairs(ones, others)
            ones, others = ones[meet], others[meet]
        return ones, others
