"""The site on one page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from forewarn.engine import parking, queue_admin, states
from forewarn.engine.delivery_queue import takers
from forewarn.engine.delivery_reports import EventsState, SiteStatus
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite
from forewarn.engine.publishing import publisher
from forewarn.engine.receiving import dead_letters
from forewarn.engine.schema.deciding import due_times, rulebooks
from forewarn.engine.schema.work import incidents
from forewarn.engine.tickets.staging import has_rules
from forewarn.engine.working import workers_of


def status(site: OpenSite) -> SiteStatus:
    """How the site is: all that its store knows at this time, and what is wrong but contained."""
    now = site.clock.now()
    with site.store.read() as txn:
        live = txn.execute(
            select(rulebooks.c.fingerprint, rulebooks.c.live_at)
            .order_by(rulebooks.c.live_at.desc(), rulebooks.c.id.desc())
            .limit(1)
        ).first()
        queues = tuple(queue_admin.state(txn, site, name, now) for name in site.sinks)
        attention = {
            "events the rules could not be run for": len(dead_letters.waiting(txn)),
            "steps parked by a faulty table": len(parking.waiting(txn)),
            "notifications given up": sum(queue.given_up for queue in queues),
        }
        open_incidents, rules_due = _open_incidents(txn), _rules_due(txn, now)
    url = site.store.engine.url
    return SiteStatus(
        name=site.root.name,
        at=now,
        database=url.render_as_string(hide_password=True),
        rules_version=live.fingerprint[:12] if live else None,
        rules_live_since=live.live_at if live else None,
        open_incidents=open_incidents,
        rules_due=rules_due,
        queues=queues,
        events=EventsState(sinks=takers(site, TICKET_EVENTS), rules=has_rules(site)),
        publishers=publisher.states(site),
        workers=workers_of(site),
        attention=attention,
        warnings=site.warnings,
    )


def _open_incidents(txn: Connection) -> int:
    count: int = txn.execute(select(func.count()).where(incidents.c.phase == states.OPEN)).scalar_one()
    return count


def _rules_due(txn: Connection, now: datetime) -> int:
    due = select(func.count()).where(due_times.c.done_at.is_(None), due_times.c.due_at <= now)
    count: int = txn.execute(due).scalar_one()
    return count
