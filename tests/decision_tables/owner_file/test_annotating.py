"""An annotated copy shows every finding in its cell, and everything of the owner's is as it was."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import openpyxl.utils.cell
import pytest
from lxml import etree

from forewarn.decision_tables import read_workbook
from forewarn.decision_tables.owner_file import SUMMARY_SHEET, annotate
from forewarn.errors import Finding, Place, Refused, Severity, UnreadableWorkbook
from tests.decision_tables.owner_file.rich_workbook import MAIN, SHEET, packed, parts_of

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

CHANGED = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/worksheets/sheet1.xml",
    "xl/comments1.xml",
    "xl/drawings/vmlDrawing1.vml",
}
"""The parts that a comment, a fill and one more sheet must change."""


def finding(
    cell: str | None, severity: Severity = Severity.ERROR, sheet: str | None = SHEET, **more: object
) -> Finding:
    """A finding at a cell of the rules."""
    return Finding("FW203", severity, "not allowed", Place("policy.xlsx", sheet, cell), **more)  # type: ignore[arg-type]


def fill_of(path: Path, cell: str) -> str:
    """The colour of a cell, read by another library."""
    return str(openpyxl.load_workbook(path)[SHEET][cell].fill.fgColor.rgb)


def test_untouched_parts_are_byte_identical_and_in_order(rich: Path, tmp_path: Path) -> None:
    """Every part but those that must change keeps its compressed bytes, its date and its place in the file."""
    target = tmp_path / "out.xlsx"
    annotate(rich, [finding("B5")], target)
    with zipfile.ZipFile(rich) as before, zipfile.ZipFile(target) as after:
        assert after.testzip() is None
        assert after.namelist()[: len(before.namelist())] == before.namelist()
        for one in before.infolist():
            other = after.getinfo(one.filename)
            if one.filename not in CHANGED:
                assert before.read(one.filename) == after.read(one.filename), one.filename
                assert (one.compress_size, one.date_time) == (other.compress_size, other.date_time)
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    assert changed == CHANGED


def test_what_stands_inside_the_changed_sheet_stays(rich: Path, tmp_path: Path) -> None:
    """Of the sheet's XML only the style of the filled cell differs: extensions, prefixes and order stay."""
    annotate(rich, [finding("B5")], tmp_path / "out.xlsx")
    part = "xl/worksheets/sheet1.xml"
    before, after = (etree.fromstring(parts_of(path.read_bytes())[part]) for path in (rich, tmp_path / "out.xlsx"))
    cells = [root.find(f".//{{{MAIN}}}c[@r='B5']") for root in (before, after)]
    assert cells[0].get("s") != cells[1].get("s")
    cells[1].set("s", cells[0].get("s"))
    assert etree.tostring(after) == etree.tostring(before)
    assert after.nsmap == before.nsmap


def test_a_fill_keeps_the_format_of_the_cell(rich: Path, tmp_path: Path) -> None:
    """The filled cell has its font, border, alignment and number format as before."""
    annotate(rich, [finding("B5"), finding("C5", Severity.NOTE)], tmp_path / "out.xlsx")
    before, after = (
        openpyxl.load_workbook(rich)[SHEET]["B5"],
        openpyxl.load_workbook(tmp_path / "out.xlsx")[SHEET]["B5"],
    )
    for attribute in ("font", "border", "alignment", "number_format", "value"):
        assert repr(getattr(before, attribute)) == repr(getattr(after, attribute))
    assert fill_of(tmp_path / "out.xlsx", "B5") == "FFFFC7CE"
    assert fill_of(tmp_path / "out.xlsx", "C5") == "FFDDEBF7"
    assert fill_of(tmp_path / "out.xlsx", "D5") == fill_of(rich, "D5")


def test_the_worst_finding_gives_the_colour_and_all_stand_in_the_comment(rich: Path, tmp_path: Path) -> None:
    """One comment a cell: code, message, hint, suggestion and witness of each finding."""
    findings = [
        finding("B5", Severity.WARNING, hint="mend it", witness={"Category": "MPLS", "Stage": None}),
        finding("B5", suggestion="SD-WAN"),
    ]
    result = annotate(rich, findings, tmp_path / "out.xlsx")
    comment = openpyxl.load_workbook(tmp_path / "out.xlsx")[SHEET]["B5"].comment
    assert fill_of(tmp_path / "out.xlsx", "B5") == "FFFFC7CE"
    assert (result.filled, result.commented) == (1, 1)
    for text in ("FW203 warning: not allowed", "mend it", "Category = MPLS, Stage = null", "SD-WAN", "FW203 error"):
        assert text in comment.text


@pytest.mark.parametrize("cell", ["C6", "D6"])
def test_comments_and_threads_of_the_owner_stay(rich: Path, tmp_path: Path, cell: str) -> None:
    """A cell with a comment, or a thread, gets the fill; the summary says why there is no comment of ours."""
    result = annotate(rich, [finding(cell), finding("B5")], tmp_path / "out.xlsx")
    before, after = parts_of(rich.read_bytes()), parts_of((tmp_path / "out.xlsx").read_bytes())
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert result.kept == (f"{SHEET}!{cell}",)
    assert sheet[SHEET][cell].comment.text == openpyxl.load_workbook(rich)[SHEET][cell].comment.text
    assert sheet[SHEET]["C6"].comment.text.startswith("mine, keep it")
    assert "stays" in sheet[SUMMARY_SHEET]["I2"].value
    assert sheet[SUMMARY_SHEET]["I3"].value is None
    threads = "xl/threadedComments/threadedComment1.xml"
    assert before[threads] == after[threads]


def test_every_comment_has_one_shape_of_its_own(rich: Path, tmp_path: Path) -> None:
    """The drawing shows each comment at its cell, under an id that no other shape has."""
    annotate(rich, [finding("B5"), finding("B6"), finding("A7")], tmp_path / "out.xlsx")
    drawing = etree.fromstring(parts_of((tmp_path / "out.xlsx").read_bytes())["xl/drawings/vmlDrawing1.vml"])
    shapes = drawing.findall("{urn:schemas-microsoft-com:vml}shape")
    ids = [shape.get("id") for shape in shapes]
    at = {(int(one.findtext(".//{*}Row")), int(one.findtext(".//{*}Column"))) for one in shapes}
    assert len(set(ids)) == len(ids) == 5
    assert at == {(5, 2), (5, 3), (4, 1), (5, 1), (6, 0)}


def test_the_summary_has_a_row_and_a_link_for_each_finding(rich: Path, tmp_path: Path) -> None:
    """Code, severity, sheet, cell, rule, message and hint, and a link to the cell; findings without a cell too."""
    findings = [
        finding("B5", rule="R1", hint="type it again"),
        finding(None),
        finding("A1", sheet="No such sheet"),
        Finding("FW102", Severity.WARNING, "macros", Place("policy.xlsx")),
    ]
    result = annotate(rich, findings, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")[result.summary_sheet]
    rows = [[cell.value for cell in row[:7]] for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == ["FW203", "error", SHEET, "B5", "R1", "not allowed", "type it again"]
    assert [row[0] for row in rows] == ["FW203", "FW203", "FW203", "FW102"]
    assert sheet["D2"].hyperlink.location == "'Owner''s table'!B5"
    assert result.filled == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\x00a\x0bb"])
def test_texts_never_become_formulas(rich: Path, tmp_path: Path, text: str) -> None:
    """A message that begins like a formula is a text, in the summary and in the comment; control characters go."""
    annotate(rich, [Finding("FW203", Severity.ERROR, text, Place(None, SHEET, "B5"), hint=text)], tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")[SUMMARY_SHEET]
    cell = etree.fromstring(parts_of((tmp_path / "out.xlsx").read_bytes())["xl/worksheets/sheet3.xml"]).find(
        f".//{{{MAIN}}}c[@r='F2']"
    )
    assert cell.get("t") == "inlineStr"
    assert cell.find(f"{{{MAIN}}}f") is None
    assert sheet["F2"].data_type == "s" or sheet["F2"].value == text


def test_the_copy_reads_as_the_original(rich: Path, tmp_path: Path) -> None:
    """The annotated copy gives the same findings as the original: the summary is scratch to the reader."""
    found = read_workbook(rich, errors="report", name="policy.xlsx").findings
    annotate(rich, found, tmp_path / "out.xlsx")
    again = read_workbook(tmp_path / "out.xlsx", errors="report", name="policy.xlsx").findings
    assert [one for one in again if one.place.sheet != SUMMARY_SHEET] == list(found)


def test_a_copy_can_be_annotated_again(rich: Path, tmp_path: Path) -> None:
    """A second summary gets a name of its own, and the first comments stay."""
    annotate(rich, [finding("B5")], tmp_path / "one.xlsx")
    result = annotate(tmp_path / "one.xlsx", [finding("B5"), finding("B6")], tmp_path / "two.xlsx")
    book = openpyxl.load_workbook(tmp_path / "two.xlsx")
    assert book.sheetnames[-2:] == [SUMMARY_SHEET, f"{SUMMARY_SHEET} 2"]
    assert result.kept == (f"{SHEET}!B5",)
    assert book[SHEET]["B6"].comment is not None


def test_cells_and_rows_that_are_missing_are_made_in_order(rich: Path, tmp_path: Path) -> None:
    """A finding on an empty cell fills it: rows and cells stay in ascending order."""
    findings = [finding(cell) for cell in ("E5", "Z9", "A8", "B12", "C5:E6")]
    annotate(rich, findings, tmp_path / "out.xlsx")
    root = etree.fromstring(parts_of((tmp_path / "out.xlsx").read_bytes())["xl/worksheets/sheet1.xml"])
    rows = [int(row.get("r")) for row in root.iter(f"{{{MAIN}}}row")]
    assert rows == sorted(set(rows))
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")[SHEET]
    for cell in ("E5", "Z9", "A8", "B12", "C5", "D6", "E6"):
        assert sheet[cell].fill.fgColor.rgb == "FFFFC7CE", cell
    for row in root.iter(f"{{{MAIN}}}row"):
        numbers = [openpyxl.utils.cell.coordinate_from_string(cell.get("r"))[0] for cell in row]
        indexes = [openpyxl.utils.column_index_from_string(letters) for letters in numbers]
        assert indexes == sorted(set(indexes))


def test_a_sheet_without_comments_gets_its_parts(tmp_path: Path) -> None:
    """A plain workbook without comments and drawings gets both, declared and related."""
    book = openpyxl.Workbook()
    book.active.title = SHEET
    book.active["B5"] = "x"
    book.save(tmp_path / "plain.xlsx")
    annotate(tmp_path / "plain.xlsx", [finding("B5")], tmp_path / "out.xlsx")
    parts = parts_of((tmp_path / "out.xlsx").read_bytes())
    assert openpyxl.load_workbook(tmp_path / "out.xlsx")[SHEET]["B5"].comment.author == "Forewarn"
    declared = etree.fromstring(parts["[Content_Types].xml"])
    names = {one.get("PartName") for one in declared} | {f".{one.get('Extension')}" for one in declared}
    for part in parts:
        assert f"/{part}" in names or f".{part.rpartition('.')[2]}" in names, part


def test_a_drawing_that_is_damaged_takes_no_comment(rich: Path, tmp_path: Path) -> None:
    """Where the sheet's drawing cannot be extended it stays as it is, and the summary says so."""
    parts = parts_of(rich.read_bytes())
    parts["xl/drawings/vmlDrawing1.vml"] = b"<xml>cut"
    result = annotate(packed(parts), [finding("B5")], tmp_path / "out.xlsx")
    assert result.commented == 0
    assert parts_of((tmp_path / "out.xlsx").read_bytes())["xl/drawings/vmlDrawing1.vml"] == b"<xml>cut"
    assert "cannot be extended" in openpyxl.load_workbook(tmp_path / "out.xlsx")[SUMMARY_SHEET]["I2"].value


def test_the_original_may_be_the_target(rich: Path, tmp_path: Path) -> None:
    """Annotating a file in place replaces it whole and leaves no other file behind."""
    path = tmp_path / "policy.xlsx"
    path.write_bytes(rich.read_bytes())
    path.chmod(0o640)
    annotate(path, [finding("B5")], path)
    assert [one.name for one in tmp_path.iterdir()] == ["policy.xlsx"]
    assert path.stat().st_mode & 0o777 == 0o640
    assert SUMMARY_SHEET in openpyxl.load_workbook(path).sheetnames


@pytest.mark.parametrize("lock", ["~$out.xlsx", ".~lock.out.xlsx#"])
def test_a_file_that_is_open_is_refused(rich: Path, tmp_path: Path, lock: str) -> None:
    """A lock file beside the target refuses it with its name, and nothing is written."""
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(Refused, match="open in a spreadsheet program") as caught:
        annotate(rich, [finding("B5")], tmp_path / "out.xlsx")
    assert lock in str(caught.value)
    assert not (tmp_path / "out.xlsx").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"Rule,Category\n", b"PK\x03\x04 cut", packed({"a.txt": b"no workbook"}), b"\xd0\xcf\x11\xe0 old"],
    ids=["empty", "text", "cut", "zip", "xls"],
)
def test_other_files_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    """What is not an .xlsx is refused with what to do, and never as a traceback."""
    with pytest.raises(UnreadableWorkbook):
        annotate(content, [finding("B5")], tmp_path / "out.xlsx")


def test_entities_are_refused(rich: Path, tmp_path: Path) -> None:
    """A part with a document type declaration is not parsed."""
    parts = parts_of(rich.read_bytes())
    sheet = parts["xl/worksheets/sheet1.xml"].replace(
        b"<worksheet", b'<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet', 1
    )
    with pytest.raises(UnreadableWorkbook, match="document type"):
        annotate(packed(parts | {"xl/worksheets/sheet1.xml": sheet}), [finding("B5")], tmp_path / "out.xlsx")


def test_data_descriptors_and_stored_members_are_copied(rich: Path, tmp_path: Path) -> None:
    """Members written as a stream, or not compressed at all, come through with their content."""

    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError("a stream")

    out = Stream()
    with zipfile.ZipFile(out, "w") as archive:  # type: ignore[call-overload]
        for name, content in parts_of(rich.read_bytes()).items():
            archive.writestr(name, content)
    annotate(out.getvalue(), [finding("B5")], tmp_path / "out.xlsx")
    before, after = parts_of(rich.read_bytes()), parts_of((tmp_path / "out.xlsx").read_bytes())
    assert {name for name in before if before[name] != after[name]} == CHANGED
