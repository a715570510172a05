"""Input and output cells of strict FEEL."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from forewarn.decision_tables import feel
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Condition,
    Interval,
    IsNull,
    Literal,
    Not,
    OneOf,
    Test,
)
from forewarn.decision_tables.values import Kind, Type

NUMBER, STRING, DATE, BOOLEAN = Type(Kind.NUMBER), Type(Kind.STRING), Type(Kind.DATE), Type(Kind.BOOLEAN)


def equal(value: Any) -> Compare:
    """The test of a bare value."""
    return Compare("=", Literal(Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value))


PLAIN = [
    ("-", NUMBER, AnyValue()),
    ("", STRING, AnyValue()),
    ("5", NUMBER, equal(5)),
    ("-5", NUMBER, equal(-5)),
    ('"a"', STRING, equal("a")),
    ("true", BOOLEAN, equal(True)),
    ("1 + 1", NUMBER, equal(2)),
    ("null", STRING, IsNull()),
    ("not(null)", STRING, Not((IsNull(),))),
    ('"a", "b"', STRING, OneOf((equal("a"), equal("b")))),
    ('not("a", "b")', STRING, Not((equal("a"), equal("b")))),
    ("<= 5", NUMBER, Compare("<=", Literal(Decimal(5)))),
    ("< 1, > 9", NUMBER, OneOf((Compare("<", Literal(Decimal(1))), Compare(">", Literal(Decimal(9)))))),
    ("[1..5)", NUMBER, Interval(Literal(Decimal(1)), Literal(Decimal(5)), True, False)),
    ("]1..5]", NUMBER, Interval(Literal(Decimal(1)), Literal(Decimal(5)), False, True)),
    ("(> 5)", NUMBER, Compare(">", Literal(Decimal(5)))),
    ('date("2026-01-01")', DATE, equal(date(2026, 1, 1))),
    ('> @"2026-01-01"', DATE, Compare(">", Literal(date(2026, 1, 1)))),
    ("[1, 2]", NUMBER, OneOf((equal(1), equal(2)))),
]


@pytest.mark.parametrize(("text", "kind", "expected"), PLAIN, ids=[case[0] or "blank" for case in PLAIN])
def test_constant_cells_are_plain_tests(text: str, kind: Type, expected: Test) -> None:
    """What needs nothing but the input's value becomes the class that the index compiles."""
    assert feel.parse_unary_tests(text, (), kind) == expected


CONDITIONS: list[tuple[str, Any, dict[str, Any], bool | None]] = [
    ("> Limit", 6, {"Limit": 5}, True),
    ("> Limit", 5, {"Limit": 5}, False),
    ("> Limit", 5, {"Limit": None}, None),
    ("Limit", 5, {"Limit": 5}, True),
    ("not(Limit)", 5, {"Limit": 5}, False),
    ("not(Limit)", 4, {"Limit": 5}, True),
    ("[Limit - 1..Limit + 1]", 4, {"Limit": 5}, True),
    ("not([Limit - 1..Limit + 1])", 4, {"Limit": 5}, False),
    ("? > 3 and ? < 9", 5, {"Limit": 0}, True),
    ("? * 2 = 10", 5, {"Limit": 0}, True),
    ("not(? > 3)", 5, {"Limit": 0}, False),
    ("not(? > 3)", None, {"Limit": 0}, None),
    ('"5"', 5, {"Limit": 0}, None),
    ("Limit", (1, 2), {"Limit": ((1, 2), (3,))}, True),
    ("Limit", 2, {"Limit": (1, 2)}, True),
    ("Limit", 3, {"Limit": (1, 2)}, False),
]


@pytest.mark.parametrize(("text", "value", "scope", "expected"), CONDITIONS)
def test_other_cells_are_conditions(text: str, value: Any, scope: dict[str, Any], expected: bool | None) -> None:
    """Names, `?` and values of another type make a boolean expression over the input's own name."""
    test = feel.parse_unary_tests(text, scope, NUMBER, subject="My input")
    assert isinstance(test, Condition)
    given = {"My input": value, **scope}
    assert feel.evaluate(test.expression, given, strict=False) is expected
    # The source alone says the same: it is what a sheet shows.
    again = feel.parse_expression(test.expression.source, given)
    assert feel.evaluate(again, given, strict=False) is expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [("not(< 5)", None, False), ("not(1, 2)", None, True), ("[1..5]", None, False), ("null", None, True)],
)
def test_null_in_cells(text: str, value: Any, expected: bool) -> None:
    """Null satisfies `not` of values; of an ordering nothing is known."""
    test = feel.parse_unary_tests(text, (), NUMBER)
    assert holds(test, value) is expected


def test_output_cells() -> None:
    """A constant is a literal; what reads names, or is no value of a cell, stays an expression."""
    assert feel.parse_output('"High"', ()) == Literal("High")
    assert feel.parse_output("[1, 2]", ()) == Literal((Decimal(1), Decimal(2)))
    assert feel.parse_output('duration("P1D") * 2', ()) != feel.parse_output('"P2D"', ())
    assert not isinstance(feel.parse_output("Age * 2", {"Age"}), Literal)
    assert not isinstance(feel.parse_output("{a: 1}", ()), Literal)
    assert not isinstance(feel.parse_output("now()", ()), Literal)
