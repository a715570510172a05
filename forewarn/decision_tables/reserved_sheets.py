"""Rows of a reserved sheet by the headings of its first row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem, refuse_unusable
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.values import clean_text
from forewarn.errors import Finding, Place


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by the sheet's heading words; `cell` gives a blank one where a column is not there."""

    sheet: Sheet
    number: int
    cells: dict[str, Cell]

    def cell(self, heading: str) -> Cell:
        """The cell under a heading."""
        return self.cells.get(heading) or Cell(None, "", self.place)

    def text(self, heading: str) -> str:
        """The text under a heading as its owner sees it, trimmed and in NFC; empty where blank."""
        return clean_text(self.cell(heading).shown)

    @property
    def place(self) -> Place:
        """Where the row begins."""
        return self.sheet.place(self.number, 1)


def rows_of(sheet: Sheet, headings: Sequence[str], findings: list[Finding]) -> Iterator[Row]:
    """The rows of a reserved sheet whose first row holds ``headings`` in any order and case; others are ignored.

    A missing first heading, a heading that is nearly one of them, formulas and error values become findings.
    """
    columns: dict[str, int] = {}
    for number in range(1, len(sheet.rows.get(1, ())) + 1):
        word = " ".join(sheet.text(1, number).casefold().split())
        if word in headings:
            columns.setdefault(word, number)
        elif word and (near := nearest(word, [name for name in headings if name not in columns])) is not None:
            findings.append(
                codes.GLOSSARY.finding(
                    f"{sheet.text(1, number)!r} is not a heading of sheet {sheet.name}",
                    sheet.place(1, number),
                    text=sheet.text(1, number),
                    hint=f"did you mean {near}?",
                    suggestion=near,
                )
            )
    if headings[0] not in columns:
        if sheet.rows:
            findings.append(
                codes.GLOSSARY.finding(
                    f"sheet {sheet.name} has no heading {headings[0]!r} in row 1",
                    sheet.place(1, 1),
                    hint=f"row 1 holds {', '.join(headings)}",
                )
            )
        return
    for number in sheet.numbers():
        if number == 1:
            continue
        row = Row(sheet, number, {word: sheet.cell(number, column) for word, column in columns.items()})
        if all(cell.blank for cell in row.cells.values()):
            continue
        problem = _unusable(row)
        if problem is not None:
            findings.append(problem)
            continue
        yield row


def _unusable(row: Row) -> Finding | None:
    for cell in row.cells.values():
        try:
            refuse_unusable(cell)
        except CellProblem as problem:
            return finding_of(problem, cell)
    return None


def finding_of(problem: CellProblem, cell: Cell, rule: str | None = None) -> Finding:
    """The finding that a cell's problem makes."""
    return problem.code.finding(
        problem.message,
        cell.place,
        rule=rule,
        text=cell.shown or None,
        hint=problem.hint,
        suggestion=problem.suggestion,
    )
