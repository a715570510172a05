"""Payloads of trouble ticket events, held to TM Forum's published contracts."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import tmf_contracts
from hypothesis import given
from hypothesis import strategies as st

from forewarn.engine.tickets.payload import EVENT_TYPES, VERSIONS, payload
from forewarn.plugins.api import TicketEvent

FIRST = datetime(1990, 1, 1)  # noqa: DTZ001 - made aware by `timezones`
AT = datetime(2026, 11, 23, 9, 30, 0, 5, tzinfo=UTC)
STATUSES = ("acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "closed", "resolved")
TEXT_FIELDS = [
    "short_description",
    "description",
    "priority",
    "impact",
    "channel",
    "account",
    "account_number",
    "consumer",
    "consumer_number",
    "company",
    "contact",
    "caller",
    "assignment_group",
    "assigned_to",
    "configuration_item",
    "service",
    "service_offering",
    "incident",
    "parent",
    "comment",
    "resolution_notes",
    "case_type",
]
TIMES = ("opened_at", "updated_at", "resolved_at")

texts = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=20))
moments = st.one_of(
    st.none(), st.datetimes(FIRST, timezones=st.just(UTC)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}Z")
)
snapshots = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(TEXT_FIELDS, texts), **dict.fromkeys(TIMES, moments), "proactive": st.booleans()}
)
events = st.builds(
    TicketEvent,
    event_id=st.text(min_size=1, max_size=40),
    event=st.sampled_from(sorted(EVENT_TYPES)),
    record_kind=st.sampled_from(["incident", "case"]),
    record=st.sampled_from(["INC0000001", "CS0000042"]),
    at=st.datetimes(min_value=FIRST, timezones=st.just(UTC)),
    snapshot=snapshots,
    status=st.one_of(st.none(), st.sampled_from(STATUSES)),
    attributes=st.lists(st.sampled_from(TEXT_FIELDS), max_size=4).map(tuple),
    domain=st.sampled_from(["", "north"]),
)


@tmf_contracts.needed
@given(event=events)
def test_v4_is_an_event_of_tmf688_with_a_ticket_of_tmf621(event: TicketEvent) -> None:
    """Whatever a record holds: nothing that the contracts forbid, and no property that they do not name."""
    document = payload(event, "v4")
    path = document.pop("fieldPath", None)
    assert tmf_contracts.faults(tmf_contracts.EVENTS_V4, "Event", document) == []
    ticket = document["event"]["troubleTicket"]
    assert tmf_contracts.faults(tmf_contracts.TICKETS_V4, "TroubleTicket", ticket) == []
    # The event types of TMF621 4.0 name fieldPath, and are no types of their own.
    own = {**document, **({} if path is None else {"fieldPath": path})}
    del own["@type"]
    assert tmf_contracts.faults(tmf_contracts.TICKETS_V4, document["eventType"], own) == []


@tmf_contracts.needed
@given(event=events)
def test_v5_is_an_event_of_tmf621_version_5(event: TicketEvent) -> None:
    """The same for the version that the setting chooses."""
    document = payload(event, "v5")
    assert tmf_contracts.faults(tmf_contracts.TICKETS_V5, document["eventType"], document) == []


def _whole() -> TicketEvent:
    snapshot = {name: f"the {name}" for name in TEXT_FIELDS} | dict.fromkeys(TIMES, "2026-11-23T09:00:00.000000Z")
    return TicketEvent(
        event_id="ticket/CS0000042/7/state",
        event="Trouble Ticket State Change Event",
        record_kind="case",
        record="CS0000042",
        at=AT,
        snapshot=snapshot,
        status="resolved",
        attributes=("state",),
    )


@tmf_contracts.needed
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "solved"),
        (("creationDate",), "yesterday"),
        (("channel",), {"name": "Phone"}),
        (("relatedParty",), [{"role": "customer"}]),
        (("colour",), "red"),
    ],
    ids=str,
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_contracts_would_say_no(version: str, path: tuple[str], value: Any) -> None:
    """A ticket that breaks a contract is found by the very check that passes ours."""
    document = payload(_whole(), version)
    broken = copy.deepcopy(document["event"]["troubleTicket"])
    broken[path[0]] = value
    name = tmf_contracts.TICKETS_V4 if version == "v4" else tmf_contracts.TICKETS_V5
    assert tmf_contracts.faults(name, "TroubleTicket", document["event"]["troubleTicket"]) == []
    assert tmf_contracts.faults(name, "TroubleTicket", broken) != []


def test_a_ticket_says_what_the_record_said() -> None:
    """The fields of the record stand where a reader of TMF621 looks for them."""
    document = payload(_whole())
    ticket = document["event"]["troubleTicket"]
    assert (document["eventId"], document["eventType"]) == (
        "ticket/CS0000042/7/state",
        "TroubleTicketStatusChangeEvent",
    )
    assert document["eventTime"] == "2026-11-23T09:30:00.000005Z"
    assert document["correlationId"] == "the incident"
    assert (ticket["id"], ticket["name"], ticket["ticketType"]) == (
        "CS0000042",
        "the short_description",
        "the case_type",
    )
    assert (ticket["status"], ticket["statusChangeReason"]) == ("resolved", "the resolution_notes")
    assert ticket["statusChange"] == [
        {"status": "resolved", "changeDate": "2026-11-23T09:30:00.000005Z", "changeReason": "the resolution_notes"}
    ]
    assert ticket["note"][0]["text"] == "the comment"
    customers = [one for one in ticket["relatedParty"] if one["role"] == "customer"]
    assert [one["id"] for one in customers] == ["the account_number", "the consumer_number", "the company"]
    assert {one["id"]: one["relationshipType"] for one in ticket["troubleTicketRelationship"]} == {
        "the incident": "caused by",
        "the parent": "child of",
    }


@given(event=events, version=st.sampled_from(VERSIONS))
def test_a_payload_is_plain_json_and_the_same_each_time(event: TicketEvent, version: str) -> None:
    """A repeat is the same document: it comes back from JSON as it went in."""
    first = json.dumps(payload(event, version), sort_keys=True)
    assert json.dumps(payload(event, version), sort_keys=True) == first
    assert json.loads(first) == payload(event, version)
