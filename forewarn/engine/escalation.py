"""Escalation (D1, D2; S3 "About escalating incidents"): the table knows the ladder, this module only climbs it."""

from __future__ import annotations

from typing import Any

from forewarn.engine import flows, policies, states, tasks
from forewarn.engine.activity import WORK_NOTE, post
from forewarn.engine.policies import Answer
from forewarn.engine.records import Row, by_number, change
from forewarn.engine.reports import Change
from forewarn.engine.rulebook import place_of_table
from forewarn.engine.table_names import ESCALATION
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import BadPlugin, Place, Refused


def start(work: Work, incident: Row) -> tuple[Row, str | None]:
    """Put a new incident on the first stage, where the table has one for its category and subcategory (D2).

    Returns the incident as it stands then, and what is to be told where the flow failed: that is contained.
    """
    answer = _ask(work, incident)
    if not answer.matched:
        return incident, None
    incident = _climb(work, incident, answer, note=None)
    try:
        return _run_flow(work, incident, answer, note=None), None
    except BadPlugin as failure:
        return incident, str(failure)


def escalate(work: Work, number: str, note: str) -> Change:
    """The action "Escalate": all that the next stage asks for, or a refusal that changes nothing."""
    incident = by_number(work.txn, INCIDENT, number)
    if not note.strip():
        raise Refused(f"{incident['number']} cannot be escalated without a note", hint="say what was found so far")
    if incident["phase"] != states.OPEN:
        raise Refused(f"{incident['number']} is {incident['state']} and cannot be escalated")
    answer = _ask(work, incident)
    if not answer.matched:
        asked = ", ".join(f"{name} {incident[name] or 'empty'}" for name in ("category", "subcategory", "stage"))
        raise Refused(
            f"{incident['number']} cannot be escalated: no rule of the table {ESCALATION!r} matches {asked}",
            hint="it may have reached the last stage; see the table",
        )
    post(work, INCIDENT, incident["id"], WORK_NOTE, f"Escalated: {note}")
    state = states.after(work, INCIDENT, "escalate", record=(INCIDENT, incident["id"]))
    if state is not None:
        incident = change(work, INCIDENT, incident, {"state": state.state, "phase": state.phase})
    incident = _climb(work, incident, answer, note=note)
    incident = _run_flow(work, incident, answer, note=note)
    return Change(record=view(INCIDENT, incident), changed=True)


def _ask(work: Work, incident: Row) -> Answer:
    inputs = policies.inputs_of("incident", view(INCIDENT, incident))
    return policies.decide_policy(work, ESCALATION, inputs, record=(INCIDENT, incident["id"]))


def _climb(work: Work, incident: Row, answer: Answer, *, note: str | None) -> Row:
    """Close the previous engineer's task, move the incident on, and open a task for the new group."""
    stage = policies.needed(answer, "incident.stage")
    group = policies.needed(answer, "incident.assignment_group")
    tasks.close_tasks(work, incident, note, of_stages_only=True)
    changes: dict[str, Any] = {"stage": stage, "assignment_group": group, "needs_attention": True}
    if group != incident["assignment_group"]:
        changes["assigned_to"] = None
    incident = change(work, INCIDENT, incident, changes)
    fields = {"stage": stage, "assignment_group": group}
    tasks.open_task(work, incident, f"{stage}: {incident['short_description']}", fields)
    return incident


def _run_flow(work: Work, incident: Row, answer: Answer, *, note: str | None) -> Row:
    name = answer.get("flow.name")
    if not name:
        return incident
    outputs = answer.decision.outputs
    return flows.run_flow(
        work,
        incident,
        str(name),
        decision=outputs if isinstance(outputs, dict) else {},
        note=note,
        place=_cell_of_flow(work, answer),
    )


def _cell_of_flow(work: Work, answer: Answer) -> Place:
    """The cell of the escalation table that names the flow."""
    table = work.site.rulebook.library.table(ESCALATION)
    fired = next((rule.row for rule in table.model.rules if rule.id in answer.rules), None)
    heading = next(
        (one.heading for one in table.outputs if one.binding is not None and one.binding.name == "flow.name"), ""
    )
    return place_of_table(table, heading, fired)
