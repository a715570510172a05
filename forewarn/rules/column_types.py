"""The type of a column that no vocabulary declares: that of its native cells, else text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.values import Kind, Type
from forewarn.rules import codes

_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, Kind.BOOLEAN),
    (Decimal, Kind.NUMBER),
    (datetime, Kind.DATE_AND_TIME),
    (date, Kind.DATE),
    (time, Kind.TIME),
    (timedelta, Kind.DAYS_AND_TIME_DURATION),
)
"""In this order, because a boolean is a number and a date and time is a date to Python."""


def column_type(cells: Iterable[Cell]) -> Type:
    """The one type of the cells' native values, text where all are typed text; raises CellProblem where they mix."""
    first: dict[Kind, Cell] = {}
    for cell in cells:
        kind = next((kind for native, kind in _KINDS if isinstance(cell.value, native)), None)
        if kind is not None:
            first.setdefault(kind, cell)
    if len(first) > 1:
        (one, a), (other, b) = list(first.items())[:2]
        raise CellProblem(codes.MIXED_TYPES, f"{a.place.cell} holds a {one.value}, {b.place.cell} a {other.value}")
    return Type(next(iter(first), Kind.STRING))
