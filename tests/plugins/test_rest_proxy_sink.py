"""The sink ``rest_proxy`` against a proxy that produces to Kafka's own broker, where a consumer looks what arrived."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from services.kafka_topics import make_topic, read_topic, topics_of
from services.rest_proxy import Misbehaviour, RestProxy
from services.running import free_ports

from forewarn.errors import BadSettings
from forewarn.plugins.api import Notification, Outcome, SinkSettings, SpokeRequest
from forewarn.plugins.loading import load_extensions

SINKS = load_extensions(strict=True).sinks
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
APIS = pytest.mark.parametrize("api", ["v3", "v2"])


def event(number: int, *, ticket: str = "CS0000001", **changes: Any) -> Notification:
    """An event for other systems, the ``number``-th of its ticket."""
    fields: dict[str, Any] = {
        "event": "Trouble Ticket State Change Event",
        "recipient": "",
        "subject": "",
        "body": "",
        "record": ticket,
        "created_at": AT + timedelta(milliseconds=number),
        "payload": {"eventId": f"{ticket}:{number}", "event": {"troubleTicket": {"id": ticket, "name": "Störung"}}},
    }
    return Notification(f"{ticket}:{number}", **fields | changes)


def ids(kafka: str, topic: str) -> list[str]:
    """The ids of the events in a topic."""
    return [one.value["eventId"] for one in read_topic(kafka, topic)]


@pytest.fixture(scope="module")
def running_proxy(kafka: str) -> Iterator[RestProxy]:
    """A proxy before the broker."""
    one = RestProxy(kafka)
    yield one
    one.close()


@pytest.fixture
def proxy(running_proxy: RestProxy) -> RestProxy:
    """The proxy, that behaves well until a test says otherwise."""
    running_proxy.wrong, running_proxy.credentials = Misbehaviour(), None
    running_proxy.requests.clear()
    return running_proxy


@pytest.fixture
def open_sink(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a sink of a site; it is closed when the test ends."""
    opened: list[Any] = []

    def open_(url: str, **options: Any) -> Any:
        settings = {"kind": "rest_proxy", "url": url} | options
        opened.append(SINKS["rest_proxy"](SinkSettings("bus", settings, tmp_path)))
        return opened[-1]

    yield open_
    for sink in opened:
        sink.close()


def outcomes(sink: Any, batch: list[Notification]) -> dict[str, Outcome]:
    """What becomes of a batch; a sink answers for each event once."""
    results = sink.deliver(batch)
    assert len({one.event_id for one in results}) == len(results)
    return {one.event_id: one.outcome for one in results}


@APIS
def test_a_record_is_the_same_under_both_apis(
    api: str, kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """Key and value are those that the Kafka sink sends; API v2 knows no headers."""
    topic = make_topic(kafka)
    assert outcomes(open_sink(proxy.url, api=api, topic=topic), [event(1)]) == {"CS0000001:1": Outcome.DELIVERED}
    (one,) = read_topic(kafka, topic)
    assert (one.key, one.value) == ("CS0000001", event(1).payload)
    headers = {
        "event_id": "CS0000001:1",
        "event_type": "Trouble Ticket State Change Event",
        "content_type": "application/json",
    }
    assert one.headers == (headers if api == "v3" else {})


def test_both_apis_and_kafka_itself_put_a_ticket_into_one_partition(
    kafka: str, proxy: RestProxy, open_sink: Callable[..., Any], tmp_path: Path
) -> None:
    """A site may change its way to the bus without events of a ticket changing their partition."""
    topic = make_topic(kafka, partitions=7)
    straight = {"kind": "kafka", "servers": kafka, "topic": topic, "security": "none"}
    sinks = [open_sink(proxy.url, api="v3", topic=topic), open_sink(proxy.url, api="v2", topic=topic)]
    sinks.append(SINKS["kafka"](SinkSettings("straight", straight, tmp_path)))
    for round_, sink in enumerate(sinks):
        batch = [event(round_, ticket=f"CS{number:07}") for number in range(30)]
        assert set(outcomes(sink, batch).values()) == {Outcome.DELIVERED}
    sinks[-1].close()
    places = defaultdict(set)
    for one in read_topic(kafka, topic):
        places[one.key].add(one.partition)
    assert len(places) == 30
    assert {len(partitions) for partitions in places.values()} == {1}


@APIS
def test_a_batch_takes_one_request_a_topic_and_keeps_the_order_of_a_ticket(
    api: str, kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """Ninety events of different tickets for two topics are two requests; a second event of a ticket is one more."""
    first, second = make_topic(kafka), make_topic(kafka)
    batch = [event(1, ticket=f"CS{number:07}", topic=(first, second)[number % 2]) for number in range(90)]
    batch.append(event(2, ticket="CS0000000", topic=first))
    assert set(outcomes(open_sink(proxy.url, api=api), batch).values()) == {Outcome.DELIVERED}
    assert len([path for method, path in proxy.requests if method == "POST"]) == 3
    found = ids(kafka, first)
    assert sorted(found) == sorted(one.event_id for one in batch if one.topic == first)
    assert found.index("CS0000000:1") < found.index("CS0000000:2")
    assert sorted(ids(kafka, second)) == sorted(one.event_id for one in batch if one.topic == second)


@pytest.mark.parametrize(
    ("api", "code", "outcome"),
    [
        ("v3", 40301, Outcome.NEEDS_CREDENTIALS),
        ("v3", 403, Outcome.NEEDS_CREDENTIALS),
        ("v3", 40403, Outcome.RETRY),
        ("v3", 42201, Outcome.REFUSED),
        ("v3", 400, Outcome.REFUSED),
        ("v3", 429, Outcome.RETRY),
        ("v3", 50003, Outcome.RETRY),
        ("v2", 1, Outcome.REFUSED),
        ("v2", 2, Outcome.RETRY),
    ],
)
def test_an_error_of_one_record_inside_a_200_is_that_records_alone(
    api: str, code: int, outcome: Outcome, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """The others of the request were produced, and stay delivered; the record is told in the proxy's words."""
    topic = make_topic(proxy.kafka)
    proxy.wrong.record = lambda record: (code, "not this one") if b"CS0000003" in _key(record) else None
    batch = [event(1, ticket=f"CS{number:07}") for number in range(6)]
    results = {one.event_id: one for one in open_sink(proxy.url, api=api, topic=topic).deliver(batch)}
    bad = results.pop("CS0000003:1")
    assert (bad.outcome, bad.reason) == (outcome, "not this one")
    assert {one.outcome for one in results.values()} == {Outcome.DELIVERED}
    assert sorted(ids(proxy.kafka, topic)) == sorted(results)


def _key(record: dict[str, Any]) -> bytes:
    key = record["key"]
    return key["data"].encode() if isinstance(key, dict) else base64.b64decode(key)


@APIS
def test_a_record_that_the_broker_finds_too_large_is_refused_alone(
    api: str, kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """The broker's own refusal comes through the proxy to the one record."""
    topic = make_topic(kafka, **{"max.message.bytes": "20000"})
    batch = [event(1), event(1, ticket="CS0000002", payload={"text": "x" * 30_000}), event(1, ticket="CS0000003")]
    assert outcomes(open_sink(proxy.url, api=api, topic=topic), batch) == {
        "CS0000001:1": Outcome.DELIVERED,
        "CS0000002:1": Outcome.REFUSED,
        "CS0000003:1": Outcome.DELIVERED,
    }
    assert len(read_topic(kafka, topic)) == 2


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, Outcome.NEEDS_CREDENTIALS),
        (403, Outcome.NEEDS_CREDENTIALS),
        (404, Outcome.RETRY),
        (408, Outcome.RETRY),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
        (503, Outcome.RETRY),
        (302, Outcome.REFUSED),
        (415, Outcome.REFUSED),
    ],
)
@APIS
def test_the_status_of_an_answer_is_that_of_its_records(
    api: str, status: int, outcome: Outcome, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """What the proxy says of a request as a whole concerns each of its records; how long to wait is heeded."""
    topic = make_topic(proxy.kafka)
    proxy.wrong.answers = [(status, {"Retry-After": "17"})] * 3
    sink = open_sink(proxy.url, api=api, topic=topic)
    results = sink.deliver([event(1), event(1, ticket="CS0000002")])
    assert [one.outcome for one in results] == [outcome] * 2
    assert all(f"answered {status}" in one.reason for one in results)
    if outcome is Outcome.RETRY:
        assert {one.retry_after for one in results} == {timedelta(seconds=17)}
    assert read_topic(proxy.kafka, topic) == []


def test_a_request_that_is_refused_whole_is_posted_record_by_record(
    kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """One record that the proxy cannot read must not take the others of its request with it."""
    topic = make_topic(kafka)
    proxy.wrong.answers = [(422, {}), (422, {})]
    batch = [event(1, ticket=f"CS{number:07}") for number in range(3)]
    answers = outcomes(open_sink(proxy.url, topic=topic), batch)
    assert list(answers.values()) == [Outcome.REFUSED, Outcome.DELIVERED, Outcome.DELIVERED]
    assert sorted(ids(kafka, topic)) == ["CS0000001:1", "CS0000002:1"]


def test_what_comes_behind_an_event_that_waits_is_not_posted(
    kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """The order of a ticket is kept over a fault that passes; other tickets go on."""
    topic = make_topic(kafka)
    proxy.wrong.record = lambda record: (50003, "later") if record["value"]["data"]["eventId"] == "A:1" else None
    sink = open_sink(proxy.url, topic=topic)
    batch = [event(1, ticket="A"), event(2, ticket="A"), event(1, ticket="B"), event(2, ticket="B")]
    assert outcomes(sink, batch) == {
        "A:1": Outcome.RETRY,
        "A:2": Outcome.RETRY,
        "B:1": Outcome.DELIVERED,
        "B:2": Outcome.DELIVERED,
    }
    proxy.wrong = Misbehaviour()
    assert set(outcomes(sink, batch[:2]).values()) == {Outcome.DELIVERED}
    assert [one for one in ids(kafka, topic) if one.startswith("A")] == ["A:1", "A:2"]


def test_a_slow_proxy_and_none_at_all_are_tried_again(
    kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]
) -> None:
    """Once it does not answer, the rest of the batch is not tried; a repeat comes under the same event id."""
    topic = make_topic(kafka)
    proxy.wrong.seconds = 3
    sink = open_sink(proxy.url, topic=topic, timeout=1)
    results = sink.deliver([event(1), event(2)])
    assert [one.outcome for one in results] == [Outcome.RETRY] * 2
    assert "no answer" in results[0].reason
    proxy.wrong.seconds = 0
    assert set(outcomes(sink, [event(1), event(2)]).values()) == {Outcome.DELIVERED}
    assert set(ids(kafka, topic)) == {"CS0000001:1", "CS0000001:2"}
    (port,) = free_ports(1)
    (nobody,) = open_sink(f"http://127.0.0.1:{port}", topic=topic).deliver([event(3)])
    assert nobody.outcome is Outcome.RETRY


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"token": "env:BUS_TOKEN"}, "Bearer s3cret-token"),
        ({"user": "fore", "password": "env:BUS_TOKEN"}, "Basic " + base64.b64encode(b"fore:s3cret-token").decode()),
    ],
)
def test_the_proxy_is_told_who_posts(
    options: dict[str, str],
    header: str,
    proxy: RestProxy,
    open_sink: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By token, or by user and password; without them an admin is asked for."""
    monkeypatch.setenv("BUS_TOKEN", "s3cret-token")
    topic = make_topic(proxy.kafka)
    proxy.credentials = header
    assert set(outcomes(open_sink(proxy.url, topic=topic, **options), [event(1)]).values()) == {Outcome.DELIVERED}
    (answer,) = open_sink(proxy.url, topic=topic).deliver([event(2)])
    assert answer.outcome is Outcome.NEEDS_CREDENTIALS
    assert "Authentication failed" in answer.reason


def test_without_a_topic_there_is_nowhere_to_go(proxy: RestProxy, open_sink: Callable[..., Any]) -> None:
    """What no topic was picked for is refused where the settings name none either."""
    (answer,) = open_sink(proxy.url).deliver([event(1)])
    assert answer.outcome is Outcome.REFUSED
    assert answer.reason == "no topic was picked for it, and the sink has no option 'topic'"


def create(name: str, partitions: int = 4) -> SpokeRequest:
    """The wish for a topic."""
    return SpokeRequest("message bus", name, "create topic", {"partitions": partitions, "replication": 1}, name)


@pytest.mark.parametrize("kind", ["rest_proxy", "kafka"])
def test_a_topic_is_made_once(
    kind: str, kafka: str, proxy: RestProxy, open_sink: Callable[..., Any], tmp_path: Path
) -> None:
    """Over the proxy's API v3 or the broker's own; one that is there already is as good; a bad wish is refused."""
    straight = {"kind": "kafka", "servers": kafka, "topic": "unused", "security": "none"}
    sink = SINKS["kafka"](SinkSettings("bus", straight, tmp_path)) if kind == "kafka" else open_sink(proxy.url)
    name = f"made-by-{kind}"
    assert sink.post(create(name)).outcome is Outcome.DELIVERED
    assert topics_of(kafka)[name] == 4
    assert sink.post(create(name, partitions=9)).outcome is Outcome.DELIVERED
    assert topics_of(kafka)[name] == 4
    bad = sink.post(create("no-partitions", partitions=0))
    assert bad.outcome is Outcome.REFUSED
    assert bad.reason
    sink.close()


def test_api_v2_knows_topics_and_makes_none(kafka: str, proxy: RestProxy, open_sink: Callable[..., Any]) -> None:
    """It can only look whether one is there, and says what to do."""
    sink = open_sink(proxy.url, api="v2")
    assert sink.post(create(make_topic(kafka))).outcome is Outcome.DELIVERED
    answer = sink.post(create("missing"))
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "make the topic missing on the bus: API v2 cannot")


WRONG = {
    "no url": ({}, "needs the option 'url'"),
    "an api that is none": ({"url": "http://bus", "api": "v4"}, "must be one of v3, v2"),
    "a cluster for v2": ({"url": "http://bus", "api": "v2", "cluster": "c"}, "has a 'cluster'"),
    "token and user": ({"url": "http://bus", "token": "t", "user": "u", "password": "p"}, "both a token and a user"),
    "user alone": ({"url": "http://bus", "user": "u"}, "has a user without a password"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_option_is_named(what: str, tmp_path: Path) -> None:
    """One line that names the table of the settings and the option."""
    options, said = WRONG[what]
    with pytest.raises(BadSettings) as caught:
        SINKS["rest_proxy"](SinkSettings("bus", {"kind": "rest_proxy", **options}, tmp_path))
    assert "[sinks.bus]" in str(caught.value)
    assert said in str(caught.value)
