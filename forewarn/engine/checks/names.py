"""Flows, messages and groups that tables name, and that nobody provides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from forewarn.decision_tables import Library, Table
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.syntax import Literal
from forewarn.engine.checks.codes import CODES
from forewarn.engine.rulebook import place_of_table
from forewarn.errors import Finding, Severity


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names that exist, by the binding of the columns that may use them: what they are names of, its code, and all."""

    code: str
    what: str
    names: Collection[str]


def unknown_names(library: Library, known: Mapping[str, KnownNames]) -> Iterator[Finding]:
    """Every output cell whose column is bound to one of ``known`` and whose name does not exist."""
    for table in library.tables:
        for position, column in enumerate(table.outputs):
            names = known.get(column.binding.name) if column.binding is not None else None
            if names is not None:
                yield from _unknown_in_column(table, position, names)


def _unknown_in_column(table: Table, position: int, known: KnownNames) -> Iterator[Finding]:
    heading = table.outputs[position].heading
    for rule in table.model.rules:
        cell = rule.outputs[position]
        if not isinstance(cell, Literal) or not isinstance(cell.value, str) or cell.value in known.names:
            continue
        near = nearest(cell.value, known.names)
        yield Finding(
            known.code,
            Severity.ERROR,
            f"there is no {known.what} {cell.value!r}",
            place=place_of_table(table, heading, rule.row),
            rule=rule.id,
            text=cell.value,
            hint=f"did you mean {near!r}?" if near else CODES[known.code].hint,
            suggestion=near,
        )
