"""Texts written into cells of an owner's workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from forewarn.decision_tables.owner_file.files import content_of, write_whole
from forewarn.decision_tables.owner_file.sheet_cells import Area, SheetCells, area_of, cells_of
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.errors import NotFound, Place, Refused


def set_cells(source: Path | bytes, cells: Mapping[tuple[str, str], str], target: Path) -> None:
    """Write ``target``: the workbook ``source`` with other texts in some cells, by sheet and cell (``"C7"``).

    The texts are never formulas, whatever they begin with; the cells keep their formats. Every part of the file but
    those sheets stays byte for byte as it was. Raises `UnreadableWorkbook`, `NotFound` for a sheet or cell that is
    not there, `Refused` for a cell that computes, that heads an Excel table, or where ``target`` is open elsewhere.
    """
    write_whole(target, with_cells(content_of(source), cells))


def with_cells(content: bytes, cells: Mapping[tuple[str, str], str]) -> bytes:
    """The workbook with other texts in some cells, as `set_cells` writes it."""
    package = WorkbookPackage.open(content)
    sheets = package.sheets()
    by_sheet: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    for (sheet, reference), text in cells.items():
        if sheet not in sheets:
            raise NotFound(f"the workbook has no sheet {sheet!r}")
        found = cells_of(reference)
        if len(found) != 1:
            raise NotFound(f"{reference!r} is not a cell", place=Place(sheet=sheet))
        by_sheet.setdefault(sheet, {})[found[0]] = (reference, text)
    for sheet, texts in by_sheet.items():
        part = sheets[sheet]
        fixed = fixed_areas(package, part)
        written = SheetCells(package.edit(part))
        for (row, column), (reference, text) in texts.items():
            place = Place(sheet=sheet, cell=reference)
            if written.holds_formula(row, column):
                raise Refused("the cell is a formula", place=place, hint="type the value in the spreadsheet program")
            if any(area.holds(row, column) for area in fixed):
                raise Refused(
                    "the cell heads an Excel table or lies in a pivot table",
                    place=place,
                    hint="change it in the spreadsheet program",
                )
            written.write_text(row, column, text)
    return package.to_bytes()


def fixed_areas(package: WorkbookPackage, sheet_part: str) -> list[Area]:
    """The headings of a sheet's Excel tables, and its pivot tables: other parts of the file repeat their texts."""
    found: list[Area] = []
    for relation in package.relations(sheet_part):
        if relation.kind not in ("table", "pivotTable") or relation.part not in package.archive.names:
            continue
        root = package.tree(relation.part)
        location = root if relation.kind == "table" else next(root.iter("{*}location"), None)
        area = None if location is None else area_of(location.get("ref") or "")
        if area is None:
            continue
        if relation.kind == "table":
            rows = root.get("headerRowCount") or "1"
            area = replace(area, bottom=area.top + (int(rows) if rows.isdigit() else 1) - 1)
        found.append(area)
    return found
