"""The checks that plugins bring along, each contained: one that fails is a finding, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from forewarn.decision_tables import Library, Table
from forewarn.decision_tables.cell_text import NotInSheets, input_text, output_text
from forewarn.decision_tables.model import Rule, TableModel
from forewarn.engine.checks.codes import CODES
from forewarn.errors import Finding, Place
from forewarn.plugins.api import CheckedRule, CheckedTable, TableCheck
from forewarn.plugins.limits import within


def plugin_findings(library: Library, checks: Mapping[str, TableCheck], *, seconds: float = 20.0) -> Iterator[Finding]:
    """What the checks find in every table that can decide; ``seconds`` is how long one may take for one table."""
    if not checks:
        return
    tables = [checked_table(table) for table in library.tables]
    for code, check in checks.items():
        for table in tables:
            try:
                found = within(seconds, partial(_found, check, table), name=f"check {code}")
            except Exception as error:  # noqa: BLE001 - a plugin's fault, told as a finding, must not end the check
                place = Place(table.workbook, table.sheet, "A1")
                reason = f"{type(error).__name__}: {error}"
                yield CODES["FW409"].finding(f"the check {code} of a plugin failed here: {reason}", place)
                break
            yield from (replace(finding, code=code) for finding in found)


def _found(check: TableCheck, table: CheckedTable) -> list[Finding]:
    found = list(check(table))
    for finding in found:
        if not isinstance(finding, Finding):
            raise TypeError(f"a check gives findings, not {type(finding).__name__}")
    return found


def checked_table(table: Table) -> CheckedTable:
    """A table as plugins see it."""
    model = table.model
    return CheckedTable(
        name=model.name,
        hit_policy=model.hit_policy.value,
        workbook=model.place.workbook or "",
        sheet=model.place.sheet or "",
        inputs=tuple(column.heading for column in model.inputs),
        outputs=tuple(column.heading for column in model.outputs),
        columns=dict(model.columns),
        rules=tuple(CheckedRule(rule.id, rule.row, dict(_cells(model, rule))) for rule in model.rules),
    )


def _cells(model: TableModel, rule: Rule) -> Iterator[tuple[str, str]]:
    for column, test in zip(model.inputs, rule.tests, strict=True):
        try:
            yield column.heading, input_text(test, column.type)
        except NotInSheets:
            # A table that came from elsewhere may ask what sheets have no words for.
            yield column.heading, str(test)
    for output, cell in zip(model.outputs, rule.outputs, strict=True):
        try:
            yield output.heading, output_text(cell, output.type)
        except NotInSheets:
            yield output.heading, str(cell)
