"""One constant of a cell: native values and typed text, to a value of the column's type.

Dates are ISO or native, numbers have ``.`` as decimal mark, whatever could be read in two ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from forewarn.decision_tables import codes
from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.grid import Cell, CellError
from forewarn.decision_tables.values import (
    DECIMALS,
    BusinessDuration,
    Kind,
    Scalar,
    YearsMonths,
    clean_text,
)

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?\Z", re.ASCII)
COMMA_NUMBER = re.compile(r"[+-]?\d+(?:[,.]\d+)*,\d+(?:\.\d+)?\Z", re.ASCII)
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*%\Z", re.ASCII)
_SLASHED = re.compile(r"\d{1,4}[/.\\-]\d{1,2}[/.\\-]\d{1,4}(?:[ T].*)?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_CALL = re.compile(r"(date and time|date|time|duration)\s*\(\s*\"([^\"]*)\"\s*\)\Z")
_ISO_DAYS = re.compile(
    r"(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,6})?)S)?)?\Z", re.ASCII
)
_ISO_MONTHS = re.compile(r"(-)?P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?\Z", re.ASCII)
_SHORT = re.compile(r"(-)?(?=\d)(?:(\d+)\s*+d)?\s*+(?:(\d+)\s*+h)?\s*+(?:(\d+)\s*+m)?\s*+(?:(\d+)\s*+s)?\Z", re.ASCII)
_BUSINESS = re.compile(r"(\d+(?:\.\d+)?)\s+business\s+(minute|hour|day)s?\Z", re.ASCII | re.IGNORECASE)
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}

_CALLED = {
    "date": (Kind.DATE,),
    "time": (Kind.TIME,),
    "date and time": (Kind.DATE_AND_TIME,),
    "duration": (Kind.DAYS_AND_TIME_DURATION, Kind.YEARS_AND_MONTHS_DURATION),
}

_MEANT = {
    Kind.STRING: "a text",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a date",
    Kind.TIME: "a time",
    Kind.DATE_AND_TIME: "a date and time",
    Kind.DAYS_AND_TIME_DURATION: "a duration",
    Kind.YEARS_AND_MONTHS_DURATION: "a duration in years and months",
    Kind.ANY: "a value",
}

_EXAMPLES = {
    Kind.NUMBER: "such as 5 or 0.25",
    Kind.BOOLEAN: "type true, false, yes or no",
    Kind.DATE: "such as 2026-02-01",
    Kind.TIME: "such as 14:30",
    Kind.DATE_AND_TIME: "such as 2026-02-01T14:30:00Z",
    Kind.DAYS_AND_TIME_DURATION: "such as PT4H, 4h, 2d, 90m or 8 business hours",
    Kind.YEARS_AND_MONTHS_DURATION: "such as P1Y or P6M",
}


class CellProblem(Exception):
    """What is wrong with a cell: a code, a message, and how it is mended."""

    def __init__(self, code: Code, message: str, *, hint: str | None = None, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.suggestion = suggestion


def meant(kind: Kind) -> str:
    """``a number``, ``a date``: what a column of that kind expects."""
    return _MEANT[kind]


def refuse_unusable(cell: Cell) -> None:
    """Raise `CellProblem` for a formula, an error value, text that begins with ``=``, or invisible text."""
    if isinstance(cell.value, CellError):
        raise CellProblem(codes.ERROR_VALUE, f"the cell shows {cell.value.text}")
    if cell.is_formula and cell.value is None:
        raise CellProblem(codes.NO_CACHED_VALUE, "the cell is a formula without a stored value")
    if cell.is_formula:
        raise CellProblem(codes.FORMULA, f"the cell is a formula; it shows {cell.shown!r}")
    if isinstance(cell.value, str) and not cell.blank and not cell.value.strip():
        raise CellProblem(
            codes.NEAR_MISS,
            "the cell looks blank and holds a no-break space",
            hint="delete what stands in it",
            suggestion="",
        )
    if isinstance(cell.value, str) and cell.value.lstrip().startswith("="):
        raise CellProblem(
            codes.FORMULA,
            f"the cell starts with =: {cell.shown!r}",
            hint=f'type {cell.value.strip().lstrip("= ") or "the value"} without the =; "=…" in quotes is a text',
        )


def native_literal(cell: Cell, kind: Kind, zone: tzinfo = UTC) -> Scalar:
    """A cell's native value, other than text, as a value of ``kind``. Raises `CellProblem`.

    A moment without zone stands in ``zone``.
    """
    value = cell.value
    match kind, value:
        case Kind.NUMBER, Decimal():
            return DECIMALS.plus(value)
        case Kind.BOOLEAN, bool():
            return value
        case (Kind.DATE | Kind.DATE_AND_TIME, datetime()):
            placed = _in_range(value.replace(tzinfo=zone))
            if kind is Kind.DATE_AND_TIME and placed is not None:
                return placed
            if kind is Kind.DATE and value.time() == time():
                return value.date()
        case Kind.DATE, date():
            return value
        case Kind.DATE_AND_TIME, date():
            placed = _in_range(datetime.combine(value, time(), zone))
            if placed is not None:
                return placed
        case Kind.TIME, time():
            return value
        case Kind.DAYS_AND_TIME_DURATION, timedelta():
            return value
        case Kind.DAYS_AND_TIME_DURATION, time():
            return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        case Kind.ANY, (Decimal() | bool() | date() | time() | timedelta()):
            return value
    raise _wrong_native(cell, kind)


def _wrong_native(cell: Cell, kind: Kind) -> CellProblem:
    stored = stored_form(cell)
    if isinstance(cell.value, bool):
        return CellProblem(
            codes.WRONG_TYPE if kind is not Kind.STRING else codes.CONVERTED,
            f"{meant(kind)} is meant, the cell holds the boolean {stored}",
            hint=None if kind is Kind.STRING else _EXAMPLES.get(kind),
        )
    what = "number" if isinstance(cell.value, Decimal) else "date" if isinstance(cell.value, date) else "time"
    if kind is Kind.STRING or what != "number":
        return CellProblem(
            codes.CONVERTED,
            f"{meant(kind)} is meant, the cell holds the {what} {stored} (shown as {cell.shown!r})",
            hint=None
            if kind is Kind.STRING
            else f"format the cell as General and type {meant(kind)}, {_EXAMPLES.get(kind, 'as text')}",
        )
    return CellProblem(
        codes.WRONG_TYPE, f"{meant(kind)} is meant, the cell holds the number {stored}", hint=_EXAMPLES.get(kind)
    )


def stored_form(cell: Cell) -> str:
    """A native value in its plain form, whatever its number format shows."""
    from forewarn.decision_tables.reading.number_format import shown  # noqa: PLC0415 - only for messages

    return shown(cell.value, None)


def text_literal(text: str, kind: Kind, zone: tzinfo = UTC) -> Scalar:
    """Typed text, trimmed and not quoted, as a value of ``kind``. Raises `CellProblem`.

    A moment without zone stands in ``zone``.
    """
    if kind is Kind.STRING:
        return clean_text(text)
    call = _CALL.match(text)
    if kind is Kind.ANY:
        return _untyped(text, call, zone)
    value = _READERS[kind](call[2] if call else text, zone)
    if value is not None:
        return value
    raise _not_understood(text, kind)


def _untyped(text: str, call: re.Match[str] | None, zone: tzinfo) -> Scalar:
    """A constant where nothing says the type: a date or time by its function, a number, a boolean, else text."""
    kinds = (Kind.NUMBER, Kind.BOOLEAN) if call is None else _CALLED[call[1]]
    for kind in kinds:
        value = _READERS[kind](text if call is None else call[2], zone)
        if value is not None:
            return value
    if call is not None:
        raise _not_understood(text, kinds[0])
    return clean_text(text)


def _not_understood(text: str, kind: Kind) -> CellProblem:
    if kind is Kind.NUMBER:
        if COMMA_NUMBER.match(text):
            return CellProblem(
                codes.AMBIGUOUS,
                f"{text!r} can be read in two ways",
                hint=f"write {text.replace(',', '.')} for a decimal mark, {text.replace(',', ', ')} for two values",
            )
        percent = _PERCENT.match(text)
        if percent:
            fraction = (Decimal(percent[1]) / 100).normalize()
            return CellProblem(
                codes.WRONG_TYPE, f"{text!r} is not a number", hint=f"write {fraction:f}", suggestion=f"{fraction:f}"
            )
    if kind in (Kind.DATE, Kind.DATE_AND_TIME) and _SLASHED.match(text):
        if not _DATE.match(text[:10]):
            return CellProblem(
                codes.AMBIGUOUS, f"the date {text!r} can be read in two ways", hint="write it as 2026-02-01"
            )
        return CellProblem(codes.WRONG_TYPE, f"there is no such {kind.value} as {text!r}", hint=_EXAMPLES[kind])
    if kind is Kind.DAYS_AND_TIME_DURATION and _ISO_MONTHS.match(text):
        return CellProblem(
            codes.WRONG_TYPE,
            f"{text!r} counts years or months, the column counts days and time: they never compare",
            hint=_EXAMPLES[kind],
        )
    if kind is Kind.YEARS_AND_MONTHS_DURATION and (_days(text) or _SHORT.match(text)):
        return CellProblem(
            codes.WRONG_TYPE,
            f"{text!r} counts days and time, the column counts years and months: they never compare",
            hint=_EXAMPLES[kind],
        )
    return CellProblem(codes.WRONG_TYPE, f"{text!r} is not {meant(kind)}", hint=_EXAMPLES.get(kind))


def _number(text: str, _: tzinfo) -> Decimal | None:
    return DECIMALS.create_decimal(text) if _NUMBER.match(text) else None


def _boolean(text: str, _: tzinfo) -> bool | None:
    return _BOOLEANS.get(text.casefold())


def _date(text: str, _: tzinfo) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def _time(text: str, _: tzinfo) -> time | None:
    try:
        return time.fromisoformat(text) if _TIME.match(text) else None
    except ValueError:
        return None


def _date_and_time(text: str, zone: tzinfo) -> datetime | None:
    day = _date(text[:10], zone)
    if day is None:
        return None
    if len(text) == 10:
        return _in_range(datetime.combine(day, time(), zone))
    moment = _time(text[11:], zone) if text[10] in "T " else None
    if moment is None:
        return None
    return _in_range(datetime.combine(day, moment) if moment.tzinfo else datetime.combine(day, moment, zone))


def _in_range(moment: datetime) -> datetime | None:
    """The moment, unless it lies so near the first or last year that it has no form in UTC."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment


def _days_and_time(text: str, _: tzinfo) -> timedelta | BusinessDuration | None:
    business = _BUSINESS.match(text)
    if business:
        return BusinessDuration(Decimal(business[1]), f"{business[2].lower()}s")
    try:
        return _days(text)
    except OverflowError:
        return None


def _days(text: str) -> timedelta | None:
    match = _ISO_DAYS.match(text)
    if match and any(match.groups()[1:]):
        sign, weeks, days, hours, minutes, seconds = match.groups()
    else:
        match = _SHORT.match(text)
        if not match or not any(match.groups()[1:]):
            return None
        sign, days, hours, minutes, seconds = match.groups()
        weeks = None
    whole, _, fraction = (seconds or "0").partition(".")
    length = timedelta(
        weeks=int(weeks or 0),
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(whole),
        microseconds=int(fraction.ljust(6, "0") or 0),
    )
    return -length if sign else length


def _years_and_months(text: str, _: tzinfo) -> YearsMonths | None:
    match = _ISO_MONTHS.match(text)
    if not match:
        return None
    months = int(match[2] or 0) * 12 + int(match[3] or 0)
    return YearsMonths(-months if match[1] else months)


_READERS: dict[Kind, Callable[[str, tzinfo], Scalar | None]] = {
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DATE_AND_TIME: _date_and_time,
    Kind.DAYS_AND_TIME_DURATION: _days_and_time,
    Kind.YEARS_AND_MONTHS_DURATION: _years_and_months,
}
