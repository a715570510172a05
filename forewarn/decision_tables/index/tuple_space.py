"""Tuple space search: one dictionary for each pattern of open cells, keyed by the classes that its rules name.

(V. Srinivasan, S. Suri, G. Varghese: Packet Classification using Tuple Space Search, 1999.) A decision costs
one look-up a pattern, whatever the number of rules.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.decision_tables.index.classes import ColumnClasses
from forewarn.decision_tables.index.dense import SEVERAL, strides

MOST_KEYS = 16
"""A rule with lists (``a, b``) is entered under each combination, up to this many."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rules that name a class in the same ``columns``: the winner by the sum of the named classes' places."""

    columns: tuple[int, ...]
    rules: dict[int, int]


def patterns_of(columns: Sequence[ColumnClasses], count: int) -> dict[tuple[int, ...], list[int]] | None:
    """The rules by pattern, or ``None`` where a rule's spans cannot be entered as few single classes."""
    found: dict[tuple[int, ...], list[int]] = {}
    closed: list[list[int]] = []
    for column in columns:
        size = column.size
        marks = [0] * count
        for rule, (low, high) in enumerate(zip(column.low, column.high, strict=True)):
            if high - low != size:
                marks[rule] = high - low if rule not in column.several else sum(b - a for a, b in column.several[rule])
                if not marks[rule]:
                    marks[rule] = -1
        closed.append(marks)
    for rule, widths in enumerate(zip(*closed, strict=True)):
        keys = 1
        for width in widths:
            if width < 0:
                keys = 0
                break
            if width > 1:
                keys *= width
                if keys > MOST_KEYS:
                    return None
        if keys:
            found.setdefault(tuple([at for at, width in enumerate(widths) if width]), []).append(rule)
    return found


def build(
    columns: Sequence[ColumnClasses],
    found: dict[tuple[int, ...], list[int]],
    *,
    unique: bool,
) -> list[Pattern]:
    """The dictionaries for the rules by pattern. A key that several rules share has the first, or `SEVERAL`."""
    steps = strides(columns)
    patterns = []
    for named, rules in found.items():
        table: dict[int, int] = {}
        lows = [columns[at].low for at in named]
        weights = [steps[at] for at in named]
        several = any(columns[at].several for at in named)
        for rule in rules:
            if several or any(columns[at].high[rule] - columns[at].low[rule] != 1 for at in named):
                keys = _keys(columns, named, weights, rule)
            else:
                keys = [sum([low[rule] * weight for low, weight in zip(lows, weights, strict=True)])]
            for key in keys:
                if table.setdefault(key, rule) != rule and unique:
                    table[key] = SEVERAL
        patterns.append(Pattern(named, table))
    return patterns


def _keys(columns: Sequence[ColumnClasses], named: Sequence[int], weights: Sequence[int], rule: int) -> list[int]:
    """The keys of a rule that accepts several classes in a column."""
    choices = [
        [code * weight for low, high in columns[at].spans(rule) for code in range(low, high)]
        for at, weight in zip(named, weights, strict=True)
    ]
    return [sum(choice) for choice in itertools.product(*choices)]
