"""Faults of the kinds that process owners make, each put into a copy of the stock workbooks as a person would.

``python -m tests.checks.seeded_faults`` writes the golden file anew; look at the difference before it is committed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from forewarn.engine.actions.checking import check_site
from forewarn.errors import Finding, Severity
from forewarn.plugins import stock
from forewarn.plugins.loading import load_extensions

GOLDEN = Path(__file__).parent / "golden" / "seeded_faults.json"
STOCK = Path(stock.__file__).parent / "workbooks"

ESCALATION, ESCALATION_SHEET = "decision_tables/incident_escalation_policy.xlsx", "Incident Escalation Policy"
MAJOR, MAJOR_SHEET = "decision_tables/major_case_policy.xlsx", "Major Case Policy"
TOLD, TOLD_SHEET = "decision_tables/customer_notifications.xlsx", "Customer Notifications"
PRIORITY, PRIORITY_SHEET = "decision_tables/priority.xlsx", "Priority"
WORDS = "decision_tables/vocabulary.xlsx"
ALERTS, ALERTS_SHEET = "rules/alerts.xlsx", "Alert Rules"

Edit = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What somebody did to a sheet, and the finding that says so: its code and cell."""

    name: str
    workbook: str
    sheet: str
    edit: Edit | dict[str, object]
    code: str
    cell: str | None


def merge(sheet: Any) -> None:
    """Merge two cells of a column, as people do who do not like to repeat themselves."""
    sheet.merge_cells("B5:B6")


def hide_row(sheet: Any) -> None:
    """Hide a rule instead of deleting it."""
    sheet.row_dimensions[7].hidden = True


def hide_column(sheet: Any) -> None:
    """Hide a column that seems to be in the way."""
    sheet.column_dimensions["C"].hidden = True


def text_with_equals_sign(sheet: Any) -> None:
    """Type an equals sign into a cell that is formatted as text."""
    sheet["B5"].value = "=SD-WAN"
    sheet["B5"].data_type = "s"


def percentage(sheet: Any) -> None:
    """Type 50 % where a number is meant."""
    sheet["B5"].value = 0.5
    sheet["B5"].number_format = "0%"


def reversed_dates(sheet: Any) -> None:
    """Add dates of effect, and swap them in one rule."""
    sheet["I2"], sheet["I3"], sheet["I5"] = "Note", "Effective from", date(2026, 6, 1)
    sheet["J2"], sheet["J3"], sheet["J5"] = "Note", "Effective to", date(2026, 1, 1)


def catch_all_first(sheet: Any) -> None:
    """Put the rule for everything else on top."""
    sheet["A5"], sheet["B5"], sheet["C5"] = "M00", "-", "Individual cases"
    sheet["A6"], sheet["B6"], sheet["C6"] = "M01", ">= 5", "Promote directly"


def remark_below(sheet: Any) -> None:
    """Leave a remark under the table."""
    sheet["B48"] = "see the mail of Monday"


def date_format(sheet: Any) -> None:
    """Type 1-2 for a value, which becomes the first of February."""
    sheet["D6"].value = date(2026, 2, 1)
    sheet["D6"].number_format = "d-mmm"


FAULTS = (
    Fault("another case", ESCALATION, ESCALATION_SHEET, {"B5": "Sd-wan"}, "FW204", "B5"),
    Fault("a non-breaking space", ESCALATION, ESCALATION_SHEET, {"C5": "Link\u00a0failure"}, "FW204", "C5"),
    Fault("a long dash", ESCALATION, ESCALATION_SHEET, {"B6": "SD\u2013WAN"}, "FW204", "B6"),
    Fault("curly quotes", ESCALATION, ESCALATION_SHEET, {"D6": "\u201cTriage\u201d"}, "FW204", "D6"),
    Fault("a misspelt value", ESCALATION, ESCALATION_SHEET, {"C5": "Link failur"}, "FW203", "C5"),
    Fault("a group that is not listed", ESCALATION, ESCALATION_SHEET, {"F5": "L4 Engineering"}, "FW203", "F5"),
    Fault("one misspelt value of several", ESCALATION, ESCALATION_SHEET, {"C5": "Link failure, Devise failure"},
          "FW203", "C5"),
    Fault("a value that became a date", ESCALATION, ESCALATION_SHEET, date_format, "FW205", "D6"),
    Fault("a number where text is meant", ESCALATION, ESCALATION_SHEET, {"B5": 5}, "FW205", "B5"),
    Fault("a formula that points at another cell", ESCALATION, ESCALATION_SHEET, {"E5": "=E6"}, "FW108", "E5"),
    Fault("an equals sign before a value", ESCALATION, ESCALATION_SHEET, text_with_equals_sign, "FW107", "B5"),
    Fault("an error value", ESCALATION, ESCALATION_SHEET, {"E5": "#N/A"}, "FW109", "E5"),
    Fault("a rule copied with its id", ESCALATION, ESCALATION_SHEET, {"A6": "E01"}, "FW306", "A6"),
    Fault("a remark under the table", ESCALATION, ESCALATION_SHEET, remark_below, "FW307", "E48"),
    Fault("merged cells", ESCALATION, ESCALATION_SHEET, merge, "FW105", "B5"),
    Fault("a hidden rule", ESCALATION, ESCALATION_SHEET, hide_row, "FW104", "A7"),
    Fault("a hidden column", ESCALATION, ESCALATION_SHEET, hide_column, "FW104", "C3"),
    Fault("a heading twice", ESCALATION, ESCALATION_SHEET, {"C3": "Category"}, "FW305", "C3"),
    Fault("a role in another language", ESCALATION, ESCALATION_SHEET, {"B2": "Wenn"}, "FW302", "B2"),
    Fault("a role that was deleted", ESCALATION, ESCALATION_SHEET, {"H2": None}, "FW303", "H2"),
    Fault("a heading that was deleted", ESCALATION, ESCALATION_SHEET, {"C3": None}, "FW303", "C3"),
    Fault("a column left empty between", ESCALATION, ESCALATION_SHEET, {"G2": None, "G3": None}, "FW304", "H2"),
    Fault("a misspelt hit policy", ESCALATION, ESCALATION_SHEET, {"A2": "Frist"}, "FW301", "A2"),
    Fault("no hit policy", ESCALATION, ESCALATION_SHEET, {"A2": None}, "FW301", "A2"),
    Fault("a renamed heading", ESCALATION, ESCALATION_SHEET, {"C3": "Sub category"}, "FW311", "C3"),
    Fault("a dash for no output", ESCALATION, ESCALATION_SHEET, {"E5": "-"}, "FW201", "E5"),
    Fault("a comma too many", ESCALATION, ESCALATION_SHEET, {"C5": "Link failure,, Device failure"}, "FW201", "C5"),
    Fault("a quote that is not closed", ESCALATION, ESCALATION_SHEET, {"C5": '"Link failure'}, "FW201", "C5"),
    Fault("dates of effect swapped", ESCALATION, ESCALATION_SHEET, reversed_dates, "FW324", "J5"),
    Fault("Values beyond the Glossary", ESCALATION, ESCALATION_SHEET, {"B4": "SD-WAN; MPLS"}, "FW316", "B4"),
    Fault("a flow that nobody has", ESCALATION, ESCALATION_SHEET, {"G5": "Network Initiated Link Failure - Triag"},
          "FW403", "G5"),
    Fault("a renamed table", ESCALATION, ESCALATION_SHEET, {"A1": "Escalation"}, "FW401", None),
    Fault("the rule for everything else on top", MAJOR, MAJOR_SHEET, catch_all_first, "FW308", "B5"),
    Fault("a decimal comma", MAJOR, MAJOR_SHEET, {"B5": ">= 1,5"}, "FW210", "B5"),
    Fault("a range from large to small", MAJOR, MAJOR_SHEET, {"B5": "[10..5]"}, "FW206", "B5"),
    Fault("a misspelt property", MAJOR, MAJOR_SHEET, {"B5": ">= property.major_case_affected_account_treshold"},
          "FW214", "B5"),
    Fault("words for a number", MAJOR, MAJOR_SHEET, {"B5": ">= five"}, "FW214", "B5"),
    Fault("a percentage", MAJOR, MAJOR_SHEET, percentage, "FW211", "B5"),
    Fault("not equal as in formulas", MAJOR, MAJOR_SHEET, {"B5": "<> 5"}, "FW201", "B5"),
    Fault("one sign for two", MAJOR, MAJOR_SHEET, {"B5": "≥ 5"}, "FW201", "B5"),
    Fault("a date where a number is meant", MAJOR, MAJOR_SHEET, {"B5": date(2026, 2, 1)}, "FW205", "B5"),
    Fault("a message that nobody has", TOLD, TOLD_SHEET, {"D9": "case_resolvd"}, "FW404", "D9"),
    Fault("two tables of one name", PRIORITY, "Alert Impact", {"A1": "Priority"}, "FW320", "A1"),
    Fault("a misspelt attribute", WORDS, "Glossary", {"D2": "catgory"}, "FW313", "B3"),
    Fault("a misspelt type", WORDS, "Glossary", {"E2": "strng"}, "FW317", "E2"),
    Fault("a property of the wrong type", WORDS, "Properties", {"B2": "five"}, "FW202", "B2"),
    Fault("a misspelt action", ALERTS, ALERTS_SHEET, {"J8": "open incidnt"}, "FW510", "J8"),
    Fault("an event that nobody sends", ALERTS, ALERTS_SHEET, {"B4": "alrt"}, "FW507", "B4"),
    Fault("an attribute that no alert has", ALERTS, ALERTS_SHEET, {"C3": "alert.cii"}, "FW506", "C3"),
    Fault("a placeholder that names nothing", ALERTS, ALERTS_SHEET, {"K8": "{alert.summary}"}, "FW506", "K8"),
)  # fmt: skip


def findings_with(fault: Fault | None, root: Path) -> tuple[Finding, ...]:
    """The findings of a site in ``root`` with the stock workbooks, and the fault in one of them."""
    shutil.copytree(STOCK, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    if fault is not None:
        path = root / fault.workbook
        book = openpyxl.load_workbook(path)
        sheet = book[fault.sheet]
        if isinstance(fault.edit, dict):
            for cell, value in fault.edit.items():
                sheet[cell].value = value
        else:
            fault.edit(sheet)
        book.save(path)
    return check_site(root, load_extensions()).findings


def told(fault: Fault, found: Iterable[Finding]) -> list[dict[str, str | None]]:
    """What stands in the golden file: every error, and what the fault's own code says."""
    return [
        {"code": one.code, "severity": one.severity.value, "place": str(one.place), "text": one.text,
         "message": one.message, "hint": one.hint, "suggestion": one.suggestion}
        for one in found
        if one.severity is Severity.ERROR or one.code == fault.code
    ]  # fmt: skip


def main() -> None:
    """Write the golden file."""
    golden = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, fault in enumerate(FAULTS):
            golden[fault.name] = told(fault, findings_with(fault, Path(folder) / str(number)))
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
