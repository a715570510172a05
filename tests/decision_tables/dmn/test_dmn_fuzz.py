"""Models with parts missing, doubled or replaced are read and decide, or are refused by name."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, fromstring

from dmn_models import decision, function, given, item, literal, model, structure, table
from hypothesis import given as examples
from hypothesis import strategies as st

from forewarn.decision_tables.dmn import DmnModel, UnreadableModel, read_dmn, write_dmn

WHOLE = model(
    item("tRisk", "string", '"High", "Low"'),
    structure("tPerson", [("age", "number"), ("name", "string")]),
    given("Person", "tPerson"),
    given("Risk", "tRisk"),
    function("Twice", [("n", "number")], literal("n * 2"), type_="number"),
    decision("Age", literal("Twice(Person.age)"), inputs=["Person"], functions=["Twice"], type_="number"),
    decision(
        "Result",
        table(
            [("Age", "number"), ("Risk", "string", '"High", "Low"')],
            [("Outcome", "string", '"yes", "no"', '"no"'), ("Note", "string")],
            [
                ("> 18", '"Low"', '"yes"', "Person.name"),
                ("[1..18]", "-", '"no"', "null"),
                ("not(Person.age)", "-", '"no"', '"x"'),
            ],
            "PRIORITY",
        ),
        inputs=["Person", "Risk"],
        decisions=["Age"],
    ),
    decision("Boxed", "<context><contextEntry><variable name='a'/>" + literal("1") + "</contextEntry><contextEntry>"
             + literal("a + 1") + "</contextEntry></context>"),
)  # fmt: skip

TEXTS = [
    "",
    "-",
    "null",
    "> >",
    "1 +",
    "((((",
    '"open',
    "Result",
    "Age",
    "not()",
    "[5..1]",
    "99999999999999999999",
    "x" * 300,
]
TAGS = ["context", "invocation", "list", "relation", "decisionTable", "literalExpression", "for", "conditional", "x"]


def mutate(root: Element, chance: random.Random) -> None:
    """Change one thing: drop, double or move an element, change a text, an attribute or a tag."""
    parents = [element for element in root.iter() if len(element)]
    parent = chance.choice(parents)
    child = chance.choice(list(parent))
    match chance.randrange(6):
        case 0:
            parent.remove(child)
        case 1:
            parent.append(copy.deepcopy(child))
        case 2:
            parent.remove(child)
            chance.choice(parents).append(child)
        case 3:
            leaf = chance.choice([element for element in root.iter() if not len(element)])
            leaf.text = chance.choice(TEXTS)
        case 4:
            key = chance.choice(["name", "id", "typeRef", "hitPolicy", "aggregation", "href", "isCollection", "label"])
            child.set(
                key, chance.choice(["", "#_Result", "Result", "COLLECT", "SUM", "true", "tPerson", "OUTPUT ORDER"])
            )
        case _:
            child.tag = child.tag.rpartition("}")[0] + "}" + chance.choice(TAGS)


@examples(st.integers(0, 2**32), st.integers(1, 6))
def test_mutated_models(tmp_path_factory: object, seed: int, changes: int) -> None:
    """No change ends in a traceback, neither in reading, nor in deciding, nor in writing."""
    chance = random.Random(seed)
    root = fromstring(WHOLE)  # noqa: S314 - our own text
    for _ in range(changes):
        if len(root):
            mutate(root, chance)
    folder = tmp_path_factory.mktemp("fuzz")  # type: ignore[attr-defined]
    path = Path(folder) / "m.dmn"
    ElementTree(root).write(path)
    try:
        found = read_dmn(path)
    except UnreadableModel:
        return
    decide_all(found)
    write_dmn(found, Path(folder) / "again.dmn")
    decide_all(read_dmn(Path(folder) / "again.dmn"))


def decide_all(found: DmnModel) -> None:
    """Decide everything with good and with odd inputs: there is always an answer."""
    for inputs in ({"Person": {"age": 20, "name": "Ann"}, "Risk": "Low"}, {}, {"Person": 5, "Risk": [1]}):
        for name in found.decisions:
            found.decide(name, inputs)
