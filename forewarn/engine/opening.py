"""The steps by which an alert's incident is opened, each by itself: one that a table cannot decide is parked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from forewarn.engine import escalation, generation, impact, incidents, policies
from forewarn.engine.activity import WORK_NOTE, post
from forewarn.engine.records import Row, by_id, change, first
from forewarn.engine.schema.deciding import parked
from forewarn.engine.schema.work import alerts
from forewarn.engine.table_names import ALERT_IMPACT
from forewarn.engine.views import ALERT, INCIDENT, current, view
from forewarn.engine.work import Work
from forewarn.errors import BadTable, DecisionError, UnknownTable


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step did: the incident as it stands, cases created, and remarks for an operator."""

    incident: Row
    created: int = 0
    notes: tuple[str, ...] = ()


def _rate(work: Work, incident: Row) -> Stepped:
    """Impact and urgency from the severity of the alert that opened the incident, priority from both."""
    alert = first(work.txn, select(alerts).where(alerts.c.incident_id == incident["id"]).order_by(alerts.c.id))
    if alert is not None and not (incident["impact"] and incident["urgency"]):
        inputs = {
            **policies.inputs_of("incident", view(INCIDENT, incident)),
            **policies.inputs_of("alert", current(work.txn, ALERT, alert["id"])),
        }
        answer = policies.decide_policy(work, ALERT_IMPACT, inputs, record=(INCIDENT, incident["id"]))
        rated = {name: incident[name] or answer.get(f"incident.{name}") for name in ("impact", "urgency")}
        incident = change(work, INCIDENT, incident, rated)
    return Stepped(incidents.set_priority(work, incident))


def _first_state(work: Work, incident: Row) -> Stepped:
    return Stepped(incident if incident["state"] else incidents.set_first_state(work, incident))


def _start_escalation(work: Work, incident: Row) -> Stepped:
    if incident["stage"]:
        return Stepped(incident)
    incident, failure = escalation.start(work, incident)
    if failure is None:
        return Stepped(incident)
    incident = change(work, INCIDENT, incident, {"needs_attention": True})
    post(work, INCIDENT, incident["id"], WORK_NOTE, f"Needs attention: {failure}")
    return Stepped(incident, notes=(failure,))


def _find_impact(work: Work, incident: Row) -> Stepped:
    return Stepped(impact.refresh(work, incident))


def _generate_cases(work: Work, incident: Row) -> Stepped:
    done = generation.decide_handling(work, incident)
    return Stepped(done.incident, done.created, done.notes)


STEPS: Mapping[str, Callable[[Work, Row], Stepped]] = {
    "rating": _rate,
    "state": _first_state,
    "escalation": _start_escalation,
    "impact": _find_impact,
    "cases": _generate_cases,
}
"""The steps in their order, by the names under which they are parked."""


def open_incident(work: Work, alert: Row | None, fields: Mapping[str, Any]) -> Stepped:
    """Open an incident for an alert, whatever the tables say.

    ``fields`` are what the event rule fills in. The incident stands even where a table cannot decide: then it needs
    attention, a work note names the table and its rules, and the step waits.
    """
    incident = incidents.insert_incident(work, fields, from_alert=True)
    if alert is not None:
        change(work, ALERT, alert, {"incident_id": incident["id"]})
    created = 0
    notes: list[str] = []
    for name in STEPS:
        stepped, problem = take_step(work, incident, name)
        incident = stepped.incident
        created += stepped.created
        notes += stepped.notes
        if problem is not None:
            incident = park(work, incident, name, problem)
            notes.append(str(problem).splitlines()[0])
    return Stepped(incident, created, tuple(notes))


def take_step(work: Work, incident: Row, name: str) -> tuple[Stepped, DecisionError | BadTable | UnknownTable | None]:
    """Take one step by itself; where a table cannot decide, nothing of it remains and the problem is returned."""
    try:
        with work.txn.begin_nested():
            return STEPS[name](work, incident), None
    except (DecisionError, BadTable, UnknownTable) as problem:
        return Stepped(by_id(work.txn, INCIDENT, incident["id"])), problem


def park(work: Work, incident: Row, step: str, problem: DecisionError | BadTable | UnknownTable) -> Row:
    """Let a step wait for a mended table, and say so on the incident."""
    table, rules = what_failed(problem)
    work.txn.execute(
        insert(parked).values(
            incident_id=incident["id"],
            step=step,
            table_name=table,
            rules=list(rules),
            reason=str(problem),
            parked_at=work.now,
            attempts=1,
        )
    )
    named = f" (rules {', '.join(rules)})" if rules else ""
    text = f"Needs attention: the step {step} waits, the table {table!r} could not decide{named}. {problem}"
    post(work, INCIDENT, incident["id"], WORK_NOTE, text)
    return change(work, INCIDENT, incident, {"needs_attention": True})


def what_failed(problem: DecisionError | BadTable | UnknownTable) -> tuple[str, tuple[str, ...]]:
    """The table that could not decide, and its rules that take part."""
    if isinstance(problem, DecisionError):
        return problem.table or "", problem.rules
    return problem.place.sheet or problem.message, ()
