"""Trouble ticket events are staged with the change itself, as the business rules of the workbook say."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_support import OUTAGE, RecordingSink, Workbooks
from sqlalchemy import event, select

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import close_case, comment_case, resolve_case, show_case
from forewarn.engine.actions.delivery import deliver, queue
from forewarn.engine.actions.incidents import (
    add_comment,
    add_work_note,
    create_incident,
    escalate_incident,
    message_customers,
    resolve_incident,
    show_incident,
    update_incident,
)
from forewarn.engine.actions.inventory import load_files
from forewarn.engine.open_site import CUSTOMER_NOTIFICATIONS, TICKET_EVENTS, OpenSite, SinkConfiguration
from forewarn.engine.schema.delivery import notification_batches, notifications
from forewarn.engine.schema.work import activity, cases, incidents
from forewarn.errors import Refused
from forewarn.plugins.api import Notification

sys.path.insert(0, str(Path(__file__).parents[1] / "inventory"))
from generate import generate, write_csv

BOOK, SHEET = "decision_tables/api_notifications.xlsx", "Trouble Ticket Events"
CREATE, STATE, ATTRIBUTE, FOR_CASE = (
    "Create Trouble Ticket Event",
    "Trouble Ticket State Change Event",
    "Trouble Ticket Attribute Change Event",
    "Create Trouble Ticket Event for Case",
)


def telling(site: OpenSite, *takes: str) -> OpenSite:
    """The site with its recording sink taking this."""
    return replace(site, sinks={"recorder": SinkConfiguration("recording", takes=takes or (TICKET_EVENTS,))})


def outage(site: OpenSite) -> None:
    """An alert that hits five customers: one major case, five cases."""
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")


def staged(site: OpenSite) -> list[tuple[str, str]]:
    """The events that are staged, in order: which, and of which ticket."""
    query = (
        select(notification_batches.c.event, notifications.c.ticket)
        .join(notifications, notifications.c.batch_id == notification_batches.c.id)
        .where(notification_batches.c.kind == TICKET_EVENTS)
        .order_by(notifications.c.id)
    )
    with site.store.read() as txn:
        return [(name, ticket) for name, ticket in txn.execute(query)]


def ticket_of(one: Notification) -> dict[str, Any]:
    """The trouble ticket in an event."""
    assert one.payload is not None
    found: dict[str, Any] = one.payload["event"]["troubleTicket"]
    return found


def test_an_outage_is_one_event_of_the_incident_and_one_of_each_case(site: OpenSite, sink: RecordingSink) -> None:
    """The incident's is that of incidents, the cases' that of cases; a record that is new has no other event."""
    site = telling(site)
    outage(site)
    numbers = [f"CS000000{number}" for number in range(1, 7)]
    assert staged(site) == [(CREATE, "INC0000001"), *((FOR_CASE, number) for number in numbers)]
    deliver(site)
    by_ticket = {one.record: ticket_of(one) for one in sink.got}
    assert sorted(by_ticket) == [*numbers, "INC0000001"]
    with site.store.read() as txn:
        case = txn.execute(select(cases).where(cases.c.number == "CS0000002")).mappings().one()
        incident = txn.execute(select(incidents)).mappings().one()
    assert by_ticket["CS0000002"]["name"] == case["short_description"]
    assert by_ticket["CS0000002"]["ticketType"] == case["case_type"]
    assert {one["id"] for one in by_ticket["CS0000002"]["troubleTicketRelationship"]} == {"INC0000001", "CS0000001"}
    assert by_ticket["INC0000001"]["priority"] == incident["priority"]
    assert by_ticket["INC0000001"]["status"] == "acknowledged"


def test_a_change_of_state_and_of_attributes_are_events_of_their_own(site: OpenSite, sink: RecordingSink) -> None:
    """Each names what it is about; what only we need to know is none."""
    site = telling(site)
    number = str(create_incident(site, {"short_description": "slow"}, asked_by="a").record["number"])
    update_incident(site, number, {"impact": "1 - High", "urgency": "1 - High"}, asked_by="a")
    add_work_note(site, number, "internal", asked_by="a")
    add_comment(site, number, "we are on it", asked_by="a")
    resolve_incident(site, number, "Duplicate", "See the other", asked_by="a")
    assert [name for name, _ in staged(site)] == [CREATE, ATTRIBUTE, ATTRIBUTE, STATE, ATTRIBUTE]
    deliver(site)
    created, changed, commented, resolved, _ = sink.got
    assert ticket_of(created)["status"] == "acknowledged"
    assert changed.payload is not None
    paths = set(changed.payload["fieldPath"].split(","))
    assert paths == {"troubleTicket.severity", "troubleTicket.urgency", "troubleTicket.priority"}
    assert ticket_of(changed)["severity"] == "1 - High"
    assert [note["text"] for note in ticket_of(commented)["note"]] == ["we are on it"]
    assert ticket_of(resolved)["status"] == "resolved"
    assert ticket_of(resolved)["statusChange"][0]["changeReason"] == "See the other"


def test_an_event_tells_how_the_record_stood_then(site: OpenSite, sink: RecordingSink) -> None:
    """A snapshot that waited is not what the record has become."""
    site = telling(site)
    number = str(create_incident(site, {"short_description": "first"}, asked_by="a").record["number"])
    update_incident(site, number, {"short_description": "second"}, asked_by="a")
    deliver(site)
    assert [ticket_of(one)["name"] for one in sink.got] == ["first", "second"]


@pytest.mark.parametrize(("rule", "event"), [("B01", CREATE), ("B02", STATE), ("B03", ATTRIBUTE), ("B04", FOR_CASE)])
def test_each_rule_can_be_switched_off(open_site: Callable[..., OpenSite], rule: str, event: str) -> None:
    """FALSE under Active: that event is staged no more, the others are."""

    def edit(workbooks: Workbooks) -> None:
        row = workbooks.find(BOOK, SHEET, rule)
        workbooks.set(BOOK, SHEET, f"G{row}", False)

    site = telling(open_site(edit))
    outage(site)
    resolve_incident(site, "INC0000001", "Duplicate", "x", asked_by="a")
    assert {one for one, _ in staged(site)} == {CREATE, STATE, ATTRIBUTE, FOR_CASE} - {event}


def test_a_rule_may_ask_for_any_field_of_the_record(open_site: Callable[..., OpenSite]) -> None:
    """A condition on a case's field is decided for each kind of case, and its events are staged for those alone."""

    def edit(workbooks: Workbooks) -> None:
        row = workbooks.find(BOOK, SHEET, "B04")
        workbooks.set(BOOK, SHEET, f"E{row}", "Technology Product Support case")
        workbooks.append(BOOK, SHEET, [])
        for column, text in enumerate(["B09", "case", "state changed", "-", "-", STATE, True], start=1):
            workbooks.set(BOOK, SHEET, f"{'ABCDEFG'[column - 1]}{row + 1}", text)

    site = telling(open_site(edit))
    outage(site)
    with site.store.read() as txn:
        support = select(cases.c.number).where(cases.c.case_type == "Technology Product Support case")
        wanted = set(txn.execute(support).scalars())
    assert {ticket for event, ticket in staged(site) if event == FOR_CASE} == wanted
    before = len(staged(site))
    resolve_case(site, "CS0000002", "Duplicate", "x", asked_by="a")
    assert (STATE, "CS0000002") in staged(site)[before:]


def test_what_is_refused_stages_nothing(site: OpenSite) -> None:
    """The event is of the same transaction as the change."""
    site = telling(site)
    number = str(create_incident(site, {"short_description": "x"}, asked_by="a").record["number"])
    with pytest.raises(Refused):
        escalate_incident(site, number, "no ladder for it", asked_by="a")
    assert staged(site) == [(CREATE, number)]


def test_sinks_choose_what_they_take(site: OpenSite, sink: RecordingSink) -> None:
    """Customers' messages alone unless a sink says otherwise; who takes both gets them in order a ticket."""
    outage(site)
    assert staged(site) == []
    deliver(site)
    assert {one.payload for one in sink.got} == {None}
    both = telling(site, CUSTOMER_NOTIFICATIONS, TICKET_EVENTS)
    sink.got.clear()
    comment_case(both, "CS0000002", "news", asked_by="x")
    resolve_incident(both, "INC0000001", "Duplicate", "x", asked_by="x")
    deliver(both)
    assert {one.event for one in sink.got} >= {"case comment", STATE}
    assert [told.event for told in show_case(both, "CS0000002").notifications if told.message is None] == []


def test_a_table_that_cannot_decide_costs_its_event_alone(open_site: Callable[..., OpenSite]) -> None:
    """Receiving goes on; a work note on the record says which table is at fault."""

    def edit(workbooks: Workbooks) -> None:
        # Priority is not nullable here, and an incident that a person opens has none.
        workbooks.set(BOOK, SHEET, "E3", "Ranking")
        workbooks.set(BOOK, SHEET, "E5", "-")
        workbooks.append(BOOK, "Glossary", [])
        for column, text in enumerate(["Ranking", None, "incident", "priority", "string", None, None, "no"], start=1):
            workbooks.set(BOOK, "Glossary", f"{'ABCDEFGH'[column - 1]}9", text)

    site = telling(open_site(edit))
    number = str(create_incident(site, {"short_description": "x"}, asked_by="a").record["number"])
    assert staged(site) == []
    notes = [entry.text or "" for entry in show_incident(site, number).activity]
    assert any("Other systems are not told of this" in note and SHEET in note for note in notes)


def expected(site: OpenSite) -> list[tuple[str, str, frozenset[str]]]:
    """The events that the stock rules ask for, from the streams: an action is what one asked for at one time."""
    quiet = {"needs_attention", "affected_account_count", "affected_consumer_count", "major_case_handling"}
    quiet |= {"resolved_at", "closed_at"}
    known: set[tuple[str, int]] = set()
    actions: dict[tuple[Any, str], dict[tuple[str, int], list[Any]]] = defaultdict(lambda: defaultdict(list))
    with site.store.read() as txn:
        numbers = {("incident", row.id): row.number for row in txn.execute(select(incidents.c.id, incidents.c.number))}
        numbers |= {("case", row.id): row.number for row in txn.execute(select(cases.c.id, cases.c.number))}
        for entry in txn.execute(select(activity).order_by(activity.c.id)):
            actions[entry.at, entry.who][entry.record_kind, entry.record_id].append(entry)
    wanted = []
    for changes in actions.values():
        for record, entries in changes.items():
            kind = record[0]
            if kind not in {"incident", "case"}:
                continue
            if record not in known:
                wanted.append((CREATE if kind == "incident" else FOR_CASE, numbers[record], frozenset[str]()))
            elif kind == "incident":
                if any(entry.field == "state" for entry in entries):
                    wanted.append((STATE, numbers[record], frozenset({"state"})))
                fields = {entry.field for entry in entries if entry.kind == "field"} - quiet - {"state"}
                fields |= {"comment" for entry in entries if entry.kind == "comment"}
                if fields:
                    wanted.append((ATTRIBUTE, numbers[record], frozenset(fields)))
            known.add(record)
    return wanted


def test_the_events_are_those_that_the_streams_tell(site: OpenSite) -> None:
    """Over a day's work with many actions: each change is told once, under its own name, and nothing else is."""
    site = telling(site)
    outage(site)
    receive_alerts(site, [{**OUTAGE, "ci": "Vmanage_10002", "id": "second"}], source="t", asked_by="m")
    number = str(create_incident(site, {"short_description": "by hand"}, asked_by="a").record["number"])
    update_incident(site, number, {"configuration_item": "Vmanage_10001", "impact": "2 - Medium"}, asked_by="b")
    escalate_incident(site, "INC0000001", "looked at it", asked_by="a")
    message_customers(site, "INC0000001", "we know", asked_by="a")
    comment_case(site, "CS0000003", "still down", asked_by="customer", by_customer=True)
    resolve_case(site, "CS0000003", "Duplicate", "x", asked_by="a")
    close_case(site, "CS0000003", asked_by="a")
    resolve_incident(site, "INC0000001", "Duplicate", "x", asked_by="a")
    query = (
        select(notification_batches.c.event, notifications.c.ticket, notifications.c.snapshot)
        .join(notifications, notifications.c.batch_id == notification_batches.c.id)
        .where(notification_batches.c.kind == TICKET_EVENTS)
        .order_by(notifications.c.id)
    )
    with site.store.read() as txn:
        told = [
            (event, ticket, frozenset(filter(None, (snapshot["attributes"] or "").split(","))))
            for event, ticket, snapshot in txn.execute(query)
        ]
    assert len(told) > 15
    assert sorted(told, key=str) == sorted(expected(site), key=str)


def test_three_thousand_cases_are_told_of_set_by_set(open_site: Callable[..., OpenSite], tmp_path: Path) -> None:
    """An event of each case, its row in the queue and its snapshot, in some dozen statements more than without."""
    outage_of_many = generate()
    site = open_site(inventory=False)
    load_files(site, write_csv(outage_of_many, tmp_path / "inventory"), strict=True, asked_by="x")
    site = telling(site)
    statements: list[str] = []
    event.listen(site.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    alert = {**OUTAGE, "ci": outage_of_many.outage_ci}
    (result,) = receive_alerts(site, [alert], source="t", asked_by="m").results
    assert result.cases == 3_001
    assert len(statements) < 280
    told = staged(site)
    assert Counter(name for name, _ in told) == {CREATE: 1, FOR_CASE: 3_001}
    with site.store.read() as txn:
        numbers = set(txn.execute(select(cases.c.number)).scalars())
        snapshots = txn.execute(
            select(notifications.c.ticket, notifications.c.snapshot).where(
                notifications.c.snapshot.is_not(None), notifications.c.case_id.is_not(None)
            )
        ).all()
    assert {ticket for name, ticket in told if name == FOR_CASE} == numbers
    assert all(snapshot["number"] == ticket and snapshot["incident"] == "INC0000001" for ticket, snapshot in snapshots)
    assert queue(site).queues[0].waiting == 3_002
