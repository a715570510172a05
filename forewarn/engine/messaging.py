"""Messages both ways (C8): a note from the incident to chosen cases, a customer's answer back to the incident."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select, update

from forewarn.engine import notifications, ownership, states
from forewarn.engine.activity import COMMENT, post, post_on_all
from forewarn.engine.records import Row, by_id, by_number
from forewarn.engine.reports import Change
from forewarn.engine.schema.work import cases
from forewarn.engine.views import CASE, INCIDENT, current, view
from forewarn.engine.work import Work
from forewarn.errors import NotFound, Refused


def message_customers(work: Work, number: str, text: str, chosen: Sequence[str] | None) -> Change:
    """The action "Messages" of the Customer impact tab, on chosen cases or on all that are open."""
    incident = by_number(work.txn, INCIDENT, number)
    _require_text(text)
    target: ColumnElement[bool] = and_(cases.c.incident_id == incident["id"], cases.c.phase != states.CLOSED)
    if chosen is not None:
        wanted = list(dict.fromkeys(case.strip().upper() for case in chosen))
        target = and_(target, cases.c.number.in_(wanted))
        found = set(work.txn.execute(select(cases.c.number).where(target)).scalars())
        missing = [case for case in wanted if case not in found]
        if missing:
            raise NotFound(f"{incident['number']} has no open case {', '.join(missing)}")
    reached: int = work.txn.execute(select(func.count()).select_from(cases).where(target)).scalar_one()
    if not reached:
        raise Refused(f"{incident['number']} has no open case to send a message to")
    post(work, INCIDENT, incident["id"], COMMENT, text)
    post_on_all(work, CASE, select(cases.c.id).where(target), COMMENT, text)
    staged = notifications.stage(
        work,
        notifications.CASE_COMMENT,
        target,
        incident=incident,
        record=(INCIDENT, incident["id"]),
        text=text,
    )
    incident = ownership.owner_acted(work, incident)
    return Change(record=view(INCIDENT, incident), changed=True, cases_changed=reached, notifications=staged)


def comment_case(work: Work, number: str, text: str, *, by_customer: bool) -> Change:
    """Comment on one case: an agent's words go to the customer, a customer's to the incident."""
    case = by_number(work.txn, CASE, number)
    _require_text(text)
    if case["phase"] == states.CLOSED:
        raise Refused(f"{case['number']} is {case['state']} and takes no comments")
    post(work, CASE, case["id"], COMMENT, text)
    work.txn.execute(update(cases).where(cases.c.id == case["id"]).values(updated_at=work.now))
    incident = by_id(work.txn, INCIDENT, case["incident_id"]) if case["incident_id"] else None
    staged = 0
    if by_customer:
        if incident is not None:
            post(work, INCIDENT, incident["id"], COMMENT, f"{case['number']}: {text}")
    else:
        staged = _tell_customer(work, case, incident, text)
    return Change(record=current(work.txn, CASE, case["id"]), changed=True, notifications=staged)


def _tell_customer(work: Work, case: Row, incident: Row | None, text: str) -> int:
    return notifications.stage(
        work,
        notifications.CASE_COMMENT,
        cases.c.id == case["id"],
        incident=incident,
        record=(CASE, case["id"]),
        text=text,
    )


def _require_text(text: str) -> None:
    if not text.strip():
        raise Refused("a message needs a text")
