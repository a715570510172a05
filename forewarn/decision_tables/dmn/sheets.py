"""A decision model as a workbook: its tables are sheets, everything else is a row of the sheet ``Expressions``.

======================  =======================================================================
kind                    what the row says
======================  =======================================================================
``model``               the model's name; its namespace under expression
``type``                an item definition; its base under type, allowed values under expression
``component``           a component of the type that stands under of
``input``               an input and its type
``decision``            a decision: type, what it requires, FEEL that may ask ``table "Title"``
``function``            the same with parameters
``service``             a decision service: parameters, and its output decisions under requires
``table input``         how a heading of the table that stands under of is computed
``table output``        the output that such a heading stands for, where it has another name
======================  =======================================================================

Parameters are lines ``name: type``, requirements are lines. The tables of such a workbook keep the standard's
mode, in which a fault in a cell gives null and a diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from forewarn.decision_tables.dmn.exporting import write_source
from forewarn.decision_tables.dmn.from_tables import source_of_tables
from forewarn.decision_tables.dmn.importing import read_source
from forewarn.decision_tables.dmn.model import DmnModel
from forewarn.decision_tables.dmn.source import Definition, ModelSource, Part, TableInput, TableOutput, TypeSource
from forewarn.decision_tables.dmn.xml import UnreadableModel
from forewarn.decision_tables.library import Workbook, read_workbook
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.decision_tables.reserved_sheets import Row, rows_of
from forewarn.decision_tables.syntax import AnyValue
from forewarn.decision_tables.writing import write_workbook
from forewarn.errors import BadTable, Finding, Place, Severity

SHEET = "Expressions"
HEADINGS = ("kind", "name", "of", "type", "parameters", "requires", "expression")

_LIST = "list"
_LIST_OF = "list of "


def write_dmn_workbook(model: DmnModel, path: Path | str) -> None:
    """Write a model as a workbook from which `read_dmn_workbook` gives a model that decides the same.

    Rules of a First table behind one that takes everything never fire and are left out.
    Raises `NotInSheets` for what a sheet cannot hold.
    """
    rows = [HEADINGS, *rows_of_source(model.source)]
    tables = [_without_dead_rules(table) for table in model.source.tables]
    write_workbook(tables, path, more_sheets={SHEET: rows})


def read_dmn_workbook(path: Path | str) -> DmnModel:
    """Read the model that a workbook holds.

    Raises `UnreadableWorkbook`, `BadTable` with the findings where a sheet is refused, and `UnreadableModel`
    where the workbook has no model.
    """
    path = Path(path)
    model = _model_of(read_workbook(path, errors="report"))
    if model is None:
        hint = f"a model from DMN has a sheet {SHEET!r}"
        raise UnreadableModel("the workbook holds no decision model", place=Place(path.name), hint=hint)
    return model


def import_dmn(path: Path | str, workbook: Path | str) -> DmnModel:
    """Read a DMN file and write it as a workbook; the model tells its ``problems``.

    Raises `UnreadableModel` and `NotInSheets`.
    """
    model = DmnModel(read_source(Path(path)))
    write_dmn_workbook(model, workbook)
    return model


def export_dmn(workbook: Path | str, path: Path | str) -> None:
    """Write a workbook as DMN 1.5: the model where it holds one, else its tables.

    Raises `UnreadableWorkbook`, `BadTable`, and `ForewarnError` for what the standard cannot say.
    """
    book = read_workbook(workbook, errors="report")
    model = _model_of(book)
    if model is not None:
        source = model.source
    else:
        source = source_of_tables([table.model for table in book.tables], Path(workbook).stem)
    write_source(source, Path(path))


def _model_of(book: Workbook) -> DmnModel | None:
    """The model that a workbook holds, if it does. Raises `BadTable` where a sheet is refused."""
    found: list[Finding] = [finding for finding in book.findings if finding.severity is Severity.ERROR]
    sheets = [sheet for sheet in book.reserved_sheets if sheet.name == SHEET]
    rows = [row for sheet in sheets for row in rows_of(sheet, HEADINGS, found)]
    if found:
        raise BadTable(f"the workbook is refused: {len(found)} errors", found, place=Place(book.name))
    if not rows:
        return None
    return DmnModel(
        replace(
            _source(rows),
            tables=tuple(replace(table.model, strict=False) for table in book.tables),
        )
    )


def _without_dead_rules(table: TableModel) -> TableModel:
    """A First table up to its first rule that takes everything: a sheet refuses what stands behind one."""
    if table.hit_policy is not HitPolicy.FIRST or table.effective:
        return table
    for place, rule in enumerate(table.rules):
        if all(isinstance(test, AnyValue) for test in (*rule.tests, *rule.conditions)):
            return replace(table, rules=table.rules[: place + 1])
    return table


def rows_of_source(source: ModelSource) -> Iterator[Sequence[str | None]]:
    """The rows of the ``Expressions`` sheet, without its headings."""
    yield ("model", source.name, None, None, None, None, source.namespace)
    for one in source.types:
        base = (_LIST_OF + one.base if one.base else _LIST) if one.is_list else one.base
        if one.component is None:
            yield ("type", one.name, None, base, None, None, one.allowed)
        else:
            yield ("component", one.component, one.name, base, None, None, one.allowed)
    for name, type_ in source.inputs:
        yield ("input", name, None, type_, None, None, None)
    for definition in source.definitions:
        yield (
            definition.part.value,
            definition.name,
            None,
            definition.type,
            "\n".join(f"{name}: {type_}" if type_ else name for name, type_ in definition.parameters),
            "\n".join(definition.requires),
            definition.source,
        )
    for given in source.table_inputs:
        yield ("table input", given.heading, given.table, None, None, None, given.source)
    for renamed in source.table_outputs:
        yield ("table output", renamed.heading, renamed.table, None, None, None, renamed.name)


def _source(rows: Sequence[Row]) -> ModelSource:
    name, namespace = "", ""
    types: list[TypeSource] = []
    inputs: list[tuple[str, str]] = []
    definitions: list[Definition] = []
    table_inputs: list[TableInput] = []
    table_outputs: list[TableOutput] = []
    for row in rows:
        match row.text("kind"):
            case "model":
                name, namespace = row.text("name"), row.text("expression")
            case "type" | "component":
                types.append(_type(row))
            case "input":
                inputs.append((row.text("name"), row.text("type")))
            case "decision" | "function" | "service" as part:
                definitions.append(_definition(row, Part(part)))
            case "table input":
                table_inputs.append(TableInput(row.text("of"), row.text("name"), row.text("expression")))
            case "table output":
                table_outputs.append(TableOutput(row.text("of"), row.text("name"), row.text("expression")))
            case other:
                kinds = "model, type, component, input, decision, function, service, table input, table output"
                raise UnreadableModel(f"{other!r} is no kind of expression", place=row.place, hint=kinds)
    return ModelSource(
        name,
        namespace,
        tuple(types),
        tuple(inputs),
        tuple(definitions),
        table_inputs=tuple(table_inputs),
        table_outputs=tuple(table_outputs),
    )


def _type(row: Row) -> TypeSource:
    base = row.text("type")
    is_list = base == _LIST or base.startswith(_LIST_OF)
    base = base.removeprefix(_LIST_OF) if base != _LIST else ""
    allowed = row.text("expression") or None
    if row.text("kind") == "type":
        return TypeSource(row.text("name"), None, base, is_list, allowed)
    return TypeSource(row.text("of"), row.text("name"), base, is_list, allowed)


def _definition(row: Row, part: Part) -> Definition:
    parameters: list[tuple[str, str]] = []
    for line in row.text("parameters").splitlines():
        name, _, type_ = line.rpartition(": ") if ": " in line else (line, "", "")
        parameters.append((name.strip(), type_.strip()))
    requires = tuple(line.strip() for line in row.text("requires").splitlines() if line.strip())
    return Definition(part, row.text("name"), row.text("type"), tuple(parameters), requires, row.text("expression"))
