"""Streams and audit: append-only, and sealed so that an edit behind the product's back shows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from engine_support import OUTAGE, table_counts
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.incidents import add_work_note, escalate_incident, resolve_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema.append_only import APPEND_ONLY
from forewarn.engine.sealing import BEGINNING, Chain, verify

INC = "INC0000001"


@pytest.fixture
def worked(site: OpenSite) -> OpenSite:
    """A site with an outage that was escalated and resolved: entries one by one and by the set, and decisions."""
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    escalate_incident(site, INC, "Größer als gedacht\nzweite Zeile", asked_by="x")
    resolve_incident(site, INC, "Duplicate", "x", asked_by="x")
    return site


def chain(site: OpenSite) -> Chain:
    """The chain of a site as it is found."""
    with site.store.read() as txn:
        return verify(txn)


def behind_the_back(site: OpenSite, *statements: str) -> None:
    """Change rows as an administrator of the database can: the guards away first."""
    with site.store.write() as raw:
        for table in APPEND_ONLY:
            if raw.dialect.name == "sqlite":
                raw.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_refuses_update")
                raw.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_refuses_delete")
            else:
                raw.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert raw.execute(text(statement)).rowcount == 1


def test_every_entry_is_under_a_seal(worked: OpenSite) -> None:
    """The chain is whole, and counts as many entries as streams and audit have."""
    counts = table_counts(worked)
    found = chain(worked)
    assert found.broken is None
    assert found.seals == counts["seals"] == 3
    assert found.entries == counts["activity"] + counts["decisions"] > 40


def test_the_chain_can_be_worked_out_by_hand(worked: OpenSite) -> None:
    """Digests and hashes are those of plain text that anyone can write: fields with their lengths, JSON with its keys
    in order.
    """
    with worked.store.read() as txn:
        seals = [dict(row) for row in txn.execute(text("SELECT * FROM seals ORDER BY id")).mappings()]
        entries = [dict(row) for row in txn.execute(text("SELECT * FROM activity ORDER BY id")).mappings()]
        audit = [dict(row) for row in txn.execute(text("SELECT * FROM decisions ORDER BY id")).mappings()]
    previous = "0" * 64
    assert previous == BEGINNING
    for seal in seals:
        digest = hashlib.sha256()
        names = ("id", "record_kind", "record_id", "at", "who", "kind", "field", "old", "new", "text")
        for entry in (one for one in entries if one["mark"] == seal["mark"]):
            values = ["-" if entry[name] is None else f"{len(str(entry[name]))}:{entry[name]}" for name in names]
            digest.update(("".join(values) + "\n").encode())
        for one in (one for one in audit if one["mark"] == seal["mark"]):
            told: list[Any] = [one[name] for name in ("id", "record_kind", "record_id", "table_name", "version", "at")]
            lists = [one[name] for name in ("inputs", "rules", "outputs", "diagnostics")]
            told += [json.loads(content) if isinstance(content, str) else content for content in lists]
            digest.update((_written(told) + "\n").encode())
        assert seal["digest"] == digest.hexdigest()
        names = ("at", "mark", "first_activity", "last_activity", "activities")
        names += ("first_decision", "last_decision", "decisions", "digest", "previous")
        assert seal["hash"] == hashlib.sha256(_written([seal[name] for name in names]).encode()).hexdigest()
        assert seal["previous"] == previous
        previous = seal["hash"]
    assert chain(worked).head == previous


def _written(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


EDITS = {
    "a text": ("UPDATE activity SET text = 'nothing happened' WHERE id = 3", "seal 1 .*does not fit its entries"),
    "who": ("UPDATE activity SET who = 'someone else' WHERE id = 1", "seal 1 .*does not fit its entries"),
    "an entry taken away": ("DELETE FROM activity WHERE id = 2", "seal 1 .*does not fit its entries: .* once and "),
    "a decision": ("UPDATE decisions SET rules = '[\"E99\"]' WHERE id = 2", "seal 1 .*does not fit its entries"),
    "a decision taken away": ("DELETE FROM decisions WHERE id = 1", "seal 1 .*does not fit"),
    "a seal": ("UPDATE seals SET digest = previous WHERE id = 2", "seal 2 .* was changed"),
    "a seal taken away": ("DELETE FROM seals WHERE id = 2", "seal 3 .* does not follow the one before it"),
    "the last seal taken away": ("DELETE FROM seals WHERE id = 3", "activity [0-9]+ is under no seal"),
    "an entry slipped in": (
        "INSERT INTO activity (record_kind, record_id, at, who, kind, text, mark)"
        " VALUES ('incident', 1, '2026-05-04T08:00:00.000000Z', 'x', 'comment', 'no', 5)",
        "activity [0-9]+ is under no seal",
    ),
    "an entry slipped under a seal": (
        "INSERT INTO activity (id, record_kind, record_id, at, who, kind, text, mark)"
        " SELECT 1000, 'incident', 1, at, 'x', 'comment', 'no', mark FROM activity WHERE id = 1",
        "activity 1000 is under no seal",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_shows(worked: OpenSite, edit: str) -> None:
    """The first link that does not fit is named."""
    statement, told = EDITS[edit]
    behind_the_back(worked, statement)
    assert re.search(told, chain(worked).broken or ""), chain(worked).broken


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_entries_cannot_be_changed(worked: OpenSite, table: str, statement: str) -> None:
    """The database itself refuses to change or to take away what was added."""
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), worked.store.write() as raw:
        raw.execute(text(statement.format(table)))
    assert chain(worked).broken is None


def test_writers_at_the_same_time_make_one_chain(open_site: Callable[..., OpenSite], worked: OpenSite) -> None:
    """Their entries lie between each other's; the seals follow one another all the same."""
    before = chain(worked).seals

    def note(number: int) -> None:
        add_work_note(open_site(), INC, f"note {number}", asked_by=f"engineer {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(20)))
    after = chain(worked)
    assert after.broken is None
    assert after.seals == before + 20


@pytest.mark.one_database
@pytest.mark.parametrize("note", ["a\x00b", "日本\u0301 😀", "12:x-", "-"])
def test_odd_texts_fit_their_seals(worked: OpenSite, note: str) -> None:
    """What SQL and Python may measure or join differently reads the same when it is sealed and when it is checked."""
    add_work_note(worked, INC, note, asked_by="x:-")
    assert chain(worked).broken is None
