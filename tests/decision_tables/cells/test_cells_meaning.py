"""When tests hold: the null rules and orderings by hand-worked cases."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.sheet_dialect import Names, parse_input_cell
from forewarn.decision_tables.values import Kind, Type, Value
from forewarn.errors import DecisionError, Place

STRING, NUMBER = Type(Kind.STRING), Type(Kind.NUMBER)
STRINGS = Type(Kind.STRING, is_list=True)
NAMES = Names(headings={"Other": NUMBER}, properties={"limit": NUMBER})


def check(text: str, type: Type, value: Value, scope: dict[str, Value] | None = None) -> bool:
    """Whether the cell's test holds."""
    return holds(parse_input_cell(Cell(text, text, Place()), type, names=NAMES), value, scope or {})


CASES: list[tuple[str, Type, Value, bool]] = [
    ("-", STRING, None, True),
    ("-", STRING, "x", True),
    ("a", STRING, "a", True),
    ("a", STRING, "b", False),
    ("a", STRING, None, False),
    ("a, b", STRING, "b", True),
    ("null", STRING, None, True),
    ("null", STRING, "", False),
    ('""', STRING, "", True),
    ('""', STRING, None, False),
    ("not(null)", STRING, None, False),
    ("not(null)", STRING, "", True),
    ("not(a)", STRING, None, True),
    ("not(a)", STRING, "a", False),
    ("not(< 5)", NUMBER, None, False),
    ("not(< 5)", NUMBER, Decimal(5), True),
    ("not(< 5)", NUMBER, Decimal(4), False),
    ("< 5", NUMBER, None, False),
    ("not(3, < 1)", NUMBER, None, False),
    ("not(null, < 1)", NUMBER, None, False),
    ("[1..5)", NUMBER, Decimal(1), True),
    ("[1..5)", NUMBER, Decimal(5), False),
    ("(1..5]", NUMBER, Decimal(1), False),
    ("]1..5[", NUMBER, Decimal(5), False),
    ("[1..5]", NUMBER, None, False),
    ("not([1..5])", NUMBER, None, False),
    ("not([1..5])", NUMBER, Decimal(6), True),
    ("5", NUMBER, Decimal("5.00"), True),
    ("any of a, b", STRINGS, ("x", "b"), True),
    ("any of a, b", STRINGS, (), False),
    ("any of a, b", STRINGS, None, False),
    ("all of a, b", STRINGS, ("b", "x", "a"), True),
    ("all of a, b", STRINGS, ("a",), False),
    ("none of a, b", STRINGS, ("x",), True),
    ("none of a, b", STRINGS, (), True),
    ("none of a, b", STRINGS, ("a", "x"), False),
    ("none of a, b", STRINGS, None, False),
]


@pytest.mark.parametrize(("text", "type", "value", "answer"), CASES)
def test_a_test_holds_as_the_contract_says(text: str, type: Type, value: Value, answer: bool) -> None:
    """Null satisfies equality's not, never an ordering or its not; lists hold by their elements."""
    assert check(text, type, value) is answer


def test_a_null_bound_does_not_match() -> None:
    """A bound that is null matches nothing, whichever way it is asked."""
    assert not check("> Other", NUMBER, Decimal(1), {"Other": None})
    assert not check("not(> Other)", NUMBER, Decimal(1), {"Other": None})
    assert check("> Other", NUMBER, Decimal(1), {"Other": Decimal(0)})
    assert check(">= property.limit", NUMBER, Decimal(5), {"property.limit": Decimal(5)})


def test_true_is_not_one() -> None:
    """A boolean never equals a number, nor a number a text."""
    assert not check("1", NUMBER, True)
    assert not check("1", STRING, Decimal(1))


def test_moments_without_zone_stand_in_utc() -> None:
    """A naive moment equals the same moment in UTC."""
    moment = Type(Kind.DATE_AND_TIME)
    assert check("2026-01-01T00:00:00Z", moment, datetime.fromisoformat("2026-01-01T00:00"))
    assert check("<= 2026-01-01T01:00:00+01:00", moment, datetime(2026, 1, 1, tzinfo=UTC))


def test_an_ordering_of_different_types_is_an_error() -> None:
    """What cannot be compared is said, not answered with no."""
    with pytest.raises(DecisionError):
        check("< 5", NUMBER, "4")
