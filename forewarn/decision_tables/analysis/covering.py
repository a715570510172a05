"""Boxes and whether others cover them: split at the boundary that cuts the fewest boxes, until empty or covered.

Every look at a box costs *steps*, about one for each number compared; when a budget is used up the search stops
with `OutOfSteps`, so that an answer never depends on how fast a machine is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.analysis.boxes import Box, Boxes, Flags, one_box

STEPS_A_BOX = 10_000
"""What a look at a box costs beside its numbers: about what numpy's calls take."""

FEW = 32
"""Up to so many boxes every boundary of every dimension is tried at once."""

_MOST_SETS = 48
_STEPS_A_SORTED_BOUND = 20
_STEPS_A_DIMENSION = 1_000


class OutOfSteps(Exception):
    """The budget of steps is used up."""


class Steps:
    """A budget of steps."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def spend(self, count: int) -> None:
        """Take ``count`` steps. Raises `OutOfSteps`."""
        self.used += count
        if self.used > self.limit:
            raise OutOfSteps


def uncovered(boxes: Boxes, within: Box, steps: Steps, *, disjoint: bool) -> Iterator[Box]:
    """The parts of ``within``, which is not empty, outside all ``boxes``, as disjoint boxes.

    ``disjoint`` tells that no two of the boxes overlap: then volumes alone prove that a part is covered.
    Raises `OutOfSteps`.
    """
    stack = [(within, boxes)]
    while stack:
        part, those = stack.pop()
        steps.spend(those.spans + STEPS_A_BOX)
        meeting = those.meets(part).all(axis=1)
        if not meeting.all():
            those = those.take(meeting)
        if not len(those):
            yield part
            continue
        if those.holding(part).any():
            continue
        those = those.clipped(part)
        if disjoint and those.volume() == one_box(part, those.shape).volume():
            continue
        steps.spend(cost_of_parting(those))
        left, right = parted(part, those)
        stack += [(right, those), (left, those)]


def always_good(boxes: Boxes, good: Flags, within: Box, steps: Steps) -> bool:
    """Whether at every point of ``within``, which is not empty, the first box that holds the point is a good one.

    Raises `OutOfSteps`.
    """
    stack = [(within, boxes, good)]
    while stack:
        part, those, goods = stack.pop()
        steps.spend(those.spans + STEPS_A_BOX)
        meeting = those.meets(part).all(axis=1)
        those, goods = those.take(meeting), goods[meeting]
        full = those.holding(part)
        first = int(full.argmax()) if full.any() else -1
        if first >= 0:
            those, goods = those.take(slice(first + 1)), goods[: first + 1]
            if goods.all():
                continue
        if not goods.any() or first == 0:
            return False
        those = those.clipped(part)
        steps.spend(cost_of_parting(those))
        left, right = parted(part, those)
        stack += [(right, those, goods), (left, those, goods)]
    return True


def cost_of_parting(boxes: Boxes) -> int:
    """How many steps `parted` takes."""
    if len(boxes) <= FEW:
        return 2 * len(boxes) * boxes.spans + STEPS_A_BOX
    return (
        _STEPS_A_SORTED_BOUND * boxes.low.size
        + _MOST_SETS * boxes.mask.size
        + _STEPS_A_DIMENSION * len(boxes.shape.sizes)
    )


def parted(part: Box, boxes: Boxes) -> tuple[Box, Box]:
    """A box in two, at the boundary that cuts the fewest ``boxes``, of those the one that parts them most evenly.

    All ``boxes`` lie in the box, and at least one does not fill it.
    """
    score, place, cut = _range_cut_of_few(part, boxes) if len(boxes) <= FEW else _range_cut_of_many(part, boxes)
    set_score, set_place, chosen = _set_cut_of_few(part, boxes) if len(boxes) <= FEW else _set_cut_of_many(part, boxes)
    if set_score > score:
        slot = boxes.shape.slot(set_place)
        inside, outside = part.mask.copy(), part.mask.copy()
        inside[slot] = chosen
        outside[slot] &= ~chosen
        return Box(part.start, part.end, inside), Box(part.start, part.end, outside)
    left_end, right_start = part.end.copy(), part.start.copy()
    left_end[place] = right_start[place] = cut
    return Box(part.start, left_end, part.mask), Box(right_start, part.end, part.mask)


def _range_cut_of_few(part: Box, boxes: Boxes) -> tuple[int, int, int]:
    low, high = boxes.low, boxes.high
    if not low.shape[1]:
        return -1, 0, 0
    bounds = np.concatenate([low, high])
    inner = (bounds > part.start) & (bounds < part.end)
    left = (high[None] <= bounds[:, None]).sum(axis=1, dtype=np.int32)
    right = (low[None] >= bounds[:, None]).sum(axis=1, dtype=np.int32)
    score = _score(left, right, len(low))
    score[~inner] = -1
    row, place = divmod(int(score.argmax()), score.shape[1])
    return int(score[row, place]), place, int(bounds[row, place])


def _range_cut_of_many(part: Box, boxes: Boxes) -> tuple[int, int, int]:
    best = (-1, 0, 0)
    for place in range(boxes.low.shape[1]):
        lows, highs = np.sort(boxes.low[:, place]), np.sort(boxes.high[:, place])
        bounds = np.unique(np.concatenate([lows, highs]))
        bounds = bounds[(bounds > part.start[place]) & (bounds < part.end[place])]
        if not len(bounds):
            continue
        left = np.searchsorted(highs, bounds, side="right")
        right = len(boxes) - np.searchsorted(lows, bounds, side="left")
        score = _score(left, right, len(boxes))
        which = int(score.argmax())
        if int(score[which]) > best[0]:
            best = (int(score[which]), place, int(bounds[which]))
    return best


def _set_cut_of_few(part: Box, boxes: Boxes) -> tuple[int, int, Any]:
    """The best part of a masked dimension to split off: one of the sets that a box takes there."""
    if not boxes.shape.masked:
        return -1, 0, None
    masks = boxes.mask
    outside = boxes.some_bit(masks[None] & ~masks[:, None]).sum(axis=1, dtype=np.int64)
    inside = boxes.some_bit(masks[None] & masks[:, None]).sum(axis=1, dtype=np.int64)
    score = _score(len(boxes) - outside, len(boxes) - inside, len(boxes))
    score[~boxes.some_bit(part.mask & ~masks)] = -1
    row, place = divmod(int(score.argmax()), score.shape[1])
    return int(score[row, place]), place, masks[row, boxes.shape.slot(place)]


def _set_cut_of_many(part: Box, boxes: Boxes) -> tuple[int, int, Any]:
    """`_set_cut_of_few`, a dimension after the other, for the commonest sets."""
    best: tuple[int, int, Any] = (-1, 0, None)
    for place in range(len(boxes.shape.masked)):
        slot = boxes.shape.slot(place)
        masks = boxes.mask[:, slot]
        sets = _distinct(masks)
        sets = sets[(sets != part.mask[slot]).any(axis=1)]
        if not len(sets):
            continue
        outside = ((masks[None] & ~sets[:, None]) != 0).any(axis=2).sum(axis=1, dtype=np.int64)
        inside = ((masks[None] & sets[:, None]) != 0).any(axis=2).sum(axis=1, dtype=np.int64)
        score = _score(len(boxes) - outside, len(boxes) - inside, len(boxes))
        which = int(score.argmax())
        if int(score[which]) > best[0]:
            best = (int(score[which]), place, sets[which])
    return best


def _distinct(masks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Different sets, the commonest where there are many."""
    if masks.shape[1] == 1:
        sets, counts = np.unique(masks[:, 0], return_counts=True)
        sets = sets[:, None]
    else:
        sets, counts = np.unique(masks, axis=0, return_counts=True)
    if len(sets) > _MOST_SETS:
        sets = sets[np.argsort(-counts, kind="stable")[:_MOST_SETS]]
    return sets


def _score(left: NDArray[Any], right: NDArray[Any], count: int) -> NDArray[Any]:
    """Higher is better: first by how few boxes are cut, then by how many lie on the emptier side."""
    uncut = (left + right).astype(np.int64)
    score: NDArray[Any] = uncut * (count + 1) + np.minimum(left, right)
    return score
