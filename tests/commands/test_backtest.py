"""`forewarn backtest` from the command line, on a real incident log that nobody prepared."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from forewarn.decision_tables import read_workbook
from tests.commands.conftest import call, data

DATA = Path(os.environ.get("FOREWARN_DATA_DIR", Path(__file__).resolve().parents[3] / "shared" / "data"))
LOG = DATA / "incident_event_log_extract.csv"
WORKBOOK = Path(__file__).resolve().parents[2] / "examples" / "backtest" / "incident_log.xlsx"

needs_log = pytest.mark.skipif(not LOG.exists(), reason=f"the incident log is not there: {LOG}")

MINE = ("backtest", WORKBOOK, "--history", LOG, "--mine", "--table", "Assignment")


def incidents_by_hand() -> list[dict[str, str]]:
    """One dict an incident, oldest first: fields of its first event, and ``team`` of its last."""
    spans: dict[str, list[dict[str, str]]] = {}
    with LOG.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            spans.setdefault(row["number"], []).append(row)

    def at(row: dict[str, str], name: str) -> datetime:
        return datetime.strptime(row[name], "%d-%m-%Y %H:%M")  # noqa: DTZ007 - compared among themselves

    made = []
    for events in spans.values():
        ordered = sorted(events, key=lambda row: at(row, "sys_updated_at"))
        made.append({**ordered[0], "team": ordered[-1]["assignment_group"]})
    return sorted(made, key=lambda row: at(row, "opened_at"))


@needs_log
def test_the_figures_are_those_of_a_count_by_hand() -> None:
    """Mined from the oldest 70 %, tested on the rest: coverage and agreement are those of trying the rules by hand."""
    document = data(call(*MINE, "--json"))
    history = incidents_by_hand()
    assert document["history"] == {
        "rows": 2619, "incidents": 387, "left_out": 0, "later_than_opening": {}, "findings": [],
    }  # fmt: skip
    older, newer = history[:270], history[270:]
    assert (document["learned"], document["tested"]) == (len(older), len(newer))
    names = {"Category": "category", "Subcategory": "subcategory", "Symptom": "u_symptom", "Location": "location",
             "Contact type": "contact_type", "Impact": "impact", "Urgency": "urgency", "CI": "cmdb_ci",
             "Opened by": "opened_by"}  # fmt: skip

    def answer(row: dict[str, str]) -> dict[str, object] | None:
        def holds(heading: str, value: str | None) -> bool:
            return row[names[heading]] == ("?" if value is None else value)

        return next((one for one in document["mined"] if all(holds(*item) for item in one["conditions"].items())), None)

    decided = [(row, found) for row in newer if (found := answer(row)) is not None]
    with_mined = document["with_mined"]
    assert with_mined["decided"] == len(decided) > 0
    assert with_mined["agreed"] == sum(found["outcome"] == row["team"] for row, found in decided)
    assert with_mined["errors"] == 0
    for one in document["mined"]:
        taken = [row for row in older if row["team"] != "?" and answer(row) == one]
        assert one["taken"] == len(taken)
        assert one["support"] == sum(row["team"] == one["outcome"] for row in taken)
    usual = document["usual"]
    assert usual["agreed"] == sum(row["team"] == usual["outcome"] for row in newer)


@needs_log
def test_a_draft_that_is_taken_over_decides_as_was_told(tmp_path: Path) -> None:
    """The sheet without its underscore is a table; a backtest of it gives the figures of the mined rules again."""
    mined = data(call(*MINE, "--json", "-o", tmp_path / "draft.xlsx"))
    assert mined["draft"]["sheet"] == "_Draft"
    assert read_workbook(tmp_path / "draft.xlsx", errors="report").tables == (), "a draft decides nothing"
    book = openpyxl.load_workbook(tmp_path / "draft.xlsx")
    book["_Draft"].title = "Assignment"
    book.save(tmp_path / "taken.xlsx")
    [table] = read_workbook(tmp_path / "taken.xlsx").tables
    assert len(table.model.rules) == len(mined["mined"])
    again = data(call("backtest", tmp_path / "taken.xlsx", "--history", LOG, "--mine", "--support", 1000, "--json"))
    assert {name: again["as_it_stands"][name] for name in ("decided", "agreed", "incidents")} == {
        name: mined["with_mined"][name] for name in ("decided", "agreed", "incidents")
    }


@needs_log
def test_the_text_says_what_the_json_says() -> None:
    """Rows, incidents, rules with their support and confidence, agreement, and what no rule at all would come to."""
    document = data(call(*MINE, "--json"))
    ran = call(*MINE)
    assert ran.exit_code == 0
    assert "2,619 rows, 387 incidents" in ran.output
    with_mined = document["with_mined"]
    assert f"decided {with_mined['decided']} ({with_mined['decided'] / with_mined['incidents']:.1%})" in ran.output
    assert (
        f"agreed {with_mined['agreed']} ({with_mined['agreed'] / with_mined['decided']:.1%} of the decided)"
        in ran.output
    )
    assert f"right of {document['usual']['agreed']} of 117" in ran.output


def test_a_history_with_the_tables_own_headings_needs_no_mapping(site: Path, tmp_path: Path) -> None:
    """Columns named as the table's are used as they are; a row the table refuses is counted."""
    (tmp_path / "old.csv").write_text(
        "Impact,Urgency,Priority\n1 - High,1 - High,1 - Critical\n1 - High,1 - High,5 - Planning\nhuge,1 - High,x\n",
        encoding="utf-8",
    )
    asked = ("backtest", site / "decision_tables" / "priority.xlsx", "--history", tmp_path / "old.csv")
    found = data(call(*asked, "--table", "Priority", "--json"))["as_it_stands"]
    assert (found["incidents"], found["decided"], found["agreed"], found["errors"]) == (3, 2, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((WORKBOOK, "--history", "gone.csv"), "there is no such file"),
        (("gone.xlsx", "--history", "gone.csv"), "does not exist"),
        ((WORKBOOK, "--history", WORKBOOK, "-o", "x.xlsx"), "--output goes with --mine"),
        ((WORKBOOK, "--history", WORKBOOK, "--mine", "-o", WORKBOOK), "is a file that is read"),
        ((WORKBOOK, "--history", WORKBOOK), "the history has no column"),
        ((WORKBOOK, "--history", WORKBOOK, "--mapping", "gone.xlsx"), "does not exist"),
    ],
)
def test_what_cannot_run_is_one_line(arguments: tuple[object, ...], words: str) -> None:
    """With how to mend it, and no traceback."""
    ran = call("backtest", *arguments)
    assert ran.exit_code in (1, 2)
    assert words in ran.output
    assert "Traceback" not in ran.output
