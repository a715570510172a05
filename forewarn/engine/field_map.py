"""Which fields pass from an incident, a problem or a change request to its cases: tables (C1, C9, C10)."""

from __future__ import annotations

from typing import Any

from forewarn.engine import policies
from forewarn.engine.case_types import fields_of
from forewarn.engine.records import Row
from forewarn.engine.table_names import FIELD_MAP, TASK_FIELD_MAP
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import DecisionError

CASE_CREATED = "case created"
MAJOR_CASE_CREATED = "major case created"
INCIDENT_RESOLVED = "incident resolved"
TASK_ENDED = "task ended"

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


def passed_on(work: Work, task: Row, event: str, case_type: str, *, kind: str = INCIDENT) -> dict[str, Any]:
    """The fields of a case that an event of its incident, problem or change request fills, with their values.

    ``kind`` is what ``task`` is: the Field Map is for incidents, the Task Field Map for the others.
    Raises `DecisionError` where the table names a field that there is not.
    """
    asked = {"transfer.source": kind, "transfer.event": event, "case.case_type": case_type}
    table = FIELD_MAP if kind == INCIDENT else TASK_FIELD_MAP
    answer = policies.decide_policy(work, table, asked, record=(kind, task["id"]))
    source = view(kind, task)
    fields: dict[str, Any] = {}
    # The fields of a plugin's case type are filled once, when the case is made.
    targets = (
        TARGETS if event in (INCIDENT_RESOLVED, TASK_ENDED) else (*TARGETS, *fields_of(work.site.extensions, case_type))
    )
    for row in answer.rows if answer.matched else ():
        origin, target = row.get("transfer.from_field"), row.get("transfer.to_field")
        if origin not in source:
            raise _unknown(answer, f"{'an' if kind == INCIDENT else 'a'} {kind} has no field {origin!r}")
        if target not in targets:
            raise _unknown(answer, f"{target!r} is no field of a case that can be filled", ", ".join(targets))
        fields[str(target)] = source[str(origin)]
    return fields


def _unknown(answer: policies.Answer, problem: str, hint: str | None = None) -> DecisionError:
    return DecisionError(f"table {answer.table!r}: {problem}", table=answer.table, rules=answer.rules, hint=hint)
