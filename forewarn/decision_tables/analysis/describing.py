"""Sets of classes as one would type them into a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forewarn.decision_tables.analysis.dimensions import Dimension
from forewarn.decision_tables.analysis.regions import Regions
from forewarn.decision_tables.explaining import show


def cells_of(regions: Regions, classes: Sequence[Sequence[int]]) -> dict[str, str]:
    """What each heading may be, for a set of classes a dimension; headings that may be anything are left out."""
    cells: dict[str, str] = {}
    holders: dict[str, list[tuple[Dimension, Sequence[int]]]] = {}
    for dimension, numbers in zip(regions.dimensions, classes, strict=True):
        if dimension.holder or dimension.element:
            holders.setdefault(dimension.headings[0], []).append((dimension, numbers))
        elif len(numbers) < dimension.size:
            cells.update(dict.fromkeys(dimension.headings, cell_of(dimension, numbers)))
    for heading, parts in holders.items():
        text = _list_cell(parts)
        if text:
            cells[heading] = text
    return cells


def cell_of(dimension: Dimension, numbers: Sequence[int]) -> str:
    """The cell that holds for these classes of a plain column and for no other."""
    if len(numbers) == dimension.size:
        return "-"
    if dimension.classes is not None and dimension.classes.ordered:
        return _ordered_cell(dimension, numbers)
    if dimension.rest is None or dimension.rest not in numbers:
        return ", ".join(_one(dimension, number) for number in numbers)
    wanted = set(numbers)
    missing = [number for number in range(dimension.size) if number not in wanted]
    return f"not({', '.join(_one(dimension, number) for number in missing)})"


def _one(dimension: Dimension, number: int) -> str:
    return "empty" if number == dimension.null else show(dimension.values[number])


def _ordered_cell(dimension: Dimension, numbers: Sequence[int]) -> str:
    """Runs of elementary intervals; what lies between two neighbours of a run is no input's value."""
    parts = ["empty"] if dimension.null is not None and dimension.null in numbers else []
    plain = [number for number in numbers if number != dimension.null]
    assert dimension.classes is not None  # noqa: S101 - ordered columns have classes
    cuts = dimension.classes.cuts()
    first = 0
    for place, number in enumerate(plain):
        if place + 1 == len(plain) or plain[place + 1] != number + 1:
            parts.append(_span(cuts, dimension.origins[plain[first]], dimension.origins[number]))
            first = place + 1
    return ", ".join(parts)


def _span(cuts: Sequence[tuple[Any, int]], low: int, high: int) -> str:
    start = cuts[low - 1] if low > 0 else None
    end = cuts[high] if high < len(cuts) else None
    if start is not None and end is not None:
        if start[0] == end[0]:
            return show(start[0])
        return f"{'(' if start[1] else '['}{show(start[0])}..{show(end[0])}{']' if end[1] else ')'}"
    if start is not None:
        return f"{'>' if start[1] else '>='} {show(start[0])}"
    if end is not None:
        return f"{'<=' if end[1] else '<'} {show(end[0])}"
    return "not empty"


def _list_cell(parts: Sequence[tuple[Dimension, Sequence[int]]]) -> str:
    texts: list[str] = []
    held, lacking = [], []
    for dimension, numbers in parts:
        if dimension.holder:
            if len(numbers) < dimension.size:
                texts.append("empty" if tuple(numbers) == (1,) else "not empty")
        elif tuple(numbers) == (1,):
            held.append(show(dimension.values[1]))
        elif tuple(numbers) == (0,):
            lacking.append(show(dimension.values[1]))
    if texts == ["empty"]:
        return "empty"
    if held:
        texts = [f"all of {', '.join(held)}"]
    if lacking:
        texts = [text for text in texts if text != "not empty"]
        texts.append(f"none of {', '.join(lacking)}")
    return " and ".join(texts)
