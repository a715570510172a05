"""Tables written as a workbook that a process owner can edit, and that reads back to the same versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from forewarn.decision_tables.cell_text import NotInSheets
from forewarn.decision_tables.glossary import GLOSSARY_HEADINGS, TYPES_HEADINGS, GlossaryEntry
from forewarn.decision_tables.instructions import INSTRUCTIONS
from forewarn.decision_tables.layout import IF, NOTE, RESERVED_SHEETS, THEN
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.decision_tables.properties import PROPERTIES_HEADINGS, Property
from forewarn.decision_tables.reading.sheets import column_letter
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import Value
from forewarn.decision_tables.written_columns import WrittenColumn, choices_of, columns_of
from forewarn.decision_tables.written_definitions import WrittenDefinitions, glossary_row, property_row

if TYPE_CHECKING:
    from openpyxl import Workbook as OpenpyxlWorkbook
    from openpyxl.worksheet.worksheet import Worksheet

_ALIASES_HEADINGS = ("for", "spelling", "value")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FREE_ROWS = 200
"""How far below the last rule the drop-down lists and the text format reach."""

_POLICY_NAMES = {
    HitPolicy.UNIQUE: "Unique",
    HitPolicy.ANY: "Any",
    HitPolicy.PRIORITY: "Priority",
    HitPolicy.FIRST: "First",
    HitPolicy.RULE_ORDER: "Rule order",
    HitPolicy.OUTPUT_ORDER: "Output order",
    HitPolicy.COLLECT: "Collect",
    HitPolicy.COLLECT_SUM: "Collect sum",
    HitPolicy.COLLECT_MIN: "Collect min",
    HitPolicy.COLLECT_MAX: "Collect max",
    HitPolicy.COLLECT_COUNT: "Collect count",
}


def write_workbook(
    tables: Iterable[Table | TableModel],
    path: str | Path | IO[bytes],
    *,
    properties: Mapping[str, Value | Property] | None = None,
    more_sheets: Mapping[str, Sequence[Sequence[str | None]]] | None = None,
) -> None:
    """Write tables to an .xlsx file or binary stream, one a sheet, with the reserved sheets that they need.

    Reading the file back gives tables of the same versions, and rules with the same ids. ``properties`` are
    written with those that the tables name; ``more_sheets`` are further sheets as rows of text. Raises
    `NotInSheets` for what the cell language cannot say (a computed input, an empty list).
    """
    models = [table.model if isinstance(table, Table) else table for table in tables]
    book = _Book()
    named: dict[str, Value | Property] = {name: value for model in models for name, value in model.properties}
    named.update(properties or {})
    for model in models:
        book.add_table(model)
    book.add_definitions(models, named)
    for name, rows in (more_sheets or {}).items():
        book.add_rows(name, rows)
    book.finish().save(path)


def new_workbook(
    glossary: Sequence[GlossaryEntry],
    *,
    name: str = "Decision table",
    hit_policy: HitPolicy = HitPolicy.UNIQUE,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> OpenpyxlWorkbook:
    """A workbook with an empty table for the headings of a glossary, ready to be filled in; ``.save(path)`` it.

    ``outputs`` are the headings of Then columns, by default the last; ``inputs`` those of If columns, by
    default the others.
    """
    headings = [entry.heading for entry in glossary]
    results = list(outputs) if outputs is not None else headings[-1:]
    asked = list(inputs) if inputs is not None else [heading for heading in headings if heading not in results]
    by_heading = {entry.heading: entry for entry in glossary}
    columns = [_Draft(IF, heading, by_heading[heading]) for heading in asked]
    columns += [_Draft(THEN, heading, by_heading[heading]) for heading in results]
    book = _Book()
    book.add_draft(name, hit_policy, columns)
    book.add_rows("Glossary", [GLOSSARY_HEADINGS, *(glossary_row(entry) for entry in glossary)])
    return book.finish()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A column of a table that has no rules yet."""

    role: str
    heading: str
    entry: GlossaryEntry


@dataclass(slots=True)
class _Lists:
    """The drop-down lists, on a scratch sheet of their own: inline lists are short and cannot hold commas."""

    columns: dict[tuple[str, ...], str] = field(default_factory=dict)

    def reference(self, choices: tuple[str, ...]) -> str:
        """The range that holds the choices."""
        letter = self.columns.setdefault(choices, column_letter(len(self.columns) + 1))
        return f"_Lists!${letter}$1:${letter}${len(choices)}"


class _Book:
    """A workbook in the making."""

    def __init__(self) -> None:
        # openpyxl is heavy, and reading tables does without it.
        from openpyxl import Workbook  # noqa: PLC0415

        self.book = Workbook()
        for sheet in self.book.worksheets:
            self.book.remove(sheet)
        self.lists = _Lists()

    def add_table(self, model: TableModel) -> None:
        """Write one table."""
        columns = list(columns_of(model))
        rules = [rule.id for rule in model.rules]
        for rule in rules:
            if rule.casefold() in ("values", "default"):
                raise NotInSheets(f"a rule of table {model.name!r} has the id {rule!r}, which names a row of its own")
        self._table(model.name, model.hit_policy, columns, rules)

    def add_draft(self, name: str, hit_policy: HitPolicy, drafts: Sequence[_Draft]) -> None:
        """Write a table without rules."""
        columns = [
            WrittenColumn(draft.role, draft.heading, None, choices_of(draft.entry.allowed), None) for draft in drafts
        ]
        columns.append(WrittenColumn(NOTE, "Why", None, (), None))
        self._table(name, hit_policy, columns, [])

    def _table(self, name: str, policy: HitPolicy, columns: Sequence[WrittenColumn], rules: Sequence[str]) -> None:
        sheet = self._sheet(name)
        _write(sheet, 1, 1, name, bold=True)
        _write_row(sheet, 2, [_POLICY_NAMES[policy], *(column.role for column in columns)], bold=True)
        _write_row(sheet, 3, ["Rule", *(column.heading for column in columns)], bold=True)
        row = 4
        if any(column.values is not None for column in columns):
            _write_row(sheet, row, ["Values", *(column.values for column in columns)])
            row += 1
        sheet.freeze_panes = f"B{row}"
        for index, rule in enumerate(rules):
            _write_row(sheet, row + index, [rule, *(column.cells[index] for column in columns)])
        last = row + len(rules)
        if any(column.default is not None for column in columns):
            _write_row(sheet, last, ["Default", *(column.default for column in columns)])
            last += 1
        self._prepare(sheet, columns, row, last)

    def _prepare(self, sheet: Worksheet, columns: Sequence[WrittenColumn], first: int, last: int) -> None:
        """Widths, drop-down lists, and text format for the rows that are still free."""
        from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - as above

        for position, column in enumerate(columns, start=2):
            letter = column_letter(position)
            longest = max((len(text) for text in (column.heading, *column.cells) if text), default=8)
            sheet.column_dimensions[letter].width = min(max(longest + 2, 10), 60)
            if column.choices:
                # A list of suggestions: cells may hold more than one value, or a test, so nothing is refused.
                choices = DataValidation("list", formula1=self.lists.reference(column.choices), allow_blank=True)
                choices.showErrorMessage = False
                choices.add(f"{letter}{first}:{letter}{last + _FREE_ROWS}")
                sheet.add_data_validation(choices)
            for row in range(last, last + _FREE_ROWS):
                sheet.cell(row, position).number_format = "@"
        sheet.column_dimensions["A"].width = 14

    def add_definitions(self, models: Sequence[TableModel], properties: Mapping[str, Value | Property]) -> None:
        """Write the Glossary, Types, Aliases and Properties sheets that the tables need."""
        definitions = WrittenDefinitions(models)
        self.add_rows("Glossary", [GLOSSARY_HEADINGS, *definitions.glossary])
        if definitions.types:
            self.add_rows("Types", [TYPES_HEADINGS, *definitions.types])
        if definitions.aliases:
            self.add_rows("Aliases", [_ALIASES_HEADINGS, *definitions.aliases])
        if properties:
            rows = [property_row(name, properties[name]) for name in sorted(properties)]
            self.add_rows("Properties", [PROPERTIES_HEADINGS, *rows])

    def add_rows(self, name: str, rows: Iterable[Sequence[str | None]]) -> None:
        """Write a sheet of plain rows; the first holds its headings."""
        sheet = self.book.create_sheet(name)
        widths: dict[int, int] = {}
        for number, texts in enumerate(rows, start=1):
            for position, text in enumerate(texts, start=1):
                _write(sheet, number, position, text, bold=number == 1)
                widths[position] = max(widths.get(position, 8), len(text or ""))
        for position, width in widths.items():
            sheet.column_dimensions[column_letter(position)].width = min(width + 2, 60)
        sheet.freeze_panes = "A2"

    def finish(self) -> OpenpyxlWorkbook:
        """Add the instructions and the lists, and hand the workbook over."""
        sheet = self.book.create_sheet("Instructions")
        for number, (what, text) in enumerate(INSTRUCTIONS, start=1):
            _write(sheet, number, 1, what, bold=True)
            _write(sheet, number, 2, text)
        sheet.column_dimensions["A"].width = 28
        sheet.column_dimensions["B"].width = 100
        if self.lists.columns:
            scratch = self.book.create_sheet("_Lists")
            scratch.sheet_state = "hidden"
            for position, choices in enumerate(self.lists.columns, start=1):
                for number, text in enumerate(choices, start=1):
                    _write(scratch, number, position, text)
        return self.book

    def _sheet(self, name: str) -> Worksheet:
        """A sheet for a table of that name: what Excel forbids in names is left out, A1 has the name whole."""
        plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ") or "Table"
        taken = {title.casefold() for title in self.book.sheetnames} | {title.casefold() for title in RESERVED_SHEETS}
        plain = plain.lstrip("_ ")[:31] or "Table"
        title, repeat = plain, 1
        while title.casefold() in taken:
            repeat += 1
            title = f"{plain[:27]} {repeat}"
        sheet: Worksheet = self.book.create_sheet(title)
        return sheet


def _write_row(sheet: Worksheet, row: int, texts: Sequence[str | None], *, bold: bool = False) -> None:
    for position, text in enumerate(texts, start=1):
        _write(sheet, row, position, text, bold=bold)


def _write(sheet: Worksheet, row: int, column: int, text: str | None, *, bold: bool = False) -> None:
    """Write a text cell: whatever it holds, it is never a formula."""
    if text is None or text == "":
        return
    if len(text) > 32_767 or _CONTROL.search(text):
        raise NotInSheets(f"a cell cannot hold {text[:40]!r}…: it is too long, or has control characters")
    from openpyxl.styles import Font  # noqa: PLC0415 - openpyxl is loaded by who writes

    cell: Any = sheet.cell(row, column)
    # What looks like an escaped character in the file format is escaped itself.
    cell.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text[0] in "=+-@":
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
