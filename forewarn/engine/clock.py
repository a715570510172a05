"""Where the time of an action comes from: asked once a transaction and passed on, never read inside a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The time of the machine, aware, in UTC."""
        return datetime.now(UTC)


class SteppingClock:
    """A clock for demonstrations and tests: each reading is ``step`` later than the one before."""

    def __init__(self, start: datetime, step: timedelta = timedelta(seconds=1)) -> None:
        if start.tzinfo is None:
            raise ValueError(f"naive time {start!r}: give an aware one")
        self._next = start.astimezone(UTC)
        self._step = step

    def now(self) -> datetime:
        """The time of this reading, aware, in UTC."""
        reading = self._next
        self._next += self._step
        return reading

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._next += by
