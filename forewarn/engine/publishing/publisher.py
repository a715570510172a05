"""Whether the publishers are on (S3 "Using the producer framework for outbound notifications")."""

from __future__ import annotations

from forewarn.engine.open_site import HERMES, OPEN_MESSAGE_BUS, OpenSite
from forewarn.engine.producer import PUBLISHER, read_producer
from forewarn.engine.publishing import topics
from forewarn.engine.publishing.choosing import chosen, sinks_of
from forewarn.engine.reports import PublisherState


def states(site: OpenSite) -> tuple[PublisherState, ...]:
    """How each publisher stands."""
    return tuple(_state(site, publisher) for publisher in (OPEN_MESSAGE_BUS, HERMES))


def _state(site: OpenSite, publisher: str) -> PublisherState:
    carrying = sinks_of(site, publisher)
    if publisher not in chosen(site):
        value = read_producer(site.rulebook.library.properties).publisher
        return PublisherState(publisher, on=False, sinks=carrying, reason=f"the property {PUBLISHER} says {value}")
    if not carrying:
        reason = f'no bus is configured: no sink of forewarn.toml has publisher = "{publisher}"'
        return PublisherState(publisher, on=False, sinks=(), reason=reason)
    if publisher == OPEN_MESSAGE_BUS and not _has_topics(site):
        reason = "there is no egress topic, so no event goes anywhere: forewarn topics add NAME"
        return PublisherState(publisher, on=True, sinks=carrying, reason=reason)
    return PublisherState(publisher, on=True, sinks=carrying)


def _has_topics(site: OpenSite) -> bool:
    with site.store.read() as txn:
        return any(topic.type == topics.EGRESS for topic in topics.every(txn, site.domain))
