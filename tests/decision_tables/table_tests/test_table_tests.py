"""Rows of a Tests sheet: what passes, what fails and where, and what cannot be understood."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from forewarn.decision_tables import Workbook, read_workbook
from forewarn.decision_tables.table_tests import run_tests, test_findings
from forewarn.errors import Severity

GLOSSARY = [
    ["heading", "table", "record", "attribute", "type", "allowed values", "unit", "nullable", "meaning"],
    ["Category", None, "incident", "category", "string", "A, B, C", None, None, None],
    ["Count", None, "incident", "count", "number", None, None, "yes", None],
    ["Group", None, None, None, "string", None, None, None, None],
    ["Tags", None, None, None, "list of string", None, None, None, None],
]
RULES = [
    ["R1", "A", "< 5", "X", "one, two"],
    ["R2", "A", ">= 5", "Y", "one"],
    ["R3", "B", "-", "null", "null"],
    ["R4", "B", "> 7", "Z", "null"],
]


def book(tests: Sequence[Sequence[Any]], policy: str = "Unique", rules: Sequence[Sequence[Any]] = RULES) -> Workbook:
    """A workbook with the table Groups and these rows of Tests."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    table = [["Groups"], [policy, "If", "If", "Then", "Then"], ["Rule", "Category", "Count", "Group", "Tags"], *rules]
    for name, rows in (("Groups", table), ("Glossary", GLOSSARY), ("Tests", tests)):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return read_workbook(out.getvalue(), errors="report")


HEAD = ["table", "id", "Category", "Count", "Group", "Tags", "expected rule", "expected error", "at", "note"]


@pytest.mark.parametrize(
    "row",
    [
        ["Groups", "T", "A", 3, "X", "one, two", "R1"],
        ["Groups", "T", "A", "5", "Y", "one", "R2"],
        ["Groups", "T", "B", 1, "null", "null", "R3"],
        ["Groups", "T", "A", None, "empty", None, "null"],
        ["Groups", "T", "C", 1, None, None, "empty", None, None, "no rule knows C"],
        ["Groups", "T", "B", 8, None, None, None, "no unique rule"],
        ["Groups", "T", "D", 1, None, None, None, "Bad-input"],
        ["Groups", "T", None, 1, None, None, None, "bad-input"],
        ["Groups", "T", "A", "many", None, None, None, "bad-input"],
        ["Groups", None, "A", 4.5, "X"],
    ],
)
def test_a_row_that_its_table_answers_passes(row: list[Any]) -> None:
    """Values, null, no rule at all, each kind of error, inputs that are left blank: each as the cell language says."""
    report = run_tests(book([HEAD, row]))
    assert report.bad_rows == ()
    assert [one.differences for one in report.ran] == [()]
    assert report.passed


@pytest.mark.parametrize(
    ("row", "cell", "words"),
    [
        (["Groups", "T", "A", 3, "Y"], "E2", "Group is to be Y, and is X"),
        (["Groups", "T", "A", 3, "null"], "E2", "Group is to be null, and is X"),
        (["Groups", "T", "A", 3, None, "one"], "F2", "Tags"),
        (["Groups", "T", "A", 3, None, None, "R2"], "G2", "the rule is to be R2, and is R1"),
        (["Groups", "T", "A", 3, None, None, "null"], "G2", "the rule is to be none, and is R1"),
        (["Groups", "T", "A", 3, None, None, None, "bad-input"], "H2", "the error is to be bad-input, and is none"),
        (["Groups", "T", "B", 8, "Z"], "A2", "no-unique-rule: 2 rules"),
    ],
)
def test_what_differs_is_told_with_its_cell(row: list[Any], cell: str, words: str) -> None:
    """A finding of severity error at the expectation that is not met; an error that nobody expects is at the row."""
    [finding] = test_findings(book([HEAD, row]))
    assert (finding.code, finding.severity) == ("FW345", Severity.ERROR)
    assert (finding.place.sheet, finding.place.cell) == ("Tests", cell)
    assert words in finding.message


@pytest.mark.parametrize(
    ("head", "row", "cell", "words"),
    [
        (HEAD, ["Group", "T", "A", 3], "A2", "there is no table 'Group'"),
        (HEAD, [None, "T", "A", 3], "A2", "the row names no table"),
        (HEAD, ["Groups", "T", "A", "three", "X"], "D2", "'three' is not a number"),
        (HEAD, ["Groups", "T", "A", 3, "-"], "E2", "-"),
        (HEAD, ["Groups", "T", "A", 3, None, None, None, "no unique rules"], "H2", "no kind of error"),
        (HEAD, ["Groups", "T", "A", 3, None, None, None, None, "yesterday"], "I2", "not a date and time"),
        (["table", "id", "Categorie"], ["Groups", "T", "A"], "C1", "'Categorie' is no input"),
        (["tabel", "id", "Category"], ["Groups", "T", "A"], "A1", "'tabel' is no input"),
        (["id", "Category"], ["T", "A"], "A1", "no heading 'table'"),
    ],
)
def test_a_row_that_cannot_be_understood_is_no_test(head: list[str], row: list[Any], cell: str, words: str) -> None:
    """It is a finding at its cell, and the row is not run: nobody knows what it asks."""
    made = book([head, row])
    report = run_tests(made)
    assert report.ran == ()
    assert not report.passed
    first = next(one for one in report.bad_rows if one.place.cell == cell)
    assert first.code == "FW344"
    assert words in first.message
    assert [table.name for table in made.tables] == ["Groups"], "the table decides all the same"


def test_lists_of_outputs_are_compared_in_order() -> None:
    """Under Rule order an expectation lists every hit; their order is part of the answer."""
    rules = [["R1", "A", "-", "X", "null"], ["R2", "A", "> 1", "Y", "null"]]
    head = ["table", "id", "Category", "Count", "Group", "expected rule"]
    rows = [
        ["Groups", "right", "A", 2, "X; Y", "R1, R2"],
        ["Groups", "wrong order", "A", 2, "Y; X", "R2, R1"],
        ["Groups", "one", "A", 1, "X", "R1"],
        ["Groups", "none", "B", 1, None, "null"],
    ]
    report = run_tests(book([head, *rows], "Rule order", rules))
    assert report.bad_rows == ()
    assert [one.test.id for one in report.failed] == ["wrong order"]
    assert [one.what for one in report.failed[0].differences] == ["Group", "the rule"]


def test_a_table_with_effective_dates_is_asked_at_a_time() -> None:
    """The column ``at`` gives the effective time, in the time zone of the workbook; without it the row fails."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    table = [
        ["Groups"],
        ["First", "If", "Then", "Note"],
        ["Rule", "Category", "Group", "Effective from"],
        ["R1", "A", "X", "2026-03-01"],
    ]
    tests = [
        ["table", "id", "Category", "Group", "expected rule", "at"],
        ["Groups", "before", "A", "null", "null", "2026-02-28T23:59:59Z"],
        ["Groups", "from then on", "A", "X", "R1", datetime(2026, 3, 1)],  # noqa: DTZ001 - as a spreadsheet stores it
        ["Groups", "no time", "A", "X", None, None],
    ]
    for name, rows in (("Groups", table), ("Glossary", GLOSSARY), ("Tests", tests)):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    made.save(out)
    report = run_tests(read_workbook(out.getvalue(), errors="report"))
    assert [one.test.id for one in report.failed] == ["no time"]
    assert "'at' is missing" in report.failed[0].differences[0].actual


def test_only_the_tables_that_are_asked_for() -> None:
    """Rows of other tables are not run."""
    made = book([HEAD, ["Groups", "T", "A", 3, "Y"]])
    assert run_tests(made, tables=["Other"]).ran == ()
    assert len(run_tests(made, tables=["Groups"]).failed) == 1
