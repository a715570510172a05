"""A store in one file and back, between databases; a check that finds what is wrong; space given back."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from databases import POSTGRESQL, SERVER, SQLITE, Databases
from engine_support import OUTAGE
from sqlalchemy import delete, insert, select, text

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import close_case
from forewarn.engine.actions.database import check_store, export_store, import_store, vacuum_store
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import create_incident, resolve_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema import metadata
from forewarn.engine.schema.inventory import accounts
from forewarn.engine.store import Store, open_store
from forewarn.errors import BadRecord, Refused


def content(store: Store) -> dict[str, list[Any]]:
    """Every row of every table, as plain values."""
    with store.read() as txn:
        return {
            table.name: [tuple(row) for row in txn.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def worked(site: OpenSite) -> OpenSite:
    """A store with something in most tables; a child case that is older than its major one among it."""
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    deliver(site)
    resolve_incident(site, "INC0000001", "Duplicate", "Ursache: Ö\x7f 'x' \\ \n", asked_by="x")
    close_case(site, "CS0000001", asked_by="x")
    with site.store.write() as txn:
        txn.execute(text("UPDATE cases SET parent_id = 6 WHERE id = 2"))
    return site


@pytest.mark.parametrize("to", [SQLITE, POSTGRESQL])
def test_a_store_moves_whole(
    worked: OpenSite, to: str, tmp_path: Path, databases: Databases, request: pytest.FixtureRequest
) -> None:
    """From each kind of database to each: the same rows, the chain whole, and the next record gets the next number."""
    if to != databases.kind and to == POSTGRESQL and not os.environ.get(SERVER):
        pytest.skip(f"no PostgreSQL: {SERVER} is not set")
    told: list[str] = []
    out = export_store(worked.store, tmp_path / "store.zip", lambda stage, done, total: told.append(stage))
    target = Databases(to, tmp_path / "target", lambda store: None)
    try:
        with open_store(target.url(tmp_path / "moved")) as moved:
            back = import_store(moved, tmp_path / "store.zip", lambda stage, done, total: told.append(stage))
            assert content(moved) == content(worked.store)
            assert (back.rows, back.head, back.broken) == (out.rows, out.head, None)
            assert out.rows["cases"] == 6
            assert "cases" in told
            report = check_store(moved)
            assert (report.problems, report.head) == ((), out.head)
            there = OpenSite(worked.root, moved, worked.rulebook, worked.extensions, worked.clock, worked.sinks)
            made = create_incident(there, {"short_description": "the next"}, asked_by="x")
            assert made.record.number == "INC0000002"
            assert check_store(moved).problems == ()
    finally:
        target.drop()


def test_an_import_is_refused_where_anything_is(worked: OpenSite, tmp_path: Path) -> None:
    """Nothing is mixed: not a row changes."""
    export_store(worked.store, tmp_path / "store.zip")
    before = content(worked.store)
    with pytest.raises(Refused, match="is not empty"):
        import_store(worked.store, tmp_path / "store.zip")
    with pytest.raises(Refused, match="is there already"):
        export_store(worked.store, tmp_path / "store.zip")
    assert content(worked.store) == before


def _rewritten(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for one in old.namelist():
            new.writestr(one, change(old.read(one)) if one == name else old.read(one))
    return changed


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("tables/cases.jsonl", lambda part: part.replace(b"Duplicate", b"Forgotten"), "its cases are not those"),
        ("tables/cases.jsonl", lambda part: part.rsplit(b"\n", 2)[0] + b"\n", "was changed: "),
        ("manifest.json", lambda part: part.replace(b'"0001"', b'"0000"'), "was exported at schema 0000"),
        ("manifest.json", lambda part: b"no json", "manifest cannot be read"),
    ],
)
def test_a_changed_file_is_refused_whole(
    worked: OpenSite, tmp_path: Path, name: str, change: Callable[[bytes], bytes], told: str
) -> None:
    """The hashes tell, and the store stays empty."""
    export_store(worked.store, tmp_path / "store.zip")
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        with pytest.raises(BadRecord, match=told):
            import_store(other, _rewritten(tmp_path / "store.zip", name, change))
        assert not any(content(other).values())


@pytest.mark.one_database
@pytest.mark.parametrize("kept", [b"", b"PK\x03\x04 half a zip", b"minutes of the meeting"])
def test_a_file_that_is_no_export_is_refused(store: Store, tmp_path: Path, kept: bytes) -> None:
    """One line, whatever it is."""
    (tmp_path / "a.zip").write_bytes(kept)
    with pytest.raises(BadRecord, match="no export of a store"):
        import_store(store, tmp_path / "a.zip")
    with pytest.raises(BadRecord, match="is not there"):
        import_store(store, tmp_path / "none.zip")


def test_a_check_finds_what_is_wrong_with_the_tables(worked: OpenSite, databases: Databases) -> None:
    """A guard that is gone, a column that is not ours, a reference to nothing."""
    assert check_store(worked.store).problems == ()
    with worked.store.write() as txn:
        if databases.kind == SQLITE:
            txn.exec_driver_sql("DROP TRIGGER decisions_refuses_delete")
        else:
            txn.exec_driver_sql("ALTER TABLE decisions DISABLE TRIGGER decisions_refuses_change")
        txn.exec_driver_sql("ALTER TABLE accounts ADD COLUMN rating integer")
    problems = "\n".join(check_store(worked.store).problems)
    assert "the trigger decisions_refuses_" in problems
    assert "rating" in problems
    if databases.kind == SQLITE:
        raw = sqlite3.connect(worked.store.name)
        raw.execute("UPDATE cases SET account_id = 999 WHERE id = 3")
        raw.commit()
        raw.close()
        assert "1 of cases refer by account_id" in "\n".join(check_store(worked.store).problems)


def test_vacuum_keeps_everything(worked: OpenSite) -> None:
    """The same rows, the space of those that are gone is given back, and the store goes on."""
    before = content(worked.store)
    with worked.store.write() as txn:
        rows = [{"number": f"ZZ{n}", "name": "x" * 200, "extra": {}} for n in range(10_000)]
        txn.execute(insert(accounts), rows)
    with worked.store.write() as txn:
        txn.execute(delete(accounts).where(accounts.c.number.like("ZZ%")))
    had, has = vacuum_store(worked.store)
    assert 0 < has < had
    assert content(worked.store) == before
    create_incident(worked, {"short_description": "after"}, asked_by="x")
