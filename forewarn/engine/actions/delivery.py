"""Delivery: hand staged notifications to the sinks."""

from __future__ import annotations

from forewarn.engine import delivering
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import DeliveryReport, Progress


def deliver(site: OpenSite, *, progress: Progress | None = None) -> DeliveryReport:
    """Deliver what is staged and due, each notification to each sink, outside every transaction.

    At least once under a stable event id, in order a record. A sink that raises, or answers nonsense, is contained: its
    notifications are retried with backoff, other sinks go on.
    """
    return delivering.deliver(site, progress=progress)
