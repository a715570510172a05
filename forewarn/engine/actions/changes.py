"""Change requests: create, change, move from state to state, refresh the impact, list and show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forewarn.engine import impact, planned_work, reading_planned
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reading_planned import TaskReport
from forewarn.engine.reports import Change
from forewarn.engine.views import CHANGE_REQUEST
from forewarn.engine.work import begin
from forewarn.plugins.api import RecordView

__all__ = [
    "TaskReport",
    "create_change",
    "list_changes",
    "move_change",
    "refresh_change",
    "show_change_request",
    "update_change",
]


def create_change(site: OpenSite, fields: Mapping[str, Any], *, asked_by: str) -> Change:
    """Open a change request (S3 "Create a case from a change request").

    ``fields`` by the names of `planned_fields.WRITABLE`; ``planned_start`` and ``planned_end`` are times, or ISO text.
    A CI that the inventory knows brings its impact. Raises `Refused` without a short description, `BadRecord` for a
    field that there is not or a value that is not allowed, `DecisionError` where a table cannot decide.
    """
    with begin(site, asked_by) as work:
        return planned_work.create(work, CHANGE_REQUEST, fields)


def update_change(site: OpenSite, number: str, fields: Mapping[str, Any], *, asked_by: str) -> Change:
    """Change fields; a changed CI refreshes the impact, a changed group clears Assigned to.

    Raises `NotFound`, `BadRecord`, or `Refused` for a closed change request.
    """
    with begin(site, asked_by) as work:
        return planned_work.update(work, CHANGE_REQUEST, number, fields)


def move_change(
    site: OpenSite, number: str, action: str, fields: Mapping[str, Any] | None = None, *, asked_by: str
) -> Change:
    """Do what the table Task Transitions knows as ``action`` (authorize, schedule, implement, review, close, …).

    ``fields`` are written with it: the resolution when it is closed, say. The table Task States says what becomes of
    the cases: with the stock tables they are created when the state becomes Authorize, for every affected customer,
    and the resolution is copied to them on close.
    Raises `NotFound`, `BadRecord`, and `Refused` where the state does not allow it, where a needed field is empty, or
    where cases are to be created and the CI is not filled; then nothing is changed.
    """
    with begin(site, asked_by) as work:
        return planned_work.move(work, CHANGE_REQUEST, number, action, fields or {})


def refresh_change(site: OpenSite, number: str, *, asked_by: str) -> Change:
    """Find what the CI affects again; raises `Refused` where the CI is not filled."""
    with begin(site, asked_by) as work:
        return impact.refresh_on_demand(work, number)


def list_changes(site: OpenSite, *, phase: str | None = None, limit: int | None = None) -> tuple[RecordView, ...]:
    """The change requests, newest first; ``phase`` is open, resolved or closed."""
    with site.store.read() as txn:
        return reading_planned.planned(txn, CHANGE_REQUEST, phase=phase, limit=limit)


def show_change_request(site: OpenSite, number: str) -> TaskReport:
    """One change request and all that hangs on it; raises `NotFound`."""
    with site.store.read() as txn:
        return reading_planned.task_report(txn, CHANGE_REQUEST, number)
