"""The cells of a table as FEEL entries: what a test or an output of any dialect says, in the standard's words."""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.decision_tables.feel.builtins.conversion import literal
from forewarn.decision_tables.feel.lexing import quote
from forewarn.decision_tables.feel.printing import show
from forewarn.decision_tables.feel.runtime import FeelError
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
from forewarn.errors import ForewarnError

PROPERTIES = "property"
"""The name of the decision that carries the properties which a workbook's cells name."""

Renamed = Mapping[str, str]
"""FEEL text for the names that a sheet's cells use: headings, and bound names."""


def unary_tests(test: Test, renamed: Renamed) -> str:
    """An input entry. Raises `ForewarnError` for business time, which FEEL does not know."""
    match test:
        case OneOf(tests):
            return ", ".join(_single(one, renamed) for one in tests)
        case Not(tests):
            return f"not({', '.join(_single(one, renamed) for one in tests)})"
        case _:
            return _single(test, renamed)


def condition(test: Test, renamed: Renamed) -> str:
    """A cell of a condition column, as entry of an input whose expression is ``true``."""
    match test:
        case Condition(expression):
            return expression_text(expression, renamed)
        case _:
            return "-"


def result(cell: Literal | Expression, renamed: Renamed) -> str:
    """An output entry. Raises `ForewarnError` for business time."""
    return value_text(cell.value) if isinstance(cell, Literal) else expression_text(cell, renamed)


def expression_text(expression: Expression, renamed: Renamed) -> str:
    """An expression; as it was written where it needs no other names."""
    return show(expression.tree, renamed) if renamed else expression.source


def value_text(value: Value) -> str:
    """A literal. Raises `ForewarnError` for business time."""
    try:
        return literal(value)
    except FeelError as error:
        raise ForewarnError(
            f"{value!r} cannot be written as DMN: {error}", hint="business time has no form in the standard"
        ) from error


def _single(test: Test, renamed: Renamed) -> str:
    match test:
        case AnyValue():
            return "-"
        case IsNull():
            return "null"
        case Compare(operator, operand):
            return _comparison(operator, operand, renamed)
        case Interval(low, high, low_closed, high_closed):
            ends = f"{_operand(low, renamed)}..{_operand(high, renamed)}"
            return f"{'[' if low_closed else '('}{ends}{']' if high_closed else ')'}"
        case OneOf() | Not():
            return f"? in ({unary_tests(test, renamed)})" if isinstance(test, OneOf) else _negated(test, renamed)
        case AnyOf(tests):
            return _some(tests, renamed)
        case AllOf(tests):
            return " and ".join(f"({_some((one,), renamed)})" for one in tests)
        case NoneOf(tests):
            return f"({_some(tests, renamed)}) = false"
        case Condition(expression):
            return expression_text(expression, renamed)


def _comparison(operator: str, operand: Operand, renamed: Renamed) -> str:
    bound = _operand(operand, renamed)
    if operator in {"=", "!="}:
        if isinstance(operand, Literal):
            return bound if operator == "=" else f"? != {bound}"
        # A sheet's null bound matches nothing, where FEEL would find null equal to null.
        return f"{bound} != null and ? {operator} {bound}"
    return f"{operator} {bound}"


def _negated(test: Not, renamed: Renamed) -> str:
    return f"not(? in ({', '.join(_single(one, renamed) for one in test.tests)}))"


def _some(tests: tuple[Test, ...], renamed: Renamed) -> str:
    return f"some one in ? satisfies one in ({', '.join(_single(test, renamed) for test in tests)})"


def _operand(operand: Operand, renamed: Renamed) -> str:
    match operand:
        case Literal(value):
            return value_text(value)
        case PropertyRef(name):
            return f"get value({PROPERTIES}, {quote(name)})"
        case InputRef(heading):
            return renamed.get(heading, heading)
        case Expression():
            return expression_text(operand, renamed)
