"""Tables of workbooks as a decision model: each is a decision, what they read are its inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from forewarn.decision_tables.dmn.effective_dates import EFFECTIVE
from forewarn.decision_tables.dmn.entries import PROPERTIES, value_text
from forewarn.decision_tables.dmn.source import Definition, ModelSource, Part, TableInput, TypeSource
from forewarn.decision_tables.feel.lexing import quote
from forewarn.decision_tables.model import InputColumn, TableModel
from forewarn.decision_tables.values import Kind, Type, Value


def source_of_tables(tables: Sequence[TableModel], name: str) -> ModelSource:
    """A model whose decisions are these tables, by their names.

    A bound heading reads its record (``incident.category`` of an input ``incident``) or the other table's
    decision; an unbound one is an input of its own. Effective dates become the input ``effective at``.
    """
    types: dict[tuple[str, str | None], TypeSource] = {}
    inputs: dict[str, str] = {}
    definitions: list[Definition] = []
    table_inputs: list[TableInput] = []
    by_name = {table.name: table for table in tables}
    properties: dict[str, Value] = {}
    for table in tables:
        properties |= dict(table.properties)
        requires: dict[str, None] = {}
        for column in table.inputs:
            root = _input(column, types, inputs, by_name)
            requires[root] = None
            table_inputs.append(TableInput(table.name, column.heading, input_text(column, by_name)))
        if table.effective:
            inputs[EFFECTIVE] = Kind.DATE_AND_TIME.value
            requires[EFFECTIVE] = None
        if table.properties:
            requires[PROPERTIES] = None
        result = _result_type(table, types)
        definitions.append(
            Definition(Part.DECISION, table.name, result, (), tuple(requires), f"table {quote(table.name)}")
        )
    if properties:
        entries = ", ".join(f"{quote(key)}: {value_text(value)}" for key, value in properties.items())
        definitions.append(Definition(Part.DECISION, PROPERTIES, source=f"{{{entries}}}"))
    return ModelSource(
        name=name,
        namespace=f"urn:forewarn:{re.sub(r'[^A-Za-z0-9]+', '-', name)}",
        types=tuple(types.values()),
        inputs=tuple(inputs.items()),
        definitions=tuple(definitions),
        tables=tuple(replace(table, strict=False) for table in tables),
        table_inputs=tuple(table_inputs),
    )


def input_text(column: InputColumn, tables: Mapping[str, TableModel]) -> str:
    """The FEEL that reads an input column's value."""
    binding = column.binding
    if binding is None:
        return column.heading
    if binding.table is not None:
        read = tables.get(binding.table)
        single = read is None or len(read.outputs) == 1
        return binding.table if single else f"{binding.table}.{binding.output}"
    return binding.name


def names_of(table: TableModel, tables: Mapping[str, TableModel]) -> dict[str, str]:
    """The headings and bound names that cells of a table may hold, where the model reads them by other text."""
    renamed: dict[str, str] = {}
    for column in table.inputs:
        text = input_text(column, tables)
        for name in (column.heading, column.binding.name if column.binding is not None else column.heading):
            if name != text:
                renamed[name] = text
    for name, _ in table.properties:
        renamed[f"property.{name}"] = f"get value({PROPERTIES}, {quote(name)})"
    return renamed


def _input(
    column: InputColumn,
    types: dict[tuple[str, str | None], TypeSource],
    inputs: dict[str, str],
    tables: Mapping[str, TableModel],
) -> str:
    """Enter the input that a column reads, and give its name."""
    binding = column.binding
    type_name = cell_type_name(column.type, types)
    if binding is not None and binding.table is not None:
        if binding.table not in tables:
            inputs.setdefault(binding.table, type_name)
        return binding.table
    if binding is None:
        inputs.setdefault(column.heading, type_name)
        return column.heading
    record = binding.record or ""
    named = f"t {record}"
    inputs.setdefault(record, named)
    types.setdefault((named, None), TypeSource(named, None, ""))
    types.setdefault((named, binding.attribute), TypeSource(named, binding.attribute, type_name))
    return record


def cell_type_name(type_: Type, types: dict[tuple[str, str | None], TypeSource]) -> str:
    """The name of a column's type; a list type is entered as an item definition. ``Any`` has no name."""
    if type_.kind is Kind.ANY:
        return ""
    if not type_.is_list:
        return type_.kind.value
    named = f"list of {type_.kind.value}"
    types.setdefault((named, None), TypeSource(named, None, type_.kind.value, is_list=True))
    return named


def _result_type(table: TableModel, types: dict[tuple[str, str | None], TypeSource]) -> str:
    """The name of the type of a table's outcome."""
    many = table.hit_policy.many
    if len(table.outputs) == 1:
        (column,) = table.outputs
        if many and not column.type.is_list:
            return cell_type_name(Type(column.type.kind, is_list=True), types)
        return "" if many else cell_type_name(column.type, types)
    named = f"t {table.name}"
    types[named, None] = TypeSource(named, None, "", is_list=many)
    for column in table.outputs:
        types[named, column.heading] = TypeSource(named, column.heading, cell_type_name(column.type, types))
    return named
