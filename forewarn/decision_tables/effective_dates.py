"""The annotations that bound rules in time: ``Effective from`` and ``Effective to``, half-open."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from forewarn.decision_tables import codes
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem, native_literal, refuse_unusable, text_literal
from forewarn.decision_tables.values import Kind, clean_text

EFFECTIVE_FROM, EFFECTIVE_TO = "Effective from", "Effective to"


def bounds_in_time(heading: str) -> str | None:
    """`EFFECTIVE_FROM` or `EFFECTIVE_TO` for an annotation whose heading says so, in any case; else ``None``."""
    folded = " ".join(heading.casefold().split())
    return next((bound for bound in (EFFECTIVE_FROM, EFFECTIVE_TO) if bound.casefold() == folded), None)


def effective_moment(cell: Cell, zone: tzinfo) -> datetime | None:
    """The moment of an Effective cell in UTC; a date means 00:00 in ``zone``; a blank is open. Raises `CellProblem`."""
    refuse_unusable(cell)
    if cell.blank:
        return None
    kind = Kind.DATE_AND_TIME
    try:
        if isinstance(cell.value, str):
            text = clean_text(cell.value)
            if text == "-":
                return None
            value = text_literal(text, kind, zone)
        else:
            value = native_literal(cell, kind, zone)
    except CellProblem as problem:
        if problem.code is not codes.WRONG_TYPE:
            raise
        raise CellProblem(
            codes.EFFECTIVE, problem.message, hint="write a date such as 2026-02-01, or leave it blank"
        ) from problem
    assert isinstance(value, datetime)  # noqa: S101 - what the kind gives
    return value.astimezone(UTC)
