"""Delivery: what is staged goes to each sink, claimed in batches, outside every transaction, at least once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, update

from forewarn.engine import rendering
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.reports import DeliveryReport, Progress, SinkReport
from forewarn.engine.schema.delivery import deliveries, notification_batches, notifications, sinks
from forewarn.engine.schema.work import cases
from forewarn.errors import BadMessage, NotFound
from forewarn.plugins.api import DeliveryResult, Notification, Outcome, Sink, SinkSettings

CLAIMED = "claimed"
DEAD = "dead"

_BATCH = 200
_CLAIM = timedelta(minutes=5)
"""How long a claim holds: a process that died meanwhile loses it then."""
_ATTEMPTS = 10
"""After so many attempts a notification is dead: it is kept, and not tried again by itself."""
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_REASONS = 5

_WAITING = (CLAIMED, Outcome.RETRY.value, Outcome.NEEDS_CREDENTIALS.value)


def deliver(site: OpenSite, *, progress: Progress | None) -> DeliveryReport:
    """One round of delivery to every sink of the site."""
    _know_sinks(site)
    reports = tuple(_deliver_to(site, name, configuration, progress) for name, configuration in site.sinks.items())
    with site.store.read() as txn:
        waiting = sum(_count_waiting(txn, name) for name in site.sinks)
    return DeliveryReport(sinks=reports, waiting=waiting)


def _deliver_to(site: OpenSite, name: str, configuration: SinkConfiguration, progress: Progress | None) -> SinkReport:
    factory = site.extensions.sinks.get(configuration.kind)
    if factory is None:
        return SinkReport(name, failure=f"no plugin provides sinks of the kind {configuration.kind!r}")
    try:
        sink = factory(SinkSettings(name=name, options=dict(configuration.options), site_root=site.root))
    except (Exception, SystemExit) as failure:  # noqa: BLE001 - one plugin must not keep the other sinks waiting
        return SinkReport(name, failure=_said(failure))
    round_ = _Round(site, name, sink)
    with site.store.read() as txn:
        total = _count_due(txn, name, site.clock.now())
    done = 0
    while claimed := round_.claim():
        for batch in _one_a_record(claimed):
            round_.deliver(batch)
        done += len(claimed)
        if progress is not None:
            progress(f"delivery to {name}", done, total)
    try:
        sink.close()
    except (Exception, SystemExit) as failure:  # noqa: BLE001 - what was delivered stays delivered
        round_.report.failure = _said(failure)
    return round_.report.frozen()


def _said(failure: BaseException) -> str:
    text = " ".join(str(failure).split())
    return text or type(failure).__name__


@dataclass(slots=True)
class _Tally:
    """What one sink did, while it is doing it."""

    sink: str
    counts: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    failure: str | None = None

    def note(self, outcome: str, reason: str | None) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        if reason and outcome != Outcome.DELIVERED and reason not in self.reasons and len(self.reasons) < _REASONS:
            self.reasons.append(reason)

    def frozen(self) -> SinkReport:
        return SinkReport(
            sink=self.sink,
            delivered=self.counts.get(Outcome.DELIVERED, 0),
            retry=sum(self.counts.get(outcome, 0) for outcome in _WAITING),
            refused=self.counts.get(Outcome.REFUSED, 0) + self.counts.get(DEAD, 0),
            reasons=tuple(self.reasons),
            failure=self.failure,
        )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A notification that this round holds for a sink."""

    id: int
    case_id: int
    event: str
    attempts: int
    row: Mapping[str, Any]


class _Round:
    """One round of delivery to one sink."""

    def __init__(self, site: OpenSite, name: str, sink: Sink) -> None:
        self._site = site
        self._name = name
        self._sink = sink
        self._after = 0
        self._blocked: set[int] = set()
        self.report = _Tally(name)

    def claim(self) -> list[_Claimed]:
        """Hold the next notifications that are due, oldest first."""
        now = self._site.clock.now()
        with self._site.store.write() as txn:
            rows = _due(txn, self._name, now, after=self._after)
            if not rows:
                return []
            self._after = rows[-1]["id"]
            fresh = [row["id"] for row in rows if row["attempts"] is None]
            held = {"outcome": CLAIMED, "at": now, "due_at": now + _CLAIM}
            if fresh:
                txn.execute(
                    insert(deliveries),
                    [{"notification_id": one, "sink": self._name, "attempts": 1, **held} for one in fresh],
                )
            again = [row["id"] for row in rows if row["attempts"] is not None]
            if again:
                txn.execute(
                    update(deliveries)
                    .where(deliveries.c.sink == self._name, deliveries.c.notification_id.in_(again))
                    .values(attempts=deliveries.c.attempts + 1, **held)
                )
        return [
            _Claimed(row["id"], row["case_id"], row["event"], (row["attempts"] or 0) + 1, dict(row)) for row in rows
        ]

    def deliver(self, batch: Sequence[_Claimed]) -> None:
        """Render and hand over a batch; a record whose earlier notification did not go through waits behind it."""
        results: dict[int, DeliveryResult] = {}
        ready: list[tuple[_Claimed, Notification]] = []
        for claimed in batch:
            if claimed.case_id in self._blocked:
                reason = "an earlier notification of the same record waits"
                results[claimed.id] = DeliveryResult(claimed.row["event_id"], Outcome.RETRY, reason)
                continue
            try:
                ready.append((claimed, rendering.render(self._site, claimed.row)))
            except (BadMessage, NotFound) as problem:
                results[claimed.id] = DeliveryResult(claimed.row["event_id"], Outcome.RETRY, str(problem))
        if ready:
            results |= self._hand_over(ready)
        self._write(batch, results)

    def _hand_over(self, ready: Sequence[tuple[_Claimed, Notification]]) -> dict[int, DeliveryResult]:
        try:
            answers = self._sink.deliver([notification for _, notification in ready])
            answered = {checked.event_id: checked for checked in map(_checked, answers)}
        except (Exception, SystemExit) as failure:  # noqa: BLE001 - a sink that raises is tried again later
            reason = f"{type(failure).__name__}: {_said(failure)}"
            return {
                claimed.id: DeliveryResult(notification.event_id, Outcome.RETRY, reason)
                for claimed, notification in ready
            }
        silent = "the sink gave no answer for it"
        return {
            claimed.id: answered.get(
                notification.event_id, DeliveryResult(notification.event_id, Outcome.RETRY, silent)
            )
            for claimed, notification in ready
        }

    def _write(self, batch: Sequence[_Claimed], results: Mapping[int, DeliveryResult]) -> None:
        now = self._site.clock.now()
        written = []
        told = []
        for claimed in batch:
            result = results[claimed.id]
            outcome = result.outcome.value
            if result.outcome is Outcome.RETRY and claimed.attempts >= _ATTEMPTS:
                outcome = DEAD
            if outcome in _WAITING:
                self._blocked.add(claimed.case_id)
            if result.outcome is Outcome.DELIVERED and claimed.event == "case created":
                told.append({"one": claimed.case_id})
            self.report.note(outcome, result.reason)
            written.append(
                {
                    "one": claimed.id,
                    "outcome": outcome,
                    "reason": result.reason,
                    "at": now,
                    "due_at": now + (result.retry_after or _wait(claimed.attempts)),
                }
            )
        with self._site.store.write() as txn:
            txn.execute(
                update(deliveries).where(
                    deliveries.c.sink == self._name, deliveries.c.notification_id == bindparam("one")
                ),
                written,
            )
            if told:
                txn.execute(
                    update(cases)
                    .where(cases.c.id == bindparam("one"), cases.c.communication_sent_at.is_(None))
                    .values(communication_sent_at=now),
                    told,
                )


def _checked(answer: DeliveryResult) -> DeliveryResult:
    if not isinstance(answer, DeliveryResult) or not isinstance(answer.outcome, Outcome):
        raise TypeError(f"the sink answered {answer!r}, not a DeliveryResult")
    reason = None if answer.reason is None else str(answer.reason)
    return replace(answer, reason=reason)


def _wait(attempts: int) -> timedelta:
    """30 seconds, then twice as long each time, at most an hour."""
    doubled: timedelta = _FIRST_WAIT * int(2 ** min(attempts - 1, 12))
    return min(doubled, _LONGEST_WAIT)


def _one_a_record(claimed: Sequence[_Claimed]) -> Iterator[list[_Claimed]]:
    """Split a claim so that no batch holds two notifications of one record: the sink keeps their order then."""
    left = list(claimed)
    while left:
        seen: set[int] = set()
        batch: list[_Claimed] = []
        later: list[_Claimed] = []
        for one in left:
            (later if one.case_id in seen else batch).append(one)
            seen.add(one.case_id)
        yield batch
        left = later


def _know_sinks(site: OpenSite) -> None:
    """Note sinks that were configured since anything was staged: they get what comes from here on."""
    with site.store.read() as txn:
        known = set(txn.execute(select(sinks.c.name)).scalars())
    missing = [name for name in site.sinks if name not in known]
    if missing:
        with site.store.write() as txn:
            last = txn.execute(select(func.coalesce(func.max(notifications.c.id), 0))).scalar_one()
            txn.execute(insert(sinks), [{"name": name, "after_id": last} for name in missing])


def _staged_for(sink: str) -> Any:
    """Notifications that a sink is to get, joined to what it did with them."""
    return (
        notifications.join(notification_batches, notification_batches.c.id == notifications.c.batch_id)
        .join(sinks, and_(sinks.c.name == sink, notifications.c.id > sinks.c.after_id))
        .outerjoin(deliveries, and_(deliveries.c.notification_id == notifications.c.id, deliveries.c.sink == sink))
    )


def _is_due(now: datetime) -> Any:
    return or_(deliveries.c.id.is_(None), and_(deliveries.c.outcome.in_(_WAITING), deliveries.c.due_at <= now))


def _due(txn: Connection, sink: str, now: datetime, *, after: int) -> list[Mapping[str, Any]]:
    """The next notifications that are due, but for those whose record has an earlier one that is not."""
    earlier, held = notifications.alias("earlier"), deliveries.alias("held")
    behind = exists().where(
        earlier.c.case_id == notifications.c.case_id,
        earlier.c.id < notifications.c.id,
        held.c.notification_id == earlier.c.id,
        held.c.sink == sink,
        held.c.outcome.in_(_WAITING),
        held.c.due_at > now,
    )
    query = (
        rendering.everything()
        .add_columns(deliveries.c.attempts)
        .select_from(rendering.joined(_staged_for(sink)))
        .where(_is_due(now), notifications.c.id > after, ~behind)
        .order_by(notifications.c.id)
        .limit(_BATCH)
    )
    return [dict(row) for row in txn.execute(query).mappings()]


def _count_due(txn: Connection, sink: str, now: datetime) -> int:
    counted: int = txn.execute(select(func.count()).select_from(_staged_for(sink)).where(_is_due(now))).scalar_one()
    return counted


def _count_waiting(txn: Connection, sink: str) -> int:
    waiting = or_(deliveries.c.id.is_(None), deliveries.c.outcome.in_(_WAITING))
    counted: int = txn.execute(select(func.count()).select_from(_staged_for(sink)).where(waiting)).scalar_one()
    return counted
