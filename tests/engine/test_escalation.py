"""Escalation (D1 to D4): the table knows the ladder; each step does everything or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engine_support import OUTAGE, Workbooks, snapshot

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.incidents import (
    add_work_note,
    close_incident,
    create_incident,
    escalate_incident,
    resolve_incident,
    show_incident,
    update_incident,
)
from forewarn.engine.open_site import OpenSite
from forewarn.errors import BadPlugin, BadRecord, NotFound, Refused

SUBCATEGORIES = ("Link failure", "Device failure", "Protocol failure", "Soft-WAN link failure", "Software failure")
LADDER = (
    ("Triage", "Network Coordinators"),
    ("L1 investigation", "L1 Network Engineering"),
    ("L2 investigation", "L2 Network Engineering"),
    ("L3 investigation", "L3 Network Engineering"),
)
POLICY = "decision_tables/incident_escalation_policy.xlsx"
SHEET = "Incident Escalation Policy"


def _opened(site: OpenSite, **fields: Any) -> str:
    wanted = {"short_description": "x", "category": "SD-WAN", "subcategory": "Link failure", **fields}
    return create_incident(site, wanted, asked_by="nora.quinn").record.number


@pytest.mark.parametrize("subcategory", SUBCATEGORIES)
def test_each_subcategory_climbs_from_triage_to_the_third_level(site: OpenSite, subcategory: str) -> None:
    """All twenty rows of the policy: four stages for each of five subcategories, then a refusal."""
    number = _opened(site, subcategory=subcategory)
    climbed = [_where(site, number)]
    for _ in LADDER[1:]:
        escalate_incident(site, number, "not solved here", asked_by="nora.quinn")
        climbed.append(_where(site, number))
    assert climbed == list(LADDER)
    before = snapshot(site)
    with pytest.raises(Refused, match=r"no rule of the table 'Incident Escalation Policy' matches.*L3 investigation"):
        escalate_incident(site, number, "and now?", asked_by="nora.quinn")
    assert snapshot(site) == before


def _where(site: OpenSite, number: str) -> tuple[str, str]:
    incident = show_incident(site, number).incident
    return incident["stage"], incident["assignment_group"]


def test_escalating_does_everything_that_the_documents_list(site: OpenSite) -> None:
    """The previous engineer's task is closed with the note, a new one is in progress for the new group, stage and
    group change, the level's instructions are a work note, Needs attention is true, Assigned to is empty.
    """
    number = _opened(site)
    update_incident(site, number, {"assigned_to": "nora.quinn"}, asked_by="nora.quinn")
    assert show_incident(site, number).incident["needs_attention"] is False
    escalate_incident(site, number, "cable is fine", asked_by="nora.quinn")
    shown = show_incident(site, number)
    previous, current = shown.tasks
    assert (previous["state"], previous["close_notes"]) == ("Closed Complete", "cable is fine")
    assert (previous["assignment_group"], previous["closed_at"] is not None) == ("Network Coordinators", True)
    assert (current["state"], current["assignment_group"]) == ("Work in Progress", "L1 Network Engineering")
    assert (shown.incident["stage"], shown.incident["assignment_group"]) == (
        "L1 investigation",
        "L1 Network Engineering",
    )
    assert shown.incident["needs_attention"] is True
    assert shown.incident["assigned_to"] is None
    assert shown.incident["state"] == "In Progress"
    notes = [entry.text or "" for entry in shown.activity if entry.kind == "work note"]
    instructions = site.messages.render("sd_wan_link_failure_l1_network_engineer", {"incident": shown.incident}).body
    assert "Escalated: cable is fine" in notes
    assert instructions in notes


def test_each_change_is_in_the_stream_with_who_and_when(site: OpenSite) -> None:
    """A3: the stage's change has the person, the old and the new value."""
    number = _opened(site)
    escalate_incident(site, number, "on", asked_by="sam.okafor")
    changes = [entry for entry in show_incident(site, number).activity if entry.field == "stage"]
    assert [(entry.who, entry.old, entry.new) for entry in changes] == [
        ("nora.quinn", None, "Triage"),
        ("sam.okafor", "Triage", "L1 investigation"),
    ]
    assert changes[0].at < changes[1].at


def test_a_changed_subcategory_goes_on_by_its_own_rows(site: OpenSite) -> None:
    """The documents' example: protocol failure to L1, then, as a device failure, to L2."""
    number = _opened(site, subcategory="Protocol Failure")
    escalate_incident(site, number, "restart failed", asked_by="nora.quinn")
    update_incident(site, number, {"subcategory": "device failure"}, asked_by="elena.petrova")
    escalate_incident(site, number, "the device is dead", asked_by="elena.petrova")
    assert _where(site, number) == LADDER[2]
    flows = [
        decision.outputs["Flow"]
        for decision in show_incident(site, number).decisions
        if decision.table == SHEET and isinstance(decision.outputs, dict)
    ]
    assert flows == [
        "Network Initiated Protocol Failure - Triage",
        "Network Initiated Protocol Failure - L1",
        "Network Initiated Device Failure - L2",
    ]


def test_an_unlisted_category_starts_on_no_stage(site: OpenSite) -> None:
    """Without a category nothing is started, and Escalate refuses with the table's name."""
    number = create_incident(site, {"short_description": "printer"}, asked_by="x").record.number
    assert show_incident(site, number).incident["stage"] is None
    assert not show_incident(site, number).tasks
    before = snapshot(site)
    with pytest.raises(Refused, match="category empty, subcategory empty, stage empty"):
        escalate_incident(site, number, "please", asked_by="x")
    assert snapshot(site) == before


@pytest.mark.parametrize("note", ["", "  \n"])
def test_a_note_is_mandatory(site: OpenSite, note: str) -> None:
    """Escalate without a note changes nothing."""
    number = _opened(site)
    before = snapshot(site)
    with pytest.raises(Refused, match="without a note"):
        escalate_incident(site, number, note, asked_by="x")
    assert snapshot(site) == before


def test_a_resolved_or_closed_incident_is_not_escalated(site: OpenSite) -> None:
    """What is done stays done."""
    number = _opened(site)
    resolve_incident(site, number, "Duplicate", "same as before", asked_by="x")
    with pytest.raises(Refused, match="is Resolved and cannot be escalated"):
        escalate_incident(site, number, "again", asked_by="x")
    close_incident(site, number, asked_by="x")
    with pytest.raises(Refused, match="is Closed and cannot be escalated"):
        escalate_incident(site, number, "again", asked_by="x")


def test_an_unknown_number_is_not_found(site: OpenSite) -> None:
    """A number that there is not is said so."""
    with pytest.raises(NotFound, match="INC0000009"):
        escalate_incident(site, "INC0000009", "x", asked_by="x")


def test_needs_attention_ends_when_the_owner_of_the_group_acts(open_site: Callable[..., OpenSite]) -> None:
    """D3: a member's note leaves it, the owner's takes it away; with the property off it stays."""
    site = open_site()
    number = _opened(site)
    add_work_note(site, number, "looking", asked_by="sam.okafor")
    assert show_incident(site, number).incident["needs_attention"] is True
    add_work_note(site, number, "looking too", asked_by="nora.quinn")
    assert show_incident(site, number).incident["needs_attention"] is False


def test_the_rule_set_needs_attention_false_can_be_switched_off(open_site: Callable[..., OpenSite]) -> None:
    """D3: the property set_needs_attention_false = false keeps the field as it is."""

    def switch_off(books: Workbooks) -> None:
        row = books.find("decision_tables/vocabulary.xlsx", "Properties", "set_needs_attention_false")
        books.set("decision_tables/vocabulary.xlsx", "Properties", f"B{row}", False)

    site = open_site(switch_off)
    number = _opened(site)
    add_work_note(site, number, "looking", asked_by="nora.quinn")
    assert show_incident(site, number).incident["needs_attention"] is True


def _failing(context: Any) -> None:
    context.work_note("half")
    context.set(short_description="half")
    context.open_task("half")
    raise RuntimeError("no route\nto host")


def _exiting(context: Any) -> None:
    raise SystemExit(3)


@pytest.mark.parametrize(("flow", "said"), [(_failing, "RuntimeError: no route to host"), (_exiting, "SystemExit: 3")])
def test_a_flow_that_fails_rolls_the_escalation_back(open_site: Callable[..., OpenSite], flow: Any, said: str) -> None:
    """Escalate is all or nothing: the flow's failure is one line and nothing has changed."""
    site = open_site(flows={"Network Initiated Link Failure - L1": flow})
    number = _opened(site)
    before = snapshot(site)
    with pytest.raises(BadPlugin, match=f"the flow 'Network Initiated Link Failure - L1' failed: {said}"):
        escalate_incident(site, number, "on", asked_by="x")
    assert snapshot(site) == before


@pytest.mark.parametrize("flow", [_failing, _exiting])
def test_a_flow_that_fails_on_receipt_leaves_an_incident_that_says_so(
    open_site: Callable[..., OpenSite], flow: Any
) -> None:
    """An alert is never lost to a plugin: the incident stands on its stage, needs attention, and has its cases."""
    site = open_site(flows={"Network Initiated Protocol Failure - Triage": flow})
    (result,) = receive_alerts(site, [OUTAGE], source="t", asked_by="m").results
    shown = show_incident(site, result.incident or "")
    assert (shown.incident["stage"], shown.incident["needs_attention"]) == ("Triage", True)
    assert shown.incident["short_description"] == OUTAGE["short_description"]
    assert len(shown.tasks) == 1
    assert len(shown.cases) == 5
    notes = [entry.text or "" for entry in shown.activity if entry.kind == "work note"]
    assert any(note.startswith("Needs attention: the flow 'Network Initiated Protocol Failure") for note in notes)
    assert "half" not in notes
    assert any("failed" in note for note in result.notes)


def test_an_unknown_flow_is_named_with_its_cell(open_site: Callable[..., OpenSite]) -> None:
    """A flow that nobody provides refuses the escalation, and the line names the cell."""
    rows: list[int] = []

    def misspell(books: Workbooks) -> None:
        rows.append(books.find(POLICY, SHEET, "E02"))
        books.set(POLICY, SHEET, f"G{rows[0]}", "Network Initiated Link Failure - L11")

    site = open_site(misspell)
    number = _opened(site)
    with pytest.raises(BadPlugin, match=rf"incident_escalation_policy.xlsx › {SHEET}!G{rows and rows[0]}: no plugin"):
        escalate_incident(site, number, "on", asked_by="x")


def test_a_flow_may_change_fields_open_tasks_and_speak(open_site: Callable[..., OpenSite]) -> None:
    """The context does what it promises, and only while the flow runs."""
    kept: list[Any] = []

    def flow(context: Any) -> None:
        kept.append(context)
        assert (context.note, context.asked_by) == ("on", "nora.quinn")
        assert context.decision["Assignment group"] == "L1 Network Engineering"
        context.set(location="Hall 7")
        assert context.incident["location"] == "Hall 7"
        context.comment("we are on it")
        context.open_task("call the vendor", assignment_group="Network Coordinators", vendor="ACME")

    site = open_site(flows={"Network Initiated Link Failure - L1": flow})
    number = _opened(site)
    escalate_incident(site, number, "on", asked_by="nora.quinn")
    shown = show_incident(site, number)
    assert shown.incident["location"] == "Hall 7"
    assert shown.tasks[-1]["short_description"] == "call the vendor"
    assert shown.tasks[-1]["vendor"] == "ACME"
    assert any(entry.kind == "comment" and entry.text == "we are on it" for entry in shown.activity)
    with pytest.raises(RuntimeError, match="the flow is over"):
        kept[0].comment("too late")


def test_a_task_that_a_flow_opened_stays_open_on_escalation(open_site: Callable[..., OpenSite]) -> None:
    """Only the stage's own task is closed by the next escalation."""
    site = open_site(flows={"Network Initiated Link Failure - Triage": lambda context: context.open_task("beside")})
    number = _opened(site)
    escalate_incident(site, number, "on", asked_by="x")
    states = {task["short_description"]: task["phase"] for task in show_incident(site, number).tasks}
    assert states["beside"] == "open"


def test_a_changed_group_clears_assigned_to(site: OpenSite) -> None:
    """A4: Assigned to is cleared when the assignment group changes, unless both are given."""
    number = _opened(site, assigned_to="nora.quinn")
    update_incident(site, number, {"assignment_group": "L3 Network Engineering"}, asked_by="x")
    assert show_incident(site, number).incident["assigned_to"] is None
    both = {"assignment_group": "Network Coordinators", "assigned_to": "sam.okafor"}
    update_incident(site, number, both, asked_by="x")
    assert show_incident(site, number).incident["assigned_to"] == "sam.okafor"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stage": "Triage"}, "no field 'stage' that can be written"),
        ({"shortdescription": "x"}, "did you mean short_description"),
        ({"channel": "Carrier pigeon"}, "not an allowed value of incident.channel"),
        ({"subcategory": "Device failur"}, "did you mean 'Device failure'"),
        ({"assignment_group": "L4 Network Engineering"}, "did you mean 'L3 Network Engineering'|did you mean 'L"),
        ({"description": 7}, "description of an incident is a text, not int"),
    ],
)
def test_fields_and_values_that_there_are_not_are_refused(site: OpenSite, fields: dict[str, Any], said: str) -> None:
    """A wrong field or value is one line with the nearest good one, and nothing is written."""
    before = snapshot(site)
    with pytest.raises(BadRecord, match=said):
        create_incident(site, {"short_description": "x", **fields}, asked_by="x")
    assert snapshot(site) == before
