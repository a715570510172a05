"""Output cells: one whole value of the column's type, lists only where the type is one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from forewarn.decision_tables.grid import Cell, CellError, Native
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.sheet_dialect import parse_output_cell, parse_values_cell
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value
from forewarn.errors import Place

STRING, NUMBER, BOOLEAN = Type(Kind.STRING), Type(Kind.NUMBER), Type(Kind.BOOLEAN)
STRINGS, NUMBERS = Type(Kind.STRING, is_list=True), Type(Kind.NUMBER, is_list=True)
LENGTH = Type(Kind.DAYS_AND_TIME_DURATION)


def cell(value: Native) -> Cell:
    """A cell with a native value."""
    return Cell(value, str(value), Place())


GOOD: list[tuple[str, Native, Type, Value]] = [
    ("text", "Network Coordinators", STRING, "Network Coordinators"),
    ("trimmed", " Triage ", STRING, "Triage"),
    ("a comma does not split", "Fixed, tested; closed", STRING, "Fixed, tested; closed"),
    ("an operator is text", "< 5", STRING, "< 5"),
    ("a bracket is text", "not(a)", STRING, "not(a)"),
    ("a quote inside is text", 'say "hi"', STRING, 'say "hi"'),
    ("quoted null", '"null"', STRING, "null"),
    ("quoted dash", '"-"', STRING, "-"),
    ("leading quote", r'"\"a\""', STRING, '"a"'),
    ("quoted equals", '"=a"', STRING, "=a"),
    ("blank", None, STRING, None),
    ("null", "null", NUMBER, None),
    ("empty", "empty", STRING, None),
    ("empty text", '""', STRING, ""),
    ("native number", Decimal("1.50"), NUMBER, Decimal("1.5")),
    ("typed number", "-1.5", NUMBER, Decimal("-1.5")),
    ("yes", "YES", BOOLEAN, True),
    ("date", "2026-02-01", Type(Kind.DATE), date(2026, 2, 1)),
    ("duration", "4h", LENGTH, timedelta(hours=4)),
    ("business days", "2 business days", LENGTH, BusinessDuration(Decimal(2), "days")),
    ("list", "a, b; c", STRINGS, ("a", "b", "c")),
    ("list of one", "a", STRINGS, ("a",)),
    ("list with quotes", '"a, b", c', STRINGS, ("a, b", "c")),
    ("list of numbers", "1; 2", NUMBERS, (Decimal(1), Decimal(2))),
    ("native number in a list", Decimal(1), NUMBERS, (Decimal(1),)),
]


@pytest.mark.parametrize(("value", "type", "meaning"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_good_output_cell_is_one_value(value: Native, type: Type, meaning: Value) -> None:
    """An output is taken whole; null, quotes and lists as the contract says."""
    assert parse_output_cell(cell(value), type).value == meaning


BAD: list[tuple[str, Native, Type, str]] = [
    ("dash", "-", STRING, "FW201"),
    ("dash in a number column", "-", NUMBER, "FW201"),
    ("dash in a list", "a, -", STRINGS, "FW201"),
    ("other case of null", "Null", STRING, "FW204"),
    ("open quote", '"a', STRING, "FW201"),
    ("text behind a quote", '"a" b', STRING, "FW201"),
    ("native number in text", Decimal(7), STRING, "FW205"),
    ("decimal comma", "1,5", NUMBER, "FW210"),
    ("two numbers", "1, 5", NUMBER, "FW202"),
    ("words in a number column", "high", NUMBER, "FW202"),
    ("equals", "=a", STRING, "FW107"),
    ("error value", CellError("#REF!"), NUMBER, "FW109"),
    ("ambiguous date", "1/2/2026", Type(Kind.DATE), "FW210"),
]


@pytest.mark.parametrize(("value", "type", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_output_cell_is_refused_with_its_code(value: Native, type: Type, code: str) -> None:
    """A wrong output is an error with a code, never another value."""
    with pytest.raises(CellProblem) as caught:
        parse_output_cell(cell(value), type)
    assert caught.value.code.code == code


def test_each_element_of_a_list_must_be_allowed() -> None:
    """Allowed values of a list column are about its elements."""
    allowed = parse_values_cell(cell("a, b"), STRINGS)
    assert parse_output_cell(cell("b, a"), STRINGS, allowed=allowed).value == ("b", "a")
    with pytest.raises(CellProblem) as caught:
        parse_output_cell(cell("b, c"), STRINGS, allowed=allowed)
    assert caught.value.code.code == "FW203"
