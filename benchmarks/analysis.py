"""Gaps and overlaps of generated tables, exactly: how long the analysis of all columns together takes.

`lines` gives what the runner prints; run alone: ``python -m benchmarks.analysis [--json]``. The tables come from
a seed. A *tree* table is what a decision tree gives: every input has exactly one rule. In a *holed* tree one rule
in fifty is missing and one in fifty is widened. A *random* table has cells drawn one by one: two in five are any.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from functools import partial

from benchmarks.measuring import Line, seconds
from forewarn.decision_tables.analysis import LIMIT, STEPS, analyse
from forewarn.decision_tables.analysis.covering import Steps
from forewarn.decision_tables.analysis.gaps import find_gaps
from forewarn.decision_tables.analysis.outputs import outputs_of
from forewarn.decision_tables.analysis.overlaps import find_overlaps
from forewarn.decision_tables.analysis.regions import regions_of
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Interval, Literal, OneOf, Test
from forewarn.decision_tables.values import Kind, Type

SEED = 20260101
TEXTS = [f"value {number}" for number in range(40)]
TOP = 100_000


Cells = tuple[tuple[int, int], ...]


def _columns(width: int) -> tuple[InputColumn, ...]:
    """Numbers and listed texts in turn."""
    listed = OneOf(tuple(Compare("=", Literal(text)) for text in TEXTS))
    return tuple(
        InputColumn(f"Number {position}", Type(Kind.NUMBER))
        if position % 2
        else InputColumn(f"Text {position}", Type(Kind.STRING), allowed=listed)
        for position in range(width)
    )


def _test(position: int, span: tuple[int, int]) -> Test:
    """A span of numbers as a range, of texts as a list; the whole of either as any."""
    low, high = span
    if not position % 2:
        if span == (0, len(TEXTS)):
            return AnyValue()
        parts = tuple(Compare("=", Literal(text)) for text in TEXTS[low:high])
        return parts[0] if len(parts) == 1 else OneOf(parts)
    if span == (0, TOP):
        return AnyValue()
    if low == 0:
        return Compare("<", Literal(Decimal(high)))
    if high == TOP:
        return Compare(">=", Literal(Decimal(low)))
    return Interval(Literal(Decimal(low)), Literal(Decimal(high)), low_closed=True, high_closed=False)


def _model(width: int, rules: list[Cells], policy: HitPolicy) -> TableModel:
    """The table of these spans; rules share the tests of equal cells, as tables read from sheets do."""
    tests = {cell: _test(*cell) for spans in rules for cell in enumerate(spans)}
    return TableModel(
        name="Generated",
        hit_policy=policy,
        inputs=_columns(width),
        outputs=(OutputColumn("Result", Type(Kind.STRING)),),
        rules=tuple(
            Rule(
                f"R{number}",
                tuple(tests[cell] for cell in enumerate(spans)),
                (Literal(f"result {number % 17}"),),
                row=number + 5,
            )
            for number, spans in enumerate(rules)
        ),
    )


def tree_table(count: int, width: int, *, holes: bool = False, seed: int = SEED) -> TableModel:
    """A table of ``count`` rules that part the whole input space, as a decision tree does."""
    pick = random.Random(seed)
    whole: Cells = tuple((0, TOP) if position % 2 else (0, len(TEXTS)) for position in range(width))
    boxes = [whole]
    while len(boxes) < count:
        place = pick.randrange(len(boxes))
        box = boxes[place]
        wide = [position for position, (low, high) in enumerate(box) if high - low > 1]
        if not wide:
            continue
        position = pick.choice(wide)
        low, high = box[position]
        cut = pick.randrange(low + 1, high)
        boxes[place] = (*box[:position], (low, cut), *box[position + 1 :])
        boxes.append((*box[:position], (cut, high), *box[position + 1 :]))
    if holes:
        boxes = [box for number, box in enumerate(boxes) if number % 50]
        for number in range(0, len(boxes), 50):
            position = pick.randrange(width)
            boxes[number] = (*boxes[number][:position], whole[position], *boxes[number][position + 1 :])
    pick.shuffle(boxes)
    return _model(width, boxes, HitPolicy.UNIQUE)


def random_table(count: int, width: int, *, policy: HitPolicy = HitPolicy.UNIQUE, seed: int = SEED) -> TableModel:
    """A table of cells drawn one by one: two in five any, the others a text or a short range."""
    pick = random.Random(seed)
    rules: list[Cells] = []
    for _ in range(count):
        spans = []
        for position in range(width):
            end = TOP if position % 2 else len(TEXTS)
            if pick.random() < 0.4:
                spans.append((0, end))
            else:
                low = pick.randrange(end)
                spans.append((low, min(end, low + (pick.randint(1, TOP // 10) if position % 2 else 1))))
        rules.append(tuple(spans))
    return _model(width, rules, policy)


def _gaps_and_overlaps(model: TableModel) -> str:
    regions = regions_of(model)
    overlaps, overlap_caps = find_overlaps(regions, outputs_of(model), LIMIT)
    gaps, gap_caps = find_gaps(regions, LIMIT, Steps(STEPS), disjoint=not overlaps)
    caps = ", ".join(f"{cap.what} capped" for cap in (*overlap_caps, *gap_caps))
    return f"{len(gaps)} gaps, {len(overlaps)} overlaps{'; ' + caps if caps else ''}"


def _everything(model: TableModel) -> str:
    found = analyse(model)
    caps = ", ".join(cap.what for cap in found.caps)
    return (
        f"{len(found.gaps)} gaps, {len(found.overlaps)} overlaps, {len(found.shadowed)} shadowed, "
        f"{len(found.redundant)} redundant, {len(found.mergeable)} mergeable{'; capped: ' + caps if caps else ''}"
    )


def lines() -> list[Line]:
    """The two goals of the architecture on tree tables, and other tables without a goal; medians of three runs."""
    random_first = partial(random_table, policy=HitPolicy.FIRST)
    tables: list[tuple[str, float | None, TableModel, Callable[[TableModel], str]]] = [
        ("gaps and overlaps, tree, 1,500 rules × 11 inputs", 0.6, tree_table(1_500, 11), _gaps_and_overlaps),
        ("gaps and overlaps, tree, 10,000 rules × 5 inputs", 4.0, tree_table(10_000, 5), _gaps_and_overlaps),
        ("gaps and overlaps, holed tree, 1,500 × 11", None, tree_table(1_500, 11, holes=True), _gaps_and_overlaps),
        ("gaps and overlaps, holed tree, 10,000 × 5", None, tree_table(10_000, 5, holes=True), _gaps_and_overlaps),
        ("gaps and overlaps, random, 1,500 × 11", None, random_table(1_500, 11), _gaps_and_overlaps),
        ("gaps and overlaps, random, 10,000 × 5", None, random_table(10_000, 5), _gaps_and_overlaps),
        ("whole analysis, tree, 10,000 × 5", None, tree_table(10_000, 5), _everything),
        ("whole analysis, random First, 1,500 × 11", None, random_first(1_500, 11), _everything),
        ("whole analysis, random First, 10,000 × 5", None, random_first(10_000, 5), _everything),
    ]
    found = []
    for name, most, model, work in tables:
        note = work(model)
        taken = seconds(partial(work, model), rounds=3)
        goal = "" if most is None else f"≤ {most} s"
        reached = None if most is None else taken <= most
        found.append(Line(name, taken, "s", goal=goal, reached=reached, note=note))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; exit 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    found = lines()
    if options.json:
        print(json.dumps([asdict(line) for line in found], indent=2, ensure_ascii=False))
    else:
        for line in found:
            mark = {True: "ok", False: "MISS", None: ""}[line.reached]
            print(f"{mark:5}{line.name:52}{line.ours:8.3f} s  {line.goal:8} {line.note}")
    return int(any(line.reached is False for line in found))


if __name__ == "__main__":
    sys.exit(main())
