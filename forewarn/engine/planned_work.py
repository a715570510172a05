"""Problems and change requests: opened, changed, moved from state to state, with their impact and their cases.

The way of a change request follows S3 "Create a case from a change request": its CI is filled, its impact refreshed,
cases are created when it is authorized, and its resolution reaches them when it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from forewarn.engine import impact, planned_cases, planned_fields, planned_states, policies, states
from forewarn.engine.activity import SYSTEM, WORK_NOTE, post
from forewarn.engine.numbers import next_number
from forewarn.engine.records import TABLES, Row, by_number, change
from forewarn.engine.reports import Change
from forewarn.engine.table_names import PRIORITY
from forewarn.engine.views import view
from forewarn.engine.work import Work
from forewarn.errors import BadRecord, Refused

_RATING = ("impact", "urgency")


def create(work: Work, kind: str, fields: Mapping[str, Any]) -> Change:
    """The action "New": the record, its first state, its priority, its impact."""
    wanted = planned_fields.writable(work, kind, fields)
    if not wanted.get("short_description"):
        raise Refused(f"a {kind} needs a short description")
    _require_order(wanted)
    task = _insert(work, kind, wanted)
    task = _set_priority(work, kind, planned_states.move(work, kind, task, planned_states.CREATE, {}).task)
    if task["ci_id"] is not None:
        task = impact.refresh(work, task, kind=kind)
    return Change(record=view(kind, task), changed=True, notes=_unknown_ci(task))


def update(work: Work, kind: str, number: str, fields: Mapping[str, Any]) -> Change:
    """The action "Save": a changed CI refreshes the impact, a changed group clears who it was assigned to."""
    before = by_number(work.txn, kind, number)
    if before["phase"] == states.CLOSED:
        raise Refused(f"{before['number']} is {before['state']} and cannot be changed")
    wanted = planned_fields.writable(work, kind, fields)
    _require_order({**before, **wanted})
    if wanted.get("assignment_group", before["assignment_group"]) != before["assignment_group"]:
        wanted.setdefault("assigned_to", None)
    task = change(work, kind, before, wanted)
    if any(task[name] != before[name] for name in _RATING):
        task = _set_priority(work, kind, task)
    notes: tuple[str, ...] = ()
    if (task["ci_id"], task["configuration_item"]) != (before["ci_id"], before["configuration_item"]):
        task = impact.refresh(work, task, kind=kind)
        notes = _unknown_ci(task)
        for note in notes:
            post(work, kind, task["id"], WORK_NOTE, note)
    return Change(record=view(kind, task), changed=task != before, notes=notes)


def move(work: Work, kind: str, number: str, action: str, fields: Mapping[str, Any]) -> Change:
    """Take a record to the state that an action leads to, and do with its cases what the new state says."""
    task = by_number(work.txn, kind, number)
    moved = planned_states.move(work, kind, task, action, planned_fields.writable(work, kind, fields))
    match moved.cases:
        case "create":
            done = planned_cases.create_for_all(work, kind, moved.task)
        case "copy":
            done = planned_cases.pass_on(work, kind, moved.task)
        case "resolve":
            done = planned_cases.resolve(work, kind, moved.task)
        case _:
            done = planned_cases.Done()
    task = done.task or moved.task
    return Change(
        record=view(kind, task),
        changed=True,
        cases_created=done.created,
        cases_changed=done.changed,
        notifications=done.notifications,
    )


def _insert(work: Work, kind: str, fields: Mapping[str, Any]) -> Row:
    number = next_number(work.txn, kind)
    work.txn.execute(
        insert(TABLES[kind]).values(
            **fields,
            number=number,
            phase=states.OPEN,
            impact_unknown=fields.get("ci_id") is None,
            affected_account_count=0,
            affected_consumer_count=0,
            opened_at=work.now,
            opened_by=work.asked_by,
            updated_at=work.now,
            domain=work.site.domain,
        )
    )
    task = by_number(work.txn, kind, number)
    post(work, kind, task["id"], SYSTEM, "Opened")
    return task


def _set_priority(work: Work, kind: str, task: Row) -> Row:
    """The priority that the table has for impact and urgency, where both are known."""
    if not all(task[name] for name in _RATING):
        return task
    inputs = policies.inputs_of_task(kind, view(kind, task))
    answer = policies.decide_policy(work, PRIORITY, inputs, record=(kind, task["id"]))
    return change(work, kind, task, {"priority": answer.get("incident.priority")})


def _unknown_ci(task: Row) -> tuple[str, ...]:
    given = task["configuration_item"]
    if task["ci_id"] is not None or given is None:
        return ()
    return (f"Its impact is unknown: the inventory does not know the configuration item {given}.",)


def _require_order(fields: Mapping[str, Any]) -> None:
    """A plan ends after it starts."""
    start, end = fields.get("planned_start"), fields.get("planned_end")
    if start is not None and end is not None and end <= start:
        raise BadRecord("planned_end is not after planned_start")
