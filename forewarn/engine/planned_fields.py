"""Which fields of problems and change requests people may write, and which values they may give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from forewarn.engine.incident_fields import find_ci
from forewarn.engine.views import CHANGE_REQUEST, PROBLEM
from forewarn.engine.work import Work
from forewarn.errors import BadRecord

_COMMON = (
    "short_description",
    "description",
    "company",
    "category",
    "subcategory",
    "impact",
    "urgency",
    "service",
    "configuration_item",
    "assignment_group",
    "assigned_to",
    "resolution_code",
    "resolution_notes",
)

WRITABLE: Mapping[str, tuple[str, ...]] = {
    PROBLEM: (*_COMMON, "probable_cause", "workaround"),
    CHANGE_REQUEST: (*_COMMON, "change_type", "planned_start", "planned_end"),
}
"""The fields that a person fills in; the others follow from what is done with the record."""

_TIMES = frozenset({"planned_start", "planned_end"})
_IN_THE_GLOSSARY = frozenset(
    {"category", "subcategory", "impact", "urgency", "resolution_code", "probable_cause", "service"}
)
"""Fields that are those of an incident: the Glossary and the Aliases of the incident hold for them."""


def writable(work: Work, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields as they are to be written: spellings mapped, empty text as null, values checked, the CI found.

    Raises `BadRecord` for a field that cannot be written, and for a value that is not allowed or no time.
    """
    changes: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in WRITABLE[kind]:
            near = get_close_matches(name, WRITABLE[kind], n=1)
            raise BadRecord(
                f"a {kind} has no field {name!r} that can be written",
                hint=f"did you mean {near[0]}?" if near else "fields: " + ", ".join(WRITABLE[kind]),
            )
        if name in _TIMES:
            changes[name] = _time(name, value)
        elif value is not None and not isinstance(value, str):
            raise BadRecord(f"{name} of a {kind} is a text, not {type(value).__name__}")
        elif name in _IN_THE_GLOSSARY:
            changes[name] = work.site.rulebook.allowed(f"incident.{name}", value or None)
        else:
            changes[name] = value or None
    if "configuration_item" in changes:
        changes["ci_id"], changes["configuration_item"] = find_ci(work, changes["configuration_item"])
    if "short_description" in changes:
        changes["short_description"] = changes["short_description"] or ""
    return changes


def _time(name: str, value: Any) -> datetime | None:
    """An aware time; text is ISO, and UTC where it names no zone."""
    if value in (None, ""):
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadRecord(f"{name}: {value!r} is no time", hint="write 2026-03-01T22:00+01:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
