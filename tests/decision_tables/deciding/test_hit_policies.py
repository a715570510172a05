"""Each hit policy by hand: what it answers, which rules it names, what it says where nothing or too much matches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from forewarn.decision_tables.model import HitPolicy, InputColumn, OutputColumn, Rule, TableModel
from forewarn.decision_tables.syntax import AnyValue, Compare, Literal
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import Kind, Type
from forewarn.errors import BadInput, ConflictingRules, DecisionError, NoUniqueRule


def less(bound: int) -> Compare:
    """The cell ``< bound``."""
    return Compare("<", Literal(Decimal(bound)))


def table(
    policy: HitPolicy,
    rules: list[tuple[Any, ...]],
    *,
    kinds: tuple[Kind, ...] = (Kind.STRING,),
    ranked: tuple[tuple[Any, ...] | None, ...] = (None,),
    default: tuple[Any, ...] | None = None,
    **more: Any,
) -> Table:
    """A table over one number: each rule a test and its outputs."""
    outputs = tuple(
        OutputColumn(
            f"Out {number}" if number else "Out",
            Type(kind),
            ranked=ranks,
            default=None if default is None else Literal(default[number]),
        )
        for number, (kind, ranks) in enumerate(zip(kinds, ranked, strict=True))
    )
    return Table(
        TableModel(
            "By hand",
            policy,
            (InputColumn("Amount", Type(Kind.NUMBER)),),
            outputs,
            tuple(
                Rule(f"R{number}", (test,), tuple(Literal(value) for value in values), row=number + 4)
                for number, (test, *values) in enumerate(rules, start=1)
            ),
            has_default=default is not None,
            **more,
        )
    )


OVERLAPPING: list[tuple[Any, ...]] = [(less(5), "low"), (less(10), "middle"), (less(20), "high")]


def asked(table: Table, amount: int) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Outputs, rules and diagnostics for an amount."""
    decision = table.decide({"Amount": amount})
    return decision.outputs, decision.rules, decision.diagnostics


def test_unique_takes_the_one_rule_and_refuses_two() -> None:
    """U: one match is the answer; two are an error that names both."""
    unique = table(HitPolicy.UNIQUE, OVERLAPPING)
    assert asked(unique, 15) == ({"Out": "high"}, ("R3",), ())
    with pytest.raises(NoUniqueRule, match="R2, R3") as caught:
        unique.decide({"Amount": 7})
    assert caught.value.rules == ("R2", "R3")
    assert caught.value.table == "By hand"


def test_any_wants_agreement_and_names_every_hit() -> None:
    """A: equal outputs are the answer, all rules are named; different ones are an error."""
    agreeing = table(HitPolicy.ANY, [(less(5), "low"), (less(10), "low"), (less(20), "high")])
    assert asked(table(HitPolicy.ANY, [(less(5), "low"), (less(10), "low")]), 1) == ({"Out": "low"}, ("R1", "R2"), ())
    with pytest.raises(ConflictingRules) as caught:
        agreeing.decide({"Amount": 1})
    assert caught.value.rules == ("R1", "R2", "R3")


def test_priority_takes_the_best_output_and_names_the_winner() -> None:
    """P: the Values row of the output ranks, ties fall to the first row, what is not listed comes last."""
    rules = [(less(20), "unlisted", "x"), (less(10), "low", "y"), (less(9), "low", "b"), (less(5), "high", "a")]
    kinds = (Kind.STRING, Kind.STRING)
    by_first = table(HitPolicy.PRIORITY, rules, kinds=kinds, ranked=(("high", "low"), None))
    assert asked(by_first, 1) == ({"Out": "high", "Out 1": "a"}, ("R4",), ())
    assert asked(by_first, 7) == ({"Out": "low", "Out 1": "y"}, ("R2",), ())
    by_both = table(HitPolicy.PRIORITY, rules, kinds=kinds, ranked=(("high", "low"), ("b", "y")))
    assert asked(by_both, 7) == ({"Out": "low", "Out 1": "b"}, ("R3",), ())
    assert asked(by_both, 15) == ({"Out": "unlisted", "Out 1": "x"}, ("R1",), ())


def test_first_takes_the_first_row() -> None:
    """F: the first match in row order, and only that rule is named."""
    assert asked(table(HitPolicy.FIRST, OVERLAPPING), 7) == ({"Out": "middle"}, ("R2",), ())


def test_lists_are_lists_even_for_one_hit() -> None:
    """R and C give row order, O the order of the output's Values; ties stand in row order."""
    for policy in (HitPolicy.RULE_ORDER, HitPolicy.COLLECT):
        assert asked(table(policy, OVERLAPPING), 7) == ([{"Out": "middle"}, {"Out": "high"}], ("R2", "R3"), ())
        assert asked(table(policy, OVERLAPPING), 15) == ([{"Out": "high"}], ("R3",), ())
    ordered = table(HitPolicy.OUTPUT_ORDER, [*OVERLAPPING, (less(8), "high")], ranked=(("high", "low", "middle"),))
    assert asked(ordered, 1) == (
        [{"Out": "high"}, {"Out": "high"}, {"Out": "low"}, {"Out": "middle"}],
        ("R3", "R4", "R1", "R2"),
        (),
    )


POINTS: list[tuple[Any, ...]] = [
    (less(5), Decimal("0.10")),
    (less(10), Decimal("0.20")),
    (less(20), Decimal("0.10")),
]


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        (HitPolicy.COLLECT_SUM, Decimal("0.40")),
        (HitPolicy.COLLECT_MIN, Decimal("0.10")),
        (HitPolicy.COLLECT_MAX, Decimal("0.20")),
        (HitPolicy.COLLECT_COUNT, Decimal(3)),
    ],
)
def test_aggregates_count_every_hit(policy: HitPolicy, value: Decimal) -> None:
    """C+ adds decimals exactly, equal outputs count twice, every hit is named."""
    assert asked(table(policy, POINTS, kinds=(Kind.NUMBER,)), 1) == ({"Out": value}, ("R1", "R2", "R3"), ())


def test_a_null_among_the_hits_makes_sums_null_but_counts() -> None:
    """C+ C< C> of a null are null, as in FEEL; C# counts the hit."""
    rules = [*POINTS, (AnyValue(), None)]
    for policy in (HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_MAX):
        outputs, fired, diagnostics = asked(table(policy, rules, kinds=(Kind.NUMBER,)), 7)
        assert (outputs, diagnostics) == ({"Out": None}, ("null-in-aggregate",))
        assert fired == ("R2", "R3", "R4")
    assert asked(table(HitPolicy.COLLECT_COUNT, rules, kinds=(Kind.NUMBER,)), 7)[0] == {"Out": Decimal(3)}


def test_what_cannot_be_added_is_an_error() -> None:
    """Adding texts up is refused, not passed over."""
    with pytest.raises(DecisionError, match="cannot aggregate"):
        table(HitPolicy.COLLECT_SUM, OVERLAPPING).decide({"Amount": 1})


@pytest.mark.parametrize("policy", HitPolicy)
def test_no_match_without_default(policy: HitPolicy) -> None:
    """Nulls for U A P F and C+ C< C>, an empty list for R O C, 0 for C#; no rules, and the diagnostic."""
    expected: Any = {"Out": None}
    if policy.many:
        expected = []
    if policy is HitPolicy.COLLECT_COUNT:
        expected = {"Out": Decimal(0)}
    assert asked(table(policy, OVERLAPPING, ranked=(("low",),)), 99) == (expected, (), ("no-match",))


@pytest.mark.parametrize("policy", HitPolicy)
def test_default_where_nothing_matches(policy: HitPolicy) -> None:
    """The Default row is the answer, the one element of R O C, and the value itself of an aggregate."""
    made = table(policy, [(less(5), Decimal(1))], kinds=(Kind.NUMBER,), default=(Decimal(7),), ranked=((Decimal(1),),))
    expected: Any = [{"Out": Decimal(7)}] if policy.many else {"Out": Decimal(7)}
    assert asked(made, 99) == (expected, (), ("default",))
    assert asked(made, 1)[2] == ()


def test_callers_own_their_outputs() -> None:
    """Changing what a decision gave changes neither the table nor the next decision."""
    for policy in (HitPolicy.FIRST, HitPolicy.COLLECT):
        made = table(policy, OVERLAPPING, default=("none",))
        for amount in (7, 99):
            first = made.decide({"Amount": amount}).outputs
            before = [dict(row) for row in first] if isinstance(first, list) else dict(first)
            if isinstance(first, list):
                first[0]["Out"] = "changed"
                first.clear()
            else:
                first["Out"] = "changed"
            assert made.decide({"Amount": amount}).outputs == before


def test_the_standards_mode_answers_null_and_says_why() -> None:
    """A table from DMN XML does not raise: null outputs and a diagnostic."""
    lenient = table(HitPolicy.UNIQUE, OVERLAPPING, strict=False)
    assert asked(lenient, 7) == ({"Out": None}, (), ("no-unique-rule",))
    assert asked(lenient, 15) == ({"Out": "high"}, ("R3",), ())
    assert lenient.decide({"Amount": "7"}).diagnostics == ("bad-input",)
    assert lenient.decide({}).diagnostics == ("no-match",)
    assert asked(table(HitPolicy.ANY, OVERLAPPING, strict=False), 7)[2] == ("conflicting-rules",)


START = datetime(2026, 3, 1, tzinfo=UTC)


def effective() -> Table:
    """Two rules, the second from the moment at which the first ends."""
    return Table(
        TableModel(
            "Dated",
            HitPolicy.UNIQUE,
            (InputColumn("Amount", Type(Kind.NUMBER)),),
            (OutputColumn("Out", Type(Kind.STRING)),),
            (
                Rule("old", (AnyValue(),), (Literal("before"),), effective_to=START, row=5),
                Rule("new", (AnyValue(),), (Literal("after"),), effective_from=START, row=6),
            ),
            effective=True,
        )
    )


def test_effective_dates_are_half_open() -> None:
    """At its last moment a rule has ended, at its first it holds; zones are converted."""
    dated = effective()
    assert dated.decide({"Amount": 1}, at=START - timedelta(microseconds=1)).outputs == {"Out": "before"}
    assert dated.decide({"Amount": 1}, at=START).outputs == {"Out": "after"}
    local = START.astimezone(timezone(timedelta(hours=9)))
    decision = dated.decide({"Amount": 1}, at=local)
    assert decision.outputs == {"Out": "after"}
    assert decision.at == START
    assert decision.at is not None
    assert decision.at.utcoffset() == timedelta(0)


def test_a_dated_table_wants_an_aware_time() -> None:
    """Without a time, or with a naive one, a dated table refuses and names ``at``; other tables ignore it."""
    for at in (None, START.replace(tzinfo=None)):
        with pytest.raises(BadInput, match="'at'") as caught:
            effective().decide({"Amount": 1}, at=at)
        assert caught.value.input == "at"
    plain = table(HitPolicy.FIRST, OVERLAPPING)
    assert plain.decide({"Amount": 1}, at=START.replace(tzinfo=None)).at is None
    assert plain.decide({"Amount": 1}, at=START).to_dict() == plain.decide({"Amount": 1}).to_dict()
