"""What correlating an event needs: which further facts, from which time, and when to look at it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from forewarn.rules.compiler import CompiledRules
from forewarn.rules.facts import DeadLetter, Fact, SessionRefused
from forewarn.rules.model import EventRule, RuleSet
from forewarn.rules.session import BadFact, flags_of

UNBOUNDED = timedelta(days=1)
"""How long an event counts that a rule names without ``Within``; longer where a rule of the set has a longer window."""


@dataclass(frozen=True, slots=True)
class Window:
    """Facts to hand over: those of ``kinds`` that share the attributes ``same`` with the event.

    Events count up to ``reach`` before and after it, records as they stand.
    """

    same: tuple[str, ...]
    reach: timedelta
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Needs:
    """What one event needs: ``windows``, at most one a correlation key, and ``waits``: the ids of the rules that wait
    on it, each with the time at which it must be looked at again, in order of time. ``touched`` is false where no
    rule looks at such an event.
    """

    windows: tuple[Window, ...]
    waits: tuple[tuple[str, datetime], ...]
    touched: bool


@dataclass(frozen=True, slots=True)
class _Use:
    """A rule with the flags of the facts that can set it off: as its event, and late, as a further event."""

    rule: EventRule
    trigger: int
    late: frozenset[int]


class NeedsReader:
    """Tells for a compiled rule set what an event needs."""

    def __init__(self, compiled: CompiledRules) -> None:
        self._compiled = compiled
        self._unbounded = max(compiled.rule_set.longest_window, UNBOUNDED)
        self._uses = tuple(_uses(compiled))

    def needs(self, fact: Fact) -> Needs:
        """What an event needs before it can be correlated; raises SessionRefused for a fact that cannot be used."""
        try:
            flags = flags_of(self._compiled, fact)
        except BadFact as error:
            raise SessionRefused(DeadLetter("", (fact,), str(error))) from error
        windows: dict[tuple[str, ...], Window] = {}
        waits: dict[str, datetime] = {}
        touched = False
        for use in self._uses:
            late = bool(use.late & flags)
            if use.trigger not in flags and not late:
                continue
            touched = True
            rule = use.rule
            if use.trigger in flags and rule.waits and rule.within is not None:
                waits[rule.id] = fact.at + rule.within
            own = window_of(rule, self._unbounded, late=late)
            if own is not None:
                known = windows.get(rule.same)
                windows[rule.same] = own if known is None else _wider(known, own)
        return Needs(
            tuple(windows.values()), tuple(sorted(waits.items(), key=lambda item: (item[1], item[0]))), touched
        )


def window_of(rule: EventRule, unbounded: timedelta, *, late: bool) -> Window | None:
    """What a rule looks at besides its event, None where nothing. ``late``: the event comes as a further one."""
    patterns = (*rule.also, *rule.without)
    kinds = {pattern.kind for pattern in patterns}
    if rule.count is not None or late:
        kinds.add(rule.event)
    if not kinds:
        return None
    reach = timedelta(0)
    if late or rule.count is not None or any(pattern.is_event for pattern in patterns):
        reach = rule.within or unbounded
    # A late further event completes the rule for an event up to a window away, which looks as far again.
    return Window(rule.same, 2 * reach if late else reach, frozenset(kinds))


def _uses(compiled: CompiledRules) -> Iterator[_Use]:
    rules = compiled.rule_set.rules
    triggers: dict[int, int] = {}
    late: dict[int, set[int]] = {}
    for shard in compiled.shards:
        for variant in shard.rules:
            triggers[variant.rule] = variant.trigger.flag
            late.setdefault(variant.rule, set()).update(part.flag for part in variant.also if part.new)
    for number, rule in enumerate(rules):
        yield _Use(rule, triggers[number], frozenset(late[number]))


def _wider(one: Window, other: Window) -> Window:
    return Window(one.same, max(one.reach, other.reach), one.kinds | other.kinds)


def every_window(rule_set: RuleSet, kind: str) -> tuple[Window, ...]:
    """The windows of all rules that wait for such an event, whatever their ``If`` columns say of it."""
    unbounded = max(rule_set.longest_window, UNBOUNDED)
    windows: dict[tuple[str, ...], Window] = {}
    for rule in rule_set.rules:
        own = window_of(rule, unbounded, late=False) if rule.event == kind else None
        if own is not None:
            known = windows.get(rule.same)
            windows[rule.same] = own if known is None else _wider(known, own)
    return tuple(windows.values())
