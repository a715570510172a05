"""What the event rules say about an event: its facts are read from the store, the rules run in their worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, select

from forewarn.engine import states
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving.events import ALERT, Event
from forewarn.engine.records import Row
from forewarn.engine.schema.deciding import journal
from forewarn.engine.schema.work import alerts, incidents
from forewarn.engine.work import Work
from forewarn.rules.facts import AttributeValue, Fact, Intent
from forewarn.rules.worker import RuleWorker

_MOST_INCIDENTS = 20
"""How many incidents of one CI the rules see: those not closed, newest first."""


class Correlator:
    """The event rules of a site while alerts come in; a context manager, because a worker process stands behind it.

    Entering raises `RulesUnavailable` where durable-rules cannot be imported.
    """

    def __init__(self, site: OpenSite) -> None:
        self._worker = RuleWorker(site.rulebook.rule_set)

    def __enter__(self) -> Self:
        self._worker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.__exit__(kind, error, trace)

    def correlate(self, work: Work, event: Event, entry: int, alert: Row | None) -> tuple[Intent, ...]:
        """What the rules want done about an event that has just been journalled as ``entry``.

        Raises `SessionRefused` where the rules cannot be run for it.
        """
        attributes = _attributes(event, alert)
        fresh = Fact(kind=event.kind, id=f"event:{entry}", at=event.time, attributes=attributes)
        facts = [fresh, *self._window(work, event, entry, attributes), *_incidents(work, attributes)]
        return self._worker.correlate(str(attributes.get("ci", fresh.id)), facts, work.now)

    def _window(self, work: Work, event: Event, entry: int, attributes: Mapping[str, AttributeValue]) -> Iterator[Fact]:
        """The earlier events that rules with a window may count: those that share a correlation key."""
        reach = self._worker.rule_set.longest_window
        if not reach:
            return
        for same in self._worker.rule_set.correlation_keys:
            if any(name not in alerts.c or name not in attributes for name in same):
                continue
            shared: list[ColumnElement[bool]] = [alerts.c[name] == attributes[name] for name in same]
            query = (
                select(alerts, journal.c.id.label("entry"), journal.c.kind.label("kind"))
                .join(journal, journal.c.alert_id == alerts.c.id)
                .where(
                    *shared,
                    alerts.c.time.between(event.time - reach, event.time + reach),
                    journal.c.id != entry,
                )
                .order_by(journal.c.id)
            )
            for row in work.txn.execute(query).mappings():
                at = row["time"] if row["kind"] == ALERT else row["cleared_at"] or row["time"]
                yield Fact(
                    kind=row["kind"],
                    id=f"event:{row['entry']}",
                    at=at,
                    attributes=_known(dict(row)),
                    fresh=False,
                    settled=True,
                )


def incident_number(intent: Intent) -> str | None:
    """The incident that took part in an intent, if one did."""
    for fact in intent.facts:
        if fact.startswith("incident:"):
            return fact.removeprefix("incident:")
    return None


def _incidents(work: Work, attributes: Mapping[str, AttributeValue]) -> Iterator[Fact]:
    """The incidents of the event's CI that are not closed."""
    if "ci" not in attributes:
        return
    query = (
        select(incidents)
        .where(incidents.c.configuration_item == attributes["ci"], incidents.c.phase != states.CLOSED)
        .order_by(incidents.c.id.desc())
        .limit(_MOST_INCIDENTS)
    )
    for row in work.txn.execute(query).mappings():
        known = {
            name: row[name] for name in ("number", "phase", "state", "stage", "category", "subcategory", "priority")
        }
        yield Fact(
            kind="incident",
            id=f"incident:{row['number']}",
            at=row["opened_at"],
            attributes=_present({**known, "ci": row["configuration_item"]}),
            fresh=False,
        )


def _attributes(event: Event, alert: Row | None) -> dict[str, AttributeValue]:
    """The event's own fields; a clear that names no CI takes the fields of the alert that it ends."""
    known: dict[str, Any] = dict(event.fields)
    if alert is not None:
        known = {**_known(alert), **_present(known), **({"ci": alert["ci"]} if alert["ci"] else {})}
    return _present({**known, "source": event.source})


def _known(alert: Mapping[str, Any]) -> dict[str, AttributeValue]:
    names = ("ci", "name", "severity", "short_description", "description", "category", "subcategory", "source")
    return _present({name: alert[name] for name in names})


def _present(fields: Mapping[str, Any]) -> dict[str, AttributeValue]:
    return {name: value for name, value in fields.items() if value is not None}
