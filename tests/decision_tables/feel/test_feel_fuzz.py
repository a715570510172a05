"""Whatever the text, the answer is a value, null with a diagnostic, or a known error."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from forewarn.decision_tables import feel
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.values import Kind, Type
from forewarn.errors import DecisionError

TOKENS = [
    *"+-*/()[]{},.:?@<>=|#§ ",
    "**", "..", "->", "!=", "<=", ">=", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies",
    "and", "or", "not", "null", "true", "false", "between", "instance of", "function", "number", "list<", "x", "item",
    "Years of Service", "partial", "1", "2.5", "1e30", "0", '"a"', '"', '@"2026-01-01"', '@"P1D"', '@"10:00:00Z"',
    '@"P1M"', "//", "/*",
    *BUILTINS,
]  # fmt: skip

soups = st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join)
calls = st.tuples(
    st.sampled_from(sorted(BUILTINS)),
    st.lists(
        st.sampled_from(
            ["null", "1", "-1", "0", "1.5", "1e400", '"a"', '""', "true", "[]", "[1, 2]", '["a", null]', "[[1], [2]]",
             "{}", "{a: 1}", "[1..5]", "(< 3)", '@"2026-01-01"', '@"9999-12-31T23:59:59Z"', '@"10:00:00"', '@"P1D"',
             '@"-P99Y"', "function(x, y) x", "function() null", "abs"]
        ),
        max_size=4,
    ),
).map(lambda parts: f"{parts[0]}({', '.join(parts[1])})")  # fmt: skip
texts = st.one_of(
    soups,
    calls,
    st.tuples(calls, st.sampled_from([" + ", " = ", " in ", " < "]), calls).map("".join),
    st.text(max_size=20),
)

SCOPE = {"x": Decimal(3), "Years of Service": (Decimal(1), None, "a")}


@given(texts)
def test_expressions(text: str) -> None:
    """Parsing refuses with a syntax error; not strict, evaluation always has a value, strict it may be refused."""
    try:
        expression = feel.parse_expression(text, SCOPE)
    except feel.FeelSyntaxError:
        return
    told: list[str] = []
    value = feel.evaluate(expression, SCOPE, strict=False, diagnostics=told)
    try:
        strict = feel.evaluate(expression, SCOPE, strict=True)
    except DecisionError:
        assert told
    else:
        assert told == []
        assert type(strict) is type(value)


@given(texts, st.sampled_from(list(Kind)), st.booleans())
def test_cells(text: str, kind: Kind, is_list: bool) -> None:
    """Input and output cells parse or are refused, and conditions evaluate to true, false or null."""
    try:
        test = feel.parse_unary_tests(text, SCOPE, Type(kind, is_list), subject="x")
    except feel.FeelSyntaxError:
        return
    expression = getattr(test, "expression", None)
    if expression is not None:
        assert feel.evaluate(expression, SCOPE, strict=False) in {True, False, None}
