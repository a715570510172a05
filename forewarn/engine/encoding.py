"""Values in JSON: what a database column can hold and give back without a binary float in between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from forewarn.decision_tables.values import BusinessDuration, Value, YearsMonths


def dump_json(content: Any) -> str:
    """JSON text with sorted keys; a decimal is written as a number where that gives the same decimal back."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def load_json(text: str) -> Any:
    """The content of JSON text; whole numbers as ``int``, others as ``Decimal``."""
    return json.loads(text, parse_float=Decimal)


def _plain(content: Any) -> Any:
    if isinstance(content, Decimal):
        if content.is_finite():
            if content == content.to_integral_value() and abs(content) < 10**18:
                return int(content)
            short = float(content)
            if Decimal(repr(short)) == content:
                return short
        return str(content)
    if isinstance(content, date | time):
        return content.isoformat()
    if isinstance(content, Mapping):
        return dict(content)
    raise TypeError(f"{type(content).__name__} cannot be kept as JSON")


def encode(value: Any) -> Any:
    """A value as JSON that `decode` turns back into the same value: what JSON has no type for is tagged.

    Takes mappings and lists of values too, as the inputs and outputs of a decision are.
    """
    match value:
        case None | str() | bool():
            return value
        case Decimal():
            return {"$number": str(value)}
        case int():
            return {"$number": str(value)}
        case datetime():
            return {"$time": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case time():
            return {"$clock": value.isoformat()}
        case timedelta():
            return {"$seconds": str(Decimal(value // timedelta(microseconds=1)).scaleb(-6))}
        case YearsMonths():
            return {"$months": value.months}
        case BusinessDuration():
            return {"$business": [str(value.amount), value.unit]}
        case Mapping():
            return {"$map": [[name, encode(part)] for name, part in value.items()]}
        case tuple():
            return {"$list": [encode(part) for part in value]}
        case list():
            return [encode(part) for part in value]
    raise TypeError(f"{type(value).__name__} is no value of a decision")


def decode(content: Any) -> Any:
    """The value that `encode` wrote."""
    if isinstance(content, list):
        return [decode(part) for part in content]
    if not isinstance(content, dict):
        return content
    ((tag, inner),) = content.items()
    match tag:
        case "$number":
            return Decimal(inner)
        case "$time":
            return datetime.fromisoformat(inner)
        case "$date":
            return date.fromisoformat(inner)
        case "$clock":
            return time.fromisoformat(inner)
        case "$seconds":
            return timedelta(microseconds=int(Decimal(inner).scaleb(6)))
        case "$months":
            return YearsMonths(inner)
        case "$business":
            return BusinessDuration(Decimal(inner[0]), inner[1])
        case "$map":
            return {name: decode(part) for name, part in inner}
        case "$list":
            return tuple(decode(part) for part in inner)
    raise ValueError(f"{tag} is no tag of a kept value")


def as_value(content: Any) -> Value:
    """What JSON or a database gave, as a value of a table: numbers as decimals, lists as tuples."""
    if isinstance(content, bool) or content is None or isinstance(content, str | Decimal | datetime | date | time):
        return content
    if isinstance(content, int):
        return Decimal(content)
    if isinstance(content, list | tuple):
        return tuple(as_value(part) for part in content)
    return dump_json(content)
