"""Finding one record and changing it, with an entry in its stream for every change (A3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, and_, select, update

from forewarn.engine.activity import post_change
from forewarn.engine.numbers import PREFIXES
from forewarn.engine.schema.planned_work import change_requests, problems
from forewarn.engine.schema.work import alerts, cases, incident_tasks, incidents
from forewarn.engine.views import ALERT, CASE, CHANGE_REQUEST, INCIDENT, PROBLEM, TASK
from forewarn.engine.work import Work
from forewarn.errors import Conflict, NotFound

Row = dict[str, Any]

TABLES: Mapping[str, Table] = {
    INCIDENT: incidents,
    CASE: cases,
    TASK: incident_tasks,
    ALERT: alerts,
    PROBLEM: problems,
    CHANGE_REQUEST: change_requests,
}

CASE_LINKS: Mapping[str, Column[Any]] = {
    INCIDENT: cases.c.incident_id,
    PROBLEM: cases.c.problem_id,
    CHANGE_REQUEST: cases.c.change_request_id,
}
"""The column by which a case belongs to an incident, a problem or a change request."""

_SILENT = frozenset({"updated_at", "phase", "ci_id", "incident_id", "problem_id", "change_request_id", "parent_id"})
"""Columns that follow from others: their changes make no entry of their own."""


def kind_of(number: str, *, among: Collection[str]) -> str:
    """The kind of record that a number is of, by its prefix; raises `NotFound` where it is none of ``among``."""
    wanted = number.strip().upper()
    kind = next((kind for kind in among if wanted.startswith(PREFIXES[kind])), None)
    if kind is None:
        known = ", ".join(f"{PREFIXES[one]}… ({one})" for one in among)
        raise NotFound(f"{number!r} is no number of these records: {known}")
    return kind


def by_number(txn: Connection, kind: str, number: str, *, lock: bool = True) -> Row:
    """The row of a record, locked until the end of the transaction unless it only reads; raises `NotFound`."""
    table = TABLES[kind]
    wanted = number.strip().upper()
    query = select(table).where(table.c.number == wanted)
    found = txn.execute(query.with_for_update() if lock else query).mappings().first()
    if found is None:
        raise NotFound(
            f"there is no {kind} {number}", hint=f"list them with: forewarn {kind.split(maxsplit=1)[0]} list"
        )
    return dict(found)


def by_id(txn: Connection, kind: str, record_id: int) -> Row:
    """The row of a record that is known to be there."""
    table = TABLES[kind]
    return dict(txn.execute(select(table).where(table.c.id == record_id)).mappings().one())


def first(txn: Connection, query: Select[Any]) -> Row | None:
    """The first row of a query, or None."""
    found = txn.execute(query).mappings().first()
    return None if found is None else dict(found)


def change(work: Work, kind: str, row: Row, changes: Mapping[str, Any]) -> Row:
    """Write the fields that differ, each with an entry in the stream; returns the row as it stands then."""
    different = {name: value for name, value in changes.items() if row[name] != value}
    if not different:
        return row
    table = TABLES[kind]
    if "updated_at" in table.c:
        different["updated_at"] = work.now
    seen = and_(table.c.id == row["id"], table.c.version == row["version"])
    if work.txn.execute(update(table).where(seen).values(**different)).rowcount != 1:
        raise _changed_meanwhile(kind, row["number"])
    for name, value in different.items():
        if name not in _SILENT:
            post_change(work, kind, row["id"], name, old=row[name], new=value)
    return {**row, **different, "version": row["version"] + 1}


def expect_version(work: Work, kind: str, number: str, version: int | None) -> None:
    """Raise `Conflict` where a record is no longer at the version that its caller saw; None stands for any."""
    if version is not None and by_number(work.txn, kind, number)["version"] != version:
        raise _changed_meanwhile(kind, number)


def _changed_meanwhile(kind: str, number: str) -> Conflict:
    return Conflict(
        f"{kind} {number} was changed by somebody else meanwhile: nothing was changed", hint="look at it and try again"
    )
