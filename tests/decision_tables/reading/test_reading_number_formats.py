"""What a cell shows, against what Excel displays for the same value and format."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from forewarn.decision_tables.grid import CellError, Native
from forewarn.decision_tables.reading.number_format import shown

MOMENT = dt.datetime.fromisoformat("2026-01-02T15:04:05")

SHOWN: list[tuple[Native, str | None, str]] = [
    (None, None, ""),
    (True, None, "TRUE"),
    (CellError("#N/A"), None, "#N/A"),
    ("text", "@", "text"),
    (Decimal("5.0"), None, "5"),
    (Decimal("0.1"), "General", "0.1"),
    (Decimal(1234567890123450), "General", "1.23457E+15"),
    (Decimal(7), "000", "007"),
    (Decimal(7), "0.00", "7.00"),
    (Decimal("2.345"), "0.00", "2.35"),
    (Decimal("1234567.891"), "#,##0.00", "1,234,567.89"),
    (Decimal(12), "#,##0", "12"),
    (Decimal("0.25"), "0%", "25%"),
    (Decimal("0.1234"), "0.00%", "12.34%"),
    (Decimal(1500), "0.00E+00", "1.50E+03"),
    (Decimal(-3), "0", "-3"),
    (Decimal(-3), "0;(0)", "(3)"),
    (Decimal(-3), '#,##0 "EUR"', "-3 EUR"),
    (Decimal(3), "[$€-407]0.00", "€3.00"),
    (Decimal("0.5"), "#.##", ".5"),
    (dt.date(2026, 1, 2), "mm-dd-yy", "01-02-26"),
    (dt.date(2026, 1, 2), "d-mmm", "2-Jan"),
    (dt.date(2026, 1, 2), "yyyy-mm-dd", "2026-01-02"),
    (dt.date(2026, 1, 2), "dddd, d. mmmm yyyy", "Friday, 2. January 2026"),
    (dt.date(2026, 1, 2), None, "2026-01-02"),
    (MOMENT, "m/d/yy h:mm", "1/2/26 15:04"),
    (MOMENT, "h:mm:ss AM/PM", "3:04:05 PM"),
    (MOMENT, "[$-409]yyyy/mm/dd hh:mm", "2026/01/02 15:04"),
    (dt.time(9, 5), "h:mm", "9:05"),
    (dt.time(9, 5, 7), "mm:ss", "05:07"),
    (dt.timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
]


@pytest.mark.parametrize(("value", "code", "text"), SHOWN)
def test_a_cell_shows_what_excel_displays(value: Native, code: str | None, text: str) -> None:
    """Formats that people meet: zeros, decimals, thousands, percent, scientific, dates, times."""
    assert shown(value, code) == text


@pytest.mark.parametrize(
    "code", ["", ";;;", "?", "[", '"', "\\", "#.E", "0/0", "[h", "E+", "_", "*", "yyyyyyy", "%%", "0." + "0" * 999]
)
def test_an_odd_format_still_shows_something(code: str) -> None:
    """Formats come from untrusted files: none of them breaks a message."""
    for value in (Decimal("-1.5"), Decimal("1e300"), MOMENT, dt.time(1), dt.timedelta(days=2), dt.date(2026, 1, 2)):
        assert isinstance(shown(value, code), str)
