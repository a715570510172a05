"""The rows of the Tests sheets: what a table is asked, and what it is to answer.

A row names its table; a column is an input or an output of it by heading or bound name. A blank input is one that is
not given, a blank expectation one that is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.layout import reserved_name
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.literals import CellProblem, refuse_unusable
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn
from forewarn.decision_tables.policies import BAD_INPUT, CONFLICTING_RULES, EXPRESSION_ERROR, NO_UNIQUE_RULE
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.sheet_dialect import parse_output_cell
from forewarn.decision_tables.splitting import is_quoted, split, unquote
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.table_tests.codes import BAD_TEST
from forewarn.decision_tables.values import Kind, Type, Value, clean_text
from forewarn.errors import BadTable, Finding, Place, Severity, UnknownTable

TESTS_SHEET = "Tests"

TABLE, ID, RULE, ERROR, AT, ORIGIN, NOTE = "table", "id", "expected rule", "expected error", "at", "origin", "note"
OWN_HEADINGS = (TABLE, ID, RULE, ERROR, AT, ORIGIN, NOTE)
"""The headings that are the sheet's own; every other one is an input or an output."""

GENERATED = "generated"
"""What stands under ``origin`` in a row that `generate_tests` made, and that generating again replaces."""

ERRORS = (BAD_INPUT, NO_UNIQUE_RULE, CONFLICTING_RULES, EXPRESSION_ERROR)
"""What may stand under ``expected error``."""

_NOTHING = ("null", "empty")


@dataclass(frozen=True, slots=True)
class TableTest:
    """One row: table ``table`` asked for ``inputs`` (by heading) at ``at``, and what it is to answer.

    ``outputs`` are the expected outputs by heading, a tuple of them under R, O and C; ``rules`` the expected rule ids,
    ``error`` the expected kind of error (one of `ERRORS`); what is absent or ``None`` is not looked at. ``cells`` tells
    where each expectation stands.
    """

    table: str
    id: str
    place: Place
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    rules: tuple[str, ...] | None = None
    error: str | None = None
    at: datetime | None = None
    generated: bool = False
    cells: Mapping[str, Place] = field(default_factory=dict)


def read_tests(library: TableSet) -> tuple[tuple[TableTest, ...], tuple[Finding, ...]]:
    """The tests of all Tests sheets, and what is wrong with rows that cannot be understood: those are no tests.

    Rows of a table that is refused are left out; what is wrong with the table is told elsewhere.
    """
    findings: list[Finding] = []
    tests: list[TableTest] = []
    for sheet in library.reserved_sheets:
        if reserved_name(sheet.name) == TESTS_SHEET:
            tests += _Reader(library, sheet, findings).tests()
    return tuple(tests), tuple(findings)


def inputs_of(library: TableSet, name: str, seen: frozenset[str] = frozenset()) -> Iterator[InputColumn]:
    """The inputs that deciding a table can take: its own, then those of the tables that it reads."""
    table = library.table(name)
    yield from table.inputs
    for column in table.inputs:
        needed = column.binding.table if column.binding is not None else None
        if needed is not None and needed not in seen:
            yield from inputs_of(library, needed, seen | {name})


def expected_type(table: Table, column: OutputColumn) -> Type:
    """The type of one value under a heading of outputs; a count is a number whatever is counted."""
    return Type(Kind.NUMBER) if table.model.hit_policy is HitPolicy.COLLECT_COUNT else column.type


class _Reader:
    """Reads one Tests sheet."""

    def __init__(self, library: TableSet, sheet: Sheet, findings: list[Finding]) -> None:
        self.library = library
        self.sheet = sheet
        self.findings = findings
        self.columns: dict[str, int] = {}
        self.others: list[tuple[str, int]] = []
        self.unknown: list[int] = []
        self.tables: dict[str, tuple[dict[str, InputColumn], dict[str, OutputColumn]]] = {}

    def tests(self) -> Iterator[TableTest]:
        """Its rows, in their order."""
        self._headings()
        if TABLE not in self.columns:
            if self.sheet.rows and not self.unknown:
                self._add(
                    f"sheet {self.sheet.name} has no heading {TABLE!r} in row 1",
                    self.sheet.cell(1, 1),
                    hint=f"row 1 holds {', '.join(OWN_HEADINGS[:5])}, and the headings of inputs and outputs",
                )
            return
        for number in self.sheet.numbers():
            if number > 1 and any(not self.sheet.cell(number, column).blank for column in self._all_columns()):
                found = len(self.findings)
                test = self._test(number)
                if test is not None and len(self.findings) == found:
                    yield test

    def _all_columns(self) -> list[int]:
        return [*self.columns.values(), *(column for _, column in self.others)]

    def _headings(self) -> None:
        known = {name for table in self.library.tables for name in self._names_of(table.name)}
        # The headings of a table that is refused are not known.
        refused = any(finding.severity is Severity.ERROR for finding in self.library.findings)
        for number in range(1, self.sheet.width_of(1) + 1):
            heading = clean_text(self.sheet.text(1, number))
            word = " ".join(heading.casefold().split())
            if not heading:
                continue
            if word in OWN_HEADINGS and word not in self.columns:
                self.columns[word] = number
                continue
            self.others.append((heading, number))
            if heading not in known and not refused:
                near = nearest(heading, [*known, *(one for one in OWN_HEADINGS if one not in self.columns)])
                self._add(
                    f"{heading!r} is no input and no output of any table here",
                    self.sheet.cell(1, number),
                    hint=f"did you mean {near}?" if near else f"remarks stand under the heading {NOTE!r}",
                    suggestion=near,
                )
                self.others.pop()
                self.unknown.append(number)

    def _names_of(self, table: str) -> set[str]:
        inputs, outputs = self._of_table(table)
        return inputs.keys() | outputs.keys()

    def _of_table(self, name: str) -> tuple[dict[str, InputColumn], dict[str, OutputColumn]]:
        if name not in self.tables:
            inputs: dict[str, InputColumn] = {}
            try:
                for column in inputs_of(self.library, name):
                    inputs.setdefault(column.heading, column)
                    if column.binding is not None:
                        inputs.setdefault(column.binding.name, column)
            except (UnknownTable, BadTable):
                # A table that it reads is refused: its own inputs are known all the same.
                inputs |= {column.heading: column for column in self.library.table(name).inputs}
            outputs = {column.heading: column for column in self.library.table(name).outputs}
            self.tables[name] = (inputs, outputs)
        return self.tables[name]

    def _test(self, row: int) -> TableTest | None:
        cell = self._cell(row, TABLE)
        name = clean_text(cell.shown)
        if any(not self.sheet.cell(row, column).blank for column in self.unknown):
            # What is wrong is told at the heading.
            return None
        try:
            table = self.library.table(name)
        except BadTable:
            return None
        except UnknownTable as error:
            self._add(f"there is no table {name!r}" if name else "the row names no table", cell, hint=error.hint)
            return None
        inputs, outputs = self._of_table(name)
        error_kind = self._error(row)
        asked: dict[str, Any] = {}
        expected: dict[str, Value] = {}
        places: dict[str, Place] = {}
        for heading, number in self.others:
            cell = self.sheet.cell(row, number)
            if cell.blank:
                continue
            if heading in outputs and heading not in inputs:
                places[heading] = cell.place
                self._expect(table, outputs[heading], cell, expected)
            elif heading in inputs:
                asked[inputs[heading].heading] = self._input(inputs[heading], cell, error_kind)
            else:
                near = nearest(heading, [*inputs, *outputs])
                hint = f"did you mean {near}?" if near else f"leave the cell blank in rows of {name}"
                self._add(f"table {name!r} has no input and no output {heading!r}", cell, hint=hint)
        for heading in (RULE, ERROR):
            if not self._cell(row, heading).blank:
                places[heading] = self._cell(row, heading).place
        rules = self._rules(row)
        return TableTest(
            name,
            clean_text(self._cell(row, ID).shown) or f"row {row}",
            self.sheet.place(row, 1),
            asked,
            expected,
            rules,
            error_kind,
            self._at(row),
            clean_text(self._cell(row, ORIGIN).shown).casefold() == GENERATED,
            places,
        )

    def _cell(self, row: int, heading: str) -> Cell:
        column = self.columns.get(heading)
        return Cell(None, "", self.sheet.place(row, 1)) if column is None else self.sheet.cell(row, column)

    def _input(self, column: InputColumn, cell: Cell, error: str | None) -> Any:
        try:
            return self._value(cell, column.type)
        except CellProblem as problem:
            if error == BAD_INPUT:
                # The row is about a value that the table must refuse.
                return clean_text(cell.shown)
            self._problem(problem, cell)
            return None

    def _expect(self, table: Table, column: OutputColumn, cell: Cell, expected: dict[str, Value]) -> None:
        wanted = expected_type(table, column)
        try:
            if not table.model.hit_policy.many:
                expected[column.heading] = self._value(cell, wanted)
                return
            if wanted.is_list:
                self._add("a list of lists has no form in a cell", cell, hint="leave it blank")
                return
            if not isinstance(cell.value, str):
                expected[column.heading] = (self._value(cell, wanted),)
                return
            refuse_unusable(cell)
            texts = _parts(cell.value)
            expected[column.heading] = tuple(self._value(Cell(text, text, cell.place), wanted) for text in texts)
        except CellProblem as problem:
            self._problem(problem, cell)

    def _value(self, cell: Cell, type: Type) -> Value:
        return parse_output_cell(cell, type, zone=self.library.definitions.zone).value

    def _rules(self, row: int) -> tuple[str, ...] | None:
        cell = self._cell(row, RULE)
        if cell.blank:
            return None
        if clean_text(cell.shown).casefold() in _NOTHING:
            return ()
        try:
            parts = _parts(clean_text(cell.shown))
        except CellProblem as problem:
            self._problem(problem, cell)
            return None
        return tuple(unquote(part) if is_quoted(part) else part for part in parts)

    def _error(self, row: int) -> str | None:
        cell = self._cell(row, ERROR)
        if cell.blank:
            return None
        word = "-".join(clean_text(cell.shown).casefold().replace("-", " ").split())
        if word in ERRORS:
            return word
        near = nearest(word, ERRORS)
        self._add(f"{cell.shown!r} is no kind of error", cell, hint=f"one of {', '.join(ERRORS)}", suggestion=near)
        return None

    def _at(self, row: int) -> datetime | None:
        cell = self._cell(row, AT)
        if cell.blank:
            return None
        try:
            value = self._value(cell, Type(Kind.DATE_AND_TIME))
        except CellProblem as problem:
            self._problem(problem, cell)
            return None
        return value if isinstance(value, datetime) else None

    def _problem(self, problem: CellProblem, cell: Cell) -> None:
        self._add(problem.message, cell, hint=problem.hint, suggestion=problem.suggestion)

    def _add(self, message: str, cell: Cell, *, hint: str | None = None, suggestion: str | None = None) -> None:
        self.findings.append(
            BAD_TEST.finding(message, cell.place, text=cell.shown or None, hint=hint, suggestion=suggestion)
        )


def _parts(text: str) -> list[str]:
    """The parts of a cell that lists something. Raises `CellProblem`."""
    return [part if isinstance(part, str) else part.text for part in split(text)]
