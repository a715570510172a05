"""From lines of JSON to alert documents, each with its line; a broken line harms no other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MAX_LINE = 1_000_000
"""The longest line, in characters, that is read as an alert."""


@dataclass(frozen=True, slots=True)
class AlertDocument:
    """What stood in one line: an object, or the reason why there is none.

    ``exact``: the ids of its source are those of occurrences, and alone tell repeats and what a clear ends.
    """

    line: int
    content: Mapping[str, Any] | None
    fault: str | None = None
    exact: bool = False


def read_documents(lines: Iterable[str | bytes]) -> Iterator[AlertDocument]:
    """Read JSON lines; blank lines are passed over, numbers are decimals."""
    for number, raw in enumerate(lines, start=1):
        document = _read_line(number, raw)
        if document is not None:
            yield document


def _read_line(number: int, raw: str | bytes) -> AlertDocument | None:
    value = load_line(number, raw)
    if value is None or isinstance(value, AlertDocument):
        return value
    if not isinstance(value, dict):
        return AlertDocument(number, None, f"not a JSON object but {type(value).__name__}")
    return AlertDocument(number, value)


def load_line(number: int, raw: str | bytes) -> object:
    """The JSON value of a line, None for a blank one, and for one that is no JSON a document that says why."""
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        return AlertDocument(number, None, f"not UTF-8: byte {problem.start + 1} of the line")
    if not text.strip():
        return None
    if len(text) > MAX_LINE:
        return AlertDocument(number, None, f"longer than {MAX_LINE:,} characters")
    try:
        # Without the line's end: of a line that is cut off, the decoder would name a column of the next.
        value: object = _load(text.rstrip())
    except json.JSONDecodeError as problem:
        return AlertDocument(number, None, f"not JSON: {problem.msg} at column {problem.colno}")
    except (ValueError, ArithmeticError) as problem:
        return AlertDocument(number, None, f"not JSON: {problem}")
    except RecursionError:
        return AlertDocument(number, None, "not JSON that can be read: nested too deeply")
    return AlertDocument(number, None, "not a JSON object but NoneType") if value is None else value


def load_whole(lines: Iterable[str | bytes]) -> object:
    """The JSON value of all lines together, None where they are none."""
    try:
        parts = [line.decode("utf-8-sig") if isinstance(line, bytes) else line for line in lines]
        return _load("".join(parts).removeprefix("\ufeff"))
    except (ValueError, ArithmeticError, RecursionError):
        return None


def _load(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
