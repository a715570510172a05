"""Delivery: hand staged notifications to the sinks, and look after the sinks."""

from __future__ import annotations

from forewarn.engine import delivering, queue_admin
from forewarn.engine import sinks as engine_sinks
from forewarn.engine.delivery_reports import QueueReport
from forewarn.engine.open_site import OpenSite
from forewarn.engine.queue_admin import EVERYTHING, Chosen
from forewarn.engine.reports import DeliveryReport, Progress, SinkState
from forewarn.plugins.api import DeliveryResult

__all__ = ["EVERYTHING", "Chosen", "deliver", "queue", "replay", "retry", "sinks", "skip", "try_sink"]


def deliver(site: OpenSite, *, progress: Progress | None = None) -> DeliveryReport:
    """Deliver what is staged and due, each notification to each sink, outside every transaction.

    At least once under a stable event id, in order a record. A sink that raises, hangs or answers nonsense is
    contained: its notifications are retried with backoff, other sinks go on. After several failures in a row it rests.
    """
    return delivering.deliver(site, progress=progress)


def sinks(site: OpenSite) -> tuple[SinkState, ...]:
    """How each sink of the site is doing: what waits for it, what it refused, whether it rests."""
    return engine_sinks.states(site)


def queue(site: OpenSite, chosen: Chosen = EVERYTHING, *, limit: int = 100) -> QueueReport:
    """How the queue of each sink stands, with what was given up; of chosen tickets and events all that is staged.

    At most ``limit`` notifications are listed. Raises NotFound for a sink, ticket or event that there is not.
    """
    return queue_admin.report(site, chosen, limit=limit)


def retry(site: OpenSite, chosen: Chosen = EVERYTHING) -> int:
    """Let what waits for its next attempt be due at once, and end the rest of its sinks.

    Returns how many notifications that are. Raises NotFound as `queue` does.
    """
    return queue_admin.retry(site, chosen)


def replay(site: OpenSite, chosen: Chosen = EVERYTHING, *, delivered: bool = False) -> int:
    """Let what was refused, given up or skipped be due again, and end the rest of its sinks.

    With ``delivered`` what was delivered goes out again too, of named tickets and events only. Returns how many
    notifications that are; they keep their event ids. Raises NotFound as `queue` does, and Refused.
    """
    return queue_admin.replay(site, chosen, delivered=delivered)


def skip(site: OpenSite, chosen: Chosen, *, asked_by: str) -> int:
    """Leave out notifications that wait or were given up, so that later ones of their tickets go on.

    Returns how many that are; `replay` takes it back. Raises NotFound as `queue` does, and Refused where none is named.
    """
    return queue_admin.skip(site, chosen, asked_by=asked_by)


def try_sink(site: OpenSite, sink: str, *, address: str | None = None) -> DeliveryResult:
    """Open a sink and hand it one notification that concerns nobody, to ``address``; the sink's answer.

    Raises NotFound where no such sink is on.
    """
    return engine_sinks.try_sink(site, sink, address=address)
