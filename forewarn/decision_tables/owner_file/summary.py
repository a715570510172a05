"""The summary sheet of an annotated copy: every finding in a row, with a link to its cell."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.owner_file.added_sheets import add_sheet, location_of, sheet_of
from forewarn.decision_tables.owner_file.sheet_cells import cells_of
from forewarn.decision_tables.owner_file.styles import AddedStyles
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.errors import Finding

SUMMARY_SHEET = "_Findings"
"""The sheet's name: with a leading underscore it is scratch, so that the annotated copy still reads as the original."""

_HEADINGS = ("Code", "Severity", "Sheet", "Cell", "Rule", "What is wrong", "How to mend it", "Shown by", "Remark")
_WIDTHS = (9, 10, 24, 9, 12, 60, 50, 40, 40)


def add_summary(
    package: WorkbookPackage, styles: AddedStyles, findings: Sequence[Finding], remarks: Sequence[str]
) -> str:
    """Add the sheet behind the others; its name. ``remarks`` has one text a finding, empty for none."""
    return add_sheet(package, SUMMARY_SHEET, _sheet(package, styles, findings, remarks))


def _sheet(
    package: WorkbookPackage, styles: AddedStyles, findings: Sequence[Finding], remarks: Sequence[str]
) -> etree._Element:
    heading, wrapped = styles.heading(), styles.wrapped()
    rows: list[list[tuple[str, str]]] = [[(text, heading) for text in _HEADINGS]]
    links: list[tuple[str, str]] = []
    for number, (finding, remark) in enumerate(zip(findings, remarks, strict=True), 2):
        severity = styles.filled(wrapped, finding.severity)
        texts = (*_texts(finding), remark)
        rows.append([(text, severity if column < 2 else wrapped) for column, text in enumerate(texts)])
        if finding.place.sheet is not None and cells_of(finding.place.cell or ""):
            links.append((f"D{number}", location_of(finding.place.sheet, finding.place.cell or "")))
    return sheet_of(package, rows, _WIDTHS, links)


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
