"""Cells that settle themselves, rules that no input satisfies or whose time is over, values that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from forewarn.decision_tables.allowed_values import enumerates, listed_values
from forewarn.decision_tables.analysis.outputs import value_key
from forewarn.decision_tables.analysis.regions import Regions
from forewarn.decision_tables.analysis.result import Settled, Unused
from forewarn.decision_tables.model import TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Literal


def find_settled(regions: Regions) -> Iterator[Settled]:
    """Cells that every possible input passes, or none. A cell that names the one possible value is no fault."""
    for part in regions.parts:
        if len(part.columns) != 1 or not all(dimension.size for dimension in part.dimensions):
            continue
        heading = part.dimensions[0].headings[0]
        for number, rule in enumerate(regions.model.rules):
            test = rule.tests[part.columns[0]]
            if isinstance(test, AnyValue) or number in part.open_rules:
                continue
            if number in part.several:
                if not part.several[number]:
                    yield Settled(number, heading, always=False)
            elif part.low[number] >= part.high[number]:
                yield Settled(number, heading, always=False)
            elif (part.low[number], part.high[number]) == (0, part.dimensions[0].size) and not (
                isinstance(test, Compare) and test.operator == "="
            ):
                yield Settled(number, heading, always=True)


def out_of_effect(model: TableModel, since: datetime | None) -> tuple[int, ...]:
    """The rules whose time was over at ``since``."""
    if since is None:
        return ()
    return tuple(
        number
        for number, rule in enumerate(model.rules)
        if rule.effective_to is not None and rule.effective_to <= since
    )


def never_matching(regions: Regions, settled: list[Settled], over: tuple[int, ...]) -> tuple[int, ...]:
    """The rules that no input satisfies, though each of their cells alone is satisfied by some."""
    if not regions.inhabited:
        return ()
    explained = {one.rule for one in settled if not one.always} | set(over)
    present = np.zeros(len(regions.model.rules), np.bool_)
    present[regions.rule] = True
    return tuple(
        number
        for number, rule in enumerate(regions.model.rules)
        if not present[number] and number not in explained and not _reversed(rule.effective_from, rule.effective_to)
    )


def _reversed(start: datetime | None, end: datetime | None) -> bool:
    """Whether a rule ends before it begins, which reading the table reports."""
    return start is not None and end is not None and start >= end


def find_unused(regions: Regions) -> Iterator[Unused]:
    """Listed values of inputs that no rule takes, and of outputs (their own Values row) that none gives.

    Inputs count under Unique, Any, Priority and First: lists and aggregates may be of nothing.
    """
    yield from _unused_outputs(regions.model)
    if regions.model.hit_policy.many or regions.model.hit_policy.aggregate:
        return
    for number, dimension in enumerate(regions.dimensions):
        if dimension.holder or dimension.element or dimension.time:
            continue
        allowed = next(column for column in regions.model.inputs if column.heading == dimension.headings[0]).allowed
        if allowed is None or not enumerates(allowed):
            continue
        listed = {value_key(value): value for value in listed_values(allowed)}
        for place, is_taken in enumerate(regions.boxes.taken(number)):
            key = value_key(dimension.values[place])
            if not is_taken and place != dimension.null and key in listed:
                yield Unused(dimension.headings[0], listed[key], output=False)


def _unused_outputs(model: TableModel) -> Iterator[Unused]:
    for position, column in enumerate(model.outputs):
        cells = [rule.outputs[position] for rule in model.rules]
        if column.default is not None:
            cells.append(column.default)
        if column.ranked is None or not all(isinstance(cell, Literal) for cell in cells):
            continue
        given = set()
        for cell in cells:
            assert isinstance(cell, Literal)  # noqa: S101 - seen above
            given |= {value_key(one) for one in (cell.value if isinstance(cell.value, tuple) else (cell.value,))}
        for value in column.ranked:
            if value_key(value) not in given:
                yield Unused(column.heading, value, output=True)
