"""Running a flow that a plugin provides: it sees the incident, and changes it only through its context."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from forewarn.engine import incident_fields, tasks
from forewarn.engine.activity import COMMENT, WORK_NOTE, post
from forewarn.engine.records import Row, change
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import BadPlugin, BadRecord, Place
from forewarn.plugins.api import RecordView
from forewarn.plugins.limits import TookTooLong, within


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
    try:
        with work.txn.begin_nested():
            try:
                within(work.site.flow_seconds, lambda: flow(context), name=f"flow {name}")
            finally:
                # Before the changes are kept or undone: a flow that was left behind must not add to them.
                context.close()
    except TookTooLong as problem:
        raise BadPlugin(f"the flow {name!r} failed: {problem}") from problem
    except (Exception, SystemExit) as failure:
        raise BadPlugin(f"the flow {name!r} failed: {_said(failure)}") from failure
    return context.row


def _said(failure: BaseException) -> str:
    text = " ".join(str(failure).split())
    return f"{type(failure).__name__}: {text}" if text else type(failure).__name__


class _Context:
    """The `FlowContext` of one run; of no use after it."""

    def __init__(self, work: Work, row: Row, flow: str, decision: Mapping[str, Any], note: str | None) -> None:
        self._work = work
        self._open = True
        # The flow runs in a thread of its own; what it has begun to write is written before the context is closed.
        self._lock = threading.RLock()
        self.row = row
        self._flow = flow
        self._decision = dict(decision)
        self._note = note

    def close(self) -> None:
        with self._lock:
            self._open = False

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
        with self._in_use():
            post(self._work, INCIDENT, self.row["id"], WORK_NOTE, str(text))

    def comment(self, text: str) -> None:
        with self._in_use():
            post(self._work, INCIDENT, self.row["id"], COMMENT, str(text))

    def set(self, **fields: Any) -> None:
        with self._in_use():
            changes = incident_fields.writable(self._work, fields, also=("needs_attention",))
            if "configuration_item" in changes:
                raise BadRecord("a flow cannot change the CI of an incident", hint="post a work note that asks for it")
            self.row = change(self._work, INCIDENT, self.row, changes)

    def open_task(self, short_description: str, **fields: Any) -> str:
        with self._in_use():
            return tasks.open_task(self._work, self.row, short_description, fields)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._lock:
            if not self._open:
                raise RuntimeError("the flow is over: its context cannot be used any more")
            yield
