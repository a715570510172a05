"""A sheet as its owner wrote it: cells with their places, columns with roles and headings, rows with ids.

The same shape serves decision tables and event rule sheets: reading makes a `Grid`, and whoever knows the
sheet's kind (its A2 cell) gives the columns a meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from forewarn.errors import Place


@dataclass(frozen=True, slots=True)
class CellError:
    """An Excel error value such as ``#N/A``."""

    text: str


Native: TypeAlias = str | Decimal | bool | date | datetime | time | timedelta | CellError | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its native value, what its owner sees, and where it stands.

    ``is_formula`` tells that the value is the cached result of a formula; ``number_format`` is Excel's
    format code where known.
    """

    value: Native
    shown: str
    place: Place
    is_formula: bool = False
    number_format: str | None = None

    @property
    def blank(self) -> bool:
        """Whether the cell holds nothing but ordinary white space; a no-break space alone is text, and refused."""
        return self.value is None or (isinstance(self.value, str) and not self.value.strip(" \t\r\n"))


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a table: its role (row 2), heading (row 3), letter, and its cells in the Values and Default rows."""

    role: str
    heading: str
    letter: str
    place: Place
    values: Cell | None = None
    default: Cell | None = None


@dataclass(frozen=True, slots=True)
class GridRow:
    """A rule's row: its id (``None`` where column A is blank), its row number and one cell a column."""

    id: str | None
    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet that holds a table. ``kind`` is the text of A2: a hit policy, or ``Event rules``."""

    workbook: str
    sheet: str
    name: str
    kind: str
    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
