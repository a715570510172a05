"""Mined rules against plain counts over random past incidents."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from forewarn.decision_tables import Table
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, TableModel
from forewarn.decision_tables.values import Kind, Type
from forewarn.engine.history.cases import PastIncident
from forewarn.engine.history.drafting import with_rules
from forewarn.engine.history.evaluating import agreement_of
from forewarn.engine.history.mining import MinedRule, mine
from forewarn.errors import Place

HEADINGS = ["A", "B", "C"]


def random_incidents(seed: int, count: int) -> list[PastIncident]:
    """Incidents whose outcome mostly hangs on A and B, with noise and gaps."""
    pick = random.Random(seed)
    made = []
    for number in range(count):
        inputs = {name: pick.choice(["x", "y", "z", None]) for name in HEADINGS}
        outcome = f"{inputs['A']}{inputs['B']}" if pick.random() < 0.7 else pick.choice(["p", "q", None])
        made.append(PastIncident(str(number), None, dict(inputs), outcome, Place()))
    return made


def takes(rule: MinedRule, incident: PastIncident) -> bool:
    """Whether every condition holds, by comparing values."""
    return all(incident.inputs[name] == value for name, value in rule.conditions)


@given(
    seed=st.integers(0, 10**9),
    support=st.integers(1, 6),
    confidence=st.sampled_from([0.0, 0.5, 0.75, 1.0]),
    conditions=st.integers(1, 3),
)
def test_the_figures_are_those_of_a_count(seed: int, support: int, confidence: float, conditions: int) -> None:
    """Tried in their order on what they were mined from, each rule takes and is right of as many as it says."""
    incidents = random_incidents(seed, 120)
    rules = mine(incidents, HEADINGS, support=support, confidence=confidence, conditions=conditions)
    left = [one for one in incidents if one.outcome is not None]
    for rule in rules:
        taken = [one for one in left if takes(rule, one)]
        right = [one for one in taken if one.outcome == rule.outcome]
        assert (rule.taken, rule.right) == (len(taken), len(right))
        assert rule.right >= support
        assert rule.confidence >= confidence
        assert 1 <= len(rule.conditions) <= conditions
        left = [one for one in left if not takes(rule, one)]
    assert mine(incidents, HEADINGS, support=support, confidence=confidence, conditions=conditions) == rules


@given(seed=st.integers(0, 10**9))
def test_a_law_without_exceptions_is_found(seed: int) -> None:
    """Where one value always comes to one outcome, often enough, the rules are right of every such incident."""
    pick = random.Random(seed)
    incidents = random_incidents(seed, 100)
    lawful = [
        PastIncident(f"L{number}", None, {"A": "law", "B": pick.choice("xyz"), "C": pick.choice("xyz")}, "so", Place())
        for number in range(20)
    ]
    rules = mine([*incidents, *lawful], HEADINGS, support=5, confidence=0.9, conditions=2)
    first = next(rule for one in lawful[:1] for rule in rules if takes(rule, one))
    assert first.outcome == "so"
    assert sum(rule.right for rule in rules if rule.outcome == "so") == 20


@given(seed=st.integers(0, 10**9))
def test_the_table_decides_as_the_rules_say(seed: int) -> None:
    """Put below a table's own rules, mined rules decide each incident as trying them in their order would."""
    incidents = random_incidents(seed, 80)
    rules = mine(incidents, HEADINGS, support=3, confidence=0.5, conditions=2)
    text = Type(Kind.STRING)
    model = TableModel(
        "T",
        HitPolicy.FIRST,
        tuple(InputColumn(name, text, nullable=True) for name in HEADINGS),
        (OutputColumn("Out", text),),
        (),
    )
    if not rules:
        return
    answers = [next((rule.outcome for rule in rules if takes(rule, one)), None) for one in incidents]
    found = agreement_of(Table(with_rules(model, rules, "Out")), incidents, "Out")
    assert found.incidents == len(incidents)
    assert found.decided == sum(answer is not None for answer in answers)
    agreed = sum(a == one.outcome for a, one in zip(answers, incidents, strict=True) if a is not None)
    assert found.agreed == agreed
    assert found.undecided == tuple(place for place, answer in enumerate(answers) if answer is None)
    for result in found.by_outcome:
        own = [answer for answer, one in zip(answers, incidents, strict=True) if one.outcome == result.outcome]
        assert (result.incidents, result.decided) == (len(own), sum(answer is not None for answer in own))
        assert result.decided == result.agreed + sum(count for _, count in result.instead)


def test_more_evidence_is_more_reliable() -> None:
    """90 of 100 counts for more than 9 of 10, and 10 of 10 for more than 9 of 10."""
    rules = [MinedRule((("A", "x"),), "o", taken, right) for taken, right in ((10, 9), (10, 10), (100, 90))]
    assert rules[0].reliability < rules[1].reliability
    assert rules[0].reliability < rules[2].reliability
