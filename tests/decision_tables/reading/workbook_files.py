"""Workbooks made as a person makes them, for the tests of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from forewarn.decision_tables import Workbook, read_workbook
from forewarn.errors import Finding

Rows = Sequence[Sequence[Any]]

GLOSSARY: Rows = [
    ["Heading", "Table", "Record", "Attribute", "Type", "Allowed values", "Unit", "Nullable", "Meaning"],
    ["Category", None, "incident", "category", "string"],
    ["Stage", None, "incident", "stage", "string", None, None, "yes"],
    ["Count", None, "incident", "affected_account_count", "number"],
    ["Opened", None, "incident", "opened_on", "date"],
    ["Urgent", None, "incident", "urgent", "boolean"],
    ["Tags", None, "incident", "tags", "list of string"],
    ["Group", None, "incident", "assignment_group", "string"],
    ["Score", None, "incident", "score", "number"],
]


def table(
    policy: str, roles: Sequence[Any], headings: Sequence[Any], *rows: Sequence[Any], name: str = "Policy"
) -> Rows:
    """The rows of a sheet with one table."""
    return [[name], [policy, *roles], ["Rule", *headings], *rows]


SMALL = table(
    "First",
    ["If", "If", "Then"],
    ["Category", "Count", "Group"],
    ["R1", "SD-WAN", ">= 5", "Network Coordinators"],
    ["R2", "-", "-", "L1 Network Engineering"],
)


def save(
    path: Path,
    sheets: Mapping[str, Rows],
    *,
    glossary: Rows | None = GLOSSARY,
    change: Callable[[Worksheet], object] | None = None,
) -> Path:
    """Write sheets of plain values to an .xlsx file; ``change`` may then touch the first of them."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if glossary is not None:
        sheet = book.create_sheet("Glossary")
        for row in glossary:
            sheet.append(list(row))
    if change is not None:
        change(book.worksheets[0])
    book.save(path)
    return path


def report(path: Path) -> Workbook:
    """Read a workbook with its findings."""
    return read_workbook(path, errors="report")


def found(findings: Sequence[Finding]) -> list[tuple[str, str | None]]:
    """Code and cell of each finding."""
    return [(finding.code, finding.place.cell) for finding in findings]
