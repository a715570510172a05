"""From what a cell, a csv field or a JSON value holds to the value of a record's field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import String

from forewarn.decision_tables.values import clean_text
from forewarn.engine.inventory.kinds import Field, FieldType, Kind
from forewarn.engine.inventory.source import Unreadable

Stored: TypeAlias = str | bool | Decimal | None
"""The value of a field before its references are looked up."""

LONGEST_TEXT = 32_767
"""Characters of a text that no column bounds more tightly (as many as a cell of Excel holds)."""

_DEEPEST = 10
_AMOUNT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_E_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LARGEST_AMOUNT = Decimal(2**63 - 1) / 10_000
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
# Excel keeps 15 digits of a number; what comes after them is lost.
_FIRST_INEXACT_INTEGER = Decimal(10) ** 15


class BadCell(Exception):
    """A value is not what its column holds: what is wrong, and what to type instead."""

    def __init__(self, message: str, hint: str | None = None, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.suggestion = suggestion


def longest(kind: Kind, field: Field) -> int:
    """How many characters the store keeps of that field; a reference may be as long as a name."""
    column_type = kind.table.c[field.column].type
    if isinstance(column_type, String) and column_type.length is not None:
        return column_type.length
    return 200


def field_value(field: Field, raw: object, length: int) -> Stored:
    """The value of ``field`` for what was typed; ``None`` for a blank.

    Raises `BadCell`. ``length`` is the most characters that a text may have.
    """
    if raw is None:
        return None
    if isinstance(raw, Unreadable):
        raise BadCell(f"the cell holds {raw.what}", "type the value itself")
    if isinstance(raw, str):
        raw = clean_text(raw)
        if not raw:
            return None
    match field.type:
        case FieldType.MONEY:
            return _amount(raw)
        case FieldType.YES_NO:
            return _yes_or_no(raw)
        case FieldType.CHOICE:
            return _choice(field, raw)
        case FieldType.EMAIL:
            return _address(raw, length)
        case _:
            return _text(field, raw, length)


def extra_value(raw: object, depth: int = 0) -> object:
    """The value of a column that we do not know, as JSON keeps it; ``None`` for a blank.

    Numbers become their decimal text, so that the same file means the same as csv, xlsx and JSON lines.
    Raises `BadCell`. ``depth`` counts the JSON objects and lists around the value.
    """
    if depth > _DEEPEST:
        raise BadCell(f"the value is nested more than {_DEEPEST} deep", "give a flat value")
    match raw:
        case None:
            return None
        case str():
            text = clean_text(raw)
            check_characters(text, LONGEST_TEXT)
            return text or None
        case bool():
            return "true" if raw else "false"
        case int() | Decimal():
            return _digits(Decimal(raw))
        case datetime() | date() | time():
            return raw.isoformat()
        case timedelta():
            return str(raw)
        case Unreadable():
            raise BadCell(f"the cell holds {raw.what}", "type the value itself")
        case Mapping():
            return {_key(key): extra_value(value, depth + 1) for key, value in raw.items()}
        case list():
            return [extra_value(item, depth + 1) for item in raw]
        case _:
            raise BadCell(f"a {type(raw).__name__} cannot be kept")


def shows_leading_zeros(field: Field, raw: object, shown: str | None) -> bool:
    """Whether a spreadsheet shows zeros before a number that it keeps without them."""
    return (
        field.type in {FieldType.NUMBER, FieldType.REFERENCE}
        and isinstance(raw, Decimal)
        and shown is not None
        and shown.startswith("0")
        and shown != _digits(raw)
    )


def check_characters(text: str, length: int) -> None:
    """Raise `BadCell` for a text of more than ``length`` characters, or with characters that are no text."""
    if len(text) > length:
        raise BadCell(f"the text has {len(text):,} characters, {length:,} are kept at most", "shorten it")
    if wrong := _NOT_TEXT.search(text):
        raise BadCell(f"the text holds the character U+{ord(wrong[0]):04X}, which is no text", "take it out")


def _key(key: object) -> str:
    text = str(key)
    check_characters(text, LONGEST_TEXT)
    return text


def _digits(number: Decimal) -> str:
    """A number in plain digits, without an exponent or trailing zeros after the point."""
    if not number.is_finite():
        raise BadCell(f"{number} is not a number")
    if number.adjusted() > 40 or number.adjusted() < -40:
        raise BadCell(f"{number} is out of range")
    if number == number.to_integral_value():
        return f"{number:.0f}" if number else "0"
    return f"{number:f}".rstrip("0")


def _text(field: Field, raw: object, length: int) -> str:
    match raw:
        case str():
            text = raw
        case bool():
            raise BadCell(f"{str(raw).upper()} is not text", "format the cell as text, then type it again")
        case int() | Decimal():
            text = _number_as_text(field, Decimal(raw))
        case datetime() | date() | time() | timedelta():
            raise BadCell(
                f"the cell holds a date or time ({raw}), not text", "format the cell as text, then type it again"
            )
        case _:
            raise BadCell(f"a {_json_name(raw)} is not text", "give one value")
    check_characters(text, length)
    return text


def _number_as_text(field: Field, number: Decimal) -> str:
    """A number where text is meant: Excel made one of what its owner typed."""
    if field.type in {FieldType.NUMBER, FieldType.REFERENCE} and number.is_finite():
        if number != number.to_integral_value():
            raise BadCell(f"{_digits(number)} is not a whole number", "format the cell as text, then type it again")
        if number.copy_abs() >= _FIRST_INEXACT_INTEGER:
            raise BadCell(
                f"{_digits(number)} has more digits than a spreadsheet keeps of a number",
                "format the cell as text, then type it again",
            )
    return _digits(number)


def _amount(raw: object) -> Decimal:
    match raw:
        case bool():
            raise BadCell(f"{raw} is not an amount", "type a number such as 1234.50")
        case int() | Decimal():
            amount = Decimal(raw)
            if not amount.is_finite():
                raise BadCell(f"{raw} is not an amount", "type a number such as 1234.50")
        case str() if _AMOUNT.fullmatch(raw) and len(raw) <= 40:
            amount = Decimal(raw)
        case str() if re.fullmatch(r"[+-]?[0-9.]*[0-9],[0-9.,]*", raw):
            raise BadCell(
                f"{raw!r} can be read in two ways",
                f"write the amount with a point: {raw.replace(',', '.', 1)}"
                if raw.count(",") == 1 and "." not in raw
                else "write the amount with a point alone: 1234.50",
            )
        case str():
            raise BadCell(f"{_short(raw)!r} is not an amount", "type digits and a point alone, such as 1234.50")
        case _:
            raise BadCell(f"a {_json_name(raw)} is not an amount", "type a number such as 1234.50")
    if amount.copy_abs() > _LARGEST_AMOUNT:
        raise BadCell(f"{_short(str(raw))} is more than the store keeps", "check the amount")
    if amount != amount.quantize(Decimal("0.0001")):
        raise BadCell(f"{_short(str(raw))} has more than four decimal places", "round it")
    return amount


def _yes_or_no(raw: object) -> bool:
    match raw:
        case bool():
            return raw
        case int() | Decimal() if raw in {0, 1}:
            return bool(raw)
        case str() if raw.casefold() in _YES_NO:
            return _YES_NO[raw.casefold()]
        case _:
            raise BadCell(f"{_short(str(raw))!r} is neither yes nor no", "type yes or no")


def _choice(field: Field, raw: object) -> str:
    text = str(raw).casefold()
    if text not in field.choices:
        raise BadCell(f"{_short(str(raw))!r} is not one of {', '.join(field.choices)}", "type one of these")
    return text


def _address(raw: object, length: int) -> str:
    if not isinstance(raw, str) or not _E_MAIL.fullmatch(raw):
        raise BadCell(f"{_short(str(raw))!r} is not an e-mail address", "type one address such as name@example.com")
    check_characters(raw, length)
    return raw


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _json_name(raw: object) -> str:
    names: dict[type[Any], str] = {dict: "JSON object", list: "JSON list"}
    return names.get(type(raw), f"value of type {type(raw).__name__}")
