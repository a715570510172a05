"""One row of an event rule sheet: its cells to an `EventRule`, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from forewarn.decision_tables.allowed_values import refuse_not_allowed
from forewarn.decision_tables.grid import Cell, Grid, GridRow
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.sheet_dialect import Names, parse_input_cell
from forewarn.decision_tables.syntax import AnyValue
from forewarn.decision_tables.values import Kind
from forewarn.errors import Place, Severity
from forewarn.rules import codes
from forewarn.rules.cells import (
    cell_text,
    parse_action,
    parse_count,
    parse_effect,
    parse_same,
    parse_value,
    parse_within,
)
from forewarn.rules.model import Action, ActionKind, AttributeTest, EventRule, FieldValue, Pattern, Placeholder
from forewarn.rules.sheet_columns import BoundColumn, Columns, Found
from forewarn.rules.vocabulary import RuleVocabulary

_T = TypeVar("_T")

_EFFECTIVE_FROM, _EFFECTIVE_TO = "effective from", "effective to"
_NAMED = {ActionKind.DECIDE: "table.name", ActionKind.RUN_FLOW: "flow.name"}


class RowReader:
    """Reads the rows of one sheet; what is wrong with them goes to ``found``."""

    def __init__(self, grid: Grid, columns: Columns, vocabulary: RuleVocabulary, found: Found) -> None:
        self.grid = grid
        self.columns = columns
        self.vocabulary = vocabulary
        self.kinds = vocabulary.kinds
        self.found = found
        self.names = Names(
            properties={name: type_ for name, (type_, _) in vocabulary.properties.items()}, zone=vocabulary.zone
        )

    def rule(self, row: GridRow) -> EventRule | None:
        """The rule of a row, its id as written; ``None`` where Event or Do cannot be read."""
        before = len(self.found.items)
        event = self._event(row)
        action = self._cell(row, "Do", parse_action, required=True)
        if event is None or action is None:
            return None
        self._check_name(action, row)
        same = self._same(row, event)
        rule = EventRule(
            id=row.id or "",
            event=event,
            tests=self._tests(row, event),
            action=action,
            same=same,
            count=self._cell(row, "Count", parse_count),
            within=self._cell(row, "Within", parse_within),
            also=self._patterns(row, "And"),
            without=self._patterns(row, "Without"),
            effective_from=self._effect(row, _EFFECTIVE_FROM),
            effective_to=self._effect(row, _EFFECTIVE_TO),
            place=Place(self.grid.workbook, self.grid.sheet, f"A{row.number}"),
        )
        rule = replace(rule, values=self._values(row, rule))
        errors = self.found.items[before:]
        if not any(finding.severity is Severity.ERROR for finding in errors):
            self._check_whole(row, rule)
        return rule

    def _cell(self, row: GridRow, role: str, parse: Callable[[Cell], _T], *, required: bool = False) -> _T | None:
        index = self.columns.single.get(role)
        cell = None if index is None else row.cells[index]
        if cell is None or cell.blank:
            if required and cell is not None:
                self.found.note(codes.BLANK_CELL, f"the rule has no {role}", cell.place, rule=row.id)
            return None
        try:
            return parse(cell)
        except CellProblem as problem:
            self.found.problem(problem, cell.place, cell.shown, row.id)
            return None

    def _event(self, row: GridRow) -> str | None:
        event = self._cell(row, "Event", cell_text, required=True)
        if event is None or event in self.kinds:
            return event
        cell = row.cells[self.columns.single["Event"]]
        self.found.problem(self.vocabulary.unknown_kind(event, "event"), cell.place, cell.shown, row.id)
        return None

    def _is_of(self, event: str, record: str) -> bool:
        """Whether a heading's record means the rule's event."""
        return record in (event, self.kinds.record_of(event))

    def _same(self, row: GridRow, event: str) -> tuple[str, ...]:
        parts = self._cell(row, "Same", parse_same)
        if parts is None:
            return ()
        place = row.cells[self.columns.single["Same"]].place
        for record, attribute in parts:
            if not self._is_of(event, record):
                self.found.note(
                    codes.BAD_SAME, f"{record}.{attribute} is no attribute of the event {event}", place, rule=row.id
                )
                continue
            try:
                self.vocabulary.declared(record, attribute)
            except CellProblem as problem:
                self.found.problem(problem, place, None, row.id)
        return tuple(sorted(attribute for _, attribute in parts))

    def _tests(self, row: GridRow, event: str) -> tuple[AttributeTest, ...]:
        tests: list[AttributeTest] = []
        for column in self.columns.bound["If"]:
            test = self._test(row, column)
            if test is None or isinstance(test.test, AnyValue):
                continue
            if self._is_of(event, column.record):
                tests.append(test)
            else:
                self.found.note(
                    codes.OTHER_EVENT,
                    f"{column.record}.{column.attribute} is tested, the rule's event is {event}",
                    row.cells[column.index].place,
                    rule=row.id,
                    text=row.cells[column.index].shown,
                )
        return tuple(tests)

    def _test(self, row: GridRow, column: BoundColumn) -> AttributeTest | None:
        """The test of one cell, ``None`` where it is blank or wrong."""
        cell = row.cells[column.index]
        if cell.blank:
            return None
        try:
            test = parse_input_cell(cell, column.type, names=self.names, allowed=column.allowed)
        except CellProblem as problem:
            self.found.problem(problem, cell.place, cell.shown, row.id)
            return None
        return AttributeTest(column.attribute, column.type, test, column.heading, cell.place)

    def _patterns(self, row: GridRow, role: str) -> tuple[Pattern, ...]:
        """The further facts of a row: columns of one record are one pattern; a record whose cells are all blank is
        none, and ``-`` asks for the record without testing it.
        """
        by_record: dict[str, list[AttributeTest]] = {}
        for column in self.columns.bound[role]:
            test = self._test(row, column)
            if test is not None:
                by_record.setdefault(column.record, []).append(test)
        return tuple(
            Pattern(
                kind=record,
                tests=tuple(test for test in tests if not isinstance(test.test, AnyValue)),
                is_event=record in self.kinds.events or record in self.kinds.raised,
                place=tests[0].place,
            )
            for record, tests in by_record.items()
        )

    def _effect(self, row: GridRow, heading: str) -> datetime | None:
        index = self.columns.notes.get(heading)
        if index is None or row.cells[index].blank:
            return None
        cell = row.cells[index]
        try:
            return parse_effect(cell, self.vocabulary.zone)
        except CellProblem as problem:
            self.found.problem(problem, cell.place, cell.shown, row.id)
            return None

    def _values(self, row: GridRow, rule: EventRule) -> tuple[FieldValue, ...]:
        values: list[FieldValue] = []
        for column in self.columns.bound["With"]:
            cell = row.cells[column.index]
            if cell.blank:
                continue
            try:
                parts = parse_value(cell, column.type)
                if parts is None:
                    continue
                bound = tuple(self._placed(part, rule) if isinstance(part, Placeholder) else part for part in parts)
                self._check_literal(column, bound)
            except CellProblem as problem:
                self.found.problem(problem, cell.place, cell.shown, row.id)
                continue
            values.append(FieldValue(column.heading, bound, cell.place))
        return tuple(values)

    def _placed(self, placeholder: Placeholder, rule: EventRule) -> Placeholder:
        """The placeholder with the kind of the fact that it reads."""
        name = f"{placeholder.kind}.{placeholder.attribute}"
        if self._is_of(rule.event, placeholder.kind):
            kind = rule.event
        elif any(pattern.kind == placeholder.kind for pattern in rule.also):
            kind = placeholder.kind
        else:
            has = ", ".join(dict.fromkeys([rule.event, *(pattern.kind for pattern in rule.also)]))
            raise CellProblem(
                codes.BAD_PLACEHOLDER,
                f"{{{name}}} is neither of the event nor of an And record",
                hint=f"the rule has: {has}",
            )
        self.vocabulary.declared(kind, placeholder.attribute)
        return Placeholder(kind, placeholder.attribute)

    def _check_literal(self, column: BoundColumn, parts: tuple[str | Placeholder, ...]) -> None:
        """Refuse a literal that its field does not allow, or that a known set of names does not have."""
        if len(parts) != 1 or not isinstance(parts[0], str):
            return
        name = f"{column.record}.{column.attribute}"
        if column.type.kind is Kind.STRING:
            refuse_not_allowed(parts[0], column.allowed, parts[0])
        self.vocabulary.refuse_unknown(name, parts[0])

    def _check_name(self, action: Action, row: GridRow) -> None:
        if action.kind in _NAMED and action.target is not None:
            cell = row.cells[self.columns.single["Do"]]
            try:
                self.vocabulary.refuse_unknown(_NAMED[action.kind], action.target)
            except CellProblem as problem:
                self.found.problem(problem, cell.place, cell.shown, row.id)

    def _check_whole(self, row: GridRow, rule: EventRule) -> None:
        """What a row's cells say together."""
        further = [*rule.also, *rule.without]
        if not rule.same and (further or rule.count is not None):
            place = further[0].place if further else self._place(row, "Count")
            self.found.note(codes.MISSING_SAME, "the rule needs further facts, and Same is blank", place, rule=row.id)
        if rule.count is not None and rule.within is None:
            self.found.note(codes.COUNT_WITHOUT_WITHIN, "Count needs Within", self._place(row, "Count"), rule=row.id)
        if rule.within is not None and rule.count is None and not any(pattern.is_event for pattern in further):
            self.found.note(codes.IDLE_WITHIN, "Within has nothing to bound", self._place(row, "Within"), rule=row.id)
        if rule.count is not None and rule.waits:
            self.found.note(codes.COUNT_AND_WAIT, "the rule counts and waits", self._place(row, "Count"), rule=row.id)
        bounds = (rule.effective_from, rule.effective_to)
        if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
            place = row.cells[self.columns.notes[_EFFECTIVE_TO]].place
            self.found.note(codes.BAD_EFFECT, "the rule ends before it begins", place, rule=row.id)
        if rule.values and rule.action.kind is ActionKind.IGNORE:
            self.found.note(codes.IDLE_VALUES, "ignore fills no field", rule.values[0].place, rule=row.id)

    def _place(self, row: GridRow, role: str) -> Place:
        return row.cells[self.columns.single[role]].place
