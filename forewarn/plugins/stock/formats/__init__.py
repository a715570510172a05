"""The shapes of alerts that come with Forewarn: Prometheus Alertmanager webhooks, TMF642 alarms, CloudEvents."""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.plugins.api import AlertFormat
from forewarn.plugins.hookspecs import hookimpl
from forewarn.plugins.stock.formats.alertmanager import Alertmanager
from forewarn.plugins.stock.formats.cloudevents import CloudEvents
from forewarn.plugins.stock.formats.tmf642 import Tmf642


@hookimpl
def forewarn_alert_formats() -> Mapping[str, AlertFormat]:
    """One format a kind of document; a CloudEvent may carry a document of the others."""
    alertmanager, tmf642 = Alertmanager(), Tmf642()
    return {"alertmanager": alertmanager, "tmf642": tmf642, "cloudevents": CloudEvents((alertmanager, tmf642))}
