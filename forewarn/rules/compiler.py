"""From a rule set to the JSON of durable-rules, in the few shapes that are proven to hold.

What the JSON cannot say safely is computed in Python (`forewarn.rules.session`) and handed over as small
integers: cell tests and effective dates as flags, correlation keys as codes, counts as numbers, times as
microseconds since the first fact of the session. No text of a site ever reaches the library. What is left
to it is what it is good at: joining facts by key and time, absence, and who completes which pattern.

Messages (all flat, all values integers but ``id``, ``sid`` and ``type``):

``fact``   a live fact: ``_i`` its index, ``at``, ``_1`` = 1, ``new`` or ``old`` = 1, ``open`` = 1 where it is not
           settled, ``f<n>`` = 1 for each condition that holds, ``k<n>`` a key code, ``c<n>`` a count
``not``    the same fact in its part as one that must not be there; these go in first
``tick``   the time of the session
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from forewarn.errors import BadTable, Finding
from forewarn.rules import codes, limits
from forewarn.rules.model import AttributeTest, EventRule, Pattern, RuleSet

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What one fact must satisfy by itself: its kind, its attributes, and when it happened."""

    kind: str
    tests: tuple[AttributeTest, ...]
    effective_from: datetime | None = None
    effective_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """How many facts of a condition and key stand in the best window around a fact."""

    flag: int
    key: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """A pattern of a compiled rule: the flag of its condition, its key code, its window in microseconds.

    ``new``: only fresh facts play this part.
    """

    flag: int
    new: bool = False


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule of the library's JSON. ``rule`` is the index in the rule set; an event rule that may be completed
    by a late further event compiles to several.
    """

    name: str
    rule: int
    trigger: Part
    also: tuple[Part, ...]
    without: tuple[Part, ...]
    definition: Json


@dataclass(frozen=True, slots=True)
class Shard:
    """Rules that share one handle of the library, with the columns of a message that they read."""

    rules: tuple[CompiledRule, ...]
    positive: frozenset[int]
    negative: frozenset[int]
    triggers: frozenset[int]
    keys: tuple[int, ...]
    counters: tuple[int, ...]
    waits: bool

    @property
    def definition(self) -> Json:
        """The rule set of the library: rule names to rules, without their actions."""
        return {rule.name: rule.definition for rule in self.rules}


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """A rule set, compiled. Flags, keys and counters are numbered by their index here."""

    rule_set: RuleSet
    shards: tuple[Shard, ...]
    conditions: tuple[Condition, ...]
    keys: tuple[tuple[str, ...], ...]
    counters: tuple[Counter, ...]
    rule_counters: tuple[int | None, ...]

    @property
    def definitions(self) -> list[Json]:
        """What the worker loads: the JSON of each shard."""
        return [shard.definition for shard in self.shards]


def compile_rules(rule_set: RuleSet) -> CompiledRules:
    """Compile a rule set; raises BadTable with a finding at the cell where it goes beyond the library's limits."""
    findings = tuple(limit_findings(rule_set))
    if findings:
        raise BadTable(f"event rules {rule_set.name!r} cannot be compiled", findings)
    return _Compiler(rule_set).compiled()


def limit_findings(rule_set: RuleSet) -> Iterator[Finding]:
    """What of a rule set the library would not bear, each with the cell."""
    if len(rule_set.rules) > limits.MAX_RULES:
        first_over = rule_set.rules[limits.MAX_RULES]
        yield codes.TOO_MANY_RULES.finding(
            f"{len(rule_set.rules)} event rules are more than {limits.MAX_RULES}",
            first_over.place,
            rule=first_over.id,
        )
    for rule in rule_set.rules:
        patterns = _pattern_count(rule)
        if patterns > limits.MAX_PATTERNS_A_RULE:
            yield codes.TOO_WIDE_RULE.finding(
                f"the rule looks at {patterns} facts at once, at most {limits.MAX_PATTERNS_A_RULE} can be joined",
                (*rule.also, *rule.without)[-1].place,
                rule=rule.id,
            )
        terms = sum(len(_join(rule, pattern, 0, absent=False)) for pattern in (*rule.also, *rule.without))
        terms += 2 * rule.waits
        if terms > limits.MAX_JOIN_TERMS_A_RULE:
            yield codes.TOO_WIDE_RULE.finding(
                f"the rule joins its facts by {terms} terms, at most {limits.MAX_JOIN_TERMS_A_RULE} hold",
                (*rule.also, *rule.without)[-1].place,
                rule=rule.id,
            )


def _pattern_count(rule: EventRule) -> int:
    return 1 + len(rule.also) + len(rule.without) + rule.waits


def _join(rule: EventRule, pattern: Pattern, key: int, *, absent: bool) -> list[Json]:
    """The terms that join a further fact with the event ``e``; the last one is always true, because the library
    reads out of bounds where a term in last place does not hold.
    """
    terms: list[Json] = [{f"k{key}": {"e": f"k{key}"}}]
    if pattern.is_event and rule.within is not None:
        back: Json = {"$sub": {"$l": {"e": "at"}, "$r": microseconds(rule.within)}}
        earliest: Json = {"e": "at"} if absent else back
        terms.append({"$gte": {"at": earliest}})
        terms.append({"$lte": {"at": {"$add": {"$l": {"e": "at"}, "$r": microseconds(rule.within)}}}})
    if pattern.kind == rule.event:
        terms.append({"$neq": {"_i": {"e": "_i"}}})
    terms.append({"_1": {"e": "_1"}})
    return terms


def microseconds(duration: timedelta) -> int:
    """A duration as a whole number of microseconds."""
    return duration // timedelta(microseconds=1)


class _Compiler:
    """Numbers conditions, keys and counters while it goes through the rules."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        self.conditions: dict[object, tuple[int, Condition]] = {}
        self.counters: dict[Counter, int] = {}
        self.keys = {same: number for number, same in enumerate(rule_set.correlation_keys)}

    def compiled(self) -> CompiledRules:
        """The whole rule set."""
        rules: list[CompiledRule] = []
        rule_counters: list[int | None] = []
        for index, rule in enumerate(self.rule_set.rules):
            counter = self._counter(rule)
            rule_counters.append(counter)
            rules.extend(self._variants(index, rule, counter))
        return CompiledRules(
            rule_set=self.rule_set,
            shards=tuple(_shards(rules, rule_counters, self.rule_set, self.keys)),
            conditions=tuple(condition for _, condition in self.conditions.values()),
            keys=tuple(self.keys),
            counters=tuple(self.counters),
            rule_counters=tuple(rule_counters),
        )

    def _flag(self, condition: Condition) -> int:
        same = (
            condition.kind,
            tuple((test.attribute, test.type, test.test) for test in condition.tests),
            condition.effective_from,
            condition.effective_to,
        )
        return self.conditions.setdefault(same, (len(self.conditions), condition))[0]

    def _counter(self, rule: EventRule) -> int | None:
        if rule.count is None or rule.within is None:
            return None
        counter = Counter(self._flag(Condition(rule.event, rule.tests)), self.keys[rule.same], rule.within)
        return self.counters.setdefault(counter, len(self.counters))

    def _variants(self, index: int, rule: EventRule, counter: int | None) -> Iterator[CompiledRule]:
        """The rule with a fresh event; where its action is not exclusive, also with a late further event."""
        if rule.waits:
            yield self._compiled(index, rule, counter, new=None, name=f"r{index}")
            return
        yield self._compiled(index, rule, counter, new="event", name=f"r{index}")
        if not rule.action.exclusive:
            for position, pattern in enumerate(rule.also):
                if pattern.is_event:
                    yield self._compiled(index, rule, counter, new=position, name=f"r{index}_{position}")

    def _compiled(
        self, index: int, rule: EventRule, counter: int | None, *, new: str | int | None, name: str
    ) -> CompiledRule:
        if not rule.same and (rule.also or rule.without):
            raise ValueError(f"rule {rule.id}: further facts need the attributes that they share with the event")
        key = self.keys.get(rule.same, 0)
        trigger = Part(
            self._flag(Condition(rule.event, rule.tests, rule.effective_from, rule.effective_to)), new=new == "event"
        )
        also = tuple(
            Part(self._flag(Condition(pattern.kind, pattern.tests)), new=new == position)
            for position, pattern in enumerate(rule.also)
        )
        without = tuple(Part(self._flag(Condition(pattern.kind, pattern.tests))) for pattern in rule.without)
        event: list[Json] = [{"type": "fact"}, {f"f{trigger.flag}": 1}]
        if isinstance(new, int):
            event.append({"old": 1})
        elif trigger.new:
            event.append({"new": 1})
        if rule.action.exclusive:
            event.append({"open": 1})
        if counter is not None:
            event.append({"$gte": {f"c{counter}": rule.count}})
        patterns: list[Json] = [{"e": {"$and": [*event, {"_1": 1}]}}]
        for position, (part, pattern) in enumerate(zip(also, rule.also, strict=True)):
            own: list[Json] = [{"type": "fact"}, {f"f{part.flag}": 1}]
            if part.new:
                own.append({"new": 1})
            patterns.append({f"a{position}": {"$and": [*own, *_join(rule, pattern, key, absent=False)]}})
        if rule.waits and rule.within is not None:
            due = {"$add": {"$l": {"e": "at"}, "$r": microseconds(rule.within)}}
            patterns.append({"t": {"$and": [{"type": "tick"}, {"$gte": {"at": due}}, {"_1": {"e": "_1"}}]}})
        for position, (part, pattern) in enumerate(zip(without, rule.without, strict=True)):
            absent: list[Json] = [{"type": "not"}, {f"f{part.flag}": 1}]
            patterns.append({f"n{position}$not": {"$and": [*absent, *_join(rule, pattern, key, absent=True)]}})
        return CompiledRule(name, index, trigger, also, without, {"all": patterns, "pri": index + 1})


def _shards(
    rules: list[CompiledRule],
    rule_counters: list[int | None],
    rule_set: RuleSet,
    keys: dict[tuple[str, ...], int],
) -> Iterator[Shard]:
    """Rules in order, as many a shard as its patterns allow."""
    shard: list[CompiledRule] = []
    patterns = 0
    for rule in rules:
        more = len(rule.definition["all"])
        if shard and patterns + more > limits.MAX_PATTERNS_A_SHARD:
            yield _shard(shard, rule_counters, rule_set, keys)
            shard, patterns = [], 0
        shard.append(rule)
        patterns += more
    if shard:
        yield _shard(shard, rule_counters, rule_set, keys)


def _shard(
    rules: list[CompiledRule],
    rule_counters: list[int | None],
    rule_set: RuleSet,
    keys: dict[tuple[str, ...], int],
) -> Shard:
    own = [rule_set.rules[rule.rule] for rule in rules]
    counters = {rule_counters[rule.rule] for rule in rules}
    return Shard(
        rules=tuple(rules),
        positive=frozenset(part.flag for rule in rules for part in (rule.trigger, *rule.also)),
        negative=frozenset(part.flag for rule in rules for part in rule.without),
        triggers=frozenset(rule.trigger.flag for rule in rules),
        keys=tuple(sorted({keys[rule.same] for rule in own if rule.same})),
        counters=tuple(sorted(counter for counter in counters if counter is not None)),
        waits=any(rule.waits for rule in own),
    )
