"""The cells that only event rules have: actions, counts, windows, correlation keys, values with placeholders.

Each function raises `CellProblem` with the code, what is wrong and how to mend it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem, native_literal, refuse_unusable, text_literal
from forewarn.decision_tables.values import Kind, Type, clean_text
from forewarn.rules import codes, limits
from forewarn.rules.model import Action, ActionKind, Placeholder

_TARGETS = {ActionKind.RAISE_EVENT: "an event", ActionKind.DECIDE: "a table", ActionKind.RUN_FLOW: "a flow"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_BRACES = re.compile(r"\{([^{}]*)\}")


def cell_text(cell: Cell) -> str:
    """A cell's text, trimmed; refuses formulas, error values, and numbers or dates where text is meant."""
    refuse_unusable(cell)
    if isinstance(cell.value, str):
        return clean_text(cell.value)
    return str(native_literal(cell, Kind.STRING))


def split_heading(heading: str) -> tuple[str, str]:
    """``alert.severity`` as record and attribute."""
    record, dot, attribute = clean_text(heading).partition(".")
    if not dot or not _NAME.match(record):
        raise CellProblem(codes.BAD_HEADING, f"{heading!r} is not record.attribute")
    if attribute in limits.RESERVED_ATTRIBUTES or "$" in attribute or "." in attribute:
        raise CellProblem(codes.RESERVED_ATTRIBUTE, f"{attribute!r} cannot be the name of an attribute")
    if not _NAME.match(attribute):
        raise CellProblem(codes.BAD_HEADING, f"{heading!r} is not record.attribute")
    return record, attribute


def parse_action(cell: Cell) -> Action:
    """A ``Do`` cell."""
    text = cell_text(cell)
    words = text.split()
    for kind in ActionKind:
        verb = kind.value.split()
        if [word.casefold() for word in words[: len(verb)]] != verb:
            continue
        target = " ".join(words[len(verb) :]) or None
        if kind in _TARGETS and target is None:
            raise CellProblem(codes.BAD_ACTION, f"{text!r} does not say which", hint=f"name {_TARGETS[kind]} after it")
        if kind is ActionKind.RAISE_EVENT and target is not None and not _NAME.match(target):
            raise CellProblem(
                codes.BAD_ACTION,
                f"{target!r} cannot be the name of an event",
                hint="use letters, digits and _, such as link_storm",
            )
        if target is not None and kind not in _TARGETS and kind is not ActionKind.NOTIFY:
            raise CellProblem(codes.BAD_ACTION, f"{text!r} says more than {kind.value!r}", suggestion=kind.value)
        return Action(kind, target)
    suggestion = nearest(text, [kind.value for kind in ActionKind])
    hint = f"did you mean {suggestion}?" if suggestion else None
    raise CellProblem(codes.BAD_ACTION, f"{text!r} is not an action", hint=hint, suggestion=suggestion)


def parse_count(cell: Cell) -> int:
    """A ``Count`` cell: a whole number from 2."""
    refuse_unusable(cell)
    value = cell.value
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", clean_text(value), re.ASCII):
        value = Decimal(clean_text(value))
    if isinstance(value, bool) or not isinstance(value, Decimal) or value != value.to_integral_value():
        raise CellProblem(codes.BAD_COUNT, f"{cell.shown!r} is not a whole number")
    if not 2 <= value <= limits.MAX_COUNT:
        raise CellProblem(codes.BAD_COUNT, f"{cell.shown} is not a number from 2 to {limits.MAX_COUNT}")
    return int(value)


def parse_within(cell: Cell) -> timedelta:
    """A ``Within`` cell: a duration of days and time."""
    refuse_unusable(cell)
    if not isinstance(cell.value, (str, timedelta)):
        raise CellProblem(codes.BAD_WITHIN, f"a duration is meant, the cell shows {cell.shown!r}")
    try:
        if isinstance(cell.value, str):
            length = text_literal(clean_text(cell.value), Kind.DAYS_AND_TIME_DURATION)
        else:
            length = native_literal(cell, Kind.DAYS_AND_TIME_DURATION)
    except CellProblem as problem:
        raise CellProblem(codes.BAD_WITHIN, problem.message, hint=problem.hint) from problem
    if not isinstance(length, timedelta):
        raise CellProblem(codes.BAD_WITHIN, f"{cell.shown!r} counts on a calendar, a window counts on the clock")
    if not timedelta(0) < length <= limits.MAX_WITHIN:
        raise CellProblem(codes.BAD_WITHIN, f"{cell.shown!r} is not between 1s and {limits.MAX_WITHIN.days}d")
    return length


def parse_same(cell: Cell) -> tuple[tuple[str, str], ...]:
    """A ``Same`` cell: one or more attributes, as record and attribute."""
    parts = [clean_text(part) for part in re.split("[,;]", cell_text(cell))]
    try:
        return tuple(dict.fromkeys(split_heading(part) for part in parts))
    except CellProblem as problem:
        code = codes.BAD_SAME if problem.code is codes.BAD_HEADING else problem.code
        raise CellProblem(code, problem.message, hint=problem.hint) from problem


def parse_effect(cell: Cell, zone: tzinfo) -> datetime:
    """An ``Effective from`` or ``Effective to`` cell; a date means 00:00 in ``zone``."""
    refuse_unusable(cell)
    try:
        if isinstance(cell.value, str):
            moment = text_literal(clean_text(cell.value), Kind.DATE_AND_TIME, zone)
        else:
            moment = native_literal(cell, Kind.DATE_AND_TIME, zone)
    except CellProblem as problem:
        raise CellProblem(codes.BAD_EFFECT, problem.message, hint=problem.hint) from problem
    if not isinstance(moment, datetime):
        raise CellProblem(codes.BAD_EFFECT, f"{cell.shown!r} is not a date")
    return moment


def parse_value(cell: Cell, wanted: Type) -> tuple[str | Placeholder, ...] | None:
    """A ``With`` cell in parts, ``None`` where it says null."""
    refuse_unusable(cell)
    if not isinstance(cell.value, str):
        value = native_literal(cell, wanted.kind)
        if isinstance(value, bool):
            return ("true" if value else "false",)
        return (format(value, "f") if isinstance(value, Decimal) else str(value),)
    text = clean_text(cell.value)
    if text in ("null", "empty"):
        return None
    if text == "-":
        raise CellProblem(codes.BLANK_CELL, "- is not a value", hint='leave the cell blank, or write "-" in quotes')
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return (text[1:-1].replace('\\"', '"'),)
    parts = _placeholders(text)
    if not any(isinstance(part, Placeholder) for part in parts) and wanted.kind is not Kind.STRING:
        text_literal(text, wanted.kind)
    return parts


def _placeholders(text: str) -> tuple[str | Placeholder, ...]:
    parts: list[str | Placeholder] = []
    end = 0
    for match in _BRACES.finditer(text):
        parts.append(text[end : match.start()])
        try:
            parts.append(Placeholder(*split_heading(match[1])))
        except CellProblem as problem:
            raise CellProblem(codes.BAD_PLACEHOLDER, f"{match[0]}: {problem.message}") from problem
        end = match.end()
    parts.append(text[end:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise CellProblem(
            codes.BAD_PLACEHOLDER, f"{text!r} has a brace without its pair", hint='put the text in "quotes"'
        )
    return tuple(part for part in parts if part != "")
