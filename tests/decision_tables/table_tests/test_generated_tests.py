"""Generated tests: what they cover, by brute force, and that keeping them changes nothing of the owner's."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from small_tables import SmallMaker, space_of

from forewarn.decision_tables import Table, Workbook, read_workbook, write_workbook
from forewarn.decision_tables.cell_text import NotInSheets
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.owner_file import set_cells
from forewarn.decision_tables.table_tests import run_tests
from forewarn.decision_tables.table_tests.generating import generate_tests
from forewarn.decision_tables.table_tests.keeping import keep_tests
from forewarn.errors import DecisionError
from tests.decision_tables.owner_file.rich_workbook import SHEET, parts_of, rich_workbook

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

POLICIES = st.sampled_from(list(HitPolicy))
FEWER = settings(max_examples=settings().max_examples // 2)
"""Each example reads a workbook several times, in a process of its own."""


def written(seed: int, policy: HitPolicy) -> bytes:
    """A random table as a workbook; tables that sheets cannot say, or that are refused, are left out."""
    model = SmallMaker(seed).table(policy)
    if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
        # In a sheet the Values row that ranks lists every output.
        ranked = tuple(replace(column, ranked=("x", "y", "w", "z")) for column in model.outputs)
        model = replace(model, outputs=ranked)
    out = io.BytesIO()
    try:
        write_workbook([model], out)
    except NotInSheets:
        reject()
    assume(read_workbook(out.getvalue(), errors="report").tables)
    return out.getvalue()


def with_generated(content: bytes, most: int = 10_000) -> tuple[bytes, Workbook]:
    """The workbook with generated tests, as bytes and as read again."""
    book = read_workbook(content, errors="report", name="book.xlsx")
    generated = [generate_tests(table, most=most) for table in book.tables]
    kept = keep_tests(book, {"book.xlsx": content}, generated)["book.xlsx"].content
    return kept, read_workbook(kept, errors="report", name="book.xlsx")


@FEWER
@given(seed=st.integers(0, 10**9), policy=POLICIES)
def test_every_rule_that_ever_decides_has_a_test(seed: int, policy: HitPolicy) -> None:
    """For each rule that some input of the whole space lets decide, a generated test expects that rule; all pass."""
    _, book = with_generated(written(seed, policy))
    report = run_tests(book)
    assert report.bad_rows == ()
    assert [(one.test.id, one.differences) for one in report.failed] == []
    [table] = book.tables
    deciding: set[str] = set()
    for point in space_of(table.model).points:
        asked = space_inputs(table, point)
        try:
            decision = table.decide(asked[0], at=asked[1])
        except DecisionError:
            continue
        deciding.update(decision.rules)
    # A list of no elements has no form in a cell: what only it lets decide has no test.
    if not any(column.type.is_list for column in table.inputs):
        assert deciding <= {rule for one in report.ran for rule in (one.test.rules or ())}


def space_inputs(table: Table, point: tuple[object, ...]) -> tuple[dict[str, object], object]:
    """A point of the sample space as a question."""
    headings = [column.heading for column in table.inputs]
    return dict(zip(headings, point, strict=False)), point[-1] if table.model.effective else None


@FEWER
@given(seed=st.integers(0, 10**9), policy=POLICIES)
def test_generating_again_changes_nothing(seed: int, policy: HitPolicy) -> None:
    """The same table gives the same rows: what was generated before is replaced by its like."""
    once, first = with_generated(written(seed, policy))
    twice, second = with_generated(once)
    assert [sheet.rows for sheet in first.reserved_sheets if sheet.name == "Tests"] == [
        sheet.rows for sheet in second.reserved_sheets if sheet.name == "Tests"
    ]
    assert twice == with_generated(twice)[0]


def bounded() -> bytes:
    """A table with a bound at 5 and a range that ends at 9."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sizes"
    for row in (
        ["Sizes"],
        ["Unique", "If", "Then"],
        ["Rule", "Count", "Size"],
        ["S", "< 5", "small"],
        ["M", "[5..9]", "middle"],
        ["L", "> 9", "large"],
    ):
        sheet.append(row)
    book.create_sheet("Glossary").append(["heading", "type"])
    book["Glossary"].append(["Count", "number"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_each_bound_is_asked_on_it_and_on_both_sides() -> None:
    """5 and 9 themselves, something below 5, between them, and above 9."""
    _, book = with_generated(bounded())
    asked = {one.test.inputs["Count"] for one in run_tests(book).ran}
    assert {Decimal(5), Decimal(9)} <= asked
    assert any(value < 5 for value in asked)
    assert any(5 < value < 9 for value in asked) or Decimal(5) in asked
    assert any(value > 9 for value in asked)


def test_two_rules_that_meet_have_an_input_that_both_take() -> None:
    """Under Unique that is an error, which the generated test expects."""
    book = openpyxl.load_workbook(io.BytesIO(bounded()))
    book["Sizes"]["B5"] = "[4..9]"
    out = io.BytesIO()
    book.save(out)
    _, read = with_generated(out.getvalue())
    errors = [one.test for one in run_tests(read).ran if one.test.error == "no-unique-rule"]
    assert any(Decimal(4) <= test.inputs["Count"] < 5 for test in errors)


def test_a_limit_is_said() -> None:
    """At most as many as asked for, and whether there are more."""
    table = read_workbook(bounded(), errors="report").table("Sizes")
    few, all_of_them = generate_tests(table, most=2), generate_tests(table)
    assert (len(few.rows), few.complete) == (2, False)
    assert all_of_them.complete
    assert list(all_of_them.rows[:2]) == list(few.rows)


def test_the_owners_rows_and_parts_stay(tmp_path: Path) -> None:
    """Generated rows go into free rows; the owner's rows, their formats, and every other part stay as they are."""
    path = rich_workbook(tmp_path / "policy.xlsx")
    set_cells(path, {(SHEET, "B5"): "SD-WAN", (SHEET, "D6"): "Desk"}, path)
    original = path.read_bytes()
    made, _ = with_generated(original)
    before, after = parts_of(original), parts_of(made)
    added = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert {name for name in before if before[name] != after[name]} == added
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheet = book["Tests"]
    headings = [cell.value for cell in sheet[1]]
    origin, note = headings.index("origin") + 1, headings.index("note") + 1
    sheet.cell(3, origin).value = None
    sheet.cell(3, note).value = "mine now"
    sheet.cell(3, note).comment = openpyxl.comments.Comment("look here", "owner")
    sheet.cell(3, 2).font = openpyxl.styles.Font(bold=True, color="FF112233")
    out = io.BytesIO()
    book.save(out)
    again, _ = with_generated(out.getvalue())
    before, after = parts_of(out.getvalue()), parts_of(again)
    tests_part = f"xl/worksheets/sheet{book.sheetnames.index('Tests') + 1}.xml"
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {tests_part, "xl/styles.xml"}
    assert set(before) == set(after)
    mine = openpyxl.load_workbook(io.BytesIO(again))["Tests"]
    assert [cell.value for cell in mine[3]] == [cell.value for cell in sheet[3]]
    assert (mine.cell(3, note).comment.text, mine.cell(3, 2).font.color.rgb) == ("look here", "FF112233")
    origins = [row[origin - 1] for row in mine.iter_rows(min_row=2, values_only=True)]
    assert origins.count("generated") == len(origins) - 1


@pytest.mark.parametrize("sheet_name", ["Tests", "tests "])
def test_a_sheet_of_the_owners_is_filled_by_its_own_headings(sheet_name: str) -> None:
    """Headings in the owner's order and spelling are used; what is missing is added at the right."""
    book = openpyxl.load_workbook(io.BytesIO(bounded()))
    sheet = book.create_sheet(sheet_name)
    sheet.append(["Size", "note", "Table"])
    sheet.append(["small", None, "Sizes"])
    out = io.BytesIO()
    book.save(out)
    made, read = with_generated(out.getvalue())
    written_sheet = openpyxl.load_workbook(io.BytesIO(made))[sheet_name]
    head = [cell.value for cell in written_sheet[1]]
    assert head[:3] == ["Size", "note", "Table"]
    assert set(head[3:]) == {"id", "Count", "expected rule", "origin"}
    assert [cell.value for cell in written_sheet[2]][:3] == ["small", None, "Sizes"]
    report = run_tests(read)
    assert [one.test.id for one in report.failed] == ["row 2"], "the owner's row lacks its input"
