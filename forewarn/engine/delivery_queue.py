"""The staging table as the queue of every sink (S3 "Using the producer framework for outbound notifications").

A row of ``deliveries`` is one notification for one sink, written in the transaction that stages the notification. It is
held by a claim for as long as its lease lasts; only the claim that stands in the row may record a result, so that a
process that lost its lease records nothing. What concerns one ticket is handed out in order: nothing of it is claimed
while something earlier of it waits or is held.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from forewarn.engine import dialect, rendering
from forewarn.engine.open_site import OpenSite
from forewarn.engine.publishing.choosing import carries
from forewarn.engine.schema.base import UtcTime
from forewarn.engine.schema.delivery import deliveries, notifications
from forewarn.engine.work import Work
from forewarn.plugins.api import Outcome

WAITING = "waiting"
CLAIMED = "claimed"
DEAD = "dead"
SKIPPED = "skipped"

UNSETTLED = (WAITING, CLAIMED, Outcome.RETRY.value, Outcome.NEEDS_CREDENTIALS.value)
"""What is still to be delivered; all else is settled."""

LONGEST_GRACE = timedelta(seconds=30)

_waits = deliveries.c.due_at.is_not(None)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notification that a claim holds for a sink, with what is needed to render it."""

    id: int
    ticket: str
    case_id: int | None
    event: str
    event_id: str
    attempts: int
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one notification: the outcome that is kept, and when it is due again (None: settled)."""

    id: int
    outcome: str
    reason: str | None
    due_at: datetime | None
    attempts: int


def enqueue(work: Work, batch: int, kind: str) -> None:
    """Put the notifications of a batch into the queue of every sink of the site that takes their kind."""
    for sink in takers(work.site, kind):
        rows = select(
            notifications.c.id,
            literal(sink),
            literal(WAITING),
            literal(0),
            literal(work.now, UtcTime),
            literal(work.now, UtcTime),
        ).where(notifications.c.batch_id == batch)
        columns = ["notification_id", "sink", "outcome", "attempts", "due_at", "at"]
        work.txn.execute(insert(deliveries).from_select(columns, rows.order_by(notifications.c.id)))


def takers(site: OpenSite, kind: str) -> tuple[str, ...]:
    """The sinks of the site that take notifications of that kind, in the order of the settings, those that are not
    enabled too; those of a publisher only while it is on.
    """
    known = {**site.sinks, **site.paused_sinks}
    return tuple(name for name, sink in known.items() if kind in sink.takes and carries(site, sink))


def lease(seconds: float) -> timedelta:
    """How long a claim holds for one call of a sink that may take so many seconds."""
    most = timedelta(seconds=seconds)
    return most + min(most, LONGEST_GRACE)


def lock(txn: Connection, sink: str) -> bool:
    """Be the only one who claims for the sink, until the transaction ends; False where another does just now."""
    return dialect.try_lock_name(txn, f"deliveries of {sink}")


def due(txn: Connection, sink: str, now: datetime, *, after: int, most: int) -> list[dict[str, Any]]:
    """The next notifications after ``after`` that are due, in order, each with all that `rendering.render` reads.

    What has an earlier one of its ticket before it that is not among them is left.
    """
    found: list[dict[str, Any]] = []
    last = after
    # Window by window over the queue alone: a database that has not counted yet what was staged would join it all.
    while len(found) < most and (window := _window(txn, sink, now, after=last, most=most)):
        query = (
            rendering.everything()
            .add_columns(deliveries.c.attempts, deliveries.c.reason, deliveries.c.id.label("delivery_id"))
            .select_from(rendering.joined(_notified()))
            .where(_of(sink), deliveries.c.notification_id.in_(window), ~_behind(sink, now, after))
            .order_by(deliveries.c.notification_id)
        )
        found += [dict(row) for row in txn.execute(query).mappings()]
        last = window[-1]
    return found[:most]


def _window(txn: Connection, sink: str, now: datetime, *, after: int, most: int) -> list[int]:
    query = (
        select(deliveries.c.notification_id)
        .where(_of(sink), deliveries.c.due_at <= now, deliveries.c.notification_id > after)
        .order_by(deliveries.c.notification_id)
        .limit(most)
    )
    return list(txn.execute(query).scalars())


def _notified() -> Any:
    return deliveries.join(notifications, notifications.c.id == deliveries.c.notification_id)


def hold(
    txn: Connection, claim: str, rows: Sequence[Mapping[str, Any]], now: datetime, until: datetime
) -> list[Claimed]:
    """Hold what `due` found, under a claim of its own."""
    txn.execute(
        update(deliveries)
        .where(deliveries.c.id.in_([row["delivery_id"] for row in rows]))
        .values(outcome=CLAIMED, claim=claim, attempts=deliveries.c.attempts + 1, at=now, due_at=until)
    )
    return [
        Claimed(row["id"], row["ticket"], row["case_id"], row["event"], row["event_id"], row["attempts"] + 1, row)
        for row in rows
    ]


def renew(txn: Connection, sink: str, claim: str, ids: Collection[int], until: datetime) -> set[int]:
    """Hold on to claimed notifications for longer; returns those that are still held."""
    mine = and_(_of(sink), deliveries.c.notification_id.in_(ids), deliveries.c.claim == claim)
    held: set[int] = set(txn.execute(_locked(mine)).scalars())
    txn.execute(update(deliveries).where(mine).values(due_at=until))
    return held


def record(txn: Connection, sink: str, claim: str, results: Sequence[Recorded], now: datetime) -> set[int]:
    """Record what became of claimed notifications, and let go of them.

    Returns those that were recorded: of those that another claim holds by now nothing is written.
    """
    ids = [one.id for one in results]
    mine = and_(_of(sink), deliveries.c.notification_id.in_(ids), deliveries.c.claim == claim)
    held: set[int] = set(txn.execute(_locked(mine)).scalars())
    written = [
        {
            "one": one.id,
            "outcome": one.outcome,
            "reason": one.reason,
            "due_at": one.due_at,
            "attempts": one.attempts,
            "at": now,
            "claim": None,
        }
        for one in results
        if one.id in held
    ]
    if written:
        txn.execute(
            update(deliveries).where(deliveries.c.sink == sink, deliveries.c.notification_id == bindparam("one")),
            written,
        )
    return held


def count_due(txn: Connection, sink: str, now: datetime) -> int:
    """How many notifications are due for a sink."""
    return _count(txn, and_(_of(sink), deliveries.c.due_at <= now))


def count_waiting(txn: Connection, sink: str) -> int:
    """How many notifications a sink is still to get."""
    return _count(txn, and_(_of(sink), _waits))


def _count(txn: Connection, condition: ColumnElement[bool]) -> int:
    counted: int = txn.execute(select(func.count()).select_from(deliveries).where(condition)).scalar_one()
    return counted


def _locked(mine: ColumnElement[bool]) -> Select[Any]:
    return select(deliveries.c.notification_id).where(mine).order_by(deliveries.c.notification_id).with_for_update()


def _of(sink: str) -> ColumnElement[bool]:
    return deliveries.c.sink == sink


def _behind(sink: str, now: datetime, after: int) -> ColumnElement[bool]:
    """Whether an earlier notification of the same ticket waits or is held, and is not to be had with this one."""
    earlier, held = notifications.alias("earlier"), deliveries.alias("held")
    return exists().where(
        earlier.c.ticket == notifications.c.ticket,
        earlier.c.id < notifications.c.id,
        held.c.notification_id == earlier.c.id,
        held.c.sink == sink,
        or_(held.c.due_at > now, and_(held.c.due_at.is_not(None), earlier.c.id <= after)),
    )
