"""Cases for affected customers: the Major Case Policy says how, an alert (B5) or an agent (C1) says when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table, and_, func, or_, select, true, update

from forewarn.engine import cases as proactive
from forewarn.engine import majors, notifications, ownership, policies, states
from forewarn.engine.activity import post_change_on_all
from forewarn.engine.cases import Selection
from forewarn.engine.policies import Handling
from forewarn.engine.records import Row, by_number, change
from forewarn.engine.reports import Change
from forewarn.engine.schema.inventory import accounts as account_table
from forewarn.engine.schema.inventory import consumers as consumer_table
from forewarn.engine.schema.work import affected_accounts, affected_consumers, alerts, cases
from forewarn.engine.table_names import MAJOR_CASE
from forewarn.engine.views import ALERT, INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import DecisionError, NotFound, Refused

SWITCH = "create_proactive_case_from_alert"
"""The property that turns the rule "Create Proactive Case" off."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of deciding or generating: the incident as it stands, new cases, staged notifications, remarks."""

    incident: Row
    created: int = 0
    notifications: int = 0
    notes: tuple[str, ...] = ()


def decide_handling(work: Work, incident: Row) -> Generated:
    """Decide the Major Case Policy on an impact that has just been refreshed (C2), and do what it says.

    Cases come by themselves for an incident that an alert opened (B5), and on crossing upward where an agent
    generated some before: they become children, missing ones are created.
    """
    handling = _handling(work, incident)
    major = proactive.major_of(work, incident["id"])
    kept = Handling.PROMOTE if major is not None else handling
    incident = change(work, INCIDENT, incident, {"major_case_handling": kept.value})
    affected = incident["affected_account_count"] + incident["affected_consumer_count"]
    if incident["phase"] != states.OPEN or not affected:
        return Generated(incident)
    begun = _has_proactive_cases(work, incident)
    crossing = begun and major is None and handling is Handling.PROMOTE
    if crossing or _automatic(work, incident):
        return _generate(work, incident, handling, Selection(), service_definition=None, communicate=True)
    if begun and major is None and handling is Handling.PROPOSE:
        _propose_once(work, incident, service_definition=None)
    return Generated(incident)


def generate_on_demand(
    work: Work,
    number: str,
    *,
    accounts: Sequence[str] | None,
    consumers: Sequence[str] | None,
    service_definition: str | None,
    communicate: bool,
) -> Change:
    """The action "Generate proactive records" (C1)."""
    if accounts and consumers:
        raise Refused(
            "accounts and consumers cannot be chosen in one request", hint="generate for the ones, then for the others"
        )
    incident = by_number(work.txn, INCIDENT, number)
    if incident["phase"] != states.OPEN:
        raise Refused(f"{incident['number']} is {incident['state']}: no cases are generated for it")
    selection = Selection()
    if accounts:
        ids = _affected_ids(work, incident, affected_accounts, account_table, accounts)
        selection = Selection(accounts=ids, consumers=())
    elif consumers:
        ids = _affected_ids(work, incident, affected_consumers, consumer_table, consumers)
        selection = Selection(accounts=(), consumers=ids)
    elif not incident["affected_account_count"] + incident["affected_consumer_count"]:
        raise Refused(f"no customer is affected by {incident['number']}", hint="refresh its impact first")
    if service_definition is not None:
        service_definition = work.site.rulebook.allowed("case.service_definition", service_definition)
    incident = ownership.owner_acted(work, incident)
    done = _generate(
        work,
        incident,
        _handling(work, incident),
        selection,
        service_definition=service_definition,
        communicate=communicate,
    )
    return Change(
        record=view(INCIDENT, done.incident),
        changed=done.created > 0,
        cases_created=done.created,
        notifications=done.notifications,
        notes=done.notes if done.created else ("every chosen customer has a case already",),
    )


def _handling(work: Work, incident: Row) -> Handling:
    record = (INCIDENT, incident["id"])
    inputs = policies.inputs_of("incident", view(INCIDENT, incident))
    answer = policies.decide_policy(work, MAJOR_CASE, inputs, record=record)
    said = policies.needed(answer, "major_case.handling")
    try:
        return Handling(said)
    except ValueError:
        raise DecisionError(
            f"table {MAJOR_CASE!r} says {said!r}",
            table=MAJOR_CASE,
            rules=answer.rules,
            hint="use " + ", ".join(Handling),
        ) from None


def _generate(
    work: Work,
    incident: Row,
    handling: Handling,
    selection: Selection,
    *,
    service_definition: str | None,
    communicate: bool,
) -> Generated:
    notes = []
    created = 0
    major = proactive.major_of(work, incident["id"])
    if major is None and handling is Handling.PROMOTE:
        major = majors.promote(work, incident, service_definition=service_definition)
        incident = change(work, INCIDENT, incident, {"major_case_handling": Handling.PROMOTE.value})
        created += 1
        notes.append(f"major case {major['number']}")
    new = proactive.create_missing(work, incident, selection, parent=major, service_definition=service_definition)
    children: int = work.txn.execute(select(func.count()).select_from(cases).where(new)).scalar_one()
    if major is None and handling is Handling.PROPOSE:
        created += _propose_once(work, incident, service_definition=service_definition)
    staged = 0
    if communicate and children:
        staged = notifications.stage(
            work, notifications.CASE_CREATED, new, incident=incident, record=(INCIDENT, incident["id"])
        )
    write_on_alerts(work, incident)
    return Generated(incident, created + children, staged, tuple(notes))


def _propose_once(work: Work, incident: Row, *, service_definition: str | None) -> int:
    if proactive.candidate_of(work, incident["id"]) is not None:
        return 0
    majors.propose(work, incident, service_definition=service_definition)
    return 1


def write_on_alerts(work: Work, incident: Row) -> None:
    """Write the case number on the alerts of an incident (B5): the major case's, or the first of the others."""
    major = proactive.major_of(work, incident["id"])
    number = major["number"] if major is not None else _first_case(work, incident)
    if number is None:
        return
    stale = and_(
        alerts.c.incident_id == incident["id"], or_(alerts.c.case_number.is_(None), alerts.c.case_number != number)
    )
    post_change_on_all(work, ALERT, select(alerts.c.id, alerts.c.case_number).where(stale), "case_number", number)
    work.txn.execute(update(alerts).where(stale).values(case_number=number))


def _first_case(work: Work, incident: Row) -> str | None:
    query = (
        select(cases.c.number)
        .where(cases.c.incident_id == incident["id"], cases.c.proactive == true())
        .order_by(cases.c.id)
        .limit(1)
    )
    number: str | None = work.txn.execute(query).scalar()
    return number


def _has_proactive_cases(work: Work, incident: Row) -> bool:
    return _first_case(work, incident) is not None


def _automatic(work: Work, incident: Row) -> bool:
    return bool(incident["from_alert"]) and work.site.rulebook.library.properties.get(SWITCH) is True


def _affected_ids(
    work: Work, incident: Row, affected: Table, customers: Table, numbers: Sequence[str]
) -> tuple[int, ...]:
    """The ids behind customer numbers; raises `NotFound` for one that the incident does not affect."""
    reference = affected.c[f"{customers.name.removesuffix('s')}_id"]
    found = work.txn.execute(
        select(customers.c.number, customers.c.id)
        .join(affected, reference == customers.c.id)
        .where(affected.c.task_kind == INCIDENT, affected.c.task_id == incident["id"], customers.c.number.in_(numbers))
    )
    ids = {row.number: row.id for row in found}
    missing = [number for number in dict.fromkeys(numbers) if number not in ids]
    if missing:
        raise NotFound(f"{incident['number']} does not affect {', '.join(missing)}", hint="refresh its impact first")
    return tuple(ids.values())
