"""An annotated copy of an owner's workbook: what was found, shown in the cells it was found in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forewarn.decision_tables.owner_file.comments import SheetComments
from forewarn.decision_tables.owner_file.files import content_of, write_whole
from forewarn.decision_tables.owner_file.sheet_cells import SheetCells, cells_of
from forewarn.decision_tables.owner_file.styles import AddedStyles
from forewarn.decision_tables.owner_file.summary import SUMMARY_SHEET, add_summary, mend_of, witness_of
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.errors import Finding, Severity

__all__ = ["SUMMARY_SHEET", "Annotation", "annotate", "annotated"]

_ORDER = list(Severity)
_KEPT = "the cell has a comment of its owner's, which stays: this finding stands here and in the cell's colour"
_NO_DRAWING = "the sheet's comments cannot be extended: this finding stands here and in the cell's colour"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What an annotated copy holds: the summary sheet's name, how many cells were filled and got a comment.

    ``kept`` are the cells, as ``Sheet!C7``, that have a comment of their owner's and got none of ours.
    """

    summary_sheet: str
    filled: int
    commented: int
    kept: tuple[str, ...] = ()


def annotate(source: Path | bytes, findings: Sequence[Finding], target: Path) -> Annotation:
    """Write ``target``: a copy of ``source`` that shows each finding in its cell, and all of them on a sheet.

    A cell with findings gets a fill by the worst severity and a comment with every finding's code, message, hint,
    suggestion and witness; comments and threads of the owner stay, and such a cell gets the fill alone. Every part of
    the file that has no business with this stays byte for byte as it was. ``findings`` are those of this workbook,
    their places' sheets and cells are looked up in it. Raises `UnreadableWorkbook`, `Refused` where ``target`` is open.
    """
    content, annotation = annotated(content_of(source), findings)
    write_whole(target, content)
    return annotation


def annotated(content: bytes, findings: Sequence[Finding]) -> tuple[bytes, Annotation]:
    """The annotated copy as bytes, and what it holds."""
    package = WorkbookPackage.open(content)
    styles = AddedStyles(package)
    remarks = {id(finding): "" for finding in findings}
    filled = commented = 0
    kept: list[str] = []
    for sheet, part in package.sheets().items():
        own = [finding for finding in findings if finding.place.sheet == sheet]
        by_cell = _by_cell(own)
        if not by_cell:
            continue
        cells = SheetCells(package.edit(part))
        for (row, column), members in by_cell.items():
            cell = cells.obtain(row, column)
            worst = min((finding.severity for finding in members), key=_ORDER.index)
            cell.set("s", styles.filled(cell.get("s"), worst))
        filled += len(by_cell)
        comments = SheetComments(package, part, cells)
        taken = comments.taken()
        texts = {place: _comment(members) for place, members in _by_first_cell(own).items() if place not in taken}
        added = not texts or comments.add(texts)
        commented += len(texts) if added else 0
        for finding in own:
            first = cells_of(finding.place.cell or "")[:1]
            if first and first[0] in taken:
                kept.append(f"{sheet}!{finding.place.cell}")
                remarks[id(finding)] = _KEPT
            elif first and not added:
                remarks[id(finding)] = _NO_DRAWING
    name = add_summary(package, styles, findings, [remarks[id(finding)] for finding in findings])
    return package.to_bytes(), Annotation(name, filled, commented, tuple(dict.fromkeys(kept)))


def _by_cell(findings: Sequence[Finding]) -> dict[tuple[int, int], list[Finding]]:
    cells: dict[tuple[int, int], list[Finding]] = {}
    for finding in findings:
        for cell in cells_of(finding.place.cell or ""):
            cells.setdefault(cell, []).append(finding)
    return cells


def _by_first_cell(findings: Sequence[Finding]) -> dict[tuple[int, int], list[Finding]]:
    cells: dict[tuple[int, int], list[Finding]] = {}
    for finding in findings:
        for cell in cells_of(finding.place.cell or "")[:1]:
            cells.setdefault(cell, []).append(finding)
    return cells


def _comment(findings: Sequence[Finding]) -> str:
    return "\n\n".join("\n".join(_lines(finding)) for finding in findings)


def _lines(finding: Finding) -> list[str]:
    lines = [f"{finding.code} {finding.severity.value}: {finding.message}"]
    if mend_of(finding):
        lines.append(f"To mend: {mend_of(finding)}")
    if finding.witness is not None:
        lines.append(f"Shown by: {witness_of(finding)}")
    if finding.related:
        lines.append("See: " + ", ".join(str(place) for place in finding.related))
    return lines
