"""Workbooks: what a spreadsheet program makes of numbers, dates and formulas, and which sheets are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from inventory_support import account, counts, only, said
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

pytestmark = pytest.mark.one_database

Sheets = Mapping[str, Sequence[Sequence[Any]]]
Book = Callable[..., list[Path]]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Write a workbook as a person would: sheets by name with their rows; ``touch`` changes a sheet further."""

    def write(
        sheets: Sheets, name: str = "inventory.xlsx", touch: Callable[[Worksheet], None] = lambda sheet: None
    ) -> list[Path]:
        workbook = Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            touch(sheet)
        workbook.save(tmp_path / name)
        return [tmp_path / name]

    return write


HEADINGS = ("Number", "Name", "Contract value")


def test_sheets_are_kinds(load, book, rows):
    """Several kinds in one workbook, in any order and spelling; scratch sheets are not read."""
    report = load(
        book(
            {
                "contacts": [("Number", "Name", "Account", "Primary"), ("K1", "Kim", "One", True)],
                "_scratch": [("anything",), (1,)],
                "ACCOUNTS": [HEADINGS, ("A1", "One", 10.5), (None, None, None), ("A2", "Two", None)],
                "Configuration items": [("Configuration item", "Class"), ("Vmanage_10001", "SD-WAN Controller")],
            }
        )
    )
    assert report.findings == ()
    assert rows("accounts") == [account("A1", "One", "10.5"), account("A2", "Two")]
    assert rows("contacts")[0]["is_primary"] is True
    assert rows("cis")[0]["name"] == "Vmanage_10001"


def test_findings_name_the_cell(load, book):
    """File, sheet, column letter and row, blank rows counted."""
    report = load(book({"Accounts": [HEADINGS, ("A1", "One", 1), (None,), ("A2", "Two", "x")]}))
    assert str(only(report)).startswith("inventory.xlsx › Accounts!C4: FW704 Contract value: 'x' is not an amount")
    assert counts(report, "account") == (1, 0, 0, 0, 1)


def test_numbers_in_number_columns_are_text(load, book, rows):
    """A number that Excel made of an identifier is its digits, in references too."""
    report = load(
        book(
            {
                "Accounts": [HEADINGS, (10045, "One", 1), ("10046", 360, 2)],
                "Contacts": [("Number", "Name", "Account"), (7, "Kim", 10045)],
            }
        )
    )
    assert report.findings == ()
    assert rows("accounts") == [account("10045", "One", "1"), account("10046", "360", "2")]
    assert rows("contacts")[0]["account_id"] == "10045"


def test_leading_zeros_that_only_show_are_a_warning(load, book, rows):
    """The value is loaded as Excel holds it; one warning a column names the first cell and what it shows."""

    def pad(sheet: Worksheet) -> None:
        for row in (2, 3):
            sheet.cell(row, 1).number_format = "00000"
            sheet.cell(row, 3).number_format = "000.00"

    finding = only(load(book({"Accounts": [HEADINGS, (123, "One", 5), (45, "Two", 6)]}, touch=pad)))
    assert str(finding.place) == "inventory.xlsx › Accounts!A2"
    assert finding.message == (
        "the cell shows 00123 and holds the number 123, and 1 more cells of the column; 123 is loaded"
    )
    assert {row["number"] for row in rows("accounts")} == {"123", "45"}


@pytest.mark.parametrize(
    ("cells", "where", "says"),
    [
        pytest.param((date(2026, 3, 1), "One", 1), "A2", "a date or time (2026-03-01", id="date as number"),
        pytest.param(("A1", date(2026, 3, 1), 1), "B2", "a date or time (2026-03-01", id="date as name"),
        pytest.param((12.5, "One", 1), "A2", "12.5 is not a whole number", id="fraction as number"),
        pytest.param((1234567890123456789, "One", 1), "A2", "more digits than a spreadsheet keeps", id="digits lost"),
        pytest.param((True, "One", 1), "A2", "TRUE is not text", id="boolean as number"),
        pytest.param(("A1", "One", True), "C2", "is not an amount", id="boolean as amount"),
        pytest.param(("A1", "One", date(2026, 3, 1)), "C2", "is not an amount", id="date as amount"),
        pytest.param(("A1", "One", "1,5"), "C2", "can be read in two ways", id="comma"),
        pytest.param(("A1", "#N/A", 1), "B2", "the cell holds the error #N/A", id="error value"),
        pytest.param(("A1", "=B1&C1", 1), "B2", "the cell holds a formula without a stored value", id="formula"),
        pytest.param((None, "One", 1), "A2", "Number is blank", id="no number"),
    ],
)
def test_cells_that_are_refused(cells, where, says, load, book):
    """Each is one finding at its cell; the other rows are loaded."""
    report = load(book({"Accounts": [HEADINGS, cells, ("A9", "Good", 1)]}))
    finding = only(report)
    assert str(finding.place) == f"inventory.xlsx › Accounts!{where}"
    assert says in finding.message
    assert counts(report, "account") == (1, 0, 0, 0, 1)


def test_a_float_keeps_its_shortest_digits(load, book, rows):
    """0.3 in Excel is a binary float; the amount is exactly 0.3. More than four places are refused."""
    load(book({"Accounts": [HEADINGS, ("A1", "One", 0.3)]}))
    assert rows("accounts")[0]["contract_value"] == Decimal("0.3")
    assert "1.23456 has more than four" in said(load(book({"Accounts": [HEADINGS, ("A1", "One", 1.23456)]})))


def test_cells_under_a_merged_range_are_refused(load, book):
    """A merged cell has its value in the first row only; the others would be read as blank."""
    report = load(
        book(
            {"Accounts": [HEADINGS, ("A1", "One", 5), ("A2", "Two", None)]},
            touch=lambda sheet: sheet.merge_cells("C2:C3"),
        )
    )
    assert str(only(report)).startswith(
        "inventory.xlsx › Accounts!C3: FW704 Contract value: the cell holds part of the merged range C2:C3"
    )


def test_a_value_under_no_heading_refuses_its_row(load, book):
    """Such a value was meant for some column; dropping it silently would lose it."""
    report = load(book({"Accounts": [HEADINGS, ("A1", "One", 5), ("A2", "Two", 6, "x")]}))
    assert "column D holds a value and has no heading" in only(report).message
    assert counts(report, "account") == (1, 0, 0, 0, 1)


def test_a_sheet_that_is_no_kind_is_a_warning(load, book):
    """Beside sheets that are kinds, others may stand; a slip in the name is met with the right one."""
    report = load(book({"Accounts": [HEADINGS, ("A1", "One", 5)], "Contcts": [("What",), ("x",)]}))
    finding = only(report)
    assert (finding.code, finding.suggestion) == ("FW715", "Contacts")
    assert report.refused == 0


def test_a_workbook_without_any_kind_is_an_error(load, book):
    """Nothing could be read: that is no warning."""
    report = load(book({"Sheet1": [("What",), ("x",)], "Sheet2": [("Why",), ("y",)]}))
    assert [finding.code for finding in report.findings] == ["FW701", "FW701"]
    assert report.refused == 2


def test_one_sheet_is_named_by_its_file(load, book):
    """A workbook with a single sheet of no telling name is what its file is called."""
    report = load(book({"Sheet1": [("Number", "Name"), ("A1", "One")]}, name="accounts.xlsx"))
    assert counts(report, "account") == (1, 0, 0, 0, 0)


def test_headings_may_stand_further_down(load, book, rows):
    """Blank rows above the headings are passed over; line breaks in a heading are spaces."""
    load(book({"Accounts": [(None,), ("Number", "Name", "Contract\nvalue"), ("A1", "One", 5)]}))
    assert rows("accounts") == [account("A1", "One", "5")]
