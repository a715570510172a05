"""Which fields of an incident people and flows may write, and which values they may give (A4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from sqlalchemy import bindparam, case, func, or_, select

from forewarn.engine.schema.inventory import cis, groups
from forewarn.engine.work import Work
from forewarn.errors import BadRecord

WRITABLE = (
    "short_description",
    "description",
    "company",
    "caller",
    "location",
    "channel",
    "category",
    "subcategory",
    "impact",
    "urgency",
    "service",
    "service_offering",
    "configuration_item",
    "assignment_group",
    "assigned_to",
    "probable_cause",
)
"""The fields that a person fills in on the incident form; the others follow from what is done with it."""


def writable(work: Work, fields: Mapping[str, Any], *, also: Collection[str] = ()) -> dict[str, Any]:
    """The given fields as they are to be written: spellings mapped, the empty text as null, values checked.

    Raises `BadRecord` for a field that cannot be written and for a value that the site's vocabulary does not allow.
    """
    changes: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in WRITABLE and name not in also:
            near = get_close_matches(name, [*WRITABLE, *also], n=1)
            raise BadRecord(
                f"an incident has no field {name!r} that can be written",
                hint=f"did you mean {near[0]}?" if near else "fields: " + ", ".join(WRITABLE),
            )
        if name in also and isinstance(value, bool):
            changes[name] = value
            continue
        if value is not None and not isinstance(value, str):
            raise BadRecord(f"{name} of an incident is a text, not {type(value).__name__}")
        known_group = name == "assignment_group" and value and _is_group(work, value)
        changes[name] = value if known_group else work.site.rulebook.allowed(f"incident.{name}", value or None)
    if changes.get("short_description", "") is None:
        changes["short_description"] = ""
    return changes


def _is_group(work: Work, name: str) -> bool:
    """Whether the inventory has a group of that name: it need not stand in the Glossary too."""
    return work.txn.execute(select(groups.c.id).where(groups.c.name == name)).first() is not None


_exactly = (
    select(cis.c.id, cis.c.name)
    .where(or_(cis.c.name == bindparam("given"), cis.c.number == bindparam("given")))
    .order_by(case((cis.c.name == bindparam("given"), 0), else_=1))
)
_alike = select(cis.c.id, cis.c.name).where(func.lower(cis.c.name) == bindparam("given"))


def find_ci(work: Work, name: str | None) -> tuple[int | None, str | None]:
    """The id and name of a CI given by name or number; id None and the name as given where nobody knows it."""
    if not name:
        return None, None
    found = work.txn.execute(_exactly, {"given": name}).first()
    if found is not None:
        return found.id, found.name
    alike = work.txn.execute(_alike, {"given": name.lower()}).all()
    return (alike[0].id, alike[0].name) if len(alike) == 1 else (None, name)
