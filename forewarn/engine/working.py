"""Working: rules that are due and deliveries, one pass after the other, in as many processes as there are.

Processes share a database and nothing else: each due rule is looked at in a transaction of its own, each delivery is
claimed. A process that is asked to stop finishes the call that it is in, lets go of what it holds, and says goodbye.
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from forewarn.engine import timers
from forewarn.engine.delivering import Round
from forewarn.engine.delivery_reports import WorkerState, WorkReport
from forewarn.engine.open_site import OpenSite
from forewarn.engine.producer import LOG
from forewarn.engine.schema.delivery import workers
from forewarn.errors import ForewarnError, RulesUnavailable

ALIVE = timedelta(seconds=60)
"""A process that was not seen for so long is taken for dead."""
_BEAT = 10.0
_FORGOTTEN = timedelta(days=1)


@dataclass(slots=True)
class Working:
    """What a process has done so far; ``last_pass`` is when it was through with all that was due."""

    passes: int = 0
    delivered: int = 0
    rules_looked_at: int = 0
    failures: list[str] = field(default_factory=list)
    last_pass: datetime | None = None

    def failed(self, what: str) -> None:
        """Keep what went wrong, each once."""
        LOG.error("%s", what)
        if what not in self.failures:
            self.failures.append(what)

    def report(self) -> WorkReport:
        """As it is handed back."""
        return WorkReport(self.passes, self.delivered, self.rules_looked_at, tuple(self.failures))


def work(site: OpenSite, stop: threading.Event, *, once: bool, pause: float, asked_by: str, done: Working) -> None:
    """Look at rules that are due and deliver what is due, until ``stop`` is set; with ``once`` until nothing is due.

    Between two passes it waits ``pause`` seconds. ``done`` is filled as it goes on.
    """
    with _known(site, done):
        while not stop.is_set():
            _pass(site, stop, asked_by, done)
            if once:
                return
            stop.wait(pause)


def _pass(site: OpenSite, stop: threading.Event, asked_by: str, done: Working) -> None:
    """Everything that is due now. What fails is told, and tried again in the next pass."""
    try:
        report = timers.run_due(site, now=None, asked_by=asked_by, progress=None)
        done.rules_looked_at += report.done
        for note in report.notes:
            LOG.warning("event rules: %s", note)
    except RulesUnavailable as problem:
        done.failed(f"event rules: {problem}")
    try:
        with Round(site, stopped=stop.is_set) as round_:
            while round_.turn():
                pass
    except ForewarnError as problem:
        done.failed(f"delivery: {problem}")
    else:
        done.delivered += sum(sink.delivered for sink in round_.reports)
        for sink in round_.reports:
            if sink.failure:
                done.failed(f"sink {sink.sink}: {sink.failure}")
    done.passes += 1
    done.last_pass = site.clock.now()


@contextmanager
def _known(site: OpenSite, done: Working) -> Iterator[None]:
    """Stand among the workers of the store, seen every few seconds, until the block ends."""
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    now = site.clock.now()
    with site.store.write() as txn:
        txn.execute(delete(workers).where(workers.c.seen_at < now - _FORGOTTEN))
        txn.execute(insert(workers).values(name=name, started_at=now, seen_at=now, delivered=0, rules_looked_at=0))
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(site, name, done, over), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with site.store.write() as txn:
            txn.execute(delete(workers).where(workers.c.name == name))


def _beat(site: OpenSite, name: str, done: Working, over: threading.Event) -> None:
    while not over.wait(_BEAT):
        seen = {"seen_at": site.clock.now(), "delivered": done.delivered, "rules_looked_at": done.rules_looked_at}
        try:
            with site.store.write() as txn:
                txn.execute(update(workers).where(workers.c.name == name).values(**seen))
        except ForewarnError as problem:
            LOG.warning("heartbeat: %s", problem)


def workers_of(site: OpenSite) -> tuple[WorkerState, ...]:
    """The processes that work on the store, those that died in the last day included."""
    now = site.clock.now()
    with site.store.read() as txn:
        rows = txn.execute(select(workers).order_by(workers.c.started_at, workers.c.id)).mappings()
        return tuple(
            WorkerState(
                name=row["name"],
                started_at=row["started_at"],
                seen_at=row["seen_at"],
                alive=now - row["seen_at"] < ALIVE,
                delivered=row["delivered"],
                rules_looked_at=row["rules_looked_at"],
            )
            for row in rows
        )
