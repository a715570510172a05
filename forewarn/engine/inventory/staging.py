"""Collecting the rows of all files, kind by kind, before anything is written.

Nothing here reads the store: a row that passes is typed and complete in itself; whether the records exist
that it refers to, and whether it says anything new, is seen when it is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from forewarn.engine.inventory.cells import (
    BadCell,
    Stored,
    check_characters,
    extra_value,
    field_value,
    longest,
    shows_leading_zeros,
)
from forewarn.engine.inventory.codes import Code
from forewarn.engine.inventory.headings import (
    Column,
    Columns,
    kind_named,
    kinds_with_headings,
    nearest_heading,
    nearest_kind,
    read_headings,
)
from forewarn.engine.inventory.json_lines import JsonLine
from forewarn.engine.inventory.kinds import KINDS, Field, Kind
from forewarn.engine.inventory.source import LinesOrigin, Origin, RawRow, RawTable
from forewarn.errors import Finding, ForewarnError, Place

MOST_ROWS = 1_000_000
"""Rows of one load: they are held in memory (about a kilobyte each) until all references can be looked up."""

_LONGEST_HEADING = 255
_NO_EXTRA: Mapping[str, object] = MappingProxyType({})
_MOST_LAYOUTS = 1_000
"""Different sets of keys in JSON lines whose meaning is kept for later lines."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a row needs to know of its table: origin, columns, and how each of them is read."""

    origin: Origin
    columns: Columns
    fields: tuple[tuple[int, Field, int], ...]
    extras: tuple[tuple[int, str], ...]

    def place(self, number: int, column: str | None = None) -> Place:
        """The place of row ``number``, or of its cell in the column of that name in the store."""
        index = next((index for index, known, _ in self.fields if known.column == column), None)
        return self.origin.place(number, index)


@dataclass(slots=True)
class StagedRow:
    """One good row: its values by column of the store, and its unknown columns.

    References are as typed until they are looked up, and the id of a record from then on.
    """

    layout: Layout
    number: int
    values: dict[str, Stored | int]
    extra: Mapping[str, object]

    def place(self, column: str | None = None) -> Place:
        """Where the row, or its value for that column, stands."""
        return self.layout.place(self.number, column)


@dataclass(slots=True)
class _LostZeros:
    """A column in which a spreadsheet shows zeros that its numbers do not have: the first such cell, and how many."""

    place: Place
    shown: str
    value: Stored
    count: int = 1


class Staging:
    """The rows of a load by kind, what is wrong with the others, and how many those are.

    ``refused_names`` has, by kind, the numbers and names of rows that were refused, and where the first of
    each stands: a row that refers to one of them is told so.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[StagedRow]] = {name: [] for name in KINDS}
        self.refused: Counter[str] = Counter()
        self.refused_names: dict[str, dict[str, Place]] = {name: {} for name in KINDS}
        self.findings: list[Finding] = []
        self._count = 0
        self._lost_zeros: dict[tuple[int, int], _LostZeros] = {}
        self._json_layouts: dict[tuple[str, str, tuple[str, ...]], Layout] = {}
        self._unknown: set[tuple[str | None, str, str]] = set()

    def add_table(self, table: RawTable) -> None:
        """Stage all rows of a csv file or a sheet."""
        kind = self._kind_of(table)
        if kind is None:
            return
        layout = self._layout(kind, table.origin, table.headings, table.heading_row)
        for row in table.rows:
            if layout is None:
                self._count_refused(kind)
            elif row.fault is not None:
                self._count_refused(kind)
                self.findings.append(Code.BROKEN_ROW.at(table.origin.place(row.number), row.fault, hint=row.hint))
            else:
                self._add_row(kind, layout, row)
        self._report_lost_zeros()

    def add_json_line(self, line: JsonLine, label: str, file_kind: Kind | None) -> None:
        """Stage one JSON line; ``file_kind`` is what the file's name says, for lines that do not say their kind."""
        place = LinesOrigin(label, ()).place(line.number)
        if line.fields is None:
            self._count_refused(file_kind)
            self.findings.append(Code.BROKEN_ROW.at(place, line.fault or "the line cannot be read", hint=line.hint))
            return
        fields = dict(line.fields)
        named = fields.pop("kind", None)
        kind = file_kind if named is None else kind_named(named) if isinstance(named, str) else None
        if kind is None:
            self._count_refused(None)
            self.findings.append(_unknown_json_kind(place, named))
            return
        headings = tuple(fields)
        layout = self._json_layout(kind, label, headings, line.number)
        if layout is None:
            self._count_refused(kind)
        else:
            self._add_row(kind, layout, RawRow(line.number, tuple(fields.values())))

    def _json_layout(self, kind: Kind, label: str, keys: tuple[str, ...], number: int) -> Layout | None:
        """The layout of a line with these keys; lines with the same keys share one."""
        known = self._json_layouts.get((label, kind.name, keys))
        if known is not None:
            return known
        layout = self._layout(kind, LinesOrigin(label, keys), keys, number)
        if layout is not None and len(self._json_layouts) < _MOST_LAYOUTS:
            self._json_layouts[label, kind.name, keys] = layout
        return layout

    def _count_refused(self, kind: Kind | None) -> None:
        self.refused[kind.name if kind else ""] += 1

    def _kind_of(self, table: RawTable) -> Kind | None:
        for name in table.names:
            if kind := kind_named(name):
                return kind
        place = table.origin.place(table.heading_row)
        fitting = kinds_with_headings(table.headings)
        if len(fitting) == 1:
            kind = fitting[0]
            self.findings.append(
                Code.KIND_FROM_HEADINGS.at(
                    place, f"the rows are taken as {kind.sheet} by their headings", hint=f"name them {kind.sheet}"
                )
            )
            return kind
        name = table.names[0]
        suggestion = nearest_kind(name)
        hint = f"name it {suggestion or 'after a kind: ' + ', '.join(kind.sheet for kind in KINDS.values())}"
        if table.optional:
            self.findings.append(
                Code.NOT_READ.at(
                    place, f"{name!r} is no kind of record; the sheet is not read", hint=hint, suggestion=suggestion
                )
            )
            return None
        several = " and ".join(kind.sheet for kind in fitting)
        reason = f"; the headings fit {several} alike" if fitting else ""
        self.findings.append(
            Code.UNKNOWN_KIND.at(
                place,
                f"what kind of records these are cannot be told from the name {name!r}{reason}",
                hint=hint,
                suggestion=suggestion,
            )
        )
        for _ in table.rows:
            self._count_refused(None)
        return None

    def _layout(self, kind: Kind, origin: Origin, headings: tuple[str, ...], row: int) -> Layout | None:
        """Read the headings and report what is wrong with them; none where no row can be read under them."""
        columns = read_headings(kind, headings)
        for first, second in columns.doubled:
            meaning = first.field.heading if first.field else first.heading
            self.findings.append(
                Code.HEADINGS.at(
                    origin.place(row, second.index),
                    f"{second.heading!r} means the same as {first.heading!r}: {meaning}",
                    hint="keep one of the two columns",
                    text=second.heading,
                    related=(origin.place(row, first.index),),
                )
            )
        if not columns.identifies():
            wanted = " or ".join(kind.headings(alternative) for alternative in kind.identity)
            self.findings.append(
                Code.HEADINGS.at(
                    origin.place(row),
                    f"no column tells one {_spoken(kind)} from another: {wanted} is missing",
                    hint=f"add the heading {wanted}",
                )
            )
        no_text = [
            fault for column in columns.unknown if (fault := _heading_fault(origin.place(row, column.index), column))
        ]
        self.findings.extend(no_text)
        if columns.doubled or not columns.identifies() or no_text:
            return None
        for column in columns.unknown:
            self._report_unknown(kind, origin.place(row, column.index), column.heading)
        return Layout(
            origin,
            columns,
            tuple(
                (column.index, column.field, longest(kind, column.field)) for column in columns.columns if column.field
            ),
            tuple((column.index, column.heading) for column in columns.unknown),
        )

    def _report_unknown(self, kind: Kind, place: Place, heading: str) -> None:
        # JSON lines have headings of their own each; one word a file is enough.
        if (place.workbook, kind.name, heading) in self._unknown:
            return
        self._unknown.add((place.workbook, kind.name, heading))
        near = nearest_heading(kind, heading)
        code = Code.MISSPELT_HEADING if near else Code.KEPT_AS_EXTRA
        self.findings.append(
            code.at(
                place,
                f"{heading!r} is no heading of {kind.sheet}; the column is kept as an extra field",
                hint=f"is {near} meant?" if near else None,
                text=heading,
                suggestion=near,
            )
        )

    def _add_row(self, kind: Kind, layout: Layout, row: RawRow) -> None:
        self._count += 1
        if self._count > MOST_ROWS:
            raise ForewarnError(
                f"more than {MOST_ROWS:,} rows in one load",
                place=layout.place(row.number),
                hint="load the files in several goes, what is referred to first",
            )
        cells = row.cells
        values: dict[str, Stored | int] = {}
        good = True
        for index, known, length in layout.fields:
            raw = cells[index] if index < len(cells) else None
            try:
                value = field_value(known, raw, length)
                if row.shown and shows_leading_zeros(known, raw, row.shown[index]):
                    self._note_lost_zeros(layout, row, index, value)
            except BadCell as bad:
                good = self._refuse_cell(layout, row.number, index, known.heading, bad)
                continue
            if value is None and known.required:
                self.findings.append(
                    Code.BLANK.at(
                        layout.origin.place(row.number, index),
                        f"{known.heading} is blank",
                        hint=f"type {known.meaning}",
                    )
                )
                good = False
            values[known.column] = known.default if value is None else value
        extra: dict[str, object] = {}
        for index, heading in layout.extras:
            try:
                extra[heading] = extra_value(cells[index] if index < len(cells) else None)
            except BadCell as bad:
                good = self._refuse_cell(layout, row.number, index, heading, bad)
        if good and not any(all(values.get(part) for part in alternative) for alternative in kind.identity):
            wanted = " or ".join(kind.headings(alternative) for alternative in kind.identity)
            self.findings.append(
                Code.BLANK.at(layout.place(row.number), f"{wanted} is blank", hint=f"type the {wanted}")
            )
            good = False
        if good:
            self.rows[kind.name].append(StagedRow(layout, row.number, values, extra or _NO_EXTRA))
        else:
            self._count_refused(kind)
            self.note_refused(kind, values, layout.place(row.number))

    def note_refused(self, kind: Kind, values: Mapping[str, object], place: Place) -> None:
        """Remember that the row at ``place``, which says ``values``, was refused."""
        for column in kind.named_by:
            name = values.get(column)
            if isinstance(name, str):
                self.refused_names[kind.name].setdefault(name, place)

    def _refuse_cell(self, layout: Layout, number: int, index: int, heading: str, bad: BadCell) -> bool:
        self.findings.append(
            Code.BAD_VALUE.at(
                layout.origin.place(number, index),
                f"{heading}: {bad.message}",
                hint=bad.hint,
                suggestion=bad.suggestion,
            )
        )
        return False

    def _note_lost_zeros(self, layout: Layout, row: RawRow, index: int, value: Stored) -> None:
        key = (id(layout), index)
        if key in self._lost_zeros:
            self._lost_zeros[key].count += 1
        else:
            shown = row.shown[index] or ""
            self._lost_zeros[key] = _LostZeros(layout.origin.place(row.number, index), shown, value)

    def _report_lost_zeros(self) -> None:
        for lost in self._lost_zeros.values():
            others = f", and {lost.count - 1:,} more cells of the column" if lost.count > 1 else ""
            self.findings.append(
                Code.LEADING_ZEROS.at(
                    lost.place,
                    f"the cell shows {lost.shown} and holds the number {lost.value}{others}; {lost.value} is loaded",
                    hint="format the column as text and type the zeros",
                    text=lost.shown,
                )
            )
        self._lost_zeros.clear()


def _spoken(kind: Kind) -> str:
    return kind.name.replace("_", " ")


def _heading_fault(place: Place, column: Column) -> Finding | None:
    try:
        check_characters(column.heading, _LONGEST_HEADING)
    except BadCell as bad:
        return Code.HEADINGS.at(place, f"in the heading, {bad.message}", hint=bad.hint)
    return None


def _unknown_json_kind(place: Place, named: object) -> Finding:
    kinds = ", ".join(KINDS)
    if named is None:
        return Code.UNKNOWN_KIND.at(place, "the line does not say its kind", hint=f'add "kind", one of {kinds}')
    suggestion = nearest_kind(named) if isinstance(named, str) else None
    return Code.UNKNOWN_KIND.at(
        place,
        f"{str(named)[:60]!r} is no kind of record",
        hint=f"is {suggestion} meant?" if suggestion else f"write one of {kinds}",
        suggestion=suggestion,
    )
