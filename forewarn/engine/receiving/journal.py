"""The journal: every event once, by its source and id, with what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from forewarn.engine.receiving.events import Event
from forewarn.engine.records import Row, first
from forewarn.engine.schema.deciding import journal
from forewarn.engine.work import Work


@dataclass(frozen=True, slots=True)
class Earlier:
    """An event of that source and id that came before; ``same`` tells whether it had the same content."""

    row: Row
    same: bool


def earlier(work: Work, event: Event) -> Earlier | None:
    """What the journal knows of an event already."""
    row = first(
        work.txn,
        select(journal).where(
            journal.c.source == event.source, journal.c.event_id == event.event_id, journal.c.kind == event.kind
        ),
    )
    return None if row is None else Earlier(row, row["content_hash"] == event.content_hash)


def enter(work: Work, event: Event) -> int:
    """Write a new event down; returns the id of the entry."""
    inserted = work.txn.execute(
        insert(journal)
        .values(
            source=event.source,
            event_id=event.event_id,
            kind=event.kind,
            content_hash=event.content_hash,
            content=dict(event.content),
            received_at=work.now,
            received_by=work.asked_by,
        )
        .returning(journal.c.id)
    )
    return int(inserted.scalar_one())


def settle(work: Work, entry: int, result: str, *, alert_id: int | None, incident_id: int | None) -> None:
    """Write down what came of an event."""
    values: dict[str, Any] = {"result": result, "alert_id": alert_id, "incident_id": incident_id}
    work.txn.execute(update(journal).where(journal.c.id == entry).values(**values))
