"""Tests of decision tables that stand in the workbook itself: read, run, told as findings, generated, kept.

from forewarn.decision_tables import read_workbook
from forewarn.decision_tables.table_tests import run_tests

report = run_tests(read_workbook("policy.xlsx"))
"""

from __future__ import annotations

from forewarn.decision_tables.table_tests.codes import TEST_CODES
from forewarn.decision_tables.table_tests.rows import TESTS_SHEET, TableTest, read_tests
from forewarn.decision_tables.table_tests.running import Difference, RanTest, TestsReport, run_tests, test_findings

__all__ = [
    "TESTS_SHEET",
    "TEST_CODES",
    "Difference",
    "RanTest",
    "TableTest",
    "TestsReport",
    "read_tests",
    "run_tests",
    "test_findings",
]
