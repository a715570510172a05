"""The index of one table: the classes of its columns, the structure that fits them, and what is left to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forewarn.decision_tables.index.bitsets import BitSets
from forewarn.decision_tables.index.cells import Check, Context, Scope, compile_test
from forewarn.decision_tables.index.classes import ColumnClasses, classify, moments
from forewarn.decision_tables.model import HitPolicy, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue
from forewarn.decision_tables.values import Value

if TYPE_CHECKING:
    from array import array

    from forewarn.decision_tables.index.tuple_space import Pattern

SMALL = 64
"""Up to so many rules the bit sets are single machine words, and nothing is faster."""

DENSE_SHARE = 0.5
"""How much of the bytes allowed a dense table may take."""

_MOST_PATTERNS = 24
_NANOSECONDS_A_PATTERN = 110
_NANOSECONDS_A_COLUMN = 45
_BITS_A_NANOSECOND = 60
_CELL_WRITES_A_RULE = 4000


@dataclass(frozen=True, slots=True)
class Dense:
    """The winner of every combination of classes, and what a class of each column adds to its place."""

    cells: array[int]
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tuples:
    """The patterns of a tuple space, and what a class of each column adds to a key."""

    patterns: tuple[Pattern, ...]
    steps: tuple[int, ...]


def budget(count: int) -> int:
    """How many bytes the index of a table of ``count`` rules may take."""
    return 2_000_000 + 250 * count


class Index:
    """Finds the rules that match classified inputs, in the order that ``rules`` has.

    ``rules`` are the table's rules in the order that decides: row order, or for P and O by rank.
    """

    def __init__(self, model: TableModel, rules: Sequence[Rule], context: Context, properties: Scope) -> None:
        self.rules = rules
        self.count = len(rules)
        self.inputs = [
            classify(column.type, tests, properties)
            for column, tests in zip(model.inputs, _by_column(rules, len(model.inputs)), strict=True)
        ]
        self.moment = moments([(rule.effective_from, rule.effective_to) for rule in rules]) if model.effective else None
        self.columns: list[ColumnClasses] = [*self.inputs] if self.moment is None else [*self.inputs, self.moment]
        self.residual = self._residual(len(model.conditions) > 0, context)
        self.single = model.hit_policy in (HitPolicy.UNIQUE, HitPolicy.FIRST, HitPolicy.PRIORITY)
        self.unique = model.hit_policy is HitPolicy.UNIQUE
        self.engine: BitSets | Dense | Tuples = self._choose()

    def _residual(self, conditions: bool, context: Context) -> dict[int, list[tuple[int, Check]]]:
        """For each rule that needs it, the cells that have to be asked, conditions last."""
        width = len(self.inputs)
        asked: dict[int, list[tuple[int, Check]]] = {}
        for position, column in enumerate(self.inputs):
            for rule in column.residual:
                test = self.rules[rule].tests[position]
                asked.setdefault(rule, []).append((position, compile_test(test, context)))
        if conditions:
            for number, with_conditions in enumerate(self.rules):
                for offset, test in enumerate(with_conditions.conditions):
                    if isinstance(test, AnyValue):
                        continue
                    asked.setdefault(number, []).append((width + offset, compile_test(test, context)))
        return asked

    def _choose(self) -> BitSets | Dense | Tuples:
        """The structure that is expected to answer fastest within the bytes allowed."""
        if self.count > SMALL and self.single and not self.residual:
            # numpy is worth its import from here on only.
            from forewarn.decision_tables.index import dense, tuple_space  # noqa: PLC0415

            size = dense.cells(self.columns)
            if size * 4 * (2 if self.unique else 1) <= budget(self.count) * DENSE_SHARE:
                work = dense.painting_work(self.columns, self.count)
                if work <= _CELL_WRITES_A_RULE * self.count:
                    table = dense.winners(self.columns, self.count, unique=self.unique)
                    return Dense(dense.as_array(table), tuple(dense.strides(self.columns)))
            found = tuple_space.patterns_of(self.columns, self.count)
            bits = len(self.columns) * (_NANOSECONDS_A_COLUMN + self.count / _BITS_A_NANOSECOND)
            if found is not None and len(found) <= _MOST_PATTERNS and len(found) * _NANOSECONDS_A_PATTERN <= bits:
                patterns = tuple_space.build(self.columns, found, unique=self.unique)
                return Tuples(tuple(patterns), tuple(dense.strides(self.columns)))
        return BitSets(self.columns, self.count, budget(self.count))

    @property
    def coarse(self) -> bool:
        """Whether what the index finds has to be checked against the rules' own spans."""
        return isinstance(self.engine, BitSets) and bool(self.engine.coarse)

    def classes(self, values: Sequence[Value], moment: Any) -> list[int]:
        """The classes of converted inputs, and of the effective time where the table has one."""
        found = [column.of(value) for column, value in zip(self.inputs, values, strict=True)]
        if self.moment is not None:
            found.append(self.moment.of(moment))
        return found

    def hits(self, values: Sequence[Value], scope: Scope, moment: Any, *, first: bool = False) -> list[int]:
        """The rules that match, in order; with ``first`` only the first of them."""
        found = []
        for rule in self.candidates(self.classes(values, moment)):
            if rule not in self.residual or self._holds(rule, values, scope):
                found.append(rule)
                if first:
                    break
        return found

    def _holds(self, rule: int, values: Sequence[Value], scope: Scope) -> bool:
        width = len(values)
        return all(
            check(values[position] if position < width else None, scope) is True
            for position, check in self.residual[rule]
        )

    def candidates(self, classes: Sequence[int]) -> list[int]:
        """The rules whose cells, residual ones aside, hold for an input of these classes."""
        if isinstance(self.engine, BitSets):
            return self.engine.candidates(classes)
        from forewarn.decision_tables.index.scanning import scan  # noqa: PLC0415

        return scan(self.columns, classes, self.count)


def _by_column(rules: Sequence[Rule], width: int) -> list[list[Any]]:
    """The tests of each column."""
    return [[rule.tests[position] for rule in rules] for position in range(width)]
