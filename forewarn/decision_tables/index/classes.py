"""A column's values sorted into classes that no test of the column can tell apart.

A column whose tests only ask for equality has a class a literal, one for every other value, and one for null.
A column with orderings has the elementary intervals between the bounds of its tests, and one class for null.
Null always is the last class. Each rule's test then is a set of classes, nearly always one span of them;
what depends on other inputs, on expressions or on the elements of a list is *residual*: its rule counts as
open in the column and the test is asked afterwards.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
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
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value, YearsMonths

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
_UNORDERED = frozenset({Kind.BOOLEAN, Kind.ANY})


class _Residual(Exception):
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
                return self.codes.get(_key(value, self.kind), self.size - 2)
            except TypeError:  # a context of an untyped column: no literal equals it
                return self.size - 2
        position = comparable(value)
        return bisect_right(self.cuts_before, position) + bisect_left(self.cuts_after, position)

    def cuts(self) -> list[tuple[Any, int]]:
        """The cuts in order, each a value and 0 for just before it or 1 for just after it."""
        return sorted([(value, 0) for value in self.cuts_before] + [(value, 1) for value in self.cuts_after])

    def spans(self, rule: int) -> Spans:
        """The classes that a rule accepts."""
        if rule in self.several:
            return self.several[rule]
        return ((self.low[rule], self.high[rule]),)

    def is_open(self, rule: int) -> bool:
        """Whether a rule accepts every class."""
        return self.low[rule] == 0 and self.high[rule] == self.size


def _key(value: Value, kind: Kind) -> Any:
    """What stands for a value in a dictionary. Untyped columns keep true and 1 apart by their types."""
    if kind is Kind.ANY:
        return type(value), comparable(value)
    return comparable(value)


def classify(kind: Type, tests: Sequence[Test], properties: Mapping[str, Value]) -> ColumnClasses:
    """The classes of a column of type ``kind`` with a test a rule; properties stand in for their values."""
    if kind.is_list:
        return _Equality(kind.kind, tests, properties, is_list=True).classes()
    equality = _Equality(kind.kind, tests, properties)
    if kind.kind not in _UNORDERED and any(_orders(test) for _, test in equality.complex):
        return _Ordering(kind.kind, tests, properties).classes()
    return equality.classes()


def _orders(test: Test) -> bool:
    """Whether a test asks for an order."""
    if isinstance(test, OneOf | Not):
        return any(_orders(inner) for inner in test.tests)
    return isinstance(test, Interval) or (isinstance(test, Compare) and test.operator not in ("=", "!="))


class _Column:
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
            raise _Residual
        if value is not None and self.wanted and type(value) not in self.wanted:
            raise _Residual
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
                raise _Residual

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


class _Equality(_Column):
    """A column that only asks whether a value is one of its literals."""

    def __init__(
        self, kind: Kind, tests: Sequence[Test], properties: Mapping[str, Value], *, is_list: bool = False
    ) -> None:
        super().__init__(kind, properties)
        self.is_list = is_list
        self.codes: dict[Any, int] = {}
        self.low = array("i", bytes(4 * len(tests)))
        self.open: list[int] = []
        self.complex: list[tuple[int, Test]] = []
        codes, low, wanted = self.codes, self.low, self.wanted
        # The loop of every load: the two commonest cells are told apart without a call.
        for rule, test in enumerate(tests):
            if test.__class__ is Compare and test.operator == "=" and test.operand.__class__ is Literal:
                value = test.operand.value
                if value.__class__ in wanted and not is_list:
                    if value.__class__ is datetime or value.__class__ is time:
                        value = comparable(value)
                    low[rule] = codes.setdefault(value, len(codes))
                    continue
            elif test.__class__ is AnyValue:
                self.open.append(rule)
                continue
            self.complex.append((rule, test))

    def classes(self) -> ColumnClasses:
        """The finished classes."""
        for _, test in self.complex:
            self._collect(test)
        size = self.size = len(self.codes) + 2
        high = array("i", self.low)
        for rule, low in enumerate(high):
            high[rule] = low + 1
        column = ColumnClasses(self.kind, size, self.low, high, codes=self.codes)
        for rule in self.open:
            column.low[rule], column.high[rule] = 0, size
        for rule, test in self.complex:
            _settle_rule(self, column, rule, test)
        return column

    def _collect(self, test: Test) -> None:
        """Give every literal that a test compares with a class of its own."""
        if isinstance(test, OneOf | Not):
            for inner in test.tests:
                self._collect(inner)
        elif isinstance(test, Compare) and test.operator in ("=", "!=") and not self.is_list:
            try:
                value = self.literal(test.operand)
                if value is not None:
                    self.codes.setdefault(_key(value, self.kind), len(self.codes))
            except (_Residual, TypeError):
                return

    def equal(self, value: Value) -> Spans:
        """The class of the literal."""
        if self.is_list:
            raise _Residual
        try:
            code = self.codes[_key(value, self.kind)]
        except TypeError:
            raise _Residual from None
        return ((code, code + 1),)

    def ordering(self, operator: str, value: Value) -> Spans:
        """Orderings stand in untyped, boolean and list columns only; they are asked one by one."""
        raise _Residual


class _Ordering(_Column):
    """A column with elementary intervals between the bounds of its tests."""

    def __init__(self, kind: Kind, tests: Sequence[Test], properties: Mapping[str, Value]) -> None:
        super().__init__(kind, properties)
        self.tests = tests
        self.before: set[Any] = set()
        self.after: set[Any] = set()
        self.starts: dict[Any, int] = {}
        self.ends: dict[Any, int] = {}
        self.open: list[int] = []
        self.others: list[tuple[int, Test]] = []

    def classes(self) -> ColumnClasses:
        """The finished classes."""
        plain = self._collect_intervals()
        # Each cut opens the class that has its position in this order.
        cuts = sorted([(value, 0) for value in self.before] + [(value, 1) for value in self.after])
        for position, (value, side) in enumerate(cuts, start=1):
            (self.ends if side else self.starts)[value] = position
        size = self.size = len(cuts) + 2
        count = len(self.tests)
        column = ColumnClasses(
            self.kind,
            size,
            array("i", bytes(4 * count)),
            array("i", bytes(4 * count)),
            cuts_before=sorted(self.before),
            cuts_after=sorted(self.after),
        )
        starts, ends, low, high = self.starts, self.ends, column.low, column.high
        for rule, interval in plain:
            start = (starts if interval.low_closed else ends)[interval.low.value]  # type: ignore[union-attr]
            end = (ends if interval.high_closed else starts)[interval.high.value]  # type: ignore[union-attr]
            low[rule], high[rule] = start, max(start, end)
        for rule, test in self.others:
            _settle_rule(self, column, rule, test)
        for rule in self.open:
            high[rule] = size
        return column

    def _collect_intervals(self) -> list[tuple[int, Interval]]:
        """Gather the cuts of all tests; the plain intervals, which are the commonest, without a call each."""
        plain: list[tuple[int, Interval]] = []
        before, after = self.before, self.after
        wanted = self.wanted[0] if self.kind not in (Kind.TIME, Kind.DATE_AND_TIME) else None
        for rule, test in enumerate(self.tests):
            if isinstance(test, Interval):
                low, high = test.low, test.high
                if (
                    isinstance(low, Literal)
                    and isinstance(high, Literal)
                    and low.value.__class__ is wanted
                    and high.value.__class__ is wanted
                ):
                    (before if test.low_closed else after).add(low.value)
                    (after if test.high_closed else before).add(high.value)
                    plain.append((rule, test))
                    continue
            elif isinstance(test, AnyValue):
                self.open.append(rule)
                continue
            self.others.append((rule, test))
            self._collect(test)
        return plain

    def _collect(self, test: Test) -> None:
        match test:
            case OneOf() | Not():
                for inner in test.tests:
                    self._collect(inner)
            case Compare():
                if test.operator in ("=", "!="):
                    self._cut(test.operand, 0)
                    self._cut(test.operand, 1)
                else:
                    self._cut(test.operand, 1 if test.operator in ("<=", ">") else 0)
            case Interval():
                self._cut(test.low, 0 if test.low_closed else 1)
                self._cut(test.high, 1 if test.high_closed else 0)

    def _cut(self, operand: Operand, side: int) -> None:
        try:
            value = self.literal(operand)
        except _Residual:
            return
        if value is not None and not isinstance(value, BusinessDuration):
            (self.after if side else self.before).add(comparable(value))

    def equal(self, value: Value) -> Spans:
        """The one class of the value itself."""
        if isinstance(value, BusinessDuration):
            raise _Residual
        return ((self.starts[comparable(value)], self.ends[comparable(value)]),)

    def ordering(self, operator: str, value: Value) -> Spans:
        """All classes on one side of a cut; null, the last class, is on neither side."""
        if isinstance(value, BusinessDuration):
            raise _Residual
        key = comparable(value)
        position = self.ends[key] if operator in ("<=", ">") else self.starts[key]
        return ((0, position),) if operator in ("<", "<=") else ((position, self.size - 1),)


def _settle_rule(builder: _Column, column: ColumnClasses, rule: int, test: Test) -> None:
    """Write a rule's classes into the column."""
    try:
        spans = builder.truth(test)[0]
    except _Residual:
        column.residual.append(rule)
        spans = ((0, column.size),)
    if len(spans) == 1:
        column.low[rule], column.high[rule] = spans[0]
    else:
        column.low[rule] = column.high[rule] = 0
        column.several[rule] = spans


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
    return _Ordering(Kind.DATE_AND_TIME, tests, {}).classes()
