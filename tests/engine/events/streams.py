"""Event rules against a plain model of the engine: the whole history, looked at anew for every event."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2] / "rules"))

from event_matcher import EXCLUSIVE, PlainRule, expected, headings, row
from event_sheets import START, grid, rules_of
from event_streams import NAMES, random_rule

from forewarn.rules import Fact, RuleSet, RuleVocabulary

__all__ = [
    "CI",
    "COUNT",
    "DO",
    "EVENT",
    "JOIN",
    "NO_OPEN",
    "PHASE",
    "RULE",
    "SAME",
    "START",
    "THIRD",
    "WITHIN",
    "Model",
    "VirtualClock",
    "random_rules",
    "random_stream",
    "rules_from",
]


@dataclass
class VirtualClock:
    """A clock that stands where a test puts it."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment


def random_rules(rng: random.Random) -> tuple[list[PlainRule], RuleSet]:
    """A few rules that a sheet allows, as plain values and as the engine reads them from a sheet."""
    rules = [random_rule(rng, number) for number in range(rng.randint(1, 8))]
    columns = list(headings(rules))
    return rules, rules_of(grid(columns, [row(rule, columns) for rule in rules]))


def rules_from(rows: Sequence[Mapping[tuple[str, str], Any]], vocabulary: RuleVocabulary) -> RuleSet:
    """Rules by (role, heading) of their cells; the id stands under ("", "Rule")."""
    columns = list(dict.fromkeys(key for one in rows for key in one if key != RULE))
    return rules_of(
        grid(columns, [[row[RULE], *(row.get(key) for key in columns)] for row in rows]), vocabulary=vocabulary
    )


RULE, EVENT, SAME, COUNT, WITHIN, DO = (
    ("", "Rule"),
    ("Event", "Event"),
    ("Same", "Same"),
    ("Count", "Count"),
    ("Within", "Within"),
    ("Do", "Do"),
)

PHASE = ("And", "incident.phase")
NO_OPEN = ("Without", "incident.phase")
CI = ("With", "incident.configuration_item")

JOIN = {RULE: "J", EVENT: "alert", SAME: "alert.ci", PHASE: "open", DO: "add to incident"}
"""A further alert joins the incident of its configuration item."""

THIRD = {
    RULE: "T",
    EVENT: "alert",
    ("If", "alert.name"): "link_failure",
    SAME: "alert.ci",
    COUNT: "3",
    WITHIN: "5m",
    NO_OPEN: "open",
    DO: "open incident",
    CI: "{alert.ci}",
}
"""Three link failures on one configuration item within five minutes open an incident."""


def random_stream(rng: random.Random, prefix: str) -> list[tuple[dict[str, Any], datetime]]:
    """Alerts and clears with the time at which each is received: out of order, repeated, at equal times, on several
    configuration items, while the clock jumps.
    """
    stream: list[tuple[dict[str, Any], datetime]] = []
    for number in range(rng.randint(1, 12)):
        at = START + timedelta(seconds=rng.choice((0, 0, 1, 5, 10, rng.randint(0, 70), rng.random() * 70)))
        ci = rng.choice(("r1", "r1", "r2", None))
        document = {
            "id": f"{prefix}-{number}",
            "state": rng.choice(("raised", "raised", "raised", "cleared")),
            "time": at.isoformat(),
            "ci": None if ci is None else f"{prefix}-{ci}",
            "name": rng.choice((*NAMES, None)),
            "severity": rng.choice(("Major", "Minor")),
        }
        known = {name: value for name, value in document.items() if value is not None}
        now = START + timedelta(seconds=rng.choice((0, 30, 75, rng.randint(-20, 200))))
        stream.extend([(known, now)] * rng.choice((1, 1, 1, 2)))
    rng.shuffle(stream)
    return stream


@dataclass
class Model:
    """What must fire, by a matcher that knows all facts and tries everything."""

    rules: Sequence[PlainRule]
    facts: dict[str, Fact] = field(default_factory=dict)
    incidents: list[Fact] = field(default_factory=list)
    fired: list[tuple[str, str]] = field(default_factory=list)
    told: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    due: list[tuple[datetime, int, str, str]] = field(default_factory=list)

    def receive(self, identity: str, document: Mapping[str, Any], now: datetime) -> None:
        """An event that is received for the first time, under the id that its fact has."""
        at = datetime.fromisoformat(document["time"])
        attributes = {name: document[name] for name in ("ci", "name", "severity") if name in document}
        kind = "alert" if document["state"] == "raised" else "clear"
        fact = Fact(kind, identity, at, attributes, fresh=True)
        for rule in sorted(self.rules, key=lambda one: (one.within or 0, one.id)):
            trigger = replace(rule, also={}, without={}, count=None, within=None, do="notify")
            if _waits(rule) and expected([trigger], [fact], now):
                late = max(now - at, timedelta(0))
                self.due.append((at + timedelta(seconds=rule.within or 0) + late, len(self.due), rule.id, identity))
        self.facts[identity] = fact
        hits = expected(self.rules, [*self.facts.values(), *self.incidents], now)
        self.facts[identity] = replace(fact, fresh=False)
        self._act([hit for hit in hits if not _waits(self._rule(hit[0]))], now)

    def tick(self, now: datetime) -> None:
        """Time passes: what is due is looked at, oldest first."""
        for wait in sorted(self.due):
            moment, _, rule, identity = wait
            if moment <= now:
                self.due.remove(wait)
                hits = expected(self.rules, [*self.facts.values(), *self.incidents], moment)
                self._act([hit for hit in hits if hit[:2] == (rule, identity)], now)

    def _act(self, hits: Sequence[tuple[str, str, tuple[str, ...]]], now: datetime) -> None:
        for rule_id, event, part in sorted(hits, key=lambda hit: self._rule(hit[0]).do not in EXCLUSIVE):
            fact = self.facts[event]
            do = self._rule(rule_id).do
            # What two events have in common is told once.
            told = do not in EXCLUSIVE and (rule_id, part) in self.told
            if (rule_id, event) in self.fired or told:
                continue
            self.fired.append((rule_id, event))
            self.told.add((rule_id, part))
            if do in EXCLUSIVE:
                self.facts[event] = replace(fact, settled=True)
            if do == "open incident":
                # The sheet fills no configuration item in: nothing shares anything with it.
                self.incidents.append(Fact("incident", f"incident:{len(self.incidents)}", now, {}, fresh=False))

    def _rule(self, identity: str) -> PlainRule:
        return next(rule for rule in self.rules if rule.id == identity)


def _waits(rule: PlainRule) -> bool:
    return rule.within is not None and bool({"alert", "clear"} & rule.without.keys())
