"""Frames against single decisions: the same answer in every row, for every dtype and library."""

from __future__ import annotations

import math
import os
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from deciding_tables import POOLS, Maker

from forewarn.decision_tables.decision import jsonable
from forewarn.decision_tables.frames import boxes, lookup
from forewarn.decision_tables.index import compiled
from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Interval, Literal, OneOf
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import Kind, Type
from forewarn.errors import BadInput, DecisionError, NoUniqueRule

TABLES = 400 if os.environ.get("FOREWARN_NIGHTLY") else 120
ROWS = 40


def nothing(value: Any) -> Any:
    """Null however a frame writes it, lists and arrays as tuples, what Arrow cannot hold as its text."""
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(nothing(item) for item in value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def single(table: Table, row: dict[str, Any], at: Any) -> Any:
    """What ``decide`` says of a row: outputs by heading, rules and error."""
    try:
        decision = table.decide(row, at=at)
    except DecisionError as error:
        many = table.model.hit_policy.many
        return {column.heading: () if many else None for column in table.outputs}, (), str(error)
    if isinstance(decision.outputs, list):
        listed = {c.heading: tuple(row[c.heading] for row in decision.outputs) for c in table.outputs}
        return listed, decision.rules, None
    return decision.outputs, decision.rules, None


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """The rows of an answer, as plain values."""
    if isinstance(frame, pd.DataFrame):
        columns = {name: list(frame[name]) for name in frame.columns}
    elif type(frame).__module__.startswith("polars"):
        columns = {name: frame[name].to_list() for name in frame.columns}
    else:
        columns = {name: frame.column(name).to_pylist() for name in frame.column_names}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def same_rows(table: Table, given: list[dict[str, Any]], decided: Any, at: Any) -> None:
    """Every row of a decided frame is what ``decide`` says of it."""
    found = rows_of(decided)
    assert len(found) == len(given)
    for row, answer in zip(given, found, strict=True):
        outputs, rules, error = single(table, row, at)
        told = f"{table.model.hit_policy} {row}"
        assert nothing(answer["rules"]) == rules, told
        assert nothing(answer["error"]) == error, told
        for heading, value in outputs.items():
            assert nothing(answer[heading]) == nothing(value), told


LARGE = {(compiled, "SMALL"): 0, (compiled, "DENSE_SHARE"): 0, (lookup, "MOST_CELLS"): 0}
SCATTERED = LARGE | {(compiled, "SMALL"): 10**9, (lookup, "_MOST_PATTERNS"): 0}
LOOKUPS: dict[str, dict[Any, Any]] = {
    "small": {},
    "dense": {(compiled, "SMALL"): 0},
    "patterns": LARGE,
    "hashed patterns": LARGE | {(lookup, "_MOST_SPARSE_CELLS"): -(10**9)},
    "boxes": SCATTERED,
    "combinations": SCATTERED | {(boxes, "MOST_ENTRIES"): -1},
}


@pytest.mark.parametrize("settings", LOOKUPS.values(), ids=LOOKUPS)
def test_random_frames_decide_as_their_rows_do(settings: dict[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Object columns with every spelling, missing values and wrong values: outputs, rules and errors agree."""
    for (module, name), value in settings.items():
        monkeypatch.setattr(module, name, value)
    for seed in range(TABLES // len(LOOKUPS)):
        maker = Maker(seed)
        model = maker.table()
        table = Table(model)
        cases = [maker.case(model) for _ in range(ROWS)]
        at = cases[0].at
        names = sorted({name for case in cases for name in case.given})
        rows = [{name: case.given[name] for name in names if name in case.given} for case in cases]
        given = [{name: row.get(name) for name in names} for row in rows]
        frame = pd.DataFrame({name: pd.Series([row[name] for row in given], dtype=object) for name in names})
        same_rows(table, given, table.decide_frame(frame, at=at, errors="report"), at)


def table_of(kind: Kind, tests: list[Any], policy: HitPolicy = HitPolicy.FIRST, **column: Any) -> Table:
    """A table of one column with a rule a test."""
    return Table(
        TableModel(
            "Kinds",
            policy,
            (InputColumn("Value", Type(kind), nullable=True, **column),),
            (OutputColumn("Out", Type(Kind.STRING)), OutputColumn("Points", Type(Kind.NUMBER))),
            tuple(
                Rule(f"R{number}", (test,), (Literal(f"out {number % 3}"), Literal(Decimal(number))))
                for number, test in enumerate(tests)
            ),
        )
    )


def is_(value: Any) -> Compare:
    """The test that a bare value in a cell is."""
    return Compare("=", Literal(value))


NUMBERS = [
    [is_(Decimal(5)), is_(Decimal("2.5")), is_(Decimal("0.1"))],
    [
        Interval(Literal(Decimal(0)), Literal(Decimal("2.5")), low_closed=False, high_closed=True),
        Interval(Literal(Decimal("2.5")), Literal(Decimal(5)), low_closed=False, high_closed=False),
        is_(Decimal(5)),
        Compare("<", Literal(Decimal("0.1"))),
    ],
    [Compare(">", Literal(Decimal("0.1"))), Compare("<=", Literal(Decimal("0.1")))],
    [
        Interval(Literal(Decimal(n)), Literal(Decimal(n + 3)), low_closed=True, high_closed=False)
        for n in range(-9, 60, 3)
    ],
]
ALLOWED = OneOf(tuple(is_(Decimal(number)) for number in (-3, 0, 1, 2, 5)))
NUMBER_SERIES = {
    "object": pd.Series(
        [5, 2.5, Decimal("0.1"), True, "5", None, math.nan, 0.1, np.int8(5), np.float32(0.1)], dtype=object
    ),
    "int64": pd.Series([5, 0, 1, -3, 7, 2**62]),
    "int8": pd.Series([5, -128, 127, 2], dtype="int8"),
    "uint64": pd.Series([5, 2**64 - 1, 0], dtype="uint64"),
    "wide integers": pd.Series(range(-7, 9000, 1)),
    "float integers": pd.Series([5, None, 1, 0]),
    "float64": pd.Series([0.1, 2.5, 0.30000000000000004, 1e300, -0.0, np.nextafter(0.1, 1), np.nextafter(2.5, 0)]),
    "infinite": pd.Series([1.0, math.inf, -math.inf, math.nan]),
    "float32": pd.Series([0.1, 2.5, 5], dtype="float32"),
    "Int64": pd.Series([5, None, 1], dtype="Int64"),
    "Float64": pd.Series([0.1, None, 2.5], dtype="Float64"),
    "bool": pd.Series([True, False]),
    "boolean": pd.Series([True, None], dtype="boolean"),
    "text": pd.Series(["5", None]),
    "categorical": pd.Series([5, 1, 5, None], dtype="category"),
    "arrow int": pd.Series([5, None, 1], dtype="int64[pyarrow]"),
    "arrow double": pd.Series([0.1, None, 2.5], dtype="double[pyarrow]"),
    "arrow float": pd.Series([0.1, None, 2.5], dtype="float[pyarrow]"),
    "datetimes": pd.Series(pd.to_datetime(["2026-01-01", None])),
}


@pytest.mark.parametrize("name", NUMBER_SERIES)
@pytest.mark.parametrize("tests", NUMBERS, ids=["equality", "ranges", "two cuts", "many cuts"])
@pytest.mark.parametrize("allowed", [None, ALLOWED], ids=["open", "listed"])
def test_numbers_of_every_dtype(name: str, tests: list[Any], allowed: Any) -> None:
    """A column of numbers, or of what must not be one, decides as its values do one by one."""
    table = table_of(Kind.NUMBER, tests, allowed=allowed)
    series = NUMBER_SERIES[name]
    decided = table.decide_frame(pd.DataFrame({"Value": series}), errors="report")
    same_rows(table, [{"Value": series.array[row]} for row in range(len(series))], decided, None)


TEXT_VALUES = ["SD-WAN", " Router ", "Zu\u0308rich", None, "other", "", "SD WAN"]
TEXT_SERIES = {
    "object": pd.Series(TEXT_VALUES, dtype=object),
    "mixed": pd.Series([*TEXT_VALUES, 5, True, b"SD-WAN", math.nan, ["x"]], dtype=object),
    "str": pd.Series(TEXT_VALUES, dtype="str"),
    "python strings": pd.Series(TEXT_VALUES, dtype=pd.StringDtype("python")),
    "arrow strings": pd.Series(TEXT_VALUES, dtype=pd.StringDtype("pyarrow")),
    "arrow dtype": pd.Series(TEXT_VALUES, dtype="string[pyarrow]"),
    "categorical": pd.Series(TEXT_VALUES, dtype="category"),
    "numbers": pd.Series([1, 2]),
    "bool": pd.Series([True, False]),
    "repeated": pd.Series(TEXT_VALUES * 30_000, dtype="str"),
}


@pytest.mark.parametrize("name", TEXT_SERIES)
@pytest.mark.parametrize("listed", [False, True], ids=["open", "listed"])
def test_texts_of_every_dtype(name: str, listed: bool) -> None:
    """Text is trimmed, normalised and looked up in aliases in every dtype; what is no text is an error."""
    tests = [is_("SD-WAN"), is_("Router"), is_("Z\u00fcrich"), AnyValue()]
    allowed = OneOf((is_("SD-WAN"), is_("Router"), is_("Z\u00fcrich"), is_("other"))) if listed else None
    table = table_of(Kind.STRING, tests, allowed=allowed, aliases=(("SD WAN", "SD-WAN"),))
    series = TEXT_SERIES[name]
    decided = table.decide_frame(pd.DataFrame({"Value": series}), errors="report")
    rows = range(len(series)) if len(series) < 1000 else range(0, len(series), 997)
    same_rows(table, [{"Value": series.array[row]} for row in rows], decided.iloc[list(rows)], None)


TIMES = ["2026-01-02 12:00:00", "2026-01-02 12:00:00.000001", "2026-01-04", None, "2030-01-01", "2026-01-01"]
TIME_SERIES = {
    "naive ns": pd.Series(pd.to_datetime(TIMES, format="mixed")).astype("datetime64[ns]"),
    "naive s": pd.Series(pd.to_datetime(TIMES, format="mixed")).astype("datetime64[s]"),
    "utc": pd.Series(pd.to_datetime(TIMES, format="mixed", utc=True)),
    "zoned": pd.Series(pd.to_datetime(TIMES, format="mixed", utc=True)).dt.tz_convert("Asia/Kolkata"),
    "object": pd.Series([*POOLS[Kind.DATE_AND_TIME], *POOLS[Kind.DATE], None], dtype=object),
    "arrow": pd.Series(pd.to_datetime(TIMES, format="mixed", utc=True)).astype("timestamp[us, tz=UTC][pyarrow]"),
    "arrow date": pd.Series([*POOLS[Kind.DATE], None], dtype="date32[day][pyarrow]"),
    "categorical": pd.Series(pd.to_datetime(TIMES, format="mixed", utc=True)).astype("category"),
}


@pytest.mark.parametrize("name", TIME_SERIES)
@pytest.mark.parametrize("kind", [Kind.DATE_AND_TIME, Kind.DATE])
@pytest.mark.parametrize("ordered", [False, True], ids=["equality", "ranges"])
def test_moments_of_every_dtype(name: str, kind: Kind, ordered: bool) -> None:
    """Datetimes with and without zone, and dates, in every dtype; the one is never the other."""
    pool = POOLS[kind]
    tests = [Compare(">" if ordered else "=", Literal(value)) for value in (pool[1], pool[3])]
    table = table_of(kind, [*tests, AnyValue()])
    series = TIME_SERIES[name]
    decided = table.decide_frame(pd.DataFrame({"Value": series}), errors="report")
    same_rows(table, [{"Value": series.array[row]} for row in range(len(series))], decided, None)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_polars_and_arrow_come_back_as_they_went(library: str) -> None:
    """A polars frame or Arrow table with nulls and wrong values is decided to one of its own library."""
    given: dict[str, list[Any]] = {
        "Text": ["SD-WAN", "Router", None, "SD WAN", "other", "SD-WAN"],
        "Count": [1, 5, None, 2, 99, 7],
    }
    if library == "polars":
        frame = pytest.importorskip("polars").DataFrame(given)
    else:
        frame = pytest.importorskip("pyarrow").table(given)
    for policy in HitPolicy:
        outputs: tuple[OutputColumn, ...] = (OutputColumn("Points", Type(Kind.NUMBER)),)
        if not policy.aggregate:
            outputs += (OutputColumn("Out", Type(Kind.STRING), ranked=("b", "a")),)
        rules = [
            (is_("SD-WAN"), AnyValue(), "a", 1),
            (AnyValue(), Compare("<", Literal(Decimal(3))), "b", 2),
            (is_("Router"), AnyValue(), None, 3),
        ]
        table = Table(
            TableModel(
                "Libraries",
                policy,
                (
                    InputColumn("Text", Type(Kind.STRING), aliases=(("SD WAN", "SD-WAN"),)),
                    InputColumn("Count", Type(Kind.NUMBER), nullable=True),
                ),
                outputs,
                tuple(
                    Rule(f"R{n}", (a, b), (Literal(Decimal(points)), Literal(text))[: len(outputs)])
                    for n, (a, b, text, points) in enumerate(rules)
                ),
            )
        )
        decided = table.decide_frame(frame, errors="report")
        assert type(decided) is type(frame)
        rows = [dict(zip(given, values, strict=True)) for values in zip(*given.values(), strict=True)]
        same_rows(table, rows, decided, None)


def test_the_index_of_a_pandas_frame_is_kept() -> None:
    """The answer lines up with the frame that was decided, whatever its index."""
    table = table_of(Kind.STRING, [is_("a"), AnyValue()])
    frame = pd.DataFrame({"Value": ["a", "b"]}, index=[7, 3])
    assert list(table.decide_frame(frame).index) == [7, 3]
    assert len(table.decide_frame(frame.iloc[:0])) == 0


def test_raise_gives_the_first_error_and_report_keeps_the_others() -> None:
    """One erroneous row harms no other: under report it is null and says why, under raise it is raised."""
    table = table_of(Kind.STRING, [is_("a"), is_("a"), is_("b")], HitPolicy.UNIQUE)
    frame = pd.DataFrame({"Value": ["b", "a", 5]}, dtype=object)
    with pytest.raises(NoUniqueRule):
        table.decide_frame(frame)
    with pytest.raises(BadInput):
        table.decide_frame(frame.iloc[2:])
    decided = table.decide_frame(frame, errors="report")
    assert list(decided["rules"]) == [("R2",), (), ()]
    assert [nothing(value) for value in decided["Out"]] == ["out 2", None, None]
    assert nothing(decided["error"][0]) is None
    assert "R0, R1" in decided["error"][1]
    assert "where a string is meant" in decided["error"][2]
    with pytest.raises(ValueError, match="errors must be"):
        table.decide_frame(frame, errors="ignore")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="pandas, polars or Arrow"):
        table.decide_frame({"Value": ["a"]})


def test_a_missing_column_is_a_missing_input() -> None:
    """A column that is not there is null where the input may be null, and an error of each row where not."""
    nullable = table_of(Kind.STRING, [AnyValue()])
    assert list(nullable.decide_frame(pd.DataFrame({"x": [1, 2]}))["rules"]) == [("R0",), ("R0",)]
    required = Table(
        TableModel(
            "Required",
            HitPolicy.FIRST,
            (InputColumn("Value", Type(Kind.STRING)),),
            nullable.outputs,
            nullable.model.rules,
        )
    )
    with pytest.raises(BadInput, match="missing"):
        required.decide_frame(pd.DataFrame({"x": [1]}))


def test_a_coded_frame_decides_as_the_frame_does() -> None:
    """Coding once and deciding many times gives what deciding the frame gives, errors included; for its table only."""
    table = table_of(Kind.STRING, [is_("a"), is_("b")])
    frame = pd.DataFrame({"Value": ["a", "b", 5, None]}, dtype=object, index=[4, 3, 2, 1])
    coded = table.code_frame(frame)
    assert len(coded) == 4
    for _ in range(2):
        pd.testing.assert_frame_equal(
            table.decide_frame(coded, errors="report"), table.decide_frame(frame, errors="report")
        )
    with pytest.raises(BadInput):
        table.decide_frame(coded)
    with pytest.raises(BadInput, match="coded for table"):
        table_of(Kind.STRING, [is_("a")]).decide_frame(coded)


def test_lists_of_one_row_are_its_own() -> None:
    """Changing a list in one row of a Collect frame changes no other row and not the table."""
    table = table_of(Kind.STRING, [AnyValue(), is_("a")], HitPolicy.COLLECT)
    frame = pd.DataFrame({"Value": ["a", "a"]})
    decided = table.decide_frame(frame)
    decided["Out"][0].append("x")
    assert decided["Out"][1] == ["out 0", "out 1"]
    assert table.decide_frame(frame)["Out"][0] == ["out 0", "out 1"]


def test_many_patterns_and_large_tables_agree_with_single_decisions() -> None:
    """A table of thousands of rules, with open cells and ranges, decides a frame as it decides single rows."""
    maker = Maker(5).random
    texts = [f"t{number}" for number in range(40)]
    rules = []
    for number in range(3000):
        low = maker.randrange(500)
        ends = Literal(Decimal(low)), Literal(Decimal(low + maker.randrange(1, 40)))
        texts_of_rule = [AnyValue() if maker.random() < 0.3 else is_(maker.choice(texts)) for _ in range(3)]
        tests = (*texts_of_rule, Interval(*ends, low_closed=True, high_closed=maker.random() < 0.5))
        rules.append(Rule(f"R{number}", tests, (Literal(texts[number % 40]),)))
    columns = tuple(InputColumn(f"c{number}", Type(Kind.STRING)) for number in range(3))
    model = TableModel(
        "Large",
        HitPolicy.FIRST,
        (*columns, InputColumn("n", Type(Kind.NUMBER))),
        (OutputColumn("Out", Type(Kind.STRING)),),
        tuple(rules),
    )
    table = Table(model)
    frame = pd.DataFrame({f"c{number}": [maker.choice(texts) for _ in range(3000)] for number in range(3)})
    frame["n"] = [maker.choice([maker.randrange(600), maker.random() * 500]) for _ in range(3000)]
    rows = frame.to_dict("records")
    assert list(table.decide_frame(frame)["rules"]) == [table.decide(row).rules for row in rows]


def test_json_form_of_values_is_exact() -> None:
    """What Arrow cannot hold is written as its exact text."""
    assert jsonable(Decimal("1E+2")) == "100"
    assert jsonable(Decimal("2.50")) == "2.50"
