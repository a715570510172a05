"""Which kind a file holds, and which column means what."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from forewarn.engine.inventory.kinds import KINDS, Field, Kind

_BETWEEN_WORDS = re.compile(r"[\s_\-\u00a0–—]+")


def normal(text: str) -> str:
    """Spell a heading or a name of a kind so that case, ``_``, ``-`` and runs of spaces do not count."""
    return _BETWEEN_WORDS.sub(" ", text).strip().casefold()


@cache
def _kinds_by_name() -> Mapping[str, Kind]:
    names: dict[str, Kind] = {}
    for kind in KINDS.values():
        for name in (kind.name, kind.sheet, kind.table.name, *kind.other_names):
            names[normal(name)] = kind
            names[f"{normal(name)}s"] = kind
    return MappingProxyType(names)


def kind_named(name: str) -> Kind | None:
    """The kind that a sheet, a file or a JSON line calls by that name, if any."""
    return _kinds_by_name().get(normal(name))


def nearest_kind(name: str) -> str | None:
    """The name of the kind that is spelt most like ``name``, for a hint."""
    near = difflib.get_close_matches(normal(name), list(_kinds_by_name()), n=1, cutoff=0.75)
    return _kinds_by_name()[near[0]].sheet if near else None


@cache
def fields_by_heading(kind: Kind) -> Mapping[str, Field]:
    """Every heading that the kind knows, in its normal spelling."""
    headings: dict[str, Field] = {}
    for field in kind.fields:
        spellings = [field.heading, field.column, field.column.removesuffix("_id"), *field.other_headings]
        for spelling in spellings:
            headings[normal(spelling)] = field
    return MappingProxyType(headings)


def nearest_heading(kind: Kind, heading: str) -> str | None:
    """The heading of the kind that is spelt most like ``heading``, where one is near enough for a slip."""
    known = fields_by_heading(kind)
    near = difflib.get_close_matches(normal(heading), list(known), n=1, cutoff=0.8)
    return known[near[0]].heading if near else None


def kinds_with_headings(headings: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds that these headings fit best: all their required ones are there, and most others are known.

    One kind: the headings say what the file holds. Several: they do not tell, the file's name must.
    """
    spelt = [normal(heading) for heading in headings if heading]
    fits: dict[str, int] = {}
    for kind in KINDS.values():
        known = fields_by_heading(kind)
        columns = {known[heading].column for heading in spelt if heading in known}
        if columns.issuperset(field.column for field in kind.fields if field.required):
            fits[kind.name] = len(columns)
    best = max(fits.values(), default=0)
    return tuple(KINDS[name] for name, known_columns in fits.items() if known_columns == best)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of one file: where it stands, its heading as typed, and the field it means (or none: extra)."""

    index: int
    heading: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of one sheet, csv file or JSON line mean; ``doubled`` are pairs that mean the same."""

    kind: Kind
    columns: tuple[Column, ...]
    unnamed: tuple[int, ...]
    doubled: tuple[tuple[Column, Column], ...]

    @property
    def unknown(self) -> tuple[Column, ...]:
        """The columns whose heading the kind does not know."""
        return tuple(column for column in self.columns if column.field is None)

    def identifies(self) -> bool:
        """Whether the columns suffice to tell which record a row means."""
        given = {column.field.column for column in self.columns if column.field is not None}
        return any(given.issuperset(alternative) for alternative in self.kind.identity)


def read_headings(kind: Kind, headings: Sequence[str]) -> Columns:
    """Give each heading its field. Blank headings are unnamed: what stands under them is not read."""
    known = fields_by_heading(kind)
    columns: list[Column] = []
    unnamed: list[int] = []
    doubled: list[tuple[Column, Column]] = []
    seen: dict[str, Column] = {}
    for index, heading in enumerate(headings):
        if not heading:
            unnamed.append(index)
            continue
        field = known.get(normal(heading))
        column = Column(index, heading, field)
        meaning = f"extra {heading}" if field is None else field.column
        if meaning in seen:
            doubled.append((seen[meaning], column))
        seen.setdefault(meaning, column)
        columns.append(column)
    return Columns(kind, tuple(columns), tuple(unnamed), tuple(doubled))
