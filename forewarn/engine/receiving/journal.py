"""The journal: every event once, by its source and id, with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from forewarn.engine import dialect
from forewarn.engine.receiving.events import Event
from forewarn.engine.receiving.happening import Happening
from forewarn.engine.records import Row
from forewarn.engine.schema.deciding import journal
from forewarn.engine.work import Work

_by_identity = select(journal).where(
    journal.c.source == bindparam("of_source"),
    journal.c.event_id == bindparam("of_id"),
    journal.c.kind == bindparam("of_kind"),
)
_entered = insert(journal).returning(journal.c.id)
_settled = update(journal).where(journal.c.id == bindparam("of_entry"))


@dataclass(frozen=True, slots=True)
class Earlier:
    """An event of that source and id that came before; ``same`` tells whether it had the same content."""

    row: Row
    same: bool


def earlier(work: Work, event: Event) -> Earlier | None:
    """What the journal knows of an event already.

    Where a source's ids are those of occurrences, the id alone tells: it may come again in other words.
    """
    dialect.lock_name(work.txn, f"event {event.source} {event.event_id}")
    asked = {"of_source": event.source, "of_id": event.event_id, "of_kind": event.kind}
    found = work.txn.execute(_by_identity, asked).mappings().first()
    if found is None:
        return None
    return Earlier(dict(found), event.exact or found["content_hash"] == event.content_hash)


def enter(work: Work, event: Event) -> int:
    """Write a new event down; returns the id of the entry."""
    values = {
        "source": event.source,
        "event_id": event.event_id,
        "kind": event.kind,
        "at": event.time,
        "content_hash": event.content_hash,
        "content": dict(event.content),
        "raised_for": None,
    }
    return _enter(work, values)


@dataclass(frozen=True, slots=True)
class Raised:
    """An event that the product itself raises, for the entry ``by`` of the journal if for one."""

    source: str
    event_id: str
    kind: str
    at: datetime
    content: Mapping[str, Any]
    by: int | None = None


def enter_raised(work: Work, raised: Raised) -> int | None:
    """Write down an event that the product itself raised; None where it stands there already."""
    asked = {"of_source": raised.source, "of_id": raised.event_id, "of_kind": raised.kind}
    if work.txn.execute(_by_identity, asked).first() is not None:
        return None
    values = {
        "source": raised.source,
        "event_id": raised.event_id,
        "kind": raised.kind,
        "at": raised.at,
        "content_hash": "",
        "content": dict(raised.content),
        "raised_for": raised.by,
    }
    return _enter(work, values)


def _enter(work: Work, values: Mapping[str, Any]) -> int:
    known = {"received_at": work.now, "received_by": work.asked_by, "attributes": {}, "settled": False}
    return int(work.txn.execute(_entered, {**values, **known}).scalar_one())


def settle(work: Work, happening: Happening) -> None:
    """Write down what came of an event, and what the rules saw of it."""
    values = {
        "of_entry": happening.entry,
        "result": happening.result,
        "note": "\n".join(happening.notes) or None,
        "attributes": dict(happening.attributes),
        "settled": happening.settled,
        "alert_id": happening.alert["id"] if happening.alert else None,
        "incident_id": happening.incident["id"] if happening.incident else None,
    }
    work.txn.execute(_settled, values)
