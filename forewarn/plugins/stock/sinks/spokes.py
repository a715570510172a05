"""Sink ``spokes``: the open message bus where plugins alone post, by their spoke selectors. It has no options.

What no selector takes waits, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings, SpokeAnswer, SpokeRequest
from forewarn.plugins.stock.sinks.options import Options

UNTAKEN = "no plugin's spoke selector took it"


@dataclass(frozen=True, slots=True)
class SpokesSink:
    """Posts nothing itself: it is asked for what every selector left."""

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """To be tried again: a selector may be mended."""
        return [DeliveryResult(one.event_id, Outcome.RETRY, UNTAKEN) for one in batch]

    def post(self, request: SpokeRequest) -> SpokeAnswer:
        """As `deliver`."""
        return SpokeAnswer(Outcome.RETRY, reason=UNTAKEN)

    def close(self) -> None:
        """Nothing to let go of."""


def open_sink(settings: SinkSettings) -> SpokesSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "spokes"``."""
    Options(settings, ())
    return SpokesSink()
