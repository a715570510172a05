"""Major cases (C2): made or proposed on crossing upward; existing proactive cases become children; no way back."""

from __future__ import annotations

from sqlalchemy import and_, select, true, update

from forewarn.engine import cases as proactive
from forewarn.engine.activity import SYSTEM, post, post_change_on_all
from forewarn.engine.records import Row
from forewarn.engine.schema.work import cases
from forewarn.engine.views import CASE, INCIDENT
from forewarn.engine.work import Work


def promote(work: Work, incident: Row, *, service_definition: str | None) -> Row:
    """Make the major case of an incident, and its existing proactive cases the children of it."""
    major = proactive.create_without_customer(
        work, incident, is_major=True, major_case_action="promote", service_definition=service_definition
    )
    orphans = and_(
        cases.c.incident_id == incident["id"],
        cases.c.proactive == true(),
        cases.c.is_major.is_(False),
        cases.c.parent_id.is_(None),
    )
    post_change_on_all(work, CASE, select(cases.c.id, cases.c.parent_id).where(orphans), "parent", major["number"])
    work.txn.execute(update(cases).where(orphans).values(parent_id=major["id"], updated_at=work.now))
    post(work, INCIDENT, incident["id"], SYSTEM, f"{major['number']} was made the major case of this incident")
    return major


def propose(work: Work, incident: Row, *, service_definition: str | None) -> Row:
    """Make a candidate that a major issue manager accepts or rejects; the customers keep cases of their own."""
    candidate = proactive.create_without_customer(
        work, incident, is_major=False, major_case_action="propose", service_definition=service_definition
    )
    post(work, INCIDENT, incident["id"], SYSTEM, f"{candidate['number']} was proposed as major case of this incident")
    return candidate
