"""A whole store as one portable file, and back: from SQLite to PostgreSQL, the other way, or from machine to machine.

The file is a zip: ``manifest.json`` with the schema's revision and for each table its number of rows and the hash of
its part, and ``tables/NAME.jsonl`` with a JSON object a row. Nothing in it depends on the kind of database.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, Connection, LargeBinary, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from forewarn.engine import dialect, migrations, sealing
from forewarn.engine.encoding import dump_json, load_json
from forewarn.engine.reports import Progress
from forewarn.engine.schema import metadata
from forewarn.engine.schema.base import Money, UtcTime
from forewarn.engine.store import Store
from forewarn.errors import BadRecord, Refused

FORMAT = "forewarn store 1"
_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Transfer:
    """What was written or read: rows by table, and the hash of the newest seal, to compare."""

    path: str
    rows: dict[str, int]
    head: str
    broken: str | None = None

    @property
    def total(self) -> int:
        """The rows of all tables."""
        return sum(self.rows.values())


def export_store(store: Store, path: Path, progress: Progress | None = None) -> Transfer:
    """Write everything that the store holds to a new file, as it stood at one time.

    Raises `Refused` where the file is there already, `StoreUnusable` where the database cannot be read.
    """
    if path.exists():
        raise Refused(f"{path} is there already: nothing was written", hint="name a new file")
    unfinished = path.with_name(path.name + ".part")
    rows: dict[str, int] = {}
    hashes: dict[str, str] = {}
    try:
        with store.read() as txn, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in metadata.sorted_tables:
                total = txn.execute(select(func.count()).select_from(table)).scalar_one()
                with archive.open(_part(table), "w", force_zip64=True) as out:
                    rows[table.name], hashes[table.name] = _write(txn, table, out, total, progress)
            chain = sealing.verify(txn)
            told = {
                "format": FORMAT,
                "revision": migrations.revision_of(txn),
                "head": chain.head,
                "tables": {name: {"rows": rows[name], "sha256": hashes[name]} for name in rows},
            }
            archive.writestr("manifest.json", json.dumps(told, indent=1))
        unfinished.rename(path)
    except OSError as problem:
        raise Refused(f"{path} cannot be written: {problem.strerror}") from problem
    finally:
        unfinished.unlink(missing_ok=True)
    return Transfer(str(path), rows, chain.head, chain.broken)


def import_store(store: Store, path: Path, progress: Progress | None = None) -> Transfer:
    """Fill an empty store from such a file, wholly or not at all.

    Raises `Refused` where the store holds anything, `BadRecord` where the file is none of ours, was changed, or comes
    from another revision of the schema.
    """
    try:
        with zipfile.ZipFile(path) as archive, store.write() as txn:
            told = _manifest(archive, path)
            dialect.lock_schema(txn)
            _expect_empty(txn, store)
            rows = {}
            for table in metadata.sorted_tables:
                expected = told["tables"].get(table.name, {"rows": 0, "sha256": hashlib.sha256().hexdigest()})
                with archive.open(_part(table)) as part:
                    rows[table.name], digest = _read(txn, table, part, expected["rows"], progress)
                if (rows[table.name], digest) != (expected["rows"], expected["sha256"]):
                    raise BadRecord(f"{path} was changed: its {table.name} are not those that were exported")
            chain = sealing.verify(txn)
    except IntegrityError as problem:
        raise BadRecord(f"{path} was changed: {problem.orig}") from problem
    except FileNotFoundError as problem:
        raise BadRecord(f"{path} is not there") from problem
    except (zipfile.BadZipFile, KeyError, EOFError, OSError) as problem:
        raise BadRecord(f"{path} is no export of a store, or a damaged one: {problem}") from problem
    return Transfer(str(path), rows, chain.head, chain.broken)


def _part(table: Table) -> str:
    return f"tables/{table.name}.jsonl"


def _write(txn: Connection, table: Table, out: IO[bytes], total: int, progress: Progress | None) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns)
    for row in txn.execute(query, execution_options={"yield_per": _AT_A_TIME}).mappings():
        line = dump_json({column.name: _told(column, row[column.name]) for column in table.c}).encode() + b"\n"
        digest.update(line)
        out.write(line)
        count += 1
        if progress is not None and count % _AT_A_TIME == 0:
            progress(table.name, count, total)
    return count, digest.hexdigest()


def _told(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case UtcTime():
            return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
        case Money():
            return str(value)
        case LargeBinary():
            return base64.b64encode(value).decode()
    return value


def _kept(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case UtcTime():
            return datetime.fromisoformat(value)
        case Money():
            return Decimal(value)
        case LargeBinary():
            return base64.b64decode(value)
    return value


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(archive.read("manifest.json"))
        known = told["format"] == FORMAT
    except (ValueError, TypeError) as problem:
        raise BadRecord(f"{path} is no export of a store: its manifest cannot be read") from problem
    if not known:
        raise BadRecord(f"{path} is an export of another format: {told['format']}")
    newest = migrations.revisions()[-1]
    if told["revision"] != newest:
        raise BadRecord(
            f"{path} was exported at schema {told['revision']}, this version knows {newest}",
            hint="run forewarn db upgrade where it comes from, and export it again",
        )
    return told


def _expect_empty(txn: Connection, store: Store) -> None:
    for table in metadata.sorted_tables:
        if txn.execute(select(table.primary_key.columns[0]).limit(1)).first() is not None:
            raise Refused(f"{store.name} is not empty: its {table.name} hold rows", hint="import into a new database")


def _read(txn: Connection, table: Table, part: IO[bytes], total: int, progress: Progress | None) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    # A row may point to a later one of its own table: that is written when all are there.
    pointers = [column.name for column in table.c if any(key.column.table is table for key in column.foreign_keys)]
    pointing: list[dict[str, Any]] = []
    for lines in _chunks(part):
        rows = []
        for line in lines:
            digest.update(line)
            content = load_json(line.decode())
            rows.append({column.name: _kept(column, content[column.name]) for column in table.c})
        pointing += [
            {"row": row["id"], **{name: row[name] for name in pointers}}
            for row in rows
            if any(row[name] is not None for name in pointers)
        ]
        txn.execute(insert(table), [{**row, **dict.fromkeys(pointers)} for row in rows])
        count += len(rows)
        if progress is not None:
            progress(table.name, count, total)
    if pointing:
        set_later: dict[str, Any] = {name: bindparam(name) for name in pointers}
        # That it is written in two steps is no new version of a record.
        unchanged = {"version": table.c.version} if "version" in table.c else {}
        txn.execute(update(table).where(table.c.id == bindparam("row")).values({**set_later, **unchanged}), pointing)
    if "id" in table.c:
        dialect.number_after(txn, table.name)
    return count, digest.hexdigest()


def _chunks(part: IO[bytes]) -> Iterator[list[bytes]]:
    while lines := list(islice(part, _AT_A_TIME)):
        yield lines
