"""What goes into event rules and what comes out: facts, intents, and dead letters.

`Fact` is an event (an alert, a clear) or a record as it stands (an incident); `Intent` is what a rule wants
done. Neither knows a store: the engine makes facts from its rows and turns intents into actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from forewarn.errors import ForewarnError
from forewarn.rules.model import Action

AttributeValue: TypeAlias = str | int | bool | Decimal | date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Fact:
    """One live fact of a correlation key.

    ``kind`` is ``alert``, ``clear``, ``incident`` and so on; ``id`` is unique within a session; ``at`` is the
    aware time of the event, or the time since which the record stands. An attribute that is missing counts
    as null. ``fresh`` tells that the event has not been correlated before: only fresh events trigger rules
    that fire at once, the others are their window. ``settled`` tells that an exclusive action (open, add
    to or reopen incident, ignore) was already taken for the event: it gets no other.
    """

    kind: str
    id: str
    at: datetime
    attributes: Mapping[str, AttributeValue]
    fresh: bool = True
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """What a rule wants done, and why.

    ``rule`` is the rule's id, ``values`` the filled ``With`` columns by heading (a field whose only content
    is a missing attribute is left out), ``facts`` the sorted ids of every fact that took part, ``event`` the
    id of the event that triggered the rule. ``firing_key`` is the same on every run for the same rule set
    version, rule and facts: the engine keeps it unique, so that a replay changes nothing.
    """

    rule: str
    action: Action
    values: Mapping[str, str]
    facts: tuple[str, ...]
    firing_key: str
    event: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A session that could not be run: its key and facts, why, and how often the worker died over it (0: it was
    refused before it went in).
    """

    key: str
    facts: tuple[Fact, ...]
    reason: str
    crashes: int = 0


class SessionRefused(ForewarnError):
    """The facts of one key cannot be correlated; `dead_letter` keeps them with the reason."""

    def __init__(self, dead_letter: DeadLetter, *, hint: str | None = None) -> None:
        super().__init__(f"event rules cannot run for key {dead_letter.key!r}: {dead_letter.reason}", hint=hint)
        self.dead_letter = dead_letter
