"""A ``decisionTable`` element as `TableModel` (DMN 1.5 chapter 8).

Headings are the input expressions themselves. What a cell reads beside its own input becomes a column too, that
asks nothing: so the sheet shows every value that the table depends on. Cells that no unary test of a sheet can
say (another name, ``?``, a list) stand in a condition column of their input.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from xml.etree.ElementTree import Element

from forewarn.decision_tables.dmn.item_types import ItemTypes, path_type
from forewarn.decision_tables.dmn.source import TableInput
from forewarn.decision_tables.dmn.xml import child, children, name_of, text_of, type_name, type_of
from forewarn.decision_tables.feel import FeelSyntaxError, parse_expression, parse_output, parse_unary_tests
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.builtins.conversion import literal
from forewarn.decision_tables.feel.nodes import Constant
from forewarn.decision_tables.feel.runtime import kind_of
from forewarn.decision_tables.feel.types import ANY, ContextOf, FeelType, ListOf, cell_type
from forewarn.decision_tables.feel.walking import free_paths
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.model import (
    Binding,
    ConditionColumn,
    HitPolicy,
    InputColumn,
    OutputCell,
    OutputColumn,
    Rule,
    TableModel,
)
from forewarn.decision_tables.syntax import (
    AnyValue,
    Compare,
    Condition,
    Expression,
    Interval,
    Literal,
    Not,
    OneOf,
    Test,
)
from forewarn.decision_tables.values import Kind, Type, Value

EFFECTIVE = "effective at"
"""The name of the input under which effective dates travel."""

ALWAYS = "true"
"""The input expression under which a condition column travels."""

_POLICIES = {
    "UNIQUE": HitPolicy.UNIQUE,
    "ANY": HitPolicy.ANY,
    "PRIORITY": HitPolicy.PRIORITY,
    "FIRST": HitPolicy.FIRST,
    "RULE ORDER": HitPolicy.RULE_ORDER,
    "OUTPUT ORDER": HitPolicy.OUTPUT_ORDER,
    "COLLECT": HitPolicy.COLLECT,
}
_AGGREGATIONS = {
    "SUM": HitPolicy.COLLECT_SUM,
    "MIN": HitPolicy.COLLECT_MIN,
    "MAX": HitPolicy.COLLECT_MAX,
    "COUNT": HitPolicy.COLLECT_COUNT,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table stands in.

    ``names`` are all names that its cells may hold, ``roots`` those that have a value there, with their types;
    ``functions`` are names that are called.
    """

    names: frozenset[str]
    roots: Mapping[str, FeelType]
    types: ItemTypes
    functions: frozenset[str]


def read_table(
    element: Element, title: str, result_type: FeelType, around: Surroundings, problem: Callable[[str], None]
) -> tuple[TableModel, tuple[TableInput, ...]]:
    """The model of a table and how its inputs are computed. ``problem`` is told what could not be taken over."""
    return _Reader(element, title, result_type, around, problem).read()


class _Reader:
    def __init__(
        self,
        element: Element,
        title: str,
        result_type: FeelType,
        around: Surroundings,
        problem: Callable[[str], None],
    ) -> None:
        self.element = element
        self.title = title
        self.result_type = result_type
        self.around = around
        self.problem = problem
        self.always: set[str] = set()
        self.results: dict[str, OutputCell] = {}

    def read(self) -> tuple[TableModel, tuple[TableInput, ...]]:
        inputs = list(children(self.element, "input"))
        sources = [
            _one_line(text_of(child(one, "inputExpression"))) or _one_line(one.get("label", "")) or "null"
            for one in inputs
        ]
        headings = self._headings(inputs, sources)
        rules = list(children(self.element, "rule"))
        entries = [[text_of(entry) for entry in children(rule, "inputEntry")] for rule in rules]
        results = [[text_of(entry) for entry in children(rule, "outputEntry")] for rule in rules]
        self.always = {heading for heading, source in zip(headings, sources, strict=True) if source == ALWAYS}
        columns = [self._input(*given) for given in zip(inputs, headings, sources, strict=True)]
        extra = self._extra(headings, entries, results)
        names = self.around.names | set(headings) | {column.heading for column in extra}
        outputs = [
            self._output(one, results, place, names) for place, one in enumerate(children(self.element, "output"))
        ]
        tests = [self._tests(*row, names) for row in zip(entries, [columns] * len(rules), rules, strict=True)]
        columns = [_as_used(column, [row[place] for row in tests]) for place, column in enumerate(columns)]
        # An input that is always true is how a condition column is written.
        kept = [place for place, source in enumerate(sources) if source != ALWAYS]
        asked = [place for place in range(len(columns)) if any(isinstance(row[place], Condition) for row in tests)]
        written = zip(self._ids(rules), tests, results, self._annotations(rules), strict=True)
        model = TableModel(
            name=self.title,
            hit_policy=self._policy(),
            inputs=(*(columns[place] for place in kept), *extra),
            outputs=tuple(outputs),
            rules=tuple(
                Rule(
                    id=identity,
                    tests=(*(_test(row[place]) for place in kept), *(AnyValue() for _ in extra)),
                    outputs=self._results(cells, outputs, names),
                    conditions=tuple(_condition(row[place]) for place in asked),
                    notes=notes,
                )
                for identity, row, cells, notes in written
            ),
            conditions=_condition_columns(headings, sources, asked),
            has_default=any(column.default is not None for column in outputs),
            strict=False,
        )
        model = effective_from_input(model)
        read = {column.heading: sources[place] for place, column in enumerate(columns)}
        return model, tuple(
            TableInput(self.title, column.heading, read.get(column.heading, column.heading)) for column in model.inputs
        )

    def _headings(self, inputs: list[Element], sources: list[str]) -> list[str]:
        """The headings: labels where they are not themselves names that mean something else in a cell."""
        labels = [_one_line(one.get("label", "")) for one in inputs]
        return _unique(
            [
                label if label and label not in self.around.names and label not in sources else source
                for label, source in zip(labels, sources, strict=True)
            ]
        )

    def _policy(self) -> HitPolicy:
        policy = _POLICIES.get(self.element.get("hitPolicy", "UNIQUE"), HitPolicy.UNIQUE)
        if policy is HitPolicy.COLLECT:
            return _AGGREGATIONS.get(self.element.get("aggregation", ""), policy)
        return policy

    def _input(self, element: Element, heading: str, source: str) -> InputColumn:
        found = child(element, "inputExpression")
        named = type_of(found)
        wanted = self.around.types.named(named) if named else self._type_of_source(source)
        allowed_text = text_of(child(element, "inputValues"))
        type_ = cell_type(wanted)
        allowed = self._allowed(allowed_text, type_)
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

    def _allowed(self, text: str, type_: Type) -> Test | None:
        """The allowed values of a column, where they are constants: others are not checked."""
        if not text or text == "-":
            return None
        try:
            test = parse_unary_tests(text, self.around.names, Type(type_.kind))
        except FeelSyntaxError as error:
            self.problem(f"table {self.title!r}: the allowed values {text[:80]!r} are no FEEL: {error.message}")
            return None
        return None if isinstance(test, Condition) else test

    def _paths(self, text: str) -> set[tuple[str, ...]]:
        """The names that a cell or expression reads, each with its members; nothing where it is no FEEL."""
        try:
            return free_paths(parse_expression(f"? in ({text})", self.around.names).tree)
        except FeelSyntaxError:
            return set()

    def _extra(self, headings: list[str], entries: list[list[str]], results: list[list[str]]) -> list[InputColumn]:
        """A column for each value that cells read and that is no input of the table."""
        known = set(headings)
        found: dict[str, InputColumn] = {}
        for text in (text for row in (*entries, *results) for text in row if re.search(r"[^\W\d]", text)):
            for path in sorted(self._paths(re.sub(r"^\s*not\s*(?=\()", "", text))):
                if path[0] not in self.around.roots or path[0] in self.around.functions or path[0] in BUILTINS:
                    continue
                heading = ".".join(path)
                if heading not in known:
                    type_ = cell_type(path_type(path, self.around.roots))
                    found[heading] = InputColumn(heading, type_, nullable=True)
                    known.add(heading)
        return list(found.values())

    def _tests(
        self, row: list[str], columns: list[InputColumn], rule: Element, names: frozenset[str] | set[str]
    ) -> list[Test]:
        tests: list[Test] = []
        for text, column in zip(row, columns, strict=False):
            try:
                if column.heading in self.always and text not in {"", "-"}:
                    tests.append(Condition(parse_expression(text, names, types=self.around.types)))
                    continue
                tests.append(
                    parse_unary_tests(text, names, column.type, subject=column.heading, types=self.around.types)
                )
            except FeelSyntaxError as error:
                self.problem(f"table {self.title!r}, rule {rule.get('id')}: {text[:80]!r}: {error.message}")
                # A cell that cannot be read is never true, as an expression that gives null is not.
                tests.append(Condition(parse_expression("null", ())))
        tests += [AnyValue()] * (len(columns) - len(tests))
        return tests

    def _output(
        self, element: Element, results: list[list[str]], place: int, names: frozenset[str] | set[str]
    ) -> OutputColumn:
        heading = name_of(element) or _one_line(self.element.get("outputLabel", "")) or self.title
        default_text = text_of(child(element, "defaultOutputEntry"))
        default = self._result(default_text, names) if default_text else None
        cells = [self._result(row[place], names) for row in results if place < len(row)]
        type_ = self._output_type(element, cells)
        allowed = self._allowed(text_of(child(element, "outputValues")), type_)
        ranked = _listed(allowed) if self._policy() in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER} else None
        written = [cell.value for cell in (*cells, default) if isinstance(cell, Literal) and cell.value is not None]
        unlisted = [] if allowed is None else [value for value in written if not holds(allowed, value)]
        if ranked is not None:
            # What the list leaves out ranks behind it.
            ranked = tuple(dict.fromkeys((*ranked, *unlisted)))
        return OutputColumn(heading, type_, allowed=None if unlisted else allowed, ranked=ranked, default=default)

    def _output_type(self, element: Element, cells: list[OutputCell]) -> Type:
        """The declared type where the cells are of it, else the one that they all have."""
        named = type_name(element.get("typeRef"))
        result = self.result_type.item if isinstance(self.result_type, ListOf) else self.result_type
        if named:
            wanted = self.around.types.named(named)
        elif isinstance(result, ContextOf):
            wanted = dict(result.members).get(name_of(element), ANY)
        elif len(list(children(self.element, "output"))) == 1:
            wanted = result if self._policy().many else self.result_type
        else:
            wanted = ANY
        type_ = cell_type(wanted)
        declared = type_.kind is not Kind.ANY and all(_fits(cell, type_) for cell in cells)
        return type_ if declared else _common_type(cells)

    def _as_written(self, cells: tuple[OutputCell, ...], columns: list[OutputColumn]) -> tuple[OutputCell, ...]:
        """Lists in a column that is none of lists stay expressions, as a sheet has no other words for them."""
        return tuple(
            Expression(literal(cell.value), Constant(cell.value))
            if isinstance(cell, Literal) and isinstance(cell.value, tuple) and not column.type.is_list
            else cell
            for cell, column in zip(cells, columns, strict=True)
        )

    def _results(
        self, row: list[str], columns: list[OutputColumn], names: frozenset[str] | set[str]
    ) -> tuple[OutputCell, ...]:
        cells = [self._result(text, names) for text in row[: len(columns)]]
        return self._as_written((*cells, *[Literal(None)] * (len(columns) - len(cells))), columns)

    def _result(self, text: str, names: frozenset[str] | set[str]) -> OutputCell:
        if text not in self.results:
            self.results[text] = self._parsed_result(text, names)
        return self.results[text]

    def _parsed_result(self, text: str, names: frozenset[str] | set[str]) -> OutputCell:
        if text in {"", "-"}:
            return Literal(None)
        try:
            cell = parse_output(text, names, types=self.around.types)
        except FeelSyntaxError as error:
            self.problem(f"table {self.title!r}: {text[:80]!r}: {error.message}")
            return Literal(None)
        if isinstance(cell, Literal) and isinstance(cell.value, tuple) and not _is_plain_list(cell.value):
            return Expression(text, Constant(cell.value))
        return cell

    def _ids(self, rules: list[Element]) -> list[str]:
        labels = [_one_line(rule.get("label", "")) for rule in rules]
        if all(labels) and len(set(labels)) == len(labels):
            return labels
        return _unique([rule.get("id") or f"R{number}" for number, rule in enumerate(rules, start=1)])

    def _annotations(self, rules: list[Element]) -> list[tuple[tuple[str, str], ...]]:
        headings = _unique([name_of(one) or "Annotation" for one in children(self.element, "annotation")])
        notes: list[tuple[tuple[str, str], ...]] = []
        for rule in rules:
            texts = [text_of(entry) for entry in children(rule, "annotationEntry")]
            written = [(heading, text) for heading, text in zip(headings, texts, strict=False) if text]
            described = child(rule, "description")
            if described is not None and described.text and "Description" not in headings:
                written.append(("Description", _one_line(described.text)))
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
    return tuple(
        ConditionColumn(headings[place] if sources[place] == ALWAYS else _free(f"{headings[place]} condition", taken))
        for place in asked
    )


def _free(wanted: str, taken: set[str]) -> str:
    """The wanted heading, or the first numbered one that is not taken; it is taken then."""
    heading = wanted
    for number in count(2):
        if heading not in taken:
            break
        heading = f"{wanted} ({number})"
    taken.add(heading)
    return heading


def _unique(wanted: list[str]) -> list[str]:
    taken: set[str] = set()
    return [_free(one, taken) for one in wanted]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _split(source: str) -> list[str]:
    return [part.strip() for part in source.split(".")]


def _listed(allowed: Test | None) -> tuple[Value, ...] | None:
    """The values that allowed values list, in order."""
    tests = allowed.tests if isinstance(allowed, OneOf) else (allowed,)
    values: list[Value] = []
    for test in tests:
        if not (isinstance(test, Compare) and test.operator == "=" and isinstance(test.operand, Literal)):
            return None
        values.append(test.operand.value)
    return tuple(values)


def _fits(cell: OutputCell, type_: Type) -> bool:
    """Whether a cell is computed, null, or of that type."""
    if isinstance(cell, Expression) or cell.value is None:
        return True
    items = cell.value if type_.is_list and isinstance(cell.value, tuple) else (cell.value,)
    return all(item is None or kind_of(item) == type_.kind.value for item in items)


def _is_plain_list(items: tuple[Value, ...]) -> bool:
    """Whether the cell of a list column can hold this: something, all of one kind."""
    return len({kind_of(item) for item in items}) == 1 and kind_of(items[0]) not in {"null", "list"}


def _common_type(cells: list[OutputCell]) -> Type:
    """The one type of all literal cells; ``Any`` where they differ or are computed."""
    kinds: set[tuple[str, bool]] = set()
    for cell in cells:
        if isinstance(cell, Expression):
            return Type(Kind.ANY)
        if isinstance(cell.value, tuple):
            kinds |= {(kind_of(item), True) for item in cell.value}
        elif cell.value is not None:
            kinds.add((kind_of(cell.value), False))
    if len(kinds) != 1:
        return Type(Kind.ANY)
    kind, is_list = kinds.pop()
    return Type(Kind(kind), is_list) if kind in set(Kind) else Type(Kind.ANY)


def effective_from_input(model: TableModel) -> TableModel:
    """A table whose effective dates travelled as the input ``effective at``, with the dates back on its rules."""
    places = [place for place, column in enumerate(model.inputs) if column.heading == EFFECTIVE]
    if not places:
        return model
    (place,) = places
    rules: list[Rule] = []
    for rule in model.rules:
        bounds = _bounds(rule.tests[place])
        if bounds is None:
            return model
        tests = rule.tests[:place] + rule.tests[place + 1 :]
        rules.append(replace(rule, tests=tests, effective_from=bounds[0], effective_to=bounds[1]))
    inputs = model.inputs[:place] + model.inputs[place + 1 :]
    return replace(model, inputs=inputs, rules=tuple(rules), effective=True)


def _bounds(test: Test) -> tuple[datetime | None, datetime | None] | None:
    """The half-open time that a test of the effective time says, or ``None`` where it says something else."""
    match test:
        case AnyValue():
            return None, None
        case Compare(">=", Literal(datetime() as start)) if start.tzinfo is not None:
            return start, None
        case Compare("<", Literal(datetime() as end)) if end.tzinfo is not None:
            return None, end
        case Interval(Literal(datetime() as start), Literal(datetime() as end), True, False):
            return (start, end) if start.tzinfo is not None and end.tzinfo is not None else None
        case _:
            return None
