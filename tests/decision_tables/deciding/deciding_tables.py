"""Random tables and random inputs for them, of every kind that a sheet can hold."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from deciding_oracle import CONDITIONS

from forewarn.decision_tables.feel import parse_expression
from forewarn.decision_tables.model import (
    Binding,
    ConditionColumn,
    HitPolicy,
    InputColumn,
    OutputColumn,
    Rule,
    TableModel,
)
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    Condition,
    InputRef,
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

POOLS: dict[Kind, list[Any]] = {
    Kind.STRING: ["SD-WAN", "Router", "Switch", "Soft-WAN link failure", "", "Zürich", "-", "null", "a, b"],
    Kind.NUMBER: [Decimal(text) for text in ("-3", "0", "1", "2", "2.5", "3", "0.1", "5", "7", "100", "1E+20", "0.30")],
    Kind.BOOLEAN: [True, False],
    Kind.DATE: [date(2026, 1, day) for day in (1, 2, 3, 10, 31)] + [date(2024, 2, 29)],
    Kind.TIME: [time(0), time(8, 30), time(12), time(12, tzinfo=UTC), time(23, 59, 59)],
    Kind.DATE_AND_TIME: [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3, 4)]
    + [
        datetime(2026, 1, 2, 12, tzinfo=UTC).replace(tzinfo=None),
        datetime(2026, 1, 2, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
    Kind.DAYS_AND_TIME_DURATION: [timedelta(hours=hours) for hours in (-1, 0, 1, 4, 24, 240)],
    Kind.YEARS_AND_MONTHS_DURATION: [YearsMonths(months) for months in (-1, 0, 1, 12, 18)],
}
ORDERED = [kind for kind in POOLS if kind is not Kind.BOOLEAN]
ROUND = tuple(timezone(timedelta(hours=hours)) for hours in (-7, 0, 5))
MOMENTS = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 6, 9)]


@dataclass(frozen=True)
class Case:
    """One question: what is handed in, and the values that it stands for; or that it must be refused."""

    given: dict[str, Any]
    values: list[Any]
    at: datetime | None
    bad: bool = False


class Maker:
    """Makes tables and questions from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def kind(self) -> Type:
        kinds = [Kind.STRING] * 4 + [Kind.NUMBER] * 3 + list(POOLS)
        return Type(self.random.choice(kinds), self.random.random() < 0.08)

    def literal(self, kind: Kind) -> Literal:
        return Literal(self.random.choice(POOLS[kind]))

    def plain_test(self, kind: Kind, operands: list[Any], *, orders: bool) -> Test:
        """A test of a single value; ``operands`` are references that may stand as bounds."""
        roll = self.random.random()
        bound = self.random.choice(operands) if operands and self.random.random() < 0.15 else self.literal(kind)
        if not orders or kind is Kind.BOOLEAN or roll < 0.5:
            return Compare("=" if self.random.random() < 0.9 else "!=", bound)
        if roll < 0.75:
            return Compare(self.random.choice(["<", "<=", ">", ">="]), bound)
        ends = sorted(self.random.sample(POOLS[kind], 2), key=self.sortable)
        closed = self.random.random() < 0.5, self.random.random() < 0.5
        return Interval(Literal(ends[0]), Literal(ends[1]), *closed)

    @staticmethod
    def sortable(value: Any) -> Any:
        if isinstance(value, datetime | time) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value

    def test(self, kind: Type, operands: list[Any], openness: float, *, orders: bool) -> Test:
        roll = self.random.random()
        if roll < openness:
            return AnyValue()
        if self.random.random() < 0.08:
            return self.random.choice([IsNull(), Not((IsNull(),))])
        if kind.is_list:
            tests = tuple(self.plain_test(kind.kind, [], orders=orders) for _ in range(self.random.randint(1, 2)))
            return self.random.choice([AnyOf, AllOf, NoneOf])(tests)
        roll = self.random.random()
        if roll < 0.7:
            return self.plain_test(kind.kind, operands, orders=orders)
        inner = [self.plain_test(kind.kind, operands, orders=orders) for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.1:
            inner.append(IsNull())
        return OneOf(tuple(inner)) if roll < 0.85 else Not(tuple(inner))

    def columns(self, width: int) -> tuple[InputColumn, ...]:
        columns = []
        for number in range(width):
            kind = self.kind()
            allowed = None
            if not kind.is_list and self.random.random() < 0.3:
                listed = self.random.sample(POOLS[kind.kind], max(1, len(POOLS[kind.kind]) * 2 // 3))
                allowed = OneOf(tuple(Compare("=", Literal(value)) for value in listed))
            aliases: tuple[tuple[str, Any], ...] = ()
            if kind.kind is Kind.STRING and self.random.random() < 0.3:
                good = [test.operand.value for test in allowed.tests] if allowed else POOLS[Kind.STRING]
                aliases = (("SD WAN", self.random.choice(good)),)
            binding = Binding("incident", f"field_{number}") if self.random.random() < 0.6 else None
            columns.append(
                InputColumn(
                    f"In {number}",
                    kind,
                    binding,
                    nullable=self.random.random() < 0.6,
                    allowed=allowed,
                    aliases=aliases,
                )
            )
        return tuple(columns)

    def condition(self, columns: tuple[InputColumn, ...]) -> Test:
        if self.random.random() < 0.6:
            return AnyValue()
        column = self.random.choice(columns)
        source = f"{column.heading} = null"
        if column.type == Type(Kind.NUMBER):
            source = f"{column.heading} > 2"

            def holds(scope: dict[str, Any], name: str = column.heading) -> bool | None:
                return None if scope[name] is None else scope[name] > 2
        else:

            def holds(scope: dict[str, Any], name: str = column.heading) -> bool | None:
                return scope[name] is None

        CONDITIONS[source] = holds
        return Condition(parse_expression(source, [other.heading for other in columns]))

    def table(self, policy: HitPolicy | None = None) -> TableModel:
        pick = self.random
        policy = policy or pick.choice(list(HitPolicy))
        columns = self.columns(pick.randint(1, 8 if pick.random() < 0.3 else 4))
        count = pick.choice([0, 1, 3, 8, 14, 40, 90, 300 if pick.random() < 0.3 else 60])
        properties = tuple((f"p{kind.name}", pick.choice([*POOLS[kind], None])) for kind in POOLS)
        openness = pick.choice([0.1, 0.4, 0.7])
        orders = [pick.random() < 0.5 for _ in columns]
        refers = pick.random() < 0.3
        operands = [
            [
                *([PropertyRef(f"p{column.type.kind.name}")] if refers else []),
                *(
                    InputRef(other.heading)
                    for other in columns
                    if refers and pick.random() < 0.5 and other is not column and other.type == column.type
                ),
            ]
            for column in columns
        ]
        with_conditions = pick.random() < 0.15
        effective = pick.random() < 0.25
        outputs = self.outputs(policy)
        rules: list[Rule] = []
        for number in range(count):
            tests = tuple(
                self.test(column.type, column_operands, openness, orders=column_orders)
                for column, column_operands, column_orders in zip(columns, operands, orders, strict=True)
            )
            rules.append(
                self.rule(number, tests, outputs, columns, with_conditions=with_conditions, effective=effective)
            )
        if policy in (HitPolicy.UNIQUE, HitPolicy.ANY) and pick.random() < 0.7:
            rules = self.disjoint(columns, outputs, count)
            with_conditions = effective = False
        return TableModel(
            name="Random",
            hit_policy=policy,
            inputs=columns,
            outputs=outputs,
            rules=tuple(rules),
            conditions=(ConditionColumn("Where"),) if with_conditions else (),
            has_default=pick.random() < 0.3,
            effective=effective,
            properties=properties,
        )

    def disjoint(self, columns: tuple[InputColumn, ...], outputs: tuple[OutputColumn, ...], count: int) -> list[Rule]:
        """Rules that never overlap: every combination of single values, in a random order."""
        pools = [
            POOLS[column.type.kind][:4] if not column.type.is_list and number < 4 else None
            for number, column in enumerate(columns)
        ]
        combinations = list(
            itertools.product(
                *[[AnyValue()] if pool is None else [Compare("=", Literal(v)) for v in pool] for pool in pools]
            )
        )
        self.random.shuffle(combinations)
        return [
            self.rule(n, tests, outputs, columns, with_conditions=False, effective=False)
            for n, tests in enumerate(combinations[:count])
        ]

    def outputs(self, policy: HitPolicy) -> tuple[OutputColumn, ...]:
        pick = self.random
        width = 1 if policy.aggregate else pick.randint(1, 3)
        outputs = []
        for number in range(width):
            kind = Kind.NUMBER if policy.aggregate else pick.choice([Kind.STRING, Kind.NUMBER, Kind.BOOLEAN])
            ranked = None
            if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) and (number == 0 or pick.random() < 0.5):
                ranked = tuple(pick.sample(POOLS[kind], len(POOLS[kind]) - 1))
            default = self.output(kind) if pick.random() < 0.7 else None
            outputs.append(OutputColumn(f"Out {number}", Type(kind), ranked=ranked, default=default))
        return tuple(outputs)

    def output(self, kind: Kind) -> Literal:
        return Literal(None) if self.random.random() < 0.05 else Literal(self.random.choice(POOLS[kind][:3]))

    def rule(
        self,
        number: int,
        tests: tuple[Test, ...],
        outputs: tuple[OutputColumn, ...],
        columns: tuple[InputColumn, ...],
        *,
        with_conditions: bool,
        effective: bool,
    ) -> Rule:
        pick = self.random
        ends = sorted(pick.sample(MOMENTS, 2))
        return Rule(
            f"R{number}",
            tests,
            tuple(self.output(column.type.kind) for column in outputs),
            conditions=(self.condition(columns),) if with_conditions else (),
            effective_from=ends[0] if effective and pick.random() < 0.6 else None,
            effective_to=ends[1] if effective and pick.random() < 0.6 else None,
            row=number + 5,
        )

    def value(self, column: InputColumn) -> Any:
        """A value that the column takes."""
        pick = self.random
        if column.nullable and pick.random() < 0.2:
            return None
        if column.type.is_list:
            return tuple(pick.choices(POOLS[column.type.kind], k=pick.randint(0, 3)))
        if column.allowed is not None:
            return pick.choice([test.operand.value for test in column.allowed.tests])
        if pick.random() < 0.15:
            return self.outsider(column.type.kind)
        return pick.choice(POOLS[column.type.kind])

    def outsider(self, kind: Kind) -> Any:
        """A value that no cell names."""
        pick = self.random
        return {
            Kind.STRING: "something else",
            Kind.NUMBER: Decimal(pick.choice(["1.5", "2.4999999999", "-7", "6", "1E+30", "99999999999999999999"])),
            Kind.BOOLEAN: True,
            Kind.DATE: date(2026, 1, 5),
            Kind.TIME: time(9, 15),
            Kind.DATE_AND_TIME: datetime(2026, 1, 3, 11, 59, 59, 999999, tzinfo=pick.choice(ROUND)),
            Kind.DAYS_AND_TIME_DURATION: timedelta(microseconds=1),
            Kind.YEARS_AND_MONTHS_DURATION: YearsMonths(7),
        }[kind]

    def spelling(self, column: InputColumn, value: Any) -> Any:
        """One of the ways in which a caller may hand in a value."""
        pick = self.random
        if value is None:
            return pick.choice([None, math.nan, Decimal("NaN")])
        if isinstance(value, tuple):
            return pick.choice([list, tuple])([self.spelling(column, item) for item in value])
        if isinstance(value, str):
            ways = [value, value, f" {value}\n"]
            if "ü" in value:
                ways.append(value.replace("ü", "u\u0308"))
            ways += [spelling for spelling, meant in column.aliases if meant == value]
            return pick.choice(ways)
        if isinstance(value, Decimal):
            ways = [value, value.normalize()]
            if value == int(value) and abs(value) < 10**18:
                ways += [int(value)] * 3
            if Decimal(repr(float(value))) == value:
                ways.append(float(value))
            return pick.choice(ways)
        return value

    def case(self, model: TableModel) -> Case:
        """A question for a table, now and then one that must be refused."""
        pick = self.random
        values = [self.value(column) for column in model.inputs]
        given: dict[str, Any] = {"unknown": object()} if pick.random() < 0.2 else {}
        bound = pick.random() < 0.4
        for column, value in zip(model.inputs, values, strict=True):
            name = column.binding.name if bound and column.binding is not None else column.heading
            if value is None and pick.random() < 0.3:
                continue
            given[name] = self.spelling(column, value)
        at = pick.choice(MOMENTS) + timedelta(days=pick.choice([-1, 0, 1])) if model.effective else None
        bad = pick.random() < 0.05 and self.spoil(model, given)
        return Case(given, values, at, bad)

    def spoil(self, model: TableModel, given: dict[str, Any]) -> bool:
        """Make one input wrong, if a way is found."""
        pick = self.random
        column = pick.choice(model.inputs)
        name = column.heading
        if column.binding is not None:
            given.pop(column.binding.name, None)
        wrong: list[Any] = [object(), float("inf")]
        kind = column.type.kind
        if kind is not Kind.STRING:
            wrong.append("5")
        if kind is not Kind.BOOLEAN:
            wrong.append(True)
        if kind is not Kind.NUMBER:
            wrong += [1, 1.0, Decimal(1)]
        if kind is not Kind.DATE:
            wrong.append(date(2026, 1, 1))
        if kind is not Kind.DATE_AND_TIME:
            wrong.append(datetime(2026, 1, 1, tzinfo=UTC))
        if not column.type.is_list:
            wrong += [["a"], {"a": 1}]
        if not column.nullable:
            wrong += [None, math.nan]
            if pick.random() < 0.2:
                given.pop(name, None)
                return True
        if column.allowed is not None:
            outsider = self.outsider(kind)
            if all(test.operand.value != outsider for test in column.allowed.tests):
                wrong.append(outsider)
        given[name] = pick.choice(wrong)
        return True
