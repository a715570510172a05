"""Random event rules, and random streams of facts for them."""

from __future__ import annotations

import random
from datetime import timedelta

from event_matcher import PlainRule
from event_sheets import START

from forewarn.rules import Fact

NAMES = ("link", "device", "protocol")
ACTIONS = ("open incident", "add to incident", "ignore", "notify", "raise event storm", "run Page", "decide Policy")


def random_tests(rng: random.Random) -> dict[str, list[str]]:
    """Tests of a name and a severity, or of neither."""
    tests = {}
    if rng.random() < 0.5:
        tests["name"] = rng.sample(NAMES, rng.randint(1, 2))
    if rng.random() < 0.3:
        tests["severity"] = rng.sample(("Major", "Minor"), rng.randint(1, 2))
    return tests


def random_rule(rng: random.Random, number: int) -> PlainRule:
    """A rule that its sheet allows, of whatever columns."""
    also = {kind: random_tests(rng) for kind in ("alert", "clear", "incident") if rng.random() < 0.2}
    without = {kind: random_tests(rng) for kind in ("alert", "clear", "incident") if rng.random() < 0.2}
    count = rng.randint(2, 4) if rng.random() < 0.3 else None
    windowed = count is not None or ({"alert", "clear"} & (also.keys() | without.keys()) and rng.random() < 0.6)
    if count is not None:
        without = {kind: tests for kind, tests in without.items() if kind == "incident"}
    needs_key = bool(also or without or count)
    return PlainRule(
        id=f"R{number:02}",
        event=rng.choice(("alert", "alert", "clear")),
        tests=random_tests(rng),
        do=rng.choice(ACTIONS),
        same=rng.choice((("ci",), ("ci",), ("ci", "name"))) if needs_key or rng.random() < 0.5 else (),
        count=count,
        within=rng.choice((1, 5, 10, 60)) if windowed else None,
        also=also,
        without=without,
        until=START + timedelta(seconds=rng.choice((5, 20))) if rng.random() < 0.1 else None,
    )


def random_facts(rng: random.Random) -> list[Fact]:
    """Up to 14 facts on few keys and times, some of them handed over twice, in any order."""
    facts = []
    for number in range(rng.randint(0, 14)):
        attributes = {
            "ci": rng.choice(("r1", "r1", "r2", None)),
            "name": rng.choice((*NAMES, None)),
            "severity": rng.choice(("Major", "Minor")),
        }
        facts.append(
            Fact(
                kind=rng.choice(("alert", "alert", "alert", "clear", "incident", "problem")),
                id=f"F{rng.randint(0, 999_999)}-{number}",
                at=START + timedelta(seconds=rng.choice((0, 0, 1, 5, 10, rng.randint(0, 70), rng.random() * 70))),
                attributes={name: value for name, value in attributes.items() if value is not None},
                fresh=rng.random() < 0.5,
                settled=rng.random() < 0.1,
            )
        )
    if facts and rng.random() < 0.3:
        facts.extend(rng.sample(facts, rng.randint(1, len(facts))))
    rng.shuffle(facts)
    return facts
