"""Doing what event rules want done: each rule once for one event, whatever is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import exists, insert, or_, select

from forewarn.engine import escalation, flows, generation, notifications, opening, policies, reopening, states
from forewarn.engine.activity import SYSTEM, WORK_NOTE, post
from forewarn.engine.event_actions import run_event_action
from forewarn.engine.receiving import raising
from forewarn.engine.receiving.facts import OPENED
from forewarn.engine.receiving.happening import Happening, entry_of, happened_before, incident_of
from forewarn.engine.records import by_id, by_number, change
from forewarn.engine.schema.deciding import firings
from forewarn.engine.schema.work import cases
from forewarn.engine.views import ALERT, INCIDENT, current, view
from forewarn.engine.work import Work
from forewarn.errors import BadPlugin, BadTable, DecisionError, Place, Refused, UnknownTable
from forewarn.rules.facts import Intent
from forewarn.rules.model import ActionKind, EventRule

_RECORD = "incident."
_TEXT = "notification.text"

_CONTAINED = (BadPlugin, BadTable, DecisionError, Refused, UnknownTable)
"""What an action may fail with and harm nothing else."""

RaiseEvent = Callable[[Work, Happening, Intent], None]
"""What feeds an event that a rule raises back to the rules."""


class Doer:
    """Carries intents out; ``rule`` finds a rule by its id, ``raise_event`` feeds an event back to the rules."""

    def __init__(self, rule: Callable[[str], EventRule | None], raise_event: RaiseEvent) -> None:
        self._rule = rule
        self._raise_event = raise_event
        self._actions: Mapping[ActionKind, Callable[[Work, Happening, Intent], None]] = {
            ActionKind.OPEN_INCIDENT: self._open,
            ActionKind.ADD_TO_INCIDENT: self._join,
            ActionKind.REOPEN_INCIDENT: self._reopen,
            ActionKind.ESCALATE_INCIDENT: self._escalate,
            ActionKind.DECIDE: self._decide,
            ActionKind.RUN_FLOW: self._run_flow,
            ActionKind.NOTIFY: self._notify,
            ActionKind.RAISE_EVENT: raise_event,
        }

    def carry_out(self, work: Work, happening: Happening, intents: Iterable[Intent], *, new: bool) -> None:
        """Do what the rules want, first what gives an event its incident.

        ``new`` tells that nothing can have fired for the event before. An intent of another event, which this one
        has completed, is done for that one.
        """
        done: set[str] = set()
        for intent in sorted(intents, key=lambda one: not one.action.exclusive):
            entry = entry_of(intent.event)
            own = entry == happening.entry
            key = _key(intent, entry)
            if key in done or not _first_time(work, intent, key, entry, sure=new and own):
                continue
            done.add(key)
            self._do(work, happening if own else happened_before(work, entry), intent, tell=happening)

    def _do(self, work: Work, happening: Happening, intent: Intent, *, tell: Happening) -> None:
        if intent.action.exclusive:
            happening.settled = True
        action = self._actions.get(intent.action.kind)
        if action is None:
            return
        if intent.action.kind in (ActionKind.OPEN_INCIDENT, ActionKind.RAISE_EVENT):
            # An incident is opened whatever the tables say, and what an event gives rise to is contained there.
            action(work, happening, intent)
            return
        before = happening.incident
        try:
            with work.txn.begin_nested():
                action(work, happening, intent)
        except _CONTAINED as problem:
            happening.incident = before
            said = f"rule {intent.rule}, {intent.action}: {problem}"
            tell.notes.append(said)
            if before is not None:
                post(work, INCIDENT, before["id"], WORK_NOTE, f"Needs attention: {said}")
                happening.incident = change(
                    work, INCIDENT, by_id(work.txn, INCIDENT, before["id"]), {"needs_attention": True}
                )

    def _open(self, work: Work, happening: Happening, intent: Intent) -> None:
        open_for(work, happening, {name.removeprefix(_RECORD): value for name, value in intent.values.items()})

    def _join(self, work: Work, happening: Happening, intent: Intent) -> None:
        number = incident_of(intent.facts)
        if number is None:
            raise Refused("no incident took part in it", hint="name one in an And column, such as incident.phase")
        join(work, happening, number)

    def _reopen(self, work: Work, happening: Happening, intent: Intent) -> None:
        number = incident_of(intent.facts)
        if number is None:
            raise Refused("no incident took part in it", hint="name one in an And column, such as incident.phase")
        incident = by_number(work.txn, INCIDENT, number)
        why = happening.alert["number"] if happening.alert else f"rule {intent.rule}"
        reopening.reopen_incident(work, incident, f"{why} came after it was resolved")
        join(work, happening, number)
        happening.result = "reopened"

    def _escalate(self, work: Work, happening: Happening, intent: Intent) -> None:
        number = self._incident(happening, intent)
        text = intent.values.get(_TEXT) or f"Event rule {intent.rule} asks for it"
        escalation.escalate(work, number, text)
        happening.incident = by_number(work.txn, INCIDENT, number)

    def _notify(self, work: Work, happening: Happening, intent: Intent) -> None:
        """Tell the people who work on the incident, or with a name the customers: that event of the table Customer
        Notifications, for the incident's open cases.
        """
        incident = by_number(work.txn, INCIDENT, self._incident(happening, intent))
        text = intent.values.get(_TEXT) or f"Event rule {intent.rule} has fired"
        if intent.action.target is None:
            post(work, INCIDENT, incident["id"], WORK_NOTE, f"Needs attention: {text}")
            happening.incident = change(work, INCIDENT, incident, {"needs_attention": True})
            return
        chosen = (cases.c.incident_id == incident["id"]) & (cases.c.phase == states.OPEN)
        notifications.stage(
            work, intent.action.target, chosen, incident=incident, record=(INCIDENT, incident["id"]), text=text
        )
        happening.incident = incident

    def _decide(self, work: Work, happening: Happening, intent: Intent) -> None:
        """Decide the table that a rule names, for the audit."""
        inputs: dict[str, Any] = {}
        record = (ALERT, happening.alert["id"]) if happening.alert else None
        if happening.alert is not None:
            inputs |= policies.inputs_of("alert", current(work.txn, ALERT, happening.alert["id"]))
        if happening.incident is not None:
            inputs |= policies.inputs_of("incident", view(INCIDENT, happening.incident))
            record = (INCIDENT, happening.incident["id"])
        if record is not None:
            policies.decide_policy(work, intent.action.target or "", inputs, record=record)

    def _run_flow(self, work: Work, happening: Happening, intent: Intent) -> None:
        """Run a flow, or what a plugin calls an event action, which needs no incident."""
        name = intent.action.target or ""
        action = work.site.extensions.event_actions.get(name)
        if action is not None and name not in work.site.flows:
            number = incident_of(intent.facts)
            happening.incident = run_event_action(
                work,
                name,
                action,
                rule=intent.rule,
                values=intent.values,
                alert=happening.alert,
                incident=happening.incident if number is None else by_number(work.txn, INCIDENT, number),
            )
            return
        rule = self._rule(intent.rule)
        happening.incident = flows.run_flow(
            work,
            by_number(work.txn, INCIDENT, self._incident(happening, intent)),
            name,
            decision=intent.values,
            note=intent.values.get(_TEXT),
            place=Place() if rule is None else rule.place,
        )

    def _incident(self, happening: Happening, intent: Intent) -> str:
        """The incident that an action is about: one that took part in the rule, else the event's own."""
        number = incident_of(intent.facts)
        if number is not None:
            return number
        if happening.incident is None:
            raise Refused("there is no incident", hint="name one in an And column, such as incident.phase")
        return str(happening.incident["number"])


def _key(intent: Intent, entry: int) -> str:
    """Under what a firing counts once: what two events of one rule have in common is told once, whichever of them
    comes first, but each of them opens, joins or is ignored by itself.
    """
    return f"{intent.firing_key}/{entry}" if intent.action.exclusive else intent.firing_key


def _first_time(work: Work, intent: Intent, key: str, entry: int, *, sure: bool) -> bool:
    """Note a firing; false where the rule has fired for the event, or with the same facts, before."""
    if not sure:
        known = select(
            exists().where(
                or_(
                    firings.c.firing_key == key,
                    (firings.c.entry == entry) & (firings.c.rule == intent.rule),
                )
            )
        )
        if work.txn.execute(known).scalar():
            return False
    row = {
        "firing_key": key,
        "rule": intent.rule,
        "action": str(intent.action),
        "entry": entry,
        "at": work.now,
    }
    work.txn.execute(_fired, row)
    return True


_fired = insert(firings)


def open_for(work: Work, happening: Happening, fields: Mapping[str, Any]) -> None:
    """Open an incident for an event, with what its rule or its alert says."""
    alert = happening.alert
    filled = {name: value for name, value in fields.items() if value}
    for name in ("category", "subcategory", "channel", "impact", "urgency"):
        if name in filled:
            filled[name] = work.site.rulebook.canonical(f"incident.{name}", filled[name])
    if "short_description" not in filled and alert is not None:
        filled["short_description"] = alert["name"] or f"Alert {alert['number']}"
    # An alert has one incident: the first that was opened for it, or that it joined.
    own = alert if alert is not None and alert["incident_id"] is None else None
    stepped = opening.open_incident(work, own, filled)
    happening.incident, happening.opened, happening.result = stepped.incident, True, "opened"
    happening.settled = True
    happening.cases += stepped.created
    happening.notes += stepped.notes
    if stepped.incident["ci_id"] is None:
        happening.notes.append("its impact is unknown")
    if own is not None:
        happening.alert = by_id(work.txn, ALERT, own["id"])
    raising.incident_event(work, OPENED, stepped.incident)


def join(work: Work, happening: Happening, number: str) -> None:
    """Let an event's alert join an incident, unless it has one."""
    incident = by_number(work.txn, INCIDENT, number)
    happening.incident, happening.result, happening.settled = incident, "joined", True
    alert = happening.alert
    if alert is not None and alert["incident_id"] is None:
        happening.alert = change(work, ALERT, alert, {"incident_id": incident["id"]})
        said = alert["short_description"] or alert["name"] or "no description"
        post(work, INCIDENT, incident["id"], SYSTEM, f"{alert['number']} joined: {said}")
        generation.write_on_alerts(work, incident)
