"""Which fields pass from an incident to its cases: a table (C1, C9)."""

from __future__ import annotations

from typing import Any

from forewarn.engine import policies
from forewarn.engine.case_types import fields_of
from forewarn.engine.records import Row
from forewarn.engine.table_names import FIELD_MAP
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import DecisionError

CASE_CREATED = "case created"
MAJOR_CASE_CREATED = "major case created"
INCIDENT_RESOLVED = "incident resolved"

TARGETS = (
    "short_description",
    "description",
    "channel",
    "priority",
    "assignment_group",
    "assigned_to",
    "resolution_code",
    "resolution_notes",
    "probable_cause",
)
"""The fields of a case that the table may fill; the others follow from what the case is."""


def passed_on(work: Work, incident: Row, event: str, case_type: str) -> dict[str, Any]:
    """The fields of a case that an event of its incident fills, with their values.

    Raises `DecisionError` where the table names a field that there is not.
    """
    record = (INCIDENT, incident["id"])
    asked = {"transfer.source": INCIDENT, "transfer.event": event, "case.case_type": case_type}
    answer = policies.decide_policy(work, FIELD_MAP, asked, record=record)
    source = view(INCIDENT, incident)
    fields: dict[str, Any] = {}
    # The fields of a plugin's case type are filled once, when the case is made.
    targets = TARGETS if event == INCIDENT_RESOLVED else (*TARGETS, *fields_of(work.site.extensions, case_type))
    for row in answer.rows if answer.matched else ():
        origin, target = row.get("transfer.from_field"), row.get("transfer.to_field")
        if origin not in source:
            raise _unknown(answer, f"an incident has no field {origin!r}")
        if target not in targets:
            raise _unknown(answer, f"{target!r} is no field of a case that can be filled", ", ".join(targets))
        fields[str(target)] = source[str(origin)]
    return fields


def _unknown(answer: policies.Answer, problem: str, hint: str | None = None) -> DecisionError:
    return DecisionError(f"table {answer.table!r}: {problem}", table=answer.table, rules=answer.rules, hint=hint)
