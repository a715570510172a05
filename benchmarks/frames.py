"""Whole frames, one thread, in million rows a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measuring import Line, interleaved, seconds
from benchmarks.peers import frames as peers
from benchmarks.tables import Spec, grid, model, open_cells, ranges, scattered_ranges, tiers, wide
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.table import Table

ROWS = 1_000_000
ROUNDS = 5

Work = Callable[[], Any]


def frame_of(spec: Spec, rows: int) -> pd.DataFrame:
    """Random questions of a table: columns of text or of whole numbers."""
    pick = np.random.default_rng(1).integers(0, len(spec.questions), rows)
    columns = {}
    for at, name in enumerate(spec.columns):
        values = np.array([question[name] for question in spec.questions])
        column = pd.Series(values[pick] if spec.numeric(at) else values.astype(object)[pick])
        columns[name] = column if spec.numeric(at) else column.astype("str")
    return pd.DataFrame(columns)


def scrambled(spec: Spec, rows: int) -> pd.DataFrame:
    """Questions that mix the columns' values freely, so that hardly two rows are alike."""
    frame = frame_of(spec, rows)
    pick = np.random.default_rng(2)
    return pd.DataFrame({name: frame[name].to_numpy()[pick.permutation(rows)] for name in frame}).astype(frame.dtypes)


def rates(works: dict[str, tuple[Work, int]], rounds: int = ROUNDS) -> dict[str, float]:
    """Million rows a second of each work, taken in turns; each is given with its number of rows."""
    for work, _ in works.values():
        work()
    times = interleaved(
        {name: lambda work=work: seconds(work, rounds=1) for name, (work, _) in works.items()},  # type: ignore[misc]
        rounds=rounds,
    )
    return {name: works[name][1] / taken / 1e6 for name, taken in times.items()}


def _line(name: str, found: dict[str, float], least: float) -> Line:
    ours = found.pop("ours")
    return Line(name, ours, "M rows/s", found, f"≥ {least:g} M rows/s", None, ours >= least)


def lines() -> Iterator[Line]:
    """Every line of frames."""
    yield from _small()
    yield from _ranges()
    for spec in (grid(10_000), wide(10_000), open_cells(10_000), ranges(10_000), scattered_ranges(10_000)):
        table = Table(model(spec, HitPolicy.FIRST))
        for name, frame in (("", frame_of(spec, 200_000)), (", mixed", scrambled(spec, 200_000))):
            coded = frame.astype({column: "category" for column in frame if frame[column].dtype.kind not in "iuf"})
            found = rates({"ours": (lambda table=table, coded=coded: table.decide_frame(coded), len(coded))}, 3)  # type: ignore[misc]
            yield _line(f"frame, {spec.name if 'rules' in spec.name else '10,000 rules, ' + spec.name}{name}", found, 2)


def _small() -> Iterator[Line]:
    spec = grid(14)
    table = Table(model(spec, HitPolicy.UNIQUE))
    text = frame_of(spec, ROWS)
    works: dict[str, tuple[Work, int]] = {"ours": (lambda: table.decide_frame(text), ROWS)}
    notes = []
    for name, make, rows in (
        ("polars join", peers.polars_join, ROWS),
        ("polars when/then", peers.polars_chain, ROWS // 4),
        ("duckdb", peers.duckdb_join, ROWS),
        ("pandas merge", peers.pandas_merge, ROWS // 4),
        ("zen", peers.zen_rows, 20_000),
    ):
        try:
            works[name] = make(spec, text.iloc[:rows]), rows
            works[name][0]()
        except Exception as error:  # noqa: BLE001 (a peer that fails is a line of the report)
            works.pop(name, None)
            notes.append(f"{name}: {type(error).__name__}: {error}"[:160])
    found = rates(works)
    line = _line("frame of text, 14 rules", dict(found), 15)
    line.note = "; ".join(notes)
    yield line
    best = max((found[name] for name in found if name.startswith(("polars", "duckdb"))), default=None)
    if best is not None:
        ratio = found["ours"] / best
        yield Line("frame of text beside the best of polars and DuckDB", ratio, "×", {}, "≥ 1.5 ×", ratio, ratio >= 1.5)
    categories = text.astype("category")
    coded = table.code_frame(text)
    found = rates({"ours": (lambda: table.decide_frame(categories), ROWS)})
    yield _line("frame of categoricals, 14 rules", found, 40)
    found = rates({"ours": (lambda: table.decide_frame(coded), ROWS)})
    yield _line("frame of ready codes, 14 rules", found, 100)


def _ranges() -> Iterator[Line]:
    spec = tiers(1_000)
    table = Table(model(spec, HitPolicy.UNIQUE))
    text = frame_of(spec, ROWS)
    coded = text.astype({"c0": "category"})
    fractions = coded.assign(c1=coded["c1"] + 0.5)
    yield _line(
        "frame, 1,000 rules with disjoint ranges, codes", rates({"ours": (lambda: table.decide_frame(coded), ROWS)}), 30
    )
    yield _line("the same, of floats", rates({"ours": (lambda: table.decide_frame(fractions), ROWS)}), 30)
    works: dict[str, tuple[Work, int]] = {"ours": (lambda: table.decide_frame(text), ROWS)}
    note = ""
    try:
        works["polars asof"] = peers.polars_range_join(spec, text), ROWS
        works["polars asof"][0]()
    except Exception as error:  # noqa: BLE001 (a peer that fails is a line of the report)
        works.pop("polars asof")
        note = f"polars: {type(error).__name__}: {error}"[:160]
    line = _line("frame, 1,000 rules with disjoint ranges, text", rates(works), 12)
    line.note = note
    yield line
