"""The one way in which the engine asks a table.

Inputs and outputs go by binding (``incident.category``), never by heading: an owner may rename every heading,
add inputs that read other fields, and add rules, without the engine knowing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from forewarn.decision_tables import Decision
from forewarn.decision_tables.values import Value
from forewarn.engine import audit
from forewarn.engine.encoding import as_value
from forewarn.engine.work import Work
from forewarn.errors import DecisionError


class Handling(StrEnum):
    """What the Major Case Policy can say."""

    INDIVIDUAL = "Individual cases"
    PROPOSE = "Propose as major"
    PROMOTE = "Promote directly"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a table said: ``rows`` of outputs by binding; ``matched`` is false where no rule and no default did."""

    table: str
    rules: tuple[str, ...]
    rows: tuple[Mapping[str, Value], ...]
    matched: bool
    decision: Decision

    def get(self, binding: str) -> Any:
        """The output of that binding in the first row; null where nothing matched or the table has no such column."""
        return self.rows[0].get(binding) if self.rows else None


def decide_policy(work: Work, table: str, inputs: Mapping[str, Any], *, record: tuple[str, int]) -> Answer:
    """Decide a table and keep the decision in the audit of ``record`` (its kind and id).

    ``inputs`` are by binding; more than the table asks for is fine.
    Raises `DecisionError`, `UnknownTable`, `BadTable`.
    """
    library = work.site.rulebook.library
    asked = library.table(table)
    decision = library.decide(table, {name: as_value(value) for name, value in inputs.items()}, at=work.now)
    audit.keep(work, decision, record=record)
    listed = decision.outputs if isinstance(decision.outputs, list) else [decision.outputs]
    names = {column.heading: column.binding.name for column in asked.outputs if column.binding is not None}
    rows = tuple({names[heading]: value for heading, value in row.items() if heading in names} for row in listed)
    return Answer(
        table=table,
        rules=decision.rules,
        rows=rows,
        matched=bool(decision.rules) or "default" in decision.diagnostics,
        decision=decision,
    )


def needed(answer: Answer, binding: str) -> str:
    """An output that the engine cannot do without; raises `DecisionError` where the table left it null."""
    value = answer.get(binding)
    if not isinstance(value, str) or not value:
        raise DecisionError(
            f"table {answer.table!r} gives no {binding}" + ("" if answer.matched else ": no rule matches"),
            table=answer.table,
            rules=answer.rules,
            hint="add a rule or a Default row",
        )
    return value


def inputs_of_task(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an incident, a problem or a change request as inputs.

    Tables that speak of the incident are asked about problems and change requests too, with the fields of the same
    name; beside them stand the record's own (``change_request.planned_start``).
    """
    return inputs_of("incident", fields) | inputs_of(kind.replace(" ", "_"), fields)


def inputs_of(record: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record's fields as inputs: ``incident.category`` and so on."""
    return {f"{record}.{name}": value for name, value in fields.items()}
