"""Sheets added to a workbook behind those that its owner made."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from forewarn.decision_tables.owner_file.sheet_cells import fill_with_text, reference_of
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage

_WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_MOST_LINKS = 65_530
"""A spreadsheet program takes no more hyperlinks in one sheet."""
_LONGEST_TEXT = 32_000


def add_sheet(package: WorkbookPackage, wanted: str, root: etree._Element) -> str:
    """Add a sheet behind the others; its name, with a number where ``wanted`` is taken."""
    name = _free_sheet_name(package, wanted)
    part = package.free_name("xl/worksheets/sheet{}.xml")
    package.add_tree(part, root, _WORKSHEET_TYPE)
    relation = package.relate(package.workbook_part, "worksheet", part)
    sheets = next(package.edit(package.workbook_part).iter(package.main("sheets")))
    ids = [int(one.get("sheetId") or 0) for one in sheets if (one.get("sheetId") or "0").isdigit()]
    etree.SubElement(
        sheets,
        package.main("sheet"),
        {"name": name, "sheetId": str(max(ids, default=0) + 1), f"{{{package.office}}}id": relation},
    )
    return name


def sheet_of(
    package: WorkbookPackage,
    rows: Sequence[Sequence[tuple[str, str]]],
    widths: Sequence[float],
    links: Sequence[tuple[str, str]] = (),
) -> etree._Element:
    """A sheet of texts, each with its cell style; the first row stays in sight.

    ``links`` are cells and where they lead, as `location_of` says it.
    """
    name = package.main
    root = etree.Element(name("worksheet"), nsmap={None: str(etree.QName(name("worksheet")).namespace)})
    view = etree.SubElement(etree.SubElement(root, name("sheetViews")), name("sheetView"), {"workbookViewId": "0"})
    pane = {"ySplit": "1", "topLeftCell": "A2", "activePane": "bottomLeft", "state": "frozen"}
    etree.SubElement(view, name("pane"), pane)
    columns = etree.SubElement(root, name("cols"))
    for number, width in enumerate(widths, 1):
        attributes = {"min": str(number), "max": str(number), "width": str(width), "customWidth": "1"}
        etree.SubElement(columns, name("col"), attributes)
    data = etree.SubElement(root, name("sheetData"))
    for number, cells in enumerate(rows, 1):
        row = etree.SubElement(data, name("row"), {"r": str(number)})
        for column, (text, style) in enumerate(cells, 1):
            cell = etree.SubElement(row, name("c"), {"r": reference_of(number, column), "s": style})
            if text:
                fill_with_text(cell, text[:_LONGEST_TEXT])
    if links:
        parent = etree.SubElement(root, name("hyperlinks"))
        for reference, location in links[:_MOST_LINKS]:
            etree.SubElement(parent, name("hyperlink"), {"ref": reference, "location": location})
    return root


def location_of(sheet: str, cell: str) -> str:
    """A cell as a link inside the workbook names it."""
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{cell}"


def _free_sheet_name(package: WorkbookPackage, wanted: str) -> str:
    taken = {
        (one.get("name") or "").casefold() for one in package.tree(package.workbook_part).iter(package.main("sheet"))
    }
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted} {number}"
    return name
