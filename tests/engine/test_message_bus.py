"""The open message bus: topics, the picker, spokes, and what becomes of an event that goes to several topics."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from engine_support import OUTAGE, START, RecordingSink, Workbooks
from services.kafka_topics import Read, make_topic, read_topic, topics_of
from services.rest_proxy import RestProxy
from sqlalchemy import func, select

from forewarn.engine.actions import topics
from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.delivery import deliver as deliver_all
from forewarn.engine.actions.incidents import escalate_incident, resolve_incident
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.producer import PUBLISHER
from forewarn.engine.publishing import bus
from forewarn.engine.schema.delivery import deliveries
from forewarn.engine.schema.publishing import topic_posts
from forewarn.engine.sink_calls import SinkFailed
from forewarn.engine.tickets.payload import ATTRIBUTE_CHANGED, CREATED, CREATED_FOR_CASE, STATE_CHANGED, payload
from forewarn.errors import BadRecord, NotFound, Refused
from forewarn.plugins.api import (
    DeliveryResult,
    Notification,
    Outcome,
    SpokeAnswer,
    SpokeRequest,
    TicketEvent,
)
from forewarn.plugins.loading import load_extensions

BUS = "openMessageBus"
NOTIFICATIONS = "decision_tables/api_notifications.xlsx"


@dataclass
class Spoke:
    """A bus that remembers: what it was asked to post and to make; ``answers`` by topic where it does not take it."""

    posted: list[tuple[str, str]] = field(default_factory=list)
    requests: list[SpokeRequest] = field(default_factory=list)
    batches: list[tuple[str | None, int]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        self.batches.append((batch[0].topic, len(batch)))
        return [self._one(one.topic or "", one.event_id) for one in batch]

    def post(self, request: SpokeRequest) -> SpokeAnswer:
        self.requests.append(request)
        told = self._one(request.target, request.key)
        return SpokeAnswer(told.outcome, {}, told.reason, told.retry_after)

    def _one(self, topic: str, event_id: str) -> DeliveryResult:
        answer = self.answers.get(topic, self.answers.get(event_id, Outcome.DELIVERED))
        if isinstance(answer, Exception):
            raise answer
        if answer is Outcome.DELIVERED:
            if event_id != topic:
                self.posted.append((topic, event_id))
            return DeliveryResult(event_id, answer)
        return DeliveryResult(event_id, answer, f"{topic} says {answer.value}", timedelta(seconds=9))

    def close(self) -> None:
        """Nothing."""


def with_bus(site: OpenSite, spoke: Any, *, selectors: Sequence[Any] = (), **configuration: Any) -> OpenSite:
    """The site with a bus behind the publisher of that name, beside its other sinks."""
    sinks = {**site.extensions.sinks, "spoke": lambda settings: spoke}
    extensions = dataclasses.replace(site.extensions, sinks=sinks, spoke_selectors=tuple(selectors))
    one = SinkConfiguration(**{"kind": "spoke", "takes": ("trouble ticket events",), "publisher": BUS} | configuration)
    return dataclasses.replace(site, sinks={**site.sinks, "bus": one}, extensions=extensions)


def event(number: int, name: str = CREATED, *, status: str = "acknowledged", **snapshot: Any) -> Notification:
    """An event as delivery hands it over."""
    fields = {"number": f"INC{number:07}", "short_description": "Router down", "priority": "1 - Critical"} | snapshot
    told = TicketEvent(f"event-{number}", name, "incident", f"INC{number:07}", START, fields, status=status)
    document = payload(told)
    return Notification(
        told.event_id, name, "", "", "", told.record, START, data={"kind": "trouble ticket event"}, payload=document
    )


def deliver(site: OpenSite, batch: Sequence[Notification]) -> Mapping[str, DeliveryResult]:
    """What becomes of a batch on the bus."""
    calls = bus.open_calls(site, "bus", site.sinks["bus"])
    results = calls.deliver(batch)
    calls.close()
    return results


def outcomes(results: Mapping[str, DeliveryResult]) -> dict[str, Outcome]:
    """By event id."""
    return {event_id: result.outcome for event_id, result in results.items()}


def add(site: OpenSite, name: str, **options: Any) -> Any:
    """Add a topic."""
    return topics.add_topic(site, name, asked_by="ann", **options)


# topics


def test_a_topic_is_made_here_and_on_the_bus(site: OpenSite) -> None:
    """It is an egress topic, user created, with what it was asked for; the bus is asked once with its numbers."""
    spoke = Spoke()
    site = with_bus(site, spoke)
    report = add(site, "tickets", header_query="eventType=TroubleTicketCreateEvent", partitions=6, replication=3)
    (topic,) = topics.list_topics(site)
    assert (report.topics, report.changed, report.failures) == ((topic,), 1, ())
    assert (topic.name, topic.type, topic.user_created, topic.created_by) == ("tickets", "Egress", True, "ann")
    assert topic.synchronised_at is not None
    assert START <= topic.created_at <= topic.synchronised_at
    (asked,) = spoke.requests
    assert (asked.system, asked.target, asked.operation) == ("message bus", "tickets", "create topic")
    assert asked.payload == {"partitions": 6, "replication": 3}


def test_a_bus_that_is_down_is_told_and_asked_again(site: OpenSite) -> None:
    """The topic stays, with the reason; `sync` makes it when the bus is back, and then has nothing more to do."""
    spoke = Spoke(answers={"tickets": Outcome.RETRY})
    site = with_bus(site, spoke)
    report = add(site, "tickets")
    assert report.failures == ("topic tickets: sink bus: tickets says retry",)
    assert (report.topics[0].synchronised_at, report.topics[0].reason) == (None, "sink bus: tickets says retry")
    assert topics.sync_topics(site, asked_by="ann").failures == report.failures
    spoke.answers.clear()
    mended = topics.sync_topics(site, asked_by="ann")
    assert (mended.changed, mended.failures, mended.topics[0].reason) == (1, (), None)
    assert mended.topics[0].synchronised_at is not None
    assert topics.sync_topics(site, asked_by="ann").topics == ()
    assert topics.sync_topics(site, ["tickets"], asked_by="ann").changed == 1


def test_without_a_bus_a_topic_waits_for_one(site: OpenSite) -> None:
    """Topics can be made before the bus is there."""
    report = add(site, "tickets")
    (failure,) = report.failures
    assert failure.startswith("topic tickets: no bus is configured")
    spoke = Spoke()
    assert topics.sync_topics(with_bus(site, spoke), asked_by="ann").changed == 1
    assert [one.target for one in spoke.requests] == ["tickets"]


def test_a_sink_that_cannot_make_topics_says_so(site: OpenSite, sink: RecordingSink) -> None:
    """Not every sink is a spoke; a plugin's selector may step in."""
    assert add(with_bus(site, sink), "tickets").failures == (
        "topic tickets: sink bus: it cannot make topics, and no plugin's spoke selector took it",
    )
    spoke = Spoke()
    report = topics.sync_topics(with_bus(site, sink, selectors=[lambda request: spoke]), asked_by="ann")
    assert (report.changed, spoke.requests[0].operation) == (1, "create topic")


def test_a_bus_registers_its_topics(site: OpenSite) -> None:
    """They are not user created, are not made again, and may be told again with other queries."""
    spoke = Spoke()
    site = with_bus(site, spoke)
    first = topics.register_topic(site, "theirs", content_query="troubleTicket.status=resolved", asked_by="bus")
    assert (first.changed, first.topics[0].user_created, first.topics[0].synchronised_at) == (1, False, START)
    again = topics.register_topic(site, "theirs", header_query="eventType=A,B", asked_by="bus")
    assert (again.changed, again.topics[0].header_query, again.topics[0].content_query) == (0, "eventType=A,B", "")
    assert topics.sync_topics(site, asked_by="ann").topics == ()
    assert topics.sync_topics(site, ["theirs"], asked_by="ann").topics == ()
    assert spoke.requests == []
    add(site, "ours")
    with pytest.raises(Refused, match="was made here"):
        topics.register_topic(site, "ours", asked_by="bus")


def test_topics_go(site: OpenSite) -> None:
    """A name that is none is told with the nearest."""
    add(site, "tickets")
    with pytest.raises(NotFound, match="did you mean 'tickets'"):
        topics.remove_topic(site, "ticket", asked_by="ann")
    assert topics.remove_topic(site, "tickets", asked_by="ann").topics[0].name == "tickets"
    assert topics.list_topics(site) == ()
    with pytest.raises(NotFound, match="there are: none"):
        topics.sync_topics(site, ["tickets"], asked_by="ann")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a b", {}, "'a b' is no name of a topic"),
        ("..", {}, "'..' is no name of a topic"),
        ("x" * 250, {}, "is no name of a topic"),
        ("t", {"partitions": 0}, "partitions must be a whole number from 1 to 10,000, not 0"),
        ("t", {"replication": 101}, "replication must be a whole number from 1 to 100, not 101"),
        ("t", {"header_query": "a=1&b"}, "header query 'a=1&b', character 6: '=' is missing after 'b'"),
        ("t", {"content_query": "a="}, "content query 'a=', character 3: a value is missing"),
    ],
)
def test_what_cannot_be_a_topic_is_refused(name: str, options: dict[str, Any], said: str, site: OpenSite) -> None:
    """In one line, and nothing is kept."""
    with pytest.raises(BadRecord) as caught:
        add(site, name, **options)
    assert said in str(caught.value)
    assert topics.list_topics(site) == ()


def test_a_topic_that_is_there_is_not_made_again(site: OpenSite) -> None:
    """Whoever adds it twice learns so."""
    add(site, "tickets")
    with pytest.raises(Refused, match="there is a topic 'tickets' already"):
        add(site, "tickets")


# the picker


def test_the_picker_takes_topics_whose_queries_both_match(site: OpenSite) -> None:
    """Header and content must match; an empty query takes everything; only egress topics are looked at."""
    spoke = Spoke()
    site = with_bus(site, spoke)
    add(site, "all")
    add(site, "created", header_query="eventType=TroubleTicketCreateEvent")
    add(site, "named", header_query=f"event_type={CREATED},{STATE_CHANGED}")
    add(site, "resolved", content_query="troubleTicket.status=resolved,closed")
    add(site, "both", header_query=f"event_type={STATE_CHANGED}", content_query="troubleTicket.status=resolved")
    topics.register_topic(site, "inbound", type="Ingress", asked_by="bus")
    deliver(site, [event(1), event(2, STATE_CHANGED, status="resolved"), event(3, ATTRIBUTE_CHANGED)])
    picked: dict[str, set[str]] = {}
    for topic, event_id in spoke.posted:
        picked.setdefault(event_id, set()).add(topic)
    assert picked == {
        "event-1": {"all", "created", "named"},
        "event-2": {"all", "named", "resolved", "both"},
        "event-3": {"all"},
    }


def test_what_no_topic_takes_is_done(site: OpenSite) -> None:
    """It waits for nobody, and the result says why nothing was sent."""
    spoke = Spoke()
    site = with_bus(site, spoke)
    add(site, "resolved", content_query="troubleTicket.status=resolved")
    (result,) = deliver(site, [event(1)]).values()
    assert (result.outcome, result.reason, spoke.posted) == (Outcome.DELIVERED, "no topic takes it", [])


def test_a_topic_gets_its_events_in_one_request(site: OpenSite) -> None:
    """One step a topic, however many events there are for it."""
    spoke = Spoke()
    site = with_bus(site, spoke)
    add(site, "all")
    add(site, "created", header_query=f"event_type={CREATED}")
    deliver(site, [event(number, CREATED if number % 2 else STATE_CHANGED) for number in range(10)])
    assert sorted(spoke.batches) == [("all", 10), ("created", 5)]


# what becomes of an event that goes to several topics


def test_a_topic_that_fails_is_tried_again_alone(site: OpenSite) -> None:
    """The others have the event and get no repeat; when the last has it the event is done and nothing is kept of it."""
    spoke = Spoke(answers={"b": Outcome.RETRY})
    site = with_bus(site, spoke)
    for name in "abc":
        add(site, name)
    (result,) = deliver(site, [event(1)]).values()
    assert (result.outcome, result.reason) == (Outcome.RETRY, "topic b: b says retry")
    assert result.retry_after == timedelta(seconds=9)
    assert sorted(spoke.posted) == [("a", "event-1"), ("c", "event-1")]
    spoke.answers.clear()
    assert outcomes(deliver(site, [event(1)])) == {"event-1": Outcome.DELIVERED}
    assert sorted(spoke.posted) == [("a", "event-1"), ("b", "event-1"), ("c", "event-1")]
    with site.store.read() as txn:
        assert txn.execute(select(func.count()).select_from(topic_posts)).scalar_one() == 0


def test_a_topic_that_refuses_an_event_is_told_when_the_others_are_done(site: OpenSite) -> None:
    """The event is refused, with the topic's name; sent again by an admin it goes to that topic alone."""
    spoke = Spoke(answers={"a": Outcome.REFUSED, "b": Outcome.RETRY})
    site = with_bus(site, spoke)
    for name in "abc":
        add(site, name)
    assert outcomes(deliver(site, [event(1)])) == {"event-1": Outcome.RETRY}
    del spoke.answers["b"]
    (result,) = deliver(site, [event(1)]).values()
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "topic a: a says refused")
    spoke.answers.clear()
    assert outcomes(deliver(site, [event(1)])) == {"event-1": Outcome.DELIVERED}
    assert sorted(spoke.posted) == [("a", "event-1"), ("b", "event-1"), ("c", "event-1")]


def test_a_bus_that_raises_holds_no_other_event_and_no_other_topic(site: OpenSite) -> None:
    """An event that it cannot bear waits, the others of the request go one by one; in one line each."""
    spoke = Spoke(answers={"event-2": ValueError("cannot bear it\nat all")})
    site = with_bus(site, spoke)
    for name in "ab":
        add(site, name)
    results = deliver(site, [event(1), event(2), event(3)])
    assert outcomes(results) == {
        "event-1": Outcome.DELIVERED,
        "event-2": Outcome.RETRY,
        "event-3": Outcome.DELIVERED,
    }
    said = "ValueError: cannot bear it at all"
    assert results["event-2"].reason == f"topic a: {said}; topic b: {said}"
    # What the sink took before it raised was not answered for: it comes once more, under its event id.
    assert set(spoke.posted) == {(topic, f"event-{number}") for topic in "ab" for number in (1, 3)}


def test_a_bus_that_hangs_is_not_called_again(site: OpenSite) -> None:
    """It fails as a whole, as a sink that hangs does; what other topics took before is kept."""

    class Hanging(Spoke):
        def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
            if batch[0].topic == "b":
                time.sleep(5)
            return super().deliver(batch)

    spoke = Hanging()
    site = with_bus(site, spoke, time_limit=1)
    for name in "abc":
        add(site, name)
    with pytest.raises(SinkFailed) as caught:
        deliver(site, [event(1)])
    assert caught.value.hung
    assert spoke.posted == [("a", "event-1")]
    spoke.answers.clear()
    site = with_bus(site, usual := Spoke())
    assert outcomes(deliver(site, [event(1)])) == {"event-1": Outcome.DELIVERED}
    assert sorted(usual.posted) == [("b", "event-1"), ("c", "event-1")]


# the spoke selector


def test_a_plugins_selector_chooses_who_posts(site: OpenSite) -> None:
    """It sees topic and event; a topic that it leaves goes by the sink; one that fails is passed over."""
    own, theirs = Spoke(), Spoke()

    def broken(request: SpokeRequest) -> Any:
        raise RuntimeError("broken")

    def mine(request: SpokeRequest) -> Any:
        return theirs if request.target == "theirs" and request.operation == "publish" else None

    site = with_bus(site, own, selectors=[broken, mine])
    add(site, "ours")
    add(site, "theirs")
    assert outcomes(deliver(site, [event(1), event(2)])) == {
        "event-1": Outcome.DELIVERED,
        "event-2": Outcome.DELIVERED,
    }
    assert own.posted == [("ours", "event-1"), ("ours", "event-2")]
    assert theirs.posted == [("theirs", "event-1"), ("theirs", "event-2")]
    asked = theirs.requests[0]
    assert (asked.system, asked.operation, asked.key) == ("message bus", "publish", "event-1")
    assert asked.payload == event(1).payload


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (RuntimeError("down"), Outcome.RETRY, "RuntimeError: down"),
        ("nonsense", Outcome.RETRY, "the spoke answered 'nonsense', not a SpokeAnswer"),
        (SpokeAnswer(Outcome.REFUSED, reason="never"), Outcome.REFUSED, "never"),
        (SpokeAnswer(Outcome.NEEDS_CREDENTIALS, reason="who?"), Outcome.NEEDS_CREDENTIALS, "who?"),
    ],
)
def test_a_spokes_failure_is_that_of_the_event(answer: Any, outcome: Outcome, said: str, site: OpenSite) -> None:
    """Whatever it raises or answers is contained, and told with the topic."""

    class One:
        def post(self, request: SpokeRequest) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

    site = with_bus(site, Spoke())
    add(site, "tickets")
    site = with_bus(site, Spoke(), selectors=[lambda request: One()])
    (result,) = deliver(site, [event(1)]).values()
    assert (result.outcome, result.reason) == (outcome, f"topic tickets: {said}")


# publishers


def states(site: OpenSite) -> dict[str, tuple[bool, str | None]]:
    """Each publisher: on, and the reason."""
    return {one.publisher: (one.on, one.reason) for one in topics.publishers(site)}


def test_without_a_bus_the_publisher_is_off_and_says_so(site: OpenSite) -> None:
    """By default events are for the open message bus."""
    assert states(site) == {
        BUS: (False, 'no bus is configured: no sink of forewarn.toml has publisher = "openMessageBus"'),
        "hermes": (False, f"the property {PUBLISHER} says openMessageBus"),
    }


def test_a_bus_without_topics_is_on_and_tells_it(site: OpenSite) -> None:
    """Events would go nowhere; with a topic all is well."""
    site = with_bus(site, Spoke())
    assert states(site)[BUS] == (True, "there is no egress topic, so no event goes anywhere: forewarn topics add NAME")
    add(site, "tickets")
    assert states(site)[BUS] == (True, None)


@pytest.mark.parametrize(
    ("value", "carried"),
    [
        (None, {"bus", "other"}),
        ("openMessageBus", {"bus", "other"}),
        ("hermes", {"kafka", "other"}),
        ("both", {"bus", "kafka", "other"}),
        ("nonsense", {"bus", "other"}),
    ],
)
def test_the_property_says_which_buses_get_events(
    value: str | None, carried: set[str], open_site: Callable[..., OpenSite]
) -> None:
    """Sinks that belong to no publisher get events in any case; what is no value is as by default."""
    site = open_site(None if value is None else publishing(value))
    site = with_bus(site, Spoke())
    site = dataclasses.replace(site, sinks=three(site))
    add(site, "tickets")
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    with site.store.read() as txn:
        queued = set(txn.execute(select(deliveries.c.sink)).scalars())
    assert queued == carried
    assert {one.sink for one in deliver_all(site).sinks} == carried
    assert {one.publisher for one in topics.publishers(site) if one.on} == {
        site.sinks[name].publisher for name in carried - {"other"}
    }


def publishing(value: str) -> Callable[[Workbooks], None]:
    """An edit of the property."""
    return lambda books: books.set(NOTIFICATIONS, "Properties", "B3", value)


def three(site: OpenSite) -> dict[str, SinkConfiguration]:
    """A sink of each publisher, and one of none."""
    bus_ = site.sinks["bus"]
    return {
        "bus": bus_,
        "kafka": dataclasses.replace(bus_, publisher="hermes"),
        "other": dataclasses.replace(bus_, publisher=None),
    }


def test_what_is_queued_for_a_publisher_waits_while_it_is_off(open_site: Callable[..., OpenSite]) -> None:
    """Switched off, a bus is left alone; switched on again it gets what waited, in order."""
    spoke = Spoke()
    site = with_bus(open_site(publishing("both")), spoke)
    add(site, "tickets")
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    off = with_bus(open_site(publishing("hermes")), spoke)
    deliver_all(off)
    assert spoke.posted == []
    deliver_all(with_bus(open_site(publishing("openMessageBus")), spoke))
    assert len(spoke.posted) == len(set(spoke.posted)) == 7


# over the real thing


def test_events_go_through_the_proxy_to_the_topics_that_take_them(kafka: str, site: OpenSite) -> None:
    """Topics are made on a real broker over its REST proxy, events are picked and posted, a consumer finds them."""
    proxy = RestProxy(kafka)
    try:
        site = with_bus(site, None, kind="rest_proxy", options={"url": proxy.url})
        site = dataclasses.replace(site, extensions=_stock(site))
        suffix = make_topic(kafka)
        created, resolved = f"created-{suffix}", f"resolved-{suffix}"
        assert add(site, created, header_query="eventType=TroubleTicketCreateEvent", partitions=3).failures == ()
        assert add(site, resolved, content_query="troubleTicket.status=resolved").failures == ()
        assert (topics_of(kafka)[created], topics_of(kafka)[resolved]) == (3, 1)
        batch = [event(1), event(2), event(3, STATE_CHANGED, status="resolved"), event(4, ATTRIBUTE_CHANGED)]
        assert set(outcomes(deliver(site, batch)).values()) == {Outcome.DELIVERED}
        assert {one.key: one.value["eventId"] for one in read_topic(kafka, created)} == {
            "INC0000001": "event-1",
            "INC0000002": "event-2",
        }
        (one,) = read_topic(kafka, resolved)
        assert (one.key, one.headers["event_id"]) == ("INC0000003", "event-3")
        assert one.value["event"]["troubleTicket"]["status"] == "resolved"
    finally:
        proxy.close()


def test_both_publishers_tell_the_whole_story_each(kafka: str, open_site: Callable[..., OpenSite]) -> None:
    """An outage, worked on and resolved, over a proxy to a topic and over Kafka to another: the same events with the
    same ids in the order of each ticket. The bus is down at first, and Kafka does not wait for it.
    """
    proxy = RestProxy(kafka)
    try:
        site = open_site(publishing("both"))
        picked, straight = f"picked-{make_topic(kafka)}", make_topic(kafka)
        site = with_bus(site, None, kind="rest_proxy", options={"url": proxy.url}, rest_after=100)
        hermes = SinkConfiguration(
            "kafka",
            {"servers": kafka, "topic": straight, "security": "none"},
            takes=("trouble ticket events",),
            publisher="hermes",
        )
        site = dataclasses.replace(site, sinks={"bus": site.sinks["bus"], "hermes": hermes}, extensions=_stock(site))
        assert add(site, picked, header_query=f"event_type={CREATED},{STATE_CHANGED}").failures == ()
        receive_alerts(site, [OUTAGE], source="t", asked_by="m")
        escalate_incident(site, "INC0000001", "It is down.", asked_by="ann")
        resolve_incident(site, "INC0000001", "Solved permanently", "Restarted.", asked_by="ann")
        proxy.wrong.answers = [(503, {})] * 1000
        first = {one.sink: one for one in deliver_all(site).sinks}
        assert first["bus"].retry > 0
        assert (first["hermes"].delivered > 7, first["hermes"].retry) == (True, 0)
        assert read_topic(kafka, picked) == []
        proxy.wrong.answers = []
        site.clock.advance(timedelta(hours=2))
        deliver_all(site)
        told = [one for one in read_topic(kafka, straight) if one.value["eventType"] in PICKED]
        found = read_topic(kafka, picked)
        assert _by_ticket(found) == _by_ticket(told)
        incident = _by_ticket(found)["INC0000001"]
        assert [one.rpartition("/")[0].rpartition("/")[0] for one in incident] == [
            "create-trouble-ticket-event",
            *["trouble-ticket-state-change-event"] * (len(incident) - 1),
        ]
        assert len(incident) > 1
    finally:
        proxy.close()


PICKED = ("TroubleTicketCreateEvent", "TroubleTicketStatusChangeEvent")


def _by_ticket(found: Sequence[Read]) -> dict[str, list[str]]:
    """The ids of events by their ticket, in order, those of cases that are created left out."""
    tickets: dict[str, list[str]] = {}
    for one in found:
        if one.headers["event_type"] != CREATED_FOR_CASE:
            tickets.setdefault(one.key, []).append(one.headers["event_id"])
    return tickets


def _stock(site: OpenSite) -> Any:
    return dataclasses.replace(site.extensions, sinks=load_extensions().sinks)
