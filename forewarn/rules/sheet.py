"""From event rule sheets to a rule set (B6): columns by role, cells by the language of decision tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forewarn.decision_tables.grid import Grid
from forewarn.decision_tables.literals import CellProblem
from forewarn.decision_tables.values import Value
from forewarn.errors import Finding, Place
from forewarn.rules import codes
from forewarn.rules.cells import parse_action
from forewarn.rules.compiler import limit_findings
from forewarn.rules.model import ActionKind, EventRule, RuleSet, rule_content
from forewarn.rules.sheet_columns import Found, read_columns
from forewarn.rules.sheet_rows import RowReader
from forewarn.rules.vocabulary import ALONE, RuleVocabulary

__all__ = ["ALONE", "ReadRules", "RuleVocabulary", "read_event_rules"]


@dataclass(frozen=True, slots=True)
class ReadRules:
    """What reading gave: the rules of the sheets that are in order, the names of those that were refused, and
    everything that was found, warnings and notes included.
    """

    rule_set: RuleSet
    refused: tuple[str, ...]
    findings: tuple[Finding, ...]


def read_event_rules(
    grids: Iterable[Grid], *, vocabulary: RuleVocabulary = ALONE, name: str | None = None
) -> ReadRules:
    """Read event rule sheets, first sheet first, into one rule set.

    A sheet with an error is refused as a whole, with all of its findings, and the others are read. The rule set's
    ``name`` is that of the first sheet unless given.
    """
    sheets = tuple(grids)
    raised: set[str] = set()
    for grid in sheets:
        raised.update(_raised_events(grid))
    kinds = vocabulary.kinds.with_raised(raised)
    findings: list[Finding] = []
    rules: list[EventRule] = []
    refused: list[str] = []
    known: dict[str, Place] = {}
    for grid in sheets:
        found = Found()
        own = _sheet_rules(grid, replace(vocabulary, kinds=kinds), known, found)
        findings.extend(found.items)
        if found.refuse:
            refused.append(grid.name)
        else:
            rules.extend(own)
    rule_set = RuleSet(
        name or (sheets[0].name if sheets else "Event rules"), tuple(rules), _properties(rules, vocabulary)
    )
    return ReadRules(rule_set, tuple(refused), tuple(findings))


def _raised_events(grid: Grid) -> set[str]:
    """The events that a sheet's rules raise: other rules may wait for them."""
    raised: set[str] = set()
    for index, column in enumerate(grid.columns):
        if column.role == "Do":
            for row in grid.rows:
                try:
                    action = parse_action(row.cells[index])
                except CellProblem:
                    continue  # said where the cell is read
                if action.kind is ActionKind.RAISE_EVENT and action.target is not None:
                    raised.add(action.target)
    return raised


def _properties(rules: Sequence[EventRule], vocabulary: RuleVocabulary) -> tuple[tuple[str, Value], ...]:
    """The properties that the rules' cells name; only they count for the version."""
    text = "".join(rule_content(rule) for rule in rules)
    return tuple(
        (name, value) for name, (_, value) in sorted(vocabulary.properties.items()) if f'"name":"{name}"' in text
    )


def _sheet_rules(grid: Grid, vocabulary: RuleVocabulary, known: dict[str, Place], found: Found) -> list[EventRule]:
    """The rules of one sheet; what is wrong with it goes to ``found``."""
    columns = read_columns(grid, vocabulary, found)
    if not columns.complete:
        return []
    reader = RowReader(grid, columns, vocabulary, found)
    rules = _with_ids([rule for row in grid.rows if (rule := reader.rule(row)) is not None], known, found)
    found.items.extend(limit_findings(RuleSet(grid.name, tuple(rules))))
    return rules


def _with_ids(rules: Iterable[EventRule], known: dict[str, Place], found: Found) -> list[EventRule]:
    """The rules, each with an id: a missing one is made from the rule's content, with a suffix on repeats.
    ``known`` are the ids of the sheets before, and takes those of this one.
    """
    made: dict[str, int] = {}
    named: list[EventRule] = []
    for rule in rules:
        identity = rule.id
        if not identity:
            stem = "R-" + hashlib.sha256(rule_content(rule).encode()).hexdigest()[:8]
            made[stem] = made.get(stem, 0) + 1
            identity = stem if made[stem] == 1 else f"{stem}-{made[stem]}"
        elif identity in known:
            other = known[identity]
            finding = codes.DUPLICATE_RULE.finding(
                f"rule id {identity!r} stands at {other} too", rule.place, rule=identity, related=(other,)
            )
            found.add(finding)
        known.setdefault(identity, rule.place)
        named.append(replace(rule, id=identity))
    return named
