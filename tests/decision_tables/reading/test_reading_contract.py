"""Sentences of the sheet's contract, each by a small workbook as its owner would type it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from workbook_files import GLOSSARY, Rows, found, report, save, table

from forewarn.decision_tables import Table, Workbook
from forewarn.decision_tables.decision import jsonable
from forewarn.errors import BadInput, ConflictingRules, Severity

NO_BREAK = "\u00a0"


def book(tmp_path: Path, rows: Rows, *glossary: Sequence[Any], **sheets: Rows) -> Workbook:
    """A workbook with one table, further Glossary rows and further sheets."""
    return report(save(tmp_path / "book.xlsx", {"Policy": rows, **sheets}, glossary=[*GLOSSARY, *glossary]))


def errors(book: Workbook) -> list[tuple[str, str | None]]:
    """Code and cell of each error."""
    return found([finding for finding in book.findings if finding.severity is Severity.ERROR])


def policy(tmp_path: Path, rows: Rows, *glossary: Sequence[Any], **sheets: Rows) -> Table:
    """The table of a workbook that has no errors."""
    read = book(tmp_path, rows, *glossary, **sheets)
    assert errors(read) == []
    return read.table("Policy")


RULES = (["R10", "< 5", "a"], ["R2", "< 10", "a"], ["R1b", "< 9", "a"])


def test_under_any_row_order_changes_no_byte(tmp_path: Path) -> None:
    """Tables that differ by row order alone have one version under A and name their rules alike, R2 before R10."""
    one = policy(tmp_path, table("A", ["If", "Then"], ["Count", "Group"], *RULES))
    other = policy(tmp_path, table("A", ["If", "Then"], ["Count", "Group"], *reversed(RULES)))
    assert one.version == other.version
    frame = pd.DataFrame({"Count": [1, 7]})
    for asked in (one, other):
        assert asked.decide({"Count": 1}).rules == ("R1b", "R2", "R10")
        assert asked.decide_frame(frame)["rules"].tolist() == [("R1b", "R2", "R10"), ("R1b", "R2")]
        assert [rule.rule for rule in asked.explain({"Count": 1}).rules] == ["R1b", "R2", "R10"]
    assert one.decide({"Count": 1}).to_dict() == other.decide({"Count": 1}).to_dict()


def test_refused_overlaps_name_rules_by_id(tmp_path: Path) -> None:
    """An error under U or A names its rules by id too: row order is no part of those tables."""
    rules = (["R10", "< 5", "a"], ["R2", "< 10", "b"])
    for given in (rules, rules[::-1]):
        refusing = policy(tmp_path, table("A", ["If", "Then"], ["Count", "Group"], *given))
        with pytest.raises(ConflictingRules) as caught:
            refusing.decide({"Count": 1})
        assert caught.value.rules == ("R2", "R10")


@pytest.mark.parametrize("kind", ["C+", "C<", "C>", "C#", "R", "C", "F"])
def test_row_order_is_part_of_the_version_where_decisions_show_it(tmp_path: Path, kind: str) -> None:
    """Aggregates name every hit in row order, so the order is part of their version."""
    rules = (["R10", "< 5", 1], ["R2", "< 10", 2])
    one = policy(tmp_path, table(kind, ["If", "Then"], ["Count", "Score"], *rules))
    other = policy(tmp_path, table(kind, ["If", "Then"], ["Count", "Score"], *rules[::-1]))
    assert one.version != other.version
    if kind != "F":
        assert one.decide({"Count": 1}).rules == ("R10", "R2")
        assert other.decide({"Count": 1}).rules == ("R2", "R10")


def test_outputs_of_other_bytes_make_another_version(tmp_path: Path) -> None:
    """5 and 5.0 decide alike as cells to test, and show otherwise as outputs: only there they are two versions."""

    def with_cells(test: Any, output: Any) -> Table:
        return policy(tmp_path, table("U", ["If", "Then"], ["Count", "Score"], ["R1", test, output]))

    assert with_cells("< 5", "1").version == with_cells("< 5.0", 1).version
    assert with_cells("< 5", "1").version != with_cells("< 5", "1.0").version


def test_a_number_in_json_is_written_out(tmp_path: Path) -> None:
    """1e3 typed by an owner is shown as 1000."""
    decided = policy(tmp_path, table("U", ["If", "Then"], ["Count", "Score"], ["R1", "< 5", "1e3"])).decide(
        {"Count": 1}
    )
    assert decided.to_dict()["outputs"] == {"Score": "1000"}
    assert jsonable(Decimal("-0.50")) == "-0.50"


LIMITED = ["Limited", None, "incident", "limited", "number", "[0..10]"]
LISTED = ["Listed", None, "incident", "listed", "number", "1; 5; [20..30]"]


@pytest.mark.parametrize(
    ("heading", "values", "subset"),
    [
        ("Limited", "[2..3]", True),
        ("Limited", "1; 2", True),
        ("Limited", "(0..10)", True),
        ("Limited", "< 5", False),
        ("Limited", "[5..11]", False),
        ("Limited", "not(5)", False),
        ("Listed", "1; [20..25]", True),
        ("Listed", "[1..5]", False),
        ("Listed", "[1..30]", False),
        ("Listed", "> 20", False),
    ],
)
def test_values_are_a_subset_of_the_glossary(tmp_path: Path, heading: str, values: str, subset: bool) -> None:
    """Values narrows the Glossary: whatever it would let in beyond it is refused, between the ends of a range too."""
    rows = table("First", ["If", "Then"], [heading, "Group"], ["Values", values, None], ["R1", "-", "x"])
    assert errors(book(tmp_path, rows, LIMITED, LISTED)) == ([] if subset else [("FW316", "B4")])


def test_a_no_break_space_is_not_blank(tmp_path: Path) -> None:
    """A cell with nothing but a no-break space is neither any value nor null: it is refused."""
    rows = table(
        "First", ["If", "Then"], ["Category", "Group"], ["R1", NO_BREAK, "x"], ["R2", "a", NO_BREAK], ["R3", " ", "y"]
    )
    assert errors(book(tmp_path, rows)) == [("FW204", "B4"), ("FW204", "C5")]


def test_null_inside_a_list_output_is_null(tmp_path: Path) -> None:
    """``null`` is null as an element too; in quotes it is the text."""
    rows = table("First", ["If", "Then"], ["Count", "Tags"], ["R1", "-", 'a, null, "null"'])
    assert policy(tmp_path, rows).decide({"Count": 1}).outputs == {"Tags": ("a", None, "null")}


def test_empty_in_a_required_column_is_always_false(tmp_path: Path) -> None:
    """An input that is never null makes ``empty`` always false, whether or not Values are listed."""
    rows = table("First", ["If", "Then"], ["Category", "Group"], ["R1", "empty", "x"], ["R2", "-", "y"])
    assert errors(book(tmp_path, rows)) == [("FW208", "B4")]
    nullable = table("First", ["If", "Then"], ["Stage", "Group"], ["R1", "empty", "x"], ["R2", "-", "y"])
    assert policy(tmp_path, nullable).decide({}).rules == ("R1",)


DATED = table(
    "First",
    ["If", "Then", "Note"],
    ["Count", "Group", "effective From"],
    ["R1", "-", "x", "2026-03-29"],
    ["R2", "-", "y"],
)


def test_effective_headings_count_in_any_case(tmp_path: Path) -> None:
    """A bound in time is never lost to a capital letter, and the explanation names its cell."""
    read = policy(tmp_path, DATED)
    at = datetime(2026, 3, 28, 23, 59, tzinfo=UTC)
    assert read.decide({"Count": 1}, at=at).rules == ("R2",)
    stopped = read.explain({"Count": 1}, at=at).rules[0]
    assert (stopped.heading, stopped.place.cell) == ("Effective from", "D4")


@pytest.mark.parametrize("at", [None, datetime(2026, 5, 1), "2026-05-01"])  # noqa: DTZ001 (naive on purpose)
def test_a_useless_time_is_a_bad_input(tmp_path: Path, at: Any) -> None:
    """A missing, naive or wrongly typed time is a bad-input error that names ``at``."""
    with pytest.raises(BadInput, match="'at'") as caught:
        policy(tmp_path, DATED).decide({"Count": 1}, at=at)
    assert caught.value.input == "at"
