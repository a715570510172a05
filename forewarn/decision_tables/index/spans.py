"""Sets of value classes as sorted, disjoint, half-open spans: ``((0, 3), (5, 6))`` is the classes 0, 1, 2 and 5."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """The classes that stand in any of ``spans``, which may overlap and come in any order."""
    merged: list[Span] = []
    for low, high in sorted(spans):
        if low >= high:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(spans: Spans, size: int) -> Spans:
    """The classes below ``size`` that do not stand in ``spans``."""
    rest: list[Span] = []
    start = 0
    for low, high in spans:
        if start < low:
            rest.append((start, low))
        start = high
    if start < size:
        rest.append((start, size))
    return tuple(rest)


def intersection(left: Spans, right: Spans) -> Spans:
    """The classes that stand in both."""
    common = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return union(common)
