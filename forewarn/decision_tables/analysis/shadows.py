"""Rules that other rules hide, and rules whose deletion changes no answer.

Under First and Priority a rule is *shadowed* where rules before it (in row order, or better ranked) together take
all that it takes. It is *redundant* where everything it decides would be decided alike without it: by a later rule
with the same outputs, or under Any by other rules with them. Redundant rules are found from the last to the first,
each without those found before, so that all of them may be deleted together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forewarn.decision_tables.analysis.boxes import Flags, Numbers
from forewarn.decision_tables.analysis.covering import OutOfSteps, Steps, always_good
from forewarn.decision_tables.analysis.outputs import RuleOutputs
from forewarn.decision_tables.analysis.pairs import Meetings, Places
from forewarn.decision_tables.analysis.regions import Regions
from forewarn.decision_tables.analysis.result import Cap, Hidden
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.decision_tables.policies import rank
from forewarn.decision_tables.syntax import Literal
from forewarn.decision_tables.values import Value

STEPS_A_RULE = 0.02
"""The share of the budget that one rule may use: a hard one must not leave the others unlooked at."""

MOST_TOGETHER = 24
"""Among so many rules the least number that hide one together is looked for."""

_SOON = 64


def priority_order(model: TableModel) -> list[int] | None:
    """The rules as they are tried: row order, under Priority by rank; ``None`` where the rank is computed."""
    if model.hit_policy is not HitPolicy.PRIORITY:
        return list(range(len(model.rules)))
    rows = []
    for rule in model.rules:
        row: list[Value] = []
        for column, cell in zip(model.outputs, rule.outputs, strict=True):
            if not isinstance(cell, Literal):
                if column.ranked is not None:
                    return None
                row.append(None)
            else:
                row.append(cell.value)
        rows.append(rank(model, tuple(row)))
    return sorted(range(len(rows)), key=rows.__getitem__)


def find_hidden(
    regions: Regions, outputs: RuleOutputs, order: Sequence[int], limit: int, steps: Steps
) -> tuple[list[Hidden], list[Hidden], list[Cap]]:
    """The shadowed and the redundant rules, at most ``limit`` of each, and what was left out."""
    return _Search(regions, outputs, order, steps).run(limit)


class _Search:
    """The search, over rules in the order in which they are tried."""

    def __init__(self, regions: Regions, outputs: RuleOutputs, order: Sequence[int], steps: Steps) -> None:
        self.regions = regions
        self.steps = steps
        self.order = np.array(order, np.int32)
        place = np.empty(len(order), np.int32)
        place[self.order] = np.arange(len(order), dtype=np.int32)
        rows = np.argsort(place[regions.rule], kind="stable")
        # From here on a rule is its place in the order.
        self.boxes = regions.boxes.take(rows)
        self.rule: Numbers = place[regions.rule][rows]
        self.decided: Flags = regions.decided[self.order][self.rule]
        self.codes = outputs.codes[self.order][self.rule]
        self.kept = np.ones(len(self.rule), np.bool_)
        self.any = regions.model.hit_policy is HitPolicy.ANY

    def run(self, limit: int) -> tuple[list[Hidden], list[Hidden], list[Cap]]:
        """See `find_hidden`."""
        shadowed: list[int] = []
        redundant: list[int] = []
        given_up: list[int] = []
        for first, last, ones, others in Meetings(self.boxes, self.rule).blocks(after_only=False, backwards=True):
            bounds = np.searchsorted(ones, np.arange(first, last + 1))
            for rule in np.unique(self.rule[first:last])[::-1]:
                rows = self._rows(int(rule))
                if all(bounds[row - first + 1] - bounds[row - first] <= 1 for row in rows):
                    continue
                if self.steps.used >= self.steps.limit:
                    given_up.append(int(self.order[rule]))
                    continue
                meeting = [others[bounds[row - first] : bounds[row - first + 1]] for row in rows]
                try:
                    self._judge(int(rule), rows, meeting, shadowed, redundant)
                except OutOfSteps:
                    given_up.append(int(self.order[rule]))
        caps = [
            Cap(what, limit, len(found))
            for what, found in (("shadowed rules", shadowed), ("redundant rules", redundant))
            if len(found) > limit
        ]
        if given_up:
            caps.append(Cap("search for shadowed and redundant rules", self.steps.limit, rules=tuple(sorted(given_up))))
        return (
            [self._hidden(rule, shadowed=True) for rule in self._first(shadowed, limit)],
            [self._hidden(rule, shadowed=False) for rule in self._first(redundant, limit)],
            caps,
        )

    def _first(self, found: list[int], limit: int) -> list[int]:
        """Those that stand first in the sheet."""
        return sorted(found, key=lambda rule: int(self.order[rule]))[:limit]

    def _rows(self, rule: int) -> range:
        first, last = np.searchsorted(self.rule, [rule, rule + 1])
        return range(int(first), int(last))

    def _judge(self, rule: int, rows: range, meeting: list[Places], shadowed: list[int], redundant: list[int]) -> None:
        if not self.any:
            before = [places[(self.rule[places] < rule) & self.decided[places]] for places in meeting]
            if self._covered(rows, before):
                shadowed.append(rule)
                self.kept[rows.start : rows.stop] = False
                return
        ways = [self._ways(rule, row, places) for row, places in zip(rows, meeting, strict=True)]
        if all(self._good(row, places, good) for row, (places, good) in zip(rows, ways, strict=True)):
            redundant.append(rule)
            self.kept[rows.start : rows.stop] = False

    def _ways(self, rule: int, row: int, places: Places) -> tuple[Places, Flags]:
        """Who decides a piece's inputs without its rule, in order, and whether that changes nothing."""
        same = self.codes[places] == self.codes[row]
        rules = self.rule[places]
        if self.any:
            wanted = (rules != rule) & self.decided[places] & self.kept[places] & same
            return places[wanted], np.ones(int(wanted.sum()), np.bool_)
        earlier = (rules < rule) & self.decided[places]
        later = (rules > rule) & self.kept[places] & (self.decided[places] | ~same)
        wanted = earlier | later
        good = earlier | (same & self.decided[places])
        return places[wanted], good[wanted]

    def _covered(self, rows: range, before: Sequence[Places]) -> bool:
        if not all(map(len, before)):
            return False
        return all(
            # One rule that holds the whole is soon seen, where there is one among the first.
            self.boxes.take(places[:_SOON]).holding(self.boxes[row]).any()
            or self._good(row, places, np.ones(len(places), np.bool_))
            for row, places in zip(rows, before, strict=True)
        )

    def _good(self, row: int, places: Places, good: Flags) -> bool:
        if not good.any():
            return False
        budget = Steps(min(self.steps.limit - self.steps.used, int(self.steps.limit * STEPS_A_RULE)))
        try:
            return always_good(self.boxes.take(places), good, self.boxes[row], budget)
        finally:
            self.steps.used += min(budget.used, budget.limit)

    def _hidden(self, rule: int, *, shadowed: bool) -> Hidden:
        """The finding, with one rule that hides it alone if there is one, else few that do together."""
        rows = self._rows(rule)
        others = []
        for row in rows:
            meeting = np.flatnonzero(self.boxes.meets(self.boxes[row]).all(axis=1))
            if shadowed:
                others.append(meeting[(self.rule[meeting] < rule) & self.decided[meeting]])
            else:
                places, good = self._ways(rule, row, meeting)
                others.append(places[good & ((self.rule[places] > rule) | self.any)])
        rules = sorted({int(one) for places in others for one in self.rule[places]})
        alone = next((one for one in self._whole(rows, others) if self._suffice([one], rows, others)), None)
        if alone is not None:
            rules = [alone]
        elif len(rules) <= MOST_TOGETHER:
            for one in list(rules):
                fewer = [other for other in rules if other != one]
                if self._suffice(fewer, rows, others):
                    rules = fewer
        by = tuple(sorted(int(self.order[one]) for one in rules))
        return Hidden(int(self.order[rule]), by, self.regions.witness_in(self.boxes[rows.start]))

    def _whole(self, rows: range, others: Sequence[Places]) -> list[int]:
        """The rules with a piece that holds the whole first piece."""
        places = others[0]
        holds = self.boxes.take(places).holding(self.boxes[rows.start])
        return sorted({int(one) for one in self.rule[places[holds]]})

    def _suffice(self, rules: Sequence[int], rows: range, others: Sequence[Places]) -> bool:
        try:
            return self._covered(rows, [places[np.isin(self.rule[places], rules)] for places in others])
        except OutOfSteps:
            return False
