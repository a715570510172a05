"""The demo against the documents' example, worked out by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import call, data

CODE = "Fixed by Support/Guidance provided"
CUSTOMERS = {"Avid Corporation", "Tom Tom Networks", "Unity System", "Harbour Logistics", "Northwind Clinics"}
PRIMARY_CONTACTS = {"Priya Raman", "Jonas Weber", "Mei Tanaka", "Carla Mendes", "Daniel Osei"}
"""Of those five customers, read off the sample inventory by hand."""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo makes its temporary site."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def told(temporary: Path) -> Any:
    """What `forewarn demo --json` prints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        return data(call("demo", "--json"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo is told to keep its site."""
    return tmp_path_factory.mktemp("kept") / "site"


def test_the_object_has_exactly_these_keys(told: Any) -> None:
    """One object with the keys of the contract."""
    assert list(told) == ["incident", "major_case", "cases", "decisions", "notifications"]
    assert list(told["incident"]) == ["number", "state", "stage", "assignment_group"]
    assert list(told["major_case"]) == ["number", "state"]
    assert {tuple(case) for case in told["cases"]} == {("number", "account", "parent", "state", "resolution_code")}
    assert {tuple(made) for made in told["decisions"]} == {("table", "version", "rules", "outputs")}
    assert {tuple(sent) for sent in told["notifications"]} == {("sink", "event", "recipient")}


def test_the_incident_ends_closed_at_the_second_level(told: Any) -> None:
    """Escalated twice from Triage: to L1 and to L2, where it was resolved and closed."""
    assert told["incident"] == {
        "number": "INC0000001",
        "state": "Closed",
        "stage": "L2 investigation",
        "assignment_group": "L2 Network Engineering",
    }


def test_one_major_case_and_five_children(told: Any) -> None:
    """Five affected customers: one major case, a child each, all closed, the resolution copied to each."""
    major_case = told["major_case"]["number"]
    assert re.fullmatch(r"CS\d{7,}", major_case)
    assert told["major_case"]["state"] == "Closed"
    assert {case["account"] for case in told["cases"]} == CUSTOMERS
    assert len({case["number"] for case in told["cases"]} | {major_case}) == 6
    assert {(case["parent"], case["state"], case["resolution_code"]) for case in told["cases"]} == {
        (major_case, "Closed", CODE)
    }


def test_the_escalations_were_decided_by_the_table(told: Any) -> None:
    """Protocol failure starts at Triage and goes to L1; device failure goes on from L1 to L2."""
    escalations = [made for made in told["decisions"] if made["table"] == "Incident Escalation Policy"]
    assert [made["rules"] for made in escalations] == [["E09"], ["E10"], ["E07"]]
    assert [made["outputs"]["Next stage"] for made in escalations] == ["Triage", "L1 investigation", "L2 investigation"]
    assert [made["outputs"]["Flow"] for made in escalations] == [
        "Network Initiated Protocol Failure - Triage",
        "Network Initiated Protocol Failure - L1",
        "Network Initiated Device Failure - L2",
    ]
    assert len({made["version"] for made in escalations}) == 1
    major = [made for made in told["decisions"] if made["table"] == "Major Case Policy"]
    assert major
    assert {(tuple(made["rules"]), made["outputs"]["Handling"]) for made in major} == {(("M01",), "Promote directly")}


def test_the_primary_contacts_were_told_on_every_sink(told: Any) -> None:
    """Each primary contact hears of the case, its resolution and its closing once a sink; one gets a message too."""
    sent = Counter((sent["sink"], sent["event"], sent["recipient"]) for sent in told["notifications"])
    for sink in ("console", "outbox", "mail"):
        for event in ("case created", "case resolved", "case closed"):
            assert {who: sent[sink, event, who] for who in PRIMARY_CONTACTS} == dict.fromkeys(PRIMARY_CONTACTS, 1)
        assert {key[2]: count for key, count in sent.items() if key[:2] == (sink, "case comment")} == {"Daniel Osei": 1}
    assert sum(sent.values()) == 3 * (3 * 5 + 1)


def test_it_is_the_same_on_every_run(told: Any) -> None:
    """Another run, in another process with another hash seed, gives the same object."""
    done = subprocess.run(
        [sys.executable, "-m", "forewarn", "demo", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PATH": ""},
    )
    assert json.loads(done.stdout) == told
    assert done.stderr == ""


@pytest.fixture(scope="module")
def timeline(kept: Path) -> str:
    """What `forewarn demo --keep DIR` prints."""
    result = call("demo", "--keep", kept)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_timeline_tells_the_story(timeline: str, kept: Path) -> None:
    """Every step, who took it and what decided it stand in the timeline, in order, within 120 columns."""
    marks = [
        "sends an alert",
        "Incident Escalation Policy E09",
        "Major Case Policy M01",
        "Affected customers",
        "Incident Escalation Policy E10",
        "Device failure",
        "Incident Escalation Policy E07",
        "report that it works",
        "resolves the incident",
        "closes the major case",
        "closes the incident",
        "How it ended",
        "Where to look next",
    ]
    places = [timeline.find(mark) for mark in marks]
    assert -1 not in places, marks[places.index(-1)]
    assert places == sorted(places)
    assert [line for line in timeline.splitlines() if len(line) > 120 and str(kept) not in line] == []


def test_the_table_of_customers(timeline: str) -> None:
    """The affected customers stand in a table with the documents' columns."""
    above = timeline.partition("Affected customers\n")[2].partition("─")[0].splitlines()
    # Headings are folded between their words: a column's words stand below each other.
    heading = " ".join(above).split()
    for column in (
        "Account",
        "Contract value",
        "Account escalated",
        "Reactive cases",
        "Proactive record",
        "Communication sent",
        "Critical affected services",
        "Major record",
    ):
        assert set(column.split()) <= set(heading), column
    for customer in CUSTOMERS:
        row = next(line for line in timeline.splitlines() if line.startswith(customer))
        assert row.count("yes") == 2
        assert len(re.findall(r"CS\d{7}", row)) == 2


def test_the_temporary_site_is_removed(told: Any, temporary: Path) -> None:
    """Nothing is left behind."""
    assert told["incident"]["number"]
    assert list(temporary.iterdir()) == []


def test_a_kept_site_can_be_worked_on(timeline: str, kept: Path) -> None:
    """--keep leaves the site with its store and says where; a folder that holds something is refused."""
    assert f"forewarn incident show INC0000001 --site {kept}" in timeline
    assert data(call("incident", "show", "INC0000001", "--json", "--site", kept))["incident"]["state"] == "Closed"
    assert call("demo", "--keep", kept).exit_code == 1
