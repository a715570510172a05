"""A value of each class of a column: what a witness shows, and the proof that the class is not empty.

Numbers are decimals of 34 digits, dates whole days, moments, times and days-and-time durations whole
microseconds, years-and-months durations whole months: between two neighbours of these there is nothing. Times
between cells are those of one day in UTC. Text may be anything that an input may be after trimming and NFC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from forewarn.decision_tables.index.classes import ColumnClasses
from forewarn.decision_tables.values import DECIMALS, BusinessDuration, Kind, Value, YearsMonths, clean_text

Cut = tuple[Any, int]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
_ROUND = (86_400 * _SECOND, 3_600 * _SECOND, 60 * _SECOND, _SECOND, 1)
_TRIES = 1_000


@dataclass(frozen=True, slots=True)
class _Scale:
    """How the values of a kind are counted: to and from whole numbers, the ends, and what counts as round."""

    number: Callable[[Any], int]
    value: Callable[[int], Value]
    first: int | None
    last: int | None
    steps: tuple[int, ...]


def _moment(number: int) -> Value:
    return _EPOCH + number * _MICROSECOND


def _moment_number(value: datetime) -> int:
    return (value - _EPOCH) // _MICROSECOND


def _time(number: int) -> Value:
    seconds, microseconds = divmod(number, _SECOND)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, microseconds)


def _time_number(value: time) -> int:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    offset = value.utcoffset() or timedelta()
    return seconds * _SECOND + value.microsecond - offset // _MICROSECOND


_SCALES: dict[Kind, _Scale] = {
    Kind.DATE: _Scale(date.toordinal, date.fromordinal, 1, date.max.toordinal(), (1,)),
    Kind.DATE_AND_TIME: _Scale(
        _moment_number,
        _moment,
        _moment_number(datetime.min.replace(tzinfo=UTC)),
        _moment_number(datetime.max.replace(tzinfo=UTC)),
        _ROUND,
    ),
    Kind.TIME: _Scale(_time_number, _time, 0, 86_400 * _SECOND - 1, _ROUND[1:]),
    Kind.DAYS_AND_TIME_DURATION: _Scale(
        lambda value: value // _MICROSECOND,
        lambda number: timedelta(microseconds=number),
        timedelta.min // _MICROSECOND,
        timedelta.max // _MICROSECOND,
        _ROUND,
    ),
    Kind.YEARS_AND_MONTHS_DURATION: _Scale(lambda value: value.months, YearsMonths, None, None, (1,)),
}
_USUAL: dict[Kind, int] = {Kind.DATE: date(2026, 1, 1).toordinal()}


class Empty:
    """The mark of a class that no input can be of."""


EMPTY = Empty()


def representatives(classes: ColumnClasses, admits: Callable[[Value], bool]) -> list[Value | Empty]:
    """A value of every class but null's, which is the last; `EMPTY` where no admitted value is of the class."""
    if classes.codes is not None:
        return [*_literals(classes, admits), _other(classes, admits)]
    cuts: list[Cut] = classes.cuts()
    return [_between(classes, position, cuts, admits) for position in range(len(cuts) + 1)]


def _literals(classes: ColumnClasses, admits: Callable[[Value], bool]) -> Iterator[Value | Empty]:
    assert classes.codes is not None  # noqa: S101 - asked by the caller
    for key in classes.codes:
        value: Value = key[1] if classes.kind is Kind.ANY else key
        yield value if admits(value) else EMPTY


def _other(classes: ColumnClasses, admits: Callable[[Value], bool]) -> Value | Empty:
    """A value that no literal of a column of equalities equals."""
    assert classes.codes is not None  # noqa: S101 - asked by the caller
    literals = list(classes.codes)
    for tried, candidate in enumerate(_others(classes.kind, literals)):
        if tried > len(literals) + _TRIES:
            break
        if classes.of(candidate) == classes.null - 1 and admits(candidate):
            return candidate
    return EMPTY


def _others(kind: Kind, literals: list[Any]) -> Iterator[Value]:
    if kind in (Kind.STRING, Kind.ANY):
        yield "another text"
        number = 2
        while True:
            yield f"another text {number}"
            number += 1
    if kind is Kind.BOOLEAN:
        yield from (True, False)
        return
    if kind is Kind.NUMBER:
        yield from _numbers_beside(literals)
        return
    scale = _SCALES[kind]
    numbers = [scale.number(value) for value in literals if not isinstance(value, BusinessDuration)]
    step = scale.steps[0]
    starts = [max(numbers) + step, min(numbers) - step, min(numbers) + 1] if numbers else [_USUAL.get(kind, 0)]
    for start in starts:
        for distance in range(len(numbers) + 1):
            for number in (start + distance, start - distance):
                if (scale.first is None or number >= scale.first) and (scale.last is None or number <= scale.last):
                    yield scale.value(number)


def _numbers_beside(literals: list[Decimal]) -> Iterator[Decimal]:
    top = max(literals, default=Decimal(-1))
    yield DECIMALS.add(top, Decimal(1))
    yield DECIMALS.next_plus(top)
    bottom = min(literals, default=Decimal(0))
    yield DECIMALS.subtract(bottom, Decimal(1))
    yield DECIMALS.next_minus(bottom)


def _between(classes: ColumnClasses, position: int, cuts: list[Cut], admits: Callable[[Value], bool]) -> Value | Empty:
    """A value of one elementary interval: after the cut before it and before the cut behind it."""
    start = cuts[position - 1] if position else None
    end = cuts[position] if position < len(cuts) else None
    if start is not None and end is not None and start[1] == 0 and end[1] == 1 and start[0] == end[0]:
        # The class of one value that a cell names.
        return start[0] if admits(start[0]) else EMPTY
    if classes.kind is Kind.NUMBER:
        candidates: Iterable[Value] = _numbers_in(start, end)
    elif classes.kind is Kind.STRING:
        candidates = _texts_in(start)
    else:
        candidates = _counted_in(_SCALES[classes.kind], start, end, _USUAL.get(classes.kind, 0))
    for candidate in candidates:
        if classes.of(candidate) == position and admits(candidate):
            return candidate
    return EMPTY


def _numbers_in(start: Cut | None, end: Cut | None) -> Iterator[Decimal]:
    if start is not None and start[1] == 0:
        yield start[0]
    if end is not None and end[1] == 1:
        yield end[0]
    if start is None and end is None:
        yield Decimal(0)
    elif start is None:
        assert end is not None  # noqa: S101 - the branch above
        yield DECIMALS.subtract(end[0], Decimal(1))
        yield DECIMALS.next_minus(end[0])
    else:
        floor = start[0].to_integral_value(rounding="ROUND_FLOOR") if abs(start[0]) < Decimal(10) ** 30 else start[0]
        yield DECIMALS.add(floor, Decimal(1))
        if end is not None:
            yield DECIMALS.divide(DECIMALS.add(start[0], end[0]), Decimal(2)).normalize()
        yield DECIMALS.next_plus(start[0])


def _texts_in(start: Cut | None) -> Iterator[str]:
    base = "" if start is None else start[0]
    if start is None or start[1] == 0:
        yield base
    for tail in ("a", "0", "!", "\x02", "\x01", "\x00"):
        yield base + tail
    # The successor of a text is the text and the least character; one that is an alias has a neighbour that is not.
    for length in range(2, 6):
        yield base + "\x00" * length


def _counted_in(scale: _Scale, start: Cut | None, end: Cut | None, usual: int) -> Iterator[Value]:
    first = scale.first if start is None else scale.number(start[0]) + start[1]
    last = scale.last if end is None else scale.number(end[0]) - (1 - end[1])
    if scale.first is not None and scale.last is not None:
        first = scale.first if first is None else max(first, scale.first)
        last = scale.last if last is None else min(last, scale.last)
    if first is not None and last is not None and first > last:
        return
    if start is None and end is None:
        yield scale.value(usual)
        return
    if start is not None and start[1] == 0 and first is not None:
        yield scale.value(first)
    for step in scale.steps:
        if start is None:
            assert last is not None  # noqa: S101 - an end stands where no start does
            number = last // step * step
        else:
            assert first is not None  # noqa: S101 - a start stands
            number = -(-first // step) * step
        if (first is None or number >= first) and (last is None or number <= last):
            yield scale.value(number)
            return


def admission(aliases: dict[str, Value]) -> Callable[[Value], bool]:
    """Whether an input of this very value reaches the table as it is: aliases and trimming make another of some."""

    def admits(value: Value) -> bool:
        if isinstance(value, str):
            return clean_text(value) == value and aliases.get(value, value) == value
        if isinstance(value, Decimal):
            return value.is_finite() and DECIMALS.plus(value) == value
        return True

    return admits
