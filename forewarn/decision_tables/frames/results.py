"""From outcomes to a frame of outputs: text as categories, other values as they are, lists where the policy lists.

Every frame of one table has the same categories, whatever rows it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.frames.deciding import Errors, Outcomes
from forewarn.decision_tables.values import Kind

if TYPE_CHECKING:
    from forewarn.decision_tables.table import Table

RULES = "rules"
ERROR = "error"


class Column:
    """One output column: each row's value by its code among distinct values; -1 is null."""

    def __init__(self, by_outcome: Iterable[Any]) -> None:
        self.values: list[Any] = []
        numbers: dict[Any, int] = {}
        codes = []
        for value in by_outcome:
            if value is None:
                codes.append(-1)
                continue
            try:
                # True and 1 are one key, and so are 1.0 and 1, which are written differently.
                code = numbers.setdefault((type(value), str(value)), len(self.values))
            except TypeError:
                code = len(self.values)
            if code == len(self.values):
                self.values.append(value)
            codes.append(code)
        size = len(self.values)
        self._codes = np.array(codes, dtype=np.int8 if size < 127 else np.int16 if size < 32_767 else np.int32)

    def codes(self, outcome: NDArray[np.int32]) -> NDArray[Any]:
        """The code of each row."""
        found = np.empty(len(outcome), dtype=self._codes.dtype)
        for start in range(0, len(outcome), 1 << 17):
            stop = start + (1 << 17)
            np.take(self._codes, outcome[start:stop], out=found[start:stop], mode="clip")
        return found

    def objects(self, outcome: NDArray[np.int32]) -> NDArray[np.object_]:
        """The value of each row."""
        values = np.empty(len(self.values) + 1, dtype=object)
        values[: len(self.values)] = _objects(self.values)
        found: NDArray[np.object_] = values[self.codes(outcome)]
        return found


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    for position, value in enumerate(values):
        found[position] = value
    return found


def _single(outcomes: Outcomes, position: int) -> Column:
    return outcomes.column(position, lambda: Column(rows[0][position] for rows in outcomes.rows))


def _rules(outcomes: Outcomes) -> Column:
    return outcomes.column(RULES, lambda: Column(outcomes.rules))


def _lists(outcomes: Outcomes, position: int, outcome: NDArray[np.int32]) -> list[list[Any]]:
    """A list a row, each row's own."""
    by_outcome = [[row[position] for row in rows] for rows in outcomes.rows]
    return [list(by_outcome[number]) for number in outcome.tolist()]


def to_pandas(
    table: Table, outcome: NDArray[np.int32], outcomes: Outcomes, told: dict[int, str], *, index: Any, errors: Errors
) -> Any:
    """A pandas frame with the index of the one that was decided."""
    import pandas as pd  # noqa: PLC0415

    def categories(column: Column) -> Any:
        distinct = pd.Index(_objects(column.values), dtype=object, tupleize_cols=False)
        return pd.Categorical.from_codes(column.codes(outcome), categories=distinct, validate=False)

    found: dict[str, Any] = {}
    for position, column in enumerate(table.outputs):
        if table.model.hit_policy.many:
            found[column.heading] = _objects(_lists(outcomes, position, outcome))
        else:
            single = _single(outcomes, position)
            text = column.type.kind is Kind.STRING and not column.type.is_list
            found[column.heading] = categories(single) if text else single.objects(outcome)
    found[RULES] = categories(_rules(outcomes))
    if errors == "report":
        found[ERROR] = _objects([None] * len(outcome))
        for row, message in told.items():
            found[ERROR][row] = message
    return pd.DataFrame(found, index=index, copy=False)


def to_arrow(
    table: Table, outcome: NDArray[np.int32], outcomes: Outcomes, told: dict[int, str], *, errors: Errors
) -> Any:
    """An Arrow table; text outputs are dictionaries."""
    import pyarrow as pa  # noqa: PLC0415

    def taken(column: Column, values: Any) -> Any:
        codes = column.codes(outcome)
        return values.take(pa.array(codes, mask=codes < 0))

    found: dict[str, Any] = {}
    for position, column in enumerate(table.outputs):
        if table.model.hit_policy.many:
            lists = Column(tuple([row[position] for row in rows]) for rows in outcomes.rows)
            found[column.heading] = taken(lists, pa.array([_arrow_values(value) for value in lists.values] or [[]]))
            continue
        single = _single(outcomes, position)
        if column.type.kind is Kind.STRING and not column.type.is_list:
            codes = single.codes(outcome)
            indices = pa.array(codes.astype(np.int32), mask=codes < 0)
            found[column.heading] = pa.DictionaryArray.from_arrays(indices, pa.array(single.values, pa.string()))
        else:
            found[column.heading] = taken(single, pa.array(_arrow_values(single.values)))
    rules = _rules(outcomes)
    found[RULES] = taken(rules, pa.array([list(ids) for ids in rules.values], pa.list_(pa.string())))
    if errors == "report":
        found[ERROR] = pa.array([told.get(row) for row in range(len(outcome))], pa.string())
    return pa.table(found)


def _arrow_values(values: Sequence[Any]) -> list[Any]:
    """Values that Arrow has a type for; others (business time, years and months) as text."""
    return [value if _native(value) else str(jsonable(value)) for value in values]


def _native(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_native(item) for item in value)
    return type(value).__module__ in ("builtins", "decimal", "datetime")


def to_polars(
    table: Table, outcome: NDArray[np.int32], outcomes: Outcomes, told: dict[int, str], *, errors: Errors
) -> Any:
    """A polars frame; text outputs are categorical."""
    import polars as pl  # noqa: PLC0415

    return pl.from_arrow(to_arrow(table, outcome, outcomes, told, errors=errors))
