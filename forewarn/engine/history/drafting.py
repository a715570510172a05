"""Mined rules as rules of a table, and as a draft sheet in a copy of the owner's workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from forewarn.decision_tables.cell_text import constant_text, input_text
from forewarn.decision_tables.definitions import Definitions
from forewarn.decision_tables.layout import IF, IF_EXPRESSION, NOTE, THEN
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, Rule, TableModel
from forewarn.decision_tables.owner_file.added_sheets import add_sheet, sheet_of
from forewarn.decision_tables.owner_file.files import content_of
from forewarn.decision_tables.owner_file.styles import AddedStyles
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.decision_tables.reading.package import column_number
from forewarn.decision_tables.reading.sheets import column_letter
from forewarn.decision_tables.syntax import AnyValue, Compare, IsNull, Literal, Test
from forewarn.decision_tables.values import Kind, Type, Value
from forewarn.engine.history.mining import MinedRule

DRAFT_SHEET = "_Draft"
"""With a leading underscore it is scratch: nothing decides by it until its owner takes it over."""

_WHY = "Why"


def new_table(name: str, inputs: Sequence[str], outcome: str, definitions: Definitions) -> TableModel:
    """A table without rules, hit policy First, whose headings mean what the Glossary says."""

    def typed(heading: str) -> Type:
        return definitions.meaning(heading, name).type or Type(Kind.STRING)

    columns = []
    for heading in inputs:
        meaning = definitions.meaning(heading, name)
        columns.append(InputColumn(heading, typed(heading), meaning.binding, meaning.nullable, meaning.allowed))
    meaning = definitions.meaning(outcome, name)
    letters = [column_letter(number) for number in range(2, len(inputs) + 3)]
    return TableModel(
        name,
        HitPolicy.FIRST,
        tuple(columns),
        (OutputColumn(outcome, typed(outcome), meaning.binding, meaning.allowed),),
        (),
        columns=tuple(zip([*inputs, outcome], letters, strict=True)),
    )


def with_rules(model: TableModel, mined: Sequence[MinedRule], outcome: str) -> TableModel:
    """The table with mined rules below its own."""
    ids = _ids(model, len(mined))
    added = [_rule(model, identity, one, outcome) for identity, one in zip(ids, mined, strict=True)]
    return replace(model, rules=(*model.rules, *added))


def _ids(model: TableModel, count: int) -> list[str]:
    taken = {rule.id.casefold() for rule in model.rules}
    width = max(2, len(str(count)))
    prefix = next(letters for letters in ("H", "HX", "HY", "HZ", "HISTORY-") if not _used(letters, taken))
    return [f"{prefix}{number:0{width}d}" for number in range(1, count + 1)]


def _used(prefix: str, taken: set[str]) -> bool:
    return prefix != "HISTORY-" and any(one.startswith(prefix.casefold()) for one in taken)


def _rule(model: TableModel, identity: str, mined: MinedRule, outcome: str) -> Rule:
    wanted = dict(mined.conditions)
    tests = tuple(_test(wanted[column.heading]) if column.heading in wanted else AnyValue() for column in model.inputs)
    outputs = tuple(Literal(mined.outcome if column.heading == outcome else None) for column in model.outputs)
    return Rule(identity, tests, outputs, tuple(AnyValue() for _ in model.conditions), notes=((_WHY, why(mined)),))


def _test(value: Value) -> Test:
    return IsNull() if value is None else Compare("=", Literal(value))


def why(mined: MinedRule) -> str:
    """What stands behind a rule, for its owner."""
    return f"right of {mined.right:,} of {mined.taken:,} past incidents ({mined.confidence:.0%})"


def with_draft(source: Path | bytes, model: TableModel, mined: Sequence[MinedRule], outcome: str) -> tuple[bytes, str]:
    """The workbook with the mined rules on a draft sheet behind its own, and the sheet's name.

    The sheet is laid out as the table's own, letter by letter, with the figures behind the last column: its rules can
    be copied below the table's, or the sheet be named without the underscore where there is no such table yet. Every
    other part of the file stays byte for byte as it was. Raises `UnreadableWorkbook`, `NotInSheets`.
    """
    package = WorkbookPackage.open(content_of(source))
    styles = AddedStyles(package)
    heading, text = styles.heading(), styles.text()
    rows = draft_rows(model, mined, outcome)
    styled = [[(cell, heading if number < 3 else text) for cell in row] for number, row in enumerate(rows)]
    widths = [min(max(10, *(len(row[place]) for row in rows[1:])) + 2, 60) for place in range(len(rows[1]))]
    name = add_sheet(package, DRAFT_SHEET, sheet_of(package, styled, widths))
    return package.to_bytes(), name


def draft_rows(model: TableModel, mined: Sequence[MinedRule], outcome: str) -> list[list[str]]:
    """The draft as rows of text: the name, the roles, the headings, the rules."""
    places = {heading: column_number(letter) for heading, letter in model.columns}
    width = max(places.values()) + 1
    roles = dict.fromkeys(range(2, width + 1), (NOTE, "-"))
    roles |= {places[column.heading]: (IF, column.heading) for column in model.inputs}
    roles |= {places[column.heading]: (IF_EXPRESSION, column.heading) for column in model.conditions}
    roles |= {places[column.heading]: (THEN, column.heading) for column in model.outputs}
    roles[width] = (NOTE, _WHY)
    ordered = [roles[number] for number in range(2, width + 1)]
    rows = [
        [model.name, *[""] * (width - 1)],
        ["First", *(role for role, _ in ordered)],
        ["Rule", *(heading for _, heading in ordered)],
    ]
    for identity, one in zip(_ids(model, len(mined)), mined, strict=True):
        cells = [""] * width
        cells[0], cells[-1] = identity, why(one)
        for column in model.inputs:
            wanted = dict(one.conditions)
            given = column.heading in wanted
            test = _test(wanted[column.heading]) if given else AnyValue()
            cells[places[column.heading] - 1] = input_text(test, column.type)
        for condition in model.conditions:
            cells[places[condition.heading] - 1] = "-"
        for output in model.outputs:
            if output.heading == outcome:
                cells[places[output.heading] - 1] = constant_text(one.outcome, output.type.kind)
        rows.append(cells)
    return rows
