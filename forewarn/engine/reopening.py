"""Reopening: an incident comes back, and with it the cases that were resolved with it."""

from __future__ import annotations

from sqlalchemy import and_, select, update

from forewarn.engine import states
from forewarn.engine.activity import SYSTEM, post, post_change_on_all, post_on_all
from forewarn.engine.records import Row, change
from forewarn.engine.schema.work import cases
from forewarn.engine.views import CASE, INCIDENT
from forewarn.engine.work import Work


def reopen_incident(work: Work, incident: Row, why: str) -> Row:
    """Take a resolved incident to the state that the table has for "reopen", with Needs attention, and its resolved
    cases likewise; returns it as it stands then. One that is not resolved stays as it is.

    Raises `DecisionError` where the tables cannot decide.
    """
    if incident["phase"] != states.RESOLVED:
        return incident
    record = (INCIDENT, incident["id"])
    post(work, INCIDENT, incident["id"], SYSTEM, f"Reopened: {why}")
    state = states.after(work, INCIDENT, "reopen", record=record)
    changes: Row = {"needs_attention": True, "resolved_at": None}
    if state is not None:
        changes |= {"state": state.state, "phase": state.phase}
    incident = change(work, INCIDENT, incident, changes)
    _reopen_cases(work, incident, f"{incident['number']} was reopened: {why}")
    return incident


def _reopen_cases(work: Work, incident: Row, why: str) -> None:
    resolved = and_(cases.c.incident_id == incident["id"], cases.c.phase == states.RESOLVED)
    types = select(cases.c.case_type).where(resolved).distinct().order_by(cases.c.case_type)
    for case_type in work.txn.execute(types).scalars().all():
        state = states.after(work, CASE, "reopen", record=(INCIDENT, incident["id"]), case_type=case_type)
        if state is None:
            continue
        chosen = and_(resolved, cases.c.case_type == case_type)
        post_on_all(work, CASE, select(cases.c.id).where(chosen), SYSTEM, why)
        post_change_on_all(work, CASE, select(cases.c.id, cases.c.state).where(chosen), "state", state.state)
        values = {"state": state.state, "phase": state.phase, "updated_at": work.now, "resolved_at": None}
        work.txn.execute(update(cases).where(chosen).values(values))
