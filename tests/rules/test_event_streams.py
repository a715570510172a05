"""Correlation agrees with an independent matcher on random rules and streams."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest
from event_matcher import PlainRule, expected, headings, row
from event_sheets import START, grid, rules_of

from forewarn.rules import Fact, RuleWorker

NIGHTLY = os.environ.get("FOREWARN_NIGHTLY") == "1"
RULE_SETS = 800 if NIGHTLY else 25
STREAMS = 25 if NIGHTLY else 12

NAMES = ("link", "device", "protocol")
ACTIONS = ("open incident", "add to incident", "ignore", "notify", "raise event storm", "run Page", "decide Policy")


def random_tests(rng: random.Random) -> dict[str, list[str]]:
    tests = {}
    if rng.random() < 0.5:
        tests["name"] = rng.sample(NAMES, rng.randint(1, 2))
    if rng.random() < 0.3:
        tests["severity"] = rng.sample(("Major", "Minor"), rng.randint(1, 2))
    return tests


def random_rule(rng: random.Random, number: int) -> PlainRule:
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


@pytest.mark.parametrize("seed", range(RULE_SETS))
def test_agrees_with_a_plain_matcher(seed: int) -> None:
    """Windows, counts, joins, absence, priority and effect: the same firings as a matcher that tries everything,
    whatever the order of the facts, with repeats, equal times, missing keys and several keys in one session.
    """
    rng = random.Random(seed)
    rules = [random_rule(rng, number) for number in range(rng.randint(1, 10))]
    columns = list(headings(rules))
    rule_set = rules_of(grid(columns, [row(rule, columns) for rule in rules]))
    requests = [
        (f"key {number}", random_facts(rng), START + timedelta(seconds=rng.choice((0, 5, 10, 60, 100, 200))))
        for number in range(STREAMS)
    ]
    with RuleWorker(rule_set) as worker:
        answers = worker.correlate_many(requests)
        alone = [worker.correlate(*request) for request in requests[:2]]
    assert alone == answers[:2]
    for (_, facts, tick), answer in zip(requests, answers, strict=True):
        assert isinstance(answer, tuple), answer
        fired = [(intent.rule, intent.event, intent.facts) for intent in answer]
        assert fired == expected(rules, facts, tick), (rules, facts, tick)
        assert len({intent.firing_key for intent in answer}) == len({(i.rule, i.facts) for i in answer})
