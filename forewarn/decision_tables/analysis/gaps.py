"""Inputs that no rule takes, as the largest boxes that can be made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forewarn.decision_tables.analysis.boxes import Box, Boxes, Shape, words_of
from forewarn.decision_tables.analysis.covering import OutOfSteps, Steps, always_good, uncovered
from forewarn.decision_tables.analysis.describing import cells_of
from forewarn.decision_tables.analysis.overlaps import rules_are_disjoint
from forewarn.decision_tables.analysis.regions import MOST_WORDS, Regions
from forewarn.decision_tables.analysis.result import Cap, Gap, OpenText
from forewarn.decision_tables.model import HitPolicy, TableModel

JUDGED = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST)

_STEPS_OF_REDUCTION = 100_000_000


def gaps_matter(model: TableModel) -> bool:
    """Whether an input without a rule is a fault: not where a Default answers, nor where lists and counts may be
    empty, as under Rule order, Output order and Collect.
    """
    return model.hit_policy in JUDGED and not model.has_default and bool(model.rules)


def find_gaps(
    regions: Regions, limit: int, steps: Steps, *, disjoint: bool | None = None
) -> tuple[list[Gap], list[Cap]]:
    """The gaps, of at most ``limit`` that were met; together they are all that no rule takes. Gaps may share inputs.

    Rules that are not decidable count as taking all that they may take: what is reported is a gap for certain.
    ``disjoint`` tells whether no two boxes share a point, where that is known: it makes the search much shorter.
    """
    if not all(regions.asked):
        return [], []
    finder = _Finder(regions)
    if disjoint is None:
        disjoint = rules_are_disjoint(regions)
    try:
        within = regions.boxes.shape.box(regions.asked)
        for part in uncovered(regions.boxes, within, steps, disjoint=disjoint):
            classes = regions.boxes.shape.classes(part)
            if finder.knows(classes):
                continue
            if len(finder.gaps) == limit:
                return _needed(regions, finder.gaps), [Cap("gaps", limit)]
            finder.grow(part)
    except OutOfSteps:
        return _needed(regions, finder.gaps), [Cap("search for gaps", steps.limit)]
    return _needed(regions, finder.gaps), []


def _needed(regions: Regions, gaps: list[Gap]) -> list[Gap]:
    """The gaps without those that others hold together, small ones first, where the classes are few enough."""
    shape = Shape.of(regions.boxes.shape.sizes, range(len(regions.dimensions)))
    if len(gaps) < 2 or sum(shape.words) > MOST_WORDS * len(shape.sizes):
        return gaps
    masks = [
        words_of([sum(1 << one for one in gap.classes[number]) for gap in gaps], words)
        for number, words in enumerate(shape.words)
    ]
    none = np.zeros((len(gaps), 0), np.int32)
    boxes = Boxes(shape, none, none, np.concatenate(masks, axis=1))
    kept = np.ones(len(gaps), np.bool_)
    steps = Steps(_STEPS_OF_REDUCTION)
    for row in sorted(range(len(gaps)), key=lambda one: (boxes.take([one]).volume(), -one)):
        kept[row] = False
        others = boxes.take(kept)
        try:
            kept[row] = not always_good(others, np.ones(len(others), np.bool_), boxes[row], steps)
        except OutOfSteps:
            kept[row] = True
            break
    return [gap for gap, keep in zip(gaps, kept, strict=True) if keep]


def find_open_texts(regions: Regions) -> list[OpenText]:
    """The text columns whose rules take named texts alone, though nothing lists what an input may be."""
    if not regions.inhabited:
        return []
    found = []
    for number, dimension in enumerate(regions.dimensions):
        if dimension.other is not None:
            classes: list[Sequence[int]] = [range(one.size) for one in regions.dimensions]
            classes[number] = [dimension.other]
            found.append(OpenText(dimension.headings[0], regions.witness_among(classes)))
    return found


class _Finder:
    """Grows parts that no rule covers to the largest gaps around them."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self.gaps: list[Gap] = []
        self._sets: list[list[frozenset[int]]] = []

    def knows(self, classes: Sequence[Sequence[int]]) -> bool:
        """Whether a part lies in a gap that was found."""
        return any(
            all(found.issuperset(numbers) for found, numbers in zip(sets, classes, strict=True)) for sets in self._sets
        )

    def grow(self, part: Box) -> None:
        """Add the gap around a part: a dimension after the other takes all classes that no rule blocks."""
        regions = self.regions
        boxes = regions.boxes
        shape = boxes.shape
        meets = boxes.meets(part)
        meeting = meets.sum(axis=1)
        chosen: list[tuple[int, ...]] = []
        columns = {number: place for place, number in enumerate((*shape.ranged, *shape.masked))}
        for number, wanted in enumerate(regions.asked):
            column = meets[:, columns[number]]
            blocking = (meeting - column) == len(shape.sizes) - 1
            free = ~boxes.take(blocking).taken(number)
            free[: wanted.start] = False
            free[wanted.stop :] = False
            now = boxes.sharing(number, free)
            meeting = meeting + now - column
            meets[:, columns[number]] = now
            chosen.append(tuple(int(one) for one in np.flatnonzero(free)))
        self._sets.append([frozenset(numbers) for numbers in chosen])
        self.gaps.append(Gap(cells_of(regions, chosen), regions.witness_among(chosen), tuple(chosen)))
