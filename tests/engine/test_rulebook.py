"""Workbooks as they are live (spec §5): an edit decides at once, a faulty edit leaves the last good version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_support import OUTAGE, Workbooks

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.decisions import decide, explain_record
from forewarn.engine.actions.incidents import show_incident
from forewarn.engine.open_site import OpenSite
from forewarn.errors import BadTable

pytestmark = pytest.mark.one_database

PRIORITY = "decision_tables/priority.xlsx"
ESCALATION = "decision_tables/incident_escalation_policy.xlsx"
URGENT = {"Impact": "1 - High", "Urgency": "1 - High"}


def _nothing(books: Workbooks) -> None:
    """No edit: the workbooks are read from disk all the same."""


def _less_urgent(books: Workbooks) -> None:
    row = books.find(PRIORITY, "Priority", "P01")
    books.set(PRIORITY, "Priority", f"D{row}", "3 - Moderate")


def _misspelt_group(books: Workbooks) -> None:
    row = books.find(ESCALATION, "Incident Escalation Policy", "E02")
    books.set(ESCALATION, "Incident Escalation Policy", f"F{row}", "L1 Netwrok Engineering")


def test_an_edited_cell_changes_the_next_decision(open_site: Callable[..., OpenSite]) -> None:
    """What an owner types decides as soon as the site is opened again."""
    assert decide(open_site(_nothing), "Priority", URGENT).outputs == {"Priority": "1 - Critical"}
    assert decide(open_site(_less_urgent), "Priority", URGENT).outputs == {"Priority": "3 - Moderate"}


def test_a_workbook_that_others_hold_back_says_why(open_site: Callable[..., OpenSite]) -> None:
    """A property is renamed: the table that asks for it is at fault, and the warning names its cell."""
    open_site(_nothing)
    vocabulary, policy = "decision_tables/vocabulary.xlsx", "Major Case Policy"

    def renamed(books: Workbooks) -> None:
        row = books.find(vocabulary, "Properties", "major_case_affected_account_threshold")
        books.set(vocabulary, "Properties", f"A{row}", "my_threshold")

    (warning,) = open_site(renamed).rulebook.warnings
    assert warning.startswith(f"{vocabulary} cannot go live, its last good version stays live: ")
    assert f"{policy}!B5" in warning


def test_a_faulty_edit_leaves_the_last_good_version_and_says_so(open_site: Callable[..., OpenSite]) -> None:
    """One faulty workbook keeps its last good content, with the cell and the mend in one line; others go live."""
    open_site(_nothing)

    def both(books: Workbooks) -> None:
        _misspelt_group(books)
        _less_urgent(books)

    site = open_site(both)
    (warning,) = site.rulebook.warnings
    assert warning.startswith(f"{ESCALATION} is faulty, its last good version stays live: ")
    assert "Incident Escalation Policy!F" in warning
    assert "L1 Network Engineering" in warning
    assert decide(site, "Priority", URGENT).outputs == {"Priority": "3 - Moderate"}
    climbed = decide(
        site,
        "Incident Escalation Policy",
        {"Category": "SD-WAN", "Subcategory": "Link failure", "Stage": "Triage"},
    )
    assert climbed.outputs["Assignment group"] == "L1 Network Engineering"  # type: ignore[call-overload]
    assert len(open_site(_nothing).rulebook.warnings) == 1


def test_a_site_that_was_never_good_is_refused_with_everything(open_site: Callable[..., OpenSite]) -> None:
    """Two faults in two workbooks are both said, each with its cell."""

    def both(books: Workbooks) -> None:
        _misspelt_group(books)
        books.set(PRIORITY, "Priority", f"D{books.find(PRIORITY, 'Priority', 'P01')}", "1 - Critcal")

    with pytest.raises(BadTable) as refused:
        open_site(both)
    said = str(refused.value)
    assert "Incident Escalation Policy!F" in said
    assert "Priority!D" in said


@pytest.mark.parametrize("gone", [PRIORITY, "rules/alerts.xlsx"])
def test_a_missing_workbook_stays_as_it_was(open_site: Callable[..., OpenSite], gone: str) -> None:
    """What the engine needs does not vanish with its file; the line names the file."""
    rules = open_site(_nothing).rulebook.rule_set.rules
    site = open_site(lambda books: (books.root / gone).unlink())
    assert site.rulebook.warnings == (f"{gone} is missing: its last good version stays live",)
    assert decide(site, "Priority", URGENT).outputs == {"Priority": "1 - Critical"}
    assert [rule.id for rule in site.rulebook.rule_set.rules] == [rule.id for rule in rules]


def test_a_file_that_is_no_workbook_leaves_the_last_good_version(open_site: Callable[..., OpenSite]) -> None:
    """Bytes that no reader can read are one line, and the table goes on deciding."""
    open_site(_nothing)
    site = open_site(lambda books: (books.root / PRIORITY).write_bytes(b"not a workbook") and None)
    (warning,) = site.rulebook.warnings
    assert warning.startswith(f"{PRIORITY} is faulty, its last good version stays live")
    assert decide(site, "Priority", URGENT).outputs == {"Priority": "1 - Critical"}


def test_lock_files_of_excel_are_passed_over(open_site: Callable[..., OpenSite]) -> None:
    """While the owner has a workbook open, its lock file is no fault."""
    site = open_site(lambda books: (books.root / "decision_tables/~$priority.xlsx").write_bytes(b"x") and None)
    assert site.rulebook.warnings == ()


def test_a_decision_is_explained_by_the_version_that_made_it(open_site: Callable[..., OpenSite]) -> None:
    """After the table was edited, what was decided before is explained with the cells as they were."""
    site = open_site(_nothing)
    (result,) = receive_alerts(site, [OUTAGE], source="t", asked_by="m").results
    edited = open_site(_less_urgent)
    assert decide(edited, "Priority", URGENT).outputs == {"Priority": "3 - Moderate"}
    explained = {one.decision.table: one for one in explain_record(edited, result.incident or "")}
    priority = explained["Priority"]
    assert priority.decision.outputs == {"Priority": "1 - Critical"}
    assert "P01: fired" in str(priority.explanation)
    assert priority.explanation.version == priority.decision.version


def test_an_explanation_uses_the_properties_of_the_decision(open_site: Callable[..., OpenSite]) -> None:
    """The threshold was five when the case was made major: a later twenty does not rewrite that."""
    site = open_site(_nothing)
    (result,) = receive_alerts(site, [OUTAGE], source="t", asked_by="m").results

    def twenty(books: Workbooks) -> None:
        sheet = "decision_tables/vocabulary.xlsx", "Properties"
        books.set(*sheet, f"B{books.find(*sheet, 'major_case_affected_account_threshold')}", 20)

    edited = open_site(twenty)
    (policy,) = [
        one for one in explain_record(edited, result.incident or "") if one.decision.table == "Major Case Policy"
    ]
    assert policy.decision.rules == ("M01",)
    assert "M01: fired" in str(policy.explanation)


def test_renamed_headings_decide_as_before(open_site: Callable[..., OpenSite]) -> None:
    """The engine goes by binding: an owner may call a column what he likes, and say in the Glossary what it is."""

    def rename(books: Workbooks) -> None:
        vocabulary = "decision_tables/vocabulary.xlsx"
        books.set(vocabulary, "Glossary", f"A{books.find(vocabulary, 'Glossary', 'Next stage')}", "Goes to")
        books.set(ESCALATION, "Incident Escalation Policy", "E3", "Goes to")

    site = open_site(rename)
    (result,) = receive_alerts(site, [OUTAGE], source="t", asked_by="m").results
    assert show_incident(site, result.incident or "").incident["stage"] == "Triage"


def test_a_table_without_a_column_that_the_engine_reads_is_a_finding(open_site: Callable[..., OpenSite]) -> None:
    """The missing output is named by its binding, before any incident meets it."""

    def unbind(books: Workbooks) -> None:
        vocabulary = "decision_tables/vocabulary.xlsx"
        row = books.find(vocabulary, "Glossary", "Flow")
        books.set(vocabulary, "Glossary", f"D{row}", "key")
        books.set(vocabulary, "Glossary", f"C{row}", "message")

    with pytest.raises(BadTable, match=r"has no Then column for flow\.name"):
        open_site(unbind)
