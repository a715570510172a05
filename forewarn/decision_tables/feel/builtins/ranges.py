"""Range functions (DMN 1.5 §10.3.4.6): Allen's relations between points and ranges."""

from __future__ import annotations

import re

from forewarn.decision_tables.feel import temporal
from forewarn.decision_tables.feel.builtins.registry import argument, builtin, text
from forewarn.decision_tables.feel.lexing import unquote
from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function, Range, compare, in_range, same
from forewarn.decision_tables.values import DECIMALS

FUNCTIONS: dict[str, Function] = {}

_RANGE = re.compile(r"\s*([\[(\]])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])\[])\s*\Z", re.DOTALL)
_CALL = re.compile(r'(?:date and time|date|time|duration)\(\s*("(?:[^"\\]|\\.)*")\s*\)\Z')


def _as_range(value: FeelValue) -> Range:
    """A point as the range of itself."""
    return value if isinstance(value, Range) else Range(value, value, low_closed=True, high_closed=True)


def _range(value: FeelValue) -> Range:
    return argument(value, Range, "a range")


def _bounded(value: Range) -> Range:
    if value.low is None or value.high is None:
        raise FeelError("the range has no end on one side")
    return value


def _less(left: FeelValue, right: FeelValue) -> bool:
    return compare("<", left, right) is True


def _equal(left: FeelValue, right: FeelValue) -> bool:
    return same(left, right) is True


def _before(left: Range, right: Range) -> bool:
    if left.high is None or right.low is None:
        return False
    touching = _equal(left.high, right.low) and not (left.high_closed and right.low_closed)
    return _less(left.high, right.low) or touching


@builtin(FUNCTIONS, "before", ("point1", "point2"), ("point", "range"), ("range", "point"), ("range1", "range2"))
def _before_function(left: FeelValue, right: FeelValue) -> FeelValue:
    if not isinstance(left, Range) and not isinstance(right, Range):
        return compare("<", left, right)
    return _before(_as_range(left), _as_range(right))


@builtin(FUNCTIONS, "after", ("point1", "point2"), ("point", "range"), ("range", "point"), ("range1", "range2"))
def _after(left: FeelValue, right: FeelValue) -> FeelValue:
    return _before_function(right, left)


@builtin(FUNCTIONS, "meets", ("range1", "range2"))
def _meets(left: FeelValue, right: FeelValue) -> FeelValue:
    first, second = _range(left), _range(right)
    return first.high_closed and second.low_closed and first.high is not None and _equal(first.high, second.low)


@builtin(FUNCTIONS, "met by", ("range1", "range2"))
def _met_by(left: FeelValue, right: FeelValue) -> FeelValue:
    return _meets(right, left)


@builtin(FUNCTIONS, "overlaps", ("range1", "range2"))
def _overlaps(left: FeelValue, right: FeelValue) -> FeelValue:
    first, second = _range(left), _range(right)
    return not _before(first, second) and not _before(second, first)


def _starts_earlier(left: Range, right: Range) -> bool:
    """Whether the left range begins before the right one does."""
    if left.low is None or right.low is None:
        return left.low is None and right.low is not None
    return _less(left.low, right.low) or (_equal(left.low, right.low) and left.low_closed and not right.low_closed)


def _ends_earlier(left: Range, right: Range) -> bool:
    if left.high is None or right.high is None:
        return right.high is None and left.high is not None
    return _less(left.high, right.high) or (
        _equal(left.high, right.high) and right.high_closed and not left.high_closed
    )


@builtin(FUNCTIONS, "overlaps before", ("range1", "range2"))
def _overlaps_before(left: FeelValue, right: FeelValue) -> FeelValue:
    first, second = _bounded(_range(left)), _bounded(_range(right))
    if _before(first, second) or _before(second, first):
        return False
    return _starts_earlier(first, second) and not _ends_earlier(second, first)


@builtin(FUNCTIONS, "overlaps after", ("range1", "range2"))
def _overlaps_after(left: FeelValue, right: FeelValue) -> FeelValue:
    first, second = _bounded(_range(left)), _bounded(_range(right))
    if _before(first, second) or _before(second, first):
        return False
    return _ends_earlier(second, first) and not _starts_earlier(first, second)


@builtin(FUNCTIONS, "finishes", ("point", "range"), ("range1", "range2"))
def _finishes(left: FeelValue, right: FeelValue) -> FeelValue:
    whole = _bounded(_range(right))
    if not isinstance(left, Range):
        return whole.high_closed and _equal(left, whole.high)
    same_end = left.high_closed == whole.high_closed and _equal(left.high, whole.high)
    return same_end and not _starts_earlier(left, whole)


@builtin(FUNCTIONS, "finished by", ("range", "point"), ("range1", "range2"))
def _finished_by(left: FeelValue, right: FeelValue) -> FeelValue:
    return _finishes(right, left)


@builtin(FUNCTIONS, "starts", ("point", "range"), ("range1", "range2"))
def _starts(left: FeelValue, right: FeelValue) -> FeelValue:
    whole = _bounded(_range(right))
    if not isinstance(left, Range):
        return whole.low_closed and _equal(left, whole.low)
    same_start = left.low_closed == whole.low_closed and _equal(left.low, whole.low)
    return same_start and not _ends_earlier(whole, left)


@builtin(FUNCTIONS, "started by", ("range", "point"), ("range1", "range2"))
def _started_by(left: FeelValue, right: FeelValue) -> FeelValue:
    return _starts(right, left)


@builtin(FUNCTIONS, "includes", ("range", "point"), ("range1", "range2"))
def _includes(left: FeelValue, right: FeelValue) -> FeelValue:
    whole = _range(left)
    if not isinstance(right, Range):
        return in_range(right, whole)
    return not _starts_earlier(right, whole) and not _ends_earlier(whole, right)


@builtin(FUNCTIONS, "during", ("point", "range"), ("range1", "range2"))
def _during(left: FeelValue, right: FeelValue) -> FeelValue:
    return _includes(right, left)


@builtin(FUNCTIONS, "coincides", ("point1", "point2"), ("range1", "range2"))
def _coincides(left: FeelValue, right: FeelValue) -> FeelValue:
    return same(left, right)


@builtin(FUNCTIONS, "range", ("from",))
def _range_from(given: FeelValue) -> FeelValue:
    match = _RANGE.match(text(given))
    if match is None:
        raise FeelError(f"{given!r} is not a range")
    opening, low, high, closing = match.groups()
    made = Range(_end(low), _end(high), opening == "[", closing == "]")
    if made.low is None and made.high is None:
        raise FeelError(f"{given!r} has no end")
    if made.low is not None and made.high is not None and compare("<=", made.low, made.high) is not True:
        raise FeelError("the ends of the range are not in order")
    return made


def _end(written: str) -> FeelValue:
    """A literal at an end of a range in text; nothing is an open end."""
    if not written:
        return None
    if written.startswith('"'):
        return unquote(written)
    if written.startswith('@"'):
        return temporal.parse_at(unquote(written[1:]))
    call = _CALL.match(written)
    if call is not None:
        return temporal.parse_at(unquote(call[1]))
    try:
        return DECIMALS.create_decimal(written)
    except ArithmeticError as error:
        raise FeelError(f"{written!r} is no literal") from error
