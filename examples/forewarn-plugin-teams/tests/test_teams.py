"""The plugin in a site of its own, with a channel on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import forewarn_teams
import pytest

from forewarn.testing import TrialSite

SHEET = ("decision_tables/incident_escalation_policy.xlsx", "Incident Escalation Policy")
CANARY = "a1b2-canary-c3d4"


class FakeChannel(ThreadingHTTPServer):
    """Keeps the cards that are posted, and answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cards: list[dict[str, Any]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: FakeChannel

    def do_POST(self) -> None:
        self.server.cards.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeChannel]:
    """A channel, whose URL is in the environment."""
    with FakeChannel() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("NOC_CHANNEL_URL", f"http://127.0.0.1:{server.server_address[1]}/webhook/{CANARY}")
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def site(forewarn_site: TrialSite) -> TrialSite:
    """A site with the plugin and its sink."""
    forewarn_site.plugins["teams"] = forewarn_teams
    forewarn_site.configure("noc_channel", kind="teams", url="env:NOC_CHANNEL_URL")
    return forewarn_site


def test_each_customer_who_is_told_is_a_card(site: TrialSite, channel: FakeChannel, forewarn_alert: Any) -> None:
    """Five customers, five cards, each with its case and its own id."""
    site.receive(forewarn_alert())
    site.deliver()
    contents = [card["attachments"][0]["content"] for card in channel.cards]
    assert len({content["id"] for content in contents}) == 5
    facts = {fact["title"]: fact["value"] for fact in contents[0]["body"][1]["facts"]}
    assert facts["Case"].startswith("CS")
    assert facts["Incident"] == "INC0000001"


@pytest.mark.parametrize(
    ("status", "waiting"),
    [(500, 5), (429, 5), (404, 5), (400, 0)],
    ids=["down", "busy", "webhook taken back", "card refused"],
)
def test_what_the_channel_answers_decides_what_follows(
    site: TrialSite, channel: FakeChannel, forewarn_alert: Any, status: int, waiting: int
) -> None:
    """Refused for good is not tried again; all else waits, and arrives when the channel is well."""
    channel.status = status
    site.receive(forewarn_alert())
    report = site.deliver()
    assert report.waiting == waiting
    assert CANARY not in repr(report)
    channel.status = 200
    channel.cards.clear()
    site.clock.advance(timedelta(hours=3))
    site.deliver()
    assert len(channel.cards) == waiting


def test_the_url_is_a_secret(site: TrialSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL that cannot be used is not shown, and one in the settings is refused."""
    monkeypatch.setenv("NOC_CHANNEL_URL", f"ftp://example.com/{CANARY}")
    (report,) = [one for one in site.deliver().sinks if one.sink == "noc_channel"]
    assert "does not hold an https:// URL" in (report.failure or "")
    assert CANARY not in (report.failure or "")


def test_the_flow_opens_a_task_with_instructions(site: TrialSite, forewarn_alert: Any) -> None:
    """Named in the sheet, it runs when an incident is escalated."""
    site.set_cell(
        *SHEET, site.cell(*SHEET, "Flow", Subcategory="Link failure", Stage="Triage"), "Teams - Open A Bridge"
    )
    site.receive(forewarn_alert())
    site.escalate("INC0000001", "Three sites are down.")
    notes = site.notes("INC0000001")
    assert any(note.startswith("**Bridge for INC0000001") for note in notes)
    assert any("Three sites are down." in note for note in notes)
    tasks = [task["short_description"] for task in site.show("INC0000001").tasks]
    assert "Open a bridge for INC0000001" in tasks


def test_the_message_has_no_findings(site: TrialSite) -> None:
    """It uses fields that there are."""
    assert [finding for finding in site.check() if finding.severity == "error"] == []
