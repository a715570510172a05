"""`python -m benchmarks.outage`: one alert that hits many accounts, beside the bare bulk insert of the same rows.

Times are wall-clock, for the database's part counts; both stores stand on the same disk or server. PostgreSQL is
measured too where FOREWARN_TEST_POSTGRESQL names a server (`tests/services/postgresql start` prints it).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, Table, create_engine, func, insert, make_url, select

from benchmarks.measuring import Line
from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.dialect import tidy
from forewarn.engine.open_site import OpenSite
from forewarn.engine.rulebook import Rulebook, read, workbooks_on_disk
from forewarn.engine.schema import inventory, metadata
from forewarn.engine.store import Store, open_store
from forewarn.plugins.loading import load_extensions
from forewarn.plugins.stock import workbooks

GOAL = 2.0
"""So many times the bare bulk insert may an outage take."""

_AT_A_TIME = 5_000
ALERT = {"id": "o-1", "ci": "ci", "name": "down", "severity": "critical", "category": "SD-WAN",
         "subcategory": "Protocol failure", "short_description": "The controller is down"}  # fmt: skip


def fill(store: Store, count: int) -> None:
    """An inventory of one CI and one service, and ``count`` accounts with a contact and an item each."""
    numbers = range(1, count + 1)
    common: dict[str, Any] = {"extra": {}}
    with store.write() as txn:
        txn.execute(insert(inventory.cis), {"id": 1, "name": "ci", **common})
        txn.execute(insert(inventory.services), {"id": 1, "name": "service", **common})
        txn.execute(insert(inventory.ci_services), {"ci_id": 1, "service_id": 1, **common})
        rows: tuple[tuple[Table, Any], ...] = (
            (inventory.accounts, ({"id": n, "number": f"A{n}", "name": f"account {n}", **common} for n in numbers)),
            (
                inventory.contacts,
                (
                    {"number": f"C{n}", "name": f"contact {n}", "email": f"c{n}@example.com", "account_id": n,
                     "is_primary": True, **common}
                    for n in numbers
                ),
            ),
            (
                inventory.install_base,
                ({"number": f"I{n}", "name": f"item {n}", "service_id": 1, "account_id": n, **common} for n in numbers),
            ),
        )  # fmt: skip
        for table, all_of_them in rows:
            while chunk := list(islice(all_of_them, _AT_A_TIME)):
                txn.execute(insert(table), chunk)


def measure(url: str, bare_url: str, count: int) -> tuple[float, float, int]:
    """Seconds of the outage and of the bare insert of the rows that it wrote, and how many they are."""
    with tempfile.TemporaryDirectory() as folder, open_store(url) as store, open_store(bare_url) as bare:
        root = Path(folder) / "site"
        shutil.copytree(Path(workbooks.__file__).parent, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        found = read(workbooks_on_disk(root))
        site = OpenSite(root, store, Rulebook(found.library, found.rule_set, store), load_extensions())
        for one in (store, bare):
            fill(one, count)
            # A server looks at its tables by itself after a while; here it would come too late.
            tidy(one.engine)
        before = _newest(store)
        began = time.perf_counter()
        (result,) = receive_alerts(site, [ALERT], source="bench", asked_by="bench").results
        ours = time.perf_counter() - began
        assert result.cases == count + 1, result
        written = list(_written(store, before))
        began = time.perf_counter()
        with bare.write() as txn:
            for table, rows in written:
                txn.execute(insert(table), rows)
        return ours, time.perf_counter() - began, sum(len(rows) for _, rows in written)


def _numbered() -> Iterator[Table]:
    return (table for table in metadata.sorted_tables if "id" in table.c)


def _newest(store: Store) -> dict[str, int]:
    with store.read() as txn:
        return {t.name: txn.execute(select(func.coalesce(func.max(t.c.id), 0))).scalar_one() for t in _numbered()}


def _written(store: Store, before: dict[str, int]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    with store.read() as txn:
        for table in _numbered():
            query = select(table).where(table.c.id > before[table.name]).order_by(table.c.id)
            rows = [dict(row) for row in txn.execute(query).mappings()]
            for start in range(0, len(rows), _AT_A_TIME):
                yield table, rows[start : start + _AT_A_TIME]


@contextmanager
def _databases(kind: str) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as folder:
        if kind == "SQLite":
            yield f"sqlite:///{folder}/engine.db", f"sqlite:///{folder}/bare.db"
            return
        server = make_url(os.environ["FOREWARN_TEST_POSTGRESQL"])
        names = (f"bench_engine_{os.getpid()}", f"bench_bare_{os.getpid()}")
        _run(server, *(f"CREATE DATABASE {name} TEMPLATE template0" for name in names))
        try:
            first, second = (server.set(database=name).render_as_string(hide_password=False) for name in names)
            yield first, second
        finally:
            _run(server, *(f"DROP DATABASE {name} WITH (FORCE)" for name in names))


def _run(server: Any, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def lines(count: int = 100_000, kinds: Sequence[str] = ()) -> Iterator[Line]:
    """The figures of this part."""
    at_hand = ("SQLite", "PostgreSQL") if os.environ.get("FOREWARN_TEST_POSTGRESQL") else ("SQLite",)
    for kind in kinds or at_hand:
        with _databases(kind) as (url, bare_url):
            ours, bare, rows = measure(url, bare_url, count)
        yield Line(
            name=f"outage of {count:,} accounts, {rows:,} rows, {kind}",
            ours=ours,
            unit="s",
            peers={"bare bulk insert": bare},
            goal=f"<= {GOAL:g} x bare",
            ratio=ours / bare,
            reached=ours / bare <= GOAL,
            note="",
        )


def main() -> int:
    """Measure; 1 where the goal is missed and ``--check`` is given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--check", action="store_true", help="exit 1 on a missed goal")
    options = parser.parse_args()
    missed = False
    for line in lines(options.accounts):
        missed |= not line.reached
        print(f"{line.name}: {line.ours:.2f} s, bare {line.peers['bare bulk insert']:.2f} s, "
              f"{line.ratio:.2f} x (goal {GOAL})")  # fmt: skip
    return int(options.check and missed)


if __name__ == "__main__":
    sys.exit(main())
