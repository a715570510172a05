"""Which publishers are on: what the property says, and whether a sink carries them (S3 "Using the producer framework
for outbound notifications").
"""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.engine.open_site import HERMES, OPEN_MESSAGE_BUS, OpenSite, SinkConfiguration
from forewarn.engine.publishing import topics
from forewarn.engine.reports import PublisherState

PROPERTY = "sn_api_notif_mgmt.publisher_messages"
BOTH = "both"
CHOSEN: Mapping[str, tuple[str, ...]] = {
    OPEN_MESSAGE_BUS: (OPEN_MESSAGE_BUS,),
    HERMES: (HERMES,),
    BOTH: (OPEN_MESSAGE_BUS, HERMES),
}
"""The publishers that each value of the property turns on."""


def chosen(site: OpenSite) -> tuple[str, ...]:
    """The publishers that the site wants; what the property cannot mean is as by default, the open message bus."""
    return CHOSEN.get(str(site.rulebook.library.properties.get(PROPERTY)), CHOSEN[OPEN_MESSAGE_BUS])


def carries(site: OpenSite, configuration: SinkConfiguration) -> bool:
    """Whether a sink gets events now: one of a publisher only while that is chosen, any other always."""
    return configuration.publisher is None or configuration.publisher in chosen(site)


def states(site: OpenSite) -> tuple[PublisherState, ...]:
    """How each publisher stands."""
    wanted = chosen(site)
    return tuple(_state(site, publisher, wanted) for publisher in (OPEN_MESSAGE_BUS, HERMES))


def sinks_of(site: OpenSite, publisher: str) -> tuple[str, ...]:
    """The sinks that carry a publisher's events, by the settings."""
    return tuple(name for name, sink in site.sinks.items() if sink.publisher == publisher)


def _state(site: OpenSite, publisher: str, wanted: tuple[str, ...]) -> PublisherState:
    carrying = sinks_of(site, publisher)
    if publisher not in wanted:
        value = site.rulebook.library.properties.get(PROPERTY) or OPEN_MESSAGE_BUS
        return PublisherState(publisher, on=False, sinks=carrying, reason=f"the property {PROPERTY} says {value}")
    if not carrying:
        reason = f'no bus is configured: no sink of forewarn.toml has publisher = "{publisher}"'
        return PublisherState(publisher, on=False, sinks=(), reason=reason)
    hint: str | None = None
    if publisher == OPEN_MESSAGE_BUS:
        with site.store.read() as txn:
            known = topics.every(txn, site.domain)
        if not any(topic.type == topics.EGRESS for topic in known):
            hint = "there is no egress topic, so no event goes anywhere: forewarn topics add NAME"
    return PublisherState(publisher, on=True, sinks=carrying, reason=hint)
