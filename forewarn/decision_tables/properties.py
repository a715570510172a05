"""The Properties sheet: named values that cells may use as bounds and that a site is steered with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forewarn.decision_tables import codes
from forewarn.decision_tables.glossary import type_of_words
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.meaning import equal
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.reserved_sheets import finding_of, rows_of
from forewarn.decision_tables.sheet_dialect import parse_output_cell
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value, YearsMonths
from forewarn.errors import Finding, Place

PROPERTIES_HEADINGS = ("name", "value", "type", "meaning")
TIME_ZONE = "forewarn.time_zone"


@dataclass(frozen=True, slots=True)
class Property:
    """One row of a Properties sheet."""

    name: str
    value: Value
    type: Type
    place: Place = Place()
    meaning: str | None = None


def read_properties(
    sheets: Sequence[Sheet], other_names: Mapping[str, str], findings: list[Finding]
) -> dict[str, Property]:
    """The properties of all Properties sheets, under their names and under the other names they are known by.

    ``other_names`` gives the real name of each other spelling. A property with two values is a finding
    and left out.
    """
    found: dict[str, Property] = {}
    doubtful: set[str] = set()
    for sheet in sheets:
        for row in rows_of(sheet, PROPERTIES_HEADINGS, findings):
            name = row.text("name")
            if not name:
                findings.append(codes.GLOSSARY.finding("the property has no name", row.place))
                continue
            cell = row.cell("value")
            typed = type_of_words(row.text("type")) if row.text("type") else type_of_native(cell)
            if typed is None:
                findings.append(
                    codes.GLOSSARY.finding(
                        f"there is no type {row.text('type')!r}", row.cell("type").place, text=row.text("type")
                    )
                )
                continue
            try:
                value = parse_output_cell(cell, typed).value
            except CellProblem as problem:
                findings.append(finding_of(problem, cell))
                continue
            entry = Property(other_names.get(name, name), value, typed, cell.place, row.text("meaning") or None)
            known = found.setdefault(entry.name, entry)
            if known.type != entry.type or not equal(known.value, entry.value):
                doubtful.add(entry.name)
                findings.append(
                    codes.CONTRADICTION.finding(
                        f"property {name!r} has another value in {known.place}", cell.place, related=(known.place,)
                    )
                )
    for name in doubtful:
        del found[name]
    for spelling, name in other_names.items():
        if name in found:
            found[spelling] = found[name]
    return found


def type_of_native(cell: Cell) -> Type:
    """The type of a cell's native value; typed text and a blank are text."""
    match cell.value:
        case bool():
            return Type(Kind.BOOLEAN)
        case Decimal():
            return Type(Kind.NUMBER)
        case datetime() as moment:
            return Type(Kind.DATE if moment.time() == time() else Kind.DATE_AND_TIME)
        case date():
            return Type(Kind.DATE)
        case time():
            return Type(Kind.TIME)
        case timedelta():
            return Type(Kind.DAYS_AND_TIME_DURATION)
        case _:
            return Type(Kind.STRING)


def type_of_value(value: Value) -> Type:
    """The type of a value; null counts as text, a list as what its first element is."""
    if isinstance(value, tuple):
        return Type(type_of_value(value[0]).kind if value else Kind.STRING, is_list=True)
    for plain, kind in _KINDS:
        if isinstance(value, plain):
            return Type(kind)
    return Type(Kind.STRING)


_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, Kind.BOOLEAN),
    (Decimal, Kind.NUMBER),
    (datetime, Kind.DATE_AND_TIME),
    (date, Kind.DATE),
    (time, Kind.TIME),
    (timedelta, Kind.DAYS_AND_TIME_DURATION),
    (BusinessDuration, Kind.DAYS_AND_TIME_DURATION),
    (YearsMonths, Kind.YEARS_AND_MONTHS_DURATION),
)


def time_zone_of(properties: Mapping[str, Property], findings: list[Finding]) -> tzinfo:
    """The zone of the property ``forewarn.time_zone``; UTC where it is not set, or unknown (a finding)."""
    entry = properties.get(TIME_ZONE)
    if entry is None or entry.value is None:
        return UTC
    try:
        return ZoneInfo(str(entry.value))
    except (ZoneInfoNotFoundError, ValueError):
        findings.append(
            codes.GLOSSARY.finding(f"there is no time zone {entry.value!r}", entry.place, hint="such as Europe/Berlin")
        )
        return UTC
