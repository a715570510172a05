"""One sink's share of a round of delivery: claim, render, hand over, record."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, update

from forewarn.engine import delivery_queue as queue
from forewarn.engine import rendering, sink_health
from forewarn.engine.delivery_queue import Claimed, Recorded
from forewarn.engine.notifications import CASE_CREATED
from forewarn.engine.open_site import OpenSite
from forewarn.engine.producer import LEVELS, LOG, Producer
from forewarn.engine.reports import SinkReport
from forewarn.engine.schema.work import cases
from forewarn.engine.sink_calls import SinkCalls, SinkFailed
from forewarn.errors import BadMessage, DecisionError, NotFound
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

ATTEMPTS = 10
"""After so many attempts a notification is dead: it is kept, and not tried again by itself."""
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_REASONS = 5

Ready = tuple[Claimed, Notification]


@dataclass(slots=True)
class Tally:
    """What one sink did, while it is doing it."""

    sink: str
    counts: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    failure: str | None = None
    resting_until: datetime | None = None

    def say(self, reason: str) -> None:
        """Keep a reason, among the first few."""
        if reason not in self.reasons and len(self.reasons) < _REASONS:
            self.reasons.append(reason)

    def note(self, outcome: str, reason: str | None, count: int = 1) -> None:
        """Count an outcome."""
        self.counts[outcome] = self.counts.get(outcome, 0) + count
        if reason and outcome != Outcome.DELIVERED:
            self.say(reason)

    def frozen(self) -> SinkReport:
        """As it is reported."""
        return SinkReport(
            sink=self.sink,
            delivered=self.counts.get(Outcome.DELIVERED, 0),
            retry=sum(self.counts.get(outcome, 0) for outcome in queue.UNSETTLED),
            refused=self.counts.get(Outcome.REFUSED, 0) + self.counts.get(queue.DEAD, 0),
            reasons=tuple(self.reasons),
            failure=self.failure,
            resting_until=self.resting_until,
        )


def resting(health: sink_health.Health) -> str:
    """That a sink rests, in words."""
    return f"it rests until {health.resting_until:%H:%M:%S} UTC after {health.failures} failures: {health.reason}"


class Run:
    """What a round does for one sink. It is ``over`` when the sink rests; one that ``hung`` is not called again.

    What it holds it holds by one claim. The lease of that is as long as a call of the sink may take, and renewed before
    each call: a process that stood still for longer finds that others hold its notifications, and records nothing.
    """

    def __init__(self, site: OpenSite, name: str, producer: Producer, report: Tally) -> None:
        self._site = site
        self._name = name
        self._producer = producer
        self._configuration = site.sinks[name]
        self._claim = uuid.uuid4().hex
        self._lease = queue.lease(self._configuration.time_limit)
        self._outstanding: dict[int, str] = {}
        self._held_until: datetime | None = None
        self._after = 0
        self._blocked: set[str] = set()
        self._ailing: bool | None = None
        self.over = False
        self.hung = False
        self.report = report

    def failed(self, failure: SinkFailed) -> None:
        """Note that a call failed as a whole; after several in a row the round is over and the sink rests."""
        self._ailing = True
        LOG.error("sink %s: %s", self._name, failure)
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
            self.report.failure = resting(health)
            LOG.log(LEVELS["notice"], "sink %s: %s", self._name, self.report.failure)

    def worked(self) -> None:
        """Note that a call went well, where the store does not know so already."""
        if self._ailing is None:
            with self._site.store.read() as txn:
                self._ailing = sink_health.health_of(txn, self._name).failures > 0
        if self._ailing:
            self._ailing = False
            with self._site.store.write() as txn:
                sink_health.note_success(txn, self._name)

    def claim(self, most: int) -> list[Claimed]:
        """Hold the next notifications that are due, oldest first; none where other processes never let it."""
        for _ in range(self._producer.max_spin):
            with self._site.store.write() as txn:
                if queue.lock(txn, self._name):
                    return self._hold(txn, min(most, self._configuration.batch))
            time.sleep(self._producer.sleep / 1000)
        text = f"other processes held its queue at each of {self._producer.max_spin} attempts"
        self.report.say(text)
        LOG.warning("sink %s: %s", self._name, text)
        return []

    def _hold(self, txn: Connection, most: int) -> list[Claimed]:
        now, rate = self._site.clock.now(), self._configuration.per_minute
        if rate is not None:
            most = min(most, sink_health.allowance(txn, self._name, now, rate))
        rows = queue.due(txn, self._name, now, after=self._after, most=max(most, 1))
        if rows and most == 0:
            self.report.say(f"it takes at most {rate} a minute: the rest goes later")
            return []
        if not rows:
            return []
        if rate is not None:
            sink_health.spend(txn, self._name, now, len(rows))
        self._after = rows[-1]["id"]
        LOG.debug("sink %s: claimed %d, from %s on", self._name, len(rows), rows[0]["event_id"])
        self._held_until = now + self._lease
        held = queue.hold(txn, self._claim, rows, now, self._held_until)
        self._outstanding = {one.id: one.ticket for one in held}
        return held

    def deliver(self, sink: SinkCalls, batch: Sequence[Claimed], *, late: Callable[[], bool]) -> None:
        """Render and hand over a batch; a ticket whose earlier notification did not go through waits behind it.

        Once it is ``late`` nothing is handed over any more.
        """
        results: dict[int, DeliveryResult] = {}
        ready: list[Ready] = []
        for claimed in () if self.over or late() else batch:
            if claimed.ticket in self._blocked:
                continue
            try:
                ready.append((claimed, rendering.render(self._site, claimed.row, self._configuration)))
            except (BadMessage, DecisionError, NotFound) as problem:
                results[claimed.id] = DeliveryResult(claimed.event_id, Outcome.RETRY, str(problem))
        if ready:
            results |= self._hand_over(sink, ready)
        self._record(batch, results)

    def _hand_over(self, sink: SinkCalls, ready: Sequence[Ready]) -> dict[int, DeliveryResult]:
        """The sink's answers. Where it raises for several they are handed over one by one, so that one notification
        that it cannot bear does not hold the others; those that it was not asked for any more have no answer.
        """
        self._renew()
        ready = [one for one in ready if one[0].id in self._outstanding]
        if not ready:
            return {}
        try:
            return self._call(sink, ready)
        except SinkFailed as failure:
            if len(ready) > 1 and not failure.hung:
                results: dict[int, DeliveryResult] = {}
                for one in ready:
                    if not self.over:
                        results |= self._hand_over(sink, [one])
                return results
            self._renew()
            if not any(claimed.id in self._outstanding for claimed, _ in ready):
                # It was this process that stood still: others know better how the sink is.
                self.over, self.hung = True, failure.hung
                return {}
            self.failed(failure)
            return {
                claimed.id: DeliveryResult(notification.event_id, Outcome.RETRY, str(failure))
                for claimed, notification in ready
            }

    def _renew(self) -> None:
        """Hold what is claimed for one more call, where the lease would end before; forget what others hold by now."""
        now = self._site.clock.now()
        enough = now + timedelta(seconds=self._configuration.time_limit)
        if not self._outstanding or (self._held_until is not None and enough <= self._held_until):
            return
        self._held_until = now + self._lease
        with self._site.store.write() as txn:
            held = queue.renew(txn, self._name, self._claim, self._outstanding, self._held_until)
        lost = {id_: ticket for id_, ticket in self._outstanding.items() if id_ not in held}
        if lost:
            self._lose(lost)

    def _lose(self, lost: Mapping[int, str]) -> None:
        """What comes later of the tickets of these is not for this process either."""
        for id_, ticket in lost.items():
            self._outstanding.pop(id_, None)
            self._blocked.add(ticket)
        text = "its lease was over, and another process holds what it had claimed"
        self.report.say(text)
        LOG.warning("sink %s: %s (%d)", self._name, text, len(lost))

    def _call(self, sink: SinkCalls, ready: Sequence[Ready]) -> dict[int, DeliveryResult]:
        answers = sink.deliver([notification for _, notification in ready])
        results = {claimed.id: answers[notification.event_id] for claimed, notification in ready}
        down = [one for one in results.values() if one.outcome in (Outcome.RETRY, Outcome.NEEDS_CREDENTIALS)]
        if len(down) == len(results):
            self.failed(SinkFailed(down[0].reason or down[0].outcome.value))
        else:
            self.worked()
        return results

    def _record(self, batch: Sequence[Claimed], results: Mapping[int, DeliveryResult]) -> None:
        """Record what became of a batch, and let go of what was not tried: that is not held against it."""
        now = self._site.clock.now()
        recorded = [_settled(one, results[one.id], now) if one.id in results else _released(one, now) for one in batch]
        with self._site.store.write() as txn:
            kept = queue.record(txn, self._name, self._claim, recorded, now)
            told = [
                {"one": one.case_id}
                for one in batch
                if one.id in kept and one.id in results and _tells_customer(one, results[one.id])
            ]
            if told:
                txn.execute(
                    update(cases)
                    .where(cases.c.id == bindparam("one"), cases.c.communication_sent_at.is_(None))
                    .values(communication_sent_at=now),
                    told,
                )
        for claimed, one in zip(batch, recorded, strict=True):
            if one.due_at is not None:
                self._blocked.add(claimed.ticket)
            if one.id in kept:
                self._outstanding.pop(one.id, None)
                self._tell(claimed, one)
        lost = {one.id: one.ticket for one in batch if one.id in self._outstanding}
        if lost:
            self._lose(lost)

    def _tell(self, claimed: Claimed, one: Recorded) -> None:
        self.report.note(one.outcome, one.reason)
        if one.outcome == queue.DEAD:
            LOG.error("sink %s: %s is given up: %s", self._name, claimed.event_id, one.reason)
        elif one.outcome == Outcome.DELIVERED:
            LOG.debug("sink %s: %s was delivered", self._name, claimed.event_id)
        else:
            LOG.warning("sink %s: %s: %s %s", self._name, claimed.event_id, one.outcome, one.reason or "")


def _tells_customer(claimed: Claimed, result: DeliveryResult) -> bool:
    return result.outcome is Outcome.DELIVERED and claimed.event == CASE_CREATED


def _settled(claimed: Claimed, result: DeliveryResult, now: datetime) -> Recorded:
    """What a result means for the queue."""
    outcome = result.outcome.value
    if result.outcome is Outcome.RETRY and claimed.attempts >= ATTEMPTS:
        outcome = queue.DEAD
    again = now + (result.retry_after or _wait(claimed.attempts)) if outcome in queue.UNSETTLED else None
    return Recorded(claimed.id, outcome, result.reason, again, claimed.attempts)


def _released(claimed: Claimed, now: datetime) -> Recorded:
    return Recorded(claimed.id, queue.WAITING, claimed.row["reason"], now, claimed.attempts - 1)


def _wait(attempts: int) -> timedelta:
    """30 seconds, then twice as long each time, at most an hour."""
    doubled: timedelta = _FIRST_WAIT * int(2 ** min(attempts - 1, 12))
    return min(doubled, _LONGEST_WAIT)
