"""FEEL, the expression language of decision models (DMN 1.5 chapter 10).

`parse_expression` and `evaluate` for expressions, `parse_unary_tests` and `parse_output` for the cells of
decision tables. Two things of the standard are left out: external functions, and ``random number()``, because
a decision gives the same answer each time it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from forewarn.decision_tables.feel.cells import parse_expression, parse_output, parse_unary_tests, unary_condition
from forewarn.decision_tables.feel.evaluating import Evaluator, TooMuch
from forewarn.decision_tables.feel.runtime import FeelValue
from forewarn.decision_tables.feel.scopes import Given, Scope
from forewarn.decision_tables.feel.tokens import FeelSyntaxError
from forewarn.decision_tables.syntax import Expression
from forewarn.errors import DecisionError

__all__ = [
    "FeelSyntaxError",
    "FeelValue",
    "evaluate",
    "parse_expression",
    "parse_output",
    "parse_unary_tests",
    "unary_condition",
]


def evaluate(
    expression: Expression,
    scope: Mapping[str, FeelValue],
    *,
    strict: bool,
    diagnostics: list[str] | None = None,
    now: datetime | None = None,
) -> FeelValue:
    """The value of an expression, with the names of ``scope``.

    Not strict, a fault (a wrong type, an unknown name, too much work) gives null, as the standard has it, and a
    line in ``diagnostics``. Strict, it raises `DecisionError`; null alone is no fault and goes on as null.
    ``now`` is what ``now()`` and ``today()`` read; without it they are faults.
    """
    evaluator = Evaluator(strict=strict, diagnostics=diagnostics, now=now)
    try:
        return evaluator.value(expression.tree, Scope(Given(scope)))
    except (TooMuch, RecursionError) as error:
        message = error.message if isinstance(error, TooMuch) else "the expression nests too deeply"
        if strict:
            raise DecisionError(f"{message} in {expression.source!r}") from error
        evaluator.diagnostics.append(message)
        return None
    except DecisionError as error:
        raise DecisionError(f"{error.message} in {expression.source!r}", hint=error.hint) from error
