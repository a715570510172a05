"""Conversion functions (DMN 1.5 §10.3.4.1) and the text form of every value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException

from forewarn.decision_tables.feel import temporal
from forewarn.decision_tables.feel.builtins.numbers import number, whole
from forewarn.decision_tables.feel.builtins.registry import argument, builtin, context, items, text
from forewarn.decision_tables.feel.lexing import quote
from forewarn.decision_tables.feel.operators import bounded
from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function, Range, kind_of, lift
from forewarn.decision_tables.values import DECIMALS, YearsMonths

FUNCTIONS: dict[str, Function] = {}

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\Z")


def write_number(value: Decimal) -> str:
    """A number in plain digits, without needless zeros."""
    if value == 0:
        return "0"
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def write(value: FeelValue, *, nested: bool = False) -> str:
    """The text of a value, as ``string(…)`` gives it; texts within lists and contexts stand in quotes."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value) if nested else value
        case Decimal():
            return write_number(value)
        case datetime():
            return temporal.format_datetime(value)
        case date():
            return value.isoformat()
        case time():
            return temporal.format_time(value)
        case timedelta() | YearsMonths():
            return temporal.format_duration(value)
        case tuple():
            return "[" + ", ".join(write(item, nested=True) for item in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)}: {write(item, nested=True)}" for key, item in value.items()) + "}"
        case Range():
            low = "" if value.low is None else write(value.low, nested=True)
            high = "" if value.high is None else write(value.high, nested=True)
            return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"
        case _:
            raise FeelError(f"a {kind_of(value)} has no text")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w ]+", key) else quote(key)


def literal(value: FeelValue) -> str:
    """FEEL source that gives this value. Raises `FeelError` for functions and what FEEL cannot write."""
    match value:
        case datetime() | date() | time() | timedelta() | YearsMonths():
            return f'@"{write(value)}"'
        case tuple():
            return "[" + ", ".join(literal(item) for item in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{quote(key)}: {literal(item)}" for key, item in value.items()) + "}"
        case None | bool() | str() | Decimal():
            return write(value, nested=True)
        case _:
            raise FeelError(f"FEEL has no literal for {kind_of(value)}")


@builtin(FUNCTIONS, "string", ("from",))
def _string(given: FeelValue) -> FeelValue:
    return write(given)


@builtin(FUNCTIONS, "number", ("from",), ("from", "grouping separator", "decimal separator"), nulls=True)
def _number(given: FeelValue, grouping: FeelValue = None, decimal: FeelValue = None) -> FeelValue:
    if given is None:
        return None
    if isinstance(given, Decimal):
        return given
    digits = text(given)
    if grouping is not None and grouping not in {" ", ",", "."}:
        raise FeelError(f"{grouping!r} is no grouping separator")
    if decimal is not None and (decimal not in {",", "."} or decimal == grouping):
        raise FeelError(f"{decimal!r} is no decimal separator")
    if grouping is not None:
        digits = digits.replace(grouping, "")
    if decimal is not None and decimal != ".":
        digits = digits.replace(".", "?").replace(decimal, ".")
    if not _NUMBER.match(digits):
        raise FeelError(f"{given!r} is not a number")
    try:
        return bounded(DECIMALS.create_decimal(digits))
    except DecimalException as error:
        raise FeelError(f"{digits[:40]!r} is out of range") from error


@builtin(FUNCTIONS, "date", ("from",), ("year", "month", "day"))
def _date(given: FeelValue, month: FeelValue = None, day: FeelValue = None) -> FeelValue:
    if month is not None:
        return temporal.make_date(whole(given), whole(month), whole(day))
    if isinstance(given, datetime):
        return given.date()
    return given if isinstance(given, date) else temporal.parse_date(text(given))


@builtin(FUNCTIONS, "time", ("from",), ("hour", "minute", "second"), ("hour", "minute", "second", "offset"), nulls=True)
def _time(given: FeelValue, minute: FeelValue = None, second: FeelValue = None, offset: FeelValue = None) -> FeelValue:
    if given is None:
        return None
    if minute is not None and second is not None:
        return _clock(given, minute, second, offset)
    if isinstance(given, datetime):
        return given.timetz()
    if isinstance(given, date):
        return temporal.parse_time("00:00:00Z")
    return given if isinstance(given, time) else temporal.parse_time(text(given))


def _clock(hour: FeelValue, minute: FeelValue, second: FeelValue, offset: FeelValue) -> time:
    seconds = number(second)
    micros = int((seconds % 1) * 1_000_000)
    zone = None
    if offset is not None:
        zone = temporal.offset_zone(argument(offset, timedelta, "a days and time duration"))
    try:
        return time(whole(hour), whole(minute), int(seconds), micros, tzinfo=zone)
    except ValueError as error:
        raise FeelError(f"there is no time {hour}:{minute}:{second}") from error


@builtin(
    FUNCTIONS,
    "date and time",
    ("from",),
    ("date", "time"),
    ("date", "timezone"),
    ("year", "month", "day", "hour", "minute", "second"),
    ("year", "month", "day", "hour", "minute", "second", "offset"),
    ("year", "month", "day", "hour", "minute", "second", "timezone"),
)
def _date_and_time(*given: FeelValue) -> FeelValue:
    if len(given) == 1:
        (value,) = given
        if isinstance(value, datetime):
            return value
        return datetime.combine(value, time()) if isinstance(value, date) else temporal.parse_datetime(text(value))
    if len(given) == 2:
        day, clock = given
        if isinstance(clock, str) and isinstance(day, datetime):
            zone = temporal.named_zone(clock)
            return day.replace(tzinfo=zone) if day.tzinfo is None else day.astimezone(zone)
        return datetime.combine(argument(day, date, "a date"), argument(clock, time, "a time"))
    year, month, day, hour, minute, second, *place = given
    where = place[0] if place else None
    clock = _clock(hour, minute, second, where if isinstance(where, timedelta) else None)
    if where is not None and not isinstance(where, timedelta):
        clock = clock.replace(tzinfo=temporal.named_zone(text(where)))
    return datetime.combine(temporal.make_date(whole(year), whole(month), whole(day)), clock)


@builtin(FUNCTIONS, "duration", ("from",))
def _duration(given: FeelValue) -> FeelValue:
    return given if isinstance(given, timedelta | YearsMonths) else temporal.parse_duration(text(given))


@builtin(FUNCTIONS, "years and months duration", ("from", "to"))
def _years_and_months(start: FeelValue, end: FeelValue) -> FeelValue:
    return temporal.months_between(start, end)


@builtin(FUNCTIONS, "context", ("entries",))
def _context(entries: FeelValue) -> FeelValue:
    made: dict[str, FeelValue] = {}
    for entry in items(entries):
        given = context(entry)
        if "key" not in given or "value" not in given:
            raise FeelError("an entry needs a key and a value")
        key = text(given["key"])
        if key in made:
            raise FeelError(f"{key!r} is there twice")
        made[key] = lift(given["value"])
    return made
