"""An event while it is being handled, and what has come of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from forewarn.engine.records import Row, by_id
from forewarn.engine.schema.deciding import journal
from forewarn.engine.views import ALERT, INCIDENT
from forewarn.engine.work import Work
from forewarn.rules.facts import AttributeValue, Fact

_ENTRY = "event:"
_INCIDENT = "incident:"


@dataclass(slots=True)
class Happening:
    """An event of the journal (``entry``), with its alert and its incident as they stand.

    ``received_at`` is when it came, None for now. ``settled`` tells that an exclusive action was taken for it,
    ``depth`` how many rules stand between it and what came from outside; ``notes`` are for an operator.
    """

    entry: int
    kind: str
    at: datetime
    attributes: Mapping[str, AttributeValue]
    alert: Row | None = None
    incident: Row | None = None
    opened: bool = False
    cases: int = 0
    result: str = "recorded"
    settled: bool = False
    depth: int = 0
    received_at: datetime | None = None
    notes: list[str] = field(default_factory=list)

    def fact(self, *, fresh: bool) -> Fact:
        """The event as event rules see it."""
        return event_fact(self.entry, self.kind, self.at, self.attributes, fresh=fresh, settled=self.settled)


def event_fact(
    entry: int, kind: str, at: datetime, attributes: Mapping[str, AttributeValue], *, fresh: bool, settled: bool
) -> Fact:
    """An entry of the journal as event rules see it."""
    return Fact(kind, f"{_ENTRY}{entry}", at, {**attributes, "time": at}, fresh=fresh, settled=settled)


def entry_of(fact_id: str) -> int:
    """The entry of the journal that a fact of an event stands for."""
    return int(fact_id.removeprefix(_ENTRY))


def incident_fact_id(number: str) -> str:
    """The id of the fact that an incident is."""
    return f"{_INCIDENT}{number}"


def incident_of(fact_ids: tuple[str, ...]) -> str | None:
    """The number of the incident that took part, if one did."""
    return next((one.removeprefix(_INCIDENT) for one in fact_ids if one.startswith(_INCIDENT)), None)


def happened_before(work: Work, entry: int) -> Happening:
    """An event that the journal has, with its alert and incident as they stand now."""
    row = work.txn.execute(select(journal).where(journal.c.id == entry)).mappings().one()
    alert = by_id(work.txn, ALERT, row["alert_id"]) if row["alert_id"] is not None else None
    incident_id = row["incident_id"] or (alert["incident_id"] if alert is not None else None)
    return Happening(
        entry=entry,
        kind=row["kind"],
        at=row["at"],
        attributes=attributes_of(row["attributes"]),
        alert=alert,
        incident=by_id(work.txn, INCIDENT, incident_id) if incident_id is not None else None,
        result=row["result"] or "recorded",
        settled=row["settled"],
        received_at=row["received_at"],
    )


def attributes_of(kept: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """The attributes as the journal keeps them; null is left out, and so is the empty text: nothing was said."""
    return {name: value for name, value in kept.items() if value is not None and value != ""}
