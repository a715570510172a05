"""`kill -9`, at named points and at random, on SQLite and PostgreSQL: nothing is lost, nothing is doubled.

A process of its own takes alerts in and delivers what they bring; it is killed, and another one goes on, until all is
done. What must stand in the database then is known beforehand, and is read by plain SQL through the database's own
driver. 40 kills in a usual run, 1,000 in a nightly one; every seed is printed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.operations import Operations
from databases import Databases
from engine_support import OUTAGE, START
from sqlalchemy import make_url

from forewarn.engine import migrations, work
from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.clock import SteppingClock
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import journal
from forewarn.engine.store import Store, open_store
from forewarn.plugins.api import DeliveryResult, Notification, Outcome

ALERTS = [{**OUTAGE, "id": f"a-{number}", "name": f"n{number}"} for number in range(25)]
"""One incident; its five accounts have a case each under one major case; every customer is told once."""

RANDOM_KILLS = 490 if os.environ.get("FOREWARN_NIGHTLY") == "1" else 8
"""On each of the two databases, beside the twelve named points."""

ROUND = 4
"""So many kills one store takes before it is looked at."""

fork = multiprocessing.get_context("fork")
Make = Callable[..., OpenSite]


class FileSink:
    """Writes the id of each notification to a file, surely, before it says that it was delivered."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        results = []
        for one in batch:
            with self._path.open("a") as file:
                file.write(json.dumps([one.event_id, one.recipient]) + "\n")
                file.flush()
                os.fsync(file.fileno())
            results.append(DeliveryResult(one.event_id, Outcome.DELIVERED))
            reached("mid-delivery")
        return results

    def close(self) -> None:
        pass


_die_at: tuple[str, int] = ("nowhere", 0)
_seen: Counter[str] = Counter()


def reached(point: str) -> None:
    """Die here where that is asked for."""
    _seen[point] += 1
    if (point, _seen[point]) == _die_at:
        os.kill(os.getpid(), signal.SIGKILL)


def _after(owner: Any, name: str, point: str) -> None:
    real = getattr(owner, name)

    def watched(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        reached(point)
        return answer

    setattr(owner, name, watched)


def _watch() -> None:
    _after(journal, "enter", "after journal")
    _after(work, "seal", "before commit")
    _after(Operations, "create_table", "during first start")
    _after(migrations, "upgrade", "after a migration")
    writing = Store.write

    @contextmanager
    def write(store: Store) -> Iterator[Any]:
        with writing(store) as txn:
            yield txn
        reached("after commit")

    Store.write = write  # type: ignore[method-assign]


def _do(make: Make, folder: Path, turn: int, die_at: tuple[str, int], started: Any) -> None:
    """What one process does, from opening the store to the last delivery; later ones live later."""
    global _die_at  # noqa: PLW0603 - of this process alone
    _die_at = die_at
    _watch()
    clock = SteppingClock(START + timedelta(minutes=30 * turn))
    started.set()
    site = make(folder, sinks={"file": lambda settings: FileSink(folder / "told.jsonl")}, clock=clock)
    receive_alerts(site, ALERTS, source="monitor", asked_by="m")
    deliver(site)
    site.store.close()
    os._exit(0)


def start(make: Make, folder: Path, turn: int, die_at: tuple[str, int] = ("nowhere", 0)) -> Any:
    """Start such a process; returns it when it has begun."""
    started = fork.Event()
    process = fork.Process(target=_do, args=(make, folder, turn, die_at, started))
    process.start()
    assert started.wait(120)
    return process


class Plain:
    """The database as its own driver sees it."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_file = parsed.get_backend_name() == "sqlite"
        if self.is_file:
            self._connection: Any = sqlite3.connect(parsed.database or "")
        else:
            plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain)

    def __call__(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._connection.execute(query).fetchall()]

    def close(self) -> None:
        self._connection.close()


def look(url: str, folder: Path) -> None:
    """Nothing lost, nothing doubled, the database good: by hand."""
    query = Plain(url)
    try:
        ids = sorted(alert["id"] for alert in ALERTS)
        assert sorted(one for (one,) in query("SELECT event_id FROM journal WHERE source = 'monitor'")) == ids
        assert sorted(one for (one,) in query("SELECT event_id FROM alerts")) == ids
        assert query("SELECT number FROM incidents") == [("INC0000001",)]
        assert query("SELECT count(*) FROM alerts WHERE incident_id IS NULL") == [(0,)]
        cases = query("SELECT account_id, is_major FROM cases")
        assert len(cases) == 6
        assert len({account for account, major in cases if not major}) == 5
        assert [account for account, major in cases if major] == [None]
        opened = "SELECT count(*) FROM activity WHERE record_kind = 'incident' AND text = 'Opened'"
        assert query(opened) == [(1,)]
        joined = "SELECT record_id, count(*) FROM activity WHERE record_kind = 'alert' GROUP BY record_id"
        assert len({count for one, count in query(joined) if one > 1}) == 1
        per_table = Counter(name for (name,) in query("SELECT table_name FROM decisions"))
        assert per_table["Major Case Policy"] == 1, per_table
        assert query("SELECT count(*), count(DISTINCT event_id) FROM notifications") == [(5, 5)]
        assert query("SELECT outcome, count(*) FROM deliveries WHERE sink = 'file' GROUP BY outcome") == [
            ("delivered", 5)
        ]
        told = [json.loads(line) for line in (folder / "told.jsonl").read_text().splitlines()]
        assert len({event for event, _ in told}) == 5
        assert {event for event, _ in told} == {one for (one,) in query("SELECT event_id FROM notifications")}
        assert len({recipient for _, recipient in told}) == len({(event, name) for event, name in told}) == 5
        previous = "0" * 64
        for before, own in query("SELECT previous, hash FROM seals ORDER BY id"):
            assert before == previous
            previous = own
        for table in ("activity", "decisions"):
            stray = f"SELECT count(*) FROM {table} WHERE mark NOT IN (SELECT mark FROM seals)"  # noqa: S608
            assert query(stray) == [(0,)]
        if query.is_file:
            assert query("PRAGMA integrity_check") == [("ok",)]
            assert query("PRAGMA foreign_key_check") == []
    finally:
        query.close()


NAMED = [("after journal", 3), ("after journal", 1), ("before commit", 1), ("before commit", 9), ("after commit", 1),
         ("after commit", 6), ("mid-delivery", 1), ("mid-delivery", 3)]  # fmt: skip


@pytest.mark.parametrize(("point", "time_there"), NAMED, ids=str)
def test_a_kill_at_a_named_point(
    make_open_site: Make, databases: Databases, tmp_path: Path, point: str, time_there: int
) -> None:
    """The process dies right there, the next one goes on."""
    url = databases.url(tmp_path, inventory=True)
    process = start(make_open_site, tmp_path, 0, (point, time_there))
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    process = start(make_open_site, tmp_path, 1)
    process.join(120)
    assert process.exitcode == 0
    look(url, tmp_path)


def _open(url: str, die_at: tuple[str, int]) -> None:
    global _die_at  # noqa: PLW0603 - of this process alone
    _die_at = die_at
    _watch()
    open_store(url).close()
    os._exit(0)


@pytest.mark.parametrize(
    "die_at", [("during first start", 1), ("during first start", 20), ("after a migration", 1), ("after commit", 1)]
)
def test_a_kill_during_the_first_start(databases: Databases, tmp_path: Path, die_at: tuple[str, int]) -> None:
    """Half-made tables never show: the next start makes them whole, or finds them whole."""
    url = databases.url(tmp_path)
    for die, expected in ((die_at, -signal.SIGKILL), (("nowhere", 0), 0)):
        process = fork.Process(target=_open, args=(url, die))
        process.start()
        process.join(120)
        assert process.exitcode == expected
        query = Plain(url)
        made = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('cases', 'seals')"
        if not query.is_file:
            made = "SELECT count(*) FROM pg_tables WHERE tablename IN ('cases', 'seals')"
        whole = expected == 0 or die_at[0] == "after commit"
        assert query(made) == [(2 if whole else 0,)]
        query.close()
    with open_store(url) as opened, opened.read() as txn:
        assert list(migrations.differences(txn)) == []


@pytest.mark.timeout(3_600)
def test_kills_at_random(
    make_open_site: Make, databases: Databases, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """One store after the other takes some kills, each after a while that nobody chose."""
    seed = int(os.environ.get("FOREWARN_SEED") or random.SystemRandom().randrange(10**9))
    print(f"seed {seed}: FOREWARN_SEED={seed} repeats this")
    record_property("seed", seed)
    chance = random.Random(seed)
    killed = turns = 0
    needed = 1.0
    while killed < RANDOM_KILLS:
        folder = tmp_path / f"store {turns}"
        folder.mkdir()
        url = databases.url(folder, inventory=True)
        for turn in range(ROUND):
            process = start(make_open_site, folder, turn)
            process.join(chance.uniform(0, needed))
            if process.exitcode is None:
                process.kill()
                killed += 1
            process.join(120)
            assert process.exitcode in (0, -signal.SIGKILL)
        began = time.monotonic()
        process = start(make_open_site, folder, ROUND)
        process.join(120)
        assert process.exitcode == 0, f"seed {seed}"
        # A run that has all to do shows how long one takes here; one that finds most done takes less.
        needed = max(0.3, min(needed, 2 * (time.monotonic() - began)))
        look(url, folder)
        turns += 1
    print(f"{killed} kills over {turns} stores")
