"""Major case candidates (C4): a case is proposed, and a major issue manager approves or rejects it with a reason."""

from __future__ import annotations

from forewarn.engine import cases as proactive
from forewarn.engine import generation, majors, states
from forewarn.engine.activity import WORK_NOTE, post
from forewarn.engine.policies import Handling
from forewarn.engine.records import Row, by_id, by_number, change
from forewarn.engine.reports import Change
from forewarn.engine.table_names import ACTION_STATES
from forewarn.engine.views import CASE, INCIDENT, current
from forewarn.engine.work import Work
from forewarn.errors import Refused


def propose(work: Work, number: str, reason: str) -> Change:
    """Flag an existing case as the candidate for the major case of its incident."""
    case = by_number(work.txn, CASE, number)
    why = _required(reason)
    _require_open(case)
    if case["is_major"]:
        raise Refused(f"{case['number']} is a major case already")
    if case["parent_id"] is not None:
        raise Refused(f"{case['number']} is a child of {by_id(work.txn, CASE, case['parent_id'])['number']}")
    proposed = _state_after(work, case, "propose")
    if case["major_case_state"] == proposed:
        raise Refused(f"{case['number']} is proposed as major case already")
    incident = _incident_without_major(work, case)
    other = proactive.case_in_state(work, incident["id"], proposed)
    if other is not None:
        raise Refused(
            f"{other['number']} is proposed as major case of {incident['number']} already",
            hint="approve or reject it first",
        )
    case = change(work, CASE, case, {"major_case_state": proposed})
    post(work, CASE, case["id"], WORK_NOTE, f"Proposed as major case: {why}")
    post(work, INCIDENT, incident["id"], WORK_NOTE, f"{case['number']} was proposed as major case: {why}")
    return Change(record=current(work.txn, CASE, case["id"]), changed=True, cases_changed=1)


def approve(work: Work, number: str, reason: str) -> Change:
    """Make the major case that a candidate stands for; the candidate and the incident's other cases go under it."""
    case = _candidate(work, number)
    why = _required(reason)
    _require_open(case)
    accepted = _state_after(work, case, "promote")
    incident = _incident_without_major(work, case)
    major = majors.promote(work, incident, service_definition=case["service_definition"])
    incident = change(work, INCIDENT, incident, {"major_case_handling": Handling.PROMOTE.value})
    child = by_id(work.txn, CASE, case["id"])
    change(work, CASE, child, {"parent_id": major["id"], "major_case_state": accepted})
    post(work, CASE, case["id"], WORK_NOTE, f"Approved as major case {major['number']}: {why}")
    post(work, CASE, major["id"], WORK_NOTE, f"Candidate {case['number']} was approved: {why}")
    generation.write_on_alerts(work, incident)
    children = proactive.count_children(work, major["id"])
    return Change(record=current(work.txn, CASE, major["id"]), changed=True, cases_created=1, cases_changed=children)


def reject(work: Work, number: str, reason: str) -> Change:
    """Turn a candidate back into a normal case; a refresh of the impact does not propose it again."""
    case = _candidate(work, number)
    why = _required(reason)
    case = change(work, CASE, case, {"major_case_state": _state_after(work, case, "reject")})
    post(work, CASE, case["id"], WORK_NOTE, f"Rejected as major case: {why}")
    if case["incident_id"] is not None:
        post(work, INCIDENT, case["incident_id"], WORK_NOTE, f"{case['number']} was rejected as major case: {why}")
    return Change(record=current(work.txn, CASE, case["id"]), changed=True, cases_changed=1)


def _candidate(work: Work, number: str) -> Row:
    case = by_number(work.txn, CASE, number)
    if case["is_major"] or case["major_case_state"] != _state_after(work, case, "propose"):
        raise Refused(f"{case['number']} is not proposed as major case", hint="propose it with: forewarn major propose")
    return case


def _state_after(work: Work, case: Row, action: str) -> str:
    state = states.major_case_state(work, action, record=(CASE, case["id"]), case_type=case["case_type"])
    if state is None:
        raise Refused(f"table {ACTION_STATES!r} has no state for the action {action!r} on a major case")
    return state


def _incident_without_major(work: Work, case: Row) -> Row:
    if case["incident_id"] is None:
        raise Refused(f"{case['number']} belongs to no incident")
    incident = by_number(work.txn, INCIDENT, by_id(work.txn, INCIDENT, case["incident_id"])["number"])
    if incident["phase"] != states.OPEN:
        raise Refused(f"{incident['number']} is {incident['state']}: no major case is made for it")
    major = proactive.major_of(work, incident["id"])
    if major is not None:
        raise Refused(f"{incident['number']} has a major case already, {major['number']}")
    return incident


def _require_open(case: Row) -> None:
    if case["phase"] != states.OPEN:
        raise Refused(f"{case['number']} is {case['state']} and cannot become a major case")


def _required(reason: str) -> str:
    if not reason.strip():
        raise Refused("a reason is needed")
    return reason.strip()
