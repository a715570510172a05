"""Whether a constant is among the allowed values, and which of them was meant where it is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class _Listing:
    """The allowed values of a column, ready to be asked about thousands of cells."""

    complete: bool
    values: frozenset[tuple[type, Value]]
    texts: tuple[str, ...]
    by_spelling: Mapping[str, str]


class _Identity:
    """A test as a key by identity: hashing a long list of alternatives for every cell would cost more than it saves."""

    __slots__ = ("test",)

    def __init__(self, test: Test) -> None:
        self.test = test

    def __hash__(self) -> int:
        return id(self.test)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.test is self.test


@lru_cache(maxsize=512)
def _listing(key: _Identity) -> _Listing:
    values = list(listed_values(key.test))
    texts = tuple(value for value in values if isinstance(value, str))
    return _Listing(
        enumerates(key.test),
        frozenset((type(value), value) for value in values),
        texts,
        {_folded(text): text for text in reversed(texts)},
    )


def _folded(text: str) -> str:
    return plain_spelling(text).casefold()


def nearest(text: str, names: Collection[str]) -> str | None:
    """The name that was most likely meant, if one is near: the same but for case and look-alikes, else similar."""
    same = same_but_for_spelling(text, names)
    return same if same is not None else _similar(text, names)


def _similar(text: str, names: Collection[str]) -> str | None:
    """A similar name. Comparing is slow: of many names, only those are compared that begin or end alike."""
    wanted = text.casefold()
    if len(wanted) > 100:
        return None
    slack = max(3, len(wanted) // 2)
    folded = {name.casefold(): name for name in names if abs(len(name) - len(wanted)) <= slack}
    if len(folded) > 100:
        folded = {
            name: original for name, original in folded.items() if name[:2] == wanted[:2] or name[-2:] == wanted[-2:]
        }
    near = difflib.get_close_matches(wanted, list(folded)[:200], n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def same_but_for_spelling(text: str, names: Collection[str]) -> str | None:
    """The name that differs only by case, invisible characters, curly quotes or dashes."""
    wanted = _folded(text)
    return next((name for name in names if _folded(name) == wanted), None)


def lists_text(allowed: Test | None, text: str) -> bool:
    """Whether the allowed values list that very text."""
    return allowed is not None and (str, text) in _listing(_Identity(allowed)).values


def refuse_not_allowed(value: Value, allowed: Test | None, text: str) -> None:
    """Raise `CellProblem` where ``value`` is outside the allowed values; ``text`` is what the owner wrote."""
    if allowed is None:
        return
    listing = _listing(_Identity(allowed))
    # A moment is the same in every zone, which only `holds` knows.
    if (type(value), value) in listing.values:
        return
    if not (listing.complete and isinstance(value, str)) and holds(allowed, value):
        return
    if not isinstance(value, str):
        raise CellProblem(codes.NOT_ALLOWED, f"{text!r} is not an allowed value")
    same = listing.by_spelling.get(_folded(text))
    if same is not None:
        raise _spelt_otherwise(text, same)
    raise _stranger(text, listing.texts, f"{text!r} is not an allowed value")


def problem_of_name(text: str, names: Collection[str], message: str) -> CellProblem:
    """The problem of a text that should be one of ``names``: a near miss with its mend, or not one of them."""
    same = same_but_for_spelling(text, names)
    return _spelt_otherwise(text, same) if same is not None else _stranger(text, names, message)


def _spelt_otherwise(text: str, same: str) -> CellProblem:
    return CellProblem(codes.NEAR_MISS, f"{text!r} is spelt otherwise", hint=f"write {same}", suggestion=same)


def _stranger(text: str, names: Collection[str], message: str) -> CellProblem:
    near = _similar(text, names)
    some = ", ".join(sorted(names)[:6]) + (", …" if len(names) > 6 else "")
    hint = f"did you mean {near}?" if near else f"allowed: {some}" if names else None
    return CellProblem(codes.NOT_ALLOWED, message, hint=hint, suggestion=near)


def coverage(test: Test, allowed: Test | None, nullable: bool) -> str | None:
    """``always`` or ``never`` where the allowed values settle whether ``test`` holds, else ``None``.

    Exact where the allowed values are a list; where they are ranges, only ``never`` by disjoint bounds is seen.
    """
    if allowed is None or isinstance(test, AnyValue):
        return None if nullable else _without_null(test)
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


def _without_null(test: Test) -> str | None:
    """`coverage` of a test about nothing but null, where null never comes."""
    match test:
        case IsNull():
            return "never"
        case Not(tests=tests) if all(isinstance(inner, IsNull) for inner in tests):
            return "always"
        case _:
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
