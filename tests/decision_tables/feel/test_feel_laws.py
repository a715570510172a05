"""Laws of the language, on generated values and expressions."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from forewarn.decision_tables import feel
from forewarn.decision_tables.feel.builtins.conversion import literal
from forewarn.decision_tables.feel.lexing import quote, unquote
from forewarn.decision_tables.feel.printing import show
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.values import DECIMALS, Kind, Type, YearsMonths

numbers = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2900, 1, 1))
durations = st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999))
zones = st.sampled_from([None, timezone.utc, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])  # noqa: UP017
moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2900, 1, 1), timezones=zones)  # noqa: DTZ001
scalars = st.one_of(
    st.none(), st.booleans(), numbers, texts, days, durations, moments, st.integers(-999, 999).map(YearsMonths)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(texts.filter(bool), inner, max_size=4),
    max_leaves=8,
)
truths = st.sampled_from([True, False, None])


def evaluate(text: str, **scope: Any) -> Any:
    """The value of a text that has one."""
    return feel.evaluate(feel.parse_expression(text, set(scope)), scope, strict=False)


@given(texts)
def test_quoting_is_undone_by_unquoting(text: str) -> None:
    """Every text has a literal."""
    assert unquote(quote(text)) == text
    assert evaluate(quote(text)) == text


@given(values)
def test_every_value_has_a_literal(value: Any) -> None:
    """Writing a value as FEEL and evaluating that gives the value."""
    assert feel.evaluate(feel.parse_expression(literal(value), ()), {}, strict=True) == value


@given(truths, truths, truths)
def test_de_morgan_and_distribution(a: bool | None, b: bool | None, c: bool | None) -> None:
    """Three-valued logic keeps the laws of Boolean algebra that Kleene's tables keep."""
    scope = {"a": a, "b": b, "c": c}
    assert evaluate("not(a and b)", **scope) is evaluate("not(a) or not(b)", **scope)
    assert evaluate("a and (b or c)", **scope) is evaluate("a and b or a and c", **scope)
    assert evaluate("a and b", **scope) is evaluate("b and a", **scope)


@given(numbers, numbers, numbers)
def test_a_range_is_its_two_comparisons(value: Decimal, low: Decimal, high: Decimal) -> None:
    """`in`, `between` and the comparisons agree."""
    assume(low <= high)
    scope = {"v": value, "l": low, "h": high}
    inside = low <= value <= high
    assert evaluate("v in [l..h]", **scope) is inside
    assert evaluate("v between l and h", **scope) is inside
    assert evaluate("v >= l and v <= h", **scope) is inside
    assert evaluate("v in (l..h)", **scope) is (low < value < high)
    assert evaluate("includes([l..h], v)", **scope) is inside


@given(numbers, numbers)
def test_arithmetic_is_decimal(a: Decimal, b: Decimal) -> None:
    """The four operators are those of 34-digit decimals."""
    assert evaluate("a + b", a=a, b=b) == DECIMALS.add(a, b)
    assert evaluate("a * b", a=a, b=b) == DECIMALS.multiply(a, b)
    assert evaluate("a / b", a=a, b=b) == (DECIMALS.divide(a, b) if b else None)
    if b:
        assert evaluate("b * floor(a / b) + modulo(a, b) - a", a=a, b=b).copy_abs() <= Decimal("1E-20")


@given(days, st.integers(-9999, 9999))
def test_days_are_added_and_taken_away(day: date, count: int) -> None:
    """Adding days and taking them away again is nothing, and differences count days."""
    scope = {"d": day, "n": timedelta(days=count)}
    assert evaluate("d + n - n", **scope) == day
    assert evaluate("(d + n) - d", **scope) == timedelta(days=count)


@given(days, days)
def test_months_between_dates(start: date, end: date) -> None:
    """The whole months between two dates are the most that can be added without passing the end."""
    assume(start <= end)
    months = evaluate("years and months duration(a, b)", a=start, b=end)
    assert evaluate("a + m <= b", a=start, b=end, m=months) is True
    more = YearsMonths(months.months + 1)
    day_reached = evaluate("a + m", a=start, m=more)
    assert day_reached > end or day_reached.day < start.day


pieces = st.sampled_from(["1", "2.5", '"a"', "x", "y", "null", "true", "[1, x]", "{k: x}.k"])
operators = st.sampled_from([" + ", " - ", " * ", " / ", " ** ", " = ", " < ", " and ", " or ", " in "])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 0) -> str:
    """FEEL texts of many shapes."""
    kind = draw(st.integers(0, 9 if depth < 3 else 0))
    inner = expressions(depth + 1)
    match kind:
        case 0 | 1:
            return draw(pieces)
        case 2:
            return f"({draw(inner)}){draw(operators)}({draw(inner)})"
        case 3:
            return f"if {draw(inner)} then {draw(inner)} else {draw(inner)}"
        case 4:
            return f"for x in [{draw(inner)}, 2] return {draw(inner)}"
        case 5:
            return f"some z in [1, y] satisfies z = ({draw(inner)})"
        case 6:
            return f"-({draw(inner)})"
        case 7:
            return f"sum([{draw(inner)}, {draw(inner)}])"
        case 8:
            return f"[1, {draw(inner)}][item = ({draw(inner)})]"
        case _:
            return f"({draw(inner)}) in (< ({draw(inner)}), [1..({draw(inner)})])"


@given(expressions(), numbers, numbers)
def test_printing_keeps_the_meaning(text: str, x: Decimal, y: Decimal) -> None:
    """A tree printed and parsed again is worth the same, also with its names exchanged."""
    parsed = feel.parse_expression(text, {"x", "y"})
    scope = {"x": x, "y": y}
    worth = feel.evaluate(parsed, scope, strict=False)
    again = feel.parse_expression(show(parsed.tree), {"x", "y"})
    assert feel.evaluate(again, scope, strict=False) == worth
    renamed = feel.parse_expression(show(parsed.tree, {"x": "other x"}), {"other x", "x", "y"})
    assert feel.evaluate(renamed, {"other x": x, "y": y}, strict=False) == worth


bounds = st.integers(-3, 3)
unary = st.one_of(
    bounds.map(str),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), bounds).map(lambda pair: f"{pair[0]} {pair[1]}"),
    st.tuples(st.sampled_from("[("), bounds, bounds, st.sampled_from("])"))
    .filter(lambda ends: ends[1] <= ends[2])
    .map(lambda ends: f"{ends[0]}{ends[1]}..{ends[2]}{ends[3]}"),
    st.just("null"),
)


@given(st.lists(unary, min_size=1, max_size=3).map(", ".join), st.booleans(), st.none() | st.integers(-4, 4))
def test_a_cell_means_what_the_expression_means(tests: str, negated: bool, value: int | None) -> None:
    """The plain classes that a cell becomes hold exactly where `x in (…)` is true."""
    cell = f"not({tests})" if negated else tests
    question = f"not(x in ({tests}))" if negated else f"x in ({tests})"
    given_value = None if value is None else Decimal(value)
    test = feel.parse_unary_tests(cell, (), Type(Kind.NUMBER))
    assert holds(test, given_value) is (evaluate(question, x=given_value) is True)
