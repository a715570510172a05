"""The mapping sheet: which column of a history is which heading, and how its values are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.inputs import WrongType, convert, plain
from forewarn.decision_tables.literals import CellProblem, text_literal
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.reserved_sheets import Row, rows_of
from forewarn.decision_tables.values import Kind, Type, Value, clean_text
from forewarn.engine.checks.codes import CODES
from forewarn.errors import BadTable, Finding, Place

MAPPING_SHEET = "History"
MAPPING_HEADINGS = ("column", "use", "heading", "taken from", "format", "null spellings", "meaning")

INCIDENT, OPENED, EVENT_TIME, INPUT, OUTCOME = "incident", "opened", "event time", "input", "outcome"
USES = (INCIDENT, OPENED, EVENT_TIME, INPUT, OUTCOME)
FIRST, LAST = "first", "last"

DAY_FIRST, MONTH_FIRST, DECIMAL_COMMA = "day first", "month first", "decimal comma"
FORMATS = (DAY_FIRST, MONTH_FIRST, DECIMAL_COMMA)

_SLASHED = re.compile(
    r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?(Z|[+-]\d\d:\d\d)?\Z",
    re.ASCII,
)
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?\Z", re.ASCII)


_TEXT = Type(Kind.STRING)


class BadValue(Exception):
    """A value of a history is not what its column is to hold."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column: its name in the history, what it is used for, and as which heading, of which type.

    ``taken`` says from which row of an incident the value comes, the first or the last; ``format`` is one of `FORMATS`
    or empty for the forms of the cell language; ``nulls`` are the spellings of no value beside a blank.
    """

    column: str
    use: str
    heading: str
    type: Type = _TEXT
    taken: str = FIRST
    format: str = ""
    nulls: frozenset[str] = frozenset()
    place: Place = Place()

    def read(self, raw: Any, zone: tzinfo = UTC) -> Value:
        """A cell's content as a value of the column's type. Raises `BadValue`."""
        value = plain(raw)
        if isinstance(value, str):
            text = clean_text(value)
            if not text or text in self.nulls:
                return None
            value = self._of_text(text, zone)
        try:
            return convert(value, self.type)
        except WrongType as error:
            raise BadValue(f"{error} where a {self.type} is meant") from error

    def _of_text(self, text: str, zone: tzinfo) -> Value:
        kind = self.type.kind
        try:
            if self.type.is_list:
                return tuple(text_literal(part.strip(), kind, zone) for part in text.split(";") if part.strip())
            if self.format in (DAY_FIRST, MONTH_FIRST) and kind in (Kind.DATE, Kind.DATE_AND_TIME):
                return self._date(text, zone)
            if self.format == DECIMAL_COMMA and kind is Kind.NUMBER and _COMMA_NUMBER.match(text):
                text = text.replace(".", "").replace(",", ".")
            return text_literal(text, kind, zone)
        except CellProblem as problem:
            raise BadValue(problem.message) from problem

    def _date(self, text: str, zone: tzinfo) -> Value:
        match = _SLASHED.match(text)
        if match is None:
            raise BadValue(f"{text!r} is not a date with the {self.format.split()[0]} first")
        one, two, year, hour, minute, second, fraction, offset = match.groups()
        day, month = (one, two) if self.format == DAY_FIRST else (two, one)
        try:
            moment = datetime(
                int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
                int((fraction or "0").ljust(6, "0")), zone,
            )  # fmt: skip
            if offset:
                moment = moment.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo)
            moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadValue(f"there is no such time as {text!r} with the {self.format.split()[0]} first") from error
        return moment if self.type.kind is Kind.DATE_AND_TIME else moment.date()


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns of a history that are used."""

    columns: tuple[MappedColumn, ...]

    def of(self, use: str) -> tuple[MappedColumn, ...]:
        """The columns of one use."""
        return tuple(one for one in self.columns if one.use == use)

    def one(self, use: str) -> MappedColumn | None:
        """The column of a use that stands once."""
        return next(iter(self.of(use)), None)

    def typed(self, types: dict[str, Type]) -> Mapping:
        """The same with the types of headings; times are times whatever a heading says."""
        return Mapping(
            tuple(
                replace(one, type=Type(Kind.DATE_AND_TIME))
                if one.use in (OPENED, EVENT_TIME)
                else replace(one, type=types.get(one.heading, one.type))
                for one in self.columns
            )
        )


def read_mapping(sheet: Sheet) -> Mapping:
    """The mapping that a sheet holds. Raises `BadTable` with everything that is wrong with it."""
    findings: list[Finding] = []
    columns: list[MappedColumn] = []
    for row in rows_of(sheet, MAPPING_HEADINGS, findings):
        column = _column(row, findings)
        if column is not None:
            columns.append(column)
    for use in (INCIDENT, OPENED, EVENT_TIME, OUTCOME):
        again = [one for one in columns if one.use == use][1:]
        findings += [_finding(f"a second column is used as {use!r}", one.place, "keep one") for one in again]
    if not any(one.use == OUTCOME for one in columns) and not findings:
        findings.append(_finding("no column is the outcome", sheet.place(1, 1), "say outcome under use, once"))
    if findings:
        raise BadTable("the mapping of the history cannot be used", findings, place=Place(sheet.workbook, sheet.name))
    return Mapping(tuple(columns))


def _column(row: Row, findings: list[Finding]) -> MappedColumn | None:
    name, use = row.text("column"), " ".join(row.text("use").casefold().split())
    if not name:
        findings.append(_finding("the row names no column", row.place, "write the heading in the history"))
        return None
    if use not in USES:
        near = nearest(use, USES)
        hint = f"did you mean {near}?" if near else f"one of {', '.join(USES)}"
        findings.append(_finding(f"{row.text('use')!r} is no use of a column", row.cell("use").place, hint))
        return None
    taken = row.text("taken from").casefold() or (LAST if use == OUTCOME else FIRST)
    if taken not in (FIRST, LAST):
        findings.append(_finding(f"{taken!r} is neither first nor last", row.cell("taken from").place, "say first"))
    form = " ".join(row.text("format").casefold().replace("-", " ").split())
    if form and form not in FORMATS:
        hint = f"one of {', '.join(FORMATS)}, or blank for 2026-02-01 and 1.5"
        findings.append(_finding(f"{row.text('format')!r} is no format", row.cell("format").place, hint))
    nulls = frozenset(clean_text(part) for part in row.text("null spellings").split(";") if part.strip())
    return MappedColumn(name, use, row.text("heading") or name, _TEXT, taken, form, nulls, row.place)


def _finding(message: str, place: Place, hint: str) -> Finding:
    code = CODES["FW414"]
    return Finding(code.code, code.severity, message, place=place, hint=hint)
