"""Work that goes on by itself, and how the site is."""

from __future__ import annotations

import threading

from forewarn.engine import site_status
from forewarn.engine import working as engine_working
from forewarn.engine.delivery_reports import SiteStatus, WorkReport
from forewarn.engine.open_site import OpenSite
from forewarn.engine.working import Working

__all__ = ["Working", "status", "work"]


def work(
    site: OpenSite,
    *,
    stop: threading.Event | None = None,
    once: bool = False,
    pause: float = 1.0,
    asked_by: str = "event rules",
    done: Working | None = None,
) -> WorkReport:
    """Look at event rules that are due and deliver what is due, again and again (S3 "Producer framework workflow").

    It goes on until ``stop`` is set, with ``once`` until nothing is due; between two passes it waits ``pause`` seconds.
    Several processes may do so on one database. ``done``, where given, shows what was done so far.
    """
    done = done if done is not None else Working()
    engine_working.work(site, stop or threading.Event(), once=once, pause=pause, asked_by=asked_by, done=done)
    return done.report()


def status(site: OpenSite) -> SiteStatus:
    """Store, rules version, queues with their oldest, sinks' health, publisher, workers, and what needs somebody."""
    return site_status.status(site)
