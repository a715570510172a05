"""Reading DMN files: every version's namespace, odd tables, and files that mean harm."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dmn_models import DMN_15, WAYS, decision, function, given, item, literal, load, model, structure, table

from forewarn.decision_tables.dmn import UnreadableModel, read_dmn, read_dmn_workbook
from forewarn.decision_tables.dmn.xml import NAMESPACES
from forewarn.decision_tables.values import YearsMonths
from forewarn.decision_tables.writing import write_workbook
from forewarn.errors import NotFound

D = Decimal


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_is_read(tmp_path: Path, namespace: str) -> None:
    """DMN 1.1 to 1.5, with the type prefixes that 1.1 writes."""
    document = model(
        item("tAge", "feel:number", "[0..150]"),
        given("Age", "tAge"),
        given("Name", "feel:string"),
        decision("Say", literal("Name + string(Age)"), inputs=["Age", "Name"], type_="feel:string"),
        namespace=namespace,
    )
    found = load(document, tmp_path, "xml")
    assert found.decide("Say", {"Age": 5, "Name": "x"}) == "x5"
    assert found.decide("Say", {"Age": 151, "Name": "x"}) is None


BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="&b;" namespace="n"/>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="&a;" namespace="n"/>"""
DEEP = f'<definitions xmlns="{DMN_15}" name="d" namespace="n">' + "<list>" * 3000 + "</list>" * 3000 + "</definitions>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        (DEEP, "nested deeper"),
        ("no xml at all", "is no XML"),
        ("", "is no XML"),
        ("<definitions name='x'/>", "is no DMN model"),
        ("<other xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/'/>", "is no DMN model"),
        ("<?xml version='1.0' encoding='no-such'?><a/>", "is no XML"),
    ],
    ids=["entities", "outside", "deep", "text", "empty", "no namespace", "other root", "encoding"],
)
def test_files_that_are_no_models(tmp_path: Path, content: str, message: str) -> None:
    """Each is refused in one line that names the file."""
    path = tmp_path / "bad.dmn"
    path.write_text(content)
    with pytest.raises(UnreadableModel, match=message) as caught:
        read_dmn(path)
    assert str(caught.value).startswith("bad.dmn: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_workbook_without_model(tmp_path: Path) -> None:
    """Known errors, not tracebacks."""
    with pytest.raises(UnreadableModel, match="cannot be read"):
        read_dmn(tmp_path / "none.dmn")
    write_workbook([], tmp_path / "plain.xlsx")
    with pytest.raises(UnreadableModel, match="holds no decision model"):
        read_dmn_workbook(tmp_path / "plain.xlsx")


def test_an_unknown_decision_names_the_nearest(tmp_path: Path) -> None:
    """`decide` says what it does not find."""
    found = load(model(decision("Approval", literal("1"))), tmp_path, "xml")
    with pytest.raises(NotFound, match="Aproval") as caught:
        found.decide("Aproval", {})
    assert caught.value.hint == "did you mean 'Approval'?"


def test_what_is_not_run_is_told(tmp_path: Path) -> None:
    """Java functions, other languages and wrong FEEL count as null and stand among the problems."""
    document = model(
        '<import name="other" namespace="urn:other" importType="x"/>',
        decision(
            "Script", '<literalExpression expressionLanguage="urn:javascript"><text>1+1</text></literalExpression>'
        ),
        decision("Wrong", literal("1 +")),
        decision("Right", literal("1 + 1")),
        function("Java", [], "").replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">'),
        decision(
            "Bad cells", table([("1", "number")], [("", "number")], [("> >", "1"), ("-", "2 +"), ("-", "3")], "COLLECT")
        ),
    )
    found = load(document, tmp_path, "xml")
    assert [(one.definition, one.unsupported) for one in found.problems] == [
        ("", True), ("Script", True), ("Wrong", False), ("Bad cells", False), ("Bad cells", False), ("Java", True),
    ]  # fmt: skip
    assert found.decide("Script", {}) is None
    assert found.decide("Wrong", {}) is None
    assert found.decide("Right", {}) == 2
    assert found.decide("Bad cells", {}) == (None, D(3))
    assert [one.definition for one in found.problems_of("Right")] == [""]


ODD: list[tuple[str, str, str, list[tuple[dict[str, Any], Any]]]] = [
    (
        "outputs of several kinds",
        "A",
        table(
            [("A", "number")],
            [("", "")],
            [("1", '"text"'), ("2", "-2.50"), ("3", "true"), ("4", "null"), ("5", "[1, 2]")],
        ),
        [({"A": 1}, "text"), ({"A": 2}, D("-2.5")), ({"A": 3}, True), ({"A": 4}, None), ({"A": 5}, (D(1), D(2)))],
    ),
    (
        "outputs of all times",
        "A",
        table(
            [("A", "number")],
            [("", "")],
            [
                ("1", 'date("2026-01-02")'),
                ("2", '@"10:11:12"'),
                ("3", '@"2026-01-02T10:11:12Z"'),
                ("4", '@"P1DT2H"'),
                ("5", '@"P1Y2M"'),
            ],
        ),
        [
            ({"A": 1}, date(2026, 1, 2)),
            ({"A": 2}, time(10, 11, 12)),
            ({"A": 3}, datetime(2026, 1, 2, 10, 11, 12, tzinfo=UTC)),
            ({"A": 4}, timedelta(days=1, hours=2)),
            ({"A": 5}, YearsMonths(14)),
        ],
    ),
    (
        "texts that look like something else",
        "A",
        table(
            [("A", "string")],
            [("", "string")],
            [
                ('"-"', '"=1+1"'),
                ('"null"', '"-"'),
                ('"a, b"', '"say \\"hi\\""'),
                ('"true"', '"null"'),
                ('"5"', '"01/02/2026"'),
                ('"not(x)"', '"[1..2]"'),
                ('"> 5"', '" "'),
            ],
        ),
        [
            ({"A": "-"}, "=1+1"),
            ({"A": "null"}, "-"),
            ({"A": "a, b"}, 'say "hi"'),
            ({"A": "true"}, "null"),
            ({"A": "5"}, "01/02/2026"),
            ({"A": "not(x)"}, "[1..2]"),
            ({"A": None}, None),
        ],
    ),
    (
        "the same input twice, and an empty one",
        "A",
        table(
            [("A", "number"), ("A", "number"), ("", "")],
            [("", "string")],
            [("> 1", "< 5", "-", '"in"'), ("<= 1", "-", "", '"low"')],
        ),
        [({"A": 3}, "in"), ({"A": 1}, "low"), ({"A": 9}, None)],
    ),
    (
        "no inputs at all",
        "A",
        table([], [("", "string")], [('"always"',)]),
        [({}, "always")],
    ),
    (
        "a number column with texts and a table that counts them",
        "A",
        table([("A", "number")], [("", "number")], [("> 1", '"a"'), ("> 2", '"b"')], "COLLECT", "COUNT"),
        [({"A": 3}, D(2)), ({"A": 0}, D(0))],
    ),
    (
        "cells outside the allowed values",
        "A",
        table([("A", "string", '"x", "y"')], [("", "string", '"p"')], [('"z"', '"q"'), ('"x"', '"p"')]),
        [({"A": "z"}, "q"), ({"A": "x"}, "p")],
    ),
    (
        "an untyped input",
        "B",
        table(
            [("B", "")],
            [("", "string")],
            [("> 5", '"big"'), ('"five"', '"word"'), ("true", '"yes"'), ("null", '"none"')],
            "FIRST",
        ),
        [({"B": 6}, "big"), ({"B": "five"}, "word"), ({"B": True}, "yes"), ({"B": None}, "none"), ({"B": 1}, None)],
    ),
    (
        "a test of another type than its column",
        "A",
        table([("A", "number")], [("", "string")], [('"five"', '"word"'), ("5", '"number"')]),
        [({"A": 5}, "number"), ({"A": 6}, None)],
    ),
    (
        "a computed input",
        "A",
        table(
            [("A * 2 + 1", "number"), ("if A > 3 then 1 else null", "number")],
            [("", "string")],
            [("> 10", "1", '"both"')],
        ),
        [({"A": 5}, "both"), ({"A": 4}, None)],
    ),
    (
        "outputs named as inputs and as each other",
        "A",
        table(
            [("A", "number")], [("A", "string"), ("B", "number")], [("> 1", '"big"', "A * 2"), ("<= 1", '"small"', "0")]
        ),
        [({"A": 2}, {"A": "big", "B": D(4)}), ({"A": 1}, {"A": "small", "B": D(0)}), ({"A": None}, None)],
    ),
    (
        "cells that hold for nothing",
        "A",
        table(
            [("A", "number", "[0..100]"), ("A * 1", "number")],
            [("", "string")],
            [
                ("> 200", "-", '"never"'),
                ("not([0..100])", "-", '"nor"'),
                ("-", "[5..1]", '"nor"'),
                ("-", "(1..1)", '"nor"'),
                ("<= 200", "-", '"always"'),
            ],
            "FIRST",
        ),
        [({"A": 1}, "always"), ({"A": 100}, "always"), ({"A": 500}, None)],
    ),
    (
        "rules whose ids name rows of a sheet",
        "A",
        table([("A", "number")], [("", "string")], [("1", '"a"'), ("2", '"b"')])
        .replace("rule1", "Values")
        .replace("rule2", "default"),
        [({"A": 1}, "a"), ({"A": 2}, "b")],
    ),
    (
        "a first rule that takes everything",
        "A",
        table([("A", "number")], [("", "string")], [("1", '"one"'), ("-", '"rest"'), ("2", '"never"')], "FIRST"),
        [({"A": 1}, "one"), ({"A": 2}, "rest")],
    ),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("names", "cells", "cases"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_odd_tables(tmp_path: Path, way: str, names: str, cells: str, cases: list[tuple[dict[str, Any], Any]]) -> None:
    """Tables as tools write them decide the same in every form."""
    type_ = "string" if cells.count('inputExpression typeRef="string"') else "number"
    document = model(
        given(names, "" if names == "B" else type_),
        decision("Odd / decision (one)", cells, inputs=[names]),
    )
    found = load(document, tmp_path, way)
    for inputs, expected in cases:
        told: list[str] = []
        assert found.decide("Odd / decision (one)", inputs, diagnostics=told) == expected, (inputs, told)


@pytest.mark.parametrize("way", WAYS)
def test_names_with_signs(tmp_path: Path, way: str) -> None:
    """Names of inputs, members, decisions and outputs hold slashes, dashes, keywords and letters of all scripts."""
    document = model(
        structure("tPerson", [("first-name", "string"), ("Date and Time", "date and time"), ("größe", "number")]),
        given("the person", "tPerson"),
        given("in/out", "number"),
        decision("A - B", literal("in/out + the person.größe"), inputs=["the person", "in/out"], type_="number"),
        decision(
            "result for all",
            table(
                [("the person.first-name", "string"), ("A - B", "number")],
                [("Approved/Declined", "string"), ("Why not?", "string")],
                [('"Zoë"', "> 3", '"yes"', "the person.first-name"), ("-", "<= 3", '"no"', '"small"')],
            ),
            inputs=["the person"],
            decisions=["A - B"],
        ),
    )
    found = load(document, tmp_path, way)
    assert found.problems == ()
    person = {"first-name": "Zoë", "Date and Time": datetime(2026, 1, 1, tzinfo=UTC), "größe": 2}
    told: list[str] = []
    value = found.decide("result for all", {"the person": person, "in/out": 2}, diagnostics=told)
    assert value == {"Approved/Declined": "yes", "Why not?": "Zoë"}, told
    value = found.decide("result for all", {"the person": person, "in/out": 1})
    assert value == {"Approved/Declined": "no", "Why not?": "small"}


def test_long_chains_of_types_and_decisions(tmp_path: Path) -> None:
    """Thousands of definitions that refer to each other end in null with a diagnostic, not in a traceback."""
    many = 3000
    document = model(
        *(item(f"t{n}", f"t{n + 1}") for n in range(many)),
        structure("loop", [("again", "loop"), ("n", "number")]),
        given("A", "t0"),
        given("L", "loop"),
        decision("D0", literal("A"), inputs=["A"], type_="t0"),
        *(decision(f"D{n + 1}", literal(f"D{n} + 1"), decisions=[f"D{n}"]) for n in range(many)),
        decision("Loop", literal("L.again.again.n"), inputs=["L"]),
    )
    found = load(document, tmp_path, "xml")
    assert found.decide("D5", {"A": 1}) == 6
    told: list[str] = []
    assert found.decide(f"D{many}", {"A": 1}, diagnostics=told) is None
    assert told == ["the model nests too deeply"]
    assert found.decide("Loop", {"L": {"again": {"again": {"again": None, "n": 7}, "n": 1}, "n": 1}}) == 7


def test_headings_of_inputs(tmp_path: Path) -> None:
    """An input that is just read keeps its name as heading; labels name what is computed or read from a record."""
    cells = table(
        [("Age", "number"), ("Age * 2", "number"), ("Person.age", "number"), ("Other", "number")],
        [("", "string")],
        [("-", "-", "-", "-", '"x"')],
    )
    for label in ("Age of applicant", "Doubled", "Age of person", "Age"):
        cells = cells.replace("<input>", f'<input label="{label}">', 1)
    document = model(
        structure("tPerson", [("age", "number")]),
        given("Age", "number"),
        given("Person", "tPerson"),
        given("Other", "number"),
        decision("D", cells, inputs=["Age", "Person", "Other"]),
    )
    (read,) = load(document, tmp_path, "xml").tables
    assert [column.heading for column in read.inputs] == ["Age", "Doubled", "Age of person", "Other"]
    assert read.decide({"Age": 1}).outputs == {"D": "x"}


UNDECLARED = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:vendor="urn:vendor"
  name="DRD" namespace="urn:drd">
 <decision id="severity" name="Severity of outage" vendor:historyTimeToLive="180">
  <informationRequirement><requiredDecision href="#points"/></informationRequirement>
  <decisionTable hitPolicy="FIRST">
   <input label="Points"><inputExpression typeRef="integer"><text>points</text></inputExpression></input>
   <input label="Customer kind"><inputExpression typeRef="string" expressionLanguage="feel">
     <text>customer.kind</text></inputExpression></input>
   <output label="Severity" name="severity" typeRef="string"/><output name="hours" typeRef="long"/>
   <rule><inputEntry><text>&gt;= 10</text></inputEntry><inputEntry><text>"gold"</text></inputEntry>
    <outputEntry><text>"high"</text></outputEntry><outputEntry><text>points * 2</text></outputEntry></rule>
   <rule><inputEntry><text/></inputEntry><inputEntry/><outputEntry><text>"low"</text></outputEntry>
    <outputEntry><text>24</text></outputEntry></rule>
  </decisionTable>
 </decision>
 <decision id="points" name="points">
  <decisionTable hitPolicy="COLLECT" aggregation="SUM">
   <input><inputExpression typeRef="double"><text>affected</text></inputExpression></input>
   <output name="points" typeRef="double"/>
   <rule><inputEntry><text>&gt; 0</text></inputEntry><outputEntry><text>4.5</text></outputEntry></rule>
   <rule><inputEntry><text>[5..100]</text></inputEntry><outputEntry><text>6</text></outputEntry></rule>
  </decisionTable>
 </decision>
</definitions>"""


@pytest.mark.parametrize("way", WAYS)
def test_inputs_that_nobody_declares_are_inputs(tmp_path: Path, way: str) -> None:
    """A modeller that runs tables alone writes no input data: what the tables' inputs read may be given."""
    found = load(UNDECLARED, tmp_path, way)
    high = found.decide("Severity of outage", {"affected": 7, "customer": {"kind": "gold"}})
    assert high == {"severity": "high", "hours": D(21)}
    assert found.decide("Severity of outage", {"affected": 1, "customer": {"kind": "gold"}}) == {
        "severity": "low",
        "hours": D(24),
    }
    assert found.decide("points", {"affected": 7}) == D("10.5")
    assert found.decide("points", {"affected": "seven"}) is None
