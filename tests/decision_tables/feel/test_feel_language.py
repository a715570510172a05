"""The expression language, by cases worked out from the tables of DMN 1.5 chapter 10."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from forewarn.decision_tables import feel
from forewarn.decision_tables.values import YearsMonths
from forewarn.errors import DecisionError

D = Decimal


def value(text: str, /, **scope: Any) -> Any:
    """The value by the standard's rule that a fault is null."""
    return feel.evaluate(feel.parse_expression(text, set(scope)), scope, strict=False)


def known(text: str, scope: dict[str, Any]) -> Any:
    """The value for names that are no Python words."""
    return feel.evaluate(feel.parse_expression(text, set(scope)), scope, strict=False)


TRUTH = {True: "true", False: "false", None: "null"}
AND = {(True, True): True, (True, None): None, (None, True): None, (None, None): None}
OR = {(False, False): False, (False, None): None, (None, False): None, (None, None): None}


@pytest.mark.parametrize("left", [True, False, None])
@pytest.mark.parametrize("right", [True, False, None])
def test_three_valued_logic(left: bool | None, right: bool | None) -> None:
    """`and` is false where either is false, `or` true where either is true; else null decides (table 50)."""
    assert value(f"{TRUTH[left]} and {TRUTH[right]}") is AND.get((left, right), False)
    assert value(f"{TRUTH[left]} or {TRUTH[right]}") is OR.get((left, right), True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("false and 1", False),
        ("true and 1", None),
        ('true or "x"', True),
        ('false or "x"', None),
        ("not(true)", False),
        ("not(null)", None),
        ('not("x")', None),
        ("(1 < null) or true", True),
    ],
)
def test_logic_with_values_that_are_neither(text: str, expected: bool | None) -> None:
    """What is neither true nor false counts as null, and does not hide a decisive side."""
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", D(7)),
        ("(1 + 2) * 3", D(9)),
        ("10 - 2 - 3", D(5)),
        ("12 / 3 / 2", D(2)),
        ("2 ** 3 ** 2", D(64)),
        ("-2 ** 2", D(4)),
        ("2 ** -1", D("0.5")),
        ("--3", D(3)),
        (".5 + 1.5", D(2)),
        ("1.2e3", D(1200)),
        ("1 / 0", None),
        ("1 + null", None),
        ('1 + "1"', None),
        ('"foo" + "bar"', "foobar"),
        ('"foo" - "bar"', None),
        ("true + 1", None),
        ("1 / 3", D("0.3333333333333333333333333333333333")),
        ("2 / 3", D("0.6666666666666666666666666666666667")),
        ("[5] + 1", D(6)),
    ],
)
def test_arithmetic(text: str, expected: Any) -> None:
    """Left to right, negation binding tightest, 34 digits half-even; kinds that do not combine give null."""
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", True),
        ('1 = "1"', None),
        ("true = 1", None),
        ("null = null", True),
        ("1 = null", False),
        ("1 != null", True),
        ("null < 1", None),
        ('"a" < "b"', True),
        ("true < false", None),
        ("[1, 2] = [1, 2]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [1, null]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 1, b: 2}", False),
        ("[1..5] = [1..5]", True),
        ("[1..5] = [1..5)", False),
        ('date("2026-01-01") < date("2026-01-02")', True),
        ('duration("P1Y") = duration("P12M")', True),
        ('duration("P1Y") = duration("P365D")', None),
        ('time("10:00:00Z") = time("11:00:00+01:00")', True),
        ('time("10:00:00Z") = time("10:00:00")', None),
        ('date and time("2026-01-01T00:00:00Z") > date and time("2025-12-31T23:30:00-01:00")', False),
    ],
)
def test_comparison(text: str, expected: bool | None) -> None:
    """Equality within one kind, null equal to null alone, and an order only where there is one (table 53)."""
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 between 1 and 3", True),
        ("0 between 1 and 3", False),
        ("null between 1 and 3", None),
        ("3 in [1..3]", True),
        ("3 in [1..3)", False),
        ("1 in (1..3]", False),
        ("1 in ]1..3]", False),
        ("3 in [1..3[", False),
        ("5 in (> 3)", True),
        ("5 in < 3", False),
        ("5 in (1, 3, 5)", True),
        ("5 in ([1..2], >= 5)", True),
        ("5 in [1, 3, 5]", True),
        ("[1, 2] in [[1, 2], [3]]", True),
        ("[1, 2] in ([1, 2])", True),
        ("null in (1, null)", True),
        ('"b" in ["a".."c"]', True),
        ("5 in (not_there)", False),
        ("2 between 1 and 3 and true", True),
    ],
)
def test_membership(text: str, expected: bool | None) -> None:
    """`between` and `in` with values, lists, ranges in every bracket form, and unary tests (tables 54 and 55)."""
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if true then 1 else 2", D(1)),
        ("if null then 1 else 2", D(2)),
        ("for i in [1, 2, 3] return i * i", (D(1), D(4), D(9))),
        ("for i in 3..1 return i", (D(3), D(2), D(1))),
        ("for i in [1..3] return i", (D(1), D(2), D(3))),
        ("for i in (1..3) return i", (D(2),)),
        ("for i in [1, 2], j in [10, 20] return i + j", (D(11), D(21), D(12), D(22))),
        ("for i in 1..5 return if i = 1 then 1 else i * partial[-1]", (D(1), D(2), D(6), D(24), D(120))),
        ('count(for d in @"2026-01-01"..@"2026-01-03" return d)', D(3)),
        ("some x in [1, 2] satisfies x > 1", True),
        ("every x in [1, 2] satisfies x > 1", False),
        ("some x in [] satisfies x > 1", False),
        ("every x in [] satisfies x > 1", True),
        ("some x in [null, 3] satisfies x > 1", True),
        ("every x in [null, 3] satisfies x > 1", None),
        ("[1, 2, 3, 4][item > 2]", (D(3), D(4))),
        ("[1, 2, 3][1]", D(1)),
        ("[1, 2, 3][-1]", D(3)),
        ("[1, 2, 3][4]", None),
        ("[1, 2, 3][0]", None),
        ("5[1]", D(5)),
        ("5[item > 9]", ()),
        ('[{n: "a", v: 1}, {n: "b", v: 2}][v > 1].n', ("b",)),
        ("[{a: 1}, {a: 2}].a", (D(1), D(2))),
        ("{a: 1, b: a + 1}.b", D(2)),
        ("{a: {b: {c: 7}}}.a.b.c", D(7)),
        ("{a: 1}.b", None),
        ("(function(a, b) a - b)(5, 3)", D(2)),
        ("(function(a, b) a - b)(b: 5, a: 3)", D(-2)),
        ("(function(a: number) a)(true)", None),
        ("{twice: function(x) x * 2, r: twice(4)}.r", D(8)),
        ("1 instance of number", True),
        ('"a" instance of number', False),
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ("[1..2] instance of range<number>", True),
        ("null instance of number", False),
        ('@"P1Y" instance of years and months duration', True),
        ('@"2026-01-01T10:00:00" instance of date and time', True),
        ("1 /* one */ + // and\n 2", D(3)),
    ],
)
def test_control_and_access(text: str, expected: Any) -> None:
    """Conditions, loops, quantifiers, filters, paths, functions and `instance of` (tables 49 to 52, 61 to 64)."""
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
        ('date("2024-02-29") + duration("P1Y")', date(2025, 2, 28)),
        ('date("2026-03-01") - duration("P1D")', date(2026, 2, 28)),
        ('date("2026-03-01") - date("2026-02-01")', timedelta(days=28)),
        ('duration("P1Y2M") + duration("P10M")', YearsMonths(24)),
        ('duration("P1Y") * 1.5', YearsMonths(18)),
        ('duration("P1Y") / duration("P1M")', D(12)),
        ('duration("P1D") / 2', timedelta(hours=12)),
        ('duration("PT1H") / duration("PT30M")', D(2)),
        ('duration("P1Y") + duration("P1D")', None),
        ('-duration("PT1H")', timedelta(hours=-1)),
        ('string(time("23:00:00") + duration("PT2H"))', "01:00:00"),
        ('string(@"2026-01-01T23:00:00" + @"PT2H")', "2026-01-02T01:00:00"),
        ('@"2026-01-01T00:00:00Z" - @"2025-12-31T23:00:00Z"', timedelta(hours=1)),
        ('@"2026-01-01T00:00:00Z" - @"2025-12-31T23:00:00"', None),
        ('time("10:00:00") - time("09:30:00")', timedelta(minutes=30)),
        ('years and months duration(date("2011-12-22"), date("2013-08-24"))', YearsMonths(20)),
        ('years and months duration(date("2013-08-24"), date("2011-12-22"))', YearsMonths(-20)),
        ('date("2026-02-30")', None),
        ('date("2026-12-31").weekday', D(4)),
        ('@"P2DT3H4M5S".hours', D(3)),
        ('@"P1Y6M".months', D(6)),
        ('@"10:20:30.5".second', D("30.5")),
        ('@"2026-07-01T10:00:00@Europe/Paris".time offset', timedelta(hours=2)),
        ('@"2026-07-01T10:00:00@Europe/Paris".timezone', "Europe/Paris"),
        ('string(@"2026-03-28T12:00:00@Europe/Paris" + @"P1D")', "2026-03-29T13:00:00@Europe/Paris"),
    ],
)
def test_dates_times_and_durations(text: str, expected: Any) -> None:
    """Calendar arithmetic (tables 57 to 60): months clamp to the month's end, zoned moments count elapsed time."""
    assert value(text) == expected


def test_names_hold_spaces_and_signs() -> None:
    """The longest known name wins, whatever characters it has; the rest is operators."""
    scope = {
        "Years": D(1),
        "Years of Service": D(20),
        "Base - Days": D(3),
        "Base": D(100),
        "Approved/Declined": "Approved",
        "Date and Time": D(9),
        "if done": D(4),
        "in": D(5),
    }
    assert known("Years of Service + Years", scope) == 21
    assert known("Years   of\n Service * 2", scope) == 40
    assert known("Base - Days", scope) == 3
    assert known("Base -  Years", scope) == 99
    assert known('Approved/Declined = "Approved"', scope) is True
    assert known("Date and Time + 1", scope) == 10
    assert known("if done + 1", scope) == 5
    assert known("24h cover + # of cases (open)", {"24h cover": D(2), "# of cases (open)": D(3)}) == 5


def test_unknown_words_in_a_row_are_one_name() -> None:
    """A name that nobody knows is null, with a diagnostic that says so, and never a syntax error."""
    told: list[str] = []
    expression = feel.parse_expression("Monthly Income + 1", ())
    assert feel.evaluate(expression, {}, strict=False, diagnostics=told) is None
    assert told == ["there is nothing named 'Monthly Income'"]


def test_strict_evaluation_raises_where_the_standard_gives_null() -> None:
    """Strict, a wrong type is an error that says what and where; null alone goes on as null."""
    expression = feel.parse_expression('Age + "a"', {"Age"})
    with pytest.raises(DecisionError, match=r"cannot compute number \+ string in 'Age \+ \"a\"'"):
        feel.evaluate(expression, {"Age": 1}, strict=True)
    assert feel.evaluate(expression, {"Age": None}, strict=True) is None


def test_values_of_a_scope_are_lifted() -> None:
    """Integers, floats, lists and mappings of the caller count as decimals, lists and contexts."""
    assert value("a + b", a=1, b=0.1) == D("1.1")
    assert value("c[2].d", c=[1, {"d": 2}]) == D(2)


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "(1",
        "[1",
        '"open',
        "{a 1}",
        "if true then 1",
        "for x return 1",
        "1 2",
        "a.",
        "@1",
        "function(x) external {}",
        "1 §",
    ],
)
def test_what_is_no_feel_is_a_syntax_error(text: str) -> None:
    """A syntax error is a known error with the position where it shows."""
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.parse_expression(text, ())
    assert 0 <= caught.value.position <= len(text)


def test_string_escapes() -> None:
    """The escapes of the grammar, by code unit and by code point."""
    assert value(r'"a\"b\\c\nd\te\u00e9\U01F40E\uD83D\uDC0E"') == 'a"b\\c\nd\teé🐎🐎'
