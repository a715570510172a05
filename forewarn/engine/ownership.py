"""Needs attention goes back to false when the owner of the assignment group acts (D3)."""

from __future__ import annotations

from sqlalchemy import or_, select

from forewarn.engine.records import Row, change
from forewarn.engine.schema.inventory import groups, users
from forewarn.engine.views import INCIDENT
from forewarn.engine.work import Work

SWITCH = "set_needs_attention_false"
"""The property that turns the rule "Set Needs Attention False" off."""


def owner_acted(work: Work, incident: Row) -> Row:
    """Note that somebody acted on an incident; returns the incident as it stands then."""
    if not incident["needs_attention"] or work.site.rulebook.library.properties.get(SWITCH) is not True:
        return incident
    owner = (
        select(users.c.id)
        .join(groups, groups.c.owner_id == users.c.id)
        .where(
            groups.c.name == incident["assignment_group"],
            or_(users.c.user_name == work.asked_by, users.c.name == work.asked_by),
        )
    )
    if work.txn.execute(owner).first() is None:
        return incident
    return change(work, INCIDENT, incident, {"needs_attention": False})
