"""`forewarn test` from the command line: a site, one workbook, JSON, JUnit, generated tests in copies and in place."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import openpyxl
import pytest

from tests.commands.conftest import call, data


def with_tests(path: Path, *rows: list[str | None]) -> None:
    """Add a Tests sheet to a workbook."""
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Tests")
    for row in rows:
        sheet.append(row)
    book.save(path)


HEAD = ["table", "id", "Impact", "Urgency", "Priority"]


@pytest.fixture
def tested(site: Path) -> Path:
    """A site with a test that passes, one that fails, and a row that is no test."""
    with_tests(
        site / "decision_tables" / "priority.xlsx",
        HEAD,
        ["Priority", "right", "1 - High", "1 - High", "1 - Critical"],
        ["Priority", "wrong", "1 - High", "1 - High", "5 - Planning"],
        ["Priorty", "misspelt", "1 - High", "1 - High", "5 - Planning"],
    )
    return site


def test_what_fails_is_told_with_its_cell(tested: Path) -> None:
    """The failing cell, expected and actual, the row that is no test; exit 1."""
    ran = call("test", tested)
    assert ran.exit_code == 1
    assert "Tests!E3" in ran.output
    assert "5 - Planning" in ran.output
    assert "2 tests: 1 passed, 1 failed, 1 finding about rows that are no tests" in ran.output
    assert "did you mean 'Priority'?" in ran.output


def test_check_tells_it_too(tested: Path) -> None:
    """A failing test, and a row that cannot be understood, are findings of severity error of the site."""
    found = data(call("check", tested, "--format", "json"), exit_code=1)["findings"]
    assert [(one["code"], one["cell"]) for one in found if one["severity"] == "error"] == [
        ("FW345", "E3"),
        ("FW344", "A4"),
    ]


def test_a_failing_test_stops_nothing(tested: Path) -> None:
    """The table decides as before."""
    decided = call("decide", "Priority", "impact=1 - High", "urgency=1 - High", "--site", tested)
    assert decided.exit_code == 0, decided.output
    assert "warning" not in decided.output


def test_json_and_junit(tested: Path, tmp_path: Path) -> None:
    """JSON alone on standard output; JUnit with a suite a table, a failure, and an error for the bad row."""
    document = data(call("test", tested, "--json", "--junit", tmp_path / "tests.xml"), exit_code=1)
    assert document["summary"] == {"tests": 2, "passed": 1, "failed": 1, "bad_rows": 1}
    [failed] = [one for one in document["tests"] if not one["passed"]]
    assert failed["id"] == "wrong"
    assert (
        failed["differences"][0]["expected"] == '"5 - Planning"' or "Planning" in failed["differences"][0]["expected"]
    )
    root = ET.parse(tmp_path / "tests.xml").getroot()  # noqa: S314 - we wrote it
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    assert len(root.findall(".//failure")) == len(root.findall(".//error")) == 1


def test_generated_tests_of_a_site_pass_and_stay(site: Path) -> None:
    """Written in place, every generated test passes and nothing else is found; a second time the files are the same."""
    before = data(call("check", site, "--format", "json"))["summary"]
    assert call("test", site, "--generate", "--write").exit_code == 0
    assert data(call("test", site, "--json"))["summary"]["tests"] > 50
    assert data(call("check", site, "--format", "json"))["summary"] == before
    content = {path: path.read_bytes() for path in (site / "decision_tables").glob("*.xlsx")}
    assert call("test", site, "--generate", "--write").exit_code == 0
    assert {path: path.read_bytes() for path in (site / "decision_tables").glob("*.xlsx")} == content


def test_an_edit_fails_generated_tests(site: Path) -> None:
    """What else an edit changes is seen: the tests generated before it expect the old answer."""
    path = site / "decision_tables" / "priority.xlsx"
    assert call("test", site, "--generate", "--write", "--table", "Priority").exit_code == 0
    book = openpyxl.load_workbook(path)
    sheet = book["Priority"]
    sheet["D5"], sheet["D6"] = sheet["D6"].value, sheet["D5"].value
    book.save(path)
    ran = call("test", site)
    assert ran.exit_code == 1
    assert "P01" in ran.output


def test_copies_go_where_they_are_asked_to(site: Path, tmp_path: Path) -> None:
    """Of a site a folder of copies, of one workbook one; without --write or -o nothing is written."""
    path = site / "decision_tables" / "priority.xlsx"
    content = path.read_bytes()
    assert "nothing is written" in call("test", path, "--generate").output
    assert call("test", path, "--generate", "-o", tmp_path / "copy.xlsx").exit_code == 0
    assert call("test", site, "--generate", "-o", tmp_path / "copies").exit_code == 0
    assert path.read_bytes() == content
    assert "Tests" in openpyxl.load_workbook(tmp_path / "copy.xlsx").sheetnames
    assert (tmp_path / "copies" / "decision_tables" / "priority.xlsx").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.xlsx",), "does not exist"),
        (("--write",), "--write and --output go with --generate"),
        (("--generate", "--write", "-o", "x.xlsx"), "either --write or --output"),
        (("--table", "Priorty"), "did you mean 'Priority'?"),
        (("--generate", "-o", "x.xlsx"), "name a folder"),
    ],
)
def test_what_cannot_run_is_one_line(site: Path, arguments: tuple[str, ...], words: str) -> None:
    """Exit 2, with how to mend it."""
    ran = call("test", *arguments, FOREWARN_SITE=str(site))
    assert ran.exit_code == 2
    assert words in ran.output
    assert "Traceback" not in ran.output
