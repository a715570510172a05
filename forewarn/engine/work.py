"""One action in one transaction: what every step of it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from forewarn.engine.open_site import OpenSite


@dataclass(frozen=True, slots=True)
class Work:
    """An action that is going on: the site, its open transaction, the one time of it, and who asked."""

    site: OpenSite
    txn: Connection
    now: datetime
    asked_by: str


@contextmanager
def begin(site: OpenSite, asked_by: str) -> Iterator[Work]:
    """Begin an action: everything done with the `Work` is committed together, or not at all."""
    with site.store.write() as txn:
        yield Work(site=site, txn=txn, now=site.clock.now(), asked_by=asked_by)
