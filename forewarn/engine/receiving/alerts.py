"""Alerts as records: a raised one is new, a clear is noted on the alert that it ends."""

from __future__ import annotations

from sqlalchemy import insert, select

from forewarn.engine import incident_fields
from forewarn.engine.activity import SYSTEM, post
from forewarn.engine.numbers import next_number
from forewarn.engine.receiving.events import CLEAR, Event
from forewarn.engine.records import Row, by_id, change, first
from forewarn.engine.schema.deciding import journal
from forewarn.engine.schema.work import alerts
from forewarn.engine.views import ALERT, INCIDENT
from forewarn.engine.work import Work

RAISED = "raised"
CLEARED = "cleared"


_raised = insert(alerts).returning(alerts)


def record_alert(work: Work, event: Event) -> Row:
    """Write a new alert."""
    ci_id, ci_name = incident_fields.find_ci(work, event.fields["ci"])
    number = next_number(work.txn, ALERT)
    values = {
        **event.fields,
        "ci": ci_name,
        "number": number,
        "source": event.source,
        "event_id": event.event_id,
        "ci_id": ci_id,
        "state": RAISED,
        "time": event.time,
        "received_at": work.now,
        "domain": work.site.domain,
        "extra": dict(event.extra),
    }
    alert = dict(work.txn.execute(_raised, values).mappings().one())
    post(work, ALERT, alert["id"], SYSTEM, f"Received from {event.source}")
    return alert


def record_clear(work: Work, event: Event) -> Row | None:
    """Note that an alert is over; returns it as it stands then, or None where there is none to clear."""
    alert = _meant(work, event)
    if alert is None or alert["state"] == CLEARED:
        return alert
    alert = change(work, ALERT, alert, {"state": CLEARED, "cleared_at": event.time})
    if alert["incident_id"] is not None:
        incident = by_id(work.txn, INCIDENT, alert["incident_id"])
        post(work, INCIDENT, incident["id"], SYSTEM, f"{alert['number']} was cleared; this closes nothing by itself")
    return alert


def record_acknowledgement(work: Work, event: Event) -> Row | None:
    """Note that somebody looks after an alert; returns it as it stands then, or None where it is not known."""
    alert = _meant(work, event)
    if alert is None or alert["acknowledged_at"] is not None:
        return alert
    return change(work, ALERT, alert, {"acknowledged_at": event.time})


def clear_if_over(work: Work, alert: Row) -> Row:
    """Note that an alert was over before it came: its clear overtook it."""
    overtook = select(journal.c.at).where(
        journal.c.source == alert["source"], journal.c.event_id == alert["event_id"], journal.c.kind == CLEAR
    )
    at = work.txn.execute(overtook).scalar()
    return alert if at is None else change(work, ALERT, alert, {"state": CLEARED, "cleared_at": at})


def _meant(work: Work, event: Event) -> Row | None:
    """The alert that a clear or an acknowledgement is about: the one of the same id, else, unless the source's ids are
    those of occurrences, the newest raised one of the same CI and name of that source.
    """
    same_id = select(alerts).where(alerts.c.source == event.source, alerts.c.event_id == event.event_id)
    alert = first(work.txn, same_id)
    if alert is None and event.fields["name"] is not None and not event.exact:
        _, ci_name = incident_fields.find_ci(work, event.fields["ci"])
        alert = first(
            work.txn,
            select(alerts)
            .where(
                alerts.c.source == event.source,
                alerts.c.ci.is_(None) if ci_name is None else alerts.c.ci == ci_name,
                alerts.c.name == event.fields["name"],
                alerts.c.state == RAISED,
                alerts.c.time <= event.time,
            )
            .order_by(alerts.c.time.desc(), alerts.c.id.desc())
            .limit(1),
        )
    return alert
