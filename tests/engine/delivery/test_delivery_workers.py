"""Several processes deliver from one queue: nothing twice, in order a ticket; who lost its lease records nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from staged_rows import Handed, NotingSink, deliver_all, handed, in_process, rows_of, serving, stage

from forewarn.engine.actions.delivery import deliver
from forewarn.engine.clock import SystemClock
from forewarn.engine.delivery_run import Run
from forewarn.engine.open_site import OpenSite
from forewarn.engine.sink_health import health_of

ROWS = 100_000 if os.environ.get("FOREWARN_NIGHTLY") == "1" else 1_200
TIME_LIMIT = 2.0
LEASE = 2 * TIME_LIMIT


def out_of_order(found: list[Handed]) -> list[str]:
    """Tickets of which a later event was handed over before an earlier one was done with."""
    by_ticket: dict[str, list[Handed]] = defaultdict(list)
    for one in found:
        by_ticket[one.ticket].append(one)
    wrong = []
    for ticket, events in by_ticket.items():
        in_order = sorted(events, key=lambda one: one.event_id)
        if any(later.began < earlier.ended for earlier, later in pairwise(in_order)):
            wrong.append(ticket)
    return wrong


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("workers", [2, 4])
def test_no_row_is_taken_twice_and_tickets_keep_their_order(
    make_open_site: Callable[..., OpenSite], tmp_path: Path, workers: int
) -> None:
    """Each event is handed over once, by one process; those of a ticket one after the other, whoever has them."""
    site = make_open_site(tmp_path, clock=SystemClock())
    staged = stage(site, ROWS)
    path = tmp_path / "handed.jsonl"
    together = multiprocessing.get_context("fork").Barrier(workers)
    processes = [in_process(deliver_all, make_open_site, tmp_path, path, together) for _ in range(workers)]
    for process in processes:
        process.join(1700)
        assert process.exitcode == 0
    found = handed(path)
    assert sorted(one.event_id for one in found) == staged
    assert out_of_order(found) == []
    assert len({one.process for one in found}) == workers
    assert Counter((row.outcome, row.attempts, row.claim) for row in rows_of(site)) == {("delivered", 1, None): ROWS}


def _stopped_at(make: Callable[..., OpenSite], folder: Path, path: Path, result: Path, point: str) -> None:
    """In a process of its own: stand still when the sink has its first batch, or when it has answered for it."""

    def stand_still() -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    if point == "before the answer is recorded":
        real = Run._record

        def stopping(*arguments: Any) -> None:
            stand_still()
            real(*arguments)

        Run._record = stopping  # type: ignore[method-assign]
    sink = NotingSink(path, stand_still if point == "in the sink" else lambda: None)
    report = deliver(serving(make(folder, clock=SystemClock()), sink, batch=10, time_limit=TIME_LIMIT))
    (told,) = report.sinks
    result.write_text(f"{told.delivered} {told.retry} {told.refused}\n{' '.join(told.reasons)}")


@pytest.mark.parametrize("point", ["in the sink", "before the answer is recorded"])
def test_a_process_that_lost_its_lease_records_nothing(
    make_open_site: Callable[..., OpenSite], tmp_path: Path, point: str
) -> None:
    """Stopped past its lease and let go on, it finds its rows in other hands: what those recorded stays."""
    site = make_open_site(tmp_path, clock=SystemClock())
    staged = stage(site, 40)
    mine, other, result = tmp_path / "mine.jsonl", tmp_path / "other.jsonl", tmp_path / "result"
    stopped = in_process(_stopped_at, make_open_site, tmp_path, mine, result, point)
    assert os.waitpid(stopped.pid, os.WUNTRACED)[1] & 0xFF == 0x7F
    held = [row.notification_id for row in rows_of(site) if row.outcome == "claimed"]
    assert len(held) == 10
    second = serving(site, NotingSink(other), batch=10, time_limit=TIME_LIMIT)
    first_round = deliver(second)
    # What it holds, and what comes after it of the same tickets, is left to it as long as its lease lasts.
    assert first_round.delivered == 0
    assert first_round.waiting == 40
    ends = time.monotonic() + LEASE + 60
    while deliver(second).waiting and time.monotonic() < ends:
        time.sleep(0.2)
    recorded = rows_of(site)
    assert {(row.outcome, row.claim) for row in recorded} == {("delivered", None)}
    os.kill(stopped.pid, signal.SIGCONT)
    stopped.join(120)
    assert stopped.exitcode == 0
    assert rows_of(site) == recorded
    counts, reasons = result.read_text().split("\n")
    assert counts == "0 0 0"
    assert "its lease was over" in reasons
    with site.store.read() as txn:
        assert health_of(txn, "recorder").failures == 0
    # The other handed all of them over; what the stopped one had handed over came again under the same ids, once.
    assert sorted(one.event_id for one in handed(other)) == staged
    assert {one.event_id for one in handed(mine)} <= {staged[one - 1] for one in held}
    assert {row.attempts for row in recorded if row.notification_id in held} == {2}


def test_who_dies_leaves_its_rows_to_others(make_open_site: Callable[..., OpenSite], tmp_path: Path) -> None:
    """Killed with rows in its hands: they are handed over by another once the lease is over, under the same ids."""
    site = make_open_site(tmp_path, clock=SystemClock())
    staged = stage(site, 12)
    mine, other = tmp_path / "mine.jsonl", tmp_path / "other.jsonl"
    dying = in_process(_stopped_at, make_open_site, tmp_path, mine, tmp_path / "result", "in the sink")
    os.waitpid(dying.pid, os.WUNTRACED)
    os.kill(dying.pid, signal.SIGKILL)
    dying.join(60)
    second = serving(site, NotingSink(other), time_limit=TIME_LIMIT)
    ends = time.monotonic() + LEASE + 60
    while deliver(second).waiting and time.monotonic() < ends:
        time.sleep(0.2)
    assert sorted(one.event_id for one in handed(other)) == staged
    assert out_of_order(handed(other)) == []
