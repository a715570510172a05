"""Which kinds of facts there are: events that happen, and records that stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds that event rules may name. ``events`` gives for each event the record whose attributes it carries
    (a clear carries those of its alert); ``records`` are what can stand beside an event; ``raised`` are the events
    that rules raise, which carry whatever the raising rule fills.
    """

    events: Mapping[str, str]
    records: frozenset[str]
    raised: frozenset[str] = frozenset()

    def with_raised(self, raised: Iterable[str]) -> Kinds:
        """The same kinds and the events that rules raise."""
        return Kinds(self.events, self.records, frozenset(raised) - self.events.keys() - self.records)

    def record_of(self, kind: str) -> str:
        """The record whose attributes facts of a kind have."""
        return self.events.get(kind, kind)

    def __contains__(self, kind: str) -> bool:
        return kind in self.events or kind in self.records or kind in self.raised

    @property
    def names(self) -> tuple[str, ...]:
        """All kinds, events first."""
        return (*self.events, *sorted(self.raised), *sorted(self.records))


STOCK_KINDS = Kinds(
    events=MappingProxyType(
        {
            "alert": "alert",
            "clear": "alert",
            "acknowledgement": "alert",
            "incident_opened": "incident",
            "incident_resolved": "incident",
        }
    ),
    records=frozenset({"incident", "problem", "change_request", "case", "major_case", "outage"}),
)
"""The events and records of the documents (B1, B6); an incident that is opened or resolved is an event too."""
