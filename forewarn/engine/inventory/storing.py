"""Writing what is new or different, a kind at a time, in the transaction that the caller opened.

Which record a row means, and whether its name is free, is judged by the store as it was before the kind was
written and by all rows of the load together: the order of files and rows makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, func, insert, select, update

from forewarn.engine.inventory.codes import Code
from forewarn.engine.inventory.kinds import KINDS, Kind
from forewarn.engine.inventory.references import chunks, resolve
from forewarn.engine.inventory.report import KindCount
from forewarn.engine.inventory.staging import StagedRow, Staging
from forewarn.engine.schema import inventory as schema
from forewarn.errors import Finding, Place

Target: TypeAlias = tuple[object, ...]
"""Which record a row means: ``("id", 7)`` for a stored one, ``("new", …identity…)`` for one to be added."""

Record: TypeAlias = dict[str, Any]
Wanted: TypeAlias = dict[Target, tuple[StagedRow, Record]]
Advance: TypeAlias = Callable[[str, int, int], None]
"""Told how far a kind is: its sheet name, records done, records in all."""


@dataclass(slots=True)
class _Counts:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Stored:
    """The records of a kind that the rows of a load may mean, by id and by each way to identify them."""

    by_id: dict[int, Record] = field(default_factory=dict)
    by_identity: dict[tuple[str, ...], dict[Target, int]] = field(default_factory=dict)


def load_rows(connection: Connection, staging: Staging, *, domain: str, advance: Advance) -> tuple[KindCount, ...]:
    """Write the staged rows; returns counts for the kinds that have rows, in the order of `KINDS`.

    ``connection`` is within a write transaction. Rows that cannot be stored are added to the findings of
    ``staging``. ``domain`` is the domain of records that name none.
    """
    return _Load(connection, staging, domain, advance).run()


class _Load:
    def __init__(self, connection: Connection, staging: Staging, domain: str, advance: Advance) -> None:
        self._connection = connection
        self._staging = staging
        self._findings = staging.findings
        self._domain = domain
        self._advance = advance

    def run(self) -> tuple[KindCount, ...]:
        staging = self._staging
        counts = []
        for name, kind in KINDS.items():
            rows = staging.rows[name]
            if not rows and not staging.refused[name]:
                continue
            tally = _Counts(refused=staging.refused[name])
            self._store(kind, rows, tally)
            rows.clear()
            counts.append(
                KindCount(name, kind.sheet, tally.added, tally.changed, tally.unchanged, tally.repeated, tally.refused)
            )
        if staging.refused[""]:
            counts.append(KindCount("", "", refused=staging.refused[""]))
        return tuple(counts)

    def _store(self, kind: Kind, staged: list[StagedRow], tally: _Counts) -> None:
        rows, unresolved = resolve(self._connection, kind, staged, self._staging)
        for row in unresolved:
            self._refuse(kind, row, tally)
        stored = self._stored_records(kind, rows)
        by_target: dict[Target, list[StagedRow]] = {}
        for row in rows:
            target = _target(kind, row, stored)
            if isinstance(target, Finding):
                self._findings.append(target)
                self._refuse(kind, row, tally)
            else:
                by_target.setdefault(target, []).append(row)
        wanted: Wanted = {}
        for target, same in by_target.items():
            if any(not _says_the_same(same[0], other) for other in same[1:]):
                self._refuse_contradiction(kind, same, tally)
            else:
                tally.repeated += len(same) - 1
                wanted[target] = (same[0], self._merged(kind, same[0], _stored_record(target, stored)))
        if kind.name == "install_base":
            self._give_owners(wanted)
        for target, (row, record) in list(wanted.items()):
            if fault := _fault(kind, row, record):
                self._findings.append(fault)
                self._refuse(kind, row, tally)
                del wanted[target]
        self._refuse_clashes(kind, wanted, stored, tally)
        self._write(kind, wanted, stored, tally)
        if kind.name == "contact":
            self._warn_of_two_primary_contacts(wanted)

    def _stored_records(self, kind: Kind, rows: Sequence[StagedRow]) -> _Stored:
        table = kind.table
        stored = _Stored()
        for alternative in kind.identity:
            first = alternative[0]
            values = {row.values.get(first) for row in rows} - {None}
            for chunk in chunks(sorted(values, key=str)):
                for found in self._connection.execute(select(table).where(table.c[first].in_(chunk))).mappings():
                    stored.by_id[found["id"]] = dict(found)
        for alternative in kind.identity:
            stored.by_identity[alternative] = {
                tuple(record[column] for column in alternative): identifier
                for identifier, record in stored.by_id.items()
                if all(record[column] is not None for column in alternative)
            }
        return stored

    def _merged(self, kind: Kind, row: StagedRow, record: Record | None) -> Record:
        """The record after the row: given columns replace stored ones, blank extra columns are taken out."""
        if record is None:
            record = {known.column: known.default for known in kind.fields} | {"extra": {}}
            if "domain" in record:
                record["domain"] = None
        merged = dict(record)
        merged.update(row.values)
        if "domain" in merged and merged["domain"] is None:
            merged["domain"] = self._domain
        if row.extra:
            extra = {**merged["extra"], **row.extra}
            merged["extra"] = {heading: value for heading, value in extra.items() if value is not None}
        return merged

    def _give_owners(self, wanted: Wanted) -> None:
        """An item whose row names no account and no consumer belongs to whom its sold product belongs."""
        ownerless = [
            record
            for row, record in wanted.values()
            if record["sold_product_id"] is not None
            and row.values.get("account_id") is None
            and row.values.get("consumer_id") is None
            and (row.values.get("sold_product_id") is not None or not _has_owner(record))
        ]
        products = schema.sold_products.c
        for chunk in chunks(ownerless):
            query = select(products.id, products.account_id, products.consumer_id).where(
                products.id.in_({record["sold_product_id"] for record in chunk})
            )
            owners = {identifier: owner for identifier, *owner in self._connection.execute(query)}
            for record in chunk:
                record["account_id"], record["consumer_id"] = owners[record["sold_product_id"]]

    def _refuse(self, kind: Kind, row: StagedRow, tally: _Counts) -> None:
        tally.refused += 1
        self._staging.note_refused(kind, row.values, row.place())

    def _refuse_contradiction(self, kind: Kind, rows: Sequence[StagedRow], tally: _Counts) -> None:
        for row in rows:
            others = tuple(other.place() for other in rows if other is not row)
            self._findings.append(
                Code.CONTRADICTION.at(
                    row.place(),
                    f"{_called(kind, row.values)} stands in another row with other values: {others[0]}",
                    hint="keep one of the rows",
                    related=others[:10],
                )
            )
            self._refuse(kind, row, tally)

    def _refuse_clashes(self, kind: Kind, wanted: Wanted, stored: _Stored, tally: _Counts) -> None:
        """Refuse the rows that claim a unique number or name that another row claims too, or another record has."""
        refused: set[Target] = set()
        for alternative in kind.identity:
            if len(alternative) > 1:
                continue
            column = alternative[0]
            claims: dict[object, list[Target]] = {}
            for target, (_, record) in wanted.items():
                if record[column] is not None:
                    claims.setdefault(record[column], []).append(target)
            for value, targets in claims.items():
                holder = stored.by_identity[alternative].get((value,))
                for target in targets:
                    row = wanted[target][0]
                    others = tuple(wanted[other][0].place() for other in targets if other != target)
                    if holder is not None and target != ("id", holder):
                        taken = f"{value!r} is taken by {_called(kind, stored.by_id[holder])}"
                    elif others:
                        taken = f"{value!r} is given to another record too: {others[0]}"
                    else:
                        continue
                    self._findings.append(_name_taken(kind, row, column, taken, others))
                    refused.add(target)
        for target in refused:
            row, _ = wanted.pop(target)
            self._refuse(kind, row, tally)

    def _write(self, kind: Kind, wanted: Wanted, stored: _Stored, tally: _Counts) -> None:
        columns = [*(known.column for known in kind.fields), "extra"]
        new: list[Record] = []
        different: list[Record] = []
        for target, (_, record) in wanted.items():
            before = _stored_record(target, stored)
            if before is None:
                new.append(record)
            elif any(before[column] != record[column] for column in columns):
                different.append({f"new_{column}": record[column] for column in columns} | {"old_id": before["id"]})
        tally.added, tally.changed = len(new), len(different)
        tally.unchanged = len(wanted) - len(new) - len(different)
        done = tally.unchanged
        total = len(wanted)
        self._advance(kind.sheet, done, total)
        change = (
            update(kind.table)
            .where(kind.table.c.id == bindparam("old_id"))
            .values({column: bindparam(f"new_{column}") for column in columns})
        )
        for statement, records in ((insert(kind.table), new), (change, different)):
            for chunk in chunks(records):
                self._connection.execute(statement, chunk)
                done += len(chunk)
                self._advance(kind.sheet, done, total)

    def _warn_of_two_primary_contacts(self, wanted: Wanted) -> None:
        contacts, accounts = schema.contacts.c, schema.accounts.c
        rows = {record["account_id"]: row for row, record in wanted.values() if record["is_primary"]}
        for chunk in chunks(rows):
            query = (
                select(accounts.id, accounts.number, func.count())
                .join_from(schema.contacts, schema.accounts, contacts.account_id == accounts.id)
                .where(accounts.id.in_(chunk), contacts.is_primary)
                .group_by(accounts.id, accounts.number)
                .having(func.count() > 1)
                .order_by(accounts.number)
            )
            for identifier, number, count in self._connection.execute(query):
                self._findings.append(
                    Code.TWO_PRIMARY_CONTACTS.at(
                        rows[identifier].place("is_primary"),
                        f"account {number} has {count} primary contacts",
                        hint="set Primary to no for all but one",
                    )
                )


def _target(kind: Kind, row: StagedRow, stored: _Stored) -> Target | Finding:
    """The record that a row means; a finding where it names one record and numbers it as another."""
    new: Target | None = None
    for place, alternative in enumerate(kind.identity):
        values = tuple(row.values.get(column) for column in alternative)
        if None in values:
            continue
        identifier = stored.by_identity[alternative].get(values)
        if identifier is None:
            new = new or ("new", place, *values)
            continue
        record = stored.by_id[identifier]
        for column, *_ in kind.identity[:place]:
            if row.values.get(column) is not None and record[column] is not None:
                taken = f"{values[0]!r} is taken by {_called(kind, record)}"
                return _name_taken(kind, row, alternative[0], taken, ())
        return ("id", identifier)
    if new is None:
        raise AssertionError(f"{row.place()} was staged without an identity")
    return new


def _stored_record(target: Target, stored: _Stored) -> Record | None:
    match target:
        case ("id", int(identifier)):
            return stored.by_id[identifier]
        case _:
            return None


def _says_the_same(first: StagedRow, second: StagedRow) -> bool:
    return first.values == second.values and first.extra == second.extra


def _has_owner(record: Mapping[str, Any]) -> bool:
    return record["account_id"] is not None or record["consumer_id"] is not None


def _fault(kind: Kind, row: StagedRow, record: Record) -> Finding | None:
    """What is wrong with the record as a whole, if anything."""
    for known in kind.fields:
        if known.required and record[known.column] is None:
            return Code.BLANK.at(
                row.place(),
                f"{known.heading} is missing: {_called(kind, record)} is new",
                hint=f"add the column {known.heading}",
            )
    if not kind.one_owner:
        return None
    if record["account_id"] is not None and record["consumer_id"] is not None:
        return Code.OWNER.at(
            row.place("consumer_id"),
            f"{_called(kind, record)} belongs to an account and to a consumer",
            hint="leave one of the two blank",
        )
    if not _has_owner(record):
        product = ", or a sold product" if "sold_product_id" in record else ""
        return Code.OWNER.at(
            row.place("account_id"),
            f"{_called(kind, record)} belongs to nobody",
            hint=f"name its account or its consumer{product}",
        )
    return None


def _name_taken(kind: Kind, row: StagedRow, column: str, taken: str, others: tuple[Place, ...]) -> Finding:
    heading = kind.field(column).heading
    return Code.NAME_TAKEN.at(
        row.place(column),
        f"{heading}: {taken}",
        hint=f"each {heading.lower()} is given once; to move one, take it from its record in an earlier load",
        related=others[:10],
    )


def _called(kind: Kind, record: Mapping[str, Any]) -> str:
    """A record as a sentence names it: ``account ACCT0000001``, ``ci Vmanage_10001``."""
    spoken = kind.name.replace("_", " ")
    for alternative in kind.identity:
        if all(record.get(column) is not None for column in alternative) and len(alternative) == 1:
            return f"{spoken} {record[alternative[0]]}"
    return f"this {spoken}"
