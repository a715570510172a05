"""Columns of lists as dimensions: one for each class of elements (does the list hold one?), one for null.

Lists with a null among their elements are left out of the space: nobody lists null.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from forewarn.decision_tables.analysis.dimensions import ColumnPart, Dimension, Spread, live_classes
from forewarn.decision_tables.index.cells import Scope
from forewarn.decision_tables.index.classes import classify
from forewarn.decision_tables.model import InputColumn
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    IsNull,
    NoneOf,
    Not,
    Test,
)
from forewarn.decision_tables.values import Kind, Type

MOST_CLASSES = 24
"""Up to so many classes of elements a list column is decided."""

MOST_BOXES = 64
"""Up to so many boxes one cell is split into."""


class _Undecided(Exception):
    """The cell says more than the dimensions can."""


def list_part(column: InputColumn, tests: Sequence[Test], properties: Scope) -> ColumnPart:
    """The dimensions of a list column, and the boxes of each cell."""
    inner: dict[tuple[int, bool], Test] = {}
    for test in tests:
        if isinstance(test, AnyOf | AllOf):
            inner.update({(id(one), True): one for one in test.tests})
        elif isinstance(test, NoneOf):
            # An element of which nothing is known stands in the way of `none of`: asked is where the test is false.
            inner.update({(id(one), False): Not((one,)) for one in test.tests})
    allowed: Test = AnyValue() if column.allowed is None else column.allowed
    classes = classify(Type(column.type.kind), [*inner.values(), allowed], properties)
    shown = live_classes(classes, classes.spans(len(inner)), dict(column.aliases), nullable=False)
    decidable = len(shown) <= MOST_CLASSES
    if not decidable:
        shown = []
    residual = set(classes.residual)
    held: dict[tuple[int, bool], frozenset[int] | None] = {}
    for number, key in enumerate(inner):
        spans = classes.spans(number)
        holding = {new for new, (old, _) in enumerate(shown) if any(low <= old < high for low, high in spans)}
        wanted = holding if key[1] else set(range(len(shown))) - holding
        held[key] = frozenset(wanted) if decidable and number not in residual else None
    headings = (column.heading,)
    dimensions = [
        Dimension(headings, [(), None] if column.nullable else [()], holder=True, null=1 if column.nullable else None)
    ]
    for old, value in shown:
        is_other = column.type.kind in (Kind.STRING, Kind.ANY) and old == classes.null - 1
        other = 1 if is_other and classes.codes is not None else None
        dimensions.append(Dimension(headings, [None, value], element=True, other=other))
    part = ColumnPart(dimensions, [], [])
    builder = _Boxes(len(shown), column.nullable, held)
    for rule, test in enumerate(tests):
        try:
            part.several[rule] = builder.boxes(test)
        except _Undecided:
            part.open_rules.add(rule)
            part.several[rule] = builder.boxes(AnyValue())
    return part


class _Boxes:
    """The boxes of the cells of one list column."""

    def __init__(self, elements: int, nullable: bool, held: dict[tuple[int, bool], frozenset[int] | None]) -> None:
        self.elements = elements
        self.nullable = nullable
        self.held = held

    def boxes(self, test: Test) -> tuple[Spread, ...]:
        """Disjoint boxes that together are where the cell holds."""
        match test:
            case AnyValue():
                return (self._box(null=(0, 2 if self.nullable else 1)),)
            case IsNull():
                return (self._box(null=(1, 2)),) if self.nullable else ()
            case Not(tests=(IsNull(),)):
                return (self._box(null=(0, 1)),)
            case AnyOf():
                wanted = frozenset().union(*(self._classes(one) for one in test.tests))
                return self._some(wanted)
            case AllOf():
                return self._conjunction([self._some(self._classes(one)) for one in test.tests])
            case NoneOf():
                unwanted = frozenset().union(*(self._classes(one, possible=True) for one in test.tests))
                return (self._box(null=(0, 1), elements=dict.fromkeys(unwanted, (0, 1))),)
            case _:
                raise _Undecided

    def _classes(self, test: Test, *, possible: bool = False) -> frozenset[int]:
        """The classes of elements that satisfy a test; with ``possible`` those too of which nothing is known."""
        classes = self.held[id(test), not possible]
        if classes is None:
            raise _Undecided
        return classes

    def _box(self, null: tuple[int, int], elements: dict[int, tuple[int, int]] | None = None) -> Spread:
        asked = elements or {}
        return (null, *(asked.get(number, (0, 2)) for number in range(self.elements)))

    def _some(self, wanted: frozenset[int]) -> tuple[Spread, ...]:
        """Some wanted class is held: the first one held decides the box."""
        order = sorted(wanted)
        return tuple(
            self._box((0, 1), {**dict.fromkeys(order[:position], (0, 1)), number: (1, 2)})
            for position, number in enumerate(order)
        )

    def _conjunction(self, choices: list[tuple[Spread, ...]]) -> tuple[Spread, ...]:
        found: list[Spread] = []
        for tried, combination in enumerate(itertools.product(*choices)):
            if tried >= MOST_BOXES * 16:
                raise _Undecided
            box = tuple(
                (max(low for low, _ in spans), min(high for _, high in spans))
                for spans in zip(*combination, strict=True)
            )
            if all(low < high for low, high in box):
                found.append(box)
        if len(found) > MOST_BOXES:
            raise _Undecided
        return tuple(found)
