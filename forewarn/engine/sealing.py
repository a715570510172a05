"""Seals: a hash over everything that a transaction added to the streams and the audit, chained to the seal before.

An entry that is changed, taken away or slipped in afterwards no longer fits its seal, and a seal that is changed no
longer fits the next one. One seal a transaction, not a hash an entry, so that a hundred thousand entries cost one pass.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    type_coerce,
)

from forewarn.engine import dialect
from forewarn.engine.encoding import dump_json
from forewarn.engine.schema.deciding import decisions
from forewarn.engine.schema.seals import seals
from forewarn.engine.schema.work import activity

BEGINNING = "0" * 64
"""What the first seal follows."""

_AT_A_TIME = 5_000


@dataclass(slots=True)
class Appended:
    """What a transaction has added so far: the mark of its entries, from which id on they stand, by table, and how
    they read, as long as they came one by one.
    """

    mark: int = field(default_factory=lambda: secrets.randbits(62))
    first: dict[str, int] = field(default_factory=dict)
    lines: dict[str, dict[int, str]] = field(default_factory=lambda: {name: {} for name in SEALED})
    many: bool = False

    def one(self, table: Table, entry: int, values: Mapping[str, Any]) -> None:
        """One entry was added under this id."""
        self.first.setdefault(table.name, entry)
        line = _READING[table.name](entry, values)
        self.lines[table.name][entry] = line
        # Databases do not agree with Python on the length of a text that holds one.
        self.many = self.many or "\x00" in line

    def before_many(self, txn: Connection, table: Table) -> None:
        """Many entries will be added by one statement."""
        self.many = True
        if table.name not in self.first:
            self.first[table.name] = txn.execute(_newest[table.name]).scalar_one() + 1


_newest = {table.name: select(func.coalesce(func.max(table.c.id), 0)) for table in (activity, decisions)}


def _part(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A value with its length before it, so that no two entries read the same."""
    words = column if isinstance(column.type, String) else cast(column, Text)
    return func.coalesce(cast(func.length(words), Text).op("||")(literal(":")).op("||")(words), literal("-"))


def _line(table: Table) -> ColumnElement[str]:
    parts = [
        _part(type_coerce(column, String) if column is table.c.at else column)
        for column in table.c
        if column is not table.c.mark
    ]
    line = parts[0]
    for part in parts[1:]:
        line = line.op("||")(part)
    return line


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_TEXTS = ("who", "kind", "field", "old", "new", "text")


def _activity_as_given(entry: int, values: Mapping[str, Any]) -> str:
    """The same as `_line` makes of the row."""
    known = (entry, values["record_kind"], values["record_id"], _time(values["at"]))
    told = (str(value) for value in known)
    parts = (*told, *(values.get(name) for name in _TEXTS))
    return "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)


def _decision_as_given(entry: int, values: Mapping[str, Any]) -> str:
    # JSON text looks different in every database: written anew it is the same.
    named = [values[name] for name in ("record_kind", "record_id", "table_name", "version")]
    contents = [values[name] for name in ("inputs", "rules", "outputs", "diagnostics")]
    return dump_json([entry, *named, _time(values["at"]), *contents])


_READING: Mapping[str, Callable[[int, Mapping[str, Any]], str]] = {
    activity.name: _activity_as_given,
    decisions.name: _decision_as_given,
}


def _activity_line(row: Any) -> str:
    return str(row.line)


def _decision_line(row: Any) -> str:
    return _decision_as_given(row.id, row._mapping)


LINES: Mapping[str, tuple[Any, Callable[[Any], str]]] = {
    activity.name: (select(activity.c.id, activity.c.mark, _line(activity).label("line")), _activity_line),
    decisions.name: (select(decisions), _decision_line),
}
"""For each sealed table the query of its entries, and how one reads in the digest."""

SEALED: Mapping[str, Table] = {activity.name: activity, decisions.name: decisions}
"""The tables under seal, in the order in which a digest takes them."""

_COLUMNS = {activity.name: ("first_activity", "last_activity", "activities"),
            decisions.name: ("first_decision", "last_decision", "decisions")}  # fmt: skip

_of_mark = {
    name: LINES[name][0]
    .where(table.c.id >= bindparam("first"), table.c.mark == bindparam("of_mark"))
    .order_by(table.c.id)
    for name, table in SEALED.items()
}
_head = select(seals.c.hash).order_by(seals.c.id.desc()).limit(1)
_sealed = insert(seals)


def seal(txn: Connection, appended: Appended, now: datetime) -> None:
    """Seal what the transaction has added, if anything. The last step before it is committed: others wait meanwhile."""
    if not appended.first:
        return
    digest = hashlib.sha256()
    values: dict[str, Any] = {"mark": appended.mark, "at": now}
    for name, columns in _COLUMNS.items():
        first = last = None
        count = 0
        for entry, line in _entries(txn, appended, name):
            digest.update(line.encode())
            digest.update(b"\n")
            first, last = first or entry, entry
            count += 1
        values |= dict(zip(columns, (first, last, count), strict=True))
    values["digest"] = digest.hexdigest()
    dialect.lock_name(txn, "seals")
    values["previous"] = txn.execute(_head).scalar() or BEGINNING
    values["hash"] = hash_of(values)
    txn.execute(_sealed, values)


def _entries(txn: Connection, appended: Appended, name: str) -> Iterator[tuple[int, str]]:
    """The entries of the transaction in the order of their ids: as they were given, or read where they were many."""
    if not appended.many:
        yield from sorted(appended.lines[name].items())
    elif name in appended.first:
        line = LINES[name][1]
        asked = {"first": appended.first[name], "of_mark": appended.mark}
        for row in txn.execute(_of_mark[name], asked, execution_options={"yield_per": _AT_A_TIME}):
            yield row.id, line(row)


def hash_of(seal: Mapping[str, Any]) -> str:
    """The hash of a seal over all its other fields."""
    fields = ("mark", *(name for columns in _COLUMNS.values() for name in columns), "digest", "previous")
    told = [_time(seal["at"]), *(seal[name] for name in fields)]
    return hashlib.sha256(dump_json(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain as it was found: how many seals fit, the hash of the newest, and where the first one does not."""

    seals: int
    entries: int
    head: str
    broken: str | None = None


_CHUNK = 1_000


def verify(txn: Connection, tell: Callable[[int], None] | None = None) -> Chain:
    """Go along the whole chain; ``tell`` is called with the number of seals seen so far."""
    previous, count, entries = BEGINNING, 0, 0
    for chunk in _chunks(txn):
        digests = _digests(txn, chunk)
        for one in chunk:
            name = f"seal {one['id']} of {one['at']:%Y-%m-%d %H:%M:%S} UTC"
            digest, counts = digests[one["mark"]]
            if one["previous"] != previous:
                return Chain(count, entries, previous, f"{name} does not follow the one before it")
            if hash_of(one) != one["hash"]:
                return Chain(count, entries, previous, f"{name} was changed")
            expected = {table: one[columns[2]] for table, columns in _COLUMNS.items()}
            if counts != expected or digest.hexdigest() != one["digest"]:
                return Chain(count, entries, previous, f"{name} does not fit its entries: {_where(one, counts)}")
            previous, count, entries = one["hash"], count + 1, entries + sum(counts.values())
        if tell is not None:
            tell(count)
    for name, table in SEALED.items():
        first, last, _ = _COLUMNS[name]
        its_own = and_(seals.c.mark == table.c.mark, table.c.id.between(seals.c[first], seals.c[last]))
        stray = txn.execute(select(func.min(table.c.id)).where(~select(seals.c.id).where(its_own).exists())).scalar()
        if stray is not None:
            return Chain(count, entries, previous, f"{name} {stray} is under no seal")
    return Chain(count, entries, previous)


def _chunks(txn: Connection) -> Iterator[list[dict[str, Any]]]:
    after = 0
    while True:
        query = select(seals).where(seals.c.id > after).order_by(seals.c.id).limit(_CHUNK)
        chunk = [dict(row) for row in txn.execute(query).mappings()]
        if not chunk:
            return
        yield chunk
        after = chunk[-1]["id"]


def _digests(txn: Connection, chunk: list[dict[str, Any]]) -> dict[int, tuple[Any, dict[str, int]]]:
    """What the entries of some transactions give, by their marks: one pass a table, for they lie side by side."""
    found = {one["mark"]: (hashlib.sha256(), dict.fromkeys(_COLUMNS, 0)) for one in chunk}
    for name, (first, last, _) in _COLUMNS.items():
        table = SEALED[name]
        bounds = [one[side] for one in chunk for side in (first, last) if one[side] is not None]
        if not bounds:
            continue
        query, line = LINES[name]
        query = query.where(table.c.id.between(min(bounds), max(bounds))).order_by(table.c.id)
        for row in txn.execute(query, execution_options={"yield_per": _AT_A_TIME}):
            if row.mark in found:
                digest, counts = found[row.mark]
                digest.update(line(row).encode())
                digest.update(b"\n")
                counts[name] += 1
    return found


def _where(one: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    told = []
    for name, (first, last, count) in _COLUMNS.items():
        if one[count]:
            missing = f", {one[count]:,} once and {counts[name]:,} now" if counts[name] != one[count] else ""
            told.append(f"{name} {one[first]} to {one[last]}{missing}")
    return ", ".join(told)
