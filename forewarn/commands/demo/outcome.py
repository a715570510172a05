"""How the demo ended, as the store tells it: the object that ``forewarn demo --json`` prints."""

from __future__ import annotations

from typing import Any

from forewarn.commands.demo.story import children, recorded_decisions
from forewarn.engine.actions.cases import show_case
from forewarn.engine.actions.incidents import list_incidents, show_incident
from forewarn.engine.open_site import OpenSite
from forewarn.plugins.api import Outcome


def outcome(site: OpenSite) -> dict[str, Any]:
    """The one incident of the site with its major case, its customers' cases, decisions and deliveries."""
    report = show_incident(site, list_incidents(site)[0].number)
    incident, major_case = report.incident, report.major_case
    told = [
        (sink, notification)
        for case in sorted(report.cases, key=lambda case: case.number)
        for notification in show_case(site, case.number).notifications
        for sink, result in sorted(notification.outcomes.items())
        if result == Outcome.DELIVERED
    ]
    return {
        "incident": {name: _field(incident, name) for name in ("number", "state", "stage", "assignment_group")},
        "major_case": None if major_case is None else {name: _field(major_case, name) for name in ("number", "state")},
        "cases": [
            {name: _field(case, name) for name in ("number", "account", "parent", "state", "resolution_code")}
            for case in children(report)
        ],
        "decisions": [
            {"table": made.table, "version": made.version, "rules": made.rules, "outputs": made.outputs}
            for made in recorded_decisions(site, report)
        ],
        "notifications": [
            {"sink": sink, "event": notification.event, "recipient": notification.recipient}
            for sink, notification in sorted(told, key=lambda one: (one[1].staged_at, one[1].event_id, one[0]))
        ],
    }


def _field(record: Any, name: str) -> Any:
    return record.number if name == "number" else record[name]
