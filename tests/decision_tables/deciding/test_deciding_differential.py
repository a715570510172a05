"""The engine against brute force: random tables, random inputs, no difference."""

from __future__ import annotations

import os

import deciding_oracle as oracle
import pytest
from deciding_tables import Maker

from forewarn.decision_tables.index import compiled
from forewarn.decision_tables.table import Table
from forewarn.errors import BadInput, DecisionError

DECISIONS = 100_000 if os.environ.get("FOREWARN_NIGHTLY") else 2_000
EACH = 20


def ask(maker: Maker, count: int) -> None:
    model = maker.table()
    table = Table(model)
    for _ in range(count):
        case = maker.case(model)
        told = f"{model.hit_policy} {type(table.index.engine).__name__} {case}"
        if case.bad:
            with pytest.raises(BadInput):
                table.decide(case.given, at=case.at)
            continue
        try:
            expected = oracle.decide(model, case.values, case.at)
        except oracle.Refused as refused:
            with pytest.raises(DecisionError) as caught:
                table.decide(case.given, at=case.at)
            assert type(caught.value).__name__ == str(refused), told
            hits = oracle.matching(model, case.values, case.at)
            assert caught.value.rules == tuple(model.rules[hit].id for hit in hits), told
            continue
        decision = table.decide(case.given, at=case.at)
        assert (decision.outputs, decision.rules, decision.diagnostics) == expected, told
        assert list(decision.inputs.values())[: len(case.values)] == case.values, told


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
