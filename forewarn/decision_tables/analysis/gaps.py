"""Inputs that no rule takes, as the largest boxes that can be made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forewarn.decision_tables.analysis.boxes import Box
from forewarn.decision_tables.analysis.covering import OutOfSteps, Steps, uncovered
from forewarn.decision_tables.analysis.describing import cells_of
from forewarn.decision_tables.analysis.overlaps import rules_are_disjoint
from forewarn.decision_tables.analysis.regions import Regions
from forewarn.decision_tables.analysis.result import Cap, Gap, OpenText
from forewarn.decision_tables.model import HitPolicy, TableModel

JUDGED = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST)


def gaps_matter(model: TableModel) -> bool:
    """Whether an input without a rule is a fault: not where a Default answers, nor where lists and counts may be
    empty, as under Rule order, Output order and Collect.
    """
    return model.hit_policy in JUDGED and not model.has_default and bool(model.rules)


def find_gaps(regions: Regions, limit: int, steps: Steps) -> tuple[list[Gap], list[Cap]]:
    """The gaps, at most ``limit``; together they are all that no rule takes. Gaps may share inputs.

    Rules that are not decidable count as taking all that they may take: what is reported is a gap for certain.
    """
    if not all(regions.asked):
        return [], []
    finder = _Finder(regions)
    disjoint = rules_are_disjoint(regions)
    try:
        within = regions.boxes.shape.box(regions.asked)
        for part in uncovered(regions.boxes, within, steps, disjoint=disjoint):
            classes = regions.boxes.shape.classes(part)
            if finder.knows(classes):
                continue
            if len(finder.gaps) == limit:
                return finder.gaps, [Cap("gaps", limit)]
            finder.grow(part)
    except OutOfSteps:
        return finder.gaps, [Cap("search for gaps", steps.limit)]
    return finder.gaps, []


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
