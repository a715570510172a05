"""The traps of durable-rules: a sheet cannot reach them, and messages are mended or refused before they go in."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from event_matcher import headings, row
from event_sheets import START, STOCK, alert, errors, grid, read, rules_of
from event_streams import random_rule

from forewarn.decision_tables.syntax import AnyValue
from forewarn.errors import BadTable
from forewarn.rules import Fact, RuleWorker, SessionRefused, limits
from forewarn.rules.compiler import compile_rules
from forewarn.rules.durable_adapter import UnsafeMessage, check_messages, fnv1a
from forewarn.rules.model import Pattern
from forewarn.rules.session import prepare

EVENT_AND_DO = [("Event", "Event"), ("If", "alert.name"), ("Do", "Do")]


def _fired(rule_set: Any, facts: list[Fact], tick: datetime = START) -> list[str]:
    with RuleWorker(rule_set) as worker:
        intents = worker.correlate("key", facts, tick)
        assert worker.restarts == 0
    return [intent.rule for intent in intents]


# What would reach the compiler's limits


@pytest.mark.parametrize("rules", [260, 450])
def test_many_rules_on_one_event_all_fire(rules: int) -> None:
    """More rules than a handle, a node, a stack or a list of the library holds: with one condition, all the same."""
    same = rules_of(grid(EVENT_AND_DO, [[f"R{number}", "alert", "link", "notify"] for number in range(rules)]))
    assert _fired(same, [alert("a1", name="link")]) == [f"R{number}" for number in range(rules)]


def test_many_different_conditions_on_one_event_all_fire() -> None:
    """300 children of one node, 300 branches that match at once."""
    rows = [[f"R{number}", "alert", f"link, n{number}", "notify"] for number in range(300)]
    rule_set = rules_of(grid(EVENT_AND_DO, rows))
    assert _fired(rule_set, [alert("a1", name="link")]) == [f"R{number}" for number in range(300)]
    assert max(len(shard.rules) for shard in compile_rules(rule_set).shards) <= limits.MAX_PATTERNS_A_SHARD


def test_too_many_rules_are_refused() -> None:
    """Beyond 2,000 rules the first one too many is named."""
    rows = [[f"R{number}", "alert", None, "notify"] for number in range(limits.MAX_RULES + 1)]
    assert errors(read(grid(EVENT_AND_DO, rows))) == [("FW521", f"A{limits.MAX_RULES + 4}")]


def test_a_rule_that_joins_too_much_is_refused() -> None:
    """Neither 16 patterns nor more than 28 join terms reach the library; the finding is at the last of them."""
    kinds = ("incident", "problem", "change_request", "case", "major_case", "outage")
    columns = [("Event", "Event"), ("Same", "Same"), ("Within", "Within")]
    columns += [("And", f"{kind}.name") for kind in (*kinds, "alert", "clear", "acknowledgement")]
    columns += [("Without", f"{kind}.name") for kind in ("alert", "clear")] + [("Do", "Do")]
    wide = grid(columns, [["R1", "alert", "alert.ci", "5m"] + ["-"] * 11 + ["notify"]])
    assert errors(read(wide)) == [("FW522", "O4")]


def test_a_rule_made_by_hand_meets_the_same_limits() -> None:
    """The compiler refuses 16 patterns itself, whoever made the rules."""
    (rule, *_) = rules_of(STOCK).rules
    wide = replace(rule, also=tuple(Pattern(f"kind{number}", (), False, rule.place) for number in range(15)))
    with pytest.raises(BadTable, match="at most 15"):
        compile_rules(replace(rules_of(STOCK), rules=(wide,)))


def terms(pattern: Any) -> Iterator[Any]:
    """Every dictionary within a pattern."""
    if isinstance(pattern, dict):
        yield pattern
        for value in pattern.values():
            yield from terms(value)
    if isinstance(pattern, list):
        for value in pattern:
            yield from terms(value)


@pytest.mark.parametrize("seed", range(60))
def test_only_the_proven_shapes_are_compiled(seed: int) -> None:
    """Whatever a sheet says: no $or, $div, $mt or other operator than the proven ones, no empty $and, one key a term,
    a positive type in each pattern, no alias that was not declared before, an always-true join last, absence last.
    """
    rng = random.Random(seed)
    rules = [random_rule(rng, number) for number in range(12)]
    columns = list(headings(rules))
    compiled = compile_rules(rules_of(grid(columns, [row(rule, columns) for rule in rules])))
    for definition in compiled.definitions:
        assert sum(len(rule["all"]) for rule in definition.values()) <= limits.MAX_PATTERNS_A_SHARD
        for rule in definition.values():
            assert set(rule) == {"all", "pri"}
            declared: list[str] = []
            for pattern in rule["all"]:
                ((alias, test),) = pattern.items()
                assert list(test) == ["$and"]
                assert len(test["$and"]) >= 2
                assert all(len(term) == 1 for term in test["$and"])
                assert test["$and"][0]["type"] in {"fact", "not", "tick"}
                operators = {key for part in terms(test) for key in part if key.startswith("$")}
                assert operators <= {"$and", "$gte", "$lte", "$neq", "$add", "$sub", "$l", "$r"}
                references = {key for term in test["$and"] for part in terms(list(term.values())) for key in part}
                references -= operators | {"at", "_i", "_1"} | {f"c{number}" for number in range(20)}
                assert references <= set(declared)
                if declared:
                    assert test["$and"][-1] == {"_1": {"e": "_1"}}
                declared.append(alias)
            absent = [alias.endswith("$not") for alias in declared]
            assert absent == sorted(absent)
            assert declared[0] == "e"


def test_text_that_looks_like_a_pattern_is_text() -> None:
    """Regular expressions and operators of the library are compared as the text that they are."""
    rule_set = rules_of(grid(EVENT_AND_DO, [["R1", "alert", '".*"', "notify"], ["R2", "alert", '"$s"', "notify"]]))
    assert _fired(rule_set, [alert("a1", name="link"), alert("a2", name=".*"), alert("a3", name="$s")]) == ["R1", "R2"]


def test_text_is_compared_in_python() -> None:
    """Trimmed and in NFC, as in decision tables."""
    rule_set = rules_of(grid(EVENT_AND_DO, [["R1", "alert", "Ger\u00e4t", "notify"]]))
    assert _fired(rule_set, [alert("a1", name="  Gera\u0308t "), alert("a2", name="gera\u0308t")]) == ["R1"]


# What would upset it in a message


COUNTED = grid(
    [
        ("Event", "Event"),
        ("If", "alert.value"),
        ("Same", "Same"),
        ("Count", "Count"),
        ("Within", "Within"),
        ("Do", "Do"),
    ],
    [["R1", "alert", Decimal(5), "alert.ci", "2", "5m", "notify"]],
)


def test_ids_that_collide_in_the_library_are_told_apart() -> None:
    """INC0112789 and INC0349192 have one 32-bit FNV-1a hash; two alerts of these ids are two alerts."""
    assert fnv1a("INC0112789") == fnv1a("INC0349192")
    facts = [alert("INC0112789", value=5, ci="r1", fresh=False), alert("INC0349192", value=5, ci="r1")]
    assert _fired(rules_of(COUNTED), facts) == ["R1"]


def test_the_ids_that_go_in_do_not_collide() -> None:
    """The ids of all messages that a session can have are told apart by the library."""
    names = [f"{part}{index}" for part in "pn" for index in range(limits.MAX_FACTS)] + ["tick", "_prime"]
    assert len({fnv1a(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(
            {"value": 5, "ci": "r1", "labels": {"a": [1, {"b": None}]}}, id="nested values that no rule reads"
        ),
        pytest.param({"value": 5, "ci": "r1", "text": "x" * 1_000_000}, id="a text of a megabyte"),
        pytest.param({"value": 5, "ci": "r1", **{f"field{n}": n for n in range(1000)}}, id="a thousand keys"),
        pytest.param(
            {"value": 5, "ci": "r1", "sid": "other", "id": "other", "$s": 1, "a.b": 2}, id="the engine's names"
        ),
        pytest.param({"value": Decimal("5E0"), "ci": "r1"}, id="an exponent"),
        pytest.param({"value": 5.0, "ci": "r1"}, id="a binary float"),
        pytest.param({"value": 5, "ci": "r1", "rate": float("nan")}, id="NaN that no rule reads"),
        pytest.param({"value": 5, "ci": "r1", "other": None}, id="null"),
        pytest.param({"value": 5, "ci": "r1\u0000'\"\\\U0001f600"}, id="control characters and beyond"),
    ],
)
def test_messages_that_are_mended(attributes: dict[str, Any]) -> None:
    """What no rule reads never goes in, and what one reads goes in as a small integer."""
    other = {**attributes, "value": 5}
    facts = [alert("a1", **attributes), alert("a2", fresh=False, **other)]
    assert _fired(rules_of(COUNTED), facts) == ["R1"]
    for _, messages in prepare(compile_rules(rules_of(COUNTED)), "key", facts, START).work:
        check_messages(messages)


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        pytest.param(alert("a1", value="5", ci="r1"), "text", id="text where a number is meant"),
        pytest.param(alert("a1", value=True, ci="r1"), "boolean", id="a boolean where a number is meant"),
        pytest.param(alert("a1", value=[5], ci="r1"), "list", id="a list where a number is meant"),
        pytest.param(alert("a1", value={"x": 5}, ci="r1"), "dict", id="a nested value where a number is meant"),
        pytest.param(alert("a1", value=float("inf"), ci="r1"), "infinite", id="infinity"),
        pytest.param(alert("a1", value=5, ci=["r1"]), "list", id="a list as key"),
        pytest.param(alert("a1", value=5, ci=5.5), "float", id="a float as key"),
        pytest.param(alert("", value=5, ci="r1"), "no id", id="no id"),
        pytest.param(alert("x" * 201, value=5, ci="r1"), "200", id="an id of 201 characters"),
        pytest.param(Fact("alert", "a1", datetime(2026, 3, 1), {"value": 5}), "without zone", id="a naive time"),  # noqa: DTZ001
    ],
)
def test_facts_that_are_refused(fact: Fact, word: str) -> None:
    """A fact that a rule cannot read is refused with its reason, and the dead letter keeps it; others go on."""
    with RuleWorker(rules_of(COUNTED)) as worker:
        with pytest.raises(SessionRefused, match=word) as caught:
            worker.correlate("r1", [fact], START)
        assert caught.value.dead_letter.facts == (fact,)
        assert caught.value.dead_letter.crashes == 0
        good = [alert("a1", value=5, ci="r1"), alert("a2", value=5, ci="r1")]
        assert len(worker.correlate("r1", good, START)) == 2
        assert worker.restarts == 0


def test_a_number_where_text_is_meant_is_refused() -> None:
    """The reverse of the above."""
    with RuleWorker(rules_of(STOCK)) as worker, pytest.raises(SessionRefused, match="not a string"):
        worker.correlate("r1", [alert("a1", ci=5)], START)


def test_two_facts_of_one_id_are_refused_and_repeats_are_not() -> None:
    """The same event handed over twice is one event; two events under one id are a mistake."""
    one = alert("a1", ci="r1")
    with RuleWorker(rules_of(STOCK)) as worker:
        assert len(worker.correlate("r1", [one, one, replace(one)], START)) == 1
        assert worker.correlate("r1", [one, replace(one, fresh=False)], START) == ()
        with pytest.raises(SessionRefused, match="two different facts"):
            worker.correlate("r1", [one, replace(one, kind="clear")], START)


def test_too_many_facts_are_refused() -> None:
    """A storm on one key is refused as a whole, never cut."""
    facts = [alert(f"a{number}", ci="r1") for number in range(limits.MAX_FACTS + 1)]
    with RuleWorker(rules_of(STOCK)) as worker:
        with pytest.raises(SessionRefused, match="more than 5000"):
            worker.correlate("r1", facts, START)
        assert len(worker.correlate("r1", facts[:300], START)) == 300


def test_too_many_combinations_are_refused() -> None:
    """A join that would offer the library 90,000 combinations is refused by name of the rule."""
    columns = [("Event", "Event"), ("Same", "Same"), ("And", "clear.name"), ("Do", "Do")]
    rule_set = rules_of(grid(columns, [["R1", "alert", "alert.ci", "-", "notify"]]))
    facts = [alert(f"a{n}", ci="r1") for n in range(300)] + [alert(f"c{n}", kind="clear", ci="r1") for n in range(300)]
    with RuleWorker(rule_set) as worker:
        with pytest.raises(SessionRefused, match="R1 would be offered 90000 combinations"):
            worker.correlate("r1", facts, START)
        assert len(worker.correlate("r1", facts[:1] + facts[300:], START)) == 1


def test_times_far_apart_and_close_together() -> None:
    """Microseconds count, and so do thousands of years."""
    rule_set = rules_of(COUNTED)
    edge = START + timedelta(minutes=5)
    first, last = alert("a1", value=5, ci="r1", fresh=False), Fact("alert", "a2", edge, {"value": 5, "ci": "r1"})
    assert _fired(rule_set, [first, last]) == ["R1"]
    assert _fired(rule_set, [first, replace(last, at=edge + timedelta(microseconds=1))]) == []
    ends = [
        Fact("alert", str(year), datetime(year, 12, 31, tzinfo=UTC), {"value": 5, "ci": "r1"}) for year in (1, 9999)
    ]
    assert _fired(rule_set, ends) == []


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ({"type": "fact"}, "needs an id"),
        ({"id": ""}, "needs an id"),
        ({"id": "x" * 201}, "200"),
        ({"id": "p0", "sid": "1"}, "keeps for itself"),
        ({"id": "p0", "label": "1"}, "keeps for itself"),
        ({"id": "p0", "chart": 1}, "keeps for itself"),
        ({"id": "p0", "$s": 1}, "keeps for itself"),
        ({"id": "p0", "a.b": 1}, "keeps for itself"),
        ({"id": "p0", "a": None}, "NoneType"),
        ({"id": "p0", "a": {"b": 1}}, "dict"),
        ({"id": "p0", "a": [1]}, "list"),
        ({"id": "p0", "a": 1e300}, "float"),
        ({"id": "p0", "a": float("nan")}, "float"),
        ({"id": "p0", "a": True}, "bool"),
        ({"id": "p0", "a": "x" * 4097}, "4096"),
        ({"id": "p0", "a": 2**62}, "64 bits"),
        ({"id": "p0", **{f"f{number}": 1 for number in range(200)}}, "keys"),
    ],
)
def test_the_adapter_refuses_what_the_library_chokes_on(message: dict[str, Any], word: str) -> None:
    """The last guard: whoever makes messages, these never go in."""
    with pytest.raises(UnsafeMessage, match=word):
        check_messages([message])


def test_the_adapter_refuses_ids_that_collide() -> None:
    """Two ids of one session that the library would take for one."""
    check_messages([{"id": "INC0112789"}, {"id": "INC0112790"}])
    with pytest.raises(UnsafeMessage, match="FNV"):
        check_messages([{"id": "INC0112789"}, {"id": "INC0349192"}])


# What it does by itself


def test_a_session_without_firings_is_deleted_safely(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library deletes a session by pointers that only a first action sets: with memory that is not zero, an
    unprimed one crashes. Every session is primed.
    """
    monkeypatch.setenv("MALLOC_PERTURB_", "165")
    with RuleWorker(rules_of(STOCK, COUNTED)) as worker:
        for number in range(20):
            assert worker.correlate("r1", [alert(f"c{number}", kind="problem")], START) == ()
            assert worker.correlate("r1", [alert(f"a{number}", value=5, ci="r1", fresh=False)], START) == ()
        assert len(worker.correlate("r1", [alert("a", value=5, ci="r1")], START)) == 1
        assert worker.restarts == 0


def test_a_host_has_no_threads() -> None:
    """Timer threads would dispatch half-made sessions; the host has none, and leaves none behind."""
    program = (
        "import threading\n"
        "from forewarn.rules.durable_adapter import RuleHost\n"
        "host = RuleHost([{'r': {'all': [{'e': {'$and': [{'type': 'fact'}, {'f0': 1}, {'_1': 1}]}}], 'pri': 1}}])\n"
        "assert host.run(0, [{'id': 'p0', 'type': 'fact', 'f0': 1, '_1': 1}]) == [('r', {'e': 'p0'})]\n"
        "assert threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_sessions_know_nothing_of_one_another() -> None:
    """Facts of one session, the same ids included, are gone in the next: 2,000 in one worker."""
    facts = [alert("a1", value=5, ci="r1"), alert("a2", value=5, ci="r1", fresh=False)]
    with RuleWorker(rules_of(COUNTED)) as worker:
        answers = worker.correlate_many(("r1", facts[: 1 + number % 2], START) for number in range(2000))
        assert [len(answer) for answer in answers if isinstance(answer, tuple)] == [0, 1] * 1000
        assert worker.restarts == 0


def test_a_pattern_of_any_value_asks_for_the_fact_alone() -> None:
    """``-`` under And asks for the record, a blank cell asks for nothing."""
    columns = [("Event", "Event"), ("Same", "Same"), ("And", "incident.phase"), ("Do", "Do")]
    asking = rules_of(grid(columns, [["R1", "alert", "alert.ci", "-", "notify"]]))
    silent = rules_of(grid(columns, [["R1", "alert", "alert.ci", None, "notify"]]))
    assert _fired(asking, [alert("a1", ci="r1")]) == []
    assert _fired(asking, [alert("a1", ci="r1"), alert("I1", kind="incident", ci="r1")]) == ["R1"]
    assert _fired(silent, [alert("a1", ci="r1")]) == ["R1"]
    assert not any(isinstance(test.test, AnyValue) for rule in asking.rules for test in rule.also[0].tests)
