"""What can be mended without asking: spellings of known values, curly quotes, other dashes, spaces at the ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from forewarn.decision_tables.allowed_values import plain_spelling
from forewarn.decision_tables.grid import Grid
from forewarn.decision_tables.layout import lay_out, reserved_name
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.owner_file.files import content_of
from forewarn.decision_tables.owner_file.setting import with_cells
from forewarn.decision_tables.reading.package import column_number
from forewarn.decision_tables.reading.process import ReadingProcess
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.splitting import split
from forewarn.errors import Finding, NotFound, Place, Refused, Severity, UnreadableWorkbook

_WRITABLE = (".xlsx", ".xlsm")
_SPACES = " \t\r\n"
_MOST_ROUNDS = 50
"""A cell with several misspelt values shows the next when one is mended."""

Contents = Mapping[str, bytes | Path]
Find = Callable[[Contents], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that is mended: where it stands, and its text before and after."""

    place: Place
    before: str
    after: str

    def __str__(self) -> str:
        """``policy.xlsx › Sheet!C7: 'L2 investigation ' → 'L2 investigation'``."""
        return f"{self.place}: {self.before!r} → {self.after!r}"


@dataclass(slots=True)
class Mended:
    """Workbooks after mending: the changed ones' contents by name, what was changed, what is left, what could not be.

    ``refused`` are the changes that were safe and could not be written, with the reason.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    refused: list[str] = field(default_factory=list)


def mend(contents: Contents, find: Find) -> Mended:
    """Mend what is safe in the workbooks ``contents``, by their names; nothing is written to any file.

    ``find`` gives the findings of workbooks with such contents. Mended is what differs from a known value only by
    case, invisible characters, curly quotes or dashes, and spaces at the ends of cells of tables; a mend that makes
    more errors of its cells is taken back (elsewhere more may be found, for a mended table is looked at as a whole).
    Cells that compute are left alone. Raises what ``find`` raises.
    """
    with ReadingProcess() as process:
        return _mend(contents, find, _Texts(process))


def _mend(contents: Contents, find: Find, texts: _Texts) -> Mended:
    mended = Mended()
    current: dict[str, bytes | Path] = dict(contents)
    originals: dict[Place, str] = {}
    latest: dict[Place, str] = {}
    found = tuple(find(current))
    for round_number in range(_MOST_ROUNDS):
        proposals = {name: texts.proposals(name, current[name], found, first=round_number == 0) for name in current}
        changed = False
        for name, changes in proposals.items():
            written = _write(current[name], changes, mended) if changes else None
            if written is None:
                continue
            content, done = written
            attempt = {**current, name: content}
            after = tuple(find(attempt))
            if _errors_at(done, after) > _errors_at(done, found):
                mended.refused += [f"{change.place}: left as it is, for more would be wrong then" for change in done]
                texts.given_up.update(change.place for change in done)
                continue
            current, found, changed = attempt, after, True
            mended.contents[name] = content
            for change in done:
                originals.setdefault(change.place, change.before)
                latest[change.place] = change.after
        if not changed:
            break
    mended.changes = [Change(place, originals[place], latest[place]) for place in originals]
    mended.findings = found
    return mended


def _write(source: bytes | Path, changes: Sequence[Change], mended: Mended) -> tuple[bytes, list[Change]] | None:
    """The workbook with the changes that it takes, ``None`` where it takes none."""
    content, done = content_of(source), []
    try:
        return with_cells(content, _cells(changes)), list(changes)
    except (Refused, NotFound, UnreadableWorkbook):
        # One by one, so that a cell that cannot be written leaves the others mended.
        for change in changes:
            try:
                content = with_cells(content, _cells([change]))
            except (Refused, NotFound, UnreadableWorkbook) as error:
                mended.refused.append(f"{change.place}: {error.message}")
            else:
                done.append(change)
    return (content, done) if done else None


def _errors_at(changes: Sequence[Change], found: Sequence[Finding]) -> int:
    places = {change.place for change in changes}
    return sum(one.severity is Severity.ERROR and one.place in places for one in found)


def _cells(changes: Sequence[Change]) -> dict[tuple[str, str], str]:
    return {(change.place.sheet or "", change.place.cell or ""): change.after for change in changes}


@dataclass(slots=True)
class _Texts:
    """The texts of the cells of workbooks, as typed, and what can be proposed for them."""

    process: ReadingProcess
    given_up: set[Place] = field(default_factory=set)
    tried: set[tuple[Place, str]] = field(default_factory=set)

    def proposals(self, name: str, source: bytes | Path, found: Sequence[Finding], *, first: bool) -> list[Change]:
        """The safe changes to one workbook: by its findings and, in the first round, of spaces at the ends."""
        own = [one for one in found if one.place.workbook == name and one.suggestion is not None]
        if PurePath(name).suffix.lower() not in _WRITABLE or not (own or first):
            return []
        try:
            sheets = {sheet.name: sheet for sheet in self.process.read(name, content_of(source)).sheets}
        except UnreadableWorkbook:
            # It is among the findings already.
            return []
        changes: dict[Place, Change] = {}
        if first:
            for sheet in sheets.values():
                changes.update((change.place, change) for change in _spaces(sheet))
        for finding in own:
            place = Place(name, finding.place.sheet, finding.place.cell)
            before = _typed(sheets.get(place.sheet or ""), place.cell or "")
            after = None if before is None else respelt(before, finding.suggestion or "")
            if before is not None and after is not None:
                changes[place] = Change(place, before, after)
        kept = [
            change
            for change in changes.values()
            if change.place not in self.given_up and (change.place, change.before) not in self.tried
        ]
        self.tried.update((change.place, change.before) for change in kept)
        return kept


def respelt(text: str, suggestion: str) -> str | None:
    """``text`` with ``suggestion`` in place of the value that differs from it only in spelling.

    The value is the whole text or one part of a list, ``not(…)`` or ``any of …``; ``None`` where there is no such
    part, and for ``null``, where another case may be meant as a text.
    """
    if suggestion in ("null", "empty"):
        return None
    wanted = _alike(suggestion)
    if text != suggestion and _alike(text) == wanted:
        return suggestion
    for part in _parts(text):
        if part != suggestion and _alike(part) == wanted and text.count(part) == 1:
            return text.replace(part, suggestion)
    return None


def _alike(text: str) -> str:
    return plain_spelling(text).casefold()


def _parts(text: str) -> Iterator[str]:
    inner = text.strip(_SPACES)
    lowered = inner.casefold()
    for opening in ("any of ", "all of ", "none of "):
        if lowered.startswith(opening):
            inner = inner[len(opening) :]
    if lowered.startswith("not") and inner.endswith(")") and "(" in inner:
        inner = inner[inner.index("(") + 1 : -1]
    try:
        parts = split(inner)
    except CellProblem:
        # An open quote or bracket: nobody knows where the parts end.
        return
    yield from (part for part in parts if isinstance(part, str))


def _typed(sheet: Sheet | None, reference: str) -> str | None:
    """The text that was typed into a cell; ``None`` for no text, and for a cell that computes."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    if sheet is None or not letters.isalpha() or not digits:
        return None
    row, column = int(digits), column_number(letters)
    value = sheet.value(row, column)
    return value if isinstance(value, str) and (row, column) not in sheet.formulas else None


def _spaces(sheet: Sheet) -> Iterator[Change]:
    """Cells of a table that begin or end with spaces; the owner's scratch and remarks are left alone."""
    layout = None if reserved_name(sheet.name) is not None else lay_out(sheet)
    if layout is None or layout.grid is None:
        return
    for row, column in _cells_of_table(layout.grid):
        value = sheet.value(row, column)
        if not isinstance(value, str) or (row, column) in sheet.formulas:
            continue
        trimmed = value.strip(_SPACES)
        if trimmed and trimmed != value:
            yield Change(sheet.place(row, column), value, trimmed)


def _cells_of_table(grid: Grid) -> Iterator[tuple[int, int]]:
    columns = [1, *(column_number(column.letter) for column in grid.columns)]
    rows = {1, 2, 3, *(row.number for row in grid.rows)}
    for column in grid.columns:
        for cell in (column.values, column.default):
            digits = (cell.place.cell or "").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if cell is not None else ""
            if digits:
                rows.add(int(digits))
    for row in sorted(rows):
        yield from ((row, number) for number in (columns if row > 1 else columns[:1]))
