"""Finding the records that rows refer to, by number or by name, a set at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, select

from forewarn.engine.inventory.codes import Code
from forewarn.engine.inventory.kinds import KINDS, Field, Kind
from forewarn.engine.inventory.staging import StagedRow, Staging
from forewarn.errors import Finding, Place

T = TypeVar("T")

CHUNK = 5_000
"""Values of one ``IN`` list, and rows of one statement: below every database's bound on parameters."""

_MOST_NAMED = 4


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


class References:
    """The records of one kind that a set of texts names."""

    def __init__(self, connection: Connection, kind: Kind, texts: Iterable[str]) -> None:
        """Look all ``texts`` up, in each column by which records of the kind may be named."""
        self._kind = kind
        self._found: list[dict[str, list[tuple[int, str]]]] = []
        table = kind.table
        shown = table.c[kind.named_by[0]]
        wanted = sorted(set(texts))
        for name in kind.named_by:
            column = table.c[name]
            found: dict[str, list[tuple[int, str]]] = {}
            for chunk in chunks(wanted):
                query = select(column, table.c.id, shown).where(column.in_(chunk)).order_by(table.c.id)
                for text, identifier, label in connection.execute(query):
                    found.setdefault(text, []).append((identifier, label or text))
            self._found.append(found)

    def of(self, text: str) -> Sequence[tuple[int, str]]:
        """The records of that number or, where none has it as its number, of that name: their ids and numbers."""
        for found in self._found:
            if records := found.get(text):
                return records
        return ()


def resolve(
    connection: Connection, kind: Kind, rows: Sequence[StagedRow], staging: Staging
) -> tuple[list[StagedRow], list[StagedRow]]:
    """Look up the references of ``rows`` and put ids in their place; returns the rows that are whole, and the others.

    What is wrong with the others is added to the findings of ``staging``.
    """
    bad: set[int] = set()
    for field in kind.fields:
        if field.refers_to is None:
            continue
        target = KINDS[field.refers_to]
        typed = {row.values[field.column] for row in rows if row.values.get(field.column) is not None}
        references = References(connection, target, (text for text in typed if isinstance(text, str)))
        for row in rows:
            text = row.values.get(field.column)
            if not isinstance(text, str):
                continue
            records = references.of(text)
            if len(records) == 1:
                row.values[field.column] = records[0][0]
            else:
                bad.add(id(row))
                cause = staging.refused_names[target.name].get(text)
                staging.findings.append(_unresolved(field, row, text, records, cause))
    return [row for row in rows if id(row) not in bad], [row for row in rows if id(row) in bad]


def _unresolved(
    field: Field, row: StagedRow, text: str, records: Sequence[tuple[int, str]], cause: Place | None
) -> Finding:
    """What to say of a reference that names no record, or several; ``cause`` is a refused row that would be it."""
    target = KINDS[field.refers_to or ""]
    place = row.place(field.column)
    short = text if len(text) <= 60 else f"{text[:57]}…"
    spoken = target.name.replace("_", " ")
    by = "number" if target.named_by[0] == "number" else "user name"
    if records:
        labels = [label for _, label in records[:_MOST_NAMED]] + (["…"] if len(records) > _MOST_NAMED else [])
        return Code.AMBIGUOUS_REFERENCE.at(
            place,
            f"{field.heading}: {len(records)} {target.sheet} have the name {short!r} ({', '.join(labels)})",
            hint=f"give the {by}",
            text=short,
        )
    known = " or ".join(target.field(column).heading.lower() for column in target.named_by)
    return Code.UNKNOWN_REFERENCE.at(
        place,
        f"{field.heading}: no {spoken} has the {known} {short!r}" + (", its row is refused" if cause else ""),
        hint="mend that row first" if cause else f"load the {spoken} with it, or mend the {known}",
        text=short,
        related=(cause,) if cause else (),
    )
