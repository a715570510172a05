"""Delivery to Kafka while its broker stops, stands still and starts: a consumer compares with what was staged."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import pytest
from engine_support import Workbooks
from services.kafka_broker import Broker
from services.kafka_topics import make_topic, read_topic
from sqlalchemy import select

from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import create_incident, update_incident
from forewarn.engine.open_site import TICKET_EVENTS, OpenSite, SinkConfiguration
from forewarn.engine.schema.delivery import notifications
from forewarn.plugins.loading import load_extensions

LONGEST = 240
"""Seconds after which the load gives up; a broker starts in some seconds, however busy the machine."""


def publish_to_hermes(books: Workbooks) -> None:
    """Switch the publisher on."""
    books.set("decision_tables/api_notifications.xlsx", "Properties", "B3", "hermes")


@pytest.mark.one_database
def test_every_event_arrives_in_order_and_repeats_only_under_its_id(
    make_kafka: Callable[..., Broker], open_site: Callable[..., OpenSite]
) -> None:
    """Incidents are opened and changed and their events delivered, as fast as it goes, while the broker goes away in
    three ways. In the end the topic holds every event that was staged, those of a ticket in their order; what stands
    there twice has one event id, and stands before the next event of its ticket.
    """
    broker = make_kafka()
    broker.start()
    topic = make_topic(broker.address, partitions=4)
    options = {"servers": broker.address, "topic": topic, "security": "none", "timeout": 2}
    hermes = SinkConfiguration("kafka", options, takes=(TICKET_EVENTS,), publisher="hermes", rest_after=100)
    site = open_site(publish_to_hermes)
    extensions = dataclasses.replace(site.extensions, sinks=load_extensions().sinks)
    site = dataclasses.replace(site, sinks={"hermes": hermes}, extensions=extensions)
    over = threading.Event()
    retried: list[int] = []

    def load() -> None:
        ends = time.monotonic() + LONGEST
        numbers: list[str] = []
        while time.monotonic() < ends:
            if not over.is_set():
                made = create_incident(site, {"short_description": f"Number {len(numbers)}"}, asked_by="ann")
                numbers.append(made.record.number)
                for number in numbers[-8:]:
                    update_incident(site, number, {"short_description": f"{number} at {len(numbers)}"}, asked_by="ann")
            report = deliver(site)
            retried.append(report.sinks[0].retry)
            # The time of what is to be tried again is over at once.
            site.clock.advance(timedelta(hours=2))
            if over.is_set() and report.waiting == 0:
                return

    sender = threading.Thread(target=load)
    sender.start()
    # The broker is started from here: it ends with the thread that started it.
    for end, again in (
        (broker.stop, broker.start),
        (broker.pause, broker.resume),
        (lambda: broker.stop(kill=True), broker.start),
    ):
        time.sleep(2)
        end()
        time.sleep(3)
        again()
    time.sleep(1)
    over.set()
    sender.join()
    assert any(retried), "the load never met the broker away"
    query = select(notifications.c.ticket, notifications.c.event_id).order_by(notifications.c.id)
    staged = defaultdict(list)
    with site.store.read() as txn:
        for ticket, event_id in txn.execute(query):
            staged[ticket].append(event_id)
    found = defaultdict(list)
    for one in read_topic(broker.address, topic):
        assert one.headers["event_id"] == one.value["eventId"]
        found[one.key].append(one.headers["event_id"])
    assert len(staged) > 5
    assert {ticket: list(dict.fromkeys(ids)) for ticket, ids in found.items()} == staged
    for ticket, ids in found.items():
        assert ids == sorted(ids, key=staged[ticket].index)
