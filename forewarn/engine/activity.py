"""The stream of a record (A3): entries are added, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, Text, cast, insert, literal, select

from forewarn.engine.schema.base import UtcTime
from forewarn.engine.schema.work import activity
from forewarn.engine.work import Work

WORK_NOTE = "work note"
COMMENT = "comment"
FIELD = "field"
SYSTEM = "system"


_entered = insert(activity).returning(activity.c.id)


def shown(value: Any) -> str | None:
    """A field's value as the stream shows it; null stays null."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="seconds")
    return str(value)


def post(work: Work, record_kind: str, record_id: int, kind: str, text: str) -> None:
    """Add a comment, a work note or a system entry to one record."""
    _enter(work, {"record_kind": record_kind, "record_id": record_id, "kind": kind, "text": text})


def post_change(work: Work, record_kind: str, record_id: int, field: str, *, old: Any, new: Any) -> None:
    """Add the change of one field of one record."""
    changed = {"kind": FIELD, "field": field, "old": shown(old), "new": shown(new)}
    _enter(work, {"record_kind": record_kind, "record_id": record_id, **changed})


def _enter(work: Work, entry: dict[str, Any]) -> None:
    values = {**entry, "at": work.now, "who": work.asked_by, "mark": work.appended.mark}
    work.appended.one(activity, work.txn.execute(_entered, values).scalar_one(), values)


def post_on_all(work: Work, record_kind: str, chosen: Select[tuple[int]], kind: str, text: str) -> None:
    """Add the same entry to every record whose id the select gives, in one statement."""
    ids = chosen.subquery()
    rows = select(
        literal(record_kind),
        ids.c[0],
        literal(work.now, UtcTime),
        literal(work.asked_by),
        literal(kind),
        literal(text),
        literal(work.appended.mark, BigInteger),
    )
    _enter_all(work, ["record_kind", "record_id", "at", "who", "kind", "text", "mark"], rows)


def post_change_on_all(work: Work, record_kind: str, chosen: Select[tuple[int, Any]], field: str, new: Any) -> None:
    """Add the change of a field to ``new`` to every record of the select, which gives its id and the old value."""
    rows = chosen.subquery()
    old = select(
        literal(record_kind),
        rows.c[0],
        literal(work.now, UtcTime),
        literal(work.asked_by),
        literal(FIELD),
        literal(field),
        cast(rows.c[1], Text),
        literal(shown(new), Text),
        literal(work.appended.mark, BigInteger),
    )
    _enter_all(work, ["record_kind", "record_id", "at", "who", "kind", "field", "old", "new", "mark"], old)


def _enter_all(work: Work, names: list[str], rows: Select[Any]) -> None:
    work.appended.before_many(work.txn, activity)
    work.txn.execute(insert(activity).from_select(names, rows))
