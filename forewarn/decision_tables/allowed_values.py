"""Whether a constant is among the allowed values, and which of them was meant where it is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator

from forewarn.decision_tables import codes
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.syntax import AnyValue, Compare, Interval, IsNull, Literal, Not, OneOf, Test
from forewarn.decision_tables.values import Value
from forewarn.errors import DecisionError

_LOOK_ALIKES = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u200b": None, "\ufeff": None, "\u00ad": None,
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    }
)  # fmt: skip


def plain_spelling(text: str) -> str:
    """A text with straight quotes, plain dashes and plain single spaces."""
    return re.sub(r"\s+", " ", text.translate(_LOOK_ALIKES)).strip()


def listed_values(allowed: Test | None) -> Iterator[Value]:
    """The constants that the allowed values list one by one."""
    match allowed:
        case OneOf():
            for test in allowed.tests:
                yield from listed_values(test)
        case Compare(operator="=", operand=Literal(value=value)):
            yield value
        case _:
            return


def enumerates(allowed: Test | None) -> bool:
    """Whether the allowed values are a finite list of constants."""
    match allowed:
        case OneOf():
            return all(enumerates(test) for test in allowed.tests)
        case Compare(operator="=", operand=Literal()) | IsNull():
            return True
        case _:
            return False


def nearest(text: str, names: Collection[str]) -> str | None:
    """The name that was most likely meant, if one is near: the same but for case and look-alikes, else similar."""
    same = same_but_for_spelling(text, names)
    if same is not None:
        return same
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(text.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def same_but_for_spelling(text: str, names: Collection[str]) -> str | None:
    """The name that differs only by case, invisible characters, curly quotes or dashes."""
    wanted = plain_spelling(text).casefold()
    return next((name for name in names if plain_spelling(name).casefold() == wanted), None)


def refuse_not_allowed(value: Value, allowed: Test | None, text: str) -> None:
    """Raise `CellProblem` where ``value`` is outside the allowed values; ``text`` is what the owner wrote."""
    if allowed is None or holds(allowed, value):
        return
    texts = [listed for listed in listed_values(allowed) if isinstance(listed, str)]
    raise (
        problem_of_name(text, texts, f"{text!r} is not an allowed value")
        if isinstance(value, str)
        else CellProblem(codes.NOT_ALLOWED, f"{text!r} is not an allowed value")
    )


def problem_of_name(text: str, names: Collection[str], message: str) -> CellProblem:
    """The problem of a text that should be one of ``names``: a near miss with its mend, or not one of them."""
    same = same_but_for_spelling(text, names)
    if same is not None:
        return CellProblem(codes.NEAR_MISS, f"{text!r} is spelt otherwise", hint=f"write {same}", suggestion=same)
    near = nearest(text, names)
    some = ", ".join(sorted(names)[:6]) + (", …" if len(names) > 6 else "")
    hint = f"did you mean {near}?" if near else f"allowed: {some}" if names else None
    return CellProblem(codes.NOT_ALLOWED, message, hint=hint, suggestion=near)


def coverage(test: Test, allowed: Test | None, nullable: bool) -> str | None:
    """``always`` or ``never`` where the allowed values settle whether ``test`` holds, else ``None``.

    Exact where the allowed values are a list; where they are ranges, only ``never`` by disjoint bounds is seen.
    """
    if allowed is None or isinstance(test, AnyValue):
        return None
    if enumerates(allowed):
        values: list[Value] = [*listed_values(allowed), *([None] if nullable else [])]
        try:
            answers = [holds(test, value) for value in values]
        except (DecisionError, KeyError):
            # The test reads another input or a property: only a decision knows.
            return None
        return "always" if all(answers) else "never" if not any(answers) else None
    tests = test.tests if isinstance(test, OneOf) else (test,)
    ranges = allowed.tests if isinstance(allowed, OneOf) else (allowed,)
    if all(_disjoint(one, other) for one in tests for other in ranges):
        return "never"
    return None


def _disjoint(one: Test, other: Test) -> bool:
    """Whether no value can satisfy both; ``False`` where that is not plain to see."""
    if isinstance(one, IsNull | Not) or isinstance(other, IsNull | Not):
        return False
    first, second = _bounds(one), _bounds(other)
    if first is None or second is None:
        return False
    return _ends_before(first, second) or _ends_before(second, first)


def _bounds(test: Test) -> tuple[Value, bool, Value, bool] | None:
    """A test as a range of constants: low, closed, high, closed; an open side is ``None``."""
    match test:
        case Compare(operator=operator, operand=Literal(value=value)) if value is not None:
            match operator:
                case "=":
                    return value, True, value, True
                case "<" | "<=":
                    return None, False, value, operator == "<="
                case ">" | ">=":
                    return value, operator == ">=", None, False
            return None
        case Interval(low=Literal(value=low), high=Literal(value=high)):
            return low, test.low_closed, high, test.high_closed
        case _:
            return None


def _ends_before(first: tuple[Value, bool, Value, bool], second: tuple[Value, bool, Value, bool]) -> bool:
    _, _, high, high_closed = first
    low, low_closed, _, _ = second
    if high is None or low is None:
        return False
    try:
        return holds(Compare("<" if high_closed and low_closed else "<=", Literal(low)), high)
    except DecisionError:
        return False
