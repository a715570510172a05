"""Effective dates in DMN: the standard has none, so they travel as tests of an input named ``effective at``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from forewarn.decision_tables.dmn.entries import value_text
from forewarn.decision_tables.model import Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Interval, Literal, Test

EFFECTIVE = "effective at"
"""The name of the input under which effective dates travel."""


def effective_from_input(model: TableModel) -> TableModel:
    """A table whose effective dates travelled as the input ``effective at``, with the dates back on its rules."""
    places = [place for place, column in enumerate(model.inputs) if column.heading == EFFECTIVE]
    if not places:
        return model
    (place,) = places
    rules: list[Rule] = []
    for rule in model.rules:
        bounds = _bounds(rule.tests[place])
        if bounds is None:
            return model
        tests = rule.tests[:place] + rule.tests[place + 1 :]
        rules.append(replace(rule, tests=tests, effective_from=bounds[0], effective_to=bounds[1]))
    inputs = model.inputs[:place] + model.inputs[place + 1 :]
    return replace(model, inputs=inputs, rules=tuple(rules), effective=True)


def _bounds(test: Test) -> tuple[datetime | None, datetime | None] | None:
    """The half-open time that a test of the effective time says, or ``None`` where it says something else."""
    match test:
        case AnyValue():
            return None, None
        case Compare(">=", Literal(datetime() as start)) if start.tzinfo is not None:
            return start, None
        case Compare("<", Literal(datetime() as end)) if end.tzinfo is not None:
            return None, end
        case Interval(Literal(datetime() as start), Literal(datetime() as end), True, False):
            return (start, end) if start.tzinfo is not None and end.tzinfo is not None else None
        case _:
            return None


def time_test(start: datetime | None, end: datetime | None) -> str:
    """The half-open time of a rule as a test of the effective time."""
    first = None if start is None else value_text(start)
    last = None if end is None else value_text(end)
    if first is not None and last is not None:
        return f"[{first}..{last})"
    if first is not None:
        return f">= {first}"
    return "-" if last is None else f"< {last}"
