"""A table that cannot decide never loses an alert: the incident stands, says so, and the step waits (architecture)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_support import OUTAGE, Workbooks, snapshot

from forewarn.engine.actions.alerts import receive_alerts, retry_parked
from forewarn.engine.actions.decisions import decide
from forewarn.engine.actions.incidents import create_incident, refresh_impact, resolve_incident, show_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import IncidentReport, Reception
from forewarn.errors import BadInput, NoUniqueRule

PRIORITY = "decision_tables/priority.xlsx"
CASE_TYPES = "decision_tables/case_types.xlsx"


def _two_priorities(books: Workbooks) -> None:
    books.append(PRIORITY, "Priority", ["P99", "1 - High", "-", "2 - High"])


def _two_case_types(books: Workbooks) -> None:
    books.append(CASE_TYPES, "Case Type Mapping", ["C99", "Something is Broken", "Customer service case"])


def _received(site: OpenSite, **fields: str) -> IncidentReport:
    (result,) = receive_alerts(site, [{**OUTAGE, **fields}], source="t", asked_by="m").results
    assert result.outcome is Reception.ACCEPTED
    assert result.notes
    return show_incident(site, result.incident or "")


def _work_notes(shown: IncidentReport) -> str:
    return "\n".join(entry.text or "" for entry in shown.activity if entry.kind == "work note")


def test_two_rules_under_unique_leave_an_incident_that_names_table_and_rules(
    open_site: Callable[..., OpenSite],
) -> None:
    """The priority cannot be decided: the incident needs attention, a work note names both rules, the rest is done."""
    shown = _received(open_site(_two_priorities))
    assert shown.incident["priority"] is None
    assert shown.incident["needs_attention"] is True
    assert "'Priority'" in _work_notes(shown)
    assert "P01" in _work_notes(shown)
    assert "P99" in _work_notes(shown)
    (parked,) = shown.parked
    assert (parked.step, parked.table, parked.rules, parked.attempts) == ("rating", "Priority", ("P01", "P99"), 1)
    assert shown.incident["stage"] == "Triage"
    assert len(shown.cases) == 5


def test_what_depends_on_a_decision_waits_for_it(open_site: Callable[..., OpenSite]) -> None:
    """No case type, no cases: not one of the customers gets half a case, and the impact is known all the same."""
    shown = _received(open_site(_two_case_types))
    assert [parked.step for parked in shown.parked] == ["cases"]
    assert (shown.cases, shown.major_case) == ((), None)
    assert len(shown.accounts) == 5
    assert shown.incident["affected_account_count"] == 5
    assert shown.incident["stage"] == "Triage"


@pytest.mark.parametrize(
    ("fields", "step", "table"),
    [
        ({"severity": "Apocalyptic"}, "rating", "Alert Impact"),
        ({"category": "Coffee machine"}, "escalation", "Incident Escalation Policy"),
    ],
)
def test_an_input_that_is_not_allowed_leaves_an_incident_that_says_so(
    site: OpenSite, fields: dict[str, str], step: str, table: str
) -> None:
    """A severity or category that nobody knows is kept as it came, and the step that needs it waits."""
    shown = _received(site, **fields)
    assert (shown.parked[0].step, shown.parked[0].table) == (step, table)
    assert next(iter(fields.values())) in _work_notes(shown)
    assert shown.incident["needs_attention"] is True


def test_a_mended_table_decides_what_was_parked(open_site: Callable[..., OpenSite]) -> None:
    """retry_parked with the rule removed makes the cases, settles the step, and a second retry has nothing to do."""
    _received(open_site(_two_case_types))

    def mend(books: Workbooks) -> None:
        row = books.find(CASE_TYPES, "Case Type Mapping", "C99")
        for column in "ABC":
            books.set(CASE_TYPES, "Case Type Mapping", f"{column}{row}", None)

    site = open_site(mend)
    report = retry_parked(site, asked_by="admin")
    assert [step.step for step in report.settled] == ["cases"]
    assert report.waiting == ()
    shown = show_incident(site, "INC0000001")
    assert (len(shown.cases), shown.major_case is not None, shown.parked) == (5, True, ())
    assert {alert["case_number"] for alert in shown.alerts} == {shown.major_case.number if shown.major_case else None}
    before = snapshot(site)
    assert retry_parked(site, asked_by="admin").settled == ()
    assert snapshot(site) == before


def test_a_retry_that_fails_again_counts_and_waits(open_site: Callable[..., OpenSite]) -> None:
    """A table that is still faulty keeps the step parked, with one more attempt."""
    site = open_site(_two_case_types)
    _received(site)
    report = retry_parked(site, asked_by="admin", incident="INC0000001")
    assert (report.settled, [step.attempts for step in report.waiting]) == ((), [2])
    assert not show_incident(site, "INC0000001").cases


def test_what_waited_for_a_resolved_incident_is_needed_no_more(open_site: Callable[..., OpenSite]) -> None:
    """After the incident is resolved no cases are made any more: the step is settled without them."""
    site = open_site(_two_case_types)
    _received(site)
    resolve_incident(site, "INC0000001", "Duplicate", "x", asked_by="x")
    assert len(retry_parked(site, asked_by="admin").settled) == 1
    assert not show_incident(site, "INC0000001").cases


def test_a_person_gets_the_error_and_nothing_is_written(open_site: Callable[..., OpenSite]) -> None:
    """By hand there is somebody to tell: the action fails with the table's name, whole."""
    site = open_site(_two_priorities)
    before = snapshot(site)
    fields = {"short_description": "x", "impact": "1 - High", "urgency": "1 - High"}
    with pytest.raises(NoUniqueRule, match="Priority"):
        create_incident(site, fields, asked_by="x")
    assert snapshot(site) == before


def test_a_refresh_by_hand_with_a_faulty_table_changes_nothing(open_site: Callable[..., OpenSite]) -> None:
    """The refresh is one action: impact and policy, or neither."""
    site = open_site(_two_case_types)
    _received(site)
    before = snapshot(site)
    with pytest.raises(NoUniqueRule, match="Case Type Mapping"):
        refresh_impact(site, "INC0000001", asked_by="x")
    assert snapshot(site) == before


def test_other_alerts_of_the_batch_go_on(open_site: Callable[..., OpenSite]) -> None:
    """An alert whose category is unknown stands between two that are whole."""
    site = open_site()
    odd = {**OUTAGE, "id": "odd", "ci": "Vedge_20011", "category": "Coffee machine"}
    report = receive_alerts(site, [OUTAGE, odd, {**OUTAGE, "id": "b", "ci": "Vmanage_10002"}], source="t", asked_by="m")
    assert [bool(result.incident) for result in report.results] == [True, True, True]
    assert [len(show_incident(site, f"INC000000{number}").parked) for number in (1, 2, 3)] == [0, 2, 0]


def test_a_wrong_input_by_hand_is_named(site: OpenSite) -> None:
    """Deciding by hand with a value that is not allowed raises, naming the input and the nearest value."""
    with pytest.raises(BadInput, match="Impact"):
        decide(site, "Priority", {"Impact": "1 - Hihg", "Urgency": "1 - High"})
