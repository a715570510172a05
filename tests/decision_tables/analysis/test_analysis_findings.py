"""Worked by hand: small sheets as an owner types them, and what the analysis says of each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import Workbook as Book

from forewarn.decision_tables import Library, read_library
from forewarn.decision_tables.analysis import ANALYSIS_CODES, analyse, analyse_library
from forewarn.decision_tables.codes import CODES
from forewarn.errors import Finding, Severity

NUMBER = ("Amount", "", "", "", "number", "", "", "", "")
DAY = ("Day", "", "", "", "date", "", "", "", "")


def library(rows: Sequence[Sequence[Any]], *glossary: Sequence[str], properties: Sequence[Any] = ()) -> Library:
    """A workbook with one table sheet, read as a library."""
    book = Book()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Table"
    for row in rows:
        sheet.append(list(row))
    if glossary:
        names = book.create_sheet("Glossary")
        names.append(
            ["heading", "table", "record", "attribute", "type", "allowed values", "unit", "nullable", "meaning"]
        )
        for row in glossary:
            names.append(list(row))
    if properties:
        values = book.create_sheet("Properties")
        values.append(["name", "value", "type", "meaning"])
        values.append(list(properties))
    stream = io.BytesIO()
    book.save(stream)
    read = read_library({"book.xlsx": stream.getvalue()})
    assert not [finding for finding in read.findings if finding.severity is Severity.ERROR], read.findings
    return read


def found(read: Library, code: str, **options: Any) -> list[Finding]:
    """The findings of one code."""
    listed = analyse_library(read, **options)
    return [finding for finding in listed if finding.code == code]


def amounts(policy: str, *cells: str, results: Sequence[str] = ()) -> list[list[Any]]:
    """A table of one number column."""
    answers = results or [f"answer {number}" for number in range(len(cells))]
    rules = [[f"R{number}", cell, answer] for number, (cell, answer) in enumerate(zip(cells, answers, strict=True), 1)]
    return [["Amounts"], [policy, "If", "Then"], ["Rule", "Amount", "Answer"], *rules]


def test_between_five_and_six_lies_a_gap() -> None:
    """Numbers are dense: `<= 5` and `>= 6` leave out what lies between, shown by a value that no rule takes."""
    read = library(amounts("Unique", "<= 5", ">= 6"), NUMBER)
    [gap] = found(read, "FW331")
    assert gap.severity is Severity.WARNING
    assert gap.message == "no rule takes Amount: (5..6), for example Amount = 5.5"
    assert gap.witness == {"Amount": "5.5"}
    assert str(gap.place) == "book.xlsx › Table!B3"
    assert read.table("Amounts").decide({"Amount": 5.5}).diagnostics == ("no-match",)


def test_between_two_days_lies_nothing() -> None:
    """Dates are whole days: two that follow each other leave no gap, one left out does."""
    head = [["Days"], ["Unique", "If", "Then"], ["Rule", "Day", "Answer"]]
    whole = [*head, ["R1", "<= 2026-01-05", "a"], ["R2", ">= 2026-01-06", "b"]]
    assert found(library(whole, DAY), "FW331") == []
    holed = [*head, ["R1", "< 2026-01-05", "a"], ["R2", ">= 2026-01-06", "b"]]
    [gap] = found(library(holed, DAY), "FW331")
    assert gap.witness == {"Day": "2026-01-05"}


def test_two_rules_of_a_unique_table() -> None:
    """An overlap under Unique is an error with the cells of both rules and an input that both take."""
    rows = [
        ["Escalation"],
        ["Unique", "If", "If", "Then"],
        ["Rule", "Stage", "Amount", "Group"],
        ["Values", "Triage; L1", "", ""],
        ["E1", "Triage", "<= 10", "Coordinators"],
        ["E2", "-", "[10..20]", "Engineers"],
        ["E3", "L1", "< 10", "Engineers"],
        ["E4", "-", "> 20", "Engineers"],
    ]
    read = library(rows, NUMBER)
    [overlap] = found(read, "FW332")
    assert overlap.severity is Severity.ERROR
    assert overlap.rule == "E2"
    assert str(overlap.place) == "book.xlsx › Table!B6:C6"
    assert [str(place) for place in overlap.related] == ["book.xlsx › Table!B5:C5"]
    assert overlap.witness == {"Stage": "Triage", "Amount": "10"}
    assert overlap.message == "rules E1 and E2 both take Stage = Triage, Amount = 10 and differ in Group"
    assert found(read, "FW331") == []


@pytest.mark.parametrize(("results", "count"), [(["same", "same"], 0), (["one", "other"], 1)])
def test_under_any_only_different_outputs_conflict(results: list[str], count: int) -> None:
    """Two rules of an Any table may overlap where their outputs agree."""
    conflicts = found(library(amounts("Any", "<= 5", "[5..10]", results=results), NUMBER), "FW333")
    assert len(conflicts) == count
    assert all(conflict.severity is Severity.ERROR for conflict in conflicts)


def test_two_rules_together_hide_a_third() -> None:
    """Under First a rule is shadowed by several others, though by none alone; its hint says what to do."""
    [shadow] = found(library(amounts("First", "< 5", ">= 5", "[0..10]"), NUMBER), "FW334")
    assert shadow.severity is Severity.WARNING
    assert shadow.rule == "R3"
    assert shadow.message == "rule R3 never decides: R1 and R2 stand before it and take all that it takes"
    assert [place.cell for place in shadow.related] == ["B4", "B5"]


def test_under_priority_the_better_output_hides() -> None:
    """Under Priority what hides a rule is rank, not the row."""
    rows = [
        ["Amounts"],
        ["Priority", "If", "Then"],
        ["Rule", "Amount", "Answer"],
        ["Values", "", "high; low"],
        ["R1", "> 5", "low"],
        ["R2", "-", "high"],
    ]
    [shadow] = found(library(rows, NUMBER), "FW334")
    assert (shadow.rule, shadow.place.cell) == ("R1", "B5")
    assert "R2 rank better" in shadow.message


@pytest.mark.parametrize("policy", ["Rule order", "Output order", "Collect", "Collect count"])
def test_lists_and_counts_may_be_of_nothing_and_of_many(policy: str) -> None:
    """Where every hit counts, neither a gap nor an overlap is a fault."""
    rows = amounts(policy, "< 5", "< 10")
    rows.insert(3, ["Values", "", "answer 0; answer 1"])
    findings = analyse_library(library(rows, NUMBER))
    assert {finding.code for finding in findings} & {"FW331", "FW332", "FW333", "FW334"} == set()


def test_a_default_row_leaves_no_gap() -> None:
    """Where a Default answers, no input is without an answer."""
    rows = amounts("Unique", "< 5")
    assert len(found(library(rows, NUMBER), "FW331")) == 1
    rows.insert(3, ["Default", "", "else"])
    assert found(library(rows, NUMBER), "FW331") == []


def test_open_text_is_not_decidable() -> None:
    """Where nothing lists the texts, a text that no rule names is a note, not a gap; a listed one is a gap."""
    open_rows = [["Kinds"], ["Unique", "If", "Then"], ["Rule", "Kind", "Answer"], ["R1", "Router", "a"]]
    read = library(open_rows)
    assert found(read, "FW331") == []
    [note] = found(read, "FW341")
    assert note.severity is Severity.NOTE
    assert note.witness == {"Kind": "another text"}
    assert read.table("Kinds").decide({"Kind": "another text"}).rules == ()
    listed = [*open_rows[:3], ["Values", "Router; Switch", ""], ["R1", "Router", "a"]]
    [gap] = found(library(listed), "FW331")
    assert gap.witness == {"Kind": "Switch"}
    [unused] = found(library(listed), "FW338")
    assert (unused.text, unused.place.cell) == ("Switch", "B3")


def test_empty_is_an_input_where_the_glossary_says_so() -> None:
    """Null of a nullable input must be taken by some rule; of a required one it cannot come."""
    kind = ("Amount", "", "", "", "number", "", "", "yes", "")
    rows = amounts("Unique", "< 5", ">= 5")
    [gap] = found(library(rows, kind), "FW331")
    assert gap.witness == {"Amount": None}
    assert found(library(rows, NUMBER), "FW331") == []


def test_effective_time_is_a_dimension() -> None:
    """Rules that follow each other in time do not overlap; time that no rule covers is a gap with its moment."""
    rows = [
        ["Amounts"],
        ["Unique", "If", "Then", "Note", "Note"],
        ["Rule", "Amount", "Answer", "Effective from", "Effective to"],
        ["R1", "-", "old", None, "2026-01-01"],
        ["R2", "-", "new", "2026-02-01", None],
    ]
    read = library(rows, NUMBER)
    assert found(read, "FW332") == []
    [gap] = found(read, "FW331")
    assert gap.witness is not None
    assert gap.witness["at"] == "2026-01-01T00:00:00+00:00"
    table = read.table("Amounts")
    assert table.decide({"Amount": 1}, at=datetime.fromisoformat(gap.witness["at"])).rules == ()
    # From March on the gap lies behind, and so does the time of the first rule.
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert found(read, "FW331", since=march) == []
    [over] = found(read, "FW340", since=march)
    assert (over.rule, over.place.cell) == ("R1", "B4")


def test_a_property_is_a_constant() -> None:
    """A bound that is a property counts with its value."""
    rows = amounts("Unique", "< property.limit", ">= 10")
    read = library(rows, NUMBER, properties=("limit", 8, "number", ""))
    [gap] = found(read, "FW331")
    assert gap.message.startswith("no rule takes Amount: [8..10)")
    assert found(library(rows, NUMBER, properties=("limit", 12, "number", "")), "FW332") != []


def test_what_depends_on_another_input_is_said_and_left_out() -> None:
    """A comparison with another input makes its rule not decidable: a note names it, and no gap is claimed."""
    rows = [
        ["Amounts"],
        ["Unique", "If", "If", "Then"],
        ["Rule", "Amount", "Limit", "Answer"],
        ["R1", "> Limit", "-", "over"],
        ["R2", "<= Limit", "-", "within"],
    ]
    read = library(rows, NUMBER, ("Limit", *NUMBER[1:]))
    assert found(read, "FW331") == found(read, "FW332") == []
    [note] = found(read, "FW341")
    assert "R1 and R2 are not decidable in 'Amount'" in note.message
    assert note.severity is Severity.NOTE


def test_columns_that_read_one_attribute_are_one_dimension() -> None:
    """Two headings of one attribute have one value: cells that exclude each other make the rule take nothing."""
    rows = [
        ["Amounts"],
        ["First", "If", "If", "Then"],
        ["Rule", "At least", "At most", "Answer"],
        ["R1", ">= 5", "<= 10", "a"],
        ["R2", ">= 10", "<= 5", "b"],
        ["R3", "-", "-", "c"],
    ]
    kind = ("", "incident", "count", "number", "", "", "", "")
    [never] = found(library(rows, ("At least", *kind), ("At most", *kind)), "FW343")
    assert (never.rule, never.severity) == ("R2", Severity.ERROR)


def test_cells_that_ranges_settle() -> None:
    """Against a range of allowed values a cell may hold always, or never: more than a list of values shows."""
    kind = ("Amount", "", "", "", "number", "[0..100]", "", "", "")
    read = library(amounts("First", "<= 100", "> 50"), kind)
    [always] = found(read, "FW207")
    assert (always.rule, always.place.cell, always.suggestion) == ("R1", "B4", "-")


def test_rules_that_one_rule_could_say() -> None:
    """Rules that differ in one column alone come with the cell that joins them."""
    rows = [
        ["Kinds"],
        ["Unique", "If", "If", "Then"],
        ["Rule", "Kind", "Amount", "Answer"],
        ["Values", "Router; Switch; Phone", "", ""],
        ["R1", "Router", "< 5", "a"],
        ["R2", "Switch", "< 5", "a"],
        ["R3", "Phone", "< 5", "b"],
        ["R4", "-", ">= 5", "b"],
    ]
    [merge] = found(library(rows, NUMBER), "FW337")
    assert merge.suggestion == "Router, Switch"
    assert merge.hint == "type Router, Switch in R1 and delete R2"
    assert [place.cell for place in merge.related] == ["B6"]


def test_the_same_rule_twice() -> None:
    """A repeated rule is told as such, not as shadowed or redundant too."""
    findings = analyse_library(library(amounts("First", "< 5", "< 5", "-", results=["a", "a", "b"]), NUMBER))
    assert [(finding.code, finding.rule) for finding in findings] == [("FW335", "R2")]


def test_a_rule_that_changes_nothing() -> None:
    """A rule whose answer a later one gives anyway is a note."""
    [spare] = found(library(amounts("First", "< 5", "-", results=["a", "a"]), NUMBER), "FW336")
    assert (spare.rule, spare.severity) == ("R1", Severity.NOTE)


def test_a_limit_is_stated() -> None:
    """What a limit leaves out is said, with how many there are where that is known."""
    many = library(amounts("Unique", *["-"] * 6), NUMBER)
    [capped] = found(many, "FW342", limit=4)
    assert capped.message == "15 overlaps were found, the first 4 are listed"
    assert len(found(many, "FW332", limit=4)) == 4
    holed = library(amounts("Unique", *[str(number) for number in range(9)]), NUMBER)
    messages = [finding.message for finding in found(holed, "FW342", steps=1)]
    assert messages == ["the search for gaps stopped after 1 steps: there may be more than is listed"]


def test_the_standard_mode_does_not_ask_for_null() -> None:
    """A model from DMN may always be handed null; that no rule takes it is no finding."""
    from dataclasses import replace  # noqa: PLC0415

    kind = ("Amount", "", "", "", "number", "", "", "yes", "")
    model = library(amounts("Unique", "< 5", ">= 5"), kind).table("Amounts").model
    assert len(analyse(model).gaps) == 1
    assert analyse(replace(model, strict=False)).gaps == ()


def test_codes_are_free_and_documented() -> None:
    """The codes of the analysis are its own, above those of reading, each with a title and a hint."""
    assert not set(ANALYSIS_CODES) & set(CODES)
    assert all(code.title and code.hint for code in ANALYSIS_CODES.values())
    assert min(ANALYSIS_CODES) > "FW330"
