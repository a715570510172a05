"""Staged rows without the records behind them, sinks that say on disk what they were handed, and workers to kill."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from forewarn.engine.actions.delivery import deliver
from forewarn.engine.clock import SystemClock
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite, SinkConfiguration
from forewarn.engine.schema.delivery import deliveries, notification_batches, notifications
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

OPEN = {"state": "New", "phase": "open"}
EACH = 4
"""So many events has a ticket, unless a test says otherwise."""


def stage(site: OpenSite, count: int, *, each: int = EACH) -> list[str]:
    """Stage ``count`` events for the sink ``recorder``, ``each`` of a ticket, mixed; returns their event ids."""
    now = site.clock.now()
    tickets = max(count // each, 1)
    rows = [
        {"id": one + 1, "event_id": f"e{one:06d}", "batch_id": 1, "ticket": f"CS{one % tickets:07d}", "snapshot": OPEN}
        for one in range(count)
    ]
    waiting = {"sink": "recorder", "outcome": "waiting", "attempts": 0, "due_at": now, "at": now}
    batch = {"id": 1, "kind": TICKET_EVENTS, "event": "Create Trouble Ticket Event for Case", "record_kind": "case"}
    with site.store.write() as txn:
        txn.execute(insert(notification_batches).values(**batch, incident={}, staged_at=now))
        txn.execute(insert(notifications), rows)
        txn.execute(insert(deliveries), [{"notification_id": row["id"], **waiting} for row in rows])
    return [str(row["event_id"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Handed:
    """One event that a sink was handed: by which process, and from when to when it had it (system-wide clock)."""

    event_id: str
    ticket: str
    process: int
    began: int
    ended: int


class NotingSink:
    """Appends what it is handed to a file, one line a batch, after ``before`` was called."""

    def __init__(self, path: Path, before: Callable[[], None] = lambda: None) -> None:
        self._path = path
        self._before = before

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        began = time.monotonic_ns()
        self._before()
        line = json.dumps([os.getpid(), began, time.monotonic_ns(), [[one.event_id, one.record] for one in batch]])
        with self._path.open("a") as file:
            file.write(line + "\n")
        return [DeliveryResult(one.event_id, Outcome.DELIVERED) for one in batch]

    def close(self) -> None:
        pass


def handed(path: Path) -> list[Handed]:
    """What the sinks of all processes were handed, as their file says."""
    found = []
    for line in path.read_text().splitlines():
        process, began, ended, events = json.loads(line)
        found += [Handed(event_id, ticket, process, began, ended) for event_id, ticket in events]
    return found


def serving(site: OpenSite, sink: Any, **options: Any) -> OpenSite:
    """The site on the machine's clock, with this sink taking events."""
    configuration = SinkConfiguration("noting", takes=(TICKET_EVENTS,), **options)
    extensions = replace(site.extensions, sinks={"noting": lambda settings: sink})
    return replace(site, sinks={"recorder": configuration}, extensions=extensions, clock=SystemClock())


def in_process(target: Callable[..., None], *arguments: Any) -> Any:
    """A process of its own that does this, started."""
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    process.start()
    return process


def deliver_all(make: Callable[..., OpenSite], folder: Path, path: Path, together: Any) -> None:
    """In a process of its own: rounds of delivery until nothing waits. The first batch of each is in hand ``together``
    with those of the others.
    """
    waited: list[bool] = []

    def first_together() -> None:
        if not waited:
            waited.append(True)
            together.wait(100)

    site = serving(make(folder, clock=SystemClock()), NotingSink(path, first_together), batch=50)
    report = deliver(site)
    while report.waiting:
        # What is wrong with the rows themselves would be tried for ever.
        assert not report.sinks[0].retry, report.sinks[0].reasons
        time.sleep(0.01)
        report = deliver(site)


def rows_of(site: OpenSite) -> list[Any]:
    """All rows of the queue, in order."""
    with site.store.read() as txn:
        return list(txn.execute(select(deliveries).order_by(deliveries.c.notification_id)).all())
