"""The version of a table: the hash of what decides, in a normal form that no restyling changes.

Left out: where a rule stands, notes, and the values of properties (they are inputs of a decision). The order of
rules counts under F, P, R, O, C and the aggregates, whose decisions name their rules in that order; under U and A
rules are sorted. The order of values in a list of alternatives never counts, nor does how a number or a moment is
written in a test; what a decision shows (an output, the value of an alias) counts as it is shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.model import (
    Binding,
    InputColumn,
    OutputCell,
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
    Expression,
    InputRef,
    Interval,
    IsNull,
    Literal,
    NoneOf,
    Not,
    OneOf,
    Operand,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import DECIMALS, BusinessDuration, Value, YearsMonths

Normal: TypeAlias = list[Any]


def table_version(model: TableModel) -> str:
    """The version of a table, 64 hex digits: equal for tables that decide equally and look equal in a decision."""
    tests: dict[int, str] = {}
    rules = [_rule(rule, tests, _shown_output) for rule in model.rules]
    if not model.hit_policy.row_order_counts:
        rules.sort()
    head = [
        "forewarn table 2",
        model.name,
        model.hit_policy.value,
        model.strict,
        model.effective,
        model.has_default,
        [_input(column) for column in model.inputs],
        [column.heading for column in model.conditions],
        [_output(column) for column in model.outputs],
    ]
    digest = hashlib.sha256(_text(head).encode())
    for rule in rules:
        digest.update(b"\n")
        digest.update(rule.encode())
    return digest.hexdigest()


def rule_content_id(rule: Rule) -> str:
    """The id of a rule whose owner gave none, from its content alone: ``r-`` and 8 hex digits."""
    nameless = Rule("", rule.tests, rule.outputs, rule.conditions, rule.effective_from, rule.effective_to)
    content = _rule(nameless, {}, normal_output)
    return f"r-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _rule(rule: Rule, seen: dict[int, str], output: Callable[[OutputCell], Normal]) -> str:
    """A rule as text. ``seen`` keeps the text of tests that many rules share."""
    cells = []
    for test in (*rule.tests, *rule.conditions):
        text = seen.get(id(test))
        if text is None:
            text = seen[id(test)] = _text(normal_test(test))
        cells.append(text)
    tail = [
        [output(cell) for cell in rule.outputs],
        normal_value(rule.effective_from),
        normal_value(rule.effective_to),
    ]
    return f"{_text([rule.id])}[{','.join(cells)}]{_text(tail)}"


def normal_test(test: Test) -> Normal:
    """A test as nested lists: alternatives sorted, numbers and moments in one spelling."""
    match test:
        case AnyValue():
            return ["any"]
        case IsNull():
            return ["null"]
        case Compare():
            return [test.operator, _operand(test.operand)]
        case Interval():
            return ["in", _operand(test.low), _operand(test.high), test.low_closed, test.high_closed]
        case Condition():
            return ["if", _expression(test.expression)]
        case OneOf() | Not() | AnyOf() | AllOf() | NoneOf():
            inner = {_text(normal): normal for normal in map(normal_test, test.tests)}
            if isinstance(test, OneOf) and len(inner) == 1:
                return next(iter(inner.values()))
            return [type(test).__name__, [inner[text] for text in sorted(inner)]]


def normal_output(cell: OutputCell) -> Normal:
    """An output cell as nested lists."""
    return normal_value(cell.value) if isinstance(cell, Literal) else ["then", _expression(cell)]


def _shown_output(cell: OutputCell) -> Normal:
    return _shown_value(cell.value) if isinstance(cell, Literal) else ["then", _expression(cell)]


def _shown_value(value: Value) -> Normal:
    """A value as a decision shows it: 5 and 5.0 are equal, and are different bytes."""
    return [normal_value(value)[0], jsonable(value)]


def normal_value(value: Value) -> Normal:
    """A value as a list that begins with its kind, so that the text 1 and the number 1 differ."""
    match value:
        case None:
            return ["null"]
        case bool():
            return ["boolean", value]
        case str():
            return ["string", value]
        case Decimal():
            return ["number", _number(value)]
        case datetime():
            moment = value.replace(tzinfo=UTC) if value.utcoffset() is None else value.astimezone(UTC)
            return ["date and time", moment.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case time():
            return ["time", value.isoformat()]
        case timedelta():
            return ["duration", value.days, value.seconds, value.microseconds]
        case YearsMonths():
            return ["months", value.months]
        case BusinessDuration():
            return ["business", _number(value.amount), value.unit]
        case tuple():
            return ["list", [normal_value(item) for item in value]]


def _number(value: Decimal) -> str:
    """One spelling a number: 5, 5.0 and 5E0 are the same."""
    sign, digits, exponent = DECIMALS.normalize(value).as_tuple()
    if not any(digits):
        return "0"
    return f"{'-' if sign else ''}{''.join(map(str, digits))}e{exponent}"


def _operand(operand: Operand) -> Normal:
    match operand:
        case Literal():
            return normal_value(operand.value)
        case PropertyRef():
            return ["property", operand.name]
        case InputRef():
            return ["input", operand.heading]
        case Expression():
            return ["expression", _expression(operand)]


def _expression(expression: Expression) -> str:
    return " ".join(expression.source.split())


def _allowed(test: Test | None) -> Normal | None:
    return None if test is None else normal_test(test)


def _binding(binding: Binding | None) -> str | None:
    return None if binding is None else binding.name


def _input(column: InputColumn) -> Normal:
    return [
        column.heading,
        str(column.type),
        _binding(column.binding),
        column.nullable,
        _allowed(column.allowed),
        sorted([spelling, _shown_value(value)] for spelling, value in column.aliases),
        None if column.expression is None else _expression(column.expression),
    ]


def _output(column: OutputColumn) -> Normal:
    return [
        column.heading,
        str(column.type),
        _binding(column.binding),
        _allowed(column.allowed),
        None if column.ranked is None else [normal_value(value) for value in column.ranked],
        # A Default row may leave an output blank, which is null like the default of no Default row.
        None if column.default in (None, Literal(None)) else _shown_output(column.default or Literal(None)),
    ]


def _text(normal: Any) -> str:
    return json.dumps(normal, ensure_ascii=True, separators=(",", ":"))
