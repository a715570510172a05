"""An independent matcher: event rules as plain dictionaries, decided by looking at every combination of facts.

It knows nothing of the code under test: no compiler, no flags, no windows by bisection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from forewarn.rules import Fact

EVENTS = ("alert", "clear")
EXCLUSIVE = ("open incident", "add to incident", "ignore")


@dataclass(frozen=True)
class PlainRule:
    """One rule: tests are attribute → allowed texts; ``also`` and ``without`` are kind → tests."""

    id: str
    event: str
    tests: Mapping[str, Sequence[str]]
    do: str
    same: tuple[str, ...] = ()
    count: int | None = None
    within: int | None = None
    also: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    without: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    until: datetime | None = None


def expected(
    rules: Sequence[PlainRule], facts: Sequence[Fact], tick: datetime
) -> list[tuple[str, str, tuple[str, ...]]]:
    """What must fire: rule id, id of the event, sorted ids of the facts; by time and id of the event, then by row."""
    live = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: (fact.at, fact.id))
    fired = []
    for event in live:
        taken = event.settled
        for rule in rules:
            exclusive = rule.do in EXCLUSIVE
            if exclusive and taken:
                continue
            part = _fires(rule, event, live, tick, exclusive)
            if part is not None:
                fired.append((rule.id, event.id, tuple(sorted({fact.id for fact in part}))))
                taken = taken or exclusive
    return fired


def _fires(rule: PlainRule, event: Fact, live: Sequence[Fact], tick: datetime, exclusive: bool) -> list[Fact] | None:
    if event.kind != rule.event or not _passes(event, rule.tests):
        return None
    if rule.until is not None and event.at >= rule.until:
        return None
    span = timedelta(seconds=rule.within or 0)
    windowed = rule.within is not None
    others = [fact for fact in live if fact is not event and _same(rule, event, fact)]
    counted: list[Fact] = []
    if rule.count is not None:
        like = [fact for fact in [event, *others] if fact.kind == rule.event and _passes(fact, rule.tests)]
        counted = _window(like, event, span, rule.count)
        if not counted:
            return None
    for kind, tests in rule.without.items():
        for fact in others:
            near = not windowed or kind not in EVENTS or event.at <= fact.at <= event.at + span
            if near and fact.kind == kind and _passes(fact, tests):
                return None
    waits = windowed and any(kind in EVENTS for kind in rule.without)
    if waits and tick < event.at + span:
        return None
    candidates = [
        [
            fact
            for fact in others
            if fact.kind == kind
            and _passes(fact, tests)
            and (not windowed or kind not in EVENTS or abs(fact.at - event.at) <= span)
        ]
        for kind, tests in rule.also.items()
    ]
    for further in sorted(product(*candidates), key=lambda facts: [live.index(fact) for fact in facts]):
        late = not exclusive and any(fact.fresh for fact in further if fact.kind in EVENTS)
        if waits or event.fresh or late:
            return [event, *further, *counted]
    return None


def _window(like: Sequence[Fact], event: Fact, span: timedelta, count: int) -> list[Fact]:
    """The first stretch of that length, by its end, that holds the event and enough like it."""
    for end in sorted(fact.at for fact in like):
        inside = [fact for fact in like if end - span <= fact.at <= end]
        if len(inside) >= count and event in inside:
            return inside
    return []


def _passes(fact: Fact, tests: Mapping[str, Sequence[str]]) -> bool:
    return all(fact.attributes.get(name) in texts for name, texts in tests.items())


def _same(rule: PlainRule, one: Fact, other: Fact) -> bool:
    keys = [(one.attributes.get(name), other.attributes.get(name)) for name in rule.same]
    return bool(keys) and all(a is not None and a == b for a, b in keys)


def headings(rules: Sequence[PlainRule]) -> Iterator[tuple[str, str]]:
    """The columns of a sheet that holds the rules."""
    yield ("Event", "Event")
    for name in sorted({name for rule in rules for name in rule.tests}):
        yield ("If", f"alert.{name}")
    yield from (("Same", "Same"), ("Count", "Count"), ("Within", "Within"))
    for role, patterns in (("And", [r.also for r in rules]), ("Without", [r.without for r in rules])):
        for kind in sorted({kind for pattern in patterns for kind in pattern}):
            for name in sorted({"name", *(name for pattern in patterns for name in pattern.get(kind, {}))}):
                yield (role, f"{kind}.{name}")
    yield ("Do", "Do")
    yield ("Note", "Effective to")


def row(rule: PlainRule, columns: Sequence[tuple[str, str]]) -> list[Any]:
    """The rule as a row of that sheet."""
    cells: list[Any] = [rule.id]
    for role, heading in columns:
        kind, _, name = heading.partition(".")
        if role == "If":
            cells.append(_texts(rule.tests.get(name)))
        elif role in ("And", "Without"):
            pattern = (rule.also if role == "And" else rule.without).get(kind)
            # A pattern without tests is asked for by "-" in one of its columns.
            blank = "-" if pattern is not None and not pattern and name == "name" else None
            cells.append(blank if pattern is None or name not in pattern else _texts(pattern[name]))
        else:
            cells.append(
                {
                    "Event": rule.event,
                    "Same": "; ".join(f"alert.{name}" for name in rule.same) or None,
                    "Count": None if rule.count is None else str(rule.count),
                    "Within": None if rule.within is None else f"{rule.within}s",
                    "Do": rule.do,
                    "Effective to": None if rule.until is None else rule.until.isoformat(),
                }[heading]
            )
    return cells


def _texts(texts: Sequence[str] | None) -> str | None:
    return None if texts is None else ", ".join(texts)
