"""Input cells: every line of the cell language, good and bad, as data."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from forewarn.decision_tables.cell_remarks import remark
from forewarn.decision_tables.grid import Cell, CellError, Native
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.sheet_dialect import Names, parse_input_cell, parse_output_cell, parse_values_cell
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
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
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value, YearsMonths
from forewarn.errors import Place

STRING, NUMBER, BOOLEAN = Type(Kind.STRING), Type(Kind.NUMBER), Type(Kind.BOOLEAN)
DATE, TIME, MOMENT = Type(Kind.DATE), Type(Kind.TIME), Type(Kind.DATE_AND_TIME)
LENGTH, MONTHS = Type(Kind.DAYS_AND_TIME_DURATION), Type(Kind.YEARS_AND_MONTHS_DURATION)
STRINGS, NUMBERS = Type(Kind.STRING, is_list=True), Type(Kind.NUMBER, is_list=True)


def cell(
    value: Native, shown: str | None = None, *, is_formula: bool = False, number_format: str | None = None
) -> Cell:
    """A cell with a native value and what it shows."""
    return Cell(value, shown if shown is not None else str(value), Place(), is_formula, number_format)


def naive(text: str) -> datetime:
    """A moment without zone, as spreadsheets hold them."""
    return datetime.fromisoformat(text)


def eq(value: Value) -> Compare:
    """What a bare value in a cell means."""
    return Compare("=", Literal(value))


def number(text: str) -> Literal:
    """A number as operand."""
    return Literal(Decimal(text))


NAMES = Names(
    headings={"Other heading": NUMBER, "Opened": DATE, "Name": STRING},
    bound={"incident.other": "Other heading"},
    properties={"limit": NUMBER, "site.limit": NUMBER, "start": DATE},
)

GOOD: list[tuple[str, Native, Type, Test]] = [
    ("dash is any", "-", STRING, AnyValue()),
    ("blank is any", None, NUMBER, AnyValue()),
    ("white space is any", "  ", STRING, AnyValue()),
    ("bare words", "Link failure", STRING, eq("Link failure")),
    ("words are trimmed", "  Link failure ", STRING, eq("Link failure")),
    ("words come in NFC", "Cafe\u0301", STRING, eq("Café")),
    ("commas split", "a, b", STRING, OneOf((eq("a"), eq("b")))),
    ("commas split without spaces", "a,b", STRING, OneOf((eq("a"), eq("b")))),
    ("semicolons split", "a; b", STRING, OneOf((eq("a"), eq("b")))),
    ("both split", "a; b, c", STRING, OneOf((eq("a"), eq("b"), eq("c")))),
    ("quotes keep commas", '"a, b"; c', STRING, OneOf((eq("a, b"), eq("c")))),
    ("brackets keep commas", "x (a, b), c", STRING, OneOf((eq("x (a, b)"), eq("c")))),
    ("quoted dash", '"-"', STRING, eq("-")),
    ("quoted null", '"null"', STRING, eq("null")),
    ("quoted operator", '"< 5"', STRING, eq("< 5")),
    ("quoted quote", r'"say \"hi\""', STRING, eq('say "hi"')),
    ("quoted backslash", r'"C:\\x"', STRING, eq(r"C:\x")),
    ("empty text is not null", '""', STRING, eq("")),
    ("hyphenated words", "SD-WAN", STRING, eq("SD-WAN")),
    ("slashes and dots", "Support/Guidance 2.0", STRING, eq("Support/Guidance 2.0")),
    ("not", "not(a, b)", STRING, Not((eq("a"), eq("b")))),
    ("not with semicolon and space", "not (a; b)", STRING, Not((eq("a"), eq("b")))),
    ("not of a range", "not([1..5))", NUMBER, Not((Interval(number("1"), number("5"), True, False),))),
    ("not of a bracket", "not(], 0)", STRING, Not((eq("]"), eq("0")))),
    ("not of bracketed words", "not(x (a, b), c)", STRING, Not((eq("x (a, b)"), eq("c")))),
    ("not of quoted brackets", 'not(")", "(")', STRING, Not((eq(")"), eq("(")))),
    ("null", "null", STRING, IsNull()),
    ("empty", "empty", NUMBER, IsNull()),
    ("null in a list", "empty, Triage", STRING, OneOf((IsNull(), eq("Triage")))),
    ("not null", "not(null)", STRING, Not((IsNull(),))),
    ("not empty", "not empty", DATE, Not((IsNull(),))),
    ("not(empty)", "not(empty)", NUMBER, Not((IsNull(),))),
    ("native number", Decimal(5), NUMBER, eq(Decimal(5))),
    ("typed number", "5", NUMBER, eq(Decimal(5))),
    ("negative number", "-5", NUMBER, eq(Decimal(-5))),
    ("fraction", "0.25", NUMBER, eq(Decimal("0.25"))),
    ("exponent", "1e3", NUMBER, eq(Decimal(1000))),
    ("numbers with space", "1, 5", NUMBER, OneOf((eq(Decimal(1)), eq(Decimal(5))))),
    ("numbers with semicolon", "1;5", NUMBER, OneOf((eq(Decimal(1)), eq(Decimal(5))))),
    ("less", "< 5", NUMBER, Compare("<", number("5"))),
    ("less without space", "<5", NUMBER, Compare("<", number("5"))),
    ("at most", "<= 5", NUMBER, Compare("<=", number("5"))),
    ("more", "> -5", NUMBER, Compare(">", number("-5"))),
    ("at least", ">= 5", NUMBER, Compare(">=", number("5"))),
    ("not a comparison", "not(< 5)", NUMBER, Not((Compare("<", number("5")),))),
    ("comparisons in a list", "< 5, > 9", NUMBER, OneOf((Compare("<", number("5")), Compare(">", number("9"))))),
    ("closed range", "[1..5]", NUMBER, Interval(number("1"), number("5"), True, True)),
    ("half-open range", "[1..5)", NUMBER, Interval(number("1"), number("5"), True, False)),
    ("open below", "(1..5]", NUMBER, Interval(number("1"), number("5"), False, True)),
    ("reversed brackets", "]1..5[", NUMBER, Interval(number("1"), number("5"), False, False)),
    ("range with spaces", "[ 1 .. 5 ]", NUMBER, Interval(number("1"), number("5"), True, True)),
    ("range of decimals", "[0.5..1.5]", NUMBER, Interval(number("0.5"), number("1.5"), True, True)),
    ("one point", "[5..5]", NUMBER, Interval(number("5"), number("5"), True, True)),
    (
        "ranges in a list",
        "]1..5[, ]7..9], 11",
        NUMBER,
        OneOf(
            (
                Interval(number("1"), number("5"), False, False),
                Interval(number("7"), number("9"), False, True),
                eq(Decimal(11)),
            )
        ),
    ),
    ("text range", '["a".."f")', STRING, Interval(Literal("a"), Literal("f"), True, False)),
    ("property as bound", ">= property.limit", NUMBER, Compare(">=", PropertyRef("limit"))),
    ("dotted property", ">= property.site.limit", NUMBER, Compare(">=", PropertyRef("site.limit"))),
    ("property in a range", "[1..property.limit]", NUMBER, Interval(number("1"), PropertyRef("limit"), True, True)),
    ("other heading", "> Other heading", NUMBER, Compare(">", InputRef("Other heading"))),
    ("other input by bound name", "<= incident.other", NUMBER, Compare("<=", InputRef("Other heading"))),
    ("other date", ">= Opened", DATE, Compare(">=", InputRef("Opened"))),
    ("native true", True, BOOLEAN, eq(True)),
    ("true", "true", BOOLEAN, eq(True)),
    ("Yes", "Yes", BOOLEAN, eq(True)),
    ("FALSE", "FALSE", BOOLEAN, eq(False)),
    ("no", "no", BOOLEAN, eq(False)),
    ("native date", date(2026, 2, 1), DATE, eq(date(2026, 2, 1))),
    ("native midnight as date", naive("2026-02-01T00:00"), DATE, eq(date(2026, 2, 1))),
    ("ISO date", "2026-02-01", DATE, eq(date(2026, 2, 1))),
    ("date call", 'date("2026-02-01")', DATE, eq(date(2026, 2, 1))),
    ("date after", "> 2026-02-01", DATE, Compare(">", Literal(date(2026, 2, 1)))),
    (
        "date range",
        '[2026-01-01..date("2026-02-01"))',
        DATE,
        Interval(Literal(date(2026, 1, 1)), Literal(date(2026, 2, 1)), True, False),
    ),
    ("native time", time(14, 30), TIME, eq(time(14, 30))),
    ("ISO time", "14:30", TIME, eq(time(14, 30))),
    ("time call", 'time("14:30:15")', TIME, eq(time(14, 30, 15))),
    ("native moment", naive("2026-02-01T14:30"), MOMENT, eq(datetime(2026, 2, 1, 14, 30, tzinfo=UTC))),
    ("ISO moment", "2026-02-01T14:30:00Z", MOMENT, eq(datetime(2026, 2, 1, 14, 30, tzinfo=UTC))),
    ("moment with space", "2026-02-01 14:30", MOMENT, eq(datetime(2026, 2, 1, 14, 30, tzinfo=UTC))),
    ("date as moment", "2026-02-01", MOMENT, eq(datetime(2026, 2, 1, tzinfo=UTC))),
    ("moment call", 'date and time("2026-02-01T14:30:00Z")', MOMENT, eq(datetime(2026, 2, 1, 14, 30, tzinfo=UTC))),
    ("ISO hours", "PT4H", LENGTH, eq(timedelta(hours=4))),
    ("ISO days", "P2D", LENGTH, eq(timedelta(days=2))),
    ("ISO mixed", "P1DT2H30M", LENGTH, eq(timedelta(days=1, hours=2, minutes=30))),
    ("negative ISO", "-PT4H", LENGTH, eq(timedelta(hours=-4))),
    ("4h", "4h", LENGTH, eq(timedelta(hours=4))),
    ("2d", "2d", LENGTH, eq(timedelta(days=2))),
    ("90m", "90m", LENGTH, eq(timedelta(minutes=90))),
    ("1d 4h", "1d 4h", LENGTH, eq(timedelta(days=1, hours=4))),
    ("native duration", timedelta(hours=30), LENGTH, eq(timedelta(hours=30))),
    ("longer than", "> 4h", LENGTH, Compare(">", Literal(timedelta(hours=4)))),
    ("business hours", "8 business hours", LENGTH, eq(BusinessDuration(Decimal(8), "hours"))),
    ("business day", "1 business day", LENGTH, eq(BusinessDuration(Decimal(1), "days"))),
    ("years and months", "P1Y6M", MONTHS, eq(YearsMonths(18))),
    ("any of", "any of a, b", STRINGS, AnyOf((eq("a"), eq("b")))),
    ("all of", "all of a; b", STRINGS, AllOf((eq("a"), eq("b")))),
    ("none of", "None of a", STRINGS, NoneOf((eq("a"),))),
    ("any of numbers", "any of < 5, 9", NUMBERS, AnyOf((Compare("<", number("5")), eq(Decimal(9))))),
    ("null list", "null", STRINGS, IsNull()),
    ("not null list", "not(null)", STRINGS, Not((IsNull(),))),
]


@pytest.mark.parametrize(("value", "type", "meaning"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_good_cell_parses_to_its_test(value: Native, type: Type, meaning: Test) -> None:
    """Each line of the cell language gives its class of the syntax tree, typed by the column."""
    assert parse_input_cell(cell(value), type, names=NAMES) == meaning


BAD: list[tuple[str, Native, Type, str, str | None]] = [
    ("native number in text", Decimal(5), STRING, "FW205", None),
    ("native date in text", date(2026, 2, 1), STRING, "FW205", None),
    ("native boolean in text", True, STRING, "FW205", None),
    ("native date in number", date(2026, 2, 1), NUMBER, "FW205", None),
    ("native boolean in number", True, NUMBER, "FW202", None),
    ("native number in boolean", Decimal(1), BOOLEAN, "FW202", None),
    ("native moment in date", naive("2026-02-01T03:00"), DATE, "FW205", None),
    ("text in number", "five", NUMBER, "FW202", None),
    ("quoted number", '"5"', NUMBER, "FW202", None),
    ("NaN", "nan", NUMBER, "FW202", None),
    ("comma decimal", "1,5", NUMBER, "FW210", None),
    ("thousands", "1,000", NUMBER, "FW210", None),
    ("comma decimal in a range", "[1,5..2]", NUMBER, "FW210", None),
    ("comma between digits in not", "not(1,5)", NUMBER, "FW210", None),
    ("typed percent", "25%", NUMBER, "FW202", "0.25"),
    ("slashed date", "01/02/2026", DATE, "FW210", None),
    ("dotted date", "01.02.2026", DATE, "FW210", None),
    ("no moment in UTC", "0001-01-01T00:00:00+05:00", MOMENT, "FW202", None),
    ("no such day", "2026-02-30", DATE, "FW202", None),
    ("years in a days column", "P1Y", LENGTH, "FW202", None),
    ("days in a months column", "P2D", MONTHS, "FW202", None),
    ("hours in a months column", "4h", MONTHS, "FW202", None),
    ("business bound", "< 8 business hours", LENGTH, "FW202", None),
    ("business and plain", "8 business hours, 4h", LENGTH, "FW209", None),
    ("maybe", "maybe", BOOLEAN, "FW202", None),
    ("boolean order", "< true", BOOLEAN, "FW202", None),
    ("begins with =", "=5", NUMBER, "FW107", None),
    ("begins with = and space", " = a", STRING, "FW107", None),
    ("error value", CellError("#N/A"), STRING, "FW109", None),
    ("other case of null", "NULL", STRING, "FW204", "null"),
    ("other case of empty", "Empty", STRING, "FW204", "empty"),
    ("en dash", "–", STRING, "FW204", "-"),
    ("curly quotes", "“a, b”", STRING, "FW204", None),
    ("open quote", '"a', STRING, "FW201", None),
    ("text behind a quote", '"a" b', STRING, "FW201", None),
    ("open bracket", "x (a, b", STRING, "FW201", None),
    ("empty part", "a,,b", STRING, "FW201", None),
    ("trailing comma", "a,", STRING, "FW201", None),
    ("dash in a list", "a, -", STRING, "FW201", None),
    ("not beside another", "not(a), b", STRING, "FW201", None),
    ("two nots", "not(a), not(b)", STRING, "FW201", None),
    ("not inside a list", "a, not(b)", STRING, "FW201", None),
    ("not of nothing", "not()", STRING, "FW201", None),
    ("unequal", "!= 5", NUMBER, "FW201", "not(5)"),
    ("unequal in SQL", "<> 5", NUMBER, "FW201", "not(5)"),
    ("one-sign operator", "≤ 5", NUMBER, "FW201", "<= 5"),
    ("operator alone", "<", STRING, "FW201", None),
    ("order of null", "< null", NUMBER, "FW201", None),
    ("range backwards", "[5..1]", NUMBER, "FW206", "[1..5]"),
    ("empty point", "[5..5)", NUMBER, "FW206", None),
    ("bounds of two types", "[1..2026-02-01]", NUMBER, "FW202", None),
    ("unknown heading", "> Other headin", NUMBER, "FW214", "Other heading"),
    ("unknown property", ">= property.limt", NUMBER, "FW214", "limit"),
    ("heading of another type", "> Opened", NUMBER, "FW209", None),
    ("property of another type", "> property.start", NUMBER, "FW209", None),
    ("property alone", "property.limit", NUMBER, "FW201", None),
    ("list words on a single value", "any of a, b", STRING, "FW201", None),
    ("bare value on a list", "a", STRINGS, "FW201", "any of a"),
    ("not on a list", "not(a)", STRINGS, "FW201", None),
    ("native number on a list", Decimal(5), NUMBERS, "FW202", None),
]


@pytest.mark.parametrize(("value", "type", "code", "suggestion"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_cell_is_refused_with_its_code(value: Native, type: Type, code: str, suggestion: str | None) -> None:
    """Nothing is guessed: each misuse has its code, and a suggestion where one thing can be meant."""
    with pytest.raises(CellProblem) as caught:
        parse_input_cell(cell(value), type, names=NAMES)
    assert caught.value.code.code == code
    assert suggestion is None or caught.value.suggestion == suggestion


def test_a_formula_is_refused_whatever_it_shows() -> None:
    """A formula in a rule cell is an error, even where its cached value would be good."""
    with pytest.raises(CellProblem) as caught:
        parse_input_cell(cell(Decimal(5), "5", is_formula=True), NUMBER)
    assert caught.value.code.code == "FW107"


def test_a_converted_cell_shows_stored_and_displayed_value() -> None:
    """Who typed 1-2 and got a date sees both what the file stores and what the cell displays."""
    with pytest.raises(CellProblem) as caught:
        parse_input_cell(cell(date(2026, 1, 2), "2-Jan", number_format="d-mmm"), STRING)
    assert "2026-01-02" in caught.value.message
    assert "2-Jan" in caught.value.message


def test_a_moment_without_zone_stands_in_the_zone_of_the_names() -> None:
    """``forewarn.time_zone`` says where a typed or native moment without zone stands."""
    berlin = Names(zone=ZoneInfo("Europe/Berlin"))
    for value in ("2026-07-01 12:00", naive("2026-07-01T12:00")):
        test = parse_input_cell(cell(value), MOMENT, names=berlin)
        assert isinstance(test, Compare)
        assert isinstance(test.operand, Literal)
        assert test.operand.value == datetime(2026, 7, 1, 10, tzinfo=UTC)


ALLOWED = parse_values_cell(cell('Link failure; Device failure; "Acme, Inc."; "Empty"; –dashed–'), STRING)

NEAR = [
    ("case", "Link Failure", "FW204", "Link failure"),
    ("no-break space", "Link\u00a0failure", "FW204", "Link failure"),
    ("double space", "Link  failure", "FW204", "Link failure"),
    ("plain dashes", "-dashed-", "FW204", "–dashed–"),
    ("misspelt", "Link failur", "FW203", "Link failure"),
    ("unlike anything", "Zebra", "FW203", None),
    ("a value with a comma", "Acme, Inc.", "FW204", '"Acme, Inc."'),
    ("one of a list", "Device failure, Link Failure", "FW204", "Link failure"),
]


@pytest.mark.parametrize(("text", "code", "suggestion"), [row[1:] for row in NEAR], ids=[row[0] for row in NEAR])
def test_a_value_outside_the_allowed_ones_is_refused_with_the_nearest(
    text: str, code: str, suggestion: str | None
) -> None:
    """A near miss is mended by name, a stranger is refused."""
    with pytest.raises(CellProblem) as caught:
        parse_input_cell(cell(text), STRING, allowed=ALLOWED)
    assert (caught.value.code.code, caught.value.suggestion) == (code, suggestion)


def test_an_allowed_text_that_looks_like_a_keyword_is_that_text() -> None:
    """Where the allowed values list ``Empty``, the cell means it; ``empty`` stays null."""
    assert parse_input_cell(cell("Empty"), STRING, allowed=ALLOWED) == eq("Empty")
    assert parse_input_cell(cell("empty"), STRING, allowed=ALLOWED) == IsNull()


REMARKS = [
    ("percent format", cell(Decimal("0.25"), "25%", number_format="0%"), NUMBER, None, "FW211"),
    ("sixteen digits", cell(Decimal(1234567890123450), "1.23E+15"), NUMBER, None, "FW213"),
    ("no-break space", cell("a\u00a0b"), STRING, None, "FW212"),
    ("always false", cell("> 10"), NUMBER, "[0..5]", "FW208"),
    ("always false in a list", cell("not(a, b)"), STRING, "a, b", "FW208"),
    ("always true", cell("a, b"), STRING, "a, b", "FW207"),
    ("touching ranges", cell("(5..9]"), NUMBER, "[0..5]", "FW208"),
    ("nothing to say", cell("[5..9]"), NUMBER, "[0..5]", None),
    ("some of them", cell("a"), STRING, "a, b", None),
]


@pytest.mark.parametrize(
    ("given", "type", "values", "code"), [row[1:] for row in REMARKS], ids=[row[0] for row in REMARKS]
)
def test_a_good_cell_may_be_worth_a_word(given: Cell, type: Type, values: str | None, code: str | None) -> None:
    """Percentages, cut digits, invisible characters, and tests that the allowed values settle are reported."""
    allowed = None if values is None else parse_values_cell(cell(values), type)
    test = parse_input_cell(given, type)
    found = remark(given, type, test, allowed, nullable=False)
    assert (None if found is None else found.code.code) == code


def test_a_nullable_input_keeps_a_test_for_null_alone_alive() -> None:
    """``not(a, b)`` over values a and b holds for null, so it is not always false where null may come."""
    allowed = parse_values_cell(cell("a, b"), STRING)
    test = parse_input_cell(cell("not(a, b)"), STRING)
    assert remark(cell("not(a, b)"), STRING, test, allowed, nullable=True) is None


LONG = 32_000
HOSTILE = [
    "[" + " " * LONG,
    "[" + "(" * LONG,
    "(" * LONG,
    "[1.." * (LONG // 4),
    "]" + ".." * (LONG // 2),
    "1d" + " " * LONG + "x",
    "1" + ",1" * (LONG // 2) + "x",
    '"' * LONG,
    '"' + "\\" * LONG,
    "not(" * (LONG // 4),
    "x,(a" * (LONG // 4),
    "a," * (LONG // 2) + "a",
    "9" * LONG,
    "1e9999, " * (LONG // 8) + "1",
    "< " * (LONG // 2),
    "property." * (LONG // 9),
    "date(" * (LONG // 5),
    "any of " * (LONG // 7),
]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.timeout(20)
def test_a_hostile_cell_costs_little(kind: Kind) -> None:
    """Whatever fills a cell up to its greatest length is read or refused in one pass."""
    for text in HOSTILE:
        for is_list in (False, True):
            for parse in (parse_input_cell, parse_output_cell):
                with contextlib.suppress(CellProblem):
                    parse(cell(text), Type(kind, is_list), allowed=ALLOWED)
