"""The Glossary, Types, Aliases and Properties rows that tables need to be read back as they are."""

from __future__ import annotations

from collections.abc import Sequence

from forewarn.decision_tables.cell_text import input_text, output_text, value_text
from forewarn.decision_tables.glossary import GlossaryEntry
from forewarn.decision_tables.model import Binding, InputColumn, OutputColumn, TableModel
from forewarn.decision_tables.properties import Property, type_of_value
from forewarn.decision_tables.syntax import Literal
from forewarn.decision_tables.values import Kind, Type, Value


class WrittenDefinitions:
    """The rows of the Glossary, Types and Aliases sheets that tables need to be read back as they are."""

    def __init__(self, models: Sequence[TableModel]) -> None:
        self.types: list[list[str | None]] = []
        aliases: dict[tuple[str, str], str] = {}
        rows: dict[str, dict[str, list[str | None]]] = {}
        for model in models:
            columns: list[InputColumn | OutputColumn] = [*model.inputs, *model.outputs]
            for column in columns:
                named = self._named_type(column, aliases)
                rows.setdefault(column.heading, {})[model.name] = _column_row(column, named)
        self.aliases = [[target, spelling, value] for (target, spelling), value in sorted(aliases.items())]
        self.glossary: list[list[str | None]] = []
        for heading, by_table in rows.items():
            definitions = list(by_table.values())
            alike = all(definition == definitions[0] for definition in definitions)
            for table, definition in [(None, definitions[0])] if alike else list(by_table.items()):
                self.glossary.append([heading, table, *definition])

    def _named_type(self, column: InputColumn | OutputColumn, aliases: dict[tuple[str, str], str]) -> str | None:
        """Note a column's aliases under its attribute, or under a type of its own; the name of that type."""
        if not isinstance(column, InputColumn) or not column.aliases:
            return None
        bound = column.binding is not None and column.binding.table is None
        target = column.binding.name if bound and column.binding is not None else f"{column.heading} spellings"
        for spelling, value in column.aliases:
            aliases[target, spelling] = value_text(value, column.type)
        if bound:
            return None
        row = [target, str(column.type), None, None]
        if row not in self.types:
            self.types.append(row)
        return target


def _column_row(column: InputColumn | OutputColumn, named: str | None) -> list[str | None]:
    """A Glossary row behind heading and table: record, attribute, type, allowed values, unit, nullable, meaning."""
    record, attribute = _binding_cells(column.binding)
    allowed = None
    if isinstance(column, OutputColumn) and column.ranked is None and column.allowed is not None:
        allowed = input_text(column.allowed, Type(column.type.kind))
    nullable = "yes" if isinstance(column, InputColumn) and column.nullable else None
    return [record, attribute, named or str(column.type), allowed, None, nullable, None]


def _binding_cells(binding: Binding | None) -> tuple[str | None, str | None]:
    if binding is None:
        return None, None
    return (None, binding.name) if binding.table is not None else (binding.record, binding.attribute)


def glossary_row(entry: GlossaryEntry) -> list[str | None]:
    """A Glossary row as text. Raises `NotInSheets`."""
    record, attribute = _binding_cells(entry.binding)
    kind = entry.type_name or (str(entry.type) if entry.type is not None else None)
    allowed = None
    if entry.allowed is not None and entry.type_name is None:
        allowed = input_text(entry.allowed, Type(entry.type.kind if entry.type is not None else Kind.STRING))
    nullable = "yes" if entry.nullable else None
    return [entry.heading, entry.table, record, attribute, kind, allowed, entry.unit, nullable, entry.meaning]


def property_row(name: str, given: Value | Property) -> list[str | None]:
    """A Properties row as text. Raises `NotInSheets`."""
    entry = given if isinstance(given, Property) else Property(name, given, type_of_value(given))
    return [name, output_text(Literal(entry.value), entry.type), str(entry.type), entry.meaning]
