"""The built-in functions, by cases worked out from DMN 1.5 §10.3.4."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from forewarn.decision_tables import feel
from forewarn.decision_tables.values import YearsMonths

D = Decimal


def value(text: str) -> Any:
    """The value by the standard's rule that a fault is null."""
    return feel.evaluate(feel.parse_expression(text, ()), {}, strict=False)


def numbers(*given: int) -> tuple[Decimal, ...]:
    """A list of numbers."""
    return tuple(D(one) for one in given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('substring("foobar", 3)', "obar"),
        ('substring("foobar", 3, 3)', "oba"),
        ('substring("foobar", -2, 1)', "a"),
        ('substring("foobar", 0)', None),
        (r'substring("\U01F40Eab", 2)', "ab"),
        ('string length("foo")', D(3)),
        (r'string length("\U01F40Eab")', D(3)),
        ('upper case("aBc4")', "ABC4"),
        ('lower case("aBc4")', "abc4"),
        ('substring before("foobar", "bar")', "foo"),
        ('substring before("foobar", "xyz")', ""),
        ('substring after("foobar", "ob")', "ar"),
        ('substring after("", "a")', ""),
        ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
        ('replace("a.b", ".", "-", "q")', "a-b"),
        ('replace("abc", "B", "x", "i")', "axc"),
        ('contains("foobar", "of")', False),
        ('starts with("foobar", "fo")', True),
        ('ends with("foobar", "r")', True),
        ('matches("foobar", "^fo*b")', True),
        ('matches("foobar", "^Fo*bar$", "i")', True),
        ('matches("a", "(")', None),
        ('matches("a", "a", "z")', None),
        ('split("John Doe", "\\\\s")', ("John", "Doe")),
        ('split("a;b;c;;", ";")', ("a", "b", "c", "", "")),
        ('string join(["a", null, "c"], "-")', "a-c"),
        ('string join(["a"], "X")', "a"),
        ("string length(null)", None),
        ("string length(1)", None),
        ('contains(match: "o", string: "foo")', True),
        ('substring(string: "foobar", start position: 4)', "bar"),
    ],
)
def test_string_functions(text: str, expected: Any) -> None:
    """Positions count characters from 1 or from the end; patterns are those of XPath."""
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list contains([1, 2, null], null)", True),
        ('list contains([1], "1")', False),
        ("count([1, 2, 3])", D(3)),
        ("count([])", D(0)),
        ("min([1, 2, 3])", D(1)),
        ("min(3, 2, 1)", D(1)),
        ("max([])", None),
        ('max("a", "c", "b")', "c"),
        ('max(1, "c")', None),
        ("sum([1, 2, 3])", D(6)),
        ("sum(1, 2)", D(3)),
        ("sum([])", None),
        ('sum([1, "a"])', None),
        ('sum([@"PT1H", @"PT2H"])', timedelta(hours=3)),
        ("mean([1, 2, 3, 4])", D("2.5")),
        ("all([true, null])", None),
        ("all([false, null])", False),
        ("all([])", True),
        ("any([true, null])", True),
        ("any([])", False),
        ("sublist([4, 5, 6], 1, 2)", numbers(4, 5)),
        ("sublist([4, 5, 6], -2)", numbers(5, 6)),
        ("sublist([4, 5, 6], 4)", None),
        ("append([1], 2, 3)", numbers(1, 2, 3)),
        ("concatenate([1, 2], [3])", numbers(1, 2, 3)),
        ("insert before([1, 3], 1, 2)", numbers(2, 1, 3)),
        ("insert before([1, 3], 5, 2)", None),
        ("remove([1, 2, 3], 2)", numbers(1, 3)),
        ("remove([1, 2, 3], -1)", numbers(1, 2)),
        ("list replace([2, 4, 7, 8], 3, 6)", numbers(2, 4, 6, 8)),
        ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", numbers(5, 5, 7, 8)),
        ("reverse([1, 2, 3])", numbers(3, 2, 1)),
        ("index of([1, 2, 3, 2], 2)", numbers(2, 4)),
        ("union([1, 2], [2, 3])", numbers(1, 2, 3)),
        ("distinct values([1, 2, 3, 2, 1])", numbers(1, 2, 3)),
        ("distinct values([1, true, 1.0])", (D(1), True)),
        ("flatten([[1, 2], [[3]], 4])", numbers(1, 2, 3, 4)),
        ("product([2, 3, 4])", D(24)),
        ("median(8, 2, 5, 3, 4)", D(4)),
        ("median([6, 1, 2, 3])", D("2.5")),
        ("median([])", None),
        ("stddev(2, 4, 7, 5)", D("2.081665999466132735282297706979931")),
        ("mode(6, 3, 9, 6, 6)", numbers(6)),
        ("mode([6, 1, 9, 6, 1])", numbers(1, 6)),
        ("mode([])", ()),
        ("sort([3, 1, 2], function(x, y) x > y)", numbers(3, 2, 1)),
        ('sort(list: ["b", "a"], precedes: function(x, y) x < y)', ("a", "b")),
    ],
)
def test_list_functions(text: str, expected: Any) -> None:
    """Functions of lists take a list, and most of them its items too; positions outside give null."""
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decimal(1/3, 2)", D("0.33")),
        ("decimal(1.5, 0)", D(2)),
        ("decimal(2.5, 0)", D(2)),
        ("decimal(1234, -2)", D(1200)),
        ("floor(-1.5)", D(-2)),
        ("floor(-1.56, 1)", D("-1.6")),
        ("ceiling(1.56, 1)", D("1.6")),
        ("ceiling(-1.5)", D(-1)),
        ("round up(5.5, 0)", D(6)),
        ("round up(-5.5, 0)", D(-6)),
        ("round down(-5.5, 0)", D(-5)),
        ("round half up(-5.5, 0)", D(-6)),
        ("round half down(5.5, 0)", D(5)),
        ("abs(-10)", D(10)),
        ('abs(@"-PT5H")', timedelta(hours=5)),
        ("modulo(12, 5)", D(2)),
        ("modulo(-12, 5)", D(3)),
        ("modulo(12, -5)", D(-3)),
        ("modulo(10.1, -4.5)", D("-3.4")),
        ("modulo(1, 0)", None),
        ("sqrt(16)", D(4)),
        ("sqrt(-1)", None),
        ("decimal(log(10), 8)", D("2.30258509")),
        ("decimal(exp(5), 8)", D("148.41315910")),
        ("odd(5)", True),
        ("even(-2)", True),
        ("odd(1.5)", None),
        ("random number()", None),
    ],
)
def test_numeric_functions(text: str, expected: Any) -> None:
    """Rounding to a scale, modulo with the divisor's sign, and no chance."""
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('number("1 000,0", " ", ",")', D(1000)),
        ('number("1,000.5", ",", ".")', D("1000.5")),
        ('number("1.000", ".", ".")', None),
        ('number("x")', None),
        ('number("-1.5")', D("-1.5")),
        ("string(1.10)", "1.1"),
        ("string(1e3)", "1000"),
        ("string(null)", None),
        ('string(@"P1DT0H")', "P1D"),
        ('string(@"PT0S")', "PT0S"),
        ('string(@"-P14M")', "-P1Y2M"),
        ('string([1, "a", null, {b: true}])', '[1, "a", null, {b: true}]'),
        ('string(date("2026-01-05"))', "2026-01-05"),
        ('string(time("10:00:00.250Z"))', "10:00:00.250000Z"),
        ("date(2026, 1, 5)", date(2026, 1, 5)),
        ('date(@"2026-01-05T10:00:00Z")', date(2026, 1, 5)),
        ('time(@"2026-01-05T10:00:00")', time(10)),
        ('time(10, 20, 30, @"PT0S")', time(10, 20, 30, tzinfo=UTC)),
        ('time("25:00:00")', None),
        ('date and time(@"2026-01-05", @"10:00:00Z")', datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ('date and time("2026-01-05")', datetime(2026, 1, 5)),  # noqa: DTZ001 - FEEL has moments without zone
        ('duration("P1Y2M")', YearsMonths(14)),
        ('duration("P1Y2D")', None),
        ('duration("P")', None),
        ('duration("PT")', None),
        ('context([{key: "a", value: 1}])', {"a": D(1)}),
        ('context([{key: "a", value: 1}, {key: "a", value: 2}])', None),
        ('get value({a: 1}, "a")', D(1)),
        ("get entries({a: 1})", ({"key": "a", "value": D(1)},)),
        ('context put({a: 1}, "b", 2)', {"a": D(1), "b": D(2)}),
        ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": D(2)}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": D(2), "b": D(3)}),
        ('day of year(@"2019-09-17")', D(260)),
        ('day of week(@"2019-09-17")', "Tuesday"),
        ('month of year(@"2019-09-17")', "September"),
        ('week of year(@"2005-01-01")', D(53)),
        ('is(@"12:00:00Z", @"13:00:00+01:00")', False),
        ('is(@"12:00:00Z", @"12:00:00Z")', True),
        ('is(1, "1")', False),
        ("now()", None),
    ],
)
def test_conversion_context_and_date_functions(text: str, expected: Any) -> None:
    """Conversions from text and parts, contexts, and what the calendar says."""
    assert value(text) == expected


RANGES = [
    ("before(1, 10)", True),
    ("before(1, [1..10])", False),
    ("before(1, (1..10])", True),
    ("before([1..10), 10)", True),
    ("before([1..10], [10..20])", False),
    ("before([1..10), [10..20])", True),
    ("after(12, [1..10])", True),
    ("after((10..20], [1..10])", True),
    ("meets([1..5], [5..10])", True),
    ("meets([1..5), [5..10])", False),
    ("met by([5..10], [1..5])", True),
    ("overlaps([5..10], [1..6])", True),
    ("overlaps([1..5), [5..8])", False),
    ("overlaps before([1..5], [4..10])", True),
    ("overlaps before([1..5), [1..5])", False),
    ("overlaps before([1..5], (1..5])", True),
    ("overlaps after([4..10], [1..5])", True),
    ("overlaps after([1..5], [1..5])", False),
    ("finishes(10, [1..10])", True),
    ("finishes([5..10), [1..10])", False),
    ("finished by([1..10], [5..10])", True),
    ("includes([1..10], 5)", True),
    ("includes((1..10], 1)", False),
    ("includes([1..10], [1..10))", True),
    ("includes([1..10), [1..10])", False),
    ("during(5, [1..10])", True),
    ("during([4..6], [1..10))", True),
    ("starts(1, [1..10])", True),
    ("starts(1, (1..10])", False),
    ("starts([1..5], [1..10])", True),
    ("started by([1..10], [1..5])", True),
    ("coincides(5, 5)", True),
    ("coincides([1..5], (1..5))", False),
    ('range("[1..3)") = [1..3)', True),
    ("[1..3).end included", False),
]


@pytest.mark.parametrize(("text", "expected"), RANGES)
def test_range_functions(text: str, expected: bool) -> None:
    """Allen's relations, with open ends (table 78)."""
    assert value(text) is expected


def test_now_and_today_read_the_clock_that_is_given() -> None:
    """The machine's clock never decides."""
    at = datetime(2026, 5, 6, 7, tzinfo=UTC)
    expression = feel.parse_expression("[now(), today()]", ())
    assert feel.evaluate(expression, {}, strict=True, now=at) == (at, at.date())
