"""From rows to past incidents: one each, its inputs as they stood when it was opened, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.index.cells import comparable
from forewarn.decision_tables.inputs import plain
from forewarn.decision_tables.values import Value
from forewarn.engine.history.mapping import (
    EVENT_TIME,
    FIRST,
    INCIDENT,
    INPUT,
    OPENED,
    OUTCOME,
    BadValue,
    MappedColumn,
    Mapping,
)
from forewarn.engine.inventory.source import RawRow, RawTable, Unreadable
from forewarn.engine.reports import Progress
from forewarn.errors import BadInput, Finding, Place, Severity

BAD_ROW = "FW415"
_EVERY = 2_000
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PastIncident:
    """One past incident: when it was opened, its inputs by heading, and its outcome."""

    id: str
    opened: datetime | None
    inputs: dict[str, Value]
    outcome: Value
    place: Place


@dataclass(slots=True)
class History:
    """All past incidents of a file, oldest first (in the file's order where it has no opening times).

    ``rows`` counts the rows read, ``bad`` has a finding for each row or value that could not be used, and
    ``left_out`` counts the incidents that were left out for it. ``later`` counts by heading the incidents in which an
    input is a time after the opening: it cannot have been known then.
    """

    incidents: list[PastIncident] = field(default_factory=list)
    rows: int = 0
    bad: list[Finding] = field(default_factory=list)
    left_out: int = 0
    later: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Span:
    """The first and the last row of one incident by time, in the file's order where times are equal."""

    first: RawRow
    last: RawRow
    first_at: datetime
    last_at: datetime


def read_cases(table: RawTable, mapping: Mapping, *, zone: tzinfo = UTC, progress: Progress | None = None) -> History:
    """The past incidents in the rows of ``table``. Raises `BadInput` for a column that the file does not have."""
    return _Reader(table, mapping, zone, progress).read()


class _Reader:
    def __init__(self, table: RawTable, mapping: Mapping, zone: tzinfo, progress: Progress | None) -> None:
        self.table = table
        self.mapping = mapping
        self.zone = zone
        self.progress = progress
        self.history = History()
        self.places = {one.column: self._position(one) for one in mapping.columns}

    def _position(self, column: MappedColumn) -> int:
        wanted = " ".join(column.column.split())
        if wanted in self.table.headings:
            return self.table.headings.index(wanted)
        near = nearest(wanted, self.table.headings)
        raise BadInput(
            f"the history has no column {wanted!r}",
            input=wanted,
            place=column.place,
            hint=f"did you mean {near!r}?" if near else f"its columns: {', '.join(self.table.headings)}",
        )

    def read(self) -> History:
        spans: dict[str, _Span] = {}
        for row in self._rows():
            key = self._key(row)
            at = self._time(row)
            if key is None or at is None:
                continue
            known = spans.get(key)
            if known is None:
                spans[key] = _Span(row, row, at, at)
                continue
            if at < known.first_at:
                known.first, known.first_at = row, at
            if at >= known.last_at:
                known.last, known.last_at = row, at
        for key, span in spans.items():
            self._incident(key, span)
        self.history.incidents.sort(key=lambda one: one.opened or _EARLIEST)
        return self.history

    def _rows(self) -> Iterator[RawRow]:
        for row in self.table.rows:
            self.history.rows += 1
            if self.progress is not None and self.history.rows % _EVERY == 0:
                self.progress("read", self.history.rows, None)
            if row.fault is not None:
                self._bad(row.fault, self.table.origin.place(row.number), row.hint)
                continue
            yield row
        if self.progress is not None:
            self.progress("read", self.history.rows, self.history.rows)

    def _key(self, row: RawRow) -> str | None:
        column = self.mapping.one(INCIDENT)
        if column is None:
            return str(row.number)
        value = self._value(row, column)
        if value is None:
            if not self._told(row):
                self._bad("the row names no incident", self._place(row, column), "fill the column, or drop the row")
            return None
        return str(value)

    def _told(self, row: RawRow) -> bool:
        """Whether the last finding is about this row already."""
        return bool(self.history.bad) and str(self.history.bad[-1].place).startswith(
            str(self.table.origin.place(row.number))
        )

    def _time(self, row: RawRow) -> datetime | None:
        column = self.mapping.one(EVENT_TIME)
        if column is None:
            return _EARLIEST
        try:
            value = column.read(self._raw(row, column), self.zone)
        except BadValue as error:
            self._bad(str(error), self._place(row, column), None)
            return None
        return _EARLIEST if value is None else _moment(value, self.zone)

    def _incident(self, key: str, span: _Span) -> None:
        try:
            opened = self._opened(span)
            inputs = {one.heading: self._taken(span, one) for one in self.mapping.of(INPUT)}
            [outcome] = [self._taken(span, one) for one in self.mapping.of(OUTCOME)]
        except _Left:
            self.history.left_out += 1
            return
        for heading, value in inputs.items():
            if opened is not None and isinstance(value, date) and _moment(value, self.zone) > opened:
                self.history.later[heading] = self.history.later.get(heading, 0) + 1
        place = self.table.origin.place(span.first.number)
        self.history.incidents.append(PastIncident(key, opened, inputs, outcome, place))

    def _opened(self, span: _Span) -> datetime | None:
        column = self.mapping.one(OPENED)
        if column is None:
            return None if self.mapping.one(EVENT_TIME) is None else span.first_at
        value = self._taken(span, column)
        if value is None:
            self._bad("the incident has no time of opening", self._place(span.first, column), "fill the column")
            raise _Left
        return _moment(value, self.zone)

    def _taken(self, span: _Span, column: MappedColumn) -> Value:
        row = span.first if column.taken == FIRST else span.last
        try:
            return column.read(self._raw(row, column), self.zone)
        except BadValue as error:
            self._bad(str(error), self._place(row, column), None)
            raise _Left from error

    def _value(self, row: RawRow, column: MappedColumn) -> Value:
        try:
            return column.read(self._raw(row, column), self.zone)
        except BadValue as error:
            self._bad(str(error), self._place(row, column), None)
            return None

    def _raw(self, row: RawRow, column: MappedColumn) -> Any:
        position = self.places[column.column]
        raw = row.cells[position] if position < len(row.cells) else None
        if isinstance(raw, Unreadable):
            raise BadValue(f"the cell holds {raw.what}")
        value = plain(raw)
        # A code that a spreadsheet program took for a number is text all the same.
        return row.shown[position] if position < len(row.shown) and row.shown[position] is not None else value

    def _place(self, row: RawRow, column: MappedColumn) -> Place:
        return self.table.origin.place(row.number, self.places[column.column])

    def _bad(self, message: str, place: Place, hint: str | None) -> None:
        self.history.bad.append(Finding(BAD_ROW, Severity.WARNING, message, place=place, hint=hint))


class _Left(Exception):
    """An incident is left out; why stands among the findings."""


def _moment(value: Value, zone: tzinfo) -> datetime:
    if isinstance(value, datetime):
        aware: datetime = comparable(value)
        return aware
    assert isinstance(value, date)  # noqa: S101 - times of a mapping are dates or moments
    return datetime.combine(value, time(), zone)
