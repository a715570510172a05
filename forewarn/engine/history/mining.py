"""Rules mined from past incidents: short ones that were right often enough, in the order in which they are tried.

The method is that of classification by associations (Liu, Hsu and Ma 1998): every combination of a few values that
occurs often enough is a candidate; candidates stand in the order of their reliability, and one is kept where it is
right often enough about incidents that no rule before it takes. Exact: the same history always gives the same rules.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forewarn.decision_tables.values import Value
from forewarn.engine.history.cases import PastIncident
from forewarn.engine.reports import Progress

SUPPORT, CONFIDENCE, CONDITIONS = 5, 0.6, 2
_Z = 1.96
"""Reliability is the lower end of the 95 % interval (Wilson 1927): 9 of 10 counts for less than 90 of 100."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class MinedRule:
    """A rule: its conditions by heading, its outcome, how many past incidents it takes and of how many it is right."""

    conditions: tuple[tuple[str, Value], ...]
    outcome: Value
    taken: int
    right: int

    @property
    def support(self) -> int:
        """Of how many past incidents the rule is right."""
        return self.right

    @property
    def confidence(self) -> float:
        """The share of the incidents that it takes of which it is right."""
        return self.right / self.taken

    @property
    def reliability(self) -> float:
        """The least that its confidence is likely to be on further incidents."""
        share, count = self.confidence, self.taken
        middle = share + _Z * _Z / (2 * count)
        spread = _Z * math.sqrt(share * (1 - share) / count + _Z * _Z / (4 * count * count))
        return (middle - spread) / (1 + _Z * _Z / count)


def mine(
    incidents: Sequence[PastIncident],
    headings: Sequence[str],
    *,
    support: int = SUPPORT,
    confidence: float = CONFIDENCE,
    conditions: int = CONDITIONS,
    progress: Progress | None = None,
) -> tuple[MinedRule, ...]:
    """The rules for ``incidents`` over at most ``conditions`` of the inputs ``headings``, in the order to try them.

    A rule is right of at least ``support`` incidents, and of at least the share ``confidence`` of those that it takes.
    A longer rule is a candidate only where it is more reliable than each shorter one that says the same of all its
    incidents. An incident without outcome teaches nothing.
    """
    known = [one for one in incidents if one.outcome is not None]
    candidates: dict[tuple[tuple[str, Value], ...], MinedRule] = {}
    subsets = [chosen for size in range(1, conditions + 1) for chosen in itertools.combinations(headings, size)]
    for number, chosen in enumerate(subsets, 1):
        for rule in _frequent(known, chosen, support, confidence):
            shorter = (candidates.get(part) for part in _parts(rule.conditions))
            if all(one is None or one.outcome != rule.outcome or one.reliability < rule.reliability for one in shorter):
                candidates[rule.conditions] = rule
        if progress is not None:
            progress("mine", number, len(subsets))
    return tuple(_chosen(known, sorted(candidates.values(), key=_order), support, confidence))


def _frequent(
    known: Sequence[PastIncident], chosen: Sequence[str], support: int, confidence: float
) -> Iterator[MinedRule]:
    outcomes: dict[Key, Counter[Value]] = {}
    for one in known:
        outcomes.setdefault(tuple(one.inputs[heading] for heading in chosen), Counter())[one.outcome] += 1
    for values, counts in outcomes.items():
        outcome, right = min(counts.items(), key=lambda item: (-item[1], str(item[0])))
        taken = counts.total()
        if right >= support and right / taken >= confidence:
            yield MinedRule(tuple(zip(chosen, values, strict=True)), outcome, taken, right)  # type: ignore[arg-type]


def _parts(conditions: tuple[tuple[str, Value], ...]) -> Iterator[tuple[tuple[str, Value], ...]]:
    for size in range(1, len(conditions)):
        yield from itertools.combinations(conditions, size)


def _order(rule: MinedRule) -> tuple[object, ...]:
    """The most reliable first; of equals the shorter, then by what it says."""
    return -rule.reliability, -rule.right, len(rule.conditions), str(rule.conditions), str(rule.outcome)


def _chosen(
    known: Sequence[PastIncident], candidates: Sequence[MinedRule], support: int, confidence: float
) -> Iterator[MinedRule]:
    """The candidates that are right often enough about incidents that no rule before them takes.

    What a rule says of those alone is what it will be worth in its place, so that is what its figures tell.
    """
    left = list(known)
    for rule in candidates:
        taken = [one for one in left if all(one.inputs[heading] == value for heading, value in rule.conditions)]
        right = sum(one.outcome == rule.outcome for one in taken)
        if right >= support and right / len(taken) >= confidence:
            yield MinedRule(rule.conditions, rule.outcome, len(taken), right)
            gone = {id(one) for one in taken}
            left = [one for one in left if id(one) not in gone]
