"""Running a flow that a plugin provides: it sees the incident, and changes it only through its context."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from forewarn.engine import incident_fields, plugin_runs, tasks
from forewarn.engine.activity import COMMENT, WORK_NOTE, post
from forewarn.engine.records import Row, change
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import BadPlugin, BadRecord, Place
from forewarn.plugins.api import RecordView


def run_flow(
    work: Work, incident: Row, name: str, *, decision: Mapping[str, Any], note: str | None, place: Place
) -> Row:
    """Run the flow of that name on an incident, inside the transaction; returns the incident as it stands then.

    Raises `BadPlugin` where no plugin provides it (``place`` is the cell that names it), where it raises anything, or
    does not come back in time: then what it has changed is rolled back, alone.
    """
    flow = work.site.flows.get(name)
    if flow is None:
        raise BadPlugin(
            f"no plugin provides the flow {name!r}",
            place=place,
            hint="correct the name, or add a plugin or message file that provides it",
        )
    context = _Context(work, incident, name, decision, note)
    plugin_runs.run(work, f"the flow {name!r}", lambda: flow(context), context)
    return context.row


class _Context(plugin_runs.RunContext):
    """The `FlowContext` of one run; of no use after it."""

    def __init__(self, work: Work, row: Row, flow: str, decision: Mapping[str, Any], note: str | None) -> None:
        super().__init__()
        self._work = work
        self.row = row
        self._flow = flow
        self._decision = dict(decision)
        self._note = note

    @property
    def incident(self) -> RecordView:
        return view(INCIDENT, self.row)

    @property
    def flow(self) -> str:
        return self._flow

    @property
    def decision(self) -> Mapping[str, Any]:
        return self._decision

    @property
    def note(self) -> str | None:
        return self._note

    @property
    def asked_by(self) -> str:
        return self._work.asked_by

    @property
    def now(self) -> datetime:
        return self._work.now

    def message(self, key: str, **values: Any) -> str:
        return self._work.site.messages.render(key, {**values, "incident": self.incident}).body

    def work_note(self, text: str) -> None:
        with self.in_use():
            post(self._work, INCIDENT, self.row["id"], WORK_NOTE, str(text))

    def comment(self, text: str) -> None:
        with self.in_use():
            post(self._work, INCIDENT, self.row["id"], COMMENT, str(text))

    def set(self, **fields: Any) -> None:
        with self.in_use():
            changes = incident_fields.writable(self._work, fields, also=("needs_attention",))
            if "configuration_item" in changes:
                raise BadRecord("a flow cannot change the CI of an incident", hint="post a work note that asks for it")
            self.row = change(self._work, INCIDENT, self.row, changes)

    def open_task(self, short_description: str, **fields: Any) -> str:
        with self.in_use():
            return tasks.open_task(self._work, self.row, short_description, fields)
