"""From event rule sheets to a rule set (B6): columns by role, cells by the language of decision tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from forewarn.decision_tables.allowed_values import nearest, refuse_not_allowed
from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.grid import Cell, Grid, GridColumn, GridRow
from forewarn.decision_tables.layout import EVENT_ROLES
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.sheet_dialect import Names, parse_input_cell, parse_values_cell
from forewarn.decision_tables.syntax import AnyValue, Test
from forewarn.decision_tables.values import Kind, Type, Value, clean_text
from forewarn.errors import Finding, Findings, Place, Severity
from forewarn.rules import codes
from forewarn.rules.cells import (
    cell_text,
    parse_action,
    parse_count,
    parse_effect,
    parse_same,
    parse_value,
    parse_within,
    split_heading,
)
from forewarn.rules.column_types import column_type
from forewarn.rules.compiler import limit_findings
from forewarn.rules.kinds import STOCK_KINDS, Kinds
from forewarn.rules.model import (
    Action,
    ActionKind,
    AttributeTest,
    EventRule,
    FieldValue,
    Pattern,
    Placeholder,
    RuleSet,
    rule_content,
)

_T = TypeVar("_T")

_SINGLE = ("Event", "Same", "Count", "Within", "Do")
_BY_ATTRIBUTE = ("If", "And", "Without", "With")
_EFFECTIVE_FROM, _EFFECTIVE_TO = "effective from", "effective to"
_NAMED = {ActionKind.DECIDE: "table.name", ActionKind.RUN_FLOW: "flow.name"}


@dataclass(frozen=True, slots=True)
class RuleVocabulary:
    """What a site knows, for reading event rules.

    ``attributes`` are the types of every ``record.attribute`` (``None``: used alone, types are taken from the
    cells), ``allowed`` what their values must satisfy, ``names`` the sets that names must be in (``flow.name``,
    ``table.name``, or an attribute that is filled), ``properties`` the values of properties with their types.
    A date in a cell means 00:00 in ``zone``.
    """

    attributes: Mapping[str, Type] | None = None
    allowed: Mapping[str, Test] = field(default_factory=dict)
    names: Mapping[str, Collection[str]] = field(default_factory=dict)
    properties: Mapping[str, tuple[Type, Value]] = field(default_factory=dict)
    kinds: Kinds = STOCK_KINDS
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class ReadRules:
    """What reading gave: the rules of the sheets that are in order, the names of those that were refused, and
    everything that was found, warnings and notes included.
    """

    rule_set: RuleSet
    refused: tuple[str, ...]
    findings: tuple[Finding, ...]


ALONE = RuleVocabulary()
"""The vocabulary of who uses event rules without a site."""


def read_event_rules(
    grids: Iterable[Grid], *, vocabulary: RuleVocabulary = ALONE, name: str | None = None
) -> ReadRules:
    """Read event rule sheets, first sheet first, into one rule set.

    A sheet with an error is refused as a whole, with all of its findings, and the others are read. The rule set's
    ``name`` is that of the first sheet unless given.
    """
    sheets = tuple(grids)
    raised: set[str] = set()
    for grid in sheets:
        raised.update(_raised_events(grid))
    kinds = vocabulary.kinds.with_raised(raised)
    findings = Findings()
    rules: list[EventRule] = []
    refused: list[str] = []
    known: dict[str, Place] = {}
    for grid in sheets:
        reader = _SheetReader(grid, replace(vocabulary, kinds=kinds), known)
        own = reader.read()
        findings.items.extend(reader.findings.items)
        if reader.findings.refuse:
            refused.append(grid.name)
        else:
            rules.extend(own)
    rule_set = RuleSet(
        name or (sheets[0].name if sheets else "Event rules"), tuple(rules), _properties(rules, vocabulary)
    )
    return ReadRules(rule_set, tuple(refused), tuple(findings.items))


def _raised_events(grid: Grid) -> set[str]:
    """The events that a sheet's rules raise: other rules may wait for them."""
    raised: set[str] = set()
    for index, column in enumerate(grid.columns):
        if column.role == "Do":
            for row in grid.rows:
                try:
                    action = parse_action(row.cells[index])
                except CellProblem:
                    continue  # said where the cell is read
                if action.kind is ActionKind.RAISE_EVENT and action.target is not None:
                    raised.add(action.target)
    return raised


def _properties(rules: Sequence[EventRule], vocabulary: RuleVocabulary) -> tuple[tuple[str, Value], ...]:
    """The properties that the rules' cells name; only they count for the version."""
    text = "".join(rule_content(rule) for rule in rules)
    return tuple(
        (name, value) for name, (_, value) in sorted(vocabulary.properties.items()) if f'"name":"{name}"' in text
    )


@dataclass(slots=True)
class _Bound:
    """A column that reads or fills ``record.attribute``, with its index in a row."""

    index: int
    column: GridColumn
    record: str
    attribute: str
    type: Type
    allowed: Test | None


class _SheetReader:
    """Reads one sheet, collecting findings. ``known`` are the rule ids of the sheets before it."""

    def __init__(self, grid: Grid, vocabulary: RuleVocabulary, known: dict[str, Place]) -> None:
        self.grid = grid
        self.vocabulary = vocabulary
        self.kinds = vocabulary.kinds
        self.known = known
        self.findings = Findings()
        self.names = Names(
            properties={name: type_ for name, (type_, _) in vocabulary.properties.items()}, zone=vocabulary.zone
        )

    def read(self) -> list[EventRule]:
        """The sheet's rules; what they miss is in `findings`."""
        self.single = self._single_columns()
        self.bound = {role: list(self._bound_columns(role)) for role in _BY_ATTRIBUTE}
        self.effect = {
            clean_text(column.heading).casefold(): index
            for index, column in enumerate(self.grid.columns)
            if column.role == "Note"
        }
        if "Event" not in self.single or "Do" not in self.single:
            return []
        rules = [rule for row in self.grid.rows if (rule := self._rule(row)) is not None]
        rules = self._with_ids(rules)
        for finding in limit_findings(RuleSet(self.grid.name, tuple(rules))):
            self.findings.add(finding)
        return rules

    # Columns

    def _single_columns(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, column in enumerate(self.grid.columns):
            if column.role not in EVENT_ROLES:
                suggestion = nearest(column.role, EVENT_ROLES)
                self._add(
                    codes.UNKNOWN_ROLE, f"{column.role!r} is not a role", _role_place(column), suggestion=suggestion
                )
            elif column.role in _SINGLE:
                if column.role in found:
                    self._add(codes.DUPLICATE_COLUMN, f"a second column {column.role}", _role_place(column))
                found.setdefault(column.role, index)
        for role in ("Event", "Do"):
            if role not in found:
                place = Place(self.grid.workbook, self.grid.sheet, "A2")
                self._add(codes.MISSING_COLUMN, f"the sheet has no column with the role {role}", place)
        return found

    def _bound_columns(self, role: str) -> Iterator[_Bound]:
        seen: dict[str, GridColumn] = {}
        for index, column in enumerate(self.grid.columns):
            if column.role != role:
                continue
            heading = clean_text(column.heading)
            if heading in seen:
                self._add(
                    codes.DUPLICATE_COLUMN,
                    f"{role} {heading} stands in columns {seen[heading].letter} and {column.letter}",
                    column.place,
                    text=heading,
                )
                continue
            seen[heading] = column
            try:
                record, attribute = split_heading(heading)
                type_, allowed = self._attribute_type(role, record, attribute, index, column)
            except CellProblem as problem:
                self._problem(problem, column.place, heading)
                continue
            yield _Bound(index, column, record, attribute, type_, allowed)

    def _attribute_type(
        self, role: str, record: str, attribute: str, index: int, column: GridColumn
    ) -> tuple[Type, Test | None]:
        if role != "With" and record not in self.kinds:
            suggestion = nearest(record, self.kinds.names)
            raise CellProblem(
                codes.UNKNOWN_EVENT,
                f"there is no event or record {record!r}",
                hint=f"did you mean {suggestion}?" if suggestion else f"known: {', '.join(self.kinds.names)}",
                suggestion=suggestion,
            )
        name = f"{self.kinds.record_of(record)}.{attribute}"
        allowed = self.vocabulary.allowed.get(name)
        if column.values is not None and not column.values.blank:
            type_ = self._declared(name) or Type(Kind.STRING)
            allowed = parse_values_cell(column.values, type_, zone=self.vocabulary.zone)
        declared = self._declared(name)
        if declared is not None:
            return declared, allowed
        cells = [row.cells[index] for row in self.grid.rows]
        type_ = column_type(cells)
        if type_ == Type(Kind.STRING) and role != "With":
            self._add(codes.ASSUMED_TEXT, f"{name} is read as text", column.place, text=column.heading)
        return type_, allowed

    def _declared(self, name: str) -> Type | None:
        """The type of an attribute, ``None`` where nobody says; raises where a site does not know it."""
        attributes = self.vocabulary.attributes
        if attributes is None or name in attributes:
            return None if attributes is None else attributes[name]
        if name.partition(".")[0] in self.kinds.raised:
            return None  # it carries whatever the raising rule fills
        suggestion = nearest(name, attributes)
        raise CellProblem(
            codes.UNKNOWN_ATTRIBUTE,
            f"no record has the attribute {name}",
            hint=f"did you mean {suggestion}?" if suggestion else None,
            suggestion=suggestion,
        )

    # Rows

    def _rule(self, row: GridRow) -> EventRule | None:
        before = len(self.findings.items)
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
        errors = self.findings.items[before:]
        if not any(finding.severity is Severity.ERROR for finding in errors):
            self._check_whole(row, rule)
        return rule

    def _cell(self, row: GridRow, role: str, parse: Callable[[Cell], _T], *, required: bool = False) -> _T | None:
        index = self.single.get(role)
        cell = None if index is None else row.cells[index]
        if cell is None or cell.blank:
            if required and cell is not None:
                self._add(codes.BLANK_CELL, f"the rule has no {role}", cell.place, rule=row.id)
            return None
        try:
            return parse(cell)
        except CellProblem as problem:
            self._problem(problem, cell.place, cell.shown, row.id)
            return None

    def _event(self, row: GridRow) -> str | None:
        event = self._cell(row, "Event", cell_text, required=True)
        if event is None or event in self.kinds:
            return event
        suggestion = nearest(event, self.kinds.names)
        hint = f"did you mean {suggestion}?" if suggestion else f"known: {', '.join(self.kinds.names)}"
        cell = row.cells[self.single["Event"]]
        self._add(
            codes.UNKNOWN_EVENT,
            f"there is no event {event!r}",
            cell.place,
            rule=row.id,
            text=cell.shown,
            hint=hint,
            suggestion=suggestion,
        )
        return None

    def _is_of(self, event: str, record: str) -> bool:
        """Whether a heading's record means the rule's event."""
        return record in (event, self.kinds.record_of(event))

    def _same(self, row: GridRow, event: str) -> tuple[str, ...]:
        parts = self._cell(row, "Same", parse_same)
        if parts is None:
            return ()
        place = row.cells[self.single["Same"]].place
        for record, attribute in parts:
            if not self._is_of(event, record):
                self._add(
                    codes.BAD_SAME, f"{record}.{attribute} is no attribute of the event {event}", place, rule=row.id
                )
                continue
            try:
                self._declared(f"{self.kinds.record_of(record)}.{attribute}")
            except CellProblem as problem:
                self._problem(problem, place, None, row.id)
        return tuple(sorted(attribute for _, attribute in parts))

    def _tests(self, row: GridRow, event: str) -> tuple[AttributeTest, ...]:
        tests: list[AttributeTest] = []
        for column in self.bound["If"]:
            test = self._test(row, column)
            if test is None or isinstance(test.test, AnyValue):
                continue
            if self._is_of(event, column.record):
                tests.append(test)
            else:
                self._add(
                    codes.OTHER_EVENT,
                    f"{column.record}.{column.attribute} is tested, the rule's event is {event}",
                    row.cells[column.index].place,
                    rule=row.id,
                    text=row.cells[column.index].shown,
                )
        return tuple(tests)

    def _test(self, row: GridRow, column: _Bound) -> AttributeTest | None:
        """The test of one cell, ``None`` where it is blank or wrong."""
        cell = row.cells[column.index]
        if cell.blank:
            return None
        try:
            test = parse_input_cell(cell, column.type, names=self.names, allowed=column.allowed)
        except CellProblem as problem:
            self._problem(problem, cell.place, cell.shown, row.id)
            return None
        return AttributeTest(column.attribute, column.type, test, column.column.heading, cell.place)

    def _patterns(self, row: GridRow, role: str) -> tuple[Pattern, ...]:
        """The further facts of a row: columns of one record are one pattern; a record whose cells are all blank is
        none, and ``-`` asks for the record without testing it.
        """
        by_record: dict[str, list[AttributeTest]] = {}
        for column in self.bound[role]:
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
        index = self.effect.get(heading)
        if index is None or row.cells[index].blank:
            return None
        cell = row.cells[index]
        try:
            return parse_effect(cell, self.vocabulary.zone)
        except CellProblem as problem:
            self._problem(problem, cell.place, cell.shown, row.id)
            return None

    def _values(self, row: GridRow, rule: EventRule) -> tuple[FieldValue, ...]:
        values: list[FieldValue] = []
        for column in self.bound["With"]:
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
                self._problem(problem, cell.place, cell.shown, row.id)
                continue
            values.append(FieldValue(clean_text(column.column.heading), bound, cell.place))
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
        self._declared(f"{self.kinds.record_of(kind)}.{placeholder.attribute}")
        return Placeholder(kind, placeholder.attribute)

    def _check_literal(self, column: _Bound, parts: tuple[str | Placeholder, ...]) -> None:
        """Refuse a literal that its field does not allow, or that a known set of names does not have."""
        if len(parts) != 1 or not isinstance(parts[0], str):
            return
        name = f"{column.record}.{column.attribute}"
        if column.type.kind is Kind.STRING:
            refuse_not_allowed(parts[0], column.allowed, parts[0])
        self._refuse_unknown(name, parts[0])

    def _refuse_unknown(self, names: str, text: str) -> None:
        known = self.vocabulary.names.get(names)
        if known is not None and text not in known:
            suggestion = nearest(text, known)
            raise CellProblem(
                codes.UNKNOWN_NAME,
                f"no {names.replace('.', ' ')} {text!r}",
                hint=f"did you mean {suggestion}?" if suggestion else None,
                suggestion=suggestion,
            )

    def _check_name(self, action: Action, row: GridRow) -> None:
        if action.kind in _NAMED and action.target is not None:
            cell = row.cells[self.single["Do"]]
            try:
                self._refuse_unknown(_NAMED[action.kind], action.target)
            except CellProblem as problem:
                self._problem(problem, cell.place, cell.shown, row.id)

    def _check_whole(self, row: GridRow, rule: EventRule) -> None:
        """What a row's cells say together."""
        further = [*rule.also, *rule.without]
        if not rule.same and (further or rule.count is not None):
            place = further[0].place if further else self._place(row, "Count")
            self._add(codes.MISSING_SAME, "the rule looks for further facts, and Same is blank", place, rule=row.id)
        if rule.count is not None and rule.within is None:
            self._add(codes.COUNT_WITHOUT_WITHIN, "Count needs Within", self._place(row, "Count"), rule=row.id)
        if rule.within is not None and rule.count is None and not any(pattern.is_event for pattern in further):
            self._add(codes.IDLE_WITHIN, "Within has nothing to bound", self._place(row, "Within"), rule=row.id)
        if rule.count is not None and rule.waits:
            self._add(codes.COUNT_AND_WAIT, "the rule counts and waits", self._place(row, "Count"), rule=row.id)
        bounds = (rule.effective_from, rule.effective_to)
        if bounds[0] is not None and bounds[1] is not None and bounds[0] >= bounds[1]:
            place = row.cells[self.effect[_EFFECTIVE_TO]].place
            self._add(codes.BAD_EFFECT, "the rule ends before it begins", place, rule=row.id)
        if rule.values and rule.action.kind is ActionKind.IGNORE:
            self._add(codes.IDLE_VALUES, "ignore fills no field", rule.values[0].place, rule=row.id)

    def _with_ids(self, rules: list[EventRule]) -> list[EventRule]:
        """The rules, each with an id: a missing one is made from the rule's content, with a suffix on repeats."""
        made: dict[str, int] = {}
        named: list[EventRule] = []
        for rule in rules:
            identity = rule.id
            if not identity:
                stem = "R-" + hashlib.sha256(rule_content(rule).encode()).hexdigest()[:8]
                made[stem] = made.get(stem, 0) + 1
                identity = stem if made[stem] == 1 else f"{stem}-{made[stem]}"
            elif identity in self.known:
                other = self.known[identity]
                finding = codes.DUPLICATE_RULE.finding(
                    f"rule id {identity!r} stands at {other} too", rule.place, rule=identity, related=(other,)
                )
                self.findings.add(finding)
            self.known.setdefault(identity, rule.place)
            named.append(replace(rule, id=identity))
        return named

    # Findings

    def _place(self, row: GridRow, role: str) -> Place:
        return row.cells[self.single[role]].place

    def _add(
        self,
        code: Code,
        message: str,
        place: Place,
        *,
        rule: str | None = None,
        text: str | None = None,
        hint: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        self.findings.add(code.finding(message, place, rule=rule, text=text, hint=hint, suggestion=suggestion))

    def _problem(self, problem: CellProblem, place: Place, text: str | None, rule: str | None = None) -> None:
        self._add(
            problem.code, problem.message, place, rule=rule, text=text, hint=problem.hint, suggestion=problem.suggestion
        )


def _role_place(column: GridColumn) -> Place:
    return replace(column.place, cell=f"{column.letter}2")
