"""Where each rule of a table matches: boxes over the dimensions of its input space.

A rule is one box but where a cell of a list column, or one of very many classes, takes several: its *pieces*.
A rule with a cell that is not decidable is *open*: its pieces say where it may match, not where it does.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from forewarn.decision_tables.analysis.boxes import WORD, Box, Boxes, Flags, Numbers, Shape, Words, words_of
from forewarn.decision_tables.analysis.dimensions import (
    TIME_HEADING,
    ColumnPart,
    Dimension,
    Spread,
    input_groups,
    plain_part,
    time_part,
)
from forewarn.decision_tables.analysis.list_columns import list_part
from forewarn.decision_tables.index.cells import PROPERTY
from forewarn.decision_tables.index.spans import Spans
from forewarn.decision_tables.model import TableModel
from forewarn.decision_tables.syntax import AnyValue
from forewarn.decision_tables.values import Value

MOST_PIECES = 512
"""Up to so many boxes one rule is split into; beyond, the rule counts as not decidable."""

MOST_WORDS = 16
"""Up to so many words of bits a set of classes may take; in larger columns a set is split into its spans."""


@dataclass(slots=True)
class Undecided:
    """Why rules are open: which columns or conditions, what about them, and the rules by position."""

    subject: str
    reason: str
    rules: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Regions:
    """The input space of a table and its rules in it.

    ``rule`` is the rule of each of ``boxes``, ascending; ``decided`` tells of each rule that its boxes are exactly
    where it matches. ``asked`` is the part of the space in which gaps are looked for (``None``: there is none):
    without the texts that no cell names where no rule takes any such text, and without null in the standard's
    mode, where every input may be null.
    """

    model: TableModel
    dimensions: list[Dimension]
    parts: list[ColumnPart]
    boxes: Boxes
    rule: Numbers
    decided: Flags
    undecided: list[Undecided]
    asked: list[range]

    @property
    def inhabited(self) -> bool:
        """Whether there is any input at all."""
        return all(dimension.size for dimension in self.dimensions)

    def rows(self, rule: int) -> slice:
        """The rows of a rule's boxes."""
        first, last = np.searchsorted(self.rule, [rule, rule + 1])
        return slice(int(first), int(last))

    def witness(self, point: Sequence[int]) -> Mapping[str, Any]:
        """An input of the classes of ``point``, by heading, and ``at`` where the table has effective dates."""
        found: dict[str, Any] = {}
        for dimension, number in zip(self.dimensions, point, strict=True):
            for heading in dimension.headings:
                if dimension.element:
                    if number == 1 and found[heading] is not None:
                        found[heading] = (*found[heading], dimension.values[1])
                else:
                    found[heading] = dimension.values[number]
        headings = [column.heading for column in self.model.inputs]
        if self.model.effective:
            headings.append(TIME_HEADING)
        return {heading: found[heading] for heading in headings}

    def witness_in(self, box: Box) -> Mapping[str, Any]:
        """An input in a box."""
        return self.witness_among(self.boxes.shape.classes(box))

    def witness_among(self, classes: Sequence[Sequence[int]]) -> Mapping[str, Any]:
        """An input of some classes of each dimension, not null where it may be otherwise."""
        return self.witness(
            [
                numbers[1]
                if numbers[0] == 0 and dimension.null == 0 and len(numbers) > 1 and not dimension.holder
                else numbers[0]
                for dimension, numbers in zip(self.dimensions, classes, strict=True)
            ]
        )


def regions_of(model: TableModel, *, since: datetime | None = None) -> Regions:
    """The regions of every rule; with ``since``, of the time from that aware moment on."""
    parts, undecided = _parts(model, since)
    dimensions = [dimension for part in parts for dimension in part.dimensions]
    decided = np.ones(len(model.rules), np.bool_)
    for entry in undecided:
        decided[entry.rules] = False
    boxes, rule, capped = _boxes(parts, len(model.rules))
    if capped:
        decided[capped] = False
        reason = f"its cells make more than {MOST_PIECES} combinations"
        undecided.append(Undecided("the whole rule", reason, capped))
    asked = [range(dimension.size) for dimension in dimensions]
    for number, dimension in enumerate(dimensions):
        if dimension.other is not None:
            if boxes.taken(number)[dimension.other]:
                # Some rule takes texts that no cell names, so where such a text is not taken is a gap like any.
                dimension.other = None
            else:
                asked[number] = range(dimension.other)
        if not model.strict and dimension.null == 0:
            asked[number] = asked[number][1:]
    return Regions(model, dimensions, parts, boxes, rule, decided, undecided, asked)


def _parts(model: TableModel, since: datetime | None) -> tuple[list[ColumnPart], list[Undecided]]:
    properties: dict[str, Value] = {PROPERTY + name: value for name, value in model.properties}
    parts: list[ColumnPart] = []
    undecided: list[Undecided] = []
    for group in input_groups(model):
        columns = [model.inputs[position] for position in group]
        tests = [[rule.tests[position] for rule in model.rules] for position in group]
        if columns[0].type.is_list:
            part = list_part(columns[0], tests[0], properties)
        else:
            part = plain_part(columns, tests, properties)
        part.columns = tuple(group)
        reason = "the cell compares with another input, an expression, or values without order"
        if columns[0].expression is not None:
            # What a computed input can come to is unknown: whoever asks anything of it is open.
            part.open_rules.update(number for number, test in enumerate(tests[0]) if not isinstance(test, AnyValue))
            reason = "the input is computed"
        if part.open_rules:
            subject = " and ".join(repr(column.heading) for column in columns)
            undecided.append(Undecided(subject, reason, sorted(part.open_rules)))
        parts.append(part)
    for position, condition in enumerate(model.conditions):
        rules = [
            number for number, rule in enumerate(model.rules) if not isinstance(rule.conditions[position], AnyValue)
        ]
        if rules:
            undecided.append(Undecided(repr(condition.heading), "the condition is an expression", rules))
    if model.effective:
        parts.append(time_part(model.rules, since))
    return parts, undecided


def _boxes(parts: Sequence[ColumnPart], count: int) -> tuple[Boxes, Numbers, list[int]]:
    """The boxes of every rule, the rule of each, and the rules that would make too many."""
    offsets = list(itertools.accumulate((len(part.dimensions) for part in parts), initial=0))
    sizes = [dimension.size for part in parts for dimension in part.dimensions]
    masked = [
        offset
        for part, offset in zip(parts, offsets, strict=False)
        if part.plain and part.several and sizes[offset] <= MOST_WORDS * WORD
    ]
    shape = Shape.of(sizes, masked)
    low = np.zeros((count, len(shape.ranged)), np.int32)
    high = np.zeros((count, len(shape.ranged)), np.int32)
    masks: list[Words] = []
    place = 0
    split: dict[int, list[tuple[int, ColumnPart]]] = {}
    for part, offset in zip(parts, offsets, strict=False):
        if offset in masked:
            masks.append(_words(part, count, shape.words[len(masks)]))
            continue
        if part.plain:
            low[:, place], high[:, place] = part.low, part.high
        for rule in part.several:
            split.setdefault(rule, []).append((place, part))
        place += len(part.dimensions)
    mask = np.concatenate([np.zeros((count, 0), np.uint64), *masks], axis=1)
    numbers = np.arange(count, dtype=np.int32)
    rows, rows_low, rows_high, capped = _split(split, low, high)
    whole = np.ones(count, np.bool_)
    whole[list(split)] = False
    rule_of = np.concatenate([numbers[whole], rows])
    low, high = np.concatenate([low[whole], rows_low]), np.concatenate([high[whole], rows_high])
    mask = mask[rule_of]
    boxes = Boxes(shape, low, high, mask)
    filled: Flags = np.logical_and.reduce(low < high, axis=1)
    if shape.masked:
        filled &= boxes.some_bit(mask).all(axis=1)
    order = np.argsort(rule_of, kind="stable")
    order = order[filled[order]]
    return boxes.take(order), rule_of[order], capped


def _words(part: ColumnPart, count: int, words: int) -> Words:
    """The classes that each rule takes, as words of bits."""
    seen: dict[Spans, int] = {}
    sets = []
    for rule in range(count):
        spans = part.spans(rule)
        bits = seen.get(spans)
        if bits is None:
            bits = seen[spans] = sum((1 << high) - (1 << low) for low, high in spans)
        sets.append(bits)
    return words_of(sets, words)


def _split(
    split: Mapping[int, list[tuple[int, ColumnPart]]], low: Numbers, high: Numbers
) -> tuple[Numbers, Numbers, Numbers, list[int]]:
    """The boxes of rules that have several: every combination of what their parts take."""
    width = low.shape[1]
    rules: list[int] = []
    lows: list[list[int]] = []
    highs: list[list[int]] = []
    capped: list[int] = []
    for rule, parts in sorted(split.items()):
        choices: list[tuple[Spread, ...]] = [part.several[rule] for _, part in parts]
        total = 1
        for boxes in choices:
            total *= len(boxes)
        if total > MOST_PIECES:
            capped.append(rule)
            choices = [(_hull(boxes),) for boxes in choices]
        for combination in itertools.product(*choices):
            one_low, one_high = low[rule].tolist(), high[rule].tolist()
            for (place, part), spread in zip(parts, combination, strict=True):
                stop = place + len(part.dimensions)
                one_low[place:stop] = [start for start, _ in spread]
                one_high[place:stop] = [end for _, end in spread]
            rules.append(rule)
            lows.append(one_low)
            highs.append(one_high)
    return (
        np.array(rules, np.int32),
        np.array(lows, np.int32).reshape(len(rules), width),
        np.array(highs, np.int32).reshape(len(rules), width),
        capped,
    )


def _hull(boxes: tuple[Spread, ...]) -> Spread:
    return tuple((min(low for low, _ in spans), max(high for _, high in spans)) for spans in zip(*boxes, strict=True))
