"""The outputs of rules as numbers, so that equal ones are told at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.analysis.boxes import Flags
from forewarn.decision_tables.index.cells import comparable
from forewarn.decision_tables.model import OutputCell, TableModel
from forewarn.decision_tables.syntax import Literal
from forewarn.decision_tables.values import Value


@dataclass(frozen=True, slots=True)
class RuleOutputs:
    """``codes`` are equal for rules with the same outputs; ``computed`` tells which rules compute any of theirs.

    Two computed outputs are the same where their expressions are written alike; otherwise nothing is known.
    """

    codes: NDArray[np.int64]
    computed: Flags


def outputs_of(model: TableModel) -> RuleOutputs:
    """The outputs of every rule."""
    seen: dict[Any, int] = {}
    codes = [seen.setdefault(tuple(map(_key, rule.outputs)), len(seen)) for rule in model.rules]
    computed = [any(not isinstance(cell, Literal) for cell in rule.outputs) for rule in model.rules]
    return RuleOutputs(np.array(codes, np.int64), np.array(computed, np.bool_))


def _key(cell: OutputCell) -> Any:
    if isinstance(cell, Literal):
        return value_key(cell.value)
    return "expression", " ".join(cell.source.split())


def value_key(value: Value) -> Any:
    """Equal for equal values of one kind: true is not 1."""
    if isinstance(value, tuple):
        return tuple(map(value_key, value))
    return type(value).__name__, comparable(value)
