"""All that the reserved sheets of one or many workbooks define together, and what a heading means by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from forewarn.decision_tables.aliases import PROPERTY, Alias, other_property_names, read_aliases
from forewarn.decision_tables.glossary import (
    GlossaryEntry,
    NamedType,
    binding_of_words,
    read_glossary,
    read_types,
)
from forewarn.decision_tables.layout import reserved_name
from forewarn.decision_tables.model import Binding
from forewarn.decision_tables.properties import Property, read_properties, time_zone_of
from forewarn.decision_tables.reading.sheets import Sheet
from forewarn.decision_tables.syntax import Test
from forewarn.decision_tables.values import Type
from forewarn.decision_tables.vocabulary import Vocabulary
from forewarn.errors import Finding


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading means: its binding, type (``None`` where nothing says), allowed values, whether null may come."""

    binding: Binding | None = None
    type: Type | None = None
    allowed: Test | None = None
    nullable: bool = False
    type_name: str | None = None
    entry: GlossaryEntry | None = None


NO_MEANING = Meaning()


@dataclass(frozen=True, slots=True)
class _Index:
    """The definitions by what they are looked up with; a table's own entries stand under its name."""

    by_heading: Mapping[tuple[str, str | None], GlossaryEntry] = field(default_factory=dict)
    by_binding: Mapping[tuple[Binding, str | None], GlossaryEntry] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[Alias]] = field(default_factory=dict)


_NO_INDEX = _Index()


@dataclass(frozen=True, slots=True)
class Definitions:
    """Glossary, types, properties and aliases, with what was found while reading them.

    ``doubtful`` are the headings whose Glossary rows have errors: a table that uses one is refused. Properties and
    aliases that are defined in two ways are left out.
    """

    glossary: tuple[GlossaryEntry, ...] = ()
    types: Mapping[str, NamedType] = field(default_factory=dict)
    properties: Mapping[str, Property] = field(default_factory=dict)
    property_names: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    zone: tzinfo = UTC
    doubtful: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    index: _Index = _NO_INDEX

    def meaning(self, heading: str, table: str, vocabulary: Vocabulary | None = None) -> Meaning:
        """What ``heading`` means in ``table``: as itself says, by a Glossary row for this table, by a Glossary row."""
        entry = self._entry(heading, table)
        written = binding_of_words(heading)
        binding = written or (entry.binding if entry is not None else None)
        if written is not None and entry is None:
            entry = self._entry_of(written, table)
        typed = entry.type if entry is not None else None
        same = self._entry_of(binding, table) if binding is not None and typed is None else None
        if typed is None and same is not None:
            typed = same.type
        if typed is None and binding is not None and vocabulary is not None:
            typed = vocabulary.attributes.get(binding.name)
        if entry is None:
            return Meaning(binding, typed)
        return Meaning(binding, typed, entry.allowed, entry.nullable, entry.type_name, entry)

    def _entry(self, heading: str, table: str) -> GlossaryEntry | None:
        return self.index.by_heading.get((heading, table)) or self.index.by_heading.get((heading, None))

    def _entry_of(self, binding: Binding, table: str) -> GlossaryEntry | None:
        """The entry of another heading that is bound to the same attribute, one for this table first."""
        return self.index.by_binding.get((binding, table)) or self.index.by_binding.get((binding, None))

    def aliases_of(self, meaning: Meaning) -> tuple[Alias, ...]:
        """The aliases that apply to a heading: those of its attribute and those of its named type."""
        targets = {meaning.type_name: None, meaning.binding.name if meaning.binding is not None else None: None}
        return tuple(alias for target in targets for alias in self.index.aliases.get(target or PROPERTY, ()))


def read_definitions(sheets: Sequence[Sheet], vocabulary: Vocabulary | None = None) -> Definitions:
    """Read all reserved sheets among ``sheets``, which may come from many workbooks.

    A Glossary row without a type has the type that the vocabulary gives its attribute.
    """
    findings: list[Finding] = []
    by_name: dict[str | None, list[Sheet]] = {}
    for sheet in sheets:
        by_name.setdefault(reserved_name(sheet.name), []).append(sheet)
    aliases = read_aliases(by_name.get("Aliases", ()), findings)
    names = other_property_names(aliases)
    properties = read_properties(by_name.get("Properties", ()), names, findings)
    zone = time_zone_of(properties, findings)
    types = read_types(by_name.get("Types", ()), findings, zone)
    glossary, doubtful = read_glossary(
        by_name.get("Glossary", ()), types, {} if vocabulary is None else vocabulary.attributes, findings, zone
    )
    return Definitions(
        glossary=glossary,
        types=types,
        properties=properties,
        property_names=names,
        aliases=aliases,
        zone=zone,
        doubtful=doubtful,
        findings=tuple(findings),
        index=_indexed(glossary, aliases),
    )


def _indexed(glossary: Sequence[GlossaryEntry], aliases: Sequence[Alias]) -> _Index:
    by_target: dict[str, list[Alias]] = {}
    for alias in aliases:
        if alias.target != PROPERTY:
            by_target.setdefault(alias.target, []).append(alias)
    by_binding: dict[tuple[Binding, str | None], GlossaryEntry] = {}
    for entry in glossary:
        if entry.binding is not None and entry.type is not None:
            by_binding.setdefault((entry.binding, entry.table), entry)
    return _Index({(entry.heading, entry.table): entry for entry in glossary}, by_binding, by_target)
