"""One action in one transaction: what every step of it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from forewarn.engine import observing
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite
from forewarn.engine.sealing import Appended, seal
from forewarn.plugins.api import RecordChange


@dataclass(frozen=True, slots=True)
class Work:
    """An action that is going on: the site, its open transaction, the one time of it, and who asked."""

    site: OpenSite
    txn: Connection
    now: datetime
    asked_by: str
    appended: Appended = field(default_factory=Appended)


@contextmanager
def begin(site: OpenSite, asked_by: str) -> Iterator[Work]:
    """Begin an action: everything done with the `Work` is committed together, or not at all.

    At its end, what it changed is staged for the systems that are told of it, and record observers of plugins are
    asked, who may refuse it (`Refused`); they are told when it is committed.
    """
    # It needs what actions are made of, and they this.
    from forewarn.engine.delivery_queue import takers  # noqa: PLC0415
    from forewarn.engine.tickets import staging  # noqa: PLC0415

    watched = bool(site.extensions.record_observers)
    told = bool(takers(site, TICKET_EVENTS))
    changes: tuple[RecordChange, ...] = ()
    with site.store.write() as txn:
        before = observing.last_entry(txn) if watched or told else 0
        work = Work(site=site, txn=txn, now=site.clock.now(), asked_by=asked_by)
        yield work
        if told:
            staging.stage(work, before)
        if watched:
            changes = observing.changes_since(txn, before, asked_by=asked_by)
        if changes:
            observing.before_commit(site, changes)
        seal(txn, work.appended, work.now)
    if changes:
        observing.after_commit(site, changes)
