"""Decision models of the shapes that the compatibility kit asks, decided in every form that a model can take."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dmn_models import WAYS, decision, function, given, item, literal, load, model, structure, table

D = Decimal


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """As read, through a workbook, or written and read again."""
    return str(request.param)


def check(document: str, folder: Path, way: str, cases: list[tuple[str, dict[str, Any], Any]]) -> None:
    """Each case: the decision, its inputs, and what it must give."""
    found = load(document, folder, way)
    assert found.problems == ()
    for name, inputs, expected in cases:
        told: list[str] = []
        assert found.decide(name, inputs, diagnostics=told) == expected, (name, inputs, told)


def test_literal_expressions(tmp_path: Path, way: str) -> None:
    """Texts and numbers of inputs whose names have spaces; a value of another type counts as null."""
    document = model(
        given("Full Name", "string"),
        given("Monthly Salary", "number"),
        decision("Greeting", literal('"Hello " + Full Name'), inputs=["Full Name"], type_="string"),
        decision("Yearly Salary", literal("12 * Monthly Salary"), inputs=["Monthly Salary"], type_="number"),
        decision("Unrelated", literal("12 * Monthly Salary"), type_="number"),
    )
    check(
        document,
        tmp_path,
        way,
        [
            ("Greeting", {"Full Name": "Ada"}, "Hello Ada"),
            ("Greeting", {"Full Name": 5}, None),
            ("Greeting", {}, None),
            ("Yearly Salary", {"Monthly Salary": 100.5}, D(1206)),
            ("Yearly Salary", {"Monthly Salary": None}, None),
            # What a decision does not require it does not know.
            ("Unrelated", {"Monthly Salary": 1}, None),
        ],
    )


def test_allowed_values_of_a_type(tmp_path: Path, way: str) -> None:
    """An input outside its type's allowed values is null."""
    document = model(
        item("tStatus", "string", '"EMPLOYED", "STUDENT"'),
        item("tScores", "number", "[0..100]", is_list=True),
        given("Status", "tStatus"),
        given("Scores", "tScores"),
        decision("Sentence", literal('"You are " + Status'), inputs=["Status"], type_="string"),
        decision("Best", literal("max(Scores)"), inputs=["Scores"], type_="number"),
    )
    check(
        document,
        tmp_path,
        way,
        [
            ("Sentence", {"Status": "STUDENT"}, "You are STUDENT"),
            ("Sentence", {"Status": "RETIRED"}, None),
            ("Best", {"Scores": [10, 90]}, D(90)),
            ("Best", {"Scores": 10}, D(10)),
            ("Best", {"Scores": [10, 900]}, None),
        ],
    )


LOAN = structure("tLoan", [("amount", "number"), ("rate", "number"), ("term", "number")])
PAYMENT = "(p * r / 12) / (1 - (1 + r / 12) ** -n)"


def test_arithmetic_over_structures_and_invocation(tmp_path: Path, way: str) -> None:
    """An annuity by a literal expression and by a boxed invocation of a function, equal to 30 digits."""
    invocation = (
        "<invocation>"
        + literal("PMT")
        + "".join(
            f'<binding><parameter name="{name}"/>{literal(text)}</binding>'
            for name, text in [("r", "loan.rate"), ("p", "loan.amount"), ("n", "loan.term")]
        )
        + "</invocation>"
    )
    document = model(
        LOAN,
        given("loan", "tLoan"),
        given("fee", "number"),
        function("PMT", [("p", "number"), ("r", "number"), ("n", "number")], literal(PAYMENT), type_="number"),
        decision(
            "By hand",
            literal("(loan.amount * loan.rate / 12) / (1 - (1 + loan.rate / 12) ** -loan.term) + fee"),
            inputs=["loan", "fee"],
            type_="number",
        ),
        decision("Payment", invocation, inputs=["loan"], functions=["PMT"], type_="number"),
        decision(
            "Called",
            literal("PMT(n: loan.term, p: loan.amount, r: loan.rate) + fee"),
            inputs=["loan", "fee"],
            functions=["PMT"],
            type_="number",
        ),
    )
    found = load(document, tmp_path, way)
    inputs = {"loan": {"amount": 600000, "rate": D("0.0375"), "term": 360}, "fee": 100}
    # An annuity of 600000 at 3.75 % over 30 years, by an independent closed form.
    monthly = D("0.0375") / 12
    expected = 600000 * monthly / (1 - (1 + monthly) ** -360)
    assert abs(found.decide("Payment", inputs) - expected) < D("1E-20")
    assert abs(found.decide("By hand", inputs) - expected - 100) < D("1E-20")
    assert found.decide("Called", inputs) == found.decide("By hand", inputs)


APPLICANT = [given("Age", "number"), given("Risk", "string"), given("Affordable", "boolean")]
THREE = ["Age", "Risk", "Affordable"]
ASKED = [("Age", "number"), ("Risk", "string", '"High", "Low", "Medium"'), ("Affordable", "boolean")]
RULES = [
    (">= 18", '"Medium", "Low"', "true"),
    ("< 18", '"Medium", "Low"', "true"),
    ("-", '"High"', "true"),
    ("-", "-", "false"),
]


def inputs_of(age: Any, risk: Any, affordable: Any) -> dict[str, Any]:
    """The three inputs."""
    return {"Age": age, "Risk": risk, "Affordable": affordable}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("UNIQUE", ["Approved", "Declined", "Declined", None]),
        ("ANY", ["Approved", "Declined", "Declined", "Declined"]),
        ("PRIORITY", ["Approved", "Declined", "Declined", "Declined"]),
        ("FIRST", ["Approved", "Declined", "Declined", "Declined"]),
        ("RULE ORDER", [("Approved",), ("Declined",), ("Declined",), ("Declined", "Declined")]),
        ("OUTPUT ORDER", [("Approved",), ("Declined",), ("Declined",), ("Declined", "Declined")]),
        ("COLLECT", [("Approved",), ("Declined",), ("Declined",), ("Declined", "Declined")]),
    ],
)
def test_tables_of_one_output(tmp_path: Path, way: str, policy: str, expected: list[Any]) -> None:
    """One output column under each policy; two rules under Unique give null."""
    rules = [
        (*RULES[0], '"Approved"'),
        (*RULES[1], '"Declined"'),
        (*RULES[2], '"Declined"'),
        ("< 40", '"High"', "-", '"Declined"'),
        ("> 30", '"High"', "false", '"Declined"'),
    ]
    document = model(
        *APPLICANT,
        decision("Approval", table(ASKED, [("", "string", '"Approved", "Declined"')], rules, policy), inputs=THREE),
    )
    cases = [
        inputs_of(20, "Low", True),
        inputs_of(17, "Medium", True),
        inputs_of(50, "High", True),
        inputs_of(35, "High", False),
    ]
    check(document, tmp_path, way, [("Approval", case, want) for case, want in zip(cases, expected, strict=True)])


@pytest.mark.parametrize(
    ("policy", "inputs", "expected"),
    [
        ("PRIORITY", inputs_of(17, "High", True), {"Status": "Declined", "Rate": "Standard"}),
        ("PRIORITY", inputs_of(20, "Low", True), {"Status": "Approved", "Rate": "Best"}),
        ("FIRST", inputs_of(20, "High", True), {"Status": "Declined", "Rate": "Standard"}),
        (
            "OUTPUT ORDER",
            inputs_of(20, "Low", True),
            ({"Status": "Approved", "Rate": "Best"}, {"Status": "Approved", "Rate": "Standard"}),
        ),
        (
            "RULE ORDER",
            inputs_of(20, "Low", True),
            ({"Status": "Approved", "Rate": "Standard"}, {"Status": "Approved", "Rate": "Best"}),
        ),
        (
            "COLLECT",
            inputs_of(20, "Low", True),
            ({"Status": "Approved", "Rate": "Standard"}, {"Status": "Approved", "Rate": "Best"}),
        ),
        ("FIRST", inputs_of(17, "Low", True), {"Status": "Unknown", "Rate": "None"}),
    ],
)
def test_tables_of_several_outputs(
    tmp_path: Path, way: str, policy: str, inputs: dict[str, Any], expected: Any
) -> None:
    """A context an outcome; Priority and Output order rank by the columns from left to right; a default fills in."""
    rules = [
        (">= 18", '"Low"', "true", '"Approved"', '"Standard"'),
        (">= 18", '"Low"', "true", '"Approved"', '"Best"'),
        ("-", '"High"', "-", '"Declined"', '"Standard"'),
    ]
    outputs = [
        ("Status", "string", '"Approved", "Declined", "Unknown"', '"Unknown"'),
        ("Rate", "string", '"Best", "Standard", "None"', '"None"'),
    ]
    many = policy in {"OUTPUT ORDER", "RULE ORDER", "COLLECT"}
    document = model(
        structure("tApproval", [("Status", "string"), ("Rate", "string")], is_list=many),
        *APPLICANT,
        decision("Approval", table(ASKED, outputs, rules, policy), inputs=THREE, type_="tApproval"),
    )
    check(document, tmp_path, way, [("Approval", inputs, expected)])


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("SUM", [D(1100), D(100), None]),
        ("MIN", [D(100), D(100), None]),
        ("MAX", [D(500), D(100), None]),
        ("COUNT", [D(4), D(1), D(0)]),
    ],
)
def test_aggregation(tmp_path: Path, way: str, aggregation: str, expected: list[Any]) -> None:
    """Collect with an aggregation, also where nothing matches."""
    rules = [("> 1", "100"), ("> 2", "200"), ("> 3", "300"), ("> 5", "500")]
    document = model(
        given("Years", "number"),
        decision(
            "Bonus",
            table([("Years", "number")], [("", "number")], rules, "COLLECT", aggregation),
            inputs=["Years"],
            type_="number",
        ),
    )
    check(
        document,
        tmp_path,
        way,
        [("Bonus", {"Years": years}, want) for years, want in zip((6, 2, 1), expected, strict=True)],
    )


def test_cells_that_read_other_values(tmp_path: Path, way: str) -> None:
    """Cells name other inputs, paths, arithmetic and `?`; each such value is shown as a column of the sheet."""
    document = model(
        structure("tGoods", [("name", "string"), ("price", "number"), ("since", "date")]),
        given("Goods", "tGoods"),
        given("Limit", "number"),
        given("Launch Date", "date"),
        given("Flag", "boolean"),
        decision(
            "Near",
            table(
                [("Goods.price", "number")],
                [("", "string")],
                [("[Limit - 10..Limit + 10]", '"near"'), ("not([Limit - 10..Limit + 10])", '"far"')],
            ),
            inputs=["Goods", "Limit"],
            type_="string",
        ),
        decision(
            "Later",
            table(
                [("Launch Date", "date")], [("", "boolean")], [("> Goods.since", "true"), ("<= Goods.since", "false")]
            ),
            inputs=["Goods", "Launch Date"],
            type_="boolean",
        ),
        decision(
            "Same",
            table([("Flag", "boolean")], [("", "boolean")], [("Limit > 5", "true"), ("not(Limit > 5)", "false")]),
            inputs=["Flag", "Limit"],
            type_="boolean",
        ),
        decision(
            "Asked",
            table(
                [("Goods.name", "string"), ("Limit", "number")],
                [("", "string")],
                [
                    ('starts with(?, "A") and string length(?) > 2', "-", 'Goods.name + "!"'),
                    ('not(starts with(?, "A"))', "> 0", "string(Limit * 2)"),
                ],
                "FIRST",
            ),
            inputs=["Goods", "Limit"],
            type_="string",
        ),
    )
    goods = {"name": "Apple", "price": 100, "since": date(2026, 1, 1)}
    pear = {**goods, "name": "Pear"}
    check(
        document,
        tmp_path,
        way,
        [
            ("Near", {"Goods": goods, "Limit": 95}, "near"),
            ("Near", {"Goods": goods, "Limit": 80}, "far"),
            ("Near", {"Goods": goods, "Limit": None}, None),
            ("Later", {"Goods": goods, "Launch Date": date(2026, 1, 2)}, True),
            ("Later", {"Goods": goods, "Launch Date": date(2026, 1, 1)}, False),
            ("Same", {"Flag": True, "Limit": 6}, True),
            ("Same", {"Flag": True, "Limit": 5}, False),
            ("Asked", {"Goods": goods, "Limit": 1}, "Apple!"),
            ("Asked", {"Goods": pear, "Limit": 1}, "2"),
            ("Asked", {"Goods": {**goods, "name": "A"}, "Limit": 1}, None),
        ],
    )


def test_lists_in_cells(tmp_path: Path, way: str) -> None:
    """A list in a cell is equal to the input or holds it; a list as input is asked through functions."""
    document = model(
        given("Codes"),
        given("Code", "string"),
        given("Wanted"),
        decision(
            "Member",
            table(
                [("Code", "string")], [("", "string")], [('["a", "b"]', '"listed"'), ("Wanted", '"wanted"')], "FIRST"
            ),
            inputs=["Code", "Wanted"],
        ),
        decision(
            "Holds",
            table(
                [("Codes", "")],
                [("", "string")],
                [
                    ('["a", "b"]', '"the two"'),
                    ('list contains(?, "a")', '"has a"'),
                    ("count(?) > 2", '"many"'),
                    ("-", '"other"'),
                ],
                "FIRST",
            ),
            inputs=["Codes"],
        ),
    )
    check(
        document,
        tmp_path,
        way,
        [
            ("Member", {"Code": "b", "Wanted": []}, "listed"),
            ("Member", {"Code": "z", "Wanted": ["y", "z"]}, "wanted"),
            ("Member", {"Code": "q", "Wanted": ["y", "z"]}, None),
            ("Holds", {"Codes": ["a", "b"]}, "the two"),
            ("Holds", {"Codes": ["c", "a"]}, "has a"),
            ("Holds", {"Codes": ["x", "y", "z"]}, "many"),
            ("Holds", {"Codes": ["x"]}, "other"),
        ],
    )


BAND = table([("score", "number")], [("", "string")], [("< 50", '"low"'), (">= 50", '"high"')])


@pytest.mark.parametrize("parameters", [[("score", "number")], []], ids=["declared", "implied"])
def test_tables_in_functions(tmp_path: Path, way: str, parameters: list[tuple[str, str]]) -> None:
    """A table in a function decides over its parameters, which its inputs imply where none are declared."""
    document = model(
        given("A", "number"),
        given("B", "number"),
        function("Band", parameters, BAND, type_="string"),
        decision(
            "Both", literal('Band(A) + "/" + Band(score: B)'), inputs=["A", "B"], functions=["Band"], type_="string"
        ),
        decision(
            "In a cell",
            table([("A", "number")], [("", "string")], [("> B", "Band(A)"), ("<= B", "Band(B)")]),
            inputs=["A", "B"],
            functions=["Band"],
            type_="string",
        ),
    )
    check(
        document,
        tmp_path,
        way,
        [
            ("Both", {"A": 10, "B": 50}, "low/high"),
            ("In a cell", {"A": 60, "B": 50}, "high"),
            ("In a cell", {"A": 6, "B": 7}, "low"),
        ],
    )


def test_boxed_expressions(tmp_path: Path, way: str) -> None:
    """Contexts with tables and functions in them, relations, lists, and the boxed control expressions."""
    context = (
        "<context><contextEntry><variable name='base rate'/>" + literal("Score / 100") + "</contextEntry>"
        "<contextEntry><variable name='band'/>"
        + table([("Score", "number")], [("", "string")], [("< 50", '"low"'), (">= 50", '"high"')])
        + "</contextEntry>"
        "<contextEntry><variable name='half'/><functionDefinition><formalParameter name='x'/>"
        + literal("x / 2")
        + "</functionDefinition></contextEntry>"
        "<contextEntry>" + literal('band + " " + string(half(base rate))') + "</contextEntry></context>"
    )
    relation = (
        "<relation><column name='name'/><column name='age'/>"
        "<row>"
        + literal('"Ann"')
        + literal("30")
        + "</row><row>"
        + literal('"Bob"')
        + literal("Score")
        + "</row></relation>"
    )
    document = model(
        given("Score", "number"),
        decision("Context", context, inputs=["Score"], type_="string"),
        decision("People", relation, inputs=["Score"]),
        decision("Old", literal("People[age > 40].name"), decisions=["People"]),
        decision("Listed", "<list>" + literal("Score") + literal("Score + 1") + "</list>", inputs=["Score"]),
        decision(
            "Conditional",
            "<conditional><if>"
            + literal("Score > 50")
            + "</if><then>"
            + literal('"yes"')
            + "</then><else>"
            + literal('"no"')
            + "</else></conditional>",
            inputs=["Score"],
        ),
        decision(
            "Filtered",
            "<filter><in>" + literal("People") + "</in><match>" + literal("age < 40") + "</match></filter>",
            decisions=["People"],
        ),
        decision(
            "Loop",
            "<for iteratorVariable='one'><in>"
            + literal("[1, 2, 3]")
            + "</in><return>"
            + literal("one * Score")
            + "</return></for>",
            inputs=["Score"],
        ),
        decision(
            "Some",
            "<some iteratorVariable='one'><in>"
            + literal("[1, 2]")
            + "</in><satisfies>"
            + literal("one > Score")
            + "</satisfies></some>",
            inputs=["Score"],
        ),
        decision(
            "Every",
            "<every iteratorVariable='one'><in>"
            + literal("[1, 2]")
            + "</in><satisfies>"
            + literal("one < Score")
            + "</satisfies></every>",
            inputs=["Score"],
        ),
    )
    people = ({"name": "Ann", "age": D(30)}, {"name": "Bob", "age": D(60)})
    check(
        document,
        tmp_path,
        way,
        [
            ("Context", {"Score": 60}, "high 0.3"),
            ("People", {"Score": 60}, people),
            ("Old", {"Score": 60}, ("Bob",)),
            ("Listed", {"Score": 60}, (D(60), D(61))),
            ("Conditional", {"Score": 60}, "yes"),
            ("Filtered", {"Score": 60}, people[:1]),
            ("Loop", {"Score": 60}, (D(60), D(120), D(180))),
            ("Some", {"Score": 60}, False),
            ("Every", {"Score": 60}, True),
        ],
    )


def test_decision_services(tmp_path: Path, way: str) -> None:
    """A service decides its outputs from the inputs and decisions that its caller gives."""
    service = (
        "<decisionService name='Rating' id='_Rating'><variable name='Rating'/><outputDecision href='#_Grade'/>"
        "<encapsulatedDecision href='#_Doubled'/><inputData href='#_Score'/></decisionService>"
    )
    document = model(
        given("Score", "number"),
        decision("Doubled", literal("Score * 2"), inputs=["Score"], type_="number"),
        decision("Grade", literal('if Doubled > 100 then "A" else "B"'), decisions=["Doubled"], type_="string"),
        service,
        decision("Asked", literal("Rating(60)"), functions=["Rating"], type_="string"),
    )
    found = load(document, tmp_path, way)
    assert found.invoke("Rating", {"Score": 60}) == "A"
    assert found.invoke("Rating", {"Score": 6}) == "B"
    assert found.decide("Asked", {}) == "A"
    # A caller may give a decision's value in its place.
    assert found.decide("Grade", {"Doubled": 200}) == "A"


def test_diamonds_are_decided_once_and_circles_not_at_all(tmp_path: Path, way: str) -> None:
    """A decision that two others require has one value; one that requires itself has none."""
    document = model(
        given("A", "number"),
        decision("Base", literal("A + 1"), inputs=["A"]),
        decision("Left", literal("Base * 2"), decisions=["Base"]),
        decision("Right", literal("Base * 3"), decisions=["Base"]),
        decision("Top", literal("Left + Right"), decisions=["Left", "Right"]),
        decision("Egg", literal("Hen"), decisions=["Hen"]),
        decision("Hen", literal("Egg"), decisions=["Egg"]),
        function("Down", [("n", "number")], literal("if n <= 0 then 0 else 1 + Down(n - 1)"), functions=["Down"]),
        function("Forever", [("n", "number")], literal("Forever(n)"), functions=["Forever"]),
        decision("Counted", literal("Down(5)"), functions=["Down"]),
        decision("Endless", literal("Forever(1)"), functions=["Forever"]),
    )
    check(
        document,
        tmp_path,
        way,
        [
            ("Top", {"A": 1}, D(10)),
            ("Egg", {}, None),
            ("Counted", {}, D(5)),
            ("Endless", {}, None),
        ],
    )
