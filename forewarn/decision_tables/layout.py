"""From a sheet to a `Grid`: the name, what the sheet is, its columns with role and heading, its rows.

What is expected where is the contract of the sheet: A1 the name, A2 the kind, row 2 roles, row 3 headings, an
optional ``Values`` row 4, rules below with their ids in column A, and one optional ``Default`` row.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from forewarn.decision_tables import codes
from forewarn.decision_tables.grid import Cell, CellError, Grid, GridColumn, GridRow
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.reading.sheets import Sheet, column_letter
from forewarn.decision_tables.values import clean_text
from forewarn.errors import Finding, Severity

RESERVED_SHEETS = (
    "Glossary",
    "Properties",
    "Aliases",
    "Expressions",
    "Types",
    "Tests",
    "Scenarios",
    "History",
    "Instructions",
    "About",
)

EVENT_RULES = "Event rules"

IF, THEN, NOTE = "If", "Then", "Note"
IF_EXPRESSION, THEN_EXPRESSION = "If expression", "Then expression"
TABLE_ROLES = (IF, THEN, NOTE, IF_EXPRESSION, THEN_EXPRESSION)
EVENT_ROLES = ("Event", IF, "Same", "Count", "Within", "Without", "And", "Do", "With", NOTE)

_POLICY_WORDS = {
    "unique": HitPolicy.UNIQUE,
    "any": HitPolicy.ANY,
    "priority": HitPolicy.PRIORITY,
    "first": HitPolicy.FIRST,
    "rule order": HitPolicy.RULE_ORDER,
    "output order": HitPolicy.OUTPUT_ORDER,
    "collect": HitPolicy.COLLECT,
    "collect sum": HitPolicy.COLLECT_SUM,
    "collect min": HitPolicy.COLLECT_MIN,
    "collect max": HitPolicy.COLLECT_MAX,
    "collect count": HitPolicy.COLLECT_COUNT,
}

_FIRST_RULE_ROW = 4
_MOST_COLUMNS = 1_000


def hit_policy_of(text: str) -> HitPolicy | None:
    """The hit policy that A2 names by letter or by word, in any case; ``None`` for anything else."""
    word = " ".join(text.casefold().split())
    if word in _POLICY_WORDS:
        return _POLICY_WORDS[word]
    letter = text.upper().replace(" ", "")
    return HitPolicy(letter) if letter in HitPolicy._value2member_map_ else None


def is_event_sheet(kind: str) -> bool:
    """Whether A2 says that the sheet holds event rules."""
    return " ".join(kind.casefold().split()) == EVENT_RULES.casefold()


def reserved_name(sheet_name: str) -> str | None:
    """The reserved name that a sheet bears, in its own spelling, or ``None``."""
    name = clean_text(sheet_name).casefold()
    return next((reserved for reserved in RESERVED_SHEETS if reserved.casefold() == name), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet laid out: the name, the grid if the sheet is understood so far, and what was found on the way."""

    name: str
    grid: Grid | None
    findings: tuple[Finding, ...]


def lay_out(
    sheet: Sheet, *, table_roles: tuple[str, ...] = TABLE_ROLES, event_roles: tuple[str, ...] = EVENT_ROLES
) -> Layout | None:
    """Lay out one sheet; ``None`` for a sheet that is empty.

    ``table_roles`` are the role words of decision tables, ``event_roles`` those of event rule sheets.
    Reserved sheets, and the owner's scratch (``_`` first), are the caller's to leave out.
    """
    if not any(_filled(sheet)):
        return None
    kind = sheet.text(2, 1)
    event = is_event_sheet(kind)
    if not event and hit_policy_of(kind) is None:
        return Layout(_name(sheet), None, (_unknown_kind(sheet, kind),))
    return _Reader(sheet, kind, event_roles if event else table_roles, event=event).read()


def _name(sheet: Sheet) -> str:
    return clean_text(sheet.text(1, 1)) or sheet.name


def _filled(sheet: Sheet) -> Iterator[bool]:
    for number in sheet.numbers():
        if any(not _empty(sheet, number, column) for column in range(1, sheet.width_of(number) + 1)):
            yield True


def _empty(sheet: Sheet, row: int, column: int) -> bool:
    """Whether nothing stands in a cell, no formula either."""
    if (row, column) in sheet.formulas:
        return False
    value = sheet.value(row, column)
    return value is None or (isinstance(value, str) and not value.strip())


def _unknown_kind(sheet: Sheet, kind: str) -> Finding:
    known = [word.capitalize() for word in _POLICY_WORDS] + [EVENT_RULES]
    near = difflib.get_close_matches(kind.capitalize(), known, n=1, cutoff=0.6)
    if not kind:
        message = "A2 is blank: it says what the sheet is"
        hint = "write a hit policy there (Unique, First, …), or let the sheet's name start with _ to keep it as scratch"
    else:
        message = f"{kind!r} is neither a hit policy nor {EVENT_RULES}"
        hint = f"did you mean {near[0]}?" if near else codes.UNKNOWN_KIND.hint
    return codes.UNKNOWN_KIND.finding(
        message, sheet.place(2, 1), text=kind or None, hint=hint, suggestion=near[0] if near else None
    )


@dataclass(slots=True)
class _Column:
    number: int
    role: str
    heading: str


class _Reader:
    """Lays out one sheet whose kind is known, collecting findings."""

    def __init__(self, sheet: Sheet, kind: str, roles: tuple[str, ...], *, event: bool) -> None:
        self.sheet = sheet
        self.kind = kind
        self.roles = {role.casefold(): role for role in roles}
        self.event = event
        self.findings: list[Finding] = []

    def read(self) -> Layout:
        columns = self._columns()
        if len(columns) > _MOST_COLUMNS:
            self._add(codes.TOO_LARGE, f"the table has {len(columns)} columns, more than {_MOST_COLUMNS}", 3, 2)
            return Layout(_name(self.sheet), None, tuple(self.findings))
        values_row, default_row, rule_rows = self._row_kinds(columns)
        rows = tuple(self._rows(columns, rule_rows))
        self._parts_around(columns, [row.number for row in rows])
        sheet = self.sheet
        grid = Grid(
            workbook=sheet.workbook,
            sheet=sheet.name,
            name=_name(sheet),
            kind=self.kind,
            columns=tuple(
                GridColumn(
                    role=column.role,
                    heading=column.heading,
                    letter=column_letter(column.number),
                    place=sheet.place(3, column.number),
                    values=None if values_row is None else sheet.cell(values_row, column.number),
                    default=None if default_row is None else sheet.cell(default_row, column.number),
                )
                for column in columns
            ),
            rows=rows,
        )
        if not columns or not rows:
            missing = "columns" if not columns else "rules"
            self._add(codes.NO_COLUMNS, f"the table has no {missing}", 3 if not columns else _FIRST_RULE_ROW, 1)
        usable = columns and not any(
            finding.severity is Severity.ERROR and finding.code in _FATAL for finding in self.findings
        )
        return Layout(grid.name, grid if usable else None, tuple(self.findings))

    def _add(
        self,
        code: codes.Code,
        message: str,
        row: int,
        column: int,
        *,
        hint: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        text = self.sheet.text(row, column) or None
        place = self.sheet.place(row, column)
        self.findings.append(code.finding(message, place, text=text, hint=hint, suggestion=suggestion))

    def _columns(self) -> list[_Column]:
        columns: list[_Column] = []
        gap: int | None = None
        seen: dict[str, int] = {}
        for number in range(2, self.sheet.width + 2):
            role, heading = self.sheet.text(2, number), clean_text(self.sheet.text(3, number))
            if not role and not heading:
                gap = gap or number
                continue
            if gap is not None:
                self._add(
                    codes.STRAY_COLUMN,
                    f"column {column_letter(number)} stands behind the empty column {column_letter(gap)}",
                    2 if role else 3,
                    number,
                )
                continue
            if not role or not heading:
                missing = "role" if not role else "heading"
                roles = ", ".join(self.roles.values())
                hint = f"write its role here: {roles}" if not role else "write its heading here"
                self._add(codes.HALF_COLUMN, f"the column has no {missing}", 2 if not role else 3, number, hint=hint)
                continue
            self._usable(2, number, "the column's role")
            self._usable(3, number, "the column's heading")
            known = self.roles.get(" ".join(role.casefold().split()))
            if known is None:
                self._unknown_role(role, number)
                continue
            if heading in seen and not self.event:
                self._add(
                    codes.DUPLICATE_HEADING,
                    f"heading {heading!r} stands in columns {column_letter(seen[heading])} and {column_letter(number)}",
                    3,
                    number,
                )
                continue
            seen[heading] = number
            columns.append(_Column(number, known, heading))
        if gap is not None and gap <= self.sheet.width:
            self.findings.append(
                codes.SCRATCH.finding(
                    f"columns from {column_letter(gap)} on are scratch: rows 2 and 3 are empty there",
                    self.sheet.place(3, gap),
                )
            )
        return columns

    def _usable(self, row: int, column: int, what: str) -> None:
        """A finding where an id, role or heading is a formula or an error value."""
        value = self.sheet.value(row, column)
        if isinstance(value, CellError):
            self._add(codes.ERROR_VALUE, f"{what} is the error value {value.text}", row, column)
        elif (row, column) in self.sheet.formulas:
            self._add(codes.FORMULA, f"{what} is a formula", row, column)

    def _unknown_role(self, role: str, number: int) -> None:
        near = difflib.get_close_matches(role.casefold(), self.roles, n=1, cutoff=0.6)
        suggestion = self.roles[near[0]] if near else None
        hint = f"did you mean {suggestion}?" if suggestion else f"use {', '.join(self.roles.values())}"
        self._add(codes.UNKNOWN_ROLE, f"{role!r} is not a column's role", 2, number, hint=hint, suggestion=suggestion)

    def _row_kinds(self, columns: list[_Column]) -> tuple[int | None, int | None, list[int]]:
        """The Values row, the Default row and the rules' rows, by their numbers."""
        values_row: int | None = None
        default_row: int | None = None
        rules: list[int] = []
        for number in self.sheet.numbers():
            if number < _FIRST_RULE_ROW:
                continue
            mark = self.sheet.text(number, 1)
            if mark.casefold() == "values":
                if number == _FIRST_RULE_ROW:
                    values_row = number
                else:
                    self._add(codes.MISPLACED_ROW, f"a Values row stands in row {number}", number, 1)
            elif mark.casefold() == "default":
                if default_row is None:
                    default_row = number
                else:
                    self._add(codes.MISPLACED_ROW, f"a second Default row; the first is row {default_row}", number, 1)
            elif mark or any(not _empty(self.sheet, number, column.number) for column in columns):
                rules.append(number)
        return values_row, default_row, rules

    def _rows(self, columns: list[_Column], numbers: list[int]) -> Iterator[GridRow]:
        outputs = [index for index, column in enumerate(columns) if column.role in (THEN, THEN_EXPRESSION)]
        seen: dict[str, int] = {}
        for number in numbers:
            identity = clean_text(self.sheet.text(number, 1)) or None
            self._usable(number, 1, "the rule's id")
            cells = tuple(self.sheet.cell(number, column.number) for column in columns)
            if not self.event and outputs and all(cells[index].blank for index in outputs):
                self._no_output(number, identity, columns, outputs, cells)
                continue
            if identity is not None and identity in seen:
                self._add(
                    codes.DUPLICATE_RULE,
                    f"rule id {identity!r} stands in rows {seen[identity]} and {number}",
                    number,
                    1,
                )
                continue
            if identity is not None:
                seen[identity] = number
            yield GridRow(identity, number, cells)

    def _no_output(
        self, number: int, identity: str | None, columns: list[_Column], outputs: list[int], cells: tuple[Cell, ...]
    ) -> None:
        formula = next((index for index in outputs if cells[index].is_formula), None)
        if formula is not None:
            self._add(
                codes.NO_CACHED_VALUE, "the cell is a formula without a stored value", number, columns[formula].number
            )
            return
        self.findings.append(
            codes.NO_OUTPUT.finding(
                "the row has no output", cells[outputs[0]].place, rule=identity, text=self._row_text(number)
            )
        )

    def _row_text(self, number: int) -> str | None:
        texts = [self.sheet.text(number, column) for column in range(1, self.sheet.width_of(number) + 1)]
        return next((text for text in texts if text), None)

    def _parts_around(self, columns: list[_Column], rows: list[int]) -> None:
        """Findings on merged and hidden parts, and on a used range far beyond the table."""
        sheet = self.sheet
        last_column = columns[-1].number if columns else 1
        last_row = max(sheet.rows, default=0)
        for top, left, bottom, right in sheet.merged:
            if bottom >= 2 and top <= last_row and left <= last_column:
                self._add(
                    codes.MERGED,
                    f"cells {column_letter(left)}{top}:{column_letter(right)}{bottom} are merged",
                    top,
                    left,
                )
        if sheet.state != "visible":
            self._add(codes.HIDDEN, "the sheet is hidden, its rules count", 1, 1)
        hidden = [row for row in rows if row in sheet.hidden_rows]
        if hidden:
            self._add(codes.HIDDEN, f"hidden rows count as rules: {_ranges(hidden)}", hidden[0], 1)
        covered = [
            column.number
            for column in columns
            if any(first <= column.number <= last for first, last in sheet.hidden_columns)
        ]
        if covered:
            letters = ", ".join(column_letter(number) for number in covered)
            self._add(codes.HIDDEN, f"hidden columns count: {letters}", 3, covered[0])
        if sheet.last_row > 1000 and sheet.last_row > 10 * max(last_row, 1):
            self._add(
                codes.LONG_RANGE,
                f"the sheet is used down to row {sheet.last_row}, the last value stands in row {last_row}",
                last_row,
                1,
            )


def _ranges(numbers: list[int]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts)


_FATAL = frozenset(
    code.code for code in (codes.UNKNOWN_ROLE, codes.HALF_COLUMN, codes.STRAY_COLUMN, codes.DUPLICATE_HEADING)
)
"""Findings after which the columns are not known well enough to read their cells."""
