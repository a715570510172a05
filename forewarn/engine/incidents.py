"""Incidents: opened by an alert or by hand, changed, and noted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from forewarn.engine import escalation, generation, impact, incident_fields, ownership, policies, states
from forewarn.engine.activity import SYSTEM, WORK_NOTE, post
from forewarn.engine.numbers import next_number
from forewarn.engine.receiving import raising
from forewarn.engine.receiving.facts import OPENED
from forewarn.engine.records import Row, by_number, change
from forewarn.engine.reports import Change
from forewarn.engine.schema.work import incidents
from forewarn.engine.table_names import PRIORITY
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import Refused

_RATING = ("impact", "urgency")


def insert_incident(work: Work, fields: Mapping[str, Any], *, from_alert: bool) -> Row:
    """Write a new incident with these fields and nothing decided yet: open, without a state.

    Fields that an incident does not have are kept beside its own.
    """
    number = next_number(work.txn, INCIDENT)
    ci_id, ci_name = incident_fields.find_ci(work, fields.get("configuration_item"))
    own = {name: value for name, value in fields.items() if name in incident_fields.WRITABLE}
    work.txn.execute(
        insert(incidents).values(
            **{
                **own,
                "extra": {name: value for name, value in fields.items() if name not in own},
                "number": number,
                "configuration_item": ci_name,
                "ci_id": ci_id,
                "impact_unknown": ci_id is None,
                "phase": states.OPEN,
                "needs_attention": False,
                "affected_account_count": 0,
                "affected_consumer_count": 0,
                "opened_at": work.now,
                "opened_by": work.asked_by,
                "from_alert": from_alert,
                "updated_at": work.now,
                "domain": work.site.domain,
            }
        )
    )
    incident = by_number(work.txn, INCIDENT, number)
    post(work, INCIDENT, incident["id"], SYSTEM, "Opened")
    if ci_id is None:
        post(work, INCIDENT, incident["id"], WORK_NOTE, _impact_unknown(ci_name))
    return incident


def _impact_unknown(ci_name: str | None) -> str:
    if ci_name is None:
        return "Its impact is unknown: it came without a configuration item."
    return f"Its impact is unknown: the inventory does not know the configuration item {ci_name}."


def set_first_state(work: Work, incident: Row) -> Row:
    """Give a new incident the state that the table has for it."""
    state = states.after(work, INCIDENT, "create", record=(INCIDENT, incident["id"]))
    if state is None:
        return incident
    return change(work, INCIDENT, incident, {"state": state.state, "phase": state.phase})


def set_priority(work: Work, incident: Row) -> Row:
    """Work the priority out from impact and urgency, where both are known."""
    if not all(incident[name] for name in _RATING):
        return incident
    inputs = policies.inputs_of("incident", view(INCIDENT, incident))
    answer = policies.decide_policy(work, PRIORITY, inputs, record=(INCIDENT, incident["id"]))
    return change(work, INCIDENT, incident, {"priority": answer.get("incident.priority")})


def create(work: Work, fields: Mapping[str, Any]) -> Change:
    """The action "New" of the incident list."""
    wanted = incident_fields.writable(work, fields)
    if not wanted.get("short_description"):
        raise Refused("an incident needs a short description")
    incident = set_priority(work, set_first_state(work, insert_incident(work, wanted, from_alert=False)))
    incident, failure = escalation.start(work, incident)
    notes = []
    if failure is not None:
        post(work, INCIDENT, incident["id"], WORK_NOTE, f"Needs attention: {failure}")
        notes.append(failure)
    if incident["ci_id"] is None:
        notes.append(_impact_unknown(incident["configuration_item"]))
    done = generation.decide_handling(work, impact.refresh(work, incident))
    raising.incident_event(work, OPENED, done.incident)
    return Change(record=view(INCIDENT, done.incident), changed=True, notes=tuple(notes))


def update(work: Work, number: str, fields: Mapping[str, Any]) -> Change:
    """The action "Save" of the incident form."""
    before = by_number(work.txn, INCIDENT, number)
    if before["phase"] == states.CLOSED:
        raise Refused(f"{before['number']} is {before['state']} and cannot be changed")
    wanted = incident_fields.writable(work, fields)
    if "configuration_item" in wanted:
        wanted["ci_id"], wanted["configuration_item"] = incident_fields.find_ci(work, wanted["configuration_item"])
    group = wanted.get("assignment_group", before["assignment_group"])
    if group != before["assignment_group"] and "assigned_to" not in wanted:
        wanted["assigned_to"] = None
    incident = ownership.owner_acted(work, change(work, INCIDENT, before, wanted))
    if any(incident[name] != before[name] for name in _RATING):
        incident = set_priority(work, incident)
    if incident["ci_id"] == before["ci_id"] and incident["configuration_item"] == before["configuration_item"]:
        return Change(record=view(INCIDENT, incident), changed=incident != before)
    notes: tuple[str, ...] = ()
    if incident["ci_id"] is None:
        notes = (_impact_unknown(incident["configuration_item"]),)
        post(work, INCIDENT, incident["id"], WORK_NOTE, notes[0])
    done = generation.decide_handling(work, impact.refresh(work, incident))
    return Change(
        record=view(INCIDENT, done.incident),
        changed=True,
        cases_created=done.created,
        notifications=done.notifications,
        notes=(*notes, *done.notes),
    )


def add_note(work: Work, number: str, text: str, *, kind: str) -> Change:
    """Post a work note or a comment on an incident."""
    incident = by_number(work.txn, INCIDENT, number)
    if not text.strip():
        raise Refused(f"a {kind} needs a text")
    post(work, INCIDENT, incident["id"], kind, text)
    incident = ownership.owner_acted(work, incident)
    return Change(record=view(INCIDENT, incident), changed=True)
