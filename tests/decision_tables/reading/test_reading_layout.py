"""Sheets as owners write them: what is a table, which columns and rows count, what is refused and where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from workbook_files import GLOSSARY, SMALL, Rows, found, report, save, table

from forewarn.decision_tables import read_workbook
from forewarn.decision_tables.model import HitPolicy
from forewarn.errors import BadTable, Severity

SCD = ["Category", "Stage", "Group"]
ROLES = ["If", "If", "Then"]


def read(tmp_path: Path, rows: Rows, **more: Any) -> list[tuple[str, str | None]]:
    """The errors and warnings of a workbook with one table sheet."""
    book = report(save(tmp_path / "policy.xlsx", {"Policy": rows}, **more))
    return found([finding for finding in book.findings if finding.severity is not Severity.NOTE])


POLICIES = {
    "U": "U", "a": "A", "P": "P", "F": "F", "R": "R", "O": "O", "C": "C", "C+": "C+", "c<": "C<", "C>": "C>",
    "C#": "C#", "Unique": "U", "any": "A", "PRIORITY": "P", "First": "F", "Rule order": "R", "Output  order": "O",
    "Collect": "C", "Collect sum": "C+", "Collect Min": "C<", "collect max": "C>", "Collect count": "C#",
}  # fmt: skip


@pytest.mark.parametrize(("text", "policy"), POLICIES.items())
def test_a2_names_the_hit_policy_by_letter_or_word(tmp_path: Path, text: str, policy: str) -> None:
    """Every hit policy of the standard, in any case."""
    rows = table(text, ["If", "Then"], ["Category", "Score"], ["Values", None, "1; 2"], ["R1", "a", 1])
    book = read_workbook(save(tmp_path / "policy.xlsx", {"Policy": rows}))
    assert book.tables[0].model.hit_policy is HitPolicy(policy)


def test_the_table_is_called_by_a1_or_by_its_sheet(tmp_path: Path) -> None:
    """A1 is the name; where it is blank, the sheet's."""
    unnamed: Rows = [[None], *SMALL[1:]]
    book = read_workbook(save(tmp_path / "policy.xlsx", {"One": SMALL, "Two": unnamed}))
    assert [one.name for one in book.tables] == ["Policy", "Two"]
    assert book.tables[1].model.place.sheet == "Two"


def test_blank_rows_never_end_a_table(tmp_path: Path) -> None:
    """Rules behind any number of blank rows count."""
    rows: Rows = [*SMALL[:4], [], [], [None, " "], [], SMALL[4]]
    book = read_workbook(save(tmp_path / "policy.xlsx", {"Policy": rows}))
    assert [(rule.id, rule.row) for rule in book.tables[0].model.rules] == [("R1", 4), ("R2", 9)]


def test_scratch_sheets_and_columns_are_the_owners(tmp_path: Path) -> None:
    """Sheets with _ and columns behind the first empty one are not read; the column is noted."""
    rows: Rows = [[*row, None, "anything", "=1+1"] if number > 2 else row for number, row in enumerate(SMALL)]
    book = report(save(tmp_path / "policy.xlsx", {"Policy": rows, "_mine": [["x"], ["y"]]}))
    assert not [finding for finding in book.findings if finding.severity is Severity.ERROR]
    assert [place for code, place in found(book.findings) if code == "FW110"] == [None, "E3"]
    assert len(book.tables) == 1


def test_reserved_sheets_are_no_tables(tmp_path: Path) -> None:
    """Instructions and the like may hold anything."""
    book = read_workbook(save(tmp_path / "p.xlsx", {"Policy": SMALL, "Instructions": [["a"], ["b"]], "about": [["c"]]}))
    assert len(book.tables) == 1
    assert [sheet.name for sheet in book.reserved_sheets] == ["Instructions", "about", "Glossary"]


def test_event_rule_sheets_are_handed_on_as_they_are(tmp_path: Path) -> None:
    """A sheet of event rules is laid out, its cells untouched, for the layer that knows them."""
    rows: Rows = [
        ["Alerts"],
        ["Event rules", "Event", "If", "Same", "Count", "Within", "Do", "With", "With"],
        ["Rule", "Event", "Name", "CI", "Count", "Within", "Do", "Summary", "Detail"],
        ["E1", "alert", "link_failure", "ci", 3, "5m", "open incident", "{alert.ci}", "x"],
    ]
    book = read_workbook(save(tmp_path / "events.xlsx", {"Alerts": rows}))
    grid = book.event_sheets[0]
    assert (grid.name, grid.kind, grid.sheet) == ("Alerts", "Event rules", "Alerts")
    assert [column.role for column in grid.columns[:4]] == ["Event", "If", "Same", "Count"]
    assert grid.rows[0].id == "E1"
    assert grid.rows[0].cells[6].value == "{alert.ci}"
    assert str(grid.rows[0].cells[6].place) == "events.xlsx › Alerts!H4"
    assert not book.tables


def test_a_default_row_stands_anywhere_and_is_no_rule(tmp_path: Path) -> None:
    """Default answers where nothing matches; its input cells ask nothing."""
    rows = table("Unique", ROLES, SCD, ["Default", None, "-", "Nobody"], ["R1", "SD-WAN", "Triage", "Somebody"])
    policy = read_workbook(save(tmp_path / "policy.xlsx", {"Policy": rows})).tables[0]
    assert [rule.id for rule in policy.model.rules] == ["R1"]
    decision = policy.decide({"Category": "MPLS", "Stage": None})
    assert decision.outputs == {"Group": "Nobody"}
    assert decision.diagnostics == ("default",)


def test_a_missing_id_comes_from_the_content(tmp_path: Path) -> None:
    """Rules without id get one that stays when rows move; repeats get a suffix."""
    one, two = [None, "SD-WAN", "-", "A"], [None, "MPLS", "-", "B"]
    first = read_workbook(save(tmp_path / "1.xlsx", {"Policy": table("R", ROLES, SCD, one, two, one)}))
    second = read_workbook(save(tmp_path / "2.xlsx", {"Policy": table("R", ROLES, SCD, two, [], one)}))
    ids = [rule.id for rule in first.tables[0].model.rules]
    assert ids[2] == f"{ids[0]}-2"
    assert [rule.id for rule in second.tables[0].model.rules] == [ids[1], ids[0]]


BAD: list[tuple[str, Rows, list[tuple[str, str]]]] = [
    ("no hit policy", table("Frist", ROLES, SCD, ["R1", "a", "b", "c"]), [("FW301", "A2")]),
    ("blank A2", table("", ROLES, SCD, ["R1", "a", "b", "c"]), [("FW301", "A2")]),
    ("unknown role", table("First", ["If", "Iff", "Then"], SCD, ["R1", "a", "b", "c"]), [("FW302", "C2")]),
    ("no heading", table("First", ROLES, ["Category", None, "Group"], ["R1", "a", "b", "c"]), [("FW303", "C3")]),
    ("no role", table("First", ["If", None, "Then"], SCD, ["R1", "a", "b", "c"]), [("FW303", "C2")]),
    (
        "behind the gap",
        table("First", ["If", None, "Then"], ["Category", None, "Group"], ["R1", "a", None, "c"]),
        [("FW304", "D2")],
    ),
    (
        "same heading",
        table("First", ROLES, ["Category", "Category", "Group"], ["R1", "a", "b", "c"]),
        [("FW305", "C3")],
    ),
    ("same id", table("First", ROLES, SCD, ["R1", "a", "b", "c"], ["R1", "d", "e", "f"]), [("FW306", "A5")]),
    ("no output", table("First", ROLES, SCD, ["R1", "a", "b", "c"], ["R2", "a"]), [("FW307", "D5")]),
    (
        "a remark below",
        table("First", ROLES, SCD, ["R1", "a", "b", "c"], [], [None, "ask Maria before a change"]),
        [("FW307", "D6")],
    ),
    ("no rules", table("First", ROLES, SCD), [("FW309", "A4")]),
    ("no outputs", table("First", ["If", "If"], ["Category", "Stage"], ["R1", "a", "b"]), [("FW309", "A2")]),
    (
        "catch-all first",
        table("First", ROLES, SCD, ["R1", "-", None, "c"], ["R2", "a", "b", "c"]),
        [("FW308", "B4")],
    ),
    (
        "Values below",
        table("First", ROLES, SCD, ["R1", "a", "b", "c"], ["Values", "a", None, None]),
        [("FW310", "A5")],
    ),
    (
        "two Defaults",
        table("First", ROLES, SCD, ["R1", "a", "b", "c"], ["Default", None, None, "x"], ["Default", None, None, "y"]),
        [("FW310", "A6")],
    ),
    (
        "Default asks",
        table("First", ROLES, SCD, ["R1", "a", "b", "c"], ["Default", "a", None, "x"]),
        [("FW310", "B5")],
    ),
    ("P without Values", table("Priority", ROLES, SCD, ["R1", "a", "b", "c"]), [("FW314", "A2")]),
    (
        "two outputs of a sum",
        table("Collect sum", ["If", "Then", "Then"], ["Category", "Score", "Count"], ["R1", "a", 1, 2]),
        [("FW315", "D3")],
    ),
    ("sum of texts", table("C+", ["If", "Then"], ["Category", "Group"], ["R1", "a", "b"]), [("FW315", "C3")]),
    (
        "empty for a required input",
        table("First", ROLES, SCD, ["Values", "a; empty", "b; empty", None], ["R1", "a", "b", "c"]),
        [("FW215", "B4")],
    ),
    (
        "several in one table",
        table("First", ROLES, SCD, ["R1", "a,,b", "b", "c"], ["R2", "a", "NULL", "-"], ["R2", 5, "b", "c"]),
        [("FW306", "A6"), ("FW201", "B4"), ("FW204", "C5"), ("FW201", "D5")],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_wrong_layout_is_found_at_its_cell(tmp_path: Path, rows: Rows, expected: list[tuple[str, str]]) -> None:
    """Each fault has its code and its exact cell, and all of a table come at once."""
    assert read(tmp_path, rows) == expected


def test_a_refused_workbook_raises_with_everything(tmp_path: Path) -> None:
    """``raise`` gives all findings of all tables; ``report`` keeps the good ones, and the bad one's error."""
    bad = table("Frist", ROLES, SCD, ["R1", "a", "b", "c"], name="Bad")
    worse = table("First", ROLES, SCD, ["R1", "a,,b", "b", "-"], name="Worse")
    path = save(tmp_path / "policy.xlsx", {"Bad": bad, "Good": SMALL, "Worse": worse})
    with pytest.raises(BadTable) as caught:
        read_workbook(path)
    assert {finding.place.sheet for finding in caught.value.findings} >= {"Bad", "Worse"}
    assert "policy.xlsx › Worse!B4" in str(caught.value)
    book = report(path)
    assert [one.name for one in book.tables] == ["Policy"]
    with pytest.raises(BadTable) as refused:
        book.table("Worse")
    assert found(refused.value.findings) == [("FW201", "B4"), ("FW201", "D4")]


def test_a_table_of_nothing_but_errors_is_not_listed_for_ever(tmp_path: Path) -> None:
    """After a thousand errors reading ends, and says so: the table is refused either way."""
    rows = table("First", ROLES, SCD, *([f"R{number}", f"a{number},,b", "-", "c"] for number in range(1500)))
    errors = [one for one in read(tmp_path, rows) if one[0] != "FW104"]
    assert len(errors) == 1002
    assert errors[-1] == ("FW327", "B1004")


CHANGES: list[tuple[str, Callable[[Worksheet], object], list[tuple[str, str]]]] = [
    ("merged rules", lambda sheet: sheet.merge_cells("B4:B5"), [("FW105", "B4")]),
    ("merged headings", lambda sheet: sheet.merge_cells("B2:C2"), [("FW105", "B2"), ("FW303", "C2")]),
    ("merged title", lambda sheet: sheet.merge_cells("A1:D1"), []),
    ("merged scratch", lambda sheet: sheet.merge_cells("F4:G5"), []),
    ("hidden row", lambda sheet: setattr(sheet.row_dimensions[5], "hidden", True), [("FW104", "A5")]),
    ("hidden column", lambda sheet: setattr(sheet.column_dimensions["C"], "hidden", True), [("FW104", "C3")]),
    ("hidden sheet", lambda sheet: setattr(sheet, "sheet_state", "hidden"), [("FW104", "A1")]),
    ("very hidden sheet", lambda sheet: setattr(sheet, "sheet_state", "veryHidden"), [("FW104", "A1")]),
    ("formula", lambda sheet: setattr(sheet["B4"], "value", "=A4"), [("FW108", "B4")]),
    ("formula as id", lambda sheet: setattr(sheet["A4"], "value", "=ROW()"), [("FW107", "A4")]),
    ("formula as heading", lambda sheet: setattr(sheet["B3"], "value", "=A4"), [("FW303", "B3")]),
    ("formulas alone in a row", lambda sheet: sheet.append([None, "=A4"]), [("FW307", "D6")]),
    ("formula as only output", lambda sheet: setattr(sheet["D4"], "value", "=A4"), [("FW108", "D4")]),
    ("error value", lambda sheet: setattr(sheet["B4"], "value", "#N/A"), [("FW109", "B4")]),
    ("date for a text", lambda sheet: setattr(sheet["B4"], "value", dt.date(2026, 1, 2)), [("FW205", "B4")]),
    ("number for a text", lambda sheet: setattr(sheet["D4"], "value", 7), [("FW205", "D4")]),
    ("scientific for a text", lambda sheet: setattr(sheet["B4"], "value", 1.2e19), [("FW205", "B4")]),
    ("date for a number", lambda sheet: setattr(sheet["C4"], "value", dt.date(2026, 1, 2)), [("FW205", "C4")]),
]


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_what_a_person_does_to_a_sheet_is_seen(
    tmp_path: Path, change: Callable[[Worksheet], object], expected: Sequence[tuple[str, str]]
) -> None:
    """Merged and hidden parts, formulas and conversions of the spreadsheet program have their findings."""
    book = report(save(tmp_path / "policy.xlsx", {"Policy": SMALL}, change=change))
    notable = [finding for finding in book.findings if finding.severity is not Severity.NOTE]
    assert sorted(found(notable)) == sorted(expected)


def number_cell(value: float, code: str, address: str = "C4") -> Callable[[Worksheet], object]:
    """Types a number and gives it a format."""

    def change(sheet: Worksheet) -> None:
        sheet[address] = value
        sheet[address].number_format = code

    return change


def test_a_percentage_is_warned_of(tmp_path: Path) -> None:
    """25 % counts as 0.25, and the owner is told."""
    book = report(save(tmp_path / "policy.xlsx", {"Policy": SMALL}, change=number_cell(0.25, "0%")))
    warned = [finding for finding in book.findings if finding.code == "FW211"]
    assert [(finding.text, finding.place.cell, finding.rule) for finding in warned] == [("25%", "C4", "R1")]
    assert book.tables[0].decide({"Category": "SD-WAN", "Count": 0.25}).rules == ("R1",)


def test_lost_zeros_show_stored_and_displayed(tmp_path: Path) -> None:
    """A text column with the number 7 shown as 007: the message has both."""
    book = report(save(tmp_path / "policy.xlsx", {"Policy": SMALL}, change=number_cell(7, "000", "B4")))
    (error,) = [finding for finding in book.findings if finding.severity is Severity.ERROR]
    assert "7" in error.message
    assert "'007'" in error.message


def test_numbers_are_decimals_of_their_shortest_form(tmp_path: Path) -> None:
    """A stored 0.1 is one tenth exactly."""
    rows = table("Unique", ["If", "Then"], ["Category", "Score"], ["R1", "a", 0.1], ["R2", "b", 1e22])
    policy = read_workbook(save(tmp_path / "policy.xlsx", {"Policy": rows})).tables[0]
    assert str(policy.decide({"Category": "a"}).outputs["Score"]) == "0.1"  # type: ignore[call-overload]
    assert policy.decide({"Category": "b"}).outputs["Score"] == 10**22  # type: ignore[call-overload]


def test_values_narrow_the_glossary(tmp_path: Path) -> None:
    """Values must be a subset; the nearest is suggested."""
    glossary: Rows = [
        *GLOSSARY[:1],
        ["Category", None, "incident", "category", "string", "SD-WAN; MPLS"],
        *GLOSSARY[2:],
    ]
    rows = table("First", ROLES, SCD, ["Values", "SD-WAN; MPLs", None, None], ["R1", "SD-WAN", "b", "c"])
    book = report(save(tmp_path / "policy.xlsx", {"Policy": rows}, glossary=glossary))
    (error,) = [finding for finding in book.findings if finding.severity is Severity.ERROR]
    assert (error.code, error.place.cell, error.suggestion) == ("FW316", "B4", "MPLS")


def test_number_ranges_narrow_the_glossary(tmp_path: Path) -> None:
    """A narrower range passes, also where its open end is the Glossary's; a wider one does not."""
    glossary: Rows = [*GLOSSARY[:1], ["Count", None, None, None, "number", "[0..100)"], *GLOSSARY[5:]]
    subsets, others = ("[1..50]", "[0..100)", "(0..100)"), ("[0..100]", "< 5")
    for values, good in (*((values, True) for values in subsets), *((values, False) for values in others)):
        rows = table("First", ["If", "Then"], ["Count", "Group"], ["Values", values, None], ["R1", 3, "c"])
        codes = read(tmp_path, rows, glossary=glossary)
        assert (("FW316", "B4") not in codes) is good, values


def test_alone_a_heading_is_typed_by_its_values_else_text(tmp_path: Path) -> None:
    """Without a Glossary, native Values cells give the type; the rest is text, with a note."""
    rows = table(
        "Unique", ["If", "If", "Then"], ["Score", "Word", "Answer"], ["Values", 5, "a; b", None], ["R1", 5, "a", "x"]
    )
    book = report(save(tmp_path / "policy.xlsx", {"Policy": rows}, glossary=None))
    kinds = [str(column.type) for column in book.tables[0].inputs]
    assert kinds == ["number", "string"]
    assert ("FW312", "C3") in found(book.findings)
    assert ("FW312", "B3") not in found(book.findings)


def test_blank_any_cells_are_noted_once_a_column(tmp_path: Path) -> None:
    """A blank input cell means any value, which is said once."""
    rows = table("Unique", ROLES, SCD, ["R1", "a", None, "x"], ["R2", "b", None, "y"], ["R3", "c", "-", "z"])
    book = report(save(tmp_path / "policy.xlsx", {"Policy": rows}))
    assert [pair for pair in found(book.findings) if pair[0] == "FW216"] == [("FW216", "C4")]


def test_effective_dates_bound_rules_in_the_sites_time_zone(tmp_path: Path) -> None:
    """A date is midnight in ``forewarn.time_zone``; cells may hold a time; blank is open."""
    roles, headings = ["If", "Then", "Note", "Note"], ["Category", "Group", "Effective from", "Effective to"]
    rows = table(
        "Unique",
        roles,
        headings,
        ["R1", "a", "x", dt.date(2026, 7, 1), "2026-08-01 12:00"],
        ["R2", "b", "y", None, None],
    )
    sheets = {"Policy": rows, "Properties": [["Name", "Value"], ["forewarn.time_zone", "Europe/Berlin"]]}
    first, second = read_workbook(save(tmp_path / "policy.xlsx", sheets)).tables[0].model.rules
    assert first.effective_from == dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC)
    assert first.effective_to == dt.datetime(2026, 8, 1, 10, tzinfo=dt.UTC)
    assert (second.effective_from, second.effective_to) == (None, None)


def test_reversed_effective_dates_are_an_error(tmp_path: Path) -> None:
    """A rule that ends before it begins never holds."""
    roles, headings = ["If", "Then", "Note", "Note"], ["Category", "Group", "Effective from", "Effective to"]
    rows = table(
        "Unique", roles, headings, ["R1", "a", "x", "2026-08-01", "2026-07-01"], ["R2", "a", "x", "soon", None]
    )
    assert read(tmp_path, rows) == [("FW324", "E4"), ("FW323", "D5")]


def test_expressions_compute_over_bound_names(tmp_path: Path) -> None:
    """If expression cells ask, Then expression cells compute, over headings and bound names."""
    rows = table(
        "First",
        ["If", "If", "If expression", "Then expression"],
        ["Category", "Count", "Many", "Score"],
        ["R1", "-", "-", 'Count > 10 and Category = "SD-WAN"', "Count * 2"],
        ["R2", "-", "-", None, "incident.affected_account_count + 1"],
    )
    policy = read_workbook(save(tmp_path / "policy.xlsx", {"Policy": rows})).tables[0]
    assert policy.decide({"Category": "SD-WAN", "Count": 11}).outputs == {"Score": 22}
    assert policy.decide({"Category": "MPLS", "Count": 11}).outputs == {"Score": 12}


def test_an_expression_that_is_none_is_found(tmp_path: Path) -> None:
    """A syntax error in an expression has its cell."""
    rows = table("First", ["If", "Then expression"], ["Count", "Score"], ["R1", "-", "Count +"])
    assert read(tmp_path, rows) == [("FW201", "C4")]
