"""All rules asked at once with numpy: where an index only knows the winner and every hit is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forewarn.decision_tables.index.classes import ColumnClasses


def scan(columns: Sequence[ColumnClasses], classes: Sequence[int], count: int) -> list[int]:
    """The rules whose spans hold the classes of one input, in order."""
    holds = np.ones(count, dtype=bool)
    for column, code in zip(columns, classes, strict=True):
        low, high = np.frombuffer(column.low, np.int32), np.frombuffer(column.high, np.int32)
        accepts = (low <= code) & (code < high)
        for rule, spans in column.several.items():
            accepts[rule] = any(start <= code < end for start, end in spans)
        holds &= accepts
    found: list[int] = np.flatnonzero(holds).tolist()
    return found
