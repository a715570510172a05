"""Two at one record: every write counts its version up, a stale one is a conflict, nothing is lost."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from engine_support import OUTAGE, snapshot
from sqlalchemy import text

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.incidents import (
    create_incident,
    escalate_incident,
    resolve_incident,
    show_incident,
    update_incident,
)
from forewarn.engine.open_site import OpenSite
from forewarn.engine.records import by_id, change
from forewarn.engine.views import CASE
from forewarn.engine.work import begin
from forewarn.errors import Conflict, Refused

INC = "INC0000001"

STALE: dict[str, Callable[[OpenSite, int], Any]] = {
    "update": lambda site, seen: update_incident(site, INC, {"urgency": "1 - High"}, asked_by="x", if_version=seen),
    "escalate": lambda site, seen: escalate_incident(site, INC, "on", asked_by="x", if_version=seen),
    "resolve": lambda site, seen: resolve_incident(site, INC, "Duplicate", "x", asked_by="x", if_version=seen),
}


@pytest.mark.parametrize("action", STALE)
def test_a_stale_write_is_a_conflict_that_changes_nothing(site: OpenSite, action: str) -> None:
    """One line that names the record; at the version that is there the same action goes through."""
    create_incident(site, {"short_description": "x", "category": "SD-WAN", "subcategory": "Link failure"}, asked_by="x")
    seen = show_incident(site, INC).incident["version"]
    update_incident(site, INC, {"short_description": "y"}, asked_by="somebody")
    before = snapshot(site)
    with pytest.raises(Conflict, match=f"incident {INC} was changed by somebody else meanwhile: nothing was changed"):
        STALE[action](site, seen)
    assert snapshot(site) == before
    assert show_incident(site, INC).incident["version"] == seen + 1
    if action != "update":
        STALE[action](site, seen + 1)


def test_writes_of_a_set_count_every_record_up(site: OpenSite) -> None:
    """Cases that an action changes by one statement are at a new version too: a stale row is told from them."""
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    with site.store.read() as txn:
        stale = by_id(txn, CASE, 2)
    resolve_incident(site, INC, "Duplicate", "x", asked_by="x")
    with site.store.read() as txn:
        assert by_id(txn, CASE, 2)["version"] > stale["version"]
    before = snapshot(site)
    with pytest.raises(Conflict, match="case CS0000002 was changed"), begin(site, "x") as work:
        change(work, CASE, stale, {"short_description": "late"})
    assert snapshot(site) == before


def test_of_many_that_saw_the_same_version_one_wins(open_site: Callable[..., OpenSite]) -> None:
    """Ten at once with what they saw: one change, nine conflicts, and one entry in the stream."""
    site = open_site()
    create_incident(site, {"short_description": "x"}, asked_by="x")
    seen = show_incident(site, INC).incident["version"]

    def write(number: int) -> str | None:
        try:
            update_incident(site, INC, {"short_description": f"y{number}"}, asked_by=f"e{number}", if_version=seen)
        except Conflict:
            return None
        return f"y{number}"

    with ThreadPoolExecutor(5) as pool:
        won = [one for one in pool.map(write, range(10)) if one]
    assert len(won) == 1
    assert show_incident(site, INC).incident["short_description"] == won[0]
    with site.store.read() as txn:
        query = "SELECT new FROM activity WHERE field = 'short_description'"
        assert txn.execute(text(query)).scalars().all() == won


def _escalate(folder: Path, make: Callable[..., OpenSite], answers: Any) -> None:
    site = make(folder)
    for _ in range(3):
        try:
            escalate_incident(site, INC, "on", asked_by="x")
            answers.put("done")
        except (Refused, Conflict) as problem:
            answers.put(type(problem).__name__)


def test_processes_that_escalate_at_once_climb_one_stage_each(
    make_open_site: Callable[..., OpenSite], tmp_path: Path
) -> None:
    """Six tries of two processes on three stages: no stage is skipped or climbed twice, as the stream tells."""
    site = make_open_site(tmp_path)
    fields = {"short_description": "x", "category": "SD-WAN", "subcategory": "Link failure"}
    create_incident(site, fields, asked_by="x")
    site.store.close()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    both = [context.Process(target=_escalate, args=(tmp_path, make_open_site, answers)) for _ in range(2)]
    for process in both:
        process.start()
    got = [answers.get(timeout=120) for _ in range(6)]
    for process in both:
        process.join(120)
    assert got.count("done") == 3
    with site.store.read() as txn:
        query = "SELECT old, new FROM activity WHERE record_kind = 'incident' AND field = 'stage' ORDER BY id"
        climbed = [tuple(row) for row in txn.execute(text(query))]
    stages = ["Triage", "L1 investigation", "L2 investigation", "L3 investigation"]
    assert climbed[-3:] == list(pairwise(stages))
