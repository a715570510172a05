"""Alerts: take them in, list them, show one, and decide again what a faulty table had parked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forewarn.engine import parking, reading
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receive import receive
from forewarn.engine.receiving.documents import AlertDocument, read_documents
from forewarn.engine.receiving.formats import read_alerts
from forewarn.engine.reports import AlertReport, Progress, ReceiveReport, RetryReport
from forewarn.plugins.api import RecordView

__all__ = [
    "AlertDocument",
    "list_alerts",
    "read_alerts",
    "read_documents",
    "receive_alerts",
    "retry_parked",
    "show_alert",
]


def receive_alerts(
    site: OpenSite,
    alerts: Iterable[Mapping[str, Any] | AlertDocument],
    *,
    source: str,
    asked_by: str,
    progress: Progress | None = None,
) -> ReceiveReport:
    """Take alerts in, each in a transaction of its own: journal, rules, tables, flow, cases, commit (B1, B5).

    ``alerts`` are objects, or what `read_documents` made of a file of JSON lines (then a broken line is one
    refused result and the others go on); ``source`` stands for those that name none. An alert that was received
    before, by source and id (or by its content where it has no id), changes nothing and is reported as a repeat.
    A decision error leaves an incident that says so; what depends on it is parked (`retry_parked`).

    Raises `RulesUnavailable` before the first alert where event rules cannot run.
    """
    return receive(site, alerts, source=source, asked_by=asked_by, progress=progress)


def list_alerts(site: OpenSite, *, incident: str | None = None, limit: int | None = None) -> tuple[RecordView, ...]:
    """The alerts, newest first; of one incident only, where its number is given."""
    with site.store.read() as txn:
        return reading.alerts(txn, incident=incident, limit=limit)


def show_alert(site: OpenSite, number: str) -> AlertReport:
    """One alert by its number (ALERT…); raises `NotFound`."""
    with site.store.read() as txn:
        return reading.alert_report(txn, number)


def retry_parked(site: OpenSite, *, asked_by: str, incident: str | None = None) -> RetryReport:
    """Decide parked steps again, with the tables as they are now; each incident in its own transaction."""
    return parking.retry(site, asked_by=asked_by, incident=incident)
