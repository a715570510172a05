"""Checking a site: what its workbooks name must exist, and every finding has its cell (spec §4, site)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from engine_support import STOCK, Workbooks

from forewarn.engine.actions.checking import check_site
from forewarn.errors import Severity
from forewarn.plugins.api import Extensions, PluginFailure

pytestmark = pytest.mark.one_database

ESCALATION = "decision_tables/incident_escalation_policy.xlsx"
NOTIFICATIONS = "decision_tables/customer_notifications.xlsx"
FIELD_MAP = "decision_tables/field_map.xlsx"
RULES = "rules/alerts.xlsx"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A site's folder with the stock workbooks."""
    return Path(shutil.copytree(STOCK, tmp_path / "site"))


def test_the_stock_site_has_no_errors(root: Path, stock_extensions: Extensions) -> None:
    """What forewarn init makes passes its own check."""
    found = check_site(root, stock_extensions).findings
    assert [str(finding) for finding in found if finding.severity is Severity.ERROR] == []


def _edit(workbook: str, sheet: str, rule: str, column: str, value: str) -> Callable[[Workbooks], str]:
    def edit(books: Workbooks) -> str:
        cell = f"{column}{books.find(workbook, sheet, rule)}"
        books.set(workbook, sheet, cell, value)
        return f"{workbook} › {sheet}!{cell}"

    return edit


@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [
        (
            _edit(ESCALATION, "Incident Escalation Policy", "E02", "G", "Network Initiated Link Failure - L11"),
            "FW403",
            "did you mean 'Network Initiated Link Failure - L1'",
        ),
        (
            _edit(NOTIFICATIONS, "Customer Notifications", "N01", "D", "email_to_proactive_cases"),
            "FW404",
            "did you mean 'email_to_proactive_case'",
        ),
        (_edit(FIELD_MAP, "Field Map", "F01", "E", "short_descripton"), "FW407", "did you mean 'short_description'"),
        (_edit(FIELD_MAP, "Field Map", "F01", "F", "number"), "FW407", "no field of a case that can be filled"),
    ],
    ids=["flow", "message", "from field", "to field"],
)
def test_an_unknown_name_is_found_with_its_cell(
    root: Path, stock_extensions: Extensions, edit: Callable[[Workbooks], str], code: str, said: str
) -> None:
    """The finding has code, cell and the nearest name that there is."""
    cell = edit(Workbooks(root))
    (finding,) = [one for one in check_site(root, stock_extensions).findings if one.code == code]
    assert str(finding.place) == cell
    assert said in str(finding)
    assert finding.severity is Severity.ERROR


def test_a_misspelt_group_is_found(root: Path, stock_extensions: Extensions) -> None:
    """The Glossary lists the groups; the nearest is offered."""
    cell = _edit(ESCALATION, "Incident Escalation Policy", "E02", "F", "L1 Netwrok Engineering")(Workbooks(root))
    errors = [one for one in check_site(root, stock_extensions).findings if one.severity is Severity.ERROR]
    assert [(str(one.place), one.suggestion) for one in errors if one.place.cell] == [(cell, "L1 Network Engineering")]


def test_a_rule_that_runs_an_unknown_flow_is_found(root: Path, stock_extensions: Extensions) -> None:
    """Event rules name flows too."""
    _edit(RULES, "Alert Rules", "R04", "J", "run Nobody")(Workbooks(root))
    (finding,) = [one for one in check_site(root, stock_extensions).findings if one.severity is Severity.ERROR]
    assert (finding.code, finding.rule) == ("FW403", "R04")
    assert "there is no flow 'Nobody'" in finding.message


def test_a_missing_table_is_found(root: Path, stock_extensions: Extensions) -> None:
    """The engine's own tables must be there."""
    (root / FIELD_MAP).unlink()
    found = check_site(root, stock_extensions).findings
    assert [one.message for one in found if one.code == "FW401"] == ["there is no table 'Field Map'"]


def test_broken_files_are_findings_too(root: Path, stock_extensions: Extensions) -> None:
    """A file that is no workbook, a message that does not parse and a plugin that failed stand side by side."""
    (root / FIELD_MAP).write_bytes(b"nope")
    (root / "messages").mkdir()
    (root / "messages/case_closed.md").write_text("Hello {{ case.nubmer }}")
    failure = PluginFailure("mine", None, "it raised", "plugins/mine.py")
    found = check_site(root, replace(stock_extensions, failures=(failure,))).findings
    errors = {one.place.workbook for one in found if one.severity is Severity.ERROR}
    assert FIELD_MAP in errors
    assert any("case_closed.md" in (name or "") for name in errors)
    assert "plugins/mine.py" in errors


def test_an_unknown_flow_is_told_beside_another_error_of_its_table(root: Path, stock_extensions: Extensions) -> None:
    """A table that is refused for one cell says what is wrong with the others too, each under its own code."""
    books = Workbooks(root)
    row = books.find(ESCALATION, "Incident Escalation Policy", "E02")
    books.set(ESCALATION, "Incident Escalation Policy", f"F{row}", "L1 Netwerk Engineering")
    books.set(ESCALATION, "Incident Escalation Policy", f"G{row}", "Network Initiated Link Failure - L11")
    errors = {
        (one.code, one.place.cell)
        for one in check_site(root, stock_extensions).findings
        if one.severity is Severity.ERROR
    }
    assert errors == {("FW203", f"F{row}"), ("FW403", f"G{row}")}


VOCABULARY = "decision_tables/vocabulary.xlsx"


@pytest.mark.parametrize(
    ("row", "edit", "said"),
    [
        ("Properties!set_needs_attention_false", ("A", "set_needs_atention_false"), "FW408 there is no property"),
        ("Aliases!incident.category", ("A", "incident.categry"), "did you mean incident.category?"),
        ("Glossary!Category", ("D", "categry"), "did you mean incident.category?"),
        ("Glossary!Category", ("B", "Priorty"), "did you mean Priority?"),
    ],
)
def test_a_row_of_the_vocabulary_about_nothing_is_found(
    root: Path, stock_extensions: Extensions, row: str, edit: tuple[str, str], said: str
) -> None:
    """What nothing would ever read is told with its row."""
    books = Workbooks(root)
    sheet, name = row.split("!")
    column, value = edit
    books.set(VOCABULARY, sheet, f"{column}{books.find(VOCABULARY, sheet, name)}", value)
    (found,) = [one for one in check_site(root, stock_extensions).findings if one.code in {"FW408", "FW411"}]
    assert found.place.sheet == sheet
    assert said in str(found)


def test_a_phase_that_no_incident_has_is_found(root: Path, stock_extensions: Extensions) -> None:
    """A rule that waits for an incident of a misspelt phase would never fire."""
    cell = _edit(RULES, "Alert Rules", "R01", "F", "opn")(Workbooks(root))
    errors = [one for one in check_site(root, stock_extensions).findings if one.severity is Severity.ERROR]
    assert [(str(one.place), one.suggestion) for one in errors] == [(cell, "open")]
