"""Cases of problems and change requests: made for the customers that are affected, and told how it ended.

Each affected customer gets a case of its own: the Major Case Policy is about incidents.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, select

from forewarn.engine import cases as proactive
from forewarn.engine import field_map, impact, notifications, resolution, states
from forewarn.engine.activity import WORK_NOTE, post_on_all
from forewarn.engine.cases import Selection
from forewarn.engine.records import CASE_LINKS, Row
from forewarn.engine.schema.work import cases
from forewarn.engine.views import CASE
from forewarn.engine.work import Work


@dataclass(frozen=True, slots=True)
class Done:
    """What was done with cases: the record as it stands then (None: as before), how many cases, how many letters."""

    task: Row | None = None
    created: int = 0
    changed: int = 0
    notifications: int = 0


def create_for_all(work: Work, kind: str, task: Row) -> Done:
    """Refresh the impact, and create a case for every affected customer who has none; the customers are told.

    Raises `Refused` where the CI is not filled (S3: it must be, before the impact is refreshed).
    """
    impact.require_ci(task)
    task = impact.refresh(work, task, kind=kind)
    return generate(work, kind, task, Selection(), service_definition=None, communicate=True)


def generate(
    work: Work, kind: str, task: Row, selection: Selection, *, service_definition: str | None, communicate: bool
) -> Done:
    """Create cases for chosen affected customers who have none of this record."""
    new = proactive.create_missing(work, task, selection, parent=None, service_definition=service_definition, kind=kind)
    created: int = work.txn.execute(select(func.count()).select_from(cases).where(new)).scalar_one()
    staged = 0
    if communicate and created:
        staged = notifications.stage(work, notifications.CASE_CREATED, new, incident=task, record=(kind, task["id"]))
    return Done(task, created=created, notifications=staged)


def pass_on(work: Work, kind: str, task: Row) -> Done:
    """Copy the fields that the Task Field Map names for the end of a record to its cases that are not closed."""
    family = and_(CASE_LINKS[kind] == task["id"], cases.c.phase != states.CLOSED)
    copied = resolution.copy_to_cases(work, task, family, event=field_map.TASK_ENDED, kind=kind)
    text = f"{task['number']} is {task['state']}: {task['resolution_notes'] or 'no notes'}"
    post_on_all(work, CASE, select(cases.c.id).where(family), WORK_NOTE, text)
    return Done(task, changed=copied)


def resolve(work: Work, kind: str, task: Row) -> Done:
    """Copy the fields as `pass_on` does, and resolve the open cases; their customers are told."""
    open_cases = and_(CASE_LINKS[kind] == task["id"], cases.c.phase == states.OPEN)
    done = pass_on(work, kind, task)
    record = (kind, task["id"])
    ended = resolution.end_cases(work, open_cases, "resolve", record=record)
    staged = resolution.tell_customers(work, CASE_LINKS[kind] == task["id"], "resolve", task, record)
    return Done(task, changed=max(done.changed, ended), notifications=staged)
