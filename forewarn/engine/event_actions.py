"""Running an event action that a plugin provides: an event rule's own doing, with or without an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forewarn.engine import incident_fields, plugin_runs
from forewarn.engine.activity import WORK_NOTE, post
from forewarn.engine.records import Row, change
from forewarn.engine.views import ALERT, INCIDENT, current, view
from forewarn.engine.work import Work
from forewarn.errors import BadRecord
from forewarn.plugins.api import EventAction, RecordView


def run_event_action(
    work: Work,
    name: str,
    action: EventAction,
    *,
    rule: str,
    values: Mapping[str, Any],
    alert: Row | None,
    incident: Row | None,
) -> Row | None:
    """Run an event action inside the transaction; returns the incident as it stands then, if there is one.

    Raises `BadPlugin` where it raises anything or does not come back in time: what it has changed is undone, alone.
    """
    context = _Context(work, rule, values, alert, incident)
    plugin_runs.run(work, f"the event action {name!r}", lambda: action(context), context)
    return context.row


class _Context(plugin_runs.RunContext):
    """The `EventContext` of one run."""

    def __init__(
        self, work: Work, rule: str, values: Mapping[str, Any], alert: Row | None, incident: Row | None
    ) -> None:
        super().__init__()
        self._work = work
        self._rule = rule
        self._values = dict(values)
        self._alert = alert
        self.row = incident

    @property
    def rule(self) -> str:
        return self._rule

    @property
    def values(self) -> Mapping[str, Any]:
        return self._values

    @property
    def alert(self) -> RecordView | None:
        if self._alert is None:
            return None
        with self.in_use():
            return current(self._work.txn, ALERT, self._alert["id"])

    @property
    def incident(self) -> RecordView | None:
        return None if self.row is None else view(INCIDENT, self.row)

    @property
    def now(self) -> datetime:
        return self._work.now

    def work_note(self, text: str) -> None:
        with self.in_use():
            if self.row is not None:
                post(self._work, INCIDENT, self.row["id"], WORK_NOTE, str(text))
            elif self._alert is not None:
                post(self._work, ALERT, self._alert["id"], WORK_NOTE, str(text))
            else:
                raise BadRecord("there is neither an incident nor an alert to post on")

    def set(self, **fields: Any) -> None:
        with self.in_use():
            if self.row is None:
                raise BadRecord("there is no incident to change")
            self.row = change(self._work, INCIDENT, self.row, incident_fields.writable(self._work, fields))
