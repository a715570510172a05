"""The cells of one worksheet part: found, made where they are missing, styled, and filled with text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from lxml import etree

from forewarn.decision_tables.reading.package import column_number
from forewarn.decision_tables.reading.sheets import column_letter

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML cannot hold."""

_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?\Z")
_MOST_CELLS = 2_000
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384

_BEHIND_LEGACY_DRAWING = frozenset(
    {"legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst"}
)
"""What stands behind the legacy drawing in a worksheet (ECMA-376 part 1 §18.3.1.99)."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, counted from 1, its ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def area_of(reference: str) -> Area | None:
    """The area that ``C7`` or ``B7:D7`` names, ``None`` for what names no cell of a worksheet."""
    match = _RANGE.match(reference)
    if match is None:
        return None
    left, top = column_number(match[1]), int(match[2])
    right, bottom = (column_number(match[3]), int(match[4])) if match[3] else (left, top)
    area = Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
    return area if area.top >= 1 and area.bottom <= _LAST_ROW and area.right <= _LAST_COLUMN else None


def cells_of(reference: str) -> list[tuple[int, int]]:
    """Row and column of each cell of ``C7`` or ``B7:D7``; of a range of more than 2,000 cells its first alone.

    Anything that is no cell of a worksheet gives none.
    """
    area = area_of(reference)
    if area is None:
        return []
    if (area.right - area.left + 1) * (area.bottom - area.top + 1) > _MOST_CELLS:
        return [(area.top, area.left)]
    return list(product(range(area.top, area.bottom + 1), range(area.left, area.right + 1)))


def reference_of(row: int, column: int) -> str:
    """``C7`` for row 7, column 3."""
    return f"{column_letter(column)}{row}"


@dataclass(slots=True)
class SheetCells:
    """The rows and cells of a worksheet's root element."""

    root: etree._Element
    _rows: dict[int, etree._Element] = field(default_factory=dict)
    _cells: dict[int, dict[int, etree._Element]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        last = 0
        for row in self._data.iterchildren(self._name("row")):
            number = row.get("r") or ""
            last = int(number) if number.isdigit() else last + 1
            self._rows[last] = row

    def _name(self, local: str) -> str:
        return f"{{{etree.QName(self.root).namespace}}}{local}"

    @property
    def _data(self) -> etree._Element:
        found = self.root.find(self._name("sheetData"))
        return found if found is not None else etree.SubElement(self.root, self._name("sheetData"))

    def find(self, row: int, column: int) -> etree._Element | None:
        """The cell's element, ``None`` where the sheet holds none."""
        return self._in_row(row).get(column) if row in self._rows else None

    def obtain(self, row: int, column: int) -> etree._Element:
        """The cell's element, made with the style of its row or column where the sheet holds none."""
        found = self.find(row, column)
        if found is not None:
            return found
        element = self._row(row)
        cells = self._in_row(row)
        cell = etree.Element(self._name("c"), {"r": reference_of(row, column)})
        style = element.get("s") if element.get("customFormat") in ("1", "true") else self._column_style(column)
        if style:
            cell.set("s", style)
        behind = [known for number, known in sorted(cells.items()) if number > column]
        if behind:
            behind[0].addprevious(cell)
        else:
            before = [known for _, known in sorted(cells.items())]
            element.insert(element.index(before[-1]) + 1 if before else 0, cell)
        cells[column] = cell
        # The spans are a hint that would now be wrong.
        element.attrib.pop("spans", None)
        return cell

    def _row(self, number: int) -> etree._Element:
        if number in self._rows:
            return self._rows[number]
        element = etree.Element(self._name("row"), {"r": str(number)})
        behind = [known for known in self._rows if known > number]
        if behind:
            # Rows that say no number count from the one before them: they say it from now on.
            for known, row in self._rows.items():
                row.set("r", str(known))
            self._rows[min(behind)].addprevious(element)
        else:
            self._data.append(element)
        self._rows[number] = element
        return element

    def _in_row(self, row: int) -> dict[int, etree._Element]:
        if row not in self._cells:
            element = self._rows[row]
            self._cells[row] = dict(self._numbered(element, row))
        return self._cells[row]

    def _numbered(self, row: etree._Element, number: int) -> Iterator[tuple[int, etree._Element]]:
        last = 0
        for cell in row.iterchildren(self._name("c")):
            reference = cells_of(cell.get("r") or "")
            last = reference[0][1] if reference else last + 1
            if not reference:
                cell.set("r", reference_of(number, last))
            yield last, cell

    def _column_style(self, column: int) -> str | None:
        for one in self.root.iterfind(f"{self._name('cols')}/{self._name('col')}"):
            first, last = one.get("min") or "", one.get("max") or ""
            if first.isdigit() and last.isdigit() and int(first) <= column <= int(last):
                return one.get("style")
        return None

    def holds_formula(self, row: int, column: int) -> bool:
        """Whether the cell computes what it shows."""
        cell = self.find(row, column)
        return cell is not None and cell.find(self._name("f")) is not None

    def write_text(self, row: int, column: int, text: str) -> None:
        """Let the cell hold a text, which is never a formula; its style and extensions stay."""
        cell = self.obtain(row, column)
        self._empty(cell)
        fill_with_text(cell, text)
        self._extend_dimension(row, column)

    def clear(self, row: int, column: int) -> None:
        """Let the cell hold nothing; its style stays."""
        cell = self.find(row, column)
        if cell is not None:
            self._empty(cell)
            cell.attrib.pop("t", None)

    def _empty(self, cell: etree._Element) -> None:
        for local in ("f", "v", "is"):
            for child in cell.findall(self._name(local)):
                cell.remove(child)
        for name in ("cm", "vm"):
            cell.attrib.pop(name, None)

    def _extend_dimension(self, row: int, column: int) -> None:
        """Let the area that the sheet says it uses hold the cell."""
        element = self.root.find(self._name("dimension"))
        area = None if element is None else area_of(element.get("ref") or "")
        if element is not None and area is not None and not area.holds(row, column):
            top, left = min(area.top, row), min(area.left, column)
            bottom, right = max(area.bottom, row), max(area.right, column)
            element.set("ref", f"{reference_of(top, left)}:{reference_of(bottom, right)}")

    def set_legacy_drawing(self, relation: str, attribute: str) -> None:
        """Name the drawing that shows the comments, at its place among the sheet's elements."""
        element = etree.Element(self._name("legacyDrawing"), {attribute: relation})
        for child in self.root:
            if isinstance(child.tag, str) and _comes_behind(child):
                child.addprevious(element)
                return
        self.root.append(element)


def fill_with_text(cell: etree._Element, text: str) -> None:
    """Let a cell element without content hold ``text`` as an inline string."""
    qualified = etree.QName(cell).namespace
    cell.set("t", "inlineStr")
    inline = etree.Element(f"{{{qualified}}}is")
    element = etree.SubElement(inline, f"{{{qualified}}}t")
    element.text = CONTROL.sub("\ufffd", text)
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    cell.insert(0, inline)


def _comes_behind(child: etree._Element) -> bool:
    local = etree.QName(child).localname
    if local == "AlternateContent":
        return any(etree.QName(one).localname in _BEHIND_LEGACY_DRAWING for one in child.iterdescendants("*"))
    return local in _BEHIND_LEGACY_DRAWING
