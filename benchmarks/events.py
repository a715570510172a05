"""`python -m benchmarks.events`: a storm of alerts through journal, rules, tables and commit, beside bare inserts.

Noise on every CI and real outages on one in a hundred: three link failures within five minutes open an incident, and
nothing else does. The same rows are inserted bare into another store, a transaction an event, in turns with the
engine: what slows the disk for a while slows both. Times are wall-clock, for the disk's part counts.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import insert, select

from benchmarks.measuring import Line
from forewarn.engine.actions.incidents import list_incidents
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receive import Receiver
from forewarn.engine.receiving.correlation import Correlator
from forewarn.engine.receiving.documents import AlertDocument
from forewarn.engine.rulebook import Rulebook, read, workbooks_on_disk
from forewarn.engine.schema.deciding import event_keys, firings, journal
from forewarn.engine.schema.seals import seals
from forewarn.engine.schema.work import activity, alerts
from forewarn.engine.store import Store, open_store
from forewarn.plugins.loading import load_extensions
from forewarn.plugins.stock import workbooks

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
CHUNK = 250
GOAL = 0.5
"""The share of the bare insert rate that the engine must reach."""

SHEET = (
    ("Alert Rules",),
    ("Event rules", "Event", "If", "Same", "Count", "Within", "And", "Without", "Do", "With"),
    ("Rule", "Event", "alert.name", "Same", "Count", "Within", "incident.phase", "incident.phase", "Do",
     "incident.configuration_item"),
    ("J", "alert", "-", "alert.ci", None, None, "open", None, "add to incident", None),
    ("T", "alert", "link_failure", "alert.ci", 3, "5m", None, "open", "open incident", "{alert.ci}"),
)  # fmt: skip


def storm(count: int, cis: int, share: float, rng: random.Random) -> tuple[list[dict[str, Any]], set[str]]:
    """The alerts in the order in which they come, and the CIs that are really out.

    On every CI every other alert is a link failure, four minutes and more apart; on the CIs that are out four come
    within a minute.
    """
    out = {f"ci-{number}" for number in rng.sample(range(cis), max(1, int(cis * share)))}
    found: list[dict[str, Any]] = []
    for number in range(count - 4 * len(out)):
        turn, ci = divmod(number, cis)
        name = "link_failure" if turn % 2 == 0 else rng.choice(("high_load", "fan", "peer_lost"))
        found.append(_alert(f"n{number}", f"ci-{ci}", name, START + timedelta(minutes=4 * turn, seconds=ci % 60)))
    last = 4 * (count // cis)
    for ci in sorted(out):
        at = START + timedelta(minutes=rng.randint(0, last))
        found += [_alert(f"{ci}-{n}", ci, "link_failure", at + timedelta(seconds=20 * n)) for n in range(4)]
    # As networks deliver: roughly in order, with some that come late.
    found.sort(key=lambda alert: (alert["time"] if rng.random() > 0.05 else str(START), rng.random()))
    return found, out


def _alert(identity: str, ci: str, name: str, at: datetime) -> dict[str, Any]:
    return {"id": identity, "ci": ci, "name": name, "severity": "major", "time": at.isoformat()}


def open_benchmark_site(root: Path) -> OpenSite:
    """A site on the stock tables with two event rules, in a folder."""
    shutil.copytree(
        Path(workbooks.__file__).parent, root / "site", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    for path in (root / "site" / "rules").iterdir():
        path.unlink()
    book = openpyxl.Workbook()
    for row in SHEET:
        book.worksheets[0].append(list(row))
    book.save(root / "site" / "rules" / "alerts.xlsx")
    found = read(workbooks_on_disk(root / "site"))
    if found.errors:
        raise SystemExit(str(found.errors))
    store = open_store(f"sqlite:///{root / 'engine.db'}")
    return OpenSite(root / "site", store, Rulebook(found.library, found.rule_set, store), load_extensions())


def measure(count: int, cis: int, share: float) -> tuple[float, float, bool]:
    """Events a second through the engine and as bare inserts, and whether exactly the right incidents were opened."""
    given, out = storm(count, cis, share, random.Random(1))
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as folder:
        site = open_benchmark_site(Path(folder))
        bare = open_store(f"sqlite:///{Path(folder) / 'bare.db'}")
        engine_seconds = bare_seconds = 0.0
        with site.store, bare, Correlator(site) as correlator:
            receiver = Receiver(site, correlator, source="storm", asked_by="bench")
            for start in range(0, count, CHUNK):
                chunk = given[start : start + CHUNK]
                began = time.perf_counter()
                for number, alert in enumerate(chunk):
                    receiver.receive(AlertDocument(number, alert))
                engine_seconds += time.perf_counter() - began
                rows = list(_rows(site.store, [alert["id"] for alert in chunk]))
                began = time.perf_counter()
                for own in rows:
                    with bare.write() as txn:
                        for table, values in own:
                            txn.execute(table, values)
                bare_seconds += time.perf_counter() - began
            opened = sorted(incident["configuration_item"] for incident in list_incidents(site))
    return count / engine_seconds, count / bare_seconds, opened == sorted(out)


def _rows(store: Store, ids: Sequence[str]) -> Iterator[list[tuple[Any, list[dict[str, Any]]]]]:
    """For each event the rows that the engine has written for it."""
    with store.read() as txn:
        entries = [dict(row) for row in txn.execute(select(journal).where(journal.c.event_id.in_(ids))).mappings()]
        numbers = [entry["id"] for entry in entries]
        found: dict[int, list[tuple[Any, list[dict[str, Any]]]]] = defaultdict(list)
        for table in (event_keys, firings):
            grouped: dict[int, list[dict[str, Any]]] = defaultdict(list)
            for row in txn.execute(select(table).where(table.c.entry.in_(numbers))).mappings():
                grouped[row["entry"]].append(dict(row))
            for entry, rows in grouped.items():
                found[entry].append((insert(table), rows))
        kept = {
            row["id"]: dict(row) for row in txn.execute(select(alerts).where(alerts.c.event_id.in_(ids))).mappings()
        }
        streams: dict[int, list[dict[str, Any]]] = defaultdict(list)
        query = select(activity).where(activity.c.record_kind == "alert", activity.c.record_id.in_(list(kept)))
        for row in txn.execute(query).mappings():
            streams[row["record_id"]].append(dict(row))
        marks = [row["mark"] for rows in streams.values() for row in rows]
        seal_of = {
            row["mark"]: dict(row) for row in txn.execute(select(seals).where(seals.c.mark.in_(marks))).mappings()
        }
    for entry in entries:
        alert = {**kept[entry["alert_id"]], "incident_id": None}
        rows = [
            (insert(alerts), [alert]),
            (insert(journal), [{**entry, "incident_id": None}]),
            (insert(activity), streams[alert["id"]]),
            (insert(seals), [seal_of[mark] for mark in {row["mark"] for row in streams[alert["id"]]} & set(seal_of)]),
        ]
        yield [*(one for one in rows if one[1]), *found[entry["id"]]]


def lines(count: int = 3_000, cis: int = 300, share: float = 0.01) -> Iterator[Line]:
    """The figure of this part."""
    ours, bare, right = measure(count, cis, share)
    yield Line(
        name=f"storm of {count:,} alerts on {cis:,} CIs, a transaction each, SQLite",
        ours=ours,
        unit="events/s",
        peers={"bare inserts": bare},
        goal=f">= {GOAL:g} x bare",
        ratio=ours / bare,
        reached=right and ours / bare >= GOAL,
        note="" if right else "the incidents are not exactly those of the CIs that are out",
    )


def main() -> int:
    """Measure one storm; 1 where the goal is missed and ``--check`` is given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--alerts", type=int, default=3_000)
    parser.add_argument("--cis", type=int, default=300)
    parser.add_argument("--check", action="store_true", help="exit 1 on a missed goal")
    options = parser.parse_args()
    (line,) = lines(options.alerts, options.cis)
    assert line.ours is not None
    assert line.ratio is not None
    print(f"{line.name}: {line.ours:,.0f} events/s, bare inserts {line.peers['bare inserts']:,.0f} a second, "
          f"share {line.ratio:.2f} (goal {GOAL}); {line.note or 'exactly the right incidents'}")  # fmt: skip
    return int(options.check and not line.reached)


if __name__ == "__main__":
    sys.exit(main())
