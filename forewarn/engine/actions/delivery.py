"""Delivery: hand staged notifications to the sinks, and look after the sinks."""

from __future__ import annotations

from forewarn.engine import delivering
from forewarn.engine import sinks as engine_sinks
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import DeliveryReport, Progress, SinkState
from forewarn.plugins.api import DeliveryResult


def deliver(site: OpenSite, *, progress: Progress | None = None) -> DeliveryReport:
    """Deliver what is staged and due, each notification to each sink, outside every transaction.

    At least once under a stable event id, in order a record. A sink that raises, hangs or answers nonsense is
    contained: its notifications are retried with backoff, other sinks go on. After several failures in a row it rests.
    """
    return delivering.deliver(site, progress=progress)


def sinks(site: OpenSite) -> tuple[SinkState, ...]:
    """How each sink of the site is doing: what waits for it, what it refused, whether it rests."""
    return engine_sinks.states(site)


def replay(site: OpenSite, sink: str) -> int:
    """Let everything that a sink refused, or that was given up, be due again, and end the sink's rest.

    Returns how many notifications that are; they keep their event ids. Raises NotFound where no such sink is on.
    """
    return engine_sinks.replay(site, sink)


def try_sink(site: OpenSite, sink: str, *, address: str | None = None) -> DeliveryResult:
    """Open a sink and hand it one notification that concerns nobody, to ``address``; the sink's answer.

    Raises NotFound where no such sink is on.
    """
    return engine_sinks.try_sink(site, sink, address=address)
