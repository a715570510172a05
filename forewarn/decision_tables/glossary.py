"""The Glossary and Types sheets: what a heading reads, of which type, with which allowed values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.model import Binding
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.reserved_sheets import Row, finding_of, rows_of
from forewarn.decision_tables.sheet_dialect import parse_values_cell
from forewarn.decision_tables.syntax import Test
from forewarn.decision_tables.values import Kind, Type, clean_text
from forewarn.errors import Finding, Place

GLOSSARY_HEADINGS = (
    "heading", "table", "record", "attribute", "type", "allowed values", "unit", "nullable", "meaning",
)  # fmt: skip
TYPES_HEADINGS = ("name", "type", "allowed values", "meaning")

_KINDS = {
    "string": Kind.STRING,
    "text": Kind.STRING,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date and time": Kind.DATE_AND_TIME,
    "datetime": Kind.DATE_AND_TIME,
    "days and time duration": Kind.DAYS_AND_TIME_DURATION,
    "duration": Kind.DAYS_AND_TIME_DURATION,
    "years and months duration": Kind.YEARS_AND_MONTHS_DURATION,
    "any": Kind.ANY,
}
_LIST = re.compile(r"(?:list of (.*)|list\s*<\s*(.*?)\s*>)\Z")
_YES = frozenset({"yes", "true", "x", "nullable"})
_NO = frozenset({"", "no", "false"})
OTHER_TABLE = "›"


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """One Glossary row. ``table`` limits it to one table; ``allowed`` is about elements where the type is a list."""

    heading: str
    table: str | None
    binding: Binding | None
    type: Type | None
    allowed: Test | None
    nullable: bool
    unit: str | None = None
    meaning: str | None = None
    type_name: str | None = None
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class NamedType:
    """One row of the Types sheet."""

    name: str
    type: Type
    allowed: Test | None
    meaning: str | None = None
    place: Place = Place()


def type_of_words(words: str) -> Type | None:
    """The type that words name: ``number``, ``days-and-time duration``, ``list of string``; ``None`` if none."""
    text = " ".join(words.casefold().replace("-", " ").split())
    match = _LIST.match(text)
    if match is not None:
        inner = (match[1] or match[2] or "").removesuffix("s")
        kind = _KINDS.get(inner) or _KINDS.get(match[1] or match[2] or "")
        return None if kind is None else Type(kind, is_list=True)
    kind = _KINDS.get(text)
    return None if kind is None else Type(kind)


def binding_of_words(text: str) -> Binding | None:
    """The binding that a heading itself says: ``record.attribute`` or ``Table name › Output``; else ``None``."""
    if OTHER_TABLE in text:
        table, _, output = text.partition(OTHER_TABLE)
        return Binding(table=clean_text(table), output=clean_text(output))
    if re.fullmatch(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+", text):
        record, _, attribute = text.partition(".")
        return Binding(record=record, attribute=attribute)
    return None


def read_types(sheets: Sequence[Sheet], findings: list[Finding], zone: tzinfo = UTC) -> dict[str, NamedType]:
    """The named types of all Types sheets."""
    types: dict[str, NamedType] = {}
    for sheet in sheets:
        for row in rows_of(sheet, TYPES_HEADINGS, findings):
            typed, _ = _type_cell(row, {}, findings) or (Type(Kind.STRING), None)
            entry = NamedType(
                row.text("name"),
                typed,
                _allowed_cell(row, typed, zone, findings),
                row.text("meaning") or None,
                row.place,
            )
            known = types.setdefault(entry.name, entry)
            if (known.type, known.allowed) != (entry.type, entry.allowed):
                findings.append(_contradiction(f"type {entry.name!r}", entry.place, known.place))
    return types


def read_glossary(
    sheets: Sequence[Sheet],
    types: Mapping[str, NamedType],
    attributes: Mapping[str, Type],
    findings: list[Finding],
    zone: tzinfo = UTC,
) -> tuple[tuple[GlossaryEntry, ...], frozenset[str]]:
    """The entries of all Glossary sheets, and the headings whose rows have errors.

    ``types`` are the named types, ``attributes`` the types of attributes where a row gives none. Two rows that
    define the same heading, or the type of the same attribute, differently are a finding.
    """
    doubtful: set[str] = set()
    entries: dict[tuple[str, str | None], GlossaryEntry] = {}
    typed: dict[str, GlossaryEntry] = {}
    for sheet in sheets:
        for row in rows_of(sheet, GLOSSARY_HEADINGS, findings):
            found = len(findings)
            entry = _entry(row, types, attributes, findings, zone)
            if len(findings) > found:
                doubtful.add(row.text("heading"))
            if entry is None:
                continue
            known = entries.setdefault((entry.heading, entry.table), entry)
            if _definition(known) != _definition(entry):
                findings.append(_contradiction(f"heading {entry.heading!r}", entry.place, known.place))
                doubtful.add(entry.heading)
            if entry.binding is not None and entry.binding.table is None and entry.type is not None:
                same = typed.setdefault(entry.binding.name, entry)
                if same.type != entry.type:
                    findings.append(_contradiction(f"the type of {entry.binding.name}", entry.place, same.place))
                    doubtful.update((entry.heading, same.heading))
    return tuple(entries.values()), frozenset(doubtful)


def _definition(entry: GlossaryEntry) -> GlossaryEntry:
    return replace(entry, place=Place(), unit=None, meaning=None)


def _contradiction(what: str, place: Place, other: Place) -> Finding:
    return codes.CONTRADICTION.finding(f"{what} is defined differently in {other}", place, related=(other,))


def _entry(
    row: Row,
    types: Mapping[str, NamedType],
    attributes: Mapping[str, Type],
    findings: list[Finding],
    zone: tzinfo,
) -> GlossaryEntry | None:
    heading = row.text("heading")
    if not heading:
        findings.append(codes.GLOSSARY.finding("the row has no heading", row.place))
        return None
    named = _type_cell(row, types, findings)
    binding = _binding(row, heading, findings)
    typed = named[0] if named is not None else attributes.get(binding.name) if binding is not None else None
    allowed = _allowed_cell(row, typed or Type(Kind.STRING), zone, findings)
    if allowed is None and named is not None:
        allowed = named[1]
    nullable = row.text("nullable").casefold()
    if nullable not in _YES | _NO:
        findings.append(
            codes.GLOSSARY.finding(
                f"nullable is yes or no, not {row.text('nullable')!r}",
                row.cell("nullable").place,
                hint="write yes or no",
            )
        )
    return GlossaryEntry(
        heading=heading,
        table=row.text("table") or None,
        binding=binding,
        type=typed,
        allowed=allowed,
        nullable=nullable in _YES,
        unit=row.text("unit") or None,
        meaning=row.text("meaning") or None,
        type_name=row.text("type") if row.text("type") in types else None,
        place=row.place,
    )


def _binding(row: Row, heading: str, findings: list[Finding]) -> Binding | None:
    record, attribute = row.text("record"), row.text("attribute")
    if record and attribute:
        return Binding(record=record, attribute=attribute)
    if attribute and OTHER_TABLE in attribute:
        return binding_of_words(attribute)
    if record or attribute:
        missing = "attribute" if record else "record"
        findings.append(
            codes.GLOSSARY.finding(
                f"heading {heading!r} has no {missing}", row.cell(missing).place, hint=f"fill {missing}"
            )
        )
        return None
    return binding_of_words(heading)


def _type_cell(row: Row, types: Mapping[str, NamedType], findings: list[Finding]) -> tuple[Type, Test | None] | None:
    words = row.text("type")
    if not words:
        return None
    named = types.get(words)
    if named is not None:
        return named.type, named.allowed
    typed = type_of_words(words)
    if typed is not None:
        return typed, None
    near = nearest(words, [*types, *_KINDS])
    findings.append(
        codes.GLOSSARY.finding(
            f"there is no type {words!r}",
            row.cell("type").place,
            text=words,
            hint=f"did you mean {near}?" if near else f"types: {', '.join(kind.value for kind in Kind)}",
            suggestion=near,
        )
    )
    return None


def _allowed_cell(row: Row, type: Type, zone: tzinfo, findings: list[Finding]) -> Test | None:
    cell = row.cell("allowed values")
    try:
        return parse_values_cell(cell, type, zone=zone)
    except CellProblem as problem:
        findings.append(finding_of(problem, cell))
        return None
