"""Pairs of rules that take the same input, under the hit policies where that is a fault: Unique and Any."""

from __future__ import annotations

import numpy as np

from forewarn.decision_tables.analysis.outputs import RuleOutputs
from forewarn.decision_tables.analysis.pairs import Meetings
from forewarn.decision_tables.analysis.regions import Regions
from forewarn.decision_tables.analysis.result import Cap, Overlap
from forewarn.decision_tables.model import HitPolicy


def find_overlaps(regions: Regions, outputs: RuleOutputs, limit: int) -> tuple[list[Overlap], list[Cap]]:
    """Under Unique every overlap of two rules, under Any those with different outputs; at most ``limit``.

    Rules that are not decidable are left out, under Any those too whose outputs are computed and not the same.
    """
    any_policy = regions.model.hit_policy is HitPolicy.ANY
    kept = regions.decided[regions.rule]
    boxes, rule = regions.boxes.take(kept), regions.rule[kept]
    codes, computed = outputs.codes, outputs.computed
    count = len(regions.model.rules)
    found: list[Overlap] = []
    total = 0
    for _, _, ones, others in Meetings(boxes, rule).blocks(after_only=True):
        first, second = rule[ones], rule[others]
        fault = first != second
        if any_policy:
            fault &= (codes[first] != codes[second]) & ~computed[first] & ~computed[second]
        pairs = np.flatnonzero(fault)
        _, places = np.unique(first[pairs].astype(np.int64) * count + second[pairs], return_index=True)
        total += len(places)
        for pair in pairs[places[: limit - len(found)]]:
            i, j = int(first[pair]), int(second[pair])
            shared = boxes.take([ones[pair]]).clipped(boxes[int(others[pair])])[0]
            found.append(Overlap(i, j, regions.witness_in(shared), bool(codes[i] != codes[j])))
    return found, [Cap("overlaps", limit, total)] if total > len(found) else []


def rules_are_disjoint(regions: Regions) -> bool:
    """Whether no two boxes share a point, open rules counted with all that they may take."""
    blocks = Meetings(regions.boxes, regions.rule).blocks(after_only=True)
    return not any(len(ones) for _, _, ones, _ in blocks)
