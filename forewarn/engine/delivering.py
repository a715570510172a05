"""Delivery: what is staged goes to each sink, claimed in batches, outside every transaction, at least once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType

from forewarn.engine import delivery_queue as queue
from forewarn.engine import sink_health
from forewarn.engine.delivery_run import Run, Tally, resting
from forewarn.engine.open_site import OpenSite
from forewarn.engine.producer import LEVELS, LOG, Producer, read_producer
from forewarn.engine.publishing.bus import open_calls
from forewarn.engine.publishing.choosing import carries
from forewarn.engine.reports import DeliveryReport, Progress, SinkReport
from forewarn.engine.sink_calls import SinkCalls, SinkFailed


def deliver(site: OpenSite, *, progress: Progress | None) -> DeliveryReport:
    """One round of delivery: the sinks take turns, a run of the producer each, until nothing is due for any."""
    with Round(site, open_idle=True) as round_:
        while round_.turn(progress):
            pass
    with site.store.read() as txn:
        waiting = sum(queue.count_waiting(txn, name) for name in site.sinks)
    return DeliveryReport(sinks=round_.reports, waiting=waiting)


Stopped = Callable[[], bool]
"""Whether it is time to let go."""


class Round:
    """A round of delivery to the sinks of a site, but for those of a publisher that is off. A sink is opened when
    something is due for it, and closed with the round; with ``open_idle`` it is opened in any case, to see whether it
    can be. Once ``stopped`` says so nothing is handed over any more, and what is held is let go of.
    """

    def __init__(self, site: OpenSite, *, open_idle: bool = False, stopped: Stopped = lambda: False) -> None:
        self._site = site
        self._producer = read_producer(site.rulebook.library.properties)
        LOG.setLevel(LEVELS[self._producer.level])
        self._turns = {
            name: _SinkTurns(site, name, self._producer, open_idle=open_idle, stopped=stopped)
            for name, sink in site.sinks.items()
            if carries(site, sink)
        }

    def __enter__(self) -> Round:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            for turns in self._turns.values():
                stack.callback(turns.close)

    def turn(self, progress: Progress | None = None) -> bool:
        """One run of the producer for each sink; whether there may be more to do."""
        more = [turns.run(progress) for turns in self._turns.values()]
        return any(more)

    @property
    def reports(self) -> tuple[SinkReport, ...]:
        """What each sink did so far."""
        return tuple(turns.tally.frozen() for turns in self._turns.values())


class _SinkTurns:
    """The runs of one round for one sink."""

    def __init__(self, site: OpenSite, name: str, producer: Producer, *, open_idle: bool, stopped: Stopped) -> None:
        self._site = site
        self._name = name
        self._open_idle = open_idle
        self._stopped = stopped
        self._configuration = site.sinks[name]
        self._producer = producer
        self._calls: SinkCalls | None = None
        self._run: Run | None = None
        self._over = False
        self._done = 0
        self._total = 0
        self.tally = Tally(name)

    def run(self, progress: Progress | None) -> bool:
        """Take one run's worth of what is due; whether there may be more."""
        if self._over or self._stopped():
            return False
        run = self._run or self._begin()
        if run is None or self._calls is None:
            self._over = True
            return False
        ends = time.monotonic() + self._producer.max_time / 1000
        taken = 0
        while not run.over and not self._stopped() and taken < self._producer.max_records:
            claimed = run.claim(min(self._producer.batch_limit, self._producer.max_records - taken))
            if not claimed:
                self._over = True
                break
            for batch in _one_a_ticket(claimed):
                run.deliver(self._calls, batch, late=lambda: self._stopped() or time.monotonic() > ends)
            taken += len(claimed)
            self._done += len(claimed)
            if progress is not None:
                progress(f"delivery to {self._name}", self._done, max(self._total, self._done))
            if time.monotonic() > ends:
                text = f"a run took longer than {self._producer.max_time:,} ms"
                self.tally.say(text)
                LOG.error("sink %s: %s", self._name, text)
                break
        LOG.info("sink %s: a run took %d of the queue", self._name, taken)
        self._over = self._over or run.over
        return not self._over

    def _begin(self) -> Run | None:
        """Open the sink, unless it rests or has nothing to do."""
        now = self._site.clock.now()
        with self._site.store.read() as txn:
            health = sink_health.health_of(txn, self._name)
            self._total = queue.count_due(txn, self._name, now)
        if health.rests(now):
            self.tally.failure, self.tally.resting_until = resting(health), health.resting_until
            return None
        if not self._total and not self._open_idle:
            return None
        run = Run(self._site, self._name, self._producer, self.tally)
        try:
            self._calls = open_calls(self._site, self._name, self._configuration)
        except SinkFailed as failure:
            self.tally.failure = str(failure)
            run.failed(failure)
            return None
        self._run = run
        return run

    def close(self) -> None:
        """Let the sink let go of what it holds; one that hangs is left alone."""
        if self._calls is None or (self._run is not None and self._run.hung):
            return
        try:
            self._calls.close()
        except SinkFailed as failure:
            self.tally.failure = str(failure)  # what was delivered stays delivered


def _one_a_ticket(claimed: Sequence[queue.Claimed]) -> Iterator[list[queue.Claimed]]:
    """Split a claim so that no batch holds two notifications of one ticket: the sink keeps their order then."""
    left = list(claimed)
    while left:
        seen: set[str] = set()
        batch: list[queue.Claimed] = []
        later: list[queue.Claimed] = []
        for one in left:
            (later if one.ticket in seen else batch).append(one)
            seen.add(one.ticket)
        yield batch
        left = later
