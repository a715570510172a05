"""Staging: who is to be told what, written in the transaction of the change itself, in one statement a template."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, delete, func, insert, literal, select

from forewarn.engine import delivery_queue, policies
from forewarn.engine.open_site import CUSTOMER_NOTIFICATIONS
from forewarn.engine.records import Row
from forewarn.engine.schema.delivery import notification_batches, notifications
from forewarn.engine.schema.inventory import accounts, consumers, contacts
from forewarn.engine.schema.work import cases
from forewarn.engine.table_names import NOTIFICATIONS
from forewarn.engine.views import CASE, INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import DecisionError

CASE_CREATED = "case created"
CASE_COMMENT = "case comment"
CASE_RESOLVED = "case resolved"
CASE_CLOSED = "case closed"

PRIMARY_CONTACT = "primary contact"
ACCOUNT_CONTACTS = "account contacts"
CONSUMER = "consumer"

_COLUMNS = [
    "event_id",
    "batch_id",
    "ticket",
    "case_id",
    "case_state",
    "resolution_code",
    "resolution_notes",
    "contact_id",
    "recipient",
    "address",
]


def stage(
    work: Work,
    event: str,
    chosen: ColumnElement[bool],
    *,
    incident: Row | None,
    record: tuple[str, int],
    text: str | None = None,
) -> int:
    """Stage what the table Customer Notifications wants for an event on the cases that ``chosen`` selects.

    A customer without an e-mail address is staged all the same: what to do about it is the sink's word.
    ``record`` is whose audit the decisions belong to. Returns how many notifications were staged.
    Raises `DecisionError` for a recipient that is none of those we know.
    """
    staged = 0
    types = work.txn.execute(select(cases.c.case_type).where(chosen).distinct().order_by(cases.c.case_type)).scalars()
    for case_type in types.all():
        answer = policies.decide_policy(
            work, NOTIFICATIONS, {"notification.event": event, "case.case_type": case_type}, record=record
        )
        for row in answer.rows if answer.matched else ():
            batch = _open_batch(work, event, str(row["message.key"]), incident, text)
            of_type = select(cases.c.id).where(chosen, cases.c.case_type == case_type)
            rows = _recipients(str(row["notification.recipient"]), batch, event, of_type, answer)
            statement = insert(notifications).from_select(_COLUMNS, rows)
            # Drivers that can return rows count inserted ones only when asked to.
            added = work.txn.execute(statement.execution_options(preserve_rowcount=True)).rowcount
            if added:
                delivery_queue.enqueue(work, batch, CUSTOMER_NOTIFICATIONS)
            else:
                work.txn.execute(delete(notification_batches).where(notification_batches.c.id == batch))
            staged += added
    return staged


def _open_batch(work: Work, event: str, key: str, incident: Row | None, text: str | None) -> int:
    inserted = work.txn.execute(
        insert(notification_batches).values(
            kind=CUSTOMER_NOTIFICATIONS,
            event=event,
            message_key=key,
            record_kind=CASE,
            incident={} if incident is None else dict(view(INCIDENT, incident)),
            text=text,
            staged_at=work.now,
        )
    )
    key_row = inserted.inserted_primary_key
    assert key_row is not None  # noqa: S101 - a single insert always has one
    return int(key_row[0])


def _recipients(
    recipient: str, batch: int, event: str, chosen: Select[tuple[int]], answer: policies.Answer
) -> Select[Any]:
    """The rows to insert for one kind of recipient."""
    name: ColumnElement[Any]
    address: ColumnElement[Any]
    if recipient == PRIMARY_CONTACT:
        source = cases.join(accounts, accounts.c.id == cases.c.account_id).outerjoin(
            contacts, contacts.c.id == cases.c.contact_id
        )
        who, name, address = contacts.c.number, func.coalesce(contacts.c.name, accounts.c.name), contacts.c.email
        contact: ColumnElement[Any] = contacts.c.id
        fallback = accounts.c.number
    elif recipient == ACCOUNT_CONTACTS:
        source = cases.join(contacts, contacts.c.account_id == cases.c.account_id)
        who, name, address, contact = contacts.c.number, contacts.c.name, contacts.c.email, contacts.c.id
        fallback = contacts.c.number
    elif recipient == CONSUMER:
        source = cases.join(consumers, consumers.c.id == cases.c.consumer_id)
        who, name, address, contact = consumers.c.number, consumers.c.name, consumers.c.email, literal(None)
        fallback = consumers.c.number
    else:
        raise DecisionError(
            f"table {answer.table!r} names the recipient {recipient!r}",
            table=answer.table,
            rules=answer.rules,
            hint=f"use {PRIMARY_CONTACT}, {ACCOUNT_CONTACTS} or {CONSUMER}",
        )
    prefix = f"{event.replace(' ', '-')}/{batch}/"
    event_id = literal(prefix).op("||")(cases.c.number).op("||")("/").op("||")(func.coalesce(who, fallback))
    return (
        select(
            cast(event_id, Text),
            literal(batch),
            cases.c.number,
            cases.c.id,
            cases.c.state,
            cases.c.resolution_code,
            cases.c.resolution_notes,
            contact,
            name,
            address,
        )
        .select_from(source)
        .where(cases.c.id.in_(chosen))
        .order_by(cases.c.id)
    )
