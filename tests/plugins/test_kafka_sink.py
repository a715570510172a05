"""The sink ``kafka`` against Kafka's own broker; what arrived is read by a consumer that knows nothing of the sink."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from services.kafka_broker import Broker
from services.kafka_topics import make_topic, read_topic
from services.running import free_ports

from forewarn.errors import BadSettings
from forewarn.plugins.api import DeliveryResult, Notification, Outcome, Sink, SinkSettings, SpokeRequest
from forewarn.plugins.loading import load_extensions

SINKS = load_extensions(strict=True).sinks
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def event(number: int, *, ticket: str = "CS0000001", **changes: Any) -> Notification:
    """An event for other systems, the ``number``-th of its ticket."""
    fields: dict[str, Any] = {
        "event": "Trouble Ticket State Change Event",
        "recipient": "",
        "subject": "",
        "body": "",
        "record": ticket,
        "created_at": AT + timedelta(milliseconds=number),
        "payload": {"eventId": f"{ticket}:{number}", "event": {"troubleTicket": {"id": ticket, "number": number}}},
    }
    return Notification(f"{ticket}:{number}", **fields | changes)


@pytest.fixture
def open_sink(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a Kafka sink of a site; it is closed when the test ends."""
    opened: list[Any] = []

    def open_(servers: str, **options: Any) -> Any:
        settings = {"kind": "kafka", "servers": servers, "topic": "unused", "security": "none"} | options
        opened.append(SINKS["kafka"](SinkSettings("mine", settings, tmp_path)))
        return opened[-1]

    yield open_
    for sink in opened:
        sink.close()


def outcomes(sink: Sink, batch: list[Notification]) -> dict[str, Outcome]:
    """What becomes of a batch; a sink answers for each event once."""
    results = sink.deliver(batch)
    assert len({one.event_id for one in results}) == len(results)
    return {one.event_id: one.outcome for one in results}


def test_a_message_has_key_headers_time_and_the_event_as_it_is(kafka: str, open_sink: Callable[..., Any]) -> None:
    """The record is the key; event id and type are headers, the time is that of the event, the value its document."""
    topic = make_topic(kafka)
    sink = open_sink(kafka, topic=topic)
    letter = event(2, payload=None, recipient="Ann Avid", subject="Your case", body="Dear Ann", event="case created")
    assert set(outcomes(sink, [event(1), letter]).values()) == {Outcome.DELIVERED}
    first, second = read_topic(kafka, topic)
    assert (first.key, first.value) == ("CS0000001", event(1).payload)
    assert first.headers == {
        "event_id": "CS0000001:1",
        "event_type": "Trouble Ticket State Change Event",
        "content_type": "application/json",
    }
    assert first.milliseconds == int(AT.timestamp() * 1000) + 1
    # A notification to a person has no document of its own: it is told whole.
    assert {name: second.value[name] for name in ("event_id", "recipient", "subject", "body")} == {
        "event_id": "CS0000001:2",
        "recipient": "Ann Avid",
        "subject": "Your case",
        "body": "Dear Ann",
    }


def test_a_batch_keeps_the_order_of_each_ticket(kafka: str, open_sink: Callable[..., Any]) -> None:
    """All messages of a ticket lie in one partition, in the order in which they were handed over."""
    topic = make_topic(kafka, partitions=5)
    batch = [event(number, ticket=f"CS{number % 37:07}") for number in range(400)]
    assert set(outcomes(open_sink(kafka, topic=topic), batch).values()) == {Outcome.DELIVERED}
    found = defaultdict(list)
    places = defaultdict(set)
    for one in read_topic(kafka, topic):
        found[one.key].append(one.headers["event_id"])
        places[one.key].add(one.partition)
    expected = defaultdict(list)
    for one in batch:
        expected[one.record].append(one.event_id)
    assert found == expected
    assert {len(partitions) for partitions in places.values()} == {1}
    assert len(set.union(*places.values())) > 1


def test_a_topic_that_was_picked_wins_over_the_one_of_the_settings(kafka: str, open_sink: Callable[..., Any]) -> None:
    """A notification may name its topic."""
    usual, picked = make_topic(kafka), make_topic(kafka)
    outcomes(open_sink(kafka, topic=usual), [event(1, topic=picked), event(2)])
    assert [one.headers["event_id"] for one in read_topic(kafka, picked)] == ["CS0000001:1"]
    assert [one.headers["event_id"] for one in read_topic(kafka, usual)] == ["CS0000001:2"]


def test_a_message_that_is_too_large_is_refused_alone(kafka: str, open_sink: Callable[..., Any]) -> None:
    """It would never go; those behind it go. The broker refuses the one, the client itself the other."""
    topic = make_topic(kafka, **{"max.message.bytes": "20000"})
    big, huge = {"text": "x" * 30_000}, {"text": "x" * 2_000_000}
    batch = [event(1, payload=big), event(2), event(3, payload=huge), event(4)]
    assert outcomes(open_sink(kafka, topic=topic), batch) == {
        "CS0000001:1": Outcome.REFUSED,
        "CS0000001:2": Outcome.DELIVERED,
        "CS0000001:3": Outcome.REFUSED,
        "CS0000001:4": Outcome.DELIVERED,
    }
    assert [one.headers["event_id"] for one in read_topic(kafka, topic)] == ["CS0000001:2", "CS0000001:4"]


def test_without_its_topic_an_event_waits(kafka: str, open_sink: Callable[..., Any]) -> None:
    """A topic can be made later: nothing is refused for good, and what comes behind of the ticket is not sent."""
    sink = open_sink(kafka, topic="not-there", timeout=10)
    (first, second) = sink.deliver([event(1), event(2)])
    assert (first.outcome, second.outcome) == (Outcome.RETRY, Outcome.RETRY)
    assert first.reason is not None
    assert "topic" in first.reason.lower()
    assert second.reason == "an earlier notification of the same record waits"
    good = make_topic(kafka)
    assert outcomes(sink, [event(1, topic=good)]) == {"CS0000001:1": Outcome.DELIVERED}


def test_a_broker_that_is_not_there_costs_the_time_limit_and_no_more(open_sink: Callable[..., Any]) -> None:
    """All is to be tried again, and the reason names what the network says; closing does not hang either."""
    (port,) = free_ports(1)
    sink = open_sink(f"127.0.0.1:{port}", timeout=2)
    began = time.monotonic()
    results = sink.deliver([event(number, ticket=f"CS{number}") for number in range(50)])
    sink.close()
    assert time.monotonic() - began < 60
    assert {one.outcome for one in results} == {Outcome.RETRY}
    assert "refused" in (results[0].reason or "").lower()


def test_a_broker_that_stands_still_costs_the_time_limit_and_no_more(
    make_kafka: Callable[..., Broker], open_sink: Callable[..., Any]
) -> None:
    """It holds the connection and says nothing. What it does with a message when it goes on nobody knows: the repeat
    comes under the same event id, and before what follows of the ticket.
    """
    broker = make_kafka()
    broker.start()
    topic = make_topic(broker.address)
    sink = open_sink(broker.address, topic=topic, timeout=3)
    assert outcomes(sink, [event(0)]) == {"CS0000001:0": Outcome.DELIVERED}
    broker.pause()
    began = time.monotonic()
    assert set(outcomes(sink, [event(1), event(1, ticket="CS0000002"), event(2)]).values()) == {Outcome.RETRY}
    assert time.monotonic() - began < 60
    broker.resume()
    while outcomes(sink, [event(1)]) != {"CS0000001:1": Outcome.DELIVERED}:
        assert time.monotonic() - began < 120
    assert set(outcomes(sink, [event(2), event(1, ticket="CS0000002")]).values()) == {Outcome.DELIVERED}
    found = [one.headers["event_id"] for one in read_topic(broker.address, topic) if one.key == "CS0000001"]
    assert found == sorted(found)
    assert list(dict.fromkeys(found)) == ["CS0000001:0", "CS0000001:1", "CS0000001:2"]


def test_every_event_arrives_while_the_broker_is_stopped_and_started(
    make_kafka: Callable[..., Broker], open_sink: Callable[..., Any]
) -> None:
    """Under load the broker ends twice in order and once at once. A sender that repeats what was not delivered, as
    delivery does, loses no event, keeps the order of each ticket, and an event comes twice only under one event id.
    """
    broker = make_kafka()
    broker.start()
    topic = make_topic(broker.address, partitions=4)
    sink = open_sink(broker.address, topic=topic, timeout=2)
    tickets = {f"CS{number:07}": [event(at, ticket=f"CS{number:07}") for at in range(60)] for number in range(25)}
    sent: dict[str, int] = dict.fromkeys(tickets, 0)
    told: list[DeliveryResult] = []
    over = threading.Event()

    def load() -> None:
        ends = time.monotonic() + 240
        while any(sent[ticket] < len(events) for ticket, events in tickets.items()) and time.monotonic() < ends:
            batch = [one for ticket, events in tickets.items() for one in events[sent[ticket] : sent[ticket] + 2]]
            for one in sink.deliver(batch):
                told.append(one)
                if one.outcome is Outcome.DELIVERED:
                    sent[one.event_id.partition(":")[0]] += 1
            if not over.is_set():
                time.sleep(0.15)

    # The broker is started from here: it ends with the thread that started it.
    sender = threading.Thread(target=load)
    sender.start()
    for kill in (False, True, False):
        time.sleep(1)
        broker.stop(kill=kill)
        time.sleep(1)
        broker.start()
    over.set()
    sender.join()
    assert {one.outcome for one in told} == {Outcome.DELIVERED, Outcome.RETRY}, "the load never met the broker away"
    delivered = [one.event_id for one in told if one.outcome is Outcome.DELIVERED]
    assert sorted(delivered) == sorted(one.event_id for events in tickets.values() for one in events)
    found = defaultdict(list)
    for one in read_topic(broker.address, topic):
        found[one.key].append(one.headers["event_id"])
    for ticket, events in tickets.items():
        assert list(dict.fromkeys(found[ticket])) == [one.event_id for one in events]
        # A repeat stands beside what it repeats: it never comes behind a later event of its ticket.
        assert found[ticket] == sorted(found[ticket], key=lambda event_id: int(event_id.partition(":")[2]))


@pytest.fixture(scope="module")
def guarded(make_kafka: Callable[..., Broker], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A broker that speaks TLS and asks for a user; its address, and the certificate to trust."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, both = folder / "broker.pem", folder / "both.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"),
        *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(certificate)),
    ]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text((folder / "key.pem").read_text() + certificate.read_text())
    broker = make_kafka(
        users={"forewarn": "right-password", "stranger": "strange"},
        settings={
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(certificate),
            # Who shows a certificate is looked at; who shows none logs in alone.
            "ssl.client.auth": "requested",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:forewarn;User:ANONYMOUS",
        },
    )
    broker.start()
    return broker.address, certificate


def create(topic: str) -> SpokeRequest:
    """The wish for a topic."""
    return SpokeRequest("message bus", topic, "create topic", {"partitions": 1, "replication": 1}, topic)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_a_guarded_broker_takes_who_can_prove_himself(
    mechanism: str, guarded: tuple[str, Path], open_sink: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With TLS, the right authority, user and password an event goes; with a wrong one an admin is asked for, soon."""
    address, certificate = guarded
    options = {"sasl": mechanism, "user": "forewarn", "password": "env:BUS_PASSWORD", "timeout": 30}
    options["topic"] = topic = f"for-{mechanism}"
    monkeypatch.setenv("BUS_PASSWORD", "wrong-password")
    wrong = open_sink(address, security="tls", ca_file=str(certificate), **options)
    began = time.monotonic()
    (answer,) = wrong.deliver([event(1)])
    assert answer.outcome is Outcome.NEEDS_CREDENTIALS
    assert "wrong-password" not in (answer.reason or "")
    assert time.monotonic() - began < 25, "it waited out its time although the broker had said no"
    monkeypatch.setenv("BUS_PASSWORD", "right-password")
    (answer,) = open_sink(address, security="tls", **options).deliver([event(1)])
    assert answer.outcome is Outcome.NEEDS_CREDENTIALS, "the broker's certificate was not checked"
    right = open_sink(address, security="tls", ca_file=str(certificate), **options)
    (answer,) = right.deliver([event(1)])
    # It is known there; only the topic is missing.
    assert answer.outcome is Outcome.RETRY
    assert "topic" in (answer.reason or "").lower()
    made = right.post(create(topic))
    assert made.outcome is Outcome.DELIVERED
    (answer,) = right.deliver([event(1)])
    assert answer.outcome is Outcome.DELIVERED


def test_a_client_may_show_a_certificate_of_its_own(
    guarded: tuple[str, Path], open_sink: Callable[..., Any], tmp_path: Path
) -> None:
    """With its key, which may be locked; what cannot be read or unlocked is for an admin, and nothing is sent."""
    address, certificate = guarded
    (tmp_path / "junk.pem").write_text("no certificate\n")
    locked = tmp_path / "locked.pem"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(certificate.parent / "key.pem"), "-out", str(locked)]
    subprocess.run([*command, "-passout", "pass:key-password"], check=True, capture_output=True)
    files = {"ca_file": str(certificate), "certificate_file": str(certificate), "key_file": str(locked)}
    login = {"sasl": "PLAIN", "user": "forewarn", "password": "right-password", "topic": "certified", "security": "tls"}
    unlocked = {**files, "key_password": "key-password"}
    right = open_sink(address, **login, **unlocked)
    assert right.post(create("certified")).outcome is Outcome.DELIVERED
    assert outcomes(right, [event(1)]) == {"CS0000001:1": Outcome.DELIVERED}
    for wrong in (
        {**files, "key_password": "another"},
        {**unlocked, "key_file": str(tmp_path / "junk.pem")},
        {"ca_file": str(tmp_path / "junk.pem")},
    ):
        sink = open_sink(address, **wrong, **login)
        (answer,) = sink.deliver([event(2)])
        assert answer.outcome is Outcome.NEEDS_CREDENTIALS
        assert answer.reason
        assert sink.post(create("another")).outcome is Outcome.NEEDS_CREDENTIALS


def test_who_may_not_write_a_topic_is_told_so(
    guarded: tuple[str, Path], open_sink: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known user without the right: an admin mends that, and the event waits."""
    address, certificate = guarded
    monkeypatch.setenv("BUS_PASSWORD", "strange")
    options = {"sasl": "PLAIN", "user": "stranger", "password": "env:BUS_PASSWORD", "topic": "t", "timeout": 30}
    sink = open_sink(address, security="tls", ca_file=str(certificate), **options)
    (answer,) = sink.deliver([event(1)])
    assert answer.outcome is Outcome.NEEDS_CREDENTIALS
    made = sink.post(create("u"))
    assert made.outcome is Outcome.NEEDS_CREDENTIALS


WRONG = {
    "no servers": ({"topic": "t"}, "needs the option 'servers'"),
    "no topic": ({"servers": "kafka:9092"}, "needs the option 'topic'"),
    "a server without port": ({"servers": "kafka", "topic": "t"}, "'kafka' is not host:port"),
    "a topic that Kafka cannot have": ({"servers": "kafka:9092", "topic": "a b"}, "cannot have a topic 'a b'"),
    "a misspelt option": ({"servers": "kafka:9092", "topic": "t", "sals": "PLAIN"}, "there is no option 'sals'"),
    "a user without password": ({"servers": "kafka:9092", "topic": "t", "user": "u"}, "has a user without a password"),
    "a password in the clear": (
        {"servers": "kafka:9092", "topic": "t", "security": "none", "user": "u", "password": "p"},
        "would send the password in the clear",
    ),
    "an authority that is not there": (
        {"servers": "kafka:9092", "topic": "t", "ca_file": "none.pem"},
        "none.pem is not a file",
    ),
    "a key without TLS": (
        {"servers": "kafka:9092", "topic": "t", "security": "none", "key_file": "key.pem"},
        "has 'key_file' without TLS",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_option_is_named(what: str, tmp_path: Path) -> None:
    """One line that names the table of the settings and the option, before anything is connected."""
    options, said = WRONG[what]
    with pytest.raises(BadSettings) as caught:
        SINKS["kafka"](SinkSettings("bus", {"kind": "kafka", **options}, tmp_path))
    assert "[sinks.bus]" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    """Where confluent-kafka is not there, the sink says so when it is opened; listing the kinds needs it not."""
    code = f"""
import sys
sys.modules["confluent_kafka"] = None
from forewarn.plugins.api import SinkSettings
from forewarn.plugins.loading import load_extensions
options = {{"kind": "kafka", "servers": "kafka:9092", "topic": "t"}}
from pathlib import Path
try:
    load_extensions(strict=True).sinks["kafka"](SinkSettings("bus", options, Path({str(tmp_path)!r})))
except Exception as error:
    print(type(error).__name__, error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("BadSettings forewarn.toml: [sinks.bus] kind 'kafka' needs confluent-kafka")
    assert "pip install 'forewarn[kafka]'" in told
