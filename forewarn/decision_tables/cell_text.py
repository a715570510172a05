"""The cell language written: tests and constants as the text that `sheet_dialect` reads back to the same."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from forewarn.decision_tables.decision import iso_duration, jsonable
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.sheet_dialect import parse_input_cell, parse_output_cell
from forewarn.decision_tables.splitting import quote
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
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value, YearsMonths
from forewarn.errors import ForewarnError, Place


class NotInSheets(ForewarnError):
    """A test or value that the cell language of sheets has no words for."""


def input_text(test: Test, type: Type) -> str:
    """The text of an input cell. Raises `NotInSheets`."""
    element = Type(type.kind)
    match test:
        case AnyValue():
            return "-"
        case Not(tests=(IsNull(),)):
            return "not(null)"
        case Not() if not type.is_list:
            return f"not({_listed(test.tests, element)})"
        case AnyOf() | AllOf() | NoneOf() if type.is_list:
            word = "any" if isinstance(test, AnyOf) else "all" if isinstance(test, AllOf) else "none"
            return f"{word} of {_listed(test.tests, element)}"
        case IsNull():
            return "null"
        case OneOf() if not type.is_list:
            return _listed(test.tests, element)
        case Condition():
            return test.expression.source
        case Compare() | Interval() if not type.is_list:
            return _part(test, element)
        case _:
            raise NotInSheets(f"a sheet has no words for {test} in a column of type {type}")


def output_text(cell: Literal | Expression, type: Type) -> str:
    """The text of an output cell. Raises `NotInSheets`."""
    if isinstance(cell, Expression):
        return cell.source
    if cell.value is None:
        return "null"
    if not type.is_list:
        return constant_text(cell.value, type.kind)
    if not isinstance(cell.value, tuple) or not cell.value:
        raise NotInSheets(f"a sheet has no words for {cell.value!r} in a column of type {type}")
    return ", ".join(_list_element(value, type.kind) for value in cell.value)


def expression_text(cell: Literal | Expression) -> str:
    """The text of a cell in a ``Then expression`` column, where constants are FEEL. Raises `NotInSheets`."""
    return cell.source if isinstance(cell, Expression) else _feel_text(cell.value)


def constant_text(value: Value, kind: Kind) -> str:
    """One constant as text, in quotes only where it would be read as something else. Raises `NotInSheets`."""
    if isinstance(value, str):
        return value if _reads_back(value, kind) else quote(value)
    if kind is Kind.ANY and isinstance(value, date | time | timedelta | YearsMonths):
        return _feel_text(value)
    return _plain_text(value)


def value_text(value: Value, type: Type) -> str:
    """One constant of a column, null included. Raises `NotInSheets`."""
    return "null" if value is None else constant_text(value, type.kind)


def _plain_text(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            # As a decision shows it: a table that is written and read again has the same version.
            return str(jsonable(value))
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return iso_duration(value)
        case YearsMonths():
            sign = "-" if value.months < 0 else ""
            return f"{sign}P{abs(value.months) // 12}Y{abs(value.months) % 12}M"
        case BusinessDuration():
            return f"{value.amount:f} business {value.unit}"
        case _:
            raise NotInSheets(f"a sheet has no words for {value!r}")


def _feel_text(value: Value) -> str:
    match value:
        case None:
            return "null"
        case str():
            return quote(value)
        case datetime():
            return f'date and time("{value.isoformat()}")'
        case date():
            return f'date("{value.isoformat()}")'
        case time():
            return f'time("{value.isoformat()}")'
        case timedelta() | YearsMonths():
            return f'duration("{_plain_text(value)}")'
        case tuple():
            return f"[{', '.join(map(_feel_text, value))}]"
        case _:
            return _plain_text(value)


def _reads_back(text: str, kind: Kind) -> bool:
    """Whether a text without quotes is read as itself: alone, first and last in a list, and in an output cell."""
    wanted, other = Compare("=", Literal(text)), Compare("=", Literal("x"))
    tests: list[tuple[str, Test]] = [
        (text, wanted),
        (f"not({text}, x)", Not((wanted, other))),
        (f"not(x, {text})", Not((other, wanted))),
    ]
    try:
        return all(parse_input_cell(_cell(written), Type(kind)) == test for written, test in tests) and (
            parse_output_cell(_cell(text), Type(kind)) == Literal(text)
        )
    except CellProblem:
        return False


def _cell(text: str) -> Cell:
    return Cell(text, text, Place())


def _list_element(value: Value, kind: Kind) -> str:
    return "null" if value is None else constant_text(value, kind)


def _listed(tests: tuple[Test, ...], element: Type) -> str:
    if not tests:
        raise NotInSheets("a sheet has no words for an empty list of values")
    return ", ".join(_part(test, element) for test in tests)


def _part(test: Test, element: Type) -> str:
    match test:
        case IsNull():
            return "null"
        case Compare(operator="=", operand=Literal(value=value)) if value is not None:
            return constant_text(value, element.kind)
        case Compare(operator="<" | "<=" | ">" | ">=") if element.kind is not Kind.BOOLEAN:
            return f"{test.operator} {_operand(test.operand, element)}"
        case Interval() if element.kind is not Kind.BOOLEAN:
            opening, closing = "[" if test.low_closed else "(", "]" if test.high_closed else ")"
            return f"{opening}{_operand(test.low, element)}..{_operand(test.high, element)}{closing}"
        case _:
            raise NotInSheets(f"a sheet has no words for {test}")


def _operand(operand: Operand, element: Type) -> str:
    match operand:
        case PropertyRef():
            return f"property.{operand.name}"
        case InputRef():
            return operand.heading
        case Literal(value=str() as text):
            return quote(text)
        case Literal(value=value) if value is not None:
            return constant_text(value, element.kind)
        case _:
            raise NotInSheets(f"a sheet has no words for the bound {operand}")
