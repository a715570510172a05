"""Texts written into cells, and what is mended without asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.decision_tables import read_library, read_workbook
from forewarn.decision_tables.owner_file import mend, set_cells
from forewarn.decision_tables.owner_file.mending import respelt
from forewarn.errors import Finding, NotFound, Refused
from tests.decision_tables.owner_file.rich_workbook import SHEET, parts_of

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def find(contents: Mapping[str, bytes | Path]) -> Sequence[Finding]:
    """The findings of workbooks, as `forewarn check` finds them."""
    return read_library(contents).findings


def test_only_the_sheet_with_the_cells_changes(rich: Path, tmp_path: Path) -> None:
    """A text in a cell changes one part of the file; format and neighbours stay."""
    set_cells(rich, {(SHEET, "B5"): "SD-WAN"}, tmp_path / "out.xlsx")
    before, after = parts_of(rich.read_bytes()), parts_of((tmp_path / "out.xlsx").read_bytes())
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet1.xml"}
    old, new = openpyxl.load_workbook(rich)[SHEET], openpyxl.load_workbook(tmp_path / "out.xlsx")[SHEET]
    assert new["B5"].value == "SD-WAN"
    assert (new["B5"].number_format, new["B5"].style_id) == ("@", old["B5"].style_id)
    for row, other in zip(old.iter_rows(), new.iter_rows(), strict=True):
        for cell, one in zip(row, other, strict=True):
            assert cell.value == one.value or cell.coordinate == "B5"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-", "@x", " a ", "<&>\"'", "a\nb", "Ω 😀", "007", "1e5", "2026-01-01"])
def test_texts_come_back_as_they_are(rich: Path, tmp_path: Path, text: str) -> None:
    """A text is a text, whatever it looks like, and reads back character by character."""
    set_cells(rich, {(SHEET, "D5"): text}, tmp_path / "out.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "out.xlsx")[SHEET]["D5"]
    assert "<f>" not in parts_of((tmp_path / "out.xlsx").read_bytes())["xl/worksheets/sheet1.xml"].decode()
    assert cell.value == text


@pytest.mark.parametrize(
    ("sheet", "cell", "error"),
    [("_Figures", "D1", Refused), ("_Figures", "F1", Refused), ("_Figures", "A11", Refused), ("Nope", "A1", NotFound),
     (SHEET, "A1:B2", NotFound), (SHEET, "A0", NotFound), (SHEET, "XFE1", NotFound)],
)  # fmt: skip
def test_cells_that_other_parts_depend_on_are_refused(
    rich: Path, tmp_path: Path, sheet: str, cell: str, error: type[Exception]
) -> None:
    """A formula, a heading of an Excel table, a pivot table's cell, and cells that are not there."""
    with pytest.raises(error):
        set_cells(rich, {(sheet, cell): "x"}, tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_safe_mends(rich: Path) -> None:
    """Spelling of an allowed value and spaces at the ends are mended; a value that is none is left for its owner."""
    mended = mend({"policy.xlsx": rich}, find)
    assert sorted(map(str, mended.changes)) == [
        f"policy.xlsx › {SHEET}!B5: 'Sd\u2011wan' → 'SD-WAN'",
        f"policy.xlsx › {SHEET}!C5: 'Triage ' → 'Triage'",
    ]
    assert [one.code for one in mended.findings if one.severity == "error"] == ["FW203"]
    assert mended.refused == []


def workbook(path: Path, *rules: tuple[str, ...], values: Sequence[str] = ("SD-WAN; MPLS; LTE", "Field; Desk")) -> Path:
    """A table with one text input and one output."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Groups"
    rows = [("Groups",), ("Unique", "If", "Then"), ("Rule", "Category", "Group"), ("Values", *values), *rules]
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sd-wan", "SD-WAN"),
        ("SD\u2013WAN", "SD-WAN"),
        ("sd-wan, mpls", "SD-WAN, MPLS"),
        ("not(mpls)", "not(MPLS)"),
        ("not(sd-wan; Mpls )", "not(SD-WAN; MPLS )"),
        ("\u201cMPLS\u201d", '"MPLS"'),
        ("\u2013", "-"),
        ("MPLS\u00a0", "MPLS"),
        ("\tMPLS ", "MPLS"),
    ],
)
def test_an_input_cell_is_mended(tmp_path: Path, typed: str, meant: str) -> None:
    """Case, look-alike dashes, curly quotes and spaces, alone and inside a list, until nothing is left to mend."""
    path = workbook(tmp_path / "a.xlsx", ("R1", typed, "Desk"))
    mended = mend({"a.xlsx": path}, find)
    assert [change.after for change in mended.changes] == [meant]
    assert [one for one in mended.findings if one.severity == "error"] == []
    (tmp_path / "b.xlsx").write_bytes(mended.contents["a.xlsx"])
    assert openpyxl.load_workbook(tmp_path / "b.xlsx")["Groups"]["B5"].value == meant


@pytest.mark.parametrize("typed", ["SDWAN", "Desk", "NULL", "< 5", 'a "b', "[1..2"])
def test_what_could_mean_something_else_is_left(tmp_path: Path, typed: str) -> None:
    """A near value, another value, null in capitals and what is not understood are the owner's to mend."""
    path = workbook(tmp_path / "a.xlsx", ("R1", typed, "Desk"))
    mended = mend({"a.xlsx": path}, find)
    assert mended.changes == []
    assert mended.contents == {}


def test_mending_never_changes_what_a_good_table_means(tmp_path: Path) -> None:
    """Spaces at the ends of a good table are trimmed, and its version stays."""
    path = workbook(tmp_path / "a.xlsx", (" R1 ", " SD-WAN ; MPLS", "Desk  "), ("R2", "-\n", "Field"))
    version = read_workbook(path, errors="report").table("Groups").version
    mended = mend({"a.xlsx": path}, find)
    assert [change.after for change in mended.changes] == ["R1", "SD-WAN ; MPLS", "Desk", "-"]
    assert read_workbook(mended.contents["a.xlsx"]).table("Groups").version == version


def test_several_workbooks_are_mended_each(tmp_path: Path) -> None:
    """Every faulty workbook is mended, good ones and other kinds of files are left out."""
    one = workbook(tmp_path / "one.xlsx", ("R1", "mpls", "Desk"))
    book = openpyxl.load_workbook(one)
    book["Groups"]["A1"] = "Other groups"
    book.save(tmp_path / "two.xlsx")
    (tmp_path / "three.csv").write_text("Third\nUnique,If,Then\nRule,Category,Group\nValues,MPLS,Desk\nR1,mpls,Desk\n")
    contents = {name: tmp_path / name for name in ("one.xlsx", "two.xlsx", "three.csv")}
    assert sorted(mend(contents, find).contents) == ["one.xlsx", "two.xlsx"]


@given(
    st.lists(st.sampled_from(["SD-WAN", "MPLS", "Long name", "it's"]), min_size=1, max_size=3, unique=True),
    st.integers(0, 2),
    st.sampled_from(
        [str.lower, str.upper, str.swapcase, lambda text: text.replace("-", "\u2013").replace(" ", "\u00a0")]
    ),
)
def test_only_the_part_that_differs_is_respelt(values: list[str], position: int, spoil: object) -> None:
    """In a list one part is replaced by the suggestion, and the rest of the text stays."""
    meant = values[position % len(values)]
    typed = [spoil(one) if one == meant else one for one in values]  # type: ignore[operator]
    text = ", ".join(typed)
    result = respelt(text, meant)
    assert result == (", ".join(values) if typed != values else None)
