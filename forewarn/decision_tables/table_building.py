"""From a `Grid` to a `TableModel`: columns get their meaning, cells are parsed, all that is wrong is collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from forewarn.decision_tables import codes
from forewarn.decision_tables.allowed_values import problem_of_name
from forewarn.decision_tables.cell_remarks import remark
from forewarn.decision_tables.columns import Column
from forewarn.decision_tables.definitions import Definitions
from forewarn.decision_tables.effective_dates import (
    EFFECTIVE_FROM,
    EFFECTIVE_TO,
    bounds_in_time,
    effective_moment,
)
from forewarn.decision_tables.grid import Cell, Grid, GridRow
from forewarn.decision_tables.layout import IF, IF_EXPRESSION, NOTE, THEN, THEN_EXPRESSION, hit_policy_of
from forewarn.decision_tables.literals import CellProblem, refuse_unusable
from forewarn.decision_tables.model import (
    ConditionColumn,
    HitPolicy,
    InputColumn,
    OutputCell,
    OutputColumn,
    Rule,
    TableModel,
)
from forewarn.decision_tables.reserved_sheets import finding_of
from forewarn.decision_tables.sheet_dialect import Names, parse_input_cell, parse_output_cell
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    Condition,
    Expression,
    Interval,
    Literal,
    NoneOf,
    Not,
    OneOf,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import Kind, Type, Value, clean_text
from forewarn.decision_tables.version import rule_content_id
from forewarn.decision_tables.vocabulary import NamedSet, Vocabulary
from forewarn.errors import Finding, Place, Severity

_MOST_FINDINGS = 1_000
"""Nobody mends more at once, and a file that is nothing but errors must not fill the memory."""


_Parsed = TypeVar("_Parsed", Test, Literal | Expression)


@dataclass(frozen=True, slots=True)
class _Seen(Generic[_Parsed]):
    """What came of a cell: what it means, unless it is refused, and what is to be said about it."""

    parsed: _Parsed | None
    problem: CellProblem | None


class TableBuilder:
    """Builds one table. ``columns`` come from `ColumnReader`; findings collect in ``findings``."""

    def __init__(
        self, grid: Grid, columns: tuple[Column, ...], definitions: Definitions, vocabulary: Vocabulary | None
    ) -> None:
        self.grid = grid
        self.columns = columns
        self.definitions = definitions
        self.vocabulary = vocabulary
        self.findings: list[Finding] = []
        policy = hit_policy_of(grid.kind)
        assert policy is not None  # noqa: S101 - the layout lets no other sheet through
        self.policy = policy
        self.inputs = [column for column in columns if column.grid.role == IF]
        names = self._names()
        self._names_of = {column.index: replace(names, own=column.grid.heading) for column in self.inputs}
        self._properties: set[str] = set()
        self._seen: dict[tuple[int, str, object, bool, str | None], _Seen[Any]] = {}

    def build(self) -> TableModel:
        """The model of the table; it may only be used where no finding is an error."""
        self._structure()
        defaults = self._defaults()
        rules = tuple(self._with_ids(list(self._rules())))
        self._catch_all(rules)
        outputs = [column for column in self.columns if column.grid.role in (THEN, THEN_EXPRESSION)]
        conditions = [column for column in self.columns if column.grid.role == IF_EXPRESSION]
        bounds = [
            (bound, column)
            for column in self.columns
            if column.grid.role == NOTE and (bound := bounds_in_time(column.grid.heading)) is not None
        ]
        grid = self.grid
        return TableModel(
            name=grid.name,
            hit_policy=self.policy,
            inputs=tuple(self._input(column) for column in self.inputs),
            outputs=tuple(
                OutputColumn(
                    heading=column.grid.heading,
                    type=column.type,
                    binding=column.meaning.binding,
                    allowed=column.allowed,
                    ranked=column.ranked,
                    default=defaults.get(column.index),
                    place=column.grid.place,
                )
                for column in outputs
            ),
            rules=rules,
            conditions=tuple(ConditionColumn(column.grid.heading, column.grid.place) for column in conditions),
            has_default=any(column.grid.default is not None for column in self.columns),
            effective=bool(bounds),
            place=Place(grid.workbook, grid.sheet),
            columns=(
                *((column.grid.heading, column.grid.letter) for column in [*self.inputs, *conditions, *outputs]),
                *((bound, column.grid.letter) for bound, column in bounds),
            ),
            properties=tuple((name, self.definitions.properties[name].value) for name in sorted(self._properties)),
        )

    def _names(self) -> Names:
        return Names(
            headings={column.grid.heading: column.type for column in self.inputs},
            bound={
                column.meaning.binding.name: column.grid.heading
                for column in self.inputs
                if column.meaning.binding is not None
            },
            properties={name: entry.type for name, entry in self.definitions.properties.items()},
            zone=self.definitions.zone,
        )

    def _input(self, column: Column) -> InputColumn:
        return InputColumn(
            heading=column.grid.heading,
            type=column.type,
            binding=column.meaning.binding,
            nullable=column.meaning.nullable,
            allowed=column.allowed,
            aliases=tuple(self._aliases(column)),
            place=column.grid.place,
        )

    def _aliases(self, column: Column) -> Iterator[tuple[str, Value]]:
        for alias in self.definitions.aliases_of(column.meaning):
            # An alias of the attribute may stand for a value that this table's narrower Values leave out: it then
            # maps to a value that is not allowed here, and the decision says so.
            try:
                literal = parse_output_cell(
                    alias.value,
                    Type(column.type.kind),
                    allowed=column.meaning.allowed,
                    zone=self.definitions.zone,
                )
            except CellProblem as problem:
                self.findings.append(finding_of(problem, alias.value))
                continue
            yield alias.spelling, literal.value

    def _moment(self, cell: Cell, rule: str | None) -> datetime | None:
        try:
            return effective_moment(cell, self.definitions.zone)
        except CellProblem as problem:
            self.findings.append(finding_of(problem, cell, rule))
            return None

    def _rules(self) -> Iterator[Rule]:
        errors = counted = 0
        for row in self.grid.rows:
            yield self._rule(row)
            errors += sum(finding.severity is Severity.ERROR for finding in self.findings[counted:])
            counted = len(self.findings)
            if errors > _MOST_FINDINGS:
                self.findings.append(
                    codes.TOO_MANY.finding(f"more than {_MOST_FINDINGS} errors: reading ends here", row.cells[0].place)
                )
                return

    def _rule(self, row: GridRow) -> Rule:
        tests: list[Test] = []
        conditions: list[Test] = []
        outputs: list[OutputCell] = []
        notes: list[tuple[str, str]] = []
        bounds: dict[str, datetime | None] = {}
        for column, cell in zip(self.columns, row.cells, strict=True):
            match column.grid.role:
                case "If":
                    tests.append(self._test(column, cell, row.id))
                case "If expression":
                    conditions.append(self._condition(column, cell, row.id))
                case "Then" | "Then expression":
                    outputs.append(self._output(column, cell, row.id))
                case _:
                    bound = bounds_in_time(column.grid.heading)
                    if bound is not None:
                        bounds[bound] = self._moment(cell, row.id)
                    elif not cell.blank:
                        notes.append((column.grid.heading, clean_text(cell.shown)))
        start, end = bounds.get(EFFECTIVE_FROM), bounds.get(EFFECTIVE_TO)
        if start is not None and end is not None and start >= end:
            place = next(
                cell.place
                for column, cell in zip(self.columns, row.cells, strict=True)
                if bounds_in_time(column.grid.heading) == EFFECTIVE_TO
            )
            self.findings.append(
                codes.DATES_REVERSED.finding(
                    f"the rule ends at {end:%Y-%m-%d %H:%M} UTC and begins at {start:%Y-%m-%d %H:%M} UTC",
                    place,
                    rule=row.id,
                )
            )
        return Rule(row.id or "", tuple(tests), tuple(outputs), tuple(conditions), start, end, tuple(notes), row.number)

    def _once(self, column: Column, cell: Cell, rule: str | None, parse: Callable[[], _Parsed]) -> _Parsed | None:
        """Parse a cell unless an equal one of the column was parsed: tables repeat themselves a lot."""
        key = (column.index, type(cell.value).__name__, cell.value, cell.is_formula, cell.number_format)
        known = self._seen.get(key)
        if known is None:
            try:
                parsed = parse()
            except CellProblem as problem:
                known = _Seen(None, problem)
            else:
                known = _Seen(parsed, self._remark(column, cell, parsed))
            self._seen[key] = known
        if known.problem is not None:
            self.findings.append(finding_of(known.problem, cell, rule))
        return known.parsed

    def _remark(self, column: Column, cell: Cell, parsed: Test | Literal | Expression) -> CellProblem | None:
        if cell.blank or isinstance(parsed, Expression | Condition):
            return None
        if isinstance(parsed, Literal):
            return remark(cell, column.type, Compare("=", parsed), None, nullable=True)
        return remark(cell, column.type, parsed, column.allowed, column.meaning.nullable)

    def _test(self, column: Column, cell: Cell, rule: str | None) -> Test:
        def parse() -> Test:
            test = parse_input_cell(cell, column.type, names=self._names_of[column.index], allowed=column.allowed)
            self._refuse_unknown_names(column, _literals(test))
            self._properties.update(operand.name for operand in _operands(test) if isinstance(operand, PropertyRef))
            return test

        return self._once(column, cell, rule, parse) or AnyValue()

    def _output(self, column: Column, cell: Cell, rule: str | None) -> OutputCell:
        def parse() -> Literal | Expression:
            if column.grid.role == THEN_EXPRESSION and not cell.blank:
                return self._computed(cell)
            literal = parse_output_cell(cell, column.type, allowed=column.allowed, zone=self.definitions.zone)
            self._refuse_unknown_names(column, literal.value if isinstance(literal.value, tuple) else [literal.value])
            return literal

        return self._once(column, cell, rule, parse) or Literal(None)

    def _condition(self, column: Column, cell: Cell, rule: str | None) -> Test:
        def parse() -> Test:
            if cell.blank or cell.shown.strip() == "-":
                return AnyValue()
            return Condition(self._expression(cell))

        return self._once(column, cell, rule, parse) or AnyValue()

    def _computed(self, cell: Cell) -> Expression | Literal:
        """What a ``Then expression`` cell holds: a constant where it computes nothing."""
        refuse_unusable(cell)
        # The expression language is loaded by the first cell that computes.
        from forewarn.decision_tables import feel  # noqa: PLC0415

        self._note_properties(cell.shown)
        try:
            return feel.parse_output(clean_text(cell.shown), self._expression_names())
        except feel.FeelSyntaxError as error:
            raise CellProblem(codes.SYNTAX, str(error), hint="an expression over the table's inputs") from error

    def _note_properties(self, source: str) -> None:
        if "property." in source:
            self._properties.update(name for name in self.definitions.properties if f"property.{name}" in source)

    def _expression_names(self) -> set[str]:
        names = {column.grid.heading for column in self.inputs}
        names |= {column.meaning.binding.name for column in self.inputs if column.meaning.binding is not None}
        return names | {f"property.{name}" for name in self.definitions.properties}

    def _expression(self, cell: Cell) -> Expression:
        refuse_unusable(cell)
        from forewarn.decision_tables import feel  # noqa: PLC0415 - loaded by the first cell that computes

        self._note_properties(cell.shown)
        try:
            return feel.parse_expression(clean_text(cell.shown), self._expression_names())
        except feel.FeelSyntaxError as error:
            raise CellProblem(codes.SYNTAX, str(error), hint="an expression over the table's inputs") from error

    def _refuse_unknown_names(self, column: Column, values: Iterable[Value]) -> None:
        known = self._named_set(column)
        if known is None:
            return
        for value in values:
            if isinstance(value, str) and value not in known.names:
                problem = problem_of_name(value, known.names, f"no {known.what} of that name: {value!r}")
                raise CellProblem(codes.UNKNOWN_NAME, problem.message, hint=problem.hint, suggestion=problem.suggestion)

    def _named_set(self, column: Column) -> NamedSet | None:
        binding = column.meaning.binding
        if self.vocabulary is None or binding is None:
            return None
        return self.vocabulary.names.get(binding.name)

    def _defaults(self) -> dict[int, OutputCell]:
        defaults: dict[int, OutputCell] = {}
        for column in self.columns:
            cell = column.grid.default
            if cell is None:
                continue
            if column.grid.role in (THEN, THEN_EXPRESSION):
                counted = self.policy is HitPolicy.COLLECT_COUNT
                answer = replace(column, index=-1, type=Type(Kind.NUMBER), allowed=None) if counted else column
                defaults[column.index] = self._output(answer, cell, "Default")
            elif column.grid.role != NOTE and not cell.blank and cell.shown.strip() != "-":
                self.findings.append(
                    codes.MISPLACED_ROW.finding(
                        "the Default row asks nothing", cell.place, text=cell.shown, hint="empty the cell, or write -"
                    )
                )
        return defaults

    def _with_ids(self, rules: list[Rule]) -> Iterator[Rule]:
        taken = {rule.id for rule in rules if rule.id}
        for rule in rules:
            if rule.id:
                yield rule
                continue
            base = identity = rule_content_id(rule)
            repeat = 1
            while identity in taken:
                repeat += 1
                identity = f"{base}-{repeat}"
            taken.add(identity)
            yield replace(rule, id=identity)

    def _catch_all(self, rules: tuple[Rule, ...]) -> None:
        if self.policy is not HitPolicy.FIRST:
            return
        for rule, row in zip(rules[:-1], self.grid.rows, strict=False):
            open_ended = rule.effective_from is None and rule.effective_to is None
            if open_ended and all(isinstance(test, AnyValue) for test in (*rule.tests, *rule.conditions)):
                if any(finding.rule == rule.id and finding.severity is Severity.ERROR for finding in self.findings):
                    continue
                self.findings.append(
                    codes.NOT_LAST.finding(
                        f"rule {rule.id} takes everything, the rules below it never fire",
                        row.cells[0].place,
                        rule=rule.id,
                    )
                )

    def _structure(self) -> None:
        outputs = [column for column in self.columns if column.grid.role in (THEN, THEN_EXPRESSION)]
        kind = Place(self.grid.workbook, self.grid.sheet, "A2")
        if not outputs:
            self.findings.append(codes.NO_COLUMNS.finding("the table has no Then column", kind))
        if self.policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) and not any(
            column.ranked is not None for column in outputs
        ):
            self.findings.append(
                codes.NO_RANK.finding(f"{self.grid.kind} ranks by the Values row, and no output has values there", kind)
            )
        if self.policy.aggregate and len(outputs) > 1:
            self.findings.append(
                codes.BAD_AGGREGATE.finding(
                    f"{self.grid.kind} has exactly one output, this table has {len(outputs)}", outputs[1].grid.place
                )
            )
        if self.policy.aggregate and self.policy is not HitPolicy.COLLECT_COUNT:
            for column in outputs:
                if column.type != Type(Kind.NUMBER):
                    self.findings.append(
                        codes.BAD_AGGREGATE.finding(
                            f"{self.grid.kind} needs numbers, {column.grid.heading!r} is of type {column.type}",
                            column.grid.place,
                        )
                    )
        for column in self.inputs:
            position = column.index
            blank = next((row.cells[position] for row in self.grid.rows if row.cells[position].blank), None)
            if blank is not None:
                self.findings.append(
                    codes.ANY_CELLS.finding(f"blank cells of {column.grid.heading!r} mean any value", blank.place)
                )


def _operands(test: Test) -> Iterator[object]:
    match test:
        case Compare():
            yield test.operand
        case Interval():
            yield test.low
            yield test.high
        case Condition():
            yield test.expression
        case OneOf() | Not() | AnyOf() | AllOf() | NoneOf():
            for inner in test.tests:
                yield from _operands(inner)


def _literals(test: Test) -> Iterator[Value]:
    for operand in _operands(test):
        if isinstance(operand, Literal):
            yield operand.value
