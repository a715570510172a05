"""Libraries: reserved sheets of any workbook apply to all, tables feed tables, names come from a vocabulary."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from workbook_files import GLOSSARY, SMALL, Rows, found, report, save, table

from forewarn.decision_tables import NamedSet, Vocabulary, read_library, read_workbook
from forewarn.decision_tables.library import Library
from forewarn.decision_tables.values import Kind, Type
from forewarn.errors import BadInput, BadTable, Severity, UnknownTable

STRING, NUMBER = Type(Kind.STRING), Type(Kind.NUMBER)


def errors(library: Library) -> list[tuple[str, str]]:
    """Code and place of each error."""
    return [(finding.code, str(finding.place)) for finding in library.findings if finding.severity is Severity.ERROR]


def library(tmp_path: Path, *, vocabulary: Vocabulary | None = None, **books: dict[str, Rows]) -> Library:
    """A library of workbooks, each given by its sheets."""
    paths = [save(tmp_path / f"{name}.xlsx", sheets, glossary=None) for name, sheets in books.items()]
    return read_library(paths, vocabulary=vocabulary)


def test_reserved_sheets_of_any_workbook_apply_to_all(tmp_path: Path) -> None:
    """A Glossary in one workbook binds the headings of another."""
    one = library(tmp_path, policy={"Policy": SMALL}, words={"Glossary": GLOSSARY})
    assert errors(one) == []
    decision = one.table("Policy").decide({"incident.category": "SD-WAN", "incident.affected_account_count": 7})
    assert decision.outputs == {"Group": "Network Coordinators"}
    assert set(one.books) == {"policy.xlsx", "words.xlsx"}
    assert [entry.name for entry in one.tables_of("policy.xlsx")] == ["Policy"]


def test_aliases_apply_to_inputs_of_their_attribute(tmp_path: Path) -> None:
    """A known spelling is the value it stands for, in inputs and for writers of records."""
    aliases: Rows = [["For", "Spelling", "Value"], ["incident.category", "SD WAN", "SD-WAN"]]
    one = library(tmp_path, policy={"Policy": SMALL, "Aliases": aliases}, words={"Glossary": GLOSSARY})
    decision = one.table("Policy").decide({"Category": " SD WAN ", "Count": 7})
    assert decision.inputs["Category"] == "SD-WAN"
    assert one.canonical("incident.category", " SD WAN") == "SD-WAN"
    assert one.canonical("incident.category", "Cafe\u0301 ") == "Café"
    assert one.canonical("incident.stage", "SD WAN") == "SD WAN"
    assert one.canonical("incident.category", 5) == 5


def test_aliases_of_a_named_type_apply_where_it_is_used(tmp_path: Path) -> None:
    """The first column of Aliases may name a type of the Types sheet."""
    glossary: Rows = [GLOSSARY[0], ["Category", None, "incident", "category", "Category type"], *GLOSSARY[2:]]
    types: Rows = [["Name", "Type", "Allowed values"], ["Category type", "string", "SD-WAN; MPLS"]]
    aliases: Rows = [["For", "Spelling", "Value"], ["Category type", "SD WAN", "SD-WAN"]]
    one = library(tmp_path, policy={"Policy": SMALL, "Glossary": glossary, "Types": types, "Aliases": aliases})
    assert errors(one) == []
    assert one.table("Policy").decide({"Category": "SD WAN", "Count": 7}).rules == ("R1",)
    assert one.canonical("incident.category", "SD WAN") == "SD-WAN"
    with pytest.raises(BadInput):
        one.table("Policy").decide({"Category": "Zebra", "Count": 7})


def test_an_alias_outside_the_allowed_values_is_found_at_its_cell(tmp_path: Path) -> None:
    """An alias must lead to a value that the attribute may have."""
    glossary: Rows = [GLOSSARY[0], ["Category", None, "incident", "category", "string", "SD-WAN; MPLS"], *GLOSSARY[2:]]
    aliases: Rows = [["For", "Spelling", "Value"], ["incident.category", "SD WAN", "SDWAN"]]
    one = library(tmp_path, policy={"Policy": SMALL, "Glossary": glossary, "Aliases": aliases})
    assert errors(one) == [("FW203", "policy.xlsx › Aliases!C2")]


CONTRADICTIONS: list[tuple[str, dict[str, Rows], dict[str, Rows], list[tuple[str, str]]]] = [
    (
        "heading",
        {"Glossary": GLOSSARY},
        {"Glossary": [GLOSSARY[0], ["Score", None, "incident", "score", "string"]]},
        [("FW318", "b.xlsx › Glossary!A2"), ("FW318", "b.xlsx › Glossary!A2")],
    ),
    (
        "property",
        {"Properties": [["Name", "Value"], ["limit", 5]]},
        {"Properties": [["Name", "Value"], ["limit", 6]]},
        [("FW318", "b.xlsx › Properties!B2")],
    ),
    (
        "alias",
        {"Aliases": [["For", "Spelling", "Value"], ["a.b", "x", "y"]]},
        {"Aliases": [["For", "Spelling", "Value"], ["a.b", "x", "z"]]},
        [("FW318", "b.xlsx › Aliases!C2")],
    ),
    (
        "same twice",
        {"Properties": [["Name", "Value"], ["limit", 5]], "Glossary": GLOSSARY},
        {"Properties": [["Name", "Value"], ["limit", "5"]], "Glossary": GLOSSARY},
        [("FW318", "b.xlsx › Properties!B2")],
    ),
    (
        "the very same",
        {"Properties": [["Name", "Value"], ["limit", 5]], "Glossary": GLOSSARY},
        {"Properties": [["Name", "Value", "Type"], ["limit", "5", "number"]], "Glossary": GLOSSARY},
        [],
    ),
]


@pytest.mark.parametrize(
    ("one", "two", "expected"), [row[1:] for row in CONTRADICTIONS], ids=[row[0] for row in CONTRADICTIONS]
)
def test_two_rows_that_say_different_things_are_an_error(
    tmp_path: Path, one: dict[str, Rows], two: dict[str, Rows], expected: list[tuple[str, str]]
) -> None:
    """The same definition twice is fine, two different ones are an error at the second."""
    both = library(tmp_path, a=one, b=two)
    assert errors(both) == expected


def test_a_property_known_by_two_names_has_one_value(tmp_path: Path) -> None:
    """Both spellings are accepted and found; different values under them are an error."""
    aliases: Rows = [["For", "Spelling", "Value"], ["property", "old_limit", "limit"]]
    properties: Rows = [["Name", "Value", "Type", "Meaning"], ["old_limit", 5, "number", "what it is"]]
    one = library(tmp_path, a={"Aliases": aliases, "Properties": properties})
    assert dict(one.properties) == {"limit": Decimal(5), "old_limit": Decimal(5)}
    two = library(tmp_path, a={"Aliases": aliases, "Properties": [*properties, ["limit", 6, "number"]]})
    assert errors(two) == [("FW318", "a.xlsx › Properties!B3")]
    assert "limit" not in two.properties


def test_a_table_with_a_doubtful_heading_is_refused_alone(tmp_path: Path) -> None:
    """An error in a Glossary row refuses the tables that use the heading, no others."""
    glossary: Rows = [*GLOSSARY, ["Region", None, "site", "region", "strnig"]]
    other = table("Unique", ["If", "Then"], ["Region", "Group"], ["R1", "a", "b"], name="Other")
    one = library(tmp_path, a={"Policy": SMALL, "Other": other, "Glossary": glossary})
    assert [entry.name for entry in one.tables] == ["Policy"]
    assert errors(one) == [("FW317", "a.xlsx › Glossary!E10"), ("FW317", "a.xlsx › Other!B3")]


CLASSIFY = table(
    "First", ["If", "Then"], ["Category", "Class"], ["C1", "SD-WAN", "network"], ["C2", "-", "other"], name="Classify"
)
ROUTE = table(
    "First",
    ["If", "If", "Then"],
    ["Classify › Class", "Count", "Group"],
    ["R1", "network", ">= 5", "Network Coordinators"],
    ["R2", "-", "-", "Desk"],
    name="Route",
)
FEED_GLOSSARY = [*GLOSSARY, ["Class", None, None, None, "string", "network; other"]]


def test_a_table_reads_another_by_its_heading(tmp_path: Path) -> None:
    """``Table › Output`` is decided first, from the same inputs; a given value is used as it is."""
    one = library(tmp_path, a={"Route": ROUTE, "Classify": CLASSIFY, "Glossary": FEED_GLOSSARY})
    assert errors(one) == []
    assert one.decide("Route", {"Category": "SD-WAN", "Count": 7}).outputs == {"Group": "Network Coordinators"}
    assert one.decide("Route", {"Category": "MPLS", "Count": 7}).rules == ("R2",)
    assert one.decide("Route", {"Classify › Class": "network", "Count": 7}).rules == ("R1",)


def test_a_list_comes_from_a_table_that_collects(tmp_path: Path) -> None:
    """Under R, O and C the other table gives a list."""
    collect: list[list[Any]] = [list(row) for row in CLASSIFY]
    collect[1] = ["Collect", "If", "Then"]
    route: Rows = [*ROUTE[:3], ["R1", "any of network", "-", "Network Coordinators"], ["R2", "-", "-", "Desk"]]
    one = library(tmp_path, a={"Route": route, "Classify": collect, "Glossary": FEED_GLOSSARY})
    assert errors(one) == []
    assert one.decide("Route", {"Category": "SD-WAN", "Count": 1}).rules == ("R1",)


def test_tables_in_a_circle_are_refused_and_named(tmp_path: Path) -> None:
    """A cycle names the sheets that it goes through."""
    back = table("First", ["If", "Then"], ["Route › Group", "Class"], ["C1", "Desk", "network"], name="Classify")
    one = library(tmp_path, a={"Route": ROUTE, "Classify sheet": back, "Glossary": FEED_GLOSSARY})
    assert errors(one) == [("FW321", "a.xlsx › Route!B3"), ("FW321", "a.xlsx › Classify sheet!B3")]
    assert "Route → Classify sheet → Route" in one.findings[-2].message
    with pytest.raises(BadTable):
        one.decide("Route", {"Count": 1})


def test_a_table_or_output_that_is_not_there_is_found(tmp_path: Path) -> None:
    """The nearest table, or output, is suggested."""
    for heading, suggestion in (("Clasify › Class", "Classify"), ("Classify › Clas", "Class")):
        route: list[list[Any]] = [list(row) for row in ROUTE]
        route[2] = ["Rule", heading, "Count", "Group"]
        one = library(tmp_path, a={"Route": route, "Classify": CLASSIFY, "Glossary": FEED_GLOSSARY})
        (finding,) = [one for one in one.findings if one.severity is Severity.ERROR]
        assert (finding.code, finding.place.cell, finding.suggestion) == ("FW322", "B3", suggestion)


def test_two_tables_of_one_name_are_both_refused(tmp_path: Path) -> None:
    """Nobody could say which of them decides."""
    one = library(tmp_path, a={"Policy": SMALL, "Glossary": GLOSSARY}, b={"Policy": SMALL})
    assert errors(one) == [("FW320", "a.xlsx › Policy!A1"), ("FW320", "b.xlsx › Policy!A1")]
    assert one.tables == ()


def test_an_unknown_table_is_named_with_the_nearest(tmp_path: Path) -> None:
    """``UnknownTable`` says what there is."""
    book = report(save(tmp_path / "p.xlsx", {"Policy": SMALL}))
    with pytest.raises(UnknownTable, match="did you mean 'Policy'"):
        book.table("Polcy")


VOCABULARY = Vocabulary(
    attributes={
        "incident.category": STRING,
        "incident.affected_account_count": NUMBER,
        "incident.assignment_group": STRING,
    },
    names={
        "incident.assignment_group": NamedSet("group", frozenset({"Network Coordinators", "L1 Network Engineering"}))
    },
)


def in_site(tmp_path: Path, rows: Rows = SMALL, glossary: Rows = GLOSSARY, **more: Any) -> Library:
    """A library read as a site reads it."""
    return library(tmp_path, vocabulary=VOCABULARY, a={"Policy": rows, "Glossary": glossary, **more})


def test_with_a_vocabulary_good_names_pass(tmp_path: Path) -> None:
    """All headings are bound to attributes that exist, all groups are known."""
    assert errors(in_site(tmp_path)) == []


def test_a_name_that_nothing_has_is_found_with_the_nearest(tmp_path: Path) -> None:
    """Names in output cells come from the vocabulary."""
    rows: Rows = [*SMALL[:4], ["R2", "-", "-", "L1 Network Enginering"]]
    (error,) = [one for one in in_site(tmp_path, rows).findings if one.severity is Severity.ERROR]
    assert (error.code, error.place.cell, error.suggestion) == ("FW319", "D5", "L1 Network Engineering")
    assert "no group of that name" in error.message


def test_an_unbound_heading_is_an_error_in_a_site(tmp_path: Path) -> None:
    """Alone it would count as text; in a site nothing may be guessed."""
    glossary: Rows = [row for row in GLOSSARY if row[0] != "Category"]
    assert errors(in_site(tmp_path, glossary=glossary)) == [("FW311", "a.xlsx › Policy!B3")]


def test_an_attribute_that_no_record_has_is_an_error(tmp_path: Path) -> None:
    """The nearest attribute is suggested."""
    glossary: Rows = [GLOSSARY[0], ["Category", None, "incident", "categry", "string"], *GLOSSARY[2:]]
    one = in_site(tmp_path, glossary=glossary)
    assert errors(one) == [("FW313", "a.xlsx › Policy!B3")]
    assert [finding.suggestion for finding in one.findings if finding.code == "FW313"] == ["incident.category"]


def test_an_attribute_has_one_type(tmp_path: Path) -> None:
    """A Glossary row that gives an attribute another type is an error."""
    glossary: Rows = [GLOSSARY[0], ["Category", None, "incident", "category", "number"], *GLOSSARY[2:]]
    rows: Rows = [*SMALL[:3], ["R1", 5, ">= 5", "Network Coordinators"]]
    assert errors(in_site(tmp_path, rows, glossary)) == [("FW325", "a.xlsx › Policy!B3")]


def test_the_vocabulary_gives_types_that_the_glossary_leaves_open(tmp_path: Path) -> None:
    """A Glossary row without type takes the attribute's, for its allowed values too."""
    glossary: Rows = [
        GLOSSARY[0],
        ["Count", None, "incident", "affected_account_count", None, "[0..1000]"],
        *(row for row in GLOSSARY[1:] if row[0] != "Count"),
    ]
    one = in_site(tmp_path, glossary=glossary)
    assert errors(one) == []
    assert one.table("Policy").inputs[1].type == NUMBER
    with pytest.raises(BadInput):
        one.table("Policy").decide({"Category": "SD-WAN", "Count": 1001})


def test_a_heading_written_as_attribute_binds_itself(tmp_path: Path) -> None:
    """``record.attribute`` as heading needs no Glossary row; one for the attribute gives type and nullability."""
    rows = table(
        "Unique",
        ["If", "Then"],
        ["incident.stage", "incident.assignment_group"],
        ["R1", "empty", "Network Coordinators"],
    )
    book = read_workbook(save(tmp_path / "p.xlsx", {"Policy": rows}))
    column = book.tables[0].inputs[0]
    assert column.binding is not None
    assert (column.binding.name, column.nullable) == ("incident.stage", True)


def test_a_glossary_row_for_one_table_wins(tmp_path: Path) -> None:
    """The most specific row binds: one that names the table, then one that names none."""
    glossary: Rows = [*GLOSSARY, ["Category", "Policy", "case", "category", "string"]]
    book = read_workbook(save(tmp_path / "p.xlsx", {"Policy": SMALL}, glossary=glossary))
    binding = book.tables[0].inputs[0].binding
    assert binding is not None
    assert binding.name == "case.category"


def test_properties_that_cells_name_are_bound_at_reading(tmp_path: Path) -> None:
    """A property in a bound counts with the value of the Properties sheet, and is shown among the inputs."""
    rows: Rows = [*SMALL[:3], ["R1", "-", ">= property.limit", "A"], ["R2", "-", "-", "B"]]
    properties: Rows = [["Name", "Value"], ["limit", 5], ["other", 7]]
    book = read_workbook(save(tmp_path / "p.xlsx", {"Policy": rows, "Properties": properties}))
    assert book.tables[0].model.properties == (("limit", Decimal(5)),)
    decision = book.decide("Policy", {"Category": "x", "Count": 5})
    assert decision.rules == ("R1",)
    assert decision.inputs["property.limit"] == 5


def test_a_property_that_is_not_there_is_found(tmp_path: Path) -> None:
    """The nearest property is suggested."""
    rows: Rows = [*SMALL[:3], ["R1", "-", ">= property.limt", "A"]]
    book = report(save(tmp_path / "p.xlsx", {"Policy": rows, "Properties": [["Name", "Value"], ["limit", 5]]}))
    assert ("FW214", "C4") in found(book.findings)


RESERVED = [
    ("misspelt heading", {"Properties": [["Name", "Valeu"], ["limit", 5]]}, ("FW317", "B1")),
    ("no first heading", {"Properties": [["x"], ["limit", 5]]}, ("FW317", "A1")),
    ("unknown type", {"Properties": [["Name", "Value", "Type"], ["limit", 5, "nubmer"]]}, ("FW317", "C2")),
    ("wrong type", {"Properties": [["Name", "Value", "Type"], ["limit", "five", "number"]]}, ("FW202", "B2")),
    ("unknown zone", {"Properties": [["Name", "Value"], ["forewarn.time_zone", "Mars/Base"]]}, ("FW317", "B2")),
    ("formula", {"Properties": [["Name", "Value"], ["limit", "=1+1"]]}, ("FW108", "B2")),
    ("alias without value", {"Aliases": [["For", "Spelling", "Value"], ["a.b", "x"]]}, ("FW317", "C2")),
    ("nullable maybe", {"Glossary": [["Heading", "Type", "Nullable"], ["A", "string", "maybe"]]}, ("FW317", "C2")),
    ("record alone", {"Glossary": [["Heading", "Record", "Attribute"], ["A", "incident"]]}, ("FW317", "C2")),
    ("bad values", {"Glossary": [["Heading", "Type", "Allowed values"], ["A", "number", "low"]]}, ("FW202", "C2")),
]


@pytest.mark.parametrize(("sheets", "expected"), [row[1:] for row in RESERVED], ids=[row[0] for row in RESERVED])
def test_a_fault_in_a_reserved_sheet_is_found_at_its_cell(
    tmp_path: Path, sheets: dict[str, Rows], expected: tuple[str, str]
) -> None:
    """Definitions are checked like tables."""
    book = report(save(tmp_path / "p.xlsx", sheets, glossary=None))
    assert found(book.findings) == [expected]
