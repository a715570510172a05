"""The way of one event: receive → journal → rules → decide → flow → commit. Delivery comes afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import exists, insert, select

from forewarn.engine import flows, generation, opening, policies
from forewarn.engine.activity import SYSTEM, WORK_NOTE, post
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import journal
from forewarn.engine.receiving.alerts import record_alert, record_clear
from forewarn.engine.receiving.correlation import Correlator, incident_number
from forewarn.engine.receiving.documents import AlertDocument
from forewarn.engine.receiving.events import ALERT as ALERT_EVENT
from forewarn.engine.receiving.events import Event, read_event
from forewarn.engine.records import Row, by_id, by_number, change
from forewarn.engine.reports import AlertResult, Progress, ReceiveReport, Reception
from forewarn.engine.schema.deciding import firings
from forewarn.engine.views import ALERT, INCIDENT, current, view
from forewarn.engine.work import Work, begin
from forewarn.errors import BadPlugin, BadRecord, DecisionError
from forewarn.rules.facts import Intent, SessionRefused
from forewarn.rules.model import ActionKind

_RECORD = "incident."


def receive(
    site: OpenSite,
    alerts: Iterable[Mapping[str, Any] | AlertDocument],
    *,
    source: str,
    asked_by: str,
    progress: Progress | None,
) -> ReceiveReport:
    """Take alerts in, each in a transaction of its own."""
    results: list[AlertResult] = []
    with Correlator(site) as correlator:
        for number, given in enumerate(alerts, start=1):
            document = given if isinstance(given, AlertDocument) else AlertDocument(number, given)
            results.append(_receive_one(site, correlator, document, source=source, asked_by=asked_by))
            if progress is not None:
                progress("alerts", number, None)
    return ReceiveReport(tuple(results))


def _receive_one(
    site: OpenSite, correlator: Correlator, document: AlertDocument, *, source: str, asked_by: str
) -> AlertResult:
    refused = AlertResult(document.line, source, None, Reception.REFUSED)
    if document.content is None:
        return replace(refused, reason=document.fault)
    with begin(site, asked_by) as work:
        try:
            event = read_event(document.content, source=source, rulebook=site.rulebook, now=work.now)
        except BadRecord as problem:
            return replace(refused, reason=str(problem))
        earlier = journal.earlier(work, event)
        if earlier is not None:
            return _repeated(work, document.line, event, earlier)
        outcome = _handle(work, correlator, event)
    return AlertResult(
        line=document.line,
        source=event.source,
        event_id=event.event_id,
        outcome=Reception.ACCEPTED,
        alert=outcome.alert["number"] if outcome.alert else None,
        incident=outcome.incident["number"] if outcome.incident else None,
        opened=outcome.opened,
        cases=outcome.cases,
        notes=tuple(outcome.notes),
    )


def _repeated(work: Work, line: int, event: Event, earlier: journal.Earlier) -> AlertResult:
    row = earlier.row
    result = AlertResult(
        line=line,
        source=event.source,
        event_id=event.event_id,
        outcome=Reception.REPEATED,
        reason=f"received at {row['received_at']:%Y-%m-%d %H:%M:%S} UTC already: nothing was changed",
        alert=by_id(work.txn, ALERT, row["alert_id"])["number"] if row["alert_id"] else None,
        incident=by_id(work.txn, INCIDENT, row["incident_id"])["number"] if row["incident_id"] else None,
    )
    if earlier.same:
        return result
    reason = f"the id {event.event_id!r} of {event.source} was received before with other content"
    return replace(result, outcome=Reception.REFUSED, reason=reason)


@dataclass(slots=True)
class _Outcome:
    """What has come of an event so far."""

    alert: Row | None
    incident: Row | None = None
    opened: bool = False
    cases: int = 0
    result: str = "recorded"
    notes: list[str] = field(default_factory=list)


def _handle(work: Work, correlator: Correlator, event: Event) -> _Outcome:
    entry = journal.enter(work, event)
    if event.kind == ALERT_EVENT:
        outcome = _Outcome(record_alert(work, event))
    else:
        outcome = _Outcome(record_clear(work, event), result="cleared")
        if outcome.alert is None:
            outcome.result = "nothing to clear"
            outcome.notes.append("it clears no alert that was received")
        elif outcome.alert["incident_id"] is not None:
            outcome.incident = by_id(work.txn, INCIDENT, outcome.alert["incident_id"])
    try:
        intents = correlator.correlate(work, event, entry, outcome.alert)
    except SessionRefused as problem:
        _open_unruled(work, event, outcome, str(problem))
    else:
        _carry_out(work, outcome, intents)
    if event.kind == ALERT_EVENT and outcome.incident is None:
        outcome.notes.append("no event rule opens an incident for it")
    journal.settle(
        work,
        entry,
        outcome.result,
        alert_id=outcome.alert["id"] if outcome.alert else None,
        incident_id=outcome.incident["id"] if outcome.incident else None,
    )
    return outcome


def _open_unruled(work: Work, event: Event, outcome: _Outcome, problem: str) -> None:
    """An alert that the rules cannot judge must not be lost: it opens an incident that says so."""
    outcome.notes.append(problem)
    if event.kind != ALERT_EVENT or outcome.alert is None:
        return
    alert = outcome.alert
    fields = {name: alert[name] for name in ("short_description", "description", "category", "subcategory")}
    _open(work, outcome, {**fields, "configuration_item": alert["ci"], "channel": "Monitoring"})
    incident = outcome.incident
    assert incident is not None  # noqa: S101 - it was opened a moment ago
    post(work, INCIDENT, incident["id"], WORK_NOTE, f"Needs attention: {problem}")
    outcome.incident = change(work, INCIDENT, incident, {"needs_attention": True})


def _carry_out(work: Work, outcome: _Outcome, intents: Iterable[Intent]) -> None:
    """Do what the rules want, each firing once for ever; first what gives the event its incident."""
    for intent in sorted(intents, key=lambda one: not one.action.exclusive):
        if not _first_time(work, intent, outcome):
            continue
        match intent.action.kind:
            case ActionKind.OPEN_INCIDENT:
                fields = {name.removeprefix(_RECORD): value for name, value in intent.values.items()}
                _open(work, outcome, fields)
            case ActionKind.ADD_TO_INCIDENT:
                _join(work, outcome, intent)
            case ActionKind.DECIDE:
                _decide(work, outcome, intent)
            case ActionKind.RUN_FLOW:
                _run_flow(work, outcome, intent)
            case ActionKind.IGNORE:
                pass
            case ActionKind.RAISE_EVENT | ActionKind.NOTIFY:
                outcome.notes.append(f"rule {intent.rule}: {intent.action} is not carried out by this version")


def _first_time(work: Work, intent: Intent, outcome: _Outcome) -> bool:
    if outcome.alert is None:
        return True
    known = select(exists().where(firings.c.firing_key == intent.firing_key))
    if work.txn.execute(known).scalar():
        return False
    work.txn.execute(
        insert(firings).values(
            firing_key=intent.firing_key,
            rule=intent.rule,
            action=str(intent.action),
            alert_id=outcome.alert["id"],
            at=work.now,
        )
    )
    return True


def _open(work: Work, outcome: _Outcome, fields: Mapping[str, Any]) -> None:
    alert = outcome.alert
    filled = {name: value for name, value in fields.items() if value}
    for name in ("category", "subcategory", "channel", "impact", "urgency"):
        if name in filled:
            filled[name] = work.site.rulebook.canonical(f"incident.{name}", filled[name])
    if "short_description" not in filled and alert is not None:
        filled["short_description"] = alert["name"] or f"Alert {alert['number']}"
    stepped = opening.open_incident(work, alert, filled)
    outcome.incident, outcome.opened, outcome.result = stepped.incident, True, "opened"
    outcome.cases += stepped.created
    outcome.notes += stepped.notes
    if stepped.incident["ci_id"] is None:
        outcome.notes.append("its impact is unknown")
    if alert is not None:
        outcome.alert = by_id(work.txn, ALERT, alert["id"])


def _join(work: Work, outcome: _Outcome, intent: Intent) -> None:
    number = incident_number(intent)
    if number is None:
        outcome.notes.append(f"rule {intent.rule} adds to an incident, but none took part in it")
        return
    incident = by_number(work.txn, INCIDENT, number)
    outcome.incident, outcome.result = incident, "joined"
    if outcome.alert is not None and outcome.alert["incident_id"] is None:
        outcome.alert = change(work, ALERT, outcome.alert, {"incident_id": incident["id"]})
        said = outcome.alert["short_description"] or outcome.alert["name"] or "no description"
        post(work, INCIDENT, incident["id"], SYSTEM, f"{outcome.alert['number']} joined: {said}")
        generation.write_on_alerts(work, incident)


def _decide(work: Work, outcome: _Outcome, intent: Intent) -> None:
    """Decide the table that a rule names, for the audit; one that cannot decide harms nothing else."""
    inputs: dict[str, Any] = {}
    record = (ALERT, outcome.alert["id"]) if outcome.alert else None
    if outcome.alert is not None:
        inputs |= policies.inputs_of("alert", current(work.txn, ALERT, outcome.alert["id"]))
    if outcome.incident is not None:
        inputs |= policies.inputs_of("incident", view(INCIDENT, outcome.incident))
        record = (INCIDENT, outcome.incident["id"])
    if record is None:
        return
    try:
        policies.decide_policy(work, intent.action.target or "", inputs, record=record)
    except DecisionError as problem:
        outcome.notes.append(str(problem))


def _run_flow(work: Work, outcome: _Outcome, intent: Intent) -> None:
    if outcome.incident is None:
        outcome.notes.append(f"rule {intent.rule}: {intent.action} needs an incident, and there is none")
        return
    try:
        rule = next(rule for rule in work.site.rulebook.rule_set.rules if rule.id == intent.rule)
        outcome.incident = flows.run_flow(
            work, outcome.incident, intent.action.target or "", decision=intent.values, note=None, place=rule.place
        )
    except BadPlugin as failure:
        outcome.notes.append(str(failure))
        post(work, INCIDENT, outcome.incident["id"], WORK_NOTE, f"Needs attention: {failure}")
        outcome.incident = change(work, INCIDENT, outcome.incident, {"needs_attention": True})
