"""Rows of Glossary, Aliases and Properties about something that is not there: nothing would ever read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from forewarn.decision_tables import Library
from forewarn.decision_tables.allowed_values import nearest
from forewarn.engine import generation, ownership, resolution
from forewarn.engine.checks.codes import CODES
from forewarn.engine.rulebook import correlated
from forewarn.engine.vocabulary import attributes
from forewarn.errors import Finding, Place

SWITCHES = (generation.SWITCH, ownership.SWITCH, resolution.SYNC_CHILDREN)
"""Properties that switch a business rule; one that is not there counts as off."""

_GROWING = frozenset({"case"})
"""Records to which plugins add fields of their own."""


def vocabulary_rows(library: Library) -> Iterator[Finding]:
    """Switches that nobody sets, and rows that name an attribute or a table which does not exist."""
    yield from _missing_switches(library)
    known = correlated(attributes())
    for entry in library.definitions.glossary:
        tables = [table.name for table in library.tables]
        if entry.table is not None and not _is_table(library, entry.table):
            yield _about_nothing("table", entry.table, nearest(entry.table, tables), entry.place)
        if entry.binding is not None and entry.binding.table is None:
            yield from _unknown_attribute(entry.binding.name, known, entry.place)
    for alias in library.definitions.aliases:
        if "." in alias.target:
            yield from _unknown_attribute(alias.target, known, alias.value.place)


def _missing_switches(library: Library) -> Iterator[Finding]:
    given = library.definitions.properties
    for name in SWITCHES:
        if name not in given:
            near = nearest(name, tuple(given))
            yield Finding(
                "FW408",
                CODES["FW408"].severity,
                f"there is no property {name!r}: its rule is off",
                place=given[near].place if near else Place(),
                hint=f"is {near!r} meant to be it?" if near else CODES["FW408"].hint,
            )


def _is_table(library: Library, name: str) -> bool:
    return any(sheet.name == name for sheet in library.tables) or any(
        finding.place.sheet == name for finding in library.findings
    )


def _unknown_attribute(name: str, names: Collection[str], place: Place) -> Iterator[Finding]:
    record = name.partition(".")[0]
    records = {one.partition(".")[0] for one in names}
    if name in names or record in _GROWING:
        return
    near = nearest(name, names)
    # A record that is like none of ours may be an event that a rule raises.
    if record in records or near is not None:
        yield _about_nothing("attribute", name, near, place)


def _about_nothing(what: str, name: str, near: str | None, place: Place) -> Finding:
    code = CODES["FW411"]
    hint = f"did you mean {near}?" if near else code.hint
    return Finding(
        "FW411",
        code.severity,
        f"there is no {what} {name!r}: the row says nothing",
        place=place,
        hint=hint,
        suggestion=near,
    )
