"""Incident tasks: the piece of work that one engineer has at one stage."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from forewarn.engine import states
from forewarn.engine.activity import SYSTEM, WORK_NOTE, post
from forewarn.engine.numbers import next_number
from forewarn.engine.records import Row, by_number, change
from forewarn.engine.schema.work import incident_tasks
from forewarn.engine.views import INCIDENT, TASK
from forewarn.engine.work import Work

_OWN = frozenset({"assignment_group", "assigned_to", "stage"})


def open_task(work: Work, incident: Row, short_description: str, fields: dict[str, Any]) -> str:
    """Open a task of an incident and return its number; fields that a task does not have are kept beside."""
    record = (INCIDENT, incident["id"])
    state = states.after(work, TASK, "create", record=record)
    number = next_number(work.txn, TASK)
    work.txn.execute(
        insert(incident_tasks).values(
            number=number,
            incident_id=incident["id"],
            short_description=short_description,
            state=state.state if state else None,
            phase=state.phase if state else states.OPEN,
            opened_at=work.now,
            domain=incident["domain"],
            extra={name: value for name, value in fields.items() if name not in _OWN},
            **{name: value for name, value in fields.items() if name in _OWN},
        )
    )
    task = by_number(work.txn, TASK, number)
    post(work, TASK, task["id"], SYSTEM, f"Opened for {incident['number']}")
    return number


def close_tasks(work: Work, incident: Row, note: str | None, *, of_stages_only: bool) -> int:
    """Close the open tasks of an incident with a note; returns how many.

    ``of_stages_only`` leaves those that a flow or a person opened beside the stages.
    """
    query = select(incident_tasks).where(
        incident_tasks.c.incident_id == incident["id"], incident_tasks.c.phase == states.OPEN
    )
    if of_stages_only:
        query = query.where(incident_tasks.c.stage.is_not(None))
    open_tasks = [dict(row) for row in work.txn.execute(query.order_by(incident_tasks.c.id)).mappings()]
    if not open_tasks:
        return 0
    state = states.after(work, TASK, "close", record=(INCIDENT, incident["id"]))
    for task in open_tasks:
        changes: dict[str, Any] = {"close_notes": note, "closed_at": work.now}
        if state is not None:
            changes |= {"state": state.state, "phase": state.phase}
        change(work, TASK, task, changes)
        if note:
            post(work, TASK, task["id"], WORK_NOTE, note)
    return len(open_tasks)
