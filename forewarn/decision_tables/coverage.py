"""How often each rule of a table decided, whatever counted it: recorded decisions, a frame of rows, a backtest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from forewarn.decision_tables.table import Table

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often decisions named a rule, and when last, where that is known."""

    rule: str
    hits: int
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class TableCoverage:
    """The rules of a table in the sheet's order with their hits.

    ``decisions`` counts all decisions, ``no_rule`` those that named no rule, ``errors`` rows that could not be decided,
    ``other_versions`` the decisions of other versions, whose rules count by their ids; ``gone`` are hits of rules that
    the table does not have.
    """

    table: str
    rules: tuple[RuleHits, ...]
    decisions: int
    no_rule: int = 0
    errors: int = 0
    other_versions: int = 0
    gone: tuple[RuleHits, ...] = ()

    @property
    def never(self) -> tuple[str, ...]:
        """The rules that no decision named."""
        return tuple(one.rule for one in self.rules if not one.hits)


@dataclass(frozen=True, slots=True)
class Hits:
    """So many decisions of one version of a table that named the same rules, the last of them at ``last``."""

    version: str
    rules: tuple[str, ...]
    count: int
    last: datetime | None = None


@dataclass(slots=True)
class _Counted:
    hits: Counter[str] = field(default_factory=Counter)
    last: dict[str, datetime] = field(default_factory=dict)

    def add(self, one: Hits) -> None:
        for rule in set(one.rules):
            self.hits[rule] += one.count
            if one.last is not None:
                self.last[rule] = max(one.last, self.last.get(rule, one.last))

    def of(self, rule: str) -> RuleHits:
        return RuleHits(rule, self.hits[rule], self.last.get(rule))


def coverage_of(table: Table, hits: Iterable[Hits], *, errors: int = 0) -> TableCoverage:
    """The coverage that groups of decisions add up to; a rule of any version counts by its id."""
    counted = _Counted()
    decisions = no_rule = other = 0
    for one in hits:
        counted.add(one)
        decisions += one.count
        no_rule += 0 if one.rules else one.count
        other += 0 if one.version == table.version else one.count
    known = [rule.id for rule in table.model.rules]
    gone = sorted(counted.hits.keys() - set(known))
    return TableCoverage(
        table.name,
        tuple(counted.of(rule) for rule in known),
        decisions,
        no_rule,
        errors,
        other,
        tuple(counted.of(rule) for rule in gone),
    )


def coverage_of_frames(table: Table, decided: Iterable[pandas.DataFrame]) -> TableCoverage:
    """The coverage of what `Table.decide_frame` answered with ``errors="report"``."""
    counts: Counter[tuple[str, ...]] = Counter()
    errors = 0
    for frame in decided:
        good = frame["error"].isna()
        errors += int((~good).sum())
        counts.update(tuple(rules) for rules in frame.loc[good, "rules"])
    hits = [Hits(table.version, rules, count) for rules, count in counts.items()]
    return coverage_of(table, hits, errors=errors)
