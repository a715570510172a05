"""What is reported holds, on wide random tables with everything that a sheet can hold: references to other inputs
and properties, conditions, lists, aliases, effective dates, every hit policy. What is left out is said.
"""

from __future__ import annotations

import os
from typing import Any

import deciding_oracle as oracle
from deciding_tables import Maker

from forewarn.decision_tables.analysis import analyse
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, InputRef, Interval, Not, OneOf
from forewarn.decision_tables.table import Table
from forewarn.errors import DecisionError

TABLES = 3_000 if os.environ.get("FOREWARN_NIGHTLY") == "1" else 120
LIMIT = 12
STEPS = 20_000_000


def holding(model: TableModel, witness: Any) -> list[int]:
    """The rules that hold for a witness, by the brute-force evaluator."""
    return oracle.matching(model, [witness[column.heading] for column in model.inputs], witness.get("at"))


def decided(model: TableModel, witness: Any) -> tuple[str, ...]:
    """The rules that the table names for a witness, also where it refuses to decide."""
    inputs = {heading: value for heading, value in witness.items() if heading != "at"}
    try:
        return Table(model).decide(inputs, at=witness.get("at")).rules
    except DecisionError as error:
        return tuple(error.rules)


def names_an_input(test: Any) -> bool:
    """Whether a cell compares with another input."""
    if isinstance(test, OneOf | Not):
        return any(names_an_input(inner) for inner in test.tests)
    if isinstance(test, Interval):
        return isinstance(test.low, InputRef) or isinstance(test.high, InputRef)
    return isinstance(test, Compare) and isinstance(test.operand, InputRef)


def tables() -> list[tuple[int, TableModel]]:
    """Tables of up to ninety rules, each hit policy in turn."""
    policies = list(HitPolicy)
    made = ((number, Maker(number).table(policies[number % len(policies)])) for number in range(TABLES))
    return [(number, model) for number, model in made if len(model.rules) <= 90]


def test_every_witness_shows_what_is_reported() -> None:
    """Replayed through the table, a gap's witness finds no rule, an overlap's finds both, a hidden rule's another."""
    seen = {"gap": 0, "overlap": 0, "hidden": 0}
    for number, model in tables():
        found = analyse(model, limit=LIMIT, steps=STEPS)
        ids = [rule.id for rule in model.rules]
        for gap in found.gaps:
            assert holding(model, gap.witness) == [], number
            assert decided(model, gap.witness) == (), number
        for pair in found.overlaps:
            assert {pair.first, pair.second} <= set(holding(model, pair.witness)), number
            assert {ids[pair.first], ids[pair.second]} <= set(decided(model, pair.witness)), number
        for hidden in found.shadowed:
            assert ids[hidden.rule] not in decided(model, hidden.witness), number
        seen["gap"] += len(found.gaps)
        seen["overlap"] += len(found.overlaps)
        seen["hidden"] += len(found.shadowed)
    assert all(count > 20 for count in seen.values()), seen


def test_hidden_rules_never_decide_random_inputs() -> None:
    """No random input of a First or Priority table is decided by a rule that is reported as shadowed."""
    for number, model in tables():
        if model.hit_policy.value not in "FP":
            continue
        hidden = {model.rules[one.rule].id for one in analyse(model, limit=LIMIT, steps=STEPS).shadowed}
        maker, table = Maker(number + 1), Table(model)
        for _ in range(40 if hidden else 0):
            case = maker.case(model)
            if not case.bad:
                assert hidden.isdisjoint(table.decide(case.given, at=case.at).rules), number


def test_rules_that_depend_on_other_inputs_are_left_out_and_named() -> None:
    """A rule with a condition or a comparison with another input is listed as not decidable, and in no overlap."""
    left_out = 0
    for number, model in tables():
        found = analyse(model, limit=LIMIT, steps=STEPS)
        undecided = {rule for entry in found.undecided for rule in entry.rules}
        for place, rule in enumerate(model.rules):
            depends = any(map(names_an_input, rule.tests)) or any(
                not isinstance(test, AnyValue) for test in rule.conditions
            )
            assert not depends or place in undecided, (number, rule.id)
            left_out += depends
        for pair in found.overlaps:
            assert undecided.isdisjoint((pair.first, pair.second)), number
    assert left_out > 20


def test_equal_tables_have_equal_analyses() -> None:
    """Nothing depends on time, on object identity or on what was analysed before: twice the same, caps and all."""
    for number in range(0, TABLES, 10):
        one, other = Maker(number).table(), Maker(number).table()
        if len(one.rules) <= 90:
            assert repr(analyse(one, limit=3, steps=20_000)) == repr(analyse(other, limit=3, steps=20_000))
