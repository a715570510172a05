"""The Aliases sheet: known spellings of values, by attribute or named type, and other names of properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.decision_tables import codes
from forewarn.decision_tables.grid import Cell
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.values import clean_text
from forewarn.errors import Finding

PROPERTY = "property"


@dataclass(frozen=True, slots=True)
class Alias:
    """One row: what it is about (``record.attribute``, a named type, or ``property``), a spelling, its value."""

    target: str
    spelling: str
    value: Cell


def read_aliases(sheets: Sequence[Sheet], findings: list[Finding]) -> tuple[Alias, ...]:
    """The rows of all Aliases sheets; the three columns stand in this order, row 1 holds their headings.

    A spelling that means two values is a finding and left out.
    """
    found: dict[tuple[str, str], Alias] = {}
    doubtful: set[tuple[str, str]] = set()
    for sheet in sheets:
        for number in sheet.numbers():
            target, spelling = clean_text(sheet.text(number, 1)), clean_text(sheet.text(number, 2))
            value = sheet.cell(number, 3)
            if number == 1 or (not target and not spelling and value.blank):
                continue
            if not target or not spelling or value.blank:
                missing = 1 if not target else 2 if not spelling else 3
                findings.append(
                    codes.GLOSSARY.finding(
                        "the row is not complete", sheet.place(number, missing), hint="fill the cell"
                    )
                )
                continue
            alias = Alias(target, spelling, value)
            known = found.setdefault((target, spelling), alias)
            if clean_text(known.value.shown) != clean_text(value.shown):
                doubtful.add((target, spelling))
                findings.append(
                    codes.CONTRADICTION.finding(
                        f"{spelling!r} of {target} means another value in {known.value.place}",
                        value.place,
                        text=value.shown,
                        related=(known.value.place,),
                    )
                )
    return tuple(alias for key, alias in found.items() if key not in doubtful)


def other_property_names(aliases: Sequence[Alias]) -> dict[str, str]:
    """The real name of each other name of a property."""
    return {alias.spelling: clean_text(alias.value.shown) for alias in aliases if alias.target == PROPERTY}
