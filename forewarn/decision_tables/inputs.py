"""Strict conversion of what a caller hands in to the values that a table compares.

The rules (DMN 1.5 §10.3.2 with the sheet's own word where the standard is silent):

* a number is an ``int``, a ``Decimal`` or a ``float``; a float enters as the decimal of its shortest
  representation; NaN is null, an infinity is refused, a ``bool`` is never a number, text is never a number;
* text is trimmed of ordinary white space and brought to Unicode NFC, then looked up in the column's aliases;
* NaN, NaT and ``pandas.NA`` are null; numpy and pandas scalars count as the plain value that they hold,
  times finer than a microsecond are cut to it;
* a ``datetime`` is never a date and a ``date`` never a date and time, but for a pandas or numpy time stamp
  without zone at midnight exactly, which is how a frame holds a date;
* a time without zone is kept as it is, and compared as if it stood in UTC.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from forewarn.decision_tables.model import InputColumn
from forewarn.decision_tables.syntax import AllOf, AnyOf, Compare, Literal, OneOf, Test
from forewarn.decision_tables.values import (
    DECIMALS,
    BusinessDuration,
    Kind,
    Type,
    Value,
    YearsMonths,
    clean_text,
)
from forewarn.errors import BadInput


class _Missing(Enum):
    """The mark of an input that the caller did not give, which is not the same as null."""

    MISSING = "missing"


MISSING: Final = _Missing.MISSING

_NULL_TYPES = frozenset({"NAType", "NaTType"})


class WrongType(Exception):
    """A value is not of the wanted type; ``str(error)`` tells what it is instead."""


def plain(raw: Any) -> Any:
    """The plain Python value that ``raw`` holds: numpy and pandas scalars unpacked, NaN, NaT and NA as ``None``.

    A numpy float becomes the decimal of the shortest representation in its own width.
    """
    if raw is None or type(raw) in (str, int, bool, Decimal, datetime, date, time, timedelta):
        if type(raw) is Decimal and raw.is_nan():
            return None
        return raw
    if isinstance(raw, float):
        return None if math.isnan(raw) else float(raw)
    kind = type(raw)
    if kind.__name__ in _NULL_TYPES:
        return None
    origin = kind.__module__.partition(".")[0]
    if origin == "numpy":
        return _plain_numpy(raw)
    if origin == "pandas":
        if isinstance(raw, datetime):
            return raw.to_pydatetime(warn=False)  # type: ignore[attr-defined]
        if isinstance(raw, timedelta):
            return raw.to_pytimedelta()  # type: ignore[attr-defined]
    if isinstance(raw, str):
        return str.__str__(raw)
    if isinstance(raw, Decimal):
        return None if raw.is_nan() else Decimal(raw)
    return raw


def _plain_numpy(raw: Any) -> Any:
    """A numpy scalar (or array) as plain Python values."""
    kind = raw.dtype.kind
    if getattr(raw, "ndim", 0):
        return [plain(item) for item in raw]
    if kind in "mM":
        text = str(raw)
        return None if text == "NaT" else raw.astype(f"{'datetime64' if kind == 'M' else 'timedelta64'}[us]").item()
    if kind == "f":
        number = Decimal(str(raw))
        return None if number.is_nan() else number
    return raw.item()


def _is_frame_midnight(raw: Any) -> bool:
    """Whether ``raw`` is a pandas or numpy time stamp without zone that stands for a whole date."""
    return type(raw).__module__.partition(".")[0] in ("pandas", "numpy")


def _string(value: Any) -> Value:
    if type(value) is str:
        return clean_text(value)
    raise WrongType(_what(value))


def _number(value: Any) -> Value:
    if type(value) is bool:
        raise WrongType(_what(value))
    if type(value) is Decimal:
        number = value
    elif isinstance(value, int):
        number = Decimal(int(value))
    elif isinstance(value, float):
        number = Decimal(repr(value))
    else:
        raise WrongType(_what(value))
    if not number.is_finite():
        raise WrongType("an infinite number")
    return DECIMALS.plus(number)


def _boolean(value: Any) -> Value:
    if type(value) is bool:
        return value
    raise WrongType(_what(value))


def _date(value: Any) -> Value:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise WrongType(_what(value))


def _time(value: Any) -> Value:
    if isinstance(value, time):
        return value
    raise WrongType(_what(value))


def _date_and_time(value: Any) -> Value:
    if isinstance(value, datetime):
        return value
    raise WrongType(_what(value))


def _days_and_time(value: Any) -> Value:
    if isinstance(value, timedelta | BusinessDuration):
        return value
    raise WrongType(_what(value))


def _years_and_months(value: Any) -> Value:
    if isinstance(value, YearsMonths):
        return value
    raise WrongType(_what(value))


def _any(value: Any) -> Value:
    if isinstance(value, list | tuple):
        return tuple(_any(plain(item)) for item in value)
    if type(value) is str:
        return clean_text(value)
    if isinstance(value, int | float | Decimal) and type(value) is not bool:
        return _number(value)
    return value  # type: ignore[no-any-return]


_CONVERT: dict[Kind, Callable[[Any], Value]] = {
    Kind.STRING: _string,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DATE_AND_TIME: _date_and_time,
    Kind.DAYS_AND_TIME_DURATION: _days_and_time,
    Kind.YEARS_AND_MONTHS_DURATION: _years_and_months,
    Kind.ANY: _any,
}

_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    str: "a text",
    datetime: "a date and time",
    date: "a date",
    time: "a time",
    timedelta: "a duration",
    YearsMonths: "a years and months duration",
    list: "a list",
    tuple: "a list",
}


def _what(value: Any) -> str:
    """``the text "5"``: what a wrong value is, for a message."""
    name = _NAMES.get(type(value), f"a {type(value).__name__}")
    shown = repr(value) if isinstance(value, str | int | float | bool) else str(value)
    return f"{name} ({shown if len(shown) <= 60 else shown[:57] + '...'})"


def convert(raw: Any, wanted: Type, aliases: Mapping[str, Value] | None = None, *, lenient: bool = False) -> Value:
    """``raw`` as a value of type ``wanted``, or ``None`` where it is null.

    Text is cleaned and looked up in ``aliases`` first. ``lenient`` adds the implicit conversions of
    DMN 1.5 §10.3.2.9.4: a list of one and its element stand for each other, a date for its midnight in UTC.
    Raises `WrongType`.
    """
    value = plain(raw)
    if value is None:
        return None
    if wanted.is_list:
        if isinstance(value, list | tuple | set | frozenset):
            items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
            element = Type(wanted.kind)
            return tuple(convert(item, element, aliases, lenient=lenient) for item in items)
        if lenient:
            return (convert(value, Type(wanted.kind), aliases, lenient=True),)
        raise WrongType(_what(value))
    if type(value) is str and aliases:
        cleaned = clean_text(value)
        return aliases[cleaned] if cleaned in aliases else _CONVERT[wanted.kind](cleaned)
    if wanted.kind is Kind.DATE and isinstance(value, datetime) and _is_frame_midnight(raw):
        if value.tzinfo is None and value.time() == time():
            return value.date()
    elif lenient:
        if isinstance(value, list | tuple) and len(value) == 1 and wanted.kind is not Kind.ANY:
            return convert(value[0], wanted, aliases, lenient=True)
        if wanted.kind is Kind.DATE_AND_TIME and isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
    return _CONVERT[wanted.kind](value)


def infer(raw: Any) -> Value:
    """``raw`` as a value of whatever type it has, for expressions over names that no column declares."""
    return _any(plain(raw))


def allowed_values(test: Test | None) -> Iterator[Value]:
    """The single values that a column's allowed values list."""
    if isinstance(test, OneOf | AnyOf | AllOf):
        for inner in test.tests:
            yield from allowed_values(inner)
    elif isinstance(test, Compare) and test.operator == "=" and isinstance(test.operand, Literal):
        yield test.operand.value


def bad_input(column: InputColumn, table: str, problem: str, hint: str | None = None) -> BadInput:
    """The error that names the input, its table, and where its column stands."""
    bound = f" ({column.binding.name})" if column.binding is not None else ""
    return BadInput(
        f"input {column.heading!r}{bound} of table {table!r}: {problem}",
        table=table,
        input=column.heading,
        place=column.place,
        hint=hint,
    )


def missing_input(column: InputColumn, table: str) -> BadInput:
    """The error for a required input that the caller did not give."""
    return bad_input(
        column, table, "missing", "give it by its heading or its bound name; null only where it is nullable"
    )


def null_input(column: InputColumn, table: str) -> BadInput:
    """The error for a null where the Glossary does not say nullable."""
    return bad_input(column, table, "null is not allowed", "say nullable in the Glossary if it may be empty")


def wrong_type(column: InputColumn, table: str, error: WrongType) -> BadInput:
    """The error for a value of another type than the column's."""
    return bad_input(column, table, f"{error} where a {column.type} is meant")


def not_allowed(column: InputColumn, table: str, value: Value) -> BadInput:
    """The error for a value outside the allowed ones, with the nearest of them."""
    texts = [text for text in allowed_values(column.allowed) if isinstance(text, str)]
    hint = None
    if texts and isinstance(value, str):
        near = difflib.get_close_matches(value, texts, n=1, cutoff=0.6) or [
            text for text in texts if text.casefold() == value.casefold()
        ]
        listed = ", ".join(texts[:8]) + (", …" if len(texts) > 8 else "")
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {listed}"
    return bad_input(column, table, f"{_what(value)} is not an allowed value", hint)
