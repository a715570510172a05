"""Event rules and the journal by hand: rules list, test, trace; event list, show, tick; run --format."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import openpyxl

from tests.commands.conftest import OUTAGE, call, data

WEBHOOK = {
    "version": "4",
    "groupKey": "{}",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "LinkDown", "ci": "Vmanage_10002", "severity": "page"},
            "annotations": {"summary": "Link down"},
            "startsAt": "2026-05-04T08:00:00Z",
            "fingerprint": "ab12",
        }
    ],
}


def test_run_recognises_what_other_systems_send(site: Path) -> None:
    """An indented webhook is one document; as product JSON the same is another thing; an unknown name is refused."""
    text = json.dumps(WEBHOOK, indent=2)
    told = call("run", "-", "--site", site, input=text)
    assert told.exit_code == 0, told.output
    assert "ALERT0000001: opened INC0000001" in told.stdout
    assert "repeated" in call("run", "-", "--site", site, "--format", "alertmanager", input=text).stdout
    wrong = call("run", "-", "--site", site, "--format", "xml", input=text)
    assert wrong.exit_code != 0
    assert "formats: auto, product" in wrong.stderr


def test_the_journal_is_read_and_traced(site: Path) -> None:
    """What came in, what came of it, and which rules it touched, with the cells of what was missing."""
    call("run", "-", "--site", site, input=json.dumps(OUTAGE))
    listed = data(call("event", "list", "--site", site, "--json"))
    assert [(one["kind"], one["result"]) for one in listed] == [("incident_opened", "raised"), ("alert", "opened")]
    assert "out-1" in call("event", "show", "ALERT0000001", "--site", site).stdout
    traced = data(call("rules", "trace", "out-1", "--site", site, "--json"))
    assert [one["rule"] for one in traced["rules"] if one["fired"]] == ["R02"]
    shown = call("rules", "trace", "out-1", "--site", site).stdout
    assert "Alert Rules!" in shown
    assert call("rules", "trace", "nothing", "--site", site).exit_code != 0


def test_a_tick_looks_at_what_is_due(site: Path) -> None:
    """A critical incident that nobody has acknowledged is escalated by the tick, not before its time."""
    call("run", "-", "--site", site, input=json.dumps(OUTAGE))
    assert "0 rules fired, 2 still waiting" in call("event", "tick", "--site", site).stdout
    with sqlite3.connect(site / "forewarn.db") as database:
        database.execute("UPDATE due_times SET due_at = '2026-01-01T00:00:00.000000Z' WHERE rule = 'C05'")
        database.execute("UPDATE journal SET at = '2025-12-31T23:00:00.000000Z' WHERE kind = 'incident_opened'")
    database.close()
    assert "rule C05 fired" in call("event", "tick", "--site", site).stdout
    incident = data(call("incident", "show", "INC0000001", "--site", site, "--json"))["incident"]
    assert incident["stage"] == "L1 investigation"
    assert call("event", "dead-letters", "--site", site).stdout.strip() == "none"


def test_scenarios_pass_or_name_their_row(site: Path) -> None:
    """Exit 0 where all pass; 1 where other rules fire than the sheet says, with the cell."""
    assert call("rules", "test", site).exit_code == 0
    path = site / "rules" / "alerts.xlsx"
    book = openpyxl.load_workbook(path)
    book["Scenarios"]["J2"] = "R03"
    book.save(path)
    failed = call("rules", "test", "--site", site)
    assert failed.exit_code == 1
    assert "Scenarios!J2: alert at 0:00:00: R03 must fire, R02 did" in failed.stdout
    assert "R02" in call("rules", "list", "--site", site).stdout
