"""A ``decisionTable`` element as `TableModel` (DMN 1.5 chapter 8).

Headings are the input expressions themselves. What a cell reads beside its own input becomes a column too, that
asks nothing: so the sheet shows every value that the table depends on. Cells that no unary test of a sheet can
say (another name, ``?``, a list) stand in a condition column of their input.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeAlias
from xml.etree.ElementTree import Element

from forewarn.decision_tables.allowed_values import coverage
from forewarn.decision_tables.dmn.effective_dates import effective_from_input
from forewarn.decision_tables.dmn.item_types import path_type
from forewarn.decision_tables.dmn.source import TableInput, TableOutput
from forewarn.decision_tables.dmn.surroundings import Surroundings, free_heading, hit_policy_of, one_line
from forewarn.decision_tables.dmn.table_outputs import OutputReader
from forewarn.decision_tables.dmn.xml import child, children, name_of, text_of, type_of
from forewarn.decision_tables.feel import FeelSyntaxError, parse_expression, parse_unary_tests, unary_condition
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.types import ANY, FeelType, cell_type
from forewarn.decision_tables.feel.walking import free_paths
from forewarn.decision_tables.glossary import OTHER_TABLE
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.model import Binding, ConditionColumn, InputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Condition, Literal, Not, OneOf, Test

ReadTable: TypeAlias = tuple[TableModel, tuple[TableInput, ...], tuple[TableOutput, ...]]

ALWAYS = "true"
"""The input expression under which a condition column travels."""


def read_table(element: Element, result_type: FeelType, around: Surroundings) -> ReadTable:
    """The model of a table, how its inputs are computed, and which outputs have other headings.

    What cannot be taken over is told to ``around``.
    """
    return _Reader(element, around).read(result_type)


class _Reader:
    def __init__(self, element: Element, around: Surroundings) -> None:
        self.element = element
        self.around = around
        self.inputs = list(children(element, "input"))
        self.rules = list(children(element, "rule"))
        self.sources = [
            one_line(text_of(child(one, "inputExpression"))) or one_line(one.get("label", "")) or "null"
            for one in self.inputs
        ]
        self.headings = self._headings(self.inputs, self.sources)

    def read(self, result_type: FeelType) -> ReadTable:
        entries = [[text_of(entry) for entry in children(rule, "inputEntry")] for rule in self.rules]
        results = [[text_of(entry) for entry in children(rule, "outputEntry")] for rule in self.rules]
        columns = [self._input(*given) for given in zip(self.inputs, self.headings, self.sources, strict=True)]
        extra = self._extra([text for row in (*entries, *results) for text in row])
        names = self.around.names | frozenset(self.headings) | {column.heading for column in extra}
        taken = [*self.headings, *(column.heading for column in extra)]
        outputs = OutputReader(self.element, result_type, self.around, results, names=names, taken=taken)
        tests = [self._tests(row, columns, names) for row in entries]
        columns = [_as_used(column, [row[place] for row in tests]) for place, column in enumerate(columns)]
        tests = [
            [self._possible(*cell, names) for cell in zip(row, [*texts, *[""] * len(row)], columns, strict=False)]
            for row, texts in zip(tests, entries, strict=True)
        ]
        # An input that is always true is how a condition column is written.
        kept = [place for place, source in enumerate(self.sources) if source != ALWAYS]
        asked = [place for place in range(len(columns)) if any(isinstance(row[place], Condition) for row in tests)]
        written = zip(self._ids(), tests, results, self._annotations(), strict=True)
        model = TableModel(
            name=self.around.title,
            hit_policy=hit_policy_of(self.element),
            inputs=(*(columns[place] for place in kept), *extra),
            outputs=tuple(outputs.columns),
            rules=tuple(
                Rule(
                    id=identity,
                    tests=(*(_test(row[place]) for place in kept), *(AnyValue() for _ in extra)),
                    outputs=outputs.cells(cells),
                    conditions=tuple(_condition(row[place]) for place in asked),
                    notes=notes,
                )
                for identity, row, cells, notes in written
            ),
            conditions=_condition_columns(self.headings, self.sources, asked),
            has_default=any(column.default is not None for column in outputs.columns),
            strict=False,
        )
        model = effective_from_input(model)
        read = dict(zip(self.headings, self.sources, strict=True))
        computed = [TableInput(model.name, one.heading, read.get(one.heading, one.heading)) for one in model.inputs]
        renamed = [TableOutput(model.name, heading, name) for heading, name in outputs.renamed.items()]
        return model, tuple(computed), tuple(renamed)

    def _headings(self, inputs: list[Element], sources: list[str]) -> list[str]:
        """The headings: the input's own name where it is just read, so that callers may give it by that name.

        Else the label, unless it means something else in a cell.
        """
        labels = [one_line(one.get("label", "")) for one in inputs]
        return _unique([self._heading(*pair, sources) for pair in zip(labels, sources, strict=True)])

    def _heading(self, label: str, source: str, sources: list[str]) -> str:
        if not label or label in self.around.names or label in sources:
            return source
        return source if source in self.around.roots and OTHER_TABLE not in label else label

    def _input(self, element: Element, heading: str, source: str) -> InputColumn:
        found = child(element, "inputExpression")
        named = type_of(found)
        wanted = self.around.types.named(named) if named else self._type_of_source(source)
        type_ = cell_type(wanted)
        allowed = self.around.allowed(text_of(child(element, "inputValues")), type_)
        return InputColumn(heading, type_, self._binding(source), nullable=True, allowed=allowed)

    def _binding(self, source: str) -> Binding | None:
        """``record.attribute``, where the input expression is just that."""
        path = tuple(_split(source))
        if len(path) == 2 and self._paths(source) == {path}:
            return Binding(record=path[0], attribute=path[1])
        return None

    def _type_of_source(self, source: str) -> FeelType:
        paths = self._paths(source)
        return path_type(next(iter(paths)), self.around.roots) if paths == {tuple(_split(source))} else ANY

    def _paths(self, text: str) -> set[tuple[str, ...]]:
        """The names that a cell or expression reads, each with its members; nothing where it is no FEEL."""
        try:
            return free_paths(parse_expression(f"? in ({text})", self.around.names).tree)
        except FeelSyntaxError:
            return set()

    def _extra(self, cells: list[str]) -> list[InputColumn]:
        """A column for each value that cells read and that is no input of the table."""
        known = set(self.headings)
        found: dict[str, InputColumn] = {}
        for text in dict.fromkeys(cell for cell in cells if re.search(r"[^\W\d]", cell)):
            for path in sorted(self._paths(re.sub(r"^\s*not\s*(?=\()", "", text))):
                if path[0] not in self.around.roots or path[0] in self.around.functions or path[0] in BUILTINS:
                    continue
                heading = ".".join(path)
                if heading not in known:
                    type_ = cell_type(path_type(path, self.around.roots))
                    found[heading] = InputColumn(heading, type_, nullable=True)
                    known.add(heading)
        return list(found.values())

    def _tests(self, row: list[str], columns: list[InputColumn], names: frozenset[str]) -> list[Test]:
        written = zip(row, columns, self.sources, strict=False)
        tests = [self._cell(text, column, source, names) for text, column, source in written]
        return [*tests, *(AnyValue() for _ in range(len(columns) - len(tests)))]

    def _possible(self, test: Test, text: str, column: InputColumn, names: frozenset[str]) -> Test:
        """The test; as condition where no allowed value passes it, since a sheet refuses such a cell."""
        if isinstance(test, Condition) or coverage(test, column.allowed, nullable=True) != "never":
            return test
        return unary_condition(text, names, subject=column.heading, types=self.around.types)

    def _cell(self, text: str, column: InputColumn, source: str, names: frozenset[str]) -> Test:
        try:
            if source == ALWAYS and text not in {"", "-"}:
                return Condition(parse_expression(text, names, types=self.around.types))
            return parse_unary_tests(text, names, column.type, subject=column.heading, types=self.around.types)
        except FeelSyntaxError as error:
            self.around.problem(text, error.message)
            # A cell that cannot be read is never true, as an expression that gives null is not.
            return Condition(parse_expression("null", ()))

    def _ids(self) -> list[str]:
        labels = [one_line(rule.get("label", "")) for rule in self.rules]
        if not all(labels) or len(set(labels)) != len(labels):
            labels = [rule.get("id") or f"R{number}" for number, rule in enumerate(self.rules, start=1)]
        # Two words in column A name rows of their own.
        return _unique([f"rule {one}" if one.casefold() in {"values", "default"} else one for one in labels])

    def _annotations(self) -> list[tuple[tuple[str, str], ...]]:
        headings = _unique([name_of(one) or "Annotation" for one in children(self.element, "annotation")])
        notes: list[tuple[tuple[str, str], ...]] = []
        for rule in self.rules:
            texts = [text_of(entry) for entry in children(rule, "annotationEntry")]
            written = [(heading, text) for heading, text in zip(headings, texts, strict=False) if text]
            described = child(rule, "description")
            if described is not None and described.text and "Description" not in headings:
                written.append(("Description", one_line(described.text)))
            notes.append(tuple(written))
        return notes


def _as_used(column: InputColumn, tests: list[Test]) -> InputColumn:
    """The column without its allowed values where cells ask for others: both cannot be meant."""
    if column.allowed is None:
        return column
    asked = [
        one.operand.value
        for test in tests
        for one in (test.tests if isinstance(test, OneOf | Not) else (test,))
        if isinstance(one, Compare) and one.operator == "=" and isinstance(one.operand, Literal)
    ]
    return column if all(holds(column.allowed, value) for value in asked) else replace(column, allowed=None)


def _test(test: Test) -> Test:
    """What stands in the input's own column; a condition stands in the condition column."""
    return AnyValue() if isinstance(test, Condition) else test


def _condition(test: Test) -> Test:
    return test if isinstance(test, Condition) else AnyValue()


def _condition_columns(headings: list[str], sources: list[str], asked: list[int]) -> tuple[ConditionColumn, ...]:
    """A condition column for each input that some rule asks more of than a unary test can."""
    taken = set(headings)
    columns: list[ConditionColumn] = []
    for place in asked:
        always = sources[place] == ALWAYS
        heading = headings[place] if always else free_heading(f"{headings[place]} condition", taken)
        columns.append(ConditionColumn(heading))
    return tuple(columns)


def _unique(wanted: list[str]) -> list[str]:
    taken: set[str] = set()
    return [free_heading(one, taken) for one in wanted]


def _split(source: str) -> list[str]:
    return [part.strip() for part in source.split(".")]
