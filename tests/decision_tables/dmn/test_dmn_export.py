"""Tables of workbooks written as DMN 1.5 and read again decide the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from forewarn.decision_tables import feel
from forewarn.decision_tables.dmn import (
    export_dmn,
    import_dmn,
    read_dmn,
    read_dmn_workbook,
    write_dmn,
    write_dmn_workbook,
)
from forewarn.decision_tables.library import read_workbook
from forewarn.decision_tables.model import (
    Binding,
    ConditionColumn,
    HitPolicy,
    InputColumn,
    OutputColumn,
    Rule,
    TableModel,
)
from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    Condition,
    InputRef,
    Interval,
    IsNull,
    Literal,
    NoneOf,
    Not,
    OneOf,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.table import Table
from forewarn.decision_tables.values import BusinessDuration, Kind, Type, YearsMonths
from forewarn.decision_tables.writing import write_workbook
from forewarn.errors import BadTable, DecisionError, ForewarnError

D = Decimal
NUMBER, STRING, BOOLEAN = Type(Kind.NUMBER), Type(Kind.STRING), Type(Kind.BOOLEAN)
STRINGS = Type(Kind.STRING, is_list=True)


def is_(value: Any) -> Compare:
    """The test of a bare value."""
    return Compare("=", Literal(value))


def simple(rules: list[tuple[list[Test], Any]], inputs: list[InputColumn], **more: Any) -> TableModel:
    """A table of one text output."""
    return TableModel(
        name="Policy",
        hit_policy=more.pop("policy", HitPolicy.FIRST),
        inputs=tuple(inputs),
        outputs=(OutputColumn("Answer", STRING),),
        rules=tuple(Rule(f"E{n:02d}", tuple(tests), (Literal(out),)) for n, (tests, out) in enumerate(rules, 1)),
        **more,
    )


def nullable(heading: str, type_: Type, binding: Binding | None = None) -> InputColumn:
    """An input that may be null."""
    return InputColumn(heading, type_, binding, nullable=True)


def same_after(models: list[TableModel], goal: str, cases: list[tuple[Mapping[str, Any], Any]], folder: Path) -> None:
    """Each case gives the expected value after the way through XML, and after XML → workbook → engine."""
    write_dmn([Table(model) for model in models], folder / "t.dmn", name="Tables")
    read = read_dmn(folder / "t.dmn")
    assert read.problems == ()
    write_dmn_workbook(read, folder / "t.xlsx")
    for way in (read, read_dmn_workbook(folder / "t.xlsx")):
        for inputs, expected in cases:
            told: list[str] = []
            assert way.decide(goal, inputs, diagnostics=told) == expected, (inputs, told)


@pytest.mark.parametrize(
    ("test", "type_", "holding", "not_holding"),
    [
        (AnyValue(), NUMBER, [D(1), None], []),
        (IsNull(), NUMBER, [None], [D(1)]),
        (Not((IsNull(),)), NUMBER, [D(1)], [None]),
        (is_('a, "b"'), STRING, ['a, "b"'], ["a", None]),
        (Compare("!=", Literal("a")), STRING, ["b", None], ["a"]),
        (Compare(">=", Literal(D("1.5"))), NUMBER, [D("1.5")], [D(1), None]),
        (OneOf((is_("a"), is_("-"))), STRING, ["a", "-"], ["b", None]),
        (OneOf((Compare("<", Literal(D(1))), Compare("!=", Literal(D(5))))), NUMBER, [D(0), D(3)], [D(5)]),
        (Not((is_("a"), is_("b"))), STRING, ["c", None], ["a"]),
        (Not((Compare("<", Literal(D(5))),)), NUMBER, [D(5)], [D(4), None]),
        (Interval(Literal(D(1)), Literal(D(5)), False, True), NUMBER, [D(5)], [D(1), None]),
        (is_(True), BOOLEAN, [True], [False, None]),
        (is_(date(2026, 1, 1)), Type(Kind.DATE), [date(2026, 1, 1)], [date(2026, 1, 2)]),
        (
            Compare("<", Literal(timedelta(hours=4))),
            Type(Kind.DAYS_AND_TIME_DURATION),
            [timedelta(1, 0, 0) / 12],
            [timedelta(1)],
        ),
        (is_(YearsMonths(14)), Type(Kind.YEARS_AND_MONTHS_DURATION), [YearsMonths(14)], [YearsMonths(13)]),
        (AnyOf((is_("a"), is_("b"))), STRINGS, [("a", "z")], [("z",), (), None]),
        (AllOf((is_("a"), is_("b"))), STRINGS, [("a", "b", "z")], [("a",), None]),
        (NoneOf((is_("a"), is_("b"))), STRINGS, [("z",), ()], [("a", "z"), None]),
    ],
)
def test_every_kind_of_cell(
    test: Test, type_: Type, holding: list[Any], not_holding: list[Any], tmp_path: Path
) -> None:
    """Each class of the syntax tree means in FEEL what it means in a sheet, null included."""
    model = simple([([test], "yes"), ([AnyValue()], "no")], [nullable("Input", type_)])
    cases = [({"Input": one}, "yes") for one in holding] + [({"Input": one}, "no") for one in not_holding]
    for inputs, expected in cases:
        assert Table(model).decide(inputs).outputs["Answer"] == expected
    same_after([model], "Policy", cases, tmp_path)


def test_bindings_become_inputs_by_record(tmp_path: Path) -> None:
    """`incident.category` is read from an input `incident`, and its heading and binding come back."""
    model = simple(
        [([is_("SD-WAN"), Compare(">", InputRef("Limit")), AnyValue()], "hit"), ([AnyValue()] * 3, "miss")],
        [
            nullable("Category", STRING, Binding("incident", "category")),
            nullable("Count", NUMBER, Binding("incident", "account_count")),
            nullable("Limit", NUMBER),
        ],
    )
    cases = [
        ({"incident": {"category": "SD-WAN", "account_count": 9}, "Limit": 5}, "hit"),
        ({"incident": {"category": "SD-WAN", "account_count": 5}, "Limit": 5}, "miss"),
        ({"incident": {"category": "SD-WAN", "account_count": 9}, "Limit": None}, "miss"),
        ({"incident": {"category": "LAN", "account_count": 9}, "Limit": 5}, "miss"),
    ]
    same_after([model], "Policy", cases, tmp_path)
    back = read_dmn(tmp_path / "t.dmn").tables[0].model
    assert [column.heading for column in back.inputs] == ["Category", "Count", "Limit"]
    assert back.inputs[0].binding == Binding("incident", "category")
    assert [rule.id for rule in back.rules] == ["E01", "E02"]


def test_properties_conditions_and_computed_outputs(tmp_path: Path) -> None:
    """Cells over headings, bound names and properties keep their meaning where the model knows other names."""
    names = {"Count", "incident.account_count", "property.threshold"}
    model = TableModel(
        name="Policy",
        hit_policy=HitPolicy.FIRST,
        inputs=(nullable("Count", NUMBER, Binding("incident", "account_count")),),
        outputs=(OutputColumn("Kind", STRING), OutputColumn("Twice", NUMBER)),
        rules=(
            Rule(
                "a",
                (Compare(">=", PropertyRef("threshold")),),
                (Literal("major"), feel.parse_expression("Count * 2", names)),
                (Condition(feel.parse_expression("modulo(incident.account_count, 2) = 0", names)),),
            ),
            Rule("b", (AnyValue(),), (Literal("minor"), Literal(D(0))), (AnyValue(),)),
        ),
        conditions=(ConditionColumn("Even"),),
        properties=(("threshold", D(5)),),
    )
    assert Table(model).decide({"Count": 6}).outputs == {"Kind": "major", "Twice": D(12)}
    cases = [
        ({"incident": {"account_count": 6}}, {"Kind": "major", "Twice": D(12)}),
        ({"incident": {"account_count": 7}}, {"Kind": "minor", "Twice": D(0)}),
        ({"incident": {"account_count": 4}}, {"Kind": "minor", "Twice": D(0)}),
    ]
    same_after([model], "Policy", cases, tmp_path)


def test_tables_that_feed_tables(tmp_path: Path) -> None:
    """A heading that reads another table requires its decision."""
    first = replace(
        simple([([Compare(">", Literal(D(5)))], "many"), ([AnyValue()], "few")], [nullable("Count", NUMBER)]),
        name="Size",
    )
    second = simple(
        [([is_("many")], "major"), ([AnyValue()], "minor")],
        [nullable("Size › Answer", STRING, Binding(table="Size", output="Answer"))],
    )
    same_after([first, second], "Policy", [({"Count": 6}, "major"), ({"Count": 5}, "minor")], tmp_path)


def test_effective_dates_travel_as_an_input(tmp_path: Path) -> None:
    """Half-open bounds become tests of `effective at` and come back as dates."""
    spring, summer = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
    model = replace(
        simple(
            [([AnyValue()], "spring"), ([AnyValue()], "summer"), ([AnyValue()], "always")], [nullable("Any", STRING)]
        ),
        effective=True,
    )
    rules = (
        replace(model.rules[0], effective_from=spring, effective_to=summer),
        replace(model.rules[1], effective_from=summer),
        replace(model.rules[2], effective_to=spring),
    )
    model = replace(model, rules=rules)
    cases = [
        ({"Any": "x", "effective at": spring}, "spring"),
        ({"Any": "x", "effective at": summer}, "summer"),
        ({"Any": "x", "effective at": spring - timedelta(seconds=1)}, "always"),
        ({"Any": "x"}, None),
    ]
    same_after([model], "Policy", cases, tmp_path)
    back = read_dmn(tmp_path / "t.dmn").tables[0].model
    assert back.effective
    assert [(rule.effective_from, rule.effective_to) for rule in back.rules] == [
        (rule.effective_from, rule.effective_to) for rule in rules
    ]
    assert [column.heading for column in back.inputs] == ["Any"]


def test_notes_and_defaults(tmp_path: Path) -> None:
    """Annotations come back by heading, and so does the Default row."""
    model = simple([([is_("a")], "hit")], [nullable("Input", STRING)], policy=HitPolicy.UNIQUE, has_default=True)
    model = replace(
        model,
        outputs=(replace(model.outputs[0], default=Literal("none")),),
        rules=(replace(model.rules[0], notes=(("Why", "because"), ("Source", "S3"))),),
    )
    same_after([model], "Policy", [({"Input": "a"}, "hit"), ({"Input": "b"}, "none")], tmp_path)
    back = read_dmn(tmp_path / "t.dmn").tables[0].model
    assert back.rules[0].notes == (("Why", "because"), ("Source", "S3"))


def test_business_time_cannot_be_written(tmp_path: Path) -> None:
    """The standard has no business time: writing it is a known error."""
    model = simple([([AnyValue()], "x")], [nullable("Input", STRING)])
    rule = replace(model.rules[0], outputs=(Literal(BusinessDuration(D(8), "hours")),))
    with pytest.raises(ForewarnError, match="business time"):
        write_dmn([Table(replace(model, rules=(rule,)))], tmp_path / "x.dmn")


ORDER = {
    "definitions": ["itemDefinition", "inputData", "businessKnowledgeModel", "decision", "decisionService"],
    "itemDefinition": ["typeRef", "allowedValues", "itemComponent"],
    "itemComponent": ["typeRef", "allowedValues", "itemComponent"],
    "inputData": ["variable"],
    "decision": ["variable", "informationRequirement", "knowledgeRequirement", "decisionTable", "literalExpression"],
    "informationRequirement": ["requiredDecision", "requiredInput"],
    "decisionTable": ["input", "output", "annotation", "rule"],
    "input": ["inputExpression", "inputValues"],
    "output": ["outputValues", "defaultOutputEntry"],
    "rule": ["inputEntry", "outputEntry", "annotationEntry"],
}
"""The order of child elements in the DMN 1.5 schema, for the elements that are written here."""


def check_order(element: Element) -> None:
    """Children in the schema's order, all the way down."""
    name = element.tag.rpartition("}")[2]
    names = [child.tag.rpartition("}")[2] for child in element]
    if name == "definitions":
        # The elements of a diagram may come in any order; only types come first.
        assert names == sorted(names, key=lambda one: one != "itemDefinition")
    elif name in ORDER:
        assert names == sorted(names, key=ORDER[name].index)
    for child in element:
        check_order(child)


def test_the_document_is_well_formed_by_the_schema(tmp_path: Path) -> None:
    """Order of elements, unique ids, and references that lead somewhere."""
    first = replace(simple([([is_("a")], "hit")], [nullable("Input", STRING)]), name="One / two")
    second = simple(
        [([is_("hit"), is_(("x",))], "done")],
        [nullable("One", STRING, Binding(table="One / two", output="Answer")), nullable("Tags", STRINGS)],
    )
    write_dmn([Table(first), Table(second)], tmp_path / "t.dmn")
    root = parse(tmp_path / "t.dmn").getroot()
    check_order(root)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(one is not None and one[0].isalpha() and " " not in one and "/" not in one for one in ids)
    references = [element.get("href") for element in root.iter() if element.get("href")]
    assert references
    assert all(one is not None and one.removeprefix("#") in ids for one in references)


values = st.integers(-2, 4).map(D)
words = st.sampled_from(["a", "b", "c"])


def cells_of(type_: Type) -> st.SearchStrategy[Test]:
    """Tests for a column, with null, lists, ranges and negation."""
    if type_ == STRINGS:
        inner = st.lists(words.map(is_), min_size=1, max_size=2).map(tuple)
        return st.one_of(st.just(AnyValue()), inner.map(AnyOf), inner.map(AllOf), inner.map(NoneOf))
    if type_ == BOOLEAN:
        return st.sampled_from([AnyValue(), is_(True), is_(False), IsNull(), Not((IsNull(),))])
    pieces: st.SearchStrategy[Test]
    if type_ == STRING:
        pieces = words.map(is_)
    else:
        pieces = st.one_of(
            values.map(is_),
            st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "!="]), values.map(Literal)),
            st.tuples(values, values, st.booleans(), st.booleans())
            .filter(lambda ends: ends[0] < ends[1])
            .map(lambda ends: Interval(Literal(ends[0]), Literal(ends[1]), ends[2], ends[3])),
        )
    several = st.lists(pieces, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.just(AnyValue()), pieces, several.map(OneOf), several.map(Not), st.just(IsNull()))


TYPES = (NUMBER, STRING, BOOLEAN, STRINGS)


@st.composite
def tables(draw: st.DrawFn) -> TableModel:
    """Tables of every policy over the four columns."""
    policy = draw(st.sampled_from(list(HitPolicy)))
    number = policy.aggregate
    answers = values.map(Literal) if number else words.map(Literal)
    rules = draw(st.lists(st.tuples(*map(cells_of, TYPES), answers), min_size=1, max_size=6))
    has_default = draw(st.booleans())
    ranked = (
        tuple(draw(st.permutations(["a", "b", "c"])))
        if policy in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER}
        else None
    )
    return TableModel(
        name="Random",
        hit_policy=policy,
        inputs=tuple(nullable(f"In {n}", type_) for n, type_ in enumerate(TYPES)),
        outputs=(
            OutputColumn(
                "Out",
                NUMBER if number else STRING,
                ranked=ranked,
                default=draw(answers) if has_default else None,
            ),
        ),
        rules=tuple(Rule(f"R{n}", tuple(row[:-1]), (row[-1],)) for n, row in enumerate(rules)),
        has_default=has_default,
    )


inputs_of_tables = st.tuples(
    st.none() | values, st.none() | words, st.none() | st.booleans(), st.none() | st.lists(words, max_size=3).map(tuple)
)


@given(tables(), st.lists(inputs_of_tables, min_size=1, max_size=5))
def test_random_tables_decide_the_same(tmp_path_factory: pytest.TempPathFactory, model: TableModel, rows: Any) -> None:
    """What a table says, its DMN says; where a sheet refuses to decide, the standard gives null."""
    path = tmp_path_factory.mktemp("dmn") / "t.dmn"
    table = Table(model)
    write_dmn([table], path)
    read = read_dmn(path)
    assert read.problems == ()
    for row in rows:
        inputs = {f"In {n}": value for n, value in enumerate(row)}
        try:
            outputs = table.decide(inputs).outputs
        except DecisionError:
            expected: Any = None
        else:
            expected = tuple(one["Out"] for one in outputs) if isinstance(outputs, list) else outputs["Out"]
        assert read.decide("Random", inputs) == expected


def test_workbook_to_dmn_to_workbook(tmp_path: Path) -> None:
    """The two functions of the commands: tables go out as DMN, come back as a workbook, and go out again."""
    model = simple([([is_("a")], "hit"), ([AnyValue()], "miss")], [nullable("Input", STRING)])
    write_workbook([model], tmp_path / "first.xlsx")
    export_dmn(tmp_path / "first.xlsx", tmp_path / "t.dmn")
    imported = import_dmn(tmp_path / "t.dmn", tmp_path / "second.xlsx")
    assert imported.problems == ()
    export_dmn(tmp_path / "second.xlsx", tmp_path / "again.dmn")
    assert (tmp_path / "again.dmn").read_text() == (tmp_path / "t.dmn").read_text()
    for found in (imported, read_dmn(tmp_path / "again.dmn"), read_dmn_workbook(tmp_path / "second.xlsx")):
        assert found.decide("Policy", {"Input": "a"}) == "hit"
        assert found.decide("Policy", {"Input": None}) == "miss"
    # The sheet itself is a table like any other.
    book = read_workbook(tmp_path / "second.xlsx")
    assert book.table("Policy").decide({"Input": "a"}).rules == ("E01",)


def test_a_refused_workbook_is_not_exported(tmp_path: Path) -> None:
    """Findings of the sheets stop the export, with their cells."""
    model = simple([([is_("a")], "hit"), ([AnyValue()], "miss")], [nullable("Input", STRING)])
    write_workbook([model], tmp_path / "bad.xlsx")
    book = load_workbook(tmp_path / "bad.xlsx")
    book["Policy"]["B4"] = "=1+1"
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(BadTable) as caught:
        export_dmn(tmp_path / "bad.xlsx", tmp_path / "bad.dmn")
    assert any(finding.place.cell == "B4" for finding in caught.value.findings)
    assert not (tmp_path / "bad.dmn").exists()


def test_tables_keep_their_versions_through_a_workbook(tmp_path: Path) -> None:
    """What came from DMN is the same table in a sheet, to the hash."""
    model = simple(
        [
            ([Compare(">", InputRef("Limit")), AnyValue()], "a"),
            ([is_(D(1)), Not((is_(D(2)),))], "b"),
            ([AnyValue()] * 2, "c"),
        ],
        [nullable("Count", NUMBER), nullable("Limit", NUMBER)],
        has_default=False,
    )
    write_dmn([Table(model)], tmp_path / "t.dmn")
    read = read_dmn(tmp_path / "t.dmn")
    write_dmn_workbook(read, tmp_path / "t.xlsx")
    assert [table.version for table in read_dmn_workbook(tmp_path / "t.xlsx").tables] == [
        table.version for table in read.tables
    ]
