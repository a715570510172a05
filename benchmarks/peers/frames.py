"""Peers that decide whole frames of text, each by hand in the way that its users would: a join with the rules."""

# ruff: noqa: PLC0415 (a peer that is not installed must not hinder the others)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers.single import zen_content, zen_load
from benchmarks.tables import OUTPUTS, Spec

Decide = Callable[[], Any]


def _rules(spec: Spec) -> dict[str, list[Any]]:
    """The rules as columns, with their ids."""
    columns: dict[str, list[Any]] = {name: [rule[at] for rule in spec.rules] for at, name in enumerate(spec.columns)}
    columns |= {name: [outputs[at] for outputs in spec.outputs] for at, name in enumerate(OUTPUTS)}
    columns["rules"] = [f"R{number}" for number in range(len(spec.rules))]
    return columns


def polars_join(spec: Spec, frame: Any) -> Decide:
    """polars: a left join on the input columns."""
    import polars as pl

    rules, data = pl.DataFrame(_rules(spec)), pl.from_pandas(frame)
    names = list(spec.columns)
    return lambda: data.join(rules, on=names, how="left", maintain_order="left").select(*OUTPUTS, "rules")


def polars_chain(spec: Spec, frame: Any) -> Decide:
    """polars: which rule, as a chain of when and then, and its outputs by position."""
    import polars as pl

    data = pl.from_pandas(frame)
    chain: Any = pl
    for number, cells in enumerate(spec.rules):
        tests = []
        for name, cell in zip(spec.columns, cells, strict=True):
            if isinstance(cell, tuple):
                tests.append((pl.col(name) >= cell[0]) & (pl.col(name) < cell[1]))
            elif cell is not None:
                tests.append(pl.col(name) == cell)
        chain = chain.when(pl.all_horizontal(tests)).then(pl.lit(number, dtype=pl.Int32))
    found = _rules(spec)
    results = [pl.Series(name, found[name]) for name in (*OUTPUTS, "rules")]

    def decide() -> Any:
        rule = data.select(chain.alias("rule")).to_series()
        return pl.DataFrame([result.gather(rule) for result in results])

    return decide


def polars_range_join(spec: Spec, frame: Any) -> Decide:
    """polars: the range that starts last before the number, within the text's group."""
    import polars as pl

    text, number = spec.columns
    columns = _rules(spec)
    rules = pl.DataFrame(
        {
            text: columns[text],
            "low": [cell[0] for cell in columns[number]],
            "high": [cell[1] for cell in columns[number]],
            **{name: columns[name] for name in (*OUTPUTS, "rules")},
        }
    ).sort("low")
    data = pl.from_pandas(frame)

    def decide() -> Any:
        asked = data.with_row_index("row").sort(number)
        found = asked.join_asof(rules, left_on=number, right_on="low", by=text, strategy="backward")
        return found.filter(pl.col(number) < pl.col("high")).sort("row").select(*OUTPUTS, "rules")

    return decide


def duckdb_join(spec: Spec, frame: Any) -> Decide:
    """DuckDB: a left join in SQL over Arrow tables, one thread."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.register("rules", pa.table(_rules(spec)))
    connection.register("data", pa.Table.from_pandas(frame, preserve_index=False))
    outputs = ", ".join(f'rules."{name}"' for name in (*OUTPUTS, "rules"))
    on = ", ".join(spec.columns)
    query = f"select {outputs} from data left join rules using ({on})"  # noqa: S608 (names of our own)
    return lambda: connection.execute(query).to_arrow_table()


def pandas_merge(spec: Spec, frame: Any) -> Decide:
    """pandas: a left merge."""
    import pandas as pd

    rules = pd.DataFrame(_rules(spec))
    names = list(spec.columns)
    return lambda: frame.merge(rules, on=names, how="left")[[*OUTPUTS, "rules"]]


def zen_rows(spec: Spec, frame: Any) -> Decide:
    """zen-engine, row by row."""
    evaluate = zen_load(zen_content(spec)).evaluate
    rows = frame.to_dict("records")
    return lambda: [evaluate("table", row)["result"] for row in rows]
