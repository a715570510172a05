"""Where a cell's text splits: at commas and semicolons outside quotes and brackets, with intervals kept whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forewarn.decision_tables import codes
from forewarn.decision_tables.literals import CellProblem

_OPEN, _CLOSE, _SEPARATORS = "([", ")]", ",;"
_PAIRS = {"(": ")", "[": "]"}


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
        found = _interval_at(text, position)
        if found is not None:
            interval, end = found
            parts.append(interval)
            position = end + 1
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


def closes_at_end(inner: str) -> bool:
    """Whether a bracket around ``inner`` closes only behind it: ``a, b`` does, ``a), not(b`` does not."""
    position = depth = 0
    while position < len(inner):
        found = _interval_at(inner, position) if depth == 0 else None
        if found is not None:
            position = found[1] + 1
            continue
        while position < len(inner) and (depth or inner[position] not in _SEPARATORS):
            if inner[position] == '"':
                position = _end_of_quote(inner, position)
                continue
            depth += (inner[position] == "(") - (inner[position] == ")")
            if depth < 0:
                return False
            position += 1
        position += 1
    return depth == 0


def _interval_at(text: str, position: int) -> tuple[IntervalText, int] | None:
    """The interval that is the whole part at a position, and where the part ends; ``None`` where none is.

    One pass, whatever stands there: cells come from untrusted files.
    """
    start = _skip_space(text, position)
    if start == len(text) or text[start] not in "[](":
        return None
    dots: int | None = None
    nested = 0
    index = start + 1
    while index < len(text):
        character = text[index]
        if character in _SEPARATORS:
            return None
        if character == '"':
            index = _end_of_quote(text, index)
            continue
        if character == "(":
            nested += 1
        elif character == ")" and nested:
            nested -= 1
        elif character in "[])":
            break
        elif dots is None and not nested and text.startswith("..", index):
            dots = index
            index += 1
        index += 1
    end = _skip_space(text, index + 1)
    if dots is None or index == len(text) or (end < len(text) and text[end] not in _SEPARATORS):
        return None
    low, high = text[start + 1 : dots].strip(), text[dots + 2 : index].strip()
    if not low or not high:
        return None
    return IntervalText(text[start], low, high, text[index], text[start : index + 1]), end


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _end_of_part(text: str, position: int) -> int:
    depth: list[str] = []
    while position < len(text):
        character = text[position]
        if character == '"':
            position = _end_of_quote(text, position)
            continue
        if character in _OPEN:
            depth.append(character)
        elif character in _CLOSE and depth and _PAIRS[depth[-1]] == character:
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
