"""The analysis against brute force: every sample input of random small tables, no false report and none missed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import deciding_oracle as oracle
import numpy as np
import pytest
from small_tables import SmallMaker, Space, space_of

from forewarn.decision_tables.analysis import Analysis, analyse
from forewarn.decision_tables.analysis.regions import regions_of
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Literal, OneOf
from forewarn.decision_tables.table import Table
from forewarn.errors import ConflictingRules, NoUniqueRule

TABLES = 5_000 if os.environ.get("FOREWARN_NIGHTLY") == "1" else 200
POLICIES = [HitPolicy.UNIQUE] * 2 + [HitPolicy.FIRST] * 2 + list(HitPolicy)


def cases(salt: int) -> Iterator[tuple[int, TableModel, Space, Analysis]]:
    """The tables with their whole space and their analysis."""
    for number in range(TABLES):
        maker = SmallMaker(number * 10 + salt)
        model = maker.table(POLICIES[number % len(POLICIES)])
        yield number, model, space_of(model), analyse(model, limit=10_000)


def replay(model: TableModel, witness: Any) -> Any:
    """What the table decides for a witness."""
    inputs = {heading: value for heading, value in witness.items() if heading != "at"}
    return Table(model).decide(inputs, at=witness.get("at"))


def holding(model: TableModel, witness: Any) -> list[int]:
    """The rules that hold for a witness, by the brute-force evaluator."""
    return oracle.matching(model, [witness[column.heading] for column in model.inputs], witness.get("at"))


def texts_named(model: TableModel, position: int) -> set[Any]:
    """The texts that the cells of a column, or its allowed values, name."""

    def walk(test: Any) -> Iterator[Any]:
        for inner in getattr(test, "tests", ()):
            yield from walk(inner)
        operand = getattr(test, "operand", None)
        if isinstance(operand, Literal):
            yield operand.value
        elif operand is not None:
            yield dict(model.properties)[operand.name]

    tests = [*(rule.tests[position] for rule in model.rules), model.inputs[position].allowed]
    return {value for test in tests for value in walk(test)}


def unnamed(model: TableModel, position: int, value: Any) -> bool:
    """Whether a sample is, or a list holds, a text that nothing names."""
    if position == len(model.inputs):
        return False
    items = value if isinstance(value, tuple) else (value,)
    return any(isinstance(item, str) and item not in texts_named(model, position) for item in items)


def asked_points(space: Space) -> list[bool]:
    """Whether a gap is looked for at each sample: unnamed texts count only where some rule takes one there."""
    shape = [len(space.model.rules), *map(len, space.columns)]
    left_out = []
    for position, values in enumerate(space.columns):
        others = [place for place, value in enumerate(values) if unnamed(space.model, position, value)]
        held = space.holds.reshape(shape).take(others, axis=position + 1).any()
        left_out.append(set() if held else {values[place] for place in others})
    return [all(value not in out for value, out in zip(point, left_out, strict=True)) for point in space.points]


def test_gaps_are_all_that_no_rule_takes() -> None:
    """A gap is reported exactly where no rule holds; its witness gives no match; gaps are left out where a Default
    or a list may answer.
    """
    for number, model, space, found in cases(1):
        judged = model.hit_policy.value in "UAPF" and not model.has_default
        if not judged:
            assert found.gaps == (), number
            continue
        assert not found.caps
        wanted = np.array(asked_points(space), np.bool_) & ~space.holds.any(axis=0)
        missing = [point for point, is_gap in zip(space.points, wanted, strict=True) if is_gap]
        assert bool(missing) == bool(found.gaps), (number, missing[:1], found.gaps[:1])
        for gap in found.gaps:
            assert holding(model, gap.witness) == [], number
            decision = replay(model, gap.witness)
            assert decision.rules == ()
            assert decision.diagnostics == ("no-match",)
        # Every sample without a rule lies in a gap, and no sample with a rule does.
        regions = regions_of(model)
        classes = [class_of(regions, point, space) for point in space.points]
        for point, place, is_gap in zip(space.points, classes, wanted, strict=True):
            inside = any(
                all(one in numbers for one, numbers in zip(place, gap.classes, strict=True)) for gap in found.gaps
            )
            assert inside == is_gap, (number, point)


def class_of(regions: Any, point: tuple[Any, ...], space: Space) -> list[int]:
    """The class of a sample in each dimension."""
    values = {**space.inputs(point), "at": point[-1]}
    known: dict[str, set[Any]] = {}
    for dimension in regions.dimensions:
        if dimension.element:
            known.setdefault(dimension.headings[0], set()).add(dimension.values[1])
    place = []
    for dimension in regions.dimensions:
        value = values[dimension.headings[0]]
        if dimension.holder:
            place.append(int(value is None))
        elif dimension.element:
            items = [item if item in known[dimension.headings[0]] else "another text" for item in value or ()]
            place.append(int(dimension.values[1] in items))
        elif value is None:
            place.append(0)
        else:
            place.append(dimension.origins.index(dimension.classes.of(value)))
    return place


def test_overlaps_are_all_pairs_that_share_an_input() -> None:
    """Under Unique every pair that shares an input, under Any every pair that also differs; each with a witness
    that makes the table refuse to decide.
    """
    for number, model, space, found in cases(2):
        outputs = [rule.outputs[0].value for rule in model.rules]  # type: ignore[union-attr]
        expected = {
            (one, other)
            for one, other in itertools.combinations(range(len(model.rules)), 2)
            if (space.holds[one] & space.holds[other]).any()
            and (
                model.hit_policy is HitPolicy.UNIQUE
                or (model.hit_policy is HitPolicy.ANY and not oracle.equal(outputs[one], outputs[other]))
            )
        }
        assert {(pair.first, pair.second) for pair in found.overlaps} == expected, number
        for pair in found.overlaps:
            assert pair.differ == (not oracle.equal(outputs[pair.first], outputs[pair.second]))
            assert {pair.first, pair.second} <= set(holding(model, pair.witness)), number
            with pytest.raises((NoUniqueRule, ConflictingRules)) as refused:
                replay(model, pair.witness)
            assert {model.rules[pair.first].id, model.rules[pair.second].id} <= set(refused.value.rules)


def tried_in_order(model: TableModel) -> list[int]:
    """The rules in the order in which they win."""
    if model.hit_policy is HitPolicy.PRIORITY:
        rows = [tuple(cell.value for cell in rule.outputs) for rule in model.rules]  # type: ignore[union-attr]
        return sorted(range(len(rows)), key=lambda rule: (oracle.ranking(model, rows[rule]), rule))
    return list(range(len(model.rules)))


def answers(model: TableModel, holds: np.ndarray, without: frozenset[int] = frozenset()) -> list[Any]:
    """The output of First, Priority and Any for every sample, without some of the rules."""
    outputs = [rule.outputs[0].value for rule in model.rules]  # type: ignore[union-attr]
    order = [rule for rule in tried_in_order(model) if rule not in without]
    return [next((outputs[rule] for rule in order if holds[rule, place]), None) for place in range(holds.shape[1])]


def test_shadowed_rules_are_all_that_never_decide() -> None:
    """Under First and Priority a rule that takes something is shadowed exactly where no sample is decided by it."""
    for number, model, space, found in cases(3):
        if model.hit_policy.value not in "FP":
            assert found.shadowed == (), number
            continue
        order = tried_in_order(model)
        never = set()
        for place, rule in enumerate(order):
            before = space.holds[order[:place]].any(axis=0)
            if space.holds[rule].any() and not (space.holds[rule] & ~before).any():
                never.add(rule)
        assert {hidden.rule for hidden in found.shadowed} == never, number
        for hidden in found.shadowed:
            together = space.holds[list(hidden.by)].any(axis=0)
            assert not (space.holds[hidden.rule] & ~together).any()
            assert hidden.rule in holding(model, hidden.witness)
            assert model.rules[hidden.rule].id not in replay(model, hidden.witness).rules


def test_redundant_rules_may_all_be_deleted_and_no_other_may() -> None:
    """Deleting every shadowed and redundant rule changes no answer; deleting any further rule changes one."""
    for number, model, space, found in cases(4):
        if model.hit_policy.value not in "FPA" or found.overlaps or model.has_default:
            continue
        gone = frozenset(hidden.rule for hidden in (*found.shadowed, *found.redundant))
        before = answers(model, space.holds)
        assert answers(model, space.holds, gone) == before, number
        for rule in range(len(model.rules)):
            if rule not in gone and space.holds[rule].any():
                assert answers(model, space.holds, gone | {rule}) != before, (number, rule)


def test_duplicates_ask_and_answer_the_same() -> None:
    """Two rules are duplicates exactly where they hold for the same samples and have the same outputs."""
    for number, model, space, found in cases(5):
        if any(column.type.is_list for column in model.inputs):
            continue
        expected = []
        for other in range(len(model.rules)):
            for one in range(other):
                same = [np.array_equal(cells[one], cells[other]) for cells in space.cells]
                if all(same) and model.rules[one].outputs == model.rules[other].outputs:
                    expected.append((one, other))
                    break
        assert list(found.duplicates) == expected, number


def test_settled_cells_hold_always_or_never() -> None:
    """A cell is told to be always or never true exactly where it is for every sample."""
    for number, model, space, found in cases(6):
        expected = set()
        for position, column in enumerate(model.inputs):
            for rule, cells in enumerate(space.cells[position]):
                test = model.rules[rule].tests[position]
                if isinstance(test, AnyValue) or not len(cells):
                    continue
                named = isinstance(test, Compare) and test.operator == "="
                if not cells.any():
                    expected.add((rule, column.heading, False))
                elif cells.all() and not named and not column.type.is_list:
                    expected.add((rule, column.heading, True))
        assert {(one.rule, one.heading, one.always) for one in found.settled} == expected, number


def listed_outputs(model: TableModel, holds: np.ndarray) -> list[Any]:
    """What every hit policy gives for every sample, errors as their rules' outputs."""
    outputs = [rule.outputs[0].value for rule in model.rules]  # type: ignore[union-attr]
    order = tried_in_order(model)
    found = []
    for place in range(holds.shape[1]):
        hits = [outputs[rule] for rule in order if holds[rule, place]]
        found.append(hits[:1] if model.hit_policy.value in "FP" else hits)
    return found


def test_merged_rules_decide_the_same() -> None:
    """Saying mergeable rules as one, with the first one's place, changes no answer under any hit policy."""
    merged = 0
    for number, model, space, found in cases(7):
        if found.overlaps:
            continue
        for group in found.mergeable:
            merged += 1
            position = next(place for place, one in enumerate(model.inputs) if one.heading == group.heading)
            first = model.rules[group.rules[0]]
            joined = OneOf(tuple(model.rules[rule].tests[position] for rule in group.rules))
            tests = (*first.tests[:position], joined, *first.tests[position + 1 :])
            rules = [
                replace(rule, tests=tests) if place == group.rules[0] else rule
                for place, rule in enumerate(model.rules)
                if place == group.rules[0] or place not in group.rules
            ]
            changed = replace(model, rules=tuple(rules))
            before = listed_outputs(model, space.holds)
            after = listed_outputs(changed, space_of(changed).holds)
            if model.hit_policy is HitPolicy.ANY:
                before, after = [list(set(one)) for one in before], [list(set(one)) for one in after]
            if model.hit_policy.aggregate:
                before, after = [sorted(one) for one in before], [sorted(one) for one in after]
            assert after == before, (number, group)
    assert merged > 10


def test_unused_values_are_those_that_no_rule_takes() -> None:
    """A listed value of an input is unused exactly where no rule holds for any sample with it; under policies that
    give lists or aggregates that is an answer like any.
    """
    for number, model, space, found in cases(8):
        if model.hit_policy.value not in "UAPF":
            assert not any(not one.output for one in found.unused)
            continue
        expected = set()
        shape = [len(model.rules), *map(len, space.columns)]
        for position, column in enumerate(model.inputs):
            if not isinstance(column.allowed, OneOf) or column.type.is_list:
                continue
            for place, value in enumerate(space.columns[position]):
                if value is not None and not space.holds.reshape(shape).take(place, axis=position + 1).any():
                    expected.add((column.heading, value))
        assert {(one.heading, one.value) for one in found.unused if not one.output} == expected, number
