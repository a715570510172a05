"""What event rules make of one event, rule by rule, and what each of them misses: for people, not for the service.

It looks at the same facts as a session, without the library: every combination is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from forewarn.errors import Place
from forewarn.rules.compiler import microseconds
from forewarn.rules.facts import Fact
from forewarn.rules.model import AttributeTest, EventRule, Pattern, RuleSet
from forewarn.rules.session import key_part, test_holds
from forewarn.rules.windows import fullest


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a rule wanted and did not have, with the cell that says so."""

    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """What one rule makes of an event: ``missing`` is empty where everything holds."""

    rule: str
    action: str
    missing: tuple[Missing, ...]
    place: Place

    @property
    def holds(self) -> bool:
        """Whether the rule has all that it wants. Of exclusive actions the first in order is taken all the same."""
        return not self.missing


def trace(rule_set: RuleSet, facts: Sequence[Fact], event: Fact, tick: datetime) -> tuple[RuleTrace, ...]:
    """What each rule that waits for such an event makes of it at ``tick``, in the order of the rules.

    ``facts`` are those besides the event; a fact of another key harms nothing.
    """
    return tuple(
        RuleTrace(rule.id, str(rule.action), tuple(_missing(rule_set, rule, facts, event, tick)), rule.place)
        for rule in rule_set.rules
        if rule.event == event.kind
    )


def _missing(
    rule_set: RuleSet, rule: EventRule, facts: Sequence[Fact], event: Fact, tick: datetime
) -> Iterator[Missing]:
    yield from (Missing(_said(test, event), test.place) for test in _failing(rule_set, rule.tests, event))
    if rule.effective_from is not None and event.at < rule.effective_from:
        yield Missing(f"it takes effect at {rule.effective_from.isoformat()}", rule.place)
    if rule.effective_to is not None and event.at >= rule.effective_to:
        yield Missing(f"it is out of effect since {rule.effective_to.isoformat()}", rule.place)
    same = [fact for fact in facts if fact.id != event.id and _shares(rule.same, event, fact)]
    if rule.count is not None and rule.within is not None:
        count = _count(rule_set, rule, same, event, rule.within)
        if count < rule.count:
            yield Missing(f"{count} of {rule.count} such events within {rule.within}", rule.place)
    for pattern in rule.also:
        yield from _without_partner(rule_set, rule, pattern, same, event)
    for pattern in rule.without:
        for fact in _partners(rule_set, rule, pattern, same, event, absent=True):
            yield Missing(f"there is {fact.kind} {_named(fact)}", pattern.place)
            break
    if rule.waits and rule.within is not None and tick < event.at + rule.within:
        yield Missing(f"it waits until {(event.at + rule.within).isoformat()}", rule.place)


def _failing(rule_set: RuleSet, tests: Sequence[AttributeTest], fact: Fact) -> list[AttributeTest]:
    return [test for test in tests if not test_holds(test, fact, rule_set.scope)]


def _said(test: AttributeTest, fact: Fact) -> str:
    value = fact.attributes.get(test.attribute)
    return f"{test.heading} is {'missing' if value is None else repr(value) if isinstance(value, str) else value}"


def _shares(same: Sequence[str], event: Fact, fact: Fact) -> bool:
    parts = [(key_part(event, name), key_part(fact, name)) for name in same]
    return bool(parts) and all(one is not None and one == other for one, other in parts)


def _count(rule_set: RuleSet, rule: EventRule, same: Sequence[Fact], event: Fact, within: timedelta) -> int:
    """How many events like this one stand in the fullest window around it; those alone that pass the If columns."""
    like = [
        fact
        for fact in (*same, event)
        if fact is event or (fact.kind == rule.event and not _failing(rule_set, rule.tests, fact))
    ]
    like.sort(key=lambda fact: (fact.at, fact.id))
    moments = [microseconds(fact.at - like[0].at) for fact in like]
    return fullest(moments, microseconds(within))[like.index(event)]


def _partners(
    rule_set: RuleSet, rule: EventRule, pattern: Pattern, same: Sequence[Fact], event: Fact, *, absent: bool = False
) -> list[Fact]:
    return [
        fact
        for fact in _in_time(rule, pattern, same, event, absent=absent)
        if not _failing(rule_set, pattern.tests, fact)
    ]


def _in_time(
    rule: EventRule, pattern: Pattern, same: Sequence[Fact], event: Fact, *, absent: bool = False
) -> Iterator[Fact]:
    for fact in same:
        if fact.kind != pattern.kind:
            continue
        if pattern.is_event and rule.within is not None:
            earliest = event.at if absent else event.at - rule.within
            if not earliest <= fact.at <= event.at + rule.within:
                continue
        yield fact


def _without_partner(
    rule_set: RuleSet, rule: EventRule, pattern: Pattern, same: Sequence[Fact], event: Fact
) -> Iterator[Missing]:
    """What is missing where no fact plays the part of an And column: the nearest miss, if there is one at all."""
    if _partners(rule_set, rule, pattern, same, event):
        return
    near = next(_in_time(rule, pattern, same, event), None)
    if near is None:
        yield Missing(f"there is no {pattern.kind} that shares {' and '.join(rule.same) or 'anything'}", pattern.place)
        return
    for test in _failing(rule_set, pattern.tests, near):
        yield Missing(f"of {near.kind} {_named(near)}, {_said(test, near)}", test.place)


def _named(fact: Fact) -> str:
    return fact.id.rpartition(":")[2]
