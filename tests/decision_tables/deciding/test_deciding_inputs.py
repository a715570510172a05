"""What callers hand in: every way to write a value, every refusal, and what a decision and its explanation tell."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forewarn.decision_tables.feel import parse_expression
from forewarn.decision_tables.inputs import WrongType, convert
from forewarn.decision_tables.model import (
    Binding,
    ConditionColumn,
    HitPolicy,
    InputColumn,
    OutputColumn,
    Rule,
    TableModel,
)
from forewarn.decision_tables.syntax import AnyValue, Compare, Condition, InputRef, Literal, OneOf, PropertyRef
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, Value, YearsMonths
from forewarn.errors import BadInput, DecisionError, Place

NUMBER, STRING, MOMENT = Type(Kind.NUMBER), Type(Kind.STRING), Type(Kind.DATE_AND_TIME)
NULLS = (None, math.nan, pd.NaT, pd.NA, np.datetime64("NaT"), Decimal("NaN"), np.float32("nan"))

GOOD: list[tuple[Any, Type, Value]] = [
    (5, NUMBER, Decimal(5)),
    (0.1, NUMBER, Decimal("0.1")),
    (1e23, NUMBER, Decimal("1E+23")),
    (np.float32(0.1), NUMBER, Decimal("0.1")),
    (np.float64(0.1), NUMBER, Decimal("0.1")),
    (np.int8(-3), NUMBER, Decimal(-3)),
    (Decimal(1) / Decimal(3), NUMBER, Decimal("0.3333333333333333333333333333")),
    (10**40 + 1, NUMBER, Decimal("1.000000000000000000000000000000000E+40")),
    (" SD-WAN\n", STRING, "SD-WAN"),
    ("Zu\u0308rich", STRING, "Z\u00fcrich"),
    ("\u00a0x", STRING, "\u00a0x"),
    (np.str_("a"), STRING, "a"),
    ("", STRING, ""),
    (True, Type(Kind.BOOLEAN), True),
    (np.bool_(False), Type(Kind.BOOLEAN), False),
    (date(2026, 1, 2), Type(Kind.DATE), date(2026, 1, 2)),
    (pd.Timestamp("2026-01-02"), Type(Kind.DATE), date(2026, 1, 2)),
    (np.datetime64("2026-01-02"), Type(Kind.DATE), date(2026, 1, 2)),
    (pd.Timestamp("2026-01-02 03:04:05.000001999", tz="UTC"), MOMENT, datetime(2026, 1, 2, 3, 4, 5, 1, UTC)),
    (time(8), Type(Kind.TIME), time(8)),
    (timedelta(hours=4), Type(Kind.DAYS_AND_TIME_DURATION), timedelta(hours=4)),
    (pd.Timedelta("4h"), Type(Kind.DAYS_AND_TIME_DURATION), timedelta(hours=4)),
    (np.timedelta64(90, "m"), Type(Kind.DAYS_AND_TIME_DURATION), timedelta(minutes=90)),
    (YearsMonths(14), Type(Kind.YEARS_AND_MONTHS_DURATION), YearsMonths(14)),
    (["a ", "b"], Type(Kind.STRING, is_list=True), ("a", "b")),
    (np.array([1, 2]), Type(Kind.NUMBER, is_list=True), (Decimal(1), Decimal(2))),
    *((null, kind, None) for null in NULLS for kind in (NUMBER, STRING, MOMENT)),
]

BAD: list[tuple[Any, Type]] = [
    ("5", NUMBER),
    (True, NUMBER),
    (np.bool_(True), NUMBER),
    (math.inf, NUMBER),
    (5, STRING),
    (b"a", STRING),
    (["a"], STRING),
    (1, Type(Kind.BOOLEAN)),
    ("true", Type(Kind.BOOLEAN)),
    (datetime(2026, 1, 2, tzinfo=UTC), Type(Kind.DATE)),
    (datetime(2026, 1, 2), Type(Kind.DATE)),  # noqa: DTZ001
    (pd.Timestamp("2026-01-02 00:00:01"), Type(Kind.DATE)),
    (pd.Timestamp("2026-01-02", tz="UTC"), Type(Kind.DATE)),
    (date(2026, 1, 2), Type(Kind.DATE_AND_TIME)),
    ("2026-01-02", Type(Kind.DATE)),
    (timedelta(1), Type(Kind.YEARS_AND_MONTHS_DURATION)),
    (YearsMonths(1), Type(Kind.DAYS_AND_TIME_DURATION)),
    ("a", Type(Kind.STRING, is_list=True)),
    ([1, "a"], Type(Kind.NUMBER, is_list=True)),
]


@pytest.mark.parametrize(("given", "kind", "value"), GOOD)
def test_good_inputs_are_converted_exactly(given: Any, kind: Type, value: Value) -> None:
    """Numbers become the decimal of their shortest form, text is trimmed and normalised, nulls are null."""
    found = convert(given, kind)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("given", "kind"), BAD)
def test_a_wrong_type_is_refused(given: Any, kind: Type) -> None:
    """What is of another type is an error, however like it looks."""
    with pytest.raises(WrongType):
        convert(given, kind)


def text(value: str) -> Compare:
    """A bare word in a cell."""
    return Compare("=", Literal(value))


def policy_table(**more: Any) -> Table:
    """A table with a bound input, an allowed list, an alias, a property and another input as bounds."""
    return Table(
        TableModel(
            "Policy",
            HitPolicy.FIRST,
            (
                InputColumn(
                    "Category",
                    STRING,
                    Binding("incident", "category"),
                    allowed=OneOf((text("SD-WAN"), text("Router"))),
                    aliases=(("SD WAN", "SD-WAN"),),
                ),
                InputColumn("Count", NUMBER, Binding("incident", "count"), nullable=True),
                InputColumn("Limit", NUMBER, nullable=True),
            ),
            (OutputColumn("Out", STRING),),
            (
                Rule(
                    "P1",
                    (text("SD-WAN"), Compare(">=", PropertyRef("threshold")), AnyValue()),
                    (Literal("many"),),
                    row=5,
                ),
                Rule("P2", (AnyValue(), Compare(">", InputRef("Limit")), AnyValue()), (Literal("over"),), row=6),
                Rule("P3", (text("Router"), AnyValue(), AnyValue()), (Literal("router"),), row=7),
            ),
            place=Place("policy.xlsx", "Policy"),
            columns=(("Category", "B"), ("Count", "C"), ("Limit", "D"), ("Out", "E")),
            properties=(("threshold", Decimal(5)),),
            **more,
        )
    )


def test_inputs_by_heading_or_bound_name() -> None:
    """Both names work, mixed too; a heading wins; further keys and other mappings are fine."""
    table = policy_table()
    for given in (
        {"Category": "SD-WAN", "Count": 5},
        {"incident.category": "SD-WAN", "incident.count": 5},
        {"Category": "SD-WAN", "incident.count": 5, "incident.category": "Router", "number": object()},
        pd.Series({"Category": "SD WAN", "Count": 5.0}),
    ):
        decision = table.decide(given)  # type: ignore[arg-type]
        assert (decision.outputs, decision.rules) == ({"Out": "many"}, ("P1",))
        assert decision.inputs == {
            "Category": "SD-WAN", "Count": Decimal(5), "Limit": None, "property.threshold": Decimal(5),
        }  # fmt: skip


def test_bounds_by_property_and_by_other_input() -> None:
    """A null bound does not match; a bound by another input is that input's value."""
    table = policy_table()
    assert table.decide({"Category": "Router", "Count": 3, "Limit": 2}).rules == ("P2",)
    assert table.decide({"Category": "Router", "Count": 3}).rules == ("P3",)
    assert table.decide({"Category": "Router", "Limit": 2}).rules == ("P3",)


@pytest.mark.parametrize(
    ("given", "said", "named"),
    [
        ({"Count": 1}, "missing", "Category"),
        ({"Category": None}, "null is not allowed", "Category"),
        ({"Category": math.nan}, "null is not allowed", "Category"),
        ({"Category": "Ruter"}, "did you mean 'Router'", "Category"),
        ({"Category": "sd-wan"}, "did you mean 'SD-WAN'", "Category"),
        ({"Category": ["SD-WAN"]}, "a list", "Category"),
        ({"Category": "Router", "Count": "5"}, "a text ('5') where a number is meant", "Count"),
        ({"Category": "Router", "Count": True}, "a boolean (True) where a number is meant", "Count"),
    ],
)
def test_bad_input_names_the_input_and_the_table(given: dict[str, Any], said: str, named: str) -> None:
    """The error says what is wrong, where, and the nearest good value."""
    with pytest.raises(BadInput) as caught:
        policy_table().decide(given)
    assert said in str(caught.value)
    assert (caught.value.input, caught.value.table) == (named, "Policy")


def test_explain_names_the_first_cell_that_stopped_each_rule() -> None:
    """Every rule with sheet and cell of its first cell that does not hold, or that it fired or came too late."""
    explanation = policy_table().explain({"Category": "Router", "Count": 3, "Limit": 2})
    first, second, third = explanation.rules
    assert (first.holds, first.heading, str(first.place), first.cell) == (
        False, "Category", "policy.xlsx › Policy!B5", "SD-WAN",
    )  # fmt: skip
    assert second.fired
    assert third.holds
    assert not third.fired
    lines = str(explanation).splitlines()
    assert "P1: stopped at Policy!B5: Category is Router, the cell says SD-WAN" in lines
    assert "P2: fired" in lines
    assert "P3: holds, but another rule came before it" in lines
    stopped = policy_table().explain({"Category": "SD-WAN", "Count": 3}).rules[0]
    assert (str(stopped.place), stopped.cell) == ("policy.xlsx › Policy!C5", ">= property.threshold")
    json.dumps(explanation.to_dict())


def test_explain_works_where_deciding_does_not() -> None:
    """Two rules under Unique: the explanation shows both as fired."""
    model = policy_table().model
    unique = Table(
        TableModel("Policy", HitPolicy.UNIQUE, model.inputs, model.outputs, model.rules, properties=model.properties)
    )
    explanation = unique.explain({"Category": "Router", "Count": 3, "Limit": 2})
    assert [rule.rule for rule in explanation.rules if rule.fired] == ["P2", "P3"]
    assert explanation.diagnostics == ("NoUniqueRule",)


def test_expressions_in_conditions_and_outputs() -> None:
    """An ``If expression`` cell holds where it is true, a ``Then expression`` cell computes; a fault is an error."""
    names = ["Amount", "Rate"]
    table = Table(
        TableModel(
            "Computed",
            HitPolicy.FIRST,
            tuple(InputColumn(name, NUMBER, nullable=True) for name in names),
            (OutputColumn("Fee", NUMBER),),
            (
                Rule("R1", (AnyValue(), AnyValue()), (parse_expression("Amount * Rate", names),),
                     conditions=(Condition(parse_expression("Amount > 10 * Rate", names)),), row=5),
                Rule("R2", (AnyValue(), AnyValue()), (Literal(Decimal(0)),), conditions=(AnyValue(),), row=6),
            ),
            conditions=(ConditionColumn("Where"),),
            columns=(("Amount", "B"), ("Rate", "C"), ("Where", "D"), ("Fee", "E")),
            place=Place("x.xlsx", "Fees"),
        )
    )  # fmt: skip
    decision = table.decide({"Amount": 100, "Rate": 0.1})
    assert (decision.outputs, decision.rules) == ({"Fee": Decimal("10.0")}, ("R1",))
    assert table.decide({"Amount": 1, "Rate": 1}).rules == ("R2",)
    assert str(table.explain({"Amount": 1, "Rate": 1}).rules[0].place) == "x.xlsx › Fees!D5"
    frame = table.decide_frame(pd.DataFrame({"Amount": [100, 1], "Rate": [0.1, 1.0]}))
    assert list(frame["Fee"]) == [Decimal("10.0"), Decimal(0)]
    wrong = Condition(parse_expression("Amount + 1", names))
    rule = Rule("R1", (AnyValue(), AnyValue()), (Literal(None),), conditions=(wrong,))
    model = TableModel("Wrong", HitPolicy.FIRST, table.inputs, table.outputs, (rule,), table.model.conditions)
    with pytest.raises(DecisionError, match="neither true nor false"):
        Table(model).decide({"Amount": 1, "Rate": 1})


def test_business_time_has_no_order() -> None:
    """8 business hours is no number of hours: a column that asks for an order refuses it, one of equality takes it."""
    kind = Type(Kind.DAYS_AND_TIME_DURATION)
    hours = BusinessDuration(Decimal(8), "business hours")

    def made(test: Any) -> Table:
        model = TableModel(
            "Time", HitPolicy.FIRST, (InputColumn("T", kind),), (OutputColumn("Out", STRING),),
            (Rule("R1", (test,), (Literal("x"),)),),
        )  # fmt: skip
        return Table(model)

    assert made(Compare("=", Literal(hours))).decide({"T": hours}).rules == ("R1",)
    with pytest.raises(BadInput, match="business time"):
        made(Compare("<", Literal(timedelta(1)))).decide({"T": hours})


def test_the_dictionary_form_is_exact_and_the_same_in_every_process() -> None:
    """Same table, inputs and time: the same bytes, whatever the hash seed."""
    script = (
        "import json, sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_deciding_inputs import policy_table\n"
        "table = policy_table(); table.__dict__['version'] = 'v'\n"
        "print(json.dumps(table.decide({'Category': 'SD WAN', 'Count': 7.50}).to_dict()))\n"
    )
    here = __file__.rpartition("/")[0]
    found = {
        subprocess.run(
            [sys.executable, "-c", script, here],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": ":".join(path for path in sys.path if path)},
        ).stdout
        for seed in (1, 2)
    }
    assert len(found) == 1
    told = json.loads(found.pop())
    assert told == {
        "table": "Policy",
        "version": "v",
        "rules": ["P1"],
        "outputs": {"Out": "many"},
        "inputs": {"Category": "SD-WAN", "Count": "7.5", "Limit": None, "property.threshold": "5"},
        "at": None,
        "diagnostics": [],
    }


MEMORY = """
import sys
sys.path[:0] = sys.argv[1:]
from decimal import Decimal
from forewarn.decision_tables.model import *
from forewarn.decision_tables.syntax import *
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import Kind, Type
from tests.memory import peak_kilobytes
import numpy
columns = tuple(InputColumn(f"c{n}", Type(Kind.STRING)) for n in range(4))
texts = [[Compare("=", Literal(f"v{c}.{n}")) for n in range(20)] for c in range(4)]
rules = tuple(
    Rule(f"R{n}", tuple(texts[c][n // 20**c % 20] for c in range(4)), (Literal(f"out {n}"),)) for n in range(100_000)
)
model = TableModel("Large", HitPolicy.UNIQUE, columns, (OutputColumn("Out", Type(Kind.STRING)),), rules)
before = peak_kilobytes()
table = Table(model)
for n in range(0, 100_000, 997):
    decision = table.decide({f"c{c}": f"v{c}.{n // 20**c % 20}" for c in range(4)})
    assert decision.rules == (f"R{n}",) and decision.outputs == {"Out": f"out {n}"}
print(peak_kilobytes() - before)
"""


def test_a_hundred_thousand_rules_stay_within_their_memory(repo: Path) -> None:
    """Building and asking a table of 100,000 rules takes at most 100 MB beside its parsed cells."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": ":".join([str(repo), *(path for path in sys.path if path)])},
    )  # fmt: skip
    assert int(done.stdout) <= 100_000
