"""What is said of the queue, of the processes that serve it, and of the site as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from forewarn.engine.reports import PublisherState


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue of one sink: how much waits in all, and of that is due now, held by a process, or was tried before.

    ``given_up`` was refused or tried too often, ``skipped`` set aside by a person. ``oldest`` is when the oldest of
    what waits was staged.
    """

    sink: str
    kind: str
    takes: tuple[str, ...]
    waiting: int
    due: int
    held: int
    retry: int
    given_up: int
    skipped: int
    oldest: datetime | None
    failures: int
    resting_until: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One notification in the queue of one sink; ``due_at`` is None for what is settled."""

    event_id: str
    event: str
    ticket: str
    sink: str
    outcome: str
    attempts: int
    staged_at: datetime
    due_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class QueueReport:
    """The queues of all sinks, and letters out of them: what was given up, unless others were asked for."""

    queues: tuple[QueueState, ...]
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A process of ``forewarn work``: alive where it was seen not long ago."""

    name: str
    started_at: datetime
    seen_at: datetime
    alive: bool
    delivered: int
    rules_looked_at: int


@dataclass(frozen=True, slots=True)
class WorkReport:
    """What one process did while it worked; ``failures`` are what it could not do, each once."""

    passes: int
    delivered: int
    rules_looked_at: int
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventsState:
    """The sinks that trouble ticket events go to now; ``rules`` is whether the site has the table that makes events."""

    sinks: tuple[str, ...]
    rules: bool


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """The site on one page: store, rules, what waits where, who works on it, and what needs somebody.

    ``publishers`` says of each publisher whether it is on, and if not, why not. ``attention`` counts events that the
    rules could not be run for, and steps that a faulty table has parked.
    """

    name: str
    at: datetime
    database: str
    rules_version: str | None
    rules_live_since: datetime | None
    open_incidents: int
    rules_due: int
    queues: tuple[QueueState, ...]
    events: EventsState
    publishers: tuple[PublisherState, ...]
    workers: tuple[WorkerState, ...]
    attention: Mapping[str, int]
    warnings: tuple[str, ...]
