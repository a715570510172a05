"""What FEEL values are while an expression is evaluated, beyond the values that cells hold.

A FEEL value is one of the values of `forewarn.decision_tables.values`, a ``dict`` (a context), a `Range`, or a
`Function`; lists are tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from forewarn.decision_tables.values import YearsMonths

FeelValue: TypeAlias = Any
"""A value as described above; the kinds are told apart at run time by `kind_of`."""

MAX_ITEMS = 100_000
"""Longest list that an expression may build."""

MAX_TEXT = 1_000_000
"""Longest text that an expression may build, in characters."""

MAX_EXPONENT = 6144
"""Largest decimal exponent of a number (IEEE 754 decimal128)."""


class FeelError(Exception):
    """Something that FEEL answers with null: a wrong type, a missing name, a bad argument.

    Raised where the fault is seen and turned, by the evaluator, into an error (strict) or into null and a
    diagnostic.
    """


@dataclass(frozen=True, slots=True)
class Range:
    """A range value; an end that is ``None`` is unbounded."""

    low: FeelValue
    high: FeelValue
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something that can be invoked: its name, the parameter names of each of its forms, and its body.

    ``call`` takes the arguments by position, as many as the form has; ``variadic`` functions take any number.
    """

    name: str
    forms: tuple[tuple[str, ...], ...]
    call: Callable[..., FeelValue]
    variadic: bool = False

    def arrange(self, named: Mapping[str, FeelValue]) -> list[FeelValue]:
        """Put named arguments in the order of the form that has these parameters.

        Raises `FeelError` where no form has them all.
        """
        for form in self.forms:
            if set(named) == set(form):
                return [named[parameter] for parameter in form]
        raise FeelError(f"{self.name} has no parameters named {', '.join(sorted(named))}")

    def invoke(self, arguments: Sequence[FeelValue]) -> FeelValue:
        """Call with arguments by position; the wrong number of them is a `FeelError`."""
        if not self.variadic and not any(len(form) == len(arguments) for form in self.forms):
            raise FeelError(f"{self.name} does not take {len(arguments)} arguments")
        return self.call(*arguments)


def kind_of(value: FeelValue) -> str:
    """The FEEL name of a value's type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case Decimal():
            return "number"
        case datetime():
            return "date and time"
        case date():
            return "date"
        case time():
            return "time"
        case timedelta():
            return "days and time duration"
        case YearsMonths():
            return "years and months duration"
        case tuple():
            return "list"
        case Mapping():
            return "context"
        case Range():
            return "range"
        case Function():
            return "function"
        case _:
            return type(value).__name__


def lift(value: Any) -> FeelValue:
    """A Python value as FEEL value: integers and floats become decimals, lists tuples, mappings contexts."""
    match value:
        case bool() | Decimal() | str() | None:
            return value
        case int():
            return Decimal(value)
        case float():
            return Decimal(repr(value)) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124
        case list() | tuple():
            return tuple(lift(item) for item in value)
        case Mapping():
            return {str(key): lift(item) for key, item in value.items()}
        case _:
            return value


def is_zoned(value: datetime | time) -> bool:
    """Whether a time or a date and time carries a zone or an offset."""
    return value.tzinfo is not None


def same(left: FeelValue, right: FeelValue) -> bool | None:
    """FEEL equality (DMN 1.5 table 53): ``None`` where values of different kinds are compared."""
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if kind == "list":
        if len(left) != len(right):
            return False
        return _all_same(zip(left, right, strict=True))
    if kind == "context":
        if left.keys() != right.keys():
            return False
        return _all_same((left[key], right[key]) for key in left)
    if kind == "range":
        ends = _all_same(((left.low, right.low), (left.high, right.high)))
        closed = left.low_closed is right.low_closed and left.high_closed is right.high_closed
        return ends if closed else False
    if kind == "function":
        return left is right
    if kind in {"time", "date and time"} and is_zoned(left) != is_zoned(right):
        return None
    return bool(left == right)


def _all_same(pairs: Any) -> bool | None:
    outcome: bool | None = True
    for left, right in pairs:
        equal = same(left, right)
        if equal is False:
            return False
        if equal is None:
            outcome = None
    return outcome


_ORDERED = frozenset(
    {
        "string",
        "number",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)


def before(left: FeelValue, right: FeelValue) -> bool | None:
    """``left < right``, or ``None`` where the two have no order: null, other kinds, only one with a zone."""
    kind = kind_of(left)
    if kind not in _ORDERED or kind != kind_of(right):
        return None
    if kind in {"time", "date and time"} and is_zoned(left) != is_zoned(right):
        return None
    return bool(left < right)


def compare(operator: str, left: FeelValue, right: FeelValue) -> bool | None:
    """One of ``= != < <= > >=`` in three-valued logic. Raises `FeelError` for values of kinds that do not compare."""
    if operator in {"=", "!="}:
        equal = same(left, right)
        if equal is None:
            raise FeelError(f"cannot compare {kind_of(left)} with {kind_of(right)}")
        return equal if operator == "=" else not equal
    if left is None or right is None:
        return None
    first, second = (left, right) if operator in {"<", ">="} else (right, left)
    less = before(first, second)
    if less is None:
        raise FeelError(f"cannot order {kind_of(left)} and {kind_of(right)}")
    return less if operator in {"<", ">"} else not less


def in_range(value: FeelValue, bounds: Range) -> bool | None:
    """Whether a value lies in a range; ``None`` for null and where it does not compare with an end."""
    outcome: bool | None = True
    for operator, end, closed in ((">", bounds.low, bounds.low_closed), ("<", bounds.high, bounds.high_closed)):
        if end is None:
            continue
        holds = compare(operator + "=" if closed else operator, value, end)
        if holds is False:
            return False
        if holds is None:
            outcome = None
    return outcome
