"""One cell for each combination of classes, holding the rule that wins there: the fastest index while it fits."""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.index.classes import ColumnClasses

NONE = -1
"""No rule holds in this cell."""
SEVERAL = -2
"""Several rules hold where the policy wants one: the plain way finds and names them."""


def cells(columns: Sequence[ColumnClasses]) -> int:
    """How many combinations of classes there are."""
    return math.prod(column.size for column in columns)


def strides(columns: Sequence[ColumnClasses]) -> list[int]:
    """What one class of each column adds to the place of a combination; the last column has 1."""
    steps = []
    step = 1
    for column in reversed(columns):
        steps.append(step)
        step *= column.size
    return steps[::-1]


def painting_work(columns: Sequence[ColumnClasses], count: int) -> float:
    """About how many cells have to be written to build the table, over all rules."""
    volume = np.ones(count)
    for column in columns:
        width = np.frombuffer(column.high, np.int32) - np.frombuffer(column.low, np.int32)
        width = width.astype(np.float64)
        for rule, spans in column.several.items():
            width[rule] = sum(high - low for low, high in spans)
        volume *= width
    return float(volume.sum())


def winners(columns: Sequence[ColumnClasses], count: int, *, unique: bool) -> NDArray[np.int32]:
    """For each combination of classes the first rule that holds, else `NONE` or (for ``unique``) `SEVERAL`."""
    shape = tuple(column.size for column in columns)
    steps = strides(columns)
    place = np.arange(count, dtype=np.int32)
    points = np.ones(count, dtype=bool)
    flat = np.zeros(count, dtype=np.int64)
    for column, step in zip(columns, steps, strict=True):
        low, high = np.frombuffer(column.low, np.int32), np.frombuffer(column.high, np.int32)
        points &= high - low == 1
        flat += low.astype(np.int64) * step
        if column.several:
            points[list(column.several)] = False
    best = np.full(math.prod(shape), count, dtype=np.int32)
    worst = np.full(math.prod(shape), -1, dtype=np.int32) if unique else None
    np.minimum.at(best, flat[points], place[points])
    if worst is not None:
        np.maximum.at(worst, flat[points], place[points])
    box = best.reshape(shape)
    box_worst = None if worst is None else worst.reshape(shape)
    for rule in np.flatnonzero(~points).tolist():
        spans = [column.spans(rule) for column in columns]
        rank = place[rule]
        for corner in itertools.product(*spans):
            where = tuple(slice(low, high) for low, high in corner)
            part = box[where]
            np.minimum(part, rank, out=part)
            if box_worst is not None:
                part = box_worst[where]
                np.maximum(part, rank, out=part)
    if worst is not None:
        best[(best != worst) & (best < count)] = SEVERAL
    best[best == count] = NONE
    return best


def as_array(table: NDArray[np.int32]) -> array[int]:
    """The table as a plain array, which answers a single look-up faster than numpy does."""
    plain = array("i")
    plain.frombytes(np.ascontiguousarray(table, dtype=np.int32).tobytes())
    return plain
