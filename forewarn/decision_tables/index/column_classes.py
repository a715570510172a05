"""What a column's classes are, and how a test becomes a set of them once the classes are known."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from forewarn.decision_tables.index.cells import PROPERTY, comparable
from forewarn.decision_tables.index.spans import Spans, complement, intersection, union
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Interval,
    IsNull,
    Literal,
    Not,
    OneOf,
    Operand,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import BusinessDuration, Kind, Value, YearsMonths

_CLASSES: dict[Kind, tuple[type, ...]] = {
    Kind.STRING: (str,),
    Kind.NUMBER: (Decimal,),
    Kind.BOOLEAN: (bool,),
    Kind.DATE: (date,),
    Kind.TIME: (time,),
    Kind.DATE_AND_TIME: (datetime,),
    Kind.DAYS_AND_TIME_DURATION: (timedelta, BusinessDuration),
    Kind.YEARS_AND_MONTHS_DURATION: (YearsMonths,),
}


class Residual(Exception):
    """The test says more than which class a value is of."""


@dataclass(slots=True)
class ColumnClasses:
    """The classes of one column, and the span of classes that each rule accepts.

    ``low`` and ``high`` hold a half-open span a rule; rules whose classes are not one span stand in
    ``several`` too (their span there is empty). ``residual`` are the rules whose test has to be asked.
    ``codes`` maps values to classes where the column only asks for equality; else ``cuts_before`` and
    ``cuts_after`` are the bounds, sorted, each a cut just before or just after that value.
    """

    kind: Kind
    size: int
    low: array[int]
    high: array[int]
    several: dict[int, Spans] = field(default_factory=dict)
    residual: list[int] = field(default_factory=list)
    codes: dict[Any, int] | None = None
    cuts_before: list[Any] = field(default_factory=list)
    cuts_after: list[Any] = field(default_factory=list)

    @property
    def null(self) -> int:
        """The class of null."""
        return self.size - 1

    @property
    def ordered(self) -> bool:
        """Whether the classes are elementary intervals."""
        return self.codes is None

    def of(self, value: Value) -> int:
        """The class of a converted value."""
        if value is None:
            return self.size - 1
        if self.codes is not None:
            try:
                return self.codes.get(key_of(value, self.kind), self.size - 2)
            except TypeError:  # a context of an untyped column: no literal equals it
                return self.size - 2
        position = comparable(value)
        return bisect_right(self.cuts_before, position) + bisect_left(self.cuts_after, position)

    def cuts(self) -> list[tuple[Any, int]]:
        """The cuts in order, each a value and 0 for just before it or 1 for just after it."""
        before, after = [(value, 0) for value in self.cuts_before], [(value, 1) for value in self.cuts_after]
        return sorted(before + after) if before and after else before or after

    def spans(self, rule: int) -> Spans:
        """The classes that a rule accepts."""
        if rule in self.several:
            return self.several[rule]
        return ((self.low[rule], self.high[rule]),)

    def is_open(self, rule: int) -> bool:
        """Whether a rule accepts every class."""
        return self.low[rule] == 0 and self.high[rule] == self.size


def key_of(value: Value, kind: Kind) -> Any:
    """What stands for a value in a dictionary. Untyped columns keep true and 1 apart by their types."""
    if kind is Kind.ANY:
        return type(value), comparable(value)
    return comparable(value)


class ColumnBuilder:
    """What both kinds of columns share: from a test to the classes where it holds and where nothing is known."""

    def __init__(self, kind: Kind, properties: Mapping[str, Value]) -> None:
        self.kind = kind
        self.properties = properties
        self.wanted = _CLASSES.get(kind, ())
        self.size = 0

    def literal(self, operand: Operand) -> Value:
        """The constant behind an operand."""
        if isinstance(operand, Literal):
            value = operand.value
        elif isinstance(operand, PropertyRef):
            value = self.properties[PROPERTY + operand.name]
        else:
            raise Residual
        if value is not None and self.wanted and type(value) not in self.wanted:
            raise Residual
        return value

    def truth(self, test: Test) -> tuple[Spans, Spans]:
        """The classes where ``test`` holds, and those where it is neither true nor false."""
        size = self.size
        match test:
            case AnyValue():
                return ((0, size),), ()
            case IsNull():
                return ((size - 1, size),), ()
            case Compare():
                return self.compare(test.operator, test.operand)
            case Interval():
                low = self.compare(">=" if test.low_closed else ">", test.low)
                high = self.compare("<=" if test.high_closed else "<", test.high)
                holds = intersection(low[0], high[0])
                possible = intersection(union(low[0] + low[1]), union(high[0] + high[1]))
                return holds, intersection(possible, complement(holds, size))
            case OneOf() | Not():
                parts = [self.truth(inner) for inner in test.tests]
                holds = union(span for part in parts for span in part[0])
                unknown = intersection(union(span for part in parts for span in part[1]), complement(holds, size))
                return (complement(union(holds + unknown), size) if isinstance(test, Not) else holds), unknown
            case _:
                raise Residual

    def compare(self, operator: str, operand: Operand) -> tuple[Spans, Spans]:
        """`truth` of one comparison."""
        size = self.size
        value = self.literal(operand)
        if operator in ("=", "!="):
            if value is None and not isinstance(operand, Literal):
                return (), ((0, size),)
            holds: Spans = ((size - 1, size),) if value is None else self.equal(value)
            return (holds if operator == "=" else complement(holds, size)), ()
        if value is None:
            return (), ((0, size),)
        return self.ordering(operator, value), ((size - 1, size),)

    def equal(self, value: Value) -> Spans:
        """The classes that equal ``value``."""
        raise NotImplementedError

    def ordering(self, operator: str, value: Value) -> Spans:
        """The classes that stand in the given order to ``value``."""
        raise NotImplementedError


def settle_rule(builder: ColumnBuilder, column: ColumnClasses, rule: int, test: Test) -> None:
    """Write a rule's classes into the column."""
    try:
        spans = builder.truth(test)[0]
    except Residual:
        column.residual.append(rule)
        spans = ((0, column.size),)
    if len(spans) == 1:
        column.low[rule], column.high[rule] = spans[0]
    else:
        column.low[rule] = column.high[rule] = 0
        column.several[rule] = spans
