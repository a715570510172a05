"""Which publishers the site wants, and which sinks carry them."""

from __future__ import annotations

from collections.abc import Mapping

from forewarn.engine.open_site import HERMES, OPEN_MESSAGE_BUS, OpenSite, SinkConfiguration
from forewarn.engine.producer import BOTH, read_producer

CHOSEN: Mapping[str, tuple[str, ...]] = {
    OPEN_MESSAGE_BUS: (OPEN_MESSAGE_BUS,),
    HERMES: (HERMES,),
    BOTH: (OPEN_MESSAGE_BUS, HERMES),
}
"""The publishers that each value of the property turns on."""


def chosen(site: OpenSite) -> tuple[str, ...]:
    """The publishers that the site's property turns on."""
    return CHOSEN[read_producer(site.rulebook.library.properties).publisher]


def carries(site: OpenSite, configuration: SinkConfiguration) -> bool:
    """Whether a sink gets anything now: one of a publisher only while that is on, any other always."""
    return configuration.publisher is None or configuration.publisher in chosen(site)


def sinks_of(site: OpenSite, publisher: str) -> tuple[str, ...]:
    """The sinks that carry a publisher's events, by the settings."""
    return tuple(name for name, sink in site.sinks.items() if sink.publisher == publisher)
