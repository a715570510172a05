"""The columns of an event rule sheet: by role, and those that read or fill an attribute with their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.grid import Grid, GridColumn
from forewarn.decision_tables.layout import EVENT_ROLES
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.sheet_dialect import parse_values_cell
from forewarn.decision_tables.syntax import Test
from forewarn.decision_tables.values import Kind, Type, clean_text
from forewarn.errors import Findings, Place
from forewarn.rules import codes
from forewarn.rules.cells import split_heading
from forewarn.rules.column_types import column_type
from forewarn.rules.vocabulary import RuleVocabulary

_SINGLE = ("Event", "Same", "Count", "Within", "Do")
_BY_ATTRIBUTE = ("If", "And", "Without", "With")


class Found(Findings):
    """What was found on one sheet."""

    def note(
        self,
        code: Code,
        message: str,
        place: Place,
        *,
        rule: str | None = None,
        text: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        """Add a finding with its code's hint."""
        self.add(code.finding(message, place, rule=rule, text=text, suggestion=suggestion))

    def problem(self, problem: CellProblem, place: Place, text: str | None, rule: str | None = None) -> None:
        """Add what is wrong with a cell."""
        finding = problem.code.finding(
            problem.message, place, rule=rule, text=text, hint=problem.hint, suggestion=problem.suggestion
        )
        self.add(finding)


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A column that reads or fills ``record.attribute``, with its index in a row."""

    index: int
    heading: str
    record: str
    attribute: str
    type: Type
    allowed: Test | None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a sheet, as indexes in a row: those that stand once by role, those of attributes by role, and
    the notes by their headings in lower case.
    """

    single: Mapping[str, int]
    bound: Mapping[str, tuple[BoundColumn, ...]]
    notes: Mapping[str, int]

    @property
    def complete(self) -> bool:
        """Whether the columns are there without which there are no rules."""
        return "Event" in self.single and "Do" in self.single


def read_columns(grid: Grid, vocabulary: RuleVocabulary, found: Found) -> Columns:
    """Sort the columns of a sheet; what is wrong with them goes to ``found``."""
    return Columns(
        single=_single_columns(grid, found),
        bound={role: tuple(_bound_columns(grid, role, vocabulary, found)) for role in _BY_ATTRIBUTE},
        notes={
            clean_text(column.heading).casefold(): index
            for index, column in enumerate(grid.columns)
            if column.role == "Note"
        },
    )


def _single_columns(grid: Grid, found: Found) -> dict[str, int]:
    single: dict[str, int] = {}
    for index, column in enumerate(grid.columns):
        role_place = replace(column.place, cell=f"{column.letter}2")
        if column.role not in EVENT_ROLES:
            suggestion = nearest(column.role, EVENT_ROLES)
            found.note(codes.UNKNOWN_ROLE, f"{column.role!r} is not a role", role_place, suggestion=suggestion)
        elif column.role in _SINGLE:
            if column.role in single:
                found.note(codes.DUPLICATE_COLUMN, f"a second column {column.role}", role_place)
            single.setdefault(column.role, index)
    for role in ("Event", "Do"):
        if role not in single:
            place = Place(grid.workbook, grid.sheet, "A2")
            found.note(codes.MISSING_COLUMN, f"the sheet has no column with the role {role}", place)
    return single


def _bound_columns(grid: Grid, role: str, vocabulary: RuleVocabulary, found: Found) -> Iterator[BoundColumn]:
    seen: dict[str, GridColumn] = {}
    for index, column in enumerate(grid.columns):
        if column.role != role:
            continue
        heading = clean_text(column.heading)
        if heading in seen:
            found.note(
                codes.DUPLICATE_COLUMN,
                f"{role} {heading} stands in columns {seen[heading].letter} and {column.letter}",
                column.place,
                text=heading,
            )
            continue
        seen[heading] = column
        try:
            record, attribute = split_heading(heading)
            if role != "With" and record not in vocabulary.kinds:
                raise vocabulary.unknown_kind(record, "event or record")
            declared = vocabulary.declared(record, attribute)
            type_ = declared or column_type(row.cells[index] for row in grid.rows)
            allowed = _allowed(column, record, attribute, type_, vocabulary)
        except CellProblem as problem:
            found.problem(problem, column.place, heading)
            continue
        if declared is None and type_ == Type(Kind.STRING) and role != "With":
            found.note(codes.ASSUMED_TEXT, f"{heading} is read as text", column.place, text=heading)
        yield BoundColumn(index, heading, record, attribute, type_, allowed)


def _allowed(column: GridColumn, record: str, attribute: str, type_: Type, vocabulary: RuleVocabulary) -> Test | None:
    """The column's own Values, else the attribute's allowed values."""
    if column.values is not None and not column.values.blank:
        return parse_values_cell(column.values, type_, zone=vocabulary.zone)
    return vocabulary.allowed.get(f"{vocabulary.kinds.record_of(record)}.{attribute}")
