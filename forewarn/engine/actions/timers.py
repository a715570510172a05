"""Event rules in time: look at what is due, and at what the rules could not be run for."""

from __future__ import annotations

from datetime import datetime

from forewarn.engine import timers
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import dead_letters
from forewarn.engine.reports import DeadEvent, DeadEventsReport, Progress, TickReport


def run_due(
    site: OpenSite, *, now: datetime | None = None, asked_by: str = "event rules", progress: Progress | None = None
) -> TickReport:
    """Look at every rule whose time has passed: an event stayed away that it waited for (B6).

    ``now`` is the aware time up to which rules are due (the site's clock by default). Each is looked at in a
    transaction of its own, oldest first, and once, whoever else looks at the same time.
    Raises `RulesUnavailable` where something is due and event rules cannot run.
    """
    return timers.run_due(site, now=now, asked_by=asked_by, progress=progress)


def list_dead_letters(site: OpenSite) -> tuple[DeadEvent, ...]:
    """The events that the rules could not be run for, with their facts, oldest first."""
    with site.store.read() as txn:
        return dead_letters.waiting(txn)


def retry_dead_letters(site: OpenSite, *, asked_by: str) -> DeadEventsReport:
    """Show the dead letters to the rules again, each in a transaction of its own.

    What was done for them in the meantime stays: an alert that has an incident by now gets no other.
    """
    return timers.retry_dead_letters(site, asked_by=asked_by)
