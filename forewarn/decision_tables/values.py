"""The values that cells and inputs hold, and their types (DMN 1.5 §10.3.2 with the sheet's own names).

A value is one of: ``None`` (null), ``str``, ``bool``, ``Decimal``, ``date``, ``time``, ``datetime``,
``timedelta`` (days-and-time duration), `YearsMonths`, `BusinessDuration`, or a ``tuple`` of these (a list).
Binary floats never stand in a value: they enter as the decimal of their shortest representation.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import TypeAlias

DECIMALS = Context(prec=34, rounding=ROUND_HALF_EVEN)
"""34 digits, half-even: the arithmetic of DMN (IEEE 754 decimal128)."""


class Kind(StrEnum):
    """The kind of a single value. `ANY` is for models from DMN that declare no type."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATE_AND_TIME = "date and time"
    DAYS_AND_TIME_DURATION = "days and time duration"
    YEARS_AND_MONTHS_DURATION = "years and months duration"
    ANY = "Any"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind, or a list of that kind."""

    kind: Kind
    is_list: bool = False

    def __str__(self) -> str:
        """``number`` or ``list of number``."""
        return f"list of {self.kind.value}" if self.is_list else self.kind.value


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years-and-months duration, as a whole number of months; never comparable with days and time."""

    months: int


@dataclass(frozen=True, slots=True)
class BusinessDuration:
    """An amount of business time, ``8 business hours`` or ``2 business days``: it counts on a calendar."""

    amount: Decimal
    unit: str


Scalar: TypeAlias = str | bool | Decimal | date | time | datetime | timedelta | YearsMonths | BusinessDuration
Value: TypeAlias = Scalar | tuple["Value", ...] | None


def clean_text(text: str) -> str:
    """Text as it is compared: trimmed of ordinary white space (not NBSP) and in Unicode NFC."""
    return unicodedata.normalize("NFC", text).strip(" \t\r\n")
