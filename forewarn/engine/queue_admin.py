"""The queue in an admin's hands: how it stands, try now, send again, leave out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from forewarn.engine import sink_health
from forewarn.engine.delivery_queue import CLAIMED, DEAD, SKIPPED
from forewarn.engine.delivery_reports import Letter, QueueReport, QueueState
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema.delivery import deliveries, notification_batches, notifications
from forewarn.engine.sinks import configuration_of
from forewarn.errors import NotFound, Refused
from forewarn.plugins.api import Outcome

RETRYING = (Outcome.RETRY.value, Outcome.NEEDS_CREDENTIALS.value)
GIVEN_UP = (DEAD, Outcome.REFUSED.value)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the queues is meant: of one sink or of all, of these tickets, these events, or all."""

    sink: str | None = None
    tickets: Sequence[str] = ()
    events: Sequence[str] = ()

    @property
    def named(self) -> bool:
        """Whether single notifications are meant."""
        return bool(self.tickets or self.events)


EVERYTHING = Chosen()
"""All sinks, all that is in their queues."""


def report(site: OpenSite, chosen: Chosen, *, limit: int) -> QueueReport:
    """How the queues stand; with letters that were given up, or of what is chosen all."""
    _check(site, chosen)
    names = [chosen.sink] if chosen.sink else list(site.sinks)
    with site.store.read() as txn:
        queues = tuple(state(txn, site, name, site.clock.now()) for name in names)
        wanted = _which(chosen) if chosen.named else and_(_which(chosen), deliveries.c.outcome.in_(GIVEN_UP))
        return QueueReport(queues=queues, letters=_letters(txn, wanted, limit))


def state(txn: Connection, site: OpenSite, name: str, now: datetime) -> QueueState:
    """How the queue of one sink stands."""
    counts = _counts(txn, name, deliveries.c.due_at.is_not(None))
    settled = _counts(txn, name, deliveries.c.outcome.in_((*GIVEN_UP, SKIPPED)))
    due = select(func.count()).where(deliveries.c.sink == name, deliveries.c.due_at <= now)
    first = (
        select(deliveries.c.notification_id)
        .where(deliveries.c.sink == name, deliveries.c.due_at.is_not(None))
        .order_by(deliveries.c.notification_id)
        .limit(1)
        .scalar_subquery()
    )
    oldest = (
        select(notification_batches.c.staged_at)
        .join(notifications, notifications.c.batch_id == notification_batches.c.id)
        .where(notifications.c.id == first)
    )
    health = sink_health.health_of(txn, name)
    return QueueState(
        sink=name,
        kind=site.sinks[name].kind,
        takes=site.sinks[name].takes,
        waiting=sum(counts.values()),
        due=txn.execute(due).scalar_one(),
        held=counts.get(CLAIMED, 0),
        retry=sum(counts.get(outcome, 0) for outcome in RETRYING),
        given_up=sum(settled.get(outcome, 0) for outcome in GIVEN_UP),
        skipped=settled.get(SKIPPED, 0),
        oldest=txn.execute(oldest).scalar(),
        failures=health.failures,
        resting_until=health.resting_until if health.rests(now) else None,
        reason=health.reason,
    )


def _counts(txn: Connection, sink: str, condition: ColumnElement[bool]) -> dict[str, int]:
    """How many of a sink's notifications have each outcome."""
    query = select(deliveries.c.outcome, func.count()).where(deliveries.c.sink == sink, condition)
    return {row[0]: row[1] for row in txn.execute(query.group_by(deliveries.c.outcome))}


def retry(site: OpenSite, chosen: Chosen) -> int:
    """Let what waits for its next attempt be due now, and end the rest of the sinks. Returns how many that are."""
    return _make_due(site, chosen, RETRYING, attempts=deliveries.c.attempts)


def replay(site: OpenSite, chosen: Chosen, *, delivered: bool) -> int:
    """Let what was given up or skipped be due again, under its event id; with ``delivered`` what was delivered too.

    Raises `Refused` where everything that was ever delivered would go out again.
    """
    if delivered and not chosen.named:
        raise Refused("all that was ever delivered would be sent again", hint="name tickets or events")
    outcomes = (*GIVEN_UP, SKIPPED, *RETRYING, *((Outcome.DELIVERED.value,) if delivered else ()))
    return _make_due(site, chosen, outcomes, attempts=0)


def skip(site: OpenSite, chosen: Chosen, *, asked_by: str) -> int:
    """Leave out what waits or was given up: it is not delivered, and what comes later of its ticket goes on.

    What a process holds just now is left to it. Raises `Refused` where nothing is named.
    """
    if not chosen.named:
        raise Refused("nothing is named that could be skipped", hint="name tickets or events")
    _check(site, chosen)
    now = site.clock.now()
    held = and_(deliveries.c.outcome == CLAIMED, deliveries.c.due_at > now)
    open_ = or_(and_(deliveries.c.due_at.is_not(None), ~held), deliveries.c.outcome.in_(GIVEN_UP))
    with site.store.write() as txn:
        changed = txn.execute(
            update(deliveries)
            .where(_which(chosen), open_)
            .values(outcome=SKIPPED, due_at=None, claim=None, at=now, reason=f"skipped by {asked_by}")
        )
    return int(changed.rowcount)


def _make_due(site: OpenSite, chosen: Chosen, outcomes: Collection[str], *, attempts: Any) -> int:
    _check(site, chosen)
    now = site.clock.now()
    with site.store.write() as txn:
        for name in [chosen.sink] if chosen.sink else site.sinks:
            sink_health.note_success(txn, name)
        changed = txn.execute(
            update(deliveries)
            .where(_which(chosen), deliveries.c.outcome.in_(outcomes))
            .values(outcome=Outcome.RETRY.value, attempts=attempts, due_at=now, at=now, claim=None)
        )
    return int(changed.rowcount)


def _check(site: OpenSite, chosen: Chosen) -> None:
    """Raises `NotFound` for a sink, ticket or event that there is not."""
    if chosen.sink is not None:
        configuration_of(site, chosen.sink)
    with site.store.read() as txn:
        for column, wanted, what in (
            (notifications.c.ticket, _tickets(chosen), "notification about"),
            (notifications.c.event_id, chosen.events, "notification with the event id"),
        ):
            known = set(txn.execute(select(column).where(column.in_(wanted)).distinct()).scalars()) if wanted else set()
            missing = [one for one in wanted if one not in known]
            if missing:
                raise NotFound(f"there is no {what} {missing[0]}", hint="see: forewarn deliver status")


def _tickets(chosen: Chosen) -> list[str]:
    return [ticket.strip().upper() for ticket in chosen.tickets]


def _which(chosen: Chosen) -> ColumnElement[bool]:
    ids = select(notifications.c.id)
    conditions: list[ColumnElement[bool]] = [deliveries.c.sink == chosen.sink] if chosen.sink else []
    named: list[ColumnElement[bool]] = []
    if chosen.tickets:
        named.append(notifications.c.ticket.in_(_tickets(chosen)))
    if chosen.events:
        named.append(notifications.c.event_id.in_(chosen.events))
    if named:
        conditions.append(deliveries.c.notification_id.in_(ids.where(or_(*named))))
    return and_(True, *conditions)


def _letters(txn: Connection, wanted: ColumnElement[bool], limit: int) -> tuple[Letter, ...]:
    query = (
        select(
            notifications.c.event_id,
            notification_batches.c.event,
            notifications.c.ticket,
            deliveries.c.sink,
            deliveries.c.outcome,
            deliveries.c.attempts,
            notification_batches.c.staged_at,
            deliveries.c.due_at,
            deliveries.c.reason,
        )
        .select_from(
            deliveries.join(notifications, notifications.c.id == deliveries.c.notification_id).join(
                notification_batches, notification_batches.c.id == notifications.c.batch_id
            )
        )
        .where(wanted)
        .order_by(deliveries.c.notification_id, deliveries.c.sink)
        .limit(limit)
    )
    return tuple(Letter(**row) for row in txn.execute(query).mappings())
