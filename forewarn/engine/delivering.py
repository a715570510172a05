"""Delivery: what is staged goes to each sink, claimed in batches, outside every transaction, at least once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, update

from forewarn.engine import rendering, sink_health
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.reports import DeliveryReport, Progress, SinkReport
from forewarn.engine.schema.delivery import deliveries, notification_batches, notifications, sinks
from forewarn.engine.schema.work import cases
from forewarn.engine.sink_calls import SinkCalls, SinkFailed
from forewarn.errors import BadMessage, NotFound
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

CLAIMED = "claimed"
DEAD = "dead"

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
    know_sinks(site)
    reports = tuple(_deliver_to(site, name, configuration, progress) for name, configuration in site.sinks.items())
    with site.store.read() as txn:
        waiting = sum(count_waiting(txn, name) for name in site.sinks)
    return DeliveryReport(sinks=reports, waiting=waiting)


def _deliver_to(site: OpenSite, name: str, configuration: SinkConfiguration, progress: Progress | None) -> SinkReport:
    with site.store.read() as txn:
        health = sink_health.health_of(txn, name)
        total = _count_due(txn, name, site.clock.now())
    if health.rests(site.clock.now()):
        return SinkReport(name, failure=_resting(health), resting_until=health.resting_until)
    round_ = _Round(site, name, configuration)
    try:
        sink = SinkCalls(site, name, configuration)
    except SinkFailed as failure:
        round_.report.failure = str(failure)
        round_.failed(failure)
        return round_.report.frozen()
    done = 0
    while not round_.over and (claimed := round_.claim()):
        for batch in _one_a_record(claimed):
            round_.deliver(sink, batch)
        done += len(claimed)
        if progress is not None:
            progress(f"delivery to {name}", done, total)
    if not round_.hung:
        try:
            sink.close()
        except SinkFailed as failure:
            round_.report.failure = str(failure)  # what was delivered stays delivered
    return round_.report.frozen()


def _resting(health: sink_health.Health) -> str:
    return f"it rests until {health.resting_until:%H:%M:%S} UTC after {health.failures} failures: {health.reason}"


@dataclass(slots=True)
class _Tally:
    """What one sink did, while it is doing it."""

    sink: str
    counts: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    failure: str | None = None
    resting_until: datetime | None = None

    def say(self, reason: str) -> None:
        if reason not in self.reasons and len(self.reasons) < _REASONS:
            self.reasons.append(reason)

    def note(self, outcome: str, reason: str | None) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        if reason and outcome != Outcome.DELIVERED:
            self.say(reason)

    def frozen(self) -> SinkReport:
        return SinkReport(
            sink=self.sink,
            delivered=self.counts.get(Outcome.DELIVERED, 0),
            retry=sum(self.counts.get(outcome, 0) for outcome in _WAITING),
            refused=self.counts.get(Outcome.REFUSED, 0) + self.counts.get(DEAD, 0),
            reasons=tuple(self.reasons),
            failure=self.failure,
            resting_until=self.resting_until,
        )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A notification that this round holds for a sink."""

    id: int
    case_id: int
    event: str
    attempts: int
    row: Mapping[str, Any]


_Ready = tuple[_Claimed, Notification]


class _Round:
    """One round of delivery to one sink. It is ``over`` when the sink rests; one that ``hung`` is not called again."""

    def __init__(self, site: OpenSite, name: str, configuration: SinkConfiguration) -> None:
        self._site = site
        self._name = name
        self._configuration = configuration
        self._after = 0
        self._blocked: set[int] = set()
        self._ailing: bool | None = None
        self.over = False
        self.hung = False
        self.report = _Tally(name)

    def failed(self, failure: SinkFailed) -> None:
        """Note that a call failed as a whole; after several in a row the round is over and the sink rests."""
        self._ailing = True
        with self._site.store.write() as txn:
            health = sink_health.note_failure(
                txn,
                self._name,
                self._site.clock.now(),
                reason=str(failure),
                rest_after=self._configuration.rest_after,
                hung=failure.hung,
            )
        if health.resting_until is not None:
            self.over, self.hung = True, failure.hung
            self.report.resting_until = health.resting_until
            self.report.failure = _resting(health)

    def worked(self) -> None:
        """Note that a call went well, where the store does not know so already."""
        if self._ailing is None:
            with self._site.store.read() as txn:
                self._ailing = sink_health.health_of(txn, self._name).failures > 0
        if self._ailing:
            self._ailing = False
            with self._site.store.write() as txn:
                sink_health.note_success(txn, self._name)

    def claim(self) -> list[_Claimed]:
        """Hold the next notifications that are due, oldest first."""
        now = self._site.clock.now()
        most, rate = self._configuration.batch, self._configuration.per_minute
        with self._site.store.write() as txn:
            if rate is not None:
                most = min(most, sink_health.allowance(txn, self._name, now, rate))
            rows = _due(txn, self._name, now, after=self._after, most=max(most, 1))
            if rows and most == 0:
                self.report.say(f"it takes at most {rate} a minute: the rest goes later")
                return []
            if not rows:
                return []
            if rate is not None:
                sink_health.spend(txn, self._name, now, len(rows))
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

    def deliver(self, sink: SinkCalls, batch: Sequence[_Claimed]) -> None:
        """Render and hand over a batch; a record whose earlier notification did not go through waits behind it."""
        results: dict[int, DeliveryResult] = {}
        ready: list[_Ready] = []
        for claimed in () if self.over else batch:
            if claimed.case_id in self._blocked:
                reason = "an earlier notification of the same record waits"
                results[claimed.id] = DeliveryResult(claimed.row["event_id"], Outcome.RETRY, reason)
                continue
            try:
                ready.append((claimed, rendering.render(self._site, claimed.row)))
            except (BadMessage, NotFound) as problem:
                results[claimed.id] = DeliveryResult(claimed.row["event_id"], Outcome.RETRY, str(problem))
        if ready:
            results |= self._hand_over(sink, ready)
        self._write([one for one in batch if one.id in results], results)
        self._release([one for one in batch if one.id not in results])

    def _hand_over(self, sink: SinkCalls, ready: Sequence[_Ready]) -> dict[int, DeliveryResult]:
        """The sink's answers. Where it raises for several they are handed over one by one, so that one notification
        that it cannot bear does not hold the others; those that it was not asked for any more have no answer.
        """
        try:
            return self._call(sink, ready)
        except SinkFailed as failure:
            if len(ready) > 1 and not failure.hung:
                results: dict[int, DeliveryResult] = {}
                for one in ready:
                    if not self.over:
                        results |= self._hand_over(sink, [one])
                return results
            self.failed(failure)
            return {
                claimed.id: DeliveryResult(notification.event_id, Outcome.RETRY, str(failure))
                for claimed, notification in ready
            }

    def _call(self, sink: SinkCalls, ready: Sequence[_Ready]) -> dict[int, DeliveryResult]:
        answers = sink.deliver([notification for _, notification in ready])
        results = {claimed.id: answers[notification.event_id] for claimed, notification in ready}
        down = [one for one in results.values() if one.outcome in (Outcome.RETRY, Outcome.NEEDS_CREDENTIALS)]
        if len(down) == len(results):
            self.failed(SinkFailed(down[0].reason or down[0].outcome.value))
        else:
            self.worked()
        return results

    def _release(self, unasked: Sequence[_Claimed]) -> None:
        """Let go of what was claimed for a sink that rests now: it was not tried, and that is not held against it."""
        if not unasked:
            return
        now = self._site.clock.now()
        values = [
            {"one": claimed.id, "attempts": claimed.attempts - 1, "due_at": self.report.resting_until or now, "at": now}
            for claimed in unasked
        ]
        self.report.counts[Outcome.RETRY] = self.report.counts.get(Outcome.RETRY, 0) + len(unasked)
        with self._site.store.write() as txn:
            txn.execute(
                update(deliveries)
                .where(deliveries.c.sink == self._name, deliveries.c.notification_id == bindparam("one"))
                .values(outcome=Outcome.RETRY.value, reason="the sink rests"),
                values,
            )

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


def know_sinks(site: OpenSite) -> None:
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


def _due(txn: Connection, sink: str, now: datetime, *, after: int, most: int) -> list[Mapping[str, Any]]:
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
        .limit(most)
    )
    return [dict(row) for row in txn.execute(query).mappings()]


def _count_due(txn: Connection, sink: str, now: datetime) -> int:
    counted: int = txn.execute(select(func.count()).select_from(_staged_for(sink)).where(_is_due(now))).scalar_one()
    return counted


def count_waiting(txn: Connection, sink: str) -> int:
    """How many notifications a sink is still to get."""
    waiting = or_(deliveries.c.id.is_(None), deliveries.c.outcome.in_(_WAITING))
    counted: int = txn.execute(select(func.count()).select_from(_staged_for(sink)).where(waiting)).scalar_one()
    return counted
