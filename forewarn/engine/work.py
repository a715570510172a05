"""One action in one transaction: what every step of it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from forewarn.engine import observing
from forewarn.engine.open_site import OpenSite
from forewarn.plugins.api import RecordChange


@dataclass(frozen=True, slots=True)
class Work:
    """An action that is going on: the site, its open transaction, the one time of it, and who asked."""

    site: OpenSite
    txn: Connection
    now: datetime
    asked_by: str


@contextmanager
def begin(site: OpenSite, asked_by: str) -> Iterator[Work]:
    """Begin an action: everything done with the `Work` is committed together, or not at all.

    Record observers of plugins are asked at its end, and may refuse it (`Refused`); they are told when it is committed.
    """
    watched = bool(site.extensions.record_observers)
    changes: tuple[RecordChange, ...] = ()
    with site.store.write() as txn:
        before = observing.last_entry(txn) if watched else 0
        yield Work(site=site, txn=txn, now=site.clock.now(), asked_by=asked_by)
        if watched:
            changes = observing.changes_since(txn, before, asked_by=asked_by)
        if changes:
            observing.before_commit(site, changes)
    if changes:
        observing.after_commit(site, changes)
