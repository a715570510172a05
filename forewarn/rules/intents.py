"""From what fired in a session to intents: one a rule and event, by priority, with their firing keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from forewarn.rules.compiler import microseconds
from forewarn.rules.facts import Fact, Intent
from forewarn.rules.model import EventRule, Placeholder
from forewarn.rules.session import Session
from forewarn.rules.windows import first_window, members

Firing: TypeAlias = tuple[str, Mapping[str, str]]
"""A rule of the library that fired: its name, and the message id of each of its patterns."""

_Groups: TypeAlias = dict[int, dict[int, list[int]]]
"""By counter and key code, the facts that it counts: made once a session, when a rule that counts fired."""


def finish(session: Session, firings: Iterable[Firing]) -> tuple[Intent, ...]:
    """Turn what fired into intents: by time and id of the event, then by order of the rules.

    One rule fires once for one event, with the earliest of the further facts that it may be joined with. Of
    the exclusive actions for one event the first in order of the rules stays.
    """
    rules = session.compiled.rule_set.rules
    names = {rule.name: rule.rule for shard in session.compiled.shards for rule in shard.rules}
    chosen: dict[tuple[int, int], tuple[int, ...]] = {}
    for name, parts in firings:
        rule = names[name]
        event = int(parts["e"][1:])
        further = tuple(int(parts[f"a{position}"][1:]) for position in range(len(rules[rule].also)))
        known = chosen.get((event, rule))
        if known is None or further < known:
            chosen[event, rule] = further
    settled: set[int] = set()
    intents: list[Intent] = []
    groups: _Groups = {}
    for (event, rule), further in sorted(chosen.items()):
        if rules[rule].action.exclusive:
            if event in settled:
                continue
            settled.add(event)
        intents.append(_intent(session, rule, event, further, groups))
    return tuple(intents)


def _intent(session: Session, number: int, event: int, further: tuple[int, ...], groups: _Groups) -> Intent:
    rule = session.compiled.rule_set.rules[number]
    part = {event, *further, *_counted(session, number, rule, event, groups)}
    ids = tuple(sorted(session.facts[index].id for index in part))
    facts = {rule.event: session.facts[event]}
    for pattern, index in zip(rule.also, further, strict=True):
        facts.setdefault(pattern.kind, session.facts[index])
    return Intent(
        rule=rule.id,
        action=rule.action,
        values=_filled(rule, facts),
        facts=ids,
        firing_key=firing_key(session.compiled.rule_set.version, rule.id, ids),
        event=session.facts[event].id,
    )


def _counted(session: Session, number: int, rule: EventRule, event: int, groups: _Groups) -> Sequence[int]:
    """The facts that a counted rule counted around the event; none for a rule that does not count."""
    counter_number = session.compiled.rule_counters[number]
    if counter_number is None or rule.count is None:
        return ()
    counter = session.compiled.counters[counter_number]
    codes = session.codes[counter.key]
    if counter_number not in groups:
        groups[counter_number] = members(counter.flag, session.flags, codes)
    like = groups[counter_number][codes[event]]
    return first_window(like, session.times, event, microseconds(counter.within), rule.count)


def firing_key(version: str, rule: str, facts: Iterable[str]) -> str:
    """The key under which a firing counts once: SHA-256 (hex) of rule set version, rule id and sorted fact ids."""
    parts = [version, rule, *sorted(facts)]
    text = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def _filled(rule: EventRule, facts: Mapping[str, Fact]) -> dict[str, str]:
    """The ``With`` fields. A field that is one placeholder of a missing attribute is left out; within a longer
    text a missing attribute leaves nothing.
    """
    values: dict[str, str] = {}
    for field in rule.values:
        texts = [part if isinstance(part, str) else _attribute(facts, part) for part in field.parts]
        if len(texts) == 1 and texts[0] is None:
            continue
        values[field.field] = "".join(text or "" for text in texts)
    return values


def _attribute(facts: Mapping[str, Fact], placeholder: Placeholder) -> str | None:
    value = facts[placeholder.kind].attributes.get(placeholder.attribute)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
