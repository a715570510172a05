"""The way of one event: receive → journal → rules → decide → flow → commit. Delivery comes afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import journal
from forewarn.engine.receiving.alerts import clear_if_over, record_acknowledgement, record_alert, record_clear
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.documents import AlertDocument
from forewarn.engine.receiving.events import ACKNOWLEDGEMENT, ALERT, Event, read_event
from forewarn.engine.receiving.handling import Handler
from forewarn.engine.receiving.happening import Happening, attributes_of
from forewarn.engine.records import Row, by_id
from forewarn.engine.reports import AlertResult, Progress, ReceiveReport, Reception
from forewarn.engine.views import ALERT as ALERT_RECORD
from forewarn.engine.views import INCIDENT
from forewarn.engine.vocabulary import EVENT_ATTRIBUTES
from forewarn.engine.work import Work, begin
from forewarn.errors import BadRecord, Refused
from forewarn.rules.facts import AttributeValue


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
        receiver = Receiver(site, correlator, source=source, asked_by=asked_by)
        for number, given in enumerate(alerts, start=1):
            document = given if isinstance(given, AlertDocument) else AlertDocument(number, given)
            results.append(receiver.receive(document))
            if progress is not None:
                progress("alerts", number, None)
    return ReceiveReport(tuple(results))


class Receiver:
    """Takes events in, one by one; ``source`` stands for those that name none."""

    def __init__(self, site: OpenSite, correlator: Correlator, *, source: str, asked_by: str) -> None:
        self._site = site
        self._handler = Handler(correlator)
        self._source = source
        self._asked_by = asked_by

    def receive(self, document: AlertDocument) -> AlertResult:
        """Take one event in, in a transaction: all that follows from it happens, or nothing."""
        refused = AlertResult(document.line, self._source, None, Reception.REFUSED)
        if document.content is None:
            return replace(refused, reason=document.fault)
        try:
            return self._receive(document, refused)
        except Refused as refusal:
            # A record observer of a plugin refused what the event would change: nothing of it was kept.
            return replace(refused, reason=str(refusal))

    def _receive(self, document: AlertDocument, refused: AlertResult) -> AlertResult:
        assert document.content is not None  # noqa: S101 - looked at by the caller
        with begin(self._site, self._asked_by) as work:
            try:
                event = read_event(
                    document.content,
                    source=self._source,
                    rulebook=self._site.rulebook,
                    now=work.now,
                    exact=document.exact,
                )
            except BadRecord as problem:
                return replace(refused, reason=str(problem))
            earlier = journal.earlier(work, event)
            if earlier is not None:
                return _repeated(work, document.line, event, earlier)
            happening = self._handle(work, event)
        return AlertResult(
            line=document.line,
            source=event.source,
            event_id=event.event_id,
            outcome=Reception.ACCEPTED,
            alert=happening.alert["number"] if happening.alert else None,
            incident=happening.incident["number"] if happening.incident else None,
            opened=happening.opened,
            cases=happening.cases,
            notes=tuple(happening.notes),
        )

    def _handle(self, work: Work, event: Event) -> Happening:
        entry = journal.enter(work, event)
        happening = _recorded(work, event, entry)
        self._handler.show(work, happening)
        if event.kind == ALERT and happening.incident is None:
            happening.notes.append("no event rule opens an incident for it")
        journal.settle(work, happening)
        return happening


def _recorded(work: Work, event: Event, entry: int) -> Happening:
    """The event after it is written down on its alert."""
    notes: list[str] = []
    result = "recorded"
    alert: Row | None
    if event.kind == ALERT:
        alert = record_alert(work, event)
        if event.exact:
            alert = clear_if_over(work, alert)
    elif event.kind == ACKNOWLEDGEMENT:
        alert, result = record_acknowledgement(work, event), "acknowledged"
        if alert is None:
            notes.append("it acknowledges no alert that was received")
    else:
        alert, result = record_clear(work, event), "cleared"
        if alert is None:
            result = "nothing to clear"
            notes.append("it clears no alert that was received")
    incident = None
    if alert is not None and alert["incident_id"] is not None:
        incident = by_id(work.txn, INCIDENT, alert["incident_id"])
    return Happening(
        entry=entry,
        kind=event.kind,
        at=event.time,
        attributes=_attributes(event, alert),
        alert=alert,
        incident=incident,
        result=result,
        notes=notes,
    )


def _attributes(event: Event, alert: Row | None) -> dict[str, AttributeValue]:
    """The event's own fields; a clear that names no CI takes the fields of the alert that it ends."""
    known: dict[str, Any] = dict(event.fields)
    if alert is not None:
        own = attributes_of({name: alert[name] for name in EVENT_ATTRIBUTES if name in alert})
        known = {**own, **attributes_of(known), **({"ci": alert["ci"]} if alert["ci"] else {})}
    known["source"] = event.source
    known["device"] = known.get("parent_ci") or known.get("ci")
    known.pop("time", None)
    return attributes_of(known)


def _repeated(work: Work, line: int, event: Event, earlier: journal.Earlier) -> AlertResult:
    row = earlier.row
    result = AlertResult(
        line=line,
        source=event.source,
        event_id=event.event_id,
        outcome=Reception.REPEATED,
        reason=f"received at {row['received_at']:%Y-%m-%d %H:%M:%S} UTC already: nothing was changed",
        alert=by_id(work.txn, ALERT_RECORD, row["alert_id"])["number"] if row["alert_id"] else None,
        incident=by_id(work.txn, INCIDENT, row["incident_id"])["number"] if row["incident_id"] else None,
    )
    if earlier.same:
        return result
    reason = f"the id {event.event_id!r} of {event.source} was received before with other content"
    return replace(result, outcome=Reception.REFUSED, reason=reason)
