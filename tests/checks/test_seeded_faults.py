"""Faults that process owners make are found in their cells, in words that say what is wrong and what to type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forewarn.errors import Severity
from tests.checks.seeded_faults import FAULTS, GOLDEN, Fault, findings_with, told

TOLD = json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_there_are_thirty_faults_and_more() -> None:
    """The table is as long as promised, each fault has a name of its own, and the golden file knows each."""
    assert len(FAULTS) >= 30
    assert [fault.name for fault in FAULTS] == list(TOLD)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_fault_is_found_and_told(fault: Fault, tmp_path: Path) -> None:
    """Code and cell are those of the table; place, message and hint those of the golden file."""
    found = findings_with(fault, tmp_path / "site")
    assert any(one.code == fault.code and one.place.cell == fault.cell for one in found), [str(one) for one in found]
    assert told(fault, found) == TOLD[fault.name]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_words_say_what_where_and_how(fault: Fault) -> None:
    """Every line has a place, a message and a hint, and the hint is not the message again."""
    for one in TOLD[fault.name]:
        assert one["message"]
        assert one["hint"], one
        assert one["hint"] not in one["message"]
        assert "›" in one["place"] or fault.cell is None


def test_the_stock_workbooks_have_no_error(tmp_path: Path) -> None:
    """Without a fault nothing is wrong: what the other tests find was put there by them."""
    assert [str(one) for one in findings_with(None, tmp_path / "site") if one.severity is Severity.ERROR] == []
