"""The tables that are measured, in a form that each library's own table is made from."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Interval, Literal, Test
from forewarn.decision_tables.values import Kind, Type

Range: TypeAlias = tuple[int, int]
"""From a number, up to and without another."""
Cell: TypeAlias = str | Range | None
"""A text, a range of numbers, or anything."""

OUTPUTS = ("next", "group")


@dataclass(frozen=True)
class Spec:
    """A table: for each rule a cell a column and two texts; and one question that each rule answers."""

    name: str
    columns: tuple[str, ...]
    rules: tuple[tuple[Cell, ...], ...]
    outputs: tuple[tuple[str, str], ...]
    questions: tuple[dict[str, Any], ...]

    def numeric(self, position: int) -> bool:
        """Whether a column holds numbers."""
        return any(isinstance(rule[position], tuple) for rule in self.rules)

    def sample(self, count: int) -> list[dict[str, Any]]:
        """So many questions, spread evenly over the rules."""
        step = max(1, len(self.questions) // count)
        some = list(self.questions[::step][:count])
        return list(itertools.islice(itertools.cycle(some), count))


def model(spec: Spec, policy: HitPolicy) -> TableModel:
    """The table as this library has it after reading: what `Table` is built from."""
    return TableModel(
        name=spec.name,
        hit_policy=policy,
        inputs=tuple(
            InputColumn(name, Type(Kind.NUMBER if spec.numeric(position) else Kind.STRING))
            for position, name in enumerate(spec.columns)
        ),
        outputs=tuple(OutputColumn(name, Type(Kind.STRING)) for name in OUTPUTS),
        rules=tuple(
            Rule(f"R{number}", tuple([_test(cell) for cell in cells]), tuple([Literal(text) for text in outputs]))
            for number, (cells, outputs) in enumerate(zip(spec.rules, spec.outputs, strict=True))
        ),
    )


def _test(cell: Cell) -> Test:
    if cell is None:
        return AnyValue()
    if isinstance(cell, str):
        return Compare("=", Literal(cell))
    low, high = Literal(Decimal(cell[0])), Literal(Decimal(cell[1]))
    return Interval(low, high, low_closed=True, high_closed=False)


def _spec(name: str, width: int, rules: Sequence[tuple[Cell, ...]], ask: Callable[[int, Cell], Any]) -> Spec:
    columns = tuple(f"c{position}" for position in range(width))
    return Spec(
        name,
        columns,
        tuple(rules),
        tuple((f"state {number}", f"group {number % 7}") for number in range(len(rules))),
        tuple({columns[at]: ask(at, cell) for at, cell in enumerate(cells)} for cells in rules),
    )


def grid(count: int) -> Spec:
    """``count`` rules of 3 to 4 text columns, each rule another combination, in no order."""
    width = 3 if count < 100 else 4
    pick = random.Random(count)
    size = next(size for size in itertools.count(2) if size**width >= count)
    combinations = list(itertools.product(range(size), repeat=width))
    chosen = pick.sample(combinations, count)
    rules = [tuple(f"value {at}.{number}" for at, number in enumerate(combination)) for combination in chosen]
    return _spec(f"{count:,} rules", width, rules, lambda _, cell: cell)


def wide(count: int) -> Spec:
    """Eight text columns of ten values each, every one named in every rule."""
    pick = random.Random(8)
    rules = [tuple(f"value {at}.{pick.randrange(10)}" for at in range(8)) for _ in range(count)]
    return _spec("8 equality columns", 8, rules, lambda _, cell: cell)


def open_cells(count: int) -> Spec:
    """Five text columns of twenty values, four cells in ten open."""
    pick = random.Random(40)
    rules: list[tuple[Cell, ...]] = [
        tuple(None if pick.random() < 0.4 else f"value {at}.{pick.randrange(20)}" for at in range(5))
        for _ in range(count)
    ]
    return _spec("40 % any-cells", 5, rules, lambda at, cell: cell or f"value {at}.{pick.randrange(20)}")


def ranges(count: int) -> Spec:
    """Three columns of ranges that tile a cube."""
    pick = random.Random(3)
    size = next(size for size in itertools.count(2) if size**3 >= count)
    chosen = pick.sample(list(itertools.product(range(size), repeat=3)), count)
    rules: list[tuple[Cell, ...]] = [tuple((10 * at, 10 * at + 10) for at in corner) for corner in chosen]
    return _spec("3 range columns", 3, rules, lambda _, cell: cell[0] + pick.randrange(10) if cell else None)


def scattered_ranges(count: int) -> Spec:
    """Three columns of ranges that start and end anywhere and overlap: no two rules share a bound."""
    pick = random.Random(33)
    rules: list[tuple[Cell, ...]] = []
    for _ in range(count):
        lows = [pick.randrange(1_000_000) for _ in range(3)]
        rules.append(tuple((low, low + pick.randrange(20_000, 60_000)) for low in lows))
    return _spec("3 columns of scattered ranges", 3, rules, lambda _, cell: pick.randrange(*cell) if cell else None)


def tiers(count: int) -> Spec:
    """A text column of ten values and, for each, ranges of a number that follow each other."""
    each = count // 10
    rules: list[tuple[Cell, ...]] = [
        (f"value {text}", (10 * number, 10 * number + 10)) for text in range(10) for number in range(each)
    ]
    pick = random.Random(10)
    return _spec("disjoint ranges", 2, rules, lambda at, cell: cell if at == 0 else pick.randrange(*cell))  # type: ignore[misc]


def collect(count: int) -> Spec:
    """Three text columns, half of the cells open, so that several rules answer each question."""
    pick = random.Random(7)
    size = 6 if count <= 100 else 14
    rules: list[tuple[Cell, ...]] = [
        tuple(None if pick.random() < 0.5 else f"value {at}.{pick.randrange(size)}" for at in range(3))
        for _ in range(count)
    ]
    rules = [cells if any(cells) else (f"value 0.{number % size}", None, None) for number, cells in enumerate(rules)]
    return _spec(f"Collect, {count:,} rules", 3, rules, lambda at, cell: cell or f"value {at}.{pick.randrange(size)}")
