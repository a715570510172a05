"""The engine against brute force: random tables, random inputs, no difference."""

from __future__ import annotations

import os
from typing import Any

import deciding_oracle as oracle
import pytest
from deciding_tables import Case, Maker

from forewarn.decision_tables.index import compiled
from forewarn.decision_tables.model import TableModel
from forewarn.decision_tables.table import Table
from forewarn.errors import DecisionError

DECISIONS = 100_000 if os.environ.get("FOREWARN_NIGHTLY") else 2_000
EACH = 20


def expected_answer(model: TableModel, case: Case) -> Any:
    """What the oracle answers: outputs, rules and diagnostics, or the error's name and the rules that take part."""
    if case.bad:
        return "BadInput", ()
    try:
        return oracle.decide(model, case.values, case.at)
    except oracle.Refused as refused:
        return str(refused), tuple(model.rules[hit].id for hit in oracle.matching(model, case.values, case.at))


def answer(table: Table, case: Case) -> Any:
    """What the engine answers, in the same form."""
    try:
        decision = table.decide(case.given, at=case.at)
    except DecisionError as error:
        return type(error).__name__, error.rules
    assert list(decision.inputs.values())[: len(case.values)] == case.values
    return decision.outputs, decision.rules, decision.diagnostics


def ask(maker: Maker, count: int) -> None:
    """Compare ``count`` answers for one table."""
    model = maker.table()
    table = Table(model)
    for _ in range(count):
        case = maker.case(model)
        assert answer(table, case) == expected_answer(model, case), f"{model.hit_policy} {case}"


INDEXES = {
    "as chosen": {},
    "for large tables": {"SMALL": 0},
    "tuple space": {"SMALL": 0, "DENSE_SHARE": 0},
    "coarse bit sets": {"SMALL": 10**9, "budget": lambda count: 200 + 10 * count},
}


@pytest.mark.parametrize("settings", INDEXES.values(), ids=INDEXES)
def test_every_index_agrees_with_brute_force(settings: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs, rules, diagnostics, inputs as used and errors are those of a plain reading of the contract."""
    for name, value in settings.items():
        monkeypatch.setattr(compiled, name, value)
    for number in range(DECISIONS // EACH // len(INDEXES)):
        maker = Maker(number)
        try:
            ask(maker, EACH)
        except BaseException:
            print(f"seed {number}")
            raise
