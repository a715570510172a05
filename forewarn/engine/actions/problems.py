"""Problems: create, change, move from state to state, refresh the impact, list and show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forewarn.engine import impact, planned_work, reading_planned
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reading_planned import TaskReport
from forewarn.engine.reports import Change
from forewarn.engine.views import PROBLEM
from forewarn.engine.work import begin
from forewarn.plugins.api import RecordView

__all__ = [
    "TaskReport",
    "create_problem",
    "list_problems",
    "move_problem",
    "refresh_problem",
    "show_problem",
    "update_problem",
]


def create_problem(site: OpenSite, fields: Mapping[str, Any], *, asked_by: str) -> Change:
    """Open a problem; ``fields`` by the names of `planned_fields.WRITABLE`. A CI brings its impact.

    Raises `Refused` without a short description, `BadRecord` for a field that there is not or a value that is not
    allowed, `DecisionError` where a table cannot decide.
    """
    with begin(site, asked_by) as work:
        return planned_work.create(work, PROBLEM, fields)


def update_problem(site: OpenSite, number: str, fields: Mapping[str, Any], *, asked_by: str) -> Change:
    """Change fields; a changed CI refreshes the impact, a changed group clears Assigned to.

    Raises `NotFound`, `BadRecord`, or `Refused` for a closed problem.
    """
    with begin(site, asked_by) as work:
        return planned_work.update(work, PROBLEM, number, fields)


def move_problem(
    site: OpenSite, number: str, action: str, fields: Mapping[str, Any] | None = None, *, asked_by: str
) -> Change:
    """Do what the table Task Transitions knows as ``action`` (assess, analyse, fix, resolve, close, reopen).

    ``fields`` are written with it. The table Task States says what becomes of the cases: with the stock tables they
    are resolved with the problem. Raises `NotFound`, `BadRecord`, and `Refused` where the state does not allow it or a
    needed field is empty; then nothing is changed.
    """
    with begin(site, asked_by) as work:
        return planned_work.move(work, PROBLEM, number, action, fields or {})


def refresh_problem(site: OpenSite, number: str, *, asked_by: str) -> Change:
    """Find what the CI affects again; raises `Refused` where the CI is not filled."""
    with begin(site, asked_by) as work:
        return impact.refresh_on_demand(work, number)


def list_problems(site: OpenSite, *, phase: str | None = None, limit: int | None = None) -> tuple[RecordView, ...]:
    """The problems, newest first; ``phase`` is open, resolved or closed."""
    with site.store.read() as txn:
        return reading_planned.planned(txn, PROBLEM, phase=phase, limit=limit)


def show_problem(site: OpenSite, number: str) -> TaskReport:
    """One problem and all that hangs on it; raises `NotFound`."""
    with site.store.read() as txn:
        return reading_planned.task_report(txn, PROBLEM, number)
