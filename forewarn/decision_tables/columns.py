"""The columns of a table with their meaning: binding, type and allowed values, before any rule is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import enumerates, listed_values, nearest
from forewarn.decision_tables.definitions import NO_MEANING, Definitions, Meaning
from forewarn.decision_tables.grid import Cell, CellError, Grid, GridColumn
from forewarn.decision_tables.index.classes import classify
from forewarn.decision_tables.index.spans import intersection
from forewarn.decision_tables.layout import IF, IF_EXPRESSION, NOTE
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.properties import type_of_native
from forewarn.decision_tables.reserved_sheets import finding_of
from forewarn.decision_tables.sheet_dialect import parse_values_cell
from forewarn.decision_tables.syntax import Compare, Interval, IsNull, Literal, OneOf, Test
from forewarn.decision_tables.values import Kind, Type, Value
from forewarn.decision_tables.vocabulary import Vocabulary
from forewarn.errors import Finding


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands among the grid's columns, and what it means.

    ``allowed`` is the Values row narrowed from the Glossary, ``ranked`` the Values row's own constants in order.
    Columns of notes and conditions have type Any.
    """

    index: int
    grid: GridColumn
    type: Type
    meaning: Meaning = NO_MEANING
    allowed: Test | None = None
    ranked: tuple[Value, ...] | None = None


class ColumnReader:
    """Gives the columns of one grid their meaning; what is wrong with them collects in ``findings``."""

    def __init__(self, grid: Grid, definitions: Definitions, vocabulary: Vocabulary | None) -> None:
        self.grid = grid
        self.definitions = definitions
        self.vocabulary = vocabulary
        self.findings: list[Finding] = []

    def read(self, outputs_elsewhere: Mapping[str, Mapping[str, Type]]) -> tuple[Column, ...]:
        """The columns; ``outputs_elsewhere`` has the types of the outputs of other tables by table and heading."""
        return tuple(self._column(index, column, outputs_elsewhere) for index, column in enumerate(self.grid.columns))

    def _column(self, index: int, column: GridColumn, elsewhere: Mapping[str, Mapping[str, Type]]) -> Column:
        if column.role in (NOTE, IF_EXPRESSION):
            return Column(index, column, Type(Kind.ANY))
        meaning = self.definitions.meaning(column.heading, self.grid.name, self.vocabulary)
        self._bound(column, meaning)
        if column.heading in self.definitions.doubtful:
            self._add(codes.GLOSSARY, f"the Glossary row of {column.heading!r} has errors", column)
        typed = meaning.type
        if typed is None and meaning.binding is not None and meaning.binding.table is not None:
            typed = elsewhere.get(meaning.binding.table, {}).get(meaning.binding.output or "")
        if typed is None:
            typed = self._inferred(column, meaning)
        allowed, ranked = self._allowed(column, typed, meaning)
        return Column(index, column, typed, meaning, allowed, ranked)

    def _bound(self, column: GridColumn, meaning: Meaning) -> None:
        """In a site, a heading must be bound to an attribute that exists, and have its type."""
        if self.vocabulary is None:
            return
        if meaning.binding is None:
            self._add(codes.UNBOUND, f"nothing binds {column.heading!r}", column)
            return
        name = meaning.binding.name
        if meaning.binding.table is not None or name in self.vocabulary.names:
            return
        known = self.vocabulary.attributes.get(name)
        if known is None:
            near = nearest(name, list(self.vocabulary.attributes))
            self._add(
                codes.UNKNOWN_ATTRIBUTE,
                f"{column.heading!r} is bound to {name}, which no record has",
                column,
                hint=f"did you mean {near}?" if near else None,
                suggestion=near,
            )
        elif meaning.entry is not None and meaning.entry.type not in (None, known):
            self._add(
                codes.CONFLICTING_TYPE,
                f"{column.heading!r} is of type {meaning.entry.type} in the Glossary, {name} of type {known}",
                column,
            )

    def _inferred(self, column: GridColumn, meaning: Meaning) -> Type:
        values = column.values
        if values is not None and not values.blank and not isinstance(values.value, str | CellError):
            return type_of_native(values)
        if meaning.binding is None or self.vocabulary is None:
            self._add(codes.UNTYPED, f"nothing says the type of {column.heading!r}: it counts as text", column)
        return Type(Kind.STRING)

    def _add(
        self,
        code: codes.Code,
        message: str,
        column: GridColumn,
        *,
        hint: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        self.findings.append(code.finding(message, column.place, text=column.heading, hint=hint, suggestion=suggestion))

    def _allowed(
        self, column: GridColumn, type: Type, meaning: Meaning
    ) -> tuple[Test | None, tuple[Value, ...] | None]:
        cell = column.values
        if cell is None or cell.blank:
            return meaning.allowed, None
        try:
            test = parse_values_cell(cell, type, zone=self.definitions.zone)
        except CellProblem as problem:
            self.findings.append(finding_of(problem, cell))
            return meaning.allowed, None
        if test is None:
            return meaning.allowed, None
        parts = tuple(_alternatives(test))
        if column.role == IF and not meaning.nullable and any(isinstance(part, IsNull) for part in parts):
            self.findings.append(
                codes.NULL_NOT_ALLOWED.finding(
                    f"{column.heading!r} is required, its Values list empty", cell.place, text=cell.shown
                )
            )
        self._subset(cell, parts, meaning.allowed, type.kind)
        constants = tuple(part for part in parts if not isinstance(part, IsNull))
        allowed = None if not constants else constants[0] if len(constants) == 1 else OneOf(constants)
        ranked = tuple(_constants(parts)) if enumerates(test) else None
        return allowed, ranked if column.role != IF else None

    def _subset(self, cell: Cell, parts: tuple[Test, ...], allowed: Test | None, kind: Kind) -> None:
        if allowed is None:
            return
        for part in parts:
            if not isinstance(part, IsNull) and not _within(part, allowed, kind):
                shown = _shown(part)
                listed = [text for text in listed_values(allowed) if isinstance(text, str)]
                near = nearest(shown, listed)
                known = f"list only values of the Glossary: {', '.join(listed[:6])}{', …' if len(listed) > 6 else ''}"
                self.findings.append(
                    codes.NOT_A_SUBSET.finding(
                        f"{shown} is not among the values of the Glossary",
                        cell.place,
                        text=cell.shown,
                        hint=f"did you mean {near}?" if near else known if listed else None,
                        suggestion=near,
                    )
                )


def _alternatives(test: Test) -> Iterator[Test]:
    if isinstance(test, OneOf):
        yield from test.tests
    else:
        yield test


def _constants(parts: tuple[Test, ...]) -> Iterator[Value]:
    for part in parts:
        if isinstance(part, Compare) and isinstance(part.operand, Literal):
            yield part.operand.value
        else:
            yield None


def _within(part: Test, allowed: Test, kind: Kind) -> bool:
    """Whether every value of one alternative of a Values row is one of the Glossary's allowed values."""
    column = classify(Type(kind), (part, allowed), {})
    narrow, wide = column.spans(0), column.spans(1)
    # The last class is null, about which the Glossary alone has a say.
    narrow = intersection(narrow, ((0, column.null),))
    return not column.residual and intersection(narrow, wide) == narrow


def _shown(part: Test) -> str:
    if isinstance(part, Compare) and isinstance(part.operand, Literal):
        prefix = "" if part.operator == "=" else f"{part.operator} "
        return f"{prefix}{part.operand.value}"
    return "a range" if isinstance(part, Interval) else "a value"
