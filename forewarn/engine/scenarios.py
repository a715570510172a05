"""Scenarios: events with times on a sheet, and the rules that must fire for each, tried on virtual time.

Each scenario runs through the engine itself, on an empty store of its own: what it opens and resolves is real there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from forewarn.decision_tables.allowed_values import listed_values
from forewarn.decision_tables.literals import CellProblem, text_literal
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.reserved_sheets import Row, rows_of
from forewarn.decision_tables.values import Kind
from forewarn.engine import states, timers
from forewarn.engine.actions.incidents import resolve_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receive import Receiver
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.documents import AlertDocument
from forewarn.engine.reports import Reception, ScenarioResult, ScenarioStep
from forewarn.engine.rulebook import Rulebook
from forewarn.engine.schema.deciding import firings
from forewarn.engine.schema.work import incidents
from forewarn.engine.store import open_store
from forewarn.errors import Finding, Place, Severity
from forewarn.rules.worker import RuleWorker

SHEET = "Scenarios"
TICK = "tick"
RESOLVE = "resolve incident"
STATES = {"alert": "raised", "clear": "cleared", "acknowledgement": "acknowledged"}

_FIELDS = (
    "ci",
    "parent_ci",
    "name",
    "alarm_type",
    "severity",
    "category",
    "subcategory",
    "short_description",
    "description",
    "source",
)
_HEADINGS = ("scenario", "at", "event", *_FIELDS, "rules")


@dataclass(frozen=True, slots=True)
class Step:
    """One row: what happens so long after the start of its scenario, and the rules that must fire."""

    scenario: str
    after: timedelta
    event: str
    fields: Mapping[str, str]
    rules: frozenset[str]
    place: Place


def read_scenarios(sheets: Sequence[Sheet]) -> tuple[dict[str, list[Step]], list[Finding]]:
    """The scenarios of all sheets of that name, each with its steps in order of time, and what is wrong with them."""
    findings: list[Finding] = []
    found: dict[str, list[Step]] = {}
    for sheet in sheets:
        if sheet.name.strip().casefold() != SHEET.casefold():
            continue
        for row in rows_of(sheet, _HEADINGS, findings):
            step = _step(row, findings)
            if step is not None:
                found.setdefault(f"{sheet.workbook}: {step.scenario}", []).append(step)
    for steps in found.values():
        steps.sort(key=lambda step: step.after)
    return found, findings


def _step(row: Row, findings: list[Finding]) -> Step | None:
    event = row.text("event") or "alert"
    problem = None
    after = timedelta(0)
    if event not in (*STATES, TICK, RESOLVE):
        problem = ("event", f"there is no event {event!r}", f"write {', '.join((*STATES, TICK, RESOLVE))}")
    try:
        length = text_literal(row.text("at") or "0s", Kind.DAYS_AND_TIME_DURATION)
        if isinstance(length, timedelta) and length >= timedelta(0):
            after = length
        else:
            problem = ("at", f"{row.text('at')!r} is not a time after the start", "write 0s, 90s, 5m, 2h or 1d")
    except CellProblem as error:
        problem = ("at", error.message, "write 0s, 90s, 5m, 2h or 1d")
    if not row.text("scenario"):
        problem = ("scenario", "the row belongs to no scenario", "name its scenario")
    if problem is not None:
        heading, message, hint = problem
        findings.append(Finding("FW410", Severity.ERROR, message, place=row.cell(heading).place, hint=hint))
        return None
    return Step(
        scenario=row.text("scenario"),
        after=after,
        event=event,
        fields={name: row.text(name) for name in _FIELDS if row.text(name)},
        rules=frozenset(part.strip() for part in row.text("rules").replace(",", ";").split(";") if part.strip()),
        place=row.cell("rules").place if "rules" in row.cells else row.place,
    )


class _VirtualClock:
    """A clock that stands where it is put."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def run_scenarios(site: OpenSite, scenarios: Mapping[str, Sequence[Step]]) -> Iterator[ScenarioResult]:
    """Run scenarios on the site's rules, tables and plugins, each on an empty store; nothing of the site changes."""
    start = site.clock.now()
    with RuleWorker(site.rulebook.rule_set) as worker, tempfile.TemporaryDirectory(prefix="forewarn-") as folder:
        for number, (name, steps) in enumerate(scenarios.items()):
            with open_store(f"sqlite:///{Path(folder) / f'{number}.db'}") as store:
                rulebook = Rulebook(site.rulebook.library, site.rulebook.rule_set, store)
                clock = _VirtualClock(start)
                empty = replace(site, store=store, rulebook=rulebook, clock=clock, sinks={})
                yield ScenarioResult(name, tuple(_Run(empty, clock, worker).steps(start, steps)))


class _Run:
    """One scenario while it runs."""

    def __init__(self, site: OpenSite, clock: _VirtualClock, worker: RuleWorker) -> None:
        self._site = site
        self._clock = clock
        self._worker = worker
        self._seen = 0

    def steps(self, start: datetime, steps: Sequence[Step]) -> Iterator[ScenarioStep]:
        with Correlator(self._site, self._worker) as correlator:
            receiver = Receiver(self._site, correlator, source="scenario", asked_by="scenario")
            for number, step in enumerate(steps, start=1):
                self._clock.moment = start + step.after
                self._tick()
                fault = self._happen(receiver, number, step)
                self._tick()
                yield ScenarioStep(step.place, step.event, step.after, step.rules, self._fired(), fault)

    def _happen(self, receiver: Receiver, number: int, step: Step) -> str | None:
        if step.event == TICK:
            return None
        if step.event == RESOLVE:
            return self._resolve(step)
        content = {
            **step.fields,
            "id": str(number),
            "state": STATES[step.event],
            "time": self._clock.moment.isoformat(),
        }
        result = receiver.receive(AlertDocument(number, content))
        return result.reason if result.outcome is Reception.REFUSED else None

    def _resolve(self, step: Step) -> str | None:
        query = select(incidents.c.number).where(incidents.c.phase == states.OPEN).order_by(incidents.c.id.desc())
        if "ci" in step.fields:
            query = query.where(incidents.c.configuration_item == step.fields["ci"])
        with self._site.store.read() as txn:
            number = txn.execute(query.limit(1)).scalar()
        if number is None:
            return "there is no open incident to resolve"
        resolve_incident(self._site, number, self._code(), "Resolved in a scenario", None, asked_by="scenario")
        return None

    def _code(self) -> str:
        """A resolution code that the site allows."""
        for entry in self._site.rulebook.library.definitions.glossary:
            if entry.binding is not None and entry.binding.name == "incident.resolution_code" and entry.allowed:
                return str(next(iter(listed_values(entry.allowed))))
        return "Resolved"

    def _tick(self) -> None:
        timers.run_due(self._site, now=self._clock.moment, asked_by="scenario", progress=None, worker=self._worker)

    def _fired(self) -> frozenset[str]:
        with self._site.store.read() as txn:
            rows = txn.execute(
                select(firings.c.id, firings.c.rule).where(firings.c.id > self._seen).order_by(firings.c.id)
            ).all()
        self._seen = rows[-1].id if rows else self._seen
        return frozenset(row.rule for row in rows)
