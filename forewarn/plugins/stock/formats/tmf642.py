"""TMF642 Alarm Management, version 4: alarms as resources, and the events that tell of them.

An alarm document is the alarm as it stands: raised, updated or cleared, acknowledged or not. Its id is that of one
life of the alarm, and documents of the same alarm come again whenever something of it changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forewarn.errors import BadRecord
from forewarn.plugins.api import InboundAlert
from forewarn.plugins.stock.formats.fields import part, present, text

_EVENTS = frozenset({"AlarmCreateEvent", "AlarmStateChangeEvent", "AlarmAttributeValueChangeEvent"})
_CLEARED = "cleared"
_ACKNOWLEDGED = "acknowledged"


class Tmf642:
    """Reads alarms, by themselves or in the events of the alarm hub."""

    def recognises(self, document: Mapping[str, Any]) -> bool:
        """An alarm has a perceived severity or says that it is one; an event has an alarm inside."""
        if _alarm_of(document) is not None:
            return True
        return document.get("@type") == "Alarm" or ("perceivedSeverity" in document and "specversion" not in document)

    def read(self, document: Mapping[str, Any]) -> Sequence[InboundAlert]:
        """The alarm; one that somebody has acknowledged is an acknowledgement, too."""
        alarm = _alarm_of(document)
        if alarm is not None:
            event = text(document, "eventType")
            if event is not None and event not in _EVENTS:
                raise BadRecord(f"{event} tells of no alarm that was raised, changed or cleared")
        return _read(document if alarm is None else alarm)


def _alarm_of(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    event = document.get("event")
    alarm = event.get("alarm") if isinstance(event, Mapping) else None
    return alarm if isinstance(alarm, Mapping) else None


def _read(alarm: Mapping[str, Any]) -> list[InboundAlert]:
    identity = text(alarm, "id", "externalAlarmId")
    if identity is None:
        raise BadRecord("an alarm has neither id nor externalAlarmId")
    raised = text(alarm, "alarmRaisedTime", "alarmReportingTime")
    changed = text(alarm, "alarmChangedTime") or raised
    severity = text(alarm, "perceivedSeverity")
    over = _says(alarm, "state", _CLEARED) or (severity or "").casefold() == _CLEARED
    problem = text(alarm, "specificProblem", "probableCause")
    common = {
        "id": identity,
        "source": text(alarm, "sourceSystemId", "reportingSystemId") or "tmf642",
        "ci": text(part(alarm, "alarmedObject"), "id"),
        "name": problem,
        "alarm_type": text(alarm, "alarmType"),
        "severity": None if over and (severity or "").casefold() == _CLEARED else severity,
        "short_description": problem or text(alarm, "alarmType"),
        "description": text(alarm, "alarmDetails"),
        "probable_cause": text(alarm, "probableCause"),
        "external_alarm_id": text(alarm, "externalAlarmId"),
        "href": text(alarm, "href"),
    }
    if over:
        ended = text(alarm, "alarmClearedTime") or changed
        return [InboundAlert(present({**common, "state": "cleared", "time": ended}), exact=True)]
    found = [InboundAlert(present({**common, "state": "raised", "time": raised}), exact=True)]
    if _says(alarm, "ackState", _ACKNOWLEDGED):
        found.append(InboundAlert(present({**common, "state": "acknowledged", "time": changed}), exact=True))
    return found


def _says(alarm: Mapping[str, Any], name: str, word: str) -> bool:
    return (text(alarm, name) or "").casefold() == word
