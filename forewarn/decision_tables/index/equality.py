"""Columns that only ask for equality: a class a literal."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from forewarn.decision_tables.index.cells import comparable
from forewarn.decision_tables.index.column_classes import ColumnBuilder, ColumnClasses, Residual, key_of, settle_rule
from forewarn.decision_tables.index.spans import Spans
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Literal,
    Not,
    OneOf,
    Test,
)
from forewarn.decision_tables.values import Kind, Value


class EqualityBuilder(ColumnBuilder):
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
            settle_rule(self, column, rule, test)
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
                    self.codes.setdefault(key_of(value, self.kind), len(self.codes))
            except (Residual, TypeError):
                return

    def equal(self, value: Value) -> Spans:
        """The class of the literal."""
        if self.is_list:
            raise Residual
        try:
            code = self.codes[key_of(value, self.kind)]
        except TypeError:
            raise Residual from None
        return ((code, code + 1),)

    def ordering(self, operator: str, value: Value) -> Spans:
        """Orderings stand in untyped, boolean and list columns only; they are asked one by one."""
        raise Residual
