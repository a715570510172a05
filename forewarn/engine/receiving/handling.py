"""An event shown to the rules, what they want done, and what is done where they cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from forewarn.engine import dialect, states
from forewarn.engine.activity import WORK_NOTE, post
from forewarn.engine.receiving import dead_letters, journal
from forewarn.engine.receiving.carrying_out import Doer, join, open_for
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.events import ALERT
from forewarn.engine.receiving.facts import Storm
from forewarn.engine.receiving.happening import Happening
from forewarn.engine.records import change
from forewarn.engine.schema.work import incidents
from forewarn.engine.views import INCIDENT
from forewarn.engine.work import Work
from forewarn.rules.facts import AttributeValue, Intent, SessionRefused

MAX_DEPTH = 8
"""So many events may raise one another; what a rule raises beyond is written down and not shown to the rules."""

_open_of_ci = (
    select(incidents.c.number)
    .where(incidents.c.configuration_item == bindparam("ci"), incidents.c.phase == states.OPEN)
    .order_by(incidents.c.id.desc())
    .limit(1)
)


class Handler:
    """Shows events to the rules and does what they want, in the transaction of the event."""

    def __init__(self, correlator: Correlator) -> None:
        self._correlator = correlator
        self._doer = Doer(correlator.rule, self._raise_event)

    def show(self, work: Work, happening: Happening) -> None:
        """Show an event that has just come to the rules, and do what they want.

        An alert that they cannot be asked about joins the open incident of its CI, or opens one, and the journal
        says so. Where the rules could not be run, the event is kept with its facts as a dead letter.
        """
        _lock(work, happening)
        self._correlator.enter(work, happening)
        try:
            intents = self._correlator.correlate(work, happening)
        except Storm as storm:
            happening.result = "storm"
            self._without_rules(work, happening, str(storm))
        except SessionRefused as problem:
            self._keep(work, happening, problem, rule=None)
            self._without_rules(work, happening, str(problem))
        else:
            self._doer.carry_out(work, happening, intents, new=True)

    def show_again(self, work: Work, happening: Happening) -> bool:
        """Show an event to the rules that they could not be run for; whether they could now."""
        try:
            intents = self._correlator.correlate_again(work, happening)
        except (Storm, SessionRefused) as problem:
            if isinstance(problem, SessionRefused):
                self._keep(work, happening, problem, rule=None)
            return False
        self._doer.carry_out(work, happening, intents, new=False)
        return True

    def due(self, work: Work, happening: Happening, rule: str, tick: datetime) -> None:
        """Look at a rule that waited for an event, at its time."""
        _lock(work, happening)
        try:
            intents = self._correlator.due(work, happening, rule, tick)
        except Storm as storm:
            happening.notes.append(f"rule {rule}, at its time: {storm}")
        except SessionRefused as problem:
            happening.notes.append(str(problem))
            self._keep(work, happening, problem, rule=rule)
        else:
            self._doer.carry_out(work, happening, intents, new=False)

    def _keep(self, work: Work, happening: Happening, problem: SessionRefused, *, rule: str | None) -> None:
        version = self._correlator.rule_set.version
        dead_letters.keep(work, happening, problem.dead_letter, rule=rule, rule_set=version)

    def _without_rules(self, work: Work, happening: Happening, problem: str) -> None:
        """An alert must not be lost because the rules cannot judge it."""
        happening.notes.append(problem)
        alert = happening.alert
        if happening.kind != ALERT or alert is None or alert["incident_id"] is not None:
            return
        result = happening.result
        known = work.txn.execute(_open_of_ci, {"ci": alert["ci"]}).scalar() if alert["ci"] else None
        if known is not None:
            join(work, happening, known)
        else:
            fields = {name: alert[name] for name in ("short_description", "description", "category", "subcategory")}
            open_for(work, happening, {**fields, "configuration_item": alert["ci"], "channel": "Monitoring"})
            incident = happening.incident
            assert incident is not None  # noqa: S101 - it was opened a moment ago
            post(work, INCIDENT, incident["id"], WORK_NOTE, f"Needs attention: {problem}")
            happening.incident = change(work, INCIDENT, incident, {"needs_attention": True})
        if result == "storm":
            happening.result = result

    def _raise_event(self, work: Work, happening: Happening, intent: Intent) -> None:
        """Write down the event that a rule raises, and show it to the rules."""
        kind = intent.action.target or ""
        rule = self._correlator.rule(intent.rule)
        same = rule.same if rule is not None else ()
        shared = {name: happening.attributes[name] for name in same if name in happening.attributes}
        attributes: Mapping[str, AttributeValue] = {**shared, **_filled(kind, intent.values)}
        at = happening.at if rule is None or not rule.waits else max(happening.at, work.now)
        source = f"rule {intent.rule}"
        content: dict[str, Any] = {"facts": list(intent.facts), **{k: str(v) for k, v in attributes.items()}}
        entry = journal.enter_raised(
            work, journal.Raised(source, intent.firing_key, kind, at, content, by=happening.entry)
        )
        if entry is None:
            return
        raised = Happening(
            entry=entry,
            kind=kind,
            at=at,
            attributes=attributes,
            alert=happening.alert,
            incident=happening.incident,
            depth=happening.depth + 1,
            result="raised",
        )
        if raised.depth > MAX_DEPTH:
            raised.result = "cut"
            raised.notes.append(
                f"{intent.action} of rule {intent.rule} was not shown to the rules: {MAX_DEPTH} events have raised "
                "one another before it"
            )
        else:
            self.show(work, raised)
        journal.settle(work, raised)
        _take_over(happening, raised)


def _lock(work: Work, happening: Happening) -> None:
    """Let the events of one device be shown one after the other: two that come at once must not both open one."""
    device = happening.attributes.get("device") or happening.attributes.get("ci")
    if device is not None:
        dialect.lock_name(work.txn, f"device {device}")


def _take_over(happening: Happening, raised: Happening) -> None:
    """What came of an event that was raised for another is what came of that one, too."""
    if happening.incident is None and raised.incident is not None:
        happening.incident = raised.incident
        happening.result = raised.result
    happening.alert = raised.alert
    happening.opened = happening.opened or raised.opened
    happening.settled = happening.settled or raised.settled
    happening.cases += raised.cases
    happening.notes += raised.notes


def _filled(kind: str, values: Mapping[str, str]) -> dict[str, AttributeValue]:
    """The ``With`` fields that are the raised event's own."""
    prefix = f"{kind}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
