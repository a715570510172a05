"""A copy of an owner's workbook with a heat map: each rule coloured by how often it decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forewarn.decision_tables.coverage import RuleHits, TableCoverage
from forewarn.decision_tables.model import TableModel
from forewarn.decision_tables.owner_file.added_sheets import add_sheet, location_of, sheet_of
from forewarn.decision_tables.owner_file.comments import SheetComments
from forewarn.decision_tables.owner_file.files import content_of
from forewarn.decision_tables.owner_file.sheet_cells import SheetCells, reference_of
from forewarn.decision_tables.owner_file.styles import AddedStyles
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.decision_tables.reading.package import column_number

COVERAGE_SHEET = "_Coverage"
"""The list's name: with a leading underscore it is scratch, so that the copy still reads as the original."""

NEVER = "FFF8CBAD"
HEAT = ("FFE2EFDA", "FFC6E0B4", "FFA9D08E", "FF70AD47")
"""Reddish for a rule that never decided, then greens from the fewest hits to the most."""

_HEADINGS = ("Table", "Rule", "Hits", "Share", "Last hit", "Remark")
_WIDTHS = (32, 16, 12, 10, 28, 60)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The copy, and how many rules are coloured in it; ``kept`` cells have a comment of their owner's and not ours."""

    content: bytes
    coloured: int
    kept: tuple[str, ...] = ()


def heat_map(source: Path | bytes, covered: Sequence[tuple[TableModel, TableCoverage]]) -> HeatMap:
    """The workbook ``source`` with its tables coloured by their coverage, and a sheet that lists every rule.

    A rule's row has a fill by its hits, on a scale by powers up to the most of its table; a comment on its id says
    them. Comments of the owner stay; every part of the file that has no business with this stays byte for byte as it
    was. Raises `UnreadableWorkbook`.
    """
    package = WorkbookPackage.open(content_of(source))
    styles = AddedStyles(package)
    sheets = package.sheets()
    coloured = 0
    kept: list[str] = []
    for model, coverage in covered:
        part = sheets[model.place.sheet or ""]
        cells = SheetCells(package.edit(part))
        columns = [1, *sorted(column_number(letter) for _, letter in model.columns)]
        most = max((one.hits for one in coverage.rules), default=0)
        texts: dict[tuple[int, int], str] = {}
        for rule, one in zip(model.rules, coverage.rules, strict=True):
            if rule.row is None:
                continue
            coloured += 1
            texts[rule.row, 1] = _sentence(one, coverage)
            for column in columns:
                cell = cells.obtain(rule.row, column)
                cell.set("s", styles.coloured(cell.get("s"), colour_of(one.hits, most)))
        comments = SheetComments(package, part, cells)
        taken = comments.taken() & texts.keys()
        kept += [f"{model.place.sheet}!{reference_of(*place)}" for place in sorted(taken)]
        added = {place: text for place, text in texts.items() if place not in taken}
        if added:
            comments.add(added)
    add_sheet(package, COVERAGE_SHEET, sheet_of(package, *_list(styles, covered)))
    return HeatMap(package.to_bytes(), coloured, tuple(kept))


def colour_of(hits: int, most: int) -> str:
    """The colour for so many hits where the busiest rule of the table has ``most``."""
    if not hits:
        return NEVER
    place = len(HEAT) - 1 if hits == most else int(len(HEAT) * math.log(hits + 1) / math.log(most + 1))
    return HEAT[min(place, len(HEAT) - 1)]


def _sentence(one: RuleHits, coverage: TableCoverage) -> str:
    if not one.hits:
        return f"Decided nothing in {coverage.decisions:,} decisions"
    last = "" if one.last is None else f", last at {one.last.isoformat(timespec='seconds')}"
    return f"Decided {one.hits:,} of {coverage.decisions:,} ({_share(one, coverage)}){last}"


def _share(one: RuleHits, coverage: TableCoverage) -> str:
    return f"{one.hits / coverage.decisions:.1%}" if coverage.decisions else ""


def _list(
    styles: AddedStyles, covered: Sequence[tuple[TableModel, TableCoverage]]
) -> tuple[list[list[tuple[str, str]]], tuple[int, ...], list[tuple[str, str]]]:
    """Rows, widths and links of the list."""
    heading, plain = styles.heading(), styles.wrapped()
    rows = [[(text, heading) for text in _HEADINGS]]
    links: list[tuple[str, str]] = []
    for model, coverage in covered:
        most = max((one.hits for one in coverage.rules), default=0)
        for rule, one in zip(model.rules, coverage.rules, strict=True):
            style = styles.coloured(plain, colour_of(one.hits, most))
            last = "" if one.last is None else one.last.isoformat(timespec="seconds")
            texts = (coverage.table, one.rule, str(one.hits), _share(one, coverage), last)
            rows.append([*((text, style) for text in texts), ("" if one.hits else "never decided", plain)])
            if rule.row is not None:
                links.append((f"B{len(rows)}", location_of(model.place.sheet or "", f"A{rule.row}")))
        for gone in coverage.gone:
            texts = (coverage.table, gone.rule, str(gone.hits), _share(gone, coverage), "")
            rows.append([*((text, plain) for text in texts), ("a rule of an earlier version", plain)])
        if coverage.no_rule:
            texts = (coverage.table, "", str(coverage.no_rule), "", "")
            rows.append([*((text, plain) for text in texts), ("no rule matched", plain)])
    return rows, _WIDTHS, links
