"""From a staged row to the notification that a sink gets: the message of its key, filled with its records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from forewarn.engine.encoding import dump_json
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite, SinkConfiguration
from forewarn.engine.schema.delivery import notification_batches, notifications
from forewarn.engine.schema.inventory import accounts, consumers, contacts
from forewarn.engine.schema.work import cases
from forewarn.engine.schema.work import incidents as incident_table
from forewarn.engine.tickets.payload import payload
from forewarn.engine.tickets.status import status_of
from forewarn.engine.views import INCIDENT_FIELDS
from forewarn.plugins.api import Notification, TicketEvent

_parents = cases.alias("parent_cases")

_OWN = (
    "case_type",
    "service_definition",
    "short_description",
    "description",
    "priority",
    "channel",
    "resolution_code",
    "resolution_notes",
    "probable_cause",
)

MESSAGE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "incident": INCIDENT_FIELDS,
    "case": ("number", "state", "parent", *_OWN),
    "account": ("name", "number"),
    "consumer": ("name", "number"),
    "contact": ("name", "email"),
    "text": (),
}
"""What the message of a notification may speak of: records with their fields, and the text of a comment."""


def joined(staged: Any) -> Any:
    """Staged notifications with the records that their messages speak of."""
    return (
        staged.join(notification_batches, notification_batches.c.id == notifications.c.batch_id)
        .outerjoin(cases, cases.c.id == notifications.c.case_id)
        .outerjoin(incident_table, incident_table.c.id == cases.c.incident_id)
        .outerjoin(_parents, _parents.c.id == cases.c.parent_id)
        .outerjoin(accounts, accounts.c.id == cases.c.account_id)
        .outerjoin(consumers, consumers.c.id == cases.c.consumer_id)
        .outerjoin(contacts, contacts.c.id == notifications.c.contact_id)
    )


def everything() -> Select[Any]:
    """The columns that `render` reads."""
    return select(
        notifications,
        notification_batches.c.kind,
        notification_batches.c.record_kind,
        notification_batches.c.event,
        notification_batches.c.message_key,
        notification_batches.c.incident.label("incident_fields"),
        notification_batches.c.text,
        notification_batches.c.staged_at,
        cases.c.number.label("case_number"),
        cases.c.case_type,
        cases.c.service_definition,
        cases.c.short_description,
        cases.c.description,
        cases.c.priority,
        cases.c.channel,
        cases.c.probable_cause,
        cases.c.extra.label("case_extra"),
        incident_table.c.number.label("incident_number"),
        _parents.c.number.label("parent_number"),
        accounts.c.number.label("account_number"),
        accounts.c.name.label("account_name"),
        consumers.c.number.label("consumer_number"),
        consumers.c.name.label("consumer_name"),
        contacts.c.name.label("contact_name"),
        contacts.c.email.label("contact_email"),
    )


def render(site: OpenSite, row: Mapping[str, Any], sink: SinkConfiguration) -> Notification:
    """Render one staged notification for a sink.

    Raises `BadMessage`, `NotFound` where no message has its key, and `DecisionError` where the table of ticket statuses
    cannot decide.
    """
    return _ticket_event(site, row, sink.tmf621) if row["kind"] == TICKET_EVENTS else _message(site, row)


def _ticket_event(site: OpenSite, row: Mapping[str, Any], version: str) -> Notification:
    snapshot = row["snapshot"]
    event = TicketEvent(
        event_id=row["event_id"],
        event=row["event"],
        record_kind=row["record_kind"],
        record=row["ticket"],
        at=row["staged_at"],
        snapshot=snapshot,
        status=status_of(site, row["record_kind"], snapshot),
        attributes=tuple(sorted(filter(None, (snapshot.get("attributes") or "").split(",")))),
        domain=site.domain,
    )
    document = payload(event, version)
    return Notification(
        event_id=event.event_id,
        event=event.event,
        recipient="",
        subject=f"{event.event}: {event.record}",
        body=dump_json(document),
        record=event.record,
        created_at=event.at,
        data={"kind": "trouble ticket event", "ticket": event.record_kind, "version": version},
        payload=document,
    )


def _message(site: OpenSite, row: Mapping[str, Any]) -> Notification:
    added = row["case_extra"] or {}
    fields: dict[str, Any] = {
        "case": {
            # A case of another type has these fields too, without a value: a letter may speak of them.
            **{name: added.get(name) for name in site.extensions.fields_of_case_types},
            "number": row["case_number"],
            "state": row["case_state"],
            "parent": row["parent_number"],
            **{name: row[name] for name in _OWN},
        },
        "incident": row["incident_fields"],
        "account": _present(name=row["account_name"], number=row["account_number"]),
        "consumer": _present(name=row["consumer_name"], number=row["consumer_number"]),
        "contact": _present(name=row["contact_name"], email=row["contact_email"]),
        "text": row["text"] or "",
    }
    rendered = site.messages.render(row["message_key"], fields)
    return Notification(
        event_id=row["event_id"],
        event=row["event"],
        recipient=row["recipient"],
        subject=rendered.subject,
        body=rendered.body,
        record=row["case_number"],
        created_at=row["staged_at"],
        address=row["address"],
        data={
            "kind": "case",
            "case": row["case_number"],
            "case_type": row["case_type"],
            "state": row["case_state"],
            "account": row["account_number"],
            "consumer": row["consumer_number"],
            "incident": row["incident_number"],
            "parent": row["parent_number"],
            "message": row["message_key"],
        },
    )


def _present(**fields: str | None) -> dict[str, str]:
    """A record's fields without those that are empty, so that a message can name another in their place."""
    return {name: value for name, value in fields.items() if value}
