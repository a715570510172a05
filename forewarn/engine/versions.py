"""The kept contents of workbooks: each accepted set of them is a rulebook, each content is stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from forewarn.decision_tables import Library
from forewarn.engine.schema.deciding import rulebooks, table_versions, workbook_contents, workbook_versions
from forewarn.engine.store import Store


def accept(store: Store, contents: Mapping[str, bytes], library: Library, now: datetime) -> None:
    """Keep the workbooks that go live, with the versions of their tables; nothing is written where they are live."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    listed = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    fingerprint = hashlib.sha256(listed.encode()).hexdigest()
    with store.read() as txn:
        if _live(txn) == fingerprint:
            return
    with store.write() as txn:
        known = txn.execute(select(rulebooks.c.id).where(rulebooks.c.fingerprint == fingerprint)).scalar()
        if known is not None:
            txn.execute(update(rulebooks).where(rulebooks.c.id == known).values(live_at=now))
            return
        _keep(txn, contents, digests)
        rulebook = txn.execute(
            insert(rulebooks).values(fingerprint=fingerprint, accepted_at=now, live_at=now).returning(rulebooks.c.id)
        ).scalar_one()
        txn.execute(
            insert(workbook_versions),
            [{"rulebook_id": rulebook, "name": name, "sha256": digest} for name, digest in digests.items()],
        )
        for table in library.tables:
            if holding(txn, table.name, table.version) is None:
                txn.execute(
                    insert(table_versions).values(table_name=table.name, version=table.version, rulebook_id=rulebook)
                )


def _keep(txn: Connection, contents: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
    for name, content in contents.items():
        digest = digests[name]
        known = select(workbook_contents.c.sha256).where(workbook_contents.c.sha256 == digest)
        if txn.execute(known).first() is None:
            txn.execute(insert(workbook_contents).values(sha256=digest, content=content))


def _live(txn: Connection) -> str | None:
    query = select(rulebooks.c.fingerprint).order_by(rulebooks.c.live_at.desc(), rulebooks.c.id.desc()).limit(1)
    fingerprint: str | None = txn.execute(query).scalar()
    return fingerprint


def last_good(txn: Connection) -> dict[str, bytes]:
    """The workbooks that were live last, by name; none where no site ever opened this store."""
    query = select(rulebooks.c.id).order_by(rulebooks.c.live_at.desc(), rulebooks.c.id.desc()).limit(1)
    rulebook = txn.execute(query).scalar()
    return {} if rulebook is None else contents(txn, rulebook)


def holding(txn: Connection, table: str, version: str) -> int | None:
    """The first rulebook that held a version of a table."""
    query = select(table_versions.c.rulebook_id).where(
        table_versions.c.table_name == table, table_versions.c.version == version
    )
    rulebook: int | None = txn.execute(query).scalar()
    return rulebook


def contents(txn: Connection, rulebook: int) -> dict[str, bytes]:
    """The workbooks of a rulebook by name."""
    query = (
        select(workbook_versions.c.name, workbook_contents.c.content)
        .join(workbook_contents, workbook_contents.c.sha256 == workbook_versions.c.sha256)
        .where(workbook_versions.c.rulebook_id == rulebook)
        .order_by(workbook_versions.c.name)
    )
    return {row.name: bytes(row.content) for row in txn.execute(query)}
