"""One table's input space: dimensions of numbered classes, and what each rule takes of them.

A dimension is a column cut into the classes that its cells tell apart; null, where an input may be null, is the
first class. Classes that no allowed input is of are left out, so that every class has a value that shows it.
Columns that read one attribute are one dimension. A list column has a dimension a class of its elements (does
the list hold one?) and one for null. Effective time is the last dimension.

What a class cannot say (another input, an expression, business time in an order) makes the rule *open* in that
column: it takes some part, unknown which, of what the dimension holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from forewarn.decision_tables.analysis.representatives import EMPTY, Empty, admission, representatives
from forewarn.decision_tables.index.cells import Scope
from forewarn.decision_tables.index.classes import ColumnClasses, classify, moments
from forewarn.decision_tables.index.spans import Spans, intersection, union
from forewarn.decision_tables.model import InputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Test
from forewarn.decision_tables.values import Kind, Value

TIME_HEADING = "at"
"""What the effective time is called in a witness: the argument of `Table.decide`."""


@dataclass(slots=True)
class Dimension:
    """One dimension: its classes with a value each, and which class is special.

    ``rest`` is the class of every value that no cell names, ``other`` the same where nothing lists the texts and no
    rule takes one that no cell names; ``element`` tells that the two
    classes say whether a list lacks or holds an element like ``values[1]``, ``holder`` that they say whether the
    list is there (0) or null (1).
    """

    headings: tuple[str, ...]
    values: list[Value]
    classes: ColumnClasses | None = None
    origins: list[int] = field(default_factory=list)
    null: int | None = None
    rest: int | None = None
    other: int | None = None
    element: bool = False
    holder: bool = False
    time: bool = False

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.values)


Spread: TypeAlias = tuple[tuple[int, int], ...]
"""A half-open span of classes a dimension."""


@dataclass(slots=True)
class ColumnPart:
    """The dimensions of one column, and the part of them that each rule takes.

    A plain column has one dimension and ``low``/``high``, the one span a rule; ``several`` has the rules that take
    other than one span of classes, as disjoint boxes over the dimensions. ``columns`` are the positions of the
    input columns (none for effective time). ``open_rules`` are those whose cell is not decidable.
    """

    dimensions: list[Dimension]
    low: list[int]
    high: list[int]
    columns: tuple[int, ...] = ()
    several: dict[int, tuple[Spread, ...]] = field(default_factory=dict)
    open_rules: set[int] = field(default_factory=set)

    @property
    def plain(self) -> bool:
        """Whether this is one dimension of single values."""
        return bool(self.low)

    def spans(self, rule: int) -> Spans:
        """The classes that a rule takes of a plain column."""
        boxes = self.several.get(rule)
        if boxes is None:
            return ((self.low[rule], self.high[rule]),)
        return tuple(span for (span,) in boxes)


def plain_part(columns: Sequence[InputColumn], tests: Sequence[Sequence[Test]], properties: Scope) -> ColumnPart:
    """The dimension of a column of single values, or of several columns that read one attribute.

    ``tests`` are each column's cells by rule.
    """
    count = len(tests[0])
    first = columns[0]
    # Rules read from sheets share the tests of equal cells.
    distinct = {id(test): test for column in tests for test in column}
    limits = [AnyValue() if column.allowed is None else column.allowed for column in columns]
    classes = classify(first.type, [*distinct.values(), *limits], properties)
    allowed: Spans = ((0, classes.size),)
    for number in range(len(limits)):
        allowed = intersection(allowed, classes.spans(len(distinct) + number))
    aliases = {spelling: value for column in columns for spelling, value in column.aliases}
    shown = live_classes(classes, allowed, aliases, nullable=all(column.nullable for column in columns))
    dimension = Dimension(
        headings=tuple(column.heading for column in columns),
        values=[value for _, value in shown],
        classes=classes,
        origins=[origin for origin, _ in shown],
    )
    dimension.null = 0 if shown and shown[0][0] == classes.null else None
    if classes.codes is not None:
        dimension.rest = next((new for new, (old, _) in enumerate(shown) if old == classes.null - 1), None)
        if first.type.kind in (Kind.STRING, Kind.ANY):
            dimension.other = dimension.rest
    places = _Places(classes, dimension)
    residual = set(classes.residual)
    taken = {key: places.of_spans(classes.spans(number)) for number, key in enumerate(distinct)}
    undecided = {key for number, key in enumerate(distinct) if number in residual}
    part = ColumnPart([dimension], [0] * count, [0] * count)
    for rule, keys in enumerate(zip(*([id(test) for test in column] for column in tests), strict=True)):
        spans = taken[keys[0]]
        for key in keys[1:]:
            spans = intersection(spans, taken[key])
        if len(spans) == 1:
            part.low[rule], part.high[rule] = spans[0]
        elif spans:
            part.several[rule] = tuple((span,) for span in spans)
        if undecided and not undecided.isdisjoint(keys):
            part.open_rules.add(rule)
    return part


def time_part(rules: Sequence[Rule], since: datetime | None) -> ColumnPart:
    """The dimension of effective time; with ``since``, of the time from then on."""
    bounds = [(rule.effective_from, rule.effective_to) for rule in rules]
    classes = moments([*bounds, (since, None)])
    admitted = classes.spans(len(rules)) if since is not None else ((0, classes.size),)
    shown = live_classes(classes, admitted, {}, nullable=False)
    dimension = Dimension((TIME_HEADING,), [value for _, value in shown], classes, [old for old, _ in shown], time=True)
    places = _Places(classes, dimension)
    part = ColumnPart([dimension], [0] * len(rules), [0] * len(rules))
    for rule in range(len(rules)):
        spans = places.of_spans(classes.spans(rule))
        if spans:
            part.low[rule], part.high[rule] = spans[0]
    return part


def live_classes(
    classes: ColumnClasses, allowed: Spans, aliases: dict[str, Value], *, nullable: bool
) -> list[tuple[int, Value]]:
    """The classes that inputs can be of, null first, each with a value."""
    found: list[tuple[int, Value]] = [(classes.null, None)] if nullable else []
    values: list[Value | Empty] = representatives(classes, admission(aliases))
    for low, high in allowed:
        for number in range(low, min(high, classes.null)):
            value = values[number]
            if value is not EMPTY and not isinstance(value, Empty):
                found.append((number, value))
    return found


class _Places:
    """From spans of a column's classes to spans of its live ones, null first."""

    def __init__(self, classes: ColumnClasses, dimension: Dimension) -> None:
        self.seen: dict[Spans, Spans] = {}
        self.null = classes.null
        self.with_null = dimension.null is not None
        self.before = [0] * (classes.null + 1)
        live = [False] * classes.null
        for old in dimension.origins:
            if old != classes.null:
                live[old] = True
        running = 1 if self.with_null else 0
        for number, is_live in enumerate(live):
            self.before[number] = running
            running += is_live
        self.before[classes.null] = running

    def of_span(self, low: int, high: int) -> Spans:
        """The live classes of one span."""
        start, end = self.before[min(low, self.null)], self.before[min(high, self.null)]
        if not (self.with_null and high > self.null and high > low):
            return ((start, end),) if start < end else ()
        if start >= end:
            return ((0, 1),)
        return ((0, end),) if start == 1 else ((0, 1), (start, end))

    def of_spans(self, spans: Spans) -> Spans:
        """The live classes of several spans."""
        found = self.seen.get(spans)
        if found is None:
            found = self.seen[spans] = union(span for one in spans for span in self.of_span(*one))
        return found


def input_groups(model: TableModel) -> list[list[int]]:
    """The input columns by position, those that read one attribute together."""
    groups: dict[object, list[int]] = {}
    for position, column in enumerate(model.inputs):
        shared = column.binding is not None and column.expression is None and not column.type.is_list
        key: object = (column.binding, column.type) if shared else position
        groups.setdefault(key, []).append(position)
    return list(groups.values())
