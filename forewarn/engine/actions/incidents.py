"""Incidents: create, change, refresh the impact, escalate, tell customers, resolve, close, list and show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forewarn.engine import escalation, impact, incidents, messaging, reading, resolution
from forewarn.engine.open_site import OpenSite
from forewarn.engine.records import expect_version
from forewarn.engine.reports import Change, IncidentReport
from forewarn.engine.views import INCIDENT
from forewarn.engine.work import begin
from forewarn.plugins.api import RecordView


def create_incident(site: OpenSite, fields: Mapping[str, Any], *, asked_by: str) -> Change:
    """Open an incident by hand (S3 "Create an incident").

    ``fields`` by the names of `incidents.WRITABLE` (``short_description``, ``category``, ``subcategory``,
    ``configuration_item``, ``impact``, ``urgency``, ``channel``, …). Spellings are mapped by the aliases. A listed
    category and subcategory start at the first stage (D2), a CI brings its impact (B2). Cases are not created
    by themselves (B5 is for alerts): see `actions.cases.generate_cases`.

    Raises `BadRecord` for a field that there is not or a value that is not allowed, `DecisionError` where a
    table cannot decide; then nothing is created.
    """
    with begin(site, asked_by) as work:
        return incidents.create(work, fields)


def update_incident(
    site: OpenSite, number: str, fields: Mapping[str, Any], *, asked_by: str, if_version: int | None = None
) -> Change:
    """Change fields of an incident; each change is an activity entry (A3).

    A changed CI refreshes the impact (B2), a changed impact or urgency decides the priority again, a changed
    assignment group clears Assigned to (A4). Raises `NotFound`, `BadRecord`, or `Refused` for a closed incident;
    `Conflict` where it is no longer at ``if_version``, the field ``version`` as the caller saw it.
    """
    with begin(site, asked_by) as work:
        expect_version(work, INCIDENT, number, if_version)
        return incidents.update(work, number, fields)


def add_work_note(site: OpenSite, number: str, text: str, *, asked_by: str) -> Change:
    """Post an internal work note on an incident; raises `NotFound`, and `Refused` for an empty text."""
    with begin(site, asked_by) as work:
        return incidents.add_note(work, number, text, kind="work note")


def add_comment(site: OpenSite, number: str, text: str, *, asked_by: str) -> Change:
    """Post an additional comment on an incident, which all who can view it may read."""
    with begin(site, asked_by) as work:
        return incidents.add_note(work, number, text, kind="comment")


def escalate_incident(
    site: OpenSite, number: str, note: str, *, asked_by: str, if_version: int | None = None
) -> Change:
    """Escalate to the next stage that the Incident Escalation Policy names (D2).

    The previous engineer's task is closed with the note, a task for the new group is opened, stage and assignment
    group change, the flow posts the level's instructions, Needs attention becomes true. All of it or nothing.

    Raises `Refused` without a note, for a closed incident, and where no row of the table matches;
    `DecisionError` where the table cannot decide; `BadPlugin` where the flow is unknown or failed; `Conflict` where
    the incident is no longer at ``if_version``.
    """
    with begin(site, asked_by) as work:
        expect_version(work, INCIDENT, number, if_version)
        return escalation.escalate(work, number, note)


def refresh_impact(site: OpenSite, number: str, *, asked_by: str) -> Change:
    """Find the services, install base, accounts and consumers of the incident's CI again (B2), and decide the
    Major Case Policy (C2). Raises `Refused` for an incident without a CI that the inventory knows.
    """
    with begin(site, asked_by) as work:
        return impact.refresh_on_demand(work, number)


def message_customers(
    site: OpenSite, number: str, text: str, cases: Sequence[str] | None = None, *, asked_by: str
) -> Change:
    """Post a note on the incident and on the chosen cases (all its open ones by default), and notify their
    customers (C8). Raises `Refused` for an empty text, `NotFound` for a case that is not one of the incident's.
    """
    with begin(site, asked_by) as work:
        return messaging.message_customers(work, number, text, cases)


def resolve_incident(
    site: OpenSite,
    number: str,
    resolution_code: str,
    resolution_notes: str,
    probable_cause: str | None = None,
    *,
    asked_by: str,
    if_version: int | None = None,
) -> Change:
    """Resolve an incident and hand its resolution on to the cases (C9, S3 "Resolve an incident record").

    Without a major case every open case is resolved; with one the fields are copied to it and its children, nothing
    is resolved automatically, and the incident gets a work note that says so.
    Raises `Refused` without code or notes, or where the incident is not open; `BadRecord` for a code that is not
    allowed; `Conflict` where the incident is no longer at ``if_version``.
    """
    with begin(site, asked_by) as work:
        expect_version(work, INCIDENT, number, if_version)
        return resolution.resolve_incident(work, number, resolution_code, resolution_notes, probable_cause)


def close_incident(site: OpenSite, number: str, *, asked_by: str) -> Change:
    """Close a resolved incident and its open tasks; raises `Refused` where it is not resolved."""
    with begin(site, asked_by) as work:
        return resolution.close_incident(work, number)


def list_incidents(site: OpenSite, *, phase: str | None = None, limit: int | None = None) -> tuple[RecordView, ...]:
    """The incidents, newest first; ``phase`` is open, resolved or closed."""
    with site.store.read() as txn:
        return reading.incidents(txn, phase=phase, limit=limit)


def show_incident(site: OpenSite, number: str) -> IncidentReport:
    """One incident and all that hangs on it; raises `NotFound`."""
    with site.store.read() as txn:
        return reading.incident_report(txn, number)
