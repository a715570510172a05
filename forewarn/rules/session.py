"""One session: the facts of a key as messages for the library.

They are made outside the worker, which sees integers only: nothing of a site's text can upset it.
`forewarn.rules.intents` makes intents of what fires, outside it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import prod
from typing import TypeAlias

from forewarn.decision_tables.inputs import WrongType, convert
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.values import Value, clean_text
from forewarn.errors import DecisionError
from forewarn.rules import limits
from forewarn.rules.compiler import CompiledRule, CompiledRules, Condition, Counter, Shard, microseconds
from forewarn.rules.facts import DeadLetter, Fact, SessionRefused
from forewarn.rules.model import AttributeTest
from forewarn.rules.windows import fullest, members

Message: TypeAlias = dict[str, str | int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Session:
    """The facts of one key, in order of time, and the messages that each shard is to be given.

    ``work`` holds the index of a shard with its messages; a shard that has nothing to match is left out.
    """

    compiled: CompiledRules
    key: str
    facts: tuple[Fact, ...]
    times: tuple[int, ...]
    flags: tuple[frozenset[int], ...]
    codes: tuple[tuple[int, ...], ...]
    tick: int
    work: tuple[tuple[int, list[Message]], ...]


def prepare(compiled: CompiledRules, key: str, facts: Iterable[Fact], tick: datetime) -> Session:
    """Turn the facts of a key into messages.

    ``tick`` is the aware time that counts as now. The order of ``facts`` and exact repeats do not matter.
    Raises SessionRefused where a fact cannot be used or there are too many.
    """
    given = tuple(facts)
    try:
        kept = _ordered(given)
        times = tuple(_since_epoch(fact.at) for fact in kept)
        now = _since_epoch(tick)
        flags = tuple(flags_of(compiled, fact) for fact in kept)
        codes = tuple(_key_codes(kept, same) for same in compiled.keys)
    except BadFact as error:
        raise SessionRefused(DeadLetter(key, given, str(error))) from error
    counts = tuple(_counts(counter, times, flags, codes[counter.key]) for counter in compiled.counters)
    start = min((now, *times))
    columns = _Columns(kept, tuple(moment - start for moment in times), flags, codes, counts, now - start)
    work: list[tuple[int, list[Message]]] = []
    for number, shard in enumerate(compiled.shards):
        if _may_fire(compiled, shard, kept, flags, counts):
            too_many = _too_many(compiled, shard, kept, flags)
            if too_many is not None:
                raise SessionRefused(DeadLetter(key, given, too_many), hint="shorten Within, or narrow Same or If")
            work.append((number, columns.messages(shard)))
    return Session(compiled, key, kept, times, flags, codes, now, tuple(work))


class BadFact(Exception):
    """A fact that cannot be used; the text says which and why."""


def _ordered(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The facts once each, by time and id; refuses what is not a fact and two facts of one id."""
    if len(facts) > limits.MAX_FACTS:
        raise BadFact(f"{len(facts)} facts are more than {limits.MAX_FACTS} of one key")
    by_id: dict[str, Fact] = {}
    for fact in facts:
        if not isinstance(fact.id, str) or not fact.id:
            raise BadFact(f"a fact of kind {fact.kind!r} has no id")
        if len(fact.id) > limits.MAX_ID:
            raise BadFact(f"the id {fact.id[:40]!r}… is longer than {limits.MAX_ID} characters")
        if fact.at.tzinfo is None:
            raise BadFact(f"fact {fact.id!r} has a time without zone")
        known = by_id.setdefault(fact.id, fact)
        if known is not fact and (known.kind, known.at, dict(known.attributes)) != (
            fact.kind,
            fact.at,
            dict(fact.attributes),
        ):
            raise BadFact(f"two different facts have the id {fact.id!r}")
        if known is not fact and (known.fresh, known.settled) != (fact.fresh, fact.settled):
            by_id[fact.id] = _merged(known, fact)
    return tuple(sorted(by_id.values(), key=lambda fact: (fact.at, fact.id)))


def _merged(one: Fact, other: Fact) -> Fact:
    """The same event seen twice: it is fresh only if nobody saw it before, and settled if anybody settled it."""
    return Fact(one.kind, one.id, one.at, one.attributes, one.fresh and other.fresh, one.settled or other.settled)


def _since_epoch(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise BadFact("the tick has a time without zone")
    return (moment - _EPOCH) // _MICROSECOND


def flags_of(compiled: CompiledRules, fact: Fact) -> frozenset[int]:
    """The conditions that hold for a fact; raises BadFact where an attribute has another type than its column."""
    scope = compiled.rule_set.scope
    return frozenset(
        number
        for number, condition in enumerate(compiled.conditions)
        if condition.kind == fact.kind and _condition_holds(condition, fact, scope)
    )


def _condition_holds(condition: Condition, fact: Fact, properties: Mapping[str, Value]) -> bool:
    if condition.effective_from is not None and fact.at < condition.effective_from:
        return False
    if condition.effective_to is not None and fact.at >= condition.effective_to:
        return False
    return all(test_holds(test, fact, properties) for test in condition.tests)


def test_holds(test: AttributeTest, fact: Fact, properties: Mapping[str, Value]) -> bool:
    """Whether a fact passes a test; raises BadFact where the attribute has another type than the column."""
    raw = fact.attributes.get(test.attribute)
    try:
        value = convert(raw, test.type)
    except WrongType as error:
        raise BadFact(
            f"attribute {test.attribute!r} of {fact.kind} {fact.id!r} is {error}, not a {test.type}"
        ) from error
    try:
        return holds(test.test, value, properties)
    except DecisionError as error:
        raise BadFact(f"attribute {test.attribute!r} of {fact.kind} {fact.id!r}: {error.message}") from error


def _key_codes(facts: Sequence[Fact], same: tuple[str, ...]) -> tuple[int, ...]:
    """A number a fact, the same for facts that share the attributes; a fact that lacks one shares with nobody."""
    numbers: dict[tuple[object, ...], int] = {}
    codes: list[int] = []
    for index, fact in enumerate(facts):
        values = tuple(key_part(fact, attribute) for attribute in same)
        codes.append(-1 - index if None in values else numbers.setdefault(values, len(numbers)))
    return tuple(codes)


def key_part(fact: Fact, attribute: str) -> tuple[str, object] | None:
    """An attribute as part of a key; text is compared trimmed and in NFC, and true is not 1."""
    value = fact.attributes.get(attribute)
    match value:
        case None:
            return None
        case str():
            text = clean_text(value)
            return ("text", text) if text else None
        case bool():
            return ("boolean", value)
        case int():
            return ("number", value)
        case Decimal():
            return ("number", value) if value.is_finite() else None
        case date():
            return ("date", value.isoformat())
    raise BadFact(
        f"attribute {attribute!r} of {fact.kind} {fact.id!r} is a {type(value).__name__}: nothing can be the same as it"
    )


def _counts(
    counter: Counter, times: Sequence[int], flags: Sequence[frozenset[int]], codes: Sequence[int]
) -> dict[int, int]:
    """For each fact of the counter's condition, by index: how many of them stand in the fullest window around it."""
    within = microseconds(counter.within)
    return {
        index: count
        for like in members(counter.flag, flags, codes).values()
        for index, count in zip(like, fullest([times[index] for index in like], within), strict=True)
    }


def _may_fire(
    compiled: CompiledRules,
    shard: Shard,
    facts: Sequence[Fact],
    flags: Sequence[frozenset[int]],
    counts: Sequence[Mapping[int, int]],
) -> bool:
    """Whether a rule of a shard can fire at all: an event for it, enough like it, and each further fact it wants.

    Most events of a storm are noise for which none can; the library need not be asked then.
    """
    present = frozenset[int]().union(*flags)
    fresh = frozenset[int]().union(*(own for fact, own in zip(facts, flags, strict=True) if fact.fresh))
    for rule in shard.rules:
        parts = (rule.trigger, *rule.also)
        if any(part.flag not in (fresh if part.new else present) for part in parts):
            continue
        counter = compiled.rule_counters[rule.rule]
        wanted = compiled.rule_set.rules[rule.rule].count
        if counter is not None and wanted is not None and max(counts[counter].values(), default=0) < wanted:
            continue
        return True
    return False


def _too_many(
    compiled: CompiledRules, shard: Shard, facts: Sequence[Fact], flags: Sequence[frozenset[int]]
) -> str | None:
    """Why the library would be kept too long, if it would: it offers every combination of facts."""
    every = [0] * len(compiled.conditions)
    fresh = [0] * len(compiled.conditions)
    for fact, own in zip(facts, flags, strict=True):
        for flag in own:
            every[flag] += 1
            fresh[flag] += fact.fresh
    for rule in shard.rules:
        events = (fresh if rule.trigger.new else every)[rule.trigger.flag]
        combinations = prod((fresh if part.new else every)[part.flag] for part in rule.also) * events
        if combinations > limits.MAX_FIRINGS:
            return f"{_name(compiled, rule)} would be offered {combinations} combinations of {len(facts)} facts"
        comparisons = combinations * max((every[part.flag] for part in rule.without), default=0)
        if comparisons > limits.MAX_COMPARISONS:
            return f"{_name(compiled, rule)} would need {comparisons} comparisons of {len(facts)} facts"
    return None


def _name(compiled: CompiledRules, rule: CompiledRule) -> str:
    return f"rule {compiled.rule_set.rules[rule.rule].id}"


@cache
def _fact_id(index: int) -> str:
    return f"p{index}"


@cache
def _absent_id(index: int) -> str:
    return f"n{index}"


@dataclass(frozen=True, slots=True)
class _Columns:
    """All that messages are made of, by the index of a fact."""

    facts: Sequence[Fact]
    moments: Sequence[int]
    flags: Sequence[frozenset[int]]
    codes: Sequence[Sequence[int]]
    counts: Sequence[Mapping[int, int]]
    tick: int

    def messages(self, shard: Shard) -> list[Message]:
        """The messages of one shard: what must not be there first, then the tick, then what may fire."""
        absent = [
            self._message(_absent_id(index), "not", index, shard, shard.negative)
            for index, own in enumerate(self.flags)
            if own & shard.negative
        ]
        live = [
            self._message(_fact_id(index), "fact", index, shard, shard.positive)
            for index, own in enumerate(self.flags)
            if own & shard.positive
        ]
        tick: list[Message] = [{"id": "tick", "type": "tick", "at": self.tick, "_1": 1}] if shard.waits else []
        return [*absent, *tick, *live]

    def _message(self, name: str, kind: str, index: int, shard: Shard, flags: frozenset[int]) -> Message:
        message: Message = {"id": name, "type": kind, "_i": index, "at": self.moments[index], "_1": 1}
        for flag in sorted(self.flags[index] & flags):
            message[f"f{flag}"] = 1
        for key in shard.keys:
            message[f"k{key}"] = self.codes[key][index]
        if kind == "fact":
            fact = self.facts[index]
            message["new" if fact.fresh else "old"] = 1
            if not fact.settled:
                message["open"] = 1
            for counter in shard.counters:
                if index in self.counts[counter]:
                    message[f"c{counter}"] = self.counts[counter][index]
        return message


def probe(compiled: CompiledRules) -> list[tuple[int, list[Message]]]:
    """Work for a trial run: in each shard one fact that plays every part of every rule at once."""
    work: list[tuple[int, list[Message]]] = []
    for number, shard in enumerate(compiled.shards):
        message: Message = {"id": _fact_id(0), "type": "fact", "_i": 0, "at": 0, "_1": 1, "new": 1, "open": 1}
        message.update({f"f{flag}": 1 for flag in sorted(shard.positive)})
        message.update({f"k{key}": 0 for key in shard.keys})
        message.update({f"c{counter}": limits.MAX_COUNT for counter in shard.counters})
        tick: Message = {"id": "tick", "type": "tick", "at": microseconds(limits.MAX_WITHIN), "_1": 1}
        work.append((number, [tick, message]))
    return work
