"""The columns of a table as text: role, heading, Values cell, choices and cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from forewarn.decision_tables.allowed_values import enumerates, listed_values
from forewarn.decision_tables.cell_text import (
    NotInSheets,
    constant_text,
    expression_text,
    input_text,
    output_text,
    value_text,
)
from forewarn.decision_tables.effective_dates import EFFECTIVE_FROM, EFFECTIVE_TO
from forewarn.decision_tables.layout import IF, IF_EXPRESSION, NOTE, THEN, THEN_EXPRESSION
from forewarn.decision_tables.model import OutputColumn, TableModel
from forewarn.decision_tables.syntax import Expression, IsNull, Literal, OneOf, Test
from forewarn.decision_tables.values import Kind, Type


@dataclass(frozen=True, slots=True)
class WrittenColumn:
    """A column as it is written: role, heading, Values cell, allowed texts for a drop-down list, and its cells."""

    role: str
    heading: str
    values: str | None
    choices: tuple[str, ...]
    default: str | None
    cells: tuple[str | None, ...] = ()


def columns_of(model: TableModel) -> Iterable[WrittenColumn]:
    """The columns of a table in the order of a sheet: asked, answered, effective dates, notes. Raises `NotInSheets`."""
    for index, column in enumerate(model.inputs):
        if column.expression is not None:
            raise NotInSheets(f"input {column.heading!r} of table {model.name!r} is computed: a sheet reads its inputs")
        yield WrittenColumn(
            IF,
            column.heading,
            None if (allowed := _without_null(column.allowed)) is None else input_text(allowed, Type(column.type.kind)),
            choices_of(column.allowed),
            None,
            tuple(input_text(rule.tests[index], column.type) for rule in model.rules),
        )
    for index, condition in enumerate(model.conditions):
        yield WrittenColumn(
            IF_EXPRESSION,
            condition.heading,
            None,
            (),
            None,
            tuple(input_text(rule.conditions[index], Type(Kind.ANY)) for rule in model.rules),
        )
    for index, output in enumerate(model.outputs):
        yield _output_column(model, index, output)
    if model.effective:
        yield _bounds_column(EFFECTIVE_FROM, [rule.effective_from for rule in model.rules])
        yield _bounds_column(EFFECTIVE_TO, [rule.effective_to for rule in model.rules])
    headings = dict.fromkeys(heading for rule in model.rules for heading, _ in rule.notes)
    for heading in headings:
        notes = tuple(dict(rule.notes).get(heading) for rule in model.rules)
        yield WrittenColumn(NOTE, heading, None, (), None, notes)


def _output_column(model: TableModel, index: int, output: OutputColumn) -> WrittenColumn:
    cells = [rule.outputs[index] for rule in model.rules]
    answers = [*cells, *([output.default] if output.default is not None else [])]
    computed = any(isinstance(cell, Expression) for cell in answers)

    def text(cell: Literal | Expression) -> str:
        return expression_text(cell) if computed else output_text(cell, output.type)

    ranked = output.ranked
    default = output.default if output.default is not None else Literal(None)
    return WrittenColumn(
        THEN_EXPRESSION if computed else THEN,
        output.heading,
        None if ranked is None else ", ".join(value_text(value, output.type) for value in ranked),
        choices_of(output.allowed),
        text(default) if model.has_default else None,
        tuple(text(cell) for cell in cells),
    )


def _bounds_column(heading: str, bounds: Sequence[datetime | None]) -> WrittenColumn:
    cells = tuple(None if bound is None else bound.isoformat() for bound in bounds)
    return WrittenColumn(NOTE, heading, None, (), None, cells)


def choices_of(allowed: Test | None) -> tuple[str, ...]:
    """The texts for a drop-down list, where the allowed values are a list of texts."""
    if allowed is None or not enumerates(allowed):
        return ()
    return tuple(constant_text(value, Kind.STRING) for value in listed_values(allowed) if isinstance(value, str))


def _without_null(allowed: Test | None) -> Test | None:
    """The allowed values without null, which the Glossary's nullable allows."""
    if isinstance(allowed, OneOf):
        tests = tuple(test for test in allowed.tests if not isinstance(test, IsNull))
        return None if not tests else tests[0] if len(tests) == 1 else OneOf(tests)
    return None if isinstance(allowed, IsNull) else allowed
