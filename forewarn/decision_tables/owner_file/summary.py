"""The summary sheet of an annotated copy: every finding in a row, with a link to its cell."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.owner_file.sheet_cells import cells_of, fill_with_text, reference_of
from forewarn.decision_tables.owner_file.styles import AddedStyles
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.errors import Finding

SUMMARY_SHEET = "_Findings"
"""The sheet's name: with a leading underscore it is scratch, so that the annotated copy still reads as the original."""

_WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_HEADINGS = ("Code", "Severity", "Sheet", "Cell", "Rule", "What is wrong", "How to mend it", "Shown by", "Remark")
_WIDTHS = (9, 10, 24, 9, 12, 60, 50, 40, 40)
_MOST_LINKS = 65_530
"""A spreadsheet program takes no more hyperlinks in one sheet."""
_LONGEST_TEXT = 32_000


def add_summary(
    package: WorkbookPackage, styles: AddedStyles, findings: Sequence[Finding], remarks: Sequence[str]
) -> str:
    """Add the sheet behind the others; its name. ``remarks`` has one text a finding, empty for none."""
    name = _free_sheet_name(package)
    part = package.free_name("xl/worksheets/sheet{}.xml")
    package.add_tree(part, _sheet(package, styles, findings, remarks), _WORKSHEET_TYPE)
    relation = package.relate(package.workbook_part, "worksheet", part)
    sheets = next(package.edit(package.workbook_part).iter(package.main("sheets")))
    ids = [int(one.get("sheetId") or 0) for one in sheets if (one.get("sheetId") or "0").isdigit()]
    etree.SubElement(
        sheets,
        package.main("sheet"),
        {"name": name, "sheetId": str(max(ids, default=0) + 1), f"{{{package.office}}}id": relation},
    )
    return name


def _free_sheet_name(package: WorkbookPackage) -> str:
    taken = {
        (one.get("name") or "").casefold() for one in package.tree(package.workbook_part).iter(package.main("sheet"))
    }
    name, number = SUMMARY_SHEET, 1
    while name.casefold() in taken:
        number += 1
        name = f"{SUMMARY_SHEET} {number}"
    return name


def _sheet(
    package: WorkbookPackage, styles: AddedStyles, findings: Sequence[Finding], remarks: Sequence[str]
) -> etree._Element:
    heading, wrapped = styles.heading(), styles.wrapped()
    name = package.main
    root = etree.Element(name("worksheet"), nsmap={None: str(etree.QName(name("worksheet")).namespace)})
    view = etree.SubElement(etree.SubElement(root, name("sheetViews")), name("sheetView"), {"workbookViewId": "0"})
    pane = {"ySplit": "1", "topLeftCell": "A2", "activePane": "bottomLeft", "state": "frozen"}
    etree.SubElement(view, name("pane"), pane)
    columns = etree.SubElement(root, name("cols"))
    for number, width in enumerate(_WIDTHS, 1):
        attributes = {"min": str(number), "max": str(number), "width": str(width), "customWidth": "1"}
        etree.SubElement(columns, name("col"), attributes)
    data = etree.SubElement(root, name("sheetData"))
    _add_row(package, data, _HEADINGS, [heading] * len(_HEADINGS))
    links: list[tuple[str, str]] = []
    for number, (finding, remark) in enumerate(zip(findings, remarks, strict=True), 2):
        severity = styles.filled(wrapped, finding.severity)
        texts = (*_texts(finding), remark)
        _add_row(package, data, texts, [severity] * 2 + [wrapped] * (len(texts) - 2))
        if finding.place.sheet is not None and cells_of(finding.place.cell or ""):
            sheet = finding.place.sheet.replace("'", "''")
            links.append((f"D{number}", f"'{sheet}'!{finding.place.cell}"))
    if links:
        parent = etree.SubElement(root, name("hyperlinks"))
        for reference, location in links[:_MOST_LINKS]:
            etree.SubElement(parent, name("hyperlink"), {"ref": reference, "location": location})
    return root


def _texts(finding: Finding) -> tuple[str, ...]:
    place = finding.place
    return (
        finding.code,
        finding.severity.value,
        place.sheet or "",
        place.cell or "",
        finding.rule or "",
        finding.message,
        mend_of(finding),
        witness_of(finding),
    )


def mend_of(finding: Finding) -> str:
    """How a finding is mended: its hint, and its suggestion where the hint does not name it."""
    hint = finding.hint or ""
    if finding.suggestion and finding.suggestion not in hint:
        hint = f"{hint}; did you mean {finding.suggestion!r}?" if hint else f"did you mean {finding.suggestion!r}?"
    return hint


def witness_of(finding: Finding) -> str:
    """The input that shows the finding, as ``Category = SD-WAN, Stage = null``."""
    if finding.witness is None:
        return ""
    shown = {name: "null" if value is None else str(jsonable(value)) for name, value in finding.witness.items()}
    return ", ".join(f"{name} = {value}" for name, value in shown.items())


def _add_row(package: WorkbookPackage, data: etree._Element, texts: Sequence[str], styles: Sequence[str]) -> None:
    number = len(data) + 1
    row = etree.SubElement(data, package.main("row"), {"r": str(number)})
    for column, (text, style) in enumerate(zip(texts, styles, strict=True), 1):
        cell = etree.SubElement(row, package.main("c"), {"r": reference_of(number, column), "s": style})
        if text:
            fill_with_text(cell, text[:_LONGEST_TEXT])
