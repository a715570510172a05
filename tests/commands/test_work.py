"""deliver's verbs, work and status: what an operator does at the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.commands.conftest import Forewarn, call, data

On = Callable[[Path], Forewarn]

EVENTS = '\n[sinks.bus]\nkind = "jsonl"\npath = "outbox/events.jsonl"\ntakes = ["trouble ticket events"]\n'


@pytest.fixture
def telling(site: Path) -> Path:
    """A site that tells other systems of its tickets, through a file."""
    with (site / "forewarn.toml").open("a") as file:
        file.write(EVENTS)
    return site


def lines(path: Path) -> list[dict[str, object]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def working(site: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A process of ``forewarn work``, ended with the block, and what it says on standard error."""
    command = [sys.executable, "-m", "forewarn", "work", "--site", str(site), "--every", "0.1", *arguments]
    log = (site / "work.log").open("w+")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield process, log
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
        log.close()


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds; a minute is more than enough."""
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.1)


def test_deliver_stays_a_round_and_its_verbs_tell_of_the_queue(telling: Path, on: On) -> None:
    """Without a verb it delivers; status tells what waits, skip and replay say how many they changed."""
    forewarn = on(telling)
    made = data(forewarn("incident", "create", "--short-description", "slow", "--json"))
    number = made["record"]["number"]
    before = data(forewarn("deliver", "status", "--json"))
    waiting = {queue["sink"]: queue["waiting"] for queue in before["queues"]}
    assert waiting["bus"] == 1
    letters = data(forewarn("deliver", "status", "--ticket", number, "--json"))["letters"]
    assert [(one["event"], one["sink"], one["outcome"]) for one in letters] == [
        ("Create Trouble Ticket Event", "bus", "waiting")
    ]
    assert data(forewarn("deliver", "skip", "--ticket", number, "--json")) == {"skipped": 1}
    assert forewarn("deliver").exit_code == 0
    assert lines(telling / "outbox/events.jsonl") == []
    assert data(forewarn("deliver", "replay", "--ticket", number, "--json")) == {"due": 1}
    # What stands before the verb's name counts too.
    assert data(call("deliver", "--site", telling, "--json", "retry")) == {"due": 1}
    assert data(forewarn("deliver", "--json"))["sinks"][-1]["delivered"] == 1
    (event,) = lines(telling / "outbox/events.jsonl")
    assert event["event"]["troubleTicket"]["id"] == number  # type: ignore[index]
    wrong = forewarn("deliver", "skip")
    assert wrong.exit_code == 1
    assert wrong.output.startswith("error: nothing is named that could be skipped")


def test_status_is_a_page(telling: Path, on: On) -> None:
    """Store, rules, queues, publisher, workers, what needs somebody; the same as JSON."""
    forewarn = on(telling)
    forewarn("incident", "create", "--short-description", "slow")
    page = forewarn("status").output
    for word in ("sqlite:///", "Publisher openMessageBus", "Events go to", "bus", "none: start one", "nothing"):
        assert word in page, word
    found = data(forewarn("status", "--json"))
    assert found["events"]["sinks"] == ["bus"]
    assert found["open_incidents"] == 1
    assert {queue["sink"]: queue["waiting"] for queue in found["queues"]}["bus"] == 1


def test_without_a_sink_for_events_the_publisher_is_off(site: Path, on: On) -> None:
    """And status says why."""
    page = " ".join(on(site)("status").output.split())
    assert "Publisher openMessageBus off; no bus is configured: no sink of forewarn.toml has publisher =" in page
    assert "Events go to nowhere: no sink of forewarn.toml takes them" in page


def test_status_says_which_publishers_are_on(site: Path, on: On) -> None:
    """The one that the property chooses, over its sink, and that a topic is missing; the other, why it is off."""
    settings = site / "forewarn.toml"
    settings.write_text(settings.read_text() + '\n[sinks.bus]\nkind = "spokes"\npublisher = "openMessageBus"\n')
    page = " ".join(on(site)("status").output.split())
    assert "Events go to bus" in page
    assert "Publisher openMessageBus on over bus; there is no egress topic" in page
    assert "Publisher hermes off; the property sn_api_notif_mgmt.publisher_messages says openMessageBus" in page


def test_work_once_does_what_is_due_and_ends(telling: Path, on: On) -> None:
    """For a scheduler of one's own."""
    forewarn = on(telling)
    forewarn("incident", "create", "--short-description", "slow")
    report = data(forewarn("work", "--once", "--json"))
    assert (report["delivered"], report["passes"], report["failures"]) == (1, 1, [])


def test_work_goes_on_until_it_is_asked_to_stop(telling: Path, on: On) -> None:
    """It delivers what comes, is seen, serves health and metrics, takes up changed files, and ends in good order."""
    forewarn = on(telling)
    events = telling / "outbox/events.jsonl"
    with working(telling, "--port", "0", "--log", "json") as (process, log):
        until(lambda: "health and metrics" in Path(log.name).read_text(), "no health")
        told = Path(log.name).read_text()
        where = told[told.index("http://") :].split("/health")[0]
        forewarn("incident", "create", "--short-description", "slow")
        until(lambda: len(lines(events)) == 1, "not delivered")
        (worker,) = data(forewarn("status", "--json"))["workers"]
        assert worker["alive"]
        assert f":{process.pid}:" in worker["name"]
        with urllib.request.urlopen(f"{where}/health", timeout=30) as answer:  # noqa: S310 - our own, on this machine
            assert json.load(answer)["status"] == "up"
        with urllib.request.urlopen(f"{where}/metrics", timeout=30) as answer:  # noqa: S310 - our own, on this machine
            families = {one.name: one for one in text_string_to_metric_families(answer.read().decode())}
        (waits,) = [one for one in families["forewarn_queue_waiting"].samples if one.labels == {"sink": "bus"}]
        assert waits.value == 0
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{where}/else", timeout=30)  # noqa: S310 - our own, on this machine
        # A sink that is added while it works is served without a restart.
        with (telling / "forewarn.toml").open("a") as file:
            file.write(EVENTS.replace("sinks.bus", "sinks.second").replace("events.jsonl", "second.jsonl"))
        forewarn("incident", "create", "--short-description", "slower")
        until(lambda: len(lines(telling / "outbox/second.jsonl")) == 1, "the new sink is not served")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert "made" in process.stdout.read()
    assert data(forewarn("status", "--json"))["workers"] == []


def test_what_a_worker_holds_when_it_stops_is_let_go(telling: Path, on: On) -> None:
    """Asked to stop in the middle of many, it finishes the batch in hand; the rest waits and is not held."""
    (telling / "plugins" / "slow.py").write_text(
        "import time\nfrom forewarn.plugins.api import DeliveryResult, Outcome\n"
        "from forewarn.plugins.hookspecs import hookimpl\n\n\n"
        "class Slow:\n"
        "    def deliver(self, batch):\n"
        "        time.sleep(0.5)\n"
        "        with open('began', 'a') as file:\n            file.write('.')\n"
        "        return [DeliveryResult(one.event_id, Outcome.DELIVERED) for one in batch]\n\n"
        "    def close(self):\n        pass\n\n\n"
        "@hookimpl\ndef forewarn_sinks():\n    return {'slow': lambda settings: Slow()}\n".replace(
            "'began'", repr(str(telling / "began"))
        )
    )
    with (telling / "forewarn.toml").open("a") as file:
        file.write('\n[sinks.slow]\nkind = "slow"\ntakes = ["trouble ticket events"]\n')
    forewarn = on(telling)
    made = data(forewarn("incident", "create", "--short-description", "slow", "--json"))
    for number in range(8):  # of one ticket: each is a batch of its own
        forewarn("incident", "note", made["record"]["number"], f"news {number}", "--comment")
    with working(telling) as (process, _):
        until((telling / "began").exists, "nothing was begun")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    (found,) = [queue for queue in data(forewarn("deliver", "status", "--json"))["queues"] if queue["sink"] == "slow"]
    handed = len((telling / "began").read_text())
    assert 0 < handed < 9
    assert (found["waiting"], found["held"]) == (9 - handed, 0)
