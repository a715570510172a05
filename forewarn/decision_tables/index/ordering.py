"""Columns with orderings: a class an elementary interval between the bounds of the tests."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from forewarn.decision_tables.index.cells import comparable
from forewarn.decision_tables.index.column_classes import ColumnBuilder, ColumnClasses, Residual, settle_rule
from forewarn.decision_tables.index.spans import Spans
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Interval,
    Literal,
    Not,
    OneOf,
    Operand,
    Test,
)
from forewarn.decision_tables.values import BusinessDuration, Kind, Value


class OrderingBuilder(ColumnBuilder):
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
        before, after = sorted(self.before), sorted(self.after)
        # Each cut opens the class that has its position among all of them; of one value, the cut before it is first.
        if before and after:
            cuts = sorted([(value, 0) for value in before] + [(value, 1) for value in after])
            for position, (value, side) in enumerate(cuts, start=1):
                (self.ends if side else self.starts)[value] = position
        else:
            self.starts = {value: position for position, value in enumerate(before, start=1)}
            self.ends = {value: position for position, value in enumerate(after, start=1)}
        size = self.size = len(before) + len(after) + 2
        count = len(self.tests)
        column = ColumnClasses(
            self.kind,
            size,
            array("i", bytes(4 * count)),
            array("i", bytes(4 * count)),
            cuts_before=before,
            cuts_after=after,
        )
        starts, ends, low, high = self.starts, self.ends, column.low, column.high
        for rule, interval in plain:
            start = (starts if interval.low_closed else ends)[interval.low.value]  # type: ignore[union-attr]
            end = (ends if interval.high_closed else starts)[interval.high.value]  # type: ignore[union-attr]
            low[rule], high[rule] = start, max(start, end)
        for rule, test in self.others:
            settle_rule(self, column, rule, test)
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
        except Residual:
            return
        if value is not None and not isinstance(value, BusinessDuration):
            (self.after if side else self.before).add(comparable(value))

    def equal(self, value: Value) -> Spans:
        """The one class of the value itself."""
        if isinstance(value, BusinessDuration):
            raise Residual
        return ((self.starts[comparable(value)], self.ends[comparable(value)]),)

    def ordering(self, operator: str, value: Value) -> Spans:
        """All classes on one side of a cut; null, the last class, is on neither side."""
        if isinstance(value, BusinessDuration):
            raise Residual
        key = comparable(value)
        position = self.ends[key] if operator in ("<=", ">") else self.starts[key]
        return ((0, position),) if operator in ("<", "<=") else ((position, self.size - 1),)
