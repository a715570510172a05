"""Rules that are the same, and rules that differ in one cell alone and could be one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.analysis.covering import STEPS_A_BOX, OutOfSteps, Steps
from forewarn.decision_tables.analysis.describing import cell_of
from forewarn.decision_tables.analysis.dimensions import ColumnPart
from forewarn.decision_tables.analysis.outputs import RuleOutputs
from forewarn.decision_tables.analysis.regions import Regions
from forewarn.decision_tables.analysis.result import Cap, Mergeable
from forewarn.decision_tables.model import HitPolicy, Rule
from forewarn.decision_tables.version import normal_test

_ORDERLESS = (
    HitPolicy.UNIQUE,
    HitPolicy.ANY,
    HitPolicy.COLLECT_SUM,
    HitPolicy.COLLECT_MIN,
    HitPolicy.COLLECT_MAX,
    HitPolicy.COLLECT_COUNT,
)


def cell_codes(regions: Regions) -> NDArray[np.int64]:
    """A row a rule, a column a part of the space and one for the conditions: equal where the cells mean the same."""
    rules = regions.model.rules
    codes = np.zeros((len(rules), len(regions.parts) + 1), np.int64)
    for number, part in enumerate(regions.parts):
        codes[:, number] = _codes_of_part(part, rules)
    seen: dict[Any, int] = {}
    for position, rule in enumerate(rules):
        key = tuple(map(_written, rule.conditions)) if regions.model.conditions else ()
        codes[position, -1] = seen.setdefault(key, len(seen))
    return codes


def _codes_of_part(part: ColumnPart, rules: Sequence[Rule]) -> list[int]:
    seen: dict[Any, int] = {}
    found = []
    for number, rule in enumerate(rules):
        key: Any
        if number in part.open_rules:
            key = tuple(_written(rule.tests[position]) for position in part.columns)
        elif number in part.several:
            key = tuple(sorted(part.several[number]))
        else:
            key = (part.low[number], part.high[number])
        found.append(seen.setdefault(key, len(seen)))
    return found


def _written(test: Any) -> str:
    return json.dumps(normal_test(test))


def find_duplicates(codes: NDArray[np.int64], outputs: RuleOutputs) -> list[tuple[int, int]]:
    """Rules that ask and answer the same: each with the first of its like."""
    first: dict[bytes, int] = {}
    found = []
    for rule, row in enumerate(np.column_stack([codes, outputs.codes])):
        known = first.setdefault(row.tobytes(), rule)
        if known != rule:
            found.append((known, rule))
    return found


def find_mergeable(
    regions: Regions, codes: NDArray[np.int64], outputs: RuleOutputs, limit: int, steps: Steps
) -> tuple[list[Mergeable], list[Cap]]:
    """Groups of rules that differ in one plain column alone and have the same outputs; at most ``limit``.

    Where the order of rules counts, only rules that nothing between them disturbs; where every hit counts, only
    rules that never match together.
    """
    found: list[Mergeable] = []
    try:
        for number, part in enumerate(regions.parts):
            if part.columns and part.plain:
                for group in _groups(number, codes, outputs):
                    joined = _joinable(regions, number, group, steps)
                    if len(joined) < 2:
                        continue
                    if len(found) == limit:
                        return _sorted(found), [Cap("mergeable rules", limit)]
                    classes = sorted({one for rule in joined for one in _classes(part, rule)})
                    heading = part.dimensions[0].headings[0]
                    found.append(Mergeable(tuple(joined), heading, cell_of(part.dimensions[0], classes)))
    except OutOfSteps:
        return _sorted(found), [Cap("search for mergeable rules", steps.limit)]
    return _sorted(found), []


def _sorted(found: list[Mergeable]) -> list[Mergeable]:
    return sorted(found, key=lambda one: one.rules)


def _groups(number: int, codes: NDArray[np.int64], outputs: RuleOutputs) -> list[list[int]]:
    """Rules that are the same but for one part, in row order, without repeats."""
    groups: dict[bytes, dict[int, int]] = {}
    rest = np.ascontiguousarray(np.column_stack([np.delete(codes, number, axis=1), outputs.codes]))
    for rule, row in enumerate(rest):
        groups.setdefault(row.tobytes(), {}).setdefault(int(codes[rule, number]), rule)
    return [sorted(group.values()) for group in groups.values() if len(group) > 1]


def _joinable(regions: Regions, number: int, group: list[int], steps: Steps) -> list[int]:
    """The rules of a group that may become one with its first."""
    part = regions.parts[number]
    group = [rule for rule in group if rule not in part.open_rules and _classes(part, rule)]
    policy = regions.model.hit_policy
    every_hit = policy.many or policy.aggregate
    joined: list[int] = []
    taken: set[int] = set()
    for rule in group:
        classes = set(_classes(part, rule))
        if every_hit and taken & classes:
            continue
        if joined and policy not in _ORDERLESS and _disturbed(regions, joined, rule, steps):
            continue
        joined.append(rule)
        taken |= classes
    return joined


def _classes(part: ColumnPart, rule: int) -> list[int]:
    return [one for low, high in part.spans(rule) for one in range(low, high)]


def _disturbed(regions: Regions, joined: list[int], rule: int, steps: Steps) -> bool:
    """Whether a rule between the first of ``joined`` and ``rule`` shares an input with ``rule``."""
    between = (regions.rule > joined[0]) & (regions.rule < rule) & ~np.isin(regions.rule, joined)
    others = regions.boxes.take(between)
    steps.spend(others.spans + STEPS_A_BOX)
    rows = regions.rows(rule)
    return any(others.meets(regions.boxes[row]).all(axis=1).any() for row in range(rows.start, rows.stop))
