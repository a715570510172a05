"""Test cases made from a table: an input for every rule, both sides of every bound, every two rules that meet.

What a case is to expect is what the table answers today: the cases hold it to that from now on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forewarn.decision_tables.analysis.analysing import STEPS
from forewarn.decision_tables.analysis.covering import OutOfSteps, Steps, uncovered
from forewarn.decision_tables.analysis.dimensions import TIME_HEADING, Dimension
from forewarn.decision_tables.analysis.gaps import find_gaps
from forewarn.decision_tables.analysis.pairs import Meetings
from forewarn.decision_tables.analysis.regions import Regions, regions_of
from forewarn.decision_tables.analysis.representatives import admission
from forewarn.decision_tables.analysis.shadows import priority_order
from forewarn.decision_tables.cell_text import NotInSheets, output_text
from forewarn.decision_tables.decision import Decision
from forewarn.decision_tables.meaning import holds
from forewarn.decision_tables.model import HitPolicy, InputColumn, TableModel
from forewarn.decision_tables.owner_file.sheet_cells import CONTROL
from forewarn.decision_tables.splitting import quote
from forewarn.decision_tables.syntax import Compare, Interval, Literal, Not, OneOf, Test
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.table_tests.rows import AT, ERROR, GENERATED, ID, ORIGIN, RULE, TABLE, expected_type
from forewarn.decision_tables.table_tests.running import error_kind
from forewarn.decision_tables.values import Kind, Type, Value
from forewarn.errors import DecisionError

MOST = 500
"""How many cases are made of one table, unless somebody asks for more."""


@dataclass(frozen=True, slots=True)
class GeneratedTest:
    """A case: what it is about, its inputs by heading (``at`` among them where the table has effective dates)."""

    about: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GeneratedTests:
    """The cases of one table as rows of its Tests sheet, text by heading.

    ``complete`` tells that there are no more than were asked for, ``unwritable`` counts those whose inputs have no
    form in a cell.
    """

    table: str
    rows: tuple[Mapping[str, str], ...]
    complete: bool = True
    unwritable: int = 0


def generate_tests(table: Table, *, most: int = MOST) -> GeneratedTests:
    """Cases for ``table``, each different, with the answers that it gives now; the same on every run.

    In this order, up to ``most``: an input that each rule decides, an input on each side of each bound and on the bound
    itself, an input that each two rules take that meet, an input that no rule takes.
    """
    regions = regions_of(table.model)
    seen: set[tuple[str, ...]] = set()
    rows: list[dict[str, str]] = []
    unwritable = 0
    for case in _cases(table, regions):
        try:
            texts = _input_texts(table.model, case.inputs)
        except NotInSheets:
            unwritable += 1
            continue
        key = tuple(texts.values())
        if key in seen:
            continue
        seen.add(key)
        if len(rows) >= most:
            return GeneratedTests(table.name, tuple(rows), False, unwritable)
        rows.append(_row(table, case, texts, len(rows) + 1))
    return GeneratedTests(table.name, tuple(rows), True, unwritable)


def _cases(table: Table, regions: Regions) -> Iterator[GeneratedTest]:
    if not regions.inhabited:
        return
    yield from _of_rules(table.model, regions)
    yield from _of_bounds(regions)
    yield from _of_pairs(regions)
    if not table.model.has_default:
        gaps, _ = find_gaps(regions, 1, Steps(STEPS))
        yield from (GeneratedTest("no rule", gap.witness) for gap in gaps)


def _of_rules(model: TableModel, regions: Regions) -> Iterator[GeneratedTest]:
    """An input that each rule decides alone; of a rule that never does, one that it takes."""
    steps = Steps(STEPS)
    for number, rule in enumerate(model.rules):
        rows = _boxes_of(regions, number)
        if not rows:
            continue
        others = regions.boxes.take(np.isin(regions.rule, _stronger(model, number)))
        try:
            parts = (part for row in rows for part in uncovered(others, regions.boxes[row], steps, disjoint=False))
            own = next(parts, regions.boxes[rows[0]])
        except OutOfSteps:
            own = regions.boxes[rows[0]]
        yield GeneratedTest(f"rule {rule.id}", regions.witness_in(own))


def _stronger(model: TableModel, rule: int) -> list[int]:
    """The rules beside which a rule does not decide: those tried before it, under Unique all others."""
    if model.hit_policy is HitPolicy.UNIQUE:
        return [other for other in range(len(model.rules)) if other != rule]
    order = priority_order(model)
    if model.hit_policy not in (HitPolicy.FIRST, HitPolicy.PRIORITY) or order is None:
        return []
    return order[: order.index(rule)]


def _boxes_of(regions: Regions, rule: int) -> range:
    rows = regions.rows(rule)
    return range(rows.start, rows.stop)


def _answer(table: Table, inputs: Mapping[str, Any]) -> Decision | DecisionError:
    asked = {heading: value for heading, value in inputs.items() if heading != TIME_HEADING}
    try:
        return table.decide(asked, at=inputs.get(TIME_HEADING))
    except DecisionError as error:
        return error


def _of_bounds(regions: Regions) -> Iterator[GeneratedTest]:
    """Each rule with a bound, asked on the bound and right beside it, all else as the rule wants it."""
    for number, rule in enumerate(regions.model.rules):
        rows = _boxes_of(regions, number)
        if not rows:
            continue
        witness = regions.witness_in(regions.boxes[rows[0]])
        for dimension in regions.dimensions:
            for value in _beside(regions.model, dimension, number):
                yield GeneratedTest(f"bound {rule.id}", {**witness, **dict.fromkeys(dimension.headings, value)})


def _beside(model: TableModel, dimension: Dimension, rule: int) -> list[Value]:
    """The bounds that a rule names in a dimension, with a value of the class on each side."""
    if dimension.element or dimension.holder or dimension.classes is None:
        return []
    columns = [column for column in model.inputs if column.heading in dimension.headings]
    bounds: list[Value]
    if dimension.time:
        row = model.rules[rule]
        bounds = [moment for moment in (row.effective_from, row.effective_to) if moment is not None]
    else:
        tests = [test for test, column in zip(model.rules[rule].tests, model.inputs, strict=True) if column in columns]
        bounds = [value for test in tests for value in _bounds(test)]
    found: list[Value] = []
    for bound in bounds:
        place = dimension.classes.of(bound)
        if dimension.time or _admitted(columns, bound):
            found.append(bound)
        live = dict(zip(dimension.origins, dimension.values, strict=True))
        found += [live[near] for near in (place - 1, place, place + 1) if near in live and live[near] is not None]
    return found


def _bounds(test: Test) -> Iterator[Value]:
    """The constants that end a range in a cell."""
    match test:
        case Compare(operator="<" | "<=" | ">" | ">=", operand=Literal(value=value)):
            yield value
        case Interval():
            yield from (end.value for end in (test.low, test.high) if isinstance(end, Literal))
        case OneOf() | Not():
            for inner in test.tests:
                yield from _bounds(inner)


def _admitted(columns: list[InputColumn], value: Value) -> bool:
    return all(
        admission(dict(column.aliases))(value) and (column.allowed is None or holds(column.allowed, value))
        for column in columns
    )


def _of_pairs(regions: Regions) -> Iterator[GeneratedTest]:
    """An input that two rules take, for every two that meet."""
    ids = [rule.id for rule in regions.model.rules]
    met: set[tuple[int, int]] = set()
    for _, _, ones, others in Meetings(regions.boxes, regions.rule).blocks(after_only=True):
        for one, other in zip(ones.tolist(), others.tolist(), strict=True):
            first, second = int(regions.rule[one]), int(regions.rule[other])
            if first != second and (first, second) not in met:
                met.add((first, second))
                shared = regions.boxes.take([one]).clipped(regions.boxes[other])[0]
                yield GeneratedTest(f"rules {ids[first]} {ids[second]}", regions.witness_in(shared))


def _input_texts(model: TableModel, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The inputs as text by heading. Raises `NotInSheets`."""
    texts = {column.heading: _text(inputs[column.heading], column.type) for column in model.inputs}
    if any(CONTROL.search(text) for text in texts.values()):
        raise NotInSheets("a cell cannot hold control characters")
    if model.effective:
        texts[AT] = output_text(Literal(inputs[TIME_HEADING]), Type(Kind.DATE_AND_TIME))
    return texts


def _text(value: Value, type: Type) -> str:
    return output_text(Literal(value), type)


def _row(table: Table, case: GeneratedTest, texts: Mapping[str, str], number: int) -> dict[str, str]:
    answer = _answer(table, case.inputs)
    row = {TABLE: table.name, ID: f"{number} {case.about}", ORIGIN: GENERATED, **texts}
    if isinstance(answer, DecisionError):
        return {**row, ERROR: error_kind(answer)}
    row[RULE] = ", ".join(_rule_text(rule) for rule in answer.rules) or "null"
    return {**row, **_output_texts(table, answer)}


def _output_texts(table: Table, answer: Decision) -> dict[str, str]:
    """The outputs as text by heading; one that has no form in a cell is left out, and so not looked at."""
    texts: dict[str, str] = {}
    for column in table.outputs:
        wanted = expected_type(table, column)
        outputs = answer.outputs
        try:
            if not isinstance(outputs, list):
                texts[column.heading] = _text(outputs[column.heading], wanted)
            elif outputs and not wanted.is_list:
                texts[column.heading] = "; ".join(_text(row[column.heading], wanted) for row in outputs)
        except NotInSheets:
            continue
    return texts


def _rule_text(rule: str) -> str:
    plain = rule.casefold() not in ("null", "empty") and not set(rule) & set(',;"()[]')
    return rule if plain else quote(rule)
