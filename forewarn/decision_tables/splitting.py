"""Where a cell's text splits: at commas and semicolons outside quotes and brackets, with intervals kept whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forewarn.decision_tables import codes
from forewarn.decision_tables.literals import CellProblem

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_BOUND = rf'(?:{_QUOTED}|\([^()]*\)|[^"\[\]();,])+?'
INTERVAL = re.compile(rf"\s*([\[\](])\s*({_BOUND})\s*\.\.\s*({_BOUND})\s*([\[\])])\s*(?=[,;]|\Z)", re.DOTALL)
"""An interval where it stands alone between separators: opening, low, high, closing."""

_OPEN, _CLOSE, _SEPARATORS = "([", ")]", ",;"


@dataclass(frozen=True, slots=True)
class IntervalText:
    """An interval before its bounds are understood."""

    opening: str
    low: str
    high: str
    closing: str
    text: str


def split(text: str) -> list[str | IntervalText]:
    """The parts of a cell's text, trimmed. Raises `CellProblem` for an open quote or bracket, or an empty part."""
    parts: list[str | IntervalText] = []
    position = 0
    while position <= len(text):
        interval = INTERVAL.match(text, position)
        if interval is not None:
            parts.append(
                IntervalText(interval[1], interval[2].strip(), interval[3].strip(), interval[4], interval[0].strip())
            )
            position = interval.end() + 1
            continue
        end = _end_of_part(text, position)
        part = text[position:end].strip(" \t\r\n")
        if not part:
            raise CellProblem(
                codes.SYNTAX, f"an empty part between separators in {text!r}", hint="delete the separator too many"
            )
        parts.append(part)
        position = end + 1
    return parts


def _end_of_part(text: str, position: int) -> int:
    depth: list[str] = []
    while position < len(text):
        character = text[position]
        if character == '"':
            position = _end_of_quote(text, position)
            continue
        if character in _OPEN:
            depth.append(character)
        elif character in _CLOSE and depth:
            depth.pop()
        elif character in _SEPARATORS and not depth:
            return position
        position += 1
    if depth:
        raise CellProblem(
            codes.SYNTAX, f"{depth[-1]!r} is not closed in {text!r}", hint='put a text with brackets in quotes: "…"'
        )
    return position


def _end_of_quote(text: str, start: int) -> int:
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == '"':
            return position + 1
        else:
            position += 1
    raise CellProblem(codes.SYNTAX, f"a quote is not closed in {text!r}", hint='close it; inside quotes \\" is a quote')


def is_quoted(text: str) -> bool:
    """Whether the whole text is one quoted literal."""
    return text.startswith('"') and _end_of_quote(text, 0) == len(text)


def unquote(text: str) -> str:
    r"""The text inside a quoted literal, with ``\"`` and ``\\`` undone."""
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])


def quote(text: str) -> str:
    """A text as a quoted literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
