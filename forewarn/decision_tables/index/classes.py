"""A column's values sorted into classes that no test of the column can tell apart.

A column whose tests only ask for equality has a class a literal, one for every other value, and one for null.
A column with orderings has the elementary intervals between the bounds of its tests, and one class for null.
Null always is the last class. Each rule's test then is a set of classes, nearly always one span of them;
what depends on other inputs, on expressions or on the elements of a list is *residual*: its rule counts as
open in the column and the test is asked afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from forewarn.decision_tables.index.column_classes import ColumnClasses
from forewarn.decision_tables.index.equality import EqualityBuilder
from forewarn.decision_tables.index.ordering import OrderingBuilder
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Interval,
    Literal,
    Not,
    OneOf,
    Test,
)
from forewarn.decision_tables.values import Kind, Type, Value

__all__ = ["ColumnClasses", "classify", "moments"]

_UNORDERED = frozenset({Kind.BOOLEAN, Kind.ANY})


def classify(kind: Type, tests: Sequence[Test], properties: Mapping[str, Value]) -> ColumnClasses:
    """The classes of a column of type ``kind`` with a test a rule; properties stand in for their values."""
    if kind.is_list:
        return EqualityBuilder(kind.kind, tests, properties, is_list=True).classes()
    equality = EqualityBuilder(kind.kind, tests, properties)
    if kind.kind not in _UNORDERED and any(_orders(test) for _, test in equality.complex):
        return OrderingBuilder(kind.kind, tests, properties).classes()
    return equality.classes()


def _orders(test: Test) -> bool:
    """Whether a test asks for an order."""
    if isinstance(test, OneOf | Not):
        return any(_orders(inner) for inner in test.tests)
    return isinstance(test, Interval) or (isinstance(test, Compare) and test.operator not in ("=", "!="))


def moments(bounds: Sequence[tuple[datetime | None, datetime | None]]) -> ColumnClasses:
    """The classes of the effective time: the half-open bounds of each rule, open where ``None``."""
    tests: list[Test] = []
    for start, end in bounds:
        if start is None and end is None:
            tests.append(AnyValue())
        elif start is None:
            tests.append(Compare("<", Literal(end)))
        elif end is None:
            tests.append(Compare(">=", Literal(start)))
        else:
            tests.append(Interval(Literal(start), Literal(end), low_closed=True, high_closed=False))
    return OrderingBuilder(Kind.DATE_AND_TIME, tests, {}).classes()
