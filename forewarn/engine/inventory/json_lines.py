"""Reading JSON lines: one record a line, each may say its own ``kind``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from forewarn.engine.inventory.text_files import bounded_lines, open_bytes_error
from forewarn.errors import Place, UnreadableWorkbook


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line: its number, its object, or why it cannot be read."""

    number: int
    fields: dict[str, object] | None
    fault: str | None = None
    hint: str | None = None


class _BadLine(ValueError):
    """The line is JSON, but not a record."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = next(name for index, (name, _) in enumerate(pairs) if name in dict(pairs[:index]))
        raise _BadLine(f"{twice!r} stands twice")
    return fields


def _no_number(constant: str) -> NoReturn:
    raise _BadLine(f"{constant} is not a number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number
)


def read_json_lines(path: Path, label: str, encoding: str) -> Iterator[JsonLine]:
    """The lines of the file that are not blank; raises UnreadableWorkbook where it cannot be opened."""
    try:
        file = path.open(encoding=encoding)
    except OSError as error:
        raise open_bytes_error(error, label) from error
    nothing_read = True
    with file:
        for number, line in enumerate(bounded_lines(file, label), start=1):
            text = line.strip()
            if nothing_read and text.startswith("["):
                raise UnreadableWorkbook(
                    "the file holds a JSON list", place=Place(label), hint="write one object a line, without [ and ]"
                )
            if text:
                nothing_read = False
                yield _json_line(number, text)


def _json_line(number: int, text: str) -> JsonLine:
    try:
        value = _DECODER.decode(text)
    except _BadLine as error:
        return JsonLine(number, None, str(error), "give each field once, with a plain value")
    except json.JSONDecodeError as error:
        return JsonLine(
            number, None, f"the line is not JSON: {error.msg} at character {error.pos + 1}", "write one object a line"
        )
    except RecursionError:
        return JsonLine(number, None, "the line is nested too deeply", "write one flat object a line")
    if "\\u" in text and not _can_be_written(value):
        return JsonLine(number, None, "the line holds half of a surrogate pair", "write the letter itself")
    if not isinstance(value, dict):
        return JsonLine(number, None, "the line is not a JSON object", 'write {"kind": "account", "number": …}')
    return JsonLine(number, value)


def _can_be_written(value: object) -> bool:
    """Whether all text in the value is Unicode: JSON can escape halves of characters that no file can hold."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True
