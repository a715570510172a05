"""What the forms are made from: findings, and where the files lie that they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.owner_file.sheet_cells import area_of
from forewarn.errors import Finding, Place, Severity

_LINE = re.compile(r"line (\d+)\Z")


@dataclass(frozen=True, slots=True)
class Report:
    """Findings to be printed. ``folder`` leads from where the command was called to the files, with ``/``.

    ``codes`` are all kinds of findings that there are; ``fatal`` are the severities that fail the check.
    """

    findings: Sequence[Finding]
    folder: str = ""
    codes: Mapping[str, Code] = field(default_factory=dict)
    fatal: frozenset[Severity] = frozenset({Severity.ERROR})
    version: str = ""

    def path(self, place: Place) -> str | None:
        """The file of a place, from where the command was called."""
        if place.workbook is None:
            return None
        return f"{self.folder}/{place.workbook}" if self.folder else place.workbook


@dataclass(frozen=True, slots=True)
class Position:
    """A place as other tools count: a cell's row is its line, its column its column; all from 1."""

    line: int
    column: int | None = None
    last_line: int | None = None
    last_column: int | None = None


def position_of(place: Place) -> Position | None:
    """The position of a cell, a range, or a line of a text file; ``None`` where the place has none."""
    cell = place.cell or ""
    line = _LINE.match(cell)
    if line is not None:
        return Position(max(int(line[1]), 1))
    area = area_of(cell)
    if area is None:
        return None
    if (area.top, area.left) == (area.bottom, area.right):
        return Position(area.top, area.left)
    return Position(area.top, area.left, area.bottom, area.right)


def cell_name(place: Place) -> str:
    """``Sheet!C7``, shortened to what is known."""
    return "!".join(part for part in (place.sheet, place.cell) if part)


def sentence(finding: Finding) -> str:
    """Message, hint and suggestion in one line."""
    text = finding.message
    if finding.hint:
        text += f" ({finding.hint})"
    if finding.suggestion and finding.suggestion not in (finding.hint or ""):
        text += f" (did you mean {finding.suggestion!r}?)"
    return text
