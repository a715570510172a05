"""Each check stands in a file named by its code; its bad example gives the finding, its good one does not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from forewarn.decision_tables import checks, read_library
from forewarn.decision_tables.analysis import ANALYSIS_CODES, analyse_library
from forewarn.decision_tables.checks.explaining import Explanation, explain
from forewarn.decision_tables.codes import CODES
from forewarn.decision_tables.table_tests import TEST_CODES, test_findings
from forewarn.errors import Finding, Severity
from tests.checks.example_workbooks import vocabulary_of, workbook_of

ALL = {**CODES, **ANALYSIS_CODES, **TEST_CODES}
FILES = sorted(path.stem for path in Path(checks.__file__).parent.glob("FW*.py"))


def found_in(example: str) -> list[Finding]:
    """The findings of an example, of its whole tables and its tests too, at the beginning of 2026."""
    library = read_library({"book.xlsx": workbook_of(example)}, vocabulary=vocabulary_of(example))
    whole = analyse_library(library, since=datetime(2026, 1, 1, tzinfo=UTC))
    return [*library.findings, *whole, *test_findings(library)]


def explained(code: str) -> Explanation:
    """The explanation of a check."""
    explanation = explain(code)
    assert explanation is not None
    return explanation


def test_one_file_a_code() -> None:
    """Every code has its file, and every file its code."""
    assert sorted(ALL) == FILES


@pytest.mark.parametrize("code", FILES)
def test_the_summary_is_the_title(code: str) -> None:
    """The docstring begins with the code's own title; the check bears the file's name."""
    assert explained(code).title == ALL[code].title
    assert ALL[code].code == code


@pytest.mark.parametrize("code", FILES)
def test_the_bad_example_is_found(code: str) -> None:
    """The bad example gives this code at the cell that is named, and no other error than of this code."""
    explanation = explained(code)
    found = found_in(explanation.bad)
    own = [one for one in found if one.code == code]
    sheet, _, cell = explanation.at.rpartition("!")
    if explanation.at == "the file":
        assert any(one.place.cell is None for one in own), [str(one) for one in found]
    else:
        at = [one for one in own if cell in (one.place.cell, "B{row}") and sheet in ("", one.place.sheet)]
        assert at, [str(one) for one in found]
    assert {one.code for one in found if one.severity is Severity.ERROR} <= {code} | ACCOMPANIED.get(code, set())


ACCOMPANIED = {"FW327": {"FW203"}}
"""Codes whose bad example cannot but give others too."""


@pytest.mark.parametrize("code", FILES)
def test_the_good_example_is_not(code: str) -> None:
    """The good example gives no finding of this code, and no error."""
    found = found_in(explained(code).good)
    assert [str(one) for one in found if one.code == code or one.severity is Severity.ERROR] == []
