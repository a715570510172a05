"""Event rule sheets for the tests, built cell by cell as a process owner would type them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from forewarn.decision_tables.grid import Cell, Grid, GridColumn, GridRow
from forewarn.errors import Place
from forewarn.rules import Fact, ReadRules, RuleSet, RuleVocabulary, read_event_rules
from forewarn.rules.sheet import ALONE

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def letter(number: int) -> str:
    """The letter of a column, 1 is A."""
    return chr(ord("A") + number - 1) if number <= 26 else letter((number - 1) // 26) + letter((number - 1) % 26 + 1)


def grid(
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    *,
    name: str = "Rules",
    formula: str | None = None,
) -> Grid:
    """A sheet of these (role, heading) columns and rows; each row's first item is its id, ``None`` is a blank cell.

    ``formula`` is the address of a cell that is a formula.
    """
    book = "events.xlsx"

    def cell(row: int, column: int, value: Any) -> Cell:
        place = Place(book, name, f"{letter(column)}{row}")
        shown = "" if value is None else str(value)
        return Cell(value, shown, place, is_formula=formula == place.cell)

    return Grid(
        workbook=book,
        sheet=name,
        name=name,
        kind="Event rules",
        columns=tuple(
            GridColumn(role, heading, letter(number), Place(book, name, f"{letter(number)}3"))
            for number, (role, heading) in enumerate(columns, start=2)
        ),
        rows=tuple(
            GridRow(
                row[0],
                number,
                tuple(cell(number, column, value) for column, value in enumerate(row[1:], start=2)),
            )
            for number, row in enumerate(rows, start=4)
        ),
    )


def read(*grids: Grid, vocabulary: RuleVocabulary = ALONE) -> ReadRules:
    """Read sheets, whatever is found."""
    return read_event_rules(grids, vocabulary=vocabulary)


def rules_of(*grids: Grid, vocabulary: RuleVocabulary = ALONE) -> RuleSet:
    """The rules of sheets that must be in order."""
    found = read(*grids, vocabulary=vocabulary)
    assert not found.refused, [str(finding) for finding in found.findings]
    return found.rule_set


def errors(found: ReadRules) -> list[tuple[str, str | None]]:
    """The code and cell of each finding that refuses a sheet."""
    return [(finding.code, finding.place.cell) for finding in found.findings if finding.severity == "error"]


def alert(identity: str, seconds: float = 0, /, *, kind: str = "alert", fresh: bool = True, **attributes: Any) -> Fact:
    """A fact so many seconds after `START`."""
    return Fact(kind, identity, START + timedelta(seconds=seconds), attributes, fresh=fresh)


STOCK = grid(
    [
        ("Event", "Event"),
        ("If", "alert.ci"),
        ("Same", "Same"),
        ("And", "incident.phase"),
        ("Without", "incident.phase"),
        ("Do", "Do"),
        ("With", "incident.category"),
        ("Note", "Why"),
    ],
    [
        ["R01", "alert", "not(empty)", "alert.ci", "open", None, "add to incident", None, "joins"],
        ["R02", "alert", "not(empty)", "alert.ci", None, "open", "open incident", "{alert.category}", "opens"],
        ["R03", "alert", "empty", None, None, None, "open incident", "{alert.category}", "unknown impact"],
        ["R04", "clear", "-", None, None, None, "ignore", None, "closes nothing"],
    ],
    name="Alert Rules",
)
