"""How each sink is doing, kept over processes: failures in a row, when it may be tried again, how much it may take.

A sink that failed several times in a row rests: it is not called before its rest is over, then tried with one batch,
and rests twice as long where that fails too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from forewarn.engine.schema.delivery import sink_health

FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Health:
    """Failures in a row, until when the sink rests, and why."""

    failures: int = 0
    resting_until: datetime | None = None
    reason: str | None = None

    def rests(self, now: datetime) -> bool:
        """Whether it must not be called now."""
        return self.resting_until is not None and now < self.resting_until


def health_of(txn: Connection, sink: str) -> Health:
    """How a sink is doing; well, where nothing is known of it."""
    row = _row(txn, sink)
    return Health() if row is None else Health(row["failures"], row["resting_until"], row["reason"])


def note_failure(txn: Connection, sink: str, now: datetime, *, reason: str, rest_after: int, hung: bool) -> Health:
    """One more failure in a row. From ``rest_after`` on it rests; where it hung, at once: a try costs a thread."""
    failures = health_of(txn, sink).failures + 1
    if hung:
        failures = max(failures, rest_after)
    until = None
    if failures >= rest_after:
        doubled: timedelta = FIRST_REST * int(2 ** min(failures - rest_after, 10))
        until = now + min(doubled, LONGEST_REST)
    _write(txn, sink, failures=failures, resting_until=until, reason=reason)
    return Health(failures, until, reason)


def note_success(txn: Connection, sink: str) -> None:
    """It works: what was before is forgotten."""
    _write(txn, sink, failures=0, resting_until=None, reason=None)


def allowance(txn: Connection, sink: str, now: datetime, per_minute: int) -> int:
    """How many notifications the sink may still take in this minute."""
    row = _row(txn, sink)
    if row is None or row["window_at"] is None or now - row["window_at"] >= WINDOW:
        return per_minute
    return max(0, per_minute - int(row["window_count"]))


def spend(txn: Connection, sink: str, now: datetime, count: int) -> None:
    """Count what the sink is handed; a minute begins with the first of it."""
    row = _row(txn, sink)
    if row is None or row["window_at"] is None or now - row["window_at"] >= WINDOW:
        _write(txn, sink, window_at=now, window_count=count)
    else:
        _write(txn, sink, window_count=row["window_count"] + count)


def _row(txn: Connection, sink: str) -> Any:
    return txn.execute(select(sink_health).where(sink_health.c.sink == sink)).mappings().first()


def _write(txn: Connection, sink: str, **values: Any) -> None:
    if txn.execute(update(sink_health).where(sink_health.c.sink == sink).values(**values)).rowcount == 0:
        txn.execute(insert(sink_health).values(sink=sink, **{"failures": 0, "window_count": 0, **values}))
