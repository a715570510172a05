"""Alerts in other systems' shapes: recognised, mapped, and repeated as their documents say (B1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from forewarn.engine.actions.alerts import list_alerts, read_alerts, receive_alerts
from forewarn.engine.actions.rules import list_events
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import AlertResult, Reception
from forewarn.errors import NotFound
from forewarn.plugins.api import InboundAlert
from forewarn.plugins.loading import load_extensions

pytestmark = pytest.mark.one_database

FORMATS = load_extensions().alert_formats


def take(site: OpenSite, *documents: Any, chosen: str = "auto") -> tuple[AlertResult, ...]:
    """Take documents in as JSON lines."""
    return receive_text(site, [json.dumps(one) for one in documents], chosen=chosen)


def receive_text(site: OpenSite, lines: Iterable[str], *, chosen: str = "auto") -> tuple[AlertResult, ...]:
    """Take a stream in."""
    return receive_alerts(site, read_alerts(lines, FORMATS, chosen=chosen), source="file", asked_by="t").results


def group(*alerts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An Alertmanager webhook."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="LinkDown"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "forewarn",
        "groupLabels": {"alertname": "LinkDown"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "alerts": list(alerts),
        **fields,
    }


def firing(fingerprint: str = "ab12", start: str = "2026-05-04T08:00:00Z", **fields: Any) -> dict[str, Any]:
    """An alert of a group."""
    return {
        "status": "firing",
        "labels": {"alertname": "LinkDown", "instance": "edge-7", "severity": "page"},
        "annotations": {"summary": "Link down", "description": "load 97 %"},
        "startsAt": start,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus",
        "fingerprint": fingerprint,
        **fields,
    }


def resolved(**fields: Any) -> dict[str, Any]:
    """The same alert when it is over."""
    return firing(**{"status": "resolved", "endsAt": "2026-05-04T09:00:00Z", **fields})


def test_alertmanager_fields_arrive(ruled: Callable[..., OpenSite]) -> None:
    """Labels and annotations become the alert's fields; its severity is mapped by the Aliases sheet."""
    site = ruled()
    take(site, group(firing()))
    (alert,) = list_alerts(site)
    assert {name: alert[name] for name in ("ci", "name", "severity", "short_description", "description")} == {
        "ci": "edge-7",
        "name": "LinkDown",
        "severity": "Critical",
        "short_description": "Link down",
        "description": "load 97 %",
    }
    assert alert["source"] == "http://alertmanager"


def test_a_group_that_is_sent_again_changes_nothing(ruled: Callable[..., OpenSite]) -> None:
    """Groups come again at every repeat interval, their annotations with the values of the day."""
    site = ruled()
    take(site, group(firing()))
    again = firing(annotations={"summary": "Link down", "description": "load 99 %"})
    more = firing("cd34", labels={"alertname": "LinkDown", "instance": "edge-8"})
    results = take(site, group(again, more))
    assert [result.outcome for result in results] == [Reception.REPEATED, Reception.ACCEPTED]
    assert len(list_alerts(site)) == 2


def test_a_fingerprint_that_fires_again_is_another_alert(ruled: Callable[..., OpenSite]) -> None:
    """``startsAt`` tells occurrences apart, and a clear ends its own occurrence alone."""
    site = ruled()
    later = "2026-05-04T10:00:00Z"
    take(site, group(firing()), group(resolved()), group(firing(start=later)))
    assert [alert["state"] for alert in list_alerts(site)] == ["raised", "cleared"]
    results = take(site, group(resolved()))
    assert [result.outcome for result in results] == [Reception.REPEATED]
    assert [alert["state"] for alert in list_alerts(site)] == ["raised", "cleared"]


def test_resolved_without_firing_is_ignored(ruled: Callable[..., OpenSite]) -> None:
    """It opens nothing and ends no other occurrence; where the firing comes later, that alert is over already."""
    site = ruled()
    take(site, group(firing()))
    (result,) = take(site, group(resolved(start="2026-05-04T08:30:00Z")))
    assert (result.alert, result.incident, result.opened) == (None, None, False)
    assert [alert["state"] for alert in list_alerts(site)] == ["raised"]
    take(site, group(firing(start="2026-05-04T08:30:00Z")))
    assert [alert["state"] for alert in list_alerts(site)] == ["cleared", "raised"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (group(firing(), truncatedAlerts=3), "left 3 alerts out"),
        (group(firing(), version="5"), "version 4 can be read"),
        (group(firing(status="pending")), "has the status 'pending'"),
        (group(firing(fingerprint="")), "no fingerprint"),
        (group(firing(labels=["x"])), "labels is not an object"),
        (group("x"), "is no object"),  # type: ignore[arg-type]
        ({"specversion": "0.3", "id": "1", "source": "s", "type": "t"}, "version 1.0 can be read"),
        ({"specversion": "1.0", "id": "1", "type": "t"}, "without source"),
        ({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": "AA=="}, "binary data"),
        ({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": [1]}, "not an object"),
        ({"@type": "Alarm", "state": "raised"}, "neither id nor externalAlarmId"),
        ({"eventType": "AlarmDeleteEvent", "event": {"alarm": {"id": "1"}}}, "AlarmDeleteEvent"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_said(ruled: Callable[..., OpenSite], document: Any, reason: str) -> None:
    """Nothing is dropped in silence."""
    results = take(ruled(), document)
    assert results[-1].outcome is Reception.REFUSED
    assert reason in (results[-1].reason or "")


ALARM = {
    "id": "ROFH-3425",
    "@type": "Alarm",
    "alarmType": "equipmentAlarm",
    "perceivedSeverity": "indeterminate",
    "probableCause": "equipmentMalfunction",
    "specificProblem": "Power supply failed",
    "state": "raised",
    "ackState": "unacknowledged",
    "alarmedObject": {"id": "core-1", "href": "/objects/1"},
    "alarmedObjectType": "router",
    "alarmRaisedTime": "2026-05-04T08:00:00.000Z",
    "alarmReportingTime": "2026-05-04T08:01:00.000Z",
    "sourceSystemId": "ems-1",
    "alarmDetails": "PSU 2",
}


def test_a_tmf642_alarm_arrives(ruled: Callable[..., OpenSite]) -> None:
    """Severity and alarm type are mapped by the Aliases sheet; times and source are the alarm's own."""
    site = ruled()
    take(site, ALARM)
    (alert,) = list_alerts(site)
    names = ("ci", "name", "severity", "subcategory", "alarm_type", "description", "source", "event_id")
    assert [alert[name] for name in names] == [
        "core-1",
        "Power supply failed",
        "Warning",
        "Device failure",
        "equipmentAlarm",
        "PSU 2",
        "ems-1",
        "ROFH-3425",
    ]
    assert alert["time"].isoformat() == "2026-05-04T08:00:00+00:00"


def test_an_alarm_lives_through_its_events(ruled: Callable[..., OpenSite]) -> None:
    """Created, changed, acknowledged, cleared: one alert, an acknowledgement and a clear, each once."""
    site = ruled()
    changed = {**ALARM, "perceivedSeverity": "major", "state": "updated", "alarmChangedTime": "2026-05-04T08:10:00Z"}
    cleared = {**changed, "perceivedSeverity": "cleared", "alarmClearedTime": "2026-05-04T08:30:00Z"}
    results = take(
        site,
        {"eventType": "AlarmCreateEvent", "event": {"alarm": ALARM}},
        {"eventType": "AlarmAttributeValueChangeEvent", "event": {"alarm": changed}},
        {"eventType": "AlarmAttributeValueChangeEvent", "event": {"alarm": {**changed, "ackState": "acknowledged"}}},
        {"eventType": "AlarmStateChangeEvent", "event": {"alarm": cleared}},
    )
    outcomes = [result.outcome.value for result in results]
    assert outcomes == ["accepted", "repeated", "repeated", "accepted", "accepted"]
    (alert,) = list_alerts(site)
    assert alert["state"] == "cleared"
    assert alert["acknowledged_at"].isoformat() == "2026-05-04T08:10:00+00:00"
    assert {entry.kind for entry in list_events(site)} >= {"alert", "acknowledgement", "clear"}


def test_a_cloud_event_is_known_by_its_source_and_id(ruled: Callable[..., OpenSite]) -> None:
    """Twice the same event is one alert; the same id of another source is another one."""
    event = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/mon/1",
        "type": "link_failure",
        "subject": "edge-7",
        "time": "2026-05-04T08:00:00Z",
        "data": {"severity": "major", "short_description": "Link down"},
    }
    site = ruled()
    results = take(site, [event, event, {**event, "source": "/mon/2"}])
    assert [result.outcome.value for result in results] == ["accepted", "repeated", "accepted"]
    newest = list_alerts(site)[0]
    assert (newest["ci"], newest["name"], newest["severity"]) == ("edge-7", "link_failure", "Major")


def test_a_cloud_event_may_carry_another_format(ruled: Callable[..., OpenSite]) -> None:
    """Its data is read as what it is."""
    site = ruled()
    envelope = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    take(site, {**envelope, "data": group(firing())}, {**envelope, "id": "2", "data": ALARM})
    assert {alert["ci"] for alert in list_alerts(site)} == {"edge-7", "core-1"}


def test_a_document_over_many_lines_is_one_document(ruled: Callable[..., OpenSite]) -> None:
    """Indented JSON, with a byte order mark, is read whole; broken lines are still told one by one."""
    site = ruled()
    text = "\ufeff" + json.dumps(group(firing()), indent=2)
    (result,) = receive_text(site, text.splitlines(keepends=True))
    assert result.opened
    results = receive_text(site, ["{\n", json.dumps({"id": "x", "ci": "r9"}) + "\n", "[1\n"])
    assert [(one.line, one.outcome.value) for one in results] == [(1, "refused"), (2, "accepted"), (3, "refused")]


def test_a_chosen_format_is_not_guessed(ruled: Callable[..., OpenSite]) -> None:
    """``product`` takes a document as it is; an unknown format is refused with those that there are."""
    site = ruled()
    (result,) = take(site, {**ALARM, "state": "raised"}, chosen="product")
    assert result.opened
    assert list_alerts(site)[0]["ci"] is None
    with pytest.raises(NotFound, match="there is no alert format 'xml'"):
        take(site, ALARM, chosen="xml")


class Broken:
    """A plugin's format that fails."""

    def recognises(self, document: Any) -> bool:
        return True

    def read(self, document: Any) -> list[InboundAlert]:
        raise KeyError("alarm")


def test_a_format_that_fails_harms_its_document_alone() -> None:
    """Its exception is that document's fault."""
    (one,) = read_alerts(['{"a": 1}'], {"broken": Broken()})
    assert one.fault == "the format broken failed: KeyError: 'alarm'"
