"""Models are untrusted: whatever an expression asks for, the answer comes, and it is a known one."""

from __future__ import annotations

import pytest

from forewarn.decision_tables import feel
from forewarn.errors import DecisionError

GREEDY = {
    "a loop over a billion": "for i in 1..1000000000 return i",
    "a quantifier over a billion": "some i in 1..1000000000 satisfies i < 0",
    "loops within loops": "for a in 1..1000, b in 1..1000, c in 1..1000 return a",
    "looking back at all results": "count(for i in 1..50000 return count(partial))",
    "a list that holds itself doubled": "{a1: 1, " + ", ".join(f"a{n + 1}: [a{n}, a{n}]" for n in range(1, 40)) + "}",
    "a text doubled": "{" + 't0: "xxxxxxxxxx", ' + ", ".join(f"t{n + 1}: t{n} + t{n}" for n in range(40)) + "}.t40",
    "a pattern that never ends": f'matches("{"a" * 90}b", "^(a|aa)+$")',
    "a function that calls itself": "{f: function(g, n) g(g, n + 1), r: f(f, 0)}.r",
    "a tower of powers": "9 ** 9 ** 9 ** 9 ** 9 ** 9",
    "a date beyond the calendar": '@"9999-12-31" + @"P1D"',
    "a duration beyond all bounds": '@"P999999999D" * 999999999',
    "a large exponent in a text": 'number("1e999999999")',
    "a scale without reason": "decimal(1, 999999999999)",
}


@pytest.mark.parametrize("text", GREEDY.values(), ids=GREEDY.keys())
def test_greedy_expressions_end_in_null(text: str) -> None:
    """By the standard's rule the answer is null with a diagnostic; strict it is an error."""
    expression = feel.parse_expression(text, ())
    told: list[str] = []
    value = feel.evaluate(expression, {}, strict=False, diagnostics=told)
    if value is None or told:
        assert told
        with pytest.raises(DecisionError):
            feel.evaluate(expression, {}, strict=True)
    else:
        pytest.fail(f"{text[:40]} has a value")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 5000,
        "-" * 5000 + "1",
        "if true then " * 5000 + "1",
        "a" + ".b" * 5000,
        "f" + "(1)" * 5000,
        "1 instance of " + "list<" * 5000,
        "x" * 100_000,
    ],
)
def test_deep_and_long_texts_are_refused(text: str) -> None:
    """Nesting and length are bounded where the text is parsed."""
    with pytest.raises(feel.FeelSyntaxError):
        feel.parse_expression(text, ())


def test_a_long_sum_is_no_deep_one() -> None:
    """Thousands of operands in a row are fine: a chain is wide, not deep."""
    assert feel.evaluate(feel.parse_expression("+".join(["1"] * 5000), ()), {}, strict=True) == 5000
    assert feel.evaluate(feel.parse_expression(" and ".join(["true"] * 5000), ()), {}, strict=True) is True
