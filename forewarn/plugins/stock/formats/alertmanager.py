"""Prometheus Alertmanager's webhook, version 4.

One document is a group of alerts, sent again whenever the group changes and at its repeat interval. A fingerprint
stands for the labels: it comes back each time the same alert fires, and ``startsAt`` tells the occurrences apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forewarn.errors import BadRecord
from forewarn.plugins.api import InboundAlert
from forewarn.plugins.stock.formats.fields import part, present, text

_STATES = {"firing": "raised", "resolved": "cleared"}
_UNSET = "0001-01-01T00:00:00"
"""How Alertmanager writes a time that there is none of."""

_CI = ("ci", "configuration_item", "device", "host", "hostname", "node", "instance")
"""Labels that may name what failed, the most telling first."""


class Alertmanager:
    """Reads the webhook's groups; each alert of a group is one by itself."""

    def recognises(self, document: Mapping[str, Any]) -> bool:
        """A document with a list of alerts and a group key."""
        return isinstance(document.get("alerts"), list) and "groupKey" in document

    def read(self, document: Mapping[str, Any]) -> Sequence[InboundAlert]:
        """The alerts of a group; those that Alertmanager itself has left out are a fault of their own."""
        version = text(document, "version")
        if version not in (None, "4"):
            raise BadRecord(f"an Alertmanager webhook of version {version}: version 4 can be read")
        alerts = document.get("alerts")
        if not isinstance(alerts, list):
            raise BadRecord("an Alertmanager webhook without a list of alerts")
        found = [_read(alert, document) for alert in alerts]
        left_out = text(document, "truncatedAlerts") or "0"
        if left_out != "0":
            fault = f"Alertmanager left {left_out} alerts out of the group {text(document, 'groupKey')} (max_alerts)"
            found.append(InboundAlert(None, fault=fault))
        return found


def _read(alert: Any, document: Mapping[str, Any]) -> InboundAlert:
    if not isinstance(alert, Mapping):
        return InboundAlert(None, fault="an alert of the group is no object")
    try:
        labels, annotations = part(alert, "labels"), part(alert, "annotations")
    except BadRecord as problem:
        return InboundAlert(None, fault=f"an alert of the group cannot be read: {problem.message}")
    status = text(alert, "status") or text(document, "status") or "firing"
    state = _STATES.get(status)
    fingerprint, started = text(alert, "fingerprint"), _time(alert, "startsAt")
    if state is None:
        return InboundAlert(None, fault=f"an alert of the group has the status {status!r}, not firing or resolved")
    if fingerprint is None or started is None:
        return InboundAlert(None, fault="an alert of the group has no fingerprint or no startsAt")
    name = text(labels, "alertname")
    content = {
        "id": f"{fingerprint}@{started}",
        "source": text(document, "externalURL") or "alertmanager",
        "ci": text(labels, *_CI),
        "parent_ci": text(labels, "parent_ci"),
        "name": name,
        "severity": text(labels, "severity"),
        "category": text(labels, "category"),
        "subcategory": text(labels, "subcategory"),
        "state": state,
        "time": started if state == "raised" else _time(alert, "endsAt") or started,
        "short_description": text(annotations, "summary", "title") or name,
        "description": text(annotations, "description", "message"),
        "fingerprint": fingerprint,
        "labels": dict(labels),
        "generator_url": text(alert, "generatorURL"),
    }
    return InboundAlert(present(content), exact=True)


def _time(alert: Mapping[str, Any], name: str) -> str | None:
    value = text(alert, name)
    return None if value is None or value.startswith(_UNSET) else value
