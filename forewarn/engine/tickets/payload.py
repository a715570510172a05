"""From a staged trouble ticket event to the document that others read: a TMF688 event with a TMF621 ticket in it.

Version ``v4`` is TMF688 4.0 with TMF621 4.0; ``v5`` is TMF621 5.0, which brings events of its own. What a ticket does
not have is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from forewarn.plugins.api import TicketEvent

CREATED = "Create Trouble Ticket Event"
STATE_CHANGED = "Trouble Ticket State Change Event"
ATTRIBUTE_CHANGED = "Trouble Ticket Attribute Change Event"
CREATED_FOR_CASE = "Create Trouble Ticket Event for Case"

EVENT_TYPES: Mapping[str, str] = {
    CREATED: "TroubleTicketCreateEvent",
    STATE_CHANGED: "TroubleTicketStatusChangeEvent",
    ATTRIBUTE_CHANGED: "TroubleTicketAttributeValueChangeEvent",
    CREATED_FOR_CASE: "TroubleTicketCreateEvent",
}
"""The TMF621 event type of each event that a business rule can stamp."""

V4 = "v4"
V5 = "v5"
VERSIONS = (V4, V5)

_PLAIN = (
    ("name", "short_description"),
    ("description", "description"),
    ("priority", "priority"),
    ("severity", "impact"),
    ("creationDate", "opened_at"),
    ("lastUpdate", "updated_at"),
    ("resolutionDate", "resolved_at"),
)

_PARTIES = (
    # role, id, name, what it is
    ("customer", "account_number", "account", "Organization"),
    ("customer", "consumer_number", "consumer", "Individual"),
    ("customer", "company", "company", "Organization"),
    ("contact", "contact", "contact", "Individual"),
    ("originator", "caller", "caller", "Individual"),
    ("assignment group", "assignment_group", "assignment_group", "Organization"),
    ("assignee", "assigned_to", "assigned_to", "Individual"),
)

_ENTITIES = (
    ("configuration item", "configuration_item", "Resource"),
    ("service", "service", "Service"),
    ("service offering", "service_offering", "ServiceSpecification"),
)

_RELATED_TICKETS = (("caused by", "incident"), ("child of", "parent"))

_PATHS: Mapping[str, str] = {
    **{field: name for name, field in _PLAIN},
    **{field: "relatedParty" for _, *fields, _ in _PARTIES for field in fields},
    **{field: "relatedEntity" for _, field, _ in _ENTITIES},
    **{field: "troubleTicketRelationship" for _, field in _RELATED_TICKETS},
    "channel": "channel",
    "state": "status",
    "comment": "note",
    "resolution_notes": "statusChangeReason",
}


def payload(event: TicketEvent, version: str = V4) -> dict[str, Any]:
    """The document of an event, as plain JSON values.

    ``eventType`` is that of TMF621 and ``title`` the document's name of the event; ``eventId`` is the stable event id.
    """
    at = _time(event.at)
    document: dict[str, Any] = {
        "eventId": event.event_id,
        "eventTime": at,
        "eventType": EVENT_TYPES[event.event],
        "title": event.event,
        "description": f"{event.event}: {event.record}",
        "correlationId": event.snapshot.get("incident") or event.record,
        # The contracts spell it so in version 4, and rightly in version 5.
        "timeOcurred" if version == V4 else "timeOccurred": at,
        "event": {"troubleTicket": ticket(event, version)},
    }
    if event.domain:
        document["domain"] = event.domain
    if event.snapshot.get("priority"):
        document["priority"] = event.snapshot["priority"]
    # Version 5 has no place for it.
    if event.event == ATTRIBUTE_CHANGED and version == V4:
        document["fieldPath"] = ",".join(_field_paths(event))
    document["@type"] = document["eventType"]
    return document


def ticket(event: TicketEvent, version: str = V4) -> dict[str, Any]:
    """The trouble ticket of an event: the record as it stood, in the words of TMF621."""
    snapshot = event.snapshot
    made: dict[str, Any] = {"id": event.record, "ticketType": snapshot.get("case_type") or event.record_kind}
    made |= {name: snapshot[field] for name, field in _PLAIN if snapshot.get(field) is not None}
    if snapshot.get("channel"):
        made["channel"] = _typed("ChannelRef", version, id=snapshot["channel"], name=snapshot["channel"])
    if event.status is not None:
        made |= _status(event, event.status, version)
    if snapshot.get("comment"):
        note = {"id": event.event_id, "date": _time(event.at), "text": snapshot["comment"]}
        made["note"] = [_typed("Note", version, **note)]
    parties = [
        _party(role, snapshot[key], snapshot.get(name), what, version)
        for role, key, name, what in _PARTIES
        if snapshot.get(key)
    ]
    entities = [_entity(role, snapshot[field], what, version) for role, field, what in _ENTITIES if snapshot.get(field)]
    related = [
        _typed("TroubleTicketRelationship", version, id=snapshot[field], relationshipType=how)
        for how, field in _RELATED_TICKETS
        if snapshot.get(field)
    ]
    lists = {"relatedParty": parties, "relatedEntity": entities, "troubleTicketRelationship": related}
    return {**made, **{name: listed for name, listed in lists.items() if listed}, "@type": "TroubleTicket"}


def _status(event: TicketEvent, status: str, version: str) -> dict[str, Any]:
    """The status and, where this event is about it, when and why it changed."""
    made: dict[str, Any] = {"status": status}
    if event.event != STATE_CHANGED:
        return made
    at, reason = _time(event.at), event.snapshot.get("resolution_notes")
    made["statusChangeDate"] = at
    if reason:
        made["statusChangeReason"] = reason
    if version == V4:
        entry = {"status": status, "changeDate": at, **({"changeReason": reason} if reason else {})}
        made["statusChange"] = [entry]
    else:
        entry = {"status": status, "statusChangeDate": at, **({"statusChangeReason": reason} if reason else {})}
        made["statusChangeHistory"] = [{"@type": "StatusChange", **entry}]
    return made


def _party(role: str, key: str, name: str | None, what: str, version: str) -> dict[str, Any]:
    reference = {"id": key, "name": name or key, "@referredType": what}
    if version == V4:
        return {"role": role, **reference}
    party = {"@type": "PartyRef", **reference}
    return {"@type": "RelatedPartyRefOrPartyRoleRef", "role": role, "partyOrPartyRole": party}


def _entity(role: str, key: str, what: str, version: str) -> dict[str, Any]:
    reference = {"id": key, "name": key, "@referredType": what}
    if version == V4:
        return {"role": role, **reference}
    return {"@type": "RelatedEntity", "role": role, "entity": {"@type": "EntityRef", **reference}}


def _typed(type_: str, version: str, **fields: Any) -> dict[str, Any]:
    """An object that version 5 wants its type in."""
    return fields if version == V4 else {"@type": type_, **fields}


def _field_paths(event: TicketEvent) -> list[str]:
    """Where in the ticket the fields that changed stand, each once; those that it does not show by their own name."""
    return list(dict.fromkeys(f"troubleTicket.{_PATHS.get(name, name)}" for name in event.attributes))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
