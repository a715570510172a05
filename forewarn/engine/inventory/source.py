"""Rows as files give them: tables of cells under headings, each cell with the place that its owner knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from forewarn.decision_tables.reading.sheets import column_letter
from forewarn.errors import Place


@dataclass(frozen=True, slots=True)
class LinePlace(Place):
    """A place in a file of lines: ``accounts.csv line 12, column Contract value``."""

    def __str__(self) -> str:
        return f"{self.workbook} {self.cell}" if self.cell else f"{self.workbook}"


class Origin(Protocol):
    """Where rows come from: it names the place of a row, or of one of its cells, as its owner sees it."""

    def place(self, row: int, column: int | None = None) -> Place:
        """The place of row ``row`` (1 for the first line of the file), or of its cell at index ``column``."""


@dataclass(frozen=True, slots=True)
class LinesOrigin:
    """A csv or JSON lines file: rows are lines, cells are named by their headings."""

    file: str
    headings: tuple[str, ...]

    def place(self, row: int, column: int | None = None) -> Place:
        """``accounts.csv line 12, column Contract value``."""
        if column is None:
            return LinePlace(self.file, None, f"line {row}")
        heading = self.headings[column] if column < len(self.headings) else ""
        return LinePlace(self.file, None, f"line {row}, column {heading or column + 1}")


@dataclass(frozen=True, slots=True)
class SheetOrigin:
    """A sheet of a workbook."""

    file: str
    sheet: str

    def place(self, row: int, column: int | None = None) -> Place:
        """``inventory.xlsx › Accounts!C7``."""
        return Place(self.file, self.sheet, f"{'' if column is None else column_letter(column + 1)}{row}")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a cell instead of a value: an error value, a formula that was never computed."""

    what: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: its number in the file, its cells, and why it could not be read, if so.

    ``shown`` has the displayed text of cells whose number format may show other digits than their value has.
    """

    number: int
    cells: Sequence[object]
    fault: str | None = None
    hint: str | None = None
    shown: Sequence[str | None] = ()


@dataclass(frozen=True, slots=True)
class RawTable:
    """The rows of one csv file or sheet. ``names`` may each tell the kind; ``heading_row`` is the row's number.

    ``optional`` tables (a sheet among others) may be of no kind; a file that somebody asked to load may not.
    """

    origin: Origin
    names: tuple[str, ...]
    heading_row: int
    headings: tuple[str, ...]
    rows: Iterator[RawRow]
    optional: bool = False
