"""Resolving and closing (C9; S3 "Resolve an incident record"): what an end on one record means for the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from forewarn.engine import cases as proactive
from forewarn.engine import field_map, notifications, ownership, states, tasks
from forewarn.engine.activity import SYSTEM, WORK_NOTE, post, post_change_on_all, post_on_all
from forewarn.engine.receiving import raising
from forewarn.engine.receiving.facts import RESOLVED
from forewarn.engine.records import Row, by_id, by_number, change
from forewarn.engine.reports import Change
from forewarn.engine.schema.work import cases
from forewarn.engine.views import CASE, INCIDENT, current, view
from forewarn.engine.work import Work
from forewarn.errors import Refused

SYNC_CHILDREN = "sync_major_to_children"
"""The property by which resolving a major case resolves its children."""

_RESOLUTION = ("resolution_code", "resolution_notes", "probable_cause")
_STAMPS = {"resolve": "resolved_at", "close": "closed_at"}
_EVENTS = {"resolve": notifications.CASE_RESOLVED, "close": notifications.CASE_CLOSED}
_DONE = {"resolve": "resolved", "close": "closed"}


def resolve_incident(
    work: Work, number: str, resolution_code: str, resolution_notes: str, probable_cause: str | None
) -> Change:
    """The action "Resolve" of an incident."""
    incident = by_number(work.txn, INCIDENT, number)
    if incident["phase"] != states.OPEN:
        raise Refused(f"{incident['number']} is {incident['state']} and cannot be resolved")
    given = _given(work, resolution_code, resolution_notes, probable_cause)
    _require_resolution(incident["number"], {**incident, **given})
    incident = _end_incident(work, change(work, INCIDENT, ownership.owner_acted(work, incident), given), "resolve")
    raising.incident_event(work, RESOLVED, incident)
    tasks.close_tasks(work, incident, incident["resolution_notes"], of_stages_only=True)
    record = (INCIDENT, incident["id"])
    major = proactive.major_of(work, incident["id"])
    if major is not None:
        related = and_(cases.c.incident_id == incident["id"], cases.c.phase != states.CLOSED)
        copied = copy_to_cases(work, incident, related)
        text = f"{major['number']} is the major case of this incident: the cases took over the resolution and stay open"
        post(work, INCIDENT, incident["id"], WORK_NOTE, text)
        return Change(record=view(INCIDENT, incident), changed=True, cases_changed=copied, notes=(text,))
    related = and_(cases.c.incident_id == incident["id"], cases.c.phase == states.OPEN)
    copy_to_cases(work, incident, related)
    text = f"{incident['number']} was resolved: {incident['resolution_notes']}"
    post_on_all(work, CASE, select(cases.c.id).where(related), WORK_NOTE, text)
    ended = end_cases(work, related, "resolve", record=record)
    staged = tell_customers(work, cases.c.incident_id == incident["id"], "resolve", incident, record)
    return Change(record=view(INCIDENT, incident), changed=True, cases_changed=ended, notifications=staged)


def close_incident(work: Work, number: str) -> Change:
    """The action "Close" of an incident."""
    incident = by_number(work.txn, INCIDENT, number)
    if incident["phase"] != states.RESOLVED:
        raise Refused(
            f"{incident['number']} is {incident['state']} and cannot be closed",
            hint="resolve it first" if incident["phase"] == states.OPEN else None,
        )
    incident = _end_incident(work, ownership.owner_acted(work, incident), "close")
    tasks.close_tasks(work, incident, incident["resolution_notes"], of_stages_only=False)
    return Change(record=view(INCIDENT, incident), changed=True)


def resolve_case(
    work: Work,
    number: str,
    resolution_code: str | None,
    resolution_notes: str | None,
    probable_cause: str | None,
) -> Change:
    """The action "Resolve" of a case; a major case takes its open children along, where the property says so."""
    case = by_number(work.txn, CASE, number)
    if case["phase"] != states.OPEN:
        raise Refused(f"{case['number']} is {case['state']} and cannot be resolved")
    given = _given(work, resolution_code, resolution_notes, probable_cause)
    _require_resolution(case["number"], {**case, **given})
    case = change(work, CASE, case, given)
    synchronised = work.site.rulebook.library.properties.get(SYNC_CHILDREN) is True
    return _end_case(work, case, "resolve", with_children=case["is_major"] and synchronised)


def close_case(work: Work, number: str) -> Change:
    """The action "Close" of a case; closing a major case closes its children (C9)."""
    case = by_number(work.txn, CASE, number)
    if case["phase"] == states.CLOSED:
        raise Refused(f"{case['number']} is {case['state']} already")
    _require_resolution(case["number"], case)
    return _end_case(work, case, "close", with_children=case["is_major"])


def _given(work: Work, code: str | None, notes: str | None, cause: str | None) -> dict[str, Any]:
    """The parts of a resolution that were given, checked against the site's vocabulary."""
    allowed = work.site.rulebook.allowed
    given = {
        "resolution_code": allowed("incident.resolution_code", code) if code else None,
        "resolution_notes": notes.strip() if notes else None,
        "probable_cause": allowed("incident.probable_cause", cause) if cause else None,
    }
    return {name: value for name, value in given.items() if value}


def _require_resolution(number: str, fields: Mapping[str, Any]) -> None:
    missing = [name.replace("_", " ") for name in ("resolution_code", "resolution_notes") if not fields[name]]
    if missing:
        raise Refused(f"{number} needs {' and '.join(missing)}")


def _end_incident(work: Work, incident: Row, action: str) -> Row:
    changes: dict[str, Any] = {_STAMPS[action]: work.now}
    state = states.after(work, INCIDENT, action, record=(INCIDENT, incident["id"]))
    if state is not None:
        changes |= {"state": state.state, "phase": state.phase}
    return change(work, INCIDENT, incident, changes)


def _end_case(work: Work, case: Row, action: str, *, with_children: bool) -> Change:
    """Resolve or close a case, and with it those of its children that have not come so far."""
    record = (CASE, case["id"])
    incident = by_id(work.txn, INCIDENT, case["incident_id"]) if case["incident_id"] else None
    before = cases.c.phase == states.OPEN if action == "resolve" else cases.c.phase != states.CLOSED
    family: ColumnElement[bool] = cases.c.id == case["id"]
    if with_children:
        children = and_(cases.c.parent_id == case["id"], before)
        for name in _RESOLUTION:
            _write(work, and_(children, cases.c[name].is_(None)), name, case[name])
        text = f"{case['number']}, its major case, was {_DONE[action]}"
        post_on_all(work, CASE, select(cases.c.id).where(children), SYSTEM, text)
        family = or_(family, cases.c.parent_id == case["id"])
    ended = end_cases(work, and_(family, before), action, record=record)
    staged = tell_customers(work, family, action, incident, record)
    shown = current(work.txn, CASE, case["id"])
    return Change(record=shown, changed=ended > 0, cases_changed=ended, notifications=staged)


def copy_to_cases(
    work: Work,
    task: Row,
    chosen: ColumnElement[bool],
    *,
    event: str = field_map.INCIDENT_RESOLVED,
    kind: str = INCIDENT,
) -> int:
    """Hand the resolution of a task on to cases, by the field map of its kind; returns how many cases there are."""
    counted = 0
    for case_type, of_type, count in _by_type(work, chosen):
        counted += count
        for name, value in field_map.passed_on(work, task, event, case_type, kind=kind).items():
            _write(work, of_type, name, value)
    return counted


def _write(work: Work, chosen: ColumnElement[bool], name: str, value: Any) -> None:
    """Write a field of all chosen cases where it differs, with an entry in each stream."""
    different = and_(chosen, cases.c[name].is_distinct_from(value))
    post_change_on_all(work, CASE, select(cases.c.id, cases.c[name]).where(different), name, value)
    work.txn.execute(update(cases).where(different).values({name: value, "updated_at": work.now}))


def end_cases(work: Work, chosen: ColumnElement[bool], action: str, *, record: tuple[str, int]) -> int:
    """Take the chosen cases to the state that the action has for their type; returns how many changed.

    They are stamped with the time of the action: that is how they are found again once their phase has changed.
    """
    ended = 0
    for case_type, of_type, count in _by_type(work, chosen):
        state = states.after(work, CASE, action, record=record, case_type=case_type)
        if state is None:
            continue
        rows = select(cases.c.id, cases.c.state).where(of_type)
        post_change_on_all(work, CASE, rows, "state", state.state)
        work.txn.execute(
            update(cases)
            .where(of_type)
            .values({"state": state.state, "phase": state.phase, "updated_at": work.now, _STAMPS[action]: work.now})
        )
        ended += count
    return ended


def _by_type(work: Work, chosen: ColumnElement[bool]) -> list[tuple[str, ColumnElement[bool], int]]:
    """The chosen cases by case type: the type, a condition that selects them, and how many they are."""
    query = select(cases.c.case_type, func.count()).where(chosen).group_by(cases.c.case_type)
    found = work.txn.execute(query.order_by(cases.c.case_type)).all()
    return [(case_type, and_(chosen, cases.c.case_type == case_type), count) for case_type, count in found]


def tell_customers(
    work: Work, family: ColumnElement[bool], action: str, incident: Row | None, record: tuple[str, int]
) -> int:
    """Stage the notifications for the cases that this action has ended."""
    just_ended = and_(family, cases.c[_STAMPS[action]] == work.now)
    return notifications.stage(work, _EVENTS[action], just_ended, incident=incident, record=record)
