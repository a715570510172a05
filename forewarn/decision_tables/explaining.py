"""Why a table decided as it did: each rule with the first cell that stopped it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.effective_dates import EFFECTIVE_FROM, EFFECTIVE_TO
from forewarn.decision_tables.index.cells import Context, Scope, compile_test
from forewarn.decision_tables.model import HitPolicy, Rule, TableModel
from forewarn.decision_tables.policies import natural_order
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
from forewarn.decision_tables.values import Value
from forewarn.errors import Place


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """One rule: whether its cells hold, and if not, the first that does not.

    ``fired`` tells that the decision names the rule. ``heading``, ``cell`` (its text), ``value`` (the
    input it met) and ``place`` belong to the cell that stopped it.
    """

    rule: str
    holds: bool
    fired: bool
    heading: str | None = None
    cell: str | None = None
    value: Value = None
    place: Place = Place()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "rule": self.rule,
            "holds": self.holds,
            "fired": self.fired,
            "heading": self.heading,
            "text": self.cell,
            "value": jsonable(self.value),
            "sheet": self.place.sheet,
            "cell": self.place.cell,
        }

    def __str__(self) -> str:
        if self.fired:
            return f"{self.rule}: fired"
        if self.holds:
            return f"{self.rule}: holds, but another rule came before it"
        where = "!".join(part for part in (self.place.sheet, self.place.cell) if part)
        stopped = f"stopped at {where}: " if where else "stopped: "
        return f"{self.rule}: {stopped}{self.heading} is {show(self.value)}, the cell says {self.cell}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision explained: one line a rule, in the order of the sheet, under A by id as in the decision."""

    table: str
    version: str
    inputs: dict[str, Value]
    rules: tuple[RuleExplanation, ...]
    diagnostics: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "table": self.table,
            "version": self.version,
            "inputs": {heading: jsonable(value) for heading, value in self.inputs.items()},
            "rules": [rule.to_dict() for rule in self.rules],
            "diagnostics": list(self.diagnostics),
        }

    def __str__(self) -> str:
        """The table, its inputs, then one line a rule."""
        lines = [f"{self.table} (version {self.version[:12]})"]
        lines += [f"  {heading} = {show(value)}" for heading, value in self.inputs.items()]
        lines += [str(rule) for rule in self.rules]
        lines += [f"diagnostic: {code}" for code in self.diagnostics]
        return "\n".join(lines)


def explain_rules(
    model: TableModel,
    context: Context,
    values: Sequence[Value],
    *,
    scope: Scope,
    moment: datetime | None,
    fired: Sequence[str],
) -> tuple[RuleExplanation, ...]:
    """Ask every cell of every rule, in the sheet's order (under A by id): a plain scan, slow and sure."""
    named = set(fired)
    letters = dict(model.columns)
    headings = [column.heading for column in model.inputs] + [column.heading for column in model.conditions]
    explained = []
    rules: Sequence[Rule] = model.rules
    if model.hit_policy is HitPolicy.ANY:
        rules = sorted(rules, key=lambda rule: natural_order(rule.id))
    for rule in rules:
        stopped = _stopping_cell(rule, headings, context, values, scope=scope, moment=moment)
        if stopped is None:
            explained.append(RuleExplanation(rule.id, True, rule.id in named))
            continue
        heading, text, value = stopped
        letter = letters.get(heading)
        cell = f"{letter}{rule.row}" if letter and rule.row else None
        place = Place(model.place.workbook, model.place.sheet, cell)
        explained.append(RuleExplanation(rule.id, False, False, heading, text, value, place))
    return tuple(explained)


def _stopping_cell(
    rule: Rule,
    headings: Sequence[str],
    context: Context,
    values: Sequence[Value],
    *,
    scope: Scope,
    moment: datetime | None,
) -> tuple[str, str, Value] | None:
    """The first cell of a rule that does not hold: its heading, its text, and the value that it met."""
    if moment is not None:
        if rule.effective_from is not None and moment < rule.effective_from:
            return EFFECTIVE_FROM, rule.effective_from.isoformat(), moment
        if rule.effective_to is not None and moment >= rule.effective_to:
            return EFFECTIVE_TO, rule.effective_to.isoformat(), moment
    for position, test in enumerate((*rule.tests, *rule.conditions)):
        if isinstance(test, AnyValue):
            continue
        value = values[position] if position < len(values) else None
        if compile_test(test, context)(value, scope) is not True:
            return headings[position], show_test(test), value
    return None


def show(value: Value) -> str:
    """A value as one would type it into a cell."""
    if value is None:
        return "null"
    if isinstance(value, str):
        plain = value and value not in ("-", "null", "empty") and not set(value) & set('",;<>[]()=')
        return value if plain else '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(show(item) for item in value) + "]"
    return str(jsonable(value))


def show_test(test: Test) -> str:
    """A test as one would type it into a cell."""
    match test:
        case AnyValue():
            return "-"
        case IsNull():
            return "empty"
        case Compare(operator="="):
            return (
                _show_operand(test.operand) if isinstance(test.operand, Literal) else f"= {_show_operand(test.operand)}"
            )
        case Compare():
            return f"{test.operator} {_show_operand(test.operand)}"
        case Interval():
            low, high = _show_operand(test.low), _show_operand(test.high)
            return f"{'[' if test.low_closed else '('}{low}..{high}{']' if test.high_closed else ')'}"
        case OneOf():
            return _show_all(test.tests)
        case Not(tests=(IsNull(),)):
            return "not empty"
        case Not():
            return f"not({_show_all(test.tests)})"
        case AnyOf():
            return f"any of {_show_all(test.tests)}"
        case AllOf():
            return f"all of {_show_all(test.tests)}"
        case NoneOf():
            return f"none of {_show_all(test.tests)}"
        case Condition():
            return test.expression.source


def _show_all(tests: tuple[Test, ...]) -> str:
    return ", ".join(show_test(test) for test in tests)


def _show_operand(operand: Operand) -> str:
    match operand:
        case Literal():
            return show(operand.value)
        case PropertyRef():
            return f"property.{operand.name}"
        case InputRef():
            return operand.heading
        case Expression():
            return operand.source
