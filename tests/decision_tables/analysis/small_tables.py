"""Random small tables whose whole input space can be written down: a few values a kind, and one between each two."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import deciding_oracle as oracle
import numpy as np

from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    Interval,
    IsNull,
    Literal,
    NoneOf,
    Not,
    OneOf,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import Kind, Type, YearsMonths

OTHER = "no cell names this"

NAMED: dict[Kind, list[Any]] = {
    Kind.STRING: ["alpha", "beta", "gamma"],
    Kind.NUMBER: [Decimal(0), Decimal("1.5"), Decimal(3)],
    Kind.BOOLEAN: [True, False],
    Kind.DATE: [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 5)],
    Kind.TIME: [time(8), time(12), time(17, 30)],
    Kind.DATE_AND_TIME: [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)],
    Kind.DAYS_AND_TIME_DURATION: [timedelta(hours=hours) for hours in (1, 4, 24)],
    Kind.YEARS_AND_MONTHS_DURATION: [YearsMonths(months) for months in (1, 2, 12)],
}
"""What cells name."""

SAMPLES: dict[Kind, list[Any]] = {
    Kind.STRING: [*NAMED[Kind.STRING], OTHER],
    Kind.NUMBER: [Decimal(text) for text in ("-1", "0", "0.7", "1.5", "2", "3", "4")],
    Kind.BOOLEAN: [True, False],
    Kind.DATE: [date(2025, 12, 1), *(date(2026, 1, day) for day in (1, 2, 3, 5, 9))],
    Kind.TIME: [time(1), time(8), time(9), time(12), time(13), time(17, 30), time(23)],
    Kind.DATE_AND_TIME: [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=12 * count) for count in range(7)],
    Kind.DAYS_AND_TIME_DURATION: [timedelta(hours=hours) for hours in (0, 1, 2, 4, 9, 24, 99)],
    Kind.YEARS_AND_MONTHS_DURATION: [YearsMonths(months) for months in (0, 1, 2, 7, 12, 40)],
}
"""A value of every kind of answer that cells over `NAMED` can give: each named one, and one beside and between."""

MOMENTS = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 4, 7)]
TIMES = [datetime(2025, 1, 1, tzinfo=UTC), *itertools.chain(*((m, m + timedelta(days=40)) for m in MOMENTS))]


@dataclass
class Space:
    """Every sample input of a table and which rules hold for it, by the brute-force evaluator."""

    model: TableModel
    columns: list[list[Any]]
    points: list[tuple[Any, ...]]
    holds: np.ndarray
    cells: list[np.ndarray]
    """By column: a row a rule, a column a sample."""

    def inputs(self, point: tuple[Any, ...]) -> dict[str, Any]:
        headings = [column.heading for column in self.model.inputs]
        return dict(zip(headings, point, strict=False))

    def at(self, point: tuple[Any, ...]) -> datetime | None:
        return point[-1] if self.model.effective else None


def lists_of(kind: Kind) -> list[tuple[Any, ...]]:
    """Every set of few elements of a kind, as lists."""
    elements = SAMPLES[kind][:4] if kind is Kind.STRING else SAMPLES[kind]
    return [chosen for size in range(len(elements) + 1) for chosen in itertools.combinations(elements, size)]


def samples_of(column: InputColumn) -> list[Any]:
    """The sample values that a column admits."""
    plain = lists_of(column.type.kind) if column.type.is_list else list(SAMPLES[column.type.kind])
    if column.allowed is not None:
        plain = [
            value
            for value in plain
            if all(oracle.truth(column.allowed, item, {}) == 1 for item in (value if column.type.is_list else (value,)))
        ]
    return [*plain, None] if column.nullable else plain


def space_of(model: TableModel) -> Space:
    """Every sample input, every rule, every cell."""
    scope = {f"property.{name}": value for name, value in model.properties}
    columns = [samples_of(column) for column in model.inputs]
    cells = [
        np.array(
            [[oracle.truth(rule.tests[position], value, scope) == 1 for value in values] for rule in model.rules],
            np.bool_,
        ).reshape(len(model.rules), len(values))
        for position, values in enumerate(columns)
    ]
    if model.effective:
        columns.append(TIMES)
        cells.append(
            np.array(
                [
                    [
                        (rule.effective_from is None or rule.effective_from <= moment)
                        and (rule.effective_to is None or moment < rule.effective_to)
                        for moment in TIMES
                    ]
                    for rule in model.rules
                ]
            )
        )
    holds = np.ones((len(model.rules), 1), np.bool_)
    for column in cells:
        holds = (holds[:, :, None] & column[:, None, :]).reshape(len(model.rules), -1)
    return Space(model, columns, list(itertools.product(*columns)), holds, cells)


class SmallMaker:
    """Makes small tables from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def table(self, policy: HitPolicy) -> TableModel:
        pick = self.random
        columns = tuple(self.column(number) for number in range(pick.randint(1, 3)))
        effective = pick.random() < 0.2
        outputs = self.outputs(policy)
        count = pick.randint(1, 7)
        openness = pick.choice([0.1, 0.3, 0.5])
        rules = [self.rule(number, columns, outputs, openness, effective=effective) for number in range(count)]
        if pick.random() < 0.2:
            twin = pick.choice(rules)
            rules.append(Rule(f"R{count}", twin.tests, twin.outputs, (), twin.effective_from, twin.effective_to))
        properties = tuple((f"p {kind.value}", pick.choice([*NAMED[kind], None])) for kind in NAMED)
        return TableModel(
            "Small",
            policy,
            columns,
            outputs,
            tuple(rules),
            has_default=pick.random() < 0.1,
            effective=effective,
            properties=properties,
        )

    def column(self, number: int) -> InputColumn:
        pick = self.random
        kind = pick.choice([Kind.STRING, Kind.STRING, Kind.NUMBER, *NAMED])
        is_list = pick.random() < 0.15 and kind in (Kind.STRING, Kind.BOOLEAN)
        allowed: Test | None = None
        if pick.random() < 0.35:
            if kind in (Kind.STRING, Kind.BOOLEAN) or pick.random() < 0.4:
                listed = pick.sample(NAMED[kind], pick.randint(1, len(NAMED[kind])))
                allowed = OneOf(tuple(Compare("=", Literal(value)) for value in listed))
            else:
                allowed = self.ordering(kind)
        return InputColumn(f"In {number}", Type(kind, is_list), nullable=pick.random() < 0.4, allowed=allowed)

    def outputs(self, policy: HitPolicy) -> tuple[OutputColumn, ...]:
        if policy.aggregate:
            return (OutputColumn("Out", Type(Kind.NUMBER)),)
        ranked = ("x", "y", "w") if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) else None
        return (OutputColumn("Out", Type(Kind.STRING), ranked=ranked),)

    def rule(
        self,
        number: int,
        columns: tuple[InputColumn, ...],
        outputs: tuple[OutputColumn, ...],
        openness: float,
        *,
        effective: bool,
    ) -> Rule:
        pick = self.random
        ends = sorted(pick.sample(MOMENTS, 2))
        value: Any = pick.choice(["x", "y", "z"])
        if outputs[0].type.kind is Kind.NUMBER:
            value = Decimal(pick.randint(1, 3))
        return Rule(
            f"R{number}",
            tuple(self.test(column, openness) for column in columns),
            (Literal(value),),
            (),
            ends[0] if effective and pick.random() < 0.5 else None,
            ends[1] if effective and pick.random() < 0.5 else None,
            row=number + 5,
        )

    def test(self, column: InputColumn, openness: float) -> Test:
        pick = self.random
        if pick.random() < openness:
            return AnyValue()
        if column.nullable and pick.random() < 0.12:
            return pick.choice([IsNull(), Not((IsNull(),))])
        kind = column.type.kind
        if column.type.is_list:
            inner = tuple(self.equality(kind) for _ in range(pick.randint(1, 2)))
            return pick.choice([AnyOf, AllOf, NoneOf])(inner)
        roll = pick.random()
        if roll < 0.6:
            return self.plain(kind)
        parts = [self.plain(kind) for _ in range(pick.randint(1, 3))]
        if column.nullable and pick.random() < 0.2:
            parts.append(IsNull())
        return OneOf(tuple(parts)) if roll < 0.85 else Not(tuple(parts))

    def plain(self, kind: Kind) -> Test:
        pick = self.random
        if kind in (Kind.STRING, Kind.BOOLEAN) or pick.random() < 0.3:
            return self.equality(kind)
        return self.ordering(kind)

    def equality(self, kind: Kind) -> Test:
        pick = self.random
        operand: Any = Literal(pick.choice(NAMED[kind]))
        if pick.random() < 0.05:
            operand = PropertyRef(f"p {kind.value}")
        return Compare("=" if pick.random() < 0.9 else "!=", operand)

    def ordering(self, kind: Kind) -> Test:
        pick = self.random
        if pick.random() < 0.5:
            return Compare(pick.choice(["<", "<=", ">", ">="]), Literal(pick.choice(NAMED[kind])))
        low, high = sorted(pick.sample(NAMED[kind], 2))
        return Interval(Literal(low), Literal(high), pick.random() < 0.5, pick.random() < 0.5)
