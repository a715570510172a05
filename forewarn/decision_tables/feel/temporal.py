"""Dates, times and durations as FEEL writes and computes them (DMN 1.5 §10.3.2.3.4 to §10.3.2.3.10).

Years run from 1 to 9999 and fractions of a second to microseconds; what lies outside is a `FeelError`.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, is_zoned, kind_of
from forewarn.decision_tables.values import YearsMonths

_DATE = re.compile(r"(-?\d{4,9})-(\d{2})-(\d{2})\Z")
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z0-9_+\-/]+)?\Z")
_DAYS_TIME = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(\.\d+)?S)?)?\Z")
_YEARS_MONTHS = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?\Z")

_REFERENCE_DAY = date(1970, 1, 1)
"""The day whose offset counts for a time with a named zone: a time alone has none of its own."""


def parse_date(text: str) -> date:
    """``2026-03-01``. Raises `FeelError`."""
    match = _DATE.match(text)
    if match is None:
        raise FeelError(f"{text!r} is not a date")
    year, month, day = (int(part) for part in match.groups())
    return make_date(year, month, day)


def make_date(year: int, month: int, day: int) -> date:
    """A date from its parts. Raises `FeelError` where there is no such day."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise FeelError(f"there is no date {year}-{month}-{day}") from error


def parse_time(text: str) -> time:
    """``10:15:00``, with ``Z``, an offset or ``@Area/City`` behind it. Raises `FeelError`."""
    match = _TIME.match(text.removeprefix("T"))
    if match is None:
        raise FeelError(f"{text!r} is not a time")
    hour, minute, second, fraction, zone = match.groups()
    microsecond = int(Decimal(fraction) * 1_000_000) if fraction else 0
    try:
        return time(int(hour), int(minute), int(second), microsecond, tzinfo=_zone(zone))
    except ValueError as error:
        raise FeelError(f"there is no time {text}") from error


def parse_datetime(text: str) -> datetime:
    """``2026-03-01T10:15:00`` with an optional zone; a date alone is its midnight. Raises `FeelError`."""
    day, separator, clock = text.partition("T")
    if not separator:
        return datetime.combine(parse_date(day), time())
    return datetime.combine(parse_date(day), parse_time(clock))


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in {"Z", "z"}:
        return UTC
    if text.startswith("@"):
        return named_zone(text[1:])
    sign = -1 if text[0] == "-" else 1
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    return offset_zone(sign * timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0))


def offset_zone(offset: timedelta) -> tzinfo:
    """A fixed offset. Raises `FeelError` beyond 14 hours, the bound of XML Schema."""
    if abs(offset) > timedelta(hours=14):
        raise FeelError(f"{format_duration(offset)} is not an offset from UTC")
    return timezone(offset) if offset else UTC


@lru_cache(maxsize=256)
def named_zone(name: str) -> tzinfo:
    """A zone of the tz database by its name. Raises `FeelError`."""
    if name in {"Z", "UTC", "Etc/UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FeelError(f"{name!r} is not a time zone") from error


def parse_duration(text: str) -> timedelta | YearsMonths:
    """``P1DT2H`` or ``P1Y6M``; a mixture of both is no FEEL duration. Raises `FeelError`."""
    match = _YEARS_MONTHS.match(text)
    if match is not None and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearsMonths(-months if match[1] else months)
    match = _DAYS_TIME.match(text)
    if match is None or not any(match.groups()[1:]):
        raise FeelError(f"{text!r} is not a duration")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    try:
        amount = timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int(Decimal(fraction) * 1_000_000) if fraction else 0,
        )
    except OverflowError as error:
        raise FeelError(f"{text!r} is too long a duration") from error
    return -amount if sign else amount


def format_duration(value: timedelta | YearsMonths) -> str:
    """The canonical ISO form: ``P1DT2H``, ``PT0S``, ``P1Y6M``, ``P0M``."""
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        parts = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if value.months < 0 else "") + "P" + (parts or "0M")
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    exact = f"{seconds}.{size.microseconds:06d}".rstrip("0").rstrip(".") if size.microseconds else str(seconds)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{exact}S" if exact != "0" else "")
    days = f"{size.days}D" if size.days else ""
    if not days and not clock:
        return "PT0S"
    return ("-" if value < timedelta() else "") + "P" + days + (f"T{clock}" if clock else "")


def format_time(value: time) -> str:
    """ISO form; a named zone behind ``@``."""
    return value.replace(tzinfo=None).isoformat() + _format_zone(value.tzinfo)


def format_datetime(value: datetime) -> str:
    """ISO form; a named zone behind ``@``."""
    return value.replace(tzinfo=None).isoformat() + _format_zone(value.tzinfo)


def _format_zone(zone: tzinfo | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None)
    if not offset:
        return "Z"
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    text = f"{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def offset_of(value: datetime | time) -> timedelta | None:
    """The offset from UTC, or ``None`` without a zone."""
    if isinstance(value, time):
        return datetime.combine(_REFERENCE_DAY, value).utcoffset()
    return value.utcoffset()


def add_months(value: date | datetime, months: int) -> date | datetime:
    """Shift by months; a day beyond the month's end becomes its last day. Raises `FeelError` out of range."""
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise FeelError("the date lies outside the years 1 to 9999")
    day = min(value.day, calendar.monthrange(year, month + 1)[1])
    return value.replace(year=year, month=month + 1, day=day)


def shift(value: date | datetime | time, amount: timedelta | YearsMonths) -> date | datetime | time:
    """A date, time or date and time plus a duration (DMN 1.5 table 57). Raises `FeelError`."""
    if isinstance(amount, YearsMonths):
        if isinstance(value, time):
            raise FeelError("years and months do not add to a time")
        return add_months(value, amount.months)
    try:
        if isinstance(value, datetime):
            return _shift_instant(value, amount)
        if isinstance(value, time):
            return (datetime.combine(_REFERENCE_DAY, value) + amount).timetz()
        return (datetime.combine(value, time()) + amount).date()
    except OverflowError as error:
        raise FeelError("the date lies outside the years 1 to 9999") from error


def _shift_instant(value: datetime, amount: timedelta) -> datetime:
    if value.tzinfo is None:
        return value + amount
    # Python adds to the wall clock; across a change of offset the standard counts elapsed time.
    return (value.astimezone(UTC) + amount).astimezone(value.tzinfo)


def difference(left: FeelValue, right: FeelValue) -> timedelta:
    """``left - right`` of two dates, times or dates and times; a date counts as its midnight in UTC.

    Raises `FeelError` where one has a zone and the other has none.
    """
    if kind_of(left) == "date" and kind_of(right) == "date":
        return timedelta(days=left.toordinal() - right.toordinal())
    if isinstance(left, time) and isinstance(right, time):
        first, second = datetime.combine(_REFERENCE_DAY, left), datetime.combine(_REFERENCE_DAY, right)
    else:
        first, second = _instant(left), _instant(right)
    if is_zoned(first) != is_zoned(second):
        raise FeelError("one of the two has a time zone and the other has none")
    return first - second


def _instant(value: FeelValue) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=UTC)
    raise FeelError(f"{kind_of(value)} is not a date and time")


def months_between(start: FeelValue, end: FeelValue) -> YearsMonths:
    """``years and months duration(from, to)``: whole months, towards zero. Raises `FeelError`."""
    for value in (start, end):
        if not isinstance(value, date):
            raise FeelError(f"{kind_of(value)} is not a date")
    if _order(end) < _order(start):
        return YearsMonths(-months_between(end, start).months)
    months = (end.year - start.year) * 12 + end.month - start.month
    if _order(end)[2:] < _order(start)[2:]:
        months -= 1
    return YearsMonths(months)


def _order(value: date) -> tuple[int, int, int, time]:
    clock = value.time() if isinstance(value, datetime) else time()
    return value.year, value.month, value.day, clock


def parse_at(text: str) -> FeelValue:
    """The value of an at-literal: ``@"2026-03-01"``, a time, a date and time, or a duration. Raises `FeelError`."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if "T" in text.removeprefix("T") and _DATE.match(text.partition("T")[0]):
        return parse_datetime(text)
    if _DATE.match(text):
        return parse_date(text)
    return parse_time(text)


_DURATION_PARTS = frozenset({"days", "hours", "minutes", "seconds"})


def component(value: FeelValue, name: str) -> FeelValue:
    """``value.name`` of a date, time, date and time or duration (DMN 1.5 table 66). Raises `FeelError`."""
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        sign = -1 if value.months < 0 else 1
        if name in {"years", "months"}:
            return Decimal(sign * (years if name == "years" else months))
    elif isinstance(value, timedelta):
        if name in _DURATION_PARTS:
            sign = -1 if value < timedelta() else 1
            size = abs(value)
            parts = {
                "days": Decimal(size.days),
                "hours": Decimal(size.seconds // 3600),
                "minutes": Decimal(size.seconds % 3600 // 60),
                "seconds": Decimal(size.seconds % 60) + Decimal(size.microseconds) / 1_000_000,
            }
            return sign * parts[name]
    else:
        if isinstance(value, date) and name in {"year", "month", "day", "weekday"}:
            return Decimal(value.isoweekday() if name == "weekday" else getattr(value, name))
        if isinstance(value, datetime | time):
            if name in {"hour", "minute"}:
                return Decimal(getattr(value, name))
            if name == "second":
                return Decimal(value.second) + Decimal(value.microsecond) / 1_000_000
            if name == "time offset":
                return offset_of(value)
            if name == "timezone":
                return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    raise FeelError(f"{kind_of(value)} has no {name!r}")
