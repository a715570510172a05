"""Correlation agrees with an independent matcher on random rules and streams."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest
from event_matcher import expected, headings, row
from event_sheets import START, grid, rules_of
from event_streams import random_facts, random_rule

from forewarn.rules import RuleWorker

NIGHTLY = os.environ.get("FOREWARN_NIGHTLY") == "1"
RULE_SETS = 800 if NIGHTLY else 25
STREAMS = 25 if NIGHTLY else 12


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
