"""Resolving and closing (C9), and messages both ways (C8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_support import OUTAGE, RecordingSink, Workbooks, snapshot

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import close_case, comment_case, list_cases, resolve_case, show_case
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import (
    add_comment,
    close_incident,
    message_customers,
    resolve_incident,
    show_incident,
    update_incident,
)
from forewarn.engine.open_site import OpenSite
from forewarn.errors import BadRecord, NotFound, Refused

INC = "INC0000001"
MAJOR = "CS0000001"
CODE, NOTES, CAUSE = "Solved by workaround", "Rolled the change back", "Change"


def _outage(site: OpenSite, ci: str = "Vmanage_10001") -> None:
    receive_alerts(site, [{**OUTAGE, "ci": ci}], source="t", asked_by="monitor")


def test_without_a_major_case_every_case_is_resolved(site: OpenSite, sink: RecordingSink) -> None:
    """Each open case gets state, work note, resolution notes, code and probable cause, and its customer is told."""
    _outage(site, "Vmanage_10002")
    deliver(site)
    sink.got.clear()
    change = resolve_incident(site, INC, CODE, NOTES, CAUSE, asked_by="lucy.chan")
    assert (change.cases_changed, change.notifications) == (2, 2)
    shown = show_incident(site, INC)
    assert (shown.incident["state"], shown.incident["phase"]) == ("Resolved", "resolved")
    assert shown.incident["resolved_at"] is not None
    for case in shown.cases:
        assert case["state"] == "Solution Proposed"
        assert (case["resolution_code"], case["resolution_notes"], case["probable_cause"]) == (CODE, NOTES, CAUSE)
        notes = [entry.text for entry in show_case(site, case.number).activity if entry.kind == "work note"]
        assert notes == [f"{INC} was resolved: {NOTES}"]
    deliver(site)
    assert {(one.event, one.record) for one in sink.got} == {("case resolved", case.number) for case in shown.cases}
    assert all(NOTES in one.body for one in sink.got)


def test_each_case_type_is_resolved_in_its_own_way(site: OpenSite) -> None:
    """A customer service case becomes Resolved where a Technology Product Support case becomes Solution Proposed."""
    _outage(site, "OLT_30001")
    resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    assert [case["state"] for case in list_cases(site)] == ["Resolved"]


def test_with_a_major_case_fields_are_copied_and_nothing_is_resolved(site: OpenSite) -> None:
    """Major and children get the three fields and keep their states; the incident gets the work note."""
    _outage(site)
    before = {case.number: case["state"] for case in list_cases(site)}
    change = resolve_incident(site, INC, CODE, NOTES, CAUSE, asked_by="lucy.chan")
    assert (change.cases_changed, change.notifications) == (6, 0)
    assert {case.number: case["state"] for case in list_cases(site)} == before
    for case in list_cases(site):
        assert (case["resolution_code"], case["resolution_notes"], case["probable_cause"]) == (CODE, NOTES, CAUSE)
    notes = [entry.text or "" for entry in show_incident(site, INC).activity if entry.kind == "work note"]
    assert notes[-1].startswith(f"{MAJOR} is the major case of this incident")


def test_closing_the_major_case_closes_its_children(site: OpenSite, sink: RecordingSink) -> None:
    """Every child that is not closed yet is closed with its major case, and its customer is told once."""
    _outage(site)
    resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    close_case(site, "CS0000003", asked_by="x")
    change = close_case(site, MAJOR, asked_by="mim")
    assert change.cases_changed == 5
    assert {case["state"] for case in list_cases(site)} == {"Closed"}
    deliver(site)
    closed = [one.record for one in sink.got if one.event == "case closed"]
    assert sorted(closed) == [f"CS000000{number}" for number in range(2, 7)]
    with pytest.raises(Refused, match="is Closed already"):
        close_case(site, MAJOR, asked_by="mim")


def test_closing_one_child_leaves_the_others(site: OpenSite) -> None:
    """A case that is no major case is closed alone."""
    _outage(site)
    resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    close_case(site, "CS0000003", asked_by="x")
    assert [case.number for case in list_cases(site, phase="closed")] == ["CS0000003"]


def test_resolving_the_major_case_takes_its_children_along_where_the_property_says_so(
    open_site: Callable[..., OpenSite],
) -> None:
    """With sync_major_to_children false the children stay as they are."""

    def switch_off(books: Workbooks) -> None:
        row = books.find("decision_tables/vocabulary.xlsx", "Properties", "sync_major_to_children")
        books.set("decision_tables/vocabulary.xlsx", "Properties", f"B{row}", False)

    site = open_site()
    _outage(site)
    change = resolve_case(site, MAJOR, CODE, NOTES, asked_by="mim")
    assert change.cases_changed == 6
    assert {case["resolution_notes"] for case in list_cases(site)} == {NOTES}
    site = open_site(switch_off)
    receive_alerts(site, [{**OUTAGE, "id": "z", "ci": "Vedge_20011"}], source="t", asked_by="m")
    assert {case["phase"] for case in list_cases(site, incident="INC0000002")} == {"open"}


def test_a_case_needs_a_resolution_before_it_is_resolved_or_closed(site: OpenSite) -> None:
    """Code and notes are mandatory; what the incident's resolution wrote counts."""
    _outage(site)
    before = snapshot(site)
    with pytest.raises(Refused, match="needs resolution code and resolution notes"):
        close_case(site, "CS0000002", asked_by="x")
    with pytest.raises(Refused, match="needs resolution notes"):
        resolve_case(site, "CS0000002", CODE, asked_by="x")
    with pytest.raises(BadRecord, match="did you mean 'Solved by workaround'"):
        resolve_case(site, "CS0000002", "Solved by workarund", NOTES, asked_by="x")
    with pytest.raises(Refused, match="needs resolution notes"):
        resolve_incident(site, INC, CODE, " ", asked_by="x")
    assert snapshot(site) == before


def test_an_incident_is_closed_only_after_it_was_resolved(site: OpenSite) -> None:
    """Resolve, then close; neither twice; a closed incident takes no changes."""
    _outage(site)
    with pytest.raises(Refused, match="resolve it first"):
        close_incident(site, INC, asked_by="x")
    resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    with pytest.raises(Refused, match="is Resolved and cannot be resolved"):
        resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    close_incident(site, INC, asked_by="x")
    assert show_incident(site, INC).incident["state"] == "Closed"
    with pytest.raises(Refused, match="is Closed and cannot be closed"):
        close_incident(site, INC, asked_by="x")
    with pytest.raises(Refused, match="is Closed and cannot be changed"):
        update_incident(site, INC, {"description": "more"}, asked_by="x")
    assert {task["phase"] for task in show_incident(site, INC).tasks} == {"closed"}


def test_after_closure_the_next_alert_opens_a_new_incident(site: OpenSite) -> None:
    """A closed incident takes no further alerts."""
    _outage(site)
    resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    close_incident(site, INC, asked_by="x")
    (result,) = receive_alerts(site, [{**OUTAGE, "id": "new"}], source="t", asked_by="m").results
    assert (result.incident, result.opened) == ("INC0000002", True)


def test_a_message_lands_on_the_incident_and_on_the_chosen_cases(site: OpenSite, sink: RecordingSink) -> None:
    """C8: the note is a comment on both, the customers of the chosen cases are notified, nobody else is."""
    _outage(site)
    deliver(site)
    sink.got.clear()
    change = message_customers(site, INC, "Please restart your edge", ["cs0000006"], asked_by="lucy.chan")
    assert (change.cases_changed, change.notifications) == (1, 1)
    assert "Please restart your edge" in [entry.text for entry in show_incident(site, INC).activity]
    reached = [
        case.number
        for case in list_cases(site)
        if any(entry.kind == "comment" for entry in show_case(site, case.number).activity)
    ]
    assert reached == ["CS0000006"]
    deliver(site)
    assert [(one.event, one.recipient) for one in sink.got] == [("case comment", "Daniel Osei")]
    assert "Please restart your edge" in sink.got[0].body


def test_a_message_without_choice_reaches_every_open_case(site: OpenSite) -> None:
    """All cases that are not closed get it; a major case has nobody to notify."""
    _outage(site)
    change = message_customers(site, INC, "Still working on it", asked_by="x")
    assert (change.cases_changed, change.notifications) == (6, 5)


def test_a_customers_reply_lands_on_the_incident(site: OpenSite, sink: RecordingSink) -> None:
    """The words stand on the case and, with the case's number, on the incident; nobody is notified of their own."""
    _outage(site)
    change = comment_case(site, "CS0000006", "It works again", asked_by="daniel", by_customer=True)
    assert change.notifications == 0
    last = show_incident(site, INC).activity[-1]
    assert (last.kind, last.who, last.text) == ("comment", "daniel", "CS0000006: It works again")


def test_an_agents_comment_on_a_case_goes_to_its_customer_alone(site: OpenSite) -> None:
    """The incident's stream stays as it is."""
    _outage(site)
    before = show_incident(site, INC).activity
    change = comment_case(site, "CS0000006", "Any news?", asked_by="lucy.chan")
    assert change.notifications == 1
    assert show_incident(site, INC).activity == before


def test_messages_that_reach_nobody_are_refused(site: OpenSite) -> None:
    """An empty text, a case of another incident and an incident without cases are each said so."""
    _outage(site)
    receive_alerts(site, [{"id": "lone", "name": "n"}], source="t", asked_by="m")
    before = snapshot(site)
    with pytest.raises(Refused, match="needs a text"):
        message_customers(site, INC, " ", asked_by="x")
    with pytest.raises(NotFound, match="CS0000099"):
        message_customers(site, INC, "hello", ["CS0000002", "CS0000099"], asked_by="x")
    with pytest.raises(Refused, match="has no open case"):
        message_customers(site, "INC0000002", "hello", asked_by="x")
    with pytest.raises(Refused, match="a comment needs a text"):
        add_comment(site, INC, "", asked_by="x")
    assert snapshot(site) == before


def test_a_closed_case_takes_no_comment(site: OpenSite) -> None:
    """Closed is read-only."""
    _outage(site)
    resolve_incident(site, INC, CODE, NOTES, asked_by="x")
    close_case(site, "CS0000002", asked_by="x")
    with pytest.raises(Refused, match="takes no comments"):
        comment_case(site, "CS0000002", "hello?", asked_by="x", by_customer=True)
