"""`forewarn coverage` from the command line: recorded decisions, a frame, JSON, and painted copies."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.commands.conftest import call, data


def test_recorded_decisions_are_counted(worked: Path) -> None:
    """What the site decided for its outage is found again, with the time of the last hit; the other rules never did."""
    explained = data(call("explain", "INC0000001", "--site", worked, "--json"))
    expected: dict[tuple[str, str], int] = {}
    for one in explained:
        for rule in one["rules"]:
            expected[one["table"], rule] = expected.get((one["table"], rule), 0) + 1
    tables = data(call("coverage", "--site", worked, "--json"))["tables"]
    counted = {(one["table"], hit["rule"]): hit["hits"] for one in tables for hit in one["rules"] if hit["hits"]}
    assert expected.items() <= counted.items()
    for one in tables:
        assert {hit["rule"] for hit in one["rules"] if not hit["hits"]} == set(one["never"])
        assert all(hit["last"] for hit in one["rules"] if hit["hits"])
    later = data(call("coverage", "--site", worked, "--json", "--since", "2100-01-01T00:00:00Z"))["tables"]
    assert all(one["decisions"] == 0 for one in later)


def test_the_decisions_of_an_earlier_version_count_too(worked: Path) -> None:
    """After an edit the recorded decisions are another version's: they count by rule id, and it is said."""
    path = worked / "decision_tables" / "major_case_policy.xlsx"
    before = data(call("coverage", "Major Case Policy", "--site", worked, "--json"))["tables"][0]
    book = openpyxl.load_workbook(path)
    sheet = book["Major Case Policy"]
    row = next(row for row in range(4, 20) if sheet.cell(row, 1).value == before["rules"][0]["rule"])
    sheet.cell(row, 1).value = "NEW"
    book.save(path)
    after = data(call("coverage", "Major Case Policy", "--site", worked, "--json"))["tables"][0]
    assert after["decisions"] == before["decisions"] == after["other_versions"] > 0
    assert "NEW" in after["never"]
    assert [one["rule"] for one in after["gone"]] == [before["rules"][0]["rule"]]


def test_the_copies_are_painted(worked: Path, tmp_path: Path) -> None:
    """A copy of each workbook with the asked tables; the site's own files stay as they are."""
    content = {path: path.read_bytes() for path in (worked / "decision_tables").glob("*.xlsx")}
    ran = call("coverage", "Priority", "--site", worked, "-o", tmp_path / "heat")
    assert ran.exit_code == 0, ran.output
    assert "never decided: P" in ran.output
    assert "_Coverage" in openpyxl.load_workbook(tmp_path / "heat" / "decision_tables" / "priority.xlsx").sheetnames
    assert len(list((tmp_path / "heat").rglob("*.xlsx"))) == 1
    assert {path: path.read_bytes() for path in (worked / "decision_tables").glob("*.xlsx")} == content


def test_a_frame_of_a_workbook(made_site: Path, tmp_path: Path) -> None:
    """Without a site: every row of a file is decided, and what could not be is counted."""
    (tmp_path / "rows.csv").write_text(
        "Impact,Urgency\n1 - High,1 - High\n1 - High,1 - High\n3 - Low,3 - Low\nnonsense,1 - High\n", encoding="utf-8"
    )
    workbook = made_site / "decision_tables" / "priority.xlsx"
    asked = ("coverage", "Priority", "--workbook", workbook, "--frame", tmp_path / "rows.csv")
    [one] = data(call(*asked, "-o", tmp_path / "heat.xlsx", "--json"))["tables"]
    hits = {hit["rule"]: hit["hits"] for hit in one["rules"] if hit["hits"]}
    assert sorted(hits.values()) == [1, 2]
    assert (one["decisions"] + one["errors"], len(one["never"])) == (4, len(one["rules"]) - 2)
    assert (tmp_path / "heat.xlsx").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Priorty",), "did you mean 'Priority'?"),
        (("--workbook", "x.xlsx"), "--workbook goes with --frame"),
        (("--frame", "x.csv"), "one TABLE"),
        (("--at", "2026-01-01T00:00:00Z"), "--at goes with --frame"),
        (("--since", "yesterday"), "is not a time"),
        (("--since", "2026-01-01"), "names no time zone"),
        (("Priority", "--frame", "gone.csv"), "does not exist"),
        (("Priority", "-o", "heat.xlsx"), "name a folder"),
    ],
)
def test_what_cannot_run_is_one_line(site: Path, arguments: tuple[str, ...], words: str) -> None:
    """Exit 2, with how to mend it."""
    ran = call("coverage", *arguments, FOREWARN_SITE=str(site))
    assert ran.exit_code == 2
    assert words in ran.output
    assert "Traceback" not in ran.output


def test_the_text_is_a_table(worked: Path) -> None:
    """Rules with hits, shares and times; how many decisions there were."""
    ran = call("coverage", "Major Case Policy", "--site", worked)
    assert "Major Case Policy: 1 decision" in ran.output
    assert "100.0%" in ran.output
