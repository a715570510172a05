"""A workbook's sheets as read: values with their places, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from forewarn.decision_tables.grid import Cell, CellError, Native
from forewarn.decision_tables.reading.number_format import shown
from forewarn.errors import Place


@lru_cache(maxsize=2048)
def column_letter(number: int) -> str:
    """The letters of a column by its number: 1 is ``A``, 27 is ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet. Rows and columns count from 1; ``rows`` holds only rows with a value.

    ``formulas`` tells for each formula cell whether a cached value is there; ``state`` is
    ``visible``, ``hidden`` or ``very hidden``.
    """

    workbook: str
    name: str
    state: str = "visible"
    rows: Mapping[int, Sequence[Native]] = field(default_factory=dict)
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    formulas: Mapping[tuple[int, int], bool] = field(default_factory=dict)
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: Sequence[tuple[int, int]] = ()
    last_row: int = 0

    def value(self, row: int, column: int) -> Native:
        """The native value of a cell, ``None`` where nothing stands."""
        values = self.rows.get(row)
        return values[column - 1] if values is not None and column <= len(values) else None

    def cell(self, row: int, column: int) -> Cell:
        """A cell with its place, what its owner sees, and its number format."""
        values = self.rows.get(row, ())
        value = values[column - 1] if column <= len(values) else None
        place = Place(self.workbook, self.name, f"{column_letter(column)}{row}")
        key = (row, column)
        number_format = self.formats.get(key)
        text = value if isinstance(value, str) else shown(value, number_format)
        return Cell(value, text, place, key in self.formulas, number_format)

    def text(self, row: int, column: int) -> str:
        """What the owner of a cell sees, trimmed of ordinary white space."""
        value = self.value(row, column)
        if not isinstance(value, str):
            value = shown(value, self.formats.get((row, column)))
        return value.strip(" \t\r\n")

    def place(self, row: int, column: int) -> Place:
        """Where a cell stands."""
        return Place(self.workbook, self.name, f"{column_letter(column)}{row}")

    def width_of(self, row: int) -> int:
        """The number of the last column of a row that holds a value."""
        return len(self.rows.get(row, ()))

    @property
    def width(self) -> int:
        """The number of the last column that holds a value."""
        return max((len(values) for values in self.rows.values()), default=0)

    def numbers(self) -> Iterator[int]:
        """The numbers of the rows that hold a value or a formula, ascending."""
        yield from sorted({*self.rows, *(row for row, _ in self.formulas)})


@dataclass(frozen=True, slots=True)
class WorkbookContent:
    """All sheets of one file, and whether macros or links to other workbooks are inside."""

    name: str
    sheets: tuple[Sheet, ...]
    macros: bool = False
    external_links: bool = False


def sheet_from_message(workbook: str, message: Mapping[str, Any]) -> Sheet:
    """Decode one sheet of the reading process's answer. Raises ValueError, KeyError or TypeError on nonsense."""
    return Sheet(
        workbook=workbook,
        name=str(message["sheet"]),
        state=str(message["state"]),
        rows={int(number): [_native(value) for value in values] for number, values in message["rows"]},
        formats={(int(row), int(column)): str(code) for row, column, code in message["formats"]},
        formulas={(int(row), int(column)): bool(cached) for row, column, cached in message["formulas"]},
        merged=[(int(top), int(left), int(low), int(right)) for top, left, low, right in message["merged"]],
        hidden_rows=frozenset(int(row) for row in message["hidden_rows"]),
        hidden_columns=[(int(first), int(last)) for first, last in message["hidden_columns"]],
        last_row=int(message["last_row"]),
    )


def _native(value: Any) -> Native:
    if value is None or isinstance(value, (str, bool, Decimal)):
        return value
    ((kind, inner),) = value.items()
    if kind == "d":
        return date.fromisoformat(inner)
    if kind == "dt":
        return datetime.fromisoformat(inner)
    if kind == "t":
        return time.fromisoformat(inner)
    if kind == "td":
        days, seconds, microseconds = (int(part) for part in inner)
        return timedelta(days=days, seconds=seconds, microseconds=microseconds)
    if kind == "e":
        return CellError(str(inner))
    raise ValueError(f"unknown value {kind!r} in the answer of the reading process")
